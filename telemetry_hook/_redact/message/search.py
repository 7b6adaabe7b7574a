"""Looks up the template of an exception's message. The template is sent, and no text is copied.

The template is looked for in these places, in this order:

- the statement that raised the exception
- the other functions in the traceback
- the exception's class and its bases, with their `__str__`
- the modules of these functions and classes
- the interpreter's own messages (these come first if C code raised the exception)
- the other modules of the same packages

If the user's own code raised the exception, the whole message is replaced by a placeholder.
"""

from __future__ import annotations

import builtins
from itertools import chain
from types import FunctionType, ModuleType
from typing import TYPE_CHECKING, NamedTuple

from telemetry_hook._crash import capture, guarded
from telemetry_hook._redact import origins
from telemetry_hook._redact.message import pydantic, safe_str, templates
from telemetry_hook._redact.message.candidates import Candidates, least
from telemetry_hook._redact.message.interpreter import NAME, TYPE, VALUE
from telemetry_hook._redact.message.template_sources import Pydantic, has
from telemetry_hook._redact.message.templates import (
    MIN_AWAY_FROM_RAISE,
    MIN_NESTED,
    MIN_WITH_HOLES,
    is_specific,
    letters_of,
    normalize,
)
from telemetry_hook._redact.origins import HOLE, compose

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from telemetry_hook._crash.crash import Frame, Gap
    from telemetry_hook._redact.message.candidates import Candidate
    from telemetry_hook._redact.message.sources import Sources
    from telemetry_hook._redact.published.class_names import ClassNames
    from telemetry_hook._redact.published.locations import Location, Locations
    from telemetry_hook._report import PublicText

MAX_NESTING = 2
MAX_MATCHES = 8
MAX_SEARCHES = 6

_WORDS = origins.words("(", ")", ", ", "'", "; ", " (", " sub-exceptions)", "validation error: ")
# Classes that are named in messages from C code, such as `int` in "expected str, not int".
_TYPES = {
    name: public
    for kind in (*vars(builtins).values(), type(None), type(Ellipsis), FunctionType, ModuleType)
    if type(kind) is type and not issubclass(kind, BaseException)
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
        texts = safe_str.texts(exception, self._locations.has, self._locations.has_in_library)
        if texts is None:
            return Message(_of_pydantic(exception))
        original, parts = texts
        candidates = Candidates(self._locations, self._sources, exception, frames, located)
        search = _Search(self._classes, exception, candidates, known)
        if len(parts) == 1:
            message = search.message(parts[0])
            is_group = capture.members(exception) and message.text != HOLE
            group = compose([message.text, _WORDS[" ("], HOLE, _WORDS[" sub-exceptions)"]])
            return message._replace(text=group if is_group else message.text, original=original)
        several = [search.message(part, is_part=True) for part in parts]
        pieces = [piece for message in several for piece in (_WORDS[", "], message.text)][1:]
        swallowed = tuple(text for message in several for text in message.swallowed)
        if all(message.text == HOLE for message in several):
            return Message(HOLE, original, swallowed)
        return Message(compose([_WORDS["("], *pieces, _WORDS[")"]]), original, swallowed)


class _Search:
    """The search for one exception's message."""

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
        self._searches = 0

    def message(self, text: str, *, is_part: bool = False) -> Message:
        """Return the public text of a message or, if `is_part`, of one argument of the exception.

        For an argument, a single word that matches is not enough.
        """
        original = normalize(text)
        by_user = self._candidates.is_by_user
        if not original or (by_user and not self._candidates.is_by_c):
            return Message(HOLE, original or None, (original,) if original else ())
        farther = () if by_user else (self._candidates.of_neighbours(original),)
        for stage in chain(self._candidates.stages(original), farther):
            likely = (
                candidate
                for candidate in stage
                if not is_part
                or None in candidate.template
                or is_specific(candidate.template, MIN_AWAY_FROM_RAISE)
            )
            if (message := self._best(original, likely, 0)) is not None:
                return message
        return self._repeated(original) or Message(HOLE, original, (original,))

    def _repeated(self, original: str) -> Message | None:
        """Return a message that only repeats other exceptions' messages or class names, or None."""
        if (same := self._of_known(original)) is not None:
            return Message(same, original)
        named = {self._classes.qualname(type(exception)) for exception, _ in self._known}
        names = {str(name): name for name in named if name is not None}
        for source, template, _ in self._candidates.near():
            swallowed = templates.match(original, template) or ()
            fills = [self._of_known(text) or names.get(text) for text in swallowed]
            public = [fill for fill in fills if fill is not None]
            if len(fills) > 1 and None not in fills and has(source, template):
                return Message(origins.filled(template, source, public), original)
        return None

    def _best(self, original: str, candidates: Iterable[Candidate], depth: int) -> Message | None:
        """Return the match with the most fixed text, or None if no match is specific enough."""
        matches: list[tuple[int, int, int, Candidate, tuple[str, ...]]] = []
        for number, candidate in enumerate(candidates):
            swallowed = templates.match(original, candidate.template)
            if swallowed is not None:
                rank = -letters_of(candidate.template), len(swallowed), number
                matches.append((*rank, candidate, swallowed))
        matches.sort(key=lambda match: match[:3])
        for *_, candidate, swallowed in matches[:MAX_MATCHES]:
            if has(candidate.source, candidate.template):
                message = self._filled(original, candidate, swallowed, depth)
                fixed = tuple(message.text.split(HOLE))
                if None not in candidate.template or is_specific(fixed, MIN_WITH_HOLES):
                    return message
        return None

    def _filled(
        self, original: str, candidate: Candidate, swallowed: tuple[str, ...], depth: int
    ) -> Message:
        fills = [
            self._fill(text, kind, depth)
            for text, kind in zip(swallowed, candidate.kinds, strict=True)
        ]
        public = [fill.text for fill in fills]
        return Message(
            origins.filled(candidate.template, candidate.source, public),
            original,
            tuple(text for fill in fills for text in fill.swallowed),
        )

    def _fill(self, swallowed: str, kind: str, depth: int) -> Message:
        """Return the public text for a placeholder's value: a name, a message or a placeholder."""
        if (name := self._name(swallowed, kind)) is not None:
            return Message(name)
        inner = swallowed.strip()
        if (same := self._of_known(inner)) is not None:
            return Message(same)
        if depth < MAX_NESTING and (nested := self._nested(inner, depth + 1)) is not None:
            return nested
        return Message(HOLE, swallowed=(swallowed,))

    def _nested(self, original: str, depth: int) -> Message | None:
        """Return the public text of a part of a message, if the part matches a template, or None.

        A template that is away from the raise statement needs more fixed text.
        """
        if not self._candidates.is_by_user and is_specific((original,), MIN_AWAY_FROM_RAISE):
            near = (
                candidate
                for candidate in self._candidates.near()
                if is_specific(candidate.template, least(candidate.template))
            )
            if (message := self._best(original, near, depth)) is not None:
                return message
        if is_specific((original,), MIN_NESTED) and self._searches < MAX_SEARCHES:
            self._searches += 1
            for stage in self._candidates.stages(original):
                specific = (
                    candidate for candidate in stage if is_specific(candidate.template, MIN_NESTED)
                )
                if (message := self._best(original, specific, depth)) is not None:
                    return message
        return None

    def _name(self, swallowed: str, kind: str) -> PublicText | None:
        bare = swallowed.strip("'")
        if kind in (NAME, VALUE) and (name := self._candidates.named(bare)) is not None:
            return name if bare == swallowed else compose([_WORDS["'"], name, _WORDS["'"]])
        if kind != TYPE:
            return None
        if swallowed in _TYPES:
            return _TYPES[swallowed]
        if guarded.is_a(self._exception, AttributeError):
            owner = type(guarded.field(self._exception, AttributeError, "obj"))
            named = self._classes.qualname(owner)
            if named is not None and named.rpartition(".")[2] == swallowed:
                return origins.last_part(named)
        return None

    def _of_known(self, original: str) -> PublicText | None:
        """Return another exception's public text if its message is equal and specific, or None."""
        if is_specific((original,), MIN_AWAY_FROM_RAISE):
            for _, message in self._known:
                if message.original == original:
                    return message.text
        return None


def _of_pydantic(exception: BaseException) -> PublicText:
    """Return the templates in a validation error: ``validation error: Field required; …``."""
    pieces: list[PublicText] = []
    for kind in pydantic.types(exception):
        template = pydantic.listing()[kind]
        holes = [HOLE] * template.count(None)
        pieces += [_WORDS["; "], origins.filled(template, Pydantic(kind), holes)]
    return compose([_WORDS["validation error: "], *pieces[1:]]) if pieces else HOLE
