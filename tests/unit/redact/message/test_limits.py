"""Published source that is large, recursive or odd: it is read in bounded steps, and never fails."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from published import Site

from telemetry_hook._redact.message import expressions, scopes
from telemetry_hook._redact.message.scopes import Scope


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """Return a site whose modules are forgotten afterwards."""
    before = dict(sys.modules)
    yield Site(tmp_path.resolve())
    for name in [name for name in sys.modules if name not in before]:
        del sys.modules[name]


LINES = "\n".join(f"    x{number} = {number}" for number in range(300))
RECURSIVE = "\n".join(
    f"    if n > {number}: return 'word ' + text(s, n - 1)" for number in range(8)
)
FACTORY = "\n".join(f"    if n == {number}: return error(s, {number})" for number in range(8))
ODD = {
    "a large number": (
        "",
        f"raise ValueError(f'bad {{s if s else {hex(10**5000)}}} here')",
        "bad <…> here",
    ),
    "two long texts": (
        f"A = {' '.join(map('a{}'.format, range(900)))!r}\nB = {' '.join(map('b{}'.format, range(900)))!r}",
        "raise ValueError(A if s else B)",
        "<…>",
    ),
    "a default of an attribute": (
        """
        class Refused(Exception):
            def __init__(self, text=None):
                if text is None: self.text = "open the door"
                super().__init__(text)
        """,
        "raise Refused('no key')",
        "no key",
    ),
    "a recursive helper": (
        f"def text(s, n=9):\n{LINES}\n{RECURSIVE}\n    return s",
        "raise ValueError('cannot ' + text(s) + ' done')",
        None,
    ),
    "a recursive factory": (
        f"def error(s, n=99):\n{FACTORY}\n    return ValueError('cannot ' + s)",
        "raise error(s)",
        None,
    ),
    "an empty join": ("def join(): raise ValueError('no key')", "join()", "no key"),
}


@pytest.mark.parametrize("name", ODD)
def test_odd_source(site: Site, name: str) -> None:
    head, body, message = ODD[name]
    found = str(site.redacted(lambda: site.function(head, body)("hunter2"))[0].message)
    assert message is None or found == message
    assert "hunter2" not in found


def test_work_is_bounded(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """A recursive helper's scope is read once, and its expressions only so often."""
    read: list[object] = []
    of = Scope.of

    def counted(*arguments: Any, **named: Any) -> Scope:
        read.append(arguments)
        return of(*arguments, **named)

    monkeypatch.setattr(scopes.Scope, "of", counted)
    head, body, _ = ODD["a recursive helper"]
    site.redacted(lambda: site.function(head, body)("hunter2"))
    assert len(read) < 20
    assert expressions.MAX_WORK <= 3_000


def test_attributes_of_other_objects(site: Site) -> None:
    """A function on the way assigns `args` of an object that is no exception, as click does."""
    head = """
    class Context: pass
    def invoke(context, s):
        context.args = []
        fail_(s)
    def fail_(s): raise ValueError(f"no key for {s}")
    """
    call = site.function(head, "invoke(Context(), s)")
    assert site.message(lambda: call("hunter2")) == "no key for <…>"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("Settings.args = [s]", "'str' object has no attribute 'lid'"),
        ("Bug.args = [s]", "<…>"),  # a class of exceptions
        ("Changed.args = [s]", "<…>"),  # the module has another value of this name
        ("Settings = s; Given.args = [s]", "<…>"),  # not a class statement
        ("Lost().args = [s]", "<…>"),
    ],
)
def test_attributes_of_classes_of_the_module(site: Site, line: str, message: str) -> None:
    """A function on the way assigns `args` of a class that is not one of exceptions, as pdoc does."""
    head = f"""
    class Settings: pass
    class Bug(Exception): pass
    class Lost: pass
    class Changed: pass
    Changed = type("Changed", (), {{}})
    Given = type("Given", (), {{}})
    def start(s):
        {line}
        s.lid
    """
    call = site.function(head, "start(s)")
    assert site.message(lambda: call("hunter2")) == message
