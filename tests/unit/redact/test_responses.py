"""Facts of HTTP responses, as details of exceptions and as shapes of variables."""

from __future__ import annotations

import email.message
import http.client
import io
import socket
import sys
import urllib.error
from collections import OrderedDict, UserDict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import urllib3
from published import Site

from telemetry_hook._crash import responses, shapes

REQUESTS = """
from collections import OrderedDict
class CaseInsensitiveDict:
    def __init__(self, headers):
        self._store = OrderedDict((name.lower(), (name, value)) for name, value in headers.items())
class Response:
    def __init__(self, status=200, content=b"{}", **headers):
        self.status_code = status
        self.headers = CaseInsensitiveDict({k.replace("_", "-"): v for k, v in headers.items()})
        self._content = content
class RequestException(OSError):
    def __init__(self, response): self.response = response
class Session:
    def close(self): pass
"""
TOOL = """
def fetch(response):
    raise KeyError(response)
"""
JSON = "application/json"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    before = dict(sys.modules)
    yield Site(tmp_path.resolve())
    for name in [name for name in sys.modules if name not in before]:
        del sys.modules[name]
    sys.modules.update(before)


@pytest.fixture
def requests(site: Site) -> Any:
    return site.publish("requests.models", REQUESTS, is_own=False)


def text(value: object) -> str | None:
    found = responses.response(value)
    return None if found is None else found.text


@pytest.mark.parametrize(
    ("content_type", "expected"),
    [
        ("application/json", "404, application/json"),
        ("Text/HTML; charset=utf-8", "404, text/html"),
        (" text/csv ;header=present", "404, text/csv"),
        (b"text/csv", "404, text/csv"),
        ("application/x-hunter2", "404"),
        ("hunter2", "404"),
        ("", "404"),
        ("text/html" + " " * 1_000, "404, text/html"),
        ("text/html, hunter2", "404"),
        (7, "404"),
        (None, "404"),
    ],
)
def test_media_type(content_type: object, expected: str, requests: Any) -> None:
    """It is one of the table, or it is left out."""
    assert text(requests.Response(404, Content_Type=content_type)) == expected


@pytest.mark.parametrize(
    ("status", "content", "expected"),
    [
        (200, b"", "200, empty"),
        (200, b"hunter2", "200"),
        (200, False, "200"),  # it was not read
        (200, None, "200"),
        (200, "", "200"),
        (True, b"x", ""),
        (471, b"x", ""),
        ("404", b"", "empty"),
        (None, b"x", ""),
    ],
)
def test_status_and_body(status: object, content: object, expected: str, requests: Any) -> None:
    assert text(requests.Response(status, content)) == expected


def test_no_code_of_the_program_runs(requests: Any) -> None:
    """Headers of other classes are not read, since their code would run."""

    class Loud(UserDict[str, str]):
        def __getitem__(self, key: str) -> str:
            raise AssertionError("its code runs")

    class Headers(OrderedDict[str, tuple[str, str]]):
        def __iter__(self) -> Any:
            raise AssertionError("its code runs")

        values = items = keys = __iter__

    class Key(str):
        __slots__ = ()

        def __eq__(self, other: object) -> bool:
            raise AssertionError("its code runs")

        __hash__ = str.__hash__

    response = requests.Response(Content_Type=JSON)
    headers = response.headers
    stores: tuple[object, ...] = (
        Headers({"content-type": ("Content-Type", JSON)}),
        {"content-type": (Key("content-type"), JSON)},
        {"content-type": ("content-type", Key(JSON))},
        [[]],
        [()],
        [("content-type",)],
        7,
    )
    for store in stores:
        headers._store = store
        assert text(response) == "200"
    headers._store = {Key("content-type"): ("Content-Type", JSON)}
    assert text(response) == f"200, {JSON}"
    response.headers = Loud({"content-type": JSON})
    assert text(response) == "200"


def test_many_headers_are_not_read(requests: Any) -> None:
    response = requests.Response(Content_Type=JSON)
    response.headers._store.update({str(number): ("a", "b") for number in range(10_000)})

    assert text(response) == "200"


def test_a_class_of_the_same_name_is_another(requests: Any) -> None:
    class Response:
        status_code = 404

    Response.__module__, Response.__qualname__ = "requests.models", "Response"
    value = Response()
    vars(value).update(status_code=404)

    class Derived(requests.Response):  # type: ignore[misc]
        pass

    assert text(value) is None
    assert text(Derived(404)) is None
    assert text(7) is None


def test_urllib3() -> None:
    body = io.BytesIO(b"")
    response = urllib3.HTTPResponse(body, {"Content-type": JSON}, 503, preload_content=True)
    unread = urllib3.HTTPResponse(io.BytesIO(b"{}"), {}, 200, preload_content=False)

    assert text(response) == f"503, {JSON}, empty"
    assert text(unread) == "200"


def test_http_client() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(b"HTTP/1.1 404 Hunter2\r\nContent-Type: text/html\r\n\r\nhunter2")
        response = http.client.HTTPResponse(ours)
        response.begin()

        assert text(response) == "404, text/html"
        theirs.close()
        assert response.read() == b"hunter2"  # nothing of it was read before


def test_an_exception_that_is_a_response() -> None:
    headers = email.message.Message()
    headers["Content-Type"] = "text/html"
    with urllib.error.HTTPError("https://hunter2", 404, "hunter2", headers, io.BytesIO()) as error:
        assert text(error) == "404, text/html"


def test_variable(site: Site, requests: Any) -> None:
    tool = site.publish("acme", TOOL)

    [redacted] = site.redacted(lambda: tool.fetch(requests.Response(404, b"", Content_Type=JSON)))

    [variable] = redacted.frames[-1].variables
    assert variable.shape == "requests.models.Response(404, application/json, empty)"


def test_variable_of_a_class_that_is_not_public(site: Site) -> None:
    tool, own = site.publish("acme", TOOL), site.write("requests.models", REQUESTS)

    [redacted] = site.redacted(lambda: tool.fetch(own.Response(404, b"", Content_Type=JSON)))

    assert "404" not in str(redacted)


def details(site: Site, error: BaseException) -> dict[str, object]:
    def fail() -> None:
        raise error

    return {str(each.name): each.value for each in site.redacted(fail)[0].details}


def test_details(site: Site, requests: Any) -> None:
    """The class of the exception need not be named after HTTP: requests' JSONDecodeError is not."""
    response = requests.Response(502, b"", Content_Type="text/html")

    assert details(site, requests.RequestException(response)) == {
        "http_status": 502,
        "http_media_type": "text/html",
        "http_body": "empty",
    }
    assert details(site, requests.RequestException(None)) == {}


def test_a_response_of_the_users_is_no_detail(site: Site, requests: Any) -> None:
    error = requests.RequestException(requests.Response(502))
    own = site.write("requests.models", REQUESTS)
    site.files._found.clear()
    error.response = own.Response(502)

    assert details(site, error) == {}


def test_reports_do_not_depend_on_contents(site: Site, requests: Any) -> None:
    """Two replies with other contents, of the same status, kind and emptiness."""
    tool = site.publish("acme", TOOL)

    def report(secret: str) -> object:
        response = requests.Response(
            404,
            secret.encode(),
            Content_Type=f"text/html; charset={secret}",
            Location=f"https://{secret}",
            Set_Cookie=secret,
        )
        return site.redacted(lambda: tool.fetch(response))

    assert report("hunter2") == report("text/csv") == report("correct horse battery staple" * 99)


def test_every_fact_has_a_public_text() -> None:
    for media_type in responses.MEDIA_TYPES:
        assert media_type == media_type.lower().strip()
        assert ", " not in media_type
    assert shapes.shape("x").detail == ""
