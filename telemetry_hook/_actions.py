"""Carries out a decision about a report, and prints the result in a line or two."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from telemetry_hook import _facts, _invocation, receivers
from telemetry_hook._consent import answers, rules
from telemetry_hook._errors import StorageError
from telemetry_hook._outbox import intake, lifetime, store
from telemetry_hook._outbox.sender import Sender

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from pathlib import Path

    from telemetry_hook._ask.question import Question
    from telemetry_hook._consent.answers import Answer
    from telemetry_hook._consent.rules import Decision, Facts
    from telemetry_hook._outbox.entry import Entry, State

    Write = Callable[[str], None]

WAIT_SECONDS = 3.0
LAST_WAIT_SECONDS = 5.0  # under always, where the sender is killed when we exit


def follow(
    given: Answer, question: Question, facts: Facts, write: Write, *, is_exiting: bool = False
) -> bool:
    """Carry out the user's answer and write the result. Return whether this succeeded.

    `is_exiting`: this process exits afterwards.
    """
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
            _send_now(question, receipt, write, is_exiting=is_exiting)
        elif decision.action == "send":
            _send_now(question, _store(question, "pending"), write, is_exiting=is_exiting)
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


def send_always(
    question: Question, decision: Decision, write: Write, *, is_exiting: bool = False
) -> None:
    """Send a report that a saved *always* allows. Do not ask. Write one line about it.

    Wait only where the sender would be killed when this process exits. Then write the result too.
    """
    tool = question.tool
    try:
        receipt = _store(question, "pending", is_standing=True)
        what = f"telemetry-hook: sending report {receipt} of this crash to {tool.publisher}"
        line = _invocation.rendered(
            f"{what}, as {decision.reason}. To stop: ", ("never", tool.name)
        )
        is_awaited = is_exiting and lifetime.is_killed_with_us()
        # Last, so that Ctrl-C can end the wait as soon as something is sent.
        child = Sender(str(question.report.id))
    except (StorageError, OSError) as error:
        write(f"telemetry-hook: nothing was sent: {error}\n")
        return
    write(f"{line}\n")
    if is_awaited:
        entry, why = _awaited(child, question, LAST_WAIT_SECONDS, lifetime.interruptible())
        _write_result(entry, why, receipt, lambda text: write(f"telemetry-hook: {text}"))
    child.release()


def _write_with(write: Write, text: str, *command: str) -> None:
    """Write a text, and the command that it introduces."""
    write(f"{_invocation.rendered(text, command)}\n")


def _write_set_aside(path: Path | None, write: Write) -> None:
    if path is not None:
        write(f"telemetry-hook: the saved answers were damaged; they are kept as {path}\n")


def _store(question: Question, state: State, *, is_standing: bool = False) -> str:
    report, request, tool = question.report, question.request, question.tool
    return intake.add(report, request, tool, state, is_standing=is_standing).receipt


def _send_now(question: Question, receipt: str, write: Write, *, is_exiting: bool) -> None:
    """Start the sender, wait up to `WAIT_SECONDS` for it, and write the state of the report."""
    write(f"Sending to {receivers.host_of(question.tool.receiver.address)} ... ")
    try:
        child = Sender(str(question.report.id))
    except OSError:
        _write_with(write, "the sender could not be started. To try again: ", "send", receipt)
        return
    signals = lifetime.interruptible() if is_exiting else contextlib.nullcontext()
    entry, why = _awaited(child, question, WAIT_SECONDS, signals)
    child.release()
    if entry is None and not (is_exiting and lifetime.is_killed_with_us()):
        _write_with(write, "it continues in the background. To check: ", "show", receipt)
    else:
        _write_result(entry, why, receipt, write)


def _awaited(
    child: Sender, question: Question, seconds: float, signals: AbstractContextManager[None]
) -> tuple[Entry | None, str]:
    """Return the report once it was attempted, and why it is still pending, if it is.

    Ctrl-C ends the wait. The report is None if no attempt has ended yet.
    """
    entry, why = None, f"there was no answer within {seconds:.0f} seconds"
    try:
        with signals:
            entry = child.wait(str(question.report.id), seconds)
    except KeyboardInterrupt:
        why = "the program was stopped"
    except StorageError as error:
        why = str(error)
    return entry, why if entry is None else entry.reason or "the sender stopped"


def _write_result(entry: Entry | None, why: str, receipt: str, write: Write) -> None:
    if entry is not None and entry.state == "sent":
        write(f"sent. Receipt: {receipt}\n")
    elif entry is not None and entry.state == "discarded":
        write(f"not accepted: {why}.\n")
    else:
        kept = "It is kept and tried again the next time a report is sent. To try now: "
        write(f"not yet: {why}.\n{_invocation.rendered(kept, ('send', receipt))}\n")
