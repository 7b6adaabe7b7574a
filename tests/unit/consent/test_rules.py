"""Rules of consent: as properties over the full product of their inputs, and one by one."""

from __future__ import annotations

import itertools
from collections import Counter
from typing import get_args

import pytest

from telemetry_hook import _invocation
from telemetry_hook._consent import rules
from telemetry_hook._consent.answers import ALL_TOOLS, Answer, Answers, Scope, StandingAnswer
from telemetry_hook._consent.environment import AGENTS, CI, TESTS
from telemetry_hook._consent.policy import Limits, Policy
from telemetry_hook._consent.rules import (
    GIVEN,
    RULES,
    Decision,
    Earlier,
    Facts,
    Rule,
    Subject,
    decide,
    first,
    forbidden_here,
    withdrawn,
)
from telemetry_hook.receivers import HttpsReceiver

pytestmark = [pytest.mark.once, pytest.mark.usefixtures("bare_name")]

TIME = 1_800_000_000.0
SCOPE = Scope("acme-lift", "https://errors.acme.example/", "preview", ("a: Flag()", "b: Flag()"))
NEVER = StandingAnswer("never", "2026-01-01")
ALWAYS = StandingAnswer("always", "2026-01-01", SCOPE)


def always(**changes: str | tuple[str, ...]) -> dict[str, StandingAnswer]:
    """Return an always that was given for something else."""
    return {"lift": ALWAYS._replace(scope=SCOPE._replace(**changes))}  # type: ignore[arg-type]


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
    "no attributes": always(attributes=()),
    "more attributes": always(attributes=("a: Flag()", "b: Flag()", "c: Flag()")),
}
AGREED = {"always", "fewer attributes", "changed attribute", "no attributes", "more attributes"}
WITHHELD = {"fewer attributes": {"b"}, "changed attribute": {"b"}, "no attributes": {"a", "b"}}

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
    "broken": Policy("/etc/policy", fault="it is not valid TOML"),
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
UNASKABLE = (None, "stdin is not a terminal")
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
    return [(row, decision_of(row)) for row in ROWS]


KNOWN: dict[object, Decision] = {}


def decision_of(row: Row) -> Decision:
    """Decide a row, once for all tests."""
    standing, environment, *others = row
    key = (standing, frozenset(environment.items()), *others)
    if key not in KNOWN:
        KNOWN[key] = decide(facts(row))
    return KNOWN[key]


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
        changed = decision_of(after)  # type: ignore[arg-type]
        assert STRICTNESS[changed.action] >= STRICTNESS[decision.action], (row, after)


def test_a_retired_release_sends_nothing() -> None:
    """Whatever is answered or was answered, if nothing forbids it already."""
    for standing, given in itertools.product(STANDING, ANSWERS):
        row: Row = (standing, {}, "none", "now", None, given)
        decision = decide(facts(row)._replace(retired_by="1a2b3c4d"))
        if is_forbidden(row):
            assert decision == decide(facts(row))
        else:
            assert decision == Decision(
                "discard",
                "the receiver wants no more reports of this release (receipt 1a2b3c4d)",
                "report 1a2b3c4d",
                ("install a newer release",),
            )


@pytest.mark.parametrize("name", [*CI, *AGENTS, *TESTS])
def test_where_nobody_is_there_only_what_was_agreed_to_goes(name: str) -> None:
    """A CI job, an agent or a test run asks nothing, and sends only what an always covers."""
    for standing in STANDING:
        row: Row = (standing, {name: "1"}, "none", "no", None, None)
        decision = decide(facts(row))
        assert decision.action in ("send", "discard")
        assert (decision.action == "send") == (standing in AGREED)


SHELL = "this shell's environment"
EITHER = "telemetry-hook always lift, or telemetry-hook never lift"
AGREE = "telemetry-hook always lift, if it should send without asking"
ANSWERS_FILE, POLICY_FILE = "/home/answers.json", "/etc/policy"
ADMINISTRATOR = "ask your administrator"


@pytest.mark.parametrize(
    ("changes", "reason", "where", "change"),
    [
        (
            {"environment": {"DO_NOT_TRACK": "1"}},
            "DO_NOT_TRACK is set",
            SHELL,
            "unset DO_NOT_TRACK",
        ),
        ({"policy": "never"}, "your administrator said never", POLICY_FILE, ADMINISTRATOR),
        (
            {"policy": "broken"},
            "the policy cannot be followed: it is not valid TOML",
            POLICY_FILE,
            ADMINISTRATOR,
        ),
        (
            {"standing": "never"},
            "you said never on 2026-01-01",
            ANSWERS_FILE,
            "telemetry-hook ask lift",
        ),
        (
            {"standing": "never for all"},
            "you said never to every tool on 2026-01-01",
            ANSWERS_FILE,
            "telemetry-hook ask --all",
        ),
        (
            {"earlier": "now"},
            "this crash was reported already (receipt 1a2b3c4d)",
            "report 1a2b3c4d",
            "it can be reported again 24 hours after that report",
        ),
        ({"given": "later"}, "you said later", "your answer", ""),
        (
            {"standing": "always"},
            "you said always on 2026-01-01",
            ANSWERS_FILE,
            "telemetry-hook never lift",
        ),
        (
            {"environment": {"CI": "true"}},
            "this is a CI job (CI is set), so nobody can be asked",
            SHELL,
            AGREE,
        ),
        (
            {"environment": {"CLAUDECODE": "1"}},
            "this is a coding agent (CLAUDECODE is set), so nobody can be asked",
            SHELL,
            AGREE,
        ),
        (
            {"environment": {"PYTEST_VERSION": "8"}},
            "this is a test run (PYTEST_VERSION is set), so nobody can be asked",
            SHELL,
            AGREE,
        ),
        (
            {"unaskable": "stdin is not a terminal"},
            "stdin is not a terminal, so nobody can be asked",
            "how it is run here",
            AGREE,
        ),
        (
            {"standing": "always", "environment": {"TELEMETRY_HOOK": "ask"}},
            "TELEMETRY_HOOK=ask is set",
            SHELL,
            "unset TELEMETRY_HOOK",
        ),
        (
            {"standing": "always", "policy": "ask"},
            "your administrator wants you to be asked each time",
            POLICY_FILE,
            ADMINISTRATOR,
        ),
        (
            {"standing": "another distribution"},
            "the distribution that asks has changed since you said always on 2026-01-01",
            ANSWERS_FILE,
            EITHER,
        ),
        (
            {"standing": "another receiver"},
            "the receiver's address has changed since you said always on 2026-01-01",
            ANSWERS_FILE,
            EITHER,
        ),
        (
            {"standing": "another phase"},
            "the tool's phase has changed since you said always on 2026-01-01",
            ANSWERS_FILE,
            EITHER,
        ),
        (
            {"standing": "fewer attributes"},
            "b is new since you said always on 2026-01-01",
            ANSWERS_FILE,
            EITHER,
        ),
        (
            {"standing": "no attributes"},
            "a, b are new since you said always on 2026-01-01",
            ANSWERS_FILE,
            EITHER,
        ),
        ({}, "there is no standing answer", "", EITHER),
    ],
    ids=str,
)
def test_a_reason_says_where_it_is_set(
    changes: dict[str, object], reason: str, where: str, change: str
) -> None:
    """Each rule names its reason, the place that it is set in, and how to change it."""
    row: dict[str, object] = {
        "standing": "none",
        "environment": {},
        "policy": "none",
        "earlier": "no",
        "unaskable": None,
        "given": None,
    }
    decision = decide(facts(tuple((row | changes).values())))  # type: ignore[arg-type]
    rendered = _invocation.joined(*decision.change)
    assert (decision.reason, decision.where, rendered) == (reason, where, change)


@pytest.mark.parametrize(
    ("environment", "policy", "standing", "why"),
    [
        ({}, Policy(), {}, None),
        ({}, Policy(), {"lift": ALWAYS}, None),
        ({"CI": "1"}, Policy(), {}, None),
        ({"TELEMETRY_HOOK": "ask"}, Policy(), {"lift": ALWAYS}, None),
        ({"DO_NOT_TRACK": "1"}, Policy(), {}, "DO_NOT_TRACK is set"),
        ({}, POLICIES["never"], {}, "your administrator said never"),
        ({}, POLICIES["ask"], {}, None),
        ({}, POLICIES["broken"], {}, "the policy cannot be followed: it is not valid TOML"),
        ({}, Policy(), {ALL_TOOLS: NEVER}, "you said never to every tool on 2026-01-01"),
    ],
)
def test_consent_can_be_withdrawn_before_it_is_sent(
    environment: dict[str, str],
    policy: Policy,
    standing: dict[str, StandingAnswer],
    why: str | None,
) -> None:
    """What forbids asking forbids the sending of a stored report too, and nothing else does."""
    stored = Facts(environment, policy, Answers(standing), "lift", SCOPE)
    decision = withdrawn(stored, is_standing=False)
    assert (decision and decision.reason) == why


@pytest.mark.parametrize(
    ("environment", "policy", "standing", "why"),
    [
        ({}, Policy(), {"lift": ALWAYS}, None),
        ({"CI": "1"}, Policy(), {"lift": ALWAYS}, None),
        ({}, Policy(), {"lift": ALWAYS._replace(scope=Scope())}, None),
        ({}, Policy(), {}, "there is no saved always for lift any more"),
        ({"TELEMETRY_HOOK": "ask"}, Policy(), {"lift": ALWAYS}, "TELEMETRY_HOOK=ask is set"),
        (
            {},
            POLICIES["ask"],
            {"lift": ALWAYS},
            "your administrator wants you to be asked each time",
        ),
        ({"DO_NOT_TRACK": "1"}, Policy(), {}, "DO_NOT_TRACK is set"),
        ({}, Policy(), {"lift": NEVER}, "you said never on 2026-01-01"),
    ],
)
def test_what_rests_on_an_always_goes_only_with_it(
    environment: dict[str, str],
    policy: Policy,
    standing: dict[str, StandingAnswer],
    why: str | None,
) -> None:
    """A report that an always agreed to stays where a crash now would be asked about each time."""
    stored = Facts(environment, policy, Answers(standing), "lift", SCOPE)
    decision = withdrawn(stored, is_standing=True)
    assert (decision and decision.reason) == why


def test_a_stored_report_goes_to_no_other_receiver_than_the_organisations() -> None:
    """Where an administrator has set a receiver since, what was stored for another one stays."""
    policy = Policy("/etc/policy", Limits(receiver=HttpsReceiver("https://corp.example/reports")))
    stored = Facts({}, policy, tool="lift", scope=SCOPE)
    there = stored._replace(scope=Scope(receiver="https://corp.example/reports"))
    expected = Decision(
        "discard",
        "your administrator has set another receiver since then",
        "/etc/policy",
        ("ask your administrator",),
    )
    for is_standing in (False, True):
        assert withdrawn(stored, is_standing=is_standing) == expected
    assert withdrawn(there, is_standing=False) is None
    assert decide(stored) == expected
    assert decide(there).action == "ask"


@pytest.mark.parametrize("subject", get_args(Subject))
def test_a_new_rule_is_one_entry_of_the_list(
    subject: Subject, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All that asks about a subject sees a new rule about it."""
    eclipse = Decision("discard", "there is an eclipse", "the sky", ("wait",))
    always = Facts({}, answers=Answers({"lift": ALWAYS}), tool="lift", scope=SCOPE)
    assert decide(always).action == "send"
    new = Rule("eclipse", subject, lambda facts: eclipse if facts.tool == "lift" else None)
    monkeypatch.setattr(rules, "RULES", (new, *RULES))
    assert decide(always) == eclipse
    assert first(always, subject) == eclipse
    assert withdrawn(always, is_standing=False) == (eclipse if subject == "prohibition" else None)
    stays = subject in ("prohibition", "limit")
    assert withdrawn(always, is_standing=True) == (eclipse if stays else None)
    # At the end of the list too, what limits an always keeps it from sending.
    monkeypatch.setattr(rules, "RULES", (*RULES, new))
    assert (decide(always).action == "send") == (subject not in ("limit", "change"))


def test_variables_that_forbid_everything_are_found_by_themselves() -> None:
    """The environment alone forbids; whether somebody is there to be asked is another question."""
    for name, value, reason in (
        ("DO_NOT_TRACK", "1", "DO_NOT_TRACK is set"),
        ("DO_NOT_TRACK", "false", "DO_NOT_TRACK is set"),
        ("TELEMETRY_HOOK", "never", "TELEMETRY_HOOK=never is set"),
        ("TELEMETRY_HOOK", "nonsense", "TELEMETRY_HOOK=nonsense is set"),
        ("TELEMETRY_HOOK_STARTUP", "0", "TELEMETRY_HOOK_STARTUP=0 is set"),
    ):
        decision = Decision("discard", reason, "this shell's environment", (f"unset {name}",))
        assert forbidden_here({name: value}) == decision
    for name, value in (
        ("DO_NOT_TRACK", "0"),
        ("DO_NOT_TRACK", ""),
        ("TELEMETRY_HOOK", "ask"),
        ("TELEMETRY_HOOK", ""),
        ("TELEMETRY_HOOK_STARTUP", "1"),
        ("TELEMETRY_HOOK_STARTUP", ""),
        ("CI", "1"),
    ):
        assert forbidden_here({name: value}) is None


@pytest.mark.parametrize(
    ("age", "action"),
    [
        (-1, "ask"),  # by a clock that ran ahead
        (0, "discard"),
        (24 * 3600 - 1, "discard"),
        (24 * 3600, "ask"),
        (24 * 3600 + 1, "ask"),
    ],
)
def test_the_same_crash_is_sent_once_in_24_hours(age: float, action: str) -> None:
    """The boundary is exact to the second."""
    known = Facts({}, tool="lift", scope=SCOPE, earlier=Earlier("1a2b3c4d", TIME - age), now=TIME)
    assert decide(known).action == action


def test_the_list_is_in_the_order_of_the_docs() -> None:
    """What forbids comes first, then the last day, the answer, the always, and who is there."""
    assert [(rule.about, rule.name) for rule in RULES] == [
        ("prohibition", "hook is off"),
        ("prohibition", "do not track"),
        ("prohibition", "mode forbids"),
        ("prohibition", "policy forbids"),
        ("prohibition", "policy has another receiver"),
        ("prohibition", "never"),
        ("retirement", "release is retired"),
        ("repetition", "reported already"),
        ("answer", "answer to this report"),
        ("always", "always"),
        ("absence", "CI job"),
        ("absence", "coding agent"),
        ("absence", "test run"),
        ("absence", "no terminal"),
        ("limit", "mode asks"),
        ("limit", "policy asks"),
        ("change", "scope has changed"),
        ("change", "attributes are new"),
        ("default", "default"),
    ]
