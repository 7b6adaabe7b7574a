"""Structured values of an exception, each from a closed set: error codes, statuses, encodings.

File names, commands, documents, locations and keys are never included.
"""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

from telemetry_hook._crash import capture, guarded, shapes
from telemetry_hook._redact import closed_tables, origins
from telemetry_hook._redact.message import pydantic
from telemetry_hook._report import Detail

if TYPE_CHECKING:
    from collections.abc import Iterator

    from telemetry_hook._redact.published.class_names import ClassNames
    from telemetry_hook._redact.published.public_files import PublicFiles
    from telemetry_hook._report import PublicText

HTTP_STATUS = range(100, 600)
RETURN_CODES = range(-64, 256)

_WORDS = origins.words(
    *("address_error", "encoding", "errno", "http_status", "members", "pydantic_types"),
    *("return_code", "sqlite_error", "sqlstate", "ssl_reason", ", "),
)
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

    def of(self, exception: BaseException) -> tuple[Detail, ...]:
        """Return an exception's known values: ``errno: ENOENT``, ``http_status: 404``."""
        kind = type(exception)
        held = guarded.attributes(exception) or {}
        values = [
            *self._of_system(exception, kind, held),
            *self._of_texts(exception, kind),
            *self._of_programs(kind, held),
            *self._of_databases(kind, held),
            *_of_pydantic(exception),
        ]
        if members := capture.members(exception):
            values.append(("members", origins.size(shapes.order(members))))
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
            socket = guarded.module_names("socket")
            names = [name for name in _ADDRESS_ERRORS if socket.get(name) == number]
            if names:
                yield "address_error", _ADDRESS_ERRORS[names[0]]
        elif _is_from(kind, "ssl", "SSLError"):
            reason = held.get("reason")
            if type(reason) is str and reason in _SSL_REASONS:
                yield "ssl_reason", _SSL_REASONS[reason]
        elif (name := _ERRORS.get(errno.errorcode.get(number, ""))) is not None:
            yield "errno", name

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
            if type(code) is int and code in RETURN_CODES:
                yield "return_code", code
        public = self._public_bases(kind)
        if any("HTTP" in guarded.qualname(base) for base in public):
            response = held.get("response")
            inside = self._attributes_of(response)
            statuses = [
                holder[name]
                for holder in (held, inside, *map(guarded.names, public))
                for name in ("code", "status", "status_code")
                if type(holder.get(name)) is int
            ]
            if statuses and statuses[0] in HTTP_STATUS:
                yield "http_status", int(statuses[0])

    def _of_databases(
        self, kind: type, held: dict[str, object]
    ) -> Iterator[tuple[str, PublicText]]:
        if _is_from(kind, "sqlite3", "Error"):
            name = held.get("sqlite_errorname")
            if type(name) is str and name in _SQLITE_ERRORS:
                yield "sqlite_error", _SQLITE_ERRORS[name]
        for base in guarded.mro(kind):
            state, statement = guarded.names(base).get("sqlstate"), self._classes.statement(base)
            if type(state) is str and statement is not None:
                public = origins.sqlstate(statement[0], state)
                if public is not None:
                    yield "sqlstate", public
                    return

    def _public_bases(self, kind: type) -> list[type]:
        return [base for base in guarded.mro(kind) if self._classes.statement(base) is not None]

    def _attributes_of(self, value: object) -> dict[str, object]:
        if value is None or self._classes.statement(type(value)) is None:
            return {}
        return guarded.attributes(value) or {}


def _of_pydantic(exception: BaseException) -> Iterator[tuple[str, PublicText]]:
    types = [origins.pydantic_type(text) for text in pydantic.types(exception)]
    if types:
        pieces = [piece for text in types for piece in (_WORDS[", "], text)]
        yield "pydantic_types", origins.compose(pieces[1:])


def _is_from(kind: type, module: str, name: str) -> bool:
    """Return whether a class is the class `name` in a loaded module, or derives from that class."""
    wanted = guarded.module_names(module).get(name)
    return wanted is not None and any(base is wanted for base in guarded.mro(kind))
