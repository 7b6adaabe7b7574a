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
# They lead to the user's answers and reports, and to the receiver.
PLACES = (
    *("HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "USERPROFILE", "APPDATA", "LOCALAPPDATA"),
    *("SSL_CERT_FILE", "SSL_CERT_DIR"),
    *("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY"),
    *("https_proxy", "http_proxy", "all_proxy", "no_proxy"),
)
PAGER = ("PAGER", "LESS", "PATH")
TESTS = ("PYTEST_VERSION", "PYTEST_CURRENT_TEST")
OFF = ("", "0", "false")


def first_set(environment: "Mapping[str, str]", names: "tuple[str, ...]") -> "str | None":
    """Return the first of the variables that is there and not switched off."""
    return next((name for name in names if environment.get(name, "").lower() not in OFF), None)


def as_started(at_start: "Mapping[object, object]") -> "dict[str, str]":
    """Return the environment in which our variables are as the user had set them.

    What forbids may have been added meanwhile; what forbade at the start still does.
    """
    found = dict(os.environ)
    if not at_start:
        return found
    started = {os.fsdecode(name): os.fsdecode(value) for name, value in at_start.items()}  # type: ignore[arg-type]
    for name in (*PLACES, *PAGER):
        found.pop(name, None)
        if name in started:
            found[name] = started[name]
    for name in GOVERNING:
        if started.get(name, "") not in ("", "0"):
            found[name] = started[name]
    for name in (*CI, *AGENTS, *TESTS):
        if first_set(started, (name,)) is not None:
            found[name] = started[name]
    return found


def restore(at_start: "Mapping[object, object]") -> None:
    """Give our variables the values back that the user had set, whatever the program has done since."""
    found = as_started(at_start)
    for name in (*PLACES, *PAGER, *GOVERNING, *CI, *AGENTS, *TESTS):
        if name in found:
            os.environ[name] = found[name]
        else:
            os.environ.pop(name, None)


def moved(environment: "Mapping[str, str]") -> "str | None":
    """Return which variable the program has changed that leads to answers, reports or receiver.

    `environment` is what `as_started` gave.
    """
    return next((each for each in PLACES if os.environ.get(each) != environment.get(each)), None)
