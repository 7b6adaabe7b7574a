"""The learned table and values: no value is in a template, and none decides which one is found."""

from __future__ import annotations

import contextlib
import importlib
import random
import sqlite3

import pytest
from conftest import ROOT
from test_interpreter import TABLE, message, sections, unmarked

from telemetry_hook._redact.message import interpreter

NAMES = ("orders", "x", "größe", "_", "int")
SIZES = (0, 1, 3, 12)
BASES = (2, 3, 10, 16, 36)

# Source of a call, and what stands for X in it.
CALLS: tuple[tuple[str, tuple[object, ...]], ...] = (
    ("int('!', base=X)", BASES),
    ("int(X)", ("'a'", "'x y'", '"O\'B"', "b'!'", "'größe'")),
    ("float(X)", ("'a'", "'x y'", '"O\'B"', "'größe'", "'1e'")),
    ("a, b, c, d, e, f, g, h, i, j, k, l, m = [0] * X", SIZES),
    ("a, b, *c = [0] * X", (0, 1)),
    ("a, = [0] * X", (2, 3, 12)),
    ("eval('0o' + str(X))", (8, 9, 18, 79)),
    ("eval('0b' + str(X))", (2, 3, 12, 9)),
    ("eval(X)", ("'('", "'['", "'{'", "'(a['")),
    ("eval(X)", ("'(]'", "'[)'", "'{]'")),
    ("eval(X)", ("'a€'", "'a½'", "'§'")),
    ("('%' + X) % 1", ("'y'", "'k'", "'J'")),
    ("format(5, X)", ("'y'", "'k'", "'J'", "'ü'")),
    ("format('', X)", ("'y'", "'k'", "'d'", "'ü'")),
    ("(lambda: 0)(*[0] * X)", (1, 2, 12)),
    ("(lambda a, b: 0)(*[0] * X)", (0, 1)),
    ("(lambda a, *, b=1: 0)(*[0] * X, b=2)", (2, 3, 12)),
    ("(lambda: 0)(**{X: 1})", ("'a'", "'x y'", "'größe'", "'int'")),
    ("len(*[0] * X)", (0, 2, 3, 12)),
    ("isinstance(*[0] * X)", (0, 1, 3, 12)),
    ("getattr(*[0] * X)", (0, 1)),
    ("getattr(*[0] * X)", (4, 12)),
    ("object().X", NAMES),
    ("getattr(object(), X)", ("'a'", "'x y'", '"O\'B"', "''")),
    ("import os; getattr(os, X)", ("'a'", "'x y'", "'a is not'")),
    ("X_", NAMES),
    ("del X_", NAMES),
    ("import X_", NAMES),
    ("from os import X_", NAMES),
    ("''.join(['a'] * X + [1])", SIZES),
    ("chr(X)", (-1, 1114112, 9999999)),
    ("'%s' % ((1,) * X)", (2, 3, 12)),
    ("('%s' * 20) % ((1,) * X)", SIZES),
    ("bytes([X])", (256, 999, -1)),
    ("'X'.encode('ascii')", ("ü", "größe€", "aü")),
    ("b'X'.decode('ascii')", (r"\xff", r"a\xfe", r"abc\x80")),
    ("''.encode(X)", ("'nope'", "'no pe'", "'nope-8'")),
    ("import datetime; datetime.date(X, 1, 1)", (0, 10000, -5)),
    ("import datetime; datetime.date.fromisoformat(X)", ("'a'", "'x y'", "''")),
    ("import struct; struct.unpack('i', b'a' * X)", SIZES),
    ("import struct; struct.pack('i', *[0] * X)", (0, 2, 12)),
    ("import zlib; zlib.decompress(X)", ("b'abcdefghij'", "b'0123456789'")),
    ("import socket; socket.inet_aton(X)", ("'a'", "'x y'", "'1.2.3.4.5'")),
    ("dict([(1,) * X])", (0, 1, 3, 12)),
    ("dict([(1, 2)] * X + [5])", SIZES),
    ("open('/', mode=X)", ("'y'", "'x y'", "'ü'")),
    ("[0] * 5; x = [0] * 5; x[::2] = [0] * X", (0, 1, 2, 12)),
    ("DATABASE.execute('select * from \"X\"')", ("a", "x y", "größe", "a.b")),
    ("DATABASE.execute('select [X] from sqlite_master')", ("a", "x y", "größe")),
    ("DATABASE.execute('X')", ("nope", "größe", "a b")),
    ("DATABASE.execute('select ?', [0] * X)", (0, 2, 12)),
    ("DATABASE.execute('select :X', {})", ("a", "größe", "b1")),
)


def raised(source: str) -> BaseException:
    with contextlib.closing(sqlite3.connect(":memory:")) as database:
        names = {"__name__": "test", "DATABASE": database}
        with pytest.raises(BaseException) as caught:  # noqa: PT011 (any)
            exec(compile(source, "<test>", "exec"), names)  # noqa: S102 (our own)
    return caught.value


def matching(kind: type[BaseException], text: str) -> list[str]:
    templates = interpreter.templates(kind)
    return [template for template in templates if interpreter.match(text, template) is not None]


@pytest.mark.parametrize(("source", "values"), CALLS)
def test_different_values_find_the_same_template(source: str, values: tuple[object, ...]) -> None:
    """One statement of C code raises these messages, so the reports must be equal."""
    found = set()
    for value in values:
        exception = raised(source.replace("X", str(value)))
        found.add((type(exception), *matching(type(exception), message(exception))))
    assert len(found) == 1, found
    assert len(found.pop()) == 2


@pytest.mark.once
@pytest.mark.parametrize("key", sections())
def test_no_message_matches_two_templates(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise a value could make a message look like another one."""
    monkeypatch.syspath_prepend(ROOT / "tools" / "learn_messages")
    overlap = importlib.import_module("overlaps").overlap
    near = importlib.import_module("overlaps")._near
    templates = set(map(unmarked, sections()[key]))
    assert [pair for pair in near(templates) if overlap(*pair)] == []


@pytest.mark.once
@pytest.mark.parametrize("kind", [TypeError, ValueError, AttributeError, sqlite3.OperationalError])
def test_a_value_that_holds_other_templates_changes_nothing(kind: type[BaseException]) -> None:
    """A table's name may be `a has 5 values for 6 columns`."""
    templates = interpreter.templates(kind)
    picked = random.Random(1)  # noqa: S311 (a sample)
    samples = {"\1": "a.B", "\2": "5", "\3": "f"}
    for template in picked.choices(templates, k=40):
        for other in picked.choices(templates, k=40):
            inner = "".join(samples.get(character, character) for character in other)
            for value in (inner.replace("\0", "x"), inner.replace("\0", "' x '")):
                text = "".join(samples.get(character, character) for character in template)
                text = " ".join(text.replace("\0", value).split())
                assert matching(kind, text) in ([template], []), (template, other)
                if "\0" in template:
                    assert matching(kind, text) == [template]


@pytest.mark.once
def test_classes_that_c_code_raises_with_any_object_have_no_templates() -> None:
    """A missing key may be `popitem(): dictionary is empty`."""
    for kind in (KeyError, StopIteration, SystemExit, KeyboardInterrupt, UserWarning):
        assert interpreter.templates(kind) == ()


@pytest.mark.once
def test_templates_hold_nothing_of_the_probes() -> None:
    """Paths, modules, codecs and numbers of a call are values."""
    text = TABLE.read_text(encoding="utf-8")
    remains = [
        *("got 1", "base 10", "digit '8'", "(0x79)", "(pos 1)", "item 0", "list[int]", "Errno 2]"),
        *(
            "'utf-8'",
            "'ascii'",
            "<module ",
            "'/'",
            "passwd",
            "/dev/null",
            "/bin/",
            "got inf",
            "of int)",
            "database main",
            "1 was given",
        ),
    ]
    assert [one for one in remains if one in text] == []
    for constant in ("base must be >= 2 and <= 36", "must be in range(0, 256)"):
        assert constant in text


@pytest.mark.once
@pytest.mark.parametrize(
    ("text", "template", "values"),
    [
        ("name 'x' is not defined", "name '\3' is not defined", ("x",)),
        ("name 'x y' is not defined", "name '\3' is not defined", None),
        ("f.<locals>.g() takes no arguments", "\3() takes no arguments", ("f.<locals>.g",)),
        ("a: f() takes no arguments", "\3() takes no arguments", None),
        ("a.b.__bases__ must be a tuple", "\1.__bases__ must be a tuple", ("a.b",)),
        ("in position 3-5: bad", "in position \2-\2: \0", ("3", "5", "bad")),
        ("year -5 is out of range", "year \2 is out of range", ("-5",)),
        ("year x is out of range", "year \2 is out of range", None),
        ("expected , got 5", "expected \0, got \2", ("", "5")),
        ("got 1, got 2, got 3", "got \0, got \2", ("1, got 2", "3")),
        ("no key", "no key \0", ("",)),
        ("no key here", "no key \0 here", ("",)),
        ("a no b no c", "a \0 no \0", ("", "b no c")),
        ("fixed", "fixed", ()),
        ("fixed text", "fixed", None),
    ],
)
def test_holes_swallow_only_their_kind(
    text: str, template: str, values: tuple[str, ...] | None
) -> None:
    """A hole for a name has no spaces, and one for an integer has only digits and a sign."""
    assert interpreter.match(text, template) == values


@pytest.mark.once
def test_a_long_message_is_matched_fast() -> None:
    """No value makes a crash slow."""
    for text in ("x" * 65536, "'" * 65536, "1" * 65536, "'x' object " * 6000, "a.b" * 20000):
        for kind in (TypeError, ValueError):
            assert matching(kind, text) == []


@pytest.mark.once
def test_the_names_of_types_in_messages_have_one_form() -> None:
    """What a hole for a type swallows, in all forms that messages have."""
    for name in ("int", "builtin_function_or_method", "f.<locals>.C", "method-wrapper", "M[int]"):
        assert interpreter.match(f"'{name}' object is not iterable", "'\1' object is not iterable")
