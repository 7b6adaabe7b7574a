"""What authors declare: typed, bounded, and refused with a clear word."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import pytest

import telemetry_hook
from telemetry_hook import (
    Choice,
    Count,
    DeclarationError,
    Features,
    FileReceiver,
    Flag,
    HttpsReceiver,
    OtlpReceiver,
    SentryReceiver,
    Tool,
    Version,
)
from telemetry_hook.receivers import host_of, is_local


@pytest.mark.parametrize(
    ("value", "travels"),
    [
        (0, 0),
        (7, 7),
        (99, 99),
        (100, 100),
        (104, 100),
        (105, 110),
        (1234, 1200),
        (1250, 1300),
        (999_999, 1_000_000),
        (10**9, 1_000_000),
        (-5, 0),
    ],
)
def test_counts_keep_two_digits(value: int, travels: int) -> None:
    """A count is cut to its range and rounded to two significant digits."""
    assert Count("a", "A").accept(value) == travels


@pytest.mark.parametrize(
    ("attribute", "value"),
    [
        (Flag("a", "A"), 1),
        (Count("a", "A"), True),
        (Count("a", "A"), "5"),
        (Choice("a", "A", ("x",)), "y"),
        (Choice("a", "A", ("x",)), ["x"]),
        (Features("a", "A", ("x",)), "x"),
        (Version("a", "A"), "secret"),
        (Version("a", "A"), "192.168.17.4"),
        (Version("a", "A"), 3.5),
        # a card number, a telephone number, dates, an account
        *((Version("a", "A"), value) for value in ("4111111111111111", "4111-1111-1111-1111")),
        *((Version("a", "A"), value) for value in ("030 1234567", "2024-01-31", "19850131")),
        *((Version("a", "A"), value) for value in ("1.41111", "12.3.45678", "1.0rc41111")),
        *((Version("a", "A"), value) for value in ("411\u0661", "16.3hunter2", "2.0.0.dev3")),
    ],
)
def test_values_of_another_kind_are_refused(attribute: Any, value: object) -> None:
    """A value that is not of the declared kind does not travel."""
    with pytest.raises((TypeError, ValueError)):
        attribute.accept(value)


@pytest.mark.parametrize(
    ("value", "travels"),
    [
        *(("16.3", "16.3"), ("17", "17"), ("2.0.0rc1", "2.0.0rc1"), ("2024.10", "2024.10")),
        *(("16.3-corp.7", "16.3"), ("16.3 (Debian 16.3-1)", "16.3"), ("8.0.35+local", "8.0.35")),
    ],
)
def test_versions_are_short(value: str, travels: str) -> None:
    """What follows a version with a dot is cut off."""
    assert Version("a", "A").accept(value) == travels


@pytest.mark.parametrize(
    ("make", "word"),
    [
        (lambda: Flag("Has Space", "A"), "Has Space"),
        (lambda: Flag("a", ""), "meaning"),
        (lambda: Flag("a", "A\x1b[2J"), "meaning"),
        (lambda: Choice("a", "A", ()), "options"),
        (lambda: Choice("a", "A", cast("Any", ["x"])), "options"),
        (lambda: Choice("a", "A", ("x\ny",)), "option"),
        (lambda: SentryReceiver("nonsense"), "https://KEY@"),
        (lambda: SentryReceiver("https://errors.example/1"), "key"),
        (lambda: SentryReceiver("https://key@errors.example/"), "project"),
        (lambda: SentryReceiver("http://key@errors.example/1"), "plain HTTP"),
        (lambda: SentryReceiver("https://key@errors.example:0/1"), "port"),
        (lambda: SentryReceiver("https://key@errors.example:99999/1"), "ort"),
        (lambda: HttpsReceiver("ftp://errors.example/"), "http"),
        (lambda: OtlpReceiver(cast("Any", 5)), "URL"),
        (lambda: FileReceiver("relative"), "absolute"),
    ],
)
def test_declarations_say_what_is_wrong(make: Callable[[], object], word: str) -> None:
    """A refused declaration names what was wrong."""
    with pytest.raises(DeclarationError, match=word):
        make()


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"name": "a b"}, "name"),
        ({"publisher": ""}, "publisher"),
        ({"purpose": "x\ny"}, "purpose"),
        ({"receiver": "https://key@errors.example/1"}, "receiver"),
        ({"phase": "beta"}, "phase"),
        ({"family": ["a"]}, "family"),
        ({"attributes": (Flag("a", "A"), Count("a", "A"))}, "twice"),
        ({"attributes": ("a",)}, "attribute"),
        ({"internal_errors": ("Bug",)}, "full name"),
        ({"privacy_url": "javascript:x"}, "https://"),
    ],
)
def test_tools_say_what_is_wrong(change: dict[str, Any], word: str) -> None:
    """A tool that cannot be is refused, by the field's name."""
    good: dict[str, Any] = {
        "name": "lift",
        "publisher": "Acme Ltd",
        "purpose": "to see",
        "receiver": FileReceiver("/tmp"),  # noqa: S108 - nothing is written
    }
    Tool(**good)
    with pytest.raises(DeclarationError, match=word):
        Tool(**{**good, **change})


def test_addresses_of_receivers() -> None:
    """A DSN gives the endpoint; the key is in neither address, host nor repr."""
    made = SentryReceiver("https://sekrit@errors.example:8443/some/path/7")
    assert made.address == "https://errors.example:8443/some/path/api/7/envelope/"
    assert host_of(made.address) == "errors.example:8443"
    assert "sekrit" not in repr(made)
    assert [
        is_local(made.address),
        is_local(FileReceiver("/x").address),
        is_local("http://[::1]/"),
    ] == [
        False,
        True,
        True,
    ]


def test_public_names_are_there() -> None:
    """Every public name can be imported, and no other."""
    for name in telemetry_hook.__all__:
        assert getattr(telemetry_hook, name) is not None
    with pytest.raises(AttributeError):
        telemetry_hook.nonsense  # type: ignore[attr-defined]  # noqa: B018


@pytest.mark.parametrize("name", ["", "a" * 65, "a" * 65 + "\n/../other", "a" * 64 + "/", "-a", 1])
def test_names_of_tools_are_bounded(name: Any) -> None:
    """They are checked to their end, which is at most 64 characters away."""
    declared: Any = {"publisher": "p", "receiver": FileReceiver("/tmp/reports"), "purpose": "p"}  # noqa: S108
    assert Tool(name="a" * 64, **declared).name == "a" * 64
    with pytest.raises(DeclarationError, match="'_' and '-' only, 64 characters at most"):
        Tool(name=name, **declared)
