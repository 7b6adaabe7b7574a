"""What an answer to a request means for the report: accepted, try again later, or rejected.

Of an answer's body only the beginning is read, and only where it decides. A body that ends too early, or
is compressed, counts as the receiver's, because a report whose receipt is lost is sent again.
"""

from __future__ import annotations

import json
import math
import time
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Literal, NamedTuple

from telemetry_hook._outbox.entry import MAX_HELD_SECONDS

if TYPE_CHECKING:
    from collections.abc import Mapping

Method = Literal["POST", "DELETE"]

MAX_HEADER_LENGTH = 4096
MAX_BODY_BYTES = 16 * 1024
DEFAULT_RATE_LIMIT_SECONDS = 60.0
BLANK = b" \t\r\n\xef\xbb\xbf"  # with the bytes of UTF-8's byte order mark
TEMPORARY = (
    HTTPStatus.REQUEST_TIMEOUT,
    HTTPStatus.MISDIRECTED_REQUEST,
    HTTPStatus.TOO_EARLY,
    HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.PROXY_AUTHENTICATION_REQUIRED,  # that is a proxy's answer
)
# The receiver knows nobody by this key, or has no such project.
REFUSED = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND)
MEANINGS: dict[int, str] = {
    **dict.fromkeys(REFUSED, ": the key or the project is wrong"),
    HTTPStatus.GONE: ": this release need not report any more",
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of an attempt.

    `delay`: how many seconds the receiver asks us to wait. `status`: the HTTP status of an answer that
    does not accept the report, 0 if the report was accepted or nobody answered.
    """

    kind: Literal["accepted", "retry", "rejected"]
    reason: str = ""
    delay: float | None = None
    status: int = 0


class Answer(NamedTuple):
    """An answer, and as much of its body as has been read: at most `MAX_BODY_BYTES`."""

    status: int
    headers: Mapping[str, str]
    body: bytes = b""


def needs_more(answer: Answer, acceptance: str) -> bool:
    """Return whether the next byte of an answer's body may decide what the answer means."""
    if not _is_success(answer.status) or acceptance == "any":
        return False
    is_short = len(answer.body) < MAX_BODY_BYTES
    return is_short and (acceptance == "otlp" or not answer.body.strip(BLANK))


def read(answer: Answer, acceptance: str = "any", method: Method = "POST") -> Outcome:
    """Return the outcome of an answer. `acceptance` says which 2xx answers are the receiver's.

    408, 421, 425, 429, 5xx, redirects and answers of others than the receiver are retried. Everything
    else is final. `Outcome.delay` is the longest wait that the receiver asks for, in `Retry-After` or in
    Sentry's `X-Sentry-Rate-Limits`. Both headers are read for every status.
    """
    status, headers, _ = answer
    delays = [delay for delay in (_retry_after(headers), _rate_limit(headers)) if delay is not None]
    kind, reason = _success(answer, acceptance) if _is_success(status) else _failure(status, method)
    if not delays and status == HTTPStatus.TOO_MANY_REQUESTS:
        delays = [DEFAULT_RATE_LIMIT_SECONDS]
    return Outcome(kind, reason, max(delays, default=None), 0 if kind == "accepted" else status)


def _is_success(status: int) -> bool:
    return HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES


def _failure(status: int, method: Method) -> tuple[Literal["retry", "rejected"], str]:
    reason = f"the receiver answered {status}"
    if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        return "retry", f"{reason}, a redirect, which is not followed"
    if status < HTTPStatus.OK or status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in TEMPORARY:
        return "retry", reason
    return "rejected", reason + (MEANINGS.get(status, "") if method == "POST" else "")


def _success(
    answer: Answer, acceptance: str
) -> tuple[Literal["accepted", "retry", "rejected"], str]:
    body = answer.body.strip(BLANK)
    if acceptance == "any" or not body or _is_compressed(answer):
        return "accepted", ""
    if _is_page(answer):
        return "retry", "the answer was not a receiver's (it is an HTML page)"
    is_binary = "protobuf" in answer.headers.get("Content-Type", "").lower()  # some collectors
    if acceptance in ("sentry", "otlp") and not body.startswith(b"{") and not is_binary:
        return "retry", "the answer was not a receiver's (it is no JSON object)"
    if acceptance == "otlp" and _has_rejected_records(body):
        return "rejected", f"the receiver answered {answer.status}, but rejected the log record"
    return "accepted", ""


def _is_compressed(answer: Answer) -> bool:
    encoding = answer.headers.get("Content-Encoding", "").strip().lower()
    return encoding not in ("", "identity")


def _is_page(answer: Answer) -> bool:
    """Return whether the body is an HTML page, which no receiver accepts a report with."""
    kind = answer.headers.get("Content-Type", "").lower()
    is_markup = answer.body.strip(BLANK).startswith(b"<") and not _is_compressed(answer)
    return is_markup and ("html" in kind or "xml" not in kind)


def _has_rejected_records(body: bytes) -> bool:
    """Return whether a collector has rejected log records: our request has one.

    Source: OpenTelemetry, "OTLP Specification 1", "Partial Success".
    """
    try:
        values = json.loads(body, strict=False)
        return int(values["partialSuccess"]["rejectedLogRecords"]) > 0
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError):
        return False


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
