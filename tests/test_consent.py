"""The decision: a pure function, its rules as properties over the product of its inputs."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from telemetry_hook._consent import Decision, Facts, decide
from telemetry_hook._settings import ALL_TOOLS, Answers, Scope, StandingAnswer

NOW = Scope("acme-lift", "https://errors.acme.example/", "preview", ("a: Flag()", "b: Flag()"))
NEVER = StandingAnswer("never", "2026-01-01")
ALWAYS = StandingAnswer("always", "2026-01-01", NOW)

STANDING = {
    "none": {},
    "never": {"lift": NEVER},
    "never for all": {ALL_TOOLS: NEVER},
    "never for all, always": {ALL_TOOLS: NEVER, "lift": ALWAYS},
    "always": {"lift": ALWAYS},
    "always of another tool": {"photon": ALWAYS},
    "another distribution": {
        "lift": replace(ALWAYS, scope=replace(NOW, distribution="evil-lift")),
    },
    "another receiver": {"lift": replace(ALWAYS, scope=replace(NOW, receiver="https://old/"))},
    "another phase": {"lift": replace(ALWAYS, scope=replace(NOW, phase="stable"))},
    "fewer attributes": {"lift": replace(ALWAYS, scope=replace(NOW, attributes=("a: Flag()",)))},
    "changed attribute": {
        "lift": replace(ALWAYS, scope=replace(NOW, attributes=("a: Flag()", "b: Choice(x)"))),
    },
}
AGREED = {"always", "fewer attributes", "changed attribute"}
ENVIRONMENTS = [
    dict(itertools.chain.from_iterable(each))
    for each in itertools.product(
        [(), [("DO_NOT_TRACK", "1")], [("DO_NOT_TRACK", "0")]],
        [(), [("TELEMETRY_HOOK", "never")], [("TELEMETRY_HOOK", "ask")], [("TELEMETRY_HOOK", "x")]],
        [(), [("CI", "true")], [("CLAUDECODE", "1")], [("CI", "false")]],
    )
]
ROWS = [
    (name, environment, unaskable)
    for name in STANDING
    for environment in ENVIRONMENTS
    for unaskable in (None, "stdin is no terminal")
]
STRICTNESS = {"send": 0, "ask": 1, "discard": 2}


def decision(name: str, environment: dict[str, str], unaskable: str | None) -> Decision:
    """Decide one row."""
    return decide(Facts(environment, Answers(STANDING[name]), "lift", NOW, unaskable))


def test_nothing_is_sent_without_an_always() -> None:
    """Every row that sends has an always whose scope still holds."""
    for row in ROWS:
        if decision(*row).action == "send":
            assert row[0] in AGREED, row


def test_ask_overrules_an_always() -> None:
    """Under TELEMETRY_HOOK=ask nothing is sent without a question."""
    for name, environment, unaskable in ROWS:
        if environment.get("TELEMETRY_HOOK") == "ask":
            assert decision(name, environment, unaskable).action != "send"


def test_nobody_is_asked_who_is_not_there() -> None:
    """No row asks without a terminal, in CI, or under an agent."""
    for name, environment, unaskable in ROWS:
        if decision(name, environment, unaskable).action == "ask":
            assert unaskable is None
            assert environment.get("CI") in (None, "false")
            assert "CLAUDECODE" not in environment


def test_prohibitions_hold() -> None:
    """DO_NOT_TRACK, TELEMETRY_HOOK other than ask, and never end it, whatever else is set."""
    for name, environment, unaskable in ROWS:
        forbidden = (
            environment.get("DO_NOT_TRACK") == "1"
            or environment.get("TELEMETRY_HOOK") in ("never", "x")
            or name.startswith("never")
        )
        if forbidden:
            assert decision(name, environment, unaskable).action == "discard"


@pytest.mark.parametrize(
    "added",
    [{"DO_NOT_TRACK": "1"}, {"TELEMETRY_HOOK": "never"}, {"TELEMETRY_HOOK": "ask"}],
)
def test_variables_only_make_it_stricter(added: dict[str, str]) -> None:
    """Setting a variable never leads to a looser decision."""
    for name, environment, unaskable in ROWS:
        if not added.keys() & environment.keys():
            before = decision(name, environment, unaskable)
            after = decision(name, {**environment, **added}, unaskable)
            assert STRICTNESS[after.action] >= STRICTNESS[before.action]


def test_new_attributes_are_asked_for_or_withheld() -> None:
    """A new or changed attribute is asked for where somebody is, and withheld where nobody is."""
    for name in ("fewer attributes", "changed attribute"):
        assert decision(name, {}, None).action == "ask"
        sent = decision(name, {}, "stdin is no terminal")
        assert (sent.action, sent.withheld) == ("send", frozenset({"b"}))


def test_each_decision_has_a_reason() -> None:
    """No row is without a reason that says more than its action."""
    assert all(len(decision(*row).reason) > 10 for row in ROWS)
