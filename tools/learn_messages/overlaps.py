"""Makes templates disjoint: no message matches two of them, so that no value picks the template."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from functools import cache

from fillers import INT, MARKS, NAME, TYPE, VALUE
from learning import is_useful, simplified

# What two templates have in common replaces both if it has so much of the letters of the shorter.
MIN_SHARED = 0.6
# A template is too general if it contains more templates with much more text, or overlaps with more.
MAX_RICHER, MUCH_MORE = 4, 2
MAX_OVERLAPS = 8

# People see these more often than those that they overlap with.
PREFERRED = frozenset(
    {f"table {VALUE} has no column named {VALUE}", f"table {VALUE} already exists"}
)

_HOLE = re.compile(f"([{MARKS}])")
_TOKEN = re.compile(r"\w+|\s|[^\w\s]")
_ANY, _WORD, _INTEGER = "any", "word", "integer"
_CLASSES = {VALUE: _ANY, TYPE: _WORD, NAME: _WORD, INT: _INTEGER}
# As the reader has them. A hole is of a class if all that it may swallow is.
_PATTERNS = {_ANY: ".*", _WORD: r"[\w.<>\[\]\-\1\2\3]+", _INTEGER: r"-?[\d\2]+"}

Item = tuple[str, bool]


def disjoint(templates: set[str]) -> set[str]:
    """Return templates of which no two match the same message."""
    kept = _without_contained(_without_general(templates))
    pairs = {frozenset(pair) for pair in _near(kept) if overlap(*pair)}
    while pairs:
        counts = Counter(itertools.chain.from_iterable(pairs))
        worst = max(counts, key=lambda template: (*_loss(template, counts), template))
        partners = [other for pair in pairs if worst in pair for other in pair - {worst}]
        shared = max(
            (common for other in partners if (common := generalized(worst, other)) is not None),
            key=lambda common: (letters(common), common),
            default=None,
        )
        kept.discard(worst)
        if shared is not None:
            kept = {template for template in kept if not contains(shared, template)} | {shared}
        pairs = {pair for pair in pairs if pair <= kept}
        if shared is not None:
            others = (template for template in kept if template != shared)
            pairs |= {frozenset((shared, other)) for other in others if overlap(shared, other)}
    return kept


def _loss(template: str, counts: Counter[str]) -> tuple[bool, int, int]:
    """Return how much is lost if a template stays: it overlaps with others, and says little."""
    return template not in PREFERRED, counts[template], -letters(template)


def _without_general(templates: set[str]) -> set[str]:
    """Drop templates that begin with any text and match messages of many others."""
    general = {template for template in templates if template[0] == VALUE}
    pairs = [pair for pair in _near(templates) if general.intersection(pair)]
    found = Counter(itertools.chain.from_iterable(pair for pair in pairs if overlap(*pair)))
    return templates - {template for template in general if found[template] > MAX_OVERLAPS}


def _without_contained(templates: set[str]) -> set[str]:
    """Drop templates that another one contains, and first those that contain too much."""
    contained: dict[str, set[str]] = {}
    for left, right in _near(templates):
        for wide, narrow in ((left, right), (right, left)):
            if contains(wide, narrow):
                contained.setdefault(wide, set()).add(narrow)
    kept = set(templates)
    for wide in sorted(contained, key=lambda template: (letters(template), template)):
        richer = sum(letters(one) >= MUCH_MORE * letters(wide) for one in contained[wide] & kept)
        if richer > MAX_RICHER:
            kept.discard(wide)
    for wide in sorted(contained, key=lambda template: (letters(template), template)):
        if wide in kept:
            kept -= contained[wide] - {wide}
    return kept


def _near(templates: set[str]) -> list[tuple[str, str]]:
    """Return the pairs whose fixed starts and ends allow the same message."""
    ends = {template: _ends(template) for template in templates}
    return [
        (left, right)
        for left, right in itertools.combinations(sorted(templates), 2)
        if all(map(_agree, ends[left], ends[right]))
    ]


def _ends(template: str) -> tuple[str, str]:
    """Return the fixed start of a template, and its fixed end in reverse."""
    parts = _HOLE.split(_stripped(template))
    return parts[0], parts[-1][::-1]


def _agree(left: str, right: str) -> bool:
    return left.startswith(right) or right.startswith(left)


def contains(wide: str, narrow: str) -> bool:
    """Return whether all messages of a template match another one."""
    return _pattern(wide).fullmatch(_stripped(narrow)) is not None


@cache
def _pattern(template: str) -> re.Pattern[str]:
    parts = _HOLE.split(_stripped(template))
    return re.compile(
        "".join(
            _PATTERNS[_CLASSES[part]] if part in _CLASSES else re.escape(part) for part in parts
        ),
        re.DOTALL,
    )


def overlap(left: str, right: str) -> bool:
    """Return whether a message exists that matches both templates."""
    one, two = _items(left), _items(right)
    states, seen = [(0, 0)], {(0, 0)}
    while states:
        at, to = states.pop()
        if (at, to) == (len(one), len(two)):
            return True
        following = []
        if at < len(one) and one[at][1]:
            following.append((at + 1, to))
        if to < len(two) and two[to][1]:
            following.append((at, to + 1))
        if at < len(one) and to < len(two) and _meet(one[at][0], two[to][0]):
            following.append((at + (not one[at][1]), to + (not two[to][1])))
        states += [state for state in following if state not in seen]
        seen.update(following)
    return False


@cache
def _items(template: str) -> tuple[Item, ...]:
    """Return characters and classes of characters, each with whether it may repeat or be absent."""
    items: list[Item] = []
    for part in _HOLE.split(_stripped(template)):
        if part in _CLASSES and part:
            if part != VALUE:
                items.append((_CLASSES[part], False))
            items.append((_CLASSES[part], True))
        else:
            items += [(character, False) for character in part]
    return tuple(items)


def _meet(left: str, right: str) -> bool:
    if len(left) > 1 and len(right) > 1:
        return True
    if len(left) == len(right):
        return left == right
    character, kind = sorted((left, right), key=len)
    if kind == _WORD:
        return character.isalnum() or character in "_.<>[]-"
    return kind == _ANY or character.isdecimal() or character == "-"


@cache
def _stripped(template: str) -> str:
    """Remove the spaces around a value: if it is empty, the normalised message has only one."""
    return re.sub(" ?\0 ?", "\0", template)


def generalized(left: str, right: str) -> str | None:
    r"""Return what two templates share at their start and end, or None if it is too little.

    `"no key \0 here"`, `"no key \0, sorry"` → `"no key \0"`
    """
    one, two = _TOKEN.findall(left), _TOKEN.findall(right)
    start = _common(one, two)
    end = _common(one[len(start) :][::-1], two[len(start) :][::-1])[::-1]
    if start[-1:] in (["'"], ['"']) and end[:1] != start[-1:]:
        start = start[:-1]
    shared = simplified("".join([*start, VALUE, *end]))
    least = min(letters(left), letters(right))
    is_enough = is_useful(shared) and letters(shared) >= MIN_SHARED * least
    return shared if is_enough and shared[0] != VALUE else None


def _common(left: list[str], right: list[str]) -> list[str]:
    """Return what two lists have in common at their start."""
    pairs = itertools.takewhile(lambda pair: pair[0] == pair[1], zip(left, right, strict=False))
    return [token for token, _ in pairs]


def letters(template: str) -> int:
    """Return the number of letters in a template's fixed text."""
    return sum(map(str.isalpha, template))
