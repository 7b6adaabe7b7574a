"""One attempt to send a report: what is asked, how long for, and what the answer comes to."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from telemetry_hook._outbox import transport
from telemetry_hook._outbox.answers import Outcome

pytestmark = pytest.mark.once


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
def server() -> Iterator[Any]:
    """Return a server on this machine."""
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


@pytest.mark.parametrize("status", [302, 408, 503])
def test_one_request_is_made(server: Any, status: int) -> None:
    """No redirect is followed, and nothing is tried again at once."""
    server.status = status
    assert transport.attempt(server.url, {}, b"body").kind == "retry"
    assert len(server.asked) == 1


def test_plain_http_stays_on_this_machine() -> None:
    """No other machine is asked."""
    outcome = transport.attempt("http://errors.acme.example/", {}, b"body")
    assert outcome == Outcome("rejected", "plain HTTP is allowed only to this machine")


def test_nobody_is_there() -> None:
    """It is tried again later."""
    outcome = transport.attempt("http://127.0.0.1:1/", {}, b"body")
    assert outcome == Outcome("retry", "the network failed: the receiver cannot be reached")


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


Answering = Callable[..., Any]


def _take(connection: socket.socket) -> None:
    """Read a whole request: what is left unread resets the connection."""
    with connection.makefile("rb") as file:
        head = b"".join(iter(file.readline, b"\r\n")).lower()
        file.read(int(head.partition(b"content-length:")[2].split()[0] if b"length" in head else 0))


@pytest.fixture
def answering() -> Iterator[Answering]:
    """Return a function that starts a server, which answers with bytes and then hangs or closes."""
    with contextlib.ExitStack() as stack:

        def start(*parts: bytes, hangs: bool = False) -> str:
            listening = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
            ended = threading.Event()

            def serve() -> None:
                with contextlib.suppress(OSError):
                    connection, _ = listening.accept()
                    with connection:
                        _take(connection)
                        for part in parts:
                            connection.sendall(part)
                            time.sleep(0.01)
                        if hangs:
                            ended.wait(20)

            thread = threading.Thread(target=serve)
            thread.start()
            stack.callback(thread.join)
            stack.callback(ended.set)
            return f"http://127.0.0.1:{listening.getsockname()[1]}/"

        yield start


def test_a_deadline(monkeypatch: pytest.MonkeyPatch, answering: Answering) -> None:
    """The answer is there within it, or begins within it."""
    monkeypatch.setattr(transport, "DEADLINE_SECONDS", 0.2)
    for part in (b"", b"HTTP/1.1 200"):
        outcome = transport.attempt(answering(part, hangs=True), {}, b"body")
        assert outcome == Outcome("retry", "no answer within 0 seconds")


OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
INTERIM = (
    b"HTTP/1.1 102 Processing\r\n\r\n",
    b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\nRetry-After: 99\r\n\r\n",
    b"HTTP/1.1 100 Continue\r\n\r\n",
)


@pytest.mark.parametrize(
    ("final", "outcome"),
    [
        (OK, Outcome("accepted")),
        (
            b"HTTP/1.1 413 Too large\r\nContent-Length: 0\r\nRetry-After: 5\r\n\r\n",
            Outcome("rejected", "the receiver answered 413", 5.0, 413),
        ),
        (b"", Outcome("retry", "the network failed: the receiver closed the connection")),
    ],
)
def test_interim_answers_are_skipped(answering: Answering, final: bytes, outcome: Outcome) -> None:
    """The answer after them is the receiver's, with its own headers."""
    for interim in (INTERIM[:1], INTERIM[1:2], INTERIM, INTERIM * 3, (b"".join(INTERIM),)):
        assert transport.attempt(answering(*interim, final), {}, b"body") == outcome


def test_interim_answers_without_end(answering: Answering) -> None:
    """They are no answer."""
    found = transport.attempt(answering(INTERIM[0] * 99), {}, b"body")
    assert found == Outcome("retry", "the receiver answered 102", status=102)


HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n"


@pytest.mark.parametrize("acceptance", ["any", "not html", "sentry", "otlp"])
@pytest.mark.parametrize(
    "parts",
    [
        (HEAD,),
        (HEAD, b"{"),
        (HEAD, b" ", b"{"),
        (b"HTTP/1.1 200 OK\r\n\r\n", b"{}"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"2\r\n{}\r\nxx"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"evil"),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n", b"\x1f\x8bevil"),
    ],
)
@pytest.mark.parametrize("hangs", [False, True])
def test_bodies_that_break_off(
    monkeypatch: pytest.MonkeyPatch,
    answering: Answering,
    parts: tuple[bytes, ...],
    acceptance: str,
    *,
    hangs: bool,
) -> None:
    """What may be a receiver's answer is one: else the report would be sent again."""
    monkeypatch.setattr(transport, "BODY_SECONDS", 0.2)
    url = answering(*parts, hangs=hangs)
    assert transport.attempt(url, {}, b"", acceptance=acceptance) == Outcome("accepted")


@pytest.mark.parametrize("acceptance", ["not html", "sentry", "otlp"])
def test_a_portal(answering: Answering, acceptance: str) -> None:
    """Its page is no receipt, as soon as its first letter is there."""
    for hangs in (False, True):
        url = answering(HEAD, b"\r\n", b"<html>", hangs=hangs)
        found = transport.attempt(url, {}, b"", acceptance=acceptance)
        assert (found.kind, found.status) == ("retry", 200)
    assert transport.attempt(answering(HEAD, b"<html>"), {}, b"").kind == "accepted"
    assert transport.attempt(answering(HEAD, b"<html>"), {}, b"", "DELETE").kind == "retry"


def test_a_collector_that_rejects_the_record(answering: Answering) -> None:
    """The answer is read whole."""
    body = b'{"partialSuccess": {"rejectedLogRecords": "1", "errorMessage": "EVIL"}}'
    url = answering(HEAD.replace(b"99", b"%d" % len(body)), body[:9], body[9:])
    found = transport.attempt(url, {}, b"", acceptance="otlp")
    assert found.kind == "rejected"
    assert "EVIL" not in found.reason
