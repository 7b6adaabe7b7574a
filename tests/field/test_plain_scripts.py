"""Scripts that belong to no tool, with our wheel and without: they watch what happens at a crash.

The comparison is with an environment that we were never installed in. Run these tests under a
free-threaded Python too, where there is one: `nox --force-python 3.14t -s tests -- FILE`.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from twins import FAIL, End, Program, Twins, make_twins


@pytest.fixture(scope="module")
def twins(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Twins:
    return make_twins(tmp_path_factory, "plain", wheel, "exceptiongroup")


def script(code: str, *arguments: str, **variables: str) -> Program:
    return Program({"script.py": FAIL + code}, ("python", *arguments, "script.py"), variables)


def shell(code: str, command: str) -> Program:
    return Program({"script.py": FAIL + code}, ("sh", "-c", f"exec python script.py {command}"))


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
    "metaclass": script("""
class Meta(type):
    @property
    def __module__(cls):
        print("its code ran")
        return "builtins"
    def __hash__(cls):
        print("its code ran")
        return 1
    __eq__ = None
class OwnError(Exception, metaclass=Meta):
    pass
def fail_so():
    raise OwnError("text")
in_thread(fail_so)
try:
    fail_so()
except OwnError:
    sys.excepthook(*sys.exc_info())
fail_so()
"""),
    "hooks_in_a_class": script("""
import copy, inspect, pickle
class Reporter:
    previous = sys.excepthook
    previous_of_threads = threading.excepthook
    def hook(self, *details):
        print("reporting")
        self.previous(*details)
    def hook_of_threads(self, args):
        print("reporting a thread")
        self.previous_of_threads(args)
print(pickle.loads(pickle.dumps(sys.excepthook)) is copy.deepcopy(sys.excepthook))
print(pickle.loads(pickle.dumps(threading.excepthook)) is copy.copy(threading.excepthook))
for hook in sys.excepthook, threading.excepthook:
    print(inspect.signature(hook))
    try:
        hook(1, 2)
    except TypeError as error:
        print(error)
sys.excepthook = Reporter().hook
threading.excepthook = Reporter().hook_of_threads
in_thread(fail)
fail()
"""),
    "own_class_while_modules_are_seen": script("""
import json
class OwnError(Exception):
    pass
def fail_so():
    raise OwnError("text")
def fail_as_python():
    json.loads("")
for name in sys.modules:
    in_thread(fail_so)
    in_thread(fail_as_python)
    break
for name in sys.modules:
    pass
before = set(sys.modules)
in_thread(fail_so)
print(set(sys.modules) - before)
fail_so()
"""),
    "directory_is_gone": script("""
import tempfile
sys.path.append("lib")
directory = tempfile.mkdtemp()
os.chdir(directory)
os.rmdir(directory)
class OwnError(Exception):
    pass
def fail_so():
    raise OwnError("text")
in_thread(fail_so)
fail_so()
"""),
    "filters_are_no_list": script("""
import gc, warnings
class Last:
    def __del__(self, is_enabled=gc.isenabled):
        print(is_enabled())
last = Last()
warnings.filters = ()
fail()
"""),
    "hook_none": script("sys.excepthook = None\nfail()"),
    "hook_deleted": script("del sys.excepthook\nfail()"),
    "hook_deleted_before_a_thread": script("del sys.excepthook\nin_thread(fail)\nfail()"),
    **{
        f"hooks_{name}": script(
            f"thread = threading.Thread(target=fail)\n{code}\nthread.start()\nthread.join()\nfail()"
        )
        for name, code in (
            ("none", "sys.excepthook = threading.excepthook = None"),
            ("deleted", "del sys.excepthook, threading.excepthook"),
            ("set_back", "sys.excepthook = sys.__excepthook__; threading.excepthook = print"),
        )
    },
    "original_hook_none": script("sys.excepthook = sys.__excepthook__ = None\nfail()"),
    "builtins_cleared": script("import builtins\nvars(builtins).clear()\nfail()"),
    "builtins_cleared_zero": script("import builtins\nvars(builtins).clear()\n1 / 0"),
    "builtins_cleared_in_a_thread": script("""
import builtins, time
lock = threading.Lock()
lock.acquire()
def work():
    lock.acquire()
    1 / 0
threading.Thread(target=work).start()
vars(builtins).clear()
lock.release()
time.sleep(0.3)
1 / 0
"""),
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
    program = Program({**modules, "script.py": FAIL + IMPORTING + end})
    ends = twins.without_us(program, tmp_path / "run")
    assert ends.output == []
    for _ in range(5):
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
