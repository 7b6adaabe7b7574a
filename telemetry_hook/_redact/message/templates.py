"""Templates of messages: fixed texts and placeholders. Matches whole messages against templates.

A template is a tuple of fixed texts, with None for each placeholder (`HOLE` in other modules):
``("cannot open ", None, " for writing")``

Instead of None, a placeholder may be `CAUGHT`, `CAUGHT_CLASS` or `CAUGHT_REPR`: the message, the name
of the class, or the `repr` of the exception that is being handled; `CLASS`: the name of any class; or
one of `KINDS`: a value of a known kind.
"""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from itertools import combinations
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

MAX_MESSAGE = 64 * 1024
MAX_PARTS = 200
MAX_COMPARED = 10_000  # pairs of words

Template = tuple[str | None, ...]

MIN_COMMON_WORDS = 2  # fewer are told only at the start or the end
WORDS = re.compile(r"\w+|\W")
UNKNOWN: Template = (None,)
CAUGHT, CAUGHT_CLASS, CAUGHT_REPR, CLASS = "\4", "\5", "\x19", "\6"
EMPTY, INTEGER, PATH = "\7", "\x0e", "\x0f"
# Kinds of values that a placeholder shows.
KINDS = {
    EMPTY: "<empty>",
    INTEGER: "<int>",
    PATH: "<path>",
    "\x10": "<float>",
    "\x11": "<bool>",
    "\x12": "<None>",
    "\x13": "<bytes>",
    "\x14": "<list>",
    "\x15": "<tuple>",
    "\x16": "<dict>",
    "\x17": "<set>",
    "\x18": "<frozenset>",
}
HOLES = (None, CAUGHT, CAUGHT_CLASS, CAUGHT_REPR, CLASS, *KINDS)
# Values of these kinds are numbers, names or empty, and contain no text that stands around them.
BOUNDED = frozenset({CAUGHT_CLASS, CLASS, EMPTY, INTEGER, "\x10", "\x11", "\x12"})
_LABELED = (int, float, bool, bytes, list, tuple, dict, set, frozenset)
_MARKS = {label: mark for mark, label in KINDS.items()}
_BUILT_IN = {id(kind): _MARKS[f"<{kind.__name__}>"] for kind in _LABELED} | {id(type(None)): "\x12"}


def of_built_in(kind: type) -> str | None:
    """Return the mark for values of a built-in class, or None. A text has none: any value becomes one."""
    return _BUILT_IN.get(id(kind))


def is_marked(text: str) -> bool:
    """Return whether a text contains a character that means a placeholder."""
    return any(mark in text for mark in HOLES[1:] if mark is not None)


def normalize(text: str) -> str:
    r"""Fold white space, and keep only the start and the end of a very long message.

    ``"cannot\n  open it"`` → ``"cannot open it"``
    """
    if len(text) > MAX_MESSAGE:
        text = text[: MAX_MESSAGE // 2] + text[-MAX_MESSAGE // 2 :]
    return " ".join(text.split())


def match(message: str, template: Template) -> tuple[str, ...] | None:
    """Return the values of a folded template's placeholders in a whole normalised message, or None.

    ``"cannot open x for writing"`` with ``("cannot open ", None, " for writing")`` → ``("x",)``

    Each fixed text is matched as far left as possible. If a value is empty, the normalised message
    has one space instead of the two around the placeholder, and matches too.
    """
    first, last = template[0], template[-1]
    if first is not None and not message.startswith(first.rstrip()):
        return None
    if last is not None and not message.endswith(last.lstrip()):
        return None
    swallowed = _match(message, template)
    if swallowed is None and None in template:
        swallowed = _match(
            message, tuple(part if part is None else part.strip() for part in template)
        )
    return swallowed


def match_from_end(message: str, template: Template) -> tuple[str, ...] | None:
    """Do the same as `match`, with each fixed text as far right as possible."""
    turned = tuple(None if part is None else part[::-1] for part in template[::-1])
    swallowed = match(message[::-1], turned)
    return None if swallowed is None else tuple(text[::-1] for text in swallowed[::-1])


def free(kinds: Sequence[str]) -> range:
    """Return the places from the first to the last placeholder that any text may replace.

    A text may contain the fixed texts around it. So the values between these two are not certain.
    """
    places = [place for place, kind in enumerate(kinds) if kind not in BOUNDED]
    return range(places[0], places[-1] + 1) if places else range(0)


def _match(message: str, template: Template) -> tuple[str, ...] | None:
    first, last = template[0], template[-1]
    if len(template) == 1 and first is not None:
        return () if message == first else None
    if not message.startswith(first or "") or not message.endswith(last or ""):
        return None
    swallowed = []
    start, end = len(first or ""), len(message) - len(last or "")
    for part in template[1:-1]:
        if part is not None:
            at = message.find(part, start, end)
            if at < 0:
                return None
            swallowed.append(message[start:at])
            start = at + len(part)
    if start > end:
        return None
    if None in template[-2:]:
        swallowed.append(message[start:end])
    return tuple(swallowed)


def folded(template: Template) -> Template:
    r"""Return a template with adjacent parts joined and white space folded.

    ``(" cannot ", "open\n", None, None)`` → ``("cannot open ", None)``
    """
    texts = [part if part is None or part in HOLES else _fold(part) for part in joined(template)]
    if texts[0] is not None:
        texts[0] = texts[0].lstrip()
    if texts[-1] is not None:
        texts[-1] = texts[-1].rstrip()
    return tuple(texts)


def joined(template: Template) -> Template:
    """Return a template with adjacent parts joined: ``("cannot ", "open ", None, None)``."""
    parts: list[str | None] = []
    for part in template:
        last = parts[-1] if parts else ""
        if part in HOLES:
            if parts and last in HOLES:
                parts[-1] = None
            else:
                parts.append(part)
        elif part:
            if parts and last is not None and last not in HOLES:
                parts[-1] = last + part
            else:
                parts.append(part)
    return tuple(parts) or ("",)


def concatenated(pieces: Iterable[Template]) -> Template:
    """Return templates one after the other as one template, or `UNKNOWN` if it is too long."""
    whole = tuple(part for piece in pieces for part in piece)
    return whole if len(whole) <= MAX_PARTS else UNKNOWN


def plain(template: Template) -> Template:
    """Return a template with None for each placeholder."""
    return tuple(None if part in HOLES else part for part in template)


def covering(templates: list[Template]) -> Template:
    """Return one template for all texts that any of the templates stands for.

    It has the words that all of them have, in order: ``cannot read <…>`` and ``cannot write <…>
    now`` → ``cannot <…>``
    """
    known = list(dict.fromkeys(map(joined, templates)))
    if not known:
        return UNKNOWN
    if len(known) == 1:
        return known[0]
    words = [*_words(known[0])]
    for template in known[1:]:
        words = _common(words, [*_words(template)])
    return joined(tuple(words))


def separated(templates: list[Template]) -> list[Template]:
    """Return templates of which each text matches one at most. They cover the given ones.

    Templates that a text may match both are replaced by one that covers them. So which of them a
    text matches does not depend on the values in it.
    """
    known = list(dict.fromkeys(map(folded, templates)))
    while True:
        pair = next((two for two in combinations(known, 2) if overlap(*two)), None)
        if pair is None:
            return known
        known = [each for each in known if each not in pair]
        if (both := folded(covering(list(pair)))) not in known:
            known.append(both)


def overlap(one: Template, other: Template) -> bool:
    """Return whether a text may match both of two folded templates."""
    one, other = plain(one), plain(other)
    if None not in one:
        return match(one[0] or "", other) is not None
    if None not in other:
        return match(other[0] or "", one) is not None
    starts = (one[0] or "").rstrip(), (other[0] or "").rstrip()
    ends = (one[-1] or "").lstrip()[::-1], (other[-1] or "").lstrip()[::-1]
    return all(
        first.startswith(second) or second.startswith(first) for first, second in (starts, ends)
    )


def _words(template: Template) -> Iterator[str | None]:
    """Yield the words, spaces and placeholders of a template: ``"no x"`` → ``"no"``, ``" "``, ``"x"``."""
    for part in plain(template):
        if part is None:
            yield None
        else:
            yield from WORDS.findall(part)


def _common(one: list[str | None], other: list[str | None]) -> list[str | None]:
    """Return the words that two lists have in the same order, with None for all between them."""
    if len(one) * len(other) > MAX_COMPARED:
        return [None]
    found: list[str | None] = []
    at = 0, 0
    for block in SequenceMatcher(None, one, other, autojunk=False).get_matching_blocks():
        words = one[block.a : block.a + block.size]
        end = block.a + block.size, block.b + block.size
        is_at_end = at == (block.a, block.b) or end == (len(one), len(other))
        count = sum(word is not None and word[:2].isalpha() for word in words)
        if words and count < (1 if is_at_end else MIN_COMMON_WORDS):
            continue
        if at != (block.a, block.b):
            found.append(None)
        found += words
        at = end
    return found


def letters_of(template: Template) -> int:
    """Return the number of letters in the fixed texts: ``("cannot ", None)`` → 6."""
    return sum(map(str.isalpha, "".join(part for part in template if part is not None)))


def is_specific(text: str) -> bool:
    """Return whether a text is more than a single word, such as ``utf-8``."""
    return len([word for word in text.split() if any(map(str.isalpha, word))]) > 1


def _fold(text: str) -> str:
    r"""Fold white space, also at the ends: ``"  open\n it "`` → ``" open it "``."""
    inner = " ".join(text.split())
    if not inner:
        return " "
    return " " * text[:1].isspace() + inner + " " * text[-1:].isspace()
