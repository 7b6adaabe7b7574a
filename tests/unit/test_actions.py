"""What follows an answer: what is stored, saved and sent, and what the user reads of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from telemetry_hook import HttpsReceiver, Tool, _actions
from telemetry_hook._consent import answers, policy
from telemetry_hook._consent.answers import Answer, Scope, StandingAnswer
from telemetry_hook._consent.policy import Limits, Policy
from telemetry_hook._consent.rules import Decision, Earlier, Facts
from telemetry_hook._disk import mounts, paths
from telemetry_hook._errors import StorageError
from telemetry_hook._outbox import intake, lifetime, states, store

pytestmark = [pytest.mark.once, pytest.mark.usefixtures("bare_name")]

TOOL = Tool(
    name="lift",
    publisher="Acme Ltd",
    receiver=HttpsReceiver("https://errors.acme.example/"),
    purpose="to fix bugs",
)
SCOPE = Scope("acme-lift", TOOL.receiver.address, "stable", ())
REPORT_ID, RECEIPT = "1a2b3c4d" * 4, "1a2b3c4d"
QUESTION: Any = SimpleNamespace(tool=TOOL, report=SimpleNamespace(id=REPORT_ID), request=object())
FACTS = Facts({}, Policy(), tool="lift", scope=SCOPE)
SENDING = "Sending to errors.acme.example ... "
TO_SEND = f"To try now: telemetry-hook send {RECEIPT}\n"


@dataclass
class Outbox:
    """Stands for the outbox and the sender: notes what was done, and answers as it is told to."""

    done: list[str] = field(default_factory=list)
    state: str = "sent"
    reason: str = ""
    is_ended: bool = True
    seconds: float = 3
    failure: dict[str, BaseException] = field(default_factory=dict)
    complaint: str = ""
    left: int = 0
    kept: Any = None  # what is on the disk after a failure

    def do(self, what: str) -> None:
        name = what.partition(" ")[0]
        if name in self.failure:
            raise self.failure[name]
        self.done.append(what)

    def add(
        self, report: Any, request: object, tool: Tool, state: str, *, is_standing: bool
    ) -> Any:
        assert (report, request, tool) == (QUESTION.report, QUESTION.request, TOOL)
        self.do(f"add {state}" + " standing" * is_standing)
        return SimpleNamespace(receipt=RECEIPT)

    def sender(self, report_id: str) -> Any:
        assert report_id == REPORT_ID
        self.do("start")
        return SimpleNamespace(
            wait=self.wait, release=lambda: self.do("release"), complaint=lambda: self.complaint
        )

    def wait(self, report_id: str, seconds: float) -> Any:
        assert (report_id, seconds) == (REPORT_ID, self.seconds)
        self.do("wait")
        state, reason = self.state, self.reason
        return SimpleNamespace(state=state, reason=reason) if self.is_ended else None

    def stored(self, report_id: str) -> Any:
        assert report_id == REPORT_ID
        if isinstance(self.kept, StorageError):
            raise self.kept
        return self.kept

    def discard_all(self, tool: str, reason: str) -> tuple[int, int]:
        self.do(f"discard {tool}: {reason}")
        return 0, self.left


@pytest.fixture
def outbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Outbox:
    """Return an outbox that does nothing; the answers file is this test's own."""
    outbox = Outbox()
    monkeypatch.setattr(paths, "answers", lambda: tmp_path / "config/answers.json")
    monkeypatch.setattr(policy, "load", Policy)
    monkeypatch.setattr(intake, "add", outbox.add)
    monkeypatch.setattr(store, "stored", outbox.stored)
    monkeypatch.setattr(states, "discard_all", outbox.discard_all)
    monkeypatch.setattr(mounts, "why_passing", lambda _: None)
    monkeypatch.setattr(_actions, "Sender", outbox.sender)
    return outbox


def follow(given: Answer, facts: Facts = FACTS) -> tuple[bool, str]:
    lines: list[str] = []
    is_done = _actions.follow(given, QUESTION, facts, lines.append)
    return is_done, "".join(lines)


def test_no_does_nothing(outbox: Outbox) -> None:
    """Nothing is stored, saved or written, not even that it was said."""
    assert follow("no") == (True, "")
    assert outbox.done == []
    assert not paths.answers().parent.exists()


def test_yes_stores_then_sends(outbox: Outbox) -> None:
    """The report is on the disk before a sender is started."""
    assert follow("yes") == (True, f"{SENDING}sent. Receipt: {RECEIPT}\n")
    assert outbox.done == ["add pending", "start", "wait", "release"]
    assert not paths.answers().exists()


def test_later_keeps(outbox: Outbox) -> None:
    """No sender is started."""
    expected = f"Kept as {RECEIPT}. To go through what is kept: telemetry-hook review\n"
    assert follow("later") == (True, expected)
    assert outbox.done == ["add later"]


def test_never_is_saved_and_discards(outbox: Outbox) -> None:
    """What is pending of the tool goes too."""
    expected = "lift will not ask again. To undo: telemetry-hook ask lift\n"
    assert follow("never") == (True, expected)
    assert outbox.done == ["discard lift: you said never"]
    assert answers.load_answers().by_tool["lift"].answer == "never"


def test_always_is_saved_for_the_scope(outbox: Outbox) -> None:
    """The report is stored first: where nothing can be stored nothing is agreed to."""
    assert follow("always") == (
        True,
        (
            "Always, from now on. To stop: telemetry-hook never lift\n"
            f"{SENDING}sent. Receipt: {RECEIPT}\n"
        ),
    )
    assert outbox.done == ["add pending", "start", "wait", "release"]
    saved = answers.load_answers().by_tool["lift"]
    assert saved == StandingAnswer("always", saved.since, SCOPE)


def test_an_always_that_is_limited_says_so(outbox: Outbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """The rule that limits it is named."""
    asking = FACTS._replace(environment={"TELEMETRY_HOOK": "ask"})
    stop = "To stop: telemetry-hook never lift\n"
    assert follow("always", asking)[1].startswith(
        f"Saved. But TELEMETRY_HOOK=ask is set, so you are asked each time. {stop}"
    )
    monkeypatch.setattr(policy, "load", lambda: Policy("/etc/policy", Limits("ask")))
    assert follow("always")[1].startswith(
        "Saved. But your administrator wants you to be asked each time, "
        f"so you are asked each time. {stop}"
    )
    assert outbox.state == "sent"


@pytest.mark.parametrize("given", ["yes", "always", "later"])
def test_what_is_forbidden_meanwhile_is_not_done(outbox: Outbox, given: Answer) -> None:
    """A never that was saved, or the same crash sent, while the question waited."""
    earlier = FACTS._replace(earlier=Earlier(RECEIPT, 0.0))
    assert follow(given, earlier) == (
        True,
        (
            f"telemetry-hook: this crash was reported already (receipt {RECEIPT}), "
            "so nothing was sent.\n"
        ),
    )
    answers.save_never("lift")
    is_done, text = follow(given)
    assert is_done
    assert text.startswith("telemetry-hook: you said never on ")
    assert text.endswith(", so nothing was sent.\n")
    assert outbox.done == []


@pytest.mark.parametrize("given", ["yes", "always", "later"])
def test_what_cannot_be_stored_is_not_sent(outbox: Outbox, given: Answer) -> None:
    """The user reads why, and no always is saved."""
    outbox.failure["add"] = StorageError("the disk is full")
    assert follow(given) == (False, "telemetry-hook: nothing was sent: the disk is full\n")
    assert outbox.done == []
    assert not paths.answers().exists()


def test_an_always_that_cannot_be_saved(outbox: Outbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """This report is sent all the same: the user agreed to it. The next one is asked about."""

    def refuse(tool: str, scope: Scope) -> None:
        raise StorageError("it is locked")

    monkeypatch.setattr(answers, "save_always", refuse)
    assert follow("always") == (
        False,
        (
            "telemetry-hook: always is not saved, so you are asked again: it is locked\n"
            f"{SENDING}sent. Receipt: {RECEIPT}\n"
        ),
    )
    assert outbox.done == ["add pending", "start", "wait", "release"]


def stored(state: str) -> Any:
    """Return a report that is on the disk."""
    return SimpleNamespace(state=state, receipt=RECEIPT, reason="it answered 400")


DROP = f"To drop it: telemetry-hook discard {RECEIPT}"
STANDS = {
    "nothing": (None, "nothing was saved or sent."),
    "pending": (
        stored("pending"),
        f"the report is kept as {RECEIPT}, and is sent now or with the next one. {DROP}",
    ),
    "later": (stored("later"), f"the report is kept as {RECEIPT}. {DROP}"),
    "sent": (stored("sent"), f"the report was sent. Receipt: {RECEIPT}"),
    "discarded": (stored("discarded"), "the report was not accepted: it answered 400"),
    "unreadable": (
        StorageError("Stale file handle"),
        "it is not known whether the report is stored: Stale file handle",
    ),
}


@pytest.mark.parametrize("stands", STANDS)
@pytest.mark.parametrize("where", ["add", "start", "release"])
def test_stopping_says_what_is_on_the_disk(outbox: Outbox, where: str, stands: str) -> None:
    """Ctrl-C may come when the report is stored, or when its sender runs."""
    outbox.failure[where] = KeyboardInterrupt()
    outbox.kept, text = STANDS[stands]
    is_done, said = follow("yes")
    assert not is_done
    assert said.endswith(f"\ntelemetry-hook: stopped; {text}\n")
    lines: list[str] = []
    if where != "release":
        _actions.send_always(QUESTION, Decision("send", "you said always"), lines.append)
        assert lines == [f"\ntelemetry-hook: stopped; {text}\n"]


@pytest.mark.parametrize("stands", STANDS)
def test_a_failure_says_what_is_on_the_disk(outbox: Outbox, stands: str) -> None:
    """A step may have failed after it was done, as on a drive whose directories cannot be synced."""
    outbox.kept, text = STANDS[stands]
    outbox.failure["add"] = StorageError("it is full")
    said = f"it is full; {text}" if outbox.kept else "nothing was sent: it is full"
    assert follow("yes") == (False, f"telemetry-hook: {said}\n")
    outbox.failure["add"] = ImportError("tempfile")
    lines: list[str] = []
    with pytest.raises(ImportError):
        _actions.follow("yes", QUESTION, FACTS, lines.append)
    assert lines == [f"telemetry-hook: telemetry-hook itself failed; {text}\n"]
    with pytest.raises(ImportError):
        _actions.send_always(QUESTION, Decision("send", "you said always"), lines.append)
    assert lines[1:] == lines[:1]


@pytest.mark.parametrize(
    ("given", "undo"),
    [("never", "telemetry-hook ask lift"), ("always", "telemetry-hook never lift")],
)
def test_an_answer_that_is_saved_is_named(outbox: Outbox, given: Answer, undo: str) -> None:
    """Also if Ctrl-C comes when it is."""
    outbox.failure |= dict.fromkeys(("discard", "start"), KeyboardInterrupt())
    is_done, said = follow(given)
    assert not is_done
    assert said.endswith(f"\ntelemetry-hook: stopped; your {given} is saved. To undo: {undo}\n")


def test_a_never_is_saved_though_reports_are_in_use(outbox: Outbox) -> None:
    """They are not sent any more, as their sender asks for the answers too."""
    never = "lift will not ask again. To undo: telemetry-hook ask lift\n"
    what = "telemetry-hook: not all stored reports could be discarded"
    rest = "One that is just being sent may arrive; the others are not sent. "
    outbox.left = 2
    again = "To try again: telemetry-hook never lift\n"
    assert follow("never") == (False, f"{never}{what} (2 in use). {rest}{again}")
    outbox.failure["discard"] = StorageError("Input/output error")
    assert follow("never") == (False, f"{never}{what} (Input/output error). {rest}{again}")


def test_a_home_that_goes_away_is_named(outbox: Outbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is kept there is kept as long as it is."""
    monkeypatch.setattr(mounts, "why_passing", lambda _: "it is in memory")
    passing = "But the directory of these reports goes away: it is in memory.\n"
    assert follow("later")[1].endswith(passing)
    outbox.state = "pending"
    assert follow("yes")[1].endswith(f"{TO_SEND}{passing}")
    outbox.state = "sent"
    assert passing not in follow("yes")[1]
    outbox.failure["start"] = OSError("no interpreter")
    assert follow("yes")[1].endswith(passing)


def test_damaged_answers_are_kept_and_named(outbox: Outbox) -> None:
    """Where the file went is written before anything else."""
    paths.answers().parent.mkdir(mode=0o700)
    for given in ("never", "always"):
        paths.answers().write_text("not json")
        paths.answers().chmod(0o600)
        text = follow(given)[1]
        [aside] = paths.answers().parent.glob("answers.damaged-*")
        assert text.startswith(
            f"telemetry-hook: the saved answers were damaged; they are kept as {aside}\n"
        )
        aside.unlink()
    assert outbox.done


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (
            lambda outbox: setattr(outbox, "is_ended", False),
            f"it continues in the background. To check: telemetry-hook show {RECEIPT}\n",
        ),
        (
            lambda outbox: outbox.failure.update(wait=KeyboardInterrupt()),
            f"it continues in the background. To check: telemetry-hook show {RECEIPT}\n",
        ),
        (
            lambda outbox: outbox.__init__(state="discarded", reason="it answered 400"),
            "not accepted: it answered 400.\n",
        ),
        (
            lambda outbox: outbox.__init__(state="pending", reason="it answered 503"),
            (
                "not yet: it answered 503.\n"
                f"It is kept and tried again the next time a report is sent. {TO_SEND}"
            ),
        ),
        (
            lambda outbox: outbox.__init__(state="pending"),
            (
                "not yet: the sender stopped.\n"
                f"It is kept and tried again the next time a report is sent. {TO_SEND}"
            ),
        ),
    ],
)
def test_how_far_the_sender_got_is_written(
    outbox: Outbox, change: Callable[[Outbox], None], text: str
) -> None:
    """After three seconds, or when it has ended; then it goes on alone."""
    change(outbox)
    assert follow("yes") == (True, SENDING + text)
    assert outbox.done[-1] == "release"


def test_a_sender_that_cannot_be_started_is_named(outbox: Outbox) -> None:
    """The report stays pending, and the command that sends it is written."""
    outbox.failure["start"] = OSError("no interpreter")
    assert follow("yes") == (
        True,
        (
            f"{SENDING}the sender may not have been started (no interpreter). "
            f"To try again: telemetry-hook send {RECEIPT}\n"
        ),
    )
    assert outbox.done == ["add pending"]


def test_an_always_sends_in_one_line(outbox: Outbox) -> None:
    """Nobody waits, and how to stop is in it."""
    lines: list[str] = []
    decision = Decision("send", "you said always on 2026-01-01")
    _actions.send_always(QUESTION, decision, lines.append)
    assert lines == [
        (
            f"telemetry-hook: sending report {RECEIPT} of this crash to Acme Ltd, "
            "as you said always on 2026-01-01. To stop: telemetry-hook never lift\n"
        )
    ]
    assert outbox.done == ["add pending standing", "start", "release"]


@pytest.mark.parametrize("failure", [StorageError("full"), OSError("full")])
@pytest.mark.parametrize("what", ["add", "start"])
def test_an_always_that_fails_says_so(outbox: Outbox, failure: Exception, what: str) -> None:
    """In one line too."""
    outbox.failure[what] = failure
    lines: list[str] = []
    _actions.send_always(QUESTION, Decision("send", "you said always"), lines.append)
    assert lines == ["telemetry-hook: nothing was sent: full\n"]


BOUND = "telemetry-hook: not yet: "
KEPT = f"It is kept and tried again the next time a report is sent. {TO_SEND}"


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (lambda outbox: None, f"telemetry-hook: sent. Receipt: {RECEIPT}\n"),
        (
            lambda outbox: outbox.__init__(state="discarded", reason="it answered 400"),
            "telemetry-hook: not accepted: it answered 400.\n",
        ),
        (
            lambda outbox: outbox.__init__(state="pending", reason="it answered 503"),
            f"{BOUND}it answered 503.\n{KEPT}",
        ),
        (
            lambda outbox: outbox.__init__(state="pending"),
            f"{BOUND}the sender stopped.\n{KEPT}",
        ),
        (
            lambda outbox: setattr(outbox, "is_ended", False),
            f"{BOUND}there was no answer within 5 seconds.\n{KEPT}",
        ),
        (
            lambda outbox: outbox.failure.update(wait=KeyboardInterrupt()),
            f"{BOUND}the program was stopped.\n{KEPT}",
        ),
        (
            lambda outbox: outbox.__init__(state="pending", complaint="the disk is full"),
            f"{BOUND}the disk is full.\n{KEPT}",
        ),
    ],
)
def test_an_always_is_waited_for_where_the_sender_would_be_killed(
    outbox: Outbox,
    monkeypatch: pytest.MonkeyPatch,
    change: Callable[[Outbox], None],
    text: str,
) -> None:
    """In a container; what became of the report is in a second line."""
    monkeypatch.setattr(lifetime, "is_killed_with_us", lambda: True)
    change(outbox)
    outbox.seconds = 5
    lines: list[str] = []
    decision = Decision("send", "you said always")
    _actions.send_always(QUESTION, decision, lines.append, is_exiting=True)
    assert lines[1:] == [text]
    assert outbox.done[-1] == "release"
    # A server in a container goes on, and its sender too.
    _actions.send_always(QUESTION, decision, lines.append)
    assert len(lines) == 3


def test_a_yes_where_the_sender_would_be_killed(
    outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing continues in the background of a container that ends."""
    monkeypatch.setattr(lifetime, "is_killed_with_us", lambda: True)
    outbox.is_ended = False
    lines: list[str] = []
    assert _actions.follow("yes", QUESTION, FACTS, lines.append, is_exiting=True)
    waited = "not yet: there was no answer within 3 seconds.\n"
    assert "".join(lines) == f"{SENDING}{waited}{KEPT}"
    outbox.done.clear()
    assert "background" in follow("yes")[1]
