"""`PublicText`: the only text that a report can hold.

Making one *is* the look-up: it names an origin, and the origin must already publish that very
text. So nothing is copied from a message, a path or a value; what is sent was read elsewhere.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from telemetry_hook._errors import NotPublicError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from typing_extensions import Self


class Origin(Protocol):
    """Somewhere that text was published."""

    def publishes(self, text: str) -> bool:
        """Tell whether this very text stands there."""


class PublicText(str):
    """Text that was found in a public origin.

    Raises:
        NotPublicError: the origin does not publish it.
    """

    __slots__ = ("origin",)
    origin: Origin

    def __new__(cls, text: str, origin: Origin) -> Self:
        """Look the text up."""
        if type(text) not in (str, cls) or not origin.publishes(text):
            raise NotPublicError("a text was about to enter a report that is not public")
        self = super().__new__(cls, text)
        self.origin = origin
        return self


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """A closed set of words of our own."""

    words: frozenset[str]

    def publishes(self, text: str) -> bool:
        """Tell whether it is one of them."""
        return text in self.words


@dataclass(frozen=True, slots=True)
class Shape:
    """Texts whose form leaves no room for content, such as version numbers."""

    pattern: re.Pattern[str]

    def publishes(self, text: str) -> bool:
        """Tell whether all of it has that form."""
        return self.pattern.fullmatch(text) is not None


@dataclass(frozen=True, slots=True)
class Composition:
    """A text put together of public pieces, in their order, and nothing else."""

    pieces: tuple[PublicText, ...]

    def publishes(self, text: str) -> bool:
        """Tell whether it is these pieces."""
        return "".join(self.pieces) == text


def compose(pieces: Iterable[PublicText]) -> PublicText:
    """Join public pieces to one public text."""
    whole = tuple(pieces)
    if not all(type(piece) is PublicText for piece in whole):
        raise NotPublicError("a text was about to be composed of pieces that are not public")
    return PublicText("".join(whole), Composition(whole))


def words(*texts: str) -> dict[str, PublicText]:
    """Return words of our own, by themselves."""
    vocabulary = Vocabulary(frozenset(texts))
    return {text: PublicText(text, vocabulary) for text in texts}


REPORT_ID = Shape(re.compile(r"[0-9a-f]{32}"))
FINGERPRINT = Shape(re.compile(r"[0-9a-f]{64}"))
MINUTE = Shape(re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:00Z"))
NUMBERS = Shape(re.compile(r"\d{1,9}(\.\d{1,9}){0,3}"))
SHAPE_DETAIL = Shape(re.compile(r"0|10*\+|empty|negative|nan"))
# PEP 440 without the local part, which anybody may write anything into.
RELEASE = Shape(
    re.compile(
        r"(\d{1,9}!)?\d{1,9}(\.\d{1,9}){0,7}((a|b|rc)\d{1,9})?(\.post\d{1,9})?(\.dev\d{1,9})?"
    )
)
