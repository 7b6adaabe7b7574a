r"""The spellings in which a private text may be in a report: its words, whatever separates them.

``/home/jane``, ``\\home\\jane``, ``%2Fhome%2Fjane`` and ``"home", "jane"`` have the words ``home jane``.
"""

from __future__ import annotations

import re
from binascii import Error, a2b_base64
from typing import TYPE_CHECKING
from urllib.parse import unquote

if TYPE_CHECKING:
    from collections.abc import Iterator

# What a bracket or an equals sign separates is not one name: `node[0]` is not the host node-0.
_BARRIERS = str.maketrans(dict.fromkeys("()[]{}<>=\n", " \n "))
_SEPARATORS = re.compile(r"(?:[^\w\n]|_)+")
# These take linear time: what follows a repetition never matches what is repeated.
_HUMPS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_ESCAPES = re.compile(
    r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-3][0-7]{2})|[abfnrtv])"
)
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{6,}")
_HEX = re.compile(r"(?:[0-9a-fA-F]{2}){4,}")
_URL_SAFE = str.maketrans("-_", "+/")


def as_words(text: str) -> str:
    """Return the words of a text, each between spaces: ``/home/Jane`` → `` home jane ``.

    A line break is between words that belong to different names.
    """
    if not text.isascii():
        from unicodedata import normalize  # file systems and hosts may compose letters otherwise

        text = normalize("NFKC", text)
    return f" {_SEPARATORS.sub(' ', text.casefold().translate(_BARRIERS))} "


def readings(text: str) -> str:
    """Return the words of a text, and of the texts that are encoded in it.

    ``b"L2hvbWUvamFuZQ=="`` → `` b l2hvbwuvamfuzq `` and `` home jane ``, in different lines.
    """
    return "\n".join(map(as_words, _readings(text)))


def _readings(text: str) -> Iterator[str]:
    yield text
    yield _HUMPS.sub(" ", text)
    if "\\" in text:
        yield _ESCAPES.sub(_character, text)
    if "%" in text:
        yield unquote(text)
        yield unquote(unquote(text))
    yield from _decoded(text)


def _character(escape: re.Match[str]) -> str:
    *codes, octal = escape.groups()
    code = next(filter(None, codes), None)
    number = int(code, 16) if code else int(octal, 8) if octal else ord(" ")
    return chr(number) if number <= 0x10FFFF else " "  # noqa: PLR2004 - the last character


def _decoded(text: str) -> Iterator[str]:
    """Yield the readable texts that are in a text as Base64 or in hexadecimal digits."""
    for run in _HEX.findall(text):
        yield from _readable(bytes.fromhex(run))
    for run in _BASE64.findall(text):
        for piece in {run, *run.split("/")}:
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
