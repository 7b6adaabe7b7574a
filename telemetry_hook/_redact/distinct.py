"""Reports exceptions that look the same once. How many there were can be private.

The members of a group are a set in a report: equal ones are listed once, sorted by what is reported
of them, because their order and number depend on data. The group's detail `members` has the order of
magnitude of their number.

Other crashes of the process come last, sorted in the same way: time decides which thread fails first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from telemetry_hook._report import RedactedException

OTHER = "other"


class _Tree(NamedTuple):
    """An exception with the exceptions that belong to it. `key` is equal for equal trees."""

    key: str
    exception: RedactedException
    children: list[_Tree]


def distinct(exceptions: tuple[RedactedException, ...]) -> tuple[RedactedException, ...]:
    """Return the exceptions, without those that look the same as another one of the same parent.

    The numbers in `parent` are those of the exceptions that are left. A parent comes before what
    belongs to it.
    """
    if not exceptions:
        return ()
    crash = _tree(0, exceptions)
    others = [tree for tree in crash.children if tree.exception.relation == OTHER]
    crash = crash._replace(children=[tree for tree in crash.children if tree not in others])
    kept: list[RedactedException] = []
    for root in (crash, *others):
        waiting: list[tuple[int | None, _Tree]] = [(None if root is crash else 0, root)]
        for parent, tree in waiting:
            kept.append(tree.exception._replace(parent=parent))
            waiting += [(len(kept) - 1, child) for child in tree.children]
    return tuple(kept)


def _tree(index: int, exceptions: tuple[RedactedException, ...]) -> _Tree:
    exception = exceptions[index]
    inner = (at for at, other in enumerate(exceptions) if other.parent == index)
    by_key = {tree.key: tree for tree in (_tree(at, exceptions) for at in inner)}
    # A cause or context comes before the members. There is one at most.
    children = sorted(by_key.values(), key=lambda tree: (_is_member(tree), tree.key))
    key = f"{_look(exception)!r}({','.join(child.key for child in children)})"
    return _Tree(key, exception, children)


def _is_member(tree: _Tree) -> bool:
    return tree.exception.relation == "member"


def _look(exception: RedactedException) -> tuple[object, ...]:
    """Return what is reported of an exception. What identifies the bug comes first."""
    functions = [(frame.module or "", frame.function, frame.line) for frame in exception.frames]
    name = exception.module or "", exception.type, exception.message
    return (*name, functions, exception.relation, exception.details, exception.frames)
