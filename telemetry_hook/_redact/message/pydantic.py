"""Pydantic's validation errors: their types and templates, from the list that pydantic itself keeps.

They are made in Rust, so no source is installed that would hold them.
"""

from __future__ import annotations

from string import Formatter
from types import BuiltinFunctionType, ModuleType
from typing import TYPE_CHECKING

from telemetry_hook._contained import contained
from telemetry_hook._crash import guarded

if TYPE_CHECKING:
    from typing import Any

    from telemetry_hook._redact.message.templates import Template

SECONDS = 1.0
MAX_ERRORS = 1_000
MAX_TYPES = 10


def errors(exception: BaseException) -> dict[str, Template]:
    """Return the types of errors in a `ValidationError` with their templates; none for others."""
    names = guarded.module_names("pydantic_core._pydantic_core")
    if type(exception) is not names.get("ValidationError"):
        return {}
    kind: Any = names["ValidationError"]
    listing: Any = names.get("list_all_errors")
    if type(listing) is not BuiltinFunctionType or type(listing.__self__) is not ModuleType:
        return {}
    with contained(SECONDS):
        known = {each["type"]: each["message_template_python"] for each in listing()}
        found = kind.errors(
            exception, include_url=False, include_context=False, include_input=False
        )
    types = dict.fromkeys(each["type"] for each in found[:MAX_ERRORS])
    return {each: _template(known[each]) for each in list(types)[:MAX_TYPES] if each in known}


def _template(text: str) -> Template:
    parts: list[str | None] = []
    for literal, name, _, _ in Formatter().parse(text):
        parts += [literal] if name is None else [literal, None]
    return tuple(parts)
