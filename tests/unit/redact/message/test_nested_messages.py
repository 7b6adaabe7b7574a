"""How much fixed text a message inside another one needs, to be recognised away from its raise."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from published import Site

from telemetry_hook._redact.message.safe_str import StrSafety


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """Return a site whose modules are forgotten afterwards."""
    before = dict(sys.modules)
    yield Site(tmp_path.resolve())
    for name in [name for name in sys.modules if name not in before]:
        del sys.modules[name]


@pytest.mark.parametrize(
    ("inner", "expected"),
    [
        ("vessels arrived {s} yesterday", "vessels arrived <…> yesterday"),
        ("vessels arrived {s}", "<…>"),  # two words
        ("we do it so: {s}", "<…>"),  # eight letters
        ("we do it today: {s}", "we do it today: <…>"),
    ],
)
def test_texts_from_elsewhere_in_the_module(site: Site, inner: str, expected: str) -> None:
    """Three words and ten letters are needed: a user may write less by accident."""
    source = f"""
    def unused(s):
        raise KeyError(f{inner!r})
    def fail(s):
        raise ValueError(f'cannot go on: {{s}}')
    """
    module = site.publish("acme.fails", source)
    message = site.message(lambda: module.fail(inner.format(s="hunter2")))
    assert message == f"cannot go on: {expected}"


@pytest.mark.parametrize(("depth", "is_safe"), [(1, True), (6, True), (7, False), (40, False)])
def test_how_deeply_values_are_looked_at(depth: int, *, is_safe: bool) -> None:
    """A value is printed if all in it is known to be safe, which is looked for so far down."""
    value: object = 1
    for _ in range(depth):
        value = [value]
    assert StrSafety(lambda _: False, lambda _: False).is_safe(value) is is_safe
