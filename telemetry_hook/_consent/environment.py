"""Environment variables that forbid reports, or that mean a CI job, an agent or a test run.

The user's own values are used, even if the program has changed its environment since it started.
"""

import os

from telemetry_hook._environment import decoded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

CI = (
    *("CI", "CONTINUOUS_INTEGRATION", "BUILD_NUMBER", "GITHUB_ACTIONS", "GITLAB_CI", "TF_BUILD"),
    *("JENKINS_URL", "TEAMCITY_VERSION", "BUILDKITE", "CIRCLECI", "TRAVIS", "APPVEYOR", "DRONE"),
    *("BITBUCKET_BUILD_NUMBER", "CODEBUILD_BUILD_ID", "SEMAPHORE", "WOODPECKER_CI"),
)
# The first two names are conventions that many agents follow. The others are variables that
# individual agents set in the shells that they start: Claude Code, Cursor, Gemini CLI, Codex,
# opencode, Copilot, Augment, Qwen Code, Cline, Goose, Amp, Antigravity.
AGENTS = (
    *("AI_AGENT", "AGENT"),
    *(
        "CLAUDECODE",
        "CLAUDE_CODE",
        "CURSOR_AGENT",
        "GEMINI_CLI",
        "CODEX_SANDBOX",
        "CODEX_THREAD_ID",
    ),
    *("CODEX_CI", "OPENCODE", "OPENCODE_CLIENT", "COPILOT_CLI", "COPILOT_AGENT", "AUGMENT_AGENT"),
    *("QWEN_CODE", "CLINE_ACTIVE", "GOOSE_TERMINAL", "AMP_CURRENT_THREAD_ID", "ANTIGRAVITY_AGENT"),
)
GOVERNING = ("DO_NOT_TRACK", "TELEMETRY_HOOK", "TELEMETRY_HOOK_STARTUP")
TESTS = ("PYTEST_VERSION", "PYTEST_CURRENT_TEST")
OFF = ("", "0", "false")


def forbids(name: str, value: str) -> bool:
    """Return whether a value of a variable in `GOVERNING` forbids everything.

    The value is ``''`` if the variable is not set. Every mode except *ask* forbids everything. That
    includes unknown modes, because whoever set one wanted a limit.
    """
    if name == "TELEMETRY_HOOK_STARTUP":
        return value == "0"
    return value not in ("", "0" if name == "DO_NOT_TRACK" else "ask")


def first_set(environment: "Mapping[str, str]", names: "tuple[str, ...]") -> "str | None":
    """Return the first variable that is set to a value other than those in `OFF`, or None."""
    return next((name for name in names if environment.get(name, "").lower() not in OFF), None)


def as_started(at_start: "Mapping[object, object]") -> "dict[str, str]":
    """Return the environment as it was when the program started.

    `at_start` is the content of ``os.environ._data`` at that time, or empty if that is not known.
    A variable that forbids, or that means that nobody is there, also applies if the program has
    added it since.
    """
    now = os.environ
    if not at_start:
        return dict(now)
    started = decoded(at_start)
    for name in GOVERNING:
        before = started.get(name, "")
        if name in now and not forbids(name, before) and (not before or forbids(name, now[name])):
            started[name] = now[name]
    for name in (*CI, *AGENTS, *TESTS):
        if first_set(started, (name,)) is None and name in now:
            started[name] = now[name]
    return started
