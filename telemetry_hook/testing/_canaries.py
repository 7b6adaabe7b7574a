"""Invented secrets, and the search for the forms in which a report can contain them."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Iterator

# There are no vowels, so a sequence of these letters is not a word in any language or program.
LETTERS = "bcdfghjklmnpqrstvwxz"
HALF = 8
HALVES = re.compile(f"[{LETTERS}]{{{HALF}}}")


@dataclass(frozen=True, slots=True)
class Canaries:
    """Invented secrets. Neither a whole secret nor half of one may appear in a report.

    `name` is an identifier, such as the name of a table or a model. `password` contains characters
    that must be quoted in URLs. The others are planted around the tool: `project` is the name of
    the tool's working directory, `local` is the value of a local variable, and `message` is in the
    message of an exception that is raised on purpose.
    """

    name: str
    user: str
    host: str
    password: str
    token: str
    database: str
    project: str
    local: str
    message: str

    @property
    def email(self) -> str:
        """The user's email address."""
        return f"{self.user}@{self.host}.example"

    @property
    def url(self) -> str:
        """The URL of a database, with user and password."""
        password = quote(self.password, safe="")
        return f"postgresql://{self.user}:{password}@{self.host}.example:5432/{self.database}"

    @property
    def path(self) -> str:
        """An absolute path that does not exist."""
        return f"/srv/{self.user}/{self.project}/{self.name}"


def make(seed: str) -> Canaries:
    """Return the secrets for a seed. The secrets for different seeds have the same format."""
    values = {}
    for field in fields(Canaries):
        digest = hashlib.sha256(f"{seed} {field.name}".encode()).digest()
        letters = "".join(LETTERS[byte % len(LETTERS)] for byte in digest[: 2 * HALF])
        is_quoted = field.name == "password"
        values[field.name] = f"{letters[:HALF]}{'/%' if is_quoted else ''}{letters[HALF:]}"
    return Canaries(**values)


FIRST, SECOND = make("first"), make("second")


def translate(text: str, canaries: Canaries) -> str:
    """Replace each canary of `FIRST`, or half of one, by its counterpart in another set."""
    for field in fields(Canaries):
        old, new = getattr(FIRST, field.name), getattr(canaries, field.name)
        for before, after in zip(HALVES.findall(old), HALVES.findall(new), strict=True):
            text = text.replace(before, after)
    return text


def find(text: str, canaries: Canaries) -> list[str]:
    """Return which canaries are in a text, and in which form: ``the token (reversed)``."""
    folded = text.lower()
    names = []
    for field in fields(Canaries):
        canary = getattr(canaries, field.name)
        whole = _form(canary, text, folded)
        halves = map(lambda half: _form(half, text, folded), HALVES.findall(canary))  # noqa: C417
        if whole is not None:
            names.append(f"the {field.name}{whole}")
        elif (half := next((form for form in halves if form is not None), None)) is not None:
            names.append(f"half of the {field.name}{half}")
    return names


def _form(canary: str, text: str, folded: str) -> str | None:
    for form, needle in _folded_forms(canary):
        if needle in folded:
            return f" ({form})" if form else ""
    return " (in base64)" if any(encoded in text for encoded in _base64(canary)) else None


def _folded_forms(canary: str) -> Iterator[tuple[str, str]]:
    yield "", canary
    yield "reversed", canary[::-1]
    yield "url-quoted", quote(canary, safe="").lower()
    yield "in hex", canary.encode().hex()


def _base64(canary: str) -> Iterator[str]:
    """Yield the base64 encodings of a canary inside other bytes, for each of the three offsets."""
    for data in (canary.encode(), canary.upper().encode(), canary[::-1].encode()):
        for offset in range(3):
            bits = 8 * offset, 8 * (offset + len(data))
            encoded = base64.b64encode(bytes(offset) + data).decode()
            plain = encoded[-(-bits[0] // 6) : bits[1] // 6]
            yield plain
            yield plain.replace("+", "-").replace("/", "_")
