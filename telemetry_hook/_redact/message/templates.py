"""Templates of messages: fixed texts and holes, and whether a whole message fits one.

A template is a tuple of texts and None for a hole: ``("cannot open ", None, " for writing")``.
"""

from __future__ import annotations

MAX_MESSAGE = 64 * 1024

# The least (letters, words) of fixed text for which a match is trusted.
MIN_WITH_HOLES = 6, 2
MIN_AWAY_FROM_RAISE = 8, 2
MIN_NESTED = 10, 3

Template = tuple[str | None, ...]


def normalize(text: str) -> str:
    r"""Fold white space, and keep only head and tail of an enormous message.

    ``"cannot\n  open it"`` → ``"cannot open it"``
    """
    if len(text) > MAX_MESSAGE:
        text = text[: MAX_MESSAGE // 2] + text[-MAX_MESSAGE // 2 :]
    return " ".join(text.split())


def match(message: str, template: Template) -> tuple[str, ...] | None:
    """Return what the holes of a folded template swallow of a whole normalised message.

    ``"cannot open x for writing"`` with ``("cannot open ", None, " for writing")`` → ``("x",)``;
    None if it does not fit. Fixed texts are found leftmost first. An empty value leaves one space of
    the two around it.
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
    r"""Return a template with adjoining parts joined and white space folded.

    ``(" cannot ", "open\n", None, None)`` → ``("cannot open ", None)``
    """
    parts: list[str | None] = []
    for part in template:
        if part is None:
            if not parts or parts[-1] is not None:
                parts.append(None)
        elif part:
            if parts and parts[-1] is not None:
                parts[-1] += part
            else:
                parts.append(part)
    texts = [part if part is None else _fold(part) for part in parts]
    if texts and texts[0] is not None:
        texts[0] = texts[0].lstrip()
    if texts and texts[-1] is not None:
        texts[-1] = texts[-1].rstrip()
    return tuple(texts) or ("",)


def is_specific(template: Template, least: tuple[int, int]) -> bool:
    """Tell whether a template has at least so many letters and words with letters in its fixed texts.

    ``("cannot open ", None)`` has 10 letters and 2 words.
    """
    letters, words = least
    text = " ".join(part for part in template if part is not None)
    return (
        sum(map(str.isalpha, text)) >= letters
        and sum(any(map(str.isalpha, word)) for word in text.split()) >= words
    )


def letters_of(template: Template) -> int:
    """Return how many letters the fixed texts have: ``("cannot ", None)`` → 6."""
    return sum(map(str.isalpha, "".join(part for part in template if part is not None)))


def _fold(text: str) -> str:
    r"""Fold white space, also at the ends: ``"  open\n it "`` → ``" open it "``."""
    inner = " ".join(text.split())
    if not inner:
        return " "
    return " " * text[:1].isspace() + inner + " " * text[-1:].isspace()
