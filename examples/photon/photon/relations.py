"""The two sides of a relation: `author User @relation` here, `posts Post[]` there."""

from dataclasses import dataclass

from photon.errors import QueryError
from photon.schema import Field, Model, Schema


@dataclass(frozen=True)
class Relation:
    """A field that leads to another model; `key` is the field that holds it, on either side."""

    model: Model
    field: Field
    target: Model
    key: Field

    @property
    def holds_key(self) -> bool:
        """Whether the key is on this side, so that there is one record at most on the other."""
        return self.key is self.field

    @property
    def is_many(self) -> bool:
        """Whether there may be many records on the other side."""
        return self.field.modifier == "[]"


def field_of(model: Model, name: str) -> Field:
    """Return a model's field, or say that there is none."""
    if name in model.fields:
        return model.fields[name]
    raise QueryError(f"{model.name} has no field {name}: it has {', '.join(model.fields)}")


def relation_of(schema: Schema, model: Model, field: Field) -> Relation | None:
    """Return where a field leads, None for one that leads nowhere.

    The other side of `posts Post[]` is the first field there that holds a key to this model.
    """
    if field.type not in schema.models:
        return None
    target = schema.models[field.type]
    if field.is_relation:
        return Relation(model, field, target, field)
    for each in target.fields.values():
        if each.is_relation and each.type == model.name:
            return Relation(model, field, target, each)
    raise field.line.error(f"{target.name} has no field `{model.name} @relation` for this one")
