"""An exception's message, by look-up: the template is sent, nothing is copied.

Where it is looked for, in this order: the statement that raised; the other functions of the
traceback and the class's own `__str__`; the class and its bases; the modules of both; the other
modules of their distributions; and what the interpreter says in C. An exception that the user's own
code raised has no text at all.
"""

from __future__ import annotations

import builtins
import errno
import os
import sys
from dataclasses import dataclass, field, replace
from types import FunctionType
from typing import TYPE_CHECKING

from telemetry_hook._isolation import module_file
from telemetry_hook._public import PublicText, Vocabulary, compose, words
from telemetry_hook._redact import _instructions, _interpreter, _speech, _templates
from telemetry_hook._redact._sources import Sources
from telemetry_hook._redact._templates import (
    AWAY_FROM_RAISE,
    HOLE,
    NESTED,
    WITH_HOLES,
    folded,
    is_no_accident,
    letters_of,
    normalize,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from telemetry_hook._crash import Frame, Gap
    from telemetry_hook._public import Origin
    from telemetry_hook._redact._classes import PublicClasses
    from telemetry_hook._redact._code import Definition, PublicCode
    from telemetry_hook._redact._files import PublicFile, PublicFiles
    from telemetry_hook._redact._sources import Piece
    from telemetry_hook._redact._templates import Template

MAX_MODULES = 40
MAX_NESTING = 2
MAX_MATCHES = 8

# Holes in the interpreter's templates.
VALUE, TYPE = HOLES = "\0\1"

_WORDS = words("(", ")", ", ", "'")
_TYPES = {
    each.__name__: PublicText(each.__name__, Vocabulary(frozenset({each.__name__})))
    for each in (*vars(builtins).values(), type(None), type(Ellipsis), FunctionType, type(sys))
    if type(each) is type and not issubclass(each, BaseException)
}

Place = tuple["PublicFile", "Definition", "int | None"]
Candidate = tuple["Origin", "Template"]


@dataclass
class Message:
    """A message's public text; what it says, normalised; and what its holes swallowed."""

    text: PublicText
    said: str | None = None
    swallowed: list[str] = field(default_factory=list)


class PublicMessages:
    """Looks messages up in what is public about a crash."""

    def __init__(self, files: PublicFiles, code: PublicCode, classes: PublicClasses) -> None:
        self._files = files
        self._code = code
        self._classes = classes
        self._sources = Sources(code)

    def look_up(
        self,
        exception: BaseException,
        frames: Sequence[Frame | Gap],
        places: Sequence[Place | None],
        inner: Sequence[tuple[BaseException, Message]],
    ) -> Message:
        """Return an exception's message.

        `places` are those of the traceback's frames, the raising one last; None for one that is not
        public. `inner` are the exceptions that were looked up before: causes, contexts, members.
        """
        texts = _speech.texts(exception, self._is_public, self._is_of_the_library)
        if texts is None:
            return Message(HOLE)
        said, parts = texts
        look_up = _LookUp(self, exception, frames, places, inner)
        if len(parts) == 1:
            return replace(look_up.message(parts[0]), said=said)
        found = [look_up.message(each) for each in parts]
        pieces = [piece for each in found for piece in (_WORDS[", "], each.text)][1:]
        swallowed = [each for message in found for each in message.swallowed]
        if all(each.text == HOLE for each in found):
            return Message(HOLE, said, swallowed)
        return Message(compose([_WORDS["("], *pieces, _WORDS[")"]]), said, swallowed)

    def _is_public(self, function: FunctionType) -> bool:
        return self.place_of(function) is not None

    def _is_of_the_library(self, function: FunctionType) -> bool:
        place = self.place_of(function)
        return place is not None and place[0].distribution is None

    def place_of(self, function: FunctionType) -> Place | None:
        """Return where a function is defined, None where that is not public."""
        code = function.__code__
        file = self._files.of_code(code.co_filename)
        definition = None if file is None else self._code.twin(code, file)
        return None if file is None or definition is None else (file, definition, None)

    def classes_of(self, kind: type) -> Iterator[Place]:
        """Yield the public class statements of a class and its bases."""
        for base in type.mro(kind):
            file = self._classes.file(base)
            body = (
                None if file is None else self._code.class_body(self._classes.qualname(base), file)
            )
            if file is not None and body is not None:
                yield file, body, None

    def neighbours(self, files: Iterable[PublicFile]) -> Iterator[PublicFile]:
        """Yield the other loaded modules of the files' packages."""
        packages = {file.module.partition(".")[0] for file in files if file.distribution}
        for name, module in list(sys.modules.items()):
            if name.partition(".")[0] in packages:
                path = module_file(module)
                file = self._files.find(path) if path is not None else None
                if file is not None:
                    yield file

    def name_of(self, kind: type) -> PublicText | None:
        """Return a public class's qualified name."""
        found = self._classes.name(kind)
        return None if found is None else found[1]

    @property
    def sources(self) -> Sources:
        """The parsed pieces of public files."""
        return self._sources


class _LookUp:
    """One exception's look-up, stage by stage."""

    def __init__(
        self,
        messages: PublicMessages,
        exception: BaseException,
        frames: Sequence[Frame | Gap],
        places: Sequence[Place | None],
        inner: Sequence[tuple[BaseException, Message]],
    ) -> None:
        self._messages = messages
        self._exception = exception
        self._kind = type(exception)
        self._inner = inner
        self._places = places
        self._public = [place for place in places if place is not None]
        last = frames[-1] if frames else None
        code, offset = getattr(last, "code", None), getattr(last, "lasti", -1)
        self._is_by_c = code is not None and not _instructions.is_raise(code, offset)
        self._is_by_user = not places or places[-1] is None
        self._names: frozenset[str] = frozenset()
        if not self._is_by_user and self._is_by_c and places[-1] is not None:
            self._names = _instructions.names(places[-1][1].code, offset)

    def message(self, text: str) -> Message:
        """Return what a text is a template of."""
        said = normalize(text)
        if not said or (self._is_by_user and not self._is_by_c):
            return Message(HOLE, said or None, [said] if said else [])
        for candidates in self._stages(said):
            if (found := self._best(said, candidates, 0)) is not None:
                return found
        return self._repeated(said) or Message(HOLE, said, [said])

    def _stages(self, said: str) -> Iterator[Iterator[Candidate]]:
        if self._is_by_c:
            yield self._of_system()
            yield self._of_interpreter()
        if self._is_by_user:
            return
        yield self._of_raise()
        yield self._of_functions()
        yield self._of_classes()
        yield self._of_modules(said)
        if not self._is_by_c:
            yield self._of_system()
            yield self._of_interpreter()
        yield self._of_neighbours(said)

    def _repeated(self, said: str) -> Message | None:
        """Return a message that is made of what other exceptions of the chain say, and no more."""
        if (same := self._of_inner(said)) is not None:
            return Message(same, said)
        for file, template in () if self._is_by_user else self._handed_on(len(self._places) - 1):
            fills = [self._of_inner(each) for each in _templates.match(said, template) or ()]
            if fills and None not in fills:
                texts = [each for each in fills if each is not None]
                return Message(_templates.published(template, file, texts), said)
        return None

    def _best(self, said: str, candidates: Iterator[Candidate], depth: int) -> Message | None:
        """Return the match with the most fixed text, if that is enough to be no accident."""
        matches: list[tuple[int, int, int, Origin, Template, tuple[str, ...]]] = []
        for number, (origin, template) in enumerate(candidates):
            swallowed = _templates.match(said, template)
            if swallowed is not None:
                rank = -letters_of(template), len(swallowed), number
                matches.append((*rank, origin, template, swallowed))
        matches.sort(key=lambda each: each[:3])
        for *_, origin, template, swallowed in matches[:MAX_MATCHES]:
            found = self._filled(said, origin, template, swallowed, depth)
            if None not in template or is_no_accident(tuple(found.text.split(HOLE)), WITH_HOLES):
                return found
        return None

    def _filled(
        self, said: str, origin: Origin, template: Template, swallowed: tuple[str, ...], depth: int
    ) -> Message:
        kinds = origin.kinds(template) if isinstance(origin, _Learned) else "?" * len(swallowed)
        fills = [self._fill(each, kind, depth) for each, kind in zip(swallowed, kinds, strict=True)]
        text = _templates.published(template, origin, [each.text for each in fills])
        return Message(text, said, [each for fill in fills for each in fill.swallowed])

    def _fill(self, swallowed: str, kind: str, depth: int) -> Message:
        """Return what may stand in a hole: a name of the failing instruction, or another message."""
        if (name := self._name(swallowed, kind)) is not None:
            return Message(name)
        inner = swallowed.strip()
        if (same := self._of_inner(inner)) is not None:
            return Message(same)
        if depth < MAX_NESTING and (found := self._nested(inner, depth + 1)) is not None:
            return found
        return Message(HOLE, swallowed=[swallowed])

    def _nested(self, said: str, depth: int) -> Message | None:
        """Return what part of a message is a template of: there must be more text away from the raise."""
        if not self._is_by_user and is_no_accident((said,), AWAY_FROM_RAISE):
            near = (
                each
                for each in self._handed_on(len(self._places) - 1)
                if is_no_accident(each[1], _least(each[1]))
            )
            if (found := self._best(said, near, depth)) is not None:
                return found
        if is_no_accident((said,), NESTED):
            for candidates in self._stages(said):
                enough = (each for each in candidates if is_no_accident(each[1], NESTED))
                if (found := self._best(said, enough, depth)) is not None:
                    return found
        return None

    def _name(self, swallowed: str, kind: str) -> PublicText | None:
        bare = swallowed.strip("'")
        if kind == VALUE and bare in self._names:
            name = PublicText(bare, self._public[-1][0])
            return name if bare == swallowed else compose([_WORDS["'"], name, _WORDS["'"]])
        if kind != TYPE:
            return None
        if swallowed in _TYPES:
            return _TYPES[swallowed]
        if issubclass(self._kind, AttributeError):
            owner = type(AttributeError.__dict__["obj"].__get__(self._exception))
            named = self._messages.name_of(owner)
            if named is not None and named.rpartition(".")[2] == swallowed:
                return PublicText(swallowed, named.origin)
        return None

    def _of_inner(self, said: str) -> PublicText | None:
        """Return what another exception of the chain says, or is called."""
        for exception, message in self._inner:
            if message.said == said:
                return message.text
            named = self._messages.name_of(type(exception))
            if said == named:
                return named
        return None

    def _piece(self, at: int, callers: int = 2) -> Piece | None:
        """Return the function of a frame, its parameters bound to what its callers gave."""
        place = self._places[at]
        if place is None:
            return None
        file, definition, _ = place
        piece = self._messages.sources.definition(file, definition)
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

    def _handed_on(self, at: int) -> Iterator[Candidate]:
        place = self._places[at]
        piece = self._piece(at)
        if place is None or piece is None:
            return
        for template in piece.handed_on(place[2]):
            if any(template):
                yield _literal(place[0], template)

    def _of_raise(self) -> Iterator[Candidate]:
        for file, template in self._handed_on(len(self._places) - 1):
            if None not in template or is_no_accident(template, WITH_HOLES):
                yield file, template

    def _of_functions(self) -> Iterator[Candidate]:
        for at in range(len(self._places) - 2, -1, -1):
            for file, template in self._handed_on(at):
                if is_no_accident(template, _least(template)):
                    yield file, template

    def _of_classes(self) -> Iterator[Candidate]:
        """Yield what the class makes of what it was given; little text of its own is enough."""
        places = [(file, body) for file, body, _ in self._messages.classes_of(self._kind)]
        pieces = self._messages.sources.classes(places)
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

    def _of_neighbours(self, said: str) -> Iterator[Candidate]:
        known = self._files()
        others = [each for each in self._messages.neighbours(known) if each not in known]
        yield from self._about(others[:MAX_MODULES], said)

    def _files(self) -> list[PublicFile]:
        places = [
            *self._public[::-1],
            *self._messages.classes_of(self._kind),
        ]
        return list(dict.fromkeys(file for file, _, _ in places))

    def _about(self, files: Iterable[PublicFile], said: str) -> Iterator[Candidate]:
        for file in files:
            for piece in self._messages.sources.about(file, said):
                for template in piece.all(WITH_HOLES):
                    # A whole text that nobody handed on must not tell that a secret equals it.
                    if None in template or (self._is_by_c and is_no_accident(template, NESTED)):
                        yield _literal(file, template)

    def _of_interpreter(self) -> Iterator[Candidate]:
        for text in _interpreter.templates(self._kind):
            # A KeyError prints its argument as Python source would have it.
            bare = text.strip("'\"") if issubclass(self._kind, KeyError) else text
            yield _Learned(bare), _parts(bare)

    def _of_system(self) -> Iterator[Candidate]:
        if not issubclass(self._kind, OSError):
            return
        number = OSError.__dict__["errno"].__get__(self._exception)
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
class _Learned:
    """A template of the interpreter's, as it was learned."""

    text: str

    def publishes(self, text: str) -> bool:
        return text in self.text

    def kinds(self, template: Template) -> str:
        """Return what its holes are for: values, or names of types."""
        holes = "".join(each for each in self.text if each in HOLES)
        return holes if len(holes) == template.count(None) else "?" * template.count(None)


def _literal(file: PublicFile, template: Template) -> Candidate:
    file.literals.update(part for part in template if part is not None)
    return file, template


def _least(template: Template) -> tuple[int, int]:
    return WITH_HOLES if None in template else AWAY_FROM_RAISE


def _parts(text: str) -> Template:
    parts: list[str | None] = []
    for piece in text.replace(TYPE, VALUE).split(VALUE):
        parts += [piece, None]
    return folded(tuple(parts[:-1]))
