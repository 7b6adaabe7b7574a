"""PyPy: telemetry-hook does nothing there, changes nothing, and says so."""

from __future__ import annotations

import json
from pathlib import Path

import pexpect
import pytest
from conftest import Environment, Home, Shell, make_environment, make_tool, needs

pytestmark = pytest.mark.once

CODE = """
import sys, threading
import telemetry_hook

def main():
    telemetry_hook.use("gauge.features", "dials")
    if "install" in sys.argv: telemetry_hook.install()
    if "report" in sys.argv:
        try: fail()
        except RuntimeError as error: telemetry_hook.report(error)
    if "thread" in sys.argv:
        thread = threading.Thread(target=fail)
        thread.start()
        thread.join()
    elif "web" in sys.argv:
        serve()
    else: fail()

def serve():
    from wsgiref.util import setup_testing_defaults
    from telemetry_hook.web import WsgiMiddleware
    environ = {"HTTP_ACCEPT": "text/html", "REMOTE_ADDR": "127.0.0.1"}
    setup_testing_defaults(environ)
    def app(environ, start_response): fail()
    for part in WsgiMiddleware(app, "gauge")(environ, lambda *_: print): print(part)

def fail():
    raise RuntimeError("this was bound to happen")
"""


@pytest.fixture(scope="module")
def pypy(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """Return an environment of PyPy with telemetry-hook and a tool."""
    needs("PyPy")
    directory = tmp_path_factory.mktemp("pypy")
    made = make_environment(directory / "with", "pypy3")
    made.pip("install", wheel, make_tool(directory, "gauge", CODE))
    return made


@pytest.fixture(scope="module")
def bare_pypy(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """Return an environment of PyPy that telemetry-hook was never installed in."""
    needs("PyPy")
    return make_environment(tmp_path_factory.mktemp("bare_pypy") / "bare", "pypy3")


@pytest.fixture
def shell(pypy: Environment, home: Home, tmp_path: Path) -> Shell:
    return Shell(pypy, home, tmp_path)


@pytest.mark.parametrize("threads", ["", "import threading\n"])
@pytest.mark.parametrize("options", [(), ("-W", "error", "-X", "dev"), ("-I",)])
def test_a_script_runs_as_without_us(
    options: tuple[str, ...], threads: str, shell: Shell, bare_pypy: Environment
) -> None:
    """Neither hook is there, whether or not something has imported `threading` before."""
    code = (
        f"{threads}import sys\nprint(sys.excepthook, sys.excepthook is sys.__excepthook__)\n1 / 0\n"
    )
    script = shell.write("script.py", code)
    (shell.environment.site / "a.pth").write_text(threads or "\n")  # before ours
    plain, ended = (
        Shell(environment, shell.home, shell.directory).run("python", *options, script)
        for environment in (bare_pypy, shell.environment)
    )
    assert (ended.returncode, ended.stderr) == (1, plain.stderr)
    assert ended.stdout.partition(" at ")[0] == plain.stdout.partition(" at ")[0]
    assert shell.home.files() == []


@pytest.mark.parametrize(
    ("how", "status"), [("", 1), ("install", 1), ("report", 1), ("thread", 0), ("web", 1)]
)
def test_a_tool_is_not_asked_about(how: str, status: int, shell: Shell) -> None:
    """Whatever of ours it calls, its own traceback is all that is shown, and nothing is written."""
    terminal = shell.terminal("gauge", how)
    terminal.process.expect(pexpect.EOF)
    terminal.process.close()
    screen = terminal.process.before or ""
    assert "Traceback" in screen
    assert screen.rstrip().endswith("this was bound to happen") or "\x1b[" in screen
    assert "telemetry-hook: " not in screen
    assert terminal.process.exitstatus == status
    assert shell.home.files() == []


def test_commands_say_that_nothing_works(shell: Shell) -> None:
    """`doctor` in one line, with what to do; `demo` at once."""
    doctor = shell.run("telemetry-hook", "doctor", "--json")
    findings = {finding["title"]: finding for finding in json.loads(doctor.stdout)}
    [wrong] = [title for title, finding in findings.items() if not finding["ok"]]
    assert wrong == "hook"
    assert findings["hook"]["text"] == (
        "not installed, as this is PyPy: no crash is noted, so no tool asks or sends here"
    )
    assert findings["hook"]["advice"] == "Run the tool with CPython, which this needs."
    assert doctor.returncode == 1
    reason = "this is PyPy, where no crash is noted, so nobody can be asked"
    assert reason in shell.run("telemetry-hook", "status").stdout
    demo = shell.run("telemetry-hook", "demo", "--answer", "yes")
    assert demo.returncode == 1
    assert "this is PyPy, where no crash is noted; run the demo with CPython" in demo.stderr
