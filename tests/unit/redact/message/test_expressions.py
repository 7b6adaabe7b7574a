"""An expression of published source → the texts that it can make; `<>` is a hole."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from telemetry_hook._redact.message import expressions, scopes
from telemetry_hook._redact.message.expressions import Reader
from telemetry_hook._redact.message.formats import Hole, braces, dollars, percent
from telemetry_hook._redact.message.scopes import Budget, Scope
from telemetry_hook._redact.message.templates import Template, folded


def shown(templates: list[Template]) -> list[str]:
    """Return templates as texts, each once."""
    texts = ("".join("<>" if part is None else part for part in folded(each)) for each in templates)
    return list(dict.fromkeys(texts))


def reader(source: str, around: str = "") -> Reader:
    outer = Scope.of(ast.parse(around))
    return Reader(Scope.of(ast.parse(source)), lambda: outer)


def read(expression: str, source: str = "", around: str = "") -> list[str]:
    return shown(reader(source, around).templates(ast.parse(expression, mode="eval").body))


ALONE = {
    "'a b'": ["a b"],
    "b'a'": ["<>"],
    "5": ["<>"],
    "f'a {x} b'": ["a <> b"],
    "f'a {x!r} b'": ["a <> b"],
    "f'a {5} b'": ["a <> b"],
    "f'{{a}} {x}'": ["{a} <>"],
    "f'a {\"c\"} b'": ["a c b", "a <> b"],
    "f'a {\"c\":>5} b'": ["a <> b"],
    "'a %s b' % x": ["a <> b"],
    "'a %5.2f%% b' % x": ["a <>% b"],
    "'a %s %s b' % (x, y)": ["a <> <> b"],
    "'a %s b' % 'c'": ["a c b", "a <> b"],
    "'a %r b' % 'c'": ["a <> b"],
    "'a %(n)s b' % {'n': 'c'}": ["a c b", "a <> b"],
    "'a %(n)s b' % {'m': 'c'}": ["a <> b"],
    "'a {} b'.format(x)": ["a <> b"],
    "'a {} b'.format('c')": ["a c b", "a <> b"],
    "'a {1} {0} b'.format('c', 'd')": [
        *("a d c b", "a d <> b", "a <> c b", "a <> <> b"),
    ],
    "'a {n} b'.format(n='c')": ["a c b", "a <> b"],
    "'a {n!r} b'.format(n='c')": ["a <> b"],
    "'a {n.x} b'.format(n='c')": ["a <> b"],
    "'a { b'.format(x)": ["<>"],
    "Template('a $n b').substitute(n='c')": ["a c b", "a <> b", "<>"],
    "'a' + x + 'b'": ["a<>b"],
    "'a' + 'b'": ["ab"],
    "'a' - 'b'": ["<>"],
    "'a' if x else 'b'": ["a", "b"],
    "x or 'a'": ["<>", "a"],
    "(y := 'a')": ["a"],
    "' a '.strip()": ["a"],
    "'a X b'.replace('X', y)": ["a <> b"],
    "'a X b'.replace(x, y)": ["a X b"],
    "'a X b'.replace('', y)": ["a X b"],
    "', '.join(['a', 'b'])": ["a, b", "a, <>", "<>, b", "<>, <>"],
    "', '.join(x)": ["<>"],
    "', '.join()": ["<>"],
    "_('a %s b') % x": ["a <> b", "<>"],
    "style('a', 'red')": ["a", "red", "<>"],
    "style(x, y, 'c')": ["<>"],
    "{'k': 'a', 'l': 'b'}[x]": ["a", "b"],
    "['a', 'b'][0]": ["a", "b"],
    "x[0]": ["<>"],
    "{'k': 'a'}.get(x, 'b')": ["a", "b", "<>"],
    "[x for x in y]": ["<>"],
    "lambda: 'a'": ["<>"],
}


@pytest.mark.parametrize("expression", ALONE)
def test_an_expression_alone(expression: str) -> None:
    """Texts are put together as Python would; what is not known is a hole."""
    found = read(expression)
    assert found[: len(ALONE[expression])] == ALONE[expression], found
    assert set(found) == set(ALONE[expression])


NAMES = {
    "x = 'a'": ["a"],
    "x = 'a'\nx = 'b'": ["a", "b"],
    "x: str = 'a'": ["a"],
    "x: str": ["<>"],
    "y, x = 'a', 'b'": ["b"],
    "x, y = z": ["<>"],
    "y = x = 'a'": ["a"],
    "self.x = 'a'": ["a"],
    "if (x := 'a'): pass": ["a"],
    "x = 'a'\nx += 'b'": ["ab", "a<>", "a"],
    "x = 'a'\nx -= 'b'": ["a"],
    "x = 'a'\nx += 'b'\nx += 'c'": ["abc", "ab<>", "a<>c", "a<>", "ab", "ac", "a"],
    "def f(x='a'): pass": ["a"],
    "def f(*, y, x='a'): pass": ["a"],
    "def f(y, x='a', *, z): pass": ["a"],
    "def f(x): pass": ["<>"],
    "x = x": ["<>"],
    "x = y\ny = x": ["<>"],
    "y = 'a'\nx = y": ["a"],
    "x = {'k': 'a'}": ["<>"],
}


@pytest.mark.parametrize("source", NAMES)
def test_a_name(source: str) -> None:
    """A name is all that was assigned to it, and what was added to that in steps."""
    assert read("x", source) == NAMES[source]


@pytest.mark.parametrize(
    ("source", "expression", "expected"),
    [
        ("x = {'k': 'a'}", "x['k']", ["a"]),
        ("x = {'k': 'a'}", "x.get('k')", ["a", "<>"]),
        ("x = ('a', 'b')", "x[i]", ["a", "b"]),
        (
            "x = ['a']\nx.append('b')",
            "', '.join(x)",
            ["a, b", "a, <>", "<>, b", "<>, <>", "a", "<>"],
        ),
        ("x = []\nx.append(y)", "'; '.join(x)", ["<>", ""]),
        ("def f(): return 'a'", "f()", ["a", "<>"]),
        ("def f():\n  if z: return 'a'\n  return 'b'", "f()", ["b", "a", "<>"]),
        ("def f(): return", "f('a')", ["a", "<>"]),
        ("def f(y): return 'a ' + y", "f('b')", ["a b", "<>"]),
        ("def f(y): return 'a ' + y", "f(y='b')", ["a b", "<>"]),
        ("class C:\n  def f(self, y): return 'a ' + y", "c.f('b')", ["a b", "<>"]),
        ("def f(y, z): return 'a ' + z", "f('b', 'c')", ["a c", "<>"]),
        ("x = 'a'", "x.value", ["a"]),
        # A name's value fills a hole only if it is a sentence: that it equals a default is private.
        ("x = 'localhost'", "f'at {x}'", ["at <>"]),
        ("x = 'the whole sentence'", "f'at {x}'", ["at the whole sentence", "at <>"]),
        ("x = 'the %s' % y", "f'at {x}'", ["at the <>", "at <>"]),
    ],
)
def test_what_is_known_of_names(source: str, expression: str, expected: list[str]) -> None:
    """Tables, lists, and what functions of the same file return."""
    found = read(expression, source)
    assert set(found) == set(expected), found
    assert found[0] == expected[0]


def test_the_scope_around() -> None:
    """What a function does not assign is the module's, unless it is a parameter."""
    assert read("x", "", "x = 'a'") == ["a"]
    assert read("x", "x = 'b'", "x = 'a'") == ["b"]
    assert read("x", "def f(x): pass", "x = 'a'") == ["<>"]
    assert read("f()", "", "def f(): return 'a'") == ["a", "<>"]
    assert read("f()", "def f(): return 'b'", "def f(): return 'a'") == ["b", "<>"]


def test_bound_parameters() -> None:
    """A parameter is what a call gave."""
    inner = reader("def f(x): pass")
    call = ast.parse("f('a', y='b')", mode="eval").body
    assert isinstance(call, ast.Call)
    assert inner.binding(call, ["x"]) == {"x": [("a",)], "y": [("b",)]}
    inner.bound = {"x": [("a",)]}
    assert shown(inner.templates(ast.Name("x"))) == ["a"]


def test_what_is_read_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Depth, alternatives, steps, parts and work have limits; beyond them there is a hole."""
    deep = "+".join(["'a'"] * 40)
    assert read(deep) != ["a" * 40]
    wide = " or ".join(f"'{number}'" for number in range(100))
    assert len(read(wide)) == expressions.MAX_ALTERNATIVES
    assert read("' '.join([" + "'a'," * 100 + "])")[0] == " ".join("a" * 100)
    assert read("' '.join([" + "'a'," * 101 + "])") == ["<>"]
    monkeypatch.setattr(scopes, "MAX_WORK", 2)
    assert read("'a' + 'b' + 'c'") == ["<>"]
    assert read("'a' + 'b'") == ["a<>"]


def test_a_budget_begins_anew_for_each_template() -> None:
    """What was read before makes no difference to what is found now."""
    budget = Budget()
    budget.begin()
    assert [budget.is_too_much() for _ in range(scopes.MAX_WORK + 1)][-2:] == [False, True]
    budget.begin()
    assert not budget.is_too_much()


def test_merged_scopes() -> None:
    """The first scope's values come before the others'; its signatures replace theirs."""
    scopes_ = [
        Scope.of(ast.parse(text))
        for text in (
            "x = 'a'\ndef f(p): return 'c'",
            "x = 'b'\nx += 'd'\ny.append('e')\ndef f(q): return 'g'",
        )
    ]
    merged = Scope.merged(scopes_)
    whole = Reader(merged, lambda: None)
    assert shown(whole.templates(ast.Name("x"))) == ["ad", "a<>", "a", "bd", "b<>", "b"]
    assert merged.signatures == {"f": ["p"]}
    assert merged.parameters == {"p", "q"}
    assert [ast.unparse(value) for value in merged.returned["f"]] == ["'c'", "'g'"]
    assert list(merged.appended) == ["y"]


def parts(pieces: Iterator[str | Hole]) -> list[str]:
    """Return the parts of a format; a hole as <name>, and <name!> if it is put in as it is."""
    shown_ = [
        each if isinstance(each, str) else f"<{each.name}{'!' * each.is_plain}>" for each in pieces
    ]
    return [each for each in shown_ if each]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a", ["a"]),
        ("", []),
        ("a %s b", ["a ", "<!>", " b"]),
        ("%s", ["<!>"]),
        ("%r", ["<>"]),
        ("%d%%", ["<>", "%"]),
        ("%-5.2f|", ["<>", "|"]),
        ("%5s|", ["<>", "|"]),
        ("%*d|", ["<>", "|"]),
        ("%#x|", ["<>", "|"]),
        ("%(name)s.", ["<name!>", "."]),
        ("%(name)-3d.", ["<name>", "."]),
        ("a %", ["a ", "<>"]),
        ("%ld.", ["<>", "."]),
    ],
)
def test_percent(text: str, expected: list[str]) -> None:
    """`%` takes its flags, width and conversion with it."""
    assert parts(percent(text)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a", ["a"]),
        ("a {} b", ["a ", "<!>", " b"]),
        ("{{}}", ["{", "}"]),
        ("{0}{1}", ["<0!>", "<1!>"]),
        ("{name}", ["<name!>"]),
        ("{name:>5}", ["<name>"]),
        ("{name!r}", ["<name>"]),
        ("a {", ["a ", "<>"]),
    ],
)
def test_braces(text: str, expected: list[str]) -> None:
    """`str.format` knows numbers, names, conversions and formats."""
    found = parts(braces(text))
    assert found == expected or "".join(found) == "".join(expected[-1:])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a", ["a"]),
        ("a $b c", ["a ", "<b!>", " c"]),
        ("${b}c", ["<b!>", "c"]),
        ("$$b", ["$", "b"]),
        ("$b_1.", ["<b_1!>", "."]),
        ("a $", ["a ", "<!>"]),
    ],
)
def test_dollars(text: str, expected: list[str]) -> None:
    """`string.Template` knows names, with braces or without."""
    assert parts(dollars(text)) == expected
