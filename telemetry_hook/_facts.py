"""Gathers what a decision depends on: environment, policy, answers, terminal, earlier reports."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from telemetry_hook import _environment, _invocation
from telemetry_hook._ask import terminal
from telemetry_hook._consent import answers as _saved
from telemetry_hook._consent import policy as _policy
from telemetry_hook._consent import rules
from telemetry_hook._errors import StorageError
from telemetry_hook._outbox import identity, retired, store
from telemetry_hook._outbox.entry import Withdrawal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from telemetry_hook._consent.answers import Answers
    from telemetry_hook._consent.policy import Policy
    from telemetry_hook._consent.rules import Decision, Facts
    from telemetry_hook._outbox.entry import Entry, State
    from telemetry_hook._plugins import Plugin
    from telemetry_hook._report import RedactedReport


def about(plugin: Plugin, environment: Mapping[str, str], unaskable: str | None) -> Facts:
    """Return the facts for the decision about a crash of a plugin's tool in this process.

    `unaskable` is the reason why nobody can be asked, or None if somebody can be asked.

    Raises:
        StorageError: the saved answers cannot be read.
    """
    scope = _saved.scope_of(plugin.tool, plugin.registration)
    return rules.Facts(
        environment=environment,
        policy=plugin.policy,
        answers=answers(),
        tool=plugin.tool.name,
        scope=scope,
        unaskable=unaskable,
        retired_by=_retired_by(plugin, scope.receiver),
        now=time.time(),
    )


def _retired_by(plugin: Plugin, receiver: str) -> str:
    try:
        return retired.receipt(identity.release_of(plugin.registration.distribution), receiver)
    except StorageError:
        return ""  # then nothing can be stored either, and storing will report the error


def with_earlier(facts: Facts, report: RedactedReport) -> Facts:
    """Return the facts with the earlier report of the same crash, if one was sent recently.

    There is none if the report does not show where the crash happened: it may be of another bug.
    """
    from telemetry_hook._redact import fingerprint  # a crash that is discarded does not need it

    now = time.time()
    if not fingerprint.covers(report.exceptions):
        return facts._replace(now=now, earlier=None)
    after = now - rules.REPEAT_AFTER_SECONDS
    try:
        entry = store.sent_before(report, facts.scope.receiver, after=after, until=now)
    except StorageError:
        entry = None  # then nothing can be stored either, and storing will report the error
    earlier = None if entry is None else rules.Earlier(entry.receipt, entry.changed)
    return facts._replace(now=now, earlier=earlier)


def refreshed(facts: Facts) -> Facts:
    """Return the facts with the current policy and answers: a question may stay open for long.

    Raises:
        StorageError: the saved answers cannot be read.
    """
    return facts._replace(policy=_policy.load(), answers=answers())


def unaskable(plugin: Plugin) -> str | None:
    """Return why a plugin's tool cannot ask when its program ends here, or None if it can."""
    return None if plugin.asks else terminal.why_unaskable()


def decision(plugin: Plugin) -> Decision:
    """Return the decision about a crash of a plugin's tool, if it was not reported before."""
    try:
        return rules.decide(about(plugin, _environment.variables(), unaskable(plugin)))
    except StorageError as error:
        change = ("correct the file or delete it",)
        return rules.Decision("discard", str(error), "the answers file", change)


def about_name(tool: str) -> Facts:
    """Return the facts about a tool if only its name is known.

    For facts that only the plugin knows, the values that allow most are assumed: nothing has
    changed since an *always* was saved, and the plugin can ask by itself.

    Raises:
        StorageError: the saved answers cannot be read.
    """
    return _about_name(tool, _environment.variables(), _policy.load(), answers())


def _about_name(tool: str, environment: Mapping[str, str], policy: Policy, saved: Answers) -> Facts:
    standing, receiver = saved.of(tool), policy.of(tool).receiver
    scope = _saved.Scope() if standing is None else standing.scope
    if receiver is not None:
        scope = scope._replace(receiver=receiver.address)
    return rules.Facts(environment, policy, saved, tool, scope)


def is_every_tool_discarded(environment: Mapping[str, str], policy: Policy) -> bool:
    """Return whether the crashes of all tools are discarded. If so, no plugin is loaded.

    Raises:
        StorageError: the saved answers cannot be read.
    """
    saved = answers()
    names = {"", *policy.by_tool, *saved.by_tool}  # "" represents the tools that neither file names
    decisions = [rules.decide(_about_name(name, environment, policy, saved)) for name in names]
    return all(decision.action == "discard" for decision in decisions)


def answers() -> Answers:
    """Return the standing answers. A damaged file is treated as empty.

    Raises:
        StorageError: the saved answers cannot be read.
    """
    try:
        return _saved.load_answers()
    except _saved.DamagedAnswersError:
        return _saved.Answers()


def withdrawn(entry: Entry) -> Withdrawal | None:
    """Return why a stored report must not be sent now, or None if it may be sent.

    Raises:
        StorageError: the saved answers cannot be read now.
    """
    facts = about_name(entry.tool)
    facts = facts._replace(scope=facts.scope._replace(receiver=entry.receiver))
    decision = rules.withdrawn(facts, is_standing=entry.is_standing)
    if decision is None:
        return None
    reason = decision.reason
    if decision.change:
        reason = f"{reason}; to change this: {_invocation.joined(*decision.change)}"
    return Withdrawal(reason, _state_by(facts, entry))


def _state_by(facts: Facts, entry: Entry) -> State:
    """Return the state of a report that must not be sent: what variables and policies say may pass."""
    standing = facts.answers.of(entry.tool)
    if standing is None:
        return "later" if entry.is_standing else "pending"
    return "discarded" if standing.answer == "never" else "pending"


def forbidden(entry: Entry) -> Withdrawal | None:
    """Return why a stored report cannot be sent even if the user agrees now, or None if it can.

    Raises:
        StorageError: the saved answers cannot be read now.
    """
    return withdrawn(entry._replace(is_standing=False))
