"""An expression of published source → the texts that it can make; `<>` is a hole."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from telemetry_hook._redact.message import expressions
from telemetry_hook._redact.message.expressions import Reader
from telemetry_hook._redact.message.formats import Hole, braces, dollars, percent
from telemetry_hook._redact.message.names import Names
from telemetry_hook._redact.message.scopes import Scope
from telemetry_hook._redact.message.templates import (
    CAUGHT,
    CAUGHT_CLASS,
    CAUGHT_REPR,
    Template,
    folded,
)


def shown(templates: list[Template]) -> list[str]:
    """Return templates as texts, each once."""
    texts = ("".join("<>" if part is None else part for part in folded(each)) for each in templates)
    return list(dict.fromkeys(texts))


def scope(source: str) -> Scope:
    """Return the scope of a function's body, or of the function that a source defines first."""
    body = ast.parse(source).body
    if body and isinstance(body[0], ast.FunctionDef) and body[0].name == "here":
        return Scope.of(body[0].body, body[0].args)
    return Scope.of(body)


def reader(source: str, around: str = "") -> Reader:
    outer = scope(around)
    return Reader(Names(scope(source), lambda: outer))


def read(expression: str, source: str = "", around: str = "") -> list[str]:
    whole = f"{source}\n{expression}"
    node = ast.parse(whole).body[-1]
    assert isinstance(node, ast.Expr)
    return shown(reader(whole, around).templates(node.value))


ALONE = {
    "'a b'": ["a b"],
    "b'a'": ["<>"],
    "5": ["5"],
    "None": ["None"],
    "1.5": ["<>"],
    "f'a {x} b'": ["a <> b"],
    "f'a {x!r} b'": ["a <> b"],
    "f'a {5} b'": ["a 5 b"],
    "f'{{a}} {x}'": ["{a} <>"],
    "f'a {\"c\"} b'": ["a c b"],
    "f'a {\"c\"!s} b'": ["a c b"],
    "f'a {\"c\":>5} b'": ["a <> b"],
    "'a %s b' % x": ["a <> b"],
    "'a %5.2f%% b' % x": ["a <>% b"],
    "'a %s %s b' % (x, y)": ["a <> <> b"],
    "'a %s %s b' % (*x, 'c')": ["a <> <> b"],
    "'a %s b' % 'c'": ["a c b"],
    "'a %r b' % 'c'": ["a 'c' b"],
    "'a %(n)s b' % {'n': 'c'}": ["a c b"],
    "'a %(n)s b' % {'m': 'c'}": ["a <> b"],
    "'a %(n)s b' % {'n': 'c', **x}": ["a <> b"],
    "(x + ' %s') % 'c'": ["<> <>"],  # the unknown text may have a placeholder too
    "'a {} b'.format(x)": ["a <> b"],
    "'a {} b'.format('c')": ["a c b"],
    "'a {1} {0} b'.format('c', 'd')": ["a d c b"],
    "'a {1} {0} b'.format(*x, 'd')": ["a <> <> b"],
    "'a {n} b'.format(n='c')": ["a c b"],
    "'a {n!r} b'.format(n='c')": ["a 'c' b"],
    "'a {n.x} b'.format(n='c')": ["a <> b"],
    "'a { b'.format(x)": ["<>"],
    "Template('a $n b').substitute(n='c')": ["a c b"],
    "'a' + x + 'b'": ["a<>b"],
    "'a' + 'b'": ["ab"],
    "'a' - 'b'": ["<>"],
    # A value chooses one of two texts: what both have is told.
    "'a' if x else 'b'": ["<>"],
    "'no a' if x else 'no b'": ["no <>"],
    'f\'no {"key" if x else "lock"} is here\'': ["no <> is here"],
    "x or 'a'": ["<>"],
    "f'at {x or \"home\"}'": ["at <>"],
    "(y := 'a')": ["a"],
    "' a '.strip()": ["a"],
    "'xa'.strip('x')": ["<>"],
    "'a X b'.replace('X', y)": ["a <> b"],
    "'a X b'.replace(x, y)": ["<>"],
    "'a X b'.replace('', y)": ["<>"],
    "', '.join(['a', 'b'])": ["a, b"],
    "', '.join(['a', *x])": ["a<>"],
    "', '.join(x)": ["<>"],
    "_('a %s b') % x": ["a <> b"],
    "dedent('a')": ["a"],
    "style('a', 'red')": ["<>"],
    "getattr(x, 'y', 'a')": ["<>"],
    "next(x, 'a')": ["<>"],
    "os.environ.get('X', 'a')": ["<>"],
    "{'k': 'a', 'l': 'b'}[x]": ["<>"],
    "{'k': 'no a', 'l': 'no b'}[x]": ["no <>"],
    "{'k': 'a', 'l': 'b'}['l']": ["b"],
    "{'k': 'a', **y}['k']": ["<>"],
    "['a', 'b'][0]": ["a"],
    "['a', 'b'][x]": ["<>"],
    "x[0]": ["<>"],
    "{'k': 'a'}.get(x, 'b')": ["<>"],
    "{'k': 'a'}.get('k', 'b')": ["a"],
    "[x for x in y]": ["<>"],
    "lambda: 'a'": ["<>"],
}


@pytest.mark.parametrize("expression", ALONE)
def test_an_expression_alone(expression: str) -> None:
    """Texts are put together as Python would; what is not known is a hole."""
    assert read(expression) == ALONE[expression]


NAMES = {
    "x = 'a'": ["a"],
    "x = 'a'\nx = 'b'": ["b"],
    "if y: x = 'a'\nelse: x = 'b'": ["a", "b"],
    "try: x = y\nexcept E: x = 'a'": ["<>", "a"],
    "with y: x = 'a'": ["a"],
    "x = 'a'\nwith y: x = 'b'": ["a", "b"],
    "x = 'a'\nx = x + 'b'": ["ab"],
    "x = 'a'\nif y: x = x + 'b'": ["ab", "a"],
    "x = 'a'\nfor y in z: x = x + 'b'": ["<>bb", "ab", "a"],
    "x = 'a'\nif y: x = 'b'": ["a", "b"],
    "x = y\nif z: x = 'b'": ["<>", "b"],
    "x = y\nx = 'b'": ["b"],
    "for y in z:\n  x = 'b'": ["b"],
    "for x in ('a', 'b'): pass": ["<>"],
    "x = 'a'\nfor x in z: pass": ["<>"],
    "with y as x: pass": ["<>"],
    "import x": ["<>"],
    "from y import x": ["<>"],
    "def x(): pass": ["<>"],
    "match y:\n  case [x, *_]: pass": ["<>"],
    "match y:\n  case {**x}: pass": ["<>"],
    "x = 'a'\ndef f():\n  nonlocal x\n  x = y": ["<>", "a"],
    "x = 'a'\n[y for x in y]": ["a", "<>"],
    "x = 'a'\n(lambda x: x)": ["a", "<>"],
    "x: str = 'a'": ["a"],
    "x: str": ["<>"],
    "y, x = 'a', 'b'": ["b"],
    "y, *x = 'a', 'b'": ["<>"],
    "x, y = z": ["<>"],
    "y = x = 'a'": ["a"],
    "if (x := 'a'): pass": ["a"],
    "x = 'a'\nx += 'b'": ["ab"],
    "x = 'a'\nif y: x += 'b'": ["ab", "a"],
    "x = 'a'\nfor _ in y: x += 'b'": ["a<>", "a"],
    "x = 'a'\nx += 'b'\nx = 'c'": ["c"],
    "x = 'a'\nx *= 2": ["<>"],
    "x = 'a'\nx += 'b'\nif y: x += 'c'": ["abc", "ab"],
    "def here(x='a'): pass": ["<>"],
    "def here(x): x = 'a'": ["<>", "a"],
    "def here(x):\n  if not x: x = 'a'": ["<>", "a"],
    "x = x": ["<>"],
    "x = y\ny = x": ["<>"],
    "y = 'a'\nx = y": ["a"],
    "x = {'k': 'a'}": ["<>"],
}


@pytest.mark.parametrize("source", NAMES)
def test_a_name(source: str) -> None:
    """A name is all that statements may have bound it to."""
    assert set(read("x", source)) == set(NAMES[source])


@pytest.mark.parametrize(
    ("source", "expression", "expected"),
    [
        ("x = {'k': 'a'}", "x['k']", ["a"]),
        ("x = {'k': 'a'}\nf(x)", "x['k']", ["<>"]),  # it may have been changed
        ("x = {'k': 'a', y: 'b'}", "x['k']", ["<>"]),  # the keys may be equal
        ("x = {'k': ['a']}", "x['k']", ["<>"]),
        ("x = {'k': 'a'}\nx['k'] = y", "x['k']", ["<>"]),
        ("x = {'k': 'a'}\nif y: x = z", "x['k']", ["<>"]),
        ("x = {'k': 'a'}", "x.get('k')", ["a"]),
        ("x = {'k': 'a'}", "x.get('l', 'b')", ["b"]),
        ("x = {'k': 'a'}\ny = x", "x.get('k')", ["<>"]),
        ("x = ('no a', 'no b')", "x[i]", ["no <>"]),
        ("x = ('no a', 'no b')", "x[-1]", ["no b"]),
        ("x = {'k': 'a'}", "'no %(k)s' % x", ["no a"]),
        ("x = {'k': 'a'}\nf(x)", "'no %(k)s' % x", ["no <>"]),
        ("x = {'k': 'a'}\nx['k'] = y", "'no %(k)s' % x", ["no <>"]),
        ("x = ['a']\nx.append('b')", "', '.join(x)", ["a, b"]),
        ("x = ['a']\nif y: x.append('b')", "', '.join(x)", ["a, b", "a"]),
        ("x = ['a']\nx.append('b')\nf(x)", "', '.join(x)", ["<>"]),
        ("x = []\nfor y in z: x.append(y)", "'; '.join(x)", ["<>", ""]),
        ("x = ['a']\nfor y in z: x.append(f'no {y}')", "'; '.join(x)", ["a; no <>", "a"]),
        (
            "x = ['a']\nfor y in z: x.append(f'no {y}')\nx.append('b')",
            "'; '.join(x)",
            ["a; no <>; b", "a; b"],
        ),
        (
            "x = ['a']\nfor y in z:\n x.append(f'no {y}')\n x.append(y)",
            "'; '.join(x)",
            ["a<>"],
        ),
        ("def f(): return 'a'", "f()", ["a"]),
        ("def f():\n  if z: return 'a'\n  return 'b'", "f()", ["a", "b"]),
        ("def f(): return", "f('a')", ["<>"]),
        ("def f(y): return 'a ' + y", "f('b')", ["a b"]),
        ("def f(y): return 'a ' + y", "f(y='b')", ["a b"]),
        ("def f(y, z): return 'a ' + z", "f('b', 'c')", ["a c"]),
        ("def f(y='b'): return 'a ' + y", "f()", ["a b"]),
        ("def f(y='b'): return 'a ' + y", "f(x)", ["a <>"]),
        ("def f(y='b'): return 'a ' + y", "f(*x)", ["a <>"]),
        ("def f(y='b'): return 'a ' + y", "f(**x)", ["a <>"]),
        ("def f(*y): return 'a %s' % y", "f('b')", ["a b"]),
        ("def f(*y): return 'a %s' % y", "f(*x)", ["a <>"]),
        ("def f(y=None):\n  if y is None: y = 'b'\n  return 'a ' + y", "f()", ["a b"]),
        ("def f(y=None):\n  if y is None: y = 'b'\n  return 'a ' + y", "f('c')", ["a c"]),
        ("def f(y=None):\n  if y is None: y = 'b'\n  return 'a ' + y", "f(x)", ["a <>"]),
        ("def f(y=None):\n  if y: y = 'b'\n  return 'a ' + y", "f('c')", ["a b"]),
        ("@other\ndef f(): return 'a'", "f()", ["<>"]),
        ("def f(): return 'a'\nif x: f = y", "f()", ["<>"]),
        ("def f():\n  def g(): return 'b'\n  return 'a'", "f()", ["a"]),
        ("class C:\n  def f(self, y): return 'a ' + y", "c.f('b')", ["<>"]),
        ("class X:\n  A = 'a'", "X.A", ["a"]),
        ("class X:\n  A = 'a'", "X.A.value", ["a"]),
        ("class X:\n  A = 'a'\n  A = 'b'", "X.A", ["<>"]),
        ("class X:\n  A = 'a'", "X[y].value", ["<>"]),
        ("x = 'localhost'", "f'at {x}'", ["at localhost"]),
        ("x = 'the %s' % y", "f'at {x}'", ["at the <>"]),
        ("if y: x = 'no a'\nelse: x = 'no b'", "f'at {x}'", ["at no <>"]),
    ],
)
def test_what_is_known_of_names(source: str, expression: str, expected: list[str]) -> None:
    """Tables, lists, and what functions of the same file return."""
    is_of_module = source.startswith("class")
    found = read(expression, "", source) if is_of_module else read(expression, source)
    assert set(found) == set(expected)


def test_the_scope_around() -> None:
    """What a function does not bind is the module's, unless it is a parameter."""
    assert read("x", "", "x = 'a'") == ["a"]
    assert read("x", "x = 'b'", "x = 'a'") == ["b"]
    assert read("x", "def here(x): pass", "x = 'a'") == ["<>"]
    assert read("x", "", "x = 'a'\ndef f():\n  global x\n  x = y") == ["a", "<>"]
    assert read("f()", "", "def f(): return 'a'") == ["a"]
    assert read("f()", "def f(): return 'b'", "def f(): return 'a'") == ["b"]


HANDLED = {
    "str(e)": CAUGHT,
    "f'{e}'": CAUGHT,
    "'%s' % e": CAUGHT,
    "e.args[0]": CAUGHT,
    "type(e).__name__": CAUGHT_CLASS,
    "f'{e.__class__.__name__}: {e}'": f"{CAUGHT_CLASS}: {CAUGHT}",
    "f'{e!r}'": CAUGHT_REPR,
    "repr(e)": CAUGHT_REPR,
    "e.reason": "<>",
    "e": CAUGHT,
}


@pytest.mark.parametrize("expression", HANDLED)
def test_the_exception_that_is_handled(expression: str) -> None:
    """Its message and its class's name are marked, to be looked up."""
    body = ast.parse(f"try: pass\nexcept OSError as e:\n  {expression}").body
    assert isinstance(body[0], ast.Try)
    inner = body[0].handlers[0].body[0]
    assert isinstance(inner, ast.Expr)
    found = Reader(Names(Scope.of(body), lambda: None)).templates(inner.value)
    assert shown(found) == [HANDLED[expression]]


def test_an_exception_that_was_handled_before() -> None:
    """After its handler, and in another one, its message is unknown."""
    source = "try: pass\nexcept OSError as e: x = f'no {e}'"
    assert read("x", source) == ["no <>"]
    source = "try: pass\nexcept OSError as e:\n  x = e\n  try: y\n  except: z = f'no {x}'"
    assert read("z", source) == ["no <>"]


def test_what_is_read_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Depth, alternatives, parts and work have limits; beyond them there is a hole."""
    deep = "+".join(["'a'"] * 40)
    assert read(deep) != ["a" * 40]
    assert read("x", "\n".join(f"if y: x = 'a{number}'" for number in range(100))) == ["<>"]
    assert read("' '.join([" + "'a'," * 100 + "])")[0] == " ".join("a" * 100)
    assert read("' '.join([" + "'a'," * 101 + "])") == ["<>"]
    monkeypatch.setattr(expressions, "MAX_WORK", 2)
    monkeypatch.setattr(expressions, "MAX_OWN_WORK", 0)
    assert read("'a' + 'b' + 'c'") != ["abc"]


def test_what_names_stand_for_takes_no_work_of_the_statement() -> None:
    """If a name's values are too many to be read, the fixed text around it remains."""
    source = "x0 = 'a'\n" + "\n".join(f"x{n + 1} = x{n} + x{n}" for n in range(13))
    assert read("'no ' + x13 + ' key'", source)[0].startswith("no ")
    assert read("'no ' + x13 + ' key'", source)[0].endswith(" key")
    assert read("f'no {x13} key' + x13 + f' in {x13} it'", source)[0].endswith(" it")


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
