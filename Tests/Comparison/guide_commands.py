"""Every command of the guide, as it stands there, on the shop."""
import datetime
import os
import re
import subprocess

from by_hand import Stuck

# Acts: where the guide does not say --dry-run, only what they would do is asked.
ACTS = ("stop", "resume", "rollback", "purge", "ride-through", "pin", "fallback", "hold", "approve",
        "push", "launch start", "launch up", "launch down", "launch end", "golden make",
        "builds rollback", "acknowledge")
# What goes on until it is interrupted.
ENDLESS = ("status --watch", "journal --follow")
# What has a task of its own, or is no command alone.
ELSEWHERE = (r"spindle (run|fleet|attach|console|drill|--\S+)\b", r"spindle themes show",
             r"spindle builds (rollback BUILD|keep)", r"spindle (countersign|review|silence)\b", r"spindle (log show|stop)$")
# Answers that are no fault of the guide: the shop has no such thing now, or has it already.
NO_ANSWER = ("cannot tell", "no launch that waits for an approval", "no launch of shop was ever",
             "is done already")

CALENDAR = """BEGIN:VCALENDAR
VERSION:2.0
BEGIN:VEVENT
UID:1
SUMMARY:A holiday
DTSTART;VALUE=DATE:20260401
DTEND;VALUE=DATE:20260402
END:VEVENT
END:VCALENDAR
"""


class Words:
    """The guide's names, and what stands for them in this shop."""

    def __init__(self, op):
        lines = op.ask("spindle checkpoints").splitlines()
        passed = [line.split()[0] for line in lines if re.match(r"shop-\d+ .*passed", line)]
        if not passed:
            raise Stuck(f"no checkpoint has passed: {lines[:4]}")
        self.op, self.checkpoint = op, next(filter(self.is_of_now, passed[2:]), passed[-1])

    @staticmethod
    def is_of_now(checkpoint):
        """One that was made under other purges is refused, as the guide says."""
        done = subprocess.run(["spindle", "rollback", "shop", "--to", checkpoint, "--dry-run",
                               "--keep-cursor", "--reason", "a look"], capture_output=True)
        return done.returncode == 0

    def __call__(self, command):
        event = re.search(r"shop-e\w+", self.op.shell("spindle event list shop")[1])
        incident = re.search(r"\bi\d+", self.op.shell("spindle incident list")[1])
        fault = "flipped-bit"
        for what, by in [
                ("2026-01-06T00:00:00Z", "2026-01-10T00:00:00Z"),
                ("2026-07-19T23:00:00Z", f"{soon(self.op):%Y-%m-%dT%H:%M:%SZ}"),
                ("2013-12-25T00:00:00Z", "2026-01-12T12:00:00Z"),
                ("2014-01-01T00:00:00Z", "2026-01-12T14:00:00Z"), ("EWR", "norway"),
                (r"(default|shop)-0+\d+", self.checkpoint), (r"\bdefault\b", "shop"),
                (r"\bshop-e1a2b3c\b", event[0] if event else "shop-e0"),
                (r"\bi1\b", incident[0] if incident else "i1"),
                ("MODEL SEQ", "shop 1"), (r"\bMODEL\b", "shop"), (r"\bTEXT\b", "guide"),
                (r"\bCHECKPOINT\b", self.checkpoint), (r"\bFAULT\b", fault), ("…", "a look")]:
            command = re.sub(what, by, command)
        return command


def soon(op):
    """Six hours on from where the stream is."""
    now = datetime.datetime.fromisoformat(op.model()["event_time"].replace("Z", "+00:00"))
    return now + datetime.timedelta(hours=6)


def is_act(command):
    return any(re.match(rf"spindle {act}\b", command) for act in ACTS)


def run(op, command):
    """What is wrong with it, or None."""
    if any(command.startswith(f"spindle {each}") for each in ENDLESS):
        return follow(command)
    if is_act(command) and "--undo" in command:
        return None  # purge_and_undo does it
    if is_act(command) and "--dry-run" not in command and "--propose" not in command:
        command += " --dry-run"
    if "--reason" not in command and "--dry-run" in command:
        command += ' --reason "a look"'
    status, text = op.shell(command, 120)
    if status == 0 or any(each in text for each in NO_ANSWER):
        return None
    return f"{command}: status {status}: {text.strip()[-400:]}"


def follow(command):
    going = subprocess.Popen(["sh", "-c", f"exec {command}"], stdout=subprocess.PIPE, text=True)
    try:
        if not going.stdout.readline():
            return f"{command}: not a line"
    finally:
        going.kill()
        going.wait()
    return None


def all_of(op, commands):
    words, faults = Words(op), []
    with open("holidays.ics", "w", encoding="utf-8") as file:
        file.write(CALENDAR)
    count = 0
    for command in commands:
        if any(re.match(each, command) for each in ELSEWHERE):
            continue
        count += 1
        fault = run(op, words(command))
        if fault:
            faults.append(fault)
    if faults or count < 10:
        raise Stuck(f"{count} commands, of them not as the guide says:\n" + "\n".join(faults))
    for left in ("holidays.ics", "model.svg"):
        if os.path.exists(left):
            os.remove(left)


def code_blocks(op):
    all_of(op, op.guide.blocks())


def sentences(op):
    all_of(op, dict.fromkeys(op.guide.inline()))
