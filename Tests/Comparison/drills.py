#!/usr/bin/env python3
"""Runs every shipped drill unattended and prints what found it and what it cost.

    python3 Tests/Comparison/drills.py .build/release/spindle [--rehearsals] [NAME…]

With --rehearsals: what a rehearsal said of each choice, and what the choice led to on a copy.

Exit status 1 if one is not found by an alarm that says what is wrong, if its known response is refused, or if
a rehearsal missed by more than 10 %.
"""
import json
import subprocess
import sys
import tempfile


def hours(seconds):
    return "never" if seconds is None else f"{seconds / 3600:.1f}"


def drill(run, name):
    card = run("drill", name, "--respond", "known")
    mine, none = card["damage"], card["without_response"]
    print(f"| `{card['scenario']}` | `{card.get('found_by')}` | {hours(card.get('detect_seconds'))} | "
          f"{hours(card.get('mitigate_seconds'))} | {mine['lost_purchases']} | {none['lost_purchases']} | "
          f"{mine['final_share']:.0%} | {none['final_share']:.0%} |", flush=True)
    for refusal in card["refusals"]:
        print("refused:", refusal, file=sys.stderr)
    if not card.get("found_by"):
        print(name, "raised", [alarm["what"] for alarm in card["alarms"]], file=sys.stderr)
    return bool(card.get("found_by")) and not card["refusals"]


def rehearsal(run, name):
    check = run("drill", name, "--check-rehearsal")
    worst = 0
    for choice in check["choices"]:
        said, came = choice["predicted"], choice.get("done")
        if came is None:
            print(f"| `{check['scenario']}` | {hours(check['after_seconds'])} | {choice['response']} | "
                  f"{choice.get('reason')} | | | | |")
            continue
        pairs = [(said.get(key), came.get(key)) for key in ("golden_loss", "calibration", "examples_lost")]
        misses = [abs(a - b) / max(abs(b), 1e-9) if a != b else 0
                  for a, b in pairs if a is not None and b is not None]
        worst = max([worst] + misses)
        loss, calibration, lost = (
            f"{a:.4g} / {b:.4g}" if a is not None and b is not None else "-" for a, b in pairs)
        is_same = said.get("learner_digest") == came.get("learner_digest")
        print(f"| `{check['scenario']}` | {hours(check['after_seconds'])} | {choice['response']} | {loss} | "
              f"{calibration} | {lost} | {max(misses, default=0):.1%} | "
              f"{'the same learner' if is_same else ''} | "
              f"{said.get('seconds') or 0:.2f} / {came.get('seconds') or 0:.2f} |", flush=True)
    return worst <= 0.1


def main():
    program, names = sys.argv[1], sys.argv[2:]
    rehearses = "--rehearsals" in names
    names = [name for name in names if name != "--rehearsals"]
    failed = False
    with tempfile.TemporaryDirectory() as state:
        def run(*words):
            done = subprocess.run([program, *words, "--state", state, "--json"],
                                  capture_output=True, text=True)
            if not done.stdout:
                sys.exit(f"{' '.join(words)}: {done.stderr}")
            return json.loads(done.stdout)
        names = names or [each["name"] for each in run("drill", "list")["drills"]]
        if rehearses:
            print("| drill | after, h | choice | golden loss | calibration | examples lost | miss | | takes, s |")
            print("| --- | --- | --- | --- | --- | --- | --- | --- | --- |")
        else:
            print("| drill | found by | after, h | mitigated, h | lost | without | at the end | without |")
            print("| --- | --- | --- | --- | --- | --- | --- | --- |")
        for name in names:
            failed = not (rehearsal if rehearses else drill)(run, name) or failed
    sys.exit(1 if failed else 0)


main()
