"""Where a message's template may come from, stage by stage."""

from __future__ import annotations

import errno
import os
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from telemetry_hook._crash import guarded
from telemetry_hook._redact.message import instructions, interpreter
from telemetry_hook._redact.message.interpreter import TYPE, VALUE
from telemetry_hook._redact.message.templates import (
    AWAY_FROM_RAISE,
    NESTED,
    WITH_HOLES,
    folded,
    is_no_accident,
)
from telemetry_hook._redact.origins import PublicText, Vocabulary

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from telemetry_hook._crash.crash import Frame, Gap
    from telemetry_hook._redact.message.sources import Piece
    from telemetry_hook._redact.message.templates import Template
    from telemetry_hook._redact.origins import Origin
    from telemetry_hook._redact.published.files import PublicFile
    from telemetry_hook._redact.published.lookup import Place, Published

MAX_MODULES = 8
MAX_PIECES = 24

Candidate = tuple["Origin", "Template"]


class Candidates:
    """The templates that one exception's message may have.

    `places` are those of the traceback's frames, the raising one last; None for one that is not
    public. `is_by_user`: the last frame is not public. `is_by_c`: C code raised, called from it.
    """

    def __init__(
        self,
        published: Published,
        exception: BaseException,
        frames: Sequence[Frame | Gap],
        places: Sequence[Place | None],
    ) -> None:
        self._published = published
        self._exception = exception
        self._kind = type(exception)
        self._places = places
        self._public = [place for place in places if place is not None]
        last = frames[-1] if frames else None
        code, offset = getattr(last, "code", None), getattr(last, "lasti", -1)
        self.is_by_c = code is not None and not instructions.is_raise(code, offset)
        self.is_by_user = not places or places[-1] is None
        self._names: frozenset[str] = frozenset()
        if not self.is_by_user and self.is_by_c and places[-1] is not None:
            self._names = instructions.names(places[-1][1].code, offset)

    def stages(self, said: str) -> Iterator[Iterator[Candidate]]:
        """Yield the candidates for a text, the nearest first."""
        if self.is_by_c:
            yield self._of_system()
            yield self._of_interpreter()
        if self.is_by_user:
            return
        yield self._of_raise()
        yield self._of_functions()
        yield self._of_classes()
        yield self._of_modules(said)
        if not self.is_by_c:
            yield self._of_system()
            yield self._of_interpreter()

    def _piece(self, at: int, callers: int = 2) -> Piece | None:
        """Return the function of a frame, its parameters bound to what its callers gave."""
        place = self._places[at]
        if place is None:
            return None
        file, definition, _ = place
        piece = self._published.sources.definition(file, definition)
        caller = self._places[at - 1] if at and callers else None
        outer = self._piece(at - 1, callers - 1) if caller is not None else None
        if piece is None or outer is None or caller is None:
            return piece
        name = definition.code.co_name
        parameters = [*piece.reader.scope.signatures.get(name, ())]
        for call in outer.calls_at(caller[2], name):
            skip = parameters[:1] in (["self"], ["cls"])
            return piece.bound(outer.reader.binding(call, parameters[skip:]))
        return piece

    def named(self, text: str) -> PublicText | None:
        """Return a name that the failing instruction itself carries."""
        file = self._public[-1][0] if self._public else None
        if file is None or text not in self._names or not file.publishes(text):
            return None  # names of private attributes are mangled: no source has them so
        return PublicText(text, file)

    @property
    def _has_class_statement(self) -> bool:
        return next(self._published.classes_of(self._kind), None) is not None

    def near(self) -> Iterator[Candidate]:
        """Yield what the statement that raised hands on."""
        return iter(()) if self.is_by_user else self._handed_on(len(self._places) - 1)

    def _handed_on(self, at: int) -> Iterator[Candidate]:
        place = self._places[at]
        piece = self._piece(at)
        if place is None or piece is None:
            return
        for template in piece.handed_on(place[2]):
            if any(template):
                yield _literal(place[0], template)

    def _of_raise(self) -> Iterator[Candidate]:
        for file, template in self.near():
            if None not in template or is_no_accident(template, WITH_HOLES):
                yield file, template

    def _of_functions(self) -> Iterator[Candidate]:
        for at in range(len(self._places) - 2, -1, -1):
            for file, template in self._handed_on(at):
                if is_no_accident(template, least(template)):
                    yield file, template

    def _of_classes(self) -> Iterator[Candidate]:
        """Yield what the class makes of what it was given; little text of its own is enough."""
        places = [(file, body) for file, body, _ in self._published.classes_of(self._kind)]
        pieces = self._published.sources.classes(places)
        bound: dict[str, list[Template]] = {}
        raising, last = self._piece(len(self._places) - 1), self._places[-1]
        if pieces and raising is not None and last is not None:
            parameters = pieces[0].reader.scope.signatures.get("__init__", [])[1:]
            for call in raising.raised_at(last[2]):
                bound = raising.reader.binding(call, parameters)
        for piece in pieces:
            for template in piece.bound(bound).all((0, 0)):
                if None in template or is_no_accident(template, AWAY_FROM_RAISE):
                    yield _literal(piece.file, template)

    def _of_modules(self, said: str) -> Iterator[Candidate]:
        yield from self._about(self._files(), said)

    def of_neighbours(self, said: str) -> Iterator[Candidate]:
        """Yield the candidates of the other modules around: for whole messages, if all else fails."""
        known = self._files()
        others = [each for each in self._published.neighbours(known) if each not in known]
        yield from self._about(others[:MAX_MODULES], said)

    def _files(self) -> list[PublicFile]:
        places = [
            *self._public[::-1],
            *self._published.classes_of(self._kind),
        ]
        return list(dict.fromkeys(file for file, _, _ in places))

    def _about(self, files: Iterable[PublicFile], said: str) -> Iterator[Candidate]:
        if not is_no_accident((said,), WITH_HOLES):
            return
        pieces = (piece for file in files for piece in self._published.sources.about(file, said))
        for piece in islice(pieces, MAX_PIECES):
            for template in piece.all(WITH_HOLES):
                # A whole text that nobody handed on must not tell that a secret equals it.
                # C code that knows a class of Python's own takes its texts from beside it.
                is_beside = self.is_by_c and is_no_accident(template, NESTED)
                if None in template or (is_beside and self._has_class_statement):
                    yield _literal(piece.file, template)

    def _of_interpreter(self) -> Iterator[Candidate]:
        for text in interpreter.templates(self._kind):
            # A KeyError prints its argument as Python source would have it.
            bare = text.strip("'\"") if issubclass(self._kind, KeyError) else text
            template = _parts(bare)
            if self.is_by_c or None in template or is_no_accident(template, NESTED):
                yield Learned(bare), template

    def _of_system(self) -> Iterator[Candidate]:
        if not issubclass(self._kind, OSError):
            return
        number = guarded.field(self._exception, OSError, "errno")
        if type(number) is not int or number not in errno.errorcode:
            return
        head = f"[Errno {number}] {os.strerror(number)}"
        pieces = frozenset({head, f"{head}: ", " -> "})
        for template in ((head,), (f"{head}: ", None), (f"{head}: ", None, " -> ", None)):
            yield Vocabulary(pieces), folded(template)
        own = f"[Errno {number}] "
        for template in ((own, None), (own, None, ": ", None)):
            yield Vocabulary(frozenset({own, ": "})), folded(template)


@dataclass(frozen=True)
class Learned:
    """A template of the interpreter's, as it was learned."""

    text: str

    def publishes(self, text: str) -> bool:
        return text in self.text

    def kinds(self, template: Template) -> str:
        """Return what its holes are for: values, or names of types."""
        holes = "".join(each for each in self.text if each in (VALUE, TYPE))
        return holes if len(holes) == template.count(None) else "?" * template.count(None)


def _literal(file: PublicFile, template: Template) -> Candidate:
    file.literals.update(part for part in template if part is not None)
    return file, template


def least(template: Template) -> tuple[int, int]:
    """Return what a template that stands away from the raise must hold."""
    return WITH_HOLES if None in template else AWAY_FROM_RAISE


def _parts(text: str) -> Template:
    parts: list[str | None] = []
    for piece in text.replace(TYPE, VALUE).split(VALUE):
        parts += [piece, None]
    return folded(tuple(parts[:-1]))
