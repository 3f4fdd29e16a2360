#!/usr/bin/env python3
"""Spindle's monitors on made-up clicks with a known fault, and beside them river's ADWIN and
Kolmogorov-Smirnov windows on the same streams.

    pip install numpy
    python3 Tests/Comparison/monitors.py generate FOLDER [--seed N] [--fault NAME|none]
    python3 Tests/Comparison/monitors.py run [--faults a,b,...|all] [--seeds N] [--program FILE]

    pip install river scipy
    python3 Tests/Comparison/monitors.py river [--faults a,b,...|all] [--seeds N] [--program FILE]

The stream: two segments, each with hours, weekends and a clock change of its own, growth, a slow
season, and hours and days that scatter. Chance of the fault is apart from chance of the stream: up
to the onset, all streams of one seed are the same, line by line. Both files end at the same time:
labels that would come later are left out.

A fault of a feature is one of its sender: labels follow what the feature would have been, so that
they stay as they are. Faults begin at a whole hour of day 42 and last three days, but for the slope
(from day 40, it reaches its height after 12 days and stays there), the label outage (8 hours) and
the label flip (6 hours).

Exit status: 0 done, every fault found; 1 `run` missed one; 2 something could not be run.
"""

import argparse
import collections
import dataclasses
import datetime
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import zoneinfo

try:
    import numpy as np
except ImportError:
    sys.exit("monitors.py: numpy is needed: pip install numpy")

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = ROOT / ".build/release/spindle"
HOUR = 3_600_000  # all times are in milliseconds
DAY = 24 * HOUR
START = int(datetime.datetime(2026, 10, 1, tzinfo=datetime.timezone.utc).timestamp()) * 1000
HEARTBEAT = 10 * 60_000
FOUND_WITHIN = DAY  # an alarm later than this after the fault's end is not about it


@dataclasses.dataclass(frozen=True)
class Fault:
    """What goes wrong, and which alarms say so."""

    names: tuple
    feature: str = None
    segment: str = None
    series: str = None  # the baselines' series that the fault moves, where it is no feature
    day: int = 42
    hours: int = 72


SHIFTED = ("feature_shifted",)
FAULTS = {
    "feature_shift": Fault(SHIFTED, "price"),
    "segment_shift": Fault(SHIFTED, "price", "il"),
    "slope": Fault(SHIFTED, "dwell", day=40, hours=12 * 24),
    "new_category": Fault(("category_new",), "colour"),
    "unit": Fault(("feature_unit", "feature_shifted"), "dwell"),
    "nulls": Fault(("feature_missing",), "price"),
    "constant": Fault(("feature_constant",), "device"),
    "volume_drop": Fault(("volume_low",), series="volume"),
    "duplicates": Fault(("duplicates_high",), series="volume"),
    "label_outage": Fault(("labels_stalled", "labels_low"), series="label rate", hours=8),
    "label_flip": Fault(("label_rate_changed",), series="label rate", hours=6),
    "stage_delay": Fault(("label_delay_changed",), series="label rate"),
}

SEGMENTS = ("us", "il")
ZONES = ("America/New_York", "Asia/Jerusalem")
WEEKENDS = ((5, 6), (4, 5))  # Monday is 0
SHARES = (0.6, 0.4)
DEVICES = ("desktop", "phone", "tablet")
COLOURS = ("brown", "white", "grey", "blue", "red", "green", "yellow", "pink", "ultraviolet")
COLOUR_SHARES = (0.26, 0.2, 0.15, 0.12, 0.1, 0.08, 0.05, 0.04)
TAGS = ("sale", "new", "gift", "organic", "bulk", "last")
TAG_SHARES = (0.25, 0.2, 0.12, 0.1, 0.08, 0.05)
PRODUCT_COUNT = 200
PRICE_SD = 0.5  # of the logarithm
DWELL_SD = 0.8  # of the logarithm
FEATURES = ("price", "temperature", "dwell", "device", "product", "colour", "member", "tags",
            "rating")


class Trouble(Exception):
    """Something that keeps the comparison from being made, in words."""


# The stream


def rfc3339(milliseconds):
    """Times as text: one, or an array of them."""
    values = np.asarray(milliseconds, dtype="int64").astype("datetime64[ms]")
    return np.char.add(np.datetime_as_string(values, unit="ms"), "Z")


def milliseconds_of(ts):
    """Event time as a number: RFC 3339, or seconds since 1970."""
    if isinstance(ts, (int, float)):
        return round(ts * 1000)
    text = re.sub(r"[Zz]$", "+00:00", ts)
    text = re.sub(r"\.(\d+)", lambda part: "." + (part.group(1) + "00000")[:6], text)
    return round(datetime.datetime.fromisoformat(text).timestamp() * 1000)


def local_hours(number, days):
    """Hour of the day, weekend or not, and count of the local day, for every hour of the stream."""
    zone = zoneinfo.ZoneInfo(ZONES[number])
    times = [datetime.datetime.fromtimestamp((START + hour * HOUR) / 1000, zone)
             for hour in range(24 * days)]
    hours = np.array([time.hour for time in times])
    is_weekend = np.isin([time.weekday() for time in times], WEEKENDS[number])
    dates = np.array([time.toordinal() for time in times])
    return hours, is_weekend, dates - dates.min()


def expected_volume(number, days):
    """Examples of an hour before chance, to a scale of its own."""
    hours, is_weekend, _ = local_hours(number, days)
    wave = np.cos(2 * np.pi * (hours - 15) / 24)
    evening = np.exp(-(((hours - 20.5) / 2) ** 2))
    weekday_curve = 0.3 + 0.7 * (0.5 + 0.5 * wave) + 0.35 * evening
    late = np.cos(2 * np.pi * (hours - 18) / 24)
    weekend_curve = 0.75 * (0.35 + 0.65 * (0.5 + 0.5 * late))
    curve = np.where(is_weekend, weekend_curve, weekday_curve)
    day = np.arange(24 * days) / 24
    return SHARES[number] * curve / curve.mean() * 1.005 ** day * np.exp(0.1 * season(day))


def season(day):
    """A slow year, from -1 to 1, with its height in the middle of December."""
    return np.cos(2 * np.pi * (day - 75) / 365)


def columns(seed, days, rate):
    """The stream without a fault, and with each example's label and its delay: arrays by name."""
    chance = np.random.default_rng([seed, 0])
    volumes = [expected_volume(number, days) for number in range(len(SEGMENTS))]
    scale = rate * 24 * days / sum(volume.sum() for volume in volumes)
    parts = []
    for number, volume in enumerate(volumes):
        hours, is_weekend, date = local_hours(number, days)
        scatter = chance.normal(0, 0.1, len(hours)) + chance.normal(0, 0.05, date.max() + 1)[date]
        at = np.repeat(np.arange(len(hours)), chance.poisson(scale * volume * np.exp(scatter)))
        ts = START + at * HOUR + chance.integers(0, HOUR, len(at))
        parts.append((ts, np.full(len(at), number), hours[at], is_weekend[at]))
    ts, segment, hour, is_weekend = (np.concatenate(part) for part in zip(*parts))
    order = np.argsort(ts, kind="stable")
    rows = {"ts": ts[order], "segment": segment[order]}
    rows.update(features(rows, hour[order], is_weekend[order], chance))
    count = len(order)
    chances = 1 / (1 + np.exp(-log_odds(rows, hour[order])))
    rows["label"] = chance.random(count) < chances
    delay = np.exp(chance.normal(np.log(20 * 60_000), 1, count))
    rows["label_ts"] = rows["ts"] + np.clip(delay, 1, 5 * HOUR).astype("int64")
    rows["index"] = np.arange(count)
    return rows


def features(rows, hour, is_weekend, chance):
    """Categories are numbers of their place in a list; what is absent or null is NaN."""
    count = len(hour)
    day = (rows["ts"] - START) / DAY
    afternoon = np.cos(2 * np.pi * (hour - 15) / 24)
    evening = np.cos(2 * np.pi * (hour - 21) / 24)
    is_phone = chance.random(count) < 0.5 + 0.2 * evening + 0.08 * is_weekend
    zipf = 1 / np.arange(1, PRODUCT_COUNT + 1) ** 1.1
    rating = np.round(5 * chance.beta(5, 2, count), 1)
    return {
        "price": np.exp(chance.normal(2.7, PRICE_SD, count) + 0.15 * evening + 0.12 * is_weekend),
        "temperature": (16 + 5 * rows["segment"] - 10 * season(day - 27) + 4 * afternoon
                        + chance.normal(0, 2.5, count)),
        "dwell": np.exp(chance.normal(3, DWELL_SD, count)),
        "device": np.where(is_phone, 1, np.where(chance.random(count) < 0.82, 0, 2)),
        "product": chance.choice(PRODUCT_COUNT, count, p=zipf / zipf.sum()),
        "colour": chance.choice(len(COLOUR_SHARES), count, p=COLOUR_SHARES),
        "member": chance.random(count) < 0.35,
        "tags": (chance.random((count, len(TAGS))) < TAG_SHARES) @ (1 << np.arange(len(TAGS))),
        "rating": np.where(chance.random(count) < 0.1, np.nan, rating),
        "source": chance.integers(0, 500, count),
    }


def log_odds(rows, hour):
    effects = np.random.default_rng(17).normal(0, 0.3, PRODUCT_COUNT)  # the same for every seed
    colours = np.array([0, 0.1, -0.1, 0.35, 0.2, -0.2, -0.3, 0.3, 0])
    return (-3.05 - 0.5 * (np.log(rows["price"]) - 2.7) / PRICE_SD
            + 0.3 * (np.log(rows["dwell"]) - 3) / DWELL_SD
            - 0.01 * (rows["temperature"] - 15) + 0.5 * rows["member"]
            + np.array([0.2, 0, -0.1])[rows["device"]] + colours[rows["colour"]]
            + effects[rows["product"]] + 0.4 * (rows["tags"] & 1)
            + 0.15 * np.nan_to_num(rows["rating"] - 3.6)
            + 0.25 * np.cos(2 * np.pi * (hour - 20) / 24))


# The faults


@dataclasses.dataclass
class Stream:
    """Rows, heartbeats of the label stream, and what is wrong with them."""

    rows: dict
    heartbeats: np.ndarray
    copies: np.ndarray  # how often each row is sent
    days: int
    name: str
    fault: Fault
    onset: int
    end: int

    @property
    def truth(self):
        if self.fault is None:
            return {"fault": "none", "feature": None, "segment": None, "onset": None, "end": None,
                    "names": []}
        return {"fault": self.name, "feature": self.fault.feature, "segment": self.fault.segment,
                "onset": str(rfc3339(self.onset)), "end": str(rfc3339(self.end)),
                "names": list(self.fault.names)}

    @property
    def found_until(self):
        """Alarms about this fault are raised before; a slope stays at its height."""
        last = START + self.days * DAY
        return last + DAY if self.name == "slope" else self.end + FOUND_WITHIN


def stream(name, seed, days, rate):
    """The stream of a seed, with a fault or "none"."""
    fault = FAULTS.get(name)
    chance = np.random.default_rng([seed, 1])
    onset_hour = int(chance.integers(0, 24))
    onset = end = None
    if fault is not None:
        onset = START + fault.day * DAY + onset_hour * HOUR
        end = onset + fault.hours * HOUR
        if end > START + days * DAY:
            raise Trouble(f"{name}: the fault lasts until day "
                          f"{-(-(end - START) // DAY)}, and there are only {days} days")
    rows = columns(seed, days, rate)
    heartbeats = np.arange(START + HEARTBEAT, START + days * DAY + 1, HEARTBEAT)
    made = Stream(rows, heartbeats, np.ones(len(rows["ts"]), dtype=int), days, name, fault,
                  onset, end)
    if fault is not None:
        is_hit = (rows["ts"] >= onset) & (rows["ts"] < end)
        (spoil_labels if fault.series == "label rate" else spoil_examples)(made, is_hit, chance)
    return made


def spoil_examples(made, is_hit, chance):
    rows = made.rows
    draw = chance.random(len(is_hit))
    match made.name:
        case "feature_shift":
            rows["price"] = np.where(is_hit, rows["price"] * np.exp(0.8 * PRICE_SD), rows["price"])
        case "segment_shift":
            is_il = is_hit & (rows["segment"] == SEGMENTS.index("il"))
            rows["price"] = np.where(is_il, rows["price"] * np.exp(0.8 * PRICE_SD), rows["price"])
        case "slope":
            part = np.clip((rows["ts"] - made.onset) / (made.end - made.onset), 0, 1)
            rows["dwell"] = rows["dwell"] * np.exp(1.5 * DWELL_SD * part)
        case "new_category":
            is_new = is_hit & (draw < 0.04)
            rows["colour"] = np.where(is_new, COLOURS.index("ultraviolet"), rows["colour"])
        case "unit":
            rows["dwell"] = np.where(is_hit, rows["dwell"] * 1000, rows["dwell"])
        case "nulls":
            rows["price"] = np.where(is_hit & (draw < 0.3), np.nan, rows["price"])
        case "constant":
            rows["device"] = np.where(is_hit, DEVICES.index("phone"), rows["device"])
        case "volume_drop":
            is_kept = ~is_hit | (draw >= 0.6)
            made.rows = {name: values[is_kept] for name, values in rows.items()}
            made.copies = made.copies[is_kept]
        case "duplicates":
            made.copies = np.where(is_hit & (draw < 0.08), 2, 1)
        case _:
            raise Trouble(f"{made.name}: there is no such fault of examples")


def spoil_labels(made, is_hit, chance):
    rows = made.rows
    arrives = rows["label_ts"]
    is_within = (arrives >= made.onset) & (arrives < made.end)
    match made.name:
        case "label_outage":  # those held back come within a minute, in their order
            part = (arrives - made.onset) / (made.end - made.onset)
            burst = made.end + (60_000 * part).astype("int64")
            rows["label_ts"] = np.where(is_within, burst, arrives)
            beats = made.heartbeats
            made.heartbeats = beats[(beats < made.onset) | (beats > made.end)]
        case "label_flip":
            rows["label"] = rows["label"] ^ is_hit
        case "stage_delay":
            rows["label_ts"] = np.where(is_within, arrives + 4 * HOUR, arrives)
        case _:
            raise Trouble(f"{made.name}: there is no such fault of labels")


# The files


def write(made, folder):
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "examples.jsonl", "w", encoding="utf-8") as file:
        for line, copies in zip(example_lines(made.rows), made.copies.tolist()):
            file.write(line * copies)
    with open(folder / "labels.jsonl", "w", encoding="utf-8") as file:
        file.writelines(label_lines(made))
    (folder / "truth.json").write_text(json.dumps(made.truth) + "\n", encoding="utf-8")


def example_lines(rows):
    tags = [json.dumps([tag for place, tag in enumerate(TAGS) if bits >> place & 1],
                       separators=(",", ":")) for bits in range(1 << len(TAGS))]
    each = (rows[name].tolist() for name in ("index", "segment", "source") + FEATURES)
    for (ts, index, segment, source, price, temperature, dwell, device, product, colour, member,
         bag, rating) in zip(rfc3339(rows["ts"]).tolist(), *each):
        known = "" if price != price else f'"price":{price:.2f},'
        stars = "null" if rating != rating else f"{rating:.1f}"
        yield (f'{{"id":"e{index}","ts":"{ts}","features":{{{known}'
               f'"temperature":{temperature:.1f},"dwell":{dwell:.2f},'
               f'"device":"{DEVICES[device]}","product":"p{product + 1}",'
               f'"colour":"{COLOURS[colour]}","member":{"true" if member else "false"},'
               f'"tags":{tags[bag]},"rating":{stars}}},"source":"{SEGMENTS[segment]}-{source}",'
               f'"segment":"{SEGMENTS[segment]}","tz":"{ZONES[segment]}"}}\n')


def label_lines(made):
    """Labels go before the heartbeat of the same time: it says that there are no more."""
    is_sent = made.rows["label"] & (made.rows["label_ts"] <= made.heartbeats[-1])
    indices, arrives = made.rows["index"][is_sent], made.rows["label_ts"][is_sent]
    times = np.concatenate([arrives, made.heartbeats])
    indices = np.concatenate([indices, np.full(len(made.heartbeats), -1)])
    order = np.argsort(times, kind="stable")
    for ts, index in zip(rfc3339(times[order]).tolist(), indices[order].tolist()):
        if index < 0:
            yield f'{{"heartbeat":"{ts}"}}\n'
        else:
            yield f'{{"id":"e{index}","ts":"{ts}","label":1}}\n'


# Spindle


def call(program, arguments):
    try:
        done = subprocess.run([str(program), *arguments], capture_output=True, text=True,
                              cwd=tempfile.gettempdir())
    except OSError as error:
        raise Trouble(f"{program}: {error.strerror}") from error
    if done.returncode != 0:
        raise Trouble(f"{program.name} {arguments[0]}: status {done.returncode}\n"
                      f"{done.stderr[-1000:]}")
    return done.stdout


def spindle_alarms(program, made):
    """Every alarm that the program raises over a stream, in order of being raised."""
    with tempfile.TemporaryDirectory(prefix="spindle-monitors-") as name:
        folder = pathlib.Path(name)
        write(made, folder)
        state = str(folder / "state")
        call(program, ["replay", "--examples", str(folder / "examples.jsonl"), "--labels",
                       str(folder / "labels.jsonl"), "--wait", "6h", "--final", "--state", state])
        report = json.loads(call(program, ["alarms", "--state", state, "--json"]))
    return sorted(report["alarms"], key=lambda alarm: milliseconds_of(alarm["raised"]))


@dataclasses.dataclass
class Verdict:
    """What the alarms of one stream say of its fault."""

    first: dict  # the alarm that found it, or None
    is_right: bool
    repeats: int
    others: list


def judge(alarms, made):
    """The first alarm of an acceptable name that is right; else the first that is not."""
    fault = made.fault
    if fault is None:
        return Verdict(None, True, 0, alarms)

    def is_acceptable(alarm):
        raised = milliseconds_of(alarm["raised"])
        return alarm["name"] in fault.names and made.onset <= raised < made.found_until

    def is_right(alarm):
        return (is_acceptable(alarm) and (alarm.get("feature") or None) == fault.feature
                and fault.segment in (None, alarm.get("segment")))

    right = [alarm for alarm in alarms if is_right(alarm)]
    first = right[0] if right else next(filter(is_acceptable, alarms), None)
    mine = right or [alarm for alarm in alarms if alarm is first]
    others = [alarm for alarm in alarms if not any(alarm is other for other in mine)]
    return Verdict(first, bool(right), max(0, len(mine) - 1), others)


def found_cell(verdict, fault):
    alarm = verdict.first
    if alarm is None:
        return "NOT FOUND"
    feature, segment = alarm.get("feature") or None, alarm.get("segment") or None
    parts = [alarm["name"]]
    if fault.feature or feature:
        is_same = feature == fault.feature
        parts.append(f"{feature or 'no feature'} {'right' if is_same else 'WRONG'}")
    if fault.segment:
        is_same = segment == fault.segment
        parts.append(f"{segment or 'no segment'} {'right' if is_same else 'WRONG'}")
    elif segment:
        parts.append(f"only {segment}")
    again = f" (+{verdict.repeats} more)" if verdict.repeats else ""
    return ", ".join(parts) + again


def listing(alarms, onset=None):
    """Names with what they are about and how often; those before the onset say so."""
    counts = collections.Counter()
    for alarm in alarms:
        about = [alarm["name"], alarm.get("feature"), alarm.get("segment")]
        name = " ".join(part for part in about if part)
        if onset is not None and milliseconds_of(alarm["raised"]) < onset:
            name += " before the onset"
        counts[name] += 1
    texts = [name if count == 1 else f"{name} x{count}" for name, count in counts.items()]
    return ", ".join(texts) or "none"


def hours_between(later, earlier):
    return (later - earlier) / HOUR


def table_line(cells):
    print("| " + " | ".join(cells) + " |", flush=True)


def heading(cells):
    table_line(cells)
    table_line(["---"] * len(cells))


def run(options):
    """The table of Spindle's own; gives whether every fault was found and named rightly."""
    is_all_found = True
    heading(["fault", "found", "delay h", "onset error h", "other alarms"])
    for made, title in streams(options):
        verdict = judge(spindle_alarms(options.program, made), made)
        rest = listing(verdict.others, made.onset)
        if made.fault is None:
            table_line([title, "", "", "", f"{len(verdict.others)}: {rest}"])
            continue
        is_all_found = is_all_found and verdict.is_right
        delay = error = "-"
        if verdict.first:
            delay = f"{hours_between(milliseconds_of(verdict.first['raised']), made.onset):.1f}"
            onset = verdict.first.get("onset")
            if onset is not None:
                error = f"{hours_between(milliseconds_of(onset), made.onset):+.1f}"
        table_line([title, found_cell(verdict, made.fault), delay, error, rest])
    return is_all_found


def streams(options):
    for name in options.faults:
        for seed in range(1, options.seeds + 1):
            title = name if options.seeds == 1 else f"{name}, seed {seed}"
            yield stream(name, seed, options.days, options.rate), title


# The baselines


def numbers(rows):
    """Each feature as numbers: of a category its place, of a bag the count of its strings."""
    values = {name: rows[name].astype(float) for name in FEATURES}
    values["tags"] = np.bitwise_count(rows["tags"]).astype(float)
    return values


def hourly(made):
    """Raw hourly figures by name, as an hour's end knows them; NaN where there is none.

    Of a category, the share of its most frequent value; the label rate is the label records that
    came in the hour over its examples.
    """
    rows, size = made.rows, 24 * made.days
    at = (rows["ts"] - START) // HOUR
    volume = np.bincount(at, weights=made.copies, minlength=size)
    arrives = (rows["label_ts"][rows["label"]] - START) // HOUR
    arrived = np.bincount(arrives[arrives < size], minlength=size)
    figures = {"volume": volume}
    with np.errstate(divide="ignore", invalid="ignore"):
        figures["label rate"] = arrived / volume
        for name, values in numbers(rows).items():
            if name in ("device", "product", "colour"):
                values = (values == (1 if name == "device" else 0)).astype(float)
            weights = made.copies * ~np.isnan(values)
            sums = np.bincount(at, weights=weights * np.nan_to_num(values), minlength=size)
            figures[name] = sums / np.bincount(at, weights=weights, minlength=size)
    return figures


def adwin_alarms(detector, figures):
    """When ADWIN says that it has changed: ends of hours."""
    times = []
    for hour, figure in enumerate(figures.tolist()):
        if figure == figure:
            detector.update(figure)
            if detector.drift_detected:
                times.append(START + (hour + 1) * HOUR)
    return times


def ks_chance(new, old):
    """Asymptotic p of the two-sample Kolmogorov-Smirnov test, where scipy is not there."""
    new, old = np.sort(new), np.sort(old)
    both = np.concatenate([new, old])
    gaps = (np.searchsorted(new, both, side="right") / len(new)
            - np.searchsorted(old, both, side="right") / len(old))
    root = np.sqrt(len(new) * len(old) / (len(new) + len(old)))
    height = root * np.abs(gaps).max()
    if height < 0.2:  # the series does not converge; p is 1 to twelve digits
        return 1.0
    terms = np.arange(1, 101)
    return float(np.clip(
        2 * np.sum((-1.0) ** (terms - 1) * np.exp(-2 * (height * terms) ** 2)), 0, 1))


def ks_function():
    try:
        from scipy import stats
    except ImportError:
        print("scipy is not there: Kolmogorov-Smirnov is our own", file=sys.stderr)
        return ks_chance
    return lambda new, old: stats.ks_2samp(new, old, method="asymp").pvalue


def ks_alarms(chance_of, made, name):
    """When the last 24 hours differ from the 7 days before: ends of days."""
    ts = np.repeat(made.rows["ts"], made.copies)
    values = np.repeat(numbers(made.rows)[name], made.copies)
    times = []
    for day in range(8, made.days + 1):
        edges = np.searchsorted(ts, [START + (day - back) * DAY for back in (8, 1, 0)])
        old, new = values[edges[0]:edges[1]], values[edges[1]:edges[2]]
        old, new = old[~np.isnan(old)], new[~np.isnan(new)]
        if len(old) and len(new) and chance_of(new, old) < 0.001:
            times.append(START + day * DAY)
    return times


def first_delay(times, quiet, made):
    """Hours to the first alarm of the series that the fault moves.

    A star: without the fault the same series raises one by then too, so this one proves nothing.
    """
    found = [time for time in times if made.onset <= time < made.found_until]
    if not found:
        return "NOT FOUND"
    is_chance = any(made.onset <= time <= found[0] for time in quiet)
    return f"{hours_between(found[0], made.onset):.0f}" + (" *" if is_chance else "")


def false_cell(alarms):
    each = ", ".join(f"{name} {len(times)}" for name, times in alarms.items() if times)
    return f"{sum(map(len, alarms.values()))}: {each or 'none'}"


def spindle_cell(options, made):
    verdict = judge(spindle_alarms(options.program, made), made)
    if made.fault is None:
        return str(len(verdict.others))
    if not verdict.is_right:
        return "NOT FOUND"
    return f"{hours_between(milliseconds_of(verdict.first['raised']), made.onset):.0f}"


def river(options):
    """The table of the baselines: alarms of the quiet stream, then the delay for each fault."""
    try:
        from river import drift
    except ImportError as error:
        raise Trouble("river is needed: pip install river scipy") from error
    chance_of = ks_function()
    is_beside = options.program is not None
    heading(["fault", "series", "ADWIN, delay h", "KS windows, delay h"]
            + ["spindle, delay h"] * is_beside)
    for seed in range(1, options.seeds + 1):
        mark = "" if options.seeds == 1 else f", seed {seed}"
        calm = stream("none", seed, options.days, options.rate)
        adwin = {name: adwin_alarms(drift.ADWIN(), figures)
                 for name, figures in hourly(calm).items()}
        ks = {name: ks_alarms(chance_of, calm, name) for name in FEATURES}
        if "none" in options.faults:
            table_line([f"none{mark}: false alarms", "all", false_cell(adwin), false_cell(ks)]
                       + ([spindle_cell(options, calm)] if is_beside else []))
        for fault in options.faults:
            if fault == "none":
                continue
            made = stream(fault, seed, options.days, options.rate)
            name = made.fault.feature or made.fault.series
            times = adwin_alarms(drift.ADWIN(), hourly(made)[name])
            cells = [fault + mark, name, first_delay(times, adwin[name], made), "no feature"]
            if name in FEATURES:
                cells[3] = first_delay(ks_alarms(chance_of, made, name), ks[name], made)
            table_line(cells + ([spindle_cell(options, made)] if is_beside else []))
    print("\n\\* Without the fault the same series raises an alarm by then too.")


# The command line


def fault_names(text):
    every = ["none", *FAULTS]
    if text == "all":
        return every
    names = [name for name in text.split(",") if name]
    for name in names:
        if name not in every:
            raise argparse.ArgumentTypeError(f"{name}: not one of {', '.join(every)}")
    return names


def program_path(text):
    path = pathlib.Path(text)
    if not path.exists():
        raise argparse.ArgumentTypeError(f"{text}: build it first: swift build -c release")
    return path.resolve()


def at_least(least):
    def number(text):
        value = int(text)
        if value < least:
            raise argparse.ArgumentTypeError(f"{text}: at least {least}")
        return value
    return number


def parsed():
    parser = argparse.ArgumentParser(
        description="Monitors on made-up clicks with a known fault.",
        epilog="The faults: " + ", ".join(FAULTS) + ".")
    commands = parser.add_subparsers(dest="command", required=True)
    generate = commands.add_parser("generate", help="write a stream and its truth to a folder")
    generate.add_argument("folder", type=pathlib.Path, metavar="FOLDER")
    generate.add_argument("--seed", type=at_least(0), default=1, metavar="N")
    generate.add_argument("--fault", choices=["none", *FAULTS], default="none", metavar="NAME")
    spindle = commands.add_parser("run", help="what Spindle finds")
    beside = commands.add_parser("river", help="what ADWIN and Kolmogorov-Smirnov windows find")
    for command in (spindle, beside):
        command.add_argument("--faults", type=fault_names, default="all", metavar="NAMES")
        command.add_argument("--seeds", type=at_least(1), default=1, metavar="N",
                             help="streams of each fault, with the seeds from 1 on")
    spindle.add_argument("--program", type=program_path, default=str(PROGRAM), metavar="FILE")
    beside.add_argument("--program", type=program_path, metavar="FILE",
                        help="a column for Spindle too, with this program")
    for command in (generate, spindle, beside):
        command.add_argument("--days", type=at_least(1), default=56, metavar="N")
        command.add_argument("--rate", type=float, default=250, metavar="PER_HOUR",
                             help="mean of examples an hour over the whole stream")
    return parser.parse_args()


def main():
    options = parsed()
    try:
        if options.command == "generate":
            write(stream(options.fault, options.seed, options.days, options.rate), options.folder)
            return 0
        if options.command == "river":
            river(options)
            return 0
        return 0 if run(options) else 1
    except (Trouble, KeyError, ValueError, OSError) as trouble:
        print(f"monitors.py: {trouble}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
