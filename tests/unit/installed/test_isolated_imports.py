"""Imports of our threads see trusted directories only, and other threads see no difference."""

from __future__ import annotations

import importlib
import importlib.util
import io
import sys
import threading
from collections.abc import Iterator
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from telemetry_hook._installed import isolation
from telemetry_hook._installed.isolation import isolated

NAME = "project_module_of_this_test"


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Have a directory with a module on the path, which is not loaded."""
    (tmp_path / f"{NAME}.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    yield tmp_path
    sys.modules.pop(NAME, None)


def test_the_projects_modules_are_not_found() -> None:
    """Neither are modules that nobody has."""
    for name in (NAME, "nobody_has_this_module"):
        with isolated(), pytest.raises(ModuleNotFoundError, match=name):
            importlib.import_module(name)
    importlib.import_module(NAME)


@pytest.mark.parametrize("name", ["nobody_has_this_module", "json.nobody_has_this_module"])
def test_asking_for_a_module_that_nobody_has(name: str) -> None:
    """The answer is that there is none, as without us. Optional packages are looked for like that."""
    with isolated():
        assert importlib.util.find_spec(name) is None
        assert importlib.util.find_spec("colorsys") is not None
        with pytest.raises(ModuleNotFoundError):
            importlib.import_module(name)


@pytest.mark.parametrize("name", ["this", "colorsys", "_json", "select", "pluggy"])
def test_the_librarys_modules_are_found(name: str, project: Path) -> None:
    """From the library, and not from a file of that name in the project."""
    (project / f"{name}.py").write_text("raise OSError")
    spec = isolation.spec_of(name)
    assert spec is not None
    assert not str(spec.origin).startswith(str(project))
    assert isolation.spec_of("nobody_has_this_module") is None


def test_other_threads_find_their_modules() -> None:
    """While ours is isolated, and when it has been."""
    found: list[Any] = []
    with isolated():
        thread = threading.Thread(target=lambda: found.append(importlib.import_module(NAME)))
        thread.start()
        thread.join()
    assert found


def test_the_programs_lists_stay_what_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """The list of finders is another one for a while, and what is added to it is not lost."""
    before, content, path = sys.meta_path, list(sys.meta_path), sys.path

    class Finder:
        """A finder of the program's, which another thread adds in the meantime."""

        @staticmethod
        def find_spec(*_: Any) -> None:
            """Find nothing."""

    with isolated():
        assert sys.meta_path is not before
        with isolated():
            assert sys.meta_path[1:] == content
        assert sys.meta_path is not before
        assert before == content
        assert sys.path is path
    assert sys.meta_path is before
    assert before == content
    with isolated():
        sys.meta_path.append(Finder)
    assert sys.meta_path is before
    assert before == [*content, Finder]
    before.remove(Finder)
    with isolated():
        replaced: Any = [*sys.meta_path, Finder]
        sys.meta_path = replaced
    assert sys.meta_path is replaced
    assert replaced == [*content, Finder]
    sys.meta_path = before


def test_the_programs_finders_are_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither is what it has put into the other tables of the import system."""
    asked: list[str] = []

    class Finder:
        """A finder of the program's."""

        @staticmethod
        def find_spec(name: str, *_: Any) -> None:
            """Note what is searched for."""
            asked.append(name)

    def hook(entry: str) -> Any:
        asked.append(entry)
        raise ImportError

    monkeypatch.setattr(sys, "meta_path", [Finder, *sys.meta_path])
    monkeypatch.setattr(sys, "path_hooks", [hook, *sys.path_hooks])
    for name in ("this", "colorsys"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.setattr(sys, "stdout", io.StringIO())  # `this` prints
    with isolated():
        importlib.import_module("this")
        importlib.import_module("colorsys")
    assert asked == []


@pytest.mark.parametrize(
    ("module", "is_asked"),
    [("__editable___photon_finder", True), ("_photon_editable", True), ("rewriting", False)],
)
def test_the_finders_of_editable_installs_are_asked(
    module: str, project: Path, monkeypatch: pytest.MonkeyPatch, *, is_asked: bool
) -> None:
    """No others are, though they are installed: they may search the project."""
    found, loaded = ModuleSpec(NAME, None), ModuleType(module)
    finder: Any = type("Finder", (), {"find_spec": lambda *_: found, "__module__": module})
    loaded.__file__ = str(Path(pytest.__file__).parents[1] / f"{module}.py")
    monkeypatch.setitem(sys.modules, module, loaded)
    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path, finder()])
    assert (isolation.spec_of(NAME) is found) == is_asked
    loaded.__file__ = str(project / f"{module}.py")
    assert isolation.spec_of(NAME) is None


def test_it_ends_with_an_error_too() -> None:
    """Whatever happens inside."""
    before = sys.meta_path
    with pytest.raises(KeyError), isolated():
        raise KeyError
    assert sys.meta_path is before
    importlib.import_module(NAME)


def test_many_threads_at_once() -> None:
    """When the last of them is done, the list is the program's own again."""
    before, barrier = sys.meta_path, threading.Barrier(8)

    def work() -> None:
        barrier.wait()
        for _ in range(50):
            with isolated():
                pass

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sys.meta_path is before
