"""Fillers: words, numbers and types for the probes, which share nothing with one another."""

from __future__ import annotations

import random
import re
from typing import Any

# Letters that no two fillers share, and that hardly ever follow one another in English.
_LETTERS = ("bkqxz", "fgjvw", "dhmpy")
_LENGTHS = (6, 8, 7)
_NUMBERS = (
    (41, 17, 447, 1741, 71),
    (52, 28, 885, 2582, 82),
    (63, 39, 996, 3693, 93),
)
# More than any function takes, so that they are too many everywhere.
_MANY = (24, 35, 46)
_COUNTS = (4, 5, 6)
_WORDS = 12
_PLACEHOLDER = re.compile(r"(?:\b|(?<=\\n)|(?<=_))(NAME|NUM|COUNT|TEXT|TYPE)(\d*)\b")

# A value of any form, the name of a type, an integer, the name of a function.
VALUE, TYPE, INT, NAME = MARKS = "\0\1\2\3"


class Filler:
    """One set of such words, numbers and types."""

    def __init__(self, index: int) -> None:
        """Make up the words, the same ones every time."""
        generator = random.Random(index)
        letters, length = _LETTERS[index], _LENGTHS[index]
        words = [
            letters[number % 5]
            + letters[number // 5]
            + "".join(generator.choice(letters) for _ in range(length - 2))
            for number in range(_WORDS)
        ]
        self.index = index
        self.words = words
        self.names = words[:8]
        self.module = words[8]
        self.numbers = _NUMBERS[index]
        self.number = self.numbers[0]
        self.count = _COUNTS[index]
        # An apostrophe changes the quotes of a text's repr, and shows that they are not fixed.
        self.text = words[9] if index < 2 else f"{words[9][:4]}'{words[9][4:]}"  # noqa: PLR2004
        self.data = self.text.encode()
        self.big = int("".join(str(number) for number in self.numbers) * 10)
        self.Type = type(words[10], (), {"__module__": self.module})
        self.Other = type(words[11], (), {"__module__": self.module})
        self.obj = self.Type()
        self.other = self.Other()
        self.many = (self.obj,) * _MANY[index]
        self._types = re.compile(
            rf"(?:\b{self.module}\.)?(?:{words[10]}|{words[11]})", re.IGNORECASE
        )
        self._names = re.compile("|".join(words[:9]), re.IGNORECASE)
        ordinary = "|".join(map(re.escape, [self.text, words[9]]))
        self._values = re.compile(ordinary, re.IGNORECASE)

    def fill(self, source: str) -> str:
        """Return a probe's source with words and numbers: `"x = NUM"` → `"x = 41"`."""

        def word(found: re.Match[str]) -> str:
            kind, index = found[1], int(found[2] or 0)
            if kind == "NAME":
                return self.names[index]
            if kind == "TYPE":
                return self.words[10 + index]
            if kind == "TEXT":
                return repr(self.text)
            return str(self.numbers[index] if kind == "NUM" else self.count + index)

        return _PLACEHOLDER.sub(word, source)

    def variables(self) -> dict[str, Any]:
        """Return the names that a probe's source may use."""
        return {
            "__name__": self.module,
            "Type": self.Type,
            "Other": self.Other,
            "obj": self.obj,
            "other": self.other,
            "text": self.text,
            "data": self.data,
            "num": self.number,
            "big": self.big,
            "count": self.count,
            "name": self.names[0],
            "many": self.many,
            "run": run,
        }

    def mark(self, message: str) -> str:
        r"""Return a message with holes for this filler's words: `"no kbxqzk"` → `"no \3"`."""
        return self._values.sub(VALUE, self._names.sub(NAME, self._types.sub(TYPE, message)))

    def remains_in(self, text: str) -> bool:
        """Return whether a text holds three successive letters of a word of this filler."""
        folded = text.lower()
        return any(
            word[start : start + 3] in folded
            for word in self.words
            for start in range(len(word) - 2)
        )


def run(coroutine: Any) -> None:
    """Run a coroutine without an event loop, whose frames would be in the traceback."""
    for _ in range(5):
        coroutine.send(None)


FILLERS = tuple(Filler(index) for index in range(len(_LETTERS)))
