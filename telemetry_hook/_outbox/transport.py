"""Makes one bounded attempt to send a stored report to its receiver."""

from __future__ import annotations

import threading
from http import HTTPStatus
from http.client import HTTPResponse
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import urllib3

from telemetry_hook._disk import storage
from telemetry_hook._errors import StorageError
from telemetry_hook._installed.places import file_path
from telemetry_hook._outbox import answers, network_errors, proxies
from telemetry_hook._outbox.answers import Answer, Outcome
from telemetry_hook.receivers._base import is_loopback

if TYPE_CHECKING:
    from collections.abc import Mapping

    from telemetry_hook._outbox.answers import Method

DEADLINE_SECONDS = 20.0
BODY_SECONDS = 2.0
TIMEOUT = urllib3.Timeout(connect=10.0, read=10.0)
MAX_INTERIM = 20
# urllib3 must not add these. Only headers that were shown, or that HTTP itself needs, are sent.
UNSAID = dict.fromkeys(("Accept-Encoding", "User-Agent"), urllib3.util.SKIP_HEADER)


def attempt(
    url: str,
    headers: Mapping[str, str],
    body: bytes,
    method: Method = "POST",
    acceptance: str = "any",
) -> Outcome:
    """Make one request. `acceptance` says which 2xx answers are the receiver's: see `receivers`.

    Whatever the network does, this returns after `DEADLINE_SECONDS` without an answer, and within
    `BODY_SECONDS` after the head of an answer.
    """
    parts = urlsplit(url)
    if parts.scheme == "file":
        return _write_file(url, body)
    if parts.scheme != "https" and not is_loopback(parts.hostname or ""):
        return Outcome("rejected", "plain HTTP is allowed only to this machine")
    exchange = _Exchange("not html" if method == "DELETE" else acceptance)
    ask = threading.Thread(
        target=exchange.run, args=(method, url, {**UNSAID, **headers}, body), daemon=True
    )
    try:
        ask.start()
    except RuntimeError:
        return Outcome("retry", "no thread can be started now")
    # A socket timeout limits neither a name lookup nor an answer that arrives very slowly.
    if exchange.is_answered.wait(DEADLINE_SECONDS):
        ask.join(BODY_SECONDS)
    return exchange.outcome(method)


def _write_file(url: str, body: bytes) -> Outcome:
    path = Path(file_path(url))
    try:
        if path.exists() and path.read_bytes() != body:
            return Outcome("rejected", f"{path} already exists with different content")
        path.parent.mkdir(parents=True, exist_ok=True)
        storage.write(path, body)
    except (StorageError, OSError) as error:
        return Outcome("retry", str(error))
    return Outcome("accepted")


class _Exchange:
    """A request that a thread makes, and what has arrived of its answer until now.

    `is_answered` is set when the head of the answer is there, or there will be none.
    """

    def __init__(self, acceptance: str) -> None:
        self.is_answered = threading.Event()
        self._acceptance = acceptance
        self._answer: Answer | None = None
        self._failure = f"no answer within {DEADLINE_SECONDS:.0f} seconds"

    def run(self, method: Method, url: str, headers: Mapping[str, str], body: bytes) -> None:
        """Make the request, and read as much of its answer as decides what it means."""
        try:
            response = _pool(url).request(
                method,
                url,
                body=body,
                headers=headers,
                redirect=False,
                retries=False,
                timeout=TIMEOUT,
                preload_content=False,
            )
            self._read(response)
        except proxies.UnusableProxyError as error:
            self._failure = str(error)
        except (urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            self._failure = network_errors.reason(error)
        finally:
            self.is_answered.set()

    def _read(self, response: urllib3.BaseHTTPResponse) -> None:
        answer = self._answer = Answer(response.status, response.headers)
        self.is_answered.set()
        try:
            while answers.needs_more(answer, self._acceptance):
                # A larger read would wait until all of its bytes are there.
                if not (more := response.read(1, decode_content=False)):
                    break
                answer = self._answer = answer._replace(body=answer.body + more)
        finally:
            response.close()  # the rest is not used, and may be endless

    def outcome(self, method: Method) -> Outcome:
        """Return the outcome, as far as the answer is known."""
        if self._answer is None:
            return Outcome("retry", self._failure)
        return answers.read(self._answer, self._acceptance, method)


class _FinalResponse(HTTPResponse):
    """The final answer to a request. Interim answers before it, such as 103, are skipped.

    `http.client` skips only 100. Source: RFC 9110, section 15.2.
    """

    def begin(self) -> None:
        """Read the head of the answer."""
        super().begin()
        for _ in range(MAX_INTERIM):
            if self.status >= HTTPStatus.OK:
                break
            self.headers = self.msg = None  # type: ignore[assignment] # as before `begin`
            super().begin()


class _HTTPConnection(urllib3.connection.HTTPConnection):
    response_class = _FinalResponse


class _HTTPSConnection(urllib3.connection.HTTPSConnection):
    response_class = _FinalResponse


class _HTTPPool(urllib3.HTTPConnectionPool):
    ConnectionCls = _HTTPConnection


class _HTTPSPool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _HTTPSConnection


def _pool(url: str) -> urllib3.PoolManager:
    proxy = proxies.leading_to(url)
    if proxy is None:
        pool = urllib3.PoolManager()
    else:
        # urllib3 does not read credentials from a proxy's URL.
        user = proxy.credentials
        headers = urllib3.make_headers(proxy_basic_auth=user) if user else None
        pool = urllib3.ProxyManager(proxy.url, proxy_headers=headers)
    pool.pool_classes_by_scheme = {"http": _HTTPPool, "https": _HTTPSPool}
    return pool
