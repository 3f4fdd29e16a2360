#!/usr/bin/env python3
"""One logged policy judged from the log of another, by Spindle and by the Open Bandit Pipeline, on
the same rows of the Open Bandit Dataset.

    pip install numpy scikit-learn pandas scipy pyyaml tqdm && pip install --no-deps obp
    python3 Tests/Comparison/obd.py [--data FOLDER] [--program FILE]

Both streams of a folder (`obd-all`, `obd-men`) hold rows of two policies, `random` and `bts`. Each
is judged from the other's rows. What `random` would choose is even over all items; what `bts` would
choose is the mean of its logged propensities for an item in a position, made to add up to 1. The
model of the doubly robust estimate is the click rate of an item, drawn towards that of all rows.

Then the two policies as arms A and B, by `spindle launch judge`, beside a plain difference of means
with its standard error.

Exit status: 0 all estimates agree to nine digits; 1 one doesn't; 2 something could not be run.
"""

import argparse
import collections
import gzip
import importlib.util
import json
import pathlib
import subprocess
import sys
import tempfile
import types

try:
    import numpy as np
except ImportError:
    sys.exit("obd.py: numpy is needed: pip install numpy")

ROOT = pathlib.Path(__file__).resolve().parents[2]
PRIOR = 100  # rows of the mean rate that an item's rate is drawn by


def pipeline():
    """The estimators of obp. They want torch only for gradients, which are not asked for here."""
    spec = importlib.util.find_spec("obp")
    if spec is None:
        sys.exit("obd.py: obp is needed: pip install --no-deps obp")
    root = pathlib.Path(spec.origin).parent
    for name, path in (("obp", root), ("obp.ope", root / "ope")):
        module = types.ModuleType(name)
        module.__path__ = [str(path)]
        sys.modules[name] = module
    if importlib.util.find_spec("torch") is None:
        sys.modules["torch"] = types.ModuleType("torch")
        sys.modules["torch"].Tensor = object
    from obp.ope import estimators

    return estimators


def rows(folder):
    with gzip.open(folder / "labels.jsonl.gz", "rt") as lines:
        labels = {row["id"]: row["label"] for row in map(json.loads, lines)}
    with gzip.open(folder / "examples.jsonl.gz", "rt") as lines:
        for row in map(json.loads, lines):
            if row["id"] in labels:
                yield row | {"label": labels[row["id"]]}


def choice(row):
    return int(row["features"]["item"]), int(row["features"]["position"]) - 1


def policy(name, own, items):
    """The chance of each item, by position."""
    if name == "random":
        return np.full((items, 3), 1 / items)
    sums, counts = np.zeros((items, 3)), np.zeros((items, 3))
    for row in own:
        place = choice(row)
        sums[place] += row["propensity"]
        counts[place] += 1
    means = sums / np.maximum(counts, 1)
    return means / means.sum(axis=0)


def spindle(program, log, target, model):
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "rows.jsonl"
        with path.open("w") as out:
            for row in log:
                item, position = choice(row)
                extra = {
                    "target": target[item, position],
                    "expected": model[item],
                    "expected_target": float(model @ target[:, position]),
                }
                out.write(json.dumps(row | extra) + "\n")
        run = subprocess.run(
            [program, "launch", "estimate", "--examples", path, "--json"],
            capture_output=True, text=True)
    if run.returncode not in (0, 1) or not run.stdout:
        sys.exit(f"obd.py: {program}: {run.stderr.strip()}")
    return json.loads(run.stdout)


def judged(estimators, log, target, model):
    items = np.array([choice(row)[0] for row in log])
    given = {
        "reward": np.array([float(row["label"]) for row in log]),
        "action": items,
        "pscore": np.array([row["propensity"] for row in log]),
        "position": np.array([choice(row)[1] for row in log]),
        "action_dist": np.broadcast_to(target, (len(log),) + target.shape),
    }
    expected = np.broadcast_to(model[None, :, None], given["action_dist"].shape)
    return {
        "ips": estimators.InverseProbabilityWeighting().estimate_policy_value(**given),
        "snips": estimators.SelfNormalizedInverseProbabilityWeighting().estimate_policy_value(
            **given),
        "dr": estimators.DoublyRobust().estimate_policy_value(
            **given, estimated_rewards_by_reg_model=expected),
    }


def compare(folder, program, estimators):
    by_policy = collections.defaultdict(list)
    for row in rows(folder):
        by_policy[row["policy"]].append(row)
    items = 1 + max(choice(row)[0] for log in by_policy.values() for row in log)
    agrees = True
    for name, other in (("bts", "random"), ("random", "bts")):
        log = by_policy[other]
        target = policy(name, by_policy[name], items)
        clicks, counts = np.zeros(items), np.zeros(items)
        for row in log:
            clicks[choice(row)[0]] += row["label"]
            counts[choice(row)[0]] += 1
        rate = clicks.sum() / counts.sum()
        model = (clicks + PRIOR * rate) / (counts + PRIOR)
        ours = spindle(program, log, target, model)
        theirs = judged(estimators, log, target, model)
        truth = np.mean([row["label"] for row in by_policy[name]])
        print(
            f"{folder.name}: {name} from the log of {other}: {len(log)} rows say as much as "
            f"{ours['effective_size']:.0f}; on its own rows {truth:.6f}")
        for key in ("ips", "snips", "dr"):
            mine, error = ours[key]["estimate"], ours[key]["error"]
            same = abs(mine - theirs[key]) <= 1e-9 * max(abs(theirs[key]), 1e-12)
            agrees &= bool(same)
            print(
                f"  {key:6} spindle {mine:.9f} ± {error:.6f}  obp {theirs[key]:.9f}  "
                + ("the same" if same else "DIFFERENT"))
        for text in ours["objections"]:
            print(f"  spindle says: {text}")
    return agrees


def arms(folder, program):
    """The policies as arms, half and half."""
    log = sorted(rows(folder), key=lambda row: row["ts"])
    with tempfile.TemporaryDirectory() as temporary:
        path = pathlib.Path(temporary) / "rows.jsonl"
        path.write_text("".join(json.dumps(row) + "\n" for row in log))
        run = subprocess.run(
            [program, "launch", "judge", "--examples", path, "--candidate", "0.5", "--arm-field",
             "policy", "--arm", "A=bts", "--arm", "B=random", "--metric", "clicks", "--final",
             "--json"], capture_output=True, text=True)
    if run.returncode not in (0, 1) or not run.stdout:
        sys.exit(f"obd.py: {program}: {run.stderr.strip()}")
    found = json.loads(run.stdout)["looks"][-1]["metrics"][0]
    means = {name: np.mean([r["label"] for r in log if r["policy"] == name])
             for name in ("bts", "random")}
    plain = means["bts"] - means["random"]
    print(f"{folder.name}: bts as A, random as B: {found['verdict']['text']}")
    between = found.get("between")
    print(f"  plain difference {plain:.9f}")
    if between is None:
        return True
    print(
        f"  A - B {between['estimate']:.9f}, {between['low']:.6f} to {between['high']:.6f}")
    return abs(between["estimate"] - plain) <= 1e-9


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=pathlib.Path, default=ROOT.parent / "shared/data")
    parser.add_argument("--program", default=str(ROOT / ".build/release/spindle"))
    options = parser.parse_args()
    estimators = pipeline()
    agrees = True
    for name in ("obd-all", "obd-men"):
        folder = options.data / name
        if not folder.is_dir():
            print(f"obd.py: no {folder}", file=sys.stderr)
            return 2
        agrees &= compare(folder, options.program, estimators)
        agrees &= arms(folder, options.program)
    return 0 if agrees else 1


if __name__ == "__main__":
    sys.exit(main())
