"""Binds the functions on a traceback to what their callers gave, and sees what they change."""

from __future__ import annotations

import ast
import re
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from telemetry_hook._crash import guarded
from telemetry_hook._crash.crash import Frame
from telemetry_hook._redact.message import instructions, kinds
from telemetry_hook._redact.message.expressions import Reader
from telemetry_hook._redact.message.members import class_name, of_classes
from telemetry_hook._redact.message.names import Given
from telemetry_hook._redact.message.nodes import assigned_attributes, name_of
from telemetry_hook._redact.message.replacing import replaced

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import TypeVar

    from telemetry_hook._crash.crash import Gap
    from telemetry_hook._redact.message.sources import SourcePiece, Sources
    from telemetry_hook._redact.published.locations import Location, Locations
    from telemetry_hook._redact.published.public_files import PublicFile

    T = TypeVar("T")

MAX_CALLERS = 6
# With these, an object may get any attribute: that of a class's own methods, or any object.
OPENING_NAMES = frozenset({"__dict__", "__getattr__", "__getattribute__", "setattr", "vars"})
OPENING = re.compile(r"\bsetattr\((?!self\b)|(?<!\bself\.)\b__dict__\b|\bvars\((?!self\b)")


class Callers:
    """The functions on a traceback. `files` are the files of those that were read.

    `located` has the public location of each frame, or None for a frame that is not public.
    """

    def __init__(
        self,
        locations: Locations,
        sources: Sources,
        frames: Sequence[Frame | Gap],
        located: Sequence[Location | None],
    ) -> None:
        self._locations = locations
        self._sources = sources
        self._frames = frames
        self._located = located
        self._pieces: dict[int, SourcePiece | None] = {}
        self._changed: dict[str, list[SourcePiece]] = {}
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
        if callers == MAX_CALLERS:  # to read a class is expensive, and callers seldom need it
            piece = self._of_own_class(at, piece)
        before = self._before(at)
        caller = self._located[before] if before >= 0 and callers else None
        outer = self._bound(before, callers - 1) if caller is not None else None
        function = piece.function
        if outer is None or caller is None or function is None:
            return piece
        if self._reads_item(before):
            is_item = function.name == "__getitem__"
            call = outer.only_item_at(caller.line) if is_item else None
        else:
            call = outer.only_call_at(caller.line, function.name)
        if call is None:
            return piece
        is_method = piece.names.scope.first is not None
        home = self._sources.home(location.file)
        names = outer.names.binding(call, function, home, is_method=is_method)
        bound = names.bound
        if not self._is_certain(call, caller) or self.is_changed("__defaults__"):
            bound = {name: given for name, given in bound.items() if given and given.names != home}
        return piece._replace(names=replace(piece.names, bound=bound))

    def _reads_item(self, at: int) -> bool:
        frame, location = self._frames[at], self._located[at]
        is_known = location is not None and location.known_by is None  # which instruction it was
        return (
            is_known and isinstance(frame, Frame) and instructions.is_item(frame.code, frame.lasti)
        )

    def _before(self, at: int) -> int:
        """Return the number of the frame before one. -1 is none.

        The functions that run a generator for a `with` statement are skipped.
        """
        at -= 1
        while at >= 0:
            location = self._located[at]
            is_of_library = location is not None and location.file.distribution is None
            if location is None or not is_of_library or location.file.module != "contextlib":
                break
            at -= 1
        return at

    def _of_own_class(self, at: int, piece: SourcePiece) -> SourcePiece:
        """Return a method with the members of the class of its first parameter's value.

        Of attributes, only those are known that no method or module assigns to an object.
        """
        first = piece.names.scope.first
        shape = getattr(self._frames[at], "variables", {}).get(first)
        if shape is None or is_exception(shape.kind):
            return piece
        bases = guarded.mro(shape.kind)
        statements = self.statements(bases)
        piece = piece._replace(
            names=replace(piece.names, own_class=class_name(statements, shape.kind))
        )
        files = {each.file for each in statements.values()}
        is_open = any(OPENING.search(file.text) for file in files) or any(
            is_opening(statement.tree) for statement in statements.values()
        )
        if is_open or not statements:
            return piece
        members = of_classes(
            bases,
            statements,
            Reader(piece.names),
            self._sources.home,
            lambda name: any(self._sources.assigns(file, name) for file in {*files, *self.files}),
        )
        changed = members.initialized | members.assigned
        names = replace(
            piece.names,
            attributes=_without(members.attributes, changed),
            expressions=_without(members.expressions, changed),
            methods=_without(members.methods, changed),
        )
        is_whole = all(id(base) in statements or guarded.is_static(base) for base in bases)
        if not is_whole:
            names = replace(names, attributes={}, expressions={})
        return piece._replace(names=names)

    def statements(self, classes: Sequence[type]) -> dict[int, SourcePiece]:
        """Return the published statements of classes, by the class's id."""
        found: dict[int, SourcePiece] = {}
        for kind in classes:
            location = self._locations.of_class(kind)
            if location is None:
                continue
            piece = self._sources.definition(location.file, location.definition)
            if piece is not None:
                self.files[location.file] = None
                found[id(kind)] = piece
        return found

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
        return bool(self._changing(name))

    def replaced_argument(self) -> tuple[str, Given] | None:
        """Return the argument that a function on the way may give the exception in place of its own.

        It comes with the exception's name there. None if that is not known.
        """
        pieces = self._changing("args")
        found = replaced(pieces[0].tree) if len(pieces) == 1 else None
        return None if found is None else (found[0], Given(found[1], pieces[0].names))

    def _changing(self, name: str) -> list[SourcePiece]:
        """Return the functions on the way that may assign an attribute of the exception or its class."""
        if name not in self._changed:
            found = {
                id(piece.tree): piece
                for frame, location in zip(self._frames, self._located, strict=True)
                if location is not None and self._sources.assigns(location.file, name)
                if (piece := self._sources.definition(location.file, location.definition))
                is not None
                if changes(piece.tree, name, frame, partial(self._is_other_class, location, piece))
            }
            self._changed[name] = [*found.values()]
        return self._changed[name]

    def _is_other_class(self, location: Location, piece: SourcePiece, name: str) -> bool:
        """Return whether a name is that of a class statement of the module, not one of exceptions."""
        names = piece.names
        scope = names.of_module().scope
        is_own = name in names.closed or (names.scope is not scope and names.scope.has(name))
        is_only = len(scope.classes.get(name, ())) == len(scope.values(name)) == 1
        if is_own or not is_only:
            return False
        value = guarded.module_names(location.file.module).get(name)
        return guarded.is_a(value, type) and not is_exception(value)


def is_opening(tree: ast.AST) -> bool:
    """Return whether a class may assign attributes by names that are not in its source."""
    return any(
        name_of(node) in OPENING_NAMES or getattr(node, "name", None) in OPENING_NAMES
        for node in ast.walk(tree)
    )


def _without(members: dict[str, T], names: set[str]) -> dict[str, T]:
    return {name: value for name, value in members.items() if name not in names}


def changes(tree: ast.AST, name: str, frame: Frame | Gap, is_other: Callable[[str], bool]) -> bool:
    """Return whether a function assigns an attribute of an exception, or of something unknown.

    `is_other` returns whether a name is one of the module, and is not that of an exception.
    """
    shapes = getattr(frame, "variables", {})
    for node in assigned_attributes(tree):
        if node.attr != name:
            continue
        owner = node.value.id if isinstance(node.value, ast.Name) else ""
        shape = shapes.get(owner)
        if (shape is None and not is_other(owner)) or (shape and is_exception(shape.kind)):
            return True
    return False


def is_exception(kind: type) -> bool:
    """Return whether a class is one of exceptions, or a class of classes, which may be."""
    return any(base is BaseException or base is type for base in guarded.mro(kind))
