"""Gathers what a decision depends on: environment, policy, answers, terminal, earlier reports."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from telemetry_hook._ask import terminal
from telemetry_hook._consent import answers as _settings
from telemetry_hook._consent import policy as _policy
from telemetry_hook._consent import rules
from telemetry_hook._errors import StorageError
from telemetry_hook._outbox import store

if TYPE_CHECKING:
    from collections.abc import Mapping

    from telemetry_hook._consent.answers import Answers
    from telemetry_hook._consent.rules import Decision, Facts
    from telemetry_hook._outbox.entry import Entry
    from telemetry_hook._plugins import Plugin
    from telemetry_hook._report import RedactedReport


def about(plugin: Plugin, environment: Mapping[str, str], unaskable: str | None) -> Facts:
    """Return what decides about a crash of a plugin's tool here and now.

    `unaskable` says why nobody can be asked, None where somebody can.

    Raises:
        StorageError: it cannot be told what was answered.
    """
    return rules.Facts(
        environment=environment,
        policy=plugin.policy,
        answers=answers(),
        tool=plugin.tool.name,
        scope=_settings.scope_of(plugin.tool, plugin.registration),
        unaskable=unaskable,
        now=time.time(),
    )


def with_earlier(facts: Facts, report: RedactedReport) -> Facts:
    """Return the facts with the earlier report of the same crash, if one was sent lately."""
    now = time.time()
    after = now - rules.REPEAT_AFTER_SECONDS
    try:
        entry = store.sent_before(report, facts.scope.receiver, after=after, until=now)
    except StorageError:
        entry = None  # where nothing can be read, nothing can be stored: storing will report it
    earlier = None if entry is None else rules.Earlier(entry.receipt, entry.changed)
    return replace(facts, now=now, earlier=earlier)


def refreshed(facts: Facts) -> Facts:
    """Return the facts as they are now: while a question waits, somebody may have said never.

    Raises:
        StorageError: it cannot be told what was answered.
    """
    return replace(facts, policy=_policy.load(), answers=answers())


def unaskable(plugin: Plugin) -> str | None:
    """Return why a plugin's tool can ask nobody when its program ends here, None where it can."""
    return None if plugin.asks else terminal.why_unaskable()


def decision(plugin: Plugin) -> Decision:
    """Decide what would happen with a crash of a plugin's tool, one that was not reported before."""
    try:
        return rules.decide(about(plugin, os.environ, unaskable(plugin)))
    except StorageError as error:
        change = "put the file right, or remove it"
        return rules.Decision("discard", str(error), "the answers file", change)


def answers() -> Answers:
    """Return the standing answers; a damaged file holds none.

    Raises:
        StorageError: it cannot be told what was answered.
    """
    try:
        return _settings.load_answers()
    except _settings.DamagedAnswersError:
        return _settings.Answers()


def withdrawn(entry: Entry) -> str | None:
    """Return why a stored report must not be sent by itself now, if that is so."""
    try:
        found = answers()
    except StorageError as error:
        return str(error)
    policy = _policy.load()
    why = rules.withdrawn(os.environ, policy, found, entry.tool, entry.receiver)
    if (
        why is None
        and entry.is_standing
        and not rules.is_always(os.environ, policy, found, entry.tool)
    ):
        return "the always that it rests on does not count any more"
    return why


def forbidden(entry: Entry) -> str | None:
    """Return why not even the user's own word can send a stored report now, if that is so."""
    return withdrawn(replace(entry, is_standing=False))
