"""`list`, `show`, `send` and `discard`: the stored reports."""

from __future__ import annotations

import json
import os
import time
from typing import TYPE_CHECKING

import click

from telemetry_hook import _consent, _delivery, _outbox, _settings
from telemetry_hook._cli._answers import as_json
from telemetry_hook._errors import StorageError, TelemetryHookError

if TYPE_CHECKING:
    from telemetry_hook._outbox import Entry

WAITING = ("pending", "later")


@click.command("list")
@as_json
def list_(is_json: bool) -> None:
    """List the kept, pending and sent reports."""
    entries = _outbox.entries()
    if is_json:
        click.echo(json.dumps([_as_json(each) for each in entries], indent=2))
        return
    if not entries:
        click.echo("There are no reports.")
    for each in entries:
        when = time.strftime("%Y-%m-%d %H:%M", time.localtime(each.created))
        why = f": {_clean(each.reason)}" if each.reason else ""
        click.echo(f"{each.receipt}  {when}  {each.tool}  {each.state}{why}")


@click.command()
@click.argument("report_id", metavar="ID")
@as_json
def show(report_id: str, is_json: bool) -> None:
    """Print the exact bytes of a report; what is known of it goes to stderr."""
    entry = _outbox.find(report_id)
    if is_json:
        body = entry.body.decode("utf-8", "replace")
        click.echo(json.dumps({**_as_json(entry), "body": body}, indent=2))
        return
    click.echo(f"{entry.id} of {entry.tool}, {entry.state}, for {entry.url}", err=True)
    click.echo(f"{len(entry.body)} bytes, SHA-256 {entry.sha256}", err=True)
    click.echo(entry.body, nl=False)


@click.command()
@click.argument("report_id", metavar="[ID]", required=False)
def send(report_id: str | None) -> None:
    """Deliver what is pending, now; a kept report only by its ID."""
    forbidden = _consent.forbidden_by(os.environ)
    if forbidden is not None:
        raise TelemetryHookError(f"{forbidden}, so nothing is sent")
    if report_id is not None:
        entries = [_released(_outbox.find(report_id))]
    else:
        entries = [each for each in _outbox.entries() if each.state == "pending"]
    if not entries:
        click.echo("Nothing is pending.")
    settled = [_send_one(each) for each in entries]
    if not all(settled):
        raise TelemetryHookError(f"{settled.count(False)} of {len(settled)} not sent")


@click.command()
@click.argument("report_id", metavar="[ID]", required=False)
def discard(report_id: str | None) -> None:
    """Drop a report that is pending or kept; without ID, all of them."""
    if report_id is None:
        count = _outbox.discard_all(None, "you discarded it")
        click.echo(f"Discarded: {count}.")
        return
    entry = _outbox.find(report_id)
    if entry.state not in WAITING:
        raise StorageError(f"{entry.receipt} is {entry.state} already")
    with _outbox.claimed(entry.id) as claimed:
        if claimed is None:
            raise StorageError(f"{entry.receipt} is being sent right now")
        _outbox.change(claimed, "discarded", "you discarded it")
    click.echo(f"Discarded {entry.receipt}.")


def _released(entry: Entry) -> Entry:
    if entry.state == "later":
        with _outbox.claimed(entry.id) as claimed:
            if claimed is not None and claimed.state == "later":
                return _outbox.change(claimed, "pending")
    if entry.state != "pending":
        raise StorageError(f"{entry.receipt} is {entry.state} already")
    return entry


def _send_one(entry: Entry) -> bool:
    standing = _settings.load_answers().of(entry.tool)
    if standing is not None and standing.answer == "never":
        raise TelemetryHookError(
            f"you said never to {entry.tool}; `telemetry-hook ask {entry.tool}` takes it back"
        )
    settled = _delivery.deliver(entry.id)
    if settled is None:
        held = entry.held_until - time.time()
        why = f"the receiver asked to wait {held:.0f} s more" if held > 0 else "it is being sent"
        click.echo(f"{entry.receipt}  pending: {why}")
        return False
    why = f": {_clean(settled.reason)}" if settled.reason else ""
    click.echo(f"{entry.receipt}  {settled.state}{why}")
    return settled.state == "sent"


def _clean(text: str) -> str:
    return "".join(each if each.isprintable() else "?" for each in text)


def _as_json(each: Entry) -> dict[str, str | int | float]:
    return {
        "id": each.id,
        "receipt": each.receipt,
        "tool": each.tool,
        "publisher": each.publisher,
        "state": each.state,
        "reason": each.reason,
        "url": each.url,
        "sha256": each.sha256,
        "bytes": len(each.body),
        "created": each.created,
        "attempts": each.attempts,
    }
