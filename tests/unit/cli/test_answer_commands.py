"""The commands `status`, `ask`, `always` and `never`, in this process."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner
from stored import add

from telemetry_hook import HttpsReceiver, Tool
from telemetry_hook._cli import _answers
from telemetry_hook._consent import answers, policy, rules
from telemetry_hook._consent.answers import Scope
from telemetry_hook._consent.environment import AGENTS, CI, GOVERNING, TESTS
from telemetry_hook._consent.policy import Limits, Policy
from telemetry_hook._consent.rules import Decision
from telemetry_hook._disk import paths
from telemetry_hook._errors import PluginError
from telemetry_hook._installed import attribution
from telemetry_hook._outbox import states

pytestmark = [pytest.mark.once, pytest.mark.usefixtures("bare_name")]

TOOL = Tool(
    name="lift",
    publisher="Acme Ltd",
    receiver=HttpsReceiver("https://errors.acme.example/"),
    purpose="to fix bugs in Lift",
)
SCOPE = Scope("acme-lift", TOOL.receiver.address, "stable", ())


def registration(package: str) -> Any:
    distribution = SimpleNamespace(name=f"acme-{package}", version="1.4.0")
    return SimpleNamespace(plugin=distribution, distribution=distribution, package=package)


def plugin(registration: Any, limits: Policy) -> Any:
    if registration.package == "broken":
        raise PluginError("the plugin for broken cannot be loaded")
    return SimpleNamespace(tool=TOOL, registration=registration, policy=limits, asks=True)


@pytest.fixture(autouse=True)
def _installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have one sound and one broken plugin, and files of this test's own."""
    monkeypatch.setattr(paths, "answers", lambda: tmp_path / "config/answers.json")
    monkeypatch.setattr(paths, "outbox", lambda: tmp_path / "outbox")
    monkeypatch.setattr(policy, "load", Policy)
    both = [registration("lift"), registration("broken")]
    monkeypatch.setattr(attribution, "registrations", lambda: both)
    monkeypatch.setattr(attribution, "family", lambda *_: [])
    monkeypatch.setattr(_answers, "Plugin", plugin)
    for name in (*GOVERNING, *CI, *AGENTS, *TESTS):
        monkeypatch.delenv(name, raising=False)


def run(command: Any, *arguments: str) -> str:
    ended = CliRunner().invoke(command, arguments, catch_exceptions=False)
    assert ended.exit_code == 0, ended.output
    return ended.output


def test_status_shows_the_rule_that_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    """A new rule too, for people and as JSON."""
    monkeypatch.delenv("PYTEST_CURRENT_TEST")
    assert run(_answers.status) == (
        "broken: would do nothing: the plugin for broken cannot be loaded\n"
        "\n"
        "lift: would ask: there is no standing answer\n"
        "  set in  no file or variable; asking is the default\n"
        "  change  telemetry-hook always lift, or telemetry-hook never lift\n"
        "  tool    acme-lift, stable; to fix bugs in Lift\n"
        "  to      Acme Ltd, errors.acme.example\n"
    )
    eclipse = Decision("discard", "there is an eclipse", "the sky", ("wait",))
    new = rules.Rule("eclipse", "absence", lambda _: eclipse)
    monkeypatch.setattr(rules, "RULES", (new, *rules.RULES))
    assert run(_answers.status, "lift").startswith(
        "lift: would do nothing: there is an eclipse\n  set in  the sky\n  change  wait\n"
    )
    [lift] = json.loads(run(_answers.status, "lift", "--json"))
    assert (lift["action"], lift["reason"], lift["set_in"], lift["change"]) == (
        "discard",
        "there is an eclipse",
        "the sky",
        "wait",
    )


def test_status_says_that_a_release_is_retired() -> None:
    """It is the receiver's word, and ends with the release."""
    address = SimpleNamespace(address=TOOL.receiver.address)
    answered = add(1, version="1.4.0", tool={"receiver": address})
    states.change(answered._replace(status=410), "discarded", "why")
    assert run(_answers.status, "lift").startswith(
        "lift: would do nothing: the receiver wants no more reports of this release "
        "(receipt 00000000)\n  set in  report 00000000\n  change  install a newer release\n"
    )


def test_always_says_what_limits_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each rule that forbids, or that asks in spite of it, is named with how to change it."""
    done = (
        "lift will send its reports to Acme Ltd (errors.acme.example).\n"
        "To stop: telemetry-hook never lift\n"
    )
    assert run(_answers.always, "lift") == done
    assert answers.load_answers().by_tool["lift"].scope == SCOPE
    monkeypatch.setenv("TELEMETRY_HOOK", "ask")
    assert run(_answers.always, "lift") == (
        f"{done}But TELEMETRY_HOOK=ask is set, so the tool still asks.\n"
        "To change this: unset TELEMETRY_HOOK\n"
    )
    monkeypatch.delenv("TELEMETRY_HOOK")
    monkeypatch.setattr(policy, "load", lambda: Policy("/etc/policy", Limits("ask")))
    assert run(_answers.always, "lift") == (
        f"{done}But your administrator wants you to be asked each time, so the tool still asks.\n"
        "To change this: ask your administrator\n"
    )
    monkeypatch.setenv("DO_NOT_TRACK", "1")
    assert run(_answers.always, "lift") == (
        f"{done}But DO_NOT_TRACK is set, so the tool neither asks nor sends.\n"
        "To change this: unset DO_NOT_TRACK\n"
    )


def test_ask_says_what_still_forbids() -> None:
    """A never for all tools stays when the answer for one is cleared."""
    run(_answers.never, "lift")
    assert run(_answers.ask, "lift") == "lift has no standing answer now.\n"
    run(_answers.never, "--all")
    since = answers.load_answers().by_tool["*"].since
    assert run(_answers.ask, "lift") == (
        "lift has no standing answer now.\n"
        f"But you said never to every tool on {since}, so the tool neither asks nor sends.\n"
        "To change this: telemetry-hook ask --all\n"
    )
    assert run(_answers.ask, "--all") == (
        "`never --all` is cleared; answers for single tools stay.\n"
    )
    assert answers.load_answers().by_tool == {}


def test_never_says_how_to_undo_it() -> None:
    """For one tool, for one that is not installed, and for all."""
    assert run(_answers.never, "lift") == (
        "lift will never ask.\nTo undo: telemetry-hook ask lift\n"
    )
    assert run(_answers.never, "photon") == (
        "The tool photon is not registered here; the answer is saved anyway.\n"
        "photon will never ask.\nTo undo: telemetry-hook ask photon\n"
    )
    assert run(_answers.never, "--all") == (
        "Every tool will never ask.\nTo undo: telemetry-hook ask --all\n"
    )
    assert answers.load_answers().by_tool.keys() == {"lift", "photon", "*"}
