"""Attacks that once worked, or nearly: on privacy, on consent, and on the program itself."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pexpect
import pytest
from conftest import (
    PLUGIN,
    QUESTION,
    Environment,
    Home,
    Shell,
    installed,
    make_environment,
    make_tool,
    needs,
)

from telemetry_hook import HttpsReceiver, SentryReceiver
from telemetry_hook._errors import DeclarationError
from telemetry_hook._redact.published import definitions as _code

STDLIB = Path(os.__file__).parent
YES = PLUGIN + "@hookimpl\ndef telemetry_ask(report, tool): return 'yes'\n"
CODE = '''
import atexit, builtins, os, signal, sys, threading, time
S = sys.argv[2] if len(sys.argv) > 2 else ""
class ToolError(Exception): pass
def class_in_builtin_module():
    C = type(S, (Exception,), {"__module__": "sys"}); setattr(sys, S, C); raise C("x")
def class_in_builtins():
    C = type(S, (Exception,), {"__module__": "builtins"}); setattr(builtins, S, C); raise C("x")
def literal_elsewhere():
    """hunter2 is the system administrator"""
    roles = ("hunter2 is the system administrator", "ordinary member of staff")
    owner = "hunter2 is the system administrator"
    if S in (roles, owner): pass
    raise PermissionError(S)
def forged_twin():
    code = (lambda: 1 / 0).__code__
    exec(code.replace(
        co_name="fail", co_filename=__file__, co_firstlineno=fail.__code__.co_firstlineno
    ))
def forged_class():
    raise type("ToolError", (Exception,), {"__module__": __name__})("x")
def argument_of_another_call():
    print("hunter2 is the system administrator", end="")
    raise PermissionError(S)
def handed_by_name():
    text = "the %s could not be found in time" % S
    raise ToolError(text)
def fail(text): raise ToolError(text)
def handed_by_argument(): fail(f"the {S} could not be found in time")
class Evil:
    def __repr__(self): os.write(2, b"EVIL RAN"); return "evil"
    __str__ = __repr__
def file_name_of_the_users(): raise OSError(2, "msg", Evil())
class Bare(Exception):
    __str__ = object.__str__
    def __repr__(self): os.write(2, b"EVIL RAN"); return "evil"
def object_str():
    sys.excepthook = lambda *a: None
    raise Bare("x")
class Meta(type):
    def __getattribute__(cls, name):
        if name in ("__module__", "__qualname__", "__name__"): os.write(2, b"META RAN")
        return type.__getattribute__(cls, name)
class Strange(Exception, metaclass=Meta): pass
def metaclass():
    sys.excepthook = lambda *a: None
    raise Strange("x")
def exponential():
    e = ValueError()
    for _ in range(60):
        n = ValueError(); n.a = e; n.b = e; e = n
    run(e)
def cycle():
    e = ValueError("x"); e.me = e; e.args = (e, [e]); run(e)
def run(e):
    def f(): raise e
    sys.stderr = open(os.devnull, "w")
    t = threading.Thread(target=f); t.start(); t.join()
def nested_groups():
    if sys.version_info < (3, 11): raise ValueError("x")
    e = ValueError("x")
    for _ in range(3000): e = ExceptionGroup("g", [e])
    sys.excepthook = lambda *a: None
    raise e
def debugger():
    import bdb
    raise bdb.BdbQuit
def profile_timer():
    signal.signal(signal.SIGPROF, lambda *a: None)
    signal.setitimer(signal.ITIMER_PROF, .01, .01)
    raise ValueError("x")
def tracing():
    sys.setprofile(lambda *a: None)
    sys.settrace(lambda f, e, a: os.write(2, b"T") and None)
    raise ValueError("x")
def own_interrupt_handler():
    signal.signal(signal.SIGINT, lambda *a: os.write(2, b"HANDLER RAN"))
    raise ValueError("x")
def own_termination_handler():
    signal.signal(signal.SIGTERM, lambda *a: sys.exit(9))
    raise ValueError("x")
def no_executable():
    sys.executable = None
    raise ValueError("x")
def invalid_escape():
    "\\d"
    raise ToolError(f"the {S} could not be found in time")
def spawned():
    import multiprocessing
    p = multiprocessing.get_context("spawn").Process(target=in_thread); p.start(); p.join()
def user_of_multiprocessing():
    import multiprocessing
    raise ValueError("x")
def in_thread():
    t = threading.Thread(target=lambda: 1 / 0); t.start(); t.join()
def fine(): pass
def main(): globals()[sys.argv[1]]()
'''
GENERIC = "class Box[T]:\n    def open[U](self, x: U): raise ValueError('the box is empty')\n"


@pytest.fixture(scope="module", autouse=True)
def tools(
    environment: Environment, bare: Environment, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[None]:
    """Install the same tool with a plugin that says yes, and with one that leaves us to ask."""
    directory = tmp_path_factory.mktemp("tools")
    willing = make_tool(directory, "willing", CODE, plugin=YES)
    more = "internal_errors=('asking.cli.ToolError',)"
    asking = make_tool(directory, "asking", CODE, more=more)
    with installed((environment, bare), willing, asking):
        yield


def report_of(shell: Shell, *arguments: str) -> dict[str, Any]:
    """Run the willing tool and return its report."""
    shell.run("willing", *arguments)
    [report] = shell.home.wait_for_reports()
    return report


@pytest.mark.parametrize("case", ["class_in_builtin_module", "class_in_builtins"])
def test_class_planted_in_pythons_own_modules(shell: Shell, case: str) -> None:
    """A class made at run time has no name, wherever it was put."""
    [exception] = report_of(shell, case, "hunter2")["exceptions"]
    assert exception["type"] == "<user class> (Exception)"
    assert "module" not in exception


def test_forged_names_are_not_believed(shell: Shell) -> None:
    """Code or a class that merely has the name and place of a published one is the user's."""
    frames = report_of(shell, "forged_twin")["exceptions"][0]["frames"]
    assert frames[-1]["function"] == "<user code>"
    for old in shell.home.reports.glob("*.json"):
        old.unlink()
    [exception] = report_of(shell, "forged_class")["exceptions"]
    assert exception["type"] == "<user class> (Exception)"


@pytest.mark.parametrize("case", ["literal_elsewhere", "argument_of_another_call"])
def test_message_equal_to_a_text_of_the_function(shell: Shell, case: str) -> None:
    """A text that was not handed to the exception tells nothing, even if it is the message."""
    report = report_of(shell, case, "hunter2 is the system administrator")
    assert report["exceptions"][0]["message"] == "<…>"


@pytest.mark.parametrize("case", ["handed_by_name", "handed_by_argument", "invalid_escape"])
def test_text_that_was_handed_on_is_found(shell: Shell, without_us: Shell, case: str) -> None:
    """A template is found through a name and through a call, and parsing prints no warning."""
    ended = shell.run("willing", case, "hunter2", PYTHONDONTWRITEBYTECODE="1")
    [report] = shell.home.wait_for_reports()
    assert report["exceptions"][0]["message"] == "the <…> could not be found in time"
    with_us = shell.environment.mask(ended.stderr)
    expected = without_us.environment.mask(without_us.run("willing", case, "hunter2").stderr)
    assert with_us.startswith(expected)
    assert "Warning" not in with_us.removeprefix(expected)


@pytest.mark.parametrize("case", ["file_name_of_the_users", "object_str", "metaclass"])
def test_no_code_of_the_users_runs(shell: Shell, without_us: Shell, case: str) -> None:
    """What a user's class does when it is printed or named happens as often as without us."""
    with_us = shell.run("willing", case)
    shell.home.wait_for_reports()
    expected = without_us.run("willing", case).stderr.count(" RAN")
    assert with_us.stderr.count(" RAN") == expected


@pytest.mark.parametrize("case", ["exponential", "cycle", "nested_groups"])
def test_tangled_exceptions_are_bounded(shell: Shell, case: str) -> None:
    """Exceptions that hold each other, or nest deeply, neither hang nor lose the report."""
    assert report_of(shell, case)["exceptions"]


@pytest.mark.skipif(sys.version_info < (3, 12), reason="type parameters came with Python 3.12")
def test_generic_functions_have_names() -> None:
    """Functions and classes with type parameters are named as Python names them."""
    module = compile(GENERIC, "generic.py", "exec")
    assert "Box.open" in [each.qualname for each in _code._definitions(module, "")]


def test_stopped_debugger_is_no_crash(shell: Shell) -> None:
    """Leaving the debugger is no crash."""
    terminal = shell.terminal("asking", "debugger")
    terminal.end()
    assert "has crashed" not in terminal.screen


def test_workers_do_not_ask(shell: Shell) -> None:
    """A spawned worker is no program of its own."""
    terminal = shell.terminal("asking", "spawned")
    terminal.end()
    assert "has crashed" not in terminal.screen


def test_program_that_uses_workers_asks(shell: Shell) -> None:
    """The program that starts workers is a program of its own."""
    terminal = shell.terminal("asking", "user_of_multiprocessing")
    terminal.answer("no")
    terminal.end()


def test_test_runs_do_not_ask(shell: Shell) -> None:
    """A library's internal error in a test run is the test's business."""
    shell.write(
        "test_it.py",
        "import unittest, telemetry_hook\nfrom asking.cli import ToolError\n"
        "class T(unittest.TestCase):\n"
        "    def test(self):\n"
        "        telemetry_hook.report(ToolError('x'))\n",
    )
    terminal = shell.terminal("python", "-m", "unittest", "test_it")
    terminal.end()
    assert "has crashed" not in terminal.screen


def test_profiling_timer_does_not_kill(shell: Shell) -> None:
    """A profiler's timer that still runs at the end does not change the exit status."""
    assert shell.run("willing", "profile_timer").returncode == 1


OUR_FRAMES = 3


def test_tracers_do_not_see_us(shell: Shell, without_us: Shell) -> None:
    """A tracer that prints sees our hook, what notes the crash, and our exit function, and no more."""
    with_us = shell.run("willing", "tracing").stderr.count("T")
    expected = without_us.run("willing", "tracing").stderr.count("T")
    assert with_us - expected <= OUR_FRAMES


@pytest.mark.parametrize(
    "typed", ["what?\nyes\n", "x" * 2000 + "y\nyes\n", "y\x04", "\x04", "maybe\nalways\nyes\n"]
)
def test_pasted_text_is_no_answer(shell: Shell, typed: str) -> None:
    """Only a line that was typed after the question was shown can be an answer."""
    terminal = shell.terminal("asking", "handed_by_name")
    terminal.expect(QUESTION)
    terminal.process.send(typed)
    for _ in range(6):
        if terminal.process.expect_exact([QUESTION, pexpect.EOF]):
            break
        terminal.process.sendline("no")
    assert shell.home.received() == []
    assert shell.home.files() == []


def test_interrupt_is_no_whatever_handler_the_tool_has(shell: Shell) -> None:
    """Ctrl-C at the question is a no; the tool's own handler is not for our prompt."""
    terminal = shell.terminal("asking", "own_interrupt_handler")
    terminal.expect(QUESTION)
    terminal.process.sendintr()
    assert terminal.end() == 1
    assert "HANDLER RAN" not in terminal.screen
    assert shell.home.files() == []


def test_termination_at_the_question_leaves_nothing(shell: Shell) -> None:
    """A handler of the tool's that exits ends the question, and is no failure of ours."""
    terminal = shell.terminal("asking", "own_termination_handler")
    terminal.expect(QUESTION)
    terminal.process.kill(15)
    terminal.end()
    assert shell.home.files() == []


def test_without_an_interpreter_the_report_waits(shell: Shell) -> None:
    """Where no sender can be started, that is said, and the report is kept."""
    terminal = shell.terminal("asking", "no_executable")
    terminal.answer("yes")
    terminal.expect("telemetry-hook send")
    terminal.end()
    [report] = json.loads(shell.run("telemetry-hook", "list", "--json").stdout)
    assert report["state"] == "pending"


def test_damaged_report_does_not_block_the_others(shell: Shell) -> None:
    """One damaged file in the outbox hinders no other report."""
    terminal = shell.terminal("asking", "handed_by_name")
    terminal.answer("later")
    terminal.end()
    [path] = shell.home.outbox.glob("*.report")
    head, _, body = path.read_text().partition("\n")
    damaged = re.sub(r'"url": "[^"]*"', '"url": 5', head)
    assert damaged != head
    path.write_text(f"{damaged}\n{body}")
    (shell.home.outbox / "deep.report").write_text("[" * 15_000)
    os.mkfifo(shell.home.outbox / "fifo.report", 0o600)
    again = shell.terminal("asking", "handed_by_name")
    again.answer("yes")
    again.expect("sent. Receipt: ")
    again.end()
    assert len(shell.home.received()) == 1


@pytest.mark.parametrize(
    "url",
    [
        "http://evil.example\\@127.0.0.1/x",
        "https://trusted.example\\.evil.example/x",
        "http://127.0.0.1@evil.example/x",
        "https://a@b@evil.example/x",
        "https://evil.example/x\n",
        "https://evil.example /x",
        "http://127.0.0.1.evil.example/",
        "file:///etc/passwd",
        "https://ex\u0430mple.com/1",
    ],
)
def test_addresses_that_could_be_read_in_two_ways(url: str) -> None:
    """What two readers of URLs could read differently is refused."""
    with pytest.raises(DeclarationError):
        HttpsReceiver(url)
    with pytest.raises(DeclarationError):
        SentryReceiver(url.replace("://", "://key@"))


def test_receiver_cannot_send_elsewhere(
    shell: Shell, install: Callable[..., None], tmp_path: Path
) -> None:
    """A receiver of somebody else's can send only to the address that it names."""
    plugin = YES.replace('FileReceiver(os.environ["REPORTS"])', "Mine()").replace(
        "@hookimpl\ndef telemetry_tool",
        "from telemetry_hook.receivers import Request\n"
        "class Mine:\n"
        "    address = 'https://trusted.example/x'\n"
        "    def encode(self, report): return Request('https://evil.example/', b'')\n"
        "@hookimpl\ndef telemetry_tool",
        1,
    )
    install(make_tool(tmp_path, "elsewhere", "def main(): 1 / 0", plugin=plugin))
    assert "ending" not in shell.run("elsewhere").stderr.split("by zero")[1]
    assert not shell.home.outbox.exists()
    shell.home.log.unlink()


PRIVATE = """
class LaunchError(Exception): pass
def go_secret(): raise LaunchError('the secret launch is tomorrow')
"""
PLACES = ("", "json", "encodings", "site-packages")


@pytest.mark.once
@pytest.mark.account
def test_file_beside_the_standard_library_is_not_public(
    wheel: Path, home: Home, tmp_path: Path
) -> None:
    """A company's own file in a directory of the standard library is not Python's."""
    needs("mount namespaces")
    made = make_environment(tmp_path / "environment")
    made.pip("install", wheel)
    code = "import sys\ndef main():\n    __import__(sys.argv[1], fromlist='*').go_secret()\n"
    made.pip("install", "--no-deps", make_tool(tmp_path, "beside", code, plugin=YES))
    for name in ("more", "scratch"):
        (tmp_path / name).mkdir()
    for place in PLACES:
        (tmp_path / "more" / place).mkdir(parents=True, exist_ok=True)
        (tmp_path / "more" / place / "acme_private.py").write_text(PRIVATE)
    layers = f"lowerdir={STDLIB},upperdir={tmp_path}/more,workdir={tmp_path}/scratch"
    mount = f"mount -t overlay overlay -o {layers} {STDLIB}"
    namespace = ("unshare", "--map-root-user", "--mount", "sh", "-c", f'{mount} && exec "$@"', "sh")
    for place in PLACES:
        module = ".".join([*Path(place).parts, "acme_private"])
        Shell(made, home, tmp_path).run(*namespace, made.bin / "beside", module)
        *_, report = home.wait_for_reports()
        [exception] = report["exceptions"]
        assert exception["type"] == "<user class> (Exception)"
        assert exception["frames"][-1]["function"] == "<user code>"
        assert "tomorrow" not in json.dumps(report)
        home.forget()
        shutil.rmtree(home.reports)


def test_own_build_of_the_tool_is_not_published(
    shell: Shell, install: Callable[..., None], tmp_path: Path
) -> None:
    """A user's own build goes with its text to this machine only."""
    plugin = PLUGIN.replace(
        'FileReceiver(os.environ["REPORTS"])', "HttpsReceiver('https://errors.example/')"
    )
    code = "def main(): raise ValueError('my own change')\n"
    wheel = make_tool(tmp_path, "forked", code, plugin=plugin)
    install(wheel)
    shell.environment.pip("install", "--no-deps", "--force-reinstall", wheel.as_uri())
    terminal = shell.terminal("forked")
    terminal.answer("view")
    terminal.answer("no")
    terminal.end()
    assert "my own change" not in terminal.screen.split("has crashed")[1]


@pytest.mark.once
@pytest.mark.account
def test_environment_inside_an_editable_project(wheel: Path, home: Home, tmp_path: Path) -> None:
    """Neither another tool in the project's environment nor a script beside it is the project."""
    project = tmp_path / "project"
    (project / "inner").mkdir(parents=True)
    (project / "inner/__init__.py").write_text("")
    (project / "inner/cli.py").write_text("def main(): 1 / 0\n")
    (project / "inner/telemetry.py").write_text(YES.format(name="inner", more=""))
    (project / "pyproject.toml").write_text(
        '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n'
        '[project]\nname = "acme-inner"\nversion = "1.0"\n'
        '[project.scripts]\ninner = "inner.cli:main"\n[tool.setuptools]\npackages = ["inner"]\n'
        '[project.entry-points.telemetry_hook]\ninner = "inner.telemetry"\n'
    )
    made = make_environment(project / ".venv")
    made.pip("install", wheel)
    made.pip("install", "--no-deps", "-e", project)
    other = make_tool(tmp_path, "other", "def main(): 1 / 0\n", plugin="")
    made.pip("install", "--no-deps", other)
    shell = Shell(made, home, project)
    script = shell.write("scratch.py", "1 / 0")
    shell.run("other")
    shell.run("python", script)
    assert home.files() == []
    shell.run("inner")
    assert len(home.wait_for_reports()) == 1
    shutil.rmtree(project)
