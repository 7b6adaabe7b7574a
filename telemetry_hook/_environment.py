"""What the environment's variables say of who is there: a CI job, a coding agent, a test run."""

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

CI = (
    *("CI", "CONTINUOUS_INTEGRATION", "BUILD_NUMBER", "GITHUB_ACTIONS", "GITLAB_CI", "TF_BUILD"),
    *("JENKINS_URL", "TEAMCITY_VERSION", "BUILDKITE", "CIRCLECI", "TRAVIS", "APPVEYOR", "DRONE"),
    *("BITBUCKET_BUILD_NUMBER", "CODEBUILD_BUILD_ID", "SEMAPHORE", "WOODPECKER_CI"),
)
# Two conventions that many agents follow, then what each sets in the shells that it starts: Claude
# Code, Cursor, Gemini CLI, Codex, opencode, Copilot, Augment, Qwen Code, Cline, Goose, Amp, Antigravity.
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
# They lead to the user's answers and reports, to the pager, and to the receiver.
PLACES = (
    *("HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "USERPROFILE", "APPDATA", "LOCALAPPDATA"),
    *("PAGER", "LESS", "PATH", "SSL_CERT_FILE", "SSL_CERT_DIR"),
    *("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY"),
    *("https_proxy", "http_proxy", "all_proxy", "no_proxy"),
)
TESTS = ("PYTEST_VERSION", "PYTEST_CURRENT_TEST")
OFF = ("", "0", "false")


def first_set(environment: "Mapping[str, str]", names: "tuple[str, ...]") -> "str | None":
    """Return the first of the variables that is there and not switched off."""
    return next((name for name in names if environment.get(name, "").lower() not in OFF), None)


def restore(at_start: "Mapping[object, object]") -> None:
    """Give our variables the values back that the user had set, whatever the program has done since.

    What forbids may have been added meanwhile; what forbade at the start still does.
    """
    if not at_start:
        return
    started = {os.fsdecode(name): os.fsdecode(value) for name, value in at_start.items()}  # type: ignore[arg-type]
    for name in PLACES:
        if name in started:
            os.environ[name] = started[name]
        else:
            os.environ.pop(name, None)
    for name in GOVERNING:
        if started.get(name, "") not in ("", "0"):
            os.environ[name] = started[name]
    for name in (*CI, *AGENTS, *TESTS):
        if first_set(started, (name,)) is not None:
            os.environ[name] = started[name]
