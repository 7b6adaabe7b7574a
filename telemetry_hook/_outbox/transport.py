"""Makes one bounded attempt to send a stored report to its receiver."""

from __future__ import annotations

import math
import threading
import time
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

import urllib3

from telemetry_hook._disk import storage
from telemetry_hook._errors import StorageError
from telemetry_hook._installed.places import file_path
from telemetry_hook._outbox import certificates
from telemetry_hook._outbox.entry import MAX_HELD_SECONDS
from telemetry_hook.receivers._base import is_loopback

if TYPE_CHECKING:
    from collections.abc import Mapping

DEADLINE_SECONDS = 20.0
TIMEOUT = urllib3.Timeout(connect=10.0, read=10.0)
MAX_HEADER_LENGTH = 4096
FAILURES = {
    "ConnectTimeoutError": "the receiver did not answer in time",
    "NameResolutionError": "the receiver's name is not known",
    "NewConnectionError": "the receiver cannot be reached",
    "ProtocolError": "the receiver closed the connection",
    "ProxyError": "the proxy failed",
    "ReadTimeoutError": "the receiver did not answer in time",
    "SSLError": "the receiver's certificate is not trusted",
}
DEFAULT_RATE_LIMIT_SECONDS = 60.0
# urllib3 must not add these. Only headers that were shown, or that HTTP itself needs, are sent.
UNSAID = dict.fromkeys(("Accept-Encoding", "User-Agent"), urllib3.util.SKIP_HEADER)


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of an attempt. `delay`: how many seconds the receiver asks us to wait."""

    kind: Literal["accepted", "retry", "rejected"]
    reason: str = ""
    delay: float | None = None


def attempt(
    url: str, headers: Mapping[str, str], body: bytes, method: Literal["POST", "DELETE"] = "POST"
) -> Outcome:
    """Make one request. Return within `DEADLINE_SECONDS`, whatever the network does."""
    if url.startswith("file:"):
        return _write_file(url, body)
    outcome = [Outcome("retry", f"no answer within {DEADLINE_SECONDS:.0f} seconds")]

    def ask() -> None:
        outcome[:] = [_ask(method, url, headers, body)]

    # A socket timeout limits neither a name lookup nor a response that arrives very slowly.
    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(DEADLINE_SECONDS)
    return outcome[0]


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


def _ask(method: str, url: str, headers: Mapping[str, str], body: bytes) -> Outcome:
    parts = urlsplit(url)
    if parts.scheme != "https" and not is_loopback(parts.hostname or ""):
        return Outcome("rejected", "plain HTTP is allowed only to this machine")
    try:
        response = _pool(url).request(
            method,
            url,
            body=body,
            headers={**UNSAID, **headers},
            redirect=False,
            retries=False,
            timeout=TIMEOUT,
            preload_content=False,
        )
        response.close()  # the body is not used, and may be endless or incomplete
    except (urllib3.exceptions.HTTPError, OSError, ValueError) as error:
        name = type(error).__name__
        if name == "SSLError" and certificates.are_missing():
            return Outcome("retry", certificates.MISSING)
        return Outcome("retry", f"the network failed: {FAILURES.get(name, name)}")
    return read_answer(response.status, response.headers)


def read_answer(status: int, headers: Mapping[str, str]) -> Outcome:
    """Return the outcome for a response: accepted for 2xx, retry for 429 and 5xx, else rejected.

    `Outcome.delay` is the longest wait that the receiver asks for, in `Retry-After` or in Sentry's
    `X-Sentry-Rate-Limits`. Both headers are read for every status.
    """
    delays = [delay for delay in (_retry_after(headers), _rate_limit(headers)) if delay is not None]
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return Outcome("accepted", delay=max(delays, default=None))
    reason = f"the receiver answered {status}"
    is_too_many = status == HTTPStatus.TOO_MANY_REQUESTS
    if is_too_many or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        if not delays and is_too_many:
            delays = [DEFAULT_RATE_LIMIT_SECONDS]
        return Outcome("retry", reason, max(delays, default=None))
    return Outcome("rejected", reason, max(delays, default=None))


def _retry_after(headers: Mapping[str, str]) -> float | None:
    value = headers.get("Retry-After")
    if value is None:
        return None
    try:
        return _bounded(float(value))
    except ValueError:
        pass
    try:
        return _bounded(parsedate_to_datetime(value).timestamp() - time.time())
    except (TypeError, ValueError, OverflowError):
        return None


def _rate_limit(headers: Mapping[str, str]) -> float | None:
    """Return the longest wait that applies to errors: ``60:error:org, 90:metric`` → 60.

    A limit without categories applies to everything.

    Source: develop.sentry.dev, "Rate Limiting".
    """
    header = headers.get("X-Sentry-Rate-Limits", "")
    if len(header) > MAX_HEADER_LENGTH:
        header = header[:MAX_HEADER_LENGTH].rpartition(",")[
            0
        ]  # a limit that is cut off could seem to apply to everything
    delays = []
    for limit in header.split(","):
        seconds, _, rest = limit.strip().partition(":")
        categories = rest.partition(":")[0].split(";")
        try:
            delay = _bounded(float(seconds))
        except ValueError:
            continue
        if delay is not None and not {"", "error"}.isdisjoint(map(str.strip, categories)):
            delays.append(delay)
    return max(delays, default=None)


def _bounded(seconds: float) -> float | None:
    return None if math.isnan(seconds) else min(max(seconds, 0.0), MAX_HELD_SECONDS)


def _pool(url: str) -> urllib3.PoolManager:
    parts = urlsplit(url)
    host = parts.hostname or ""
    proxy = getproxies().get(parts.scheme)
    # The port is included if there is one, because NO_PROXY may name it.
    if proxy is None or is_loopback(host) or proxy_bypass(parts.netloc.rpartition("@")[2]):
        return urllib3.PoolManager()
    proxy = proxy if "://" in proxy else f"http://{proxy}"
    # urllib3 does not read credentials from a proxy's URL.
    user = urlsplit(proxy).netloc.rpartition("@")[0]
    headers = urllib3.make_headers(proxy_basic_auth=unquote(user)) if user else None
    return urllib3.ProxyManager(proxy, proxy_headers=headers)
