"""Looks up the template of an exception's message. The template is sent, and no text is copied.

The template is found without the message: from the statement that raised the exception, the calls
that led there, and the exception's class; or, if C code raised it, from its class or error number.
The message is only compared with it, to see that it is the right one.

If the user's own code raised the exception, the whole message is replaced by a placeholder.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from telemetry_hook._crash import capture, guarded
from telemetry_hook._redact import origins
from telemetry_hook._redact.message import pydantic, safe_str
from telemetry_hook._redact.message.calls import Calls
from telemetry_hook._redact.message.candidates import Candidates
from telemetry_hook._redact.message.fills import Fills, Message
from telemetry_hook._redact.message.template_sources import Pydantic
from telemetry_hook._redact.message.type_names import TypeNames
from telemetry_hook._redact.origins import HOLE, compose

if TYPE_CHECKING:
    from collections.abc import Sequence

    from telemetry_hook._crash.crash import Frame, Gap
    from telemetry_hook._redact.message.sources import Sources
    from telemetry_hook._redact.published.class_names import ClassNames
    from telemetry_hook._redact.published.locations import Location, Locations
    from telemetry_hook._report import PublicText

_WORDS = origins.words(
    '"', "'", "(", ")", ", ", "; ", " (", " sub-exceptions)", "validation error: "
)


class Messages:
    """Looks up the messages of exceptions."""

    def __init__(self, locations: Locations, classes: ClassNames, sources: Sources) -> None:
        self._locations = locations
        self._classes = classes
        self._sources = sources
        self._type_names = TypeNames(classes)
        self._calls = Calls(locations, classes, self._type_names)

    def look_up(
        self,
        exception: BaseException,
        frames: Sequence[Frame | Gap],
        located: Sequence[Location | None],
        known: Sequence[tuple[BaseException, Message]],
    ) -> Message:
        """Return an exception's message.

        `located` has the public location of each frame in the traceback, the raising frame last. It
        has None for a frame that is not public. `known` has the exceptions that were looked up
        before (causes, contexts, members), with their messages.
        """
        candidates = Candidates(self._locations, self._sources, exception, frames, located)
        fills = Fills(self._classes, exception, candidates, known, self._type_names)
        texts = safe_str.texts(exception, self._locations.has, self._locations.has_in_library)
        if texts is None:
            return fills.or_kept_texts(Message(_of_pydantic(exception)))
        original, parts = texts
        if capture.members(exception):
            message = fills.message(parts[0], candidates.of_argument(0))
            group = compose([message.text, _WORDS[" ("], HOLE, _WORDS[" sub-exceptions)"]])
            text = HOLE if message.text == HOLE else group
            return message._replace(text=text, original=original)
        if type(exception) is TypeError and candidates.last.failing is not None:
            called = self._calls.message(candidates.last.failing, original)
            if called is not None:
                return Message(called, original)
        if len(parts) == 1:
            message = fills.message(parts[0], candidates.of_message())
            return fills.or_kept_texts(message)._replace(original=original)
        several = [
            fills.message(part, candidates.of_argument(index)) for index, part in enumerate(parts)
        ]
        are_texts = [type(argument) is str for argument in guarded.arguments(exception)]
        shown = [
            _quoted(each.text) if is_text else each.text
            for each, is_text in zip(several, are_texts, strict=True)
        ]
        pieces = [piece for text in shown for piece in (_WORDS[", "], text)][1:]
        swallowed = tuple(text for message in several for text in message.swallowed)
        if all(message.text == HOLE for message in several):
            return fills.or_kept_texts(Message(HOLE, original, swallowed))
        return Message(compose([_WORDS["("], *pieces, _WORDS[")"]]), original, swallowed)


def _quoted(text: PublicText) -> PublicText:
    """Return a text as Python prints it among several arguments: in quotes."""
    quote = _WORDS['"' if "'" in text else "'"]
    return compose([quote, text, quote])


def _of_pydantic(exception: BaseException) -> PublicText:
    """Return the templates in a validation error: ``validation error: Field required; …``."""
    pieces: list[PublicText] = []
    for kind in pydantic.types(exception):
        template = pydantic.listing()[kind]
        holes = [HOLE] * template.count(None)
        pieces += [_WORDS["; "], origins.filled(template, Pydantic(kind), holes)]
    return compose([_WORDS["validation error: "], *pieces[1:]]) if pieces else HOLE
