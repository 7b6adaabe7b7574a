"""An exception's message, by look-up: the template is sent, nothing is copied.

Where it is looked for, in this order: the statement that raised; the other functions of the
traceback and the class's own `__str__`; the class and its bases; the modules of both; the other
modules of their distributions; and what the interpreter says in C. An exception that the user's own
code raised has no text at all.
"""

from __future__ import annotations

import builtins
from dataclasses import dataclass, field, replace
from itertools import chain
from types import FunctionType, ModuleType
from typing import TYPE_CHECKING

from telemetry_hook._crash import capture, guarded
from telemetry_hook._redact.message import pydantic, safe_str, templates
from telemetry_hook._redact.message.candidates import Candidates, Learned, least
from telemetry_hook._redact.message.interpreter import TYPE, VALUE
from telemetry_hook._redact.message.templates import (
    AWAY_FROM_RAISE,
    HOLE,
    NESTED,
    WITH_HOLES,
    is_no_accident,
    letters_of,
    normalize,
)
from telemetry_hook._redact.origins import PublicText, Vocabulary, compose, words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from telemetry_hook._crash.crash import Frame, Gap
    from telemetry_hook._redact.message.candidates import Candidate
    from telemetry_hook._redact.message.templates import Template
    from telemetry_hook._redact.origins import Origin
    from telemetry_hook._redact.published.lookup import Place, Published

HEAP_TYPE = 1 << 9
MAX_NESTING = 2
MAX_MATCHES = 8
MAX_SEARCHES = 6

_WORDS = words("(", ")", ", ", "'", "; ", " (", " sub-exceptions)", "validation error: ")
_GROUPED = _WORDS[" sub-exceptions)"]
_TYPES = {
    each.__name__: PublicText(each.__name__, Vocabulary(frozenset({each.__name__})))
    for each in (*vars(builtins).values(), type(None), type(Ellipsis), FunctionType, ModuleType)
    if type(each) is type
    and not each.__flags__ & HEAP_TYPE  # Python code cannot have made it
    and not issubclass(each, BaseException)
}


@dataclass
class Message:
    """A message's public text; what it says, normalised; and what its holes swallowed."""

    text: PublicText
    said: str | None = None
    swallowed: list[str] = field(default_factory=list)


def look_up(
    published: Published,
    exception: BaseException,
    frames: Sequence[Frame | Gap],
    places: Sequence[Place | None],
    inner: Sequence[tuple[BaseException, Message]],
) -> Message:
    """Return an exception's message.

    `places` are those of the traceback's frames, the raising one last; None for one that is not
    public. `inner` are the exceptions that were looked up before: causes, contexts, members.
    """
    texts = safe_str.texts(exception, published.has, published.has_in_library)
    if texts is None:
        return Message(_of_pydantic(exception))
    said, parts = texts
    candidates = Candidates(published, exception, frames, places)
    looking = _LookUp(published, exception, candidates, inner)
    if len(parts) == 1:
        found = looking.message(parts[0])
        is_group = capture.members(exception) and found.text != HOLE
        text = compose([found.text, _WORDS[" ("], HOLE, _GROUPED]) if is_group else found.text
        return replace(found, text=text, said=said)
    several = [looking.message(each, is_part=True) for each in parts]
    pieces = [piece for each in several for piece in (_WORDS[", "], each.text)][1:]
    swallowed = [each for message in several for each in message.swallowed]
    if all(each.text == HOLE for each in several):
        return Message(HOLE, said, swallowed)
    return Message(compose([_WORDS["("], *pieces, _WORDS[")"]]), said, swallowed)


class _LookUp:
    """One exception's look-up."""

    def __init__(
        self,
        published: Published,
        exception: BaseException,
        candidates: Candidates,
        inner: Sequence[tuple[BaseException, Message]],
    ) -> None:
        self._published = published
        self._exception = exception
        self._candidates = candidates
        self._inner = inner
        self._searches = 0

    def message(self, text: str, *, is_part: bool = False) -> Message:
        """Return what a text is a template of; a word tells nothing where it is one of several."""
        said = normalize(text)
        if not said or (self._candidates.is_by_user and not self._candidates.is_by_c):
            return Message(HOLE, said or None, [said] if said else [])
        farther = () if self._candidates.is_by_user else (self._candidates.of_neighbours(said),)
        for candidates in chain(self._candidates.stages(said), farther):
            likely = (
                each
                for each in candidates
                if not is_part or None in each[1] or is_no_accident(each[1], AWAY_FROM_RAISE)
            )
            if (found := self._best(said, likely, 0)) is not None:
                return found
        return self._repeated(said) or Message(HOLE, said, [said])

    def _repeated(self, said: str) -> Message | None:
        """Return a message that is made of what other exceptions of the chain say, and no more."""
        if (same := self._of_inner(said)) is not None:
            return Message(same, said)
        named = {self._published.name_of(type(each)) for each, _ in self._inner}
        names = {str(each): each for each in named if each is not None}
        for file, template in self._candidates.near():
            swallowed = templates.match(said, template) or ()
            fills = [self._of_inner(each) or names.get(each) for each in swallowed]
            if len(fills) > 1 and None not in fills:
                texts = [each for each in fills if each is not None]
                return Message(templates.published(template, file, texts), said)
        return None

    def _best(self, said: str, candidates: Iterator[Candidate], depth: int) -> Message | None:
        """Return the match with the most fixed text, if that is enough to be no accident."""
        matches: list[tuple[int, int, int, Origin, Template, tuple[str, ...]]] = []
        for number, (origin, template) in enumerate(candidates):
            swallowed = templates.match(said, template)
            if swallowed is not None:
                rank = -letters_of(template), len(swallowed), number
                matches.append((*rank, origin, template, swallowed))
        matches.sort(key=lambda each: each[:3])
        for *_, origin, template, swallowed in matches[:MAX_MATCHES]:
            found = self._filled(said, origin, template, swallowed, depth)
            if None not in template or is_no_accident(tuple(found.text.split(HOLE)), WITH_HOLES):
                return found
        return None

    def _filled(
        self, said: str, origin: Origin, template: Template, swallowed: tuple[str, ...], depth: int
    ) -> Message:
        kinds = origin.kinds(template) if isinstance(origin, Learned) else "?" * len(swallowed)
        fills = [self._fill(each, kind, depth) for each, kind in zip(swallowed, kinds, strict=True)]
        text = templates.published(template, origin, [each.text for each in fills])
        return Message(text, said, [each for fill in fills for each in fill.swallowed])

    def _fill(self, swallowed: str, kind: str, depth: int) -> Message:
        """Return what may stand in a hole: a name of the failing instruction, or another message."""
        if (name := self._name(swallowed, kind)) is not None:
            return Message(name)
        inner = swallowed.strip()
        if (same := self._of_inner(inner)) is not None:
            return Message(same)
        if depth < MAX_NESTING and (found := self._nested(inner, depth + 1)) is not None:
            return found
        return Message(HOLE, swallowed=[swallowed])

    def _nested(self, said: str, depth: int) -> Message | None:
        """Return what part of a message is a template of: there must be more text away from the raise."""
        if not self._candidates.is_by_user and is_no_accident((said,), AWAY_FROM_RAISE):
            near = (
                each for each in self._candidates.near() if is_no_accident(each[1], least(each[1]))
            )
            if (found := self._best(said, near, depth)) is not None:
                return found
        if is_no_accident((said,), NESTED) and self._searches < MAX_SEARCHES:
            self._searches += 1
            for candidates in self._candidates.stages(said):
                enough = (each for each in candidates if is_no_accident(each[1], NESTED))
                if (found := self._best(said, enough, depth)) is not None:
                    return found
        return None

    def _name(self, swallowed: str, kind: str) -> PublicText | None:
        bare = swallowed.strip("'")
        if kind == VALUE and (name := self._candidates.named(bare)) is not None:
            return name if bare == swallowed else compose([_WORDS["'"], name, _WORDS["'"]])
        if kind != TYPE:
            return None
        if swallowed in _TYPES:
            return _TYPES[swallowed]
        if guarded.is_a(self._exception, AttributeError):
            owner = type(guarded.field(self._exception, AttributeError, "obj"))
            named = self._published.name_of(owner)
            if named is not None and named.rpartition(".")[2] == swallowed:
                return PublicText(swallowed, named.origin)
        return None

    def _of_inner(self, said: str) -> PublicText | None:
        """Return what another exception of the chain says, if that is no accident."""
        if is_no_accident((said,), AWAY_FROM_RAISE):
            for _, message in self._inner:
                if message.said == said:
                    return message.text
        return None


def _of_pydantic(exception: BaseException) -> PublicText:
    pieces = []
    for template in pydantic.errors(exception).values():
        literals = Vocabulary(frozenset(part for part in template if part))
        text = [
            HOLE if part is None else PublicText(part, literals) for part in template if part != ""
        ]
        pieces += [_WORDS["; "], compose(text)]
    return compose([_WORDS["validation error: "], *pieces[1:]]) if pieces else HOLE
