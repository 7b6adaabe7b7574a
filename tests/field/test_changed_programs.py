"""Tools that have changed their process before they die: they are heard, and left as they are."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from conftest import (
    Environment,
    Receiver,
    Shell,
    installed,
    make_tool,
    processes,
    senders,
    until,
)
from interpreter_state import STATE

# Each replaces something that asking, storing or starting the sender uses.
REPLACED = {
    "json.dumps": "boom",
    "json.JSONEncoder.encode": "boom",
    "datetime.datetime": "type('datetime', (), {})",
    "socket.socket": "boom",
    "select.select": "boom",
    "subprocess.Popen": "boom",
    "builtins.open": "boom",
    "builtins.__import__": "importer",
    "builtins.print": "boom",
    "re.compile": "boom",
    "hashlib.sha256": "boom",
    "os.open": "boom",
    "os.fstat": "boom",
    "os.read": "boom",
    "os.write": "boom",
    "signal.signal": "boom",
    "pathlib.Path.open": "boom",
    "pathlib.Path.read_bytes": "boom",
    "time.time": "lambda: 0.0",
    "time.monotonic": "Clock().stopped",
    "time.sleep": "unittest.mock.MagicMock()",
    "uuid.uuid4": "unittest.mock.MagicMock()",
    "contextlib.contextmanager": "functools.partial(boom)",
    "tempfile.mkstemp": "boom",
    "threading.current_thread": "boom",
    "io.open": "boom",
    "functools.wraps": "boom",
    "warnings.warn": "boom",
}
CODE = """
import builtins, functools, importlib, os, sys, unittest.mock
from pydoc import locate

def boom(*args, **kwargs): raise OSError("replaced")
def importer(*args, imports=__import__):
    if args[0] in ("json", "hashlib", "subprocess"): raise OSError("replaced")
    return imports(*args)
class Clock:
    def stopped(self): return 0.0

class Stdout:
    '''The interpreter flushes it after the exit functions, while all modules are still there.'''
    def __init__(self, owner, name, value): self.owner, self.name, self.value = owner, name, value
    def write(self, text): pass
    def flush(self, write=os.write, vars=vars):
        write(1, b"kept\\n" if vars(self.owner).get(self.name) is self.value else b"lost\\n")

def replace(path, value):
    owner, _, name = path.rpartition(".")
    owner = locate(owner)
    value = eval(value)
    sys.stdout = Stdout(owner, name, value)
    setattr(owner, name, value)

def main():
    import altered.cli
    getattr(altered.cli, sys.argv[1])(*sys.argv[2:])

def fail(*_): raise RuntimeError("this was bound to happen")

def replaced(path, value):
    replace(path, value)
    fail()

def observed():
    exec(STATE, vars(sys.modules["__main__"]))
    fail()

def moved(receiver=None):
    for name in NAMES: os.environ[name] = "/nowhere"
    class Box:
        def __del__(self, environ=os.environ, names=NAMES):
            print("moved", [name for name in names if environ.get(name) != "/nowhere"])
    global box
    box = Box()
    fail()

def importing():
    import threading, time
    def work(write=os.write):
        for number in range(300):
            try: importlib.import_module(f"m{number}")
            except BaseException as error: write(1, f"{error!r}\\n".encode())
        write(1, b"imported\\n")
    threading.Thread(target=work, daemon=True).start()
    fail()

def writes_to_descriptor_2():
    data = open("data.txt", "w")
    if data.fileno() != 2: os.dup2(data.fileno(), 2)
    os.write(2, b"data\\n")
    sys.excepthook = lambda *_: None
    fail()
"""
NAMES = ("HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "PATH", "PAGER", "LD_AUDIT", "HTTPS_PROXY")
PLUGIN = """
import os
from telemetry_hook import *
from telemetry_hook import hookimpl

@hookimpl
def telemetry_tool():
    dsn = os.environ.get("DSN")
    return Tool(
        name="altered", publisher="Acme Ltd", purpose="to find and fix bugs",
        receiver=SentryReceiver(dsn) if dsn else FileReceiver(os.environ["REPORTS"]),
    )
"""


@pytest.fixture(scope="module", autouse=True)
def tool(
    environment: Environment, bare: Environment, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[None]:
    """Install the tool, with us and without."""
    code = f"NAMES = {NAMES!r}\nSTATE = {STATE!r}\n{CODE}"
    wheel = make_tool(tmp_path_factory.mktemp("tool"), "altered", code, plugin=PLUGIN)
    with installed((environment, bare), wheel):
        yield


# What depends on the Python is in unit/installed/test_original_modules.py.
@pytest.mark.once
@pytest.mark.parametrize("path", REPLACED)
def test_what_was_replaced_is_not_used(path: str, shell: Shell) -> None:
    """The user is asked, the report arrives, and afterwards the replacement is in its place again."""
    terminal = shell.terminal("altered", "replaced", path, REPLACED[path])
    terminal.answer("yes")
    assert terminal.end() == 1
    assert "sent. Receipt: " in terminal.screen
    assert terminal.screen.endswith("kept\r\n")
    [report] = shell.home.wait_for_reports()
    assert report["exceptions"][0]["type"] == "RuntimeError"


@pytest.mark.once
@pytest.mark.parametrize("library", ["eventlet", "gevent"])
def test_green_threads(library: str, environment: Environment, shell: Shell) -> None:
    """Where a library has replaced all that waits, the answer is read, and the report arrives."""
    environment.pip("install", library)
    patch = {
        "eventlet": "import eventlet; eventlet.monkey_patch()",
        "gevent": "import gevent.monkey; gevent.monkey.patch_all()",
    }
    code = f"{patch[library]}; import altered.cli; altered.cli.fail()"
    site = shell.environment.site / "altered/__main__.py"
    before = site.read_text()
    site.write_text(code)
    try:
        terminal = shell.terminal("python", "-m", "altered")
        terminal.answer("yes")
        assert terminal.end() == 1
    finally:
        site.write_text(before)
    assert "sent. Receipt: " in terminal.screen


@pytest.mark.parametrize("answer", ["no", "yes", "always", "later"])
def test_nothing_stays_changed(answer: str, shell: Shell, without_us: Shell) -> None:
    """After the question, what the interpreter shows to the last finalizers is as without us."""
    plain = without_us.terminal("altered", "observed")
    assert plain.end() == 1
    terminal = shell.terminal("altered", "observed")
    terminal.answer(answer)
    assert terminal.end() == 1
    assert changed(terminal.screen) == changed(plain.screen)


def test_nothing_stays_changed_under_always(shell: Shell, without_us: Shell) -> None:
    """Nor where nobody is asked."""
    shell.run("telemetry-hook", "always", "altered")
    ended = shell.run("altered", "observed")
    assert changed(ended.stdout) == changed(without_us.run("altered", "observed").stdout)
    assert "sending report" in ended.stderr


def changed(output: str) -> list[str]:
    """Return the lines of what has changed, except for modules, of which a question loads many."""
    lines = re.findall(r"^(\w+: gone .*?|None|'.*')\r?$", output, re.MULTILINE)
    return [line for line in lines if not line.startswith(("modules", "caches"))]


def test_threads_go_on_importing_during_the_question(shell: Shell) -> None:
    """A daemon thread finds the modules of the directory while the question waits."""
    for number in range(300):
        shell.write(f"m{number}.py", "import time; time.sleep(0.002)\n")
    terminal = shell.terminal("python", "-m", "altered", "importing")
    terminal.expect("Send this report? (no) ")
    terminal.expect("imported")
    terminal.process.sendline("no")
    assert terminal.end() == 1
    assert "NotFound" not in terminal.screen


def test_the_environment_stays_the_programs(shell: Shell, receiver: Receiver) -> None:
    """Our files are in the user's home, the sender gets the user's variables, the program its own."""
    receiver.delay = 1
    terminal = shell.terminal("altered", "moved", DSN=receiver.dsn, HTTPS_PROXY="", NO_PROXY="*")
    terminal.answer("yes")
    until(lambda: senders(shell))
    variables = processes("environ")[senders(shell)[0]].decode().split("\0")
    assert terminal.end() == 1
    assert "moved []" in terminal.screen
    assert f"HOME={shell.home.directory}" in variables
    assert not [variable for variable in variables if variable.endswith("=/nowhere")]
    assert shell.home.outbox.exists()
    until(lambda: receiver.bodies)


@pytest.mark.parametrize("closed", ["2>&-", ""])
def test_nothing_is_written_to_a_file_of_the_users(closed: str, shell: Shell) -> None:
    """If descriptor 2 is a file that the program has opened, our line does not get into it."""
    shell.run("telemetry-hook", "always", "altered")
    tool = shell.find("altered")
    shell.run("sh", "-c", f'exec "{tool}" writes_to_descriptor_2 {closed}')
    assert (shell.directory / "data.txt").read_text() == "data\n"
    shell.home.wait_for_reports()


@pytest.mark.parametrize(
    "options", [("-W", "error"), ("-X", "warn_default_encoding"), ("-X", "dev")]
)
def test_warnings_lose_no_report(options: tuple[str, ...], shell: Shell) -> None:
    """Whatever the program does with warnings, ours are not seen, and the report arrives."""
    tool = shell.environment.bin / "altered"
    terminal = shell.terminal("python", *options, "-W", "error", tool, "fail")
    terminal.answer("yes")
    assert terminal.end() == 1
    assert "Warning" not in terminal.screen
    shell.home.wait_for_reports()
