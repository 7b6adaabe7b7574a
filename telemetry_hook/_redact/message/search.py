"""Looks up the template of an exception's message. The template is sent, and no text is copied.

The template is found without the message: from the statement that raised the exception, the calls
that led there, and the exception's class; or, if C code raised it, from its class or error number.
The message is only compared with it, to see that it is the right one.

If the user's own code raised the exception, the whole message is replaced by a placeholder.
"""

from __future__ import annotations

import builtins
from functools import cached_property
from types import FunctionType, ModuleType
from typing import TYPE_CHECKING, NamedTuple

from telemetry_hook._crash import capture, guarded
from telemetry_hook._redact import origins
from telemetry_hook._redact.message import interpreter, pydantic, safe_str, templates
from telemetry_hook._redact.message.candidates import Candidates
from telemetry_hook._redact.message.interpreter import NAME, TYPE, VALUE
from telemetry_hook._redact.message.template_sources import Learned, OfExtension, Pydantic, has
from telemetry_hook._redact.message.templates import (
    CAUGHT,
    CAUGHT_CLASS,
    is_specific,
    letters_of,
    normalize,
)
from telemetry_hook._redact.origins import HOLE, compose

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from telemetry_hook._crash.crash import Frame, Gap
    from telemetry_hook._redact.message.candidate import Candidate
    from telemetry_hook._redact.message.sources import Sources
    from telemetry_hook._redact.published.class_names import ClassNames
    from telemetry_hook._redact.published.locations import Location, Locations
    from telemetry_hook._report import PublicText

_WORDS = origins.words("(", ")", ", ", "'", "; ", " (", " sub-exceptions)", "validation error: ")
# Classes that are named in messages from C code, such as `int` in "expected str, not int".
_NAMED = [
    kind
    for kind in (*vars(builtins).values(), type(None), type(Ellipsis), FunctionType, ModuleType)
    if type(kind) is type and not issubclass(kind, BaseException)
]
_TYPES = {
    name: public
    for kind in _NAMED
    if (found := origins.c_class(kind)) is not None
    for name, public in [(str(found[1]), found[1])]
}


class Message(NamedTuple):
    """A message's public text, its normalised original, and texts that placeholders replaced."""

    text: PublicText
    original: str | None = None
    swallowed: tuple[str, ...] = ()


class Messages:
    """Looks up the messages of exceptions."""

    def __init__(self, locations: Locations, classes: ClassNames, sources: Sources) -> None:
        self._locations = locations
        self._classes = classes
        self._sources = sources

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
        fills = _Fills(self._classes, exception, candidates, known)
        texts = safe_str.texts(exception, self._locations.has, self._locations.has_in_library)
        if texts is None:
            of_pydantic = _of_pydantic(exception)
            return fills.or_kept_texts(Message(of_pydantic))
        original, parts = texts
        if capture.members(exception):
            message = fills.message(parts[0], candidates.of_argument(0))
            group = compose([message.text, _WORDS[" ("], HOLE, _WORDS[" sub-exceptions)"]])
            text = HOLE if message.text == HOLE else group
            return message._replace(text=text, original=original)
        if len(parts) == 1:
            message = fills.message(parts[0], candidates.of_message())
            return fills.or_kept_texts(message)._replace(original=original)
        several = [
            fills.message(part, candidates.of_argument(index)) for index, part in enumerate(parts)
        ]
        pieces = [piece for message in several for piece in (_WORDS[", "], message.text)][1:]
        swallowed = tuple(text for message in several for text in message.swallowed)
        if all(message.text == HOLE for message in several):
            return fills.or_kept_texts(Message(HOLE, original, swallowed))
        return Message(compose([_WORDS["("], *pieces, _WORDS[")"]]), original, swallowed)


class _Fills:
    """Matches a message with its candidates, and fills the placeholders of the one that matches."""

    def __init__(
        self,
        classes: ClassNames,
        exception: BaseException,
        candidates: Candidates,
        known: Sequence[tuple[BaseException, Message]],
    ) -> None:
        self._classes = classes
        self._exception = exception
        self._candidates = candidates
        self._known = known

    def message(self, text: str, candidates: Iterable[Candidate]) -> Message:
        """Return the public text of a message or of one argument of the exception."""
        original = normalize(text)
        for candidate in candidates if original else ():
            swallowed = self._match(original, candidate)
            if swallowed is not None and has(candidate.source, candidate.template):
                return self._filled(candidate, swallowed)
        return Message(HOLE, swallowed=(original,) if original else ())

    def or_kept_texts(self, message: Message) -> Message:
        """Return a message, or if nothing of it is known, the texts that the exception keeps.

        The class makes more of them in a way that is not understood.
        """
        if message.text != HOLE:
            return message
        kept = [self.message(*each) for each in self._candidates.of_kept_texts()]
        swallowed = [*message.swallowed, *(text for each in kept for text in each.swallowed)]
        known = dict.fromkeys(each.text for each in kept if is_specific(each.text))
        pieces = [piece for text in known for piece in (_WORDS["; "], text)][1:]
        text = compose(pieces) if pieces else HOLE
        return message._replace(text=text, swallowed=tuple(dict.fromkeys(swallowed)))

    def _match(self, original: str, candidate: Candidate) -> tuple[str, ...] | None:
        """Return the values of a candidate's placeholders, or None if the message does not match.

        The text of the handled exception is known, so it is looked for as it is.
        """
        if isinstance(candidate.source, (Learned, OfExtension)):
            return interpreter.match(original, candidate.source.text)
        inserted = self._caught.original if self._caught is not None else None
        if inserted and CAUGHT in candidate.kinds:
            kinds = iter(candidate.kinds)
            parts = [
                inserted if part is None and next(kinds) == CAUGHT else part
                for part in candidate.template
            ]
            swallowed = templates.match(original, templates.folded(tuple(parts)))
            if swallowed is not None:
                rest = iter(swallowed)
                return tuple(inserted if kind == CAUGHT else next(rest) for kind in candidate.kinds)
        return templates.match(original, candidate.template)

    def _filled(self, candidate: Candidate, swallowed: tuple[str, ...]) -> Message:
        fills = [
            self._fill(text, kind) for text, kind in zip(swallowed, candidate.kinds, strict=True)
        ]
        public = [fill.text for fill in fills]
        text = origins.filled(candidate.template, candidate.source, public)
        left = tuple(text for fill in fills for text in fill.swallowed)
        return Message(text if letters_of((text,)) else HOLE, swallowed=left)

    def _fill(self, swallowed: str, kind: str) -> Message:
        """Return the public text for a placeholder's value: a name, a message or a placeholder."""
        text = None
        if kind in (NAME, VALUE):
            bare = swallowed.strip("'")
            text = self._candidates.named(bare)
            if text is None and kind == NAME:
                text = self._candidates.called(bare)
            if text is not None and bare != swallowed:
                text = compose([_WORDS["'"], text, _WORDS["'"]])
        elif kind == TYPE:
            text = self._type(swallowed)
        elif kind == CAUGHT and self._caught is not None:
            if self._caught.original == swallowed.strip():
                return self._caught
        elif kind == CAUGHT_CLASS:
            text = self._class_of_caught(swallowed)
        return Message(HOLE, swallowed=(swallowed,)) if text is None else Message(text)

    def _type(self, swallowed: str) -> PublicText | None:
        if swallowed in _TYPES and swallowed not in self._taken:
            return _TYPES[swallowed]
        if guarded.is_a(self._exception, AttributeError):
            owner = type(guarded.field(self._exception, AttributeError, "obj"))
            named = self._classes.qualname(owner)
            if named is not None and named.rpartition(".")[2] == swallowed:
                return origins.last_part(named)
        return None

    @cached_property
    def _taken(self) -> frozenset[str]:
        """The names of built-in classes that other classes have too. A message may mean those."""
        own = frozenset(map(id, _NAMED))
        seen: dict[int, type] = {}
        waiting: list[type] = [object]
        while waiting:
            subclasses: list[type] = type.__subclasses__(waiting.pop())
            for kind in subclasses:
                if id(kind) not in seen:
                    seen[id(kind)] = kind
                    waiting.append(kind)
        return frozenset(guarded.name(kind) for key, kind in seen.items() if key not in own)

    def _class_of_caught(self, swallowed: str) -> PublicText | None:
        handled = self._handled()
        named = None if handled is None else self._classes.qualname(type(handled[0]))
        name = None if named is None else origins.last_part(named)
        return name if name == swallowed else None

    @cached_property
    def _caught(self) -> Message | None:
        """The message of the exception that was being handled, or None if there is none."""
        handled = self._handled()
        return None if handled is None else handled[1]

    def _handled(self) -> tuple[BaseException, Message] | None:
        caught = guarded.context(self._exception) or guarded.cause(self._exception)
        return next((pair for pair in self._known if pair[0] is caught), None)


def _of_pydantic(exception: BaseException) -> PublicText:
    """Return the templates in a validation error: ``validation error: Field required; …``."""
    pieces: list[PublicText] = []
    for kind in pydantic.types(exception):
        template = pydantic.listing()[kind]
        holes = [HOLE] * template.count(None)
        pieces += [_WORDS["; "], origins.filled(template, Pydantic(kind), holes)]
    return compose([_WORDS["validation error: "], *pieces[1:]]) if pieces else HOLE
