"""What is known about the project at hand: counts, flags and fixed words, never a name from it."""

from photon import project
from photon.schema import Schema

current: dict[str, int | bool | str] = {}


def note_schema(schema: Schema) -> None:
    """Remember the size and kind of the schema."""
    project.note_schema(schema)
    fields = [field for model in schema.models.values() for field in model.fields.values()]
    current.update(project.current)
    current["schema.enums"] = len(schema.enums)
    current["schema.relations"] = sum(field.is_relation for field in fields)
