"""Carries out a decision about a report, and prints the result in a line or two."""

from __future__ import annotations

from typing import TYPE_CHECKING

from telemetry_hook import _facts, _invocation, receivers
from telemetry_hook._consent import answers, rules
from telemetry_hook._errors import StorageError
from telemetry_hook._outbox import intake, store
from telemetry_hook._outbox.sender import Sender

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from telemetry_hook._ask.question import Question
    from telemetry_hook._consent.answers import Answer
    from telemetry_hook._consent.rules import Decision, Facts
    from telemetry_hook._outbox.entry import State

    Write = Callable[[str], None]

WAIT_SECONDS = 3.0


def follow(given: Answer, question: Question, facts: Facts, write: Write) -> bool:
    """Carry out the user's answer and write the result. Return whether this succeeded."""
    tool = question.tool
    if given == "no":
        return True
    try:
        facts = _facts.refreshed(facts)
        decision = rules.decide(facts._replace(given=given))
        if given == "never":
            _write_set_aside(answers.save_never(tool.name), write)
            store.discard_all(tool.name, "you said never")
            _write_with(write, f"{tool.name} will not ask again. To undo: ", "ask", tool.name)
        elif decision.action == "discard":
            write(f"telemetry-hook: {decision.reason}, so nothing was sent.\n")
        elif given == "always":
            receipt = _store(question, "pending")
            _save_always(question, facts, write)
            _send_now(question, receipt, write)
        elif decision.action == "send":
            _send_now(question, _store(question, "pending"), write)
        elif decision.action == "keep":
            receipt = _store(question, "later")
            _write_with(write, f"Kept as {receipt}. To go through what is kept: ", "review")
    except StorageError as error:
        write(f"telemetry-hook: nothing was sent: {error}\n")
        return False
    except KeyboardInterrupt:
        write("\ntelemetry-hook: stopped; nothing was saved or sent.\n")
        return False
    return True


def _save_always(question: Question, facts: Facts, write: Write) -> None:
    """Save an *always*. If that fails, remove the report that was stored for it, and raise."""
    name = question.tool.name
    try:
        _write_set_aside(answers.save_always(name, facts.scope), write)
    except (KeyboardInterrupt, StorageError):
        store.remove(str(question.report.id))
        raise
    limit = rules.first(_facts.refreshed(facts), "limit")
    saved = "Always, from now on."
    if limit is not None:
        saved = f"Saved. But {limit.reason}, so you are asked each time."
    _write_with(write, f"{saved} To stop: ", "never", name)


def send_always(question: Question, decision: Decision, write: Write) -> None:
    """Send a report that a saved *always* allows. Do not ask or wait. Write one line about it."""
    tool = question.tool
    try:
        receipt = _store(question, "pending", is_standing=True)
        Sender(str(question.report.id)).release()
    except (StorageError, OSError) as error:
        write(f"telemetry-hook: nothing was sent: {error}\n")
        return
    what = f"telemetry-hook: sending report {receipt} of this crash to {tool.publisher}"
    _write_with(write, f"{what}, as {decision.reason}. To stop: ", "never", tool.name)


def _write_with(write: Write, text: str, *command: str) -> None:
    """Write a text, and the command that it introduces."""
    write(f"{_invocation.rendered(text, command)}\n")


def _write_set_aside(path: Path | None, write: Write) -> None:
    if path is not None:
        write(f"telemetry-hook: the saved answers were damaged; they are kept as {path}\n")


def _store(question: Question, state: State, *, is_standing: bool = False) -> str:
    report, request, tool = question.report, question.request, question.tool
    return intake.add(report, request, tool, state, is_standing=is_standing).receipt


def _send_now(question: Question, receipt: str, write: Write) -> None:
    """Start the sender, wait up to `WAIT_SECONDS` for it, and write the state of the report."""
    write(f"Sending to {receivers.host_of(question.tool.receiver.address)} ... ")
    try:
        child = Sender(str(question.report.id))
    except OSError:
        _write_with(write, "the sender could not be started. To try again: ", "send", receipt)
        return
    try:
        entry = child.wait(str(question.report.id), WAIT_SECONDS)
    except (KeyboardInterrupt, StorageError):
        entry = None
    child.release()
    if entry is None:
        _write_with(write, "it continues in the background. To check: ", "show", receipt)
    elif entry.state == "sent":
        write(f"sent. Receipt: {receipt}\n")
    elif entry.state == "discarded":
        write(f"not accepted: {entry.reason}.\n")
    else:
        write(f"not yet: {entry.reason or 'the sender stopped'}.\n")
        kept = "It is kept and tried again the next time a report is sent. To try now: "
        _write_with(write, kept, "send", receipt)
