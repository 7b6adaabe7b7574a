"""`PublicText` has one maker, and each of its ways refuses what it does not find by itself."""

from __future__ import annotations

import ast
import copy
import json
import pickle
import struct
import sys
import types
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

import telemetry_hook
from telemetry_hook._errors import NotPublicError
from telemetry_hook._installed.distributions import Distribution
from telemetry_hook._redact import closed_tables, origins
from telemetry_hook._redact.message.template_sources import (
    Learned,
    Literals,
    Pydantic,
    System,
)
from telemetry_hook._redact.published.definitions import Definitions
from telemetry_hook._redact.published.public_files import PublicFile
from telemetry_hook._report import PublicText
from telemetry_hook.declare import Choice, Features, Flag, Version

PACKAGE = Path(telemetry_hook.__file__).parent
SOURCE = r"""
import errno as _errno
COMMANDS = ["up", "dry-run/no-dry-run"]
class Error(Exception):
    sqlstate = "23505"
    def __str__(self):
        def part[T](): ...
        return "cannot " + "re" + "fuse caf\xe9"
def list_cmd(dry_run): ...  # secret-comment
""".replace("part[T]", "part" if sys.version_info < (3, 12) else "part[T]")


def published(source: str = SOURCE, name: str = "acme/errors.py") -> PublicFile:
    return PublicFile(f"/site/{name}", name, source.encode(), None, is_own=True)


FILE = published()


def made_outside() -> list[str]:
    """Return where the package makes public texts outside of `_redact/origins`."""
    offenders = []
    for path in PACKAGE.rglob("*.py"):
        if path == PACKAGE / "_redact/origins.py":
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call):
                text = ast.unparse(node)
                makes = text.startswith(("PublicText(", "_report.PublicText(", "origins._"))
                if makes or (".__new__(" in text and "PublicText" in text):
                    offenders.append(f"{path}:{node.lineno}: {text}")
            elif isinstance(node, ast.ClassDef) and "PublicText" in map(ast.unparse, node.bases):
                offenders.append(f"{path}:{node.lineno}: {node.name}")
            elif (
                isinstance(node, ast.ImportFrom) and node.module == "telemetry_hook._redact.origins"
            ):
                private = [each.name for each in node.names if each.name.startswith("_")]
                offenders += [f"{path}:{node.lineno}: {name}" for name in private]
    return offenders


def test_only_origins_makes_public_text() -> None:
    """No other module constructs one, derives from it, or uses what origins keeps to itself."""
    assert made_outside() == []


def calls_of_words() -> list[tuple[str, ast.Call, bool]]:
    calls: list[tuple[str, ast.Call, bool]] = []
    for path in PACKAGE.rglob("*.py"):
        tree = ast.parse(path.read_text("utf-8"))
        inside = {
            id(node)
            for function in ast.walk(tree)
            if isinstance(function, (ast.FunctionDef, ast.Lambda, ast.ClassDef))
            for node in ast.walk(function)
        }
        calls += [
            (f"{path.name}:{node.lineno}", node, id(node) in inside)
            for node in ast.walk(tree)
            if isinstance(node, ast.Call) and ast.unparse(node.func) in ("words", "origins.words")
        ]
    return calls


def test_words_are_constants_of_modules() -> None:
    """A table of our own words is made at a module's top level, of literals and tables written down."""
    calls = calls_of_words()
    assert len(calls) > 10
    for where, call, is_inside in calls:
        assert not is_inside, where
        for argument in call.args:
            inner = argument.value if isinstance(argument, ast.Starred) else argument
            names = {ast.unparse(each) for each in ast.walk(inner) if isinstance(each, ast.Name)}
            tables = {"closed_tables", "ECMASCRIPT", "file_kinds", "responses", "templates"}
            assert names <= {*tables, "number", "range"}, where


def test_the_constructor_refuses() -> None:
    """Neither a call, nor a copy, nor a pickle makes a public text, and none changes its origin."""
    for make in (
        lambda: PublicText("secret"),
        lambda: PublicText(origins.HOLE),
        lambda: copy.copy(origins.HOLE),
        lambda: pickle.loads(pickle.dumps(origins.HOLE)),  # noqa: S301
    ):
        with pytest.raises(NotPublicError):
            make()
    with pytest.raises(AttributeError):
        origins.HOLE.origin = "elsewhere"
    assert type(origins.HOLE.upper()) is str


REFUSED: dict[str, Callable[[], Any]] = {
    "words in a function": lambda: origins.words("secret"),
    "a type of error that pydantic does not list": lambda: origins.pydantic_type("secret"),
    "a size of words": lambda: origins.size("hunter2"),
    "a size with its exact value": lambda: origins.size("12"),
    "a fingerprint of a plain text": lambda: origins.fingerprint(["hunter2"]),  # type: ignore[list-item]
    "line 0": lambda: origins.line(FILE, 0),
    "a line after the last": lambda: origins.line(FILE, 99),
    "a file of another type": lambda: origins.line(types.SimpleNamespace(lines=["hunter2"]), 1),  # type: ignore[arg-type]
    "a module of another type": lambda: origins.module(types.SimpleNamespace(module="x")),  # type: ignore[arg-type]
    "a path of another type": lambda: origins.path(types.SimpleNamespace(name="x")),  # type: ignore[arg-type]
    "a definition of another type": lambda: origins.qualname(
        FILE,
        types.SimpleNamespace(qualname="Error"),  # type: ignore[arg-type]
    ),
    "a declared name that is part of another": lambda: origins.declared(FILE, "dry"),
    "a declared name that only a comment has": lambda: origins.declared(FILE, "secret-comment"),
    "an empty declared name": lambda: origins.declared(FILE, ""),
    "an option that is not declared": lambda: origins.fact_option(
        Choice("kind", "A kind.", options=("up",)), FILE, "23505"
    ),
    "an option that is in no file": lambda: origins.fact_option(
        Choice("kind", "A kind.", options=("up", "hunter2")), FILE, "up"
    ),
    "a part of a literal as an option": lambda: origins.fact_option(
        Features("kinds", "Kinds.", options=("fuse", "cannot")), FILE, "cannot"
    ),
    "a version of words": lambda: origins.fact_version(
        Version("server", "Its version."), "hunter2"
    ),
    "a long number": lambda: origins.fact_version(Version("server", "Its version."), "41111"),
    "a version of a flag": lambda: origins.fact_version(Flag("is_on", "Whether."), "1.0"),
    "the name of a fact of another file": lambda: origins.fact_name(
        Flag("is_on", "Whether."),
        types.SimpleNamespace(),  # type: ignore[arg-type]
    ),
    "pieces that are not public": lambda: origins.compose([origins.HOLE, "hunter2"]),  # type: ignore[list-item]
    "a stripped plain text": lambda: origins.stripped("hunter2"),  # type: ignore[arg-type]
    "the last part of a plain text": lambda: origins.last_part("a.hunter2"),  # type: ignore[arg-type]
    "a literal that is in no file": lambda: origins.filled(
        ("cannot hunter2",), Literals((FILE,)), []
    ),
    "a source of another type": lambda: origins.filled(
        ("hunter2",),
        types.SimpleNamespace(publishes=lambda _: True),  # type: ignore[arg-type]
        [],
    ),
    "a message that was not learned": lambda: origins.filled(
        ("hunter2",), Learned(ValueError, "hunter2"), []
    ),
    "another text of the system": lambda: origins.filled(("hunter2",), System(2), []),
    "a template that pydantic has not": lambda: origins.filled(
        ("hunter2",), Pydantic("missing"), []
    ),
    "a fill that is not public": lambda: origins.filled(
        ("cannot ", None),
        Literals((FILE,)),
        ["hunter2"],  # type: ignore[list-item]
    ),
}


@pytest.mark.parametrize("way", REFUSED)
def test_what_is_not_found_is_refused(way: str) -> None:
    """Each way looks its text up by itself, and fails closed."""
    with pytest.raises(NotPublicError, match="not known to be public"):
        REFUSED[way]()


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (lambda: origins.numbers("5.15.0"), "5.15.0"),
        (lambda: origins.numbers("5.15.0-jane"), None),
        (lambda: origins.numbers("٣"), None),
        (lambda: origins.numbers("5\n"), None),
        (lambda: origins.version("1!2.0rc1.post2.dev3"), "1!2.0rc1.post2.dev3"),
        (lambda: origins.version("1.4+jane"), None),
        (lambda: origins.version("1.4 "), None),
        (lambda: origins.size("100+"), "100+"),
        (
            lambda: origins.minute(datetime(2026, 2, 3, 4, 5, 59, tzinfo=timezone.utc)),
            "2026-02-03T04:05:00Z",
        ),
        (lambda: origins.line(FILE, 2), "import errno as _errno"),
        (lambda: origins.line(published("x" * 400), 1), "x" * 300),
        (lambda: origins.module(FILE), "acme.errors"),
        (lambda: origins.module(published(name="acme/__init__.py")), "acme"),
        (lambda: origins.path(FILE), "acme/errors.py"),
        (lambda: origins.name(FILE, "dry_run"), "dry_run"),
        (lambda: origins.name(FILE, "errno"), "errno"),
        (lambda: origins.name(FILE, "Error.sqlstate"), "Error.sqlstate"),
        (lambda: origins.name(FILE, "lis"), None),  # part of another name
        (lambda: origins.name(FILE, "Error.hunter2"), None),
        (lambda: origins.name(FILE, "def list_cmd"), None),  # no name, though it is in the file
        (lambda: origins.name(FILE, ""), None),
        (lambda: origins.declared(FILE, "up"), "up"),
        (lambda: origins.declared(FILE, "no-dry-run"), "no-dry-run"),
        (lambda: origins.sqlstate(FILE, "23505"), "23505"),
        (lambda: origins.sqlstate(FILE, "42P01"), None),
        (lambda: origins.sqlstate(published('x = "hunte"'), "hunte"), None),
        (lambda: origins.command_of(FILE, "list_cmd", "list-cmd"), "list-cmd"),
        (lambda: origins.command_of(FILE, "list_cmd", "list"), "list"),
        (lambda: origins.command_of(FILE, "list_cmd", "lis"), None),
        (lambda: origins.command_of(FILE, "hunter2", "hunter2"), None),
        (lambda: origins.option_of(FILE, "dry_run", "--no-dry-run"), "--no-dry-run"),
        (lambda: origins.option_of(FILE, "dry_run", "dry-run"), None),
        (lambda: origins.option_of(FILE, "hunter2", "--hunter2"), None),
        (lambda: origins.fact_name(Flag("up", "Whether."), FILE), "up"),
        (lambda: origins.fact_name(Flag("hunter", "Whether."), FILE), None),
        (lambda: origins.fact_name(types.SimpleNamespace(name="23505"), FILE), None),
        (lambda: origins.fact_option(Choice("a", "A.", options=("up", "re")), FILE, "up"), "up"),
        (lambda: origins.fact_version(Version("server", "Its version."), "16.3"), "16.3"),
        (lambda: origins.stripped(origins.line(published("  a\n"), 1)), "a"),
        (lambda: origins.last_part(origins.module(FILE)), "errors"),
        (lambda: origins.compose([origins.HOLE, origins.size("1+")]), "<…>1+"),
        (lambda: origins.compose([]), ""),
        (
            lambda: origins.filled(("cannot ", None), Literals((FILE,)), [origins.HOLE]),
            "cannot <…>",
        ),
        # Two literals put together, and an escape.
        (lambda: origins.filled(("refuse",), Literals((FILE,)), []), "refuse"),
        (lambda: origins.filled(("café",), Literals((FILE,)), []), "café"),
        (lambda: origins.filled(("[Errno 2] ", None), System(2), [origins.HOLE]), "[Errno 2] <…>"),
    ],
)
def test_what_each_way_makes(found: Callable[[], PublicText | None], expected: str | None) -> None:
    """A text is public text if it was found, and None if there may be none."""
    text = found()
    assert text == expected
    assert text is None or type(text) is PublicText


def test_computed_texts() -> None:
    """Ids are random, fingerprints depend on each part and on nothing else."""
    assert origins.random_id() != origins.random_id()
    assert len(origins.random_id()) == 32
    one, two = origins.size("1+"), origins.size("10+")
    assert origins.fingerprint([one, two]) == origins.fingerprint([one, two])
    assert len({origins.fingerprint(each) for each in ([one, two], [two, one], [one])}) == 3
    assert len(origins.fingerprint([one])) == 64


def test_qualified_names() -> None:
    """They are those of the compiled file, where each part is a name of it."""
    definitions = Definitions()
    names = {
        origins.qualname(FILE, each) for group in definitions._of(FILE).values() for each in group
    }
    assert {"<module>", "Error", "Error.__str__", "list_cmd"} <= names
    assert "Error.__str__.<locals>.part" in names
    mangled = published(
        "class \uff25rror: ...\n"
    )  # normalised, so not in the source as Python has it
    assert {
        origins.qualname(mangled, each)
        for group in definitions._of(mangled).values()
        for each in group
    } == {
        "<module>",
        None,
    }


def test_classes_by_identity() -> None:
    """A class is named by what holds it, never by what it says."""
    assert origins.c_class(int) == (None, "int")
    assert origins.c_class(struct.error) == ("struct", "error")
    assert origins.c_class(type(None)) == (None, "NoneType")
    forged = type("int", (), {"__module__": "builtins", "__qualname__": "int"})
    assert origins.c_class(forged) is None
    assert origins.c_class(type("error", (), {"__module__": "struct"})) is None
    path = Path(json.decoder.__file__)
    file = PublicFile(str(path), "json/decoder.py", path.read_bytes(), None, is_own=False)
    body = Definitions().class_body("JSONDecodeError", file)
    other = Definitions().class_body("JSONDecoder", file)
    assert body is not None
    assert other is not None
    decode_error = json.JSONDecodeError
    assert origins.source_class(decode_error, file, body) == ("json.decoder", "JSONDecodeError")
    assert origins.source_class(decode_error, file, other) is None
    forged = type("JSONDecodeError", (), {"__module__": "json.decoder"})
    assert origins.source_class(forged, file, body) is None
    assert origins.c_class(decode_error) is None
    extension = PublicFile("/x.so", "struct.so", b"\0struct.error\0", None, is_own=False)
    assert origins.extension_class(struct.error, extension) == ("struct", "error")
    assert origins.extension_class(decode_error, extension) is None


def test_a_class_with_a_name_that_cannot_be_encoded(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is in no file, whoever has put it into an extension module."""
    odd = type("Odd", (Exception,), {"__module__": "struct", "__qualname__": "\udcff"})
    monkeypatch.setattr(struct, "\udcff", odd, raising=False)
    extension = PublicFile("/x.so", "struct.so", b"\0struct.\xff\0", None, is_own=False)
    assert origins.extension_class(odd, extension) is None


def test_names_of_distributions(tmp_path: Path) -> None:
    """The author's spelling counts as long as it is the installed directory's name."""
    info = tmp_path / "acme_lift-1.0.dist-info"
    info.mkdir()
    for written, expected in (
        ("Acme.Lift", "Acme.Lift"),
        ("hunter2", "acme_lift"),
        ("acme lift", "acme_lift"),
    ):
        (info / "METADATA").write_text(f"Name: {written}\nVersion: 1.0\n")
        distribution = Distribution(str(tmp_path), info.name)
        assert origins.distribution_name(distribution) == expected
    for bad in ("jane's secret-1.0.dist-info", "-1.0.dist-info"):
        with pytest.raises(NotPublicError):
            origins.distribution_name(Distribution(str(tmp_path), bad))


def test_tables_of_libraries_are_in_ours() -> None:
    """This Python's own names are all written down; what a newer one adds fails here."""
    import _ssl
    import errno
    import socket
    import sqlite3
    from encodings.aliases import aliases

    assert set(errno.errorcode.values()) <= set(closed_tables.ERRORS.split())
    assert set(aliases.values()) <= set(closed_tables.CODECS.split())
    libraries = getattr(_ssl, "lib_codes_to_names", {})
    reasons = {
        reason
        for (library, _), reason in getattr(_ssl, "err_codes_to_names", {}).items()
        if libraries.get(library) in ("SSL", "X509", "PEM")
    }
    assert reasons <= set(closed_tables.SSL_REASONS.split())
    address = {name for name in dir(socket) if name.startswith("EAI_")}
    assert address <= set(closed_tables.ADDRESS_ERRORS.split())
    codes = {
        name
        for name in dir(sqlite3)
        if name.startswith(("SQLITE_IOERR", "SQLITE_BUSY", "SQLITE_CONSTRAINT", "SQLITE_READONLY"))
    }
    assert codes <= set(closed_tables.SQLITE_ERRORS.split())


def test_the_running_programs_tables_are_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that changes `os.strerror` publishes nothing by that."""
    import os

    monkeypatch.setattr(os, "strerror", lambda _: "hunter2")
    assert not System(2).publishes("[Errno 2] hunter2")
    assert System(2).publishes("[Errno 2] ")
