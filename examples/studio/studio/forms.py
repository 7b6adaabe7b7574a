"""The form for a record: which inputs it has, and what was typed into them."""

from dataclasses import dataclass
from urllib.parse import parse_qsl

from photon.schema import Field, Schema
from starlette.requests import Request

from studio.values import BOOLEANS, NUMBERS, kind_of, parsed


@dataclass(frozen=True)
class Input:
    """One input: a choice where there are `options`, else a line of text."""

    field: Field
    text: str
    hint: str
    options: tuple[str, ...]
    is_number: bool
    is_needed: bool


def inputs(schema: Schema, fields: list[Field], texts: dict[str, str]) -> list[Input]:
    """Return the inputs for some fields, filled with what is there or was typed before."""
    return [_input(schema, field, texts.get(field.name, "")) for field in fields]


def _input(schema: Schema, field: Field, text: str) -> Input:
    kind = kind_of(schema, field)
    is_needed = field.modifier != "?" and "default" not in field.attributes and kind != "String"
    default = field.attributes.get("default", "")
    return Input(
        field=field,
        text=text,
        hint=f"{field.type}{field.modifier}" + (f", else {default}" if default else ""),
        options=tuple(BOOLEANS) if kind == "Boolean" else tuple(schema.enums.get(kind, ())),
        is_number=kind in NUMBERS,
        is_needed=is_needed,
    )


async def typed(request: Request) -> dict[str, str]:
    """Return what a form was sent with."""
    body = (await request.body()).decode("utf-8", "replace")
    return dict(parse_qsl(body, keep_blank_values=True))


def values(schema: Schema, fields: list[Field], texts: dict[str, str]) -> dict[str, object]:
    """Return the values of a new record: what was left empty is the database's to say."""
    return {
        field.name: parsed(schema, field, text)
        for field in fields
        if (text := texts.get(field.name, "")) or _takes_empty(field)
    }


def changes(schema: Schema, fields: list[Field], texts: dict[str, str]) -> dict[str, object]:
    """Return the values of a record that is changed: what was emptied has no value any more."""
    return {
        field.name: parsed(schema, field, text) if text or _takes_empty(field) else None
        for field in fields
        if (text := texts.get(field.name)) is not None
    }


def _takes_empty(field: Field) -> bool:
    is_text = field.type == "String"
    return is_text and field.modifier != "?" and "default" not in field.attributes
