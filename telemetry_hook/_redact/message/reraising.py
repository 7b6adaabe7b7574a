"""Finds the frame that raised an exception, where the traceback does not end with it.

``raise Refused(*error.args).with_traceback(error.__traceback__) from error``: the traceback ends
where the cause was raised, and the `raise` statement is further up. That of an import error may end in
Python's import system.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from telemetry_hook._crash import guarded
from telemetry_hook._crash.crash import Frame, Gap
from telemetry_hook._redact.message import instructions

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from telemetry_hook._redact.published.locations import Location

IMPORT_SYSTEM = "importlib._bootstrap"


def own_frames(
    frames: Sequence[Frame | Gap], of_causes: Iterable[Sequence[Frame | Gap]]
) -> Sequence[Frame | Gap]:
    """Return an exception's frames without those of the cause's traceback at their end."""
    for of_cause in of_causes:
        count = len(of_cause)
        own, rest = frames[: len(frames) - count], frames[len(frames) - count :]
        if own and isinstance(own[-1], Gap):
            own = own[:-1]  # the function with the `try` or `with` is there twice
        if own and rest and all(map(_is_same, rest, of_cause)) and _is_raising(own[-1]):
            return own
    return frames


def without_importing(
    exception: BaseException,
    frames: Sequence[Frame | Gap],
    located: Sequence[Location | None],
) -> Sequence[Frame | Gap]:
    """Return an import error's frames without those of Python's import system at their end.

    A statement's traceback has none of them. That of `importlib.import_module` has.
    """
    count = len(frames)
    while count and _is_importing(frames[count - 1], located[count - 1]):
        count -= 1
    return frames[:count] if count and guarded.is_a(exception, ImportError) else frames


def _is_importing(frame: Frame | Gap, location: Location | None) -> bool:
    if isinstance(frame, Gap) or location is None:
        return isinstance(frame, Gap)
    return location.file.distribution is None and location.file.module == IMPORT_SYSTEM


def _is_same(frame: Frame | Gap, other: Frame | Gap) -> bool:
    return (
        isinstance(frame, Frame)
        and isinstance(other, Frame)
        and frame.code is other.code
        and frame.lasti == other.lasti
    )


def _is_raising(frame: Frame | Gap) -> bool:
    return isinstance(frame, Frame) and instructions.is_raise(frame.code, frame.lasti)
