"""An HTTP request, and the rules that decide whether it is from the user's own page.

Another site's page can send requests to this machine: from its own origin, under one of its own
names that points here (DNS rebinding), or from a frame. Browsers report this in headers that no
page can forge: ``Host``, ``Origin``, and ``Sec-Fetch-*`` (W3C, "Fetch Metadata").
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

PREFIX = "/telemetry-hook/"
ENVIRON_KEY = "telemetry_hook.web"
COOKIE = "telemetry_hook"
BROWSER_LENGTH = 32
FORWARDING = ("forwarded", "via", "x-forwarded-", "x-real-ip")
OWN_SITES = ("same-origin", "none")  # none: a typed address or a bookmark


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """A request. Its header names are in lower case.

    `root` is the path at which the app is mounted, and `path` is relative to it. `peer` is the
    address from which the request came, or '' if the address is not known.
    """

    method: str
    root: str
    path: str
    headers: Mapping[str, str]
    peer: str

    @property
    def base(self) -> str:
        """The path at which the app is mounted, quoted for URLs: '' or with one leading slash."""
        from urllib.parse import quote

        name = quote(self.root.strip("/"))
        return f"/{name}" if name else ""

    @property
    def is_ours(self) -> bool:
        """Whether the request is for one of our own addresses."""
        return self.path.startswith(PREFIX)

    @property
    def is_local(self) -> bool:
        """Whether the request came directly from this machine and is for a name of this machine."""
        return (
            is_loopback(_name(self.headers.get("host", "")))
            and is_loopback(self.peer)
            and self.peer != "localhost"  # some servers report a proxy's socket as "localhost"
            and not any(name.startswith(FORWARDING) for name in self.headers)
        )

    @property
    def browser(self) -> str | None:
        """The value of our cookie, which identifies the browser, or None if there is no cookie."""
        for pair in self.headers.get("cookie", "").split(";"):
            name, _, value = pair.strip().partition("=")
            if name == COOKIE and len(value) == BROWSER_LENGTH and value.isalnum():
                return value
        return None

    @property
    def wants_page(self) -> bool:
        """Whether the browser will show the response to a person as a whole page."""
        if self.method not in ("GET", "POST"):
            return False
        if (wanted := self.headers.get("sec-fetch-dest")) is not None:
            return wanted == "document"
        # Browsers name this type when they request a page. Clients in programs accept any type.
        return "text/html" in self.headers.get("accept", "")


def why_foreign(request: HttpRequest, hosts: Collection[str]) -> str | None:
    """Return why a request cannot be accepted as the user's own, or None if it can.

    `hosts` are the names, other than those of this machine, under which the tool is served.
    """
    host = request.headers.get("host", "")
    if not request.is_local and _name(host) not in hosts:
        return "it is not from this machine, or its host is not a name of this machine"
    if request.headers.get("sec-fetch-site", "none") not in OWN_SITES:
        return "another site's page made it"
    for header in ("origin", "referer"):
        if (source := request.headers.get(header)) is not None and _host_of(source) != host:
            return "another origin's page made it"
    return None


def why_not_ours(request: HttpRequest, hosts: Collection[str]) -> str | None:
    """Return why a request to change something is not from one of our pages, or None if it is."""
    if request.method != "POST":
        return "it must be a POST request"
    if "origin" not in request.headers:
        return "it has no Origin header"
    return why_foreign(request, hosts)


def is_loopback(name: str) -> bool:
    """Return whether a host name or address means this machine. No name is resolved."""
    if name in ("localhost", "::1", "[::1]"):
        return True
    parts = name.removeprefix("::ffff:").split(".")
    return len(parts) == 4 and parts[0] == "127" and all(part.isdecimal() for part in parts)  # noqa: PLR2004 - IPv4


def _name(host: str) -> str:
    """Return a ``Host`` header in lower case and without its port, or '' if it is malformed."""
    name, bracket, port = host.partition("]") if host.startswith("[") else (host, "", "")
    if not bracket:
        name, colon, port = host.partition(":")
        port = colon + port
    is_well_formed = not port or (port[0] == ":" and port[1:].isdecimal())
    return f"{name}{bracket}".lower() if is_well_formed else ""


def _host_of(url: str) -> str:
    return url.partition("://")[2].partition("/")[0]
