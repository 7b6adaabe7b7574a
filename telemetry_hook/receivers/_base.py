"""The protocol of a receiver: an address, and a pure function from a report to a request."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, runtime_checkable
from urllib.parse import SplitResult, urlsplit

from telemetry_hook._errors import DeclarationError
from telemetry_hook._hashes import sha256
from telemetry_hook._installed.places import file_path

if TYPE_CHECKING:
    from telemetry_hook._report import RedactedReport


@dataclass(frozen=True, slots=True)
class Request:
    """A report encoded for its receiver. Exactly these bytes are shown, stored and sent.

    `url` has the scheme ``https``, ``http`` (loopback only) or ``file``. `deletion` is the URL for
    the ``DELETE`` request that deletes the sent report, or None if the receiver offers none.
    """

    url: str
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)
    deletion: str | None = None

    @property
    def sha256(self) -> str:
        """The SHA-256 of the body: 64 hexadecimal digits. The hash is shown, stored and checked."""
        return sha256(self.body).hexdigest()


@runtime_checkable
class Receiver(Protocol):
    """The destination of reports."""

    @property
    def address(self) -> str:
        """The full address. A standing answer is valid for one address only."""

    def encode(self, report: RedactedReport) -> Request:
        """Return the report encoded for the receiver."""


MAX_HEADERS_LENGTH = 8_000
URL = re.compile(r"[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]+")


def check_url(url: object, what: str, example: str) -> SplitResult:
    """Return a receiver's URL, split into its parts.

    Raises:
        DeclarationError: the URL is not valid, or is plain HTTP to another machine.
    """

    def refuse(why: str) -> DeclarationError:
        return DeclarationError(f"{what}({url!r}): {why}. It must look like {example}")

    # Only characters that RFC 3986 allows, so that urlsplit and urllib3 find the same host.
    if type(url) is not str or not URL.fullmatch(url) or url.count("@") > 1:
        raise refuse("not a URL")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise refuse(str(error)) from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise refuse("it must start with http:// or https:// and a host name")
    if port == 0:
        raise refuse("port 0 cannot be reached")
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        raise refuse("plain HTTP is allowed only to this machine; use https://")
    if parts.fragment:
        raise refuse("the URL of a receiver must not have a #fragment")
    return parts


def is_loopback(host: str) -> bool:
    """Return whether a host name can only mean this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def host_of(address: str) -> str:
    """Return the host and port of a receiver's address, or the directory of a ``file:`` URL."""
    parts = urlsplit(address)
    if parts.scheme == "file":
        return file_path(address)
    return parts.netloc.rpartition("@")[2]


def is_local(address: str) -> bool:
    """Return whether reports that are sent to this address stay on this machine."""
    parts = urlsplit(address)
    if parts.scheme == "file":
        return not parts.netloc  # Windows writes a directory of another machine with its host
    return is_loopback(parts.hostname or "")


def encode(receiver: Receiver, report: RedactedReport) -> Request:
    """Return the report encoded for the receiver.

    Raises:
        DeclarationError: the receiver would send the report to an address that is not its own, or
            with headers that cannot be sent.
    """
    request = receiver.encode(report)
    _check_headers(receiver, request.headers)
    for url in filter(None, (request.url, request.deletion)):
        if url != receiver.address and not url.startswith(f"{receiver.address}/"):
            raise DeclarationError(f"{receiver!r} sends to {url}, not to {receiver.address}")
    return request


def _check_headers(receiver: Receiver, headers: dict[str, str]) -> None:
    """Refuse headers that cannot be stored and sent as they are.

    Source: RFC 9110, section 5.5.
    """
    for name, value in headers.items():
        if ":" in name or not all(text.isascii() and text.isprintable() for text in (name, value)):
            raise DeclarationError(
                f"{receiver!r}: the header {ascii(f'{name}: {value}')[:80]} cannot be sent; use "
                "printable ASCII characters"
            )
    if sum(map(len, (*headers, *headers.values()))) > MAX_HEADERS_LENGTH:
        raise DeclarationError(
            f"{receiver!r}: its headers have more than {MAX_HEADERS_LENGTH} characters"
        )
