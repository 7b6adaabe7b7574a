"""What is known of the frame that raised an exception: whether C code did it there, and what failed."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from telemetry_hook._crash import compiled
from telemetry_hook._crash.crash import Frame, Gap
from telemetry_hook._redact.message import extensions, instructions, raised, statements
from telemetry_hook._redact.message.failing import Failing
from telemetry_hook._redact.message.sources import RAISERS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from telemetry_hook._redact.message.callers import Callers
    from telemetry_hook._redact.message.sources import SourcePiece
    from telemetry_hook._redact.message.statements import Import
    from telemetry_hook._redact.published.locations import Location, Locations
    from telemetry_hook._redact.published.public_files import PublicFile


class RaisingFrame:
    """The last frame of an exception's traceback.

    `is_by_user`: it is not public. `is_by_c`: it called C code, which raised the exception.
    `variables` has the classes of its variables, by name. `code` is None without a frame. `extension` is
    the package whose compiled code raised the exception, of which no source is published.
    """

    def __init__(
        self,
        locations: Locations,
        callers: Callers,
        kind: type,
        frames: Sequence[Frame | Gap],
        located: Sequence[Location | None],
    ) -> None:
        self._locations = locations
        self._callers = callers
        self._kind = kind
        self._frames = frames
        self._located = located
        last = frames[-1] if frames else None
        self.code, self._offset = getattr(last, "code", None), getattr(last, "lasti", -1)
        self.is_by_user = not located or located[-1] is None
        shapes = getattr(last, "variables", {})
        self.variables = {name: shape.kind for name, shape in shapes.items()}
        self.is_compiled = self.code is not None and compiled.is_made_up(self.code)
        self.extension = self._package(last) if self.is_by_user else None
        self.is_by_c = self.code is not None and (
            self.extension is not None or not self._is_by_raise()
        )

    def _package(self, last: Frame | Gap | None) -> str | None:
        found = self._locations.compiled(last) if isinstance(last, Frame) else None
        return None if found is None else extensions.package_of(found.extension.module)

    @cached_property
    def failing(self) -> Failing | None:
        """The place of the instruction that failed, if C code raised there, or None."""
        location = self._located[-1] if self._located else None
        if location is None or self.is_compiled or not self.is_by_c:
            return None
        _, piece = self._raising
        return Failing(location, piece, self._offset, self.variables)

    @cached_property
    def imported(self) -> tuple[PublicFile, Import] | None:
        """The import that failed in compiled code, and its file, or None if that is not known."""
        location, piece = self._raising
        if location is None or not self.is_compiled or not self.is_by_c:
            return None
        found = statements.only_import(piece, location.line)
        return None if found is None else (location.file, found)

    def is_by_lazy_import(self) -> bool:
        """Return whether the last frame is the one that Python makes for the module of a lazy import.

        Its code object is empty, as those of compiled functions are.
        """
        is_of_module = self.code is not None and self.code.co_name == "<module>"
        return self.is_compiled and is_of_module and self._kind is ImportError

    def _is_by_raise(self) -> bool:
        """Return whether a `raise` or `assert` in the last frame raised the exception."""
        last = self._frames[-1]
        if isinstance(last, Gap):
            return False
        at, location = len(self._located) - 1, self._located[-1] if self._located else None
        return raised.is_raise(last, at, location, self._callers, self._kind)

    @cached_property
    def _raising(self) -> tuple[Location | None, SourcePiece | None]:
        """The last frame's location and source, or None for what is not public."""
        location = self._located[-1] if self._located else None
        piece = None if location is None else self._callers.piece(len(self._located) - 1)
        return location, piece

    def is_handing_on(self) -> bool:
        """Return whether the failing instruction may raise an exception that was created elsewhere."""
        if self.code is None:
            return False
        if not self.is_compiled and instructions.is_handing_on(self.code, self._offset):
            return True
        location, piece = self._raising
        if location is None or piece is None:
            return self.is_compiled or not RAISERS.isdisjoint(self.code.co_names)
        if self.is_compiled:
            return bool(piece.raised_at(location.line)) or piece.hands_on_at(location.line)
        return any(piece.calls_at(location.line, name) for name in RAISERS)
