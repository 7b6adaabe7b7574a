"""Any HTTPS endpoint. It gets the report's own JSON in a POST request with an idempotency key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from telemetry_hook._report import dump
from telemetry_hook._started import __version__
from telemetry_hook.receivers._base import Request, check_url

if TYPE_CHECKING:
    from telemetry_hook._report import RedactedReport


@dataclass(frozen=True)
class HttpsReceiver:
    """The author's own endpoint, which accepts the report as JSON.

    `deletes`: the endpoint also accepts ``DELETE url/ID``, so that users can delete a sent report.

    Raises:
        DeclarationError: the URL is malformed, or is plain HTTP to another machine.
    """

    url: str
    deletes: bool = False

    def __post_init__(self) -> None:
        check_url(self.url, "HttpsReceiver", "https://errors.example.com/reports")

    @property
    def address(self) -> str:
        """The URL."""
        return self.url

    def encode(self, report: RedactedReport) -> Request:
        """Return the report as JSON."""
        return Request(
            url=self.url,
            body=dump(report.as_json()) + b"\n",
            headers={
                "Content-Type": "application/json",
                "Idempotency-Key": str(report.id),
                "User-Agent": f"telemetry-hook/{__version__}",
            },
            deletion=f"{self.url}/{report.id}" if self.deletes else None,
        )
