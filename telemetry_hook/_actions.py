"""Carries out a decision about a report, and prints the result in a line or two."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from telemetry_hook import _facts, _invocation, receivers
from telemetry_hook._consent import answers, rules
from telemetry_hook._disk import mounts, paths
from telemetry_hook._errors import StorageError
from telemetry_hook._outbox import intake, lifetime, states, store
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

NOTHING = "nothing was saved or sent."
FAILED = "telemetry-hook itself failed"
WAIT_SECONDS = 3.0
LAST_WAIT_SECONDS = 5.0  # under always, where the sender is killed when we exit


def follow(
    given: Answer, question: Question, facts: Facts, write: Write, *, is_exiting: bool = False
) -> bool:
    """Carry out the user's answer and write the result. Return whether this succeeded.

    `is_exiting`: this process exits afterwards.

    Raises:
        Exception: something failed. What is stored and saved was written nevertheless.
    """
    if given == "no":
        return True
    tool = question.tool
    try:
        facts = _facts.refreshed(facts)
        decision = rules.decide(facts._replace(given=given))
        if given == "never":
            return _never(tool.name, write)
        if decision.action == "discard":
            write(f"telemetry-hook: {decision.reason}, so nothing was sent.\n")
            return True
        if decision.action == "keep":
            _keep(question, write)
            return True
        receipt = _store(question, "pending")
        is_done = given != "always" or _save_always(question, facts, write)
        _send_now(question, receipt, write, is_exiting=is_exiting)
    except (StorageError, OSError) as error:
        write(f"telemetry-hook: {_failed(error, _what_stands(question, given))}\n")
        return False
    except KeyboardInterrupt:
        write(f"\ntelemetry-hook: stopped; {_what_stands(question, given) or NOTHING}\n")
        return False
    except Exception:
        write(f"telemetry-hook: {FAILED}; {_what_stands(question, given) or NOTHING}\n")
        raise
    return is_done


def _failed(error: StorageError | OSError, stands: str) -> str:
    return f"{error}; {stands}" if stands else f"nothing was sent: {error}"


def _what_stands(question: Question, given: Answer | None = None) -> str:
    """Return what is stored and saved after an answer was not carried out as a whole, or ''.

    Read from the disk, because each step may have failed after it was done.
    """
    name, parts = question.tool.name, []
    try:
        entry = store.stored(str(question.report.id))
        parts += [] if entry is None else [_kept(entry)]
    except StorageError as error:
        parts.append(f"it is not known whether the report is stored: {error}")
    with contextlib.suppress(StorageError):
        saved = answers.load_answers().by_tool.get(name)
        if saved is not None and saved.answer == given:
            undo = "never" if given == "always" else "ask"
            parts.append(_invocation.joined(f"your {given} is saved. To undo: ", (undo, name)))
    return "; ".join(parts)


def _kept(entry: Entry) -> str:
    if entry.state == "sent":
        return f"the report was sent. Receipt: {entry.receipt}"
    if entry.state == "discarded":
        return f"the report was not accepted: {entry.reason}"
    when = "" if entry.state == "later" else ", and is sent now or with the next one"
    kept = f"the report is kept as {entry.receipt}{when}. To drop it: "
    return _invocation.joined(kept, ("discard", entry.receipt))


def _never(tool: str, write: Write) -> bool:
    """Save a *never* and discard what waits. Return whether nothing that waits is left."""
    _write_set_aside(answers.save_never(tool), write)
    _write_with(write, f"{tool} will not ask again. To undo: ", "ask", tool)
    try:
        _, left = states.discard_all(tool, "you said never")
        why = f"{left} in use"
    except (StorageError, OSError) as error:
        left, why = 1, str(error)
    if left:
        what = (
            f"telemetry-hook: not all stored reports could be discarded ({why}). One that is just "
        )
        what += "being sent may arrive; the others are not sent. "
        _write_with(write, f"{what}To try again: ", "never", tool)
    return not left


def _keep(question: Question, write: Write) -> None:
    receipt = _store(question, "later")
    _write_with(write, f"Kept as {receipt}. To go through what is kept: ", "review")
    _write_passing(write)


def _save_always(question: Question, facts: Facts, write: Write) -> bool:
    """Save an *always*. Return whether it is saved: if not, this report is sent nevertheless."""
    name, limit = question.tool.name, None
    try:
        _write_set_aside(answers.save_always(name, facts.scope), write)
    except (StorageError, OSError) as error:
        write(f"telemetry-hook: always is not saved, so you are asked again: {error}\n")
        return False
    with contextlib.suppress(StorageError):
        limit = rules.first(_facts.refreshed(facts), "limit")
    saved = "Always, from now on."
    if limit is not None:
        saved = f"Saved. But {limit.reason}, so you are asked each time."
    _write_with(write, f"{saved} To stop: ", "never", name)
    return True


def send_always(
    question: Question, decision: Decision, write: Write, *, is_exiting: bool = False
) -> None:
    """Send a report that a saved *always* allows. Do not ask. Write one line about it.

    Wait only where the sender would be killed when this process exits. Then write the result too.

    Raises:
        Exception: something failed. What is stored was written nevertheless.
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
        write(f"telemetry-hook: {_failed(error, _what_stands(question))}\n")
        return
    except KeyboardInterrupt:
        write(f"\ntelemetry-hook: stopped; {_what_stands(question) or NOTHING}\n")
        return
    except Exception:
        write(f"telemetry-hook: {FAILED}; {_what_stands(question) or NOTHING}\n")
        raise
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
    except OSError as error:  # also if it was started, and then something failed here
        why = f"the sender may not have been started ({error.strerror or error}). To try again: "
        _write_with(write, why, "send", receipt)
        _write_passing(write)
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
    try:
        with signals:
            entry = child.wait(str(question.report.id), seconds)
            if entry is None:
                return None, f"there was no answer within {seconds:.0f} seconds"
            if entry.state == "pending":
                return entry, entry.reason or child.complaint() or "the sender stopped"
            return entry, entry.reason
    except KeyboardInterrupt:
        return None, "the program was stopped"


def _write_result(entry: Entry | None, why: str, receipt: str, write: Write) -> None:
    if entry is not None and entry.state == "sent":
        write(f"sent. Receipt: {receipt}\n")
    elif entry is not None and entry.state == "discarded":
        write(f"not accepted: {why}.\n")
    else:
        kept = "It is kept and tried again the next time a report is sent. To try now: "
        write(f"not yet: {why}.\n{_invocation.rendered(kept, ('send', receipt))}\n")
        _write_passing(write)


def _write_passing(write: Write) -> None:
    """Say it if what is kept goes away by itself."""
    if (why := mounts.why_passing(paths.outbox())) is not None:
        write(f"But the directory of these reports goes away: {why}.\n")
