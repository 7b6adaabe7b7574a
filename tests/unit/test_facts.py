"""What a decision depends on: gathered from the files, the environment and the earlier reports."""

from __future__ import annotations

import os
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from telemetry_hook import Flag, HttpsReceiver, Tool, _facts
from telemetry_hook._ask import terminal
from telemetry_hook._consent import answers, policy, rules
from telemetry_hook._consent.answers import ALL_TOOLS, Answers, Scope, StandingAnswer
from telemetry_hook._consent.environment import AGENTS, CI, GOVERNING, TESTS
from telemetry_hook._consent.policy import Limits, Policy
from telemetry_hook._consent.rules import REPEAT_AFTER_SECONDS, Decision, Facts
from telemetry_hook._disk import paths
from telemetry_hook._errors import StorageError
from telemetry_hook._outbox import entry as _entry
from telemetry_hook._outbox import identity
from telemetry_hook._outbox.entry import Entry, Withdrawal

pytestmark = [pytest.mark.once, pytest.mark.usefixtures("bare_name")]

NOW = 1_800_000_000.0
RECEIVER = "https://errors.acme.example/"
SCOPE = Scope("acme-lift", RECEIVER, "preview", ())
FACTS = Facts({}, Policy(), Answers(), "lift", SCOPE, None)
REPORT: Any = SimpleNamespace(
    fingerprint="f" * 64, exceptions=(), tool=SimpleNamespace(name="acme-lift", version="1.4.0")
)


@pytest.fixture(autouse=True)
def outbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an outbox of this test's own; it is always `NOW`."""
    directory = tmp_path / "outbox"
    directory.mkdir(mode=0o700)
    monkeypatch.setattr(paths, "outbox", lambda: directory)
    monkeypatch.setattr(paths, "answers", lambda: tmp_path / "config/answers.json")
    monkeypatch.setattr(time, "time", lambda: NOW)
    for name in (*GOVERNING, *CI, *AGENTS, *TESTS):
        monkeypatch.delenv(name, raising=False)
    return directory


def add(outbox: Path, number: int, changed: float, **values: Any) -> None:
    """Store a sent report of the crash, with other values where they are given."""
    known: dict[str, Any] = {
        "id": f"{number:032x}",
        "state": "sent",
        "tool": "lift",
        "publisher": "Acme Ltd",
        "url": RECEIVER,
        "receiver": RECEIVER,
        "headers": {},
        "sha256": "",
        "size": 0,
        "created": changed,
        "changed": changed,
        "crash": identity.crash(REPORT),
        "release": "acme-lift@1.4.0",
    }
    path = outbox / f"{number:032x}.report"
    path.write_bytes(_entry.encode(Entry(**{**known, **values})))
    path.chmod(0o600)


@pytest.mark.parametrize(
    ("age", "action"),
    [
        (-1, "ask"),  # by a clock that ran ahead
        (0, "discard"),
        (1, "discard"),
        (REPEAT_AFTER_SECONDS - 1, "discard"),
        (REPEAT_AFTER_SECONDS, "ask"),
        (REPEAT_AFTER_SECONDS + 1, "ask"),
    ],
)
def test_a_crash_that_was_sent_may_be_sent_again_after_24_hours(
    outbox: Path, age: float, action: str
) -> None:
    """The time that the stored report itself states decides, to the second."""
    add(outbox, 1, NOW - age)
    facts = _facts.with_earlier(FACTS, REPORT)
    assert (facts.earlier is not None) == (action == "discard")
    assert facts.now == NOW
    assert rules.decide(facts).action == action


def test_the_latest_earlier_report_is_named(outbox: Path) -> None:
    """A report that a wrong clock put into the future hides no other."""
    for number, age in enumerate((3600, 60, 7200, -3600), start=1):
        add(outbox, number, NOW - age, id=f"{number}{'0' * 31}")
        (outbox / f"{number:032x}.report").rename(outbox / f"{number}{'0' * 31}.report")
    assert _facts.with_earlier(FACTS, REPORT).earlier == rules.Earlier("20000000", NOW - 60)


@pytest.mark.parametrize(
    "other",
    [
        {"state": "pending"},
        {"state": "later"},
        {"state": "discarded"},
        {"crash": "another"},
        {"release": "acme-lift@1.4.1"},
        {"receiver": "https://corp.example/", "url": "https://corp.example/"},
    ],
    ids=str,
)
def test_other_reports_are_no_earlier_report(outbox: Path, other: dict[str, str]) -> None:
    """Only a report of the same crash and release that was sent to the same receiver is one."""
    add(outbox, 1, NOW - 60, **other)
    assert _facts.with_earlier(FACTS, REPORT).earlier is None


def test_a_crash_in_withheld_code_has_no_earlier_report(outbox: Path) -> None:
    """Another bug may look the same."""
    for functions, has_earlier in (
        (["main", "<user code>"], False),
        (["<user code>", "main"], True),
    ):
        frames = [
            SimpleNamespace(
                function=function, in_app=function == "main", module=None, known_by=None
            )
            for function in functions
        ]
        exception = SimpleNamespace(
            frames=frames, relation=None, module=None, message="<…>", details=()
        )
        report: Any = SimpleNamespace(**{**vars(REPORT), "exceptions": (exception,)})
        add(outbox, 1, NOW - 60, crash=identity.crash(report))
        assert (_facts.with_earlier(FACTS, report).earlier is not None) == has_earlier


def test_an_unreadable_outbox_holds_no_earlier_report(
    outbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The question is asked; storing the report then says what is wrong."""
    outbox.rename(outbox.with_name("elsewhere"))
    loop = outbox.with_name("loop")
    loop.symlink_to(loop)
    monkeypatch.setattr(paths, "outbox", lambda: loop)
    assert _facts.with_earlier(FACTS, REPORT).earlier is None


TOOL = Tool(
    name="lift",
    publisher="Acme Ltd",
    receiver=HttpsReceiver(RECEIVER),
    purpose="to fix bugs",
    phase="preview",
    attributes=(Flag("a", "A flag"),),
)
WHOLE = Scope("acme-lift", TOOL.receiver.address, "preview", ("a: Flag()",))
NEVER = StandingAnswer("never", "2026-01-01")
ALWAYS = StandingAnswer("always", "2026-01-01", WHOLE)
CORP = HttpsReceiver("https://corp.example/reports")


def plugin(rules_of: Policy = FACTS.policy, *, asks: bool = True) -> Any:
    """Return the plugin of a tool under a policy."""
    distribution = SimpleNamespace(name="acme-lift", version="1.4.0+jane.2")
    registration = SimpleNamespace(plugin=distribution, distribution=distribution, package="lift")
    return SimpleNamespace(tool=TOOL, registration=registration, policy=rules_of, asks=asks)


@pytest.mark.parametrize(
    ("values", "is_retired"),
    [
        ({}, True),
        ({"changed": NOW - 99 * 86_400}, True),
        ({"crash": "another", "tool": "photon"}, True),
        *(({"status": status}, False) for status in (0, 404, 503)),
        ({"release": "acme-lift@1.4.1"}, False),
        ({"receiver": "https://corp.example/", "url": "https://corp.example/"}, False),
    ],
    ids=str,
)
def test_a_release_that_need_not_report(
    outbox: Path, values: dict[str, Any], *, is_retired: bool
) -> None:
    """The receiver has answered 410 to any report of it, however long ago. A local part is not looked at."""
    known = {"changed": NOW - 60, "state": "discarded", "status": 410, "id": "1" * 32}
    add(outbox, 1, **{**known, **values})
    (outbox / f"{1:032x}.report").rename(outbox / f"{'1' * 32}.report")
    assert _facts.about(plugin(), {}, None).retired_by == ("11111111" if is_retired else "")


def test_an_unreadable_outbox_retires_nothing(
    outbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loop = outbox.with_name("loop")
    loop.symlink_to(loop)
    monkeypatch.setattr(paths, "outbox", lambda: loop)
    assert _facts.about(plugin(), {}, None).retired_by == ""


def govern(monkeypatch: pytest.MonkeyPatch, limits: Policy) -> Policy:
    """Have this policy on the machine."""
    monkeypatch.setattr(policy, "load", lambda: limits)
    return limits


def test_the_facts_about_a_plugin(monkeypatch: pytest.MonkeyPatch) -> None:
    """They are the plugin's, the answers as saved, and the time."""
    answers.save_never("photon")
    limits = Policy("/etc/policy", Limits("ask"))
    facts = _facts.about(plugin(limits), {"CI": "1"}, "stdin is not a terminal")
    saved = answers.load_answers()
    assert saved.by_tool.keys() == {"photon"}
    expected = Facts(
        {"CI": "1"}, limits, saved, "lift", WHOLE, "stdin is not a terminal", None, None, NOW
    )
    assert facts == expected
    answers.save_never("lift")
    changed = govern(monkeypatch, Policy("/etc/policy", Limits("never")))
    assert _facts.refreshed(facts) == expected._replace(
        answers=answers.load_answers(), policy=changed
    )


def test_what_would_happen(monkeypatch: pytest.MonkeyPatch) -> None:
    """The decision is that of the rules, a new one included."""
    monkeypatch.delenv("PYTEST_CURRENT_TEST")
    assert _facts.decision(plugin()).reason == "there is no standing answer"
    monkeypatch.setattr(terminal, "why_unaskable", lambda: "stdin is not a terminal")
    assert _facts.decision(plugin()).action == "ask"  # a plugin's own way to ask needs none
    assert _facts.decision(plugin(asks=False)).reason == (
        "stdin is not a terminal, so nobody can be asked"
    )
    monkeypatch.setenv("DO_NOT_TRACK", "1")
    assert _facts.decision(plugin()).reason == "DO_NOT_TRACK is set"
    eclipse = Decision("discard", "there is an eclipse")
    new = rules.Rule("eclipse", "prohibition", lambda _: eclipse)
    monkeypatch.setattr(rules, "RULES", (new, *rules.RULES))
    assert _facts.decision(plugin()) == eclipse


def test_unreadable_answers_decide(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is asked or sent, by anybody, until the file can be read."""

    def unreadable() -> Answers:
        raise StorageError("answers.json is not a regular file; remove it")

    monkeypatch.setattr(answers, "load_answers", unreadable)
    assert _facts.decision(plugin()) == Decision(
        "discard",
        "answers.json is not a regular file; remove it",
        "the answers file",
        ("correct the file or delete it",),
    )
    for may_be_sent in (_facts.withdrawn, _facts.forbidden):
        with pytest.raises(StorageError, match="is not a regular file"):
            may_be_sent(stored())  # not now: that is not known


def test_damaged_answers_are_none() -> None:
    """They are reported elsewhere."""
    paths.answers().parent.mkdir(mode=0o700)
    paths.answers().write_text("not json")
    paths.answers().chmod(0o600)
    assert _facts.answers() == Answers()


def stored(*, is_standing: bool = False, receiver: str = TOOL.receiver.address) -> Any:
    """Return a stored report."""
    return Entry(
        id="1" * 32,
        state="pending",
        tool="lift",
        publisher="Acme Ltd",
        url=receiver,
        receiver=receiver,
        headers={},
        sha256="",
        size=0,
        created=NOW,
        changed=NOW,
        is_standing=is_standing,
    )


def reason(withdrawal: Withdrawal | None) -> str | None:
    """Return why a report is not sent."""
    return None if withdrawal is None else withdrawal.reason


@pytest.mark.parametrize(
    ("saved", "limits", "by_answer", "by_always"),
    [
        ({"lift": ALWAYS}, Policy(), None, None),
        ({"lift": ALWAYS._replace(scope=Scope())}, Policy(), None, None),
        ({}, Policy(), None, "there is no saved always for lift any more"),
        (
            {"lift": ALWAYS},
            Policy("/etc/policy", Limits("ask")),
            None,
            (
                "your administrator wants you to be asked each time; to change this: "
                "ask your administrator"
            ),
        ),
        *(
            (saved, Policy(), why, why)
            for saved, why in (
                (
                    {"lift": NEVER},
                    "you said never on 2026-01-01; to change this: telemetry-hook ask lift",
                ),
                (
                    {ALL_TOOLS: NEVER},
                    (
                        "you said never to every tool on 2026-01-01; to change this: "
                        "telemetry-hook ask --all"
                    ),
                ),
            )
        ),
        *(
            (
                {"lift": ALWAYS},
                Policy("/etc/policy", limits),
                f"{why}; to change this: ask your administrator",
                f"{why}; to change this: ask your administrator",
            )
            for limits, why in (
                (Limits("never"), "your administrator said never"),
                (Limits(receiver=CORP), "your administrator has set another receiver since then"),
            )
        ),
    ],
)
def test_a_stored_report_may_be_withdrawn(
    monkeypatch: pytest.MonkeyPatch,
    saved: dict[str, StandingAnswer],
    limits: Policy,
    by_answer: str | None,
    by_always: str | None,
) -> None:
    """The reason has what to do; what an always agreed to needs that always still."""
    monkeypatch.setattr(answers, "load_answers", lambda: Answers(saved))
    govern(monkeypatch, limits)
    assert reason(_facts.withdrawn(stored())) == by_answer
    assert reason(_facts.withdrawn(stored(is_standing=True))) == by_always
    assert reason(_facts.forbidden(stored(is_standing=True))) == by_answer


def test_a_stored_report_for_the_organisations_receiver_goes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It was agreed to for that one."""
    govern(monkeypatch, Policy("/etc/policy", Limits(receiver=CORP)))
    assert _facts.withdrawn(stored(receiver=CORP.address)) is None


def test_a_new_rule_holds_stored_reports_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """One entry of the list is enough."""
    eclipse = Decision("discard", "there is an eclipse", "the sky", ("wait",))
    new = rules.Rule("eclipse", "prohibition", lambda _: eclipse)
    monkeypatch.setattr(rules, "RULES", (*rules.RULES, new))
    assert reason(_facts.withdrawn(stored())) == "there is an eclipse; to change this: wait"


@pytest.mark.parametrize(
    ("saved", "limits", "by_answer", "by_always"),
    [
        ({"lift": NEVER}, Policy(), "discarded", "discarded"),
        ({ALL_TOOLS: NEVER}, Policy(), "discarded", "discarded"),
        ({}, Policy("/etc/policy", Limits("never")), "pending", "later"),
        ({"lift": ALWAYS}, Policy("/etc/policy", Limits("never")), "pending", "pending"),
        ({"lift": ALWAYS}, Policy("/etc/policy", fault="Input/output error"), "pending", "pending"),
    ],
)
def test_only_the_users_word_is_final(
    monkeypatch: pytest.MonkeyPatch,
    saved: dict[str, StandingAnswer],
    limits: Policy,
    by_answer: str,
    by_always: str,
) -> None:
    """A policy may be corrected, and may not be readable for a moment."""
    monkeypatch.setattr(answers, "load_answers", lambda: Answers(saved))
    govern(monkeypatch, limits)
    for is_standing, state in ((False, by_answer), (True, by_always)):
        withdrawal = _facts.withdrawn(stored(is_standing=is_standing))
        assert withdrawal is not None
        assert withdrawal.state == state


ABSENT = {"CI": "1"}


@pytest.mark.parametrize(
    ("environment", "limits", "saved", "is_discarded"),
    [
        ({}, Policy(), {}, False),
        ({"DO_NOT_TRACK": "1"}, Policy(), {"lift": ALWAYS}, True),
        ({}, Policy("/p", Limits("never")), {"lift": ALWAYS}, True),
        ({}, Policy("/p", fault="odd"), {"lift": ALWAYS}, True),
        ({}, Policy("/p", Limits("never"), {"lift": Limits("ask")}), {}, False),
        ({}, Policy("/p", Limits("never"), {"lift": Limits("ask")}), {"lift": NEVER}, True),
        ({}, Policy("/p", Limits(), {"lift": Limits("never")}), {}, False),
        ({}, Policy(), {"lift": NEVER}, False),
        ({}, Policy(), {ALL_TOOLS: NEVER}, True),
        (ABSENT, Policy(), {}, True),
        (ABSENT, Policy(), {"lift": NEVER}, True),
        (ABSENT, Policy(), {"lift": ALWAYS}, False),
        (ABSENT, Policy("/p", Limits("ask")), {"lift": ALWAYS}, True),
        (ABSENT, Policy("/p", Limits(receiver=CORP)), {"lift": ALWAYS}, True),
        (
            ABSENT,
            Policy("/p", Limits(receiver=CORP)),
            {"lift": ALWAYS._replace(scope=WHOLE._replace(receiver=CORP.address))},
            False,
        ),
        ({}, Policy("/p", Limits(receiver=CORP)), {"lift": ALWAYS}, False),
    ],
)
def test_no_plugin_is_needed_where_every_tool_is_discarded(
    monkeypatch: pytest.MonkeyPatch,
    environment: dict[str, str],
    limits: Policy,
    saved: dict[str, StandingAnswer],
    is_discarded: bool,
) -> None:
    """Only where no name, no scope and no way to ask of a plugin's could lead to anything else."""
    monkeypatch.setattr(answers, "load_answers", lambda: Answers(saved))
    assert _facts.is_every_tool_discarded(environment, limits) == is_discarded


def test_the_facts_about_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """They are the environment's and the files'; the rest is as at the last always."""
    answers.save_always("lift", WHOLE)
    limits = govern(monkeypatch, Policy("/etc/policy", Limits("ask")))
    saved = answers.load_answers()
    assert _facts.about_name("lift") == Facts(os.environ, limits, saved, "lift", WHOLE)
    assert _facts.about_name("photon") == Facts(os.environ, limits, saved, "photon", Scope())
    corp = govern(monkeypatch, Policy("/etc/policy", Limits(receiver=CORP)))
    there = WHOLE._replace(receiver=CORP.address)
    assert _facts.about_name("lift") == Facts(os.environ, corp, saved, "lift", there)
