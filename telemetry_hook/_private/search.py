"""Searches texts for the private names of this machine and its user.

Names of several words, such as a path, the host `build-7`, a full name and an e-mail address, are
found unless very many machines have them. A single word, such as `jane`, is found unless it is an
ordinary word: one of Python's or of the tool's own. So a user called `up` has the same reports as
everybody else.
"""

from __future__ import annotations

import re
import sys
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING

from telemetry_hook._installed import archives
from telemetry_hook._private import names
from telemetry_hook._private.spellings import as_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from telemetry_hook._installed.distributions import Distribution
    from telemetry_hook._private.spellings import Reading

MIN_LETTERS = 2
MIN_DIGITS = 5
MIN_SPECIFIC = 8
MIN_SOURCES = 2
MAX_VALUES = 2_000
MAX_VALUE = 4_096
MAX_SOURCES = 2_000
MAX_SOURCE_BYTES = 256 * 1024
MAX_SOURCES_BYTES = 8 * 1024 * 1024

_NAME = re.compile(r"[A-Za-z0-9._-]+")


def of_machine(
    environment: Mapping[str, str], started_with: Mapping[str, str], own: Iterable[Distribution]
) -> PrivateNames:
    """Return the names of this machine and its user. `own` are the distributions of the tool.

    Values are private if the user has set them. The program may have set others to what it publishes.
    """
    values = list(started_with.values())[:MAX_VALUES]
    return PrivateNames(names.collect((environment, started_with)), values, own)


class PrivateNames:
    """The names of this machine and its user, and the long values of the environment.

    `texts` are the names as they were found, without those that identify nobody.
    """

    def __init__(
        self, texts: Iterable[str], values: Iterable[str], own: Iterable[Distribution]
    ) -> None:
        self._own = tuple(dict.fromkeys(own))
        self._ordinary: dict[str, bool] = {}
        self._single: set[str] = set()
        self._several: set[str] = set()
        self.texts: list[str] = []
        for text in texts:
            found = as_words(text).split()
            if len(found) == 1 and not self._is_usual(found[0]):
                self._single.update(found)
            elif len(found) > 1 and not self._is_common(found):
                self._several.add(as_words(text))
            else:
                continue
            self.texts.append(text)
        self._values = {
            as_words(value)
            for value in values
            if type(value) is str
            and len(value) <= MAX_VALUE
            and is_specific(value.strip())
            and not all(map(self._is_usual, as_words(value).split()))
        }

    def several_in(self, reading: Reading) -> bool:
        """Return whether a name of several words is in a text."""
        return any(name in reading.text for name in self._several)

    def values_in(self, reading: Reading) -> bool:
        """Return whether a long value of the environment is in a text."""
        return any(value in reading.text for value in self._values)

    def singles_in(self, reading: Reading) -> set[str]:
        """Return the words in a text that are names of one word, and no ordinary words."""
        return {word for word in self._single & reading.words if not self._is_ordinary(word)}

    def is_written(self, text: str) -> bool:
        """Return whether the tool's own source has a text, as it has the key of a receiver."""
        return any(map(_whole(text.strip().casefold()).search, self._sources))

    def _is_ordinary(self, word: str) -> bool:
        """Return whether a word identifies nobody: it is one of Python's or of the tool's own."""
        if word not in self._ordinary:
            self._ordinary[word] = self._is_in_sources(word)
        return self._ordinary[word]

    def _is_usual(self, word: str) -> bool:
        from telemetry_hook._private.ordinary import COMMON, ORDINARY

        return (
            word in COMMON
            or word in ORDINARY
            or word in sys.stdlib_module_names
            or word in self._distributions
            or not _is_long_enough(word)
        )

    def _is_in_sources(self, word: str) -> bool:
        """Return whether several sources of the tool have a word, and not only as a value: ``"jane"``.

        What a build writes about the machine that it runs on is a value, or it is in one source. No
        source counts that has another name of the machine.
        """
        used = _used(word)
        having = (
            source
            for source in self._sources
            if used.search(source) and not any(name in as_words(source) for name in self._several)
        )
        return sum(1 for _ in islice(having, MIN_SOURCES)) == MIN_SOURCES

    def _is_common(self, found: Sequence[str]) -> bool:
        """Return whether a path or host has no words but those of very many machines, or the tool's.

        ``/usr/local``, ``/home/user/acme-lift`` and ``lift-1``; but not ``build-7``.
        """
        from telemetry_hook._private.ordinary import COMMON

        if all(word in COMMON or word in self._distributions for word in found):
            return True
        return all(word in self._distributions or word.isdigit() for word in found)

    @cached_property
    def _distributions(self) -> frozenset[str]:
        """The words in the names of the tool's distributions and of what they require."""
        texts = ["telemetry-hook"]
        for distribution in self._own:
            required = distribution.metadata.get("requires-dist", [])
            matches = filter(None, map(_NAME.match, required))
            texts += [distribution.name, *(match.group() for match in matches)]
        return frozenset(as_words("\n".join(texts)).split())

    @cached_property
    def _sources(self) -> Sequence[str]:
        """The tool's own sources in lower case, bounded. They are read if a word is in doubt."""
        sources: list[str] = []
        size = 0
        for path in islice(self._source_files(), MAX_SOURCES):
            content = archives.read(path, MAX_SOURCE_BYTES) or b""
            size += len(content)
            if size > MAX_SOURCES_BYTES:
                break
            sources.append(content.decode("utf-8", "replace").casefold())
        return sources

    def _source_files(self) -> Iterator[str]:
        for distribution in self._own:
            yield from distribution.files(".py")


def is_specific(text: str) -> bool:
    """Return whether no source has a text by coincidence: a path, or letters mixed with digits.

    ``/home/jane/merger`` and ``Tr0ub4dor`` are specific. A text with spaces may be a published message.
    """
    if len(text) < MIN_SPECIFIC or text.isalpha() or len(text.split()) != 1:
        return False
    is_path = max(text.count("/"), text.count("\\")) > 1
    return is_path or (any(map(str.isdigit, text)) and any(map(str.isalpha, text)))


def _whole(text: str) -> re.Pattern[str]:
    """Return a pattern of a text that is not a part of a word."""
    return re.compile(rf"(?<![^\W_]){re.escape(text)}(?![^\W_])")


def _used(word: str) -> re.Pattern[str]:
    """Return a pattern of a word that is not a whole literal: ``jane = 1``, not ``by = "jane"``."""
    word = re.escape(word)
    return re.compile(rf"(?<![^\W_])(?:(?<![\"']){word}|{word}(?![\"']))(?![^\W_])")


def _is_long_enough(word: str) -> bool:
    """Return whether a word may identify somebody: every source has short numbers and letters."""
    return len(word) >= (MIN_DIGITS if word.isdigit() else MIN_LETTERS)
