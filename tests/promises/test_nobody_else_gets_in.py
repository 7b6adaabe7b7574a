"""Files are the user's alone, the sender is isolated, a working directory neither runs nor configures us."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pexpect
import pytest
from conftest import (
    PLUGIN,
    QUESTION,
    Environment,
    Home,
    Receiver,
    Shell,
    installed,
    make_tool,
    senders,
    until,
)

# Coverage imports modules of the standard library before a crash does.
pytestmark = pytest.mark.unmeasured

CRASH = ("lift", "up", "--schema", "cycle.lift", "--create-db")
OURS = ("telemetry_hook", "click", "exceptiongroup", "platformdirs", "pluggy", "urllib3")

# The tool itself imports nothing but what the interpreter has loaded.
DIES = """
import sys

def main():
    raise ValueError("text")
"""

# A receiver that fails makes us fail, and write that down.
FAILING = PLUGIN.replace(
    "@hookimpl",
    """
class FileReceiver(FileReceiver):
    def encode(self, report):
        raise ZeroDivisionError

@hookimpl""",
)

CONSOLE_SCRIPT = ("frail",)
MODULE = ("python", "-m", "frail")


@pytest.fixture(scope="module", autouse=True)
def tools(
    environment: Environment, bare: Environment, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[None]:
    """Install a tool, and one whose receiver fails, with us and without us."""
    directory = tmp_path_factory.mktemp("tools")
    frail = make_tool(directory, "frail", DIES)
    failing = make_tool(directory, "failing", DIES, plugin=FAILING)
    with installed((environment, bare), frail, failing):
        yield


class Trap:
    """A working directory whose modules write their names down when they are executed."""

    def __init__(self, shell: Shell, without_us: Shell, record: Path) -> None:
        self._shell = shell
        self._without_us = without_us
        self._record = record

    def set(self, *names: str) -> None:
        """Write modules and packages of these dotted names."""
        code = f"with open({str(self._record)!r}, 'a') as _: _.write(__name__ + '\\n')\n"
        for name in names:
            path = name.replace(".", "/")
            folder = any(other.startswith(f"{name}.") for other in names)
            self._shell.write(f"{path}/__init__.py" if folder else f"{path}.py", code)

    def set_standard_library(self, *command: str) -> None:
        """Write a module for each one of the library's that Python itself needs not for a crash."""
        shell = self._without_us
        program = command[1:] or (shell.find(command[0]),)
        ended = shell.run("python", "-X", "importtime", *program)
        needed = {line.rpartition("|")[2].strip() for line in ended.stderr.splitlines()}
        show = shell.run("python", "-c", "import sys; print(*sys.stdlib_module_names)")
        names = set(show.stdout.split()) - needed
        assert {"hashlib", "json", "subprocess", "tempfile"} <= names
        self.set(*sorted(names))

    def sprung(self) -> list[str]:
        """Return the names of what was executed since the last time."""
        names = self._record.read_text().split() if self._record.exists() else []
        self._record.unlink(missing_ok=True)
        return sorted(set(names))


@pytest.fixture
def trap(shell: Shell, without_us: Shell, tmp_path: Path) -> Trap:
    """Return the working directory as a trap that is not set yet."""
    return Trap(shell, without_us, tmp_path / "sprung")


def test_a_trap_springs(shell: Shell, trap: Trap) -> None:
    """The measure of the tests below does see what is executed."""
    trap.set_standard_library(*MODULE)
    trap.set("frail", "frail.telemetry")
    shell.run("python", "-c", "import json, frail.telemetry")

    assert trap.sprung() == ["frail", "frail.telemetry", "json"]


def test_a_console_script_runs_nothing_of_the_directory(shell: Shell, trap: Trap) -> None:
    """A tool that crashes among its namesakes and ours asks and sends as everywhere else."""
    trap.set_standard_library(*CONSOLE_SCRIPT)
    trap.set(*OURS, "telemetry_hook._hook", "frail", "frail.cli", "frail.telemetry")
    announce(shell, "frail", "frail.telemetry")

    send(shell, *CONSOLE_SCRIPT)
    assert trap.sprung() == []


def test_a_module_runs_nothing_of_the_directory(shell: Shell, trap: Trap) -> None:
    """`python -m` puts the directory on the path, and still nothing in it is imported by us."""
    trap.set_standard_library(*MODULE)
    trap.set(*OURS, "telemetry_hook._hook", "evil", "evil.telemetry")
    announce(shell, "evil", "evil.telemetry")
    announce(shell, "frail", "evil.telemetry")

    send(shell, *MODULE)
    assert trap.sprung() == []


def test_a_thread_of_a_module_runs_nothing_of_the_directory(
    shell: Shell, without_us: Shell, trap: Trap
) -> None:
    """What is noted while the program still runs is noted without an import from the directory."""
    trap.set_standard_library(*MODULE)
    (shell.directory / "threading.py").unlink()
    trap.set(*OURS, "telemetry_hook._crash.capture")
    code = "import threading, frail.cli\nthreading.Thread(target=frail.cli.main).start()\n"
    shell.write("work.py", code)
    errors = without_us.environment.mask(without_us.run("python", "-m", "work").stderr)
    expected = trap.sprung()

    assert shell.environment.mask(shell.run("python", "-m", "work").stderr) == errors
    assert trap.sprung() == expected


@pytest.mark.parametrize("command", [CONSOLE_SCRIPT, MODULE], ids=["script", "module"])
def test_pythonpath_runs_no_more_than_without_us(
    command: tuple[str, ...], shell: Shell, without_us: Shell, trap: Trap
) -> None:
    """With PYTHONPATH Python itself runs what it finds there, and we add nothing to that."""
    trap.set_standard_library(*command)
    trap.set(*OURS[1:], "sitecustomize")
    path = {"PYTHONPATH": str(shell.directory)}
    without_us.run(*command, **path)
    expected = trap.sprung()

    assert "sitecustomize" in expected
    send(shell, *command, **path)
    assert trap.sprung() == expected


def test_namesakes_that_the_program_has_loaded_are_not_ours(
    shell: Shell, without_us: Shell, trap: Trap
) -> None:
    """A program that has already imported modules from the directory is no way in for them."""
    trap.set("dataclasses", "hashlib", "json", "click", "pluggy")
    shell.write("sitecustomize.py", "import dataclasses, hashlib, json, click, pluggy\n")
    path = {"PYTHONPATH": str(shell.directory)}
    without_us.run(*MODULE, **path)
    expected = trap.sprung()

    assert expected == ["click", "dataclasses", "hashlib", "json", "pluggy"]
    send(shell, *MODULE, **path)
    assert trap.sprung() == expected


def test_a_failure_of_ours_runs_nothing_of_the_directory(shell: Shell, trap: Trap) -> None:
    """Even the note of our own failure is written without an import from the directory."""
    trap.set_standard_library("python", "-m", "failing")
    trap.set(*OURS)
    terminal = shell.terminal("python", "-m", "failing")

    assert terminal.end() == 1
    assert trap.sprung() == []
    assert "ZeroDivisionError" in shell.home.log.read_text()
    shell.home.log.unlink()


def test_no_file_of_the_directory_is_a_setting(shell: Shell, tmp_path: Path) -> None:
    """Files that look like settings, answers or policies change nothing in what is asked."""
    expected = question(shell)
    for each in ("never", "always"):
        configure(shell, each, saved_answers(shell, each, tmp_path / each))
        assert question(shell) == expected
    assert shell.home.files() == []


def question(shell: Shell) -> str:
    """Return the screen of a crash that is answered with no."""
    terminal = shell.terminal(*CONSOLE_SCRIPT)
    terminal.answer("no")
    assert terminal.end() == 1
    return terminal.screen


def send(shell: Shell, *command: str, **variables: str) -> None:
    """Crash, say yes, and see the report arrive."""
    terminal = shell.terminal(*command, **variables)
    terminal.answer("yes")
    assert terminal.end() == 1
    assert "sent. Receipt:" in terminal.screen
    [report] = shell.home.wait_for_reports()
    assert report["tool"]["name"] == "acme-frail"


def announce(shell: Shell, package: str, plugin: str) -> None:
    """Write the metadata of a distribution that would register a plugin for a package."""
    info = f"aaa_{package}-9.dist-info"
    shell.write(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: aaa-{package}\nVersion: 9\n")
    shell.write(f"{info}/RECORD", f"{package}/__init__.py,,\n{plugin.replace('.', '/')}.py,,\n")
    shell.write(f"{info}/entry_points.txt", f"[telemetry_hook]\n{package} = {plugin}\n")


def saved_answers(shell: Shell, answer: str, directory: Path) -> str:
    """Return the file of answers of somebody who gave this standing answer to the same tool."""
    directory.mkdir()
    elsewhere = Home(directory, {"REPORTS": str(shell.home.reports)})
    terminal = Shell(shell.environment, elsewhere, shell.directory).terminal(*CONSOLE_SCRIPT)
    terminal.answer(answer)
    assert terminal.end() == 1
    return elsewhere.answers.read_text()


def configure(shell: Shell, answer: str, answers: str) -> None:
    """Write all the settings that somebody could expect to work in a working directory."""
    mode = f'mode = "{answer}"\n'
    policy = f"{mode}[tools.frail]\n{mode}[tools.acme-frail]\n{mode}"
    for name in ("telemetry-hook.toml", ".telemetry-hook.toml", ".telemetry-hook", "policy.toml"):
        shell.write(name, policy)
    for name in (
        "answers.json",
        ".config/telemetry-hook/answers.json",
        "telemetry-hook/answers.json",
    ):
        shell.write(name, answers)
    for name in (".config/telemetry-hook", "telemetry-hook", "etc/telemetry-hook"):
        shell.write(f"{name}/policy.toml", policy)
    for name in (".env", ".envrc"):
        shell.write(name, f"DO_NOT_TRACK=1\nTELEMETRY_HOOK={answer}\nREPORTS=/nowhere\n")
    shell.write("pyproject.toml", f"[tool.telemetry-hook]\n{mode}[tool.telemetry_hook]\n{mode}")
    shell.write("setup.cfg", f"[telemetry-hook]\nmode = {answer}\n")
    shutil.copy(shell.directory / "setup.cfg", shell.directory / "tox.ini")


@pytest.mark.once
def test_sender_is_isolated(project: Shell, receiver: Receiver) -> None:
    """The sender runs in isolated mode, in the root directory, with a report id as its argument."""
    receiver.delay = 1
    terminal = project.terminal(*CRASH, LIFT_TELEMETRY_DSN=receiver.dsn)
    terminal.answer("yes")
    until(lambda: senders(project))
    process = Path(f"/proc/{senders(project)[0]}")
    python, *rest = (process / "cmdline").read_text().rstrip("\0").split("\0")
    directory = (process / "cwd").readlink()
    session = os.getsid(int(process.name))
    terminal.end()
    assert rest[0] == "-I"
    assert rest[1].endswith("/telemetry_hook/_sender.py")
    assert rest[2:] == [json.loads(project.run("telemetry-hook", "list", "--json").stdout)[0]["id"]]
    assert directory == Path("/")
    assert session == int(process.name)  # no Ctrl-C, and no closed terminal, reaches it
    assert Path(python).name.startswith("python")


@pytest.mark.once
@pytest.mark.account
def test_files_are_the_users_alone(project: Shell, receiver: Receiver) -> None:
    """Directories are 0700 and files 0600."""
    terminal = project.terminal(*CRASH, LIFT_TELEMETRY_DSN=receiver.dsn)
    terminal.answer("always")
    assert terminal.end() == 1
    for path in (project.home.answers, *project.home.outbox.iterdir()):
        assert path.stat().st_mode & 0o777 == 0o600
        assert path.parent.stat().st_mode & 0o777 == 0o700


@pytest.mark.once
@pytest.mark.account
def test_working_directory_is_not_written_to(project: Shell) -> None:
    """Variables that point into the working directory do not make us write there."""
    terminal = project.terminal(*CRASH, XDG_STATE_HOME="here", XDG_CONFIG_HOME="here")
    if terminal.process.expect_exact([QUESTION, pexpect.EOF]) == 0:
        terminal.process.sendline("later")
    terminal.end()
    assert not (project.directory / "here").exists()


# Variables that make loaders, libraries and pagers run or write what they name.
STEERING = {
    **dict.fromkeys(("LD_PRELOAD", "LD_AUDIT", "GCONV_PATH", "LESSKEYIN", "LESSKEY"), "{evil}"),
    **dict.fromkeys(("SSLKEYLOGFILE", "SSL_CERT_FILE", "OPENSSL_MODULES", "BROWSER"), "{evil}"),
    **dict.fromkeys(("Https_Proxy", "HTTP_proxy", "ALL_PROXY", "no_proxy"), "http://127.0.0.1:9/"),
    "OPENSSL_CONF": "{pipe}",  # whoever reads it waits for ever
    "LESSOPEN": "|{evil} %s",
    "PAGER": "{evil}",
    "PYTHONPATH": "{evil}",
    "A_NEW_ONE": "{evil}",
    "ANDROID_DATA": "/data",
    "ANDROID_ROOT": "/system",
}
STEERED = f"""
import os, sys

def main():
    os.environ.pop("A_USERS_OWN")
    for name, value in {STEERING!r}.items():
        os.environ[name] = value.format(evil=os.path.abspath("evil"), pipe=os.path.abspath("pipe"))
    raise ValueError("this was bound to happen")
"""
NOTES_ENVIRONMENT = """#!/bin/sh
cat "/proc/$$/environ" > {}
cat > {}
"""


@pytest.mark.once
def test_a_file_of_variables_steers_nothing(
    shell: Shell, receiver: Receiver, install: Callable[..., None], tmp_path: Path
) -> None:
    """What a program sets, as from the project's `.env`, reaches no child of ours, nor our own imports.

    The sender and the pager have the variables that the program was started with, and no others.
    """
    plugin = PLUGIN.replace(
        'FileReceiver(os.environ["REPORTS"])', 'SentryReceiver(os.environ["DSN"])'
    )
    install(make_tool(tmp_path, "steered", STEERED, plugin=plugin))
    ran, pager = tmp_path / "ran", tmp_path / "pager"
    shell.write("evil", f"#!/bin/sh\ntouch {ran}\n")
    (shell.directory / "evil").chmod(0o755)
    os.mkfifo(shell.directory / "pipe")
    pager.write_text(NOTES_ENVIRONMENT.format(tmp_path / "of_pager", tmp_path / "paged"))
    pager.chmod(0o755)
    own = {"DSN": receiver.dsn, "PAGER": str(pager), "A_USERS_OWN": "1", "TERM": "xterm"}
    receiver.delay = 1
    terminal = shell.terminal("steered", **own)
    terminal.answer("view")
    terminal.answer("yes")
    until(lambda: senders(shell))
    of_sender = environ(Path(f"/proc/{senders(shell)[0]}/environ"))
    assert terminal.end() == 1
    until(lambda: receiver.bodies)
    expected = {**shell.variables, **own}
    assert without(of_sender, expected) == {}
    of_pager = environ(tmp_path / "of_pager")
    assert without(of_pager, expected) == {"LESS": "FX", "LESSHISTFILE": "-"}
    assert b"SHA-256" in (tmp_path / "paged").read_bytes()
    assert not ran.exists()


def environ(path: Path) -> dict[str, str]:
    """Return the variables of a process."""
    pairs = path.read_bytes().rstrip(b"\0").split(b"\0")
    return dict(pair.decode().split("=", 1) for pair in pairs)


def without(found: dict[str, str], expected: dict[str, str]) -> dict[str, str]:
    """Return what is in the first variables alone, once nothing is missing in them."""
    assert found.items() >= expected.items()
    return {name: value for name, value in found.items() if name not in expected}
