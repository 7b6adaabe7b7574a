"""Which proxy leads to a receiver, and what becomes of one that cannot be used."""

from __future__ import annotations

import os

import pytest

from telemetry_hook._outbox import proxies, transport
from telemetry_hook._outbox.answers import Outcome
from telemetry_hook._outbox.proxies import Proxy, UnusableProxyError, leading_to

pytestmark = pytest.mark.once

URL = "https://errors.acme.example/"
PROXY = Proxy("http://proxy:8080", "")
MALFORMED = "the proxy's address is malformed: see HTTPS_PROXY, ALL_PROXY or the system's settings"


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have none of this machine's own."""
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)


@pytest.mark.parametrize(
    ("variables", "url", "expected"),
    [
        ({}, URL, None),
        ({"HTTPS_PROXY": "http://proxy:8080"}, URL, PROXY),
        ({"https_proxy": "proxy:8080"}, URL, PROXY),
        ({"HTTPS_PROXY": " http://proxy:8080/ "}, URL, PROXY),
        ({"HTTP_PROXY": "http://proxy:8080"}, URL, None),
        ({"ALL_PROXY": "http://proxy:8080"}, URL, PROXY),
        ({"all_proxy": "proxy:8080"}, URL, PROXY),
        ({"ALL_PROXY": "https://proxy"}, URL, Proxy("https://proxy", "")),
        ({"ALL_PROXY": "http://[fd00::1]:3128"}, URL, Proxy("http://[fd00::1]:3128", "")),
        ({"HTTPS_PROXY": "http://proxy:8080", "ALL_PROXY": "socks5://other:1"}, URL, PROXY),
        ({"HTTPS_PROXY": "", "ALL_PROXY": "http://proxy:8080"}, URL, PROXY),
        *(
            ({"ALL_PROXY": "http://proxy:8080"}, f"{scheme}://{host}/", None)
            for scheme in ("http", "https")
            for host in ("127.0.0.1", "localhost:8000", "[::1]:8000")
        ),
        ({"ALL_PROXY": "socks5://proxy:1"}, "http://127.0.0.1/", None),
        (
            {"ALL_PROXY": "http://us%40er:pass@proxy:8080"},
            "https://key@acme.example/",
            Proxy("http://proxy:8080", "us@er:pass"),
        ),
    ],
)
def test_proxies(
    monkeypatch: pytest.MonkeyPatch,
    variables: dict[str, str],
    url: str,
    expected: Proxy | None,
) -> None:
    """The variable of the scheme wins. No proxy leads to this machine."""
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert leading_to(url) == expected


@pytest.mark.parametrize(
    ("proxy", "reason"),
    [
        *(
            (
                f"{scheme}://jane:hunter2@proxy:1080",
                f"the proxy {scheme}://proxy:1080 cannot be used; only HTTP proxies can",
            )
            for scheme in ("socks", "socks4", "socks4a", "socks5", "socks5h", "ftp")
        ),
        *(
            (proxy, MALFORMED)
            for proxy in (
                *("http://", "http://proxy:port", "http://proxy:0", "http://proxy:70000"),
                *("http://[::1", "http://pro xy:1", "http://jane:12/hunter2@proxy:8080"),
                *("http://jane:12#hunter2@proxy:8080", "http://proxy/?hunter2", "://proxy"),
            )
        ),
    ],
)
def test_proxies_that_cannot_be_used(
    monkeypatch: pytest.MonkeyPatch, proxy: str, reason: str
) -> None:
    """The report waits: it is not sent past the proxy. Credentials are not shown."""
    monkeypatch.setenv("ALL_PROXY", proxy)
    outcome = transport.attempt(URL, {}, b"")
    assert outcome == Outcome("retry", reason)
    assert "hunter2" not in outcome.reason
    with pytest.raises(UnusableProxyError):
        leading_to(URL)


HOST = "https://errors.example.com/"


@pytest.mark.parametrize(
    ("no_proxy", "url", "is_excepted"),
    [
        *(("*", HOST, True), ("other, *", HOST, True), ("", HOST, False), (" , ,", HOST, False)),
        *(("example.com", HOST, True), (".example.com", HOST, True), ("EXAMPLE.com", HOST, True)),
        *(("*.example.com", HOST, True), ("errors.example.com", HOST, True)),
        *((" a.example , example.com ", HOST, True), ("a.example example.com", HOST, True)),
        *(("ample.com", HOST, False), ("*ample.com", HOST, False), ("com.", HOST, True)),
        *(
            ("example.com", "https://EXAMPLE.com./", True),
            (".example.com", "https://example.com/", True),
        ),
        *(
            ("*.example.com", "https://example.com/", False),
            ("*.com", "https://badexample.com/", True),
        ),
        *(("example.com:8443", f"{HOST[:-1]}:8443/", True), ("example.com:8443", HOST, False)),
        *(("example.com:443", HOST, True), ("*.example.com:443", HOST, True)),
        *(("10.1.2.3", "https://10.1.2.3/", True), ("10.1.2.3", "https://10.1.2.30/", False)),
        *(("10.0.0.0/8", "https://10.1.2.3/", True), ("10.0.0.0/8", "https://11.1.2.3/", False)),
        *(
            ("10.9.9.9/8", "https://10.1.2.3:8443/", True),
            ("10.0.0.0/99", "https://10.1.2.3/", False),
        ),
        *(("10.1.2.3:443", "https://10.1.2.3/", True), ("10.1.2.3:44", "https://10.1.2.3/", False)),
        *(("fd00::/8", "https://[fd12::1]/", True), ("fd00::/8", "https://[fe80::1]/", False)),
        *(("fd12::1", "https://[fd12::1]:8443/", True), ("[fd12::1]", "https://[fd12::1]/", True)),
        *(
            ("[FD12::1]:443", "https://[fd12::1]/", True),
            ("[fd12::1]:8443", "https://[fd12::1]/", False),
        ),
        *(("10.0.0.0/8", HOST, False), ("0.0.0.0/0", "https://[fd12::1]/", False)),
        *(("1", "https://10.0.0.1/", False), ("0.1", "https://10.0.0.1/", False)),
        *((".", HOST, False), (".", "https://errors.acme.example./", False)),
    ],
)
def test_exceptions(
    monkeypatch: pytest.MonkeyPatch, no_proxy: str, url: str, *, is_excepted: bool
) -> None:
    """Hosts, domains, addresses and networks, in every usual spelling."""
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy:8080")
    monkeypatch.setenv("NO_PROXY", no_proxy)
    assert leading_to(url) == (None if is_excepted else PROXY)


def test_the_systems_exceptions(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of macOS and Windows are known to Python alone. They count if variables name no proxy."""
    monkeypatch.setattr(proxies, "getproxies", lambda: {"https": "http://proxy:8080"})
    monkeypatch.setattr(proxies, "proxy_bypass", lambda host: host == "errors.acme.example:444")
    assert leading_to("https://key@errors.acme.example:444/") is None
    assert leading_to(URL) == PROXY
