"""Writes `docs/report.schema.json`: the JSON Schema of a report, from the classes that make it."""

from __future__ import annotations

import json
import types
import typing
from pathlib import Path
from typing import Any

from telemetry_hook._report import FORMAT, Command, PublicText, RedactedReport, Variable

TARGET = Path(__file__).parents[1] / "docs/report.schema.json"
KINDS: dict[object, str] = {PublicText: "string", bool: "boolean", int: "integer"}


def schema() -> dict[str, Any]:
    """Return the schema of the JSON that HTTPS and file receivers get."""
    top = _object(RedactedReport, is_top=True)
    top["properties"]["format"]["const"] = FORMAT
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A report of telemetry-hook",
        **top,
    }


def _object(kind: type, *, is_top: bool = False) -> dict[str, Any]:
    properties, required = {}, []
    for name, annotated in typing.get_type_hints(kind, include_extras=True).items():
        hint, meaning = typing.get_args(annotated)
        # Elsewhere, what is None or empty is left out.
        is_whole = is_top or kind is Command
        properties[name] = {"description": meaning, **_value(hint, is_whole=is_whole)}
        if is_whole or not (_is_optional(hint) or typing.get_origin(hint) is tuple):
            required.append(name)
    return {
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }


def _value(hint: Any, *, is_whole: bool = False) -> dict[str, Any]:
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        given = [each for each in typing.get_args(hint) if each is not type(None)]
        choices = [_value(each) for each in given]
        if is_whole and _is_optional(hint):
            choices.append({"type": "null"})
        return choices[0] if len(choices) == 1 else {"anyOf": choices}
    if typing.get_origin(hint) is tuple:
        inner = typing.get_args(hint)[0]
        if inner is Variable:
            return {"type": "object", "additionalProperties": {"type": "string"}}
        return {"type": "array", "items": _value(inner)}
    return {"type": KINDS[hint]} if hint in KINDS else _object(hint)


def _is_optional(hint: object) -> bool:
    return type(None) in typing.get_args(hint)


def text() -> str:
    """Return the file's content."""
    return json.dumps(schema(), indent=2) + "\n"


if __name__ == "__main__":
    TARGET.write_text(text(), "utf-8")
