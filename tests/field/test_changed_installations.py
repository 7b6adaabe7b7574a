"""Tools that are upgraded, reinstalled or removed while they run: never a wrong report, never silence."""

from __future__ import annotations

import contextlib
import http.client
import os
import shutil
import socket
import subprocess
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pexpect
import pytest
from conftest import (
    PLUGIN,
    QUESTION,
    Environment,
    Home,
    Shell,
    Terminal,
    digest,
    free_port,
    make_environment,
    make_wheel,
    until,
)

CODE = """
import os, sys, time
import ballast

def main():
    if "plugin" in sys.argv: import gauge.telemetry
    if "late" in sys.argv: return wait(late)
    if "serve" in sys.argv: return serve(int(sys.argv[-1]))
    wait(fail)

def wait(then):
    open("ready", "w").close()
    while not os.path.exists("go"): time.sleep(0.01)
    then()

def late():
    try: import searches_all_directories
    except ImportError: fail()

def serve(port):
    import wsgiref.simple_server
    from telemetry_hook.web import WsgiMiddleware
    def app(environ, start_response): fail()
    wsgiref.simple_server.make_server("127.0.0.1", port, WsgiMiddleware(app, "gauge")).serve_forever()

def fail():
    {statement}
    ballast.drop()
"""
BALLAST = "def drop():\n    {statement}\n    raise RuntimeError('this was bound to happen')\n"
STATEMENTS = {"1.0": "pass", "2.0": "number = 2"}


class Wheels:
    """Wheels of a tool, of what it requires, and of telemetry-hook, in several versions."""

    def __init__(self, directory: Path, ours: Path) -> None:
        self.directory = directory
        self.ours = ours

    def gauge(self, version: str, like: str = "") -> Path:
        """Return the tool's wheel, with the code of another version if that is named."""
        code = CODE.replace("{statement}", STATEMENTS[like or version])
        return make_wheel(
            self.directory,
            "acme-gauge",
            {
                "gauge/__init__.py": "",
                "gauge/cli.py": code,
                "gauge/__main__.py": "from gauge.cli import main\nmain()\n",
                "gauge/telemetry.py": PLUGIN.format(name="gauge", more=""),
            },
            version=version,
            entry_points={
                "console_scripts": {"gauge": "gauge.cli:main"},
                "telemetry_hook": {"gauge": "gauge.telemetry"},
            },
            requires=("ballast",),
        )

    def ballast(self, version: str) -> Path:
        code = BALLAST.replace("{statement}", STATEMENTS[version])
        return make_wheel(self.directory, "ballast", {"ballast.py": code}, version=version)

    def telemetry_hook(self, version: str) -> Path:
        """Return our own wheel as of another version."""
        made = self.directory / f"telemetry_hook-{version}-py3-none-any.whl"
        files: dict[str, bytes] = {}
        with zipfile.ZipFile(self.ours) as archive:
            own = next(name for name in archive.namelist() if name.endswith("/METADATA"))
            old = own.partition("-")[2].partition(".dist-info")[0]
            for name in archive.namelist():
                content = archive.read(name)
                if name in ("telemetry_hook/__init__.py", own):
                    assert old.encode() in content
                    content = content.replace(old.encode(), version.encode())
                files[name.replace(f"-{old}.dist-info", f"-{version}.dist-info")] = content
        record = next(name for name in files if name.endswith("/RECORD"))
        rows = [f"{name},{digest(content)},{len(content)}" for name, content in files.items()]
        files[record] = "\n".join([*rows, ""]).encode()
        with zipfile.ZipFile(made, "w") as archive:
            for name, content in files.items():
                archive.writestr(name, content)
        return made


@pytest.fixture(scope="module")
def wheels_by_version(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Wheels:
    return Wheels(tmp_path_factory.mktemp("wheels"), wheel)


@pytest.fixture(scope="module")
def own(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """Return an environment of this module's own, which its tests change."""
    made = make_environment(tmp_path_factory.mktemp("changed") / "environment")
    made.pip("install", wheel)
    return made


@pytest.fixture
def shell(own: Environment, wheels_by_version: Wheels, tmp_path: Path) -> Shell:
    """Return a shell in that environment, with version 1.0 of the tool and of what it requires."""
    force(own, wheels_by_version.gauge("1.0"), wheels_by_version.ballast("1.0"))
    for directory in ("home", "work"):
        (tmp_path / directory).mkdir()
    home = Home(tmp_path / "home", {"PYTHON_COLORS": "0"})  # what is on the screen is compared
    return Shell(own, home, tmp_path / "work")


@pytest.fixture
def with_us_again(own: Environment, wheel: Path) -> Iterator[None]:
    yield
    force(own, wheel)


def force(environment: Environment, *wheels: Path) -> None:
    """Install wheels over what there is."""
    environment.pip("install", "--no-deps", "--force-reinstall", *wheels)


def run(shell: Shell, change: Callable[[], object], *command: str) -> Terminal:
    """Start the tool, change something while it runs, let it crash, and say yes if it asks."""
    terminal = shell.terminal(*(command or ("gauge",)))
    until((shell.directory / "ready").exists)
    change()
    (shell.directory / "go").touch()
    if terminal.process.expect_exact([QUESTION, pexpect.EOF]) == 0:
        terminal.screen += QUESTION
        terminal.process.sendline("yes")
    else:
        terminal.screen += terminal.process.before or ""
    assert terminal.end() == 1
    return terminal


def log(shell: Shell) -> list[str]:
    """Return the lines of the log, without the time."""
    file = shell.home.log
    return (
        [line.partition(" ")[2] for line in file.read_text().splitlines()] if file.exists() else []
    )


def is_plain(screen: str) -> bool:
    """Return whether there is nothing but the program's own traceback on the screen."""
    return screen.startswith("Traceback ") and screen.endswith(
        "RuntimeError: this was bound to happen\r\n"
    )


CHANGED = "no report was made: acme-gauge was changed while the program ran"
REPLACED = "no report was made: acme-gauge was changed from 1.0 to {} while the program ran"


@pytest.mark.parametrize("like", ["2.0", pytest.param("1.0", marks=pytest.mark.once)])
def test_an_upgraded_tool(like: str, shell: Shell, wheels_by_version: Wheels) -> None:
    """Its release would be wrong, even if the code that ran is in the new files too."""
    wheel = wheels_by_version.gauge("2.0", like)
    terminal = run(shell, lambda: force(shell.environment, wheel))
    assert is_plain(terminal.screen)
    (line,) = log(shell)
    # Python 3.15 searches the directory again when it prints a traceback.
    assert line in (REPLACED.format("2.0"), CHANGED)
    assert not shell.home.outbox.exists()
    doctor = shell.run("telemetry-hook", "doctor").stdout
    assert "ok     own failures: none noted\n" in doctor
    assert line in doctor.partition("ok     changed while running: ")[2]


@pytest.mark.once
def test_an_upgraded_tool_whose_directory_was_searched_again(
    shell: Shell, wheels_by_version: Wheels
) -> None:
    """Then the import system knows the new files only. But they do not contain the code that ran."""
    wheel = wheels_by_version.gauge("2.0")
    change = lambda: force(shell.environment, wheel)  # noqa: E731
    assert is_plain(run(shell, change, "gauge", "late").screen)
    assert log(shell) == ["no report was made: acme-gauge was changed while the program ran"]


@pytest.mark.once
@pytest.mark.parametrize("variable", ["DO_NOT_TRACK", "never"])
def test_who_wants_no_reports_gets_no_line(
    variable: str, shell: Shell, wheels_by_version: Wheels
) -> None:
    """DO_NOT_TRACK leaves nothing behind, and *never* leaves the file of answers alone."""
    if variable == "never":
        shell.run("telemetry-hook", "never", "gauge")
    else:
        shell.home.variables[variable] = "1"
    before = shell.home.files()
    wheel = wheels_by_version.gauge("2.0")
    run(shell, lambda: force(shell.environment, wheel))
    assert shell.home.files() == before


@pytest.mark.once
def test_a_tool_that_was_reinstalled(shell: Shell, wheels_by_version: Wheels) -> None:
    """The files are what they were, and the report is right."""
    wheel = wheels_by_version.gauge("1.0")
    run(shell, lambda: force(shell.environment, wheel))
    [report] = shell.home.wait_for_reports()
    assert report["tool"]["version"] == "1.0"
    frames = report["exceptions"][0]["frames"]
    assert [frame["function"] for frame in frames] == [
        "<console script>",
        "main",
        "wait",
        "fail",
        "drop",
    ]
    assert log(shell) == []


@pytest.mark.once
def test_an_upgraded_dependency(shell: Shell, wheels_by_version: Wheels) -> None:
    """The report is right: of the dependency, it has neither frames nor a version."""
    wheel = wheels_by_version.ballast("2.0")
    run(shell, lambda: force(shell.environment, wheel))
    [report] = shell.home.wait_for_reports()
    frames = report["exceptions"][0]["frames"]
    assert [frame["function"] for frame in frames][-2:] == ["fail", "<user code>"]
    assert "ballast" not in str(report["packages"])
    assert log(shell) == []


@pytest.mark.once
@pytest.mark.parametrize("command", [("gauge",), ("python", "-m", "gauge")])
@pytest.mark.parametrize("plugin", [(), ("plugin",)])
def test_an_uninstalled_tool(
    plugin: tuple[str, ...], command: tuple[str, ...], shell: Shell
) -> None:
    """Nothing on the disk says that it was a tool. It is known if the tool has loaded its plugin."""
    change = lambda: shell.environment.pip("uninstall", "--yes", "acme-gauge")  # noqa: E731
    assert is_plain(run(shell, change, *command, *plugin).screen)
    text = "no report was made: gauge was removed while the program ran"
    assert log(shell) == [text] * len(plugin)


@pytest.mark.parametrize("version", ["9.0", pytest.param("0.0.1", marks=pytest.mark.once)])
def test_another_version_of_telemetry_hook(
    version: str, shell: Shell, wheels_by_version: Wheels, with_us_again: None
) -> None:
    """Modules of two versions make no report together."""
    wheel = wheels_by_version.telemetry_hook(version)
    terminal = run(shell, lambda: force(shell.environment, wheel))
    assert is_plain(terminal.screen)
    assert log(shell) == ["no report was made: telemetry-hook was changed while the program ran"]
    assert not shell.home.outbox.exists()


def test_telemetry_hook_is_uninstalled(shell: Shell, with_us_again: None) -> None:
    """Nothing can be written, and nothing is shown."""
    change = lambda: shell.environment.pip("uninstall", "--yes", "telemetry-hook")  # noqa: E731
    assert is_plain(run(shell, change).screen)
    assert shell.home.files() == []


@pytest.mark.once
def test_the_whole_environment_is_deleted(shell: Shell, tmp_path: Path) -> None:
    directory = shell.environment.directory
    try:
        terminal = run(shell, lambda: directory.rename(tmp_path / "gone"))
    finally:
        (tmp_path / "gone").rename(directory)
    assert is_plain(terminal.screen)
    assert shell.home.files() == []


@pytest.mark.once
@pytest.mark.parametrize("change", ["upgraded", "uninstalled"])
def test_a_server(change: str, shell: Shell, wheels_by_version: Wheels) -> None:
    """It goes on, with the app's own response."""
    port = free_port()
    terminal = shell.terminal("gauge", "serve", str(port))
    until(lambda: is_serving(port))
    if change == "upgraded":
        force(shell.environment, wheels_by_version.gauge("2.0"))
        line = REPLACED.format("2.0")
    else:
        shell.environment.pip("uninstall", "--yes", "acme-gauge")
        line = "no report was made: gauge was removed while the program ran"
    assert b"A server error occurred." in request(port)
    terminal.process.terminate(force=True)
    assert log(shell) == [line]


def is_serving(port: int) -> bool:
    with socket.socket() as connection:
        return connection.connect_ex(("127.0.0.1", port)) == 0


def request(port: int) -> bytes:
    with contextlib.closing(
        http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    ) as connection:
        connection.request("GET", "/", headers={"Accept": "text/html"})
        with connection.getresponse() as response:
            return response.read()


def without_sources(environment: Environment) -> None:
    """Leave only compiled files, of the tool and of us, where the sources were."""
    compileall = ("-m", "compileall", "-q", "-b", environment.site)
    subprocess.run([environment.python, *compileall], check=True)
    for package in ("gauge", "ballast.py", "telemetry_hook"):
        path = environment.site / package
        for file in [path] if path.is_file() else path.rglob("*.py"):
            file.unlink()


def without_bytecode(environment: Environment) -> None:
    for directory in environment.site.rglob("__pycache__"):
        shutil.rmtree(directory)


# How site-packages can be, and the tool's innermost frame then.
SITES: dict[str, tuple[Callable[[Environment], object], str]] = {
    "without bytecode": (without_bytecode, "drop"),
    "read-only": (lambda environment: environment.site.chmod(0o555), "drop"),
    "without sources": (without_sources, "<user code>"),
}


@pytest.mark.once
@pytest.mark.account
@pytest.mark.parametrize("kind", SITES)
def test_what_site_packages_can_be(kind: str, shell: Shell, with_us_again: None) -> None:
    """The user is asked, and nothing else is shown. Without its source, a frame is not verified."""
    change, function = SITES[kind]
    change(shell.environment)
    try:
        terminal = run(shell, lambda: None)
    finally:
        shell.environment.site.chmod(0o755)
    assert "Receipt: " in terminal.screen
    [report] = shell.home.wait_for_reports()
    assert report["exceptions"][0]["frames"][-1]["function"] == function
    assert log(shell) == []


@pytest.mark.once
@pytest.mark.account
@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
@pytest.mark.parametrize("kind", ["site-packages", "acme_gauge-1.0.dist-info", "gauge"])
def test_files_that_became_unreadable(kind: str, shell: Shell) -> None:
    """As where somebody else has installed them. The program's own traceback is all that is shown."""
    site = shell.environment.site
    directory = site if kind == site.name else site / kind
    try:
        terminal = run(shell, lambda: directory.chmod(0))
    finally:
        directory.chmod(0o755)
    assert is_plain(terminal.screen)
