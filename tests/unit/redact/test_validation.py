"""Validation errors of pydantic: the published model and its fields, and nothing of the data."""

from __future__ import annotations

import sys
import typing
from collections.abc import Iterator
from pathlib import Path
from types import GenericAlias, ModuleType
from typing import Any

import pytest
from published import Site

from telemetry_hook._crash import guarded
from telemetry_hook._redact.message import pydantic

Fault = tuple[str, tuple[object, ...]]


class ValidationError(ValueError):
    """Stands in for pydantic's class, which is compiled."""

    __slots__ = ("faults", "title")

    def __init__(self, title: str, *faults: Fault) -> None:
        self.title = title
        self.faults = faults

    def errors(self, **_: bool) -> list[dict[str, object]]:
        return [{"type": kind, "loc": place} for kind, place in self.faults]


class BaseModel:
    """Stands in for pydantic's class of models."""


class FieldInfo:
    """Stands in for pydantic's class of fields."""

    __slots__ = ("annotation", "validation_alias")

    def __init__(self, annotation: object, alias: object = None) -> None:
        self.annotation = annotation
        self.validation_alias = alias


MODELS = """
from pydantic.main import BaseModel
class Base(BaseModel):
    name: str
class Database(BaseModel):
    port: int
class Config(Base):
    database: Database
    backup: Database
    third: Database
    level: int
    either: int
    servers: dict[str, Database]
    keys = "hunter2 extra"
def fail(error):
    raise error
"""
MISSING = "missing"
CONFIG = "acme.models.Config"


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    compiled, main = ModuleType(pydantic.MODULE), ModuleType("pydantic.main")
    vars(compiled)["ValidationError"] = ValidationError
    vars(main)["BaseModel"] = type("BaseModel", (BaseModel,), {"__module__": "pydantic.main"})
    monkeypatch.setitem(sys.modules, pydantic.MODULE, compiled)
    monkeypatch.setitem(sys.modules, "pydantic.main", main)
    monkeypatch.setattr(pydantic, "listing", lambda: {MISSING: ("",)})
    return Site(tmp_path.resolve())


@pytest.fixture
def models(site: Site) -> Iterator[Any]:
    module = site.publish("acme.models", MODELS)
    database, name = FieldInfo(module.Database), FieldInfo(str)
    module.Database.__pydantic_fields__ = {"port": FieldInfo(int)}
    module.Base.__pydantic_fields__ = {"name": name}
    module.Config.__pydantic_fields__ = {
        "name": name,
        "database": database,
        "backup": FieldInfo(module.Database | None),
        "third": FieldInfo(vars(typing)["Union"][None, module.Database]),  # the older form
        "level": FieldInfo(int, "LEVEL"),
        "either": FieldInfo(int | str),
        "servers": FieldInfo(GenericAlias(dict, (str, module.Database))),
        "hunter3": FieldInfo(int),  # not in the source
        "fail": FieldInfo(int),  # in the source, and not as a field
        "keys": FieldInfo(int, object()),
    }
    yield module
    del sys.modules["acme.models"]


def details(site: Site, models: Any, error: BaseException) -> dict[str, str]:
    [redacted] = site.redacted(lambda: models.fail(error))
    found = {str(detail.name): str(detail.value) for detail in redacted.details}
    return {name: value for name, value in found.items() if name != "pydantic_types"}


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        (("name",), "name"),
        (("database",), "database"),
        (("database", "port"), "database.port"),
        (("backup", "port"), "backup.port"),
        (("third", "port"), "third.port"),
        (("LEVEL",), "level"),
        (("database", "hunter2"), "database.<…>"),
        (("database", 0), "database.<…>"),
        (("either", "int"), "either.<…>"),
        (("servers", "port", "port"), "servers.<…>"),
        (("servers", "hunter2", "[key]"), "servers.<…>"),
        # Nothing of these is a field's name, though some stand in the source.
        (("hunter2",), None),
        (("extra",), None),
        (("level",), None),
        (("keys",), None),
        (("hunter3",), None),
        (("fail",), None),
        ((0,), None),
        ((), None),
        ((7.5, None), None),
    ],
)
def test_fields(place: tuple[object, ...], expected: str | None, site: Site, models: Any) -> None:
    found = details(site, models, ValidationError("Config", (MISSING, place)))

    fields = {} if expected is None else {"pydantic_fields": expected}
    assert found == {"pydantic_model": CONFIG, **fields}


@pytest.mark.parametrize("kind", ["extra_forbidden", "invalid_key", "unexpected_keyword_argument"])
@pytest.mark.parametrize("key", ["name", "hunter2"])
def test_a_key_of_the_data_is_never_reported(kind: str, key: str, site: Site, models: Any) -> None:
    """Not even if it happens to be a field's name, as one that goes by an alias."""
    assert details(site, models, ValidationError("Config", (kind, (key,)))) == {
        "pydantic_model": CONFIG
    }
    error = ValidationError("Config", (kind, ("database", key)), (MISSING, (key,)))
    found = details(site, models, error)["pydantic_fields"]
    assert found == ("<…>, database.<…>" if key == "hunter2" else "database.<…>, name")


def test_order_and_number_of_faults_are_not_reported(site: Site, models: Any) -> None:
    faults = [(MISSING, ("database", "port")), (MISSING, ("name",))]
    first = details(site, models, ValidationError("Config", *faults))
    second = details(site, models, ValidationError("Config", *reversed(faults * 99)))

    assert first == second == {"pydantic_model": CONFIG, "pydantic_fields": "database.port, name"}


@pytest.mark.parametrize("title", ["Hunter2", "", "acme.models.Config", "object", "BaseModel"])
def test_a_title_that_is_no_models_name(title: str, site: Site, models: Any) -> None:
    assert details(site, models, ValidationError(title, (MISSING, ("name",)))) == {}


def test_a_model_of_the_users(site: Site, models: Any) -> None:
    own = site.write("acme_own", MODELS.replace("Config", "Hunter2"))
    own.Hunter2.__pydantic_fields__ = models.Config.__pydantic_fields__

    assert details(site, models, ValidationError("Hunter2", (MISSING, ("name",)))) == {}


def test_two_models_of_one_name(site: Site, models: Any) -> None:
    """The user's own may be meant."""
    own = site.write("acme_own", MODELS)

    assert details(site, models, ValidationError("Config", (MISSING, ("name",)))) == {}
    assert own


def test_a_nested_model_of_the_users(site: Site, models: Any) -> None:
    own = site.write("acme_own", MODELS.replace("Database", "Other").replace("Config", "Own"))
    own.Other.__pydantic_fields__ = {"port": FieldInfo(int)}
    models.Config.__pydantic_fields__["database"] = FieldInfo(own.Other)

    found = details(site, models, ValidationError("Config", (MISSING, ("database", "port"))))

    assert found["pydantic_fields"] == "database.<…>"


def test_strange_objects(site: Site, models: Any) -> None:
    """No code of a field or its type runs."""

    class Loud:
        def __getattribute__(self, name: str) -> object:
            raise AssertionError("its code runs")

        def __eq__(self, other: object) -> bool:
            raise AssertionError("its code runs")

        __hash__ = None  # type: ignore[assignment]

    for field in (Loud(), FieldInfo(Loud(), Loud()), FieldInfo(Loud()), object(), 7):
        models.Config.__pydantic_fields__["database"] = field
        error = ValidationError("Config", (MISSING, ("database", "port")), (MISSING, (Loud(),)))
        assert details(site, models, error)["pydantic_model"] == CONFIG
    models.Config.__pydantic_fields__ = Loud()
    assert details(site, models, ValidationError("Config")) == {"pydantic_model": CONFIG}


def test_reports_do_not_depend_on_the_data(site: Site, models: Any) -> None:
    def report(secret: str) -> object:
        faults = (MISSING, ("servers", secret, "port")), ("extra_forbidden", (secret,))
        error = ValidationError("Config", *faults, (MISSING, ("name",)))
        return site.redacted(lambda: models.fail(error))

    assert report("hunter2") == report("name") == report("database") == report("port")


def test_values_of_slots() -> None:
    class Derived(FieldInfo):
        pass

    class Property:
        @property
        def annotation(self) -> int:
            raise AssertionError("its code runs")

    unset = FieldInfo.__new__(FieldInfo)
    assert guarded.slot(Derived(int), "annotation") is int
    assert guarded.slot(unset, "annotation") is None
    assert guarded.slot(Property(), "annotation") is None
    assert guarded.slot(7, "annotation") is None
