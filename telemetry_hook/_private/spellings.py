r"""The spellings in which a private text may be in a report: its words, whatever separates them.

``/home/jane``, ``\\home\\jane``, ``%2Fhome%2Fjane`` and ``"home", "jane"`` have the words ``home jane``.
"""

from __future__ import annotations

import re
from binascii import Error, a2b_base64
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import unquote

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

# What a bracket or an equals sign separates is not one name: `node[0]` is not the host node-0.
_BARRIERS = "()[]{}<>=\n"
_ASCII = str.maketrans(
    {chr(code): " " for code in range(128) if not chr(code).isalnum()}
    | dict.fromkeys(_BARRIERS, "\n")
)
_OTHER_SEPARATORS = re.compile(r"[^\w\s]")
# These take linear time: what follows a repetition never matches what is repeated.
_HUMP = re.compile(r"[A-Z](?:(?<=[a-z0-9].)|(?<=[A-Z].)(?=[a-z]))")
_ESCAPE = re.compile(
    r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-3][0-7]{2})|[abfnrtv])"
)
_TOKEN = re.compile(r"[A-Za-z0-9+/_-]{6,}")
_JOINED = re.compile(r"[+/_-]")
_HEX = re.compile(r"(?:[0-9a-fA-F]{2}){4,}")
MAX_CHARACTER = 0x10FFFF
_URL_SAFE = str.maketrans("-_", "+/")


def as_words(text: str) -> str:
    """Return the words of a text, each between spaces: ``/home/Jane`` → `` home jane ``.

    A line break is between words that belong to different names.
    """
    text = text.casefold()
    if not text.isascii():
        from unicodedata import normalize  # file systems and hosts may compose letters otherwise

        text = _OTHER_SEPARATORS.sub(" ", normalize("NFKC", text).translate(_ASCII))
    spaced = text.translate(_ASCII).replace("\n", " \n ")
    return f" {' '.join(filter(None, spaced.split(' ')))} "


class Reading:
    """The words of texts, and of the texts that are encoded in them or written backwards.

    ``b"L2hvbWUvamFuZQ=="`` → `` b l2hvbwuvamfuzq ``, `` home jane `` and others, in different lines.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        # Without our placeholders, most reports are ASCII, which takes a fifth of the time.
        self._joined = "\n".join(texts).replace("…", " ")

    @cached_property
    def text(self) -> str:
        """The words in their order."""
        return f"{self._forwards}\n{as_words(self._joined[::-1])}"

    @cached_property
    def words(self) -> frozenset[str]:
        """The words, but not those that are written backwards."""
        return frozenset(self._forwards.split())

    @cached_property
    def _forwards(self) -> str:
        return "\n".join(map(as_words, _readings(self._joined)))


def encoded_in(text: str) -> Iterator[str]:
    """Yield the readable texts that are in a text as Base64 or in hexadecimal digits.

    ``Basic dXA6cHc=`` → ``up:pw``
    """
    for token in set(_TOKEN.findall(text)):
        yield from _decoded(token)


def _readings(text: str) -> Iterator[str]:
    yield text
    tokens = set(_TOKEN.findall(text))
    yield "\n".join(_HUMP.sub(r" \g<0>", token) for token in tokens)
    if "\\" in text:
        yield _ESCAPE.sub(_character, text)
    if "%" in text:
        yield unquote(text)
        yield unquote(unquote(text))
    yield from encoded_in(text)


def _character(escape: re.Match[str]) -> str:
    *codes, octal = escape.groups()
    code = next(filter(None, codes), None)
    number = int(code, 16) if code else int(octal, 8) if octal else ord(" ")
    return chr(number) if number <= MAX_CHARACTER else " "


def _decoded(token: str) -> Iterator[str]:
    """Yield the readable texts that are in a token as Base64 or in hexadecimal digits."""
    for digits in _HEX.findall(token):
        yield from _readable(bytes.fromhex(digits))
    if token.islower() or token.isupper():  # of Base64, only short texts have one case
        return
    for piece in {token, *_JOINED.split(token)}:
        standard = piece.translate(_URL_SAFE)
        try:
            content = a2b_base64(standard + "=" * (-len(standard) % 4))
        except Error:
            continue
        yield from _readable(content)


def _readable(content: bytes) -> Iterator[str]:
    try:
        text = content.decode()
    except ValueError:
        return
    if text.replace("\n", " ").isprintable():
        yield text
