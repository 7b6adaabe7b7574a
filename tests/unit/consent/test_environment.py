"""The environment as the user has set it, whatever the program has done to it since."""

from __future__ import annotations

import os

import pytest

from telemetry_hook._consent.environment import (
    AGENTS,
    CI,
    GOVERNING,
    TESTS,
    as_started,
    first_set,
)

pytestmark = pytest.mark.once

ALL = (*CI, *AGENTS, *GOVERNING, *TESTS)


@pytest.fixture(autouse=True)
def _bare(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ALL:
        monkeypatch.delenv(name, raising=False)


def test_no_variable_gets_lost() -> None:
    """Each is a convention of others: one that is missing or misspelt asks where nobody is."""
    known = """
    CI CONTINUOUS_INTEGRATION BUILD_NUMBER GITHUB_ACTIONS GITLAB_CI TF_BUILD JENKINS_URL
    TEAMCITY_VERSION BUILDKITE CIRCLECI TRAVIS APPVEYOR DRONE BITBUCKET_BUILD_NUMBER
    CODEBUILD_BUILD_ID SEMAPHORE WOODPECKER_CI
    AI_AGENT AGENT CLAUDECODE CLAUDE_CODE CURSOR_AGENT GEMINI_CLI CODEX_SANDBOX
    CODEX_THREAD_ID CODEX_CI OPENCODE OPENCODE_CLIENT COPILOT_CLI COPILOT_AGENT
    AUGMENT_AGENT QWEN_CODE CLINE_ACTIVE GOOSE_TERMINAL AMP_CURRENT_THREAD_ID
    ANTIGRAVITY_AGENT
    DO_NOT_TRACK TELEMETRY_HOOK TELEMETRY_HOOK_STARTUP
    PYTEST_VERSION PYTEST_CURRENT_TEST
    """
    assert list(ALL) == known.split()


def encoded(**variables: str) -> dict[object, object]:
    """Return variables as `os.environ` keeps them."""
    return {os.fsencode(name): os.fsencode(value) for name, value in variables.items()}


@pytest.mark.parametrize(
    ("variables", "name"),
    [
        ({}, None),
        ({"B": "1"}, "B"),
        ({"A": "x", "B": "1"}, "A"),
        ({"A": "", "B": "1"}, "B"),
        ({"A": "0", "B": "1"}, "B"),
        ({"A": "False", "B": "true"}, "B"),
        ({"A": "FALSE"}, None),
        ({"C": "1"}, None),
    ],
)
def test_the_first_variable_that_is_set_is_named(
    variables: dict[str, str], name: str | None
) -> None:
    """Empty, 0 and false mean that it is off."""
    assert first_set(variables, ("A", "B")) == name


def test_without_the_hook_the_environment_is_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is a copy."""
    monkeypatch.setenv("DO_NOT_TRACK", "1")
    found = as_started({})
    assert found == dict(os.environ)
    assert found is not os.environ


@pytest.mark.parametrize(
    "name", ["HOME", "HTTPS_PROXY", "SSL_CERT_FILE", "PATH", "PAGER", "LD_PRELOAD"]
)
def test_variables_are_those_at_the_start(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Changed, added or removed by the program: the user's own value is used."""
    started = encoded(LANG="C", **{name: "/users"})
    assert as_started(started)[name] == "/users"
    monkeypatch.setenv(name, "/programs")
    assert as_started(started)[name] == "/users"
    assert name not in as_started(encoded(LANG="C"))


@pytest.mark.parametrize("name", [*CI, *AGENTS, *TESTS])
def test_nobody_who_was_not_there_at_the_start_is_there(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A program can add a reason not to ask, and cannot take one away."""
    started = encoded(LANG="C", **{name: "x"})
    assert as_started(started)[name] == "x"
    monkeypatch.setenv(name, "0")
    assert as_started(started)[name] == "x"
    monkeypatch.setenv(name, "1")
    for off in ({}, {name: ""}, {name: "0"}, {name: "false"}):
        assert as_started(encoded(LANG="C", **off))[name] == "1"


@pytest.mark.parametrize(
    ("name", "before", "now", "expected"),
    [
        ("DO_NOT_TRACK", "1", None, "1"),
        ("DO_NOT_TRACK", "1", "0", "1"),
        ("DO_NOT_TRACK", "false", "", "false"),
        ("DO_NOT_TRACK", "0", "1", "1"),
        ("DO_NOT_TRACK", None, "1", "1"),
        ("DO_NOT_TRACK", "", "1", "1"),
        ("TELEMETRY_HOOK", "never", None, "never"),
        ("TELEMETRY_HOOK", "never", "ask", "never"),
        ("TELEMETRY_HOOK", "0", "ask", "0"),
        ("TELEMETRY_HOOK", "ask", None, "ask"),
        ("TELEMETRY_HOOK", "ask", "", "ask"),
        ("TELEMETRY_HOOK", "ask", "never", "never"),
        ("TELEMETRY_HOOK", None, "ask", "ask"),
        ("TELEMETRY_HOOK", "", "never", "never"),
        ("TELEMETRY_HOOK_STARTUP", "0", None, "0"),
        ("TELEMETRY_HOOK_STARTUP", "0", "1", "0"),
        ("TELEMETRY_HOOK_STARTUP", "1", "0", "0"),
        ("TELEMETRY_HOOK_STARTUP", None, "0", "0"),
    ],
)
def test_what_forbade_at_the_start_still_does(
    monkeypatch: pytest.MonkeyPatch, name: str, before: str | None, now: str | None, expected: str
) -> None:
    """A program can add a prohibition, and cannot take one away."""
    if now is not None:
        monkeypatch.setenv(name, now)
    started = encoded(LANG="C", **({} if before is None else {name: before}))
    assert as_started(started)[name] == expected


def test_other_variables_are_the_users_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the program has changed or added since is not in it, and its own environment stays."""
    monkeypatch.setenv("LIFT_LEVEL", "2")
    monkeypatch.setenv("LIFT_MODE", "fast")
    for name in TESTS:
        monkeypatch.delenv(name, raising=False)
    before = dict(os.environ)
    assert as_started(encoded(LIFT_LEVEL="1")) == {"LIFT_LEVEL": "1"}
    assert dict(os.environ) == before
