"""Sources of message templates.

Each one has a method `publishes`, which checks whether it contains a fixed part of a template.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from telemetry_hook._redact.message import extensions, interpreter, pydantic, system
from telemetry_hook._redact.published import syntax

if TYPE_CHECKING:
    from telemetry_hook._redact.message.templates import Template
    from telemetry_hook._redact.published.public_files import PublicFile

WORD = re.compile(r"\w+")


class Literals(NamedTuple):
    """String literals in published files, which the code there joins into a message.

    Each word must be in one of the files, maybe in another case. The order of the words comes from
    the syntax tree.
    """

    files: tuple[PublicFile, ...]

    def publishes(self, text: str) -> bool:
        """Return whether each word of a text is in one of the files."""
        return all(map(self._has, WORD.findall(text)))

    def _has(self, word: str) -> bool:
        return (
            any(word in file.text for file in self.files)
            or any(
                # The word has an escape sequence in the source, or is joined from two literals.
                word in literals
                or any(
                    f"{word[:at]}\0" in literals and f"\0{word[at:]}" in literals
                    for at in range(1, len(word))
                )
                for literals in map(syntax.literals, self.files)
            )
            or any(word.lower() in file.text.lower() for file in self.files)
        )


class Numbered(NamedTuple):
    """A message that `OSError` makes of an error number and of string literals in published files."""

    number: int
    literals: Literals

    def publishes(self, text: str) -> bool:
        """Return whether a text is the number's head, or made of the literals, or both."""
        return self.literals.publishes(text.removeprefix(f"[Errno {self.number}]"))


class Learned(NamedTuple):
    """A template of an exception class, from the learned table of the interpreter's messages."""

    kind: type[BaseException]
    text: str

    def publishes(self, text: str) -> bool:
        """Return whether a text is part of the template, and the template is in the table."""
        is_known = self.text in interpreter.templates(self.kind)
        return is_known and text in self.text


class OfExtension(NamedTuple):
    """A template of an exception class, from the table of extension modules' messages."""

    kind: type[BaseException]
    package: str | None
    text: str

    def publishes(self, text: str) -> bool:
        """Return whether a text is part of the template, and the template is in the table."""
        is_known = self.text in extensions.templates(self.kind, self.package)
        return is_known and text in self.text


class System(NamedTuple):
    """The C library's message for an error number."""

    number: int

    def publishes(self, text: str) -> bool:
        """Return whether a text is a fixed part of the message's templates."""
        return any(text in template for template in system.templates(self.number))


class Pydantic(NamedTuple):
    """A template from pydantic's list. `kind` is the type of the error."""

    kind: str

    def publishes(self, text: str) -> bool:
        """Return whether a text is a fixed part of the template."""
        return text in pydantic.listing().get(self.kind, ())


Source = Literals | Numbered | Learned | OfExtension | System | Pydantic
SOURCES = (Literals, Numbered, Learned, OfExtension, System, Pydantic)


def has(source: Source, template: Template) -> bool:
    """Return whether a source contains all fixed parts of a template."""
    return all(part is None or source.publishes(part) for part in template)
