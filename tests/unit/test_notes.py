"""What is noted while the program goes on: the first exceptions that may be a tool's."""

from __future__ import annotations

import gc
import os
import threading
import weakref
from typing import Any

import pytest

from telemetry_hook import _failures, _notes
from telemetry_hook._crash import capture
from telemetry_hook._crash.crash import Crash
from telemetry_hook._installed import candidates


@pytest.fixture(autouse=True)
def tools(monkeypatch: pytest.MonkeyPatch) -> None:
    """Be a program that may be a tool's."""
    monkeypatch.setattr(candidates, "may_be_a_tools", lambda _kind: True)


def note(exception: Any, noted: list[Crash], mechanism: str = "threading") -> None:
    _notes.note(exception, mechanism, os.getpid(), noted, {})


def test_the_first_few_are_noted() -> None:
    """Of those that are alike, one is enough."""
    noted: list[Crash] = []
    for exception in (None, SystemExit(), KeyboardInterrupt(), ValueError(), KeyError()):
        note(exception, noted)
        note(exception, noted)
    assert [type(crash.exception) for crash in noted] == [ValueError, KeyError]
    for number in range(9):
        note(type(f"Error{number}", (Exception,), {})(), noted)
    assert [type(crash.exception).__name__ for crash in noted[2:]] == ["Error0", "Error1"]


def raised(kind: type[Exception], place: int) -> Exception:
    """Raise an exception of a class at one of two places."""
    try:
        if place:
            raise kind("there")
        raise kind("here")
    except Exception as error:
        return error


def test_those_that_were_raised_at_one_place_are_alike() -> None:
    noted: list[Crash] = []
    for kind, place in ((ValueError, 0), (ValueError, 0), (ValueError, 1), (KeyError, 1)):
        note(raised(kind, place), noted)
    assert [(type(crash.exception), crash.exception.args) for crash in noted] == [
        (ValueError, ("here",)),
        (ValueError, ("there",)),
        (KeyError, ("there",)),
    ]


def test_one_that_is_raised_again_is_noted_once() -> None:
    noted: list[Crash] = []
    error = raised(ValueError, 0)
    note(error, noted, "reported")
    try:
        raise error
    except ValueError:
        note(error, noted)
    assert len(noted) == 1


def test_threads_that_fail_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """However long it takes to note one, it is noted once."""
    noted: list[Crash] = []
    barrier = threading.Barrier(32)
    reduce = capture.reduce

    def slow(exception: BaseException, mechanism: str) -> Crash:
        threading.Event().wait(0.05)
        return reduce(exception, mechanism)

    monkeypatch.setattr(capture, "reduce", slow)

    def work() -> None:
        barrier.wait()
        note(ValueError(), noted)

    threads = [threading.Thread(target=work) for _ in range(32)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(noted) == 1


def test_nothing_of_somebody_elses_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """An exception that can be no tool's is let go, with all that it holds."""
    monkeypatch.setattr(candidates, "may_be_a_tools", lambda _kind: False)

    class Held:
        """An object of the program's."""

    held = Held()
    seen = weakref.ref(held)
    noted: list[Crash] = []
    note(ValueError(held), noted)
    note(ValueError(held), noted, "excepthook")
    del held
    gc.collect()
    assert seen() is None
    assert noted == []
    note(ValueError(), noted, "reported")
    assert len(noted) == 1


def test_forks_note_nothing() -> None:
    """Only the process that installed the hooks asks."""
    noted: list[Crash] = []
    _notes.note(ValueError(), "threading", os.getpid() + 1, noted, {})
    assert noted == []


def test_a_failure_is_logged(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not raised, and it does not keep the next exception from being noted."""
    failures: list[BaseException] = []
    monkeypatch.setattr(_failures, "note", lambda failure, _started: failures.append(failure))
    noted: list[Crash] = []
    with monkeypatch.context() as patch:
        patch.setattr(capture, "reduce", lambda *_: 1 / 0)
        note(ValueError(), noted)
    assert [type(failure) for failure in failures] == [ZeroDivisionError]
    note(ValueError(), noted)
    assert len(noted) == 1
