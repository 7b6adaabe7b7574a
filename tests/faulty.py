"""Receivers and proxies with one fault each: real servers on this machine.

Whatever they say holds escape sequences, which must never get to a terminal.
"""

from __future__ import annotations

import contextlib
import gzip
import socket
import socketserver
import ssl
import struct
import threading
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import trustme

EVIL = "\033[31mEVIL\033]0;EVIL\007"
BODY = f'{{"id": "{EVIL}"}}'.encode()
PAGE = f"<!DOCTYPE html><title>{EVIL}: log in</title>".encode()
GIGABYTE = 1 << 30
BLOCK = 1 << 16
BOMB_PART = 1 << 24
HELD = 3600

# It runs at the start of every interpreter of the environment that it is installed in, the
# sender's too. Both parts stand in for something real. No test may ask a name server, so names in
# `.invalid` do not get to one: they fail, hang, or are an address of this machine. And nobody
# wants to wait for 20 seconds a test, so the sender's deadline can be shorter. It is longer where a
# machine may be too busy for an answer in time.
STAND_INS = """
import os, sys

if resolver := os.environ.get("FAULTS_RESOLVER"):
    import socket, time
    look_up = socket.getaddrinfo
    def getaddrinfo(host, *rest, **more):
        if not str(host).endswith(".invalid"):
            return look_up(host, *rest, **more)
        if resolver == "hangs":
            time.sleep(60)
        if resolver in ("hangs", "fails"):
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return look_up(resolver, *rest, **more)
    socket.getaddrinfo = getaddrinfo

if "FAULTS_DEADLINE" in os.environ and any(each.endswith("_sender.py") for each in sys.orig_argv):
    import urllib3
    from telemetry_hook._outbox import transport
    seconds = transport.DEADLINE_SECONDS = float(os.environ["FAULTS_DEADLINE"])
    longest = max(seconds, transport.TIMEOUT.read_timeout)
    transport.TIMEOUT = urllib3.Timeout(connect=longest, read=longest)
"""


@contextlib.contextmanager
def stand_ins(site: Path) -> Iterator[None]:
    """Have the stand-ins in an environment's site directory, as long as the context lasts."""
    files = {"faults_stand_ins.py": STAND_INS, "zzz_faults.pth": "import faults_stand_ins\n"}
    for name, text in files.items():
        (site / name).write_text(text)
    try:
        yield
    finally:
        for name in files:
            (site / name).unlink()


class Certificates:
    """A certificate authority, and what a server needs to be vouched for by it."""

    def __init__(self) -> None:
        self._authority = trustme.CA()

    def server(self, *names: str) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._authority.issue_cert(*names).configure_cert(context)
        return context

    def write(self, path: Path) -> Path:
        """Write the authority's own certificate, for SSL_CERT_FILE."""
        self._authority.cert_pem.write_to_path(path)
        return path


class _Server(socketserver.ThreadingTCPServer):
    """Calls a function with each connection, in a thread; it listens when it is told to."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, serve: Callable[[socket.socket], None]) -> None:
        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                # Whoever talks to a server with a fault may hang up at any time.
                with contextlib.suppress(OSError):
                    serve(self.request)

        super().__init__(("127.0.0.1", 0), Handler, bind_and_activate=False)
        self.server_bind()  # the port is ours, and refuses, until somebody listens
        self._thread: threading.Thread | None = None

    @property
    def port(self) -> int:
        port: int = self.socket.getsockname()[1]
        return port

    def listen(self) -> None:
        if self._thread is None:
            self.server_activate()
            self._thread = threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True)
            self._thread.start()

    def close(self) -> None:
        if self._thread is not None:
            self.shutdown()
            self._thread.join()
        self.server_close()


class FaultyReceiver:
    """A receiver with a fault of `FAULTS`; without one it takes what it gets.

    `heads` and `bodies` are what it was asked, `connected` how often somebody came, `sent` how many
    bytes of replies somebody has read, or has room for.
    """

    def __init__(
        self, fault: str = "", *, tls: ssl.SSLContext | None = None, location: str = ""
    ) -> None:
        self.fault = fault
        self.location = location
        self.connected = 0
        self.sent = 0
        self.heads: list[str] = []
        self.bodies: list[bytes] = []
        self.stopped = threading.Event()
        self._tls = tls
        self._server = _Server(self._serve)
        self.port = self._server.port
        if fault != "refused":
            self._server.listen()

    def dsn(self, host: str = "127.0.0.1") -> str:
        return f"http{'s' if self._tls else ''}://key@{host}:{self.port}/1"

    def heal(self, tls: ssl.SSLContext | None = None) -> None:
        """Take the fault away: from now on it takes what it gets."""
        self.fault = ""
        self._tls = tls or self._tls
        self._server.listen()

    def close(self) -> None:
        self.stopped.set()
        self._server.close()

    def send(self, connection: socket.socket, data: bytes) -> None:
        connection.sendall(data)
        self.sent += len(data)

    def _serve(self, plain: socket.socket) -> None:
        self.connected += 1
        if self.fault == "silent before TLS":
            self.stopped.wait()
        if self._tls is None:
            self._answer(plain)
        else:
            with self._tls.wrap_socket(plain, server_side=True) as connection:
                self._answer(connection)

    def _answer(self, connection: socket.socket) -> None:
        head, body = _read(connection)
        self.heads.append(head)
        self.bodies.append(body)
        FAULTS.get(self.fault, _takes)(self, connection)


class Proxy:
    """A proxy that leads every CONNECT to one port here, whatever name it is asked for.

    `asked` are the heads of what it was asked. With `credentials` it wants those; it may refuse
    every connection until it is healed.
    """

    def __init__(self, port: int, *, credentials: str = "", refuses: bool = False) -> None:
        self.asked: list[str] = []
        self._to = port
        self._credentials = credentials
        self._server = _Server(self._serve)
        self.port = self._server.port
        if not refuses:
            self._server.listen()

    def heal(self) -> None:
        self._server.listen()

    def close(self) -> None:
        self._server.close()

    def _serve(self, connection: socket.socket) -> None:
        head, _ = _read(connection)
        self.asked.append(head)
        if self._credentials and header(head, "Proxy-Authorization") != self._credentials:
            connection.sendall(_reply(f"407 {EVIL}"))
            return
        with socket.create_connection(("127.0.0.1", self._to)) as onward:
            connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            back = threading.Thread(target=_pump, args=(onward, connection), daemon=True)
            back.start()
            _pump(connection, onward)
            back.join()


def header(head: str, name: str) -> str:
    """Return a header's value, '' where there is none."""
    for line in head.splitlines():
        key, _, value = line.partition(":")
        if key.lower() == name.lower():
            return value.strip()
    return ""


def unpacked(head: str, body: bytes) -> bytes:
    """Return a body as it was before its transfer."""
    return gzip.decompress(body) if header(head, "Content-Encoding") == "gzip" else body


def _pump(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(BLOCK):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)


def _read(connection: socket.socket) -> tuple[str, bytes]:
    """Read a request, or as much as there is of it."""
    with connection.makefile("rb") as file:
        head = b""
        for line in file:
            head += line
            if not line.strip():
                break
        text = head.decode("latin-1")
        return text, file.read(int(header(text, "Content-Length") or 0))


def _reply(status: str, *headers: str, body: bytes = BODY, more: int = 0) -> bytes:
    """Return a reply; `more` is how many bytes are announced that are not in the body."""
    lines = [f"HTTP/1.1 {status}", f"X-Shown: {EVIL}", f"Content-Length: {len(body) + more}"]
    return "\r\n".join([*lines, "Connection: close", *headers, "", ""]).encode() + body


def _says(
    status: str, *headers: str, body: bytes = BODY
) -> Callable[[FaultyReceiver, socket.socket], None]:
    def say(receiver: FaultyReceiver, connection: socket.socket) -> None:
        receiver.send(connection, _reply(f"{status} {EVIL}", *headers, body=body))

    return say


def _takes(receiver: FaultyReceiver, connection: socket.socket) -> None:
    receiver.send(connection, _reply("200 OK"))


def _resets(_: FaultyReceiver, connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def _hangs(receiver: FaultyReceiver, _: socket.socket) -> None:
    receiver.stopped.wait()


def _drips(receiver: FaultyReceiver, connection: socket.socket, text: bytes = b"") -> None:
    for each in text or _reply("200 OK", f"X-More: {EVIL * 99}"):
        receiver.send(connection, bytes([each]))
        if receiver.stopped.wait(1):
            break


def _drips_body(receiver: FaultyReceiver, connection: socket.socket) -> None:
    receiver.send(connection, _reply("200 OK", more=GIGABYTE))
    _drips(receiver, connection, b"x" * 999)


def _breaks_body(receiver: FaultyReceiver, connection: socket.socket) -> None:
    receiver.send(connection, _reply("200 OK", body=b"", more=99))


def _floods(receiver: FaultyReceiver, connection: socket.socket) -> None:
    receiver.send(connection, _reply("200 OK", body=b"{", more=GIGABYTE))
    for _ in range(GIGABYTE // BLOCK):
        receiver.send(connection, b"x" * BLOCK)


def _floods_head(receiver: FaultyReceiver, connection: socket.socket) -> None:
    receiver.send(connection, b"HTTP/1.1 200 OK\r\n")
    for _ in range(GIGABYTE // BLOCK):
        receiver.send(connection, b"X-More: " + b"x" * BLOCK + b"\r\n")


def _bombs(receiver: FaultyReceiver, connection: socket.socket) -> None:
    packer = zlib.compressobj(9, wbits=zlib.MAX_WBITS + 16)
    part = packer.compress(bytes(BOMB_PART)) + packer.flush()
    body = part * (GIGABYTE // BOMB_PART)  # parts of a gzip file are unpacked one after another
    receiver.send(connection, _reply("200 OK", "Content-Encoding: gzip", body=body))


def _speaks_otherwise(receiver: FaultyReceiver, connection: socket.socket) -> None:
    receiver.send(connection, f"SSH-2.0-{EVIL}\r\n".encode())


def _hurries(receiver: FaultyReceiver, connection: socket.socket) -> None:
    for status in ("102 Processing", "103 Early Hints"):
        receiver.send(connection, f"HTTP/1.1 {status}\r\nX-Shown: {EVIL}\r\n\r\n".encode())
    _takes(receiver, connection)


def _redirects(receiver: FaultyReceiver, connection: socket.socket) -> None:
    # Of all redirects this is the one that takes the body along.
    receiver.send(connection, _reply("307 Temporary Redirect", f"Location: {receiver.location}"))


FAULTS: dict[str, Callable[[FaultyReceiver, socket.socket], None]] = {
    "refused": _takes,  # nobody listens
    "reset": _resets,
    "silent": _hangs,
    "silent before TLS": _hangs,
    "drips": _drips,
    "drips the body": _drips_body,
    "breaks off in the body": _breaks_body,
    "1 GB reply": _floods,
    "1 GB of headers": _floods_head,
    "gzip bomb": _bombs,
    "not HTTP": _speaks_otherwise,
    "redirect": _redirects,
    "102, 103, 200": _hurries,
    "captive portal": _says("200", "Content-Type: text/html", body=PAGE),
    "403": _says("403", "Content-Type: text/html", body=PAGE),
    "408": _says("408"),
    "410": _says("410"),
    "413": _says("413"),
    "429": _says("429"),
    "429, Retry-After": _says("429", f"Retry-After: {HELD}"),
    "429, Retry-After is nonsense": _says("429", f"Retry-After: {EVIL}"),
    "429, limit for errors": _says(
        "429", f"X-Sentry-Rate-Limits: {HELD}:error;transaction:key:{EVIL}"
    ),
    "200, limit for errors": _says("200", f"X-Sentry-Rate-Limits: {HELD}::organization"),
    "200, limit for others": _says(
        "200", "X-Sentry-Rate-Limits: 86400:transaction;span:organization"
    ),
    "500": _says("500"),
}
