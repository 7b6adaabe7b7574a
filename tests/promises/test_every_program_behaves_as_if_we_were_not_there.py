"""The tool behaves as if we were not there: the same bytes, the same exit status, the same screen."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import Environment, Shell, installed, make_tool

STRICT = ("-X", "dev", "-W", "error")

# One program, installed as a tool and written as somebody's script: its argument is a function.
FAULTS = r'''
import os
import sys

class Hostile(Exception):
    """Everything that an exception may override, each telling that it was run."""

    def __str__(self):
        print("__str__", file=sys.stderr)
        raise OSError("no text")

    def __repr__(self):
        print("__repr__", file=sys.stderr)
        raise OSError("no text")

    def __getattribute__(self, name):
        print("__getattribute__", name, file=sys.stderr)
        return super().__getattribute__(name)

    def __eq__(self, other):
        print("__eq__", file=sys.stderr)
        raise OSError("not equal")

    def __bool__(self):
        print("__bool__", file=sys.stderr)
        raise OSError("neither")

    def __del__(self):
        print("__del__", file=sys.stderr)

def ends_well():
    print("well")

def asks_for_the_original():
    import threading
    print(sys.excepthook is sys.__excepthook__)
    print(threading.excepthook is threading.__excepthook__)
    raise ValueError("text")

def plain():
    print("before")
    raise ValueError("text")

def unfinished_line():
    print("working ...", end=" ")
    raise ValueError("text")

def cause():
    try:
        plain()
    except ValueError as error:
        raise KeyError("key") from error

def context():
    try:
        plain()
    finally:
        {}["key"]

def suppressed_context():
    try:
        plain()
    except ValueError:
        raise KeyError("key") from None

def own_class():
    class OwnError(Exception):
        pass
    raise OwnError("one", 2)

def no_exception_class():
    class Own(BaseException):
        pass
    raise Own("text")

def notes():
    error = ValueError("text")
    if hasattr(error, "add_note"):
        error.add_note("a note\nof two lines")
    raise error

def group():
    if sys.version_info < (3, 11):
        from exceptiongroup import ExceptionGroup as Group
    else:
        Group = ExceptionGroup
    try:
        plain()
    except ValueError as error:
        raise Group("several", [error, Group("inner", [KeyError("key"), OSError(2, "text")])])

def syntax_error():
    sys.path.insert(0, os.getcwd())
    import broken

def recursion():
    recursion()

def mutual_recursion():
    def one():
        two()
    def two():
        one()
    one()

def with_resource():
    class Resource:
        def __del__(self):
            print("released")
    resource = Resource()
    plain()

def hostile():
    raise Hostile("text")

def hostile_cause():
    raise ValueError("text") from Hostile("text")

def exits_with_number():
    print("before")
    sys.exit(3)

def exits_with_text():
    sys.exit("text")

def exits_while_handling():
    try:
        plain()
    except ValueError:
        sys.exit(4)

def catches_and_prints():
    import traceback
    try:
        plain()
    except ValueError:
        traceback.print_exc()
        sys.exit(5)

def interrupt():
    raise KeyboardInterrupt("text")

def interrupt_signal():
    import signal
    os.kill(os.getpid(), signal.SIGINT)

def interrupt_while_handling():
    try:
        plain()
    finally:
        raise KeyboardInterrupt

def terminated():
    import signal
    print("before", flush=True)
    os.kill(os.getpid(), signal.SIGTERM)

def exits_at_once():
    print("before", flush=True)
    os._exit(6)

def replaces_itself():
    os.execv(sys.executable, [sys.executable, "-c", "raise ValueError('text')"])

def hook_fails():
    def hook(*details):
        raise OSError("hook")
    sys.excepthook = hook
    plain()

def hook_does_not_chain():
    sys.excepthook = lambda *details: print("hook", details[1], file=sys.stderr)
    plain()

def hook_calls_the_original():
    def hook(*details):
        print("hook", file=sys.stderr)
        sys.__excepthook__(*details)
    sys.excepthook = hook
    plain()

def hook_calls_the_previous():
    previous = sys.excepthook
    def hook(*details):
        print("hook", file=sys.stderr)
        previous(*details)
    sys.excepthook = hook
    plain()

def hook_is_called_by_hand():
    try:
        plain()
    except ValueError:
        sys.excepthook(*sys.exc_info())

def hook_called_by_hand_keeps_nothing():
    try:
        with_resource()
    except ValueError:
        sys.excepthook(*sys.exc_info())
    print("after")

def hook_exits():
    sys.excepthook = lambda *details: sys.exit(7)
    plain()

def hook_is_missing():
    del sys.excepthook
    plain()

def stderr_is_replaced():
    import io
    sys.stderr = io.StringIO()
    plain()

def stderr_is_none():
    sys.stderr = None
    plain()

def hide_tracebacks():
    sys.tracebacklimit = 0
    plain()

def thread():
    run(plain)

def hostile_in_thread():
    run(hostile)

def thread_exits():
    run(lambda: sys.exit(8))

def thread_and_main():
    run(plain)
    raise KeyError("key")

def thread_hook_does_not_chain():
    import threading
    threading.excepthook = lambda args: print("hook", args.exc_value, file=sys.stderr)
    run(plain)

def thread_hook_calls_the_original():
    import threading
    def hook(args):
        print("hook", file=sys.stderr)
        threading.__excepthook__(args)
    threading.excepthook = hook
    run(plain)

def thread_hook_fails():
    import threading
    def hook(args):
        raise OSError("hook")
    threading.excepthook = hook
    run(plain)

def at_exit():
    import atexit
    atexit.register(plain)

def at_exit_after_a_crash():
    import atexit
    atexit.register(print, "last words")
    atexit.register(plain)
    raise KeyError("key")

def exits_at_exit():
    import atexit
    atexit.register(sys.exit, 9)

def unraisable():
    class Own:
        def __del__(self):
            plain()
    Own()

def unraisable_at_the_end():
    class Own:
        def __del__(self):
            raise ValueError("text")
    sys.modules[__name__].kept = Own()

def unraisable_hook():
    sys.unraisablehook = lambda args: print("hook", args.exc_value)
    unraisable()

def coroutine():
    import asyncio
    async def work():
        await asyncio.sleep(0)
        plain()
    asyncio.run(work())

def forgotten_task():
    import asyncio
    async def work():
        task = asyncio.ensure_future(fail())
        await asyncio.sleep(0)
    async def fail():
        plain()
    asyncio.run(work())

def future():
    from concurrent.futures import ThreadPoolExecutor
    with ThreadPoolExecutor() as executor:
        failed = executor.submit(plain)
    failed.result()

def multiprocess():
    import multiprocessing
    child = multiprocessing.get_context("spawn").Process(target=plain)
    child.start()
    child.join()
    sys.exit(child.exitcode)

def fork():
    if os.fork() == 0:
        plain()
    print("status", os.wait()[1])

def warning():
    import warnings
    warnings.warn("text")

def broken_pipe():
    reader, writer = os.pipe()
    os.close(reader)
    os.write(writer, b"text")

def keeps_the_last_exception():
    import atexit
    def show():
        print(sys.last_type, sys.last_value, sys.last_traceback.tb_frame.f_code.co_name)
    atexit.register(show)
    plain()

def run(target):
    import threading
    thread = threading.Thread(target=target)
    thread.start()
    thread.join()

def main():
    globals()[sys.argv[1]]()

if __name__ == "__main__":
    main()
'''

HELPERS = {"run", "main"}
FAULT = [name for name in re.findall(r"^def (\w+)", FAULTS, re.MULTILINE) if name not in HELPERS]

# Those of which a tool's user is asked, on a terminal.
ASKED = {
    "plain": 1,
    "unfinished_line": 1,
    "cause": 1,
    "context": 1,
    "notes": 1,
    "group": 1,
    "syntax_error": 1,
    "recursion": 1,
    "with_resource": 1,
    "hostile": 1,
    "hostile_cause": 1,
    "hook_fails": 1,
    "hook_does_not_chain": 1,
    "hook_calls_the_original": 1,
    "hook_is_missing": 1,
    "stderr_is_none": 1,
    "thread": 0,
    "thread_and_main": 1,
    "at_exit_after_a_crash": 1,
    "coroutine": 1,
    "future": 1,
}


@pytest.fixture(scope="module", autouse=True)
def tool(
    environment: Environment, bare: Environment, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[None]:
    """Install the program as a tool, with us and without us."""
    wheel = make_tool(tmp_path_factory.mktemp("tool"), "faulty", FAULTS)
    with installed((environment, bare), wheel):
        yield


@pytest.fixture(autouse=True)
def script(shell: Shell) -> Path:
    """Write the program as somebody's script, beside a module that cannot be imported."""
    shell.write("broken.py", "def broken(:\n")
    return shell.write("script.py", FAULTS)


@pytest.fixture(params=["script", "tool"])
def program(request: pytest.FixtureRequest, script: Path) -> Path:
    """Return the program as a script and as a tool, which is in both environments."""
    return script if request.param == "script" else Path("faulty")


def test_the_baseline_is_without_us(without_us: Shell) -> None:
    """The environment that programs are compared with has the tool and nothing of ours."""
    site = without_us.environment.site
    assert (site / "faulty/cli.py").exists()
    assert list(site.glob("telemetry*")) == []
    code = "import sys; print('telemetry_hook' in sys.modules); import telemetry_hook"
    status, output, errors = run(without_us, "python", "-c", code)
    assert (status, output) == (1, "False\n")
    assert errors.endswith("ModuleNotFoundError: No module named 'telemetry_hook'\n")


@pytest.mark.parametrize("fault", FAULT)
def test_output_and_status_are_the_same(
    fault: str, program: Path, shell: Shell, without_us: Shell
) -> None:
    """Where nobody is asked, a program writes the same bytes and ends with the same status."""
    command = ("python", program, fault)

    assert run(shell, *command) == run(without_us, *command)
    assert shell.home.files() == []


@pytest.mark.parametrize("fault", ["ends_well", "plain", "group", "thread", "warning", "coroutine"])
def test_warnings_that_are_errors_stay_the_same(
    fault: str, program: Path, shell: Shell, without_us: Shell
) -> None:
    """In development mode, with warnings as errors, nothing of ours warns."""
    command = ("python", *STRICT, program, fault)
    assert run(shell, *command) == run(without_us, *command)


@pytest.mark.parametrize("closed", ["2>&-", ">&-", "<&-", "<&- >&- 2>&-"])
@pytest.mark.parametrize("fault", ["ends_well", "plain", "thread", "exits_with_text", "at_exit"])
def test_closed_streams_stay_the_same(
    fault: str, closed: str, program: Path, shell: Shell, without_us: Shell
) -> None:
    """A program whose standard streams are closed writes and ends as before."""
    command = ("sh", "-c", f'exec "$@" {closed}', "sh", "python", program, fault)

    assert run(shell, *command) == run(without_us, *command)
    assert shell.home.files() == []


@pytest.mark.parametrize("command", ['"$0" -c "$1"', 'echo "$1" | "$0" -'])
def test_code_without_a_file_stays_the_same(command: str, shell: Shell, without_us: Shell) -> None:
    """Code of the command line and of standard input writes and ends as before."""
    code = "print('before'); raise ValueError('text')"
    whole = ("sh", "-c", command, "python", code)
    assert run(shell, *whole) == run(without_us, *whole)


@pytest.mark.parametrize("fault", ASKED)
def test_the_screen_is_the_same_up_to_the_question(
    fault: str, shell: Shell, without_us: Shell
) -> None:
    """On a terminal the screen is the one without us, then come a blank line and the question."""
    expected, status = screen(without_us, "faulty", fault)
    terminal = shell.terminal("faulty", fault)
    terminal.answer("no")

    assert terminal.end() == status == ASKED[fault]
    before, first_line, rest = terminal.screen.partition("\r\nfaulty has crashed")
    _, answer, after = rest.partition("(no) no\r\nNothing was sent.\r\n")
    assert first_line
    assert answer
    assert normal(shell, before + after) == expected
    assert shell.home.files() == []


@pytest.mark.parametrize("answer", ["yes", "always", "never", "later"])
def test_no_answer_changes_the_status(answer: str, shell: Shell) -> None:
    """Whatever the user answers, in development mode too, the tool's exit status stays its own."""
    terminal = shell.terminal("python", *STRICT, shell.environment.bin / "faulty", "plain")
    terminal.answer(answer)

    assert terminal.end() == 1
    assert "Warning" not in terminal.screen
    assert terminal.screen.count("Traceback") == 1


@pytest.mark.parametrize("fault", ASKED)
def test_with_do_not_track_the_screen_is_the_same(
    fault: str, shell: Shell, without_us: Shell
) -> None:
    """With DO_NOT_TRACK=1 nothing of ours is on the screen, nor in the home."""
    command = ("faulty", fault)

    assert screen(shell, *command, DO_NOT_TRACK="1") == screen(without_us, *command)
    assert shell.home.files() == []


@pytest.mark.parametrize("fault", ASKED)
def test_the_screen_of_a_script_is_the_same(
    fault: str, script: Path, shell: Shell, without_us: Shell
) -> None:
    """A script is nobody's, and on a terminal it dies as before."""
    command = ("python", script, fault)

    assert screen(shell, *command) == screen(without_us, *command)


def screen(shell: Shell, *command: str | Path, **variables: str) -> tuple[str, int]:
    """Return what stands on the terminal at the end, and the exit status."""
    terminal = shell.terminal(*command, **variables)
    status = terminal.end()
    return normal(shell, terminal.screen), status


def run(shell: Shell, *command: str | Path) -> tuple[int, str, str]:
    """Return a program's exit status and its output to the byte, but for what `normal` replaces.

    Each word of the command that names a program of the environment is replaced by its path.
    """
    ended = subprocess.run(
        [shell.find(word) for word in command],
        env=shell.home.environment,
        cwd=shell.directory,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=60,
        check=False,
    )
    output, errors = (
        normal(shell, text.decode("latin-1")) for text in (ended.stdout, ended.stderr)
    )
    return ended.returncode, output, errors


def normal(shell: Shell, text: str) -> str:
    """Return a text without addresses of objects and without the environment's directory."""
    return re.sub("0x[0-9a-f]+", "0x", shell.environment.mask(text))
