"""The question in a window: Swatch dies on a real X server, and its user has nothing but a keyboard."""

from __future__ import annotations

import contextlib
import ctypes
import hashlib
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from conftest import PLUGIN, ROOT, Environment, Shell, build_wheel, make_tool, needs, until

pytestmark = pytest.mark.once

EXAMPLE = ROOT / "examples/swatch"
TITLE = "has crashed"
CRASH = ("swatch", "night.gpl")
LIST = ("swatch", "--list", "night.gpl")
BLIND = 2.0  # twice as long as the window's own, for it starts late on a busy machine
YES = ("shift+Tab", "Return")
ALWAYS = ("Tab", "Return")
VIEW = ("Tab", "Tab", "Tab", "Return")
TO_PAGE = ("Tab", "Tab", "Tab", "Tab", "Tab")
COPY = ("ctrl+slash", "ctrl+c")
CLIPBOARD = """
import sys, tkinter
root = tkinter.Tk()
root.withdraw()
sys.stdout.buffer.write(root.clipboard_get(type="UTF8_STRING").encode())
"""


@contextlib.contextmanager
def screen(size: str) -> Iterator[str]:
    """Start an X server, without a window manager, and yield its display."""
    reading, writing = os.pipe()
    command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", f"{size}x24", "-nolisten", "tcp"]
    server = subprocess.Popen(command, stderr=subprocess.DEVNULL, pass_fds=[writing])
    os.close(writing)
    with open(reading) as display:
        yield f":{display.readline().strip()}"
    server.terminate()
    server.wait()


@pytest.fixture(scope="module")
def display() -> Iterator[str]:
    """Start a screen."""
    with screen("1024x768") as name:
        yield name


@pytest.fixture(scope="module", autouse=True)
def swatch(
    environment: Environment, source: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[None]:
    """Install Swatch."""
    needs("Xvfb", "xdotool", "tkinter")
    wheel = build_wheel(source / "examples/swatch", tmp_path_factory.mktemp("swatch"))
    environment.pip("install", "--no-deps", wheel)
    yield
    environment.pip("uninstall", "--yes", "acme-swatch")


@pytest.fixture
def palettes(shell: Shell) -> Shell:
    """Return a shell in a directory of palettes, with a receiver of Swatch's."""
    for each in (EXAMPLE / "demo").glob("*.gpl"):
        shutil.copy(each, shell.directory)
    shell.home.variables["SWATCH_TELEMETRY_DIR"] = str(shell.home.reports)
    return shell


@dataclass
class Dying:
    """A program started from a desktop's menu, without a terminal, that asks in a window."""

    process: subprocess.Popen[str]
    display: str
    window: str

    def press(self, *keys: str) -> None:
        """Press keys, one after the other, at the window."""
        presses = [word for key in keys for word in ("key", key)]
        _xdotool(self.display, "windowfocus", "--sync", self.window, *presses)

    def end(self) -> tuple[int, str]:
        """Return the exit status, and what is on stderr."""
        _, errors = self.process.communicate(timeout=20)
        return self.process.returncode, errors


@pytest.fixture
def die(palettes: Shell, display: str) -> Iterator[Callable[..., Dying]]:
    """Return a function that starts a program, and waits for its question."""
    started: list[subprocess.Popen[str]] = []

    def start(*command: str, on: str = display, wait: float = BLIND) -> Dying:
        process = subprocess.Popen(
            [palettes.environment.bin / command[0], *command[1:]],
            env={**palettes.home.environment, "DISPLAY": on},
            cwd=palettes.directory,
            stdin=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=_heed_interrupts,  # noqa: PLW1509 - no other thread is at work here
        )
        started.append(process)
        window = _xdotool(on, "search", "--sync", "--onlyvisible", "--name", TITLE)
        time.sleep(wait)
        return Dying(process, on, window)

    yield start
    for each in started:
        if each.poll() is None:
            each.kill()
            each.communicate()


def _heed_interrupts() -> None:
    """Undo what a shell without job control does to what it runs in the background."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def _xdotool(display: str, *arguments: str) -> str:
    run = subprocess.run(
        ["xdotool", *arguments],
        env={**os.environ, "DISPLAY": display},
        stdout=subprocess.PIPE,
        text=True,
        timeout=20,
        check=True,
    )
    return run.stdout.strip()


def _copied(shell: Shell, display: str) -> str:
    text = shell.run("python", "-c", CLIPBOARD, DISPLAY=display).stdout
    return text.removesuffix("\n")  # Tk's, which ends every text


def test_yes_by_keyboard_arrives(palettes: Shell, die: Callable[..., Dying]) -> None:
    """A yes is two keys away, and what arrives tells what happened in Tk's callback."""
    dying = die(*CRASH)
    dying.press(*YES)
    status, errors = dying.end()

    assert status == 1
    [report] = palettes.home.wait_for_reports()
    assert report["tool"] == {"name": "acme-swatch", "version": "1.0.0"}
    assert report["mechanism"] == "reported"
    [exception] = report["exceptions"]
    assert (exception["type"], exception["message"]) == (
        "ValueError",
        "range() arg 3 must not be zero",
    )
    assert [each["function"] for each in exception["frames"]][-3:] == [
        "Viewer.reload",
        "Viewer._show",
        "Palette.rows",
    ]
    attributes = {each["name"]: each["value"] for each in report["attributes"]}
    assert attributes == {
        "palette.colours": 4,
        "palette.columns": 0,
        "palette.has_names": True,
    }
    assert "night" not in str(report)
    assert "Receipt: " in errors


def test_traceback_and_status_are_the_tools_own(
    palettes: Shell, die: Callable[..., Dying], display: str
) -> None:
    """With a question and without, the same is printed, and the status is the same."""
    alone = palettes.run(*CRASH, DISPLAY=display, TELEMETRY_HOOK="never")
    assert alone.returncode == 1
    assert alone.stderr.startswith("Exception in Tkinter callback\nTraceback ")
    dying = die(*CRASH)
    dying.press("Return")
    assert dying.end() == (1, alone.stderr)


@pytest.mark.parametrize("how", ["Return", "Escape", "close", "interrupt"])
def test_what_is_a_no(palettes: Shell, die: Callable[..., Dying], how: str) -> None:
    """The key that is next at hand, and every way out, send nothing and keep nothing."""
    dying = die(*CRASH)
    if how == "close":
        _close(dying)
    elif how == "interrupt":
        dying.process.send_signal(signal.SIGINT)
    else:
        dying.press(how)
    status, errors = dying.end()
    assert status == 1
    assert errors.endswith("ValueError: range() arg 3 must not be zero\n")
    assert palettes.home.files() == []
    assert palettes.home.received() == []


def test_always_is_saved(palettes: Shell, die: Callable[..., Dying]) -> None:
    """After an always, the next crash is sent without a window, and without a display."""
    dying = die(*CRASH)
    dying.press(*ALWAYS)
    assert dying.end()[0] == 1
    assert '"always"' in palettes.home.answers.read_text("utf-8")
    palettes.home.wait_for_reports()
    again = palettes.run(*LIST)
    assert again.returncode == 1
    assert "as you said always" in again.stderr
    palettes.home.wait_for_reports(2)


def test_page_can_be_read_and_copied_to_the_byte(
    palettes: Shell, die: Callable[..., Dying]
) -> None:
    """The page holds the question's words, then all the bytes, then the words again."""
    dying = die(*CRASH)

    def copy(*keys: str) -> str:
        before = _copied(palettes, dying.display)
        dying.press(*keys, *COPY)
        until(lambda: _copied(palettes, dying.display) != before)
        return _copied(palettes, dying.display)

    words = copy(*TO_PAGE)
    where = palettes.home.reports
    assert words.startswith(
        "swatch has crashed.\n"
        f"May it send a report to Acme Ltd ({where}), to find and fix bugs in Swatch?\n"
        "In it:\tthe kind of error, "
    )
    assert words.endswith("More:\thttps://acme.example/telemetry\n")
    to_view = ("Tab", "Tab", "Tab", "Tab", "Tab", "Return")
    view = copy(*to_view)
    assert copy(*to_view, "Tab", "Tab") == words
    dying.press("Tab", "Return")
    assert dying.end()[0] == 1

    palettes.home.wait_for_reports()
    [path] = palettes.home.reports.glob("*.json")
    body = path.read_bytes()
    assert view.startswith("acme-swatch 1.0.0 ended with ")
    assert f"\n\nThis is all that a yes would send, {len(body)} bytes, to\n" in view
    assert f"\nSHA-256 {hashlib.sha256(body).hexdigest()}\n" in view
    assert view.endswith(f"\n\n{body.decode().rstrip()}")


def test_small_screen(palettes: Shell, die: Callable[..., Dying]) -> None:
    """On a screen of 480 by 320 pixels, the window is not larger than the screen."""
    with screen("480x320") as small:
        dying = die(*CRASH, on=small)
        geometry = _xdotool(small, "getwindowgeometry", "--shell", dying.window).splitlines()
        dying.press("Escape")
        assert dying.end()[0] == 1
    assert {"WIDTH=480", "HEIGHT=320"} <= {*geometry}


def test_without_a_display_the_terminal_asks(palettes: Shell) -> None:
    """The window steps back where it cannot be seen."""
    terminal = palettes.terminal(*LIST)
    terminal.answer("yes")
    terminal.expect("sent. Receipt: ")
    assert terminal.end() == 1
    palettes.home.wait_for_reports()


@pytest.mark.parametrize("display", ["", ":12345"])
def test_without_a_display_and_a_terminal_nobody_is_asked(palettes: Shell, display: str) -> None:
    """Nothing is sent and nothing kept where there is nobody."""
    run = palettes.run(*LIST, DISPLAY=display)
    assert run.returncode == 1
    assert run.stderr.endswith("ValueError: range() arg 3 must not be zero\n")
    assert palettes.home.files() == []
    assert palettes.home.received() == []


DEAD_WINDOW = """
import tkinter
def main():
    root = tkinter.Tk()
    root.update()
    1 / 0
"""
ASKING = """
@hookimpl
def telemetry_ask(question):
    from {name}.window import ask
    return ask(question)
"""


@pytest.fixture
def copier(install: Callable[..., None], tmp_path: Path) -> Callable[..., None]:
    """Return a function that installs a tool with a copy of the file, with other times in it."""

    def install_copy(**times: int) -> None:
        code = (EXAMPLE / "swatch/window.py").read_text("utf-8")
        for name, value in times.items():
            code, count = re.subn(rf"(?m)^{name} = [\d_ *]+", f"{name} = {value}", code)
            assert count == 1
        files = {"copier/window.py": code}
        install(make_tool(tmp_path, "copier", DEAD_WINDOW, plugin=PLUGIN + ASKING, files=files))

    return install_copy


def test_copy_in_another_tool(
    palettes: Shell, die: Callable[..., Dying], copier: Callable[..., None]
) -> None:
    """A copy of the file serves another tool, whose own window is still there."""
    copier()
    dying = die("copier")
    dying.press(*YES)
    assert dying.end()[0] == 1
    palettes.home.wait_for_reports()


def test_closed_beside_another_window(
    palettes: Shell, die: Callable[..., Dying], copier: Callable[..., None]
) -> None:
    """Closing the question ends the program, though a window of its own is still there."""
    copier()
    dying = die("copier")
    _close(dying)
    assert dying.end()[0] == 1
    assert palettes.home.files() == []


def test_silence(palettes: Shell, die: Callable[..., Dying], copier: Callable[..., None]) -> None:
    """A window that nobody looks at goes away, and nothing is sent."""
    copier(SILENCE=3_000)
    dying = die("copier")
    assert dying.end()[0] == 1
    assert palettes.home.files() == []


def test_haste(palettes: Shell, die: Callable[..., Dying], copier: Callable[..., None]) -> None:
    """What is typed when the window comes up was meant for another, and is no answer."""
    copier(BLIND=60_000)
    dying = die("copier")
    dying.press(*ALWAYS)
    time.sleep(1)
    assert dying.process.poll() is None
    dying.press("Escape")
    assert dying.end()[0] == 1
    assert palettes.home.files() == []


class ClientMessage(ctypes.Structure):
    """Xlib's `XClientMessageEvent`, in the space of an `XEvent`."""

    _fields_ = (
        ("type", ctypes.c_int),
        ("serial", ctypes.c_ulong),
        ("send_event", ctypes.c_int),
        ("display", ctypes.c_void_p),
        ("window", ctypes.c_ulong),
        ("message_type", ctypes.c_ulong),
        ("format", ctypes.c_int),
        ("data", ctypes.c_long * 5),
        ("rest", ctypes.c_long * 24),
    )


def _close(dying: Dying) -> None:
    """Close a window as a window manager does: by asking it to."""
    x = ctypes.CDLL("libX11.so.6")
    x.XOpenDisplay.restype = ctypes.c_void_p
    x.XInternAtom.restype = ctypes.c_ulong
    display = ctypes.c_void_p(x.XOpenDisplay(dying.display.encode()))
    protocols, delete = (
        x.XInternAtom(display, name, 0) for name in (b"WM_PROTOCOLS", b"WM_DELETE_WINDOW")
    )
    window = int(dying.window)
    message = ClientMessage(
        type=33, window=window, message_type=protocols, format=32, data=(delete, 0, 0, 0, 0)
    )
    x.XSendEvent(display, ctypes.c_ulong(window), 0, ctypes.c_long(0), ctypes.byref(message))
    x.XCloseDisplay(display)
