"""Scripts that observe the interpreter while they crash, with our wheel and without.

They trace calls, watch imports, and compare the interpreter's state at its very end with the state
before. As in test_plain_scripts.py, the comparison is with an environment that we were never
installed in.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from interpreter_state import STATE
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
