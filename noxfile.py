"""The developer's front door: `nox` checks everything, as CI does."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import nox

PYTHONS = ["3.10", "3.11", "3.12", "3.13", "3.14"]
LONG = ("corpus", "properties")  # run by `nox -s corpus`
COVERED = ("command_line", "commands", "end_to_end", "gate", "plugins", "redact", "shapes")
TESTS = ["pytest", "pytest-xdist", "pexpect", "pyte", "kent", "build"]

nox.options.default_venv_backend = "venv"
nox.options.error_on_missing_interpreters = False
nox.options.sessions = ["lint", "types", "imports", "examples", "tests", "corpus", "coverage"]

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
def corpus(session: nox.Session) -> None:
    """Raise real and random exceptions with secrets in them, and look for leaks."""
    session.install(".", *TESTS)
    files = [f"tests/test_{name}.py" for name in LONG]
    session.run("python", "-m", "pytest", *files, *session.posargs)


@nox.session
def lint(session: nox.Session) -> None:
    """Check style and format."""
    session.install("ruff==0.17.6")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")


@nox.session
def types(session: nox.Session) -> None:
    """Check types, of the tests too."""
    session.install(".", "mypy", "nox", "pytest", "tomli", "types-pexpect", "types-setuptools")
    session.run("mypy")


@nox.session
def imports(session: nox.Session) -> None:
    """Check which module may import which."""
    session.install(".", "import-linter")
    session.run("lint-imports")


@nox.session
def examples(session: nox.Session) -> None:
    """Check the examples' types against the package as it is."""
    session.install(".", "mypy")
    for example in sorted(Path("examples").iterdir()):
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
def usefulness(session: nox.Session) -> None:
    """Measure what reports leak and what of a message they keep, beside sentry-sdk."""
    session.install(*TESTS)
    session.run("python", "benchmarks/usefulness.py", env={"PYTHONPATH": "tests"})
