"""What is kept and what was sent: review, the same crash again, receipts, and wiping all of it."""

from __future__ import annotations

import json
import re
import time

import pytest
from conftest import Receiver, Shell, until
from screens import Person, steady

pytestmark = [pytest.mark.once, pytest.mark.account]

CRASH = ("lift", "up", "--schema", "cycle.lift", "--create-db")
OTHER_CRASH = ("lift", "status", "--schema", "cycle.lift")
ASKED = "Send this report? (later) "
KEYS = "yes (y), no (n), view (v), later (l)"


def crash(project: Shell, receiver: Receiver, answer: str, command: tuple[str, ...] = CRASH) -> str:
    """Let Lift crash and answer; return the screen from the answer on."""
    terminal = project.terminal(*command, LIFT_TELEMETRY_DSN=receiver.dsn)
    terminal.answer(answer)
    assert terminal.end() == 1
    return terminal.screen.rpartition(answer)[2]


def states(project: Shell) -> list[str]:
    listed = json.loads(project.run("telemetry-hook", "list", "--json").stdout)
    return [each["state"] for each in listed]


@pytest.fixture
def kept(project: Shell, receiver: Receiver) -> Shell:
    """Return a shell where two reports are kept."""
    crash(project, receiver, "later")
    crash(project, receiver, "later", OTHER_CRASH)
    return project


def test_review_goes_through_what_is_kept(kept: Shell, receiver: Receiver) -> None:
    """Each kept report can be looked at, sent or dropped; a sent one is no longer kept."""
    bodies = [each.read_bytes().partition(b"\n")[2] for each in kept.home.outbox.iterdir()]
    person = Person(kept, ["telemetry-hook", "review"], lines=900)
    person.sees("1 of 2: lift")
    person.types("v\r")
    person.asked(2, ASKED)
    assert any(body.rstrip().replace(b"\n", b"\r\n") in person.raw for body in bodies)
    person.types("y\r")
    person.sees("2 of 2: lift")
    person.types("n\r")
    assert person.ends() == 0
    assert person.text().endswith(
        "Send this report? (later) n\nNothing was sent. The report is deleted."
    )
    assert states(kept) == ["sent"]
    assert len(receiver.bodies) == 1
    assert receiver.bodies[0] in bodies
    assert kept.run("telemetry-hook", "review").stdout == "Nothing is kept.\n"


@pytest.mark.parametrize("key", ["\r", "\x03", "\x04", "later\r"])
def test_what_is_not_decided_stays(kept: Shell, receiver: Receiver, key: str) -> None:
    """Enter, Ctrl-C, Ctrl-D and later leave each report as it is."""
    person = Person(kept, ["telemetry-hook", "review"])
    for number in (1, 2):
        person.sees(f"{number} of 2: lift")
        person.asked(number, ASKED)
        person.types(key)
    assert person.ends() == 0
    assert person.text().endswith("The report stays in the list.")
    assert states(kept) == ["later", "later"]
    assert receiver.asked == 0


def test_review_screen(kept: Shell) -> None:
    """The screen says first whose report it is, then what happened, then where it would go."""
    person = Person(kept, ["telemetry-hook", "review"])
    person.sees("(later)")
    assert steady(person.text()) == (
        "\n1 of 2: lift, kept on YYYY-MM-DD HH:MM\n"
        "  PlanError: cannot order models: <…> is waiting for <…>\n"
        "  n bytes for Acme Ltd, 127.0.0.1:PORT\n"
        f"\n{KEYS}\nSend this report? (later)"
    )


def test_review_needs_somebody(kept: Shell) -> None:
    """Without a terminal nothing is decided, in one clear line."""
    ended = kept.run("telemetry-hook", "review")
    assert (ended.returncode, ended.stderr.count("\n")) == (1, 1)
    assert "stdin is not a terminal" in ended.stderr
    assert states(kept) == ["later", "later"]


def test_nothing_is_sent_from_review_where_it_is_forbidden(kept: Shell, receiver: Receiver) -> None:
    """A variable that forbids sending forbids it there too; the report stays kept."""
    person = Person(kept, ["telemetry-hook", "review"], DO_NOT_TRACK="1")
    person.sees("1 of 2")
    person.types("y\r")
    person.sees("2 of 2")
    person.types("\r")
    assert person.ends() == 0
    assert "is not sent: DO_NOT_TRACK is set" in " ".join(person.text().split())
    assert states(kept) == ["later", "later"]
    assert receiver.asked == 0


def test_the_same_crash_is_not_reported_twice_a_day(project: Shell, receiver: Receiver) -> None:
    """It is not asked about again, in one line with the receipt; a day later it is."""
    said = crash(project, receiver, "yes")
    receipt = said.rpartition("Receipt: ")[2].strip()
    again = project.terminal(*CRASH, LIFT_TELEMETRY_DSN=receiver.dsn)
    assert again.end() == 1
    last = again.screen.splitlines()[-1]
    assert last == f"telemetry-hook: this crash was reported already (receipt {receipt})."
    assert len(last) < 80
    [path] = project.home.outbox.iterdir()
    head, _, body = path.read_bytes().partition(b"\n")
    values = json.loads(head)
    values["changed"] = time.time() - 25 * 3600
    path.write_bytes(json.dumps(values).encode() + b"\n" + body)
    crash(project, receiver, "no")
    assert len(receiver.bodies) == 1


def test_an_always_does_not_send_the_same_crash_again(project: Shell, receiver: Receiver) -> None:
    """Under an always another crash is sent, the same one is not, and each says so in one line."""
    crash(project, receiver, "always")
    until(lambda: len(receiver.bodies) == 1)
    again = project.run(*CRASH, LIFT_TELEMETRY_DSN=receiver.dsn)
    last = again.stderr.splitlines()[-1]
    assert re.fullmatch(
        r"telemetry-hook: this crash was reported already \(receipt \w{8}\)\.", last
    )
    other = project.run(*OTHER_CRASH, LIFT_TELEMETRY_DSN=receiver.dsn)
    assert ", as you said always on " in other.stderr.splitlines()[-1]
    until(lambda: len(receiver.bodies) == 2)


def test_another_release_or_receiver_is_asked_about(project: Shell, receiver: Receiver) -> None:
    """What went to one receiver has not gone to another."""
    crash(project, receiver, "yes")
    other = Receiver()
    crash(project, other, "yes")
    assert (len(receiver.bodies), len(other.bodies)) == (1, 1)


def test_what_was_not_sent_is_asked_about(project: Shell, receiver: Receiver) -> None:
    """A no, a later and a failed attempt are no report of the crash."""
    receiver.status = 500
    for answer in ("no", "later", "yes", "no"):
        crash(project, receiver, answer)


def test_list_screen(kept: Shell, receiver: Receiver) -> None:
    """A line for each report: receipt, state, when, tool, what; what went wrong below."""
    receiver.status = 503
    crash(kept, receiver, "yes", ("lift", "save", "--schema", "cycle.lift", "--name", "x"))
    screen = kept.terminal("telemetry-hook", "list")
    screen.end()
    lines = steady(screen.screen).splitlines()
    what = "PlanError: cannot order models: <…"
    assert lines == [
        f"RECEIPT  later      YYYY-MM-DD HH:MM  lift  {what}",
        f"RECEIPT  later      YYYY-MM-DD HH:MM  lift  {what}",
        f"RECEIPT  pending    YYYY-MM-DD HH:MM  lift  {what}",
        "          the receiver answered 503",
    ]
    assert all(len(line) < 80 for line in screen.screen.splitlines())


def test_status_screen(project: Shell, receiver: Receiver) -> None:
    """What would happen and why come first; then where that is set and how to change it."""
    screen = project.terminal("telemetry-hook", "status", LIFT_TELEMETRY_DSN=receiver.dsn)
    assert screen.end() == 0
    assert steady(screen.screen).replace("\r\n", "\n") == (
        "lift: would ask: there is no standing answer\n"
        "  set in  no file or variable; asking is the default\n"
        "  change  telemetry-hook always lift, or telemetry-hook never lift\n"
        "  tool    acme-lift, preview; to find and fix bugs in Lift\n"
        "  to      Acme Ltd, 127.0.0.1:PORT\n"
        "\n"
        "photon: would ask: there is no standing answer\n"
        "  set in  no file or variable; asking is the default\n"
        "  change  telemetry-hook always photon, or telemetry-hook never photon\n"
        "  tool    acme-photon, stable; to find and fix bugs in Photon\n"
        "  to      Acme Ltd, errors.acme.example\n"
    )
    project.run("telemetry-hook", "never", "lift")
    found = project.run("telemetry-hook", "status", "lift").stdout.splitlines()
    assert found[0].startswith("lift: would do nothing: you said never on ")
    assert found[1:3] == [f"  set in  {project.home.answers}", "  change  telemetry-hook ask lift"]


def test_wipe_removes_everything_of_ours(kept: Shell) -> None:
    """Answers, reports and log are gone, nothing else is, and it says what that means."""
    kept.run("telemetry-hook", "always", "lift")
    mine = kept.home.answers.parent.parent / "mine"
    mine.write_text("x")
    said = kept.run("telemetry-hook", "wipe")
    assert said.returncode == 0
    assert said.stdout.splitlines() == [
        f"Removed {kept.home.answers.parent}",
        f"Removed {kept.home.outbox.parent}",
        "Your answers are gone too: each tool asks again at its next crash.",
    ]
    assert not [each for each in kept.home.files() if "telemetry" in each]
    assert mine.exists()
    again = kept.run("telemetry-hook", "wipe")
    assert (again.returncode, again.stdout) == (0, "There are no files of telemetry-hook here.\n")


def test_wipe_does_not_follow_links(project: Shell) -> None:
    """A link in place of our directory is removed, not what it leads to."""
    elsewhere = project.home.directory / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "precious").write_text("x")
    project.home.answers.parent.parent.mkdir(parents=True)
    project.home.answers.parent.symlink_to(elsewhere)
    assert project.run("telemetry-hook", "wipe").returncode == 0
    assert (elsewhere / "precious").exists()
    assert not project.home.answers.parent.is_symlink()
