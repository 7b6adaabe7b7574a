"""Scripts that belong to no tool, with our wheel and without: they watch what happens at a crash.

The comparison is with an environment that we were never installed in. Run these tests under a
free-threaded Python too, where there is one: `nox --force-python 3.14t -s tests -- FILE`.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from twins import End, Program, Twins, make_twins

TRACEBACKS_END = "ValueError: text"
HELP = """
import os, sys, threading

def fail(*_):
    raise ValueError("text")

def in_thread(target):
    thread = threading.Thread(target=target)
    thread.start()
    thread.join()
"""


@pytest.fixture(scope="module")
def twins(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Twins:
    return make_twins(tmp_path_factory, "plain", wheel, "exceptiongroup")


def script(code: str, *arguments: str, **variables: str) -> Program:
    return Program({"script.py": HELP + code}, ("python", *arguments, "script.py"), variables)


def shell(code: str, command: str) -> Program:
    return Program({"script.py": HELP + code}, ("sh", "-c", f"exec python script.py {command}"))


BOX = """
import tempfile
class Box:
    def __init__(self, name, value):
        self.name, self.value = name, value
        os.environ[name] = value
    def __del__(self, environ=os.environ, process=dict(os.environ)):
        print(self.name, environ.get(self.name) == self.value, environ.get("HOME") is not None)
box = Box("{name}", tempfile.mkdtemp() if "{name}" != "CI" else "true")
fail()
"""
STDERR = """
data = open("data.txt", "w")
print(data.fileno())
data.write("data\\n")
data.flush()
in_thread(fail)
data.write("more\\n")
fail()
"""
SCRIPTS = {
    **{
        f"environment_{name}": script(BOX.format(name=name))
        for name in ("HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "PATH", "CI", "DO_NOT_TRACK")
    },
    **{
        f"environment_{name}_do_not_track": script(BOX.format(name=name), DO_NOT_TRACK="1")
        for name in ("HOME", "XDG_CONFIG_HOME", "PATH", "CI")
    },
    "environment_without_home": script("os.environ.pop('HOME')\n" + BOX.format(name="CI")),
    "environment_cleared": script("os.environ.clear()\n" + BOX.format(name="PATH")),
    "modules_hasattr": script("for m in sys.modules.values(): hasattr(m, 'x')\nfail()"),
    **{
        f"modules_{name}": script(
            f"for m in sys.modules.values(): getattr(m, '__{name}__', None)\nprint(1)\nfail()"
        )
        for name in ("version", "all", "warningregistry", "path", "wrapped")
    },
    "modules_assert_warns": script("""
import unittest, warnings
class Test(unittest.TestCase):
    def test(self):
        with self.assertWarns(UserWarning):
            warnings.warn("text")
unittest.TextTestRunner(stream=open(os.devnull, "w")).run(Test("test"))
fail()
"""),
    "stderr_closed_at_start": shell(STDERR, "2>&-"),
    "stderr_and_stdin_closed_at_start": shell(STDERR, "<&- 2>&-"),
    "stderr_closed_by_the_script": script("os.close(2)\n" + STDERR),
    "stderr_object_closed_by_the_script": script("sys.stderr.close()\n" + STDERR),
    "stdout_closed_at_start": shell(STDERR.replace("print(data.fileno())", ""), ">&-"),
    "encoding_warnings": script("fail()", "-X", "warn_default_encoding", "-W", "error"),
    "encoding_warnings_in_a_thread": script(
        "in_thread(fail)\nfail()", "-X", "warn_default_encoding", "-W", "error"
    ),
    "encoding_warnings_shown": script("in_thread(fail)\nfail()", "-X", "warn_default_encoding"),
    "development": script("in_thread(fail)\nfail()", "-X", "dev", "-bb", "-W", "error"),
    "traced_memory": script("in_thread(fail)\nfail()", "-X", "tracemalloc=25"),
    "optimised": script("in_thread(fail)\nfail()", "-OO"),
    "isolated": script("in_thread(fail)\nfail()", "-I"),
    "hook_none": script("sys.excepthook = None\nin_thread(fail)\nfail()"),
    "hook_deleted": script("del sys.excepthook\nin_thread(fail)\nfail()"),
    "hooks_deleted": script("del sys.excepthook, threading.excepthook\nin_thread(fail)\nfail()"),
    "original_hook_none": script("sys.excepthook = sys.__excepthook__ = None\nfail()"),
    "builtins_cleared": script("import builtins\nvars(builtins).clear()\nfail()"),
    "builtins_cleared_zero": script("import builtins\nvars(builtins).clear()\n1 / 0"),
    "builtins_cleared_thread": script(
        "import builtins\nthread = threading.Thread(target=lambda: 1 / 0)\n"
        "vars(builtins).clear()\nthread.start()\nthread.join()\n1 / 0"
    ),
    "surrogate": script("raise ValueError('\\udcff')"),
    "surrogate_in_a_thread": script(
        "def surrogate(): raise ValueError('\\udcff')\nin_thread(surrogate)\nsurrogate()"
    ),
    "modules_cleared": script("sys.modules.clear()\nfail()"),
    "path_cleared": script("sys.path.clear()\nsys.meta_path.clear()\nin_thread(fail)\nfail()"),
    "exceptiongroup": script("""
if sys.version_info < (3, 11):
    from exceptiongroup import ExceptionGroup
group = ExceptionGroup("inner", [ValueError("text"), KeyError("key")])
def groups():
    raise ExceptionGroup("outer", [group, ExceptionGroup("other", [OSError(2, "text")])])
in_thread(groups)
groups()
"""),
}


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_is_the_same(name: str, twins: Twins, tmp_path: Path) -> None:
    """Output, exit status and files are those of an environment without us."""
    ends = twins.without_us(SCRIPTS[name], tmp_path / "run")
    assert twins.with_us(SCRIPTS[name], tmp_path / "run") == ends


@pytest.mark.parametrize("name", [name for name in SCRIPTS if not name.startswith("std")])
def test_its_screen_is_the_same(name: str, twins: Twins, tmp_path: Path) -> None:
    """On a terminal, where tools ask, the screen is the same too."""
    ends = twins.screen_without_us(SCRIPTS[name], tmp_path / "run")
    assert twins.screen_with_us(SCRIPTS[name], tmp_path / "run") == ends


IMPORTING = """
import importlib, time
def work(write=os.write):
    for number in range(200):
        try:
            importlib.import_module(f"m{number}")
        except BaseException as error:
            write(1, f"m{number}: {error!r}\\n".encode())
thread = threading.Thread(target=work, daemon=True)
thread.start()
time.sleep(0.05)
"""
THREADS = """
start = threading.Barrier(32)
def work():
    start.wait()
    fail()
threads = [threading.Thread(target=work) for _ in range(32)]
for thread in threads: thread.start()
for thread in threads: thread.join()
"""


@pytest.mark.parametrize("end", ["fail()", "in_thread(fail)", "raise SystemExit(3)"])
def test_threads_go_on_importing(end: str, twins: Twins, tmp_path: Path) -> None:
    """While the main thread ends, the imports of another thread still find their modules."""
    modules = {f"m{number}.py": "import time\ntime.sleep(0.001)\n" for number in range(200)}
    program = Program({**modules, "script.py": HELP + IMPORTING + end})
    ends = twins.without_us(program, tmp_path / "run")
    assert ends.output == []
    for _ in range(3):
        assert twins.with_us(program, tmp_path / "run") == ends


@pytest.mark.parametrize("end", ["fail()", "print(threading.active_count())"])
def test_threads_fail_at_once(end: str, twins: Twins, tmp_path: Path) -> None:
    """The output of 32 threads that fail at the same time has the same words."""
    program = script(THREADS + end)
    ends = twins.without_us(program, tmp_path / "run")
    assert _words(twins.with_us(program, tmp_path / "run")) == _words(ends)


def _words(ends: End) -> End:
    # Threads write in the middle of each other's lines.
    return replace(ends, errors=sorted(re.findall(r"\w+", "\n".join(ends.errors))))


OBSERVERS = {
    "tracer": "sys.settrace(event)\nthreading.settrace(event)",
    "profiler": "sys.setprofile(event)\nthreading.setprofile(event)",
    "audit_hook": (
        "sys.addaudithook(lambda event, details: event == 'import' and see(event, details[0]))"
    ),
    "finder": "sys.meta_path.insert(0, Finder)",
    "finders": "sys.meta_path[:] = [Finder, *sys.meta_path]\nsys.path_hooks.insert(0, path_hook)",
    "importer": "import builtins\nbuiltins.__import__ = importer",
    "modules": "sys.monitoring.use_tool_id(4, 'x') if hasattr(sys, 'monitoring') else None",
}
OBSERVED = {
    "main": "fail()",
    "thread": "in_thread(fail)\nprint('after', file=sys.stderr)",
    "thread_and_main": "in_thread(fail)\nfail()",
    "hook_by_hand": "try: fail()\nexcept ValueError: sys.excepthook(*sys.exc_info())",
    "ends_well": "print('ValueError: text', file=sys.stderr)",
}
OBSERVING = """
def see(*seen):
    print("seen", *seen, file=sys.stderr)
def event(frame, event, argument):
    if "telemetry_hook" not in frame.f_code.co_filename:
        see(event, frame.f_code.co_filename, frame.f_code.co_name, frame.f_lineno)
    return event_of_ours if event == "call" else None
class Finder:
    @staticmethod
    def find_spec(name, path=None, target=None):
        see("find", name)
def path_hook(entry):
    see("path", entry)
    raise ImportError
imports = __import__
def importer(name, *details):
    see("import", name)
    return imports(name, *details)
event_of_ours = event
"""


@pytest.mark.parametrize("observed", OBSERVED)
@pytest.mark.parametrize("observer", OBSERVERS)
def test_observers_see_the_same(observer: str, observed: str, twins: Twins, tmp_path: Path) -> None:
    """Up to the end of the last traceback, tracers and import hooks see what they see without us."""
    program = script(f"{OBSERVING}\n{OBSERVERS[observer]}\n{OBSERVED[observed]}")
    ends = twins.without_us(program, tmp_path / "run")
    assert TRACEBACKS_END in ends.errors
    assert _to_traceback(twins.with_us(program, tmp_path / "run")) == _to_traceback(ends)


def _to_traceback(ends: End) -> End:
    """Leave out what was printed after the last traceback; imports at the exit are among that."""
    reversed_lines = ends.errors[::-1]
    after = reversed_lines.index(TRACEBACKS_END)
    return replace(ends, errors=ends.errors[: len(ends.errors) - after])


STATE = """
import gc, os, signal, sys, threading, warnings

def state():
    return {
        "path": list(sys.path),
        "meta_path": list(map(id, sys.meta_path)),
        "path_hooks": list(map(id, sys.path_hooks)),
        "modules": sorted(sys.modules),
        "sys": sorted(vars(sys)),
        "lists": [id(sys.path), id(sys.meta_path), id(sys.modules), id(sys.argv)],
        "argv": list(sys.argv),
        "signals": [repr(signal.getsignal(number)) for number in signal.valid_signals()],
        "mask": sorted(signal.pthread_sigmask(signal.SIG_BLOCK, [])),
        "timers": [signal.getitimer(which) for which in range(3)],
        "environ": sorted(os.environ.items()),
        "environ_type": [id(os.environ), id(os.environ._data), os.getcwd()],
        "filters": list(map(repr, warnings.filters)),
        "filters_id": id(warnings.filters),
        "showwarning": id(warnings.showwarning),
        "hooks": [id(sys.excepthook), id(sys.unraisablehook), id(sys.displayhook)],
        "originals": [id(sys.__excepthook__), id(sys.__stdin__), id(sys.__stderr__)],
        "threading": [id(threading.excepthook), threading.active_count()],
        "tracers": [sys.gettrace(), sys.getprofile(), threading.gettrace()],
        "streams": [id(sys.stdin), id(sys.stdout), id(sys.stderr)],
        "limits": [sys.getrecursionlimit(), sys.getswitchinterval(), gc.isenabled()],
        "collector": [gc.get_threshold(), len(gc.callbacks), gc.get_debug()],
        "descriptors": sorted(os.listdir("/proc/self/fd")),
        "builtins": sorted(vars(__builtins__)),
        "caches": [len(linecache.cache) for linecache in [sys.modules.get("linecache")] if linecache],
        "bytecode": sys.dont_write_bytecode,
    }

class Stdout:
    '''The interpreter flushes it after the exit functions, while all modules are still there.'''
    def __init__(self, inner):
        self.inner, self.last, self.write = inner, None, inner.write
    def flush(self):
        self.inner.flush()
        try:
            self.last = state()
        except BaseException as error:
            self.last = {"error": repr(error)}

class Kept:
    '''Prints what has changed, when the main module is taken down.'''
    def __init__(self):
        self.stdout = sys.stdout
        self.first = state()
    def __del__(self):
        for name, first in self.first.items():
            last = self.stdout.last.get(name)
            if last != first:
                lists = isinstance(first, list)
                gone = [each for each in first if each not in last] if lists else first
                new = [each for each in last if each not in first] if lists else last
                self.stdout.write(f"{name}: gone {gone} new {new}\\n")
        self.stdout.write(repr(self.stdout.last.get("error")) + "\\n")
        self.stdout.inner.flush()

for name in sys.argv[1:]:
    signal.signal(getattr(signal, name), lambda *_: None)
    signal.setitimer(signal.ITIMER_REAL, 100)
sys.stdout = Stdout(sys.stdout)
kept = Kept()
"""


@pytest.mark.parametrize("end", ["", "fail()", "in_thread(fail)", "in_thread(fail)\nfail()"])
@pytest.mark.parametrize("signals", [(), ("SIGALRM", "SIGTERM", "SIGINT")])
def test_the_interpreter_is_left_as_it_was(
    end: str, signals: tuple[str, ...], twins: Twins, tmp_path: Path
) -> None:
    """Modules, signal handlers, timers, variables and the rest change as they do without us."""
    program = Program({"script.py": HELP + STATE + end}, ("python", "script.py", *signals))
    ends = twins.without_us(program, tmp_path / "run")
    assert ends.output[-1] == "None"
    assert twins.with_us(program, tmp_path / "run") == ends


CHILDREN = """
import multiprocessing
def quiet():
    pass
if __name__ == "__main__":
    context = multiprocessing.get_context("{method}")
    for target in (fail, quiet):
        child = context.Process(target=target)
        child.start()
        child.join()
        print(child.exitcode)
    with context.Pool(1) as pool:
        try:
            pool.map(fail, [1])
        except ValueError as error:
            print(error, error.__cause__)
        pool.apply(fail)
"""


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_children_are_the_same(method: str, twins: Twins, tmp_path: Path) -> None:
    """Processes and pools of multiprocessing whose functions fail end as without us."""
    program = script(CHILDREN.format(method=method))
    ends = twins.without_us(program, tmp_path / "run")
    assert ends.output[:2] == ["1", "0"]
    assert twins.with_us(program, tmp_path / "run") == ends
