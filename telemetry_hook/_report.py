"""`Report`, which never leaves the process, and `RedactedReport`, which is all that may."""

from __future__ import annotations

import dataclasses
import json
import uuid
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from telemetry_hook._errors import NotPublicError
from telemetry_hook._public import PublicText

if TYPE_CHECKING:
    from collections.abc import Mapping

    from telemetry_hook._attribution import Registration
    from telemetry_hook._crash import Crash
    from telemetry_hook.declare import Tool, Value

FORMAT = 1
MAX_BYTES = 256 * 1024

JSON = None | bool | int | str | list["JSON"] | dict[str, "JSON"]


@dataclass(frozen=True, slots=True)
class Report:
    """A crash with all that is known of it, live objects included."""

    id: str
    time: datetime
    crash: Crash
    registration: Registration
    tool: Tool
    attributes: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Release:
    """A distribution's name and version."""

    name: PublicText
    version: PublicText


@dataclass(frozen=True, slots=True)
class SourceLines:
    """A line of published source and its neighbours."""

    before: tuple[PublicText, ...]
    line: PublicText
    after: tuple[PublicText, ...]


@dataclass(frozen=True, slots=True)
class Variable:
    """A local variable's name and the shape of its value, such as ``models`` and ``list(10+)``."""

    name: PublicText
    shape: PublicText


@dataclass(frozen=True, slots=True)
class RedactedFrame:
    """A frame of public code; or, where `function` alone is set, frames that are not told of.

    `file` is the path in the distribution, with `/`. `variables` are those of the tool's own
    functions.
    """

    function: PublicText
    module: PublicText | None = None
    file: PublicText | None = None
    line: int | None = None
    release: Release | None = None
    in_app: bool = False
    source: SourceLines | None = None
    variables: tuple[Variable, ...] = ()


@dataclass(frozen=True, slots=True)
class Detail:
    """A structured value of an exception, from a closed set, such as ``errno`` and ``ENOENT``."""

    name: PublicText
    value: PublicText | int


@dataclass(frozen=True, slots=True)
class RedactedException:
    """One exception: class, template of its message, frames from the outermost to the innermost.

    `parent` is the index of the exception that it belongs to as `relation`: cause, context, member.
    """

    type: PublicText
    module: PublicText | None
    message: PublicText
    details: tuple[Detail, ...]
    frames: tuple[RedactedFrame, ...]
    parent: int | None
    relation: PublicText | None


@dataclass(frozen=True, slots=True)
class System:
    """The operating system."""

    name: PublicText
    release: PublicText | None
    machine: PublicText
    libc: PublicText | None


@dataclass(frozen=True, slots=True)
class Python:
    """The interpreter."""

    implementation: PublicText
    version: PublicText


@dataclass(frozen=True, slots=True)
class Circumstances:
    """How the tool was installed and what it ran in.

    `installed` is ``pip``, ``pipx``, ``uv``, ``conda``, ``frozen``, ``editable`` or ``other``;
    `encoding` the locale's. `terminal`: stdin and stderr are one.
    """

    installed: PublicText
    encoding: PublicText
    terminal: bool
    ci: bool
    container: bool


@dataclass(frozen=True, slots=True)
class Command:
    """The commands of a command line, outermost first, and the names of the options given."""

    path: tuple[PublicText, ...]
    options: tuple[PublicText, ...]


@dataclass(frozen=True, slots=True)
class RedactedAttribute:
    """A declared attribute's value."""

    name: PublicText
    value: bool | int | PublicText | tuple[PublicText, ...]


@dataclass(frozen=True, slots=True)
class RedactedReport:
    """What the user consents to. Every text in it is a `PublicText`.

    `packages` are the installed distributions of the tool's family, and those that own frames.
    """

    format: int
    id: PublicText
    time: PublicText
    tool: Release
    packages: tuple[Release, ...]
    phase: PublicText
    mechanism: PublicText
    python: Python
    system: System
    circumstances: Circumstances
    command: Command | None
    attributes: tuple[RedactedAttribute, ...]
    exceptions: tuple[RedactedException, ...]
    fingerprint: PublicText

    def as_json(self) -> dict[str, JSON]:
        """Return the report as JSON values.

        Raises:
            NotPublicError: it holds something that is not known to be public.
        """
        return {
            field.name: _as_json(getattr(self, field.name), field.name)
            for field in dataclasses.fields(self)
        }


def build(
    crash: Crash, registration: Registration, tool: Tool, attributes: Mapping[str, Value]
) -> Report:
    """Put together what is known of a crash, under a new id."""
    now = datetime.now(timezone.utc).replace(second=0, microsecond=0)
    return Report(uuid.uuid4().hex, now, crash, registration, tool, attributes)


def dump(values: JSON) -> bytes:
    """Encode JSON for people to read: it is shown to them before it is sent."""
    # A source may have half a character in a text; JSON has an escape for that.
    return json.dumps(values, indent=2, ensure_ascii=False).encode("utf-8", "backslashreplace")


_COUNTED = frozenset({"format", "line", "parent", "value"})


def _as_json(value: object, name: str) -> JSON:
    if value is None or type(value) is bool or type(value) is PublicText:
        return value if type(value) is not PublicText else str(value)
    if type(value) is int and name in _COUNTED:
        return value
    if type(value) is tuple and value and all(type(each) is Variable for each in value):
        return {_as_json(each.name, name): _as_json(each.shape, name) for each in value}  # type: ignore[misc]
    if type(value) is tuple:
        return [_as_json(each, name) for each in value]
    if dataclasses.is_dataclass(value) and type(value).__module__ == __name__:
        return {
            field.name: found
            for field in dataclasses.fields(value)
            if (found := _as_json(getattr(value, field.name), field.name)) not in (None, [])
        }
    raise NotPublicError(f"a report cannot hold a {type(value).__name__} as {name}")
