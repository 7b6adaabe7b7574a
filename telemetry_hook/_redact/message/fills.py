"""Matches a message with its candidates, and fills the placeholders of the one that fits.

No text of the message is copied: a placeholder becomes a public name, a public message or the kind of its value.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from telemetry_hook._crash import guarded
from telemetry_hook._redact import origins
from telemetry_hook._redact.message import interpreter, signatures, statements, templates
from telemetry_hook._redact.message.interpreter import INT, NAME, TYPE, VALUE
from telemetry_hook._redact.message.template_sources import Learned, OfExtension, has
from telemetry_hook._redact.message.templates import (
    CAUGHT,
    CAUGHT_CLASS,
    CAUGHT_REPR,
    CLASS,
    is_specific,
    letters_of,
    normalize,
)
from telemetry_hook._redact.origins import HOLE, compose

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from telemetry_hook._redact.message.candidate import Candidate
    from telemetry_hook._redact.message.candidates import Candidates
    from telemetry_hook._redact.message.templates import Template
    from telemetry_hook._redact.message.type_names import TypeNames
    from telemetry_hook._redact.published.class_names import ClassNames
    from telemetry_hook._report import PublicText

_WORDS = origins.words("(", ")", "'", "; ")
# What a placeholder becomes if nothing but the kind of its value is known.
_KINDS = origins.words(
    *("<type>", "<empty>", "<int>", "<path>", "<float>", "<bool>", "<None>", "<bytes>"),
    *("<list>", "<tuple>", "<dict>", "<set>", "<frozenset>"),
)
_LABELS = {mark: _KINDS[label] for mark, label in templates.KINDS.items()} | {
    INT: _KINDS["<int>"],
    TYPE: _KINDS["<type>"],
    CLASS: _KINDS["<type>"],
    "class": _KINDS["<type>"],
}
# Before the numbers of values that an unpacking statement expects, and gets.
BEFORE_GIVEN = ", got "
BEFORE_COUNT = ("to unpack (expected ", "to unpack (expected at least ")
# What a placeholder among unknown texts is. What is there may be a part of these texts.
UNCERTAIN = {CLASS: "class", CAUGHT_CLASS: "class"}


class Message(NamedTuple):
    """A message's public text, its normalised original, and texts that placeholders replaced."""

    text: PublicText
    original: str | None = None
    swallowed: tuple[str, ...] = ()


class Fills:
    """Matches a message with its candidates, and fills the placeholders of the one that matches."""

    def __init__(
        self,
        classes: ClassNames,
        exception: BaseException,
        candidates: Candidates,
        known: Sequence[tuple[BaseException, Message]],
        type_names: TypeNames,
    ) -> None:
        self._classes = classes
        self._type_names = type_names
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
        inserted = {kind: text for kind, text in self._inserted.items() if kind in candidate.kinds}
        if inserted:
            kinds = iter(candidate.kinds)
            parts = [
                inserted.get(next(kinds)) if part is None else part for part in candidate.template
            ]
            left = [kind for kind in candidate.kinds if kind not in inserted]
            swallowed = _values(original, templates.folded(tuple(parts)), left)
            if swallowed is not None:
                rest = iter(swallowed)
                return tuple(inserted.get(kind) or next(rest) for kind in candidate.kinds)
        return _values(original, candidate.template, candidate.kinds)

    def _filled(self, candidate: Candidate, swallowed: tuple[str, ...]) -> Message:
        is_learned = isinstance(candidate.source, (Learned, OfExtension))
        fills = [
            self._fill(text, kind, before, candidate.template)
            for text, kind, before in zip(
                swallowed,
                candidate.kinds if is_learned else _certain(candidate.kinds, self._inserted),
                _before(candidate.template),
                strict=True,
            )
        ]
        public = [fill.text for fill in fills]
        text = origins.filled(candidate.template, candidate.source, public)
        labels = letters_of(tuple(fill for fill in public if fill in _KINDS))
        has_text = letters_of((text,)) > labels
        left = tuple(text for fill in fills for text in fill.swallowed)
        return Message(text if has_text else HOLE, swallowed=left)

    def _fill(self, swallowed: str, kind: str, before: str, template: Template) -> Message:
        """Return the public text for a placeholder's value: a name, a message or a placeholder."""
        text = None
        if kind in (NAME, VALUE):
            text = self._name(swallowed, kind, before, template)
        elif kind in (TYPE, CLASS):
            text = self._type(swallowed)
        elif kind == INT:
            text = self._integer(swallowed, before)
        elif kind == CAUGHT and self._caught is not None:
            if self._caught.original == swallowed.strip():
                return self._caught
        elif kind == CAUGHT_CLASS:
            text = self._class_of_caught(swallowed)
        elif kind == CAUGHT_REPR:
            return self._repr_of_caught(swallowed)
        if text is not None:
            return Message(text)
        return Message(_LABELS.get(kind, HOLE), swallowed=(swallowed,))

    def _name(
        self, swallowed: str, kind: str, before: str, template: Template
    ) -> PublicText | None:
        """Return a name that the failing instruction or statement has as a public text, or None."""
        failing, bare = self._candidates.last.failing, swallowed.strip("'")
        text = None if failing is None else failing.named(bare)
        if failing is None:
            text = self._imported(bare, before)
        elif text is None and kind == NAME:
            text = failing.called(bare)
        elif text is None:
            text = statements.name_in(failing, bare, f" {before}", template)
        if text is None or bare == swallowed:
            return text
        return compose([_WORDS["'"], text, _WORDS["'"]])

    def _imported(self, bare: str, before: str) -> PublicText | None:
        """Return a name that the only import at a line of compiled code has as a public text, or None."""
        if self._candidates.last.imported is None:
            return None
        file, found = self._candidates.last.imported
        return origins.name(file, bare) if found.has(bare, before) else None

    def _integer(self, swallowed: str, before: str) -> PublicText | None:
        """Return a number that the failing instruction or statement decides on, or None for others."""
        failing, known = self._candidates.last.failing, None
        if failing is None:
            return None
        count = failing.unpacked()
        if before.endswith(statements.BEFORE_BASE):
            known = 10 if statements.is_base_ten(failing) else None
        elif before.endswith(BEFORE_COUNT):
            known = count
        elif before.endswith(BEFORE_GIVEN) and count == 2:  # noqa: PLR2004 - then it was 0 or 1
            known = 1 if statements.is_of_parts(failing) else None
        return signatures.NUMBERS.get(swallowed) if swallowed == f"{known}" else None

    def _type(self, swallowed: str) -> PublicText | None:
        if guarded.is_a(self._exception, AttributeError):
            owner = guarded.field(self._exception, AttributeError, "obj")
            kind = owner if guarded.is_a(owner, type) else type(owner)
            if (named := self._type_names.of_class(kind, swallowed)) is not None:
                return named
        name = swallowed.rpartition(".")[2]
        variables = self._candidates.last.variables.values()
        known = [
            self._type_names.of_class(kind, swallowed)
            for kind in variables
            if guarded.name(kind) == name
        ]
        if known and None not in known:
            return known[0]
        return self._type_names.of(swallowed)

    def _class_of_caught(self, swallowed: str) -> PublicText | None:
        handled = self._handled()
        named = None if handled is None else self._classes.qualname(type(handled[0]))
        name = None if named is None else origins.last_part(named)
        return name if name == swallowed else None

    def _repr_of_caught(self, swallowed: str) -> Message:
        """Return the public text of the handled exception's `repr`, if its class has no other one."""
        name, _, rest = swallowed.partition("(")
        public = self._class_of_caught(name)
        if self._caught is None or public is None:
            return Message(HOLE, swallowed=(swallowed,))
        text = self._caught.text if swallowed == self._inserted.get(CAUGHT_REPR) else HOLE
        left = (rest,) if text == HOLE else self._caught.swallowed
        return Message(compose([public, _WORDS["("], text, _WORDS[")"]]), swallowed=left)

    @cached_property
    def _caught(self) -> Message | None:
        """The message of the exception that was being handled, or None if there is none."""
        handled = self._handled()
        return None if handled is None else handled[1]

    @cached_property
    def _inserted(self) -> dict[str, str]:
        """The texts that the exception that was being handled has in a message, by placeholder."""
        handled = self._handled()
        if handled is None:
            return {}
        exception, message = handled
        found = {CAUGHT: message.original} if message.original else {}
        arguments = guarded.arguments(exception)
        is_plain = guarded.in_class(type(exception), "__repr__") is BaseException.__repr__
        if is_plain and len(arguments) == 1 and type(arguments[0]) is str:
            text = f"{guarded.name(type(exception))}({arguments[0]!r})"
            found[CAUGHT_REPR] = normalize(text)
        return found

    def _handled(self) -> tuple[BaseException, Message] | None:
        caught = guarded.context(self._exception) or guarded.cause(self._exception)
        return next((pair for pair in self._known if pair[0] is caught), None)


def _values(original: str, template: Template, kinds: Sequence[str]) -> tuple[str, ...] | None:
    """Return the values of placeholders: those after the first unknown text are found from the end."""
    swallowed = templates.match(original, template)
    free = templates.free(kinds)
    if swallowed is None or len(free) == 0 or free.stop == len(kinds):
        return swallowed
    from_end = templates.match_from_end(original, template)
    return None if from_end is None else (*swallowed[: free.stop - 1], *from_end[free.stop - 1 :])


def _certain(kinds: str, inserted: Mapping[str, str]) -> Iterator[str]:
    """Yield the kinds of placeholders. A name among unknown texts, which may contain any, is unknown."""
    others = [kind for kind in kinds if kind not in inserted]
    places = iter(range(len(others)))
    between = templates.free(others)
    for kind in kinds:
        is_uncertain = kind not in inserted and next(places) in between
        yield UNCERTAIN.get(kind, kind) if is_uncertain else kind


def _before(template: Template) -> list[str]:
    """Return the fixed text before each placeholder: ``("no ", None, " in ", None)`` → ``no ``, `` in ``."""
    pairs = zip(("", *template), template, strict=False)
    return [before or "" for before, part in pairs if part is None]
