"""Finds the calls that may have created a validation error of jsonschema.

A function for each keyword of JSON Schema yields the errors, and another one raises the best of them. So
the statement that created it is not on the traceback; the error's keyword tells in which function it is.
"""

from __future__ import annotations

import ast
from types import FunctionType
from typing import TYPE_CHECKING

from telemetry_hook._crash import guarded
from telemetry_hook._redact.message.construction import Creation
from telemetry_hook._redact.message.nodes import name_of

if TYPE_CHECKING:
    from telemetry_hook._redact.message.sources import SourcePiece, Sources
    from telemetry_hook._redact.published.locations import Locations

CLASSES = ("ValidationError", "SchemaError")
# The names of its functions have been in one of these modules, in all of its releases since 2.0.
MODULES = ("jsonschema._keywords", "jsonschema._validators")
# Of JSON Schema's drafts 3 to 2020-12.
KEYWORDS = frozenset(
    (
        *("additionalItems", "additionalProperties", "allOf", "anyOf", "const", "contains"),
        *("dependentRequired", "dependentSchemas", "enum", "exclusiveMaximum", "exclusiveMinimum"),
        *("format", "items", "maxItems", "maxLength", "maxProperties", "maximum", "minItems"),
        *("minLength", "minProperties", "minimum", "multipleOf", "oneOf", "pattern", "prefixItems"),
        *("propertyNames", "required", "type", "unevaluatedItems", "unevaluatedProperties"),
        *("uniqueItems",),
    )
)


def function(
    exception: BaseException, locations: Locations, sources: Sources
) -> SourcePiece | None:
    """Return the published function that has created a validation error, or None for other exceptions."""
    known = guarded.module_names("jsonschema.exceptions")
    if not any(known.get(name) is type(exception) for name in CLASSES):
        return None
    keyword = (guarded.attributes(exception) or {}).get("validator")
    if type(keyword) is not str or keyword not in KEYWORDS:
        return None
    found = next(filter(None, (guarded.module_names(name).get(keyword) for name in MODULES)), None)
    location = locations.of_code(found.__code__) if type(found) is FunctionType else None
    if location is None or locations.of_class(type(exception)) is None:
        return None
    return sources.definition(location.file, location.definition)


def creations(piece: SourcePiece) -> list[Creation]:
    """Return the calls in a function that make an error."""
    calls = (node for node in ast.walk(piece.tree) if isinstance(node, ast.Call))
    return [Creation(call, piece.names) for call in calls if name_of(call.func) in CLASSES]
