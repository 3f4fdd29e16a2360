#!/usr/bin/env python3
"""Kills Spindle at random instants, and holds what is left against an uninterrupted run.

    swift build -c release
    python3 Tests/Comparison/kills.py --examples E.jsonl --labels L.jsonl [--wait 30d] [--final]
    python3 Tests/Comparison/kills.py --shop [--config shop.toml]

With files: `spindle replay` is run once undisturbed. Then it is run on a state directory of its
own, killed with SIGKILL at a random instant and run again until it ends by itself; its counts,
its log loss and its learner's digest must be those of the undisturbed run. If it ends before all
kills are spent, the next round begins on a new state directory.

With the shop: `spindle run` is killed so often on one state directory. What the shop does next
depends on what it had done, so there is no other run to hold it against; instead
`verify --deep` makes every learner anew from the raw log and compares it bit for bit, and the
count of examples may never fall.

After either, `verify`, `verify --deep` and `journal verify` must find nothing.

Exit status: 0 all is equal; 1 it is not; 2 something could not be run.
"""

import argparse
import json
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
# What no two runs have in common.
TIMES = {"seconds", "examples_per_second", "checkpoint"}


class Trouble(Exception):
    """Something that keeps the test from being made, in words."""


class Difference(Exception):
    """Something that is not what it was without kills, in words."""


class Spindle:
    """The program, as a user runs it."""

    def __init__(self, program, folder):
        self.program = program
        self.folder = folder

    def start(self, arguments):
        log = open(self.folder / "log", "ab")
        try:
            return subprocess.Popen(
                [self.program, *arguments], stdout=subprocess.DEVNULL, stderr=log,
                stdin=subprocess.DEVNULL, cwd=self.folder)
        except OSError as error:
            raise Trouble(f"{self.program}: {error}") from error

    def json(self, arguments):
        done = subprocess.run(
            [self.program, *arguments, "--json"], capture_output=True, text=True, cwd=self.folder,
            stdin=subprocess.DEVNULL)
        try:
            return json.loads(done.stdout)
        except ValueError as error:
            raise Trouble(f"{' '.join(arguments)}: {done.stderr.strip()}") from error

    def check(self, arguments):
        done = subprocess.run(
            [self.program, *arguments], capture_output=True, text=True, cwd=self.folder,
            stdin=subprocess.DEVNULL)
        if done.returncode != 0:
            raise Difference(f"{' '.join(arguments)}: {done.stdout}{done.stderr}".strip())

    def check_all(self, state):
        self.check(["verify", "--state", state])
        self.check(["verify", "--deep", "--state", state])
        self.check(["journal", "verify", "--state", state])


def kill_after(process, seconds):
    """True if it had to be killed, False if it ended by itself before."""
    try:
        process.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        process.wait()
        return True
    if process.returncode != 0:
        raise Difference(f"it ended with {process.returncode}")
    return False


def compare(killed, whole):
    for key in sorted(set(whole) - TIMES):
        if killed.get(key) != whole[key]:
            raise Difference(f"{key}: {killed.get(key)} after kills, {whole[key]} without")


def over_files(spindle, options, chance):
    arguments = ["replay", "--examples", str(options.examples.resolve())]
    if options.labels:
        arguments += ["--labels", str(options.labels.resolve())]
    if options.wait:
        arguments += ["--wait", options.wait]
    if options.final:
        arguments += ["--final"]
    begin = time.monotonic()
    whole = spindle.json(arguments + ["--state", "whole"])
    duration = time.monotonic() - begin
    print(f"undisturbed: {duration:.2f} s, learner {whole['learner_digest']}")
    kills, rounds = 0, 0
    while kills < options.kills:
        rounds += 1
        state = f"killed-{rounds}"
        while kills < options.kills:
            # From before the first byte is read to after the last checkpoint is written.
            process = spindle.start(arguments + ["--state", state])
            if not kill_after(process, chance.uniform(0, duration * options.stretch)):
                break
            kills += 1
        compare(spindle.json(arguments + ["--state", state]), whole)
        spindle.check_all(state)
        shutil.rmtree(spindle.folder / state)
        print(f"round {rounds}: {kills} kills, all equal", flush=True)


def over_shop(spindle, options, chance):
    arguments = ["run", "--state", "shop"]
    if options.config:
        arguments += ["--config", str(options.config.resolve())]
    examples = 0
    for kill in range(options.kills):
        if not kill_after(spindle.start(arguments), chance.uniform(0.02, options.seconds)):
            raise Difference("the engine ended by itself")
        if kill % 20 == 19:
            now = sum(m["counts"]["examples"] for m in
                      spindle.json(["status", "--state", "shop"])["models"])
            if now < examples:
                raise Difference(f"{examples} examples became {now}")
            examples = now
            print(f"{kill + 1} kills, {examples} examples", flush=True)
    spindle.check_all("shop")


def options():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", type=pathlib.Path,
                        default=ROOT / ".build" / "release" / "spindle")
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1, help="of the instants")
    parser.add_argument("--examples", type=pathlib.Path)
    parser.add_argument("--labels", type=pathlib.Path)
    parser.add_argument("--wait", help="as of spindle replay")
    parser.add_argument("--final", action="store_true", help="as of spindle replay")
    parser.add_argument("--stretch", type=float, default=0.5,
                        help="longest life, in times of the undisturbed run (default 0.5)")
    parser.add_argument("--shop", action="store_true", help="kill the engine over the shop")
    parser.add_argument("--config", type=pathlib.Path, help="of the shop")
    parser.add_argument("--seconds", type=float, default=1.5,
                        help="longest life of the shop's engine (default 1.5)")
    chosen = parser.parse_args()
    if chosen.shop == (chosen.examples is not None):
        parser.error("say --examples FILE or --shop")
    return chosen


def main():
    chosen = options()
    chance = random.Random(chosen.seed)
    with tempfile.TemporaryDirectory(prefix="spindle-kills-") as folder:
        spindle = Spindle(chosen.program.resolve(), pathlib.Path(folder))
        try:
            if chosen.shop:
                over_shop(spindle, chosen, chance)
            else:
                over_files(spindle, chosen, chance)
        except Difference as difference:
            print(f"not equal: {difference}", file=sys.stderr)
            return 1
        except Trouble as trouble:
            print(trouble, file=sys.stderr)
            return 2
    print(f"{chosen.kills} kills: all equal")
    return 0


if __name__ == "__main__":
    sys.exit(main())
