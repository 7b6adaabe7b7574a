"""`Report` → `RedactedReport`: the only way from what is known to what may be told.

Every text is looked up in something public; what is not found becomes a placeholder. Whatever goes
wrong here is an exception, and an exception means that no report is made.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from telemetry_hook._crash.crash import ECMASCRIPT, Gap, PageError
from telemetry_hook._installed.distributions import Distribution, distribution
from telemetry_hook._redact import machine
from telemetry_hook._redact.command.command import command
from telemetry_hook._redact.details import Details
from telemetry_hook._redact.fingerprint import fingerprint
from telemetry_hook._redact.message.search import look_up
from telemetry_hook._redact.message.templates import HOLE
from telemetry_hook._redact.origins import (
    MINUTE,
    NUMBERS,
    RELEASE,
    REPORT_ID,
    SHAPE_DETAIL,
    PublicText,
    Vocabulary,
    compose,
    words,
)
from telemetry_hook._redact.published.classes import USER_CLASS, PublicClasses
from telemetry_hook._redact.published.code import PublicCode
from telemetry_hook._redact.published.files import PublicFile, PublicFiles
from telemetry_hook._redact.published.lookup import Published
from telemetry_hook._report import (
    FORMAT,
    RedactedAttribute,
    RedactedException,
    RedactedFrame,
    RedactedReport,
    Release,
    SourceLines,
    Variable,
)
from telemetry_hook.receivers import is_local

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from telemetry_hook._crash.crash import CapturedException, Crash, Frame
    from telemetry_hook._crash.shapes import Shape
    from telemetry_hook._redact.message.search import Message
    from telemetry_hook._redact.published.code import Definition
    from telemetry_hook._redact.published.lookup import Place
    from telemetry_hook._redact.raw_report import Report
    from telemetry_hook.declare import Attribute, Value

NEIGHBOURS = 3
MAX_LINE = 300

_WORDS = words(
    *("excepthook", "threading", "atexit", "web", "reported"),
    *("cause", "context", "member", "preview", "stable"),
    *("unpublished", "None", " (", "(", ")", "."),
    *("… ", " more of the same", " more frames"),
    *("<user code>", "<console script>", "<function>", "<script>", "ECMAScript"),
)
_ECMASCRIPT = words(*ECMASCRIPT)
_USER_CODE = RedactedFrame(function=_WORDS["<user code>"])
_UNKNOWN = _WORDS["<function>"]
_CONSOLE_SCRIPT = RedactedFrame(function=_WORDS["<console script>"])


@dataclass(frozen=True, slots=True)
class Redaction:
    """What may be told of a report, and the texts in messages that may not."""

    report: RedactedReport
    swallowed: tuple[str, ...]


def redact(report: Report) -> Redaction:
    """Return what may be told of a report.

    Raises:
        Exception: something could not be redacted; the report must be dropped.
    """
    registration, tool = report.registration, report.tool
    family = [found for name in tool.family if (found := distribution(name)) is not None]
    own = [registration.distribution, registration.plugin, *family]
    files = PublicFiles(own, is_local=is_local(tool.receiver.address))
    redactor = _Redactor(files)
    exceptions = redactor.exceptions(report.crash)
    carried = dict.fromkeys([*family, *redactor.seen])
    carried.pop(registration.distribution, None)
    release = _release(registration.distribution)
    redacted = RedactedReport(
        format=FORMAT,
        id=PublicText(report.id, REPORT_ID),
        time=PublicText(report.time.strftime("%Y-%m-%dT%H:%M:00Z"), MINUTE),
        tool=release,
        packages=tuple(map(_release, carried)),
        phase=_WORDS[tool.phase],
        mechanism=_WORDS[report.crash.mechanism],
        python=machine.python(),
        system=machine.system(),
        circumstances=machine.circumstances(registration.distribution),
        command=command(report.crash, registration.package, files, redactor.code, _arguments()),
        attributes=tuple(
            _attribute(each, report.attributes[each.name])
            for each in tool.attributes
            if each.name in report.attributes
        ),
        exceptions=exceptions,
        fingerprint=fingerprint(release, exceptions),
    )
    return Redaction(redacted, tuple(redactor.swallowed))


def _arguments() -> list[str]:
    """Return the arguments, where the program has left them as they were."""
    given = getattr(sys, "argv", None)
    return [each for each in given[1:] if type(each) is str] if type(given) is list else []


def lighter(report: RedactedReport) -> Iterator[RedactedReport]:
    """Yield the report, then the same with less and less beside its frames, and fewer of them."""
    yield report
    for last, exceptions in ((10, 10), (3, 5), (1, 2), (0, 1)):
        kept = report.exceptions[:exceptions]
        yield replace(report, exceptions=tuple(_lightened(each, last) for each in kept))


def _lightened(exception: RedactedException, last: int) -> RedactedException:
    plain = len(exception.frames) - last
    return replace(
        exception,
        frames=tuple(
            replace(each, source=None, variables=()) if index < plain else each
            for index, each in enumerate(exception.frames)
        ),
    )


class _Redactor:
    def __init__(self, files: PublicFiles) -> None:
        self._files = files
        self.code = PublicCode()
        self._classes = PublicClasses(files, self.code)
        self._published = Published(files, self.code, self._classes)
        self._details = Details(files, self._classes)
        self.seen: dict[Distribution, None] = {}
        self.swallowed: list[str] = []

    def exceptions(self, crash: Crash) -> tuple[RedactedException, ...]:
        """Redact causes before what they caused: its message may repeat theirs."""
        captured = crash.captured
        known: list[tuple[BaseException, Message]] = []
        for each in crash.hidden:
            self._message(each.exception, each.frames, self._places(each), known)
        places = [self._places(each) for each in captured]
        found: list[RedactedException] = []
        for index in reversed(range(len(captured))):
            each = captured[index]
            if type(each.exception) is PageError:
                found.append(self._page_error(each.exception))
                continue
            # A member that was never raised itself was made where its group was raised.
            at = index if each.frames or each.parent is None else each.parent
            text = self._message(each.exception, captured[at].frames, places[at], known)
            found.append(self._exception(each, text, places[index]))
        return tuple(reversed(found))

    def _page_error(self, error: PageError) -> RedactedException:
        """Tell of an error in a page: its class, and lines of published scripts."""
        frames: list[RedactedFrame] = []
        for path, line in error.places:
            file = self._files.find(path)
            if file is None or not file.is_own or line > len(file.lines):
                continue
            frames.append(self._at(file, line, _WORDS["<script>"]))
        return RedactedException(
            type=_ECMASCRIPT[error.name],
            module=_WORDS["ECMAScript"],
            message=HOLE,
            details=(),
            frames=tuple(frames),
            parent=None,
            relation=None,
        )

    def _message(
        self,
        exception: BaseException,
        frames: Sequence[Frame | Gap],
        places: list[Place | None],
        known: list[tuple[BaseException, Message]],
    ) -> PublicText:
        message = look_up(self._published, exception, frames, places, known)
        known.append((exception, message))
        self.swallowed += message.swallowed
        return message.text

    def _places(self, captured: CapturedException) -> list[Place | None]:
        return [self._place(frame) for frame in captured.frames]

    def _exception(
        self, captured: CapturedException, message: PublicText, places: list[Place | None]
    ) -> RedactedException:
        kind = type(captured.exception)
        module, name = self._classes.name(kind) or (None, USER_CLASS)
        if name is USER_CLASS and (base := self._classes.first_public_base(kind)) is not None:
            name = compose([USER_CLASS, _WORDS[" ("], base, _WORDS[")"]])
        relation = captured.relation
        return RedactedException(
            type=name,
            module=module,
            message=message,
            details=self._details.of(captured.exception),
            frames=self._frames(captured, places),
            parent=captured.parent,
            relation=None if relation is None else _WORDS[relation],
        )

    def _place(self, frame: Frame | Gap) -> Place | None:
        if isinstance(frame, Gap):
            return None
        file = self._files.of_code(frame.code.co_filename)
        definition = None if file is None else self.code.twin(frame.code, file)
        if file is None or definition is None:
            return None
        return file, definition, definition.line_at(frame.lasti)

    def _frames(
        self, captured: CapturedException, places: list[Place | None]
    ) -> tuple[RedactedFrame, ...]:
        frames: list[RedactedFrame] = []
        for frame, place in zip(captured.frames, places, strict=True):
            if isinstance(frame, Gap):
                frames.append(_gap(frame))
            elif place is not None:
                frames.append(self._frame(frame, *place))
            elif self._files.is_script(frame.code.co_filename):
                frames.append(_CONSOLE_SCRIPT)
            elif not frames or frames[-1] is not _USER_CODE:
                frames.append(_USER_CODE)
        return tuple(frames)

    def _frame(
        self, frame: Frame, file: PublicFile, definition: Definition, line: int | None
    ) -> RedactedFrame:
        origin = _Qualified(file)
        # Identifiers are normalised, so not each stands in the source as Python has it.
        is_known = origin.publishes(definition.qualname)
        function = PublicText(definition.qualname, origin) if is_known else _UNKNOWN
        variables = self._variables(frame, file, definition) if file.is_own else ()
        return self._at(file, line, function, variables)

    def _at(
        self,
        file: PublicFile,
        line: int | None,
        function: PublicText,
        variables: tuple[Variable, ...] = (),
    ) -> RedactedFrame:
        owner = file.distribution
        if owner is not None:
            self.seen[owner] = None
        return RedactedFrame(
            function=function,
            module=PublicText(file.module, file),
            file=PublicText(file.name, file),
            line=line,
            release=None if owner is None else _release(owner),
            in_app=file.is_own,
            source=_source(file, line) if file.is_own and line is not None else None,
            variables=variables,
        )

    def _variables(
        self, frame: Frame, file: PublicFile, definition: Definition
    ) -> tuple[Variable, ...]:
        code = definition.code
        return tuple(
            Variable(PublicText(name, file), self._shape(frame.variables[name]))
            for name in (*code.co_varnames, *code.co_cellvars, *code.co_freevars)
            # Names of private attributes are mangled: no source has them so.
            if name in frame.variables and file.publishes(name)
        )

    def _shape(self, shape: Shape) -> PublicText:
        if shape.kind is type(None):
            return _WORDS["None"]
        module, name = self._classes.name(shape.kind) or (None, USER_CLASS)
        pieces = [name] if module is None else [module, _WORDS["."], name]
        if shape.detail:
            pieces += [_WORDS["("], PublicText(shape.detail, SHAPE_DETAIL), _WORDS[")"]]
        return compose(pieces)


def _gap(gap: Gap) -> RedactedFrame:
    what = _WORDS[" more of the same" if gap.is_repetition else " more frames"]
    return RedactedFrame(compose([_WORDS["… "], PublicText(str(gap.count), NUMBERS), what]))


class _Qualified:
    """A public file, for qualified names: Python's own brackets may stand between its names."""

    def __init__(self, file: PublicFile) -> None:
        self._file = file

    def publishes(self, text: str) -> bool:
        return all(
            part in _BRACKETS or part.startswith(GENERIC) or self._file.publishes(part)
            for part in text.split(".")
        )


GENERIC = "<generic parameters of "
_BRACKETS = frozenset(
    {"<locals>", "<module>", "<lambda>", "<listcomp>", "<setcomp>", "<dictcomp>", "<genexpr>"}
)


def _source(file: PublicFile, line: int) -> SourceLines | None:
    first = max(1, line - NEIGHBOURS)
    lines = [
        PublicText(text[:MAX_LINE], file) for text in file.lines[first - 1 : line + NEIGHBOURS]
    ]
    at = line - first
    if at >= len(lines):
        return None
    return SourceLines(tuple(lines[:at]), lines[at], tuple(lines[at + 1 :]))


def _release(each: Distribution) -> Release:
    # A local part, after the +, is whatever somebody wrote there.
    version = each.version.partition("+")[0]
    name = PublicText(each.name, Vocabulary(frozenset({each.name})))
    if not RELEASE.publishes(version):
        return Release(name, _WORDS["unpublished"])
    return Release(name, PublicText(version, RELEASE))


def _attribute(declared: Attribute, value: Value) -> RedactedAttribute:
    options: tuple[str, ...] = getattr(declared, "options", ())
    vocabulary = Vocabulary(frozenset({declared.name, *options}))
    name = PublicText(declared.name, vocabulary)
    if isinstance(value, tuple):
        return RedactedAttribute(name, tuple(PublicText(each, vocabulary) for each in value))
    if isinstance(value, str):
        return RedactedAttribute(name, PublicText(value, vocabulary if options else RELEASE))
    return RedactedAttribute(name, value)
