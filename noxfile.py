"""Sessions for developers: `nox` checks everything, as CI does."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import nox

PYTHONS = ["3.10", "3.11", "3.12", "3.13", "3.14", "3.15"]
FIELD = ["3.10", "3.15"]  # that run tests/field too
CPYTHON = ["3.11", "3.13", "3.15"]  # whose own tests `nox -s cpython` runs
PYPY = "pypy3"  # telemetry-hook does nothing there, which a test shows
# `tools/pythons.sh` puts missing Pythons here: for everybody if it may, else for its user.
SHARED = Path("/var/cache/telemetry-hook/pythons")
PERSONAL = Path.home() / ".cache/telemetry-hook/pythons"
# Set in CI: a Python, a program or a library that is missing is an error there, not a skip.
REQUIRE_ALL = "REQUIRE_ALL" in os.environ
# Many tests wait, for terminals and servers.
WORKERS = str((os.cpu_count() or 1) + 1)
ROTEL = "rotel==0.0.1a15; python_version < '3.14' and sys_platform == 'linux'"  # it has no others
TESTS = [
    "pytest",
    "pytest-xdist",
    "pexpect",
    "pyte",
    "jsonschema",
    "kent",
    "build",
    "installer",
    "trustme",
    "pipx",
    "uv",
    ROTEL,
]
FREE_THREADED = [
    f"tests/field/test_{name}.py" for name in ("catching", "web", "free_threaded", "start_line")
]
# A hundred programs at once: they need the cores for themselves, and are the same for every user.
CROWD = "tests/promises/test_nothing_consented_is_lost.py::test_a_hundred_tools_crash_at_once"
INSTALLERS = ["pipx", "uv", "shiv", "pex", "pyinstaller"]
LINT = ["pre-commit"]
TYPES = [
    *("installer", "mypy", "nox", "playwright", "pyinstaller", "pytest", "pyte", "sentry-sdk"),
    *("tomli", "trustme", "types-jsonschema", "types-pexpect", "types-pyinstaller"),
    *("types-setuptools", "uv"),
]
IMPORTS = ["import-linter"]

nox.options.default_venv_backend = "virtualenv"  # Debian's newest Pythons cannot do it alone
nox.options.error_on_missing_interpreters = REQUIRE_ALL
nox.options.sessions = ["lint", "types", "imports", "examples", "tests", "long"]

# pyenv's shims start only versions that were chosen: choose all there are.
if versions := sorted(
    Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")).glob("versions/3.1*")
):
    os.environ["PYENV_VERSION"] = ":".join(version.name for version in versions)
os.environ["PATH"] += "".join(f"{os.pathsep}{path / 'bin'}" for path in (PERSONAL, SHARED))


@nox.session(venv_backend="none")
def pythons(session: nox.Session) -> None:
    """Fetch the Pythons that are missing on this machine, without installing them."""
    missing = [name for name in (*map("python{}".format, PYTHONS), PYPY) if not runs(name)]
    untested = [f"python{version}" for version in CPYTHON if not tested(version)]
    missing = list(dict.fromkeys([*missing, *untested]))
    directory = SHARED if os.access("/var/cache", os.W_OK) else PERSONAL
    if missing:
        session.run("tools/pythons.sh", str(directory), *missing, external=True)


def runs(program: str) -> bool:
    """Return whether a program is there and starts; one of pyenv's may be there and not start."""
    path = shutil.which(program)
    return path is not None and subprocess.call([path, "-c", ""]) == 0  # noqa: S603 - it is ours


def tested(version: str) -> str | None:
    """Return the first Python of a version that has CPython's own tests; Debian leaves them out."""
    code = "import importlib.util as util, sys; sys.exit(not util.find_spec('test.test_sys'))"
    for directory in os.environ["PATH"].split(os.pathsep):
        path = shutil.which(f"python{version}", path=directory)
        if path is None:
            continue
        command = [path, "-Ic", code]
        if subprocess.call(command, stderr=subprocess.DEVNULL) == 0:  # noqa: S603 - it is ours
            return path
    return None


@nox.session(reuse_venv=True)
def quick(session: nox.Session) -> None:
    """Check style, types and imports, and run the tests that start no program: three minutes."""
    session.install(".", *LINT, *TYPES, *IMPORTS, *TESTS)
    check_style(session)
    check_types(session)
    check_imports(session)
    session.run("python", "-m", "pytest", "-q", "-n", "auto", "tests/unit")


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """Run the tests whose result depends on the Python: real wheels, programs and terminals.

    The tests of the field run on the oldest Python and on the newest; `nox -s account`, which CI runs as
    an ordinary user, runs them on one between them.
    """
    session.install(".", *TESTS)
    directories = ["tests"] if session.python in FIELD else ["tests/unit", "tests/promises"]
    arguments = session.posargs or [*directories, "-m", "not once and not bugsink"]
    session.run("python", "-m", "pytest", "-n", WORKERS, *arguments)


@nox.session(venv_backend="none")
def free_threaded(session: nox.Session) -> None:
    """Build a Python without the global lock, once, and run the tests with threads on it.

    Modules of C code that are not made for such a Python would switch the lock on. The tests fail if
    one of ours is among those that do.
    """
    directory = (SHARED if os.access("/var/cache", os.W_OK) else PERSONAL) / "free_threaded"
    session.run("tools/free_threaded.sh", str(directory), external=True)
    work = Path(session.create_tmp()).resolve()
    session.run(directory / "bin/python3t", "-m", "venv", "--clear", work / "venv", external=True)
    # The newest of some projects have no wheels for 3.13t any more.
    constraints = work / "constraints.txt"
    constraints.write_text("typer<0.16\njsonschema<4.18\n")
    python, environment = work / "venv/bin/python", {"PIP_CONSTRAINT": str(constraints)}
    needed = [name for name in TESTS if name not in ("trustme", ROTEL)]
    session.run(python, "-m", "pip", "-q", "install", ".", *needed, env=environment, external=True)
    tests = session.posargs or ["tests/unit", "tests/promises", *FREE_THREADED, "-m", "not once"]
    session.run(python, "-m", "pytest", "-n", "2", *tests, env=environment, external=True)


@nox.session
def long(session: nox.Session) -> None:
    """Run the tests that are the same under every Python: servers, a browser, faults, kills, full disks."""
    session.install(".", *TESTS, *INSTALLERS, "playwright")
    # Browsers and freezers keep the cores busy. The user's wait of three seconds must stay enough.
    session.run(
        "python", "-m", "pytest", "-n", "auto", "-m", "once and not bugsink", *session.posargs
    )


@nox.session(python=PYTHONS)
def installers(session: nox.Session) -> None:
    """Install a tool in every way there is, have it crash, and write the table in the docs.

    The table has the results of all Pythons that this was run on.
    """
    session.install(".", *TESTS, *INSTALLERS)
    results = Path("build/installers")
    results.mkdir(parents=True, exist_ok=True)
    file = results / f"{session.python}.xml"
    command = ["python", "-m", "pytest", "-n", "2", "-m", "installers", f"--junitxml={file}"]
    session.run(*command, *session.posargs, success_codes=[0, 1])  # the table has the failures
    documents = ["docs/installers.md", *map(str, sorted(results.glob("*.xml")))]
    session.run("python", "tests/installers_table.py", *documents)


@nox.session
def account(session: nox.Session) -> None:
    """Run the tests that may depend on who runs them; CI runs them as an ordinary user."""
    session.install(".", *TESTS)
    session.run(
        "python",
        "-m",
        "pytest",
        "-n",
        WORKERS,
        *("-m", "account or not (once or bugsink)"),
        *("--deselect", CROWD),
        *(session.posargs or ["tests/promises", "tests/field"]),
    )


@nox.session
def bugsink(session: nox.Session) -> None:
    """Install a real tracker, let Lift crash, and read in the tracker's database what arrived."""
    session.install(".", *TESTS)
    session.run(
        "python", "-m", "pytest", "-m", "bugsink", "tests/field/test_bugsink.py", *session.posargs
    )


@nox.session
def kills(session: nox.Session) -> None:
    """Kill programs and senders a thousand times, and see that no stored report is lost."""
    session.install(*TESTS)
    session.run("python", "tests/kills.py", "1000", env={"PYTHONPATH": "tests"})


@nox.session(name="faults-by-call")
def faults_by_call(session: nox.Session) -> None:
    """Make each single system call of saving and of sending fail, and see that nothing is lost.

    `-- --every 20 --offset 3` runs a sample, `-- --only 'yes 200 fsync 2 EIO'` repeats a complaint.
    """
    if shutil.which("strace") is None:
        if REQUIRE_ALL:
            session.error("no strace here: apt-get install strace")
        session.skip("no strace here: apt-get install strace")
    session.install(*TESTS)
    command = ["python", "tests/faults_by_call.py"]
    session.run(*command, *session.posargs, env={"PYTHONPATH": "tests"})


@nox.session
def cpython(session: nox.Session) -> None:
    """Run the tests of CPython, click, Typer, rich and pytest with the package and without it.

    The outcome of each test must be the same. `-- test_sys click 3.13` chooses files of CPython's,
    projects, and Pythons.
    """
    session.install("pip>=25.1")  # the first that installs dependency groups
    options = []
    for version in CPYTHON:
        if path := tested(version):
            options.append(f"--python={version}={path}")
        elif REQUIRE_ALL:
            session.error(f"no Python {version} with CPython's own tests: run `nox -s pythons`")
        else:
            session.warn(f"skipped: no Python {version} with CPython's own tests here")
    work = Path(session.create_tmp()).resolve()
    command = ["python", "tests/neighbour_suites.py", f"--work={work}", *options]
    # Homes have short paths outside of this project: sockets and pytest's own tests need that.
    environment = {"PYTHONPATH": "tests", "TMPDIR": tempfile.gettempdir()}
    session.run(*command, *session.posargs, env=environment)


@nox.session
def lint(session: nox.Session) -> None:
    """Check style and format."""
    session.install(*LINT)
    check_style(session)


def check_style(session: nox.Session) -> None:
    """Run on all files what is checked at each commit."""
    session.run("pre-commit", "run", "--all-files", "--show-diff-on-failure")


@nox.session
def types(session: nox.Session) -> None:
    """Check types, of the tests too."""
    session.install(".", *TYPES)
    check_types(session)


def check_types(session: nox.Session) -> None:
    """Run mypy, which an environment has, also as it would run on the systems that CI lacks."""
    session.run("mypy")
    for platform in ("darwin", "win32"):
        # What follows `if sys.platform == "win32": return` is unreachable there, as it should be.
        session.run("mypy", f"--platform={platform}", "--no-warn-unreachable", "telemetry_hook")


@nox.session
def imports(session: nox.Session) -> None:
    """Check which module may import which."""
    session.install(".", *IMPORTS)
    check_imports(session)


def check_imports(session: nox.Session) -> None:
    """Run import-linter, which an environment has."""
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
    """Run all tests, and measure the lines they run, in the crashing programs and the sender too."""
    session.install(".", "coverage>=7.10", *TESTS, *INSTALLERS, "playwright")
    directory = Path(session.create_tmp()).resolve() / "coverage"
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir()
    environment = {
        "COVERAGE_PROCESS_START": str(Path("pyproject.toml").resolve()),
        "COVERAGE_FILE": str(directory / "data"),
    }
    command = ["coverage", "run", "-m", "pytest", "-n", "2", "-m", "not bugsink"]
    session.run(*command, *session.posargs, env=environment)
    session.run("coverage", "combine", "--quiet", env=environment)
    # A part of the tests runs a part of the lines.
    least = ["--fail-under=0"] if session.posargs else []
    session.run("coverage", "report", *least, env=environment)


@nox.session
def mutation(session: nox.Session) -> None:
    """Break the code in small ways, and count the ways that the tests in tests/unit notice."""
    session.install(".", "cosmic-ray", *TESTS)
    session.run("pip", "uninstall", "--quiet", "--yes", "telemetry-hook")  # only copies are tested
    session.run("python", "tests/mutations.py", *session.posargs)


@nox.session
def messages(session: nox.Session) -> None:
    """Learn the messages of each Python's C code, and add them to the shipped table."""
    found = [path for name in PYTHONS if (path := shutil.which(f"python{name}"))]
    session.run("python", "tools/learn_messages", *found)


@nox.session
def benchmark(session: nox.Session) -> None:
    """Measure what telemetry-hook costs: instructions at start under each Python, times under one."""
    session.install(".", "coverage>=7.10")
    pythons = filter(runs, (f"python{version}" for version in PYTHONS))
    session.run("python", "benchmarks/startup.py", *pythons)
    session.run("python", "benchmarks/run.py")


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
def bugs(session: nox.Session) -> None:
    """Run real tools until they crash, and count the facts in reports, in sentry-sdk's and in stacks."""
    session.install(*TESTS)
    work = Path(session.create_tmp()).resolve() / "bugs"
    command = ["python", "-m", "bugs", f"--work={work}"]
    session.run(*command, *session.posargs, env={"PYTHONPATH": "tests"})


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
