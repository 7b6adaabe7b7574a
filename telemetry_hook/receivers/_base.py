"""What a receiver is: an address, and a pure function from a report to a request."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, runtime_checkable
from urllib.parse import SplitResult, urlsplit

from telemetry_hook._errors import DeclarationError

if TYPE_CHECKING:
    from telemetry_hook._report import RedactedReport


@dataclass(frozen=True, slots=True)
class Request:
    """A report in its receiver's words: what is shown, stored and sent, byte for byte.

    `url` has the scheme ``https``, ``http`` (loopback only) or ``file``.
    """

    url: str
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)


@runtime_checkable
class Receiver(Protocol):
    """Where reports go."""

    @property
    def address(self) -> str:
        """The full address, which a standing answer is given for."""

    @property
    def host(self) -> str:
        """Who the user is told receives it."""

    @property
    def is_local(self) -> bool:
        """Whether a report stays on this machine."""

    def encode(self, report: RedactedReport) -> Request:
        """Put a report into the receiver's words."""


def check_url(url: object, what: str, example: str) -> SplitResult:
    """Return a receiver's URL, split.

    Raises:
        DeclarationError: it is no URL, or plain HTTP to another machine.
    """

    def refuse(why: str) -> DeclarationError:
        return DeclarationError(f"{what}({url!r}): {why}. It must look like {example}")

    if type(url) is not str or not url.isascii() or not url.isprintable() or " " in url:
        raise refuse("not a URL")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise refuse(str(error)) from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise refuse("no http:// or https:// with a host name")
    if port == 0:
        raise refuse("port 0 cannot be reached")
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        raise refuse("plain HTTP is for this machine alone; use https://")
    if parts.fragment:
        raise refuse("a URL of a receiver has no #fragment")
    return parts


def is_loopback(host: str) -> bool:
    """Tell whether a host name can only be this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def host_and_port(parts: SplitResult) -> str:
    """Return host and port for people, without what stands before the @."""
    return parts.netloc.rpartition("@")[2]
