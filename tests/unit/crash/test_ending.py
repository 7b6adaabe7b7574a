"""Did the process crash? Which exceptions count, and which end a program."""

from __future__ import annotations

import builtins
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from telemetry_hook._crash import ending, observers
from telemetry_hook._crash.capture import capture, reduce
from telemetry_hook._crash.crash import Crash


def crash_of(exception: BaseException) -> Crash:
    return capture(exception, "threading")


@pytest.mark.parametrize("kind", [SystemExit, KeyboardInterrupt, GeneratorExit])
def test_requests_to_stop_are_no_crashes(kind: type[BaseException]) -> None:
    assert not ending.is_crash(kind())


def test_other_exceptions_are_crashes() -> None:
    assert ending.is_crash(ValueError())
    assert ending.is_crash(type("Own", (BaseException,), {})())
    assert not ending.is_crash("no exception")
    assert not ending.is_crash(None)


@pytest.mark.skipif(sys.version_info < (3, 11), reason="groups came with Python 3.11")
def test_a_group_is_a_crash_if_a_member_is() -> None:
    group = vars(builtins)["BaseExceptionGroup"]
    assert not ending.is_crash(group("stop", [KeyboardInterrupt(), SystemExit()]))
    assert not ending.is_crash(group("stop", [group("inner", [KeyboardInterrupt()])]))
    assert ending.is_crash(group("both", [KeyboardInterrupt(), group("inner", [ValueError()])]))


def test_a_broken_pipe_is_a_crash_while_its_reader_is_there() -> None:
    assert ending.is_crash(BrokenPipeError())


def test_a_broken_pipe_is_no_crash_when_its_reader_is_gone() -> None:
    code = (
        "import os; from telemetry_hook._crash.ending import is_crash\n"
        "reader, writer = os.pipe(); os.dup2(writer, 1); os.close(reader)\n"
        "os._exit(10 + is_crash(BrokenPipeError()))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 10


def test_the_first_noted_crash_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(sys, "last_value", raising=False)
    stop, first, second = map(crash_of, (SystemExit(), ValueError(), KeyError()))
    assert ending.find_crash(None, [stop, first, second]) is first
    assert ending.find_crash(None, [stop]) is None
    assert ending.find_crash(None, []) is None


def test_the_exception_that_our_hook_saw(monkeypatch: pytest.MonkeyPatch) -> None:
    last = ValueError()
    monkeypatch.setattr(sys, "last_value", last, raising=False)
    found = ending.find_crash(id(last), [])
    assert found is not None
    assert (found.exception, found.mechanism) == (last, "excepthook")


def test_other_crashes_of_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that were noted before belong to the one that ended the program, or to the first one."""
    thread, stop, reported = map(crash_of, (KeyError("thread"), SystemExit(), OSError("report")))
    noted = [thread, stop, reported]
    found = ending.find_crash(None, noted)
    assert found is thread
    assert found.others == (reported,)
    last = ValueError()
    monkeypatch.setattr(sys, "last_value", last, raising=False)
    found = ending.find_crash(id(last), noted)
    assert found is not None
    assert (found.exception, found.others) == (last, (thread, reported))


def test_one_that_was_reported_before_it_ended_the_program(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is one crash, also if another exception was raised from it."""
    noted: list[Crash] = []
    try:
        try:
            raise KeyError("lift")
        except KeyError as error:
            noted.append(reduce(error, "reported"))
            raise ValueError("no lift") from error
    except ValueError as error:
        last = error
    monkeypatch.setattr(sys, "last_value", last, raising=False)
    found = ending.find_crash(id(last), noted)
    assert found is not None
    assert (found.exception, found.others) == (last, ())


def test_an_exception_of_a_shell_did_not_end_the_program(monkeypatch: pytest.MonkeyPatch) -> None:
    try:
        raise ValueError
    except ValueError as error:
        last = error
    monkeypatch.setattr(sys, "last_value", last, raising=False)
    assert ending.find_crash(None, []) is None
    assert ending.find_crash(id(last) + 1, []) is None


def test_one_that_went_through_the_whole_program_did(monkeypatch: pytest.MonkeyPatch) -> None:
    names: dict[str, object] = {}
    exec("def _run_module_as_main():\n    raise ValueError", names)  # noqa: S102 - made here
    try:
        names["_run_module_as_main"]()  # type: ignore[operator]
    except ValueError as error:
        last = error.with_traceback(error.__traceback__ and error.__traceback__.tb_next)
    monkeypatch.setattr(sys, "last_value", last, raising=False)
    found = ending.find_crash(None, [])
    assert found is not None
    assert (found.exception, found.mechanism) == (last, "atexit")


def test_somebody_at_the_interpreter(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not observers.is_interactive()
    monkeypatch.setattr(sys, "ps1", ">>> ", raising=False)
    assert observers.is_interactive()


def test_a_debugger_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not observers.is_debugged()
    monkeypatch.setitem(sys.modules, "pydevd", sys)
    assert observers.is_debugged()


def test_a_debugger_that_quits_is_no_crash() -> None:
    import bdb

    assert not ending.is_crash(bdb.BdbQuit())


@pytest.mark.parametrize(
    "last", [ValueError(), KeyboardInterrupt(), type("Own", (BaseException,), {})()]
)
def test_an_exception_without_frames_did_not_end_the_program(
    last: BaseException, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was never raised, so it did not go through the program."""
    monkeypatch.setattr(sys, "last_value", last, raising=False)
    assert ending.find_crash(None, []) is None


def test_only_an_exception_proper_ends_a_program_unseen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a `BaseException` of another kind our own hook must have seen the end."""
    names: dict[str, object] = {"kind": type("Own", (BaseException,), {})}
    exec("def _run_module_as_main():\n    raise kind", names)  # noqa: S102 - made here
    try:
        names["_run_module_as_main"]()  # type: ignore[operator]
    except BaseException as error:
        last = error.with_traceback(error.__traceback__ and error.__traceback__.tb_next)
    monkeypatch.setattr(sys, "last_value", last, raising=False)
    assert ending.find_crash(None, []) is None
    found = ending.find_crash(id(last), [])
    assert found is not None
    assert found.mechanism == "excepthook"


@pytest.mark.parametrize("is_file_of_main", [True, False])
def test_a_script_ended_if_the_traceback_begins_in_it(
    is_file_of_main: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = tmp_path / "script.py"
    main = ModuleType("__main__")
    main.__file__ = str(script if is_file_of_main else tmp_path / "other.py")
    monkeypatch.setitem(sys.modules, "__main__", main)
    try:
        exec(compile("raise ValueError", str(script), "exec"), vars(main))  # noqa: S102 - made here
    except ValueError as error:
        last = error.with_traceback(error.__traceback__ and error.__traceback__.tb_next)
    monkeypatch.setattr(sys, "last_value", last, raising=False)
    assert (ending.find_crash(None, []) is not None) is is_file_of_main
