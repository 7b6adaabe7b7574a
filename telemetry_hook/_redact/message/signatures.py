"""Messages of calls that do not fit the function's parameters, as Python's C code makes them.

``two() missing 1 required positional argument: 'b'``, ``Car.__init__() got an unexpected keyword
argument 'wheels'``: a call in published source and a published function decide on the whole text. So the
texts that a call can lead to are made from these two, and the message is one of them or not.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, NamedTuple

from telemetry_hook._redact import origins
from telemetry_hook._redact.origins import compose

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from types import FunctionType

    from telemetry_hook._report import PublicText

CO_VARARGS, CO_VARKEYWORDS = 4, 8
NUMBERS = origins.words(*(f"{number}" for number in range(100)))
_WORDS = origins.words(
    *("'", "s", "", "from ", " to ", " and ", ", ", ", and ", "was", "were", ": ", " given"),
    *("() got an unexpected keyword argument '", "'. Did you mean '", "'?"),
    *("() got multiple values for argument '", "() takes ", "() missing ", " required "),
    *("positional", "keyword-only", " argument", " positional argument", " but ", " "),
    *(" (and ", " keyword-only argument", ")"),
)


class Target(NamedTuple):
    """A function that a call runs. `name` is its qualified name, and `is_bound` if it gets `self` as well.

    `public` returns the name of a parameter as a public text.
    """

    function: FunctionType
    name: PublicText
    is_bound: bool
    public: Callable[[str], PublicText | None]


def messages(
    call: ast.Call, target: Target, keyword: Callable[[str], PublicText | None]
) -> Iterator[PublicText]:
    """Yield the texts that Python may make of a call that does not fit its function's parameters.

    `keyword` returns the name of a keyword in the call as a public text.
    """
    function = target[0]
    code = function.__code__
    positional = code.co_varnames[: code.co_argcount]
    only = code.co_varnames[code.co_argcount :][: code.co_kwonlyargcount]
    named = [each.arg for each in call.keywords if each.arg is not None]
    keywords = {*positional[code.co_posonlyargcount :], *only}
    for name in named:
        text = keyword(name)
        if text is not None and name not in keywords and not code.co_flags & CO_VARKEYWORDS:
            yield from _unexpected(target, text, [*positional, *only])
        elif text is not None and name in positional:
            yield compose(
                [target.name, _WORDS["() got multiple values for argument '"], text, _WORDS["'"]]
            )
    is_complete = len(named) == len(call.keywords)
    if not is_complete or any(isinstance(each, ast.Starred) for each in call.args):
        return
    given = len(call.args) + target.is_bound
    defaults = min(_count(function.__defaults__), len(positional))
    if given > len(positional) and not code.co_flags & CO_VARARGS:
        yield from _too_many(target, len(positional), defaults, given, len({*named} & {*only}))
    required = positional[: len(positional) - defaults]
    yield from _missing(
        target, [each for each in required[given:] if each not in named], "positional"
    )
    without = [each for each in only if each not in _keys(function.__kwdefaults__)]
    yield from _missing(target, [each for each in without if each not in named], "keyword-only")


def _count(defaults: object) -> int:
    """Return the number of a function's defaults. The program may have set an object of its own."""
    return len(defaults) if type(defaults) is tuple else 0


def _keys(defaults: object) -> frozenset[str]:
    """Return the names of a function's keyword-only parameters that have a default."""
    keys = [*defaults] if type(defaults) is dict else []
    return frozenset(key for key in keys if type(key) is str)


def _unexpected(
    target: Target, name: PublicText, parameters: Sequence[str]
) -> Iterator[PublicText]:
    """Yield the texts about an unknown keyword. Since 3.13, Python suggests a parameter's name."""
    before = [target.name, _WORDS["() got an unexpected keyword argument '"], name]
    yield compose([*before, _WORDS["'"]])
    for parameter in filter(None, map(target.public, parameters)):
        yield compose([*before, _WORDS["'. Did you mean '"], parameter, _WORDS["'?"]])


def _too_many(
    target: Target, count: int, defaults: int, given: int, only: int
) -> Iterator[PublicText]:
    if max(given, only) >= len(NUMBERS):
        return
    taken = [NUMBERS[str(count)]]
    if defaults:
        taken = [_WORDS["from "], NUMBERS[str(count - defaults)], _WORDS[" to "], *taken]
    beside = []
    if only:
        beside = [
            *(
                _WORDS[" positional argument"],
                _plural(given),
                _WORDS[" (and "],
                NUMBERS[str(only)],
            ),
            *(_WORDS[" keyword-only argument"], _plural(only), _WORDS[")"]),
        ]
    yield compose(
        [
            *(target.name, _WORDS["() takes "], *taken, _WORDS[" positional argument"]),
            *(_plural(2 if defaults else count), _WORDS[" but "], NUMBERS[str(given)], *beside),
            *(_WORDS[" "], _WORDS["was" if given == 1 and not only else "were"], _WORDS[" given"]),
        ]
    )


def _missing(target: Target, names: Sequence[str], kind: str) -> Iterator[PublicText]:
    public = [target.public(name) for name in names]
    quoted = [compose([_WORDS["'"], name, _WORDS["'"]]) for name in public if name is not None]
    if not names or len(quoted) < len(names) or len(names) >= len(NUMBERS):
        return
    last = {1: [], 2: [_WORDS[" and "]]}.get(len(quoted), [_WORDS[", and "]])
    pieces = [piece for name in quoted[:-1] for piece in (_WORDS[", "], name)][1:]
    yield compose(
        [
            *(target.name, _WORDS["() missing "], NUMBERS[str(len(names))], _WORDS[" required "]),
            *(_WORDS[kind], _WORDS[" argument"], _plural(len(names)), _WORDS[": "]),
            *(*pieces, *last, quoted[-1]),
        ]
    )


def _plural(count: int) -> PublicText:
    return _WORDS["" if count == 1 else "s"]
