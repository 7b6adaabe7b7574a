"""The order of a crash's way: what is decided is done by the asker, and nothing comes after a refusal."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from telemetry_hook import _actions, _facts, _gate, _pipeline, receivers
from telemetry_hook._consent import rules
from telemetry_hook._consent.rules import Decision
from telemetry_hook._crash.capture import capture
from telemetry_hook._errors import GateError, ReportSizeError, StorageError
from telemetry_hook._installed import changes
from telemetry_hook._pipeline import Attributed, Case
from telemetry_hook._private import texts
from telemetry_hook._redact import lightening, redaction
from telemetry_hook._report import MAX_REPORT_BYTES
from telemetry_hook.receivers import Request

if TYPE_CHECKING:
    from collections.abc import Mapping

CRASH = capture(ValueError(), "excepthook")
QUESTION: Any = SimpleNamespace()


class Recorder:
    """An asker that records what is done."""

    def __init__(self, *, accepts: bool = True, may_send: bool = True) -> None:
        self.done: list[str] = []
        self.is_exiting = True
        self._accepts = accepts
        self._may_send = may_send

    @property
    def environment(self) -> Mapping[str, str]:
        return {}

    def why_unaskable(self, plugin: object) -> str | None:
        return None

    def accept(self, case: Case) -> bool:
        return self._accepts

    def may_send(self) -> bool:
        return self._may_send

    def ask(self, case: Case) -> None:
        assert case.question is QUESTION
        self.done.append("asked")

    def write(self, text: str) -> None:
        self.done.append(text)


@pytest.fixture
def plugin(monkeypatch: pytest.MonkeyPatch) -> Any:
    made: Any = SimpleNamespace(tool=SimpleNamespace(internal_errors=("builtins.LookupError",)))
    monkeypatch.setattr(_pipeline, "load_plugin", lambda *_: made)

    def send(question: Any, decision: Decision, write: Any, *, is_exiting: bool) -> None:
        assert is_exiting
        write(f"sent {decision.reason}")

    monkeypatch.setattr(_actions, "send_always", send)
    return made


def handle(
    monkeypatch: pytest.MonkeyPatch,
    plugin: Any,
    decision: Decision | Exception | None,
    asker: Recorder,
    attributed: Attributed | None = None,
) -> object:
    def assess(*_: object) -> Case | None:
        if isinstance(decision, Exception):
            raise decision
        facts: Any = None
        return None if decision is None else Case(plugin, QUESTION, facts, decision)

    monkeypatch.setattr(_pipeline, "assess", assess)
    registration: Any = None
    made = attributed or Attributed(CRASH, registration, is_program=True)
    return _pipeline.handle(made, set(), asker)


@pytest.mark.parametrize(
    ("action", "may_send", "done"),
    [
        ("ask", True, ["asked"]),
        ("send", True, ["sent why"]),
        ("send", False, ["asked"]),
        ("discard", True, ["telemetry-hook: why.\n"]),
    ],
)
def test_what_is_decided_is_done(
    monkeypatch: pytest.MonkeyPatch, plugin: Any, action: Any, may_send: bool, done: list[str]
) -> None:
    asker = Recorder(may_send=may_send)
    assert handle(monkeypatch, plugin, Decision(action, "why"), asker) is plugin
    assert asker.done == done


def test_nothing_is_done_too_late(monkeypatch: pytest.MonkeyPatch, plugin: Any) -> None:
    for action in ("ask", "send", "discard"):
        asker = Recorder(accepts=False)
        decision = Decision(action, "why")
        assert handle(monkeypatch, plugin, decision, asker) is None
        assert asker.done == []


def test_nothing_is_done_without_a_case(monkeypatch: pytest.MonkeyPatch, plugin: Any) -> None:
    asker = Recorder()
    assert handle(monkeypatch, plugin, None, asker) is None
    assert handle(monkeypatch, plugin, StorageError("unreadable"), asker) is None
    assert asker.done == []


def test_a_report_that_the_gate_stops_is_admitted(
    monkeypatch: pytest.MonkeyPatch, plugin: Any
) -> None:
    asker = Recorder()
    with pytest.raises(GateError):
        handle(monkeypatch, plugin, GateError("an argument was about to be in a report"), asker)
    [text] = asker.done
    assert "an argument was about to be in a report" in text
    assert "nothing was sent" in text


@pytest.mark.parametrize(
    ("error", "expected"), [(KeyError(), ["asked"]), (LookupError(), ["asked"]), (OSError(), [])]
)
def test_in_another_program_only_internal_errors_are_crashes(
    monkeypatch: pytest.MonkeyPatch, plugin: Any, error: Exception, expected: list[str]
) -> None:
    registration: Any = None
    attributed = Attributed(capture(error, "excepthook"), registration, is_program=False)
    asker = Recorder()
    handle(monkeypatch, plugin, Decision("ask", "why"), asker, attributed)
    assert asker.done == expected


@pytest.mark.parametrize(("first", "is_expected"), [("discard", False), ("ask", True)])
def test_no_report_is_made_of_what_is_not_asked_about(
    monkeypatch: pytest.MonkeyPatch, first: Any, is_expected: bool
) -> None:
    def no_report(*_: object) -> object:
        raise AssertionError("a report is made")

    monkeypatch.setattr(_facts, "about", lambda *_: None)
    monkeypatch.setattr(rules, "decide", lambda _: Decision(first, "why"))
    monkeypatch.setattr(_pipeline, "prepare", no_report)
    plugin: Any = SimpleNamespace(is_expected=lambda _: is_expected)
    assert _pipeline.assess(CRASH, set(), plugin, Recorder()) is None


def test_others_are_reported_if_they_are_the_tools_and_not_expected(
    monkeypatch: pytest.MonkeyPatch, plugin: Any
) -> None:
    """In another program, those that are no internal error are that program's."""
    crash, known, user, internal = (
        capture(error, "threading") for error in (KeyError(), OSError(), ValueError(), IndexError())
    )
    plugin.is_expected = lambda crash: isinstance(crash.exception, OSError)
    plugin.registration = SimpleNamespace(distribution=None)
    monkeypatch.setattr(changes, "check", lambda _: None)
    monkeypatch.setattr(_pipeline, "prepare", lambda *_: QUESTION)
    monkeypatch.setattr(_facts, "about", lambda *_: None)
    monkeypatch.setattr(_facts, "with_earlier", lambda *_: None)
    monkeypatch.setattr(rules, "decide", lambda _: Decision("ask", "why"))
    registration: Any = None
    monkeypatch.setattr(QUESTION, "report", None, raising=False)
    for is_program, expected in ((True, [user, internal]), (False, [internal])):
        crash.others = (known, user, internal)
        attributed = Attributed(crash, registration, is_program=is_program)
        _pipeline.handle(attributed, set(), Recorder())
        assert [*crash.others] == expected


class Sizes:
    """Encodings of given sizes, the last one of the lightest form of a report."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *sizes: int) -> None:
        self.checked: list[int] = []
        redacted = SimpleNamespace(report=None, swallowed=(), names=None)
        monkeypatch.setattr(redaction, "redact", lambda _: redacted)
        monkeypatch.setattr(lightening, "lighter", lambda _: iter(sizes))
        monkeypatch.setattr(receivers, "encode", lambda _, size: Request("file:///x", b"x" * size))
        monkeypatch.setattr(texts, "collect", lambda *_: ())
        monkeypatch.setattr(
            _gate, "check", lambda request, *_: self.checked.append(len(request.body))
        )

    def finish(self) -> int:
        raw: Any = SimpleNamespace(tool=SimpleNamespace(receiver=None), crash=None)
        return len(_pipeline.finish(raw)[1].body)


def test_the_heaviest_form_that_fits_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = Sizes(monkeypatch, MAX_REPORT_BYTES + 1, MAX_REPORT_BYTES, 5)
    assert sizes.finish() == MAX_REPORT_BYTES
    assert sizes.checked == [MAX_REPORT_BYTES]


def test_a_report_that_is_too_large_in_every_form_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It must not reach the question: a yes could not be followed."""
    sizes = Sizes(monkeypatch, MAX_REPORT_BYTES + 2, MAX_REPORT_BYTES + 1)
    with pytest.raises(ReportSizeError):
        sizes.finish()
    assert sizes.checked == []
