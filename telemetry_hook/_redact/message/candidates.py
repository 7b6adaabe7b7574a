"""Finds the templates that an exception's message may have, from the statements that raised it.

The message itself is not read here, so what is found does not depend on the values in it. The
templates are complete and exclude each other: the message matches one of them, or none is known.
"""

from __future__ import annotations

import ast
from functools import cached_property
from typing import TYPE_CHECKING

from telemetry_hook._crash import guarded
from telemetry_hook._redact import system_errors
from telemetry_hook._redact.message import (
    extensions,
    interpreter,
    json_schema,
    raised,
    safe_str,
    system,
)
from telemetry_hook._redact.message.callers import Callers
from telemetry_hook._redact.message.candidate import Candidate, candidate, parts_of
from telemetry_hook._redact.message.construction import Construction, Creation
from telemetry_hook._redact.message.expressions import Reader
from telemetry_hook._redact.message.interpreter import MARKS
from telemetry_hook._redact.message.names import Names
from telemetry_hook._redact.message.raising_frame import RaisingFrame
from telemetry_hook._redact.message.scopes import Scope
from telemetry_hook._redact.message.template_sources import (
    Learned,
    Literals,
    Numbered,
    OfExtension,
    System,
)
from telemetry_hook._redact.message.templates import (
    HOLES,
    UNKNOWN,
    folded,
    plain,
    separated,
)
from telemetry_hook._redact.published import syntax

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from telemetry_hook._crash.crash import Frame, Gap
    from telemetry_hook._redact.message.sources import SourcePiece, Sources
    from telemetry_hook._redact.message.template_sources import Source
    from telemetry_hook._redact.message.templates import Template
    from telemetry_hook._redact.published.locations import Location, Locations
    from telemetry_hook._redact.published.public_files import PublicFile

LAZY_IMPORT = "lazy import of "
MAX_LIBRARY_TEXT = 60
NOWHERE = Names(Scope(), lambda: None)


class Candidates:
    """The templates that one exception's message may have.

    `located` has the public location of each frame in the traceback, the raising frame last. It has
    None for a frame that is not public.
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
        self._frames = frames
        self._located = located
        self._callers = Callers(locations, sources, frames, located)
        self.last = RaisingFrame(locations, self._callers, self._kind, frames, located)

    def of_message(self) -> Iterator[Candidate]:
        """Yield the candidates for the whole message. Source is read only for the later ones."""
        if self.last.is_by_c or safe_str.prints_fields(self._kind):
            yield from self._of_system()
            yield from self._of_interpreter()
            yield from self._of_extension()
            yield from self._of_library()
        yield from self._of_class()

    def _of_library(self) -> list[Candidate]:
        """Return what C code of the library passes to a class that the library writes in Python.

        ``Expecting value`` for `json.JSONDecodeError`: the class's module has these texts too.
        """
        location = self._locations.of_class(self._kind)
        if location is None or location.file.distribution is not None or self.last.is_by_user:
            return []
        if self.last.code is None or self.last.is_handing_on():
            return []
        unknown = [ast.Name("", ast.Load())] * 2
        literals = syntax.literals(location.file).split("\0")
        calls = [
            Creation(ast.Call(unknown[0], [ast.Constant(text), *unknown], []), NOWHERE)
            for text in dict.fromkeys(literals)
            if " " in text and len(text) <= MAX_LIBRARY_TEXT
        ]
        texts = [template for each in self._constructed(calls) for template in each.text()]
        source = Literals((location.file,))
        return [candidate(source, plain(template)) for template in map(folded, texts)]

    def of_argument(self, index: int) -> list[Candidate]:
        """Return the candidates for one of several arguments of the exception."""
        arguments = None if self.last.is_by_user or self.last.is_by_c else self._arguments
        if arguments is None or index >= len(arguments):
            return []
        return self._literals(arguments[index])

    def _of_class(self) -> list[Candidate]:
        """Return what the class makes of the arguments in the statement that raised the exception."""
        if self.last.is_by_user:
            return []
        numbered = self._numbered()
        if numbered is not None:
            number, texts = numbered
            return self._found(texts, Numbered(number, Literals(self._files)))
        texts = [template for each in self._constructions for template in each.text()]
        return self._literals(texts)

    def of_kept_texts(self) -> list[tuple[str, list[Candidate]]]:
        """Return the texts in the exception's arguments and attributes, with their candidates."""
        if self.last.is_by_user or self.last.is_by_c:
            return []
        given = guarded.arguments(self._exception)
        known = self._arguments or []
        pairs = [*zip(given, known, strict=True)] if len(given) == len(known) else []
        held = guarded.attributes(self._exception) or {}
        for name in dict.fromkeys(name for each in self._constructions for name in each.assigned):
            several = [each.assigned.get(name, [UNKNOWN]) for each in self._constructions]
            pairs.append((held.get(name), [template for texts in several for template in texts]))
        return [(text, self._literals(texts)) for text, texts in pairs if type(text) is str]

    def _numbered(self) -> tuple[int, list[Template]] | None:
        """Return what `OSError` makes of an error number and a text. None if there is no number."""
        number = guarded.field(self._exception, OSError, "errno")
        texts = None if self._arguments is None else self._arguments[1:2]
        if type(number) is not int or not texts:
            return None
        head = f"[Errno {number}] " if number in system_errors.ERRORS else None
        tails: tuple[Template, ...] = ((), (": ", None), (": ", None, " -> ", None))
        return number, [(head, *text, *tail) for text in texts[0] for tail in tails]

    @cached_property
    def _arguments(self) -> list[list[Template]] | None:
        """The templates of each argument, or None if they are not known."""
        known = [each.arguments for each in self._constructions]
        if not known or None in known or len({len(each) for each in known if each is not None}) > 1:
            return None
        pairs = zip(*(each for each in known if each is not None), strict=True)
        return [[template for texts in several for template in texts] for several in pairs]

    @cached_property
    def _constructions(self) -> list[Construction]:
        found = raised.creations(self._exception, self._frames, self._located, self._callers)
        if found is None and (piece := self._of_json_schema()) is not None:
            found = json_schema.creations(piece)
        return self._constructed(found or [None])

    def _of_json_schema(self) -> SourcePiece | None:
        piece = json_schema.function(self._exception, self._locations, self._sources)
        if piece is not None:
            self._callers.files[piece.file] = None
        return piece

    def _constructed(self, calls: Sequence[Creation | None]) -> list[Construction]:
        classes = self._callers.statements(guarded.mro(self._kind))
        held = guarded.attributes(self._exception)
        reader = Reader(NOWHERE)
        home, is_changed = self._sources.home, self._callers.is_changed
        found = [
            Construction(self._kind, classes, reader, home, call, held, is_changed)
            for call in calls
        ]
        if self._callers.is_changed("args"):
            argument = self._callers.replaced_argument()
            for construction in found:
                construction.replace(argument)
        return found

    def _of_interpreter(self) -> list[Candidate]:
        is_elsewhere = self.last.is_handing_on()
        is_by_lazy_import = is_elsewhere and self.last.is_by_lazy_import()
        if (
            self.last.extension is not None
            or (is_elsewhere and not is_by_lazy_import)
            or self._callers.is_changed("args")
            or self._is_by_trigger()
        ):
            return []  # the exception may have been created anywhere
        found = []
        for text in interpreter.templates(self._kind):
            if is_by_lazy_import and not text.startswith(LAZY_IMPORT):
                continue
            kinds = "".join(mark for mark in text if mark in MARKS)
            found.append(candidate(Learned(self._kind, text), parts_of(text), kinds))
        return found

    def _of_extension(self) -> list[Candidate]:
        is_elsewhere = self.last.extension is None and self.last.is_handing_on()
        if is_elsewhere or self._callers.is_changed("args"):
            return []
        found = extensions.templates(self._kind, self.last.extension)
        sources = [OfExtension(self._kind, self.last.extension, text) for text in found]
        return [candidate(source, parts_of(source.text)) for source in sources]

    def _is_by_trigger(self) -> bool:
        """Return whether the text may be that of a trigger in the database (`raise(abort, 'text')`)."""
        error = guarded.module_names("sqlite3").get("IntegrityError")
        if error is None or self._kind is not error:
            return False
        held = guarded.attributes(self._exception) or {}
        return held.get("sqlite_errorname") in (None, "SQLITE_CONSTRAINT_TRIGGER")

    def _of_system(self) -> list[Candidate]:
        number = guarded.field(self._exception, OSError, "errno")
        is_own = self.last.is_compiled and self.last.is_handing_on()
        if type(number) is not int or not self.last.is_by_c or is_own:
            return []
        return [candidate(System(number), template) for template in system.templates(number)]

    @property
    def _files(self) -> tuple[PublicFile, ...]:
        """The files that the templates were read from."""
        return tuple({**self._callers.files, **self._sources.imported})

    def _literals(self, texts: list[Template]) -> list[Candidate]:
        return self._found(texts, Literals(self._files))

    def _found(self, texts: list[Template], source: Source) -> list[Candidate]:
        found = []
        for template in separated(texts or [UNKNOWN]):
            kinds = "".join(part or "?" for part in template if part in HOLES)
            found.append(candidate(source, plain(template), kinds))
        return found
