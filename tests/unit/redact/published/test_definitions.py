"""Published source as Python reads it: twins of live code, class bodies, literals, names, lines."""

from __future__ import annotations

import ast
import importlib.util
import json
import marshal
import os
import py_compile
import sys
import warnings
from pathlib import Path
from types import CodeType
from typing import Any

import pytest

from telemetry_hook._redact import origins
from telemetry_hook._redact.published import names, syntax
from telemetry_hook._redact.published.definitions import Definitions
from telemetry_hook._redact.published.public_files import PublicFile

SOURCE = '''
class Outer:
    """A document."""

    class Inner:
        def method(self):
            return [each for each in "text"]

    def method(self):
        def step():
            return 1
        return step


def top():
    first = 1

    return first


after = "x", b"y", f"z{after}"
'''


def public(source: str = SOURCE, path: str = "/x/acme.py") -> PublicFile:
    """Return a published file."""
    return PublicFile(path, "acme.py", source.encode(), None, True)


def ran(source: str = SOURCE) -> dict[str, Any]:
    """Return what a source defines when it runs."""
    values: dict[str, Any] = {"after": ""}
    exec(compile(source, "/x/acme.py", "exec", dont_inherit=True), values)  # noqa: S102
    return values


def test_twins_of_live_code() -> None:
    """Equal code at the same place has the qualified name that the file gives it."""
    live = ran()
    definitions, file = Definitions(), public()
    for code, qualname in (
        (live["top"].__code__, "top"),
        (live["Outer"].method.__code__, "Outer.method"),
        (live["Outer"]().method().__code__, "Outer.method.<locals>.step"),
        (live["Outer"].Inner.method.__code__, "Outer.Inner.method"),
    ):
        found = definitions.twin(code, file)
        assert found is not None
        assert found.qualname == qualname
        assert not found.is_class
    assert definitions.twin(live["top"].__code__.replace(co_name="hunter2"), file) is None
    assert definitions.twin(live["top"].__code__.replace(co_firstlineno=1), file) is None
    other = ran(SOURCE.replace("first = 1", "first = 2"))
    assert definitions.twin(other["top"].__code__, file) is None
    assert definitions.twin(live["top"].__code__, public("def top(:")) is None


def test_class_bodies() -> None:
    """Only class statements are found, by their whole name."""
    definitions, file = Definitions(), public()
    for qualname in ("Outer", "Outer.Inner"):
        found = definitions.class_body(qualname, file)
        assert found is not None
        assert (found.qualname, found.is_class) == (qualname, True)
    for qualname in ("Inner", "top", "Outer.method", "hunter2", "<module>"):
        assert definitions.class_body(qualname, file) is None


@pytest.mark.skipif(sys.version_info < (3, 12), reason="there were no type parameters")
def test_generic_definitions() -> None:
    """The scope of type parameters is in no name."""
    source = "class Box[T]:\n    def get[S](self): return 1\n"
    found = Definitions().class_body("Box", public(source))
    assert found is not None
    live = ran(source)
    twin = Definitions().twin(live["Box"].get.__code__, public(source))
    assert twin is not None
    assert twin.qualname == "Box.get"


@pytest.mark.parametrize(
    ("line", "name"),
    [
        *((1, None), (2, "Outer"), (5, "Inner"), (6, "method"), (7, "method")),
        *((9, "method"), (10, "step"), (11, "step"), (12, "method")),
        *((14, None), (15, "top"), (17, "top"), (18, "top"), (21, None), (99, None)),
    ],
)
def test_what_is_around_a_line(line: int, name: str | None) -> None:
    """The innermost function or class is."""
    found = Definitions().around(public(), line)
    assert (found.code.co_name if found else None) == name


def test_lines_of_instructions() -> None:
    """Offsets are in bytes of the code; what is beyond it has no line."""
    code = ran()["top"].__code__
    found = Definitions().twin(code, public())
    assert found is not None
    lines = [found.line_at(start) for start, _, line in code.co_lines() if line is not None]
    assert set(lines) >= {16, 18}
    assert found.line_at(len(code.co_code) + 2) is None
    assert found.line_at(len(code.co_code)) is None
    assert found.last_line == 18


def test_literals() -> None:
    """Each string is by itself, also a document and a part of an f-string."""
    found = syntax.literals(public())
    assert sorted(filter(None, found.split("\0"))) == ["A document.", "text", "x", "z"]
    assert found.startswith("\0")
    assert found.endswith("\0")
    assert syntax.literals(public("def top(:")) == "\0"


@pytest.mark.parametrize(
    "source",
    [
        *("def top(:", "x = '\0'", "(" * 300 + ")" * 300, "\udce4"),
        *("# coding: undefined", "# coding: klingon", "# coding: rot13"),
    ],
)
def test_what_cannot_be_read(source: str) -> None:
    """It has neither tree nor code, and says nothing."""
    content = source.encode("utf-8", "surrogateescape")
    file = PublicFile("/x/acme.py", "acme.py", content, None, True)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert syntax.tree(file) is None
        assert syntax.code(file) is None
    assert origins.name(file, "hunter2") is None


def test_warnings_are_not_repeated() -> None:
    """A tool's user has seen them or not."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert syntax.tree(public("x = 1 is 1\ny = '\\d'\n")) is not None
        assert syntax.code(public("x = 1 is 1\ny = '\\d'\n")) is not None


def test_sizes(monkeypatch: pytest.MonkeyPatch) -> None:
    """A source of just that size is parsed; the tree is made once."""
    monkeypatch.setattr(syntax, "MAX_SOURCE", 5)
    fits, large = public("x = 1"), public("x = 10")
    assert syntax.tree(fits) is not None
    assert syntax.tree(fits) is syntax.tree(fits)
    assert syntax.code(fits) is not None
    assert syntax.tree(large) is None
    assert syntax.code(large) is None


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        (15, 18, [("FunctionDef", 15), ("Return", 18)]),
        (9, 12, [("FunctionDef", 9), ("FunctionDef", 10), ("Return", 11), ("Return", 12)]),
        (10, 11, [("FunctionDef", 10), ("Return", 11)]),
        (1, 1, []),
        (99, 100, []),
    ],
)
def test_trees_of_lines(first: int, last: int, expected: list[tuple[str, int]]) -> None:
    """Nodes have the numbers of the lines in the file, indented or not."""
    found = syntax.lines_tree(public(), first, last)
    assert found is not None
    nodes = [each for each in ast.walk(found) if isinstance(each, (ast.FunctionDef, ast.Return))]
    assert sorted((type(each).__name__, each.lineno) for each in nodes) == sorted(expected)


class Cached:
    """A file with Python's own cache of its code."""

    def __init__(self, directory: Path, mode: py_compile.PycInvalidationMode) -> None:
        self.path = directory / "acme.py"
        self.path.write_text("x = 1\n")
        cache = py_compile.compile(str(self.path), doraise=True, invalidation_mode=mode)
        assert cache == importlib.util.cache_from_source(str(self.path))
        self.cache = Path(cache)

    def code(self, path: str | None = None) -> CodeType | None:
        """Return the cached code."""
        content = self.path.read_bytes()
        return syntax._cached(PublicFile(path or str(self.path), "acme.py", content, None, True))


MODES = [
    py_compile.PycInvalidationMode.TIMESTAMP,
    py_compile.PycInvalidationMode.CHECKED_HASH,
    py_compile.PycInvalidationMode.UNCHECKED_HASH,
]


@pytest.mark.parametrize("mode", MODES)
def test_caches(tmp_path: Path, mode: py_compile.PycInvalidationMode) -> None:
    """A cache counts if it was made of this very source, by this Python."""
    cached = Cached(tmp_path, mode)
    code = cached.code()
    assert code is not None
    assert code.co_names == ("x",)
    data = cached.cache.read_bytes()
    for broken in (
        b"",
        data[:15],
        data[:16],
        data[:-2],
        b"\0\0\0\0" + data[4:],
        data[:8] + bytes(8) + data[16:],
        data[:16] + b"i\1\0\0\0",  # a number
        data[:16] + b"\xff" * 8,
    ):
        cached.cache.write_bytes(broken)
        assert cached.code() is None
    cached.cache.write_bytes(data)
    assert cached.code() is not None
    assert cached.code(str(tmp_path / "acme.so")) is None
    status = cached.path.stat()
    cached.path.write_text("x = 22\n")
    os.utime(cached.path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert cached.code() is None
    cached.cache.unlink()
    assert cached.code() is None


def test_a_cache_of_another_time(tmp_path: Path) -> None:
    """The source was written anew, though it may be the same."""
    cached = Cached(tmp_path, MODES[0])
    assert cached.code() is not None
    os.utime(cached.path, (1, 1))
    assert cached.code() is None


def test_code_from_a_cache_or_the_source(tmp_path: Path) -> None:
    """The standard library's files have caches, others may not."""
    content = Path(json.__file__).read_bytes()
    file = PublicFile(json.__file__, "json/__init__.py", content, None, False)
    found = syntax.code(file)
    assert found is not None
    assert "dumps" in found.co_names
    plain = syntax.code(public("y = 1"))
    assert plain is not None
    assert plain.co_names == ("y",)
    cached = Cached(tmp_path, MODES[2])
    data = cached.cache.read_bytes()
    other = compile("z = 1", "x", "exec")
    cached.cache.write_bytes(data[:16] + marshal.dumps(other))
    own = PublicFile(str(cached.path), "acme.py", cached.path.read_bytes(), None, True)
    code = syntax.code(own)
    assert code is not None
    assert code.co_names == ("z",)


@pytest.mark.parametrize(
    ("qualname", "expected"),
    [
        ("Outer", True),
        ("Outer.Inner.method", True),
        ("Outer.method.<locals>.step", True),
        ("<module>", True),
        ("<lambda>", True),
        ("Outer.<locals>.<listcomp>", True),
        ("<generic parameters of Outer>", True),
        ("<generic parameters of hunter2>", False),
        ("Oute", False),
        ("uter", False),
        ("Outer.hunter2", False),
        ("hunter2.method", False),
        ("<hunter2>", False),
        ("Outer.", False),
        ("", False),
        ("class Outer", False),
    ],
)
def test_qualified_names(qualname: str, expected: bool) -> None:
    """Each part is a whole name in the file, or Python's own."""
    assert names.has_qualname(public(), qualname) is expected


@pytest.mark.parametrize(
    ("text", "whole", "expected"),
    [
        ("port", "import portalocker", False),
        ("port", "a port", True),
        ("port", "port_a", False),
        ("port", "import port", True),
        ("a.b", "axb", False),
        ("port", "", False),
    ],
)
def test_texts_by_themselves(text: str, whole: str, expected: bool) -> None:
    """No character of a word is beside."""
    assert names.is_apart(text, whole, r"\w") is expected
