"""The guide's tasks of looking: screens, and the ways to have one."""
import os
import re

from by_hand import NO_PAGE, Screen, Stuck, is_good, last_card, practise
from guide_operator import STATE, is_dead


def look_at_each_screen(op):
    screens = re.findall(r"^(\d)\. \*\*(\w+)\*\*", op.guide.section("Screens"), re.M)
    if len(screens) < 9:
        raise Stuck(f"the guide has {len(screens)} screens")
    seen = set()
    for number, name in screens:
        op.screen.press(number, rf"\[{number} {name}\]")
        # The first line has the tabs; what lies below must be another screen each time.
        op.until(f"{number} shows {name}", lambda: op.body() not in seen)
        seen.add(op.body())


def evidence_and_acts_of_an_alarm(op):
    op.ask(f'spindle hold shop --reason "{op.reason_of("an alarm to look at")}"')
    op.until("an alarm is open", lambda: "push_held" in op.alarms())
    op.mark_alarm("push_held")
    op.key("Screens", r"^\*\*From an alarm\*\*: `(.)` leads", r"push_held: b has the acts|\[[^5]")
    if "[5 Alarms]" in op.screen.text():
        raise Stuck(f"no figures of the alarm:\n{op.screen.text()}")
    op.mark_alarm("push_held")
    op.key("Screens", r"whichever screen they are; `(.)` to the acts", "─ playbook: ")
    op.says("push_held")
    op.screen.press("Escape", NO_PAGE)
    op.ask(f'spindle hold shop --off --reason "{op.reason_of("it was looked at")}"')


def zoom_charts(op):
    op.go("Model")
    op.says("charts")
    day = "─ charts (?!.*newest)"
    op.says(day)
    op.key("Screens", r"\*\*Charts\*\*: `(.)` and", r"newest 12h")
    op.key("Screens", r"\*\*Charts\*\*: `.` and `(.)` show", day)
    op.key("Screens", r"\*\*Charts\*\*: `.` and `(.)` show", r"newest (\dd|3d)")
    op.key("Screens", r"\*\*Charts\*\*: `(.)` and", day)


def read_a_value_off_a_chart(op):
    op.go("Model")
    value = r"log loss[^│\n]*? at (?:\d\d-\d\d )?(\d\d:\d\d)"
    key = op.key("Screens", r"`(.)` puts a cursor on them", value)
    first = op.says(value)[1]
    left = op.guide.key("Screens", r"^(Left) and Right move it")
    op.screen.keys(*[left] * 8)
    op.until("the cursor is at another time", lambda: op.says(value)[1] != first)
    op.screen.keys(key)
    op.until("the cursor is away", lambda: not re.search(value, op.screen.text()))


def compare_two_checkpoints(op):
    op.go("Checkpoints")
    op.screen.keys("g")
    key = op.key("Screens", r"on their screen `(.)` marks one", "◆")
    op.screen.keys("Down", "Down")
    op.says(r"─ shop-\d+, against shop-\d+")
    op.says(r"(fewer|more) ex trained|older|newer")
    # The mark stays on its checkpoint, whatever comes above it.
    while not re.search("^▶ ?◆", op.screen.text(), re.M):
        before = op.marked()
        op.screen.keys("Up")
        op.until("the row above is marked", lambda: op.marked() != before)
    op.screen.keys(key)
    op.until("no checkpoint is marked", lambda: "◆" not in op.screen.text())


def search_the_journal(op):
    text = op.reason_of("needle")
    op.ask(f'spindle event add shop --text "{text}" --from 2026-03-01T00:00:00Z '
           f'--to 2026-03-02T00:00:00Z --reason "{text}"')
    op.go("Journal")
    op.key("Screens", r"and so does `(.)` with a text", "Filter:")
    op.screen.type(text)
    op.says(r"Filter: .*\b1 entr\w+ match")
    op.says(rf"reason: {text}")
    op.screen.keys("Enter")
    op.says("/ filter")
    back = op.guide.key("Screens", r"a text; (Esc) shows all again")
    op.screen.press({"Esc": "Escape"}[back], r"\A(?![\s\S]*Filter:)")


def evidence_of_drift(op):
    op.go("Drift")
    op.says(r"FEATURE +PSI +SINCE")
    op.says(r"█ now +│ usually")
    where = r"WHERE +MOVED"
    if op.columns < 132:
        op.screen.keys(op.guide.key("Screens", r"on a small screen behind (Enter)\)"))
    op.says(where)
    op.says("in norway|in scotland")
    op.says("Mon +Tue")


def what_became_of_the_records(op):
    op.go("Data")
    op.says(r"labels take .* p50")
    op.says(r"─ sources")
    joined = int(op.says(r"joined +([\d,]+)")[1].replace(",", ""))
    if not 0 < joined <= op.model()["counts"]["joined"]:
        raise Stuck(f"{joined} joined; the engine says {op.model()['counts']}")


def copy_a_drill(op):
    setting = op.guide.key("Screens", r"in tmux that needs `(set -g set-clipboard on)`")
    op.screen.tmux(*setting.split())
    op.go("Drills")
    op.says("to practise it|spindle drill")
    op.key("Screens", r"`(.)` copies the command that starts the marked drill", "copied")
    return op.until("tmux has the command", lambda: re.match(
        r"spindle drill \S+$", op.screen.tmux("show-buffer").strip()))[0]


def practise_a_drill(op):
    """The command that the screen of drills copies, five times as fast; then by its playbook."""
    command = copy_a_drill(op)
    speed = op.guide.key("Screens", r"real time \(`(--speed)`")
    with open("drill.txt", "w", encoding="utf-8") as log:
        screen = Screen(f"{command} {speed} 600", op.columns, op.rows, log)
        try:
            _, fault = practise(screen)
        finally:
            screen.tmux("kill-server")
    card = last_card(STATE)
    if fault or not is_good(card):
        raise Stuck(f"{command}: {fault or card}")
    op.go("Fleet")
    op.go("Drills")
    op.says(rf"^▶ {command.split()[-1]} +(?!never)\S", 30)


def copy_a_checkpoint(op):
    op.screen.tmux(*op.guide.key("Screens", r"needs `(set -g set-clipboard on)`").split())
    op.go("Checkpoints")
    op.key("Screens", r"`(.)` copies the marked row", "copied")
    names = op.ask("spindle checkpoints")
    name = op.until("tmux has the row", lambda: re.match(
        r"(shop-\d+) ", op.screen.tmux("show-buffer")))[1]
    if name not in names:
        raise Stuck(f"{name} was copied, and is no checkpoint")


def use_the_mouse(op):
    key = op.key("Screens", r"`(.)` turns the mouse on", "the mouse is on")
    click(op, op.screen.text().splitlines()[0].index("5") + 1, 1)
    op.says(r"\[5 Alarms\]")
    op.screen.keys(key)
    op.says("the mouse is off")


def click(op, column, row):
    for last in "Mm":
        op.screen.type(f"\x1b[<0;{column};{row}{last}")


def freeze(op):
    op.go("Fleet")
    key = op.key("Screens", r"`(Space)` freezes the display", "FROZEN")
    shown, at = op.screen.text(), op.model()["event_time"]
    op.until("the stream goes on", lambda: op.model()["event_time"] > at)
    if op.screen.text() != shown:
        raise Stuck(f"a frozen display changed:\n{shown}\n{op.screen.text()}")
    op.screen.press(key, r"\A(?![\s\S]*FROZEN)")


def palette(op):
    op.key("Screens", r"`(.)` does everything by its name", "─ Command ")
    op.screen.type("checkpoints")
    op.says(": checkpoints")
    op.screen.press("Enter", r"\[3 Checkpoints\]")


def help_lists_every_key(op):
    op.key("Screens", r"`(.)` lists every key", "─ Keys and words ")
    op.says("STOP training")
    op.screen.press("Escape", r"\A(?![\s\S]*─ Keys and words)")


def filter_rows(op):
    op.go("Checkpoints")
    name = re.search(r"shop-\d+", op.screen.text().split("CHECKPOINT", 1)[1].split("\n", 3)[3])[0]
    op.key("Screens", r"^of it, Enter. `(.)` shows only rows", "Filter:")
    op.screen.type(name)
    op.until("one row", lambda: len(
        re.findall(r"^[▶ ] ?\S*shop-\d+ +[✓✗?]", op.screen.text(), re.M)) == 1)
    op.screen.press("Enter", "/ filter")
    op.screen.press("Escape", r"\A(?![\s\S]*Filter:)")


def look_with_a_theme(op):
    name = op.guide.key("Screens", r"`spindle --theme (\w+)` takes one")
    if name not in op.ask(op.guide.key("Screens", r"`(spindle themes)` lists")):
        raise Stuck(f"no theme {name}")
    with op.beside(f"spindle --theme {name}", "RUNNING") as console:
        ours, theirs = (each.tmux("capture-pane", "-p", "-e").splitlines()[0]
                        for each in (op.screen, console))
    plain = op.screen.tmux("capture-pane", "-p", "-e").splitlines()[0]
    if theirs.split("SPINDLE")[0] == plain.split("SPINDLE")[0]:
        raise Stuck(f"{name} looks like the standard one: {theirs!r} {ours!r}")


def only_look(op):
    command = op.guide.key("Screens", r"\*\*Only looking\*\*: `(spindle --read-only)`")
    stop = op.guide.key("Stop", r"^- Key: `(.)`, at once")
    with op.beside(command, "READ-ONLY") as console:
        console.keys(stop)
        console.wait("this console only looks")
    if op.training() == "stopped":
        raise Stuck("a console that only looks stopped a model")


def several_operators(op):
    first = op.screen
    with op.beside("spindle", "RUNNING") as other:
        op.until("the engine has two who watch",
                 lambda: len(op.status()["engine"]["watchers"]) == 2)
        other.keys(op.guide.key("Screens", r"`(.)` says who else is watching"))
        other.wait("─ Who is watching")
        op.until("both are shown", lambda: len(
            re.findall(r"\S+ +for .*/dev/pts", other.text())) == 2)
        other.press("Escape", r"\A(?![\s\S]*─ Who is watching)")
        op.until("the first console says so", lambda: op.columns < 132
                 or "also watching: " in first.text())
        other.keys(op.guide.key("Stop", r"^- Key: `(.)`, at once"))
        op.state_is("stopped")
    op.says("STOPPED")
    op.resume_by_command()


def another_host(op):
    form = op.guide.key("Screens", r"\*\*Another host\*\*: `(spindle --host) HOST`")
    command = f"{form} db1.example --state {os.path.abspath(STATE)}"
    with op.beside(command, "at db1.example") as console:
        console.wait("RUNNING")
        console.keys(op.guide.key("Stop", r"^- Key: `(.)`, at once"))
        op.state_is("stopped")
        console.keys(op.guide.key("Start, attach, leave", r"to leave \| `(.)`"))
        op.until("that console has ended", lambda: is_dead(console))
    op.resume_by_command()


def fleet(op):
    toml = op.guide.key("Screens", r"```toml\n([\s\S]*?)```")
    state = os.path.abspath(STATE)
    toml = toml.replace("/var/lib/spindle", state).replace(
        'host = "ops@eu-1.example"', f'host = "ops@eu-1.example"\nstate = "{state}"\n')
    toml += '\n[[engine]]\nname = "far"\nhost = "nowhere.example"\n'
    path = op.guide.key("Screens", r"listed in `~/(\S+fleet.toml)`")
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(toml)
    stop = op.guide.key("Screens", r"`(.)` stops the model under the cursor")
    with op.beside(op.guide.key("Screens", r"\*\*A fleet\*\*: `(spindle fleet)`"), "eu-1") as seen:
        seen.wait("here")
        seen.wait("LOST")
        seen.keys("g")
        seen.wait(r"^▶ *.*eu-1.*RUNNING")
        seen.keys("Down")
        seen.wait(r"^▶ *.*here.*RUNNING")
        seen.keys(stop)
        op.state_is("stopped")
        seen.wait(r"here.*STOPPED")
    op.resume_by_command()


def plain_lines(op):
    term = op.guide.key("Screens", r"with `(TERM=dumb)`")
    with op.beside(f"env {term} spindle", "RUNNING") as lines:
        lines.type("status\n")
        lines.wait(r"^MODEL +TRAINING")
        stop = op.guide.key("Screens", r"`(.) MODEL` stops one, and `q` ends the console")
        lines.type(f"{stop} shop\n")
        op.state_is("stopped")
        resume = op.guide.key("Screens", r"`(resume shop --reason \"[^\"`]*\")`")
        lines.type(resume + "\n")
        op.state_is("running", "catching_up")
        lines.type(op.guide.key("Screens", r"stops one, and `(.)` ends the console") + "\n")
        op.until("the lines have ended", lambda: is_dead(lines))
