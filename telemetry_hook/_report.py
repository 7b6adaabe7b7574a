"""The types of a redacted report, which is all that may leave the process, and its JSON form."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NoReturn

from telemetry_hook._errors import NotPublicError

if TYPE_CHECKING:
    from typing_extensions import Self

FORMAT = 1
MAX_REPORT_BYTES = 256 * 1024


class PublicText(str):
    """A text with a public origin, without lone surrogates. A report contains no other texts.

    Only `_redact/origins` makes public texts. The constructor always raises.
    """

    __slots__ = ("origin",)
    origin: object

    def __new__(cls, *_: object) -> Self:
        """Refuse to make a public text.

        Raises:
            NotPublicError: always.
        """
        raise NotPublicError("public text is made by _redact/origins alone")

    def __setattr__(self, name: str, _: object) -> NoReturn:
        """Refuse to set an attribute: a text keeps the origin that it was made with."""
        raise AttributeError(f"{name} of a public text cannot be set")


def encodable(text: str) -> str:
    r"""Replace lone surrogates, which no encoding allows, by their escapes, such as `\udcff`."""
    return text.encode("utf-8", "backslashreplace").decode()


def _described(meaning: str) -> dict[str, str]:
    """Return a field's metadata: its meaning, which `telemetry-hook dictionary` prints."""
    return {"meaning": meaning}


JSON = None | bool | int | str | list["JSON"] | dict[str, "JSON"]


@dataclass(frozen=True, slots=True)
class Release:
    """A distribution's name and version."""

    name: PublicText = field(metadata=_described("Name of a distribution"))
    version: PublicText = field(metadata=_described("Its version, without a local part"))


@dataclass(frozen=True, slots=True)
class SourceLines:
    """A line of published source and its neighbours."""

    before: tuple[PublicText, ...] = field(metadata=_described("Up to three lines before it"))
    line: PublicText = field(
        metadata=_described("The line of the tool's own published source that was being run")
    )
    after: tuple[PublicText, ...] = field(metadata=_described("Up to three lines after it"))


@dataclass(frozen=True, slots=True)
class Variable:
    """A local variable's name and the shape of its value, such as ``models`` and ``list(10+)``."""

    name: PublicText
    shape: PublicText


@dataclass(frozen=True, slots=True)
class RedactedFrame:
    """A frame of public code, or a placeholder for frames that are left out.

    In a placeholder, only `function` is set. `file` is the path within the distribution, with `/`.
    `variables` is set only for the tool's own functions.
    """

    function: PublicText = field(
        metadata=_described("Function of published code; of other code only `<user code>`")
    )
    module: PublicText | None = field(default=None, metadata=_described("Its module"))
    file: PublicText | None = field(
        default=None, metadata=_described("Its file, as a path within the distribution")
    )
    line: int | None = field(
        default=None, metadata=_described("Number of the line that was being run")
    )
    release: Release | None = field(
        default=None, metadata=_described("Distribution that the file belongs to")
    )
    in_app: bool = field(
        default=False,
        metadata=_described("Whether that distribution is the tool's own, or one of its family"),
    )
    source: SourceLines | None = field(
        default=None, metadata=_described("The tool's own source there")
    )
    variables: tuple[Variable, ...] = field(
        default=(),
        metadata=_described(
            "For the tool's own functions: kinds of the variables' values, such as list(10+)"
        ),
    )


@dataclass(frozen=True, slots=True)
class Detail:
    """A structured value of an exception, from a closed set, such as ``errno`` and ``ENOENT``."""

    name: PublicText = field(metadata=_described("Which structured value, such as errno"))
    value: PublicText | int = field(
        metadata=_described("Its value, from a closed set, such as ENOENT")
    )


@dataclass(frozen=True, slots=True)
class RedactedException:
    """One exception: class, template of its message, frames from the outermost to the innermost.

    `relation` (cause, context or member) is its relation to the exception at index `parent`.
    """

    type: PublicText = field(
        metadata=_described("Class of the exception; `<user class>` if it is not published")
    )
    module: PublicText | None = field(metadata=_described("Module of the class"))
    message: PublicText = field(
        metadata=_described("The message as it is in published source, with `<…>` for each value")
    )
    details: tuple[Detail, ...] = field(metadata=_described("Structured values from closed sets"))
    frames: tuple[RedactedFrame, ...] = field(
        metadata=_described("Where it happened, from the outermost call to the innermost")
    )
    parent: int | None = field(
        metadata=_described("The number of the other exception that it belongs to")
    )
    relation: PublicText | None = field(
        metadata=_described("What it is to that exception: cause, context, or member of a group")
    )


@dataclass(frozen=True, slots=True)
class System:
    """The operating system."""

    name: PublicText = field(metadata=_described("Operating system"))
    release: PublicText | None = field(metadata=_described("Numbers of its release"))
    machine: PublicText = field(metadata=_described("Kind of processor"))
    libc: PublicText | None = field(metadata=_described("C library"))


@dataclass(frozen=True, slots=True)
class Python:
    """The interpreter."""

    implementation: PublicText = field(metadata=_described("Implementation of Python"))
    version: PublicText = field(metadata=_described("Its version"))


@dataclass(frozen=True, slots=True)
class Circumstances:
    """How the tool was installed and what it ran in.

    `installed` is ``pip``, ``pipx``, ``uv``, ``conda``, ``frozen``, ``editable`` or ``other``.
    `encoding` is the locale's encoding. `terminal` is True if stdin and stderr are terminals.
    """

    installed: PublicText = field(
        metadata=_described(
            "How the tool was installed: pip, pipx, uv, conda, frozen, editable or other"
        )
    )
    encoding: PublicText = field(metadata=_described("Encoding of the locale"))
    terminal: bool = field(metadata=_described("Whether there was a terminal"))
    ci: bool = field(metadata=_described("Whether it was a CI job"))
    container: bool = field(metadata=_described("Whether it was a container"))


@dataclass(frozen=True, slots=True)
class Command:
    """The commands of a command line, outermost first, and the names of the options given."""

    path: tuple[PublicText, ...] = field(metadata=_described("The commands, such as up"))
    options: tuple[PublicText, ...] = field(
        metadata=_described("Names of the options that were given, such as --create-db")
    )


@dataclass(frozen=True, slots=True)
class RedactedAttribute:
    """A declared attribute's value."""

    name: PublicText = field(metadata=_described("Name of a fact that the tool declares"))
    value: bool | int | PublicText | tuple[PublicText, ...] = field(
        metadata=_described("Its value")
    )


@dataclass(frozen=True, slots=True)
class RedactedReport:
    """The report that the user consents to. Every text in it is a `PublicText`.

    `packages` contains the installed distributions of the tool's family, and the distributions
    whose files are in frames.
    """

    format: int = field(metadata=_described("Number of this format"))
    id: PublicText = field(metadata=_described("An id made at random for this one report"))
    time: PublicText = field(metadata=_described("When it happened, to the minute, in UTC"))
    tool: Release = field(metadata=_described("The tool"))
    packages: tuple[Release, ...] = field(
        metadata=_described("Distributions of the tool's family, and those whose code was running")
    )
    phase: PublicText = field(metadata=_described("Whether the tool is a preview or stable"))
    mechanism: PublicText = field(metadata=_described("How the crash was noticed"))
    python: Python = field(metadata=_described("The interpreter"))
    system: System = field(metadata=_described("The machine's operating system"))
    circumstances: Circumstances = field(
        metadata=_described("How the tool was installed and what it ran in")
    )
    command: Command | None = field(
        metadata=_described("The tool's command that was run, without any value")
    )
    attributes: tuple[RedactedAttribute, ...] = field(
        metadata=_described("What the tool itself declares")
    )
    exceptions: tuple[RedactedException, ...] = field(
        metadata=_described("The exceptions, the one that ended the program first")
    )
    fingerprint: PublicText = field(
        metadata=_described(
            "A hash of the fields above that identify the bug: the same on every machine"
        )
    )

    def as_json(self) -> dict[str, JSON]:
        """Return the report as JSON values.

        Raises:
            NotPublicError: the report contains something that is not known to be public.
        """
        return {
            field.name: _as_json(getattr(self, field.name), field.name)
            for field in dataclasses.fields(self)
        }


def dump(values: JSON) -> bytes:
    """Encode JSON with indentation, because people read it before it is sent."""
    text = json.dumps(values, indent=2, ensure_ascii=False)
    if not text.replace("\n", "").isprintable():
        # Source may contain control characters. JSON has escapes for those.
        text = "".join(
            character
            if character == "\n" or character.isprintable()
            else json.dumps(character)[1:-1]
            for character in text
        )
    return text.encode()


_INTEGER_FIELDS = frozenset({"format", "line", "parent", "value"})


def _as_json(value: object, name: str) -> JSON:
    """Return a field's value as JSON. Nested fields that are None or empty are left out."""
    if value is None or type(value) is bool or type(value) is PublicText:
        return value if type(value) is not PublicText else str(value)
    if type(value) is int and name in _INTEGER_FIELDS:
        return value
    if type(value) is tuple and value and all(type(item) is Variable for item in value):
        return {_as_json(item.name, name): _as_json(item.shape, name) for item in value}  # type: ignore[misc]
    if type(value) is tuple:
        return [_as_json(item, name) for item in value]
    if dataclasses.is_dataclass(value) and type(value).__module__ == __name__:
        return {
            field.name: given
            for field in dataclasses.fields(value)
            if (given := _as_json(getattr(value, field.name), field.name)) not in (None, [])
        }
    raise NotPublicError(f"a report cannot hold a {type(value).__name__} as {name}")
