"""Attributes: their names and options are literals of the plugin's published source."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from installed import Installed, site

from telemetry_hook import Choice, Count, Features, Flag, Version
from telemetry_hook._redact.attributes import Attributes
from telemetry_hook._redact.published.public_files import PublicFiles
from telemetry_hook.declare import Attribute, Value

PLUGIN = """
from acme_lift.options import DIALECTS
DECLARED = "schema.models", "schema.dialect", "lift.features", "server.version"
FEATURES = ("nested_writes", "raw_sql")
"""
FILES = {
    "acme_lift/__init__.py": "",
    "acme_lift/telemetry.py": PLUGIN,
    "acme_lift/options.py": 'DIALECTS = (*("sqlite", "mysql"), "other")\n',
    "acme_lift/far/__init__.py": "",
    "acme_lift/far/away.py": 'NAME = "jane"\n',
}
DIALECT = Choice("schema.dialect", "Kind of database", ("sqlite", "mysql", "other"))
FEATURES = Features("lift.features", "Parts that were used", ("nested_writes", "raw_sql"))


@pytest.fixture
def attributes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Attributes]:
    """Return what redacts the attributes of an installed plugin, whose modules are loaded."""
    directory = tmp_path.resolve() / "site"
    with site(directory) as made:
        monkeypatch.syspath_prepend(str(directory))
        yield installed(made)
    for name in [name for name in sys.modules if name.partition(".")[0] == "acme_lift"]:
        del sys.modules[name]


def installed(made: Installed) -> Attributes:
    points = "[telemetry_hook]\nacme_lift = acme_lift.telemetry\n"
    plugin = made.install("acme-lift", FILES, entry_points=points)
    importlib.import_module("acme_lift.telemetry")
    importlib.import_module("acme_lift.far.away")
    return Attributes(PublicFiles([plugin], is_local=True), [plugin])


@pytest.mark.parametrize(
    ("attribute", "value", "reported"),
    [
        (Count("schema.models", "How many"), 12, 12),
        (Flag("schema.models", "Whether"), False, False),
        (DIALECT, "mysql", "mysql"),
        (FEATURES, ("raw_sql",), ("raw_sql",)),
        (FEATURES, (), ()),
        (Version("server.version", "Of the server"), "16.3", "16.3"),
        # The user's data in a name, in one of the options, in the options that are not given.
        (Count("schema.jane", "How many"), 12, None),
        (Choice("schema.dialect", "Who", ("hunter2",)), "hunter2", None),
        (Choice("schema.dialect", "Who", ("sqlite", "hunter2")), "sqlite", None),
        (Features("lift.features", "Who", ("hunter2", "raw_sql")), ("raw_sql",), None),
        # Options in two modules, in a part of a literal, and in a module that is not the plugin's.
        (Choice("schema.dialect", "Who", ("sqlite", "raw_sql")), "sqlite", None),
        (Choice("schema.dialect", "Who", ("raw",)), "raw", None),
        (Choice("schema.dialect", "Who", ("jane",)), "jane", None),
    ],
)
def test_what_is_reported(
    attributes: Attributes, attribute: Attribute, value: Value, reported: Value | None
) -> None:
    given = list(attributes.redacted([attribute], {attribute.name: value}))
    assert [entry.value for entry in given] == ([] if reported is None else [reported])
    assert [entry.name for entry in given] == ([] if reported is None else [attribute.name])
    assert attributes.withheld([attribute]) == ([attribute.name] if reported is None else [])


def test_attributes_without_a_value(attributes: Attributes) -> None:
    assert list(attributes.redacted([DIALECT, FEATURES], {})) == []


def test_a_changed_plugin_has_no_attributes(attributes: Attributes) -> None:
    """Its file is not the one that was published."""
    for name in ("acme_lift.telemetry", "acme_lift.options"):
        path = sys.modules[name].__file__
        assert path is not None
        Path(path).write_text("hunter2 = 1\n" + Path(path).read_text())
    assert list(attributes.redacted([DIALECT], {"schema.dialect": "mysql"})) == []
