"""Many threads at once, as in a server, and as without a global lock: nothing is lost, torn or kept."""

from __future__ import annotations

import importlib
import subprocess
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from installed import Installed, site

import telemetry_hook
from telemetry_hook import _hook, _notes, _pipeline, _terminal_asker
from telemetry_hook._crash.capture import capture
from telemetry_hook._installed import distributions
from telemetry_hook._installed.isolation import _finder, isolated
from telemetry_hook._installed.originals import shadows
from telemetry_hook._suspended import unwarned
from telemetry_hook.web import _browsers, _dialog
from telemetry_hook.web._dialog import Dialog

THREADS = 32


@pytest.fixture(autouse=True)
def switches() -> Iterator[None]:
    """Switch threads as often as an interpreter with a global lock can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.fixture
def importing() -> Iterator[None]:
    """Have another thread that imports, and forgets what it imported, all the time."""
    is_over = threading.Event()

    def work() -> None:
        while not is_over.is_set():
            for number in range(100):
                sys.modules[f"imported_{number}"] = ModuleType("imported")
            for number in range(100):
                del sys.modules[f"imported_{number}"]

    thread = threading.Thread(target=work)
    thread.start()
    yield
    is_over.set()
    thread.join()


def at_once(work: Callable[[int], object]) -> list[Any]:
    """Call a function with 0, 1, 2, ... in threads that begin at the same time. Return the results."""
    barrier = threading.Barrier(THREADS)
    results: list[Any] = [None] * THREADS

    def run(number: int) -> None:
        barrier.wait()
        try:
            results[number] = work(number)
        except BaseException as error:
            results[number] = error

    threads = [threading.Thread(target=run, args=(number,)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [result for result in results if isinstance(result, BaseException)] == []
    return results


def test_features_are_noted_while_they_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Daemon threads go on while the question is prepared."""
    monkeypatch.setattr(_notes, "features", set())
    monkeypatch.setattr(_pipeline, "attribute", lambda _: object())
    telemetry_hook.use("features", "first")
    asked: list[object] = []

    def ask(_crash: object, features: set[tuple[str, str]], _started: object) -> None:
        for feature in features:
            telemetry_hook.use("features", "second")
            asked.append(feature)

    monkeypatch.setattr(_terminal_asker, "handle_at_exit", ask)
    _hook._attribute_and_ask(capture(ValueError(), "excepthook"), {})
    assert asked == [("features", "first")]


def test_no_feature_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_notes, "features", set())

    def work(number: int) -> None:
        for count in range(200):
            telemetry_hook.use("features", f"{number}-{count}")
            assert ("features", f"{number}-{count}") in {*_notes.features}

    at_once(work)
    assert len(_notes.features) == THREADS * 200


def test_isolation_ends_with_the_last_thread(importing: None) -> None:
    """Each thread is counted, and the program gets its own list back."""
    before = sys.meta_path

    def work(number: int) -> None:
        for _ in range(5):
            with isolated(), isolated():
                assert importlib.import_module("json").__name__ == "json"
                shadows()

    at_once(work)
    assert sys.meta_path is before
    assert _finder not in before
    assert _finder.threads == {}


def test_warning_filters_are_the_programs(importing: None) -> None:
    """No filter of the program is removed in place of ours."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for number in range(20):
            warnings.filterwarnings("ignore", category=type(f"W{number}", (Warning,), {}))
        before = list(warnings.filters)

        def work(number: int) -> None:
            for _ in range(200):
                with unwarned():
                    pass

        at_once(work)
        assert list(warnings.filters) == before


def test_distributions_are_the_same_objects(tmp_path: Path) -> None:
    """Which of them registers a plugin and which has the package is asked by identity."""
    with site(tmp_path / "site") as installed:
        make(installed)
        for _ in range(20):
            distributions._installed.clear()
            first, *others = at_once(lambda _: distributions.distributions())
            assert len(first) == 30
            assert all(map(first.__eq__, others))


def make(installed: Installed) -> None:
    for number in range(30):
        installed.install(f"package-{number}", {})


def test_the_script_of_a_page_has_one_token(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages that are served at once all have one that is accepted."""
    monkeypatch.setattr(telemetry_hook, "install", lambda: None)
    names = _browsers.random_name

    def slow() -> str:
        threading.Event().wait(0.01)
        return names()

    monkeypatch.setattr(_dialog, "random_name", slow)
    dialog, request = Dialog("lift", ()), SimpleNamespace(browser=None, wants_page=True, base="")
    tokens = {reply.body for reply in at_once(lambda _: dialog.script(request))}  # type: ignore[arg-type]
    assert len(tokens) == 1


INSTALL = """
import atexit, sys, threading
sys.path.insert(0, sys.argv[1])
sys.setswitchinterval(1e-6)
before = atexit._ncallbacks()
import telemetry_hook
barrier = threading.Barrier(32)
def work():
    barrier.wait()
    try: telemetry_hook.install()
    except BaseException as error: print(error)
threads = [threading.Thread(target=work) for _ in range(32)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(atexit._ncallbacks() - before, telemetry_hook._installed_in is not None)
"""


def test_many_threads_install_the_hook_once() -> None:
    """As where each of them reports its own exception first, and there is no start line."""
    root = str(Path(telemetry_hook.__file__).parents[1])
    for _ in range(3):
        command = [sys.executable, "-I", "-S", "-c", INSTALL, root]
        assert subprocess.check_output(command, text=True) == "1 True\n"
