"""What counts as a crash of the tool, seen on a real terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from conftest import Environment, Shell, make_tool

CASES = {
    "plain": "raise ValueError('x')",
    "thread": "import threading; t = threading.Thread(target=f); t.start(); t.join()",
    "thread_then_goes_on": "import _thread, threading, time; threading.Thread(target=f).start(); time.sleep(.2)",
    "hook_that_does_not_chain": "import sys; sys.excepthook = lambda *a: print('mine'); f()",
    "hook_that_chains": "import sys; old = sys.excepthook; sys.excepthook = lambda *a: old(*a); f()",
    "hook_that_calls_the_original": (
        "import sys; sys.excepthook = lambda *a: sys.__excepthook__(*a); f()"
    ),
    "asyncio": "import asyncio\n    async def g(): f()\n    asyncio.run(g())",
    "caught_and_reported": (
        "import telemetry_hook, sys\n"
        "    try: f()\n"
        "    except Exception as e: telemetry_hook.report(e)\n"
        "    sys.exit(3)"
    ),
    "broken_pipe_of_a_socket": "raise BrokenPipeError(32, 'Broken pipe')",
    "not_an_exception": "class Panic(BaseException): pass\n    raise Panic('x')",
    "typer": (
        "import typer; sys.argv[1:] = []\n    app = typer.Typer()\n    app.command()(lambda: f())\n    app()"
    ),
    "rich": ("import rich.traceback\n    rich.traceback.install()\n    f()"),
    "fine": "pass",
    "exit": "import sys; sys.exit(3)",
    "exit_with_text": "import sys; sys.exit('bye')",
    "exit_in_a_thread": "import threading, sys; threading.Thread(target=sys.exit, args=('x',)).start()",
    "interrupt": "raise KeyboardInterrupt",
    "generator_exit": "raise GeneratorExit",
    "caught": "try: f()\n    except ValueError: pass",
    "last_value_of_another": (
        "import sys\n    try: f()\n    except ValueError as e: sys.last_value = e"
    ),
    "fork": "import os, sys\n    if os.fork() == 0: f()\n    os.wait()",
    "multiprocessing": (
        "import multiprocessing as m; p = m.get_context('spawn').Process(target=f)\n"
        "    p.start(); p.join()"
    ),
    "hard_exit": "import os; os._exit(3)",
    "system_exit_group": (
        "import sys\n    if sys.version_info < (3, 11): sys.exit(3)\n"
        "    raise BaseExceptionGroup('g', [KeyboardInterrupt()])"
    ),
}
NOT_ASKED = list(CASES)[list(CASES).index("fine") :]

CODE = (
    """
import sys
def f():
    raise ValueError("no value for " + sys.argv[0])
"""
    + "".join(f"def {name}():\n    {code}\n" for name, code in CASES.items())
    + """
def main():
    globals()[sys.argv[1]]()
"""
)


@pytest.fixture(scope="module", autouse=True)
def tool(environment: Environment, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Install a tool that dies in every way."""
    wheel = make_tool(tmp_path_factory.mktemp("tool"), "mortal", CODE)
    environment.pip("install", "--no-deps", wheel)
    yield
    environment.pip("uninstall", "--yes", "acme-mortal")


@pytest.mark.parametrize("case", CASES)
def test_which_ends_are_crashes(shell: Shell, case: str) -> None:
    """Uncaught exceptions ask once, whoever printed them; ordinary ends do not."""
    terminal = shell.terminal("mortal", case)
    if case not in NOT_ASKED:
        terminal.answer("no")
    terminal.end()
    assert terminal.screen.count("mortal has crashed") == (case not in NOT_ASKED)


def test_reader_that_goes_away_is_no_crash(shell: Shell) -> None:
    """`tool | head` breaks the pipe of stdout; that is nobody's fault."""
    code = "import sys\nfor i in range(100000): print(i)"
    script = shell.write("many.py", code)
    shell.home.variables["TELEMETRY_HOOK"] = ""
    python = shell.environment.python
    terminal = shell.terminal("sh", "-c", f"{python} {script} | head -1")
    terminal.end()
    assert "has crashed" not in terminal.screen


@pytest.mark.parametrize(
    "how", [["-i", "-m", "mortal", "plain"], ["-i", "-c", "import mortal.cli"]]
)
def test_interactive_interpreter_never_asks(shell: Shell, how: list[str]) -> None:
    """In a shell of Python's, exceptions are part of the conversation."""
    terminal = shell.terminal("python", *how)
    terminal.process.expect_exact(">>> ")
    terminal.process.sendline("import mortal.cli; mortal.cli.f()")
    terminal.process.expect_exact("ValueError")
    terminal.process.expect_exact(">>> ")
    terminal.process.sendline("exit()")
    terminal.end()
    assert "has crashed" not in terminal.screen


def test_a_thread_does_not_keep_its_locals(shell: Shell) -> None:
    """The frames of a thread that died are not kept alive until the program exits."""
    script = shell.write(
        "script.py",
        "import gc, threading, weakref\n"
        "class Big: pass\n"
        "seen = []\n"
        "def work():\n"
        "    big = Big(); seen.append(weakref.ref(big)); raise ValueError('x')\n"
        "t = threading.Thread(target=work); t.start(); t.join(); gc.collect()\n"
        "print(seen[0]())\n",
    )
    assert shell.run("python", script).stdout == "None\n"


def test_question_comes_after_the_programs_own_clean_up(
    shell: Shell, install: Callable[..., None], tmp_path: Path
) -> None:
    """Exit functions of the tool have run, and its output is out, before the question."""
    code = (
        "import atexit, sys\n"
        "def main():\n"
        "    atexit.register(print, 'cleaned up')\n"
        "    print('last words', end='')\n"
        "    1 / 0\n"
    )
    install(make_tool(tmp_path, "tidy", code))
    terminal = shell.terminal("tidy")
    terminal.answer("no")
    terminal.end()
    before = terminal.screen.split("tidy has crashed")[0]
    assert "last words" in before
    assert "cleaned up" in before


def test_hostile_exceptions_do_not_disturb(
    shell: Shell, install: Callable[..., None], tmp_path: Path
) -> None:
    """Exceptions whose every method raises or lies are still asked about, and leak nothing."""
    code = """
import sys
class Hostile(Exception):
    def __str__(self): raise SystemExit("str")
    def __repr__(self): return sys.argv[1]
    __class__ = property(lambda self: ValueError)
    __traceback__ = property(lambda self: 1 / 0)
    __cause__ = property(lambda self: 1 / 0)
    args = property(lambda self: 1 / 0)
    def __getattr__(self, name): raise SystemExit("getattr")
def main():
    raise Hostile(sys.argv[1])
"""
    install(make_tool(tmp_path, "hostile", code))
    terminal = shell.terminal("hostile", "hunter2")
    terminal.answer("yes")
    terminal.end()
    [report] = shell.home.wait_for_reports()
    assert "hunter2" not in str(report)
    assert report["exceptions"][0]["type"] == "Hostile"
