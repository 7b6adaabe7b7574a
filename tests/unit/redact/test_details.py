"""Structured values of exceptions: which are reported, and that others are not."""

from __future__ import annotations

import builtins
import errno
import socket
import sqlite3
import ssl
import subprocess
import sys
import urllib.error
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from published import Site

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
    "a decoder": (UnicodeDecodeError("UTF-8", b"hunter2", 0, 1, "x"), {"encoding": "utf-8"}),
    "an encoder": (UnicodeEncodeError("Latin_1", "hunter2", 0, 1, "x"), {"encoding": "latin-1"}),
    "an unknown codec": (UnicodeDecodeError("hunter2", b"", 0, 1, "x"), {}),
    "a translation": (UnicodeTranslateError("hunter2", 0, 1, "x"), {}),
    "a program": (subprocess.CalledProcessError(3, "hunter2"), {"return_code": 3}),
    "a killed program": (subprocess.CalledProcessError(-64, "hunter2"), {"return_code": -64}),
    "the largest code": (subprocess.CalledProcessError(255, "hunter2"), {"return_code": 255}),
    "too large a code": (subprocess.CalledProcessError(256, "hunter2"), {}),
    "too small a code": (subprocess.CalledProcessError(-65, "hunter2"), {}),
    "a code that is true": (subprocess.CalledProcessError(True, "hunter2"), {}),
    "a page": (http(404), {"http_status": 404}),
    "the least status": (http(100), {"http_status": 100}),
    "the largest status": (http(599), {"http_status": 599}),
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


def test_a_state_has_to_be_a_literal(published: Site) -> None:
    """What a class was given later may be anybody's."""
    web = published.publish("acme.web", SOURCE)
    web.Duplicate.sqlstate = "HUNTR"
    assert details(web.Duplicate(), published.files) == {}
    web.Duplicate.sqlstate = "23505"
    web.Derived.sqlstate = "HUNTR"
    assert details(web.Derived(), published.files) == {"sqlstate": "23505"}
