"""What a receiver is: an address, and a pure function from a report to a request."""

from __future__ import annotations

import hashlib
import ipaddress
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, runtime_checkable
from urllib.parse import SplitResult, urlsplit

from telemetry_hook._errors import DeclarationError

if TYPE_CHECKING:
    from telemetry_hook._report import RedactedReport


@dataclass(frozen=True, slots=True)
class Request:
    """A report encoded for its receiver: what is shown, stored and sent, byte for byte.

    `url` has the scheme ``https``, ``http`` (loopback only) or ``file``. `deletion` is where a
    ``DELETE`` takes the report back, None where the receiver has no such thing.
    """

    url: str
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)
    deletion: str | None = None

    @property
    def sha256(self) -> str:
        """The hash of the body that is shown, stored and checked: 64 hexadecimal digits."""
        return hashlib.sha256(self.body).hexdigest()


@runtime_checkable
class Receiver(Protocol):
    """Where reports go."""

    @property
    def address(self) -> str:
        """The full address, which a standing answer is given for."""

    def encode(self, report: RedactedReport) -> Request:
        """Return the report encoded for the receiver."""


URL = re.compile(r"[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]+")


def check_url(url: object, what: str, example: str) -> SplitResult:
    """Return a receiver's URL, split.

    Raises:
        DeclarationError: it is no URL, or plain HTTP to another machine.
    """

    def refuse(why: str) -> DeclarationError:
        return DeclarationError(f"{what}({url!r}): {why}. It must look like {example}")

    # urlsplit and urllib3 must agree on the host: nothing that RFC 3986 does not allow.
    if type(url) is not str or not URL.fullmatch(url) or url.count("@") > 1:
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


def host_of(address: str) -> str:
    """Return the host and port that receive a report, or the directory."""
    parts = urlsplit(address)
    if parts.scheme == "file":
        # All of HTTP comes with it, which no question needs to wait for.
        from urllib.request import url2pathname

        return url2pathname(parts.path)
    return parts.netloc.rpartition("@")[2]


def is_local(address: str) -> bool:
    """Tell whether a report stays on this machine."""
    parts = urlsplit(address)
    return parts.scheme == "file" or is_loopback(parts.hostname or "")


def encode(receiver: Receiver, report: RedactedReport) -> Request:
    """Return the report encoded for the receiver.

    Raises:
        DeclarationError: the receiver would send it to another address than its own.
    """
    request = receiver.encode(report)
    for url in filter(None, (request.url, request.deletion)):
        if url != receiver.address and not url.startswith(f"{receiver.address}/"):
            raise DeclarationError(f"{receiver!r} sends to {url}, not to {receiver.address}")
    return request
