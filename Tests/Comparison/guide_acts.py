"""The guide's tasks of acting, and of leaving."""
import json
import os
import re
import shutil
import signal

from by_hand import NO_PAGE, Stuck
from guide_operator import STATE, is_alive, is_dead


def stop(op):
    op.key("Stop", r"^- Key: `(.)`, at once")
    op.state_is("stopped")
    op.journal_says("red button")


def resume(op):
    op.key("Resume", r"^- Key: `(.)`, a reason, Enter")
    text = op.reason("looked at it")
    op.state_is("running", "catching_up")
    op.journal_says(text)


def stop_all(op):
    """The shop has one model, so that it was all of them is only what the screen says."""
    op.key("Stop", r"^- Key: `(.)`, at once")
    op.state_is("stopped")
    op.key("Stop", r"no question. `(.)` within 5 s: all models", "ALL models: stopped")
    op.resume_by_command()


def stop_over_the_socket(op):
    op.ask(op.guide.key("Stop", r"^- Socket: `(curl [^`]+)`").replace("\n", " "))
    op.state_is("stopped")
    op.journal_says("scores collapse")
    op.resume_by_command()


def stop_by_file_and_signal(op):
    block = op.guide.key("Stop", r"```sh\n(echo[\s\S]*?)```")
    pid = str(op.status()["engine"]["pid"])
    for line in block.splitlines():
        op.ask(line.replace("PID", pid, 1))
        op.state_is("stopped")
        op.until("the file is removed", lambda: not os.path.exists(f"{STATE}/STOP")
                 and not os.path.exists(f"{STATE}/models/shop/STOP"))
        op.resume_by_command()


def roll_back(op):
    op.key("Roll back", r"^- Key: `(.)`, choose the checkpoint, Enter, a reason", "─ Roll ")
    # Questions that discard are deaf for 300 ms; an Enter in that time says so.
    op.screen.press("Enter", r"│ Reason:")
    text = op.reason("bad data")
    name = op.says(r"Type (\S+):")[1]
    op.screen.confirm(name)
    op.journal_says(text)
    op.state_is("stopped")
    newest = re.findall(r"shop-\d+", op.ask("spindle checkpoints"))[0]
    parent = op.ask(f"spindle checkpoints {newest}")
    if name not in parent:
        raise Stuck(f"{newest} has not {name} as its parent: {parent}")
    op.resume_by_command()


def purge_and_undo(op):
    op.key("Purge", r"^2\. Press `(.)`", "─ Purge ")
    op.screen.press("Enter", r"│ Reason:")
    op.reason("an hour of it")
    op.screen.confirm(op.says(r"Type (\S+):")[1])
    purges = op.until("a purge holds", lambda: op.model().get("exclusions"))
    op.go("Model")
    op.says(op.guide.key("Purge", r"^6\. The figure beside the quarantine says `(1 purge)`"))
    undo = op.guide.key("Purge", r"^\$ (spindle purge default --undo .*)$")
    op.ask(undo.replace("default-p0001", purges[-1]["id"]).replace("default", "shop"))
    op.until("no purge holds", lambda: not op.model().get("exclusions"))


def rehearse(op):
    refused_onset(op)
    op.go("Alarms")
    op.key("Rehearse", r"touches nothing. Key `(.)`, or", "─ Rehearsal: ")
    op.says(r"do nothing +[\d.]+", 120)
    op.says(r"[▶?] (do nothing|stop|roll back|purge|ride through|cannot tell): ")
    op.key("Bisect", r"turned the model bad\? Key `(.)`, also from a rehearsal", "─ Bisection: ")
    op.says(r"(cannot tell|window|sources|harm)", 120)
    op.screen.press("Escape", r"\A(?![\s\S]*─ Bisection: )")


def refused_onset(op):
    """A checkpoint that is refused is an alarm of the model, which has an onset."""
    op.ask(f'spindle inject wrong-golden shop --reason "{op.reason_of("an onset")}"')
    op.until("the next checkpoint is refused", lambda: "checkpoint_refused" in op.alarms(), 60)


def ride_through(op):
    # It is refused while an alarm of pipeline or system is open, as a rehearsal's is.
    op.until("a checkpoint passes again", lambda: "checkpoint_refused" not in op.alarms(), 60)
    op.key("Ride through", r"Key `(.)`, or")
    text = op.reason("fans buy scarves")
    op.says(op.guide.key("Ride through", r"^While it lasts (RIDING) stands"))
    op.journal_says(text)
    op.until("the notice is open", lambda: op.guide.key(
        "Ride through", r"the notice `(riding_through)`") in op.alarms())
    again = op.guide.key("Ride through", r"`(.)` again, or `--off`, ends it")
    op.screen.keys(again)
    text = op.reason("it is over")
    op.journal_says(text)
    op.until("the notice is over", lambda: "riding_through" not in op.alarms())


def acknowledge(op):
    op.ask(f'spindle hold shop --reason "{op.reason_of("an alarm to take on")}"')
    op.until("an alarm is open", lambda: "push_held" in op.alarms())
    op.mark_alarm("push_held")
    op.key("Acknowledge, incident, note", r"^- `(.)`, a reason, Enter: you have the alarm")
    op.reason("I have it")
    op.until("the alarm says who has it", lambda: any(
        (alarm["state"] or {}).get("acknowledgement") for alarm in op.model()["alarms"]))
    op.journal_says(op.reason_of("I have it"))


def incident_and_note(op):
    section = "Acknowledge, incident, note"
    op.mark_alarm("push_held")
    op.key(section, r"^- `(.)`, Enter: opens an incident")
    op.says(r"│ Title: *\S")
    op.reason(" opened")
    incident = op.until("an incident is open", lambda: op.status()["authority"]["incidents"])[0]
    op.says(rf"INCIDENT {incident['id']}")
    op.key(section, r"^- `(.)`, a reason, Enter: a note", "─ Note in ")
    op.says("it is mitigated")
    text = op.reason("a note of mine")
    told = op.ask(op.guide.key(section, r"`(spindle incident show) i1`") + f" {incident['id']}")
    if text not in told:
        raise Stuck(f"the incident has no {text}: {told}")
    op.key(section, r"^- `(.)`, a reason, Enter: the incident is over", "─ Close ")
    # Nobody has said that it is mitigated: it is closed by its name.
    op.reason("over")
    op.confirm(incident["id"])
    op.until("no incident is open", lambda: not op.status()["authority"]["incidents"])
    op.ask(f'spindle hold shop --off --reason "{op.reason_of("on it goes")}"')


def silence(op):
    """By its commands; that it holds is what the list of alarms says."""
    op.ask(f'spindle hold shop --reason "{op.reason_of("an alarm to be quiet about")}"')
    op.until("an alarm is open", lambda: "push_held" in op.alarms())
    command = op.guide.key("Alarms", r"`(spindle silence shop --name [^`]+)`")
    op.ask(command.replace("…", op.reason_of("known")))
    op.go("Alarms")
    name = op.says(r"push_held \((?:\S+ has it, )?behind silence (s\d+)\)")[1]
    if name not in op.ask(op.guide.key("Alarms", r"`(spindle silences)`")):
        raise Stuck(f"{name} is not listed")
    end = op.guide.key("Alarms", r"`(spindle silence shop --end [^`]+)`")
    op.ask(end.replace("s1", name).replace("…", op.reason_of("it is over")))
    op.says(r"shop push_held(?! \([^)]*behind)")
    op.ask(f'spindle hold shop --off --reason "{op.reason_of("on it goes")}"')


POLICY = """
two_people = ["resume"]
[roles.leader]
users = ["root", "games"]
may = ["*"]
"""


def two_people(op):
    """The second one is another user of this machine, at a console of their own."""
    if os.geteuid() != 0:
        raise Stuck("only root can be two people")
    with open(f"{STATE}/policy.toml", "w", encoding="utf-8") as file:
        file.write(POLICY)
    op.until("the policy is in force", op.has_policy)
    op.key("Stop", r"^- Key: `(.)`, at once")
    op.state_is("stopped")
    op.key("Resume", r"^- Key: `(.)`, a reason, Enter")
    op.reason("it is clean")
    op.says(op.guide.key("Two people", r"becomes a proposal: (PROPOSED) stands"))
    op.state_is("stopped")
    with op.beside("runuser -u games -- spindle", "STOPPED"):
        op.go("Alarms")
        op.says("waits for a second person")
        op.key("Two people", r"^- `(.)`, a reason, Enter, the model's name", "─ Countersign ")
        op.reason("seen it")
        op.confirm("shop")
        op.state_is("running", "catching_up")
    op.journal_says("countersigned by games")
    break_the_glass(op)
    os.remove(f"{STATE}/policy.toml")
    op.until("no policy is in force", lambda: not op.has_policy())


def break_the_glass(op):
    op.ask(f'spindle stop shop --reason "{op.reason_of("once more")}"')
    option = op.guide.key("Two people", r"says `(--break-glass)`")
    op.ask(f'spindle resume shop {option} --reason "{op.reason_of("nobody was awake")}"')
    op.state_is("running", "catching_up")
    alarm = op.guide.key("Two people", r"the alarm `(glass_broken)` lasts")
    op.until("the alarm is open", lambda: alarm in op.alarms())
    with op.beside("runuser -u games -- spindle", "RUNNING"):
        op.go("Alarms")
        op.key("Two people", r"^- `(.)`, a reason, Enter: what one person did", "─ Review ")
        op.reason("it was right")
    op.until("it is reviewed", lambda: not op.status()["authority"]["glass"])
    op.until("the alarm is over", lambda: alarm not in op.alarms())


def begin_launch(op):
    """As far as its second stage, which is the last."""
    palette_act(op, op.guide.key("Launch", r"^- `:`, `(launch_start)`, Enter"), "calmer")
    op.go("Launch")
    wait_for_criteria(op)
    op.key("Launch", r"^- `(.)`, a reason, Enter: up a stage", "─ Let the candidate go up")
    op.reason("criteria met")
    share_is(op, 0.5)


def wait_for_criteria(op):
    op.until("its criteria are met", lambda: op.launch().get("criteria") and all(
        each["state"] == "met" for each in op.launch()["criteria"]), 120)


def promote(op):
    begin_launch(op)
    wait_for_criteria(op)
    name = op.guide.key("Launch", r"^- `:`, `(launch_promote)`, Enter")
    op.says(rf"it may be promoted: {name}")
    palette_act(op, name, "better, and decided", r"│ Type shop:")
    op.confirm("shop")
    op.journal_says(op.reason_of("better, and decided"))
    op.says("OVER: ")
    op.go("Model")
    op.says("RUNNING", 60)
    write_promoted(op)


def write_promoted(op):
    """What the guide asks for after a promotion; the next candidate takes smaller steps again."""
    op.guide.key("Launch", r"write its settings into (`\[models.NAME.learner\]`)")
    with open("shop.toml", encoding="utf-8") as file:
        text = file.read()
    before = re.search(r"alpha = (\S+) # production's", text)[1]
    promoted = re.search(r"alpha = (\S+) # the candidate's", text)[1]
    text = text.replace(f"{before} # production's", f"{promoted} # production's")
    text = text.replace(f"{promoted} # the candidate's",
                        f"{float(promoted) * 2 / 3:.3f} # the candidate's")
    with open("shop.toml", "w", encoding="utf-8") as file:
        file.write(text)
    op.restart_engine()
    op.state_is("running", "catching_up", "waiting")


def launch(op):
    begin_launch(op)
    op.key("Launch", r"^- `(.)`, on screen `6`: down a stage")
    share_is(op, 0.2)
    palette_act(op, op.guide.key("Launch", r"^- `:`, `(launch_end)`, Enter"), "enough")
    op.says("OVER: ")
    share_is(op, None)


def palette_act(op, name, reason, then=None):
    """Types a name into the palette, and a reason; a name may have to be typed `then`."""
    op.screen.keys(op.guide.key("Launch", rf"^- `(.)`, `{name}`"))
    op.says("─ Command ")
    op.screen.type(name)
    op.says(f": {name}")
    op.screen.press("Enter", r"│ Reason:")
    text = op.reason(reason)
    if then:
        op.says(then)
    else:
        op.journal_says(text)


def share_is(op, share):
    """The candidate's; None once the launch is over."""
    op.until(f"the candidate answers {share}", lambda: op.model()["serving"].get(
        "arms", {}).get("A") == share)


def fall_back(op):
    key = op.guide.key("Fall back", r"^`(.)`, or `spindle fallback MODEL")
    op.screen.keys(key)
    op.says("Up and Down choose")
    text = op.reason("simpler is better")
    op.until("the table serves", lambda: op.model()["serving"]["tier"] == "table")
    op.journal_says(text)
    op.go("Model")
    op.says("serves FALLBACK")
    op.screen.keys(op.guide.key("Fall back", r"`(.)` again, or `--off`"))
    op.reason("the model is right")
    op.until("the model serves", lambda: op.model()["serving"]["tier"] == "model")


def hold(op):
    op.go("Model")
    op.says("pushing open")
    op.screen.keys(op.guide.key("Hold, approve, push", r"^`(.)`, or `spindle hold"))
    op.journal_says(op.reason("hold it"))
    op.until("pushing is held", lambda: "push_held" in op.alarms())
    op.says(r"HELD by \S+: hold it")
    op.screen.keys(op.guide.key("Hold, approve, push", r"until `(.)` or `--off`"))
    op.journal_says(op.reason("let go"))
    op.until("pushing is open", lambda: "push_held" not in op.alarms())


def follow_a_playbook(op):
    op.go("Model")
    op.key("Playbooks", r"`(.)` opens that of the worst alarm", "─ playbook: ")
    op.says(r"^ ▶ \[ \] +1\b|^ .*▶ \[ \] +\d+")
    tick = op.guide.key("Playbooks", r"^the screen of alarms, beside the screen or over it. "
                                     r"(Space) says that a step is done")
    op.screen.keys(tick)
    op.says(r"▶ \[x\]")
    op.until("the journal has the step",
             lambda: re.search(r"playbook.*step \d+|step \d+ of \S+ is done",
                               op.ask("spindle journal")))
    op.screen.keys(tick)
    op.says(r"▶ \[ \]")
    op.screen.press("Escape", NO_PAGE)


def own_playbook(op):
    page = op.guide.key("Playbooks", r"```markdown\n([\s\S]*?)\n```\n")
    os.makedirs(f"{STATE}/playbooks", exist_ok=True)
    with open(f"{STATE}/playbooks/model_stale.md", "w", encoding="utf-8") as file:
        file.write(page + "\n")
    op.ask("spindle playbook check")
    op.until("the page is shown", lambda: "Dana" in op.shell("spindle playbook model_stale")[1])
    os.remove(f"{STATE}/playbooks/model_stale.md")


def exit_statuses(op):
    rows = dict(re.findall(r"^\| (\d) \| (.*) \|$", op.guide.section("Exit statuses"), re.M))
    tried = {"0": "spindle checkpoints",
             "1": 'spindle rollback shop --to shop-999999 --reason "none"',
             "2": "spindle checkpoints --no-such-option",
             "3": "spindle checkpoints --state nowhere"}
    for number, command in tried.items():
        status, text = op.shell(command)
        if number not in rows or status != int(number):
            raise Stuck(f"{command}: {status}, not {number}: {text}")


def go_back_to_an_earlier_build(op):
    """Another build is this program with a byte behind its end."""
    section = "Go back to an earlier build"
    ours = json.loads(op.ask("spindle builds --json"))["running"]
    path = os.path.abspath("another")
    shutil.copy("bin/spindle", path)
    with open(path, "ab") as file:
        file.write(op.size.encode())
    keep = op.guide.key(section, r"`(spindle builds keep) PATH`")
    other = json.loads(op.ask(f"{keep} {path} --json"))["id"]
    if other not in op.ask(op.guide.key(section, r"`(spindle builds)` lists them")):
        raise Stuck(f"{other} is not listed")
    back = op.guide.key(section, r"To go back: `(spindle builds rollback) BUILD")
    for build in (other, ours):
        command = f'{back} {build} --reason "{op.reason_of("a fault of the other")}"'
        op.ask(command + " --dry-run")
        op.ask(command)
        op.until(f"{build} runs", lambda: op.answers() and json.loads(
            op.ask("spindle builds --json"))["running"] == build, 60)
        op.state_is("running", "catching_up", "waiting")
        op.go("Model")
        op.says("RUNNING", 60)
    os.remove(path)


def leave(op):
    pid = op.status()["engine"]["pid"]
    with op.beside("spindle", "RUNNING") as console:
        console.keys(op.guide.key("Start, attach, leave", r"to leave \| `(.)`"))
        op.until("the console has ended", lambda: is_dead(console))
    if not is_alive(pid):
        raise Stuck("the engine ended with an attached console")


def leave_an_engine_of_ones_own(op):
    """Last: it ends the engine, and starts it again."""
    op.end_engine()
    title, row = "Start, attach, leave", r"to leave \| .*"
    leave_key = op.guide.key(title, r"to leave \| `(.)`")
    with op.beside("spindle --config shop.toml", "RUNNING") as console:
        pid = op.status()["engine"]["pid"]
        console.press(leave_key, "end the engine")
        stay = {"Esc": "Escape"}[op.guide.key(title, row + r"(Esc) stays")]
        op.until("it stays", lambda: "end the engine" not in console.text() or console.keys(stay))
        console.press(leave_key, "end the engine")
        answer(op, console, op.guide.key(title, row + r"`(.)` keeps it running"))
        op.until("the engine answers", op.answers)
        kept = op.status()["engine"]["pid"]
        if kept == pid:
            raise Stuck("the engine that was kept has the console's process")
    if not os.path.exists(f"{STATE}/engine.log"):
        raise Stuck("no engine.log")
    os.kill(kept, signal.SIGTERM)
    op.until("that engine has ended", lambda: not os.path.exists(
        f"{STATE}/control.sock") or op.shell("spindle status")[0] == 3)
    with op.beside("spindle --config shop.toml", "RUNNING") as console:
        console.press(leave_key, "end the engine")
        answer(op, console, op.guide.key(title, row + r"`(.)` ends"))
    op.start_engine()


def answer(op, console, key):
    """Until it has ended: the question is deaf for its first 300 ms, and does not say so."""
    op.until("the console has ended", lambda: is_dead(console) or console.keys(key), 60)
