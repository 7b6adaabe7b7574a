"""The decision: a pure function, its rules as properties over the full product of its inputs."""

from __future__ import annotations

import itertools
from collections import Counter
from dataclasses import replace

import pytest

from telemetry_hook._consent.answers import ALL_TOOLS, Answer, Answers, Scope, StandingAnswer
from telemetry_hook._consent.environment import AGENTS, CI, TESTS
from telemetry_hook._consent.policy import Limits, Policy
from telemetry_hook._consent.rules import GIVEN, Decision, Earlier, Facts, decide, withdrawn
from telemetry_hook.receivers import HttpsReceiver

pytestmark = pytest.mark.once

TIME = 1_800_000_000.0
SCOPE = Scope("acme-lift", "https://errors.acme.example/", "preview", ("a: Flag()", "b: Flag()"))
NEVER = StandingAnswer("never", "2026-01-01")
ALWAYS = StandingAnswer("always", "2026-01-01", SCOPE)


def always(**changes: str | tuple[str, ...]) -> dict[str, StandingAnswer]:
    """Return an always that was given for something else."""
    return {"lift": replace(ALWAYS, scope=replace(SCOPE, **changes))}  # type: ignore[arg-type]


STANDING: dict[str, dict[str, StandingAnswer]] = {
    "none": {},
    "never": {"lift": NEVER},
    "never for all": {ALL_TOOLS: NEVER},
    "never for all, always": {ALL_TOOLS: NEVER, "lift": ALWAYS},
    "always": {"lift": ALWAYS},
    "always of another tool": {"photon": ALWAYS},
    "another distribution": always(distribution="evil-lift"),
    "another receiver": always(receiver="https://old.example/"),
    "another phase": always(phase="stable"),
    "fewer attributes": always(attributes=("a: Flag()",)),
    "changed attribute": always(attributes=("a: Flag()", "b: Choice(x)")),
    "more attributes": always(attributes=("a: Flag()", "b: Flag()", "c: Flag()")),
}
AGREED = {"always", "fewer attributes", "changed attribute", "more attributes"}
WITHHELD = {"fewer attributes": {"b"}, "changed attribute": {"b"}}

VARIABLES: list[list[tuple[str, str]]] = [
    [],
    [("DO_NOT_TRACK", "1")],
    [("DO_NOT_TRACK", "0")],
    [("TELEMETRY_HOOK", "never")],
    [("TELEMETRY_HOOK", "ask")],
    [("TELEMETRY_HOOK", "nonsense")],
    [("TELEMETRY_HOOK_STARTUP", "0")],
    [("CI", "true")],
    [("CI", "false")],
    [("CLAUDECODE", "1")],
    [("PYTEST_VERSION", "8")],
]
ENVIRONMENTS = [dict(each) for each in VARIABLES] + [
    dict(itertools.chain(*each))
    for each in itertools.combinations(VARIABLES[1:2] + VARIABLES[3:8] + VARIABLES[9:10], 2)
]
POLICIES = {
    "none": Policy(),
    "never": Policy("/etc/policy", Limits("never")),
    "ask": Policy("/etc/policy", Limits("ask")),
    "never for this tool": Policy("/etc/policy", Limits(), {"lift": Limits("never")}),
    "ask for this tool": Policy("/etc/policy", Limits("never"), {"lift": Limits("ask")}),
    "never for another tool": Policy("/etc/policy", Limits(), {"photon": Limits("never")}),
    "broken": Policy("/etc/policy", fault="it is no TOML"),
}
NEVER_BY_POLICY = {"never", "never for this tool", "broken"}
ASK_BY_POLICY = {"ask", "ask for this tool"}
EARLIER = {
    "no": None,
    "now": Earlier("1a2b3c4d", TIME),
    "an hour ago": Earlier("1a2b3c4d", TIME - 3600),
    "yesterday": Earlier("1a2b3c4d", TIME - 25 * 3600),
    "tomorrow, by a clock that jumped": Earlier("1a2b3c4d", TIME + 3600),
}
LATELY = {"now", "an hour ago"}
UNASKABLE = (None, "stdin is no terminal")
ANSWERS: tuple[Answer | None, ...] = (None, *GIVEN)

Row = tuple[str, dict[str, str], str, str, "str | None", "Answer | None"]
ROWS: list[Row] = list(
    itertools.product(STANDING, ENVIRONMENTS, POLICIES, EARLIER, UNASKABLE, ANSWERS)
)
# How much may leave without a word more from the user.
STRICTNESS = {"send": 0, "ask": 1, "keep": 1, "discard": 2}


def facts(row: Row) -> Facts:
    standing, environment, policy, earlier, unaskable, given = row
    return Facts(
        environment=environment,
        policy=POLICIES[policy],
        answers=Answers(STANDING[standing], "/home/answers.json"),
        tool="lift",
        scope=SCOPE,
        unaskable=unaskable,
        earlier=EARLIER[earlier],
        given=given,
        now=TIME,
    )


@pytest.fixture(scope="module")
def decided() -> list[tuple[Row, Decision]]:
    """Decide every row."""
    return [(row, decide(facts(row))) for row in ROWS]


def nobody_can_be_asked(row: Row) -> bool:
    _, environment, _, _, unaskable, _ = row
    return unaskable is not None or any(
        environment.get(name, "false") != "false" for name in ("CI", "CLAUDECODE", "PYTEST_VERSION")
    )


def is_forbidden(row: Row) -> bool:
    standing, environment, policy, _, _, _ = row
    return (
        environment.get("DO_NOT_TRACK") == "1"
        or environment.get("TELEMETRY_HOOK") in ("never", "nonsense")
        or "TELEMETRY_HOOK_STARTUP" in environment
        or policy in NEVER_BY_POLICY
        or standing.startswith("never")
    )


def test_the_table_is_whole(decided: list[tuple[Row, Decision]]) -> None:
    """Thousands of rows, every action among them, each with a reason and where it is set."""
    assert len(decided) > 100_000
    assert set(Counter(each.action for _, each in decided)) == {"send", "ask", "keep", "discard"}
    for row, decision in decided:
        assert decision.reason, row
        assert decision.where or decision.action == "ask", row


def test_nothing_is_sent_without_a_yes(decided: list[tuple[Row, Decision]]) -> None:
    """Every row that sends has a yes now, or an always whose scope still holds."""
    for row, decision in decided:
        standing, environment, policy, _, _, given = row
        if decision.action == "send" and given not in ("yes", "always"):
            assert given is None, row
            assert standing in AGREED, row
            assert environment.get("TELEMETRY_HOOK") != "ask", row
            assert policy not in ASK_BY_POLICY, row


def test_prohibitions_hold(decided: list[tuple[Row, Decision]]) -> None:
    """Variables, policy and never end it, whatever else is set and whatever is answered."""
    for row, decision in decided:
        if is_forbidden(row):
            assert decision.action == "discard", row


def test_a_crash_is_reported_once_a_day(decided: list[tuple[Row, Decision]]) -> None:
    """What was reported within 24 hours is not asked about; older, or by a wrong clock, it is."""
    for row, decision in decided:
        if row[3] in LATELY and not is_forbidden(row):
            assert (decision.action, "1a2b3c4d" in decision.reason) == ("discard", True), row
        elif row[3] not in LATELY:
            assert "1a2b3c4d" not in decision.reason, row


def test_the_answer_now_is_followed(decided: list[tuple[Row, Decision]]) -> None:
    """Where nothing forbids, the answer to this report counts before any that stands."""
    for row, decision in decided:
        given = row[5]
        if given is not None and not is_forbidden(row) and row[3] not in LATELY:
            assert decision.action == GIVEN[given], row


def test_nobody_is_asked_who_is_not_there(decided: list[tuple[Row, Decision]]) -> None:
    """No row asks without a terminal, in CI, under an agent or in a test run."""
    for row, decision in decided:
        if decision.action == "ask":
            assert not nobody_can_be_asked(row), row


def test_nothing_is_kept_but_after_later(decided: list[tuple[Row, Decision]]) -> None:
    """A report is kept where later was said, and nowhere else."""
    for row, decision in decided:
        assert (decision.action == "keep") <= (row[5] == "later"), row


def test_new_attributes_are_withheld_or_asked_for(decided: list[tuple[Row, Decision]]) -> None:
    """What an always was not given for stays out of what it sends, and is asked for on a terminal."""
    for row, decision in decided:
        if decision.action == "send" and row[5] is None:
            assert decision.withheld == WITHHELD.get(row[0], set()), row
            assert not decision.withheld or nobody_can_be_asked(row), row
        else:
            assert not decision.withheld, row


@pytest.mark.parametrize(
    "stricter",
    [
        {"environment": {"DO_NOT_TRACK": "1"}},
        {"environment": {"TELEMETRY_HOOK": "never"}},
        {"environment": {"TELEMETRY_HOOK": "ask"}},
        {"policy": "never"},
        {"policy": "ask"},
        {"policy": "broken"},
        {"standing": "never"},
        {"standing": "never for all"},
        {"standing": "none"},
        {"earlier": "now"},
        {"given": "no"},
        {"given": "never"},
    ],
    ids=str,
)
def test_what_is_stricter_never_makes_it_looser(
    stricter: dict[str, object], decided: list[tuple[Row, Decision]]
) -> None:
    """Adding a prohibition, a limit, or a no never leads to a looser decision."""
    for row, decision in decided:
        standing, environment, policy, earlier, unaskable, given = row
        added = stricter.get("environment")
        if added is not None and (is_forbidden(row) or environment.keys() & dict(added).keys()):  # type: ignore[call-overload]
            continue  # it would take something stricter's place
        if "policy" in stricter and policy in NEVER_BY_POLICY | ASK_BY_POLICY:
            continue
        after = (
            stricter.get("standing", standing) if not standing.startswith("never") else standing,
            {**environment, **(added or {})},  # type: ignore[dict-item]
            stricter.get("policy", policy),
            stricter.get("earlier", earlier),
            unaskable,
            stricter.get("given", given),
        )
        changed = decide(facts(after))  # type: ignore[arg-type]
        assert STRICTNESS[changed.action] >= STRICTNESS[decision.action], (row, after)


@pytest.mark.parametrize("name", [*CI, *AGENTS, *TESTS])
def test_where_nobody_is_there_only_what_was_agreed_to_goes(name: str) -> None:
    """A CI job, an agent or a test run asks nothing, and sends only what an always covers."""
    for standing in STANDING:
        row: Row = (standing, {name: "1"}, "none", "no", None, None)
        decision = decide(facts(row))
        assert decision.action in ("send", "discard")
        assert (decision.action == "send") == (standing in AGREED)


def test_a_reason_says_where_it_is_set() -> None:
    """Each kind of rule names the place that it is set in, and how to change it."""

    def of(
        standing: str = "none",
        environment: dict[str, str] | None = None,
        policy: str = "none",
        earlier: str = "no",
    ) -> tuple[str, str, str]:
        decision = decide(facts((standing, environment or {}, policy, earlier, None, None)))
        return decision.reason, decision.where, decision.change

    assert of(environment={"DO_NOT_TRACK": "1"}) == (
        "DO_NOT_TRACK is set",
        "this shell's environment",
        "unset DO_NOT_TRACK",
    )
    assert of(policy="never")[:2] == ("your administrator said never", "/etc/policy")
    assert of(policy="broken")[0] == "the policy cannot be followed: it is no TOML"
    assert of("never") == (
        "you said never on 2026-01-01",
        "/home/answers.json",
        "telemetry-hook ask lift",
    )
    assert of("never for all")[2] == "telemetry-hook ask --all"
    assert of("always")[2] == "telemetry-hook never lift"
    assert of(earlier="now")[1] == "report 1a2b3c4d"
    assert of()[1] == ""
    assert "b is new" in of("fewer attributes")[0]
    assert "the tool's phase has changed" in of("another phase")[0]


@pytest.mark.parametrize(
    ("environment", "policy", "standing", "why"),
    [
        ({}, Policy(), {}, None),
        ({}, Policy(), {"lift": ALWAYS}, None),
        ({"CI": "1"}, Policy(), {}, None),
        ({"DO_NOT_TRACK": "1"}, Policy(), {}, "DO_NOT_TRACK is set"),
        ({}, POLICIES["never"], {}, "your administrator said never"),
        ({}, POLICIES["ask"], {}, None),
        ({}, POLICIES["broken"], {}, "the policy cannot be followed: it is no TOML"),
        ({}, Policy(), {ALL_TOOLS: NEVER}, "you said never on 2026-01-01"),
    ],
)
def test_consent_can_be_withdrawn_before_it_is_sent(
    environment: dict[str, str],
    policy: Policy,
    standing: dict[str, StandingAnswer],
    why: str | None,
) -> None:
    """What forbids asking forbids the sending of a stored report too."""
    found = withdrawn(
        environment, policy, Answers(standing), "lift", "https://errors.acme.example/"
    )
    assert (found or "").startswith(why or "")
    assert (found is None) == (why is None)


def test_a_stored_report_goes_to_no_other_receiver_than_the_organisations() -> None:
    """Where an administrator has set a receiver since, what was stored for another one stays."""
    policy = Policy("/etc/policy", Limits(receiver=HttpsReceiver("https://corp.example/reports")))
    stays = withdrawn({}, policy, Answers(), "lift", "https://errors.acme.example/")
    assert stays == "your administrator has set another receiver since"
    assert withdrawn({}, policy, Answers(), "lift", "https://corp.example/reports") is None
