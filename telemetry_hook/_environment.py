"""What the environment's variables say of who is there: a CI job, a coding agent."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

CI = (
    *("CI", "CONTINUOUS_INTEGRATION", "BUILD_NUMBER", "GITHUB_ACTIONS", "GITLAB_CI", "TF_BUILD"),
    *("JENKINS_URL", "TEAMCITY_VERSION", "BUILDKITE", "CIRCLECI", "TRAVIS", "APPVEYOR", "DRONE"),
    *("BITBUCKET_BUILD_NUMBER", "CODEBUILD_BUILD_ID", "SEMAPHORE", "WOODPECKER_CI"),
)
AGENTS = (
    *("CLAUDECODE", "CURSOR_AGENT", "GEMINI_CLI", "CODEX_SANDBOX", "OPENCODE", "AUGMENT_AGENT"),
    *("CLINE_ACTIVE", "GOOSE_TERMINAL", "AI_AGENT", "AGENT"),
)
OFF = ("", "0", "false")


def first_set(environment: "Mapping[str, str]", names: "tuple[str, ...]") -> "str | None":
    """Return the first of the variables that is there and not switched off."""
    return next((name for name in names if environment.get(name, "").lower() not in OFF), None)
