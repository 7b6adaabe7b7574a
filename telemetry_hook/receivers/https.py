"""Any HTTPS endpoint. It gets the report's own JSON in a POST request with an idempotency key."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from telemetry_hook._report import dump
from telemetry_hook._started import __version__
from telemetry_hook.receivers._base import Request, below, check_url, without_credentials

if TYPE_CHECKING:
    from telemetry_hook._report import RedactedReport


@dataclass(frozen=True)
class HttpsReceiver:
    """The author's own endpoint, which accepts the report as JSON.

    `deletes`: the endpoint also accepts ``DELETE url/ID``, so that users can delete a sent report.
    A user and password in the URL are sent as Basic authentication, and are no part of the address.

    Raises:
        DeclarationError: the URL is malformed, or is plain HTTP to another machine.
    """

    url: str = field(repr=False)
    deletes: bool = False

    def __post_init__(self) -> None:
        check_url(self.url, "HttpsReceiver", "https://errors.example.com/reports")
        address, credentials = without_credentials(self.url)
        object.__setattr__(self, "address", address)
        object.__setattr__(self, "_credentials", credentials)

    address: str = field(init=False)
    _credentials: dict[str, str] = field(init=False, repr=False, hash=False)

    def encode(self, report: RedactedReport) -> Request:
        """Return the report as JSON."""
        return Request(
            url=self.address,
            body=dump(report.as_json()) + b"\n",
            headers={
                "Content-Type": "application/json",
                "Idempotency-Key": str(report.id),
                "User-Agent": f"telemetry-hook/{__version__}",
                **self._credentials,
            },
            deletion=below(self.address, report.id) if self.deletes else None,
            acceptance="not html",
        )
