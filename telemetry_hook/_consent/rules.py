"""May we ask, may we send? A pure function from facts to a decision with its reason.

The rules stand in order, and the first that speaks decides: what forbids, then what was done
already, then the answer that the user gives now, then the one that stands. So a variable and a
policy can only forbid or make us ask.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from telemetry_hook._consent.answers import ALL_TOOLS
from telemetry_hook._consent.environment import AGENTS, CI, TESTS, first_set

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from telemetry_hook._consent.answers import Answer, Answers, Scope, StandingAnswer
    from telemetry_hook._consent.policy import Policy

Action = Literal["send", "ask", "keep", "discard"]
GIVEN: dict[Answer, Action] = {
    "yes": "send",
    "always": "send",
    "later": "keep",
    "no": "discard",
    "never": "discard",
}
# A crash that was sent is neither asked about nor sent again for this long.
REPEAT_AFTER_SECONDS = 24 * 3600.0
HERE, HOW = "this shell's environment", "how it is run here"


@dataclass(frozen=True, slots=True)
class Earlier:
    """A report of the same crash of the same release that was sent to the same receiver before."""

    receipt: str
    time: float


@dataclass(frozen=True, slots=True)
class Facts:
    """All that a decision depends on.

    `unaskable` says why nobody can be asked on the terminal, None where somebody can. `given` is
    the user's answer to this very report. `now` and the time of `earlier` are in seconds since the
    epoch.
    """

    environment: Mapping[str, str]
    policy: Policy
    answers: Answers
    tool: str
    scope: Scope
    unaskable: str | None
    earlier: Earlier | None = None
    given: Answer | None = None
    now: float = 0.0


@dataclass(frozen=True, slots=True)
class Decision:
    """What happens with a crash, why, where that is set, and how to change it.

    `where` is '' for the default: nothing is set. `withheld` are attributes that must stay out.
    """

    action: Action
    reason: str
    where: str = ""
    change: str = ""
    withheld: frozenset[str] = frozenset()


def decide(facts: Facts) -> Decision:
    """Decide what may happen with a tool's crash."""
    return next(_rules(facts))


def _rules(facts: Facts) -> Iterator[Decision]:
    if (forbidden := forbidden_by(facts.environment)) is not None:
        yield Decision("discard", f"{forbidden} is set", HERE, f"unset {_name(forbidden)}")
    if (forbidden := facts.policy.forbids(facts.tool)) is not None:
        change = "only an administrator can, in that file"
        yield Decision("discard", forbidden, facts.policy.path, change)
    standing = facts.answers.of(facts.tool)
    if standing is not None and standing.answer == "never":
        yield _said_never(standing, facts)
    earlier = facts.earlier
    if earlier is not None and 0 <= facts.now - earlier.time < REPEAT_AFTER_SECONDS:
        reason = f"this crash was reported already (receipt {earlier.receipt})"
        yield Decision("discard", reason, f"report {earlier.receipt}", "it may again after a day")
    if facts.given is not None:
        yield Decision(GIVEN[facts.given], f"you said {facts.given}", "your answer")
    if standing is not None and standing.scope is not None:
        yield from _standing(standing, standing.scope, facts)
    if (why := _unaskable(facts)) is not None:
        change = f"telemetry-hook always {facts.tool}, if it should send without asking"
        where = HERE if unaskable_by(facts.environment) else HOW
        yield Decision("discard", f"{why}, so nobody can be asked", where, change)
    yield _ask("there is no standing answer", "", facts)


def _said_never(standing: StandingAnswer, facts: Facts) -> Decision:
    is_all = ALL_TOOLS in facts.answers.by_tool
    whom, undo = (" to every tool", "--all") if is_all else ("", facts.tool)
    return Decision(
        "discard",
        f"you said never{whom} on {standing.since}",
        facts.answers.path,
        f"telemetry-hook ask {undo}",
    )


def _standing(standing: StandingAnswer, agreed: Scope, facts: Facts) -> Iterator[Decision]:
    """Yield what an *always* leads to: it sends what it was given for, and nothing else."""
    is_unaskable = _unaskable(facts) is not None
    undeclared = set(facts.scope.attributes) - set(agreed.attributes)
    new = frozenset(each.partition(":")[0] for each in undeclared)
    since, path = f"since you said always on {standing.since}", facts.answers.path
    if facts.environment.get("TELEMETRY_HOOK") == "ask":
        ask = _ask("TELEMETRY_HOOK=ask is set", HERE, facts)
    elif facts.policy.of(facts.tool).mode == "ask":
        ask = _ask("your administrator wants you to be asked each time", facts.policy.path, facts)
    elif (changed := _changed(agreed, facts.scope)) is not None:
        ask = _ask(f"{changed} has changed {since}", path, facts)
    elif new and not is_unaskable:
        # Where nobody can be asked, what was agreed to goes without it.
        ask = _ask(f"{', '.join(sorted(new))} is new {since}", path, facts)
    else:
        reason, change = (
            f"you said always on {standing.since}",
            f"telemetry-hook never {facts.tool}",
        )
        yield Decision("send", reason, path, change, new)
        return
    if not is_unaskable:
        yield ask


def _ask(reason: str, where: str, facts: Facts) -> Decision:
    tool = facts.tool
    change = f"telemetry-hook always {tool}, or telemetry-hook never {tool}"
    return Decision("ask", reason, where, change)


def withdrawn(
    environment: Mapping[str, str], policy: Policy, answers: Answers, tool: str, receiver: str
) -> str | None:
    """Return why a stored report that the user agreed to must not be sent now, if that is so."""
    if (variable := forbidden_by(environment)) is not None:
        return f"{variable} is set"
    if (forbidden := policy.forbids(tool)) is not None:
        return forbidden
    organisations = policy.of(tool).receiver
    if organisations is not None and organisations.address != receiver:
        return "your administrator has set another receiver since"
    standing = answers.of(tool)
    if standing is not None and standing.answer == "never":
        return f"you said never on {standing.since}; `telemetry-hook ask {tool}` takes it back"
    return None


def is_always(environment: Mapping[str, str], policy: Policy, answers: Answers, tool: str) -> bool:
    """Tell whether a tool has an *always* that nothing makes us ask about."""
    standing = answers.of(tool)
    if environment.get("TELEMETRY_HOOK") == "ask" or policy.of(tool).mode == "ask":
        return False
    return standing is not None and standing.answer == "always"


def forbidden_by(environment: Mapping[str, str]) -> str | None:
    """Return which variable forbids everything, as ``NAME=value``."""
    if environment.get("TELEMETRY_HOOK_STARTUP") == "0":
        return "TELEMETRY_HOOK_STARTUP=0"
    if environment.get("DO_NOT_TRACK", "") not in ("", "0"):
        return "DO_NOT_TRACK"
    mode = environment.get("TELEMETRY_HOOK", "")
    return f"TELEMETRY_HOOK={mode}" if mode not in ("", "ask") else None


def unaskable_by(environment: Mapping[str, str]) -> str | None:
    """Return which variable says that no person is there."""
    for kind, names in (("a CI job", CI), ("a coding agent", AGENTS), ("a test run", TESTS)):
        if (name := first_set(environment, names)) is not None:
            return f"this is {kind} ({name} is set)"
    return None


def _unaskable(facts: Facts) -> str | None:
    return unaskable_by(facts.environment) or facts.unaskable


def _name(assignment: str) -> str:
    return assignment.partition("=")[0]


def _changed(agreed: Scope, now: Scope) -> str | None:
    if agreed.distribution != now.distribution:
        return "the distribution that asks"
    if agreed.receiver != now.receiver:
        return "the receiver's address"
    if agreed.phase != now.phase:
        return "the tool's phase"
    return None
