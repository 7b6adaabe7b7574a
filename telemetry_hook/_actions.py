"""Does what was decided, and says in a few words what came of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from telemetry_hook import _facts, receivers
from telemetry_hook._consent import answers, rules
from telemetry_hook._errors import StorageError
from telemetry_hook._outbox import delivery, store

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from telemetry_hook._ask.question import Question
    from telemetry_hook._consent.answers import Answer
    from telemetry_hook._consent.rules import Decision, Facts
    from telemetry_hook._outbox.entry import State

    Say = Callable[[str], None]

WAIT = 3.0


def follow(given: Answer, question: Question, facts: Facts, say: Say) -> bool:
    """Do what the user's answer means, say what came of it, and tell whether it could be done."""
    tool = question.tool
    if given == "no":
        return True
    try:
        facts = _facts.refreshed(facts)
        decision = rules.decide(replace(facts, given=given))
        if given == "never":
            _say_set_aside(answers.save_answer(tool.name, "never"), say)
            store.discard_all(tool.name, "you said never")
            say(f"{tool.name} will not ask again. To undo: telemetry-hook ask {tool.name}\n")
        elif decision.action == "discard":
            say(f"telemetry-hook: {decision.reason}, so nothing was sent.\n")
        elif given == "always":
            receipt = _store(question, "pending")
            _save_always(question, facts, say)
            _send_now(question, receipt, say)
        elif decision.action == "send":
            _send_now(question, _store(question, "pending"), say)
        elif decision.action == "keep":
            receipt = _store(question, "later")
            say(f"Kept as {receipt}. To go through what is kept: telemetry-hook review\n")
    except StorageError as error:
        say(f"telemetry-hook: nothing was sent: {error}\n")
        return False
    except KeyboardInterrupt:
        say("\ntelemetry-hook: stopped; nothing was saved or sent.\n")
        return False
    return True


def _save_always(question: Question, facts: Facts, say: Say) -> None:
    """Save an *always* for what is stored already: where nothing can be stored, nothing is agreed to."""
    name = question.tool.name
    try:
        _say_set_aside(answers.save_answer(name, "always", facts.scope), say)
    except (KeyboardInterrupt, StorageError):
        store.remove(str(question.report.id))
        raise
    say(f"{_always(facts)} To stop: telemetry-hook never {name}\n")


def _always(facts: Facts) -> str:
    if rules.is_always(facts.environment, facts.policy, _facts.answers(), facts.tool):
        return "Always, from now on."
    return "Saved; but a setting wants you to be asked each time."


def send_always(question: Question, decision: Decision, say: Say) -> None:
    """Send under an *always*: without a question and without waiting, in one line."""
    tool = question.tool
    try:
        receipt = _store(question, "pending", is_standing=True)
        delivery.Sender(str(question.report.id)).release()
    except (StorageError, OSError) as error:
        say(f"telemetry-hook: nothing was sent: {error}\n")
        return
    say(
        f"telemetry-hook: sending report {receipt} of this crash to {tool.publisher}, "
        f"as {decision.reason}. To stop: telemetry-hook never {tool.name}\n"
    )


def _say_set_aside(path: Path | None, say: Say) -> None:
    if path is not None:
        say(f"telemetry-hook: the saved answers were damaged; they are kept as {path}\n")


def _store(question: Question, state: State, *, is_standing: bool = False) -> str:
    report, request, tool = question.report, question.request, question.tool
    return store.add(report, request, tool, state, is_standing=is_standing).receipt


def _send_now(question: Question, receipt: str, say: Say) -> None:
    say(f"Sending to {receivers.host_of(question.tool.receiver.address)} ... ")
    try:
        sender = delivery.Sender(str(question.report.id))
    except OSError:
        say(f"it could not be started. To try again: telemetry-hook send {receipt}\n")
        return
    try:
        entry = sender.wait(str(question.report.id), WAIT)
    except (KeyboardInterrupt, StorageError):
        entry = None
    sender.release()
    if entry is None:
        say(f"it goes on without you. To look: telemetry-hook show {receipt}\n")
    elif entry.state == "sent":
        say(f"sent. Receipt: {receipt}\n")
    elif entry.state == "discarded":
        say(f"not taken: {entry.reason}.\n")
    else:
        say(f"not yet: {entry.reason or 'the sender stopped'}.\n")
        say(f"It is kept for the next time a report is sent; now: telemetry-hook send {receipt}\n")
