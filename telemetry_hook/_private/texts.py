"""Collects the texts of a crash that are private: what its report must not have."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from telemetry_hook._crash import guarded

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from types import TracebackType

    from telemetry_hook._crash.crash import Crash
    from telemetry_hook._private.search import PrivateNames

MAX_LENGTH = 4_096
MAX_ITEMS = 200
MAX_TEXTS = 20_000
MAX_FRAMES = 200

NAME = "a name of this machine or its user"


def collect(
    crash: Crash,
    swallowed: Iterable[str],
    names: PrivateNames,
    environments: Iterable[Mapping[str, str]],
) -> Iterator[tuple[str, str]]:
    """Yield all texts that are known to be private, each with its kind.

    `environments` are the program's own environment and the one that it was started with.
    """
    yield from (("a part of the message", text) for text in swallowed)
    arguments = getattr(sys, "argv", None)
    if type(arguments) is list:
        yield from (("an argument", text) for text in arguments if type(text) is str)
    for environment in environments:
        yield from (("a value of the environment", text) for text in environment.values())
    yield from ((NAME, text) for text in names.texts)
    count = 0
    for captured in crash.all_captured():
        for text in _strings_of_frames(guarded.traceback(captured.exception)):
            count += 1
            if count > MAX_TEXTS:
                return
            yield "the value of a variable", text


def _strings_of_frames(traceback: TracebackType | None) -> Iterator[str]:
    for _ in range(MAX_FRAMES):
        if traceback is None:
            return
        values = traceback.tb_frame.f_locals
        if type(values) is dict or type(values) is type(sys._getframe().f_locals):  # noqa: SLF001
            for value in list(values.values()):
                yield from _strings(value)
        traceback = traceback.tb_next


def _strings(value: object) -> Iterator[str]:
    kind = type(value)
    items: Iterable[object] = (value,)
    if kind is list or kind is tuple:
        items = value[:MAX_ITEMS]  # type: ignore[index]
    elif kind is dict and len(value) <= MAX_ITEMS:  # type: ignore[arg-type]
        items = [*value.keys(), *value.values()]  # type: ignore[attr-defined]
    for item in items:
        if type(item) is str and len(item) <= MAX_LENGTH:
            yield item
