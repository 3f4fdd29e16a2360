#!/usr/bin/env python3
"""Follows docs/operators-guide.md in a real terminal, by the keys that the guide itself names.

    python3 Tests/Comparison/guide.py PROGRAM [--size COLUMNSxROWS] [--guide FILE]

No key of an act or of a screen is written here: each is read from the guide's own sentence, so a
guide that names another key than the console has is found. What came of it is asked of the engine,
by `status` and `journal`, not of the screen that was told to do it. Exit status 1 unless every task
is done. Waits for conditions, with deadlines.
"""
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time

from by_hand import Screen, Stuck


class Guide:
    def __init__(self, path):
        self.text = open(path, encoding="utf-8").read()

    def section(self, title):
        found = re.search(rf"^###? {title}$(.*?)(?=^###? |\Z)", self.text, re.M | re.S)
        if not found:
            raise Stuck(f"the guide has no section {title}")
        return found[1]

    def key(self, title, sentence):
        """The key in a sentence of a section; `sentence` has one group, the key."""
        found = re.search(sentence, self.section(title), re.M)
        if not found:
            raise Stuck(f"the guide's section {title} never says {sentence}")
        return found[1]


class Operator:
    def __init__(self, program, guide, screen, state):
        self.program, self.guide, self.screen, self.state = program, guide, screen, state

    def ask(self, *words):
        done = subprocess.run([self.program, *words, "--state", self.state],
                              capture_output=True, text=True)
        if done.returncode != 0:
            raise Stuck(f"{' '.join(words)}: {done.stderr.strip()}")
        return done.stdout

    def model(self):
        return json.loads(self.ask("status", "--json"))["models"][0]

    def until(self, claim, holds, seconds=30):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if holds():
                return
            time.sleep(0.1)
        raise Stuck(f"never came true: {claim}\n{self.screen.text()}")

    def state_is(self, state):
        self.until(f"training is {state}", lambda: self.model()["training"]["state"] == state)

    def journal_says(self, text):
        self.until(f"the journal says {text}", lambda: text in self.ask("journal"))

    def reason(self, text):
        self.screen.wait(r"│ Reason:")
        self.screen.type(text)
        self.screen.wait(re.escape(text))
        # Enter is refused until the dialog has the engine's figures, and says so.
        self.screen.press("Enter", r"│ Type \S+:|\A(?![\s\S]*│ Reason:)",
                          refused="wait for the engine's figures")

    # The guide's tasks, in its order.

    def look_at_each_screen(self):
        screens = re.findall(r"^(\d)\. \*\*(\w+)\*\*", self.guide.section("Screens"), re.M)
        if len(screens) < 9:
            raise Stuck(f"the guide has {len(screens)} screens")
        seen = set()
        for number, name in screens:
            self.screen.keys(number)
            # The first line has the tabs; what lies below must be another screen each time.
            self.until(f"{number} shows {name}", lambda: self.body() not in seen)
            seen.add(self.body())
        self.screen.keys(screens[1][0])

    def body(self):
        return "\n".join(self.screen.text().splitlines()[2:8])

    def stop(self):
        self.screen.keys(self.guide.key("Stop", r"^- Key: `(.)`, at once"))
        self.state_is("stopped")
        self.journal_says("red button")

    def resume(self):
        self.screen.keys(self.guide.key("Resume", r"^- Key: `(.)`, a reason, Enter"))
        self.reason("guide: looked at it")
        self.until("training goes on",
                   lambda: self.model()["training"]["state"] in ("running", "catching_up"))
        self.journal_says("guide: looked at it")

    def roll_back(self):
        key = self.guide.key("Roll back", r"^- Key: `(.)`, choose the checkpoint, Enter, a reason")
        self.screen.keys(key)
        self.screen.wait(r"─ Roll ")
        # Questions that discard are deaf for 300 ms; an Enter in that time says so.
        self.screen.press("Enter", r"│ Reason:")
        self.reason("guide: bad data")
        self.screen.confirm(self.screen.wait(r"Type (\S+):")[1])
        self.journal_says("guide: bad data")
        self.state_is("stopped")

    def purge(self):
        self.screen.keys(self.guide.key("Purge", r"^2\. Press `(.)`"))
        self.screen.wait(r"─ Purge ")
        self.screen.press("Enter", r"│ Reason:")
        self.reason("guide: an hour of it")
        self.screen.confirm(self.screen.wait(r"Type (\S+):")[1])
        self.until("a purge holds", lambda: self.model().get("exclusions"))

    def hold(self):
        key = self.guide.key("Hold, approve, push", r"^`(.)`, or `spindle hold")
        self.screen.keys(key)
        self.reason("guide: hold it")
        self.journal_says("guide: hold it")

    def leave(self):
        pid = json.loads(self.ask("status", "--json"))["engine"]["pid"]
        self.screen.keys(self.guide.key("Start, attach, leave", r"to leave \| `(.)`"))
        self.until("the console has ended", lambda: "1" in self.screen.tmux(
            "list-panes", "-F", "#{pane_dead}"))
        os.kill(pid, 0)


TASKS = [Operator.look_at_each_screen, Operator.stop, Operator.resume, Operator.hold,
         Operator.roll_back, Operator.purge, Operator.leave]


def main(words):
    size, guide = "80x24", os.path.join(
        os.path.dirname(__file__), "..", "..", "docs", "operators-guide.md")
    if "--size" in words:
        size = words[words.index("--size") + 1]
    if "--guide" in words:
        guide = words[words.index("--guide") + 1]
    program = os.path.abspath(words[0])
    columns, rows = (int(word) for word in size.split("x"))
    with tempfile.TemporaryDirectory(prefix="spindle-guide-") as folder:
        state = os.path.join(folder, "state")
        with open(os.path.join(folder, "engine.log"), "w") as log:
            engine = subprocess.Popen([program, "run", "--state", state], stdout=log, stderr=log)
        screen = None
        try:
            operator = Operator(program, Guide(guide), None, state)
            deadline = time.monotonic() + 60
            while subprocess.run([program, "status", "--state", state],
                                 capture_output=True).returncode != 0:
                if time.monotonic() > deadline:
                    raise Stuck("the engine never answered")
                time.sleep(0.1)
            screen = operator.screen = Screen(
                f"{program} --state {state}", columns, rows, sys.stderr)
            screen.wait("RUNNING")
            # A rollback needs a checkpoint to go back to.
            operator.until("there are checkpoints", lambda: len(
                operator.ask("checkpoints").splitlines()) > 3, 120)
            for task in TASKS:
                task(operator)
                print(f"{size}  {task.__name__.replace('_', ' ')}: done", flush=True)
        except Stuck as fault:
            print(f"{size}  NOT DONE: {fault}")
            return 1
        finally:
            if screen:
                screen.tmux("kill-server")
            engine.send_signal(signal.SIGTERM)
            engine.wait(60)
    return 0


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1:]))
