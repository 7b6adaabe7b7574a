"""Validation errors of pydantic: only the types that it lists are read, and only from its own class."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from types import ModuleType

import pytest

from telemetry_hook._redact.message import pydantic


class ValidationError(ValueError):
    """Stands in for pydantic's class, which is compiled."""

    def errors(self, **options: bool) -> list[dict[str, str]]:
        assert options == dict.fromkeys(("include_url", "include_context", "include_input"), False)
        return [{"type": kind} for kind in ("missing", "int_type", "missing", "of the user")]


class Derived(ValidationError):
    """A class of somebody else's."""


@pytest.fixture
def stand_in(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """Return a module in the place of pydantic's, with its list still to be asked for."""
    module = ModuleType(pydantic.MODULE)
    monkeypatch.setitem(sys.modules, pydantic.MODULE, module)
    pydantic.listing.cache_clear()
    yield module
    pydantic.listing.cache_clear()


@pytest.mark.parametrize("function", [os.getpid, time.time, list, None])
def test_only_pydantics_own_list_is_asked_for(stand_in: ModuleType, function: object) -> None:
    """No other function is called, whatever a program has put into the module."""
    stand_in.list_all_errors = function  # type: ignore[attr-defined]
    assert pydantic.listing() == {}


def test_the_order_of_types_is_that_of_the_list(
    module: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The order of a user's errors is that of the user's data."""
    monkeypatch.setattr(pydantic, "listing", lambda: {"int_type": ("",), "missing": ("",)})
    module.ValidationError = ValidationError  # type: ignore[attr-defined]
    assert pydantic.types(ValidationError()) == ("int_type", "missing")


@pytest.fixture
def module(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Return a module in the place of pydantic's."""
    module = ModuleType(pydantic.MODULE)
    monkeypatch.setitem(sys.modules, pydantic.MODULE, module)
    monkeypatch.setattr(pydantic, "listing", lambda: {"missing": ("",), "int_type": ("",)})
    return module


def test_types(module: ModuleType) -> None:
    """Each listed type is read once; what is not listed could be the user's."""
    module.ValidationError = ValidationError  # type: ignore[attr-defined]
    assert pydantic.types(ValidationError()) == ("missing", "int_type")


def test_only_pydantics_own_class_is_called(module: ModuleType) -> None:
    """No other class's code runs."""
    assert pydantic.types(ValidationError()) == ()
    module.ValidationError = ValidationError  # type: ignore[attr-defined]
    assert pydantic.types(Derived()) == ()
    assert pydantic.types(ValueError()) == ()
