"""Real wheels in real environments, real programs on real terminals, real receivers."""

from __future__ import annotations

import base64
import contextlib
import ctypes.util
import fcntl
import hashlib
import http.server
import importlib.metadata
import importlib.util
import json
import os
import shutil
import socket
import subprocess
import sys
import sysconfig
import threading
import time
import urllib.request
import venv
import warnings
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import installer
import pexpect
import pip
import pytest
import uv
from installer.destinations import SchemeDictionaryDestination
from installer.sources import WheelFile
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
# Set where everything has to be there, as in CI: a tool that is missing fails the tests that need it.
REQUIRE_ALL = "REQUIRE_ALL"
COVERAGE = ("COVERAGE_PROCESS_START", "COVERAGE_FILE")
COVERAGE_PTH = (
    f'import os; os.environ.get("{COVERAGE[0]}") and __import__("coverage").process_startup()\n'
)
# The Python that environments are made from. Python 3.10 has only its directory.
BASE: str = getattr(sys, "_base_executable", sys.executable)
if sys.version_info < (3, 11) and (base_directory := getattr(sys, "_home", None)):
    BASE = f"{base_directory}/python3.10"
QUESTION = "Send this report? (no) "
# What the tests' tools and scripts import beside Python and us.
PACKAGES = ("typer", "exceptiongroup; python_version < '3.11'")

# What a plugin needs at least; tests format it.
PLUGIN = """
import os
from telemetry_hook import *
from telemetry_hook import hookimpl

@hookimpl
def telemetry_tool():
    return Tool(
        name="{name}", publisher="Acme Ltd", purpose="to find and fix bugs",
        receiver=FileReceiver(os.environ["REPORTS"]), {more}
    )
"""


@dataclass
class Environment:
    """A virtual environment, mostly one that the project's wheel is installed in."""

    directory: Path

    @property
    def bin(self) -> Path:
        return self.directory / ("Scripts" if os.name == "nt" else "bin")

    @property
    def python(self) -> Path:
        return self.bin / "python"

    @property
    def site(self) -> Path:
        return next(self.directory.glob("lib/py*/site-packages"))

    def pip(self, *arguments: str | Path) -> None:
        """Run pip for this environment, which has none of its own: that would take seconds.

        A wheel's `Path` stands for its name and version, as if it came from an index. pip records
        the URL of a file that it is given, and such a distribution is not a published one. Wheels
        without options are unpacked as pip would do it: starting pip takes a second.
        """
        wheels = [path for path in arguments if isinstance(path, Path) and path.suffix == ".whl"]
        others = [str(argument) for argument in arguments if argument not in wheels]
        options = [argument for argument in others if argument.startswith("--")]
        named = ["{}=={}".format(*wheel.name.split("-")) for wheel in wheels]
        if wheels and arguments[0] == "install" and not {*options} - {"--no-deps"}:
            for wheel in wheels:
                self._unpack(wheel)
        elif wheels:
            links = [f"--find-links={wheel}" for wheel in wheels]
            self._pip("install", "--no-index", "--no-deps", *options, *links, *named)
        if not wheels or "--no-deps" not in options or others != ["install", *options]:
            self._pip(*others, *named)

    def _pip(self, *arguments: str) -> None:
        # What `--python` runs: that starts pip twice.
        runner = Path(pip.__file__).with_name("__pip-runner__.py")
        command: list[str | Path] = [self.python, runner, "--quiet", *arguments]
        subprocess.run(command, check=True, env=pip_environment())

    def _unpack(self, wheel: Path) -> None:
        name, version = wheel.name.split("-")[:2]
        known = importlib.metadata.distributions(name=name, path=[str(self.site)])
        if version in [each.version for each in known]:
            return
        self.remove(wheel)
        places = {"purelib": self.site, "platlib": self.site, "scripts": self.bin}
        places |= {"data": self.directory, "headers": self.directory}
        destination = SchemeDictionaryDestination(
            {scheme: str(place) for scheme, place in places.items()},
            str(self.python),
            "posix",
            bytecode_optimization_levels=(0,),
            overwrite_existing=True,
        )
        with WheelFile.open(wheel) as source, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # pip compiles what has warnings, too
            installer.install(source, destination, {"INSTALLER": b"pip\n", "REQUESTED": b""})

    def remove(self, *wheels: Path) -> None:
        """Delete what pip has installed from wheels, in a moment. What is no longer there is no error."""
        names = {canonicalize_name(wheel.name.partition("-")[0]) for wheel in wheels}
        for found in importlib.metadata.distributions(path=[str(self.site)]):
            if canonicalize_name(found.metadata["Name"]) not in names:
                continue
            paths = [Path(os.path.normpath(str(path.locate()))) for path in found.files or ()]
            for path in paths:
                path.unlink(missing_ok=True)
            parents = {parent for path in paths for parent in path.parents}
            inside = {parent for parent in parents if self.site in parent.parents}
            for directory in sorted(inside, key=lambda each: len(each.parts), reverse=True):
                shutil.rmtree(directory / "__pycache__", ignore_errors=True)
                with contextlib.suppress(OSError):
                    directory.rmdir()

    def mask(self, output: str) -> str:
        """Replace the environment's directory: `/tmp/env0/bin/lift` → `ENVIRONMENT/bin/lift`."""
        return output.replace(str(self.directory), "ENVIRONMENT")


@dataclass
class Home:
    """A user's home directory and the variables of their shell."""

    directory: Path
    variables: dict[str, str] = field(default_factory=dict)
    is_measured: bool = True

    @property
    def environment(self) -> dict[str, str]:
        return {
            "HOME": str(self.directory),
            "PATH": os.environ["PATH"],
            "LANG": "C.UTF-8",
            "TERM": "xterm",
            "PAGER": "cat",
            "REPORTS": str(self.reports),
            **{
                name: os.environ[name]
                for name in COVERAGE
                if self.is_measured and name in os.environ
            },
            **self.variables,
        }

    @property
    def reports(self) -> Path:
        return self.directory.parent / "reports"

    @property
    def answers(self) -> Path:
        return self.directory / ".config/telemetry-hook/answers.json"

    @property
    def outbox(self) -> Path:
        return self.directory / ".local/state/telemetry-hook/outbox"

    @property
    def log(self) -> Path:
        return self.directory / ".local/state/telemetry-hook/failures.log"

    def write_answers(self, text: str) -> None:
        """Write the file of answers as our own commands do: for its user alone."""
        self.answers.parent.mkdir(mode=0o700, parents=True)
        self.answers.write_text(text)
        self.answers.chmod(0o600)

    def files(self) -> list[str]:
        """List what is in the home, directories too."""
        return sorted(str(each.relative_to(self.directory)) for each in self.directory.rglob("*"))

    def received(self) -> list[dict[str, Any]]:
        """Return the reports that a FileReceiver got."""
        return [json.loads(each.read_text("utf-8")) for each in sorted(self.reports.glob("*.json"))]

    def forget(self) -> None:
        """Forget what was sent, once it is: the same crash is not reported twice a day."""
        sent = b'"state": "sent"'
        until(lambda: all(sent in each.read_bytes() for each in self.outbox.glob("*.report")))
        for each in self.outbox.glob("*.report"):
            each.unlink()

    def wait_for_reports(self, count: int = 1) -> list[dict[str, Any]]:
        """Wait until so many reports have arrived."""
        until(lambda: len(self.received()) >= count)
        return self.received()


class Terminal:
    """A program on a pseudo-terminal of 80 columns."""

    def __init__(
        self, command: list[str], environment: Mapping[str, str], directory: Path, **options: Any
    ) -> None:
        self.process = pexpect.spawn(
            command[0],
            command[1:],
            env=dict(environment),
            cwd=str(directory),
            encoding="utf-8",
            timeout=20,
            dimensions=(40, 80),
            **options,
        )
        self.screen = ""

    def expect(self, text: str) -> None:
        self.process.expect_exact(text)
        self.screen += (self.process.before or "") + text

    def answer(self, text: str) -> None:
        self.expect(QUESTION)
        self.process.sendline(text)

    def end(self) -> int:
        """Read to the end and return the exit status."""
        self.process.expect(pexpect.EOF)
        self.screen += self.process.before or ""
        self.process.close()
        status = self.process.exitstatus
        return status if status is not None else -(self.process.signalstatus or 0)


@dataclass
class Shell:
    """A person's shell in an environment, at home, in some directory."""

    environment: Environment
    home: Home
    directory: Path

    @property
    def variables(self) -> dict[str, str]:
        """The shell's variables. The environment is activated: its programs are first on PATH."""
        variables = self.home.environment
        return {**variables, "PATH": f"{self.environment.bin}{os.pathsep}{variables['PATH']}"}

    def run(self, *command: str | Path, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run a program without a terminal."""
        return subprocess.run(
            [self.find(command[0]), *map(str, command[1:])],
            env={**self.variables, **variables},
            cwd=self.directory,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def terminal(self, *command: str | Path, **variables: str) -> Terminal:
        """Run a program on a terminal."""
        return Terminal(
            [self.find(command[0]), *map(str, command[1:])],
            {**self.variables, **variables},
            self.directory,
        )

    def write(self, name: str, text: str) -> Path:
        path = self.directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def find(self, name: str | Path) -> str:
        """Return the path of the environment's program of this name, or else the name."""
        path = self.environment.bin / name
        return str(path if path.exists() else name)


@dataclass(frozen=True)
class Kent:
    """A running Kent: a real server of the Sentry protocol."""

    port: int

    @property
    def dsn(self) -> str:
        return f"http://0123456789abcdef@127.0.0.1:{self.port}/3"

    def get(self, path: str) -> Any:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/api/{path}") as answer:
            return json.load(answer)

    def events(self) -> list[dict[str, Any]]:
        """Return what has arrived, whole."""
        found = self.get("eventlist/")["events"]
        return [self.get(f"event/{each['event_id']}") for each in found]


class CrowdedServer(http.server.ThreadingHTTPServer):
    """A server that lets a crowd wait at its door, where others would turn it away."""

    request_queue_size = 512


class Receiver:
    """A receiver on this machine that answers as it is told, and keeps what it gets."""

    def __init__(self) -> None:
        self.status = 200
        self.headers: dict[str, str] = {}
        self.delay = 0.0
        self.bodies: list[bytes] = []
        self.asked = 0
        self.deleted: list[str] = []
        self.requests: list[dict[str, str]] = []
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                outer.asked += 1
                outer.requests.append({"path": self.path, **self.headers})
                body = self.rfile.read(int(self.headers["Content-Length"]))
                time.sleep(outer.delay)
                if outer.status < 300:
                    outer.bodies.append(body)
                self.send_response(outer.status)
                for name, value in outer.headers.items():
                    self.send_header(name, value)
                self.end_headers()

            def do_DELETE(self) -> None:
                if outer.status < 300:
                    outer.deleted.append(self.path)
                self.send_response(outer.status)
                self.end_headers()

            def log_message(self, *_: object) -> None: ...

        self.server = CrowdedServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    @property
    def dsn(self) -> str:
        return f"{self.url.replace('://', '://key@')}/1"


def until(condition: Callable[[], object], seconds: float = 20) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not become so"
        time.sleep(0.02)


def processes(name: str) -> dict[int, bytes]:
    """Return a file's content in `/proc`, as `cmdline`, of each process that lets us read it."""
    contents = {}
    for directory in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            contents[int(directory.name)] = (directory / name).read_bytes()
    return contents


def senders(project: Shell) -> list[int]:
    """Return the process ids of this home's senders."""
    home = f"HOME={project.home.directory}".encode()
    environments = processes("environ")
    return [
        process
        for process, command in processes("cmdline").items()
        if b"_sender.py" in command and home in environments.get(process, b"")
    ]


def has_module(name: str) -> bool:
    return importlib.util.find_spec(name) is not None


def has_libpython() -> bool:
    """Return whether this Python is there as a shared library, which a Python from pyenv is not."""
    name = "python{}.{}".format(*sys.version_info)
    directory = Path(sysconfig.get_config_var("LIBDIR") or "/nonexistent")
    return ctypes.util.find_library(name) is not None or any(directory.glob(f"lib{name}.so*"))


def can_unshare() -> bool:
    """Return whether a program can have mounts of its own here."""
    command = ["unshare", "--map-root-user", "--mount", "true"]
    return (
        shutil.which("unshare") is not None and subprocess.run(command, check=False).returncode == 0
    )


def can_trace() -> bool:
    """Return whether strace is here and may make another process's calls fail."""
    import traced

    return traced.can_trace()


@dataclass(frozen=True)
class Tool:
    """What some tests need beside Python: whether it is here, and how to get it."""

    is_here: Callable[[], bool]
    install: str


def program(name: str, package: str) -> Tool:
    return Tool(lambda: shutil.which(name) is not None, f"apt-get install {package}")


GERMAN = ("/usr/share/i18n/locales/de_DE", "/usr/share/locale/de/LC_MESSAGES/libc.mo")
TOOLS = {
    "Chromium": program("chromium", "chromium"),
    "Playwright": Tool(lambda: has_module("playwright"), "pip install playwright"),
    "Xvfb": program("Xvfb", "xvfb"),
    "xdotool": program("xdotool", "xdotool"),
    "tkinter": Tool(
        lambda: has_module("_tkinter"), "apt-get install python3-tk, for Debian's own Python"
    ),
    "libpython": Tool(has_libpython, "apt-get install libpython{}.{}".format(*sys.version_info)),
    "less": program("less", "less"),
    "EGL": Tool(
        lambda: ctypes.util.find_library("EGL") is not None,
        "apt-get install libegl1 libgl1 libxkbcommon0",
    ),
    "German": Tool(
        lambda: shutil.which("localedef") is not None and all(map(os.path.exists, GERMAN)),
        "apt-get install locales",
    ),
    "Rotel": Tool(lambda: has_module("rotel"), "pip install rotel, with Python 3.10 to 3.13"),
    "pipx": Tool(lambda: has_module("pipx"), "pip install pipx"),
    "uv": Tool(lambda: has_module("uv"), "pip install uv"),
    "shiv": Tool(lambda: has_module("shiv"), "pip install shiv"),
    "pex": Tool(lambda: has_module("pex"), "pip install pex"),
    "PyInstaller": Tool(lambda: has_module("PyInstaller"), "pip install pyinstaller"),
    "PyPy": Tool(lambda: shutil.which("pypy3") is not None, "nox -s pythons"),
    "C.UTF-8": Tool(Path("/usr/lib/locale/C.utf8").is_dir, "apt-get install libc-bin"),
    "strace": Tool(can_trace, "apt-get install strace, and the right to attach it to a process"),
    "mount namespaces": Tool(
        can_unshare, "apt-get install util-linux, and a kernel that lets users make them"
    ),
}
NEEDS = "This test needs "


def needs(*names: str) -> None:
    """Skip the running test if a tool is missing; fail it where everything has to be there."""
    for name in names:
        if not TOOLS[name].is_here():
            reason = f"{NEEDS}{name}: {TOOLS[name].install}"
            if REQUIRE_ALL in os.environ:
                pytest.fail(reason, pytrace=False)
            pytest.skip(reason)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """List the tools that were missing, how to get them, and how many tests were skipped for it."""
    missing: Counter[str] = Counter()
    for report in terminalreporter.stats.get("skipped", []):
        _, found, need = str(report.longrepr[2]).partition(NEEDS)
        missing[need] += bool(found)
    missing -= Counter()
    if missing:
        terminalreporter.section("skipped, because a tool is missing")
        for need, count in sorted(missing.items()):
            terminalreporter.write_line(f"{need} ({count} tests)")


def pip_environment() -> dict[str, str]:
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("TELEMETRY", "COV"))
    }


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def make_wheel(
    directory: Path,
    name: str,
    files: Mapping[str, str],
    *,
    version: str = "1.0",
    entry_points: Mapping[str, Mapping[str, str]] | None = None,
    requires: tuple[str, ...] = (),
) -> Path:
    """Write a wheel of a pure Python distribution."""
    info = f"{name.replace('-', '_')}-{version}.dist-info"
    contents = {path: text.encode() for path, text in files.items()}
    needs = "".join(f"Requires-Dist: {each}\n" for each in requires)
    contents[f"{info}/METADATA"] = (
        f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{needs}".encode()
    )
    contents[f"{info}/WHEEL"] = (
        b"Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    )
    lines = []
    for group, points in (entry_points or {}).items():
        lines += [f"[{group}]", *(f"{key} = {value}" for key, value in points.items())]
    contents[f"{info}/entry_points.txt"] = "\n".join([*lines, ""]).encode()
    record = [f"{path},{digest(content)},{len(content)}" for path, content in contents.items()]
    contents[f"{info}/RECORD"] = "\n".join([*record, f"{info}/RECORD,,", ""]).encode()
    wheel = directory / f"{name.replace('-', '_')}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for path, content in contents.items():
            archive.writestr(path, content)
    return wheel


def digest(content: bytes) -> str:
    hashed = base64.urlsafe_b64encode(hashlib.sha256(content).digest())
    return f"sha256={hashed.decode().rstrip('=')}"


def make_tool(
    directory: Path,
    name: str,
    code: str,
    *,
    plugin: str = PLUGIN,
    more: str = "",
    files: Mapping[str, str] | None = None,
    requires: tuple[str, ...] = (),
) -> Path:
    """Write the wheel of a tool with a console script, whose `main` is in the code, and a plugin."""
    return make_wheel(
        directory,
        f"acme-{name}",
        {
            f"{name}/__init__.py": "",
            f"{name}/__main__.py": f"from {name}.cli import main\nmain()\n",
            f"{name}/cli.py": code,
            f"{name}/telemetry.py": plugin.replace("{name}", name).replace("{more}", more),
            **(files or {}),
        },
        entry_points={
            "console_scripts": {name: f"{name}.cli:main"},
            "telemetry_hook": {name: f"{name}.telemetry"},
        },
        requires=requires,
    )


@pytest.fixture(scope="session")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the project to build from, so that a build leaves nothing behind here."""
    copy = tmp_path_factory.mktemp("source") / "project"
    ignored = shutil.ignore_patterns(".*", "build", "dist", "*.egg-info", "__pycache__")
    shutil.copytree(ROOT, copy, ignore=ignored)
    return copy


@pytest.fixture(scope="session")
def wheels(source: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Return the wheels of the project, of Lift and of Photon."""
    projects = {
        "telemetry-hook": source,
        **{name: source / "examples" / name for name in ("lift", "photon")},
    }

    def build(directory: Path) -> None:
        for name, project in projects.items():
            build_wheel(project, directory / name)

    directory = made_once(tmp_path_factory, "wheels", build)
    return {name: next((directory / name).glob("*.whl")) for name in projects}


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], None]) -> Path:
    """Return a directory that is made once, whichever of pytest-xdist's workers comes first."""
    run = factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        run = run.parent
    with (run / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (run / name).exists():
            (run / f"new-{name}").mkdir()
            make(run / f"new-{name}")
            (run / f"new-{name}").rename(run / name)
    return run / name


@pytest.fixture(scope="session")
def wheel(wheels: dict[str, Path]) -> Path:
    """Return the project's wheel."""
    return wheels["telemetry-hook"]


def build_wheel(project: Path, directory: Path) -> Path:
    subprocess.run(
        [sys.executable, "-m", "pip", "--quiet", "wheel", "--no-deps", "-w", directory, project],
        check=True,
        env=pip_environment(),
    )
    return next(directory.glob("*.whl"))


def make_environment(directory: Path, python: str | None = None) -> Environment:
    """Make an environment of this Python, or of another one."""
    if python is None:
        venv.create(directory, symlinks=True)
    else:
        subprocess.run([python, "-m", "venv", "--without-pip", directory], check=True)
    return Environment(directory)


@pytest.fixture(scope="session")
def environment(wheels: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """Return an environment with the project, the example tools Lift and Photon, and Typer."""
    return make_measured_environment(tmp_path_factory, *wheels.values())


@pytest.fixture(scope="session")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """Return an environment that telemetry-hook was never installed in: neither package nor .pth.

    It has no example tools, because Photon imports the package.
    """
    return make_measured_environment(tmp_path_factory)


def make_measured_environment(
    tmp_path_factory: pytest.TempPathFactory, *wheels: Path
) -> Environment:
    """Make an environment with wheels and Typer, whose programs are measured if coverage is."""
    # The directories' names are of the same length, so that lines wrap at the same place.
    made = make_environment(tmp_path_factory.mktemp("environment"))
    if wheels:
        made.pip("install", "--no-deps", *wheels)
    # pip needs ten seconds for what the wheels require, uv two.
    packages = [*PACKAGES, *(wheel.name.partition("-")[0] for wheel in wheels)]
    options = [f"--python={made.python}", "--compile-bytecode", "--link-mode=copy"]
    command = [uv.find_uv_bin(), "--quiet", "pip", "install", *options, *packages]
    subprocess.run(command, check=True, env=pip_environment())
    if COVERAGE[0] in os.environ:
        # It sorts before ours, so that its exit function runs after ours and misses nothing.
        made.pip("install", "coverage>=7.10")
        (made.site / "a_coverage.pth").write_text(COVERAGE_PTH)
    return made


@contextlib.contextmanager
def installed(environments: tuple[Environment, ...], *wheels: Path) -> Iterator[None]:
    """Have wheels, without what they need, installed in environments."""
    for environment in environments:
        environment.pip("install", "--no-deps", *wheels)
    yield
    for environment in environments:
        environment.remove(*wheels)


@pytest.fixture
def install(environment: Environment, tmp_path: Path) -> Iterator[Callable[..., None]]:
    """Return a function that installs wheels, for one test."""
    installed_wheels: list[Path] = []

    def install_wheels(*wheels: Path) -> None:
        installed_wheels.extend(wheels)
        environment.pip("install", "--no-deps", *wheels)

    yield install_wheels
    environment.remove(*installed_wheels)


@dataclass
class Previewer:
    """An installed tool whose functions fail, and the reports of their exceptions."""

    environment: Environment
    home: Home
    name: str

    def __call__(self, function: str, *arguments: str, **variables: str) -> dict[str, Any]:
        """Call a function of the tool's `cli` module and preview what it raises."""
        report: dict[str, Any] = json.loads(self.output(PREVIEW, function, *arguments, **variables))
        return report

    def output(self, script: str, *arguments: str, **variables: str) -> str:
        """Run a script in the tool's environment."""
        run = subprocess.run(
            [self.environment.python, "-c", script.replace("{name}", self.name), *arguments],
            env={**self.home.environment, **variables},
            cwd=self.home.directory,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert run.returncode == 0, run.stderr
        return run.stdout


PREVIEW = """
import json, sys, {name}.cli
from telemetry_hook.testing import preview
try:
    getattr({name}.cli, sys.argv[1])(*sys.argv[2:])
except BaseException as error:
    print(json.dumps(preview(error, "{name}")))
"""


@pytest.fixture(scope="module")
def previewer(
    environment: Environment, tmp_path_factory: pytest.TempPathFactory, request: Any
) -> Iterator[Previewer]:
    """Install the tool whose code the test module holds as `CODE`, named as its `TOOL`."""
    directory = tmp_path_factory.mktemp("previewer")
    name = request.module.TOOL
    wheel = make_tool(directory, name, request.module.CODE)
    environment.pip("install", "--no-deps", wheel)
    home = Home(directory / "home")
    home.directory.mkdir()
    yield Previewer(environment, home, name)
    environment.remove(wheel)
    assert not home.log.exists(), home.log.read_text()


@pytest.fixture
def home(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Home]:
    """Return a new user's home; afterwards, our own failures fail the test."""
    is_measured = request.node.get_closest_marker("unmeasured") is None
    made = Home(tmp_path / "home", is_measured=is_measured)
    made.directory.mkdir()
    yield made
    assert not made.log.exists(), made.log.read_text()


@pytest.fixture
def shell(environment: Environment, home: Home, tmp_path: Path) -> Shell:
    """Return a shell in an empty working directory."""
    directory = tmp_path / "work"
    directory.mkdir()
    return Shell(environment, home, directory)


@pytest.fixture
def without_us(shell: Shell, bare: Environment) -> Shell:
    """Return the same home and directory in the environment without telemetry-hook."""
    return replace(shell, environment=bare)


@pytest.fixture
def project(shell: Shell) -> Shell:
    """Return a shell in a project of Lift's with schemas."""
    for each in (ROOT / "examples/lift/demo").glob("*.lift"):
        shutil.copy(each, shell.directory)
    return shell


@pytest.fixture(scope="session")
def kent_server() -> Iterator[Kent]:
    """Start Kent."""
    port = free_port()
    server = Path(sys.executable).parent / "kent-server"
    process = subprocess.Popen(
        [server, "run", "--port", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    kent = Kent(port)

    def answers() -> bool:
        try:
            kent.get("eventlist/")
        except OSError:
            return False
        return True

    until(answers)
    yield kent
    process.terminate()
    process.wait()


@pytest.fixture
def kent(kent_server: Kent) -> Kent:
    """Return Kent without events."""
    flush = urllib.request.Request(f"http://127.0.0.1:{kent_server.port}/api/flush/", method="POST")
    urllib.request.urlopen(flush).close()  # noqa: S310 - of this machine
    return kent_server


@pytest.fixture
def bare_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let our commands be printed as in an environment whose programs are on PATH."""
    from telemetry_hook import _invocation

    monkeypatch.setattr(_invocation, "_program", lambda: [_invocation.NAME])


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Start a receiver."""
    made = Receiver()
    yield made
    made.server.shutdown()
    made.server.server_close()
