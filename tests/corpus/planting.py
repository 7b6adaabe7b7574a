"""What is planted, and how a case is told of."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Secrets:
    """Private values of one made-up user.

    Some sets have texts that are in published files too, as a user's texts may be.
    Those that stand for names (user, word, table, column, schema, database, attribute) are
    identifiers in every set, so that the same code goes the same way with each of them.
    """

    user: str
    password: str
    host: str
    table: str
    column: str
    schema: str
    database: str
    word: str
    attribute: str
    path: str
    number: int
    email: str
    url: str
    key: str
    token: str
    text: str
    count: int

    @property
    def names(self) -> list[str]:
        """As many names as this user has of some things."""
        return [f"{self.word}{number}" for number in range(self.count)]

    @property
    def folder(self) -> Path:
        """A directory of this user's, below the working directory; it exists."""
        made = Path.cwd() / self.database
        made.mkdir(exist_ok=True)
        return made

    def file(self, content: str | bytes, suffix: str = ".txt") -> str:
        """Write a file whose name is secret, and return its path."""
        path = self.folder / f"{self.table}{suffix}"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(path)


class Skipped(BaseException):
    """A case that cannot be on this Python or machine."""


CASES = {}
DEPENDING = {}


def case(function=None, *, name=None, group=None, depends=None):
    """Note a function as a case; `depends` says what in it depends on the data.

    What depends on data is which exception comes, or from which line: no redaction can hide that.
    """

    def note(function):
        module = getattr(function, "func", function).__module__.rpartition(".")[2]
        called = f"{module}.{name or function.__name__}"
        assert called not in CASES, called
        CASES[called] = (group or module.partition("_")[0], function)
        if depends:
            DEPENDING[called] = depends
        return function

    return note(function) if function else note


def needs(*version):
    """Skip a case on a Python that is older."""
    if sys.version_info < version:
        raise Skipped(f"needs Python {'.'.join(map(str, version))}")


def until(*version):
    """Skip a case on a Python that is not older."""
    if sys.version_info >= version:
        raise Skipped(f"was so until Python {'.'.join(map(str, version))}")
