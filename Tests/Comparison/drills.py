#!/usr/bin/env python3
"""Runs every shipped drill unattended and prints what found it and what it cost.

    python3 Tests/Comparison/drills.py .build/release/spindle [NAME…]

Exit status 1 if one is not found by an alarm that says what is wrong, or if its known response is refused.
"""
import json
import subprocess
import sys
import tempfile


def main():
    program, names = sys.argv[1], sys.argv[2:]
    failed = False
    with tempfile.TemporaryDirectory() as state:
        run = lambda *words: json.loads(
            subprocess.run([program, *words, "--state", state, "--json"],
                           capture_output=True, text=True, check=True).stdout)
        names = names or [drill["name"] for drill in run("drill", "list")["drills"]]
        print("| drill | found by | after, h | mitigated, h | lost | without | at the end | without |")
        print("| --- | --- | --- | --- | --- | --- | --- | --- |")
        for name in names:
            card = run("drill", name, "--respond", "known")
            hours = lambda key: "never" if card.get(key) is None else f"{card[key] / 3600:.1f}"
            mine, none = card["damage"], card["without_response"]
            print(f"| `{name.split('/')[-1]}` | `{card.get('found_by')}` | {hours('detect_seconds')} | "
                  f"{hours('mitigate_seconds')} | {mine['lost_purchases']} | {none['lost_purchases']} | "
                  f"{mine['final_share']:.0%} | {none['final_share']:.0%} |", flush=True)
            for refusal in card["refusals"]:
                print("refused:", refusal, file=sys.stderr)
            if not card.get("found_by"):
                print(name, "raised", [alarm["what"] for alarm in card["alarms"]], file=sys.stderr)
            failed = failed or not card.get("found_by") or bool(card["refusals"])
    sys.exit(1 if failed else 0)


main()
