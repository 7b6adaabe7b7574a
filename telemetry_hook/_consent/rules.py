"""Rules of consent. They decide whether a report is sent, asked about, kept or discarded.

`RULES` is an ordered list. The first rule that applies to the facts decides, so rules that forbid
come before rules that allow. A variable or a policy can only forbid, or require that we ask. All
other questions (may a stored report still be sent? can anybody be asked?) are answered by the same
list, filtered by the subjects of its rules. To add a rule, write its function and add one entry to
the list.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Literal, NamedTuple

from telemetry_hook._consent.answers import ALL_TOOLS, Answers, Scope
from telemetry_hook._consent.environment import AGENTS, CI, TESTS, first_set, forbids
from telemetry_hook._consent.policy import Policy

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from telemetry_hook._consent.answers import Answer, StandingAnswer

# How to change what decides: texts, and commands of ours as tuples of their arguments.
Change = tuple[str | tuple[str, ...], ...]
Action = Literal["send", "ask", "keep", "discard"]
Subject = Literal[
    "prohibition",  # nothing may be sent, whatever the user answers; this includes stored reports
    "retirement",  # the receiver wants no more reports of this release
    "repetition",  # a report of this crash was sent a short time ago
    "answer",  # the user's answer to this report
    "always",  # a saved always, unless a "limit" or a "change" applies
    "absence",  # nobody can be asked
    "limit",  # the user must be asked each time, in spite of an always
    "change",  # the always was not given for what would be sent now
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
# After a report was sent, the same crash is neither asked about nor sent during this time.
REPEAT_AFTER_SECONDS = 24 * HOUR
HERE, HOW = "this shell's environment", "how it is run here"


class Earlier(NamedTuple):
    """An earlier report of the same crash, in the same release, sent to the same receiver."""

    receipt: str
    time: float


class Facts(NamedTuple):
    """All that a decision depends on.

    `scope` describes what would be sent, and where. For a stored report, only the receiver is
    known. `unaskable` is the reason why nobody can be asked, or None if somebody can be asked.
    `given` is the user's answer to this report. `now` and the time of `earlier` are in seconds
    since the epoch. `retired_by` is the receipt of a report of this release that the receiver has
    answered by 410, which means that it wants no more of them, or '' if there is none.
    """

    environment: Mapping[str, str]
    policy: Policy = Policy()
    answers: Answers = Answers()
    tool: str = ""
    scope: Scope = Scope()
    unaskable: str | None = None
    earlier: Earlier | None = None
    given: Answer | None = None
    now: float = 0.0
    retired_by: str = ""


class Decision(NamedTuple):
    """The action for a crash, its reason, the place where that is set, and how to change it.

    `where` is ``''`` for the default, which is not set anywhere. `withheld` contains the attributes
    that must not be in the report.
    """

    action: Action
    reason: str
    where: str = ""
    change: Change = ()
    withheld: frozenset[str] = frozenset()


class Rule(NamedTuple):
    """One rule: its name, its subject, and its function.

    The function `decide` returns a decision, or None if the rule does not apply.
    """

    name: str
    about: Subject
    decide: Callable[[Facts], Decision | None]


def _variable_forbids(name: str, facts: Facts) -> Decision | None:
    value = facts.environment.get(name, "")
    if not forbids(name, value):
        return None
    setting = name if name == "DO_NOT_TRACK" else f"{name}={value}"
    return Decision("discard", f"{setting} is set", HERE, (f"unset {name}",))


def _policy_forbids(facts: Facts) -> Decision | None:
    reason = facts.policy.forbids(facts.tool)
    return None if reason is None else _by_policy("discard", reason, facts)


def _policy_has_another_receiver(facts: Facts) -> Decision | None:
    """Discard a report if its receiver is not the one that the policy sets now."""
    receiver = facts.policy.of(facts.tool).receiver
    if receiver is None or receiver.address == facts.scope.receiver:
        return None
    return _by_policy("discard", "your administrator has set another receiver since then", facts)


def _never(facts: Facts) -> Decision | None:
    standing = facts.answers.of(facts.tool)
    if standing is None or standing.answer != "never":
        return None
    is_all = ALL_TOOLS in facts.answers.by_tool
    to_whom, undo = (" to every tool", "--all") if is_all else ("", facts.tool)
    reason = f"you said never{to_whom} on {standing.since}"
    return Decision("discard", reason, facts.answers.path, (("ask", undo),))


def _retired(facts: Facts) -> Decision | None:
    if not facts.retired_by:
        return None
    return Decision(
        "discard",
        f"the receiver wants no more reports of this release (receipt {facts.retired_by})",
        f"report {facts.retired_by}",
        ("install a newer release",),
    )


def _reported_already(facts: Facts) -> Decision | None:
    earlier = facts.earlier
    if earlier is None or not 0 <= facts.now - earlier.time < REPEAT_AFTER_SECONDS:
        return None
    return Decision(
        "discard",
        f"this crash was reported already (receipt {earlier.receipt})",
        f"report {earlier.receipt}",
        (f"it can be reported again {REPEAT_AFTER_SECONDS / HOUR:.0f} hours after that report",),
    )


def _given(facts: Facts) -> Decision | None:
    if facts.given is None:
        return None
    return Decision(GIVEN[facts.given], f"you said {facts.given}", "your answer")


def _always(facts: Facts) -> Decision | None:
    always = _always_of(facts)
    if always is None or first(facts, "limit", "change") is not None:
        return None
    reason, change = f"you said always on {always.since}", ("never", facts.tool)
    return Decision("send", reason, facts.answers.path, (change,), _new_attributes(always, facts))


def _run_by(who: str, variables: tuple[str, ...], facts: Facts) -> Decision | None:
    name = first_set(facts.environment, variables)
    return None if name is None else _nobody(f"this is {who} ({name} is set)", HERE, facts)


def _no_terminal(facts: Facts) -> Decision | None:
    return None if facts.unaskable is None else _nobody(facts.unaskable, HOW, facts)


def _mode_asks(facts: Facts) -> Decision | None:
    if _always_of(facts) is None or facts.environment.get("TELEMETRY_HOOK") != "ask":
        return None
    return Decision("ask", "TELEMETRY_HOOK=ask is set", HERE, ("unset TELEMETRY_HOOK",))


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
    """Ask about new attributes. If nobody can be asked, the report is sent without them."""
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
    return Decision(action, reason, facts.policy.path, ("ask your administrator",))


def _nobody(why: str, where: str, facts: Facts) -> Decision:
    change = (("always", facts.tool), ", if it should send without asking")
    return Decision("discard", f"{why}, so nobody can be asked", where, change)


def _ask(reason: str, where: str, facts: Facts) -> Decision:
    tool = facts.tool
    change = (("always", tool), ", or ", ("never", tool))
    return Decision("ask", reason, where, change)


RULES: tuple[Rule, ...] = (
    Rule("hook is off", "prohibition", partial(_variable_forbids, "TELEMETRY_HOOK_STARTUP")),
    Rule("do not track", "prohibition", partial(_variable_forbids, "DO_NOT_TRACK")),
    Rule("mode forbids", "prohibition", partial(_variable_forbids, "TELEMETRY_HOOK")),
    Rule("policy forbids", "prohibition", _policy_forbids),
    Rule("policy has another receiver", "prohibition", _policy_has_another_receiver),
    Rule("never", "prohibition", _never),
    Rule("release is retired", "retirement", _retired),
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
    """Return the decision about a tool's crash."""
    return next(filter(None, (rule.decide(facts) for rule in RULES)))


def first(facts: Facts, *subjects: Subject) -> Decision | None:
    """Return the decision of the first rule on these subjects that applies, or None."""
    decisions = (rule.decide(facts) for rule in RULES if rule.about in subjects)
    return next(filter(None, decisions), None)


def forbidden_here(environment: Mapping[str, str]) -> Decision | None:
    """Return the decision of the first variable that forbids everything, or None."""
    return first(Facts(environment), "prohibition")


def withdrawn(facts: Facts, *, is_standing: bool) -> Decision | None:
    """Return the decision that forbids sending a stored report now, or None if it may be sent.

    `is_standing` is True if the user agreed to the report by an *always*, not by an answer to it.
    """
    if not is_standing:
        return first(facts, "prohibition")
    decision = first(facts, "prohibition", "limit")
    if decision is None and _always_of(facts) is None:
        return Decision("ask", f"there is no saved always for {facts.tool} any more")
    return decision
