"""Templates of messages: fixed text and holes, and how a whole message is held against one."""

from __future__ import annotations

MAX_MESSAGE = 64 * 1024

# The least (letters, words) of fixed text for which a match is trusted.
MIN_WITH_HOLES = 6, 2
MIN_AWAY_FROM_RAISE = 8, 2
MIN_NESTED = 10, 3

Template = tuple[str | None, ...]


def normalize(text: str) -> str:
    """Fold white space, and keep only head and tail of an enormous message."""
    if len(text) > MAX_MESSAGE:
        text = text[: MAX_MESSAGE // 2] + text[-MAX_MESSAGE // 2 :]
    return " ".join(text.split())


def match(message: str, template: Template) -> tuple[str, ...] | None:
    """Return what the holes of a folded template swallow of a whole normalised message.

    Literals are found leftmost first. A value of nothing but white space leaves no second space.
    None: it does not fit.
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
            found = message.find(part, start, end)
            if found < 0:
                return None
            swallowed.append(message[start:found])
            start = found + len(part)
    if start > end:
        return None
    if None in template[-2:]:
        swallowed.append(message[start:end])
    return tuple(swallowed)


def folded(template: Template) -> Template:
    """Return a template with adjoining parts joined and white space folded."""
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
    found = [part if part is None else _fold(part) for part in parts]
    if found and found[0] is not None:
        found[0] = found[0].lstrip()
    if found and found[-1] is not None:
        found[-1] = found[-1].rstrip()
    return tuple(found) or ("",)


def is_specific(template: Template, least: tuple[int, int]) -> bool:
    """Tell whether a template has at least so many letters and words."""
    letters, words_ = least
    text = " ".join(part for part in template if part is not None)
    return (
        sum(map(str.isalpha, text)) >= letters
        and sum(any(map(str.isalpha, word)) for word in text.split()) >= words_
    )


def letters_of(template: Template) -> int:
    """Return how many letters of a template are fixed."""
    return sum(map(str.isalpha, "".join(part for part in template if part is not None)))


def _fold(text: str) -> str:
    inner = " ".join(text.split())
    if not inner:
        return " "
    return " " * text[:1].isspace() + inner + " " * text[-1:].isspace()
