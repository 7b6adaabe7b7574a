"""`list`, `show`, `send`, `discard` and `review`: the stored reports."""

from __future__ import annotations

import json
import sys
import threading
import time
from collections import Counter
from typing import TYPE_CHECKING

import click

from telemetry_hook import _facts, _invocation
from telemetry_hook._ask import prompt, terminal
from telemetry_hook._ask.question import ASK, view
from telemetry_hook._ask.summary import summary
from telemetry_hook._cli._answers import as_json
from telemetry_hook._errors import StorageError, TelemetryHookError
from telemetry_hook._outbox import delivery, quotas, states, store
from telemetry_hook._outbox.entry import printable
from telemetry_hook._outbox.snapshot import Snapshot
from telemetry_hook.receivers import Request, host_of

if TYPE_CHECKING:
    from telemetry_hook._outbox.entry import Entry

WIDTH = 79
IN_USE = "they are being sent right now, or their files cannot be changed"
GRACE_SECONDS = 1.0  # from Ctrl-C until the result of an attempt that has just ended is stored


@click.command("list")
@as_json
def list_(is_json: bool) -> None:
    """List the kept, pending and sent reports."""
    quotas.tidy()
    entries = store.entries()
    if is_json:
        click.echo(json.dumps([_as_json(entry) for entry in entries], indent=2))
        return
    _warn_of_unreadable()
    if not entries:
        click.echo("There are no reports.")
    for entry in entries:
        start = f"{entry.receipt}  {entry.state:<9}  {_when(entry)}  {entry.tool}  "
        click.echo(start + _cut(printable(entry.title), WIDTH - len(start)))
        if entry.reason:
            click.echo(f"          {printable(entry.reason)}")


@click.command()
@click.argument("report_id", metavar="ID")
@click.option("--raw", "is_raw", is_flag=True, help="Print only the exact bytes.")
@as_json
def show(report_id: str, is_raw: bool, is_json: bool) -> None:
    """Print what a report says, then its exact bytes. Its state and hash go to stderr.

    The bytes are the end of the output.
    """
    entry = store.find(report_id)
    content = store.body(entry)
    if is_json:
        text = content.decode("utf-8", "replace")
        click.echo(json.dumps({**_as_json(entry), "body": text}, indent=2))
        return
    click.echo(f"{entry.id} of {entry.tool}, {entry.state}, for {entry.url}", err=True)
    click.echo(f"{entry.size} bytes, SHA-256 {entry.sha256}", err=True)
    if not is_raw and (said := summary(content)):
        click.echo(f"{said}\n")
    if sys.stdout.isatty():  # no escape sequence may reach the terminal
        text = content.decode("utf-8", "backslashreplace")
        shown = [
            character if character == "\n" or character.isprintable() else ascii(character)[1:-1]
            for character in text
        ]
        click.echo("".join(shown), nl=False)
    else:
        click.echo(content, nl=False)


@click.command()
@click.argument("report_id", metavar="[ID]", required=False)
def send(report_id: str | None) -> None:
    """Deliver the pending reports now. A kept report is sent only if its ID is given."""
    if report_id is not None:
        entries = [_released(store.find(report_id))]
    else:
        entries = [entry for entry in store.entries() if entry.state == "pending"]
    if report_id is None:
        _warn_of_unreadable()
    if not entries:
        click.echo("Nothing is pending.")
    stored = Snapshot()
    settled = [_is_sent(entry, stored) for entry in _in_turn(entries)]
    if not all(settled):
        raise TelemetryHookError(f"{settled.count(False)} of {len(settled)} not sent")


def _warn_of_unreadable() -> None:
    """Say on stderr if there are files that this command passes over."""
    if count := len(store.unreadable()):
        see = _invocation.command("doctor")
        click.echo(f"telemetry-hook: reports that cannot be read: {count}; see `{see}`", err=True)


def _in_turn(entries: list[Entry]) -> list[Entry]:
    """Return reports so that receivers take turns: one that does not answer delays the others less."""
    counts: Counter[str] = Counter()
    turns: dict[str, int] = {}
    for entry in entries:
        turns[entry.id] = counts[entry.receiver]
        counts[entry.receiver] += 1
    return sorted(entries, key=lambda entry: turns[entry.id])


def _is_sent(entry: Entry, stored: Snapshot) -> bool:
    """Try to send a report, and print what became of it: one that cannot be sent delays no other."""
    try:
        return _send_one(entry, stored)
    except TelemetryHookError as error:
        now = store.stored(entry.id)
        click.echo(f"{entry.receipt}  {'gone' if now is None else now.state}: {error}")
        return False


@click.command()
@click.argument("report_id", metavar="[ID]", required=False)
def discard(report_id: str | None) -> None:
    """Discard one waiting report, or all of them. Delete a sent report at its receiver.

    Without an ID, all waiting reports are discarded. Not every receiver offers deletion.
    """
    if report_id is None:
        count, left = states.discard_all(None, "you discarded it")
        click.echo(f"Discarded: {count}.")
        _warn_of_unreadable()
        if left:
            raise StorageError(f"{left} could not be discarded: {IN_USE}")
        return
    entry = store.find(report_id)
    if entry.state == "sent" and entry.deletion:
        delivery.take_back(entry.id)
        click.echo(f"{entry.receipt} is deleted at its receiver.")
        return
    if entry.state not in store.WAITING:
        raise StorageError(f"{entry.receipt} is {entry.state} already")
    if not states.discard(entry, "you discarded it"):
        raise StorageError(f"{entry.receipt} is being sent right now")
    click.echo(f"Discarded {entry.receipt}.")


@click.command()
def review() -> None:
    """Show the kept reports one by one, and send, delete or keep each."""
    quotas.tidy()
    kept = [entry for entry in store.entries() if entry.state == "later"]
    if not kept:
        click.echo("Nothing is kept.")
        return
    if (why := terminal.why_unaskable()) is not None:
        see = _invocation.command("send", "ID")
        raise TelemetryHookError(f"{why}, so nobody can be asked; see `{see}`")
    for number, entry in enumerate(kept, 1):
        click.echo(
            f"\n{number} of {len(kept)}: {entry.tool}, kept on {_when(entry)}\n"
            f"  {_cut(printable(entry.title), WIDTH - 2)}\n"
            f"  {entry.size} bytes for {entry.publisher}, {host_of(entry.url)}\n"
        )
        _reviewed(entry)


def _reviewed(entry: Entry) -> None:
    request = Request(entry.url, store.body(entry), entry.headers)
    shown = view(request, entry.sha256)
    answer = "later"
    with terminal.ready() as is_alone:
        if is_alone:
            answer = prompt.choose(ASK, ("yes", "no", "view", "later"), "later", shown)
    if answer == "yes":
        try:
            _send_one(_released(entry), Snapshot())
        except TelemetryHookError as error:
            click.echo(f"telemetry-hook: {error}", err=True)
    elif answer == "no":
        with store.claimed(entry.id) as claimed:
            is_kept = claimed is not None and claimed.state == "later"
            if is_kept:
                store.remove(entry.id)
        is_gone = "Nothing was sent. The report is deleted."
        click.echo(is_gone if is_kept else f"It is not deleted: {_now(entry)}.")
    else:
        click.echo("The report stays in the list.")


def _released(entry: Entry) -> Entry:
    _check_allowed(entry)
    if entry.state == "later":
        with store.claimed(entry.id) as claimed:
            if claimed is not None and claimed.state == "later":
                return states.change(claimed, "pending")
        raise StorageError(_now(entry))
    if entry.state != "pending":
        raise StorageError(f"{entry.receipt} is {entry.state} already")
    return entry


def _check_allowed(entry: Entry) -> None:
    if (why := _facts.forbidden(entry)) is not None:
        raise TelemetryHookError(f"{entry.receipt} of {entry.tool} is not sent: {why.reason}")


def _send_one(entry: Entry, stored: Snapshot) -> bool:
    _check_allowed(entry)
    settled = _delivered(entry.id, stored)
    if settled is None:
        now = time.time()
        held = delivery.held_until(entry.receiver, stored.entries(), now) - now
        why = f"the receiver asked us to wait {held:.0f} s more"
        click.echo(f"{entry.receipt}  pending: {why}" if held > 0 else _now(entry))
        return False
    why = f": {printable(settled.reason)}" if settled.reason else ""
    click.echo(f"{entry.receipt}  {settled.state}{why}")
    return settled.state == "sent"


def _now(entry: Entry) -> str:
    """Return what has become of a report that another process uses or has changed."""
    now = store.stored(entry.id)
    if now is None:
        return f"{entry.receipt} is deleted"
    if now.state == "pending":
        return f"{entry.receipt}  pending: it is being sent"
    if now.state in store.WAITING:
        return f"{entry.receipt} is in use by another process"
    return f"{entry.receipt} is {now.state} already"


def _delivered(report_id: str, stored: Snapshot) -> Entry | None:
    """Deliver a report in a thread, as Ctrl-C interrupts the main thread alone.

    So nothing comes between the receiver's answer and its record.
    """
    done: list[Entry | None] = []
    failures: list[BaseException] = []
    has_ended = threading.Event()  # a `join` that was interrupted takes the thread for ended

    def deliver() -> None:
        try:
            done.append(delivery.deliver(report_id, _facts.forbidden, stored))
        except BaseException as failure:  # raised again in the main thread
            failures.append(failure)
        has_ended.set()

    try:
        threading.Thread(target=deliver, daemon=True).start()
    except RuntimeError as error:
        raise TelemetryHookError(f"no thread can be started now: {error}") from error
    try:
        has_ended.wait()
    except KeyboardInterrupt:
        has_ended.wait(GRACE_SECONDS)
        raise
    for failure in failures:
        raise failure
    return done[0]


def _when(entry: Entry) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(entry.created))


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: max(0, width - 1)]}…"


def _as_json(entry: Entry) -> dict[str, str | int | float]:
    return {
        "id": entry.id,
        "receipt": entry.receipt,
        "tool": entry.tool,
        "publisher": entry.publisher,
        "title": entry.title,
        "release": entry.release,
        "fingerprint": entry.fingerprint,
        "state": entry.state,
        "reason": entry.reason,
        "url": entry.url,
        "sha256": entry.sha256,
        "bytes": entry.size,
        "created": entry.created,
        "attempts": entry.attempts,
    }
