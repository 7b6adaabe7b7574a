"""Structured values of an exception, each from a closed set: error codes, statuses, encodings.

File names, commands, documents, locations and keys are never included.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from telemetry_hook._crash import capture, guarded, responses, shapes
from telemetry_hook._redact import (
    closed_tables,
    file_kinds,
    origins,
    stops,
    system_errors,
    validation,
)
from telemetry_hook._redact.message import pydantic
from telemetry_hook._report import Detail

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from telemetry_hook._redact.published.class_names import ClassNames
    from telemetry_hook._redact.published.public_files import PublicFiles
    from telemetry_hook._report import PublicText

# What a child process returns: success, failure, wrong usage, the shell's own codes, 255 and signals.
RETURN_CODES = frozenset({0, 1, 2, 126, 127, 255, *range(129, 160), *range(-31, 0)})
MIN_REPEATED = 10
# Classes whose instances have the whole text, `doc`, and the position in it, `pos`.
WITH_DOCUMENTS = (("json", "JSONDecodeError"), ("tomllib", "TOMLDecodeError"))
STATUS_NAMES = ("code", "status", "status_code")
_WORDS = origins.words(
    *("address_error", "encoding", "errno", "file_kind", "http_body", "http_media_type"),
    *("http_status", "members", "pydantic_fields", "pydantic_model", "pydantic_types"),
    *(
        "repeated",
        "return_code",
        "sqlite_error",
        "sqlstate",
        "ssl_reason",
        ", ",
        "other",
        "stopped_at",
        responses.EMPTY,
    ),
)
_FILE_KINDS = origins.words(*file_kinds.MISSING, *file_kinds.THERE)
_MEDIA_TYPES = origins.words(*responses.MEDIA_TYPES)
_ERRORS = origins.words(*closed_tables.ERRORS.split())
_ADDRESS_ERRORS = origins.words(*closed_tables.ADDRESS_ERRORS.split())
_SSL_REASONS = origins.words(*closed_tables.SSL_REASONS.split())
_SQLITE_ERRORS = origins.words(*closed_tables.SQLITE_ERRORS.split())
_CODECS = {
    name.replace("-", "_"): text
    for name, text in origins.words(*closed_tables.CODECS.replace("_", "-").split()).items()
}


class Details:
    """Reads structured values of exceptions without running the user's code."""

    def __init__(self, files: PublicFiles, classes: ClassNames) -> None:
        self._files = files
        self._classes = classes

    def of(
        self, exception: BaseException, repeats: int = 0, *, is_by_c: bool = False
    ) -> tuple[Detail, ...]:
        """Return an exception's known values: ``errno: ENOENT``, ``http_status: 404``.

        `repeats` is the number of exceptions that were left out because they look the same. Fewer
        than ten are not reported. `is_by_c`: C code raised the exception.
        """
        kind = type(exception)
        held = guarded.attributes(exception) or {}
        values = [
            *self._of_system(exception, kind, held),
            *self._of_texts(exception, kind),
            *self._of_programs(kind, held),
            *self._of_http(exception, kind, held),
            *self._of_databases(kind, held),
            *self._of_parsers(exception, kind, held),
            *_of_pydantic(exception, self._classes),
        ]
        # Other code may make an `OSError` with any text as its path.
        if is_by_c and (file_kind := file_kinds.file_kind(exception)) is not None:
            values.append(("file_kind", _FILE_KINDS[file_kind]))
        if members := capture.members(exception):
            values.append(("members", origins.size(shapes.order(len(members)))))
        if repeats + 1 >= MIN_REPEATED:
            values.append(("repeated", origins.size(shapes.order(repeats + 1))))
        return tuple(Detail(_WORDS[name], value) for name, value in values)

    def _of_system(
        self, exception: BaseException, kind: type, held: dict[str, object]
    ) -> Iterator[tuple[str, PublicText | int]]:
        if not issubclass(kind, OSError):
            return
        number = guarded.field(exception, OSError, "errno")
        if type(number) is not int:
            return
        if _is_from(kind, "socket", "gaierror"):
            if number in system_errors.ADDRESS_ERRORS:
                yield "address_error", _ADDRESS_ERRORS[system_errors.ADDRESS_ERRORS[number]]
        elif _is_from(kind, "ssl", "SSLError"):
            reason = held.get("reason")
            if type(reason) is str and reason in _SSL_REASONS:
                yield "ssl_reason", _SSL_REASONS[reason]
        elif number in system_errors.ERRORS:
            yield "errno", _ERRORS[system_errors.ERRORS[number]]

    def _of_texts(self, exception: BaseException, kind: type) -> Iterator[tuple[str, PublicText]]:
        for base in (UnicodeDecodeError, UnicodeEncodeError):
            if issubclass(kind, base):
                name = guarded.field(exception, base, "encoding")
                codec = name.lower().replace("-", "_") if type(name) is str else ""
                if codec in _CODECS:
                    yield "encoding", _CODECS[codec]

    def _of_programs(
        self, kind: type, held: dict[str, object]
    ) -> Iterator[tuple[str, PublicText | int]]:
        if _is_from(kind, "subprocess", "CalledProcessError"):
            code = held.get("returncode")
            if type(code) is int:
                yield "return_code", code if code in RETURN_CODES else _WORDS["other"]

    def _of_http(
        self, exception: BaseException, kind: type, held: dict[str, object]
    ) -> Iterator[tuple[str, PublicText | int]]:
        """Yield the facts of the response that an exception has, or is."""
        status, response = None, self._response(exception) or self._response(held.get("response"))
        if any("HTTP" in guarded.qualname(base) for base in self._public_bases(kind)):
            status = next(self._statuses(kind, held), None)
        if response is not None and status is None:
            status = response.status
        if status is not None and status in responses.STATUS:
            yield "http_status", status
        if response is not None and response.media_type is not None:
            yield "http_media_type", _MEDIA_TYPES[response.media_type]
        if response is not None and response.is_empty:
            yield "http_body", _WORDS[responses.EMPTY]

    def _response(self, value: object) -> responses.Response | None:
        found = responses.response(value)
        return found if found is not None and self._is_public(type(value)) else None

    def _statuses(self, kind: type, held: dict[str, object]) -> Iterator[int]:
        """Yield the statuses that public code has set: of the instance, its response, its class."""
        holders: list[Mapping[str, object]] = [self._attributes_of(held.get("response"))]
        if self._is_public(kind):
            holders.insert(0, held)
        for base in guarded.mro(kind):
            if self._is_public(base):
                holders.append(guarded.names(base))
            elif any(name in guarded.names(base) for name in STATUS_NAMES):
                break  # the status of a user's class is not the one of its base class
        for holder in holders:
            for name in STATUS_NAMES:
                if type(status := holder.get(name)) is int:
                    yield status

    def _of_databases(
        self, kind: type, held: dict[str, object]
    ) -> Iterator[tuple[str, PublicText]]:
        if _is_from(kind, "sqlite3", "Error"):
            name = held.get("sqlite_errorname")
            if type(name) is str and name in _SQLITE_ERRORS:
                yield "sqlite_error", _SQLITE_ERRORS[name]
        for base in guarded.mro(kind):
            state, statement = guarded.names(base).get("sqlstate"), self._classes.statement(base)
            if type(state) is str and statement is not None and self._is_public(base):
                public = origins.sqlstate(statement[0], state)
                if public is not None:
                    yield "sqlstate", public
                    return

    def _of_parsers(
        self, exception: BaseException, kind: type, held: dict[str, object]
    ) -> Iterator[tuple[str, PublicText]]:
        found = None
        if any(_is_from(kind, module, name) for module, name in WITH_DOCUMENTS):
            found = stops.of_position(held.get("pos"), held.get("doc"))
        elif _is_from(kind, "xml.parsers.expat", "ExpatError"):
            found = stops.of_line(held.get("lineno"), held.get("offset"))
        elif _is_from(kind, "xml.etree.ElementTree", "ParseError"):
            position = held.get("position")
            line, column, *_ = (*position, None, None) if type(position) is tuple else (None, None)
            found = stops.of_line(line, column)
        elif _is_from(kind, "configparser", "MissingSectionHeaderError"):
            found = stops.of_line(held.get("lineno"), 0)
        elif _is_from(kind, "yaml", "MarkedYAMLError"):
            mark = self._attributes_of(held.get("problem_mark"))
            found = stops.of_line(_shifted(mark.get("line"), 1), mark.get("column"))
        elif issubclass(kind, SyntaxError):
            line, column = (
                guarded.field(exception, SyntaxError, each) for each in ("lineno", "offset")
            )
            found = stops.of_line(line, _shifted(column, -1))
        for base in (UnicodeDecodeError, UnicodeEncodeError):
            if issubclass(kind, base):
                names = ("start", "object", "end")
                found = stops.of_position(*(guarded.field(exception, base, each) for each in names))
        if found is not None:
            yield "stopped_at", found

    def _public_bases(self, kind: type) -> list[type]:
        return [base for base in guarded.mro(kind) if self._is_public(base)]

    def _is_public(self, kind: type) -> bool:
        """Return whether this very class is in a public file, as a class that only has its name is not."""
        return self._classes.statement(kind) is not None and self._classes.name(kind) is not None

    def _attributes_of(self, value: object) -> dict[str, object]:
        if value is None or not self._is_public(type(value)):
            return {}
        return guarded.attributes(value) or {}


def _of_pydantic(exception: BaseException, classes: ClassNames) -> Iterator[tuple[str, PublicText]]:
    types = [origins.pydantic_type(text) for text in pydantic.types(exception)]
    if types:
        pieces = [piece for text in types for piece in (_WORDS[", "], text)]
        yield "pydantic_types", origins.compose(pieces[1:])
    model = validation.model(exception, classes)
    name = None if model is None else validation.model_name(model, classes)
    if model is not None and name is not None:
        yield "pydantic_model", name
        if (fields := validation.fields(exception, model, classes)) is not None:
            yield "pydantic_fields", fields


def _shifted(number: object, by: int) -> object:
    """Return an exact `int` with something added. Some parsers count from 0, others from 1."""
    return number + by if type(number) is int else None


def _is_from(kind: type, module: str, name: str) -> bool:
    """Return whether a class is the class `name` in a loaded module, or derives from that class."""
    wanted = guarded.module_names(module).get(name)
    return wanted is not None and any(base is wanted for base in guarded.mro(kind))
