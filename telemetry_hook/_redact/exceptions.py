"""Redacts exceptions: their class, message template, structured values and frames."""

from __future__ import annotations

from typing import TYPE_CHECKING

from telemetry_hook._crash import compiled
from telemetry_hook._crash.crash import ECMASCRIPT, Frame, PageError
from telemetry_hook._redact import origins
from telemetry_hook._redact.details import Details
from telemetry_hook._redact.distinct import distinct
from telemetry_hook._redact.message import instructions, safe_str, system
from telemetry_hook._redact.message.reraising import own_frames, without_importing
from telemetry_hook._redact.message.search import Messages
from telemetry_hook._redact.message.sources import Sources
from telemetry_hook._redact.message.template_sources import System
from telemetry_hook._redact.origins import HOLE
from telemetry_hook._redact.published.class_names import USER_CLASS
from telemetry_hook._redact.worker_frames import NOWHERE, Stack, WorkerFrames, printed
from telemetry_hook._report import RedactedException

if TYPE_CHECKING:
    from collections.abc import Sequence

    from telemetry_hook._crash.crash import CapturedException, Crash, Gap
    from telemetry_hook._redact.frames import Frames
    from telemetry_hook._redact.message.fills import Message
    from telemetry_hook._redact.published.class_names import ClassNames
    from telemetry_hook._redact.published.definitions import Definitions
    from telemetry_hook._redact.published.locations import Locations
    from telemetry_hook._redact.published.public_files import PublicFiles
    from telemetry_hook._report import PublicText

_WORDS = origins.words("cause", "context", "member", "other", "ECMAScript")
_ECMASCRIPT = origins.words(*ECMASCRIPT)


class Exceptions:
    """Redacts a crash's exceptions. `swallowed` has message texts that placeholders replaced."""

    def __init__(
        self,
        files: PublicFiles,
        definitions: Definitions,
        classes: ClassNames,
        locations: Locations,
        frames: Frames,
    ) -> None:
        self._classes = classes
        self._locations = locations
        self._frames = frames
        self._messages = Messages(locations, classes, Sources(definitions, files))
        self._details = Details(files, classes)
        self._workers = WorkerFrames(classes, locations)
        self._known: list[tuple[BaseException, Message]] = []
        self.swallowed: list[str] = []

    def redacted(self, crash: Crash) -> tuple[RedactedException, ...]:
        """Redact all exceptions, causes first: a later message may repeat a cause's message."""
        captured = crash.all_captured()
        for hidden in crash.all_hidden():
            self._message(hidden.exception, self._stack(hidden))
        stacks = [self._stack(each) for each in captured]
        # A group's member that was not raised itself was created where the group was raised.
        raised_at = [
            stacks[each.parent] if each.parent is not None and not each.frames else stack
            for each, stack in zip(captured, stacks, strict=True)
        ]
        firsts: list[RedactedException] = []
        for index, carrier in enumerate(captured):
            if carrier.relation != "cause" or not self._workers.are_in(carrier.exception):
                continue
            parent = carrier.parent or 0
            first, raised = self._of_worker(carrier.exception, captured[parent].exception)
            stacks[index], raised_at[index] = raised or first, NOWHERE
            if raised is not None:
                raised_at[parent] = raised
                firsts += [self._first(first, index)] if first is not raised else []
        redacted: list[RedactedException] = []
        for index in reversed(range(len(captured))):
            current = captured[index]
            if type(current.exception) is PageError:
                redacted.append(self._page_error(current.exception))
                continue
            causes = (stacks[at].frames for at, each in enumerate(captured) if each.parent == index)
            frames, located, *_ = raised_at[index]
            frames = own_frames(frames, causes)
            frames = without_importing(current.exception, frames, located)
            text = self._message(current.exception, Stack(frames, located[: len(frames)]))
            redacted.append(self._exception(current, text, stacks[index]))
        return distinct((*reversed(redacted), *firsts))

    def _of_worker(
        self, carrier: BaseException, raised: BaseException
    ) -> tuple[Stack, Stack | None]:
        """Return the frames of the first exception of a worker's chain, and of what it raised."""
        texts = safe_str.texts(raised, self._locations.has, self._locations.has_in_library)
        return self._workers.stacks(carrier, printed(raised, texts))

    def _first(self, stack: Stack, carrier: int) -> RedactedException:
        """Return the first exception of a worker's chain, of which only the text is there."""
        module, name = (stack.kind and self._classes.name(stack.kind)) or (None, USER_CLASS)
        return RedactedException(
            type=name,
            module=module,
            message=HOLE,
            details=(),
            frames=self._frames.redacted(stack.frames, stack.located),
            parent=carrier,
            relation=_WORDS["context"],
        )

    def _page_error(self, error: PageError) -> RedactedException:
        """Redact an error in a web page. Keep its class, and its lines in published scripts."""
        return RedactedException(
            type=_ECMASCRIPT[error.name],
            module=_WORDS["ECMAScript"],
            message=HOLE,
            details=(),
            frames=tuple(self._frames.of_page(error)),
            parent=None,
            relation=None,
        )

    def _stack(self, captured: CapturedException) -> Stack:
        located = [self._locations.of_frame(frame) for frame in captured.frames]
        return Stack(captured.frames, located)

    def _message(self, exception: BaseException, raised_at: Stack) -> PublicText:
        message = self._messages.look_up(exception, *raised_at[:2], self._known)
        if (text := _of_system(exception, raised_at.frames)) is not None:
            message = message._replace(text=text)
        self._known.append((exception, message))
        self.swallowed += message.swallowed
        return message.text

    def _exception(
        self, captured: CapturedException, message: PublicText, stack: Stack
    ) -> RedactedException:
        kind = type(captured.exception)
        module, name = self._classes.name(kind) or (None, self._classes.full(kind))
        relation = captured.relation
        return RedactedException(
            type=name,
            module=module,
            message=message,
            details=self._details.of(
                captured.exception, captured.repeats, is_by_c=_is_by_c(captured.frames)
            ),
            frames=self._frames.redacted(stack.frames, stack.located),
            parent=captured.parent,
            relation=None if relation is None else _WORDS[relation],
        )


def _is_by_c(frames: Sequence[Frame | Gap]) -> bool:
    """Return whether C code that the last frame called has made and raised an exception."""
    last = frames[-1] if frames else None
    if not isinstance(last, Frame) or compiled.is_made_up(last.code):
        return False
    is_own = instructions.is_raise(last.code, last.lasti)
    return not (is_own or instructions.is_handing_on(last.code, last.lasti))


def _of_system(exception: BaseException, frames: Sequence[Frame | Gap]) -> PublicText | None:
    """Return the message of an `OSError` that C code raised, in English, or None for other errors."""
    last = frames[-1] if frames else None
    if not isinstance(last, Frame) or instructions.is_raise(last.code, last.lasti):
        return None
    if (known := system.known(exception)) is None:
        return None
    number, template = known
    return origins.filled(template, System(number), [HOLE] * template.count(None))
