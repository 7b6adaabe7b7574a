"""What a receiver's answer means for a report, and for how long the receiver is left alone."""

from __future__ import annotations

import json
import time
from email.utils import formatdate

import pytest

from telemetry_hook._outbox.answers import (
    MAX_BODY_BYTES,
    MAX_HEADER_LENGTH,
    Answer,
    Outcome,
    needs_more,
    read,
)

pytestmark = pytest.mark.once

NOW = 1_800_000_000.0
WEEK = 7 * 86_400.0
KEY = ": the key or the project is wrong"
REDIRECT = ", a redirect, which is not followed"


@pytest.mark.parametrize(
    ("status", "kind", "meaning"),
    [
        *((status, "accepted", "") for status in (200, 201, 204, 299)),
        *((status, "retry", "") for status in (103, 199, 407, 408, 421, 425, 429, 500, 503, 599)),
        *((status, "retry", REDIRECT) for status in (300, 301, 302, 304, 307, 308, 399)),
        *((status, "rejected", KEY) for status in (401, 403, 404)),
        (410, "rejected", ": this release need not report any more"),
        *((status, "rejected", "") for status in (400, 402, 405, 411, 413, 428, 430, 499)),
    ],
)
def test_statuses(status: int, kind: str, meaning: str) -> None:
    """2xx is accepted. What may pass, and who is not the receiver, is tried again."""
    found = read(Answer(status, {}))
    assert found.kind == kind
    if kind == "accepted":
        assert (found.reason, found.status) == ("", 0)
    else:
        assert (found.reason, found.status) == (f"the receiver answered {status}{meaning}", status)
    assert found.delay == (60.0 if status == 429 else None)


@pytest.mark.parametrize("status", [404, 410])
def test_a_deletion_is_about_no_key_and_no_release(status: int) -> None:
    """The receiver does not have the report."""
    assert read(Answer(status, {}), method="DELETE").reason == f"the receiver answered {status}"


PORTAL = b"<!DOCTYPE html><title>Log in</title>"
HTML = {"Content-Type": "text/html; charset=utf-8"}
PAGE = Outcome("retry", "the answer was not a receiver's (it is an HTML page)", status=200)
NO_JSON = Outcome("retry", "the answer was not a receiver's (it is no JSON object)", status=200)
REJECTED = Outcome("rejected", "the receiver answered 200, but rejected the log record", status=200)
ACCEPTED = Outcome("accepted")
NOT_REJECTED: tuple[object, ...] = (0, "0", None, "x", [], {}, 1e999)


def partial(count: object) -> bytes:
    """Return a collector's answer of a partial success. It may have any text."""
    success = {"rejectedLogRecords": count, "errorMessage": "EVIL"}
    return json.dumps({"partialSuccess": success}).encode()


@pytest.mark.parametrize("acceptance", ["any", "not html", "sentry", "otlp", "of a newer version"])
@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ({"Content-Type": "application/json"}, b'{"id": "fc6d8c0c43fc4630ad850ee518f1b9d0"}'),
        ({"Content-Type": "application/json"}, b'{"success": true}'),  # Kent
        ({}, b""),  # Spotlight
        (HTML, b""),  # Bugsink
        ({}, b"{}"),
        ({}, b"\xef\xbb\xbf \r\n{"),  # it has broken off
        ({}, b" \r\n"),
        ({"Content-Encoding": "gzip", **HTML}, b"\x1f\x8b"),
    ],
)
def test_answers_of_receivers(acceptance: str, headers: dict[str, str], body: bytes) -> None:
    """Real ones, and the beginnings of some that may be."""
    assert read(Answer(200, headers, body), acceptance) == ACCEPTED


@pytest.mark.parametrize(
    ("acceptance", "headers", "body", "outcome"),
    [
        ("any", HTML, PORTAL, ACCEPTED),
        *((one, HTML, PORTAL, PAGE) for one in ("not html", "sentry", "otlp", "newer")),
        *((one, {}, b"\xef\xbb\xbf\n<", PAGE) for one in ("not html", "sentry", "otlp")),
        ("not html", {"Content-Type": "application/xhtml+xml"}, b"<?xml", PAGE),
        *(
            ("sentry", {**HTML, "Content-Encoding": each}, PORTAL, PAGE)
            for each in ("", "identity")
        ),
        ("otlp", {"Content-Encoding": "Identity"}, partial(1), REJECTED),
        ("otlp", {"Content-Type": "application/x-protobuf"}, b"\n\x02\x12\x00", ACCEPTED),
        ("not html", {"Content-Type": "application/xml"}, b"<ok/>", ACCEPTED),
        ("not html", HTML, b"stored", ACCEPTED),  # Flask's and PHP's type of any text
        ("not html", {}, b"[1]", ACCEPTED),
        *((one, {}, body, NO_JSON) for one in ("sentry", "otlp") for body in (b"ok", b"[]")),
        ("sentry", {}, partial(1), ACCEPTED),
        *(("otlp", {}, partial(count), REJECTED) for count in (1, "1", 7)),
        *(("otlp", {}, partial(count), ACCEPTED) for count in NOT_REJECTED),
        ("otlp", {}, b'{"partialSuccess": {}}', ACCEPTED),
        ("otlp", {}, b'{"partialSuccess": null}', ACCEPTED),
        ("otlp", {}, partial(1)[:-1], ACCEPTED),  # it has broken off
        ("otlp", {}, b'{"a":' * 9_999, ACCEPTED),
        ("otlp", {}, b'{"a": "\x1b", ' + partial(1)[1:], REJECTED),
    ],
)
def test_acceptance(
    acceptance: str, headers: dict[str, str], body: bytes, outcome: Outcome
) -> None:
    """A 2xx of somebody else is no receipt. No text of the answer is in the reason."""
    assert read(Answer(200, headers, body), acceptance) == outcome


@pytest.mark.parametrize(
    ("acceptance", "status", "body", "expected"),
    [
        *(("any", 200, b"", False), ("sentry", 400, b"", False), ("otlp", 302, b"", False)),
        *(("sentry", 200, b"", True), ("sentry", 200, b" \n", True), ("sentry", 200, b" {", False)),
        *(("not html", 204, b"", True), ("not html", 204, b"<", False)),
        *(("otlp", 200, b"{", True), ("otlp", 200, b"{" * MAX_BODY_BYTES, False)),
        *(("sentry", 200, b" " * (MAX_BODY_BYTES - 1), True),),
        *(("sentry", 200, b" " * MAX_BODY_BYTES, False),),
    ],
)
def test_how_much_is_read(acceptance: str, status: int, body: bytes, *, expected: bool) -> None:
    """No more than decides, and never more than 16 KiB."""
    assert needs_more(Answer(status, {}, body), acceptance) is expected
    assert MAX_BODY_BYTES == 16 * 1024


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
        assert read(Answer(status, headers)).delay == expected


def test_half_a_limit_is_not_read() -> None:
    """A header that is cut in the middle of `9:metric` must not hold back everything."""
    whole = "60:error,"
    header = whole + " " * (MAX_HEADER_LENGTH - len(whole) - 2) + "90:metric"
    assert header[:MAX_HEADER_LENGTH].endswith("90")
    assert read(Answer(200, {"X-Sentry-Rate-Limits": header})).delay == 60
