#!/usr/bin/env python3
"""Spindle beside Vowpal Wabbit: same rows, same features, same order of labels.

    pip install vowpalwabbit
    python3 Tests/Comparison/vw.py FOLDER...

Each FOLDER holds examples.jsonl and labels.jsonl, plain or as .gz. The script joins them,
writes VW text in the order in which the labels arrive, and runs three programs over it:

    ours        spindle replay --final --json, on a fresh state directory, reading JSON Lines
    VW          python3 -m vowpalwabbit --loss_function logistic -b 22
    VW --ftrl   python3 -m vowpalwabbit --loss_function logistic -b 22 --ftrl

Log loss is progressive in all three: each row is scored before it is learned. CPU seconds are
user and system time of the whole process, all threads; for ours that is parsing, the durable
logs, the join, learning and checkpoints. Peak memory is the largest resident set.

Exit status: 0 our log loss is lower than that of VW's default on every folder; 1 it is not;
2 something could not be run.
"""

import argparse
import datetime
import gzip
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
VW_DEFAULT = ["--loss_function", "logistic", "-b", "22"]
VW_FTRL = VW_DEFAULT + ["--ftrl"]


class Trouble(Exception):
    """Something that keeps the comparison from being made, in words."""


class Run:
    """What one program took and said."""

    def __init__(self, command):
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            try:
                process = subprocess.Popen(
                    command, stdout=out, stderr=err, cwd=tempfile.gettempdir())
            except OSError as error:
                raise Trouble(f"{command[0]}: {error.strerror}") from error
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            out.seek(0)
            err.seek(0)
            self.out = out.read().decode("utf-8", "replace")
            self.err = err.read().decode("utf-8", "replace")
        if process.returncode != 0:
            raise Trouble(f"{' '.join(command)}: status {process.returncode}\n{self.err[-1000:]}")
        self.cpu_seconds = usage.ru_utime + usage.ru_stime
        self.peak_mebibytes = usage.ru_maxrss / 1024


def stream(folder, name):
    """The path of one stream in a folder, plain or compressed."""
    for candidate in (folder / name, folder / (name + ".gz")):
        if candidate.exists():
            return candidate
    raise Trouble(f"{folder}: there is no {name} and no {name}.gz")


def records(path):
    kind = gzip.open if path.suffix == ".gz" else open
    with kind(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            if line.strip():
                yield json.loads(line)


def seconds(ts):
    """Event time as a number: RFC 3339, or seconds since 1970."""
    if isinstance(ts, (int, float)):
        return float(ts)
    return datetime.datetime.fromisoformat(re.sub(r"[Zz]$", "+00:00", ts)).timestamp()


def word(text):
    """Space, bar, colon and line ends have a meaning in VW text."""
    return re.sub(r"[\s|:]", "_", str(text))


def vw_features(features):
    parts = []
    for name, value in features.items():
        if value is None:
            continue
        if isinstance(value, bool):
            parts.append(f"{word(name)}={'true' if value else 'false'}")
        elif isinstance(value, (int, float)):
            parts.append(f"{word(name)}:{value!r}")
        elif isinstance(value, list):
            parts.extend(f"{word(name)}={word(item)}" for item in value)
        else:
            parts.append(f"{word(name)}={word(value)}")
    return " ".join(parts)


def write_vw(examples, labels, target):
    """Rows in label-arrival order."""
    rows = {}
    for example in records(examples):
        rows.setdefault(example["id"], vw_features(example["features"]))
    arriving = [label for label in records(labels) if "label" in label]
    arriving.sort(key=lambda label: seconds(label["ts"]))  # stable
    with open(target, "w", encoding="utf-8") as text:
        for label in arriving:
            row = rows.pop(label["id"], None)
            if row is not None:
                text.write(f"{1 if label['label'] >= 0.5 else -1} | {row}\n")


def convert(examples, labels, target):
    """Writes the rows in a process of its own; gives how many.

    The kernel counts a parent's memory as its child's peak until the child has started its
    program, so the process that measures must stay small.
    """
    process = os.fork()
    if process == 0:
        status = 1
        try:
            write_vw(examples, labels, target)
            status = 0
        except (OSError, KeyError, ValueError) as fault:
            print(f"vw.py: {examples}, {labels}: {fault!r}", file=sys.stderr, flush=True)
        os._exit(status)
    if os.waitpid(process, 0)[1] != 0:
        raise Trouble(f"{target}: the rows could not be written")
    with open(target, "rb") as text:
        return sum(1 for _ in text)


def plain(path, folder):
    """The path itself, or where it was unpacked to."""
    if path.suffix != ".gz":
        return path
    target = folder / path.stem
    with gzip.open(path, "rb") as packed, open(target, "wb") as unpacked:
        shutil.copyfileobj(packed, unpacked)
    return target


def run_vw(text, arguments):
    run = Run([sys.executable, "-m", "vowpalwabbit", "-d", str(text), *arguments])
    found = re.search(r"average loss = ([-+.0-9eEnaif]+)", run.err + run.out)
    if not found:
        raise Trouble(f"vowpalwabbit said no average loss:\n{run.err[-1000:]}")
    run.log_loss = float(found.group(1))
    return run


def run_spindle(program, examples, labels, folder):
    state = tempfile.mkdtemp(prefix="state-", dir=folder)
    run = Run([
        str(program), "replay", "--examples", str(examples), "--labels", str(labels),
        "--state", state, "--final", "--json"])
    run.report = json.loads(run.out)
    run.log_loss = run.report["log_loss"]
    shutil.rmtree(state)
    return run


def middle(runs):
    """The one with the median of CPU seconds: VW's two threads wait for each other busily, so its
    figures vary by half from run to run."""
    return sorted(runs, key=lambda run: run.cpu_seconds)[len(runs) // 2]


def compare(folder, program, count):
    """One line of the table, and whether our log loss is the lower one."""
    with tempfile.TemporaryDirectory(prefix="spindle-vw-") as name:
        work = pathlib.Path(name)
        examples = plain(stream(folder, "examples.jsonl"), work)
        labels = plain(stream(folder, "labels.jsonl"), work)
        text = work / "rows.vw"
        rows = convert(examples, labels, text)
        ours, default, ftrl = [], [], []
        for _ in range(count):  # in turn, so that a slow moment of the machine meets all three
            ours.append(run_spindle(program, examples, labels, work))
            default.append(run_vw(text, VW_DEFAULT))
            ftrl.append(run_vw(text, VW_FTRL))
        our, vw, fast = middle(ours), middle(default), middle(ftrl)
        trained = our.report["trained"]
        if trained != rows:
            print(f"{folder.name}: ours trained {trained} rows, VW {rows}", file=sys.stderr)
        is_better = our.log_loss < vw.log_loss
        return [
            folder.name, str(rows), f"{our.log_loss:.4f}", f"{vw.log_loss:.4f}",
            "lower" if is_better else "NOT LOWER", f"{our.cpu_seconds:.2f}",
            f"{fast.cpu_seconds:.2f}", f"{our.cpu_seconds / fast.cpu_seconds:.2f}",
            f"{our.peak_mebibytes:.0f} MiB", f"{fast.peak_mebibytes:.0f} MiB",
        ], is_better


def main():
    parser = argparse.ArgumentParser(
        description="Spindle beside Vowpal Wabbit, on folders with examples and labels.")
    parser.add_argument("folders", nargs="+", type=pathlib.Path, metavar="FOLDER")
    parser.add_argument("--spindle", type=pathlib.Path, metavar="FILE",
                        default=ROOT / ".build/release/spindle", help="the program to measure")
    parser.add_argument("--runs", type=int, default=5, metavar="N",
                        help="runs of each program, of which the median CPU time counts")
    options = parser.parse_args()
    headings = ["data", "rows", "log loss", "VW default", "ours is", "CPU s", "VW --ftrl CPU s",
                "ratio", "memory", "VW --ftrl memory"]
    table, is_all_better = [headings], True
    try:
        if not options.spindle.exists():
            raise Trouble(f"{options.spindle}: build it first: swift build -c release")
        for folder in options.folders:
            line, is_better = compare(
                folder.resolve(), options.spindle.resolve(), max(1, options.runs))
            table.append(line)
            is_all_better = is_all_better and is_better
    except (Trouble, KeyError, ValueError) as trouble:
        print(f"vw.py: {trouble}", file=sys.stderr)
        return 2
    widths = [max(len(line[column]) for line in table) for column in range(len(headings))]
    for line in table:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip())
    return 0 if is_all_better else 1


if __name__ == "__main__":
    sys.exit(main())
