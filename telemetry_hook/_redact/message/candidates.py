"""Finds the templates that an exception's message may have, from the statements that raised it.

The message itself is not read here, so what is found does not depend on the values in it. The
templates are complete and exclude each other: the message matches one of them, or none is known.
"""

from __future__ import annotations

import ast
from functools import cached_property
from typing import TYPE_CHECKING

from telemetry_hook._crash import compiled, guarded
from telemetry_hook._crash.crash import Frame, Gap
from telemetry_hook._redact import system_errors
from telemetry_hook._redact.message import (
    extensions,
    instructions,
    interpreter,
    raised,
    safe_str,
    statements,
    system,
)
from telemetry_hook._redact.message.callers import Callers
from telemetry_hook._redact.message.candidate import Candidate, candidate, parts_of
from telemetry_hook._redact.message.construction import Construction, Creation
from telemetry_hook._redact.message.expressions import Reader
from telemetry_hook._redact.message.failing import Failing
from telemetry_hook._redact.message.interpreter import MARKS
from telemetry_hook._redact.message.names import Names
from telemetry_hook._redact.message.scopes import Scope
from telemetry_hook._redact.message.sources import RAISERS
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
    from types import CodeType

    from telemetry_hook._redact.message.sources import SourcePiece, Sources
    from telemetry_hook._redact.message.statements import Import
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
    None for a frame that is not public. `is_by_user`: the last frame is not public. `is_by_c`: the
    last frame called C code, which raised the exception. `variables` has the classes of the last
    frame's variables, by name.
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
        last = frames[-1] if frames else None
        self._code, self._offset = getattr(last, "code", None), getattr(last, "lasti", -1)
        self.is_by_user = not located or located[-1] is None
        shapes = getattr(last, "variables", {})
        self.variables = {name: shape.kind for name, shape in shapes.items()}
        self._frames = frames
        self._callers = Callers(locations, sources, frames, located)
        self._is_compiled = self._code is not None and compiled.is_made_up(self._code)
        # The package whose compiled code raised it, of which no source is published.
        self._extension = self._package(last) if self.is_by_user else None
        self.is_by_c = self._code is not None and (
            self._extension is not None or not self._is_by_raise()
        )

    def _package(self, last: Frame | Gap | None) -> str | None:
        found = self._locations.compiled(last) if isinstance(last, Frame) else None
        return None if found is None else extensions.package_of(found.extension.module)

    def of_message(self) -> Iterator[Candidate]:
        """Yield the candidates for the whole message. Source is read only for the later ones."""
        if self.is_by_c or safe_str.prints_fields(self._kind):
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
        if location is None or location.file.distribution is not None or self.is_by_user:
            return []
        if self._code is None or self._is_handing_on(self._code):
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
        arguments = None if self.is_by_user or self.is_by_c else self._arguments
        if arguments is None or index >= len(arguments):
            return []
        return self._literals(arguments[index])

    @cached_property
    def failing(self) -> Failing | None:
        """The place of the instruction that failed, if C code raised there, or None."""
        location = self._located[-1] if self._located else None
        if location is None or self._is_compiled or not self.is_by_c:
            return None
        _, piece = self._raising
        return Failing(location, piece, self._offset, self.variables)

    @cached_property
    def imported(self) -> tuple[PublicFile, Import] | None:
        """The import that failed in compiled code, and its file, or None if that is not known."""
        location, piece = self._raising
        if location is None or not self._is_compiled or not self.is_by_c:
            return None
        found = statements.only_import(piece, location.line)
        return None if found is None else (location.file, found)

    def _of_class(self) -> list[Candidate]:
        """Return what the class makes of the arguments in the statement that raised the exception."""
        if self.is_by_user:
            return []
        numbered = self._numbered()
        if numbered is not None:
            number, texts = numbered
            return self._found(texts, Numbered(number, Literals(self._files)))
        texts = [template for each in self._constructions for template in each.text()]
        return self._literals(texts)

    def of_kept_texts(self) -> list[tuple[str, list[Candidate]]]:
        """Return the texts in the exception's arguments and attributes, with their candidates."""
        if self.is_by_user or self.is_by_c:
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
        creations = raised.creations(self._exception, self._frames, self._located, self._callers)
        return self._constructed([None] if creations is None else creations)

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
        is_elsewhere = self._code is not None and self._is_handing_on(self._code)
        is_by_lazy_import = is_elsewhere and self._is_by_lazy_import()
        if (
            self._extension is not None
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
        is_elsewhere = self._extension is None and self._code is not None
        if is_elsewhere and self._is_handing_on(self._code):  # type: ignore[arg-type]
            return []
        if self._callers.is_changed("args"):
            return []
        found = extensions.templates(self._kind, self._extension)
        sources = [OfExtension(self._kind, self._extension, text) for text in found]
        return [candidate(source, parts_of(source.text)) for source in sources]

    def _is_by_lazy_import(self) -> bool:
        """Return whether the last frame is the one that Python makes for the module of a lazy import.

        Its code object is empty, as those of compiled functions are.
        """
        is_of_module = self._code is not None and self._code.co_name == "<module>"
        return self._is_compiled and is_of_module and self._kind is ImportError

    def _is_by_trigger(self) -> bool:
        """Return whether the text may be that of a trigger in the database (`raise(abort, 'text')`)."""
        error = guarded.module_names("sqlite3").get("IntegrityError")
        if error is None or self._kind is not error:
            return False
        held = guarded.attributes(self._exception) or {}
        return held.get("sqlite_errorname") in (None, "SQLITE_CONSTRAINT_TRIGGER")

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

    def _is_handing_on(self, code: CodeType) -> bool:
        """Return whether the failing instruction may raise an exception that was created elsewhere."""
        if not self._is_compiled and instructions.is_handing_on(code, self._offset):
            return True
        location, piece = self._raising
        if location is None or piece is None:
            return self._is_compiled or not RAISERS.isdisjoint(code.co_names)
        if self._is_compiled:
            return bool(piece.raised_at(location.line)) or piece.hands_on_at(location.line)
        return any(piece.calls_at(location.line, name) for name in RAISERS)

    def _of_system(self) -> list[Candidate]:
        number = guarded.field(self._exception, OSError, "errno")
        is_own = self._is_compiled and self._code is not None and self._is_handing_on(self._code)
        if type(number) is not int or not self.is_by_c or is_own:
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
