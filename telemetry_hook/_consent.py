"""May we ask, may we send? A pure function from facts to a decision with its reason.

The rules stand in order; the first that speaks decides. Whatever forbids comes before whatever
allows, so a variable can only forbid or make us ask.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from telemetry_hook._environment import AGENTS, CI, first_set

if TYPE_CHECKING:
    from collections.abc import Mapping

    from telemetry_hook._settings import Answers, Scope


@dataclass(frozen=True, slots=True)
class Facts:
    """All that a decision depends on.

    `unaskable` says why nobody can be asked on the terminal, None where somebody can.
    """

    environment: Mapping[str, str]
    answers: Answers
    tool: str
    scope: Scope
    unaskable: str | None


@dataclass(frozen=True, slots=True)
class Decision:
    """What happens with a crash, why, and which attributes must stay out."""

    action: Literal["send", "ask", "discard"]
    reason: str
    withheld: frozenset[str] = frozenset()


def decide(facts: Facts) -> Decision:
    """Decide what may happen with a tool's crash."""
    if (forbidden := forbidden_by(facts.environment)) is not None:
        return Decision("discard", forbidden)
    standing = facts.answers.of(facts.tool)
    if standing is not None and standing.answer == "never":
        whom = "" if facts.tool in facts.answers.by_tool else " to every tool"
        return Decision("discard", f"you said never{whom} on {standing.since}")
    unaskable = unaskable_by(facts.environment) or facts.unaskable
    why_ask = "there is no standing answer"
    if standing is not None and standing.scope is not None:
        changed = _changed(standing.scope, facts.scope)
        undeclared = set(facts.scope.attributes) - set(standing.scope.attributes)
        new = frozenset(each.partition(":")[0] for each in undeclared)
        if facts.environment.get("TELEMETRY_HOOK") == "ask":
            why_ask = "TELEMETRY_HOOK=ask is set"
        elif changed is not None:
            why_ask = f"{changed} has changed since you said always on {standing.since}"
        elif new and unaskable is None:
            why_ask = f"{', '.join(sorted(new))} is new since you said always on {standing.since}"
        else:
            return Decision("send", f"you said always on {standing.since}", new)
    if unaskable is not None:
        return Decision("discard", f"{unaskable}, so nobody can be asked")
    return Decision("ask", why_ask)


def forbidden_by(environment: Mapping[str, str]) -> str | None:
    """Return which variable forbids everything."""
    if environment.get("TELEMETRY_HOOK_STARTUP") == "0":
        return "TELEMETRY_HOOK_STARTUP=0 is set"
    if environment.get("DO_NOT_TRACK", "") not in ("", "0"):
        return "DO_NOT_TRACK is set"
    mode = environment.get("TELEMETRY_HOOK", "")
    return f"TELEMETRY_HOOK={mode} is set" if mode not in ("", "ask") else None


def unaskable_by(environment: Mapping[str, str]) -> str | None:
    """Return which variable says that no person is there."""
    for kind, names in (("a CI job", CI), ("a coding agent", AGENTS)):
        if (name := first_set(environment, names)) is not None:
            return f"this is {kind} ({name} is set)"
    return None


def _changed(agreed: Scope, now: Scope) -> str | None:
    if agreed.distribution != now.distribution:
        return "the distribution that asks"
    if agreed.receiver != now.receiver:
        return "the receiver's address"
    if agreed.phase != now.phase:
        return "the tool's phase"
    return None
