"""Finds the frame that raised an exception which was given the traceback of its cause.

``raise Refused(*error.args).with_traceback(error.__traceback__) from error``: the traceback ends
where the cause was raised, and the `raise` statement is further up.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from telemetry_hook._crash.crash import Frame, Gap
from telemetry_hook._redact.message import instructions

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


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


def _is_same(frame: Frame | Gap, other: Frame | Gap) -> bool:
    return (
        isinstance(frame, Frame)
        and isinstance(other, Frame)
        and frame.code is other.code
        and frame.lasti == other.lasti
    )


def _is_raising(frame: Frame | Gap) -> bool:
    return isinstance(frame, Frame) and instructions.is_raise(frame.code, frame.lasti)
