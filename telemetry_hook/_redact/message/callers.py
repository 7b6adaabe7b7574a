"""Binds the functions on a traceback to what their callers gave, and sees what they change."""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import TYPE_CHECKING

from telemetry_hook._crash import guarded
from telemetry_hook._redact.message import kinds
from telemetry_hook._redact.message.nodes import assigned_attributes, name_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from telemetry_hook._crash.crash import Frame, Gap
    from telemetry_hook._redact.message.sources import SourcePiece, Sources
    from telemetry_hook._redact.published.locations import Location
    from telemetry_hook._redact.published.public_files import PublicFile

MAX_CALLERS = 6


class Callers:
    """The functions on a traceback. `files` are the files of those that were read.

    `located` has the public location of each frame, or None for a frame that is not public.
    """

    def __init__(
        self,
        sources: Sources,
        frames: Sequence[Frame | Gap],
        located: Sequence[Location | None],
    ) -> None:
        self._sources = sources
        self._frames = frames
        self._located = located
        self._pieces: dict[int, SourcePiece | None] = {}
        self.files: dict[PublicFile, None] = {}

    def piece(self, at: int) -> SourcePiece | None:
        """Return the function of a frame, with its parameters bound to its callers' arguments."""
        if at not in self._pieces:
            self._pieces[at] = self._bound(at, MAX_CALLERS)
        return self._pieces[at]

    def _bound(self, at: int, callers: int) -> SourcePiece | None:
        location = self._located[at]
        if location is None:
            return None
        piece = self._sources.definition(location.file, location.definition)
        if piece is None:
            return None
        self.files[location.file] = None
        # The kinds of variables are reported for the tool's own functions alone.
        shapes = getattr(self._frames[at], "variables", {}) if location.file.is_own else {}
        marks = kinds.of_variables(shapes)
        piece = piece._replace(names=replace(piece.names, kinds=marks))
        caller = self._located[at - 1] if at and callers else None
        outer = self._bound(at - 1, callers - 1) if caller is not None else None
        function = piece.function
        if outer is None or caller is None or function is None:
            return piece
        call = outer.only_call_at(caller.line, function.name)
        if call is None:
            return piece
        is_method = piece.names.scope.first is not None
        home = self._sources.home(location.file)
        names = outer.names.binding(call, function, home, is_method=is_method)
        bound = names.bound
        if not self._is_certain(call, caller) or self.is_changed("__defaults__"):
            bound = {name: given for name, given in bound.items() if given and given.names != home}
        closed = piece.names.closed
        return piece._replace(
            names=replace(names, bound=bound, closed=closed, attributes={}, methods={}, kinds=marks)
        )

    def _is_certain(self, call: ast.Call, caller: Location) -> bool:
        """Return whether a call has all arguments of its function, which is no `partial` then."""
        if isinstance(call.func, ast.Name):
            return True
        module = guarded.module_names(caller.file.module).get(
            name_of(getattr(call.func, "value", call))
        )
        return type(module) is type(ast)

    def is_changed(self, name: str) -> bool:
        """Return whether a function on the way may assign an attribute of the exception or its class."""
        return any(
            changes(piece.tree, name, frame)
            for frame, location in zip(self._frames, self._located, strict=True)
            if location is not None and self._sources.assigns(location.file, name)
            if (piece := self._sources.definition(location.file, location.definition)) is not None
        )


def changes(tree: ast.AST, name: str, frame: Frame | Gap) -> bool:
    """Return whether a function assigns an attribute of an exception, or of something unknown."""
    shapes = getattr(frame, "variables", {})
    for node in assigned_attributes(tree):
        shape = shapes.get(node.value.id) if isinstance(node.value, ast.Name) else None
        if node.attr == name and (shape is None or is_exception(shape.kind)):
            return True
    return False


def is_exception(kind: type) -> bool:
    """Return whether a class is one of exceptions, or a class of classes, which may be."""
    return any(base is BaseException or base is type for base in guarded.mro(kind))
