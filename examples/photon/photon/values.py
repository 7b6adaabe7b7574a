"""Values on their way into the database, and out of it."""

from datetime import datetime, timezone

from photon.errors import DatabaseError, QueryError
from photon.schema import Field, Model, Schema

Stored = str | int | float | None

_ACCEPTED: dict[str, tuple[type, ...]] = {
    "String": (str,),
    "Int": (int,),
    "Boolean": (bool,),
    "DateTime": (datetime, str),
    "Float": (float, int),
}


def stored(schema: Schema, model: Model, field: Field, value: object) -> Stored:
    """Return a value as the database keeps it, or say which kind of value the field takes."""
    if value is None:
        return None
    kind, where = _kind(schema, field), f"{field.name} of {model.name}"
    if kind in schema.enums:
        if value not in schema.enums[kind]:
            raise QueryError(f"{where} takes one of {', '.join(schema.enums[kind])}")
        return str(value)
    # A bool is an int to Python, and an int is no bool to the database.
    if type(value) not in _ACCEPTED[kind]:
        raise QueryError(f"{where} takes {kind}, not {type(value).__name__}")
    if kind == "DateTime":
        return _timestamp(where, value)
    return value  # type: ignore[return-value]


def loaded(schema: Schema, model: Model, field: Field, value: Stored) -> object:
    """Return a value from the database as the program sees it."""
    kind = _kind(schema, field)
    if value is None or kind not in ("Boolean", "DateTime"):
        return value
    if kind == "Boolean":
        return bool(value)
    try:
        return datetime.fromisoformat(str(value))
    except ValueError as error:
        raise DatabaseError(
            f"the database has a {field.name} of {model.name} that is no DateTime"
        ) from error


def _kind(schema: Schema, field: Field) -> str:
    return schema.models[field.type].key.type if field.type in schema.models else field.type


def _timestamp(where: str, value: object) -> str:
    if not isinstance(value, datetime):
        try:
            value = datetime.fromisoformat(str(value))
        except ValueError as error:
            raise QueryError(f"{where} takes a DateTime, such as 2026-01-31 12:00:00") from error
    if value.tzinfo is not None:
        value = value.astimezone(timezone.utc).replace(tzinfo=None)
    # As SQLite writes its own CURRENT_TIMESTAMP, so that both can be compared.
    return value.isoformat(" ", "microseconds" if value.microsecond else "seconds")
