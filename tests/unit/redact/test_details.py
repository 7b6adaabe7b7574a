"""Structured values of exceptions: which are reported, and that others are not."""

from __future__ import annotations

import ast
import builtins
import configparser
import errno
import json
import socket
import sqlite3
import ssl
import subprocess
import sys
import urllib.error
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET
from xml.parsers import expat

import pytest
from published import Site

from telemetry_hook._redact import system_errors
from telemetry_hook._redact.details import Details
from telemetry_hook._redact.published.class_names import ClassNames
from telemetry_hook._redact.published.definitions import Definitions
from telemetry_hook._redact.published.public_files import PublicFiles


def details(exception: BaseException, files: PublicFiles | None = None) -> dict[str, object]:
    """Return what is reported of an exception."""
    files = files or PublicFiles([], is_local=True)
    found = Details(files, ClassNames(files, Definitions())).of(exception)
    assert all(type(each.value) is int or str(each.value) for each in found)
    return {str(each.name): each.value for each in found}


def raised(call: Callable[[], object]) -> BaseException:
    """Return what a call raises."""
    try:
        call()
    except BaseException as error:
        return error
    raise AssertionError("nothing was raised")


def with_attributes(exception: BaseException, **attributes: object) -> BaseException:
    """Return an exception with attributes."""
    vars(exception).update(attributes)
    return exception


def http(code: Any) -> BaseException:
    """Return what urllib raises for a status."""
    return urllib.error.HTTPError("https://hunter2", code, "hunter2", {}, None)  # type: ignore[arg-type]


class Mine(OSError):
    """An exception of the user's."""


class Text(str):
    """A text of the user's."""

    __slots__ = ()

    def rstrip(self, *_: object) -> str:
        """Fail."""
        raise AssertionError


class MyHTTPError(Exception):
    """An exception of the user's, by whose name nothing is published."""


VALUES: dict[str, tuple[BaseException, dict[str, object]]] = {
    "a system's error": (OSError(errno.ENOENT, "hunter2", "/hunter2"), {"errno": "ENOENT"}),
    "another class of it": (PermissionError(errno.EACCES, "hunter2"), {"errno": "EACCES"}),
    "the user's class of it": (Mine(errno.EACCES, "hunter2"), {"errno": "EACCES"}),
    "no number": (OSError("hunter2"), {}),
    "a number that is none": (OSError("2", "hunter2"), {}),
    "a truth": (OSError(True, "hunter2"), {}),
    "an unknown number": (OSError(987_654, "hunter2"), {}),
    "a name's error": (
        socket.gaierror(socket.EAI_NONAME, "hunter2"),
        {"address_error": "EAI_NONAME"},
    ),
    "another name's error": (
        socket.gaierror(socket.EAI_AGAIN, "hunter2"),
        {"address_error": "EAI_AGAIN"},
    ),
    "an unknown name's error": (socket.gaierror(2, "hunter2"), {}),
    "a decoder": (
        UnicodeDecodeError("UTF-8", b"hunter2", 0, 1, "x"),
        {"encoding": "utf-8", "stopped_at": "at the start"},
    ),
    "an encoder": (
        UnicodeEncodeError("Latin_1", "hunter2", 3, 4, "x"),
        {"encoding": "latin-1", "stopped_at": "later"},
    ),
    "a decoder at the end": (
        UnicodeDecodeError("UTF-8", b"hunter2", 6, 7, "x"),
        {"encoding": "utf-8", "stopped_at": "at the end"},
    ),
    "an unknown codec": (UnicodeDecodeError("hunter2", b"", 0, 1, "x"), {"stopped_at": "empty"}),
    "a translation": (UnicodeTranslateError("hunter2", 0, 1, "x"), {}),
    **{
        f"a program: {code}": (
            subprocess.CalledProcessError(code, "hunter2"),
            {"return_code": expected},
        )
        for code, expected in (
            *((0, 0), (1, 1), (2, 2), (127, 127), (255, 255), (-9, -9), (137, 137)),
            *((3, "other"), (77, "other"), (-64, "other"), (256, "other"), (10**9, "other")),
        )
    },
    "a code that is true": (subprocess.CalledProcessError(True, "hunter2"), {}),
    "a page": (http(404), {"http_status": 404}),
    "the least status": (http(100), {"http_status": 100}),
    "a status that is not registered": (http(471), {}),
    "the largest status": (http(599), {}),
    "too small a status": (http(99), {}),
    "too large a status": (http(600), {}),
    "a status that is a text": (http("404"), {}),
    "not a published class": (with_attributes(MyHTTPError(), status=404, code=404), {}),
    "a database": (
        with_attributes(sqlite3.OperationalError("hunter2"), sqlite_errorname="SQLITE_BUSY"),
        {"sqlite_error": "SQLITE_BUSY"},
    ),
    "an unknown error of it": (
        with_attributes(sqlite3.OperationalError("hunter2"), sqlite_errorname="HUNTER2"),
        {},
    ),
    "a name of it elsewhere": (with_attributes(ValueError(), sqlite_errorname="SQLITE_BUSY"), {}),
    "a code elsewhere": (with_attributes(ValueError(), returncode=3), {}),
    **{
        f"a parser: {doc!r}, {position}": (
            json.JSONDecodeError("hunter2", doc, position),
            {"stopped_at": expected},
        )
        for doc, position, expected in (
            *(("", 0, "empty"), (" \n", 0, "empty"), ("hunter2", 0, "at the start")),
            *((" hunter2", 1, "at the start"), ("[hunter2", 1, "later"), ("[hunter2 ", 7, "later")),
            *(
                ("[hunter2 ", 8, "at the end"),
                ("[hunter2 ", 9, "at the end"),
                ("hunter2", -9, "at the start"),
            ),
        )
    },
    "a parser of another kind of text": (
        with_attributes(json.JSONDecodeError("x", "hunter2", 1), doc=Text("hunter2")),
        {},
    ),
    "a position of another kind": (
        with_attributes(json.JSONDecodeError("x", "hunter2", 1), pos=True),
        {},
    ),
    "a position elsewhere": (with_attributes(ValueError(), doc="hunter2", pos=1), {}),
    "an empty document": (
        raised(lambda: ET.fromstring("")),  # noqa: S314
        {"stopped_at": "at the start"},
    ),
    "a document": (
        raised(lambda: ET.fromstring("<a>\n<hunter2")),  # noqa: S314
        {"stopped_at": "later"},
    ),
    "a document by expat": (
        raised(lambda: expat.ParserCreate().Parse("hunter2", True)),
        {"stopped_at": "at the start"},
    ),
    "settings": (
        raised(lambda: configparser.ConfigParser().read_string("hunter2")),
        {"stopped_at": "at the start"},
    ),
    "source": (raised(lambda: ast.parse("hunter2 hunter2")), {"stopped_at": "later"}),
    "no source": (SyntaxError("hunter2"), {}),
    "nothing": (ValueError("hunter2"), {}),
}


@pytest.mark.parametrize("name", VALUES)
def test_what_is_reported(name: str) -> None:
    """A value is reported if it is in its closed set, whatever else the exception holds."""
    exception, expected = VALUES[name]
    assert details(exception) == expected


def test_a_reason_of_openssl() -> None:
    """It is reported if OpenSSL has it."""
    error = ssl.SSLError(1, "hunter2")
    assert details(error) == {}
    vars(error)["reason"] = "HUNTER2"
    assert details(error) == {}
    vars(error)["reason"] = b"CERTIFICATE_VERIFY_FAILED"
    assert details(error) == {}


def test_the_running_programs_tables_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that a value picks from a changed table is not the name of the error."""
    monkeypatch.setitem(errno.errorcode, 987_654, "EBADF")
    monkeypatch.setitem(errno.errorcode, errno.ENOENT, "EACCES")
    monkeypatch.setattr(socket, "EAI_FAIL", 471)
    assert details(OSError(987_654, "hunter2")) == {}
    assert details(OSError(errno.ENOENT, "hunter2")) == {"errno": "ENOENT"}
    assert details(socket.gaierror(471, "hunter2")) == {}


@pytest.mark.skipif(sys.platform not in ("linux", "darwin", "win32"), reason="no table")
def test_numbers_of_this_system_are_in_our_table() -> None:
    """This Python's numbers have the names that our table has; aliases are equal numbers."""
    for number, name in errno.errorcode.items():
        assert getattr(errno, system_errors.ERRORS[number]) == number, name
    for number, name in system_errors.ADDRESS_ERRORS.items():
        assert getattr(socket, name, number) == number


@pytest.mark.skipif(sys.version_info < (3, 11), reason="there were no groups")
@pytest.mark.parametrize(("count", "size"), [(1, "1+"), (9, "1+"), (10, "10+")])
def test_how_many_members(count: int, size: str) -> None:
    """A group's size is reported by its order."""
    group = vars(builtins)["ExceptionGroup"]("hunter2", [ValueError()] * count)
    assert details(group) == {"members": size}


@pytest.fixture
def published(tmp_path: Path) -> Iterator[Site]:
    """Return a site whose modules are forgotten afterwards."""
    before = dict(sys.modules)
    yield Site(tmp_path.resolve())
    for name in [name for name in sys.modules if name not in before]:
        del sys.modules[name]


SOURCE = """
class Response:
    def __init__(self, **values): vars(self).update(values)
class HTTPError(Exception):
    def __init__(self, response=None): self.response = response
class NotFound(HTTPError):
    status_code = 404
class Duplicate(Exception):
    sqlstate = "23505"
class Wrong(Exception):
    sqlstate = 23505
class Derived(Duplicate): pass
"""


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (lambda web: web.HTTPError(), {}),
        (lambda web: web.HTTPError(web.Response(status=503)), {"http_status": 503}),
        (lambda web: web.HTTPError(web.Response(status_code=418)), {"http_status": 418}),
        (lambda web: web.HTTPError(web.Response(code=201, status=500)), {"http_status": 201}),
        (lambda web: web.HTTPError(web.Response(status="503")), {}),
        (lambda web: web.HTTPError(MyHTTPError()), {}),
        (lambda web: web.HTTPError(with_attributes(MyHTTPError(), status=503)), {}),
        (lambda web: web.NotFound(), {"http_status": 404}),
        (lambda web: with_attributes(web.NotFound(), code=410), {"http_status": 410}),
        (lambda web: web.NotFound(web.Response(status=503)), {"http_status": 503}),
        (lambda web: web.Duplicate(), {"sqlstate": "23505"}),
        (lambda web: web.Derived(), {"sqlstate": "23505"}),
        (lambda web: web.Wrong(), {}),
    ],
)
def test_classes_of_published_tools(
    published: Site, make: Callable[[Any], BaseException], expected: dict[str, object]
) -> None:
    """Statuses and SQLSTATEs are read from published classes, and from nothing else."""
    web = published.publish("acme.web", SOURCE)
    assert details(make(web), published.files) == expected
    unpublished = published.write("mine.web", SOURCE)
    assert details(make(unpublished), published.files) == {}
    for kind in vars(unpublished).values():
        if isinstance(kind, type):
            kind.__module__ = "acme.web"  # where a class of this name is published
    assert details(make(unpublished), published.files) == {}


def test_a_users_subclass_has_no_status(published: Site) -> None:
    """Its class and its instances hold what the user chose, also if that is registered."""
    web = published.publish("acme.web", SOURCE)

    class Mine(web.NotFound):  # type: ignore[misc, name-defined]
        code = 451

    class Plain(web.NotFound):  # type: ignore[misc, name-defined]
        pass

    assert details(Mine(), published.files) == {}
    assert details(Plain(), published.files) == {"http_status": 404}
    assert details(with_attributes(Plain(), code=451), published.files) == {"http_status": 404}
    web.NotFound.status_code = 471
    assert details(web.NotFound(), published.files) == {}


def test_a_state_has_to_be_a_literal(published: Site) -> None:
    """What a class was given later may be anybody's."""
    web = published.publish("acme.web", SOURCE)
    web.Duplicate.sqlstate = "HUNTR"
    assert details(web.Duplicate(), published.files) == {}
    web.Duplicate.sqlstate = "23505"
    web.Derived.sqlstate = "HUNTR"
    assert details(web.Derived(), published.files) == {"sqlstate": "23505"}
