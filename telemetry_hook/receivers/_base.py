"""The protocol of a receiver: an address, and a pure function from a report to a request."""

from __future__ import annotations

import ipaddress
import re
from binascii import b2a_base64
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol, get_args, runtime_checkable
from urllib.parse import SplitResult, unquote, urlsplit, urlunsplit

from telemetry_hook._errors import DeclarationError
from telemetry_hook._hashes import sha256
from telemetry_hook._installed.places import file_path

if TYPE_CHECKING:
    from telemetry_hook._report import RedactedReport


# What a 2xx answer must be like to come from the receiver, and not from a captive portal or a proxy:
# "any" is like anything, "not html" is no HTML page, "sentry" is empty or a JSON object, "otlp" is that
# too, and the object does not say that our record was rejected. The sender knows only this name.
Acceptance = Literal["any", "not html", "sentry", "otlp"]


@dataclass(frozen=True, slots=True)
class Request:
    """A report encoded for its receiver. Exactly these bytes are shown, stored and sent.

    `url` has the scheme ``https``, ``http`` (loopback only) or ``file``. `deletion` is the URL for
    the ``DELETE`` request that deletes the sent report, or None if the receiver offers none.
    `acceptance` says which 2xx answers are the receiver's: see `Acceptance`.
    """

    url: str
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)
    deletion: str | None = None
    acceptance: Acceptance = "any"

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
PASSWORD = re.compile(r"(://[^/:@]*):[^/@]*@")


def check_url(url: object, what: str, example: str) -> SplitResult:
    """Return a receiver's URL, split into its parts.

    Raises:
        DeclarationError: the URL is not valid, or is plain HTTP to another machine.
    """

    def refuse(why: str) -> DeclarationError:
        return refusal(url, what, why, example)

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


def refusal(url: object, what: str, why: str, example: str) -> DeclarationError:
    """Return the error for a URL of the receiver class `what`. It does not show a password."""
    shown = PASSWORD.sub(r"\1:…@", repr(url))
    return DeclarationError(f"{what}({shown}): {why}. It must look like {example}")


def without_credentials(url: str) -> tuple[str, dict[str, str]]:
    """Return a URL without its user and password, and the header that says these instead.

    ``https://user:p%40ss@a.example/`` → ``https://a.example/``, ``Authorization: Basic …``

    Source: RFC 7617.
    """
    user, at, _ = urlsplit(url).netloc.rpartition("@")
    if not at:
        return url, {}
    name, _, password = user.partition(":")
    token = b2a_base64(f"{unquote(name)}:{unquote(password)}".encode(), newline=False).decode()
    return url.replace(user + at, "", 1), {"Authorization": f"Basic {token}"}


def below(address: str, name: str) -> str:
    """Return the URL of something below an address.

    ``https://a.example/reports?key=1``, ``ID`` → ``https://a.example/reports/ID?key=1``
    """
    parts = urlsplit(address)
    return urlunsplit(parts._replace(path=f"{parts.path.removesuffix('/')}/{name}"))


def beyond(url: str, address: str) -> str | None:
    """Return what a URL adds to the path and the query of an address that it is at or below.

    ``https://a.example/reports/ID``, ``https://a.example/reports`` → ``/ID``

    None if it is not at or below the address, so that the user has not agreed to it: scheme, host or
    query differ, or the path is another one, or leads up again by `..`.
    """
    try:
        found, own = urlsplit(url), urlsplit(address)
    except ValueError:
        return None
    base = own.path.removesuffix("/")
    path = found.path[len(base) :]
    is_same_server = (found.scheme, found.netloc) == (own.scheme, own.netloc)
    is_below = found.path == own.path or found.path.startswith(f"{base}/")
    leads_up = any(unquote(name) in (".", "..") for name in path.split("/"))
    is_same_query = own.query in ("", found.query)
    if not is_same_server or not is_below or leads_up or not is_same_query or found.fragment:
        return None
    return f"{path}?{found.query}" if found.query != own.query else path


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
            with headers that cannot be sent, or its `acceptance` has no known name.
    """
    request = receiver.encode(report)
    _check_headers(receiver, request.headers)
    for url in filter(None, (request.url, request.deletion)):
        if beyond(url, receiver.address) is None:
            raise DeclarationError(f"{receiver!r} sends to {url}, not to {receiver.address}")
    if request.acceptance not in get_args(Acceptance):
        raise DeclarationError(
            f"{receiver!r}: acceptance is {request.acceptance!r}; "
            f"use one of {', '.join(get_args(Acceptance))}"
        )
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
