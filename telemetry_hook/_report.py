"""The types of a redacted report, which is all that may leave the process, and its JSON form.

The text in the type of a field is its meaning, which `telemetry-hook dictionary` prints.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, NamedTuple, NoReturn

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


JSON = None | bool | int | str | list["JSON"] | dict[str, "JSON"]


class Release(NamedTuple):
    """A distribution's name and version."""

    name: Annotated[PublicText, "Name of a distribution"]
    version: Annotated[PublicText, "Its version, without a local part"]


class SourceLines(NamedTuple):
    """A line of published source and, in the tool's own functions, the statement that it belongs to.

    `first` and `last` are set if the statement has several lines. `…` is in place of lines that are
    left out of a long statement; then only the statement is in the lines, from its first to its last.
    `expression` has its white space collapsed. Python 3.10 does not know it.
    """

    before: Annotated[
        tuple[PublicText, ...], "Lines before it: three, or all of its statement; only in own files"
    ]
    line: Annotated[PublicText, "The line of published source that was being run"]
    after: Annotated[
        tuple[PublicText, ...], "Lines after it: three, or all of its statement; only in own files"
    ]
    first: Annotated[int | None, "Number of the statement's first line, if it has several"] = None
    last: Annotated[int | None, "Number of the statement's last line, if it has several"] = None
    expression: Annotated[
        PublicText | None, "The part of the statement that failed, such as box.lid"
    ] = None


class Variable(NamedTuple):
    """An expression of the source and the shape of its value, such as ``models`` and ``list(10+)``.

    It is a variable, or an attribute or item of one: ``self.boxes["lid"]``.
    """

    name: PublicText
    shape: PublicText


class RedactedFrame(NamedTuple):
    """A frame of public code, or a placeholder for frames that are left out.

    In a placeholder, only `function` is set. `file` is the path within the distribution, with `/`.
    `variables` and `passed` are set only for the tool's own functions, and `source` also for the
    functions that these called last.
    """

    function: Annotated[PublicText, "Function of published code; of other code only `<user code>`"]
    module: Annotated[PublicText | None, "Its module"] = None
    file: Annotated[PublicText | None, "Its file, as a path within the distribution"] = None
    line: Annotated[int | None, "Number of the line that was being run"] = None
    release: Annotated[Release | None, "Distribution that the file belongs to"] = None
    in_app: Annotated[bool, "Whether that distribution is the tool's own, or one of its family"] = (
        False
    )
    known_by: Annotated[
        PublicText | None,
        "How the frame was found, where not by its running code: text (of a worker's"
        " traceback), or name (of a compiled function)",
    ] = None
    source: Annotated[
        SourceLines | None, "Published source there: the tool's own, and of what it called last"
    ] = None
    variables: Annotated[
        tuple[Variable, ...],
        "For the tool's own functions: kinds of the values that the failing statement had read, and of"
        " other variables, such as list(10+) or None; missing: there was no such value; of an HTTP"
        " response its status, its media type if it is a common one, and empty for no body",
    ] = ()
    operands: Annotated[
        tuple[PublicText, ...],
        "Which of these the operation that failed, or that called the next frame, worked on or was to"
        " read",
    ] = ()
    passed: Annotated[
        tuple[PublicText, ...],
        "For the tool's own functions: the except clauses around it that the exception got past",
    ] = ()


class Detail(NamedTuple):
    """A structured value of an exception, such as ``errno`` and ``ENOENT``.

    It is from a closed set. Only `pydantic_model` and `pydantic_fields` are names in published source.
    """

    name: Annotated[
        PublicText,
        "Which structured value, such as errno, file_kind, http_status or pydantic_fields",
    ]
    value: Annotated[
        PublicText | int,
        "Its value, from a closed set, such as ENOENT; of pydantic a model's and fields' published names",
    ]


class RedactedException(NamedTuple):
    """One exception: class, template of its message, frames from the outermost to the innermost.

    `relation` (cause, context, member or other) is its relation to the exception at index `parent`.
    """

    type: Annotated[PublicText, "Class of the exception; `<user class>` if it is not published"]
    module: Annotated[PublicText | None, "Module of the class"]
    message: Annotated[
        PublicText,
        "The fixed text of the message, with `<…>` or the kind of a value, such as `<int>`, for the rest",
    ]
    details: Annotated[
        tuple[Detail, ...],
        "Structured values from closed sets: the error's number, the kind of file, facts of an HTTP"
        " response, where a parser stopped",
    ]
    frames: Annotated[
        tuple[RedactedFrame, ...], "Where it happened, from the outermost call to the innermost"
    ]
    parent: Annotated[int | None, "The number of the other exception that it belongs to"]
    relation: Annotated[
        PublicText | None,
        "What it is to that exception: cause, context, member of a group, or other: another crash of "
        "the process, such as a thread's",
    ]


class System(NamedTuple):
    """The operating system."""

    name: Annotated[PublicText, "Operating system"]
    release: Annotated[PublicText | None, "Numbers of its release"]
    machine: Annotated[PublicText, "Kind of processor"]
    libc: Annotated[PublicText | None, "C library"]


class Python(NamedTuple):
    """The interpreter."""

    implementation: Annotated[PublicText, "Implementation of Python"]
    version: Annotated[PublicText, "Its version"]


class Circumstances(NamedTuple):
    """How the tool was installed and what it ran in.

    `installed` is ``pip``, ``pipx``, ``uv``, ``conda``, ``frozen``, ``editable`` or ``other``.
    `encoding` is the locale's encoding. `terminal` is True if stdin and stderr are terminals.
    `own_excepthook` is True if `sys.excepthook` is a function of the tool.
    """

    installed: Annotated[
        PublicText,
        "How the tool was installed: by pip, pipx, pex, uv, conda or poetry; archive, frozen, editable or other",
    ]
    encoding: Annotated[PublicText, "Encoding of the locale"]
    terminal: Annotated[bool, "Whether there was a terminal"]
    ci: Annotated[bool, "Whether it was a CI job"]
    container: Annotated[bool, "Whether it was a container"]
    own_excepthook: Annotated[
        bool, "Whether the tool shows uncaught exceptions in a way of its own, not as a traceback"
    ] = False


class Command(NamedTuple):
    """What was run: the script, the commands, outermost first, and the names of the options given.

    What is not known is None. If there were no commands or no options, the tuple is empty.
    """

    script: Annotated[PublicText | None, "The script that was run: lift, or python -m lift"]
    path: Annotated[tuple[PublicText, ...] | None, "The commands, such as up; null if not known"]
    options: Annotated[
        tuple[PublicText, ...] | None,
        "Names of the options that were given, such as --create-db; null if not known",
    ]


class RedactedAttribute(NamedTuple):
    """A declared attribute's value."""

    name: Annotated[PublicText, "Name of a fact that the tool declares"]
    value: Annotated[bool | int | PublicText | tuple[PublicText, ...], "Its value"]


class RedactedReport(NamedTuple):
    """The report that the user consents to. Every text in it is a `PublicText`.

    `packages` contains the installed distributions of the tool's family, those whose files are in
    frames, and those that the tool requires, directly or indirectly.
    """

    format: Annotated[int, "Number of this format"]
    id: Annotated[PublicText, "An id made at random for this one report"]
    time: Annotated[PublicText, "When it happened, to the minute, in UTC"]
    tool: Annotated[Release, "The tool"]
    packages: Annotated[
        tuple[Release, ...],
        "Distributions of the tool's family, those whose code was running, and those that the tool requires",
    ]
    phase: Annotated[PublicText, "Whether the tool is a preview or stable"]
    mechanism: Annotated[PublicText, "How the crash was noticed"]
    python: Annotated[Python, "The interpreter"]
    system: Annotated[System, "The machine's operating system"]
    circumstances: Annotated[Circumstances, "How the tool was installed and what it ran in"]
    command: Annotated[
        Command | None,
        "The tool's command that was run, and the options' names, without their values",
    ]
    attributes: Annotated[tuple[RedactedAttribute, ...], "What the tool itself declares"]
    exceptions: Annotated[
        tuple[RedactedException, ...],
        "The exceptions, the one that ended the program first; other crashes of the process last",
    ]
    fingerprint: Annotated[
        PublicText, "A hash of the fields above that identify the bug: the same on every machine"
    ]

    def as_json(self) -> dict[str, JSON]:
        """Return the report as JSON values.

        Raises:
            NotPublicError: the report contains something that is not known to be public.
        """
        return {field: _as_json(value, field) for field, value in self._asdict().items()}


def of_crash(exceptions: tuple[RedactedException, ...]) -> tuple[RedactedException, ...]:
    """Return the exceptions of the crash itself. Those of other crashes of the process follow them."""
    relations = [exception.relation for exception in exceptions]
    return exceptions[: relations.index("other")] if "other" in relations else exceptions  # type: ignore[arg-type]


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


_INTEGER_FIELDS = frozenset({"format", "first", "last", "line", "parent", "value"})


def _as_json(value: object, name: str) -> JSON:
    """Return a field's value as JSON. Nested fields that are None or empty are left out.

    In a command, both are there: None is what is not known, and an empty list is nothing.
    """
    if value is None or type(value) is bool or type(value) is PublicText:
        return value if type(value) is not PublicText else str(value)
    if type(value) is int and name in _INTEGER_FIELDS:
        return value
    if type(value) is tuple and value and all(type(item) is Variable for item in value):
        return {_as_json(item.name, name): _as_json(item.shape, name) for item in value}  # type: ignore[misc]
    if type(value) is tuple:
        return [_as_json(item, name) for item in value]
    if type(value).__module__ == __name__ and hasattr(value, "_asdict"):
        return {
            field: given
            for field, inner in value._asdict().items()
            if (given := _as_json(inner, field)) not in (None, []) or type(value) is Command
        }
    raise NotPublicError(f"a report cannot hold a {type(value).__name__} as {name}")
