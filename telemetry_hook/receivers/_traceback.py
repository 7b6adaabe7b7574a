"""Renders the exceptions of a report as Python prints a traceback: causes first, groups indented.

The exceptions are in the form that they have in a report's JSON. What a report knows more than a
traceback is in comments below the source::

    Traceback (most recent call last):
      File "lift/plan.py", line 42, in order_models
        order.append(waiting.pop().name)
                     ^^^^^^^^^^^^^^^^^^
        # order: list(10+), waiting: list(0)
    IndexError: pop from empty list
"""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    Values = Mapping[str, Any]

WIDTH = 79
HEADER = "Traceback (most recent call last):"
GROUP = "Exception Group "
OPERANDS = "worked on "
PASSED = "not caught by "
RELATIONS = {
    "cause": "The above exception was the direct cause of the following exception:",
    "context": "During handling of the above exception, another exception occurred:",
}
NO_BREAK = "\N{NO-BREAK SPACE}"
OTHER = "The above exception was another crash of the process. The reported one:"
DASHES = "-" * 16
# The fixed words of a traceback. The gate knows them.
WORDS = (HEADER, GROUP, OPERANDS, PASSED, OTHER, *RELATIONS.values(), 'File "', '", line ', ", in ")


def traceback(exceptions: Sequence[Values]) -> str:
    """Return the traceback of a report's exceptions, without a line feed at its end.

    The crash is last, also after other crashes of the same process.
    """
    lines: list[str] = []
    for index, exception in enumerate(exceptions):
        if exception.get("relation") == "other":
            lines += [*_chain(exceptions, index, 0), "", OTHER, ""]
    lines += _chain(exceptions, 0, 0) if exceptions else ()
    return "\n".join(line.rstrip() for line in lines)


def title(exception: Values) -> str:
    """Return the last line of a traceback: ``lift.plan.PlanError: cannot order models``."""
    name = ".".join(filter(None, (exception.get("module"), exception["type"])))
    return f"{name}: {exception['message']}" if exception.get("message") else name


def frame_lines(frame: Values) -> list[str]:
    """Return the lines of a frame: its place, its statement, and what is known of it."""
    if not frame.get("module"):
        return [f"  {frame['function']}"]
    line = f", line {frame['line']}" if frame.get("line") else ""
    place = frame.get("file") or frame["module"]
    return [f'  File "{place}"{line}, in {frame["function"]}', *_source(frame), *_facts(frame)]


def _source(frame: Values) -> Iterator[str]:
    """Yield the lines of the failing statement, with `^^^` below the expression that failed."""
    source = frame.get("source")
    if source is None:
        return
    before, line, after = source.get("before", []), source["line"], source.get("after", [])
    first, last, number = source.get("first"), source.get("last"), frame.get("line")
    if first is None or last is None or number is None:
        before, after = [], []
    elif "…" not in [*before, *after]:
        before = before[len(before) - number + first :] if number > first else []
        after = after[: last - number]
    lines = textwrap.dedent("\n".join([*before, line, *after])).split("\n")
    for index, text in enumerate(lines):
        yield f"    {text}"
        expression = source.get("expression")
        is_marked = index == len(before) and expression and text.count(expression) == 1
        if is_marked and text.strip() != expression:
            yield f"    {' ' * text.index(expression)}{'^' * len(expression)}"


def wrapped(items: Sequence[str], first: str, rest: str) -> list[str]:
    """Return items in lines, with commas between them. `first` and `rest` begin the lines.

    No item is broken: ``# own: dict(1+),``, ``#   key: int``.
    """
    text = ", ".join(item.replace(" ", NO_BREAK) for item in items)
    lines = textwrap.wrap(
        text,
        WIDTH,
        initial_indent=first,
        subsequent_indent=rest,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return [line.replace(NO_BREAK, " ") for line in lines]


def _facts(frame: Values) -> list[str]:
    """Return what is known of a frame, as comments."""
    variables, operands = frame.get("variables") or {}, frame.get("operands") or ()
    kinds = {name: f"{name}: {shape}" for name, shape in variables.items()}
    used = [kinds.pop(name, name) for name in operands]
    passed = [header.removesuffix(":") for header in frame.get("passed") or ()]
    first, rest = "    # ", "    #   "
    return [
        *wrapped(used, f"{first}{OPERANDS}", rest),
        *wrapped([*kinds.values()], first, rest),
        *wrapped(passed, f"{first}{PASSED}", rest),
    ]


def _chain(exceptions: Sequence[Values], index: int, depth: int) -> Iterator[str]:
    """Yield the lines of an exception after those of its cause. `depth` is that of the group."""
    margin = "  " * depth + "| " if depth else ""
    for child in _children(exceptions, index, *RELATIONS):
        yield from _chain(exceptions, child, depth)
        yield from (margin, margin + RELATIONS[exceptions[child]["relation"]], margin)
    members = _children(exceptions, index, "member")
    lines = [*_single(exceptions[index], is_group=bool(members))]
    if members and not depth:
        depth, margin = 1, "  | "
        yield f"  + {lines.pop(0)}"
    yield from (margin + line for line in lines)
    for number, member in enumerate(members, 1):
        corner = "+-" if number == 1 else "  "
        yield f"{'  ' * depth}{corner}+{DASHES} {number} {DASHES}"
        yield from _chain(exceptions, member, depth + 1)
    if members and not _children(exceptions, members[-1], "member"):
        yield f"{'  ' * (depth + 1)}+{DASHES}----{DASHES}"


def _children(exceptions: Sequence[Values], index: int, *relations: str) -> list[int]:
    """Return the exceptions that have one of the relations to another one. They come after it."""
    return [
        child
        for child in range(index + 1, len(exceptions))
        if exceptions[child].get("parent") == index
        and exceptions[child].get("relation") in relations
    ]


def _single(exception: Values, *, is_group: bool) -> Iterator[str]:
    frames = exception.get("frames") or ()
    if frames or is_group:
        yield f"{GROUP if is_group else ''}{HEADER}"
    for frame in frames:
        yield from frame_lines(frame)
    yield from title(exception).split("\n")
    for detail in exception.get("details") or ():
        yield f"  {detail['name']}: {detail['value']}"
