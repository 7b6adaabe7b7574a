"""The frames that an exception went through, and whose they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import FrameType

# Read past the exception's own class, which may have a property of that name.
_traceback = vars(BaseException)["__traceback__"].__get__


def frames(exception: BaseException) -> list[FrameType]:
    """Return the frames of an exception's traceback, the innermost first."""
    found: list[FrameType] = []
    entry = _traceback(exception)
    while entry is not None:
        found.append(entry.tb_frame)
        entry = entry.tb_next
    return found[::-1]


def package(frame: FrameType) -> str:
    """Return the top-level package whose code a frame runs; empty where no module holds it.

    Alembic loads `env.py` and migration scripts under names of their own, so that a project's
    directory named `alembic` is not taken for the package.
    """
    return str(frame.f_globals.get("__name__", "")).partition(".")[0]
