"""Requests: which are the user's own, which are from a page of ours, and which want a page."""

from __future__ import annotations

import pytest

from telemetry_hook.web._request import HttpRequest, is_loopback, why_foreign, why_not_ours

pytestmark = pytest.mark.once

HOST = "localhost:8000"
COOKIE = "a1" * 16


def request(
    *, method: str = "GET", root: str = "", path: str = "/", peer: str = "127.0.0.1", **more: str
) -> HttpRequest:
    """Make a request; a header is named with `_` for `-`."""
    headers = {"host": HOST, **{name.replace("_", "-"): value for name, value in more.items()}}
    return HttpRequest(method, root, path, headers, peer)


@pytest.mark.parametrize(
    "name", ["localhost", "127.0.0.1", "127.1.2.3", "::1", "[::1]", "::ffff:127.0.0.1"]
)
def test_names_of_this_machine(name: str) -> None:
    assert is_loopback(name)


@pytest.mark.parametrize(
    "name",
    [
        *(
            "",
            "localhost.example",
            "127.0.0.1.example",
            "127.1",
            "127.0.0",
            "127.0.0.x",
            "127..0.1",
        ),
        *("10.0.0.1", "0.0.0.0", "::", "::ffff:10.0.0.1", "[::1", "acme.example"),  # noqa: S104
    ],
)
def test_other_names(name: str) -> None:
    assert not is_loopback(name)


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:80", "127.0.0.1:8000", "[::1]", "[::1]:8000"]
)
def test_a_request_from_this_machine_to_this_machine_is_local(host: str) -> None:
    assert request(host=host).is_local


@pytest.mark.parametrize(
    "host",
    ["", "acme.example", "localhost:x", "localhost:80:80", "[::1]x", "localhost@acme.example"],
)
def test_a_name_that_points_here_is_not_local(host: str) -> None:
    """Such as of DNS rebinding."""
    assert not request(host=host).is_local


@pytest.mark.parametrize("peer", ["", "10.0.0.1", "localhost", "fe80::1"])
def test_a_request_from_elsewhere_or_nowhere_is_not_local(peer: str) -> None:
    assert not request(peer=peer).is_local


@pytest.mark.parametrize("header", ["forwarded", "via", "x_forwarded_for", "x_real_ip"])
def test_a_request_through_another_server_is_not_local(header: str) -> None:
    assert not request(**{header: "1.2.3.4"}).is_local


def test_a_users_own_request() -> None:
    assert why_foreign(request(), ()) is None
    for site in ("same-origin", "none"):
        assert why_foreign(request(sec_fetch_site=site), ()) is None
    same = {"origin": f"http://{HOST}", "referer": f"http://{HOST}/page"}
    assert why_foreign(request(**same), ()) is None


@pytest.mark.parametrize("site", ["cross-site", "same-site", "", "other"])
def test_another_sites_page(site: str) -> None:
    assert why_foreign(request(sec_fetch_site=site), ()) == "another site's page made it"


@pytest.mark.parametrize("header", ["origin", "referer"])
@pytest.mark.parametrize(
    "source", ["http://localhost:9000", "http://acme.example", "null", "", f"http://{HOST}.x/"]
)
def test_another_origins_page(header: str, source: str) -> None:
    assert why_foreign(request(**{header: source}), ()) == "another origin's page made it"


def test_hosts_are_names_that_others_may_use() -> None:
    remote = request(host="studio.example", peer="10.0.0.1")
    assert (
        why_foreign(remote, ())
        == "it is not from this machine, or its host is not a name of this machine"
    )
    assert why_foreign(remote, {"studio.example"}) is None
    assert why_foreign(request(host="other.example", peer="10.0.0.1"), {"studio.example"})
    foreign = request(host="studio.example", peer="10.0.0.1", sec_fetch_site="cross-site")
    assert why_foreign(foreign, {"studio.example"})


def test_only_a_post_with_our_origin_changes_anything() -> None:
    origin = f"http://{HOST}"
    assert why_not_ours(request(method="POST", origin=origin), ()) is None
    assert why_not_ours(request(method="GET", origin=origin), ()) == "it must be a POST request"
    without = request(method="POST", referer=f"{origin}/")
    assert why_not_ours(without, ()) == "it has no Origin header"
    foreign = request(method="POST", origin="http://acme.example")
    assert why_not_ours(foreign, ()) == "another origin's page made it"


@pytest.mark.parametrize(
    ("method", "headers", "wants"),
    [
        ("GET", {"sec_fetch_dest": "document"}, True),
        ("POST", {"sec_fetch_dest": "document"}, True),
        ("GET", {"sec_fetch_dest": "empty", "accept": "text/html"}, False),
        ("GET", {"sec_fetch_dest": "iframe", "accept": "text/html"}, False),
        ("GET", {"accept": "text/html,*/*"}, True),
        ("GET", {"accept": "*/*"}, False),
        ("GET", {}, False),
        ("PUT", {"sec_fetch_dest": "document"}, False),
        ("HEAD", {"accept": "text/html"}, False),
    ],
)
def test_who_wants_a_page(method: str, headers: dict[str, str], wants: bool) -> None:
    assert request(method=method, **headers).wants_page is wants


@pytest.mark.parametrize(
    ("cookie", "browser"),
    [
        (f"telemetry_hook={COOKIE}", COOKIE),
        (f"session=1;  telemetry_hook={COOKIE} ; x=2", COOKIE),
        (f"telemetry_hook={COOKIE}0", None),
        (f"telemetry_hook={COOKIE[:-1]}-", None),
        (f"telemetry_hookx={COOKIE}", None),
        ("telemetry_hook", None),
        ("", None),
    ],
)
def test_the_cookie_names_the_browser(cookie: str, browser: str | None) -> None:
    assert request(cookie=cookie).browser == browser


@pytest.mark.parametrize(
    ("root", "base"),
    [
        ("", ""),
        ("/", ""),
        ("/app", "/app"),
        ("/app/", "/app"),
        ("//evil", "/evil"),
        ('/"x', "/%22x"),
    ],
)
def test_the_base_is_never_another_host(root: str, base: str) -> None:
    assert request(root=root).base == base


def test_our_own_addresses() -> None:
    assert request(path="/telemetry-hook/answer").is_ours
    for path in ("/telemetry-hook", "/x/telemetry-hook/answer", "/telemetry-hooks/x"):
        assert not request(path=path).is_ours
