"""Values on their way from what is typed, and to what is shown."""

import math
from datetime import datetime

from photon.schema import Field, Schema

from studio.errors import StudioUserError

NUMBERS = ("Int", "Float")
BOOLEANS = {"yes": True, "no": False}


def kind_of(schema: Schema, field: Field) -> str:
    """Return the type of what a field's column holds: of a relation, the other record's key."""
    return schema.models[field.type].key.type if field.type in schema.models else field.type


def parsed(schema: Schema, field: Field, text: str) -> object:
    """Return the value that somebody has typed for a field."""
    kind = kind_of(schema, field)
    try:
        if kind == "Int":
            return int(text)
        if kind == "Float":
            return _finite(float(text))
        if kind == "Boolean":
            return BOOLEANS[text]
    except (ValueError, KeyError) as error:
        raise StudioUserError(f"{field.name} takes {kind}, and {text!r} is none.") from error
    return text


def _finite(number: float) -> float:
    if not math.isfinite(number):  # JSON has no such numbers
        raise ValueError
    return number


def shown(value: object) -> str:
    """Return a value as a page shows it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.isoformat(" ", "seconds")
    return "" if value is None else str(value)
