#!/usr/bin/env python3
"""Follows docs/operators-guide.md in a real terminal, by the keys and commands that it names.

    python3 Tests/Comparison/guide.py PROGRAM [--size COLUMNSxROWS]… [--guide FILE] [TASK…]

No key of an act or of a screen is written here: each is read from the guide's own sentence, so a
guide that names another key than the console has is found. What came of it is asked of the engine,
by `status`, `journal` and `launch status`, not only of the screen that was told to do it. Without
sizes at 80x24 and at 160x50; without names every task of `guide_tasks.py`. A task that is not done
is told with its screen, and the next is tried; exit status 1 unless all are done. Waits for
conditions, with deadlines. A shop on a directory that is thrown away, and an `ssh` that runs its
command here.
"""
import os
import shutil
import sys
import tempfile
import time

from by_hand import Stuck
from guide_operator import STATE, Guide, Operator
from guide_tasks import TASKS

SIZES = ["80x24", "160x50"]

# Nine days of few shoppers, so that drift is known; the launch is what the guide starts.
SHOP = """
faults = true

[models.shop]
owner = "on-call"
wait = "6h"
disorder = "0s"
checkpoint_every = "1h"
staleness_limit = "1d"
[models.shop.learner]
alpha = 0.3 # production's
[models.shop.gate]
loss_margin = 0.3
slice_margin = 0.6
calibration_ratio_max = 4
shift_max = 4
[models.shop.ramp]
shares = [0.2, 0.5, 1.0]
least_time = "2m"
least_samples = [120, 240, 360]
push_interval = "1m"
design_effect = 5
variance_ratio_max = 2
[models.shop.retention]
checkpoints_recent = 2000
[models.shop.fallback]
feature = "product"

[models.shop.launch]
title = "half steps"
stages = [0.2, 0.5]
least_time = "30m"
least_exposures = 20
baselines = ["stopped"]
baseline_share = 0.1
history = "6h"
look_every = "15m"
[models.shop.launch.candidate]
alpha = 0.2 # the candidate's
[models.shop.launch.metrics.purchases]

[shop]
model = "shop"
seed = 1
speed = 720
visits_per_day = 2000
warm_up = "9d"
"""

SSH = """#!/bin/sh
# Options, then the host, then the command; as ssh hands them to a shell.
while [ $# -gt 0 ]; do
  case "$1" in
    -o) shift 2 ;;
    -O) exit 0 ;;
    *) break ;;
  esac
done
case "$1" in nowhere*) echo "ssh: connect to host $1: no route" >&2; exit 255 ;; esac
shift
exec sh -c "$*"
"""


def prepare(folder, program):
    """A folder to work in: the configuration, `spindle` and `ssh` on PATH, a home of its own."""
    # Others who may look, and sign, may enter, and run it.
    os.chmod(folder, 0o755)
    for name in ["bin", STATE]:
        os.mkdir(os.path.join(folder, name), 0o755)
    shutil.copy(program, os.path.join(folder, "bin", "spindle"))
    ssh = os.path.join(folder, "bin", "ssh")
    for path, text in [(ssh, SSH), (os.path.join(folder, "shop.toml"), SHOP)]:
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
    os.chmod(ssh, 0o755)
    os.chdir(folder)
    os.environ.update(PATH=f"{folder}/bin:{os.environ['PATH']}", HOME=folder, LC_ALL="C.UTF-8")
    for name in ["SPINDLE_STATE", "SPINDLE_THEME", "XDG_CONFIG_HOME", "TMUX"]:
        os.environ.pop(name, None)


def follow(operator, tasks):
    """Each task; how many were not done."""
    failed = 0
    operator.open()
    for task in tasks:
        begun = time.monotonic()
        name = f"{operator.size}  {task.__name__.replace('_', ' ')}"
        try:
            task(operator)
            print(f"{name}: done, {time.monotonic() - begun:.1f} s", flush=True)
        except Exception as fault:
            if not isinstance(fault, Stuck):
                fault = f"{type(fault).__name__}: {fault}"
            failed += 1
            print(f"{name}: NOT DONE: {fault}", flush=True)
            tidy(operator)
    operator.screen.tmux("kill-server")
    return failed


def tidy(operator):
    """A console that is whole again, and a model that trains, for the next task."""
    operator.screen.tmux("kill-server")
    operator.screen = None
    if operator.engine.poll() is not None:
        operator.start_engine()
    for incident in operator.status()["authority"]["incidents"]:
        operator.shell(f'spindle incident close {incident["id"]} --reason "tidied"')
    if os.path.exists(f"{STATE}/policy.toml"):
        os.remove(f"{STATE}/policy.toml")
        operator.until("no policy is in force", lambda: not operator.has_policy())
    operator.shell('spindle launch end shop --reason "tidied"')
    operator.shell('spindle hold shop --off --reason "tidied"')
    operator.resume_by_command()
    operator.open()


def options(words):
    sizes, names = [], []
    guide = os.path.join(os.path.dirname(__file__), "..", "..", "docs", "operators-guide.md")
    while words:
        word = words.pop(0)
        if word == "--size":
            sizes.append(words.pop(0))
        elif word == "--guide":
            guide = words.pop(0)
        else:
            names.append(word)
    known = {task.__name__: task for task in TASKS}
    for name in names:
        if name not in known:
            sys.exit(f"no task {name}; there are: {' '.join(known)}")
    return sizes or SIZES, Guide(guide), [known[name] for name in names] or TASKS


def main(words):
    program = os.path.abspath(words[0])
    sizes, guide, tasks = options(words[1:])
    failed, operator = 0, None
    with tempfile.TemporaryDirectory(prefix="spindle-guide-") as folder:
        prepare(folder, program)
        try:
            for size in sizes:
                engine = operator and operator.engine
                operator = Operator(guide, size)
                operator.engine = engine
                if engine is None:
                    operator.start_engine()
                    operator.until("nine days have been played", lambda: operator.model().get(
                        "event_time", "") > "2026-01-14", 300)
                failed += follow(operator, tasks)
        finally:
            if operator:
                if operator.screen:
                    operator.screen.tmux("kill-server")
                operator.end_engine()
            os.chdir("/")
    print(f"{len(sizes) * len(tasks) - failed} of {len(sizes) * len(tasks)} done")
    return 1 if failed else 0


if __name__ == "__main__":
    if len(sys.argv) < 2 or not os.access(sys.argv[1], os.X_OK):
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1:]))
