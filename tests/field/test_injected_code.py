"""Code from outside: scripts that a debugger injects (PEP 768), and other interpreters in the process."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pytest
from conftest import QUESTION, Environment, Shell, Terminal, installed, make_tool, until

CODE = """
import os, sys, time

def main():
    open("ready", "w").close()
    if "wait" in sys.argv:
        while not os.path.exists("go"): time.sleep(0.01)
    if "go on" in sys.argv: return
    if "interpreters" in sys.argv: interpreters()
    fail()

def fail():
    raise RuntimeError("this was bound to happen")

def interpreters():
    from concurrent import interpreters
    from concurrent.futures import InterpreterPoolExecutor
    one = interpreters.create()
    one.exec("import sys; import telemetry_hook; print(type(sys.excepthook).__name__)")
    try: one.exec("raise KeyError")
    except interpreters.ExecutionFailed: print("failed there")
    with InterpreterPoolExecutor(2) as pool:
        print(list(pool.map(str.upper, ["a", "b"])))
    one.close()
"""
pytestmark = pytest.mark.skipif(sys.version_info < (3, 14), reason="both came with Python 3.14")


@pytest.fixture(scope="module", autouse=True)
def tool(environment: Environment, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with installed((environment,), make_tool(tmp_path_factory.mktemp("tool"), "probe", CODE)):
        yield


def inject(shell: Shell, terminal: Terminal, code: str) -> subprocess.CompletedProcess[str]:
    """Ask Python to have a running program run a script too."""
    script = shell.write("injected.py", code)
    command = f"import sys; sys.remote_exec({terminal.process.pid}, {str(script)!r})"
    return subprocess.run(
        [sys.executable, "-c", command], check=False, stderr=subprocess.PIPE, text=True
    )


def ready(shell: Shell) -> bool:
    return (shell.directory / "ready").exists()


def test_a_script_while_the_question_waits(shell: Shell) -> None:
    """Python refuses it, as the main thread has ended. The question goes on."""
    terminal = shell.terminal("probe")
    terminal.expect(QUESTION)
    refused = inject(shell, terminal, "open('done', 'w')")
    assert "RuntimeError: Can't find the main thread" in refused.stderr
    terminal.process.sendline("yes")
    assert terminal.end() == 1
    assert "Receipt: " in terminal.screen
    assert not (shell.directory / "done").exists()
    shell.home.wait_for_reports()


@pytest.mark.parametrize("is_tool", [True, False])
def test_a_script_that_fails_is_not_the_tools(is_tool: bool, shell: Shell) -> None:
    """Python shows its traceback, and the program goes on. Nobody is asked."""
    script = shell.write("script.py", "import probe.cli\nprobe.cli.main()\n")
    program = ("python", script) if not is_tool else ("probe",)
    terminal = shell.terminal(*program, "wait", "go on")
    until(lambda: ready(shell))
    code = "import probe.cli, threading\nthread = threading.Thread(target=probe.cli.fail)\n"
    code = "" if is_tool else f"{code}thread.start(); thread.join()\n"
    inject(shell, terminal, f"{code}open('done', 'w').close()\nraise KeyError").check_returncode()
    until((shell.directory / "done").exists)
    (shell.directory / "go").touch()
    assert terminal.end() == 0
    assert "KeyError" in terminal.screen
    assert QUESTION not in terminal.screen
    assert shell.home.files() == []


def test_code_in_other_interpreters(shell: Shell) -> None:
    """They run the start line too, and end without a question. Only the tool's own crash is asked about."""
    terminal = shell.terminal("probe", "interpreters")
    terminal.answer("yes")
    assert terminal.end() == 1
    assert "failed there" in terminal.screen
    assert "['A', 'B']" in terminal.screen
    assert terminal.screen.count(QUESTION) == 1
    [report] = shell.home.wait_for_reports()
    assert report["exceptions"][0]["type"] == "RuntimeError"
