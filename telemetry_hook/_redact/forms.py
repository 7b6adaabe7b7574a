"""Patterns for texts that contain no free words: numbers, versions, codes."""

from __future__ import annotations

import re

NUMBERS = re.compile(r"\d{1,5}(\.\d{1,5}){0,3}", re.ASCII)
# PEP 440 without the local part, because a local part can contain any text.
VERSION = re.compile(
    r"(\d{1,9}!)?\d{1,9}(\.\d{1,9}){0,7}((a|b|rc)\d{1,9})?(\.post\d{1,9})?(\.dev\d{1,9})?",
    re.ASCII,
)
SIZE = re.compile(r"0|10{0,18}\+|empty|negative|nan")
SQLSTATE = re.compile(r"[0-9A-Z]{5}", re.ASCII)
DISTRIBUTION = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,98}[A-Za-z0-9])?", re.ASCII)


def fits(text: str, form: re.Pattern[str]) -> bool:
    """Return whether a whole text matches a pattern."""
    return type(text) is str and form.fullmatch(text) is not None
