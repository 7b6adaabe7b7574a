"""Headers that a receiver of an author's own adds: what cannot be sent is refused before the question."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from telemetry_hook import receivers
from telemetry_hook._errors import DeclarationError
from telemetry_hook.receivers import Request

pytestmark = pytest.mark.once

ADDRESS = "https://errors.acme.example/1"


@dataclass(frozen=True)
class Own:
    """A receiver with these headers."""

    headers: dict[str, str]
    address: str = ADDRESS

    def encode(self, report: Any) -> Request:
        return Request(ADDRESS, b"body", self.headers)


@pytest.mark.parametrize(
    ("headers", "why"),
    [
        ({"A": "b\tc"}, r"the header 'A: b\\tc' cannot be sent; use printable ASCII"),
        ({"A": "b\nC: d"}, r"the header 'A: b\\nC: d' cannot be sent"),
        ({"A\r": "b"}, "cannot be sent"),
        ({"A:": "b"}, "cannot be sent"),
        ({"A": "é"}, r"the header 'A: \\xe9' cannot be sent"),
        ({"A": "x" * 8_001}, "its headers have more than 8000 characters"),
        ({f"A{number}": "x" * 50 for number in range(200)}, "more than 8000 characters"),
    ],
)
def test_what_cannot_be_sent_is_refused(headers: dict[str, str], why: str) -> None:
    """The error names the header; as it stands in the outbox it could not be read."""
    report: Any = object()
    with pytest.raises(DeclarationError, match=why):
        receivers.encode(Own(headers), report)


def test_what_can_be_sent_is_not_touched() -> None:
    """Spaces, punctuation and long values are fine."""
    report: Any = object()
    headers = {"X-Own": 'a "b"; c=d, (e)', "X-Long": "x" * 7_000}
    assert receivers.encode(Own(headers), report).headers == headers
