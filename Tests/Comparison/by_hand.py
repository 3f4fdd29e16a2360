#!/usr/bin/env python3
"""Practises brown wool in a real terminal, as somebody who knows only what the screen says.

    python3 Tests/Comparison/by_hand.py .build/release/spindle [COLUMNSxROWS]

Waits for the alarm, opens its playbook, and follows it: at each step presses the key that stands
there, answers what the dialog asks, waits until the screen says that it is done, and ticks it off.
Exit status 1 if the shop does not come back to three quarters of the undisturbed run's purchases.
Waits for what the screen says, with deadlines; nothing is timed by the clock.
"""
import re
import subprocess
import sys
import tempfile
import time


# A screen on which no page lies open.
NO_PAGE = r"\A(?![\s\S]*─ playbook: )"


class Screen:
    def __init__(self, program, state, columns, rows):
        self.socket = tempfile.mktemp(prefix="spindle-operator-")
        self.tmux("new-session", "-d", "-x", str(columns), "-y", str(rows),
                  f"{program} drill brown-wool --speed 2400 --state {state}",
                  ";", "set-option", "-g", "remain-on-exit", "on")

    def tmux(self, *words):
        return subprocess.run(["tmux", "-S", self.socket, "-f", "/dev/null", "-u", *words],
                              capture_output=True, text=True).stdout

    def text(self):
        return self.tmux("capture-pane", "-p")

    def keys(self, *keys):
        self.tmux("send-keys", *keys)

    def type(self, text):
        self.tmux("send-keys", "-l", text)

    def wait(self, pattern, seconds=60):
        """Until the screen says it; the match."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            found = re.search(pattern, self.text(), re.M)
            if found:
                return found
            time.sleep(0.05)
        sys.exit(f"the screen never said {pattern}:\n{self.text()}")

    def press(self, key, until, seconds=60):
        """Presses a key until the screen has followed: a question is deaf for a moment at first."""
        deadline = time.monotonic() + seconds
        self.keys(key)
        while time.monotonic() < deadline:
            text = self.text()
            if re.search(until, text, re.M):
                return
            if "too soon" in text:
                self.keys(key)
            time.sleep(0.05)
        sys.exit(f"{key} never led to {until}:\n{self.text()}")

    def confirm(self, name):
        """Types a name, once its first letter is taken."""
        self.wait(f"Type {name}:")
        self.press(name[0], f"Type {name}: {re.escape(name[0])}")
        self.type(name[1:])

    def shoot(self, title):
        print(f"--- {title}\n{self.text()}", flush=True)


def chosen_step(screen):
    """Number and key of the step that is marked."""
    found = screen.wait(r"▶ \[[ x]\] +(\d+)(?:  (\S) )?")
    return int(found.group(1)), found.group(2)


def tick(screen, number):
    screen.keys("Space")
    screen.wait(rf"\[x\] +{number}\b")


def go_on(screen, number):
    """To the next step: keys are answered in order, but the screen says so a moment later."""
    screen.keys("Down")
    screen.wait(rf"▶ \[[ x]\] +(?!{number}\b)\d+")


def reason(screen, text):
    screen.wait(r"(Title|Reason): ")
    # The preview has come, and does not refuse.
    screen.wait(r"^(?!.*Asking the engine)[\s\S]*(Reason|Title): ")
    screen.type(text)
    screen.keys("Enter")


def roll_back(screen):
    """The page says: the newest from before the onset. Screen 3 says what each has met."""
    is_beside = "│─ playbook: " in screen.text()
    if is_beside:
        # Up and Down are the page's as long as it lies there.
        screen.press("Escape", NO_PAGE)
    screen.press("3", "newest example|NEWEST EXAMPLE")
    while not is_from_before(screen):
        before = marked(screen)
        screen.keys("Down")
        while marked(screen) == before:
            time.sleep(0.05)
    name = re.search(r"\S+-\d{6}", marked(screen)).group(0)
    screen.press("R", "choose a checkpoint")
    screen.press("Enter", "Reason: ")
    reason(screen, "bad data was learned")
    screen.shoot("the rollback, before the checkpoint's name is typed")
    screen.confirm(name)
    screen.wait("done: roll")
    if is_beside:
        screen.press("5", "alarms, the worst first")
        mark(screen, "feature_shifted")
        screen.press("Enter", "─ playbook: ")
    else:
        screen.press("b", "─ playbook: ")


def is_from_before(screen):
    newest = screen.wait(r"newest example (\d\d-\d\d \d\d:\d\d:\d\d)").group(1)
    return newest < "03-29" and "✓ passed" in marked(screen)


def marked(screen):
    return next((line for line in screen.text().splitlines() if line.startswith("▶")), "")


def mark(screen, text):
    """Marks the row that has a text."""
    while text not in marked(screen):
        before = marked(screen)
        screen.keys("Down")
        while marked(screen) == before:
            time.sleep(0.05)


def purge(screen):
    screen.wait("Purge shop: which examples")
    screen.shoot("the purge, its window from the alarm's onset until now")
    screen.press("Enter", "Reason: ")
    reason(screen, "what was learned from the craze")
    screen.shoot("the purge, before the model's name is typed")
    screen.confirm("shop")
    screen.wait("done: purge", seconds=120)


def follow(screen):
    while True:
        number, key = chosen_step(screen)
        if key == "a":
            screen.keys("a")
            reason(screen, "I have it")
            screen.wait("done: acknowledge")
        elif key == "!":
            screen.keys("!")
            screen.wait("STOPPED")
        elif key == "W":
            screen.keys("W")
            screen.wait("RESPONSE|Esc closes", seconds=120)
            screen.shoot("the rehearsal")
            screen.keys("Escape")
        elif key == "i":
            screen.keys("i")
            reason(screen, "")
            screen.wait("done: open an incident")
        elif key == "R":
            roll_back(screen)
        elif key == "P":
            screen.keys("P")
            purge(screen)
        elif key == "T":
            # It is not the world: nothing is ticked off.
            go_on(screen, number)
            continue
        elif key == "U":
            screen.shoot("the playbook, before the resume")
            screen.keys("U")
            reason(screen, "it is over and purged")
            screen.wait("done: resume")
        elif key == "2":
            tick(screen, number)
            screen.shoot("the playbook, followed to its end")
            return
        else:
            screen.wait("the alarm that this was opened for is over", seconds=300)
        tick(screen, number)
        go_on(screen, number)


def main():
    program = sys.argv[1]
    columns, rows = (int(part) for part in (sys.argv[2] if len(sys.argv) > 2 else "80x24").split("x"))
    with tempfile.TemporaryDirectory() as state:
        screen = Screen(program, state, columns, rows)
        try:
            screen.wait("DRILL brown-wool", seconds=120)
            screen.keys("5")
            screen.wait(r"feature_shifted", seconds=120)
            mark(screen, "feature_shifted")
            screen.shoot("the alarm")
            screen.keys("Enter")
            screen.wait("─ playbook: What comes in is not as usual")
            screen.shoot("its playbook")
            follow(screen)
            screen.wait("brown-wool, is over", seconds=300)
            screen.shoot("the end of the drill")
            screen.press("Escape", NO_PAGE)
            screen.press("q", "end the engine")
            # The question is deaf for a moment, and says nothing of it.
            while "end the engine" in screen.text():
                screen.keys("e")
                time.sleep(0.05)
            screen.wait("purchases a visit", seconds=180)
            score = screen.tmux("capture-pane", "-p", "-S", "-200")
            print(score)
            share = int(re.search(r"this response .* (\d+) %", score).group(1))
            print(f"at the end {share} % of the undisturbed run's purchases")
            sys.exit(0 if share >= 75 else 1)
        finally:
            screen.tmux("kill-server")


main()
