"""Rules of consent: may the report of a crash be sent, asked about, kept, or none of these?

`RULES` is an ordered list. The first rule that applies to the facts decides, so what forbids comes
before what allows: a variable or a policy can only forbid or make us ask. All other questions (may a
stored report still be sent? can anybody be asked?) are answered by the same list, filtered by what
its rules are about. To add a rule, write its function and one entry of the list.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Literal

from telemetry_hook._consent.answers import ALL_TOOLS, Answers, Scope
from telemetry_hook._consent.environment import AGENTS, CI, TESTS, first_set, forbids
from telemetry_hook._consent.policy import Policy

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from telemetry_hook._consent.answers import Answer, StandingAnswer

Action = Literal["send", "ask", "keep", "discard"]
Subject = Literal[
    "prohibition",  # nothing may be sent, whatever the user answers; holds for stored reports too
    "repetition",  # this crash was sent a short time ago
    "answer",  # what the user answers to this report
    "always",  # a saved always, unless a "limit" or a "change" applies
    "absence",  # nobody is there to be asked
    "limit",  # somebody wants the user to be asked each time, in spite of an always
    "change",  # the always was given for something else than would be sent
    "default",
]
GIVEN: dict[Answer, Action] = {
    "yes": "send",
    "always": "send",
    "later": "keep",
    "no": "discard",
    "never": "discard",
}
HOUR = 3600.0
# For so long after a crash was sent, the same crash is neither asked about nor sent.
REPEAT_AFTER_SECONDS = 24 * HOUR
HERE, HOW = "this shell's environment", "how it is run here"


@dataclass(frozen=True, slots=True)
class Earlier:
    """A report of the same crash of the same release that was sent to the same receiver before."""

    receipt: str
    time: float


@dataclass(frozen=True, slots=True)
class Facts:
    """All that a decision depends on.

    `scope` is what would be sent, and where; of a stored report only its receiver is known.
    `unaskable` says why nobody can be asked on the terminal, None where somebody can. `given` is
    the user's answer to this very report. `now` and the time of `earlier` are in seconds since the
    epoch.
    """

    environment: Mapping[str, str]
    policy: Policy = field(default_factory=Policy)
    answers: Answers = field(default_factory=Answers)
    tool: str = ""
    scope: Scope = field(default_factory=Scope)
    unaskable: str | None = None
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


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: its name, what it is about, and its decision, None where it does not apply."""

    name: str
    about: Subject
    decide: Callable[[Facts], Decision | None]


def _variable_forbids(name: str, facts: Facts) -> Decision | None:
    value = facts.environment.get(name, "")
    if not forbids(name, value):
        return None
    setting = name if name == "DO_NOT_TRACK" else f"{name}={value}"
    return Decision("discard", f"{setting} is set", HERE, f"unset {name}")


def _policy_forbids(facts: Facts) -> Decision | None:
    reason = facts.policy.forbids(facts.tool)
    return None if reason is None else _by_policy("discard", reason, facts)


def _policy_has_another_receiver(facts: Facts) -> Decision | None:
    """Keep back what was to go to another receiver than the policy sets now."""
    receiver = facts.policy.of(facts.tool).receiver
    if receiver is None or receiver.address == facts.scope.receiver:
        return None
    return _by_policy("discard", "your administrator has set another receiver since", facts)


def _never(facts: Facts) -> Decision | None:
    standing = facts.answers.of(facts.tool)
    if standing is None or standing.answer != "never":
        return None
    is_all = ALL_TOOLS in facts.answers.by_tool
    to_whom, undo = (" to every tool", "--all") if is_all else ("", facts.tool)
    reason = f"you said never{to_whom} on {standing.since}"
    return Decision("discard", reason, facts.answers.path, f"telemetry-hook ask {undo}")


def _reported_already(facts: Facts) -> Decision | None:
    earlier = facts.earlier
    if earlier is None or not 0 <= facts.now - earlier.time < REPEAT_AFTER_SECONDS:
        return None
    return Decision(
        "discard",
        f"this crash was reported already (receipt {earlier.receipt})",
        f"report {earlier.receipt}",
        f"it can be reported again {REPEAT_AFTER_SECONDS / HOUR:.0f} hours after that report",
    )


def _given(facts: Facts) -> Decision | None:
    if facts.given is None:
        return None
    return Decision(GIVEN[facts.given], f"you said {facts.given}", "your answer")


def _always(facts: Facts) -> Decision | None:
    always = _always_of(facts)
    if always is None or first(facts, "limit", "change") is not None:
        return None
    reason, change = f"you said always on {always.since}", f"telemetry-hook never {facts.tool}"
    return Decision("send", reason, facts.answers.path, change, _new_attributes(always, facts))


def _run_by(who: str, variables: tuple[str, ...], facts: Facts) -> Decision | None:
    name = first_set(facts.environment, variables)
    return None if name is None else _nobody(f"this is {who} ({name} is set)", HERE, facts)


def _no_terminal(facts: Facts) -> Decision | None:
    return None if facts.unaskable is None else _nobody(facts.unaskable, HOW, facts)


def _mode_asks(facts: Facts) -> Decision | None:
    if _always_of(facts) is None or facts.environment.get("TELEMETRY_HOOK") != "ask":
        return None
    return Decision("ask", "TELEMETRY_HOOK=ask is set", HERE, "unset TELEMETRY_HOOK")


def _policy_asks(facts: Facts) -> Decision | None:
    if _always_of(facts) is None or facts.policy.of(facts.tool).mode != "ask":
        return None
    return _by_policy("ask", "your administrator wants you to be asked each time", facts)


def _scope_has_changed(facts: Facts) -> Decision | None:
    always, now = _always_of(facts), facts.scope
    if always is None:
        return None
    if always.scope.distribution != now.distribution:
        what = "the distribution that asks"
    elif always.scope.receiver != now.receiver:
        what = "the receiver's address"
    elif always.scope.phase != now.phase:
        what = "the tool's phase"
    else:
        return None
    reason = f"{what} has changed since you said always on {always.since}"
    return _ask(reason, facts.answers.path, facts)


def _attributes_are_new(facts: Facts) -> Decision | None:
    """Ask about new attributes; where nobody can be asked, the report goes without them."""
    always = _always_of(facts)
    if always is None or first(facts, "absence") is not None:
        return None
    if not (new := _new_attributes(always, facts)):
        return None
    names, verb = ", ".join(sorted(new)), "is" if len(new) == 1 else "are"
    reason = f"{names} {verb} new since you said always on {always.since}"
    return _ask(reason, facts.answers.path, facts)


def _always_of(facts: Facts) -> StandingAnswer | None:
    standing = facts.answers.of(facts.tool)
    return standing if standing is not None and standing.answer == "always" else None


def _new_attributes(always: StandingAnswer, facts: Facts) -> frozenset[str]:
    new = set(facts.scope.attributes) - set(always.scope.attributes)
    return frozenset(attribute.partition(":")[0] for attribute in new)


def _by_policy(action: Action, reason: str, facts: Facts) -> Decision:
    return Decision(action, reason, facts.policy.path, "ask your administrator")


def _nobody(why: str, where: str, facts: Facts) -> Decision:
    change = f"telemetry-hook always {facts.tool}, if it should send without asking"
    return Decision("discard", f"{why}, so nobody can be asked", where, change)


def _ask(reason: str, where: str, facts: Facts) -> Decision:
    tool = facts.tool
    change = f"telemetry-hook always {tool}, or telemetry-hook never {tool}"
    return Decision("ask", reason, where, change)


RULES: tuple[Rule, ...] = (
    Rule("hook is off", "prohibition", partial(_variable_forbids, "TELEMETRY_HOOK_STARTUP")),
    Rule("do not track", "prohibition", partial(_variable_forbids, "DO_NOT_TRACK")),
    Rule("mode forbids", "prohibition", partial(_variable_forbids, "TELEMETRY_HOOK")),
    Rule("policy forbids", "prohibition", _policy_forbids),
    Rule("policy has another receiver", "prohibition", _policy_has_another_receiver),
    Rule("never", "prohibition", _never),
    Rule("reported already", "repetition", _reported_already),
    Rule("answer to this report", "answer", _given),
    Rule("always", "always", _always),
    Rule("CI job", "absence", partial(_run_by, "a CI job", CI)),
    Rule("coding agent", "absence", partial(_run_by, "a coding agent", AGENTS)),
    Rule("test run", "absence", partial(_run_by, "a test run", TESTS)),
    Rule("no terminal", "absence", _no_terminal),
    Rule("mode asks", "limit", _mode_asks),
    Rule("policy asks", "limit", _policy_asks),
    Rule("scope has changed", "change", _scope_has_changed),
    Rule("attributes are new", "change", _attributes_are_new),
    Rule("default", "default", partial(_ask, "there is no standing answer", "")),
)


def decide(facts: Facts) -> Decision:
    """Decide what may happen with a tool's crash."""
    return next(filter(None, (rule.decide(facts) for rule in RULES)))


def first(facts: Facts, *subjects: Subject) -> Decision | None:
    """Return the first decision by a rule about one of these subjects, None where none applies."""
    decisions = (rule.decide(facts) for rule in RULES if rule.about in subjects)
    return next(filter(None, decisions), None)


def forbidden_here(environment: Mapping[str, str]) -> Decision | None:
    """Return the decision of a variable that forbids everything, None where none does."""
    return first(Facts(environment), "prohibition")


def withdrawn(facts: Facts, *, is_standing: bool) -> Decision | None:
    """Return the decision that keeps a stored report from being sent now, None where none does.

    `is_standing`: it was agreed to by an *always*, and not by an answer to this very report.
    """
    if not is_standing:
        return first(facts, "prohibition")
    decision = first(facts, "prohibition", "limit")
    if decision is None and _always_of(facts) is None:
        return Decision("ask", f"there is no saved always for {facts.tool} any more")
    return decision
