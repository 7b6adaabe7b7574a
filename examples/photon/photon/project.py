"""What is known about the project at hand: counts, flags and fixed words, never a name from it."""

from photon.schema import Schema

current: dict[str, int | bool | str] = {}


def note_schema(schema: Schema) -> None:
    """Remember the size and kind of the schema."""
    current["schema.models"] = len(schema.models)
    current["schema.has_enums"] = bool(schema.enums)
    current["schema.provider"] = schema.provider
