"""Failures of TLS, with real servers: each is named in plain words, also those of an HTTPS proxy."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme

from telemetry_hook._outbox import network_errors, transport
from telemetry_hook._outbox.answers import Outcome

pytestmark = [
    pytest.mark.once,
    pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1:DeprecationWarning"),
]

HOST = "127.0.0.1"
DAY = dt.timedelta(days=1)
NOW = dt.datetime.now(dt.timezone.utc)
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
CONNECTED = b"HTTP/1.1 200 OK\r\n\r\n"

Serve = Callable[[socket.socket], object]
Start = Callable[[Serve], int]


@pytest.fixture(autouse=True)
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> trustme.CA:
    """Return the one authority that is trusted. There is no proxy."""
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)
    made = trustme.CA()
    made.cert_pem.write_to_path(tmp_path / "ca.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    return made


@pytest.fixture
def start() -> Iterator[Start]:
    """Return a function that starts a server for one connection, and returns its port."""
    with contextlib.ExitStack() as stack:

        def begin(serve: Serve) -> int:
            listening = stack.enter_context(socket.create_server((HOST, 0)))

            def run() -> None:
                with contextlib.suppress(OSError):
                    connection, _ = listening.accept()
                    with connection:
                        connection.settimeout(9)
                        serve(connection)

            thread = threading.Thread(target=run)
            thread.start()
            stack.callback(thread.join)
            return int(listening.getsockname()[1])

        yield begin


def context(authority: trustme.CA, name: str = HOST, **dates: Any) -> ssl.SSLContext:
    """Return what a server needs to speak TLS under a name."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name, **dates).configure_cert(made)
    return made


def over_tls(tls: ssl.SSLContext) -> Serve:
    """Return a server that accepts a report."""

    def serve(plain: socket.socket) -> None:
        options: dict[str, Any] = {"server_side": True, "do_handshake_on_connect": False}
        with tls.wrap_socket(plain, **options) as connection:
            try:
                connection.do_handshake()
            except ssl.SSLError:
                connection.shutdown(socket.SHUT_WR)
                while socket.socket.recv(connection, 1 << 16):
                    pass  # what is left unread resets the connection, and the alert is lost
            else:
                connection.recv(1 << 16)
                connection.sendall(OK)

    return serve


def over_http(connection: socket.socket) -> None:
    """Answer without TLS."""
    connection.recv(1 << 16)
    connection.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")


def closing(connection: socket.socket) -> None:
    """Close during the handshake."""
    connection.recv(1 << 16)


def expired(authority: trustme.CA) -> Serve:
    return over_tls(context(authority, not_before=NOW - 9 * DAY, not_after=NOW - DAY))


def not_yet_valid(authority: trustme.CA) -> Serve:
    return over_tls(context(authority, not_before=NOW + DAY, not_after=NOW + 9 * DAY))


def of_nobody_known(_: trustme.CA) -> Serve:
    return over_tls(context(trustme.CA()))


def too_old(authority: trustme.CA) -> Serve:
    """Refuse what we offer, as a server of old versions alone does."""
    tls = context(authority)
    tls.set_ciphers("ALL:@SECLEVEL=0")
    tls.minimum_version = ssl.TLSVersion.TLSv1
    tls.maximum_version = ssl.TLSVersion.TLSv1_1
    return over_tls(tls)


def wanting_a_certificate(version: ssl.TLSVersion) -> Callable[[trustme.CA], Serve]:
    def make(authority: trustme.CA) -> Serve:
        tls = context(authority)
        authority.configure_trust(tls)
        tls.verify_mode = ssl.CERT_REQUIRED
        tls.minimum_version = tls.maximum_version = version
        return over_tls(tls)

    return make


FAILURES: dict[str, tuple[Callable[[trustme.CA], Serve], str]] = {
    "expired": (expired, "{}'s certificate has expired"),
    "not yet valid": (
        not_yet_valid,
        "{}'s certificate is not valid yet; is this machine's clock right?",
    ),
    "for another address": (
        lambda authority: over_tls(context(authority, "127.0.0.2")),
        "{}'s certificate is for another name",
    ),
    "of nobody known": (of_nobody_known, "{}'s certificate is signed by nobody known here"),
    "plain HTTP": (lambda _: over_http, "{} speaks plain HTTP there, not TLS"),
    "too old": (too_old, "{} knows only versions of TLS that are too old"),
    "closed": (lambda _: closing, "{} closed the connection"),
    "wants a certificate": (
        wanting_a_certificate(ssl.TLSVersion.TLSv1_3),
        "a client certificate is wanted, and we have none",
    ),
    # The alert of TLS 1.2 says no more.
    "wants a certificate, TLS 1.2": (
        wanting_a_certificate(ssl.TLSVersion.TLSv1_2),
        "{} failed to agree on TLS",
    ),
}


@pytest.mark.parametrize("failure", FAILURES)
def test_failures_of_receivers(authority: trustme.CA, start: Start, failure: str) -> None:
    """The report waits, with a reason that names what is wrong there."""
    make, reason = FAILURES[failure]
    port = start(make(authority))
    outcome = transport.attempt(f"https://{HOST}:{port}/", {}, b"body")
    assert outcome == Outcome("retry", f"the network failed: {reason.format('the receiver')}")


@pytest.mark.parametrize("failure", FAILURES)
def test_failures_of_proxies(
    authority: trustme.CA, start: Start, monkeypatch: pytest.MonkeyPatch, failure: str
) -> None:
    """They are said of the proxy."""
    make, reason = FAILURES[failure]
    port = start(make(authority))
    monkeypatch.setenv("HTTPS_PROXY", f"https://{HOST}:{port}")
    outcome = transport.attempt("https://errors.invalid/", {}, b"body")
    assert outcome == Outcome("retry", f"the network failed: {reason.format('the proxy')}")


def test_a_certificate_for_another_name(
    authority: trustme.CA, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A receiver's behind a proxy is said of the receiver."""
    tls = context(authority, "other.invalid")

    def tunnel(connection: socket.socket) -> None:
        connection.recv(1 << 16)
        connection.sendall(CONNECTED)
        over_tls(tls)(connection)

    monkeypatch.setenv("HTTPS_PROXY", f"http://{HOST}:{start(tunnel)}")
    outcome = transport.attempt("https://errors.invalid/", {}, b"body")
    reason = "the network failed: the receiver's certificate is for another name"
    assert outcome == Outcome("retry", reason)


def test_python_without_certificates(
    authority: trustme.CA, start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody is known then: the receiver is not to blame."""
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none.pem"))
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path / "none"))
    port = start(over_tls(context(authority)))
    outcome = transport.attempt(f"https://{HOST}:{port}/", {}, b"body")
    assert outcome.reason == "this Python finds no certificates to verify receivers with"
    port = start(over_http)
    outcome = transport.attempt(f"https://{HOST}:{port}/", {}, b"body")
    assert outcome.reason == "the network failed: the receiver speaks plain HTTP there, not TLS"


def test_a_receiver_that_is_trusted(authority: trustme.CA, start: Start) -> None:
    """Nothing fails."""
    port = start(over_tls(context(authority)))
    assert transport.attempt(f"https://{HOST}:{port}/", {}, b"") == Outcome("accepted")


def test_errors_that_are_not_known() -> None:
    """Their class is named, and no text of theirs."""
    assert network_errors.reason(ValueError("EVIL")) == "the network failed: ValueError"
    error = ssl.SSLError(1, "EVIL")
    assert network_errors.reason(error) == (
        "the network failed: the receiver failed to agree on TLS"
    )
