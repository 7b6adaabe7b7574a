"""Which tests of `if` and `match` decide whether a statement of a function runs.

``if text: return text`` → the `return` runs if `text` is true, and what follows it if it is false.
"""

from __future__ import annotations

import ast
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from telemetry_hook._redact.message.nodes import FUNCTIONS, end_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from telemetry_hook._redact.message.nodes import Function, Place

    Holds = Callable[[ast.expr], bool | None]

MAX_TESTS = 20
LEAVE = (ast.Return, ast.Raise, ast.Continue, ast.Break)


class Test(NamedTuple):
    """A test, and what it must be. `inside` is the end of the block that runs then.

    `until` is the end of the block that has the whole `if` statement. Both are None for a test that
    leaves the block if it comes out otherwise.
    """

    node: ast.expr
    is_true: bool
    inside: Place | None = None
    until: Place | None = None


def may_run(tests: Sequence[Test], holds: Holds) -> bool:
    """Return whether a statement may run. `holds` returns None for a test that is not known."""
    return all(holds(test.node) in (None, test.is_true) for test in tests)


@lru_cache(maxsize=256)
def of_function(function: Function) -> Mapping[int, tuple[Test, ...]]:
    """Return the tests of each statement in a function, by the id of the statement."""
    return of(function.body)


def of(body: Sequence[ast.stmt]) -> Mapping[int, tuple[Test, ...]]:
    """Return the tests of each statement in a block, by the id of the statement."""
    found: dict[int, tuple[Test, ...]] = {}
    _block(body, (), found)
    return found


def _block(
    body: Sequence[ast.stmt], tests: tuple[Test, ...], found: dict[int, tuple[Test, ...]]
) -> None:
    until = end_of(body[-1]) if body else None
    for statement in body:
        found[id(statement)] = tests
        if len(tests) >= MAX_TESTS or isinstance(statement, (*FUNCTIONS, ast.ClassDef)):
            continue
        if isinstance(statement, ast.If):
            test = statement.test
            for block, is_true in ((statement.body, True), (statement.orelse, False)):
                if block:
                    taken = Test(test, is_true, end_of(block[-1]), until)
                    _block(block, (*tests, taken), found)
            if isinstance(statement.body[-1], LEAVE) and not statement.orelse:
                tests = (*tests, Test(test, is_true=False))
        elif isinstance(statement, ast.Match):
            _cases(statement, tests, found, until)
        else:
            _inside(statement, tests, found)


def _inside(node: ast.AST, tests: tuple[Test, ...], found: dict[int, tuple[Test, ...]]) -> None:
    for _, value in ast.iter_fields(node):
        children = value if isinstance(value, list) else []
        _block([child for child in children if isinstance(child, ast.stmt)], tests, found)
        for child in children:
            if isinstance(child, ast.ExceptHandler):
                _block(child.body, tests, found)


def _cases(
    node: ast.Match,
    tests: tuple[Test, ...],
    found: dict[int, tuple[Test, ...]],
    until: Place | None,
) -> None:
    """Read cases of single constants, and a last one of all others, as a chain of `if`."""
    others: tuple[Test, ...] = ()
    for case in node.cases:
        inside = end_of(case.body[-1])
        pattern, is_simple = case.pattern, case.guard is None
        is_rest = isinstance(pattern, ast.MatchAs) and pattern.pattern is None
        if isinstance(pattern, ast.MatchValue) and is_simple:
            test = ast.Compare(node.subject, [ast.Eq()], [pattern.value])
            taken = Test(test, True, inside, until)
            _block(case.body, (*tests, *others, taken), found)
            others = (*others, Test(test, is_true=False))
        elif is_rest and is_simple and others:
            last = others[-1]._replace(inside=inside, until=until)
            _block(case.body, (*tests, *others[:-1], last), found)
        else:
            _block(case.body, (*tests, *others), found)
