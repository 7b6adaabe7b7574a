"""Validation errors of pydantic: only the types that it lists are read, and only from its own class."""

from __future__ import annotations

import sys
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
