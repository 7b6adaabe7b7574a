"""Placeholders that show the kind of a value, where the source or the frame knows it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path, PurePosixPath

import pytest
from published import Site

HEAD = """
import collections, os, pathlib
class Refused(Exception): pass
class Unread(Exception):
    def __init__(self, path): super().__init__(f"cannot read {path} at all")
def refuse(path): raise Refused(f"cannot open {path} today")
"""
VALUE = 'raise Refused(f"no model in {s} today")'
KINDS: dict[str, tuple[str, object, str]] = {
    "text": (VALUE, "hunter2", "<…>"),
    "empty text": (VALUE, "", "<empty>"),
    "empty bytes": (VALUE, b"", "<empty>"),
    "bytes": (VALUE, b"hunter2", "<bytes>"),
    "integer": (VALUE, 42, "<int>"),
    "zero": (VALUE, 0, "<int>"),
    "number": (VALUE, -1.5, "<float>"),
    "truth": (VALUE, True, "<bool>"),
    "nothing": (VALUE, None, "<None>"),
    "list": (VALUE, [1], "<list>"),
    "no list": (VALUE, [], "<list>"),
    "tuple": (VALUE, (1, 2), "<tuple>"),
    "table": (VALUE, {"hunter2": 1}, "<dict>"),
    "set": (VALUE, {1}, "<set>"),
    "path": (VALUE, Path("/hunter2"), "<path>"),
    "pure path": (VALUE, PurePosixPath("hunter2"), "<path>"),
    "another object": (VALUE, 1j, "<…>"),
    "%": ('raise Refused("no model in %s today" % s)', "", "<empty>"),
    "% with a name": ('raise Refused("no model in %(x)s today" % {"x": s})', "", "<empty>"),
    "% of a number": ('raise Refused("no model in %d today" % s)', 42, "<int>"),
    "format": ('raise Refused("no model in {} today".format(s))', 42, "<int>"),
    "format with a width": ('raise Refused("no model in {:>9} today".format(s))', 42, "<int>"),
    "sum": ('raise Refused("no model in " + s + " today")', "", "<empty>"),
    "representation": ('raise Refused(f"no model in {s!r} today")', "", "<empty>"),
    "conversion": ('raise Refused(f"no model in {str(s)} today")', 42, "<int>"),
    "length": ('raise Refused(f"no model in {len(s)} today")', "hunter2", "<int>"),
    "another name": ('name = s\nraise Refused(f"no model in {name} today")', "", "<empty>"),
    "argument of the class": ("raise Unread(s)", Path("/hunter2"), "<path>"),
    "argument of a function": ("refuse(s)", Path("/hunter2"), "<path>"),
    "variable of a loop": ('for x in s: raise Refused(f"no model in {x} today")', [42], "<int>"),
    "changed afterwards": (
        'text = f"no model in {s} today"\ns = 42\nraise Refused(text)',
        "hunter2",
        "<…>",
    ),
    "a length of the module's own": (
        'len = str\nraise Refused(f"no model in {len(s)} today")',
        "hunter2",
        "<…>",
    ),
    "attribute": ('raise Refused(f"no model in {s.name} today")', Path("hunter2"), "<…>"),
    "class by its name": (
        'raise Refused(f"no model in {type(s).__name__} today")',
        {1},
        "set",
    ),
    "class of the instance": (
        'raise Refused("no model in %s today" % s.__class__.__name__)',
        PurePosixPath("hunter2"),
        "PurePosixPath",
    ),
    "class": ('raise Refused(f"no model in {type(s)} today")', 1, "<class 'int'>"),
    "quoted class": ('raise Refused(f"no model in {type(s).__name__!r} today")', 1, "'int'"),
    "class of a user": (
        'raise Refused(f"no model in {type(s).__name__} today")',
        type("Hunter2", (), {})(),
        "<type>",
    ),
    "class with a public name": (
        'raise Refused(f"no model in {type(s).__name__} today")',
        type("OrderedDict", (), {})(),
        "<type>",
    ),
    "name of another object": (
        'raise Refused(f"no model in {s.__name__} today")',
        type("Hunter2", (), {}),
        "<…>",
    ),
}


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """Return a site whose modules are forgotten afterwards."""
    before = dict(sys.modules)
    yield Site(tmp_path.resolve())
    for name in [name for name in sys.modules if name not in before]:
        del sys.modules[name]


@pytest.mark.parametrize("name", KINDS)
def test_the_kind_of_a_value(site: Site, name: str) -> None:
    """It is what the frame and the source know, and nothing of the value."""
    body, value, shown = KINDS[name]
    message = site.message(partial(site.function(HEAD, body), value))  # type: ignore[arg-type]
    head, _, _ = message.partition(" in ") if " in " in message else message.partition(" read ")
    assert head in ("no model", "cannot", "cannot open <path> today")
    assert shown in message
    assert "hunter2" not in message.lower()


def test_a_message_that_is_nothing_but_a_value(site: Site) -> None:
    """It has no fixed text, so there is none in the report."""
    fail = site.function(HEAD, "raise Refused(s)")
    assert site.message(lambda: fail("")) == "<…>"


def test_other_packages_frames_do_not_show_kinds_of_variables(site: Site) -> None:
    """The shapes of their variables are not reported either. What the source says is."""
    source = (
        "def open_it(path): raise ValueError(f'cannot open {path} today')\n"
        "def count(path): raise ValueError(f'cannot open {len(path)} today')\n"
        "def check(path): raise ValueError(f'cannot open {type(path).__name__} today')\n"
    )
    module = site.publish("other.files", source, is_own=False)
    assert site.message(lambda: module.open_it("")) == "cannot open <…> today"
    assert site.message(lambda: module.count("")) == "cannot open <int> today"
    assert site.message(lambda: module.check("")) == "cannot open str today"


@pytest.mark.parametrize(
    ("one", "other"),
    [("hunter2", "correct horse"), (7, 4096), ([1], [2, 3]), (Path("a"), Path("b"))],
)
def test_two_values_of_a_kind(site: Site, one: object, other: object) -> None:
    """The reports are identical."""
    fail = site.function(HEAD, VALUE)
    reports = [site.redacted(partial(fail, value)) for value in (one, other)]  # type: ignore[arg-type]
    assert reports[0] == reports[1]


def test_texts_that_contain_marks_of_kinds(site: Site) -> None:
    """A constant in the source with such a character is no placeholder for a kind."""
    for mark in ("\6", "\7", "\x0e"):
        fail = site.function(HEAD, f"raise Refused('no model in ' + {mark!r} + ' today')")
        assert site.message(partial(fail, "")) == "no model in <…> today"
