"""Redacts frames. The tool's own frames get source lines and the shapes of their variables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from telemetry_hook._crash import shapes
from telemetry_hook._crash.crash import Frame, Gap
from telemetry_hook._installed import changes
from telemetry_hook._redact import origins, source_lines
from telemetry_hook._redact.message import instructions
from telemetry_hook._redact.published.definitions import CO_OPTIMIZED
from telemetry_hook._redact.published.statements import Statements
from telemetry_hook._redact.releases import release
from telemetry_hook._redact.values import Values
from telemetry_hook._report import RedactedFrame

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import CodeType

    from telemetry_hook._crash.crash import PageError
    from telemetry_hook._installed.distributions import Distribution
    from telemetry_hook._redact.published.class_names import ClassNames
    from telemetry_hook._redact.published.compiled import CompiledFunction
    from telemetry_hook._redact.published.locations import Location, Locations
    from telemetry_hook._redact.published.public_files import PublicFile, PublicFiles
    from telemetry_hook._redact.published.statements import Statement
    from telemetry_hook._report import PublicText


_WORDS = origins.words(
    *("… ", " more of the same", " more frames"),
    *("<user code>", "<console script>", "<function>", "<script>", "name", "text"),
)
_USER_CODE = RedactedFrame(function=_WORDS["<user code>"])
_CONSOLE_SCRIPT = RedactedFrame(function=_WORDS["<console script>"])


class Frames:
    """Redacts frames. `distributions` has the distributions that own the frames redacted so far."""

    def __init__(self, files: PublicFiles, classes: ClassNames, locations: Locations) -> None:
        self._files = files
        self._values = Values(classes)
        self._locations = locations
        self._statements = Statements(locations)
        self.distributions: dict[Distribution, None] = {}

    def redacted(
        self, frames: Sequence[Frame | Gap], locations: Sequence[Location | None]
    ) -> tuple[RedactedFrame, ...]:
        """Return frames for a report. Consecutive frames of the user's code become one frame.

        Raises:
            ChangedError: a file of the tool was changed while the program ran.
        """
        redacted: list[RedactedFrame] = []
        own = [location is not None and location.file.is_own for location in locations]
        statements = self._statements.of_own(locations)
        outer: Frame | Gap | None = None
        for index, (frame, location) in enumerate(zip(frames, locations, strict=True)):
            if isinstance(frame, Gap):
                redacted.append(_gap(frame))
            elif (compiled := self._locations.compiled(frame)) is not None:
                redacted.append(self._compiled(compiled))
            elif location is not None:
                shown = self._frame(frame, location)
                if own[index]:
                    shown = _with_statement(shown, frame, location, statements[index], outer)
                elif not any(own[index:]):
                    alone = source_lines.alone(location.file, location.line)
                    shown = shown._replace(source=alone)
                redacted.append(shown)
            elif self._files.is_script(frame.code.co_filename):
                redacted.append(_CONSOLE_SCRIPT)
            else:
                self._check_unchanged(frame.code)
                if not redacted or redacted[-1] is not _USER_CODE:
                    redacted.append(_USER_CODE)
            outer = frame
        return tuple(redacted)

    def of_page(self, error: PageError) -> Iterator[RedactedFrame]:
        """Yield a frame for each place of a page's error in the tool's own published scripts.

        The rounds of a recursion are left out: of the places before the last one, each is yielded once.
        """
        for path, line in (*dict.fromkeys(error.places[:-1]), *error.places[-1:]):
            file = self._files.find(path)
            if file is not None and file.is_own and line <= len(file.lines):
                shown = self._at(file, line, _WORDS["<script>"])
                yield shown._replace(source=source_lines.around(file, line))

    def _check_unchanged(self, code: CodeType) -> None:
        """Check a file that does not contain the code of one of its functions.

        Python itself makes frames for modules, to show where a lazy import was declared.
        """
        file = self._files.of_code(code.co_filename) if code.co_flags & CO_OPTIMIZED else None
        if file is not None and file.is_own and file.distribution is not None:
            changes.check_file(file.path, file.distribution)

    def _frame(self, frame: Frame, location: Location) -> RedactedFrame:
        function = origins.qualname(location.file, location.definition)
        redacted = self._at(location.file, location.line, function or _WORDS["<function>"])
        if location.known_by is not None:
            return redacted._replace(known_by=_WORDS[location.known_by])
        if not location.file.is_own:
            return redacted
        variables, operands = self._values.of_frame(frame, location)
        return redacted._replace(variables=variables, operands=operands)

    def _compiled(self, compiled: CompiledFunction) -> RedactedFrame:
        """Return the frame of a compiled function, which has no variables."""
        if compiled.definition is not None:
            function = origins.qualname(compiled.file, compiled.definition)
        elif compiled.line is not None:
            function = origins.name(compiled.file, compiled.qualname)
        else:
            function = origins.compiled_name(compiled.extension, compiled.qualname)
        file, line = compiled.file, compiled.line
        return self._at(file, line, function or _WORDS["<function>"])._replace(
            module=origins.module(compiled.extension),
            source=source_lines.around(file, line) if file.is_own else None,
            known_by=_WORDS["name"],
        )

    def _at(self, file: PublicFile, line: int | None, function: PublicText) -> RedactedFrame:
        owner = file.distribution
        if owner is not None:
            self.distributions[owner] = None
        return RedactedFrame(
            function=function,
            module=origins.module(file),
            file=origins.path(file),
            line=line,
            release=None if owner is None else release(owner),
            in_app=file.is_own,
        )


def _with_statement(
    shown: RedactedFrame,
    frame: Frame,
    location: Location,
    statement: Statement | None,
    outer: Frame | Gap | None,
) -> RedactedFrame:
    """Return an own frame with its statement and the `except` clauses that did not catch.

    The first frame of a traceback may have caught the exception. So may a frame after one that
    is running a `raise` statement, because that raises an exception again.
    """
    handlers = () if statement is None else statement.handlers
    if not isinstance(outer, Frame) or instructions.is_raise(outer.code, outer.lasti):
        handlers = ()
    return shown._replace(
        # The text of a traceback does not say which instruction failed.
        source=source_lines.of_statement(
            location, frame.lasti if location.known_by is None else -1, statement
        ),
        passed=tuple(source_lines.headers(location.file, handlers)),
    )


def _gap(gap: Gap) -> RedactedFrame:
    what = _WORDS[" more of the same" if gap.is_repetition else " more frames"]
    return RedactedFrame(
        origins.compose([_WORDS["… "], origins.size(shapes.order(gap.count)), what])
    )
