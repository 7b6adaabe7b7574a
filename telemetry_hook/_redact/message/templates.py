"""Templates of messages: fixed texts and placeholders. Matches whole messages against templates.

A template is a tuple of fixed texts, with None for each placeholder (`HOLE` in other modules):
``("cannot open ", None, " for writing")``
"""

from __future__ import annotations

MAX_MESSAGE = 64 * 1024

# Minimum (letters, words) of fixed text for a match to be trusted.
MIN_WITH_HOLES = 6, 2
MIN_AWAY_FROM_RAISE = 8, 2
MIN_NESTED = 10, 3

Template = tuple[str | None, ...]


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
    """Return whether a template's fixed texts have at least `least` (letters, words).

    ``("cannot open ", None)`` has 10 letters and 2 words. A word must contain a letter.
    """
    letters, words = least
    text = " ".join(part for part in template if part is not None)
    return (
        sum(map(str.isalpha, text)) >= letters
        and sum(any(map(str.isalpha, word)) for word in text.split()) >= words
    )


def letters_of(template: Template) -> int:
    """Return the number of letters in the fixed texts: ``("cannot ", None)`` → 6."""
    return sum(map(str.isalpha, "".join(part for part in template if part is not None)))


def _fold(text: str) -> str:
    r"""Fold white space, also at the ends: ``"  open\n it "`` → ``" open it "``."""
    inner = " ".join(text.split())
    if not inner:
        return " "
    return " " * text[:1].isspace() + inner + " " * text[-1:].isspace()
