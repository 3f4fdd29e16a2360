#!/usr/bin/env python3
"""Practises drills in a real terminal, as somebody who knows only what the screen says.

    python3 Tests/Comparison/by_hand.py PROGRAM [--size COLUMNSxROWS] [--speed N] [--log DIR] [DRILL…]

Waits for an alarm, opens its playbook, and follows it: reads the step that is marked, decides by its
own words and by what the screen has said so far whether it is called for, presses the key that
stands there, answers what the dialog asks, and ticks it off. Nothing depends on which drill it is:
the name only starts it. Without names, every drill that is shipped.

Prints a row for each: how it was found, what was done, and the score. Exit status 1 unless each is
found by an alarm that says what is wrong, mitigated, and at its end trains with that alarm over.
Waits for what the screen says, with deadlines; nothing is timed by the clock.
"""
import json
import re
import subprocess
import sys
import tempfile
import time

# A screen on which no page lies open.
NO_PAGE = r"\A(?![\s\S]*─ playbook: )"
OVER = r"DRILL \S+, is over"
# So long, in hours of event time, an alarm is to be quiet.
QUIET_HOURS = 2
# After so many hours of event time somebody looks again at the page of an alarm that is still open.
REVISIT_HOURS = 3


class DrillOver(Exception):
    """The screen says that the drill is over."""


class Stuck(Exception):
    """The screen never said what it should."""


def unfolded(text):
    """A page that lies beside the screen comes below it, as if there were room for one only."""
    lines = text.splitlines()
    top = next((i for i, line in enumerate(lines) if "│─ playbook: " in line), None)
    if top is None:
        return text
    column = lines[top].index("│─ playbook: ")
    is_beside = [i >= top and line[column:column + 1] == "│" for i, line in enumerate(lines)]
    last = max(i for i, beside in enumerate(is_beside) if beside)
    left = [line[:column] if beside else line for line, beside in zip(lines, is_beside)]
    page = [line[column + 1:] for line, beside in zip(lines, is_beside) if beside]
    return "\n".join(left[:last + 1] + page + left[last + 1:]) + "\n"


class Screen:
    def __init__(self, command, columns, rows, log):
        self.socket = tempfile.mktemp(prefix="spindle-operator-")
        self.log = log
        self.tmux("new-session", "-d", "-x", str(columns), "-y", str(rows), command,
                  ";", "set-option", "-g", "remain-on-exit", "on")

    def tmux(self, *words):
        return subprocess.run(["tmux", "-S", self.socket, "-f", "/dev/null", "-u", *words],
                              capture_output=True, text=True).stdout

    def text(self):
        return self.tmux("capture-pane", "-p")

    def look(self):
        """What stands there; ends the work once the drill is over."""
        text = unfolded(self.text())
        if re.search(OVER, text):
            raise DrillOver
        return text

    def keys(self, *keys):
        self.tmux("send-keys", *keys)

    def type(self, text):
        self.tmux("send-keys", "-l", text)

    def wait(self, pattern, seconds=60):
        """Until the screen says it; the match."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            found = re.search(pattern, self.look(), re.M)
            if found:
                return found
            time.sleep(0.05)
        raise Stuck(f"the screen never said {pattern}:\n{self.text()}")

    def press(self, key, until, seconds=60, refused="too soon"):
        """Presses a key until the screen has followed: a question is deaf for a moment at first."""
        deadline = time.monotonic() + seconds
        self.keys(key)
        while time.monotonic() < deadline:
            text = self.look()
            if re.search(until, text, re.M):
                return text
            if refused in text:
                self.keys(key)
            time.sleep(0.05)
        raise Stuck(f"{key} never led to {until}:\n{self.text()}")

    def confirm(self, name):
        """Types a name, once its first letter is taken."""
        self.wait(f"Type {name}:")
        self.press(name[0], f"Type {name}: {re.escape(name[0])}")
        self.type(name[1:])

    def shoot(self, title):
        self.log.write(f"--- {title}\n{self.text()}\n")
        self.log.flush()


class Step:
    """The step of a page that is marked."""

    def __init__(self, text):
        lines = text.splitlines()
        at = next(i for i, line in enumerate(lines) if re.match(r" ▶ \[[ x]\]", line))
        lead = re.match(r" ▶ \[([ x])\] +(\d+)(?:  (\S{1,3})(?= |$))?", lines[at])
        self.is_done, self.number, self.key = lead[1] == "x", int(lead[2]), lead[3]
        words = [lines[at][14:]]
        for line in lines[at + 1:]:
            if not line.startswith(" " * 14) or not line.strip():
                break
            words.append(line[14:])
        self.text = " ".join(word.rstrip(" ↑↓").strip() for word in words)


class Person:
    """Somebody on call who has read nothing beforehand."""

    def __init__(self, screen):
        self.screen = screen
        self.acts = []
        # What the rehearsal said: its cause, and the response that it would rather have.
        self.cause = self.advice = None
        self.onset = None
        self.alarm = self.alarm_text = self.title = ""
        self.has_rolled_back = self.has_purged = False

    # What the screen says.

    def is_stopped(self):
        return "STOPPED" in self.screen.look()

    def says_bad_data(self):
        return self.cause in ("data", "model") or self.advice in ("purge", "roll back")

    def says_the_world(self):
        return self.cause == "world" and not self.says_bad_data()

    # The list of alarms.

    def alarms(self):
        """Rows of screen 5: name, and all that stands there."""
        if "─ playbook: " in self.screen.look():
            self.screen.press("Escape", NO_PAGE)
        self.screen.press("5", "─ alarms, the worst first|no alarms")
        rows = re.findall(r"^(?:▶| ) [▲◆·■] ?(?:CRITICAL|warning|notice) +for +(.*)$",
                          self.screen.look(), re.M)
        return [(re.search(r"shop (\w+)", row)[1], row) for row in rows if "shop " in row]

    def mark(self, name):
        """Marks the row of an alarm; False if it has gone."""
        self.screen.keys("g")
        for _ in range(40):
            text = self.screen.look()
            row = next((line for line in text.splitlines() if line.startswith("▶")), "")
            if f"shop {name}" in row:
                return True
            if name not in text:
                return False
            self.screen.keys("Down")
            time.sleep(0.1)
        return False

    def open_page(self, name):
        """Opens the page of an alarm; its title, or None if the alarm has gone."""
        self.alarms()
        if not self.mark(name):
            return None
        self.screen.wait(rf"─ {name} of shop")
        detail = self.screen.look().split(f"─ {name} of shop")[1]
        since = re.search(r"since (\d\d-\d\d \d\d:\d\d:\d\d)", detail)
        onset = re.search(r"likely from (\d\d-\d\d \d\d:\d\d:\d\d)", detail) or since
        if onset:
            self.onset = min(onset[1], self.onset or onset[1])
        self.alarm, self.alarm_text = name, re.sub(r"\s+", " ", detail)
        self.screen.shoot(f"the alarm {name}")
        text = self.screen.press("Enter", "─ playbook: ")
        self.title = re.search(r"─ playbook: (.*?) \(page", text)[1]
        return self.title

    def back_to_page(self):
        if "─ playbook: " not in self.screen.look():
            self.screen.press("b", "─ playbook: ")

    def return_to(self, title):
        """To the page that was left, whatever alarm has come, or gone, meanwhile."""
        if "─ playbook: " not in self.screen.look():
            self.screen.press("2", r"\[2 Model\]")
            self.screen.press("b", "─ playbook: ")
        way = "Right"
        for _ in range(90):
            text = self.screen.look()
            shown = re.search(r"─ playbook: (.*?) \(page", text)
            if shown and shown[1] == title:
                return
            # A page may have been passed while the screen was slow.
            if "there is no page beyond" in text:
                way = "Left"
            self.screen.keys(way)
            deadline = time.monotonic() + 0.5
            while time.monotonic() < deadline:
                now = re.search(r"─ playbook: (.*?) \(page", self.screen.look())
                if shown and now and now[1] != shown[1]:
                    break
                time.sleep(0.05)
        raise Stuck(f"the page {title} is not there:\n{self.screen.text()}")

    # Dialogs.

    def reason(self, text):
        """Answers a dialog; False if the engine refuses what is asked."""
        shown = self.figures()
        if "engine refuses" in shown or "(BLOCKS)" in shown or "Nothing would change" in shown:
            self.screen.shoot("refused")
            self.screen.keys("Escape")
            self.screen.wait(r"\A(?![\s\S]*((Reason|Title): |Esc closes\.))")
            return False
        self.screen.type(text)
        self.screen.wait(re.escape(text[-20:]))
        self.screen.keys("Enter")
        return True

    def figures(self):
        """What a dialog shows, once the engine has said what the act would do."""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            shown = self.screen.look()
            is_asked = re.search(r"(Reason|Title): |engine refuses|\(BLOCKS\)", shown)
            if is_asked and "Asking the engine" not in shown:
                return shown
            time.sleep(0.05)
        raise Stuck(f"no answer to what it would do:\n{self.screen.text()}")

    def act(self, name, done):
        self.screen.wait(done, seconds=120)
        self.acts.append(name)

    # What steps ask for. Each says whether it was done.

    def acknowledge(self, step):
        self.screen.keys("a")
        if self.reason("I have it"):
            self.act("acknowledge", "done: acknowledge")
        return True

    def open_incident(self, step):
        if "INCIDENT i" not in self.screen.look():
            self.screen.keys("i")
            if self.reason(""):
                self.act("incident", "done: open an incident")
        return True

    def stop(self, step):
        if re.search("non_finite|not finite", step.text):
            if not re.search("non_finite|norms|not finite", self.alarm_text):
                return False
        if not self.is_stopped():
            self.screen.keys("!")
            self.act("stop", "STOPPED")
        return True

    def rehearse(self, step):
        if step.text.startswith("Worse") and self.alarm != "golden_set_worse":
            return False
        self.screen.keys("W")
        self.screen.wait("RESPONSE|Esc closes", seconds=120)
        self.screen.shoot("the rehearsal")
        text = re.sub(r"\s*│\s*│?\s*", " ", self.screen.look())
        cause = re.search(r"code or data\? (cannot tell|\w+):", text)
        advice = re.search(r"▶ (do nothing|stop|roll back|purge|ride through):", text)
        self.cause, self.advice = cause and cause[1], advice and advice[1]
        self.screen.press("Escape", r"\A(?![\s\S]*Rehearsal: )")
        self.acts.append("rehearse")
        return True

    def roll_back(self, step):
        if not self.wants_rollback(step) or self.has_rolled_back:
            return False
        # The rehearsal goes on to the newest checkpoint from before the onset.
        self.screen.press("W", "Rehearsal: ")
        self.screen.wait("RESPONSE|Esc closes", seconds=120)
        if not re.search(r"roll back +\d", self.screen.look()):
            self.screen.press("Escape", r"\A(?![\s\S]*Rehearsal: )")
            return False
        self.screen.press("R", "choose a checkpoint")
        self.screen.press("Enter", "Reason: ")
        name = self.screen.wait(r"Roll shop back to (\S+-\d{6})")[1]
        if self.reason("bad data was learned"):
            self.screen.shoot("the rollback, before the checkpoint's name is typed")
            self.screen.confirm(name)
            self.act("rollback", "done: roll")
            self.has_rolled_back = True
        return True

    def wants_rollback(self, step):
        if step.text.startswith("Worse"):
            return self.alarm == "golden_set_worse"
        if re.search("Only if the parameters|Then roll back|Tripped|broken", step.text):
            return bool(re.search("non_finite|norms|parameters are not finite", self.alarm_text))
        return self.says_bad_data()

    def marked(self):
        lines = self.screen.look().splitlines()
        return next((line for line in lines if line.startswith("▶")), "")

    def purge(self, step):
        own = re.search(r"an example of (\S+?)T(\S+?)(\.\d+)?Z", self.alarm_text)
        if "a window of its own second" in step.text and own:
            return self.purge_window(f"{own[1]}T{own[2]}Z", later(own[1], own[2]))
        if not self.says_bad_data() or self.has_purged:
            return False
        return self.purge_window(None, None)

    def purge_window(self, begin, end):
        """The form's own window, or one of which the page says how it is told."""
        self.screen.keys("P")
        self.screen.wait("Purge shop: which examples")
        if begin:
            self.screen.wait("From")
            time.sleep(0.4)
            for text in (begin, end):
                self.screen.type(text)
                self.screen.keys("Tab")
        self.screen.shoot("the purge, and its window")
        self.screen.press("Enter", "Reason: |expected")
        if self.reason("what should not have been learned"):
            self.screen.shoot("the purge, before the model's name is typed")
            self.screen.confirm("shop")
            self.act("purge", "done: purge")
            self.has_purged = True
        return True

    def ride(self, step):
        if not self.says_the_world():
            return False
        self.screen.keys("T")
        if self.reason("it is the world"):
            self.act("ride through", "done: ride")
        return True

    def resume(self, step):
        if not self.is_stopped():
            return False
        self.screen.keys("U")
        if not self.reason("it is over"):
            if self.has_purged:
                raise Stuck(f"the resume is refused:\n{self.screen.text()}")
            # Its list says what is missing.
            self.purge_window(None, None)
            self.screen.keys("U")
            self.reason("it is over and purged")
        self.act("resume", "done: resume")
        return True

    def look_at(self, step):
        if step.text.startswith("Check"):
            return False
        # Where there is room the page stays beside it.
        self.screen.press("Enter", rf"\[{step.key} ")
        self.screen.shoot(f"a look at screen {step.key}")
        self.back_to_page()
        return True

    def failed_checkpoints(self):
        """How many of the newest checkpoints have failed, one after the other."""
        self.screen.press("Escape", NO_PAGE)
        self.screen.press("3", r"\[3 Checkpoints\]")
        rows = re.findall(r"^[▶ ] ?(\S+-\d{6}) (.*)$", self.screen.look(), re.M)
        self.return_to(self.title)
        count = 0
        for _, row in rows[:4]:
            if not re.search("✗|failed", row):
                break
            count += 1
        return count

    def call(self, step):
        """A step without a key: somebody is told, or it is waited for."""
        if "wait until it is over" in step.text:
            self.wait_until_quiet()
            self.return_to(self.title)
            return True
        if step.text.startswith("When labels come back"):
            self.screen.wait("the alarm that this was opened for is over", seconds=900)
            return True
        if "what writes them is at fault" in step.text:
            return self.told("the build", self.failed_checkpoints() >= 2)
        if step.text.startswith("spindle run Hung"):
            return self.told("a restart", "nobody stopped it" in self.alarm_text)
        if "pushing is stuck" in step.text:
            is_held = "HELD" in self.screen.look()
            return self.told("a restart", self.failed_checkpoints() == 0 and not is_held)
        if step.text.startswith("Wake"):
            return self.told("its owner", True)
        return False

    def told(self, whom, is_called_for):
        if is_called_for:
            self.acts.append(f"calls for {whom}")
        return is_called_for

    def wait_until_quiet(self):
        """Until every alarm that belongs to this page is over, or quiet long enough."""
        while not all(self.is_long_quiet(detail) for name, detail in self.each_alarm()
                      if self.is_of_page(detail)):
            time.sleep(0.2)
        self.screen.shoot("what it saw is gone")

    def is_of_page(self, detail):
        return f"playbook: {self.title}," in detail

    @staticmethod
    def is_long_quiet(detail):
        quiet = re.search(r"QUIET for (?:(\d+)d )?(?:(\d+)h)?", detail)
        hours = int(quiet[1] or 0) * 24 + int(quiet[2] or 0) if quiet else 0
        return hours >= QUIET_HOURS

    def each_alarm(self):
        """Every alarm of the list, with what stands below it; one that goes meanwhile is missed."""
        found = []
        if not self.alarms():
            return found
        self.screen.keys("g")
        time.sleep(0.1)
        for _ in range(30):
            text = self.screen.look()
            marked = next((line for line in text.splitlines() if line.startswith("▶")), "")
            name = re.search(r"shop (\w+)", marked)
            if not name or not re.search("CRITICAL|warning|notice", marked):
                break
            parts = text.split(f"─ {name[1]} of shop")
            if len(parts) < 2:
                continue
            found.append((name[1], re.sub(r"\s+", " ", parts[1])))
            self.screen.keys("Down")
            deadline = time.monotonic() + 0.4
            while time.monotonic() < deadline and self.marked() == marked:
                time.sleep(0.03)
            if self.marked() == marked:
                break
        return found

    # The page, from its first step on.

    DEEDS = {"a": acknowledge, "i": open_incident, "!": stop, "W": rehearse, "R": roll_back,
             "P": purge, "T": ride, "U": resume, "1": look_at, "2": look_at, "3": look_at,
             "4": look_at, "5": look_at, None: call}

    def follow(self, title):
        self.screen.shoot(f"the page: {title}")
        while True:
            step = self.step()
            if not step.is_done:
                deed = self.DEEDS.get(step.key)
                is_done = deed(self, step) if deed else False
                self.screen.log.write(f"=== {step.number} {step.key}: {step.text}: {is_done}\n")
                self.back_to_page()
                if is_done:
                    self.tick(step.number)
            if not self.go_on(step.number):
                return

    def step(self):
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            text = self.screen.look()
            if re.search(r"^ ▶ \[[ x]\]", text, re.M):
                return Step(text)
            time.sleep(0.05)
        raise Stuck(f"no step is marked:\n{self.screen.text()}")

    def tick(self, number):
        self.find_step(number)
        self.screen.keys("Space")
        self.screen.wait(rf"\[x\] +{number}\b")

    @staticmethod
    def marked_line(text):
        return next((line for line in text.splitlines() if line.startswith(" ▶")), "")

    def find_step(self, number):
        """A page that was left and opened again marks the next step that is not done; behind the
        last step there are lines that are none."""
        way = "Down"
        for _ in range(40):
            text = self.screen.look()
            found = re.search(r"^ ▶ \[[ x]\] +(\d+)", text, re.M)
            if found and int(found[1]) == number:
                return
            if found:
                way = "Up" if int(found[1]) > number else "Down"
            if not self.move(way):
                way = "Up" if way == "Down" else "Down"
        raise Stuck(f"step {number} is not there:\n{self.screen.text()}")

    def go_on(self, number):
        """To the next step; False at the page's end, where Down changes nothing any more."""
        self.find_step(number)
        while self.move("Down"):
            found = re.search(r"^ ▶ \[[ x]\] +(\d+)", self.screen.look(), re.M)
            if found and int(found[1]) > number:
                return True
        return False

    def move(self, way):
        """One key, and until its line is marked, so that the next one goes no further than is meant;
        False if it changed nothing."""
        before, body = self.marked_line(self.screen.look()), self.body()
        self.screen.keys(way)
        deadline = time.monotonic() + 1
        while time.monotonic() < deadline:
            if self.marked_line(self.screen.look()) != before:
                return True
            time.sleep(0.05)
        # A long paragraph is scrolled through.
        return self.body() != body

    def body(self):
        """The lines of the page that lies open, below how its alarm stands."""
        return re.split(r"steps? done.*\n", self.screen.look())[-1].splitlines()[:-2]

    def hours(self):
        """Event time since the drill began, as its banner says."""
        since = re.search(r"DRILL \S+, since ((?:\d+[dhms]+ ?)+)", self.screen.look())
        units = {"d": 24, "h": 1, "m": 1 / 60, "s": 1 / 3600, "ms": 0}
        parts = re.findall(r"(\d+)([dhms]+)", since[1] if since else "")
        return sum(int(count) * units[unit] for count, unit in parts)

    def work(self):
        """Until the drill is over: the worst alarm that nobody has followed yet, or not for long;
        then the next."""
        followed = {}
        while True:
            names = [name for name, row in self.alarms()]
            now = self.hours()
            fresh = [name for name in names
                     if name not in followed or now - followed[name] >= REVISIT_HOURS]
            # What a stop of one's own brings about.
            if fresh == ["training_stopped"] and self.acts and not self.is_stopped():
                fresh = []
            for name in [name for name in followed if name not in names]:
                del followed[name]
            if not fresh:
                time.sleep(0.3)
                continue
            title = self.open_page(fresh[0])
            followed[fresh[0]] = now
            if title:
                self.follow(title)
                followed[fresh[0]] = self.hours()
                if "─ playbook: " in self.screen.look():
                    self.screen.press("Escape", NO_PAGE)


def later(day, clock):
    """A second later."""
    import datetime
    at = datetime.datetime.fromisoformat(f"{day}T{clock}+00:00") + datetime.timedelta(seconds=1)
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def leave(screen):
    """Ends the console, and waits until the score is there."""
    for _ in range(6):
        if "end the engine" in screen.text():
            break
        screen.keys("Escape")
        time.sleep(0.4)
        screen.keys("q")
        time.sleep(0.4)
    deadline = time.monotonic() + 300
    while "purchases a visit" not in screen.text():
        if "end the engine" in screen.text():
            screen.keys("e")
        if time.monotonic() > deadline:
            raise Stuck(f"no score:\n{screen.text()}")
        time.sleep(0.1)


def hours(seconds):
    if seconds is None:
        return "never"
    return f"{seconds / 3600:.1f} h"


def practise(screen):
    """The drill that begins on a screen, to its score; who did it, and where they were stuck."""
    person, fault = Person(screen), None
    deadline = time.monotonic() + 600
    while not re.search(r"DRILL \S+, ", screen.text()):
        if time.monotonic() > deadline:
            raise Stuck(f"no drill:\n{screen.text()}")
        time.sleep(0.1)
    try:
        person.work()
    except DrillOver:
        pass
    except Stuck as stuck:
        fault = str(stuck)
        screen.log.write(f"STUCK: {stuck}\n")
    deadline = time.monotonic() + 900
    while not re.search(OVER, screen.text()) and time.monotonic() < deadline:
        time.sleep(0.2)
    screen.shoot("the end of the drill")
    leave(screen)
    screen.log.write(screen.tmux("capture-pane", "-p", "-S", "-200"))
    return person, fault


def last_card(state):
    with open(f"{state}/drills.json") as file:
        return json.load(file)[-1]


def drill(name, options, state):
    columns, rows = options["size"].split("x")
    command = f"{options['program']} drill {name} --speed {options['speed']} --state {state}"
    with open(f"{options['log']}/{name}.txt", "w") as log:
        screen = Screen(command, int(columns), int(rows), log)
        try:
            person, fault = practise(screen)
        finally:
            screen.tmux("kill-server")
    return last_card(state), person, fault


def row(name, card, person):
    mine, none = card["damage"], card["without_response"]
    acts = ", ".join(dict.fromkeys(person.acts)) or "none"
    return (f"| `{name}` | `{card.get('found_by')}` | {hours(card.get('detect_seconds'))} | {acts} | "
            f"{hours(card.get('mitigate_seconds'))} | {hours(card.get('over_seconds'))} | "
            f"{mine['lost_purchases']} | {none['lost_purchases']} | {mine['final_share']:.0%} | "
            f"{none['final_share']:.0%} |")


def is_good(card):
    is_training = "training_stopped" not in (card.get("still_open") or [])
    reached = [card.get(key) for key in ("found_by", "mitigate_seconds", "over_seconds")]
    return is_training and None not in reached


def main():
    options = {"size": "80x24", "speed": "1200", "log": None}
    words, names = sys.argv[1:], []
    while words:
        word = words.pop(0)
        if word.startswith("--"):
            options[word[2:]] = words.pop(0)
        else:
            names.append(word)
    options["program"] = names.pop(0)
    with tempfile.TemporaryDirectory() as folder:
        options["log"] = options["log"] or folder
        state = options.get("state", folder)
        listed = subprocess.run([options["program"], "drill", "list", "--json", "--state", state],
                                capture_output=True, text=True, check=True).stdout
        names = names or [each["name"] for each in json.loads(listed)["drills"]]
        print("| drill | found by | after | done, in this order | mitigated | its alarms over | lost "
              "| without | at the end | without |")
        print("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |")
        failed = []
        for name in names:
            card, person, fault = drill(name, options, state)
            print(row(name, card, person), flush=True)
            if fault:
                print(f"{name}: {fault}", file=sys.stderr)
            if fault or not is_good(card):
                failed.append(name)
    if failed:
        print("not mitigated by what the screen says:", ", ".join(failed), file=sys.stderr)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
