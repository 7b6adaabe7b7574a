"""What the environment's variables say of who is there: a CI job, a coding agent, a test run."""

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
TESTS = ("PYTEST_VERSION", "PYTEST_CURRENT_TEST")
OFF = ("", "0", "false")


def first_set(environment: "Mapping[str, str]", names: "tuple[str, ...]") -> "str | None":
    """Return the first of the variables that is there and not switched off."""
    return next((name for name in names if environment.get(name, "").lower() not in OFF), None)
