"""A receiver on this machine that runs as long as the demo."""

from __future__ import annotations

import json
from http.server import BaseHTTPRequestHandler
from socketserver import TCPServer
from threading import Thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing_extensions import Self

MAX_BODY = 1024 * 1024
IDLE, STEP = 5.0, 0.05


class Receiver(TCPServer):
    """A receiver on loopback for Sentry's protocol. It keeps the envelopes in `bodies`."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Envelopes)
        self.host = f"127.0.0.1:{self.server_address[1]}"
        self.bodies: list[bytes] = []

    def __enter__(self) -> Self:
        """Start serving requests."""
        Thread(target=self.serve_forever, args=[STEP], daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop serving requests."""
        self.shutdown()
        self.server_close()

    def handle_error(self, *_: object) -> None:
        """Print nothing about broken connections."""


class Envelopes(BaseHTTPRequestHandler):
    """Receives the envelopes."""

    server: Receiver
    timeout = IDLE

    def do_POST(self) -> None:
        """Keep an envelope and answer with its id."""
        try:
            size = int(self.headers["Content-Length"])
            if self.path != "/api/1/envelope/" or not 0 < size <= MAX_BODY:
                raise ValueError(size)
            body = self.rfile.read(size)
            reply = json.dumps({"id": json.loads(body.partition(b"\n")[0])["event_id"]})
        except (ValueError, TypeError, KeyError):
            self.send_error(400)
            return
        self.server.bodies.append(body)
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(reply.encode())

    def log_message(self, *_: object) -> None:
        """Print nothing, because the terminal belongs to the tool."""
