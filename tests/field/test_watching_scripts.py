"""Scripts that observe the interpreter while they crash, with our wheel and without.

They trace calls, watch imports, and compare the interpreter's state at its very end with the state
before. As in test_plain_scripts.py, the comparison is with an environment that we were never
installed in.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from twins import FAIL, End, Program, Twins, make_twins

TRACEBACKS_END = "ValueError: text"


@pytest.fixture(scope="module")
def twins(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Twins:
    return make_twins(tmp_path_factory, "plain", wheel, "exceptiongroup")


# Tracers are set in the thread that fails; what other threads do meanwhile differs from run to run.
OBSERVERS = {
    "tracer": "sys.settrace(event)",
    "profiler": "sys.setprofile(event)",
    "audit_hook": "sys.addaudithook(audit)",
    "finder": "sys.meta_path.insert(0, Finder)",
    "finders": "sys.meta_path[:] = [Finder, *sys.meta_path]; sys.path_hooks.insert(0, path_hook)",
    "importer": "builtins.__import__ = importer",
}
OBSERVED = {
    "main": "observe()\nfail()",
    "thread": "in_thread(observe_and_fail)\nprint('after', file=sys.stderr)",
    "thread_and_main": "in_thread(observe_and_fail)\nfail()",
    "hook_by_hand": (
        "observe()\ntry:\n    fail()\nexcept ValueError:\n    sys.excepthook(*sys.exc_info())"
    ),
    "ends_well": "observe()\nprint('ValueError: text', file=sys.stderr)",
}
OBSERVING = """
import builtins
def see(*seen):
    print("seen", *seen, file=sys.stderr)
# A profiler is told of calls of C functions. With us, the hooks are written in Python.
HOOKS = ("excepthook", "_excepthook")
def event(frame, event, argument):
    is_hook = event.startswith("c_") and argument.__name__ in HOOKS
    if "telemetry_hook" not in frame.f_code.co_filename and not is_hook:
        see(event, frame.f_code.co_filename, frame.f_code.co_name, frame.f_lineno)
    return event_itself
event_itself = event
def audit(event, details):
    if event == "import":
        see(event, details[0])
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
def observe_and_fail():
    observe()
    fail()
"""


@pytest.mark.parametrize("observed", OBSERVED)
@pytest.mark.parametrize("observer", OBSERVERS)
def test_observers_see_the_same(observer: str, observed: str, twins: Twins, tmp_path: Path) -> None:
    """Up to the last traceback's end, tracers and import hooks see what they see without us."""
    program = Program(
        {
            "script.py": FAIL
            + f"{OBSERVING}\ndef observe():\n    {OBSERVERS[observer]}\n{OBSERVED[observed]}"
        }
    )
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
        "modules": sorted(name for name in sys.modules if not name.startswith("telemetry_hook")),
        "sys": sorted(vars(sys)),
        "lists": [id(sys.path), id(sys.meta_path), id(sys.modules), id(sys.argv)],
        "argv": list(sys.argv),
        "signals": [repr(signal.getsignal(number)) for number in signal.valid_signals()],
        "mask": sorted(signal.pthread_sigmask(signal.SIG_BLOCK, [])),
        "timers": [round(sum(signal.getitimer(which)), -1) for which in range(3)],
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
        "sources": sorted(getattr(sys.modules.get("linecache"), "cache", ())),
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
    '''Prints what has changed, when the main module is cleared.'''
    def __init__(self):
        self.stdout = sys.stdout
        self.first = state()
    def __del__(self):
        for name, first in self.first.items():
            last = self.stdout.last.get(name)
            if last != first:
                lists = isinstance(first, list)
                gone = [value for value in first if value not in last] if lists else first
                new = [value for value in last if value not in first] if lists else last
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
    program = Program({"script.py": FAIL + STATE + end}, ("python", "script.py", *signals))
    ends = twins.without_us(program, tmp_path / "run")
    assert ends.output[-1] == "None"
    assert twins.with_us(program, tmp_path / "run") == ends
