"""Finds the calls that may have created an exception, from the statements that its traceback stopped at."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from telemetry_hook._crash import compiled
from telemetry_hook._crash.crash import Frame
from telemetry_hook._redact.message import instructions
from telemetry_hook._redact.message.construction import Creation
from telemetry_hook._redact.message.creations import Creations

if TYPE_CHECKING:
    from collections.abc import Sequence

    from telemetry_hook._crash.crash import Gap
    from telemetry_hook._redact.message.callers import Callers
    from telemetry_hook._redact.published.locations import Location

MAX_CREATIONS = 20


def creations(
    exception: BaseException,
    frames: Sequence[Frame | Gap],
    located: Sequence[Location | None],
    callers: Callers,
) -> list[Creation] | None:
    """Return the calls that may have created an exception, or None if that is not known.

    An exception that an outer frame created may have the traceback of another one.
    """
    last = len(located) - 1
    for at, (frame, location) in enumerate(zip(frames, located, strict=True)):
        if not isinstance(frame, Frame) or location is None:
            continue
        if is_raise(frame, at, location, callers, type(exception)):
            found = _raised(exception, frame, location, callers, at)
        else:
            found = _warned(exception, location, callers, at) if at == last else None
        if found:
            return found if len(found) <= MAX_CREATIONS else None
    return None


def is_raise(
    frame: Frame, at: int, location: Location | None, callers: Callers, kind: type
) -> bool:
    """Return whether a `raise` or `assert` in frame number `at` raised an exception of a class."""
    if not compiled.is_made_up(frame.code):
        return instructions.is_raise(frame.code, frame.lasti)
    piece = callers.piece(at) if location else None
    return bool(location and piece and piece.is_raised_by(location.line, kind))


def _raised(
    exception: BaseException, frame: Frame, location: Location, callers: Callers, at: int
) -> list[Creation] | None:
    piece = callers.piece(at)
    if piece is None:
        return None
    variables = {name: shape.kind for name, shape in frame.variables.items()}
    creator = Creations(exception, location.file.module, variables)
    created: list[Creation] = []
    for node in piece.raised_at(location.line):
        if isinstance(node, ast.Assert):
            message = [] if node.msg is None else [node.msg]
            call = ast.Call(ast.Name("AssertionError"), message, [])
            created.append(Creation(call, piece.names))
            continue
        found = None if node.exc is None else creator.of(node.exc, piece.names)
        if found is None:
            return None
        created += found
    return created


def _warned(
    exception: BaseException, location: Location, callers: Callers, at: int
) -> list[Creation] | None:
    """Return the call that makes a warning an exception: ``warnings.warn("it is old")``."""
    is_warning = issubclass(type(exception), Warning)
    piece = callers.piece(at) if is_warning else None
    call = None if piece is None else piece.only_call_at(location.line, "warn")
    if piece is None or call is None or not call.args:
        return None
    return [Creation(ast.Call(ast.Name("Warning"), call.args[:1], []), piece.names)]
