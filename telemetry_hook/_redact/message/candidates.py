"""Finds candidate templates for an exception's message, in stages: the nearest source first."""

from __future__ import annotations

import errno
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from telemetry_hook._crash import guarded
from telemetry_hook._redact import origins
from telemetry_hook._redact.message import instructions, interpreter, system
from telemetry_hook._redact.message.interpreter import MARKS, VALUE
from telemetry_hook._redact.message.template_sources import Learned, Literals, System
from telemetry_hook._redact.message.templates import (
    MIN_AWAY_FROM_RAISE,
    MIN_NESTED,
    MIN_WITH_HOLES,
    folded,
    is_specific,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from telemetry_hook._crash.crash import Frame, Gap
    from telemetry_hook._redact.message.sources import SourcePiece, Sources
    from telemetry_hook._redact.message.template_sources import Source
    from telemetry_hook._redact.message.templates import Template
    from telemetry_hook._redact.published.locations import Location, Locations
    from telemetry_hook._redact.published.public_files import PublicFile
    from telemetry_hook._report import PublicText

MAX_MODULES = 8
MAX_PIECES = 24
MAX_CALLERS = 2


class Candidate(NamedTuple):
    """A template and its source. `kinds` has a mark or '?' (unknown) for each placeholder."""

    source: Source
    template: Template
    kinds: str


class Candidates:
    """The templates that one exception's message may have.

    `located` has the public location of each frame in the traceback, the raising frame last. It has
    None for a frame that is not public. `is_by_user`: the last frame is not public. `is_by_c`: the
    last frame called C code, which raised the exception.
    """

    def __init__(
        self,
        locations: Locations,
        sources: Sources,
        exception: BaseException,
        frames: Sequence[Frame | Gap],
        located: Sequence[Location | None],
    ) -> None:
        self._locations = locations
        self._sources = sources
        self._exception = exception
        self._kind = type(exception)
        self._located = located
        self._public = [location for location in located if location is not None]
        last = frames[-1] if frames else None
        code, offset = getattr(last, "code", None), getattr(last, "lasti", -1)
        self.is_by_c = code is not None and not instructions.is_raise(code, offset)
        raising = located[-1] if located else None
        self.is_by_user = raising is None
        self._names: frozenset[str] = frozenset()
        if raising is not None and self.is_by_c:
            self._names = instructions.names(raising.definition.code, offset)

    def stages(self, message: str) -> Iterator[Iterator[Candidate]]:
        """Yield the candidates for a message in stages, the nearest stage first."""
        if self.is_by_c:
            yield self._of_system()
            yield self._of_interpreter(message)
        if self.is_by_user:
            return
        yield self._of_raise()
        yield self._of_functions()
        yield self._of_classes()
        yield self._of_modules(message)
        if not self.is_by_c:
            yield self._of_system()
            yield self._of_interpreter(message)

    def near(self) -> Iterator[Candidate]:
        """Yield the candidates in the statement that raised the exception."""
        return iter(()) if self.is_by_user else self._handed_on(len(self._located) - 1)

    def named(self, text: str) -> PublicText | None:
        """Return a text as a public name if the failing instruction contains it, or None."""
        if not self._public or text not in self._names:
            return None
        return origins.name(self._public[-1].file, text)

    def of_neighbours(self, message: str) -> Iterator[Candidate]:
        """Yield the candidates in other modules of the same packages.

        They are only for whole messages, and only if no other candidate matches.
        """
        known = self._files()
        others = [file for file in self._locations.beside(known) if file not in known]
        yield from self._of_files(others[:MAX_MODULES], message)

    def _of_raise(self) -> Iterator[Candidate]:
        for candidate in self.near():
            if None not in candidate.template or is_specific(candidate.template, MIN_WITH_HOLES):
                yield candidate

    def _of_functions(self) -> Iterator[Candidate]:
        for at in range(len(self._located) - 2, -1, -1):
            for candidate in self._handed_on(at):
                if is_specific(candidate.template, least(candidate.template)):
                    yield candidate

    def _of_classes(self) -> Iterator[Candidate]:
        """Yield templates that the class makes from its arguments. A short fixed text is enough."""
        pieces = self._sources.classes(self._locations.of_classes(self._kind))
        bound: dict[str, list[Template]] = {}
        files: tuple[PublicFile, ...] = ()
        raising, last = self._piece(len(self._located) - 1), self._located[-1]
        if pieces and raising is not None and last is not None:
            parameters = pieces[0].reader.scope.signatures.get("__init__", [])[1:]
            for call in raising.raised_at(last.line):
                bound, files = raising.reader.binding(call, parameters), raising.files
        for piece in pieces:
            given = piece.bound(bound, files)
            for template in given.all((0, 0)):
                if None in template or is_specific(template, MIN_AWAY_FROM_RAISE):
                    yield _literals(given, template)

    def _of_modules(self, message: str) -> Iterator[Candidate]:
        yield from self._of_files(self._files(), message)

    def _of_files(self, files: Iterable[PublicFile], message: str) -> Iterator[Candidate]:
        if not is_specific((message,), MIN_WITH_HOLES):
            return
        pieces = (piece for file in files for piece in self._sources.about(file, message))
        for piece in islice(pieces, MAX_PIECES):
            for template in piece.all(MIN_WITH_HOLES):
                # A template without placeholders is left out if it was not passed to the exception:
                # a match would reveal that a private text equals it. But C code that raises a class
                # written in Python may take its texts from the modules near the class.
                is_beside = self.is_by_c and is_specific(template, MIN_NESTED)
                if None in template or (is_beside and self._has_class_statement):
                    yield _literals(piece, template)

    def _of_interpreter(self, message: str) -> Iterator[Candidate]:
        for text in interpreter.templates(self._kind):
            if interpreter.match(message, text) is None:
                continue
            template = _parts(text)
            if self.is_by_c or None in template or is_specific(template, MIN_NESTED):
                kinds = "".join(mark for mark in text if mark in MARKS)
                yield _candidate(Learned(self._kind, text), template, kinds)

    def _of_system(self) -> Iterator[Candidate]:
        number = guarded.field(self._exception, OSError, "errno")
        if type(number) is int and number in errno.errorcode:
            for template in system.templates(number):
                yield _candidate(System(number), template)

    def _handed_on(self, at: int) -> Iterator[Candidate]:
        location, piece = self._located[at], self._piece(at)
        if location is None or piece is None:
            return
        for template in piece.handed_on(location.line):
            if any(template):
                yield _literals(piece, template)

    def _piece(self, at: int, callers: int = MAX_CALLERS) -> SourcePiece | None:
        """Return the function of a frame, with its parameters bound to its callers' arguments."""
        location = self._located[at]
        if location is None:
            return None
        piece = self._sources.definition(location.file, location.definition)
        caller = self._located[at - 1] if at and callers else None
        outer = self._piece(at - 1, callers - 1) if caller is not None else None
        if piece is None or outer is None or caller is None:
            return piece
        name = location.definition.code.co_name
        parameters = [*piece.reader.scope.signatures.get(name, ())]
        for call in outer.calls_at(caller.line, name):
            skip = parameters[:1] in (["self"], ["cls"])
            return piece.bound(outer.reader.binding(call, parameters[skip:]), outer.files)
        return piece

    @property
    def _has_class_statement(self) -> bool:
        return next(self._locations.of_classes(self._kind), None) is not None

    def _files(self) -> list[PublicFile]:
        locations = [*self._public[::-1], *self._locations.of_classes(self._kind)]
        return list(dict.fromkeys(location.file for location in locations))


def least(template: Template) -> tuple[int, int]:
    """Return the minimum (letters, words) of a template that is away from the raise statement."""
    return MIN_WITH_HOLES if None in template else MIN_AWAY_FROM_RAISE


def _candidate(source: Source, template: Template, kinds: str = "") -> Candidate:
    holes = template.count(None)
    return Candidate(source, template, kinds if len(kinds) == holes else "?" * holes)


def _literals(piece: SourcePiece, template: Template) -> Candidate:
    return _candidate(Literals(piece.files), template)


def _parts(text: str) -> Template:
    r"""Split a learned text at its placeholders: ``"no \0 here"`` → ``("no ", None, " here")``."""
    parts: list[str | None] = []
    for piece in text.translate(dict.fromkeys(map(ord, MARKS), VALUE)).split(VALUE):
        parts += [piece, None]
    return folded(tuple(parts[:-1]))
