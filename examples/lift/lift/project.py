"""What is known about the project at hand: counts, flags and fixed words, never a name from it."""

from lift.schema import Schema

current: dict[str, int | bool | str] = {}


def note_command(name: str) -> None:
    """Remember which command runs."""
    current["command"] = name


def note_schema(schema: Schema) -> None:
    """Remember the size and kind of the schema."""
    fields = [field for model in schema.models.values() for field in model.fields.values()]
    current["schema.models"] = len(schema.models)
    current["schema.enums"] = len(schema.enums)
    current["schema.relations"] = sum(field.is_relation for field in fields)
    current["schema.has_enums"] = bool(schema.enums)
    current["schema.provider"] = schema.provider
