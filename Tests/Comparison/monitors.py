#!/usr/bin/env python3
"""The monitors on a made-up stream of 56 days, with and without faults. Needs numpy.

    python3 Tests/Comparison/monitors.py run [--faults a,b|all] [--seeds N] [--program PATH]
    python3 Tests/Comparison/monitors.py river [--seeds N]       (needs river and scipy)
    python3 Tests/Comparison/monitors.py generate FOLDER [--seed N] [--fault NAME] [--rate R]

Two segments with weekends and clock changes of their own, growth, a season, days and hours that
scatter; every fault begins on day 42 and lasts three days, but for a slope of twelve. Prints a
table: what was found, its delay and the error of its onset in hours, and what else was raised.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from datetime import datetime, timezone
from zoneinfo import ZoneInfo

import numpy as np

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
START = int(datetime(2026, 10, 1, tzinfo=timezone.utc).timestamp())
DAYS = 56
SHIFTED = ["feature_shifted"]
FAULTS = {
    "feature_shift": SHIFTED, "segment_shift": SHIFTED, "slope": SHIFTED,
    "new_category": ["category_new"], "unit": ["feature_unit", "feature_shifted"],
    "nulls": ["feature_missing"], "constant": ["feature_constant"],
    "volume_drop": ["volume_low"], "duplicates": ["duplicates_high"],
    "label_outage": ["labels_low", "labels_stalled"], "label_flip": ["label_rate_changed"],
    "stage_delay": ["label_delay_changed"],
}
FEATURE = {
    "feature_shift": "price", "segment_shift": "price", "slope": "dwell",
    "new_category": "colour", "unit": "dwell", "nulls": "price", "constant": "device",
}
SEGMENTS = [("us", "America/New_York", (5, 6)), ("il", "Asia/Jerusalem", (4, 5))]
COLOURS = ["brown", "white", "grey", "blue", "red", "green", "yellow", "pink"]


def text(seconds):
    return datetime.fromtimestamp(seconds, timezone.utc).isoformat(timespec="milliseconds").replace(
        "+00:00", "Z")


def hours_of(zone):
    """Local hour and weekday of every hour of the stream."""
    info = ZoneInfo(zone)
    local = [datetime.fromtimestamp(START + 3600 * h, info) for h in range(24 * DAYS)]
    return np.array([t.hour for t in local]), np.array([t.weekday() for t in local])


def rows(seed, fault, rate):
    """Columns of all examples, in order of time."""
    rng = np.random.default_rng(seed)
    onset = START + 42 * 86400 + 3600 * int(rng.integers(0, 24))
    length = {"slope": 12 * 86400, "label_outage": 8 * 3600, "label_flip": 6 * 3600}.get(
        fault, 3 * 86400)
    if fault == "slope":
        onset -= 2 * 86400
    end = onset + length
    daily = rng.normal(0, 0.05, DAYS)
    parts = []
    for number, (segment, zone, weekend) in enumerate(SEGMENTS):
        hour, weekday = hours_of(zone)
        free = np.isin(weekday, weekend)
        shape = 0.25 + np.exp(-((hour - 14) / 5.0) ** 2) + 0.5 * np.exp(-((hour - 20) / 2.5) ** 2)
        shape = np.where(free, 0.7 * (0.3 + np.exp(-((hour - 16) / 6.0) ** 2)), shape)
        day = np.arange(24 * DAYS) // 24
        level = rate / 2 / 0.75 * shape * 1.005 ** day * np.exp(
            daily[day] + rng.normal(0, 0.1, 24 * DAYS) + 0.1 * np.sin(2 * np.pi * day / 365))
        begin = START + 3600 * np.arange(24 * DAYS)
        if fault == "volume_drop":
            level = np.where((begin >= onset) & (begin < end), 0.4 * level, level)
        counts = rng.poisson(level)
        at = np.repeat(np.arange(24 * DAYS), counts)
        seconds = START + 3600 * at + rng.uniform(0, 3600, len(at))
        parts.append((seconds, np.full(len(at), number), hour[at], free[at]))
    seconds, segment, hour, free = (np.concatenate([p[i] for p in parts]) for i in range(4))
    order = np.argsort(seconds, kind="stable")
    seconds, segment, hour, free = seconds[order], segment[order], hour[order], free[order]
    n = len(seconds)
    day = (seconds - START) / 86400
    hit = (seconds >= onset) & (seconds < end)
    price = np.exp(rng.normal(2.5, 0.5, n) + 0.1 * np.sin(2 * np.pi * hour / 24) + 0.1 * free)
    if fault in ("feature_shift", "segment_shift"):
        where = hit & (segment == 1) if fault == "segment_shift" else hit
        price = np.where(where, price * np.exp(0.4), price)
    temperature = 18 - 8 * day / 60 + 4 * np.sin(2 * np.pi * (hour - 9) / 24) + rng.normal(0, 3, n)
    dwell = np.exp(rng.normal(3, 0.8, n))
    if fault == "slope":
        dwell = dwell * np.exp(1.2 * np.clip((seconds - onset) / length, 0, 1))
    if fault == "unit":
        dwell = np.where(hit, dwell * 1000, dwell)
    phone = 0.5 + 0.2 * np.cos(2 * np.pi * (hour - 21) / 24)
    device = np.where(rng.uniform(size=n) < phone, "phone",
                      np.where(rng.uniform(size=n) < 0.8, "desktop", "tablet"))
    if fault == "constant":
        device = np.where(hit, "phone", device)
    product = np.minimum(rng.zipf(1.3, n), 200)
    colour = np.array(COLOURS)[np.minimum(rng.geometric(0.3, n) - 1, 7)]
    if fault == "new_category":
        colour = np.where(hit & (rng.uniform(size=n) < 0.04), "ultraviolet", colour)
    member = rng.uniform(size=n) < 0.3
    sale = rng.uniform(size=n) < 0.2
    rating = np.round(rng.beta(5, 2, n) * 5, 1)
    rated = rng.uniform(size=n) < 0.9
    missing = hit & (rng.uniform(size=n) < 0.3) if fault == "nulls" else np.zeros(n, bool)
    logit = (-3.2 - 0.5 * (np.log(price) - 2.5) + 0.6 * member + 0.5 * sale
             + 0.4 * (colour == "blue") + 0.3 * np.sin(2 * np.pi * hour / 24))
    clicked = rng.uniform(size=n) < 1 / (1 + np.exp(-logit))
    if fault == "label_flip":
        clicked = np.where(hit, ~clicked, clicked)
    delay = np.minimum(np.exp(rng.normal(np.log(1200), 0.8, n)), 5 * 3600)
    label_time = seconds + delay
    if fault == "stage_delay":
        label_time = np.where((label_time >= onset) & (label_time < end), label_time + 4 * 3600,
                              label_time)
    if fault == "label_outage":
        label_time = np.where((label_time >= onset) & (label_time < end), end, label_time)
    twice = hit & (rng.uniform(size=n) < 0.08) if fault == "duplicates" else np.zeros(n, bool)
    return locals()


def generate(folder, seed, fault, rate):
    r = rows(seed, fault, rate)
    with open(folder + "/examples.jsonl", "w") as out:
        for i in range(r["n"]):
            name, zone, _ = SEGMENTS[r["segment"][i]]
            features = {
                "temperature": round(float(r["temperature"][i]), 2),
                "dwell": round(float(r["dwell"][i]), 2), "device": str(r["device"][i]),
                "product": f"p{r['product'][i]}", "colour": str(r["colour"][i]),
                "member": bool(r["member"][i]), "tags": ["sale"] if r["sale"][i] else ["new"]}
            if not r["missing"][i]:
                features["price"] = round(float(r["price"][i]), 2)
            if r["rated"][i]:
                features["rating"] = float(r["rating"][i])
            line = json.dumps({
                "id": f"e{i}", "ts": text(r["seconds"][i]), "features": features,
                "source": f"s{i % 997}", "segment": name, "tz": zone}, separators=(",", ":"))
            out.write(line + "\n")
            if r["twice"][i]:
                out.write(line + "\n")
    events = [(t, f'{{"id":"e{i}","ts":"{text(t)}","label":1}}')
              for i, t in enumerate(r["label_time"]) if r["clicked"][i]]
    for t in np.arange(START, START + 86400 * DAYS, 600):
        if fault != "label_outage" or not r["onset"] <= t < r["end"]:
            events.append((t, f'{{"heartbeat":"{text(t)}"}}'))
    events.sort()
    with open(folder + "/labels.jsonl", "w") as out:
        out.writelines(line + "\n" for _, line in events)
    return r["onset"], r["end"]


def seconds_of(time):
    return datetime.fromisoformat(time.replace("Z", "+00:00")).timestamp()


def alarms_of(program, folder):
    state = folder + "/state"
    subprocess.run(
        [program, "replay", "--examples", folder + "/examples.jsonl", "--labels",
         folder + "/labels.jsonl", "--wait", "6h", "--final", "--state", state, "--json"],
        check=True, stdout=subprocess.DEVNULL)
    out = subprocess.run([program, "alarms", "--state", state, "--json"], check=True,
                         capture_output=True, text=True).stdout
    return json.loads(out)["alarms"]


def run(arguments):
    faults = list(FAULTS) + ["none"] if arguments.faults == "all" else arguments.faults.split(",")
    print("| fault | seed | found | delay, h | onset error, h | other alarms |")
    print("| --- | --- | --- | --- | --- | --- |")
    for fault in faults:
        for seed in range(1, arguments.seeds + 1):
            with tempfile.TemporaryDirectory() as folder:
                onset, _ = generate(folder, seed, fault, arguments.rate)
                alarms = alarms_of(arguments.program, folder)
            right = [a for a in alarms if a["name"] in FAULTS.get(fault, [])
                     and a["feature"] == FEATURE.get(fault)
                     and (fault != "segment_shift" or a["segment"] == "il")
                     and seconds_of(a["raised"]) >= onset]
            others = [a for a in alarms if a not in right]
            rest = ", ".join(
                f"{a['name']} {a['feature'] or ''} {a['segment'] or ''} {a['raised'][5:13]}".strip()
                for a in others) or "none"
            if fault == "none":
                print(f"| none | {seed} | | | | {len(others)}: {rest} |", flush=True)
                continue
            if not right:
                print(f"| {fault} | {seed} | NOT FOUND | | | {rest} |", flush=True)
                continue
            first = right[0]
            delay = (seconds_of(first["raised"]) - onset) / 3600
            error = (seconds_of(first["onset"]) - onset) / 3600
            more = f"{len(right) - 1} times more; " if len(right) > 1 else ""
            print(f"| {fault} | {seed} | {first['name']} | {delay:.1f} | {error:+.1f} "
                  f"| {more}{rest} |", flush=True)


def hourly(r):
    """Raw hourly means, as somebody would hand them to a detector."""
    at = ((r["seconds"] - START) // 3600).astype(int)
    size = 24 * DAYS
    count = np.bincount(at, minlength=size).astype(float)
    known = np.maximum(count, 1)
    series = {"volume": count}
    for name in ("price", "temperature", "dwell", "rating"):
        series[name] = np.bincount(at, weights=np.log1p(np.abs(r[name])), minlength=size) / known
    for name, value in (("device", "phone"), ("colour", "brown")):
        series[name] = np.bincount(at, weights=(r[name] == value), minlength=size) / known
    series["labels"] = np.bincount(at, weights=r["clicked"], minlength=size) / known
    return series


def river(arguments):
    from river import drift
    from scipy import stats

    print("| fault | seed | ADWIN: false alarms, delay h | KS windows: false alarms, delay h |")
    print("| --- | --- | --- | --- |")
    for fault in ["none"] + list(FAULTS):
        for seed in range(1, arguments.seeds + 1):
            r = rows(seed, fault, arguments.rate)
            onset = (r["onset"] - START) / 3600
            adwin, windows = [], []
            for values in hourly(r).values():
                detector = drift.ADWIN()
                for hour, value in enumerate(values):
                    detector.update(float(value))
                    if detector.drift_detected:
                        adwin.append(hour)
                for day in range(8, DAYS):
                    new, old = values[24 * (day - 1):24 * day], values[24 * (day - 8):24 * (day - 1)]
                    if stats.ks_2samp(new, old).pvalue < 0.001:
                        windows.append(24 * day)
            cells = []
            for found in (adwin, windows):
                after = [h - onset for h in found if h >= onset]
                false = len(found) if fault == "none" else len([h for h in found if h < onset])
                delay = f"{min(after):.0f}" if after and fault != "none" else "-"
                cells.append(f"{false}, {delay}")
            print(f"| {fault} | {seed} | {cells[0]} | {cells[1]} |", flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=["run", "river", "generate"])
    parser.add_argument("folder", nargs="?")
    parser.add_argument("--faults", default="all")
    parser.add_argument("--fault", default="none")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--rate", type=float, default=250, help="examples an hour")
    parser.add_argument("--program", default=ROOT + "/.build/release/spindle")
    arguments = parser.parse_args()
    if arguments.what == "generate":
        if not arguments.folder:
            sys.exit("generate needs a folder")
        os.makedirs(arguments.folder, exist_ok=True)
        generate(arguments.folder, arguments.seed, arguments.fault, arguments.rate)
    else:
        {"run": run, "river": river}[arguments.what](arguments)


if __name__ == "__main__":
    main()
