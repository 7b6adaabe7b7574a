"""What a program has replaced in the standard library is found, put back, and replaced again."""

from __future__ import annotations

import builtins
import datetime as dt
import functools
import json
import os
import select
import sys
import time
from types import ModuleType
from typing import Any
from unittest import mock

import pytest

from telemetry_hook._installed import originals
from telemetry_hook._installed.originals import NotAloneError

ORIGINALS = {
    "json.dumps": (json, "dumps"),
    "datetime.datetime": (dt, "datetime"),
    "os.read": (os, "read"),
    "select.select": (select, "select"),
    "time.sleep": (time, "sleep"),
    "builtins.open": (builtins, "open"),
    "json.JSONEncoder.encode": (json.JSONEncoder, "encode"),
}


def boom(*_: Any, **__: Any) -> Any:
    raise OSError("replaced")


class Clock:
    """A class of the program's."""

    def stopped(self) -> float:
        """Return the same time, always."""
        return 0.0


REPLACEMENTS: dict[str, Any] = {
    "function": boom,
    "lambda": lambda: None,
    "class": Clock,
    "instance": Clock(),
    "bound method": Clock().stopped,
    "partial": functools.partial(boom),
    "mock": mock.MagicMock(),
    "module": ModuleType("of_the_program"),
}


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Be the only thread, whatever the tests' runner has started."""
    monkeypatch.setattr(originals, "is_alone", lambda: True)


def found() -> set[str]:
    """Return what counts as replaced."""
    return {f"{each.module}.{each.name}" for each in originals.replaced()}


@pytest.mark.parametrize("replacement", REPLACEMENTS)
def test_kinds_of_replacements(replacement: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever it is, it was not defined in the standard library."""
    before = found()
    monkeypatch.setattr(json, "dumps", REPLACEMENTS[replacement])
    assert found() - before == {"json.dumps"}


@pytest.mark.parametrize("path", ORIGINALS)
def test_originals_are_put_back_for_a_while(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Inside, the name has Python's own again; afterwards it has the program's."""
    owner, name = ORIGINALS[path]
    own = getattr(owner, name)
    monkeypatch.setattr(owner, name, boom)
    with originals.originals():
        inside = getattr(owner, name)
        assert inside is not boom
        assert inside.__qualname__ == own.__qualname__
        assert inside.__module__ == own.__module__
    assert getattr(owner, name) is boom


def test_nothing_is_touched_if_nothing_was_replaced() -> None:
    """The modules keep the very objects that they have."""
    modules = {name: dict(vars(module)) for name, module in list(sys.modules.items()) if module}
    with originals.originals():
        for name in ("json", "os", "time", "builtins"):
            assert dict(vars(sys.modules[name])).keys() == modules[name].keys()
            assert all(vars(sys.modules[name])[key] is modules[name][key] for key in modules[name])


def test_undone_after_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever happens inside."""
    monkeypatch.setattr(json, "dumps", boom)
    with pytest.raises(KeyError), originals.originals():
        raise KeyError
    assert json.dumps is boom


def test_undone_if_it_cannot_be_entered(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    """What was put back or set aside before the failure is as the program had it."""
    shadow = ModuleType("colorsys")
    shadow.__file__ = str(tmp_path / "colorsys.py")
    monkeypatch.setitem(sys.modules, "colorsys", shadow)
    monkeypatch.setattr(json, "dumps", boom)
    monkeypatch.setattr(time, "sleep", boom)
    copied = originals._copied
    done: list[str] = []

    def failing(name: str) -> dict[str, object]:
        if done:
            raise KeyboardInterrupt
        done.append(name)
        return copied(name)

    monkeypatch.setattr(originals, "_copied", failing)
    with pytest.raises(KeyboardInterrupt), originals.originals():
        pass
    assert done == ["time"]
    assert json.dumps is boom
    assert time.sleep is boom
    assert sys.modules["colorsys"] is shadow


@pytest.mark.parametrize(
    ("module", "name", "is_refused"),
    [(json, "dumps", False), (select, "select", True), (time, "sleep", True), (os, "read", True)],
)
def test_other_threads_keep_the_replacements(
    module: ModuleType, name: str, monkeypatch: pytest.MonkeyPatch, *, is_refused: bool
) -> None:
    """Nothing is put back then. What could wait for ever is not tried at all."""
    monkeypatch.setattr(originals, "is_alone", lambda: False)
    monkeypatch.setattr(module, name, boom)
    try:
        with originals.originals():
            assert getattr(module, name) is boom
            assert not is_refused
    except NotAloneError:
        assert is_refused


def test_shadows_are_set_aside(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    """A module from elsewhere with the name of one of ours, and its submodules; then they are back."""
    shadow, inner = ModuleType("colorsys"), ModuleType("colorsys.inner")
    shadow.__file__ = str(tmp_path / "colorsys/__init__.py")
    for name in [name for name in sys.modules if name.startswith("colorsys")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "colorsys", shadow)
    monkeypatch.setitem(sys.modules, "colorsys.inner", inner)
    assert originals.shadows() == ["colorsys", "colorsys.inner"]
    with originals.originals():
        assert "colorsys" not in sys.modules
        sys.modules["colorsys"] = sys.modules["colorsys.other"] = ModuleType("colorsys")
    assert sys.modules["colorsys"] is shadow
    assert sys.modules["colorsys.inner"] is inner
    assert "colorsys.other" not in sys.modules
    monkeypatch.setattr(originals, "is_alone", lambda: False)
    with pytest.raises(NotAloneError), originals.originals():
        pass
    assert sys.modules["colorsys"] is shadow
