"""Redacts frames. The tool's own frames get source lines and the shapes of their variables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from telemetry_hook._crash import shapes
from telemetry_hook._crash.crash import Gap
from telemetry_hook._installed import changes
from telemetry_hook._redact import origins
from telemetry_hook._redact.published.definitions import CO_OPTIMIZED
from telemetry_hook._redact.releases import release
from telemetry_hook._report import RedactedFrame, SourceLines, Variable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import CodeType

    from telemetry_hook._crash.crash import Frame, PageError
    from telemetry_hook._crash.shapes import Shape
    from telemetry_hook._installed.distributions import Distribution
    from telemetry_hook._redact.published.class_names import ClassNames
    from telemetry_hook._redact.published.locations import Location, Locations
    from telemetry_hook._redact.published.public_files import PublicFile, PublicFiles
    from telemetry_hook._report import PublicText

NEIGHBOURS = 3
MAX_VARIABLES = 30

_WORDS = origins.words(
    *("None", "(", ")", "… ", " more of the same", " more frames"),
    *("<user code>", "<console script>", "<function>", "<script>"),
)
_USER_CODE = RedactedFrame(function=_WORDS["<user code>"])
_CONSOLE_SCRIPT = RedactedFrame(function=_WORDS["<console script>"])


class Frames:
    """Redacts frames. `distributions` has the distributions that own the frames redacted so far."""

    def __init__(self, files: PublicFiles, classes: ClassNames, locations: Locations) -> None:
        self._files = files
        self._classes = classes
        self._locations = locations
        self.distributions: dict[Distribution, None] = {}

    def redacted(
        self, frames: Sequence[Frame | Gap], locations: Sequence[Location | None]
    ) -> tuple[RedactedFrame, ...]:
        """Return frames for a report. Consecutive frames of the user's code become one frame.

        Raises:
            ChangedError: a file of the tool was changed while the program ran.
        """
        redacted: list[RedactedFrame] = []
        for frame, location in zip(frames, locations, strict=True):
            if isinstance(frame, Gap):
                redacted.append(_gap(frame))
            elif location is not None:
                redacted.append(self._frame(frame, location))
            elif self._files.is_script(frame.code.co_filename):
                redacted.append(_CONSOLE_SCRIPT)
            else:
                self._check_unchanged(frame.code)
                if not redacted or redacted[-1] is not _USER_CODE:
                    redacted.append(_USER_CODE)
        return tuple(redacted)

    def of_page(self, error: PageError) -> Iterator[RedactedFrame]:
        """Yield a frame for each place of a page's error in the tool's own published scripts.

        The rounds of a recursion are left out: of the places before the last one, each is yielded once.
        """
        for path, line in (*dict.fromkeys(error.places[:-1]), *error.places[-1:]):
            file = self._files.find(path)
            if file is not None and file.is_own and line <= len(file.lines):
                yield self._at(file, line, _WORDS["<script>"])

    def _check_unchanged(self, code: CodeType) -> None:
        """Check a file that does not contain the code of one of its functions.

        Python itself makes frames for modules, to show where a lazy import was declared.
        """
        file = self._files.of_code(code.co_filename) if code.co_flags & CO_OPTIMIZED else None
        if file is not None and file.is_own and file.distribution is not None:
            changes.check_file(file.path, file.distribution)

    def _frame(self, frame: Frame, location: Location) -> RedactedFrame:
        function = origins.qualname(location.file, location.definition)
        variables = self._variables(frame, location) if location.file.is_own else ()
        return self._at(
            location.file, location.line, function or _WORDS["<function>"], tuple(variables)
        )

    def _at(
        self,
        file: PublicFile,
        line: int | None,
        function: PublicText,
        variables: tuple[Variable, ...] = (),
    ) -> RedactedFrame:
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
            source=_source(file, line) if file.is_own and line is not None else None,
            variables=variables,
        )

    def _variables(self, frame: Frame, location: Location) -> Iterator[Variable]:
        code = location.definition.code
        named = (*code.co_varnames, *code.co_cellvars, *code.co_freevars)
        shown = [variable for variable in named if variable in frame.variables]
        for variable in shown[:MAX_VARIABLES]:
            name = origins.name(location.file, variable)
            if name is not None:
                yield Variable(name, self._shape(frame.variables[variable]))

    def _shape(self, shape: Shape) -> PublicText:
        """Return a shape as text, such as ``list(10+)`` or ``acme.lift.Car``."""
        if shape.kind is type(None):
            return _WORDS["None"]
        pieces = [self._classes.full(shape.kind)]
        if shape.detail:
            pieces += [_WORDS["("], origins.size(shape.detail), _WORDS[")"]]
        return origins.compose(pieces)


def _gap(gap: Gap) -> RedactedFrame:
    what = _WORDS[" more of the same" if gap.is_repetition else " more frames"]
    return RedactedFrame(
        origins.compose([_WORDS["… "], origins.size(shapes.order(gap.count)), what])
    )


def _source(file: PublicFile, line: int) -> SourceLines | None:
    last = len(file.lines)
    if line > last:
        return None
    before = range(max(1, line - NEIGHBOURS), line)
    after = range(line + 1, min(line + NEIGHBOURS, last) + 1)
    return SourceLines(
        tuple(origins.line(file, number) for number in before),
        origins.line(file, line),
        tuple(origins.line(file, number) for number in after),
    )
