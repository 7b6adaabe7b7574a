"""What every interpreter of the environment pays and gets: one small module, one hook, no surprise."""

from __future__ import annotations

import sys
import venv
import zipfile
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

import pytest
from conftest import Environment, Home, Shell, installed, make_tool

OFF = {"TELEMETRY_HOOK_STARTUP": "0"}
BUILT_IN = set(sys.builtin_module_names)
# From Python 3.13 on, any .pth file costs a codec.
OTHER_PTH = "import sys\n"

# The hooks and the number of exit functions, as kinds: a built-in function, or one of Python's.
STATE = """
import _thread, atexit, sys
hooks = sys.excepthook, sys.__excepthook__, _thread._excepthook
print(*(type(each).__name__ for each in hooks), atexit._ncallbacks())
"""

TOOL = """
import sys

def main():
    globals()[sys.argv[1]]()

def well():
    print("well")

def exits():
    sys.exit(0)

def catches():
    try:
        raise ValueError
    except ValueError:
        pass

def dies():
    raise ValueError

def uses():
    import telemetry_hook
    telemetry_hook.use("some.features", "one")

def thread_dies():
    run(lambda: 1 / 0)

def thread_exits_and_thread_dies():
    run(sys.exit)
    run(lambda: 1 / 0)

def child_dies():
    fork(dies)

def child_and_parent_die():
    fork(dies)
    raise KeyError

def child_of_a_dying_thread_ends_well():
    thread_dies()
    fork(well)

def run(target):
    import threading
    thread = threading.Thread(target=target)
    thread.start()
    thread.join()

def fork(target):
    import os
    if os.fork() == 0:
        target()
    else:
        print("status", os.waitstatus_to_exitcode(os.wait()[1]))
"""


@pytest.fixture(scope="module", autouse=True)
def tool(
    environment: Environment, bare: Environment, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[None]:
    """Install the tool, with us and without us."""
    wheel = make_tool(tmp_path_factory.mktemp("tool"), "starter", TOOL)
    with installed((environment, bare), wheel):
        yield


@pytest.fixture
def without_us(without_us: Shell) -> Iterator[Shell]:
    """Return a shell without us whose environment has another .pth file."""
    other = without_us.environment.site / "a.pth"
    other.write_text(OTHER_PTH)
    yield without_us
    other.unlink()


def test_an_interpreter_starts_with_one_module_more(
    wheel: Path, home: Home, tmp_path: Path
) -> None:
    """Installed, `sys.modules` gains `telemetry_hook` and built-in modules, and nothing else."""
    venv.create(tmp_path / "bare")
    bare = Environment(tmp_path / "bare")
    shell = Shell(bare, home, tmp_path)
    (bare.site / "a.pth").write_text(OTHER_PTH)
    before = _modules(shell)
    zipfile.ZipFile(wheel).extractall(bare.site)

    for gained in (_modules(shell) - before, _modules(shell, **OFF) - before):
        assert gained - BUILT_IN == {"telemetry_hook"}
    assert "threading" not in _modules(shell)


@pytest.mark.unmeasured
def test_every_interpreter_has_the_hook(shell: Shell) -> None:
    """The hooks of the main thread and of others are ours, and one exit function is."""
    assert shell.run("python", "-c", STATE).stdout == "_Hook _Hook _Hook 1\n"


@pytest.mark.unmeasured
def test_switched_off_the_interpreter_is_as_it_was(shell: Shell) -> None:
    """With TELEMETRY_HOOK_STARTUP=0 the hooks and exit functions are those of a bare Python."""
    bare = shell.run("python", "-S", "-c", STATE).stdout
    kind = "builtin_function_or_method"

    assert bare == f"{kind} {kind} {kind} 0\n"
    assert shell.run("python", "-c", STATE, **OFF).stdout == bare


@pytest.mark.unmeasured
@pytest.mark.parametrize("value", ["", "1", "no"])
def test_only_a_zero_switches_the_hook_off(value: str, shell: Shell) -> None:
    """Any other value of TELEMETRY_HOOK_STARTUP leaves the hook on."""
    shown = shell.run("python", "-c", STATE, TELEMETRY_HOOK_STARTUP=value)
    assert shown.stdout == "_Hook _Hook _Hook 1\n"


def test_installing_again_changes_nothing(shell: Shell) -> None:
    """After the .pth, `install()` and `startup()` leave hooks and exit functions as they are."""
    code = """
    import _thread, atexit, sys, telemetry_hook
    def state():
        return sys.excepthook, sys.__excepthook__, _thread._excepthook, atexit._ncallbacks()
    before = state()
    telemetry_hook.install()
    telemetry_hook.startup()
    print(state() == before)
    """
    assert shell.run("python", shell.write("twice.py", dedent(code))).stdout == "True\n"


@pytest.mark.parametrize(
    "code",
    [
        "import atexit; atexit.register(telemetry_hook.install)",
        "import _thread, time; _thread.start_new_thread(telemetry_hook.install, ()); time.sleep(0.2)",
        "import sys; sys.frozen = True; del sys.argv; telemetry_hook.install()",
    ],
)
def test_installing_is_silent_wherever_it_is_called(shell: Shell, code: str) -> None:
    """Also where no Python code calls it, and where a program has changed what it may look at."""
    ended = shell.run("python", "-c", f"import telemetry_hook; {code}")
    assert (ended.returncode, ended.stderr) == (0, "")


def test_the_previous_hooks_are_called_once(shell: Shell) -> None:
    """However often it is installed by hand, a crash reaches the program's own hooks once."""
    code = """
    import sys, telemetry_hook, threading
    sys.excepthook = lambda kind, value, traceback: print("main", kind.__name__)
    threading.excepthook = lambda args: print("thread", args.exc_type.__name__)
    for _ in range(3):
        telemetry_hook.install()
    thread = threading.Thread(target=lambda: 1 / 0)
    thread.start()
    thread.join()
    raise KeyError
    """
    ended = shell.run("python", shell.write("chain.py", dedent(code)), **OFF)

    assert ended.stdout == "thread ZeroDivisionError\nmain KeyError\n"
    assert (ended.returncode, ended.stderr) == (1, "")


def test_the_hook_passes_for_the_original(shell: Shell) -> None:
    """PyQt and exceptiongroup ask whether the hook is still the original, and are told yes."""
    code = "import sys; print(sys.excepthook is sys.__excepthook__)"
    assert shell.run("python", "-c", code).stdout == "True\n"


def test_the_hook_of_threads_passes_for_the_original(shell: Shell) -> None:
    """The same question about the hook of threads has the same answer."""
    code = "import threading; print(threading.excepthook is threading.__excepthook__)"
    assert shell.run("python", "-c", code).stdout == "True\n"
    late = f"import threading, telemetry_hook; telemetry_hook.install(); {code}"
    assert shell.run("python", "-c", late, **OFF).stdout == "True\n"


def test_another_hook_does_not_pass_for_the_original(shell: Shell) -> None:
    """A program that has a hook of its own when we are installed still looks as if it had one."""
    code = """
    import sys, telemetry_hook
    original = sys.__excepthook__
    sys.excepthook = lambda *details: None
    telemetry_hook.install()
    print(sys.__excepthook__ is original, sys.excepthook is original)
    """
    ended = shell.run("python", shell.write("own.py", dedent(code)), **OFF)
    assert ended.stdout == "True False\n"


def test_threads_are_caught(shell: Shell) -> None:
    """A thread's crash is asked about although nobody had imported `threading` at start-up."""
    terminal = shell.terminal("starter", "thread_dies")
    terminal.answer("yes")

    assert terminal.end() == 0
    assert [each["mechanism"] for each in shell.home.wait_for_reports()] == ["threading"]


def test_a_thread_that_exits_does_not_hide_a_crash(shell: Shell) -> None:
    """`sys.exit()` in one thread is no crash, and the crash of the next one is asked about."""
    terminal = shell.terminal("starter", "thread_exits_and_thread_dies")
    terminal.answer("no")
    assert terminal.end() == 0


def test_the_crash_of_a_fork_is_not_asked_about(shell: Shell) -> None:
    """A forked child that dies asks nothing, nor does its parent that ends well."""
    terminal = shell.terminal("starter", "child_dies")

    assert terminal.end() == 0
    assert "status 1" in terminal.screen
    assert "has crashed" not in terminal.screen
    assert shell.home.files() == []


def test_the_crash_of_a_parent_is_asked_about(shell: Shell) -> None:
    """Parent and forked child die, and the parent alone asks, once."""
    terminal = shell.terminal("starter", "child_and_parent_die")
    terminal.answer("yes")

    assert terminal.end() == 1
    assert terminal.screen.count("has crashed") == 1
    assert terminal.screen.index("status 1") < terminal.screen.index("has crashed")
    [report] = shell.home.wait_for_reports()
    assert report["exceptions"][0]["type"] == "KeyError"


def test_what_was_noted_before_a_fork_is_the_parents(shell: Shell) -> None:
    """A child that is forked after a thread's crash ends well and does not ask in its parent's place."""
    terminal = shell.terminal("starter", "child_of_a_dying_thread_ends_well")
    terminal.answer("no")

    assert terminal.end() == 0
    assert terminal.screen.count("has crashed") == 1
    assert terminal.screen.index("status 0") < terminal.screen.index("has crashed")


def test_use_imports_nothing_but_the_package(shell: Shell) -> None:
    """Noting a feature imports nothing beyond the package itself, with the hook and without it."""
    code = """
    import sys, telemetry_hook
    before = set(sys.modules)
    telemetry_hook.use("some.features", "one")
    print({name.partition(".")[0] for name in set(sys.modules) - before} - {"telemetry_hook"})
    """
    script = shell.write("using.py", dedent(code))
    assert shell.run("python", script).stdout == "set()\n"
    assert shell.run("python", script, **OFF).stdout == "set()\n"


@pytest.mark.parametrize("success", ["well", "exits", "catches"])
def test_success_costs_nothing(success: str, shell: Shell, without_us: Shell) -> None:
    """A tool that ends well has imported one module more until the very end, and left no file."""
    gained = _imported(shell, success) - _imported(without_us, success)

    assert gained - BUILT_IN == {"telemetry_hook"}
    assert shell.home.files() == []
    assert list(shell.directory.iterdir()) == []


def test_success_with_a_noted_feature_costs_our_own_modules(
    shell: Shell, without_us: Shell
) -> None:
    """A tool that notes a feature and ends well has imported the package alone, and left no file."""
    # Without us there is no package to note a feature with.
    gained = _imported(shell, "uses") - _imported(without_us, "well")

    assert gained - BUILT_IN == {"telemetry_hook", "telemetry_hook._names", "telemetry_hook._notes"}
    assert shell.home.files() == []
    assert list(shell.directory.iterdir()) == []


def test_a_crash_costs_imports(shell: Shell) -> None:
    """The measure of the test above does see what is imported at exit."""
    assert "telemetry_hook._hook" in _imported(shell, "dies")


def _modules(shell: Shell, **variables: str) -> set[str]:
    return set(
        shell.run("python", "-c", "import sys; print(*sys.modules)", **variables).stdout.split()
    )


def _imported(shell: Shell, what: str) -> set[str]:
    ended = shell.run("python", "-X", "importtime", shell.find("starter"), what)
    lines = [line for line in ended.stderr.splitlines() if line.startswith("import time:")]
    return {line.rpartition("|")[2].strip() for line in lines}
