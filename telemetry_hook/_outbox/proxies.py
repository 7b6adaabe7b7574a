"""Which proxy leads to a receiver: `HTTPS_PROXY`, `ALL_PROXY`, `NO_PROXY`, or the system's settings.

If there is a proxy that we cannot use, the report waits. It is not sent past the proxy.
"""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies, getproxies_environment, proxy_bypass

from telemetry_hook.receivers._base import is_loopback

if TYPE_CHECKING:
    from urllib.parse import SplitResult

SCHEMES = ("http", "https")
DEFAULT_PORT = 443  # plain HTTP is for this machine, which no proxy leads to
HOST = re.compile(r"[A-Za-z0-9._-]+|[0-9A-Fa-f:.]+")
MALFORMED = "the proxy's address is malformed: see HTTPS_PROXY, ALL_PROXY or the system's settings"


class Proxy(NamedTuple):
    """A proxy: `url` without credentials, and `credentials` as ``user:password``, '' for none."""

    url: str
    credentials: str


class UnusableProxyError(Exception):
    """There is a proxy, and it cannot be used. The message has no credentials."""


def leading_to(url: str) -> Proxy | None:
    """Return the proxy that leads to a receiver, or None if it is reached without one.

    Raises:
        UnusableProxyError: the proxy is not an HTTP proxy, or its address is malformed.
    """
    parts = urlsplit(url)
    proxies = getproxies()
    address = proxies.get(parts.scheme) or proxies.get("all")
    if not address or is_loopback(parts.hostname or ""):
        return None
    if getproxies_environment():
        is_excepted = _is_excepted(parts, proxies.get("no", ""))
    else:  # the exceptions in the settings of macOS or Windows
        is_excepted = bool(proxy_bypass(_server(parts)))
    if is_excepted:
        return None
    return _parsed(address.strip())


def _parsed(address: str) -> Proxy:
    address = address if "://" in address else f"http://{address}"
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        raise UnusableProxyError(MALFORMED) from None
    is_bare = parts.path in ("", "/") and not parts.query and not parts.fragment
    if not is_bare or not HOST.fullmatch(parts.hostname or "") or port == 0:
        raise UnusableProxyError(MALFORMED)
    url = f"{parts.scheme}://{_server(parts)}"
    if parts.scheme not in SCHEMES:
        raise UnusableProxyError(f"the proxy {url} cannot be used; only HTTP proxies can")
    return Proxy(url, unquote(parts.netloc.rpartition("@")[0]))


def _server(parts: SplitResult) -> str:
    return parts.netloc.rpartition("@")[2]


def _is_excepted(parts: SplitResult, no_proxy: str) -> bool:
    """Return whether one of the exceptions in `NO_PROXY` is for a receiver."""
    host, port = (parts.hostname or "").rstrip("."), parts.port or DEFAULT_PORT
    return any(_covers(name, host, port) for name in re.split(r"[,\s]+", no_proxy.lower()) if name)


def _covers(name: str, host: str, port: int) -> bool:
    """Return whether an exception is for a host.

    Exceptions are ``*``, ``example.com`` and ``.example.com`` with all below it, ``*.example.com`` for
    all below it, addresses, and networks such as ``10.0.0.0/8``. A port may follow: ``example.com:8443``.
    """
    if name == "*":
        return True
    if match := re.fullmatch(r"\[(.+)\](?::(\d+))?|([^:]+):(\d+)", name):
        bracketed, its_port, named, named_port = match.groups()
        name, only = bracketed or named, its_port or named_port
        if only and int(only) != port:
            return False
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        domain = name.removeprefix("*").lstrip(".").rstrip(".")
        is_itself = host == domain and not name.startswith("*")
        return bool(domain) and (is_itself or host.endswith(f".{domain}"))
    try:
        return address in ipaddress.ip_network(name, strict=False)
    except ValueError:
        return False
