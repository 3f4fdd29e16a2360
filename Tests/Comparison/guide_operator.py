"""Who follows the operator's guide: its text, a console in tmux, and questions to the engine from
outside."""
import json
import os
import re
import signal
import subprocess
import time

from by_hand import Screen, Stuck

STATE = "spindle-state"
NO_DIALOG = r"\A(?![\s\S]*│ (Reason|Title):)"


class Guide:
    """The guide's text. No key and no command of it is written down elsewhere."""

    def __init__(self, path):
        with open(path, encoding="utf-8") as file:
            self.text = file.read()

    def section(self, title):
        found = re.search(rf"^###? {title}$(.*?)(?=^###? |\Z)", self.text, re.M | re.S)
        if not found:
            raise Stuck(f"the guide has no section {title}")
        return found[1]

    def key(self, title, sentence):
        """The key in a sentence of a section; `sentence` has one group, the key. A space in it
        stands for a line's end, too."""
        found = re.search(sentence.replace(" ", r"\s+"), self.section(title), re.M)
        if not found:
            raise Stuck(f"the guide's section {title} never says {sentence}")
        return found[1]

    def blocks(self):
        """Commands of the blocks of code; what is shown of their output is left out."""
        for kind, block in re.findall(r"^```(\w*)\n(.*?)^```$", self.text, re.M | re.S):
            if kind not in ("", "sh"):
                continue
            is_session = block.startswith("$")
            for line in block.splitlines():
                if is_session and not line.startswith("$ "):
                    continue
                line = line.removeprefix("$ ").split(" # ")[0].strip()
                if line.startswith("spindle "):
                    yield line

    def inline(self):
        """Commands within sentences."""
        outside = re.sub(r"^```.*?^```", "", self.text, flags=re.M | re.S)
        for words in re.findall(r"`(spindle\s[^`]+)`", outside):
            yield " ".join(words.split())


class Operator:
    """Works in a folder in which `spindle-state` is, as the guide's commands have it."""

    def __init__(self, guide, size):
        self.guide, self.size = guide, size
        self.columns, self.rows = (int(word) for word in size.split("x"))
        self.engine = self.screen = None

    # The engine.

    def start_engine(self):
        with open("engine.log", "a", encoding="utf-8") as log:
            self.engine = subprocess.Popen(
                ["spindle", "run", "--config", "shop.toml"], stdout=log, stderr=log)
        self.until("the engine answers", self.answers, 60)

    def end_engine(self):
        if self.engine:
            self.engine.send_signal(signal.SIGTERM)
            self.engine.wait(60)

    @staticmethod
    def answers():
        return subprocess.run(["spindle", "status"], capture_output=True).returncode in (0, 1)

    # The shell.

    def shell(self, command, seconds=60):
        """Status and all output of a command, as it is typed."""
        done = subprocess.run(["sh", "-c", command], capture_output=True, text=True,
                              stdin=subprocess.DEVNULL, timeout=seconds)
        return done.returncode, done.stdout + done.stderr

    def ask(self, command):
        status, text = self.shell(command)
        if status != 0:
            raise Stuck(f"{command}: status {status}: {text}")
        return text

    def status(self):
        done = subprocess.run(["spindle", "status", "--json"], capture_output=True, text=True)
        return json.loads(done.stdout)

    def model(self):
        return self.status()["models"][0]

    def training(self):
        return self.model()["training"]["state"]

    def launch(self):
        """As its command tells it; empty while there is none."""
        text = self.shell("spindle launch status shop --json")[1]
        return json.loads(text) if text.startswith("{") else {}

    def has_policy(self):
        return self.status()["authority"].get("policy") is not None

    def alarms(self):
        return [alarm["name"] for alarm in self.model()["alarms"]]

    # What is waited for.

    def until(self, claim, holds, seconds=30):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            found = holds()
            if found:
                return found
            time.sleep(0.1)
        shown = self.screen.text() if self.screen else ""
        raise Stuck(f"never came true: {claim}\n{shown}")

    def state_is(self, *states):
        self.until(f"training is {states[0]}", lambda: self.training() in states)

    def journal_says(self, text):
        self.until(f"the journal says {text}", lambda: text in self.ask("spindle journal"))

    def says(self, pattern, seconds=30):
        return self.screen.wait(pattern, seconds)

    # The console.

    def open(self, command="spindle", until="RUNNING"):
        screen = Screen(command, self.columns, self.rows, None)
        if self.screen is None:
            self.screen = screen
        screen.wait(until)
        return screen

    def beside(self, command, until):
        """Another console, as `with` has it."""
        return Beside(self, command, until)

    def key(self, title, sentence, until=None):
        """Presses the key that a sentence of the guide names."""
        key = self.guide.key(title, sentence)
        self.screen.keys(key)
        if until:
            self.screen.wait(until)
        return key

    def go(self, name):
        """To a screen, by the number that the guide's list gives it."""
        number = self.guide.key("Screens", rf"^(\d)\. \*\*{name}\*\*")
        self.screen.press(number, rf"\[{number} {name}\]")

    def reason_of(self, text):
        """A reason that no other task and size has given."""
        return f"{text} at {self.size}"

    def reason(self, text):
        text = self.reason_of(text)
        self.screen.wait(r"│ (Reason|Title):")
        self.screen.type(text)
        self.screen.wait(re.escape(text[-8:]))
        # Enter is refused until the dialog has the engine's figures, and says so.
        self.screen.press("Enter", rf"│ Type \S+:|{NO_DIALOG}",
                          refused="wait for the engine's figures")
        return text

    def marked(self):
        return re.search("^▶.*?(?=  |$)", self.screen.text(), re.M)[0]

    def confirm(self, name):
        """Types the name that a dialog asks for."""
        self.screen.confirm(name)
        self.until("the dialog is gone", lambda: f"Type {name}:" not in self.screen.text())

    def restart_engine(self):
        """With a configuration that was edited; and a console on it."""
        self.screen.tmux("kill-server")
        self.screen = None
        self.end_engine()
        self.start_engine()
        self.open()

    def mark_alarm(self, name):
        self.go("Alarms")
        self.screen.keys("g")
        self.says(rf"^[▶ ] .*shop {name}")
        while f"─ {name} of shop" not in self.screen.text():
            before = self.detail()
            self.screen.keys("Down")
            self.until("the next alarm is marked", lambda: self.detail() != before)

    def detail(self):
        """The marked alarm's name and words, as they stand below the list."""
        found = re.search(r"^─ \w+ of shop ─*\n.*", self.screen.text(), re.M)
        return found and found[0]

    def body(self):
        return "\n".join(self.screen.text().splitlines()[2:8])

    def resume_by_command(self):
        """Back to a model that trains, for the next task."""
        if self.training() == "stopped":
            self.ask(f'spindle resume shop --reason "{self.reason_of("the next task")}"')
        self.state_is("running", "catching_up", "waiting")


class Beside:
    def __init__(self, operator, command, until):
        self.operator, self.command, self.until = operator, command, until

    def __enter__(self):
        self.before, self.operator.screen = self.operator.screen, None
        self.screen = Screen(self.command, self.operator.columns, self.operator.rows, None)
        self.operator.screen = self.screen
        try:
            self.screen.wait(self.until)
        except Stuck:
            self.__exit__()
            raise
        return self.screen

    def __exit__(self, *_):
        self.screen.tmux("kill-server")
        self.operator.screen = self.before


def is_dead(screen):
    return "1" in screen.tmux("list-panes", "-F", "#{pane_dead}")


def is_alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
