"""Structured values of an exception, each from a closed set: error codes, statuses, encodings.

Never among them: file names, commands, documents, locations or keys.
"""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

from telemetry_hook._crash import capture, guarded, shapes
from telemetry_hook._redact.message import pydantic
from telemetry_hook._redact.origins import SHAPE_DETAIL, PublicText, Vocabulary, compose, words
from telemetry_hook._report import Detail

if TYPE_CHECKING:
    from collections.abc import Iterator

    from telemetry_hook._redact.published.classes import PublicClasses
    from telemetry_hook._redact.published.files import PublicFiles

HTTP_STATUS = range(100, 600)
RETURN_CODES = range(-64, 256)

_WORDS = words(
    *("address_error", "encoding", "errno", "http_status", "members", "pydantic_types"),
    *("return_code", "sqlite_error", "sqlstate", "ssl_reason", ", "),
)


class Details:
    """Reads structured values without running code of the user's."""

    def __init__(self, files: PublicFiles, classes: PublicClasses) -> None:
        self._files = files
        self._classes = classes

    def of(self, exception: BaseException) -> tuple[Detail, ...]:
        """Return all that are known."""
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
            values.append(("members", PublicText(shapes.order(members), SHAPE_DETAIL)))
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
            codes = {socket[name]: name for name in socket if name.startswith("EAI_")}
            if number in codes:
                yield "address_error", _closed(codes[number], codes.values())
        elif _is_from(kind, "ssl", "SSLError"):
            # OpenSSL's own table of reasons, as the ssl module keeps it.
            reasons = guarded.module_names("_ssl").get("err_codes_to_names", {}).values()
            reason = held.get("reason")
            if type(reason) is str and reason in reasons:
                yield "ssl_reason", _closed(reason, reasons)
        elif number in errno.errorcode:
            yield "errno", _closed(errno.errorcode[number], errno.errorcode.values())

    def _of_texts(self, exception: BaseException, kind: type) -> Iterator[tuple[str, PublicText]]:
        for base in (UnicodeDecodeError, UnicodeEncodeError):
            if issubclass(kind, base):
                from encodings.aliases import aliases

                name = guarded.field(exception, base, "encoding")
                known = {each.replace("_", "-") for each in aliases.values()} | {"utf-8"}
                if type(name) is str and name.lower().replace("_", "-") in known:
                    yield "encoding", _closed(name.lower().replace("_", "-"), known)

    def _of_programs(
        self, kind: type, held: dict[str, object]
    ) -> Iterator[tuple[str, PublicText | int]]:
        if _is_from(kind, "subprocess", "CalledProcessError"):
            code = held.get("returncode")
            if type(code) is int and code in RETURN_CODES:
                yield "return_code", code
        public = self._public_bases(kind)
        if any("HTTP" in self._classes.qualname(each) for each in public):
            response = held.get("response")
            inside = self._attributes_of(response)
            found = [
                holder[name]
                for holder in (held, inside, *map(guarded.names, public))
                for name in ("code", "status", "status_code")
                if type(holder.get(name)) is int
            ]
            if found and found[0] in HTTP_STATUS:
                yield "http_status", int(found[0])

    def _of_databases(
        self, kind: type, held: dict[str, object]
    ) -> Iterator[tuple[str, PublicText]]:
        if _is_from(kind, "sqlite3", "Error"):
            names = [name for name in guarded.module_names("sqlite3") if name.startswith("SQLITE_")]
            name = held.get("sqlite_errorname")
            if type(name) is str and name in names:
                yield "sqlite_error", _closed(name, names)
        for base in guarded.mro(kind):
            state, file = guarded.names(base).get("sqlstate"), self._classes.file(base)
            if (
                type(state) is str
                and file is not None
                and f'"{state}"' in file.text.replace("'", '"')
            ):
                yield "sqlstate", PublicText(state, file)
                return

    def _public_bases(self, kind: type) -> list[type]:
        return [each for each in guarded.mro(kind) if self._classes.file(each) is not None]

    def _attributes_of(self, value: object) -> dict[str, object]:
        if value is None or self._classes.file(type(value)) is None:
            return {}
        return guarded.attributes(value) or {}


def _of_pydantic(exception: BaseException) -> Iterator[tuple[str, PublicText]]:
    if found := pydantic.errors(exception):
        pieces = [piece for each in found for piece in (_WORDS[", "], _closed(each, found))]
        yield "pydantic_types", compose(pieces[1:])


def _is_from(kind: type, module: str, name: str) -> bool:
    """Tell whether a class is, or derives from, the one that a loaded module holds by that name."""
    base = guarded.module_names(module).get(name)
    return base is not None and any(each is base for each in guarded.mro(kind))


def _closed(value: str, known: object) -> PublicText:
    return PublicText(value, Vocabulary(frozenset(known)))  # type: ignore[call-overload]
