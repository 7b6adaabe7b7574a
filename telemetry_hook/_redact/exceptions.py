"""Redacts exceptions: their class, message template, structured values and frames."""

from __future__ import annotations

from typing import TYPE_CHECKING

from telemetry_hook._crash.crash import ECMASCRIPT, Frame, PageError
from telemetry_hook._redact import origins
from telemetry_hook._redact.details import Details
from telemetry_hook._redact.distinct import distinct
from telemetry_hook._redact.message import instructions, system
from telemetry_hook._redact.message.reraising import own_frames
from telemetry_hook._redact.message.search import Messages
from telemetry_hook._redact.message.sources import Sources
from telemetry_hook._redact.message.template_sources import System
from telemetry_hook._redact.origins import HOLE
from telemetry_hook._redact.published.class_names import USER_CLASS
from telemetry_hook._report import RedactedException

if TYPE_CHECKING:
    from collections.abc import Sequence

    from telemetry_hook._crash.crash import CapturedException, Crash, Gap
    from telemetry_hook._redact.frames import Frames
    from telemetry_hook._redact.message.search import Message
    from telemetry_hook._redact.published.class_names import ClassNames
    from telemetry_hook._redact.published.definitions import Definitions
    from telemetry_hook._redact.published.locations import Location, Locations
    from telemetry_hook._redact.published.public_files import PublicFiles
    from telemetry_hook._report import PublicText

_WORDS = origins.words("cause", "context", "member", " (", ")", "ECMAScript")
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
        self._messages = Messages(locations, classes, Sources(definitions))
        self._details = Details(files, classes)
        self._known: list[tuple[BaseException, Message]] = []
        self.swallowed: list[str] = []

    def redacted(self, crash: Crash) -> tuple[RedactedException, ...]:
        """Redact all exceptions, causes first: a later message may repeat a cause's message."""
        captured = crash.captured
        for hidden in crash.hidden:
            self._message(hidden.exception, hidden.frames, self._located(hidden))
        located = [self._located(exception) for exception in captured]
        redacted: list[RedactedException] = []
        for index in reversed(range(len(captured))):
            current = captured[index]
            if type(current.exception) is PageError:
                redacted.append(self._page_error(current.exception))
                continue
            # A group's member that was not raised itself was created where the group was raised.
            at = index if current.frames or current.parent is None else current.parent
            causes = (each.frames for each in captured if each.parent == index)
            frames = own_frames(captured[at].frames, causes)
            text = self._message(current.exception, frames, located[at][: len(frames)])
            redacted.append(self._exception(current, text, located[index]))
        return distinct(tuple(reversed(redacted)))

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

    def _located(self, captured: CapturedException) -> list[Location | None]:
        return [self._locations.of_frame(frame) for frame in captured.frames]

    def _message(
        self,
        exception: BaseException,
        frames: Sequence[Frame | Gap],
        locations: Sequence[Location | None],
    ) -> PublicText:
        message = self._messages.look_up(exception, frames, locations, self._known)
        if (text := _of_system(exception, frames)) is not None:
            message = message._replace(text=text)
        self._known.append((exception, message))
        self.swallowed += message.swallowed
        return message.text

    def _exception(
        self,
        captured: CapturedException,
        message: PublicText,
        locations: Sequence[Location | None],
    ) -> RedactedException:
        kind = type(captured.exception)
        module, name = self._classes.name(kind) or (None, USER_CLASS)
        if name is USER_CLASS and (base := self._classes.first_public_base(kind)) is not None:
            name = origins.compose([USER_CLASS, _WORDS[" ("], base, _WORDS[")"]])
        relation = captured.relation
        return RedactedException(
            type=name,
            module=module,
            message=message,
            details=self._details.of(captured.exception, captured.repeats),
            frames=self._frames.redacted(captured.frames, locations),
            parent=captured.parent,
            relation=None if relation is None else _WORDS[relation],
        )


def _of_system(exception: BaseException, frames: Sequence[Frame | Gap]) -> PublicText | None:
    """Return the message of an `OSError` that C code raised, in English, or None for other errors."""
    last = frames[-1] if frames else None
    if not isinstance(last, Frame) or instructions.is_raise(last.code, last.lasti):
        return None
    if (known := system.known(exception)) is None:
        return None
    number, template = known
    return origins.filled(template, System(number), [HOLE] * template.count(None))
