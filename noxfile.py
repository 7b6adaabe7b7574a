"""The developer's front door: `nox` checks everything, as CI does."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import nox

PYTHONS = ["3.10", "3.11", "3.12", "3.13", "3.14"]
# What takes long, or is the same under every Python: run once, by `nox -s long`.
LONG = (
    *("alembic", "browser", "bugsink", "consent", "corpus", "faults", "kills", "otlp"),
    *("properties", "storage", "window"),
)
COVERED = ("command_line", "commands", "end_to_end", "gate", "plugins", "redact", "shapes")
ROTEL = "rotel==0.0.1a15; python_version < '3.14' and sys_platform == 'linux'"  # it has no others
TESTS = [
    "pytest",
    "pytest-xdist",
    "pexpect",
    "pyte",
    "jsonschema",
    "kent",
    "build",
    "trustme",
    ROTEL,
]

nox.options.default_venv_backend = "venv"
nox.options.error_on_missing_interpreters = False
nox.options.sessions = ["lint", "types", "imports", "examples", "tests", "long", "coverage"]

# pyenv's shims start only versions that were chosen: choose all there are.
if versions := sorted(
    Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")).glob("versions/3.1*")
):
    os.environ["PYENV_VERSION"] = ":".join(each.name for each in versions)


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """Run the tests: real wheels, programs, terminals and servers."""
    session.install(".", *TESTS)
    arguments = session.posargs or [f"--ignore=tests/test_{name}.py" for name in LONG]
    session.run("python", "-m", "pytest", "-n", "auto", *arguments)


@nox.session
def long(session: nox.Session) -> None:
    """Run the long tests once: a thousand exceptions, faults, kills, full disks, a browser, a window."""
    session.install(".", *TESTS, "playwright")
    files = [f"tests/test_{name}.py" for name in LONG]
    session.run("python", "-m", "pytest", "-n", "2", *files, *session.posargs)


@nox.session
def bugsink(session: nox.Session) -> None:
    """Install a real tracker, let Lift crash, and read in the tracker's database what arrived."""
    session.install(".", *TESTS)
    session.run(
        "python", "-m", "pytest", "-m", "bugsink", "tests/test_bugsink.py", *session.posargs
    )


@nox.session
def kills(session: nox.Session) -> None:
    """Kill programs and senders a thousand times, and see that no stored report is lost."""
    session.install(*TESTS)
    session.run("python", "tests/kills.py", "1000", env={"PYTHONPATH": "tests"})


@nox.session
def lint(session: nox.Session) -> None:
    """Check style and format."""
    session.install("ruff==0.17.6")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")


@nox.session
def types(session: nox.Session) -> None:
    """Check types, of the tests too."""
    stubs = ("tomli", "types-jsonschema", "types-pexpect", "types-setuptools")
    session.install(".", "mypy", "nox", "playwright", "pytest", "pyte", "trustme", *stubs)
    session.run("mypy")


@nox.session
def imports(session: nox.Session) -> None:
    """Check which module may import which."""
    session.install(".", "import-linter")
    session.run("lint-imports")


@nox.session
def examples(session: nox.Session) -> None:
    """Check the examples' types against the package as it is."""
    examples = sorted(Path("examples").iterdir())
    session.install(".", "mypy", "tomli", *(f"./{each}" for each in examples))
    for example in examples:
        session.run("mypy", "--strict", f"{example}/{example.name}")


@nox.session
def coverage(session: nox.Session) -> None:
    """Measure which lines the tests run, in the crashing programs and in the sender too."""
    session.install(".", "coverage>=7.10", *TESTS)
    directory = Path(session.create_tmp()).resolve()
    environment = {
        "COVERAGE_PROCESS_START": str(Path("pyproject.toml").resolve()),
        "COVERAGE_FILE": str(directory / "coverage"),
    }
    chosen = [f"tests/test_{name}.py" for name in COVERED]
    session.run("coverage", "run", "-m", "pytest", "-q", "-n", "2", *chosen, env=environment)
    session.run("coverage", "combine", "--quiet", env=environment)
    session.run("coverage", "report", env=environment)


@nox.session
def messages(session: nox.Session) -> None:
    """Learn what each Python's C code says, and add it to the table that is shipped."""
    found = [path for name in PYTHONS if (path := shutil.which(f"python{name}"))]
    session.run("python", "tools/learn_messages", *found)


@nox.session
def benchmark(session: nox.Session) -> None:
    """Measure what telemetry-hook costs, as ratios and differences within one run."""
    session.install(".")
    session.run("python", "benchmarks/run.py", *session.posargs)


@nox.session
def faults(session: nox.Session) -> None:
    """Measure what each fault of a receiver costs the user, and the report, beside sentry-sdk."""
    session.install(*TESTS)
    session.run("python", "benchmarks/faults.py", env={"PYTHONPATH": "tests"})


@nox.session
def usefulness(session: nox.Session) -> None:
    """Measure what reports leak and what of a message they keep, beside sentry-sdk."""
    session.install(*TESTS)
    session.run("python", "benchmarks/usefulness.py", env={"PYTHONPATH": "tests"})


@nox.session
def web(session: nox.Session) -> None:
    """Measure what the web middleware costs healthy requests, while others fail too."""
    session.install(*TESTS)
    session.run("python", "benchmarks/web.py", env={"PYTHONPATH": "tests"})


@nox.session
def rates(session: nox.Session) -> None:
    """Simulate a bad release on a million machines, and draw what its receiver sees."""
    session.install(".")
    session.run("python", "benchmarks/rates.py", *session.posargs)
