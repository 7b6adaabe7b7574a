"""What a frame shows of published source: the whole statement, what failed in it, what did not catch."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from fragile import Fragile
from published import Site

from telemetry_hook._redact.source_lines import MAX_CHARACTERS, MAX_LINES
from telemetry_hook._report import RedactedFrame, SourceLines

HAS_COLUMNS = sys.version_info >= (3, 11)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """Make a site, and forget its modules afterwards."""
    before = set(sys.modules)
    yield Site(tmp_path)
    for name in set(sys.modules) - before:
        del sys.modules[name]


def frames(site: Site, fail: Callable[[str], object]) -> list[RedactedFrame]:
    """Return the frames of what a function raises."""
    return [*site.redacted(partial(fail, "hunter2"))[0].frames]


def failing(site: Site, body: str, head: str = "") -> SourceLines:
    """Return the source of the last frame, of a function with this body."""
    source = frames(site, site.function(head, body))[-1].source
    assert source is not None
    return source


def texts(source: SourceLines) -> list[str]:
    """Return the lines without their indentation."""
    return [line.strip() for line in (*source.before, source.line, *source.after)]


LONG_CALL = """
if s:
    raise KeyError(
        "one",
        "two",
        "three",
        "four",
        "five",
    )
return 1
"""


def test_a_statement_is_whole(site: Site) -> None:
    source = failing(site, LONG_CALL)
    assert texts(source)[-7:] == [
        *("raise KeyError(", '"one",', '"two",', '"three",', '"four",', '"five",', ")"),
    ]
    assert (source.first, source.last) == (4, 10)


def test_a_statement_is_whole_when_a_later_line_fails(site: Site) -> None:
    body = """
    x = [
        1,
        2,
        3,
        4,
        5,
        s.nothing,
        7,
    ]
    """
    source = failing(site, body)
    assert source.line.strip() == "s.nothing,"
    assert texts(source)[-9:] == ["x = [", "1,", "2,", "3,", "4,", "5,", "s.nothing,", "7,", "]"]
    assert (source.first, source.last) == (3, 11)


def test_a_statement_of_one_line_has_neighbours(site: Site) -> None:
    source = failing(site, "a = 1\nb = 2\nc = 3\nd = 4\nraise KeyError\ne = 5")
    assert texts(source) == ["b = 2", "c = 3", "d = 4", "raise KeyError", "e = 5"]
    assert (source.first, source.last, source.expression) == (None, None, None)


@pytest.mark.parametrize("width", [1, 250])
def test_of_a_long_statement_the_middle_is_left_out(site: Site, width: int) -> None:
    lines = "\n".join(f"    {number:0{width}}.0," for number in range(200))
    source = failing(site, f"x = [\n{lines}\n    s.nothing,\n{lines}\n]")
    found = texts(source)
    kept = [line for line in found if line != "…"]
    assert len(kept) <= MAX_LINES
    assert sum(map(len, kept)) <= MAX_CHARACTERS + 300
    assert source.line.strip() == "s.nothing,"
    assert (found[0], found[1], found[-2], found[-1]) == ("x = [", "…", "…", "]")
    assert (source.first, source.last) == (3, 405)


HEADS = [
    ("for _ in range(\n    s.nothing,\n):\n    pass\n    pass", "for _ in range(", "):"),
    ("if (\n    s and\n    s.nothing\n):\n    pass", "if (", "):"),
    ("while [\n    s.nothing\n]:\n    pass", "while [", "]:"),
    ("with open(\n    s.nothing\n) as x:\n    pass", "with open(", ") as x:"),
    ("@s.nothing(\n    1)\n# why\ndef inner(\n    a):\n    pass", "@s.nothing(", "a):"),
    ("class X(\n    s.nothing\n):\n    y = 1", "class X(", "):"),
    ("match (\n    s.nothing\n):\n    case 1:\n        pass", "match (", "):"),
]


@pytest.mark.parametrize(("body", "first", "last"), HEADS)
def test_only_the_head_of_a_statement_with_a_body(
    site: Site, body: str, first: str, last: str
) -> None:
    source = failing(site, body)
    found = texts(source)
    assert first in found
    assert last in found
    assert found.index(last) - found.index(first) == source.last - source.first  # type: ignore[operator]


def test_a_text_that_is_not_indented(site: Site) -> None:
    """The function's lines are not those that are indented."""
    source = failing(site, 'raise KeyError(\n    """\none\ntwo""", s)')
    assert texts(source)[-2:] == ["one", 'two""", s)']


def test_a_comprehension_and_a_lambda(site: Site) -> None:
    """They are parts of a statement of the function around them."""
    source = failing(site, "x = [\n    each.nothing\n    for each in s\n]")
    assert (source.first, source.last) == (3, 6)
    source = failing(site, "return (lambda: (\n    s.nothing\n))()")
    assert (source.first, source.last) == (3, 5)


def test_a_module(site: Site) -> None:
    with pytest.raises(NameError):
        site.publish("acme.top", "x = [\n    1,\n    nothing,\n]\n")
    found = [
        frame.source
        for frame in site.redacted(lambda: exec_module("acme.top", site))[0].frames
        if frame.in_app and frame.source is not None
    ]
    assert [(source.first, source.last) for source in found] == [(1, 4)]


def exec_module(name: str, site: Site) -> None:
    """Publish a module that fails, and run it again."""
    path = site.directory.joinpath(*name.split(".")).with_suffix(".py")
    module = sys.modules[name]
    site.publish(name, "")
    path.write_text("x = [\n    1,\n    nothing,\n]\n")
    file = site.files._found[str(path)]
    assert file is not None
    file.content = path.read_bytes()
    assert module.__spec__ is not None
    assert module.__spec__.loader is not None
    module.__spec__.loader.exec_module(module)


EXPRESSIONS = [
    ("x = len(s.nothing.more)", "s.nothing"),
    ('x = {"a": {}}\nreturn x["a"]["b"]', 'x["a"]["b"]'),
    ('x = {"a": {}}\nreturn x["b"]["a"]', 'x["b"]'),
    ('x = "äöü", s.nothing', "s.nothing"),
    ('x = "🦊", s.nothing, "🦊"', "s.nothing"),
    ("return max(\n    int(\n        s,\n    ),\n    1,\n)", "int( s, )"),
    ("return int(\n    s,\n    base=10,\n)", None),  # the lines show it
    ("x = (s\n    .strip()\n    .nothing)", None),
    ("x = (s\n    .encode()\n    .decode('no')\n    .strip())", "s .encode() .decode('no')"),
    ("x = 1 + s.nothing", "s.nothing"),
    ("raise KeyError(s)", None),
    ("int(s)", None),
    ("int(\n    s)", None),
]


@pytest.mark.skipif(not HAS_COLUMNS, reason="Python 3.10 does not know the columns")
@pytest.mark.parametrize(("body", "expression"), EXPRESSIONS)
def test_the_expression_that_failed(site: Site, body: str, expression: str | None) -> None:
    assert failing(site, body).expression == expression


@pytest.mark.skipif(not HAS_COLUMNS, reason="Python 3.10 does not know the columns")
def test_a_long_expression_is_cut(site: Site) -> None:
    expression = failing(site, f"x = s.nothing({', '.join(['1'] * 500)}).other").expression
    assert expression == "s.nothing"
    body = f"return int(s, base=({'+'.join(['1'] * 500)}) * 0 + 10)"
    expression = failing(site, body).expression
    assert expression is not None
    assert len(expression) == 201
    assert expression.startswith("int(s, base=(1+1+")


def passed(site: Site, body: str, head: str = "") -> list[list[str]]:
    """Return the clauses at each frame, which a function outside of all others calls."""
    fail = site.function(head + "\ndef outermost(s): return fail(s)", body)
    return [
        [*map(str, frame.passed)] for frame in frames(site, sys.modules[fail.__module__].outermost)
    ][1:]


CLAUSES = [
    ("try:\n    int(s)\nexcept KeyError:\n    pass", ["except KeyError:"]),
    (
        """
        try:
            try:
                int(s)
            except (
                KeyError,
                OSError,
            ) as error:
                pass
        except  IndexError as error:
            pass
        except TypeError:
            pass
        """,
        ["except ( KeyError, OSError, ):", "except IndexError:", "except TypeError:"],
    ),
    ("try:\n    int(s)\nexcept:\n    raise", ["except:"]),
    ("try:\n    if s:\n        int(s)\nexcept KeyError: pass", ["except KeyError:"]),
    # These are not in the body of the `try`.
    ("try:\n    pass\nexcept KeyError:\n    pass\nelse:\n    int(s)", []),
    ("try:\n    pass\nexcept KeyError:\n    pass\nfinally:\n    int(s)", []),
    ("try:\n    pass\nexcept KeyError:\n    pass\nint(s)", []),
    ("try:\n    pass\nfinally:\n    int(s)", []),
    ("int(s)", []),
    # A handler's own exception.
    ("try:\n    {}[s]\nexcept KeyError:\n    int(s)", []),
    (
        "try:\n    try:\n        {}[s]\n    except KeyError:\n        int(s)\nexcept OSError: pass",
        ["except OSError:"],
    ),
]


@pytest.mark.parametrize(("body", "expected"), CLAUSES)
def test_the_clauses_that_did_not_catch(site: Site, body: str, expected: list[str]) -> None:
    assert passed(site, body) == [expected]


def test_clauses_are_bounded(site: Site) -> None:
    body = "try:\n    int(s)\n" + "".join(
        f"except OSError[{number}]: pass\n" for number in range(99)
    )
    body = body.replace("OSError[", "NAMES[")
    [found] = passed(site, body, "NAMES = [OSError] * 99")
    assert len(found) == 8


@pytest.mark.parametrize(
    ("head", "body", "expected"),
    [
        # It was caught, kept and raised again.
        (
            "",
            "try:\n    int(s)\nexcept ValueError as error:\n    kept = error\nraise kept",
            [[], []],
        ),
        # another function caught it, and returned it
        (
            "def caught(s):\n    try: int(s)\n    except ValueError as error: return error",
            "raise caught(s)",
            [[], []],
        ),
        # what a lambda or a generator raises may have left its statement
        ("", "try:\n    kept = lambda: int(s)\nexcept OSError: pass\nkept()", [[], []]),
        ("", "try:\n    kept = (int(s) for _ in [1])\nexcept OSError: pass\nnext(kept)", [[], []]),
        # what was left out may have caught it
        (
            "def again(s, n):\n    try: return again(s, n - 1) if n else int(s)\n    except OSError: pass",
            "again(s, 1)",
            [[], ["except OSError:"], [], []],
        ),
    ],
)
def test_what_an_exception_did_not_get_past(
    site: Site, head: str, body: str, expected: list[list[str]]
) -> None:
    assert passed(site, body, head) == expected


def test_the_outermost_frame_of_a_cause_caught_it(site: Site) -> None:
    body = """
    try:
        inner(s)
    except ValueError as error:
        raise KeyError(s) from error
    """
    head = """
    def inner(s):
        try: int(s)
        except OSError: pass
    """
    exceptions = site.redacted(partial(site.function(head, body), "hunter2"))
    assert [[[*frame.passed] for frame in found.frames] for found in exceptions] == [
        [[]],
        [[], ["except OSError:"]],
    ]


def test_frames_of_dependencies_have_one_line_if_they_failed(site: Site) -> None:
    """Those that only called the tool have none."""
    source = """
    def call(function):
        return function("hunter2")
    def parse(s):
        x = 1
        return int(
            s)
    """
    library = site.publish("other.library", source, is_own=False)
    fail = site.function("from other.library import parse", "return parse(s)")
    found = site.redacted(partial(library.call, fail))[0].frames
    assert [frame.function for frame in found] == ["call", "fail", "parse"]
    outer, own, inner = found
    assert outer.source is None
    assert own.source is not None
    assert inner.source is not None
    assert inner.source == SourceLines((), inner.source.line, ())
    assert inner.source.line == "    return int("
    assert inner.passed == ()


LONG = "def fail(s):\n" + "    x = 1\n" * 4_000 + "    raise KeyError(\n        s)\n"
MANY = "".join(
    f"def f{number}(s):\n" + "    x = 1\n" * 300 + f"    return f{number + 1}(s)\n"
    for number in range(40)
)


@pytest.mark.parametrize(
    ("source", "start"),
    [(LONG, "fail"), (MANY + "def f40(s):\n    raise KeyError(\n        s)\n", "f0")],
)
def test_few_lines_are_parsed(tmp_path: Path, source: str, start: str) -> None:
    """Of what is too long, the lines around are shown."""
    fragile = Fragile(tmp_path, source)
    before = time.process_time()
    frame = fragile.report(start, "hunter2").exceptions[0].frames[-1]
    assert time.process_time() - before < 2
    assert frame.source is not None
    assert frame.source.line == "    raise KeyError("


def test_values_change_nothing(site: Site) -> None:
    """What is shown depends on what ran alone."""
    body = """
    words = {"a": s, "hunter2": 1}
    try:
        return [
            words,
            words["a"].nothing,
        ]
    except (KeyError, OSError):
        pass
    """
    site.identical(site.function("", body), ["hunter2", "a", "nothing", "KeyError", "s" * 500])


PRINTS = """
def chain(s):
    return (s
        .strip()
        .nothing
        .strip())

def call(s):
    raise KeyError(
        "one",
        s,
    )

def text(s):
    raise KeyError(f'''
        {s}
    ''')

def block(s):
    with open(
        s.nothing,
    ) as file:
        return file

def items(s):
    return [
        each.nothing
        for each in s
    ]
"""
FINGERPRINTS = {
    "chain": "32761d9b928d1d8b",
    "call": "38d5d0f3d5683bf1",
    "text": "b65f582bdb60d76a",
    "block": "5e74403f5490aad8",
    "items": "52020a8e4c83547c",
}


@pytest.mark.parametrize("function", FINGERPRINTS)
def test_a_fingerprint_is_the_same_under_every_python(tmp_path: Path, function: str) -> None:
    report = Fragile(tmp_path, PRINTS).report(function, "hunter2")
    assert report.fingerprint[:16] == FINGERPRINTS[function]
