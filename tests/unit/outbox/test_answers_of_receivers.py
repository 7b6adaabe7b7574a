"""What a receiver's answer means for a report, and for how long the receiver is left alone."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
import urllib3

from telemetry_hook._outbox import transport
from telemetry_hook._outbox.transport import MAX_HEADER_LENGTH, Outcome, read_answer

pytestmark = pytest.mark.once

NOW = 1_800_000_000.0
WEEK = 7 * 86_400.0


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        *((200, "accepted"), (201, "accepted"), (204, "accepted"), (299, "accepted")),
        *((199, "rejected"), (300, "rejected"), (301, "rejected"), (400, "rejected")),
        *((404, "rejected"), (428, "rejected"), (430, "rejected"), (499, "rejected")),
        *((429, "retry"), (500, "retry"), (503, "retry"), (599, "retry")),
    ],
)
def test_statuses(status: int, kind: str) -> None:
    """2xx is accepted, 429 and 5xx are retried, the rest is final."""
    found = read_answer(status, {})
    assert found.kind == kind
    assert found.reason == ("" if kind == "accepted" else f"the receiver answered {status}")
    assert found.delay == (60.0 if status == 429 else None)


SENTRY = "X-Sentry-Rate-Limits"


@pytest.mark.parametrize(
    ("headers", "delay"),
    [
        ({"Retry-After": "7"}, 7.0),
        ({"Retry-After": "0"}, 0.0),
        ({"Retry-After": "1.5"}, 1.5),
        ({"Retry-After": "-1"}, 0.0),
        ({"Retry-After": "nan"}, None),
        ({"Retry-After": "inf"}, WEEK),
        ({"Retry-After": str(WEEK + 1)}, WEEK),
        ({"Retry-After": formatdate(NOW + 90, usegmt=True)}, 90.0),
        ({"Retry-After": formatdate(NOW - 90, usegmt=True)}, 0.0),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": ""}, None),
        ({"Retry-After": "Mon, 99 Foo 2026 00:00:00 GMT"}, None),
        ({SENTRY: "5:error:key"}, 5.0),
        ({SENTRY: "5"}, 5.0),
        ({SENTRY: "5::organization"}, 5.0),
        ({SENTRY: "5:transaction"}, None),
        ({SENTRY: "5:transaction; error :key"}, 5.0),
        ({SENTRY: "5:errors"}, None),
        ({SENTRY: "x:error, 6:error"}, 6.0),
        ({SENTRY: "nan:error"}, None),
        ({SENTRY: "5:error, 9:error,7:error"}, 9.0),
        ({SENTRY: "9:transaction, 5:error"}, 5.0),
        ({SENTRY: "x" * 4095 + ",5:error"}, None),
        ({SENTRY: "x" * 4087 + ",5:error"}, 5.0),
        ({"Retry-After": "5", SENTRY: "9:error"}, 9.0),
        ({"Retry-After": "9", SENTRY: "5:error"}, 9.0),
        ({"Retry-After": "9", SENTRY: "50:metric"}, 9.0),
    ],
)
def test_delays(
    monkeypatch: pytest.MonkeyPatch, headers: dict[str, str], delay: float | None
) -> None:
    """The longest that the receiver asks for counts, whatever it has answered; a week at most."""
    monkeypatch.setattr(time, "time", lambda: NOW)
    for status in (200, 503, 429, 400):
        expected = 60.0 if status == 429 and delay is None else delay
        assert read_answer(status, headers).delay == expected


class Receiver(BaseHTTPRequestHandler):
    """Answers as its server says, and writes down what it was asked."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.asked.append((self.command, self.path, dict(self.headers), body))  # type: ignore[attr-defined]
        self.send_response(self.server.status)  # type: ignore[attr-defined]
        self.send_header("Location", "/other")
        self.send_header("Retry-After", "3")
        self.end_headers()

    do_DELETE = do_GET = do_POST  # noqa: N815 - names of the base class

    def log_message(self, *arguments: object) -> None:
        """Say nothing."""


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Return a server on this machine."""
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.delenv(name, raising=False)
    made: Any = HTTPServer(("127.0.0.1", 0), Receiver)
    made.asked, made.status = [], 200
    made.url = f"http://127.0.0.1:{made.server_port}/reports"
    thread = threading.Thread(target=made.serve_forever, args=(0.01,))
    thread.start()
    yield made
    made.shutdown()
    thread.join()
    made.server_close()


def test_a_request(server: Any) -> None:
    """What is sent is the body and the headers that were shown; nothing says who sends it."""
    outcome = transport.attempt(server.url, {"Content-Type": "x/y"}, b"body")
    assert outcome == Outcome("accepted", delay=3.0)
    ((method, path, headers, body),) = server.asked
    assert (method, path, body) == ("POST", "/reports", b"body")
    assert headers.keys() == {"Host", "Content-Length", "Content-Type"}
    assert transport.attempt(server.url, {"User-Agent": "acme"}, b"", "DELETE").kind == "accepted"
    assert server.asked[1][0] == "DELETE"
    assert server.asked[1][2]["User-Agent"] == "acme"


@pytest.mark.parametrize(("status", "kind"), [(302, "rejected"), (503, "retry")])
def test_one_request_is_made(server: Any, status: int, kind: str) -> None:
    """No redirect is followed, and nothing is tried again at once."""
    server.status = status
    assert transport.attempt(server.url, {}, b"body").kind == kind
    assert len(server.asked) == 1


def test_plain_http_stays_on_this_machine() -> None:
    """No other machine is asked."""
    outcome = transport.attempt("http://errors.acme.example/", {}, b"body")
    assert outcome == Outcome("rejected", "plain HTTP is allowed only to this machine")


def test_nobody_is_there() -> None:
    """It is tried again later."""
    outcome = transport.attempt("http://127.0.0.1:1/", {}, b"body")
    assert outcome == Outcome("retry", "the network failed: the receiver cannot be reached")


def test_a_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    """The answer is there within it."""
    ended = threading.Event()
    monkeypatch.setattr(transport, "DEADLINE_SECONDS", 0.05)
    monkeypatch.setattr(transport, "_ask", lambda *arguments: ended.wait(20))
    outcome = transport.attempt("https://errors.acme.example/", {}, b"body")
    ended.set()
    assert outcome == Outcome("retry", "no answer within 0 seconds")


def test_files(tmp_path: Path) -> None:
    """A report is written once; what stands there is never replaced."""
    path = tmp_path / "a b" / "1.json"
    assert transport.attempt(path.as_uri(), {}, b"body") == Outcome("accepted")
    assert path.read_bytes() == b"body"
    assert transport.attempt(path.as_uri(), {}, b"body") == Outcome("accepted")
    outcome = transport.attempt(path.as_uri(), {}, b"other")
    assert outcome.kind == "rejected"
    assert outcome.reason == f"{path} already exists with different content"
    assert path.read_bytes() == b"body"
    below = path / "2.json"
    assert transport.attempt(below.as_uri(), {}, b"body").kind == "retry"


@pytest.mark.parametrize(
    ("proxy", "no_proxy", "url", "expected"),
    [
        (None, "", "https://acme.example/", None),
        ("http://proxy:8080", "", "https://acme.example/", ("http://proxy:8080", {})),
        ("proxy:8080", "", "https://acme.example/", ("http://proxy:8080", {})),
        ("http://proxy:8080", "acme.example", "https://acme.example/", None),
        ("http://proxy:8080", "acme.example:444", "https://acme.example:444/", None),
        ("http://proxy:8080", "", "https://127.0.0.1/", None),
        (
            "http://us%40er:pass@proxy:8080",
            "",
            "https://key@acme.example/",
            ("http://proxy:8080", {"proxy-authorization": "Basic dXNAZXI6cGFzcw=="}),
        ),
    ],
)
def test_proxies(
    monkeypatch: pytest.MonkeyPatch,
    proxy: str | None,
    no_proxy: str,
    url: str,
    expected: tuple[str, dict[str, str]] | None,
) -> None:
    """The user's proxy is used, but not to reach this machine, or what the user excepts."""
    proxies = {} if proxy is None else {"https": proxy}
    monkeypatch.setattr(transport, "getproxies", lambda: proxies)
    monkeypatch.setattr(transport, "proxy_bypass", lambda host: host == no_proxy)
    pool = transport._pool(url)
    assert isinstance(pool, urllib3.ProxyManager) is (expected is not None)
    if isinstance(pool, urllib3.ProxyManager) and expected is not None:
        assert pool.proxy is not None
        assert f"{pool.proxy.scheme}://{pool.proxy.host}:{pool.proxy.port}" == expected[0]
        assert pool.proxy_headers == expected[1]


def test_half_a_limit_is_not_read() -> None:
    """A header that is cut in the middle of `9:metric` must not hold back everything."""
    whole = "60:error,"
    header = whole + " " * (MAX_HEADER_LENGTH - len(whole) - 2) + "90:metric"
    assert header[:MAX_HEADER_LENGTH].endswith("90")
    assert read_answer(200, {"X-Sentry-Rate-Limits": header}).delay == 60
