"""Where a crash happens: each situation on a real pseudo-terminal, its screen compared whole."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import Environment, Shell, installed, make_tool, needs
from screens import QUESTION, Person, steady

PLUGIN = """
from telemetry_hook import *
from telemetry_hook import hookimpl

@hookimpl
def telemetry_tool():
    return Tool(
        name="frail", publisher="Acme Ltd", purpose="to find and fix bugs in Frail",
        receiver=SentryReceiver("https://key@errors.acme.example/3"),
    )
"""
TOOL = """
import os, signal, subprocess, sys, time

class FrailError(Exception): pass

def fail(): raise FrailError("this was bound to happen")

def plain(): fail()
def raw():
    import tty
    tty.setraw(0)
    fail()
def full_screen():
    import tty
    sys.stdout.write("\\033[?1049h\\033[?25l\\033[?1003h\\033[31m"); sys.stdout.flush()
    tty.setraw(0)
    fail()
def no_echo():
    import termios
    mode = termios.tcgetattr(0); mode[3] &= ~(termios.ECHO | termios.ISIG); mode[0] |= termios.IGNCR
    termios.tcsetattr(0, termios.TCSANOW, mode)
    fail()
def no_blocking():
    os.set_blocking(0, False); os.set_blocking(2, False)
    fail()
def closed_stdout():
    sys.stdout.close()
    fail()
def replaced():
    import io
    sys.stdin, sys.stdout, sys.stderr = io.StringIO("yes"), io.StringIO(), io.StringIO()
    fail()
def ignores_interrupts():
    signal.signal(signal.SIGINT, signal.SIG_IGN); signal.signal(signal.SIGTSTP, signal.SIG_DFL)
    fail()
def ignores_hangups():
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    fail()
def alarm():
    import atexit  # Python's own end forgets the handler, not the timer
    atexit.register(signal.setitimer, signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, lambda *_: None); signal.setitimer(signal.ITIMER_REAL, 0.2, 0.2)
    fail()
def traced():
    sys.settrace(lambda *_: None)
    fail()
def debugged():
    import bdb
    debugger = bdb.Bdb(); debugger.reset(); sys.settrace(debugger.trace_dispatch)
    fail()
def watched():
    import types
    sys.modules["pydevd"] = types.ModuleType("pydevd")
    fail()
def monitored():
    sys.monitoring.use_tool_id(sys.monitoring.DEBUGGER_ID, "debugger")
    fail()

def main(): globals()[sys.argv[1]]()
"""
ASKED = """\
frail has crashed. May it send a report to Acme Ltd (errors.acme.example), to
find and fix bugs in Frail?

  In it:       the kind of error, its message without the values, and where it
               happened, with lines of published source and the kinds of
               values there; acme-frail 1.0, CPython 3.x, Linux 6.x
  Never in it: any text of yours, such as passwords, keys, addresses, names,
               paths, or what is in your files and data
  Size:        n kB; "view" shows all of it
  More:        telemetry-hook dictionary frail

yes (y), no (n), always (a), never (e), view (v), later (l)
Send this report? (no)"""
NARROW = """\
frail has crashed.
May it send a
report to Acme Ltd
(errors.acme.examp
le), to find and
fix bugs in Frail?

In it:
  the kind of
  error, its
  message without
  the values, and
  where it
  happened, with
  lines of
  published source
  and the kinds of
  values there;
  acme-frail 1.0,
  CPython 3.x,
  Linux 6.x
Never in it:
  any text of
  yours, such as
  passwords, keys,
  addresses,
  names, paths, or
  what is in your
  files and data
Size:
  n kB; "view"
  shows all of it
More:
  telemetry-hook
  dictionary frail

yes (y), no (n),
always (a),
never (e),
view (v),
later (l)
Send this report? (n
o) n
Nothing was sent."""
NO = "\nNothing was sent."
UNCAUGHT = "frail.cli.FrailError: this was bound to happen"


@pytest.fixture(autouse=True)
def frail(install: Callable[..., None], tmp_path: Path) -> None:
    """Install the tool that dies in all these ways."""
    install(make_tool(tmp_path, "frail", TOOL, plugin=PLUGIN))


@pytest.fixture
def without_us(without_us: Shell, bare: Environment, tmp_path: Path) -> Iterator[Shell]:
    """Return a shell without us that has the tool."""
    with installed((bare,), make_tool(tmp_path, "frail", TOOL, plugin=PLUGIN)):
        yield without_us


def crash(shell: Shell, way: str, **options: Any) -> Person:
    return Person(shell, ["frail", way], **options)


@pytest.mark.parametrize(
    "way",
    [
        *("plain", "raw", "no_echo", "no_blocking", "closed_stdout", "replaced", "alarm", "traced"),
        *("ignores_interrupts", "ignores_hangups"),
    ],
)
def test_the_question_is_whole_and_can_be_answered(shell: Shell, way: str) -> None:
    """Whatever a program has done to its terminal, the question is the same, and a typed no works."""
    person = crash(shell, way)
    person.sees(QUESTION)
    assert person.after("frail has crashed") == ASKED
    person.types("n\r")
    assert person.ends() == 1
    assert person.after("frail has crashed") == f"{ASKED} n{NO}"
    assert shell.home.files() == []


def test_a_full_screen_program_leaves_a_readable_question(shell: Shell) -> None:
    """After a full-screen program the cursor is on, colours and the mouse's reports are off."""
    person = crash(shell, "full_screen")
    person.sees(QUESTION)
    assert person.after("frail has crashed") == ASKED
    assert not person.screen.cursor.hidden
    assert person.screen.buffer[person.screen.cursor.y][0].fg == "default"
    assert b"\033[?1003l" in person.raw
    assert b"\033[?1049l" not in person.raw  # the traceback is on that screen
    person.types("no\r")
    assert person.ends() == 1


def test_an_ordinary_program_gets_no_escape_sequences(shell: Shell) -> None:
    """Where the terminal is as it should be, nothing but text is written to it."""
    for variables in ({}, {"TERM": "dumb"}, {"NO_COLOR": "1"}, {"TERM": ""}):
        person = crash(shell, "plain", **variables)
        person.sees(QUESTION)
        person.types("v\r")
        person.asked(2)
        person.types("n\r")
        person.ends()
        # Before that, Python's own traceback may be in colours.
        assert b"\033" not in person.raw.partition(b"has crashed")[2]


def test_a_dumb_terminal_gets_none_even_after_a_raw_program(shell: Shell) -> None:
    """TERM=dumb understands no escape sequence."""
    person = crash(shell, "raw", TERM="dumb")
    person.sees(QUESTION)
    person.types("n\r")
    person.ends()
    assert b"\033" not in person.raw


def test_twenty_columns(shell: Shell) -> None:
    """On a very narrow terminal the question is one column of text."""
    person = crash(shell, "plain", columns=20, lines=80)
    person.sees("o) ")
    person.types("n\r")
    assert person.ends() == 1
    assert person.after("frail has crashed") == NARROW


def test_a_terminal_without_unicode(shell: Shell) -> None:
    """Where the encoding has no dots, they are escaped in view, text by text."""
    person = crash(shell, "plain", PYTHONIOENCODING="ascii", lines=200)
    person.sees(QUESTION)
    person.types("view\r")
    person.asked(2)
    person.types("n\r")
    assert person.ends() == 1
    assert "<\\u2026> stands for text that is left out." in person.text()
    assert all(byte < 128 for byte in person.raw)


def test_silence_is_no(shell: Shell) -> None:
    """When nothing is typed for as long as the question waits, that is a no."""
    quick = shell.environment.site / "zzz_quick.pth"
    quick.write_text("import telemetry_hook._ask.terminal as t; t.SILENCE = 0.5\n")
    try:
        person = crash(shell, "plain")
        assert person.ends() == 1
    finally:
        quick.unlink()
    assert person.after("frail has crashed") == f"{ASKED}{NO}"
    assert shell.home.files() == []


@pytest.mark.parametrize(("key", "shown"), [("\x03", " ^C"), ("\x04", ""), ("\r", "")])
def test_interrupt_end_and_enter_are_no(shell: Shell, key: str, shown: str) -> None:
    """Ctrl-C, Ctrl-D and a bare Enter end the question; the exit status is the tool's."""
    person = crash(shell, "plain")
    person.sees(QUESTION)
    person.types(key)
    assert person.ends() == 1
    assert person.after("frail has crashed") == f"{ASKED}{shown}{NO}"
    assert shell.home.files() == []


def test_unclear_answers_are_no_after_a_while(shell: Shell) -> None:
    """What is no answer is asked for again, five times."""
    person = crash(shell, "plain")
    for times in range(1, 6):
        person.asked(times)
        person.types("maybe\r")
    assert person.ends() == 1
    assert person.text().count("Please answer with one of these words, or its letter.") == 5
    assert person.text().endswith("Nothing was sent.")


STOPPED = f"""\
{ASKED} ^Z
[1]+  Stopped                 frail plain
frail plain

yes (y), no (n), always (a), never (e), view (v), later (l)
Send this report? (no) n{NO}"""


def test_stopped_and_continued(shell: Shell) -> None:
    """After Ctrl-Z and fg the question is asked again, and silence meanwhile was no answer."""
    quick = shell.environment.site / "zzz_quick.pth"
    quick.write_text("import telemetry_hook._ask.terminal as t; t.SILENCE = 2\n")
    path = f"{shell.environment.bin}:{os.environ['PATH']}"
    try:
        person = Person(shell, ["bash", "-c", "set -m; frail plain; sleep 3; fg"], PATH=path)
        person.sees(QUESTION)
        person.types("\x1a")
        person.asked(2)
        person.types("n\r")
        assert person.ends() == 1
    finally:
        quick.unlink()
    assert person.after("frail has crashed") == STOPPED


def test_a_closed_terminal_ends_quietly(shell: Shell) -> None:
    """When the terminal goes away during the question, nothing is kept and nothing stays behind."""
    for way in ("plain", "ignores_hangups"):
        person = crash(shell, way)
        person.sees(QUESTION)
        inner: Any = person.process.ptyproc  # type: ignore[attr-defined]
        inner.fileobj.close()
        inner.closed = person.process.closed = True
        _, status = os.waitpid(person.process.pid or 0, 0)
        # Killed by the hang-up, unless whoever started the tests has them ignore it.
        expected = (1, -signal.SIGHUP) if way == "plain" else (1,)
        assert os.waitstatus_to_exitcode(status) in expected
        assert shell.home.files() == []


@pytest.mark.parametrize(
    "variables",
    [{"CI": "1"}, {"AI_AGENT": "x"}, {"PYTEST_VERSION": "8"}, {"DO_NOT_TRACK": "1"}],
    ids=str,
)
def test_nobody_is_there_to_ask(shell: Shell, without_us: Shell, variables: dict[str, str]) -> None:
    """In CI, under an agent and in a test run the screen is that of plain Python."""
    asked = crash(shell, "plain", **variables)
    assert asked.ends() == 1
    plain = crash(without_us, "plain")
    assert plain.ends() == 1
    expected = without_us.environment.mask(plain.raw.decode())
    assert shell.environment.mask(asked.raw.decode()) == expected
    assert asked.text().endswith(UNCAUGHT)


@pytest.mark.parametrize("way", ["debugged", "watched", "monitored"])
def test_a_debugged_program_asks_nothing(shell: Shell, way: str) -> None:
    """Under a debugger of Python's own kind, of an editor's, and of the monitoring kind."""
    version = shell.environment.site.parent.name.removeprefix("python3.")
    if way == "monitored" and int(version) < 12:
        pytest.skip("monitoring came with Python 3.12")
    person = crash(shell, way)
    assert person.ends() == 1
    assert person.text().endswith(UNCAUGHT)


REDIRECTED = {
    "stdin is a file": "frail plain < /dev/null",
    "stderr is a file": "frail plain 2> errors",
    "stdout is a pipe": "frail plain | cat",
    "in the background": "set -m; frail plain & wait $!",
    "interactive": "python -i -c 'from frail.cli import plain; plain()' < /dev/null",
}


@pytest.mark.parametrize("case", REDIRECTED)
def test_a_redirected_program_asks_nothing(shell: Shell, case: str) -> None:
    """Where one of the streams leads elsewhere, or the program is in the background."""
    path = f"{shell.environment.bin}:{os.environ['PATH']}"
    person = Person(shell, ["sh", "-c", REDIRECTED[case]], PATH=path)
    person.ends()
    assert "has crashed" not in person.text()
    assert not shell.home.answers.exists()
    assert not shell.home.outbox.exists()


def test_stdout_in_a_file_asks_and_writes_nothing_there(shell: Shell) -> None:
    """Output that goes to a file hinders nobody, and gets nothing of ours, not even the view."""
    path = f"{shell.environment.bin}:{os.environ['PATH']}"
    person = Person(shell, ["sh", "-c", "frail plain > output"], PATH=path)
    person.sees(QUESTION)
    person.types("view\r")
    person.asked(2)
    person.types("n\r")
    person.ends()
    assert (shell.directory / "output").read_text() == ""


@pytest.fixture
def less() -> str:
    """Return the real pager."""
    needs("less")
    return str(shutil.which("less"))


def test_view_is_in_the_pager(shell: Shell, less: str) -> None:
    """A long report is paged; Ctrl-C there is the pager's, and the question comes again."""
    person = crash(shell, "plain", lines=24, PAGER=less)
    person.sees(QUESTION)
    person.types("v\r")
    person.sees("Command   frail")
    first = "acme-frail 1.0 ended with frail.cli.FrailError: this was bound to happen"
    assert person.text().splitlines()[1] == first
    person.types("/This is all\r")
    person.sees("This is all that a yes would send")
    person.sees("IP address")
    lines = steady(person.text()).splitlines()
    assert lines[:3] == [
        "This is all that a yes would send, n bytes, to",
        "https://errors.acme.example/api/3/envelope/",
        "SHA-256 HASH",
    ]
    assert "The receiver also sees this machine's IP address." in lines
    person.types("\x03")
    person.types("G")
    person.sees("(END)")
    person.types("q")
    person.asked(2)
    person.types("n\r")
    assert person.ends() == 1
    assert person.text().endswith(f"Send this report? (no) n{NO}")


def test_a_pager_that_fails_costs_nothing(shell: Shell) -> None:
    """Without a pager, or with a broken one, the view is printed."""
    for pager in ("no-such-pager", "false", '"'):
        person = crash(shell, "plain", lines=24, PAGER=pager)
        person.sees(QUESTION)
        person.types("v\r")
        person.asked(2)
        person.types("n\r")
        assert person.ends() == 1
        assert b"SHA-256" in person.raw
