"""Messages of classes that packages have: their texts are made late, or of several parts."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from published import Site

VALUES = "production", "correct horse battery staple", "found unexpected end of stream"
HEAD = """
import sqlite3
from contextlib import closing
class Mark:
    def __init__(self, line): self.line = line
    def __str__(self): return f"in line {self.line}"
class Marked(Exception):
    def __init__(self, context=None, mark=None, problem=None, kind="utf-8"):
        self.context = context
        self.mark = mark
        self.problem = problem
        self.kind = kind
    def __str__(self):
        lines = []
        if self.context is not None: lines.append(self.context)
        if self.mark is not None: lines.append(str(self.mark))
        if self.problem is not None: lines.append(self.problem)
        return "\\n".join(lines)
class Delayed(ValueError):
    def __str__(self): return self.args[0] % self.args[1:]
class Database(Exception): pass
class Wrapped:
    def __enter__(self): pass
    def __exit__(self, kind, error, traceback):
        if kind is not None:
            made = Database(*error.args)
            raise made.with_traceback(traceback) from error
class Shadowing(Wrapped):
    def __exit__(self, kind, error, traceback):
        error = TABLE[0]
        raise Database(*error.args)
TABLE = []
"""
CASES = {
    "texts beside objects": (
        "raise Marked('while reading a list', Mark(s), f'found {s} in the list')",
        "while reading a list; found <…> in the list",
    ),
    "only one of the texts": (
        "raise Marked(None, Mark(s), f'found {s} in the list')",
        "found <…> in the list",
    ),
    "texts of values": ("raise Marked(s, Mark(s), s)", "<…>"),
    "texts that a value chooses": (
        "raise Marked(dict(production='while reading a list').get(s, 'while it was read'), Mark(s))",
        "<…>",
    ),
    "arguments beside objects": (
        "raise ValueError(f'the port {s} is not free', Mark(s))",
        "the port <…> is not free",
    ),
    "delayed format": (
        "raise Delayed('unknown format of the date: %s', s)",
        "unknown format of the date: <…>",
    ),
    "changed attribute": (
        "error = Marked('while reading a list', Mark(s)); error.context = s; raise error",
        "while reading a list",  # this is among the arguments
    ),
    "arguments of the handled exception": (
        """
        try: raise ValueError(f"no table is called {s} here")
        except ValueError as error: raise Database(*error.args) from error
        """,
        "no table is called <…> here",
    ),
    "arguments of the exception that ends a block": (
        """
        with Wrapped(): raise ValueError(f"no table is called {s} here")
        """,
        "no table is called <…> here",
    ),
    "arguments of C code's exception that ends a block": (
        """
        with Wrapped(), closing(sqlite3.connect(":memory:")) as base:
            base.execute("select * from a_" + s.split()[0])
        """,
        "no such table: <…>",
    ),
    "arguments of a value": (
        """
        TABLE[:] = [ValueError(s)]
        try: raise ValueError("found unexpected end of stream")
        except ValueError: raise Database(*TABLE[0].args)
        """,
        "<…>",
    ),
    "arguments of another exception": (
        """
        TABLE[:] = [ValueError(s)]
        with Shadowing(): raise ValueError("found unexpected end of stream")
        """,
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


@pytest.mark.parametrize("name", CASES)
def test_texts_that_a_package_puts_together(site: Site, name: str) -> None:
    """What statements wrote is in the report, and no value makes a difference."""
    body, text = CASES[name]
    assert site.identical(site.function(HEAD, body), VALUES) == text
