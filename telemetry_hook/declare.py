"""Declarations of a tool and of the attributes that its reports may have.

No kind of attribute accepts free text, so an attribute cannot contain text that a user wrote.
"""

import re
from dataclasses import dataclass, field
from typing import Literal, Protocol, runtime_checkable
from urllib.parse import urlsplit

from telemetry_hook._errors import DeclarationError
from telemetry_hook.receivers import Receiver

NAME = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*")
OPTION = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._+-]*")
TOOL_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
# Longer numbers, such as dates and the numbers of cards and accounts, are not parts of a version.
VERSION = re.compile(r"\d{1,4}(\.\d{1,4}){0,2}((a|b|rc)\d{1,4})?", re.ASCII)
CLASS_NAME = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)+")

MAX_NAME = 64
MAX_OPTIONS = 64
MAX_COUNT = 1_000_000
MAX_TEXT = 200

Value = bool | int | str | tuple[str, ...]


@runtime_checkable
class Attribute(Protocol):
    """One declared, typed fact: its name, meaning, possible values and first release."""

    @property
    def name(self) -> str:
        """The attribute's name in reports, such as ``schema.models``."""

    @property
    def meaning(self) -> str:
        """What the attribute means, in words for the tool's users."""

    @property
    def since(self) -> str | None:
        """The first release of the tool that had the attribute, such as ``1.4``."""

    def accept(self, value: object) -> Value:
        """Return the value in the form in which it may be reported.

        Raises:
            TypeError, ValueError: the value is not of this kind.
        """


@dataclass(frozen=True, slots=True)
class _Named:
    name: str
    meaning: str
    since: str | None = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        _check_name(self.name)
        _check_line(f"the meaning of {self.name}", self.meaning)
        since = self.since
        if since is not None and (type(since) is not str or not VERSION.fullmatch(since)):
            raise DeclarationError(f"{self.name}: since={since!r}; give a release, such as '1.4'")


class Flag(_Named):
    """Whether something is true."""

    __slots__ = ()

    def accept(self, value: object) -> bool:
        """Return a `bool` unchanged."""
        if type(value) is not bool:
            raise TypeError("expected a bool")
        return value


class Count(_Named):
    """A number of things: 0 to a million, rounded to two significant digits."""

    __slots__ = ()

    def accept(self, value: object) -> int:
        """Return an `int`, limited to the range and rounded: 1234 becomes 1200."""
        if type(value) is not int:
            raise TypeError("expected an int")
        value = max(0, min(value, MAX_COUNT))
        unit: int = 10 ** max(0, len(str(value)) - 2)
        return (value + unit // 2) // unit * unit


@dataclass(frozen=True, slots=True)
class _WithOptions(_Named):
    options: tuple[str, ...]

    def __post_init__(self) -> None:
        _Named.__post_init__(self)
        _check_options(self.name, self.options)


class Choice(_WithOptions):
    """One of the declared options."""

    __slots__ = ()

    def accept(self, value: object) -> str:
        """Return the declared option that equals the value."""
        if type(value) is not str:
            raise TypeError("expected a str")
        return self.options[self.options.index(value)]


class Features(_WithOptions):
    """Which of the declared features were used."""

    __slots__ = ()

    def accept(self, value: object) -> tuple[str, ...]:
        """Return the declared features that are in the value, in the order of their declaration."""
        if type(value) not in (list, tuple, set, frozenset):
            raise TypeError("expected a list, tuple or set of str")
        used = {option for option in value if type(option) is str}  # type: ignore[attr-defined]
        return tuple(option for option in self.options if option in used)


class Version(_Named):
    """A version: at most three numbers and a pre-release tag."""

    __slots__ = ()

    def accept(self, value: object) -> str:
        """Return the part of a version that may be reported: ``16.3-corp.7`` becomes ``16.3``."""
        if type(value) is not str:
            raise TypeError("expected a str")
        match = VERSION.match(value)
        rest = "" if match is None else value[match.end() :]
        is_dotted = match is not None and "." in match[0]
        if match is None or (rest and (not is_dotted or rest[0] == "." or rest[0].isalnum())):
            raise ValueError(
                "expected a version of at most three numbers of four digits, such as 16.3 or 2.0.0rc1"
            )
        return match[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """A tool, as its plugin declares it.

    `family` lists the names of the publisher's distributions. Each report contains their versions.
    `internal_errors` lists the names of exception classes, such as ``photon.errors.Bug``. They mean
    a bug in the tool, even if it is used as a library and the program that crashed is the user's.

    Raises:
        DeclarationError: something is not allowed. The message says what, and how to correct it.
    """

    name: str
    publisher: str
    receiver: Receiver
    purpose: str
    family: tuple[str, ...] = ()
    phase: Literal["preview", "stable"] = "stable"
    internal_errors: tuple[str, ...] = ()
    privacy_url: str | None = None
    issues_url: str | None = None
    attributes: tuple[Attribute, ...] = ()

    def __post_init__(self) -> None:
        name = self.name
        if type(name) is not str or len(name) > MAX_NAME or not TOOL_NAME.fullmatch(name):
            raise DeclarationError(
                f"Tool(name={self.name!r}): use letters, digits, '.', '_' and '-' only, "
                f"{MAX_NAME} characters at most"
            )
        where = f"Tool {self.name!r}"
        _check_line(f"{where}: publisher", self.publisher)
        _check_line(f"{where}: purpose", self.purpose)
        if not isinstance(self.receiver, Receiver):
            raise DeclarationError(
                f"{where}: receiver is {self.receiver!r}; use SentryReceiver(dsn), "
                "FileReceiver(directory) or another receiver of telemetry_hook"
            )
        if self.phase not in ("preview", "stable"):
            raise DeclarationError(f'{where}: phase is {self.phase!r}; use "preview" or "stable"')
        for url in filter(None, (self.privacy_url, self.issues_url)):
            _check_line(f"{where}: URL", url)
            if urlsplit(url).scheme not in ("http", "https"):
                raise DeclarationError(
                    f"{where}: {url!r} is not a URL; it must begin with http:// or https://"
                )
        for title in ("family", "internal_errors", "attributes"):
            if type(getattr(self, title)) is not tuple:
                raise DeclarationError(f"{where}: {title} must be a tuple")
        self._check_members(where)

    def _check_members(self, where: str) -> None:
        for name in self.family:
            _check_line(f"{where}: family", name)
        for kind in self.internal_errors:
            if type(kind) is not str or not CLASS_NAME.fullmatch(kind):
                raise DeclarationError(
                    f'{where}: internal error {kind!r}; write its full name, "photon.errors.Bug"'
                )
        for attribute in self.attributes:
            if type(attribute) not in (Flag, Count, Choice, Features, Version):
                raise DeclarationError(
                    f"{where}: {attribute!r} is not an attribute; "
                    "use Flag, Count, Choice, Features or Version"
                )
        names = [attribute.name for attribute in self.attributes]
        if twice := {name for name in names if names.count(name) > 1}:
            raise DeclarationError(f"{where}: declared twice: {', '.join(sorted(twice))}")


def _check_name(name: object) -> None:
    if type(name) is not str or len(name) > MAX_NAME or not NAME.fullmatch(name):
        raise DeclarationError(
            f"attribute name {name!r}: use lower-case words joined by dots, such as "
            f"'schema.models', {MAX_NAME} characters at most"
        )


def _check_options(name: str, options: object) -> None:
    if type(options) is not tuple or not 0 < len(options) <= MAX_OPTIONS:
        raise DeclarationError(f"{name}: give 1 to {MAX_OPTIONS} options as a tuple")
    for option in options:
        if type(option) is not str or len(option) > MAX_NAME or not OPTION.fullmatch(option):
            raise DeclarationError(
                f"{name}: option {option!r}: use letters, digits, spaces and ._+-, "
                f"{MAX_NAME} characters at most"
            )


def _check_line(what: str, text: object) -> None:
    if type(text) is not str or not text.isprintable() or not 0 < len(text) <= MAX_TEXT:
        raise DeclarationError(f"{what}: give one printable line of 1 to {MAX_TEXT} characters")
