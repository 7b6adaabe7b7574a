"""Writing: a record, and the records nested in it."""

from collections.abc import Mapping
from typing import Any

from telemetry_hook import use

from photon.database import Database
from photon.errors import QueryError
from photon.relations import Relation, field_of, relation_of
from photon.schema import Model, Schema
from photon.values import Stored, stored


class Writer:
    """Writes a record and those nested in it, from the outermost to the innermost.

    What a nested record must refer to and does not say, it has from the records around it.
    """

    def __init__(self, schema: Schema, database: Database) -> None:
        """Write to an open database."""
        self._schema = schema
        self._database = database
        self._around: dict[str, Stored] = {}

    def write(self, model: Model, record: Mapping[str, Any]) -> Stored:
        """Write a record with all that is in it, and return its key."""
        own: dict[str, Any] = {}
        nested: list[tuple[Relation, Mapping[str, Any]]] = []
        for name, value in record.items():
            relation = relation_of(self._schema, model, field_of(model, name))
            if relation is None or relation.holds_key:
                own[name] = value
            else:
                nested += [(relation, each) for each in _records(relation, value)]
        key = self._database.insert(
            model, columns(self._schema, model, self._referring(model, own))
        )
        self._around[model.name] = key
        for relation, each in nested:
            use("photon.features", "nested_writes")
            self.write(relation.target, {**each, relation.key.name: key})
        del self._around[model.name]
        return key

    def _referring(self, model: Model, record: dict[str, Any]) -> dict[str, Any]:
        around = {
            field.name: self._around[field.type]
            for field in model.fields.values()
            if field.is_relation and not field.modifier and field.type in self._around
        }
        return around | record


def columns(schema: Schema, model: Model, record: Mapping[str, Any]) -> dict[str, Stored]:
    """Return a record's own values by the columns that they go to."""
    found: dict[str, Stored] = {}
    for name, value in record.items():
        field = field_of(model, name)
        if not schema.has_column(field):
            raise QueryError(f"{name} of {model.name} is kept with {field.type}: write it there")
        found[field.column] = stored(schema, model, field, value)
    return found


def _records(relation: Relation, value: object) -> list[Mapping[str, Any]]:
    records = value if relation.is_many else [value]
    if not isinstance(records, (list, tuple)) or not all(
        isinstance(each, Mapping) for each in records
    ):
        kind = "a list of records" if relation.is_many else "a record"
        raise QueryError(f"{relation.field.name} of {relation.model.name} takes {kind}")
    return list(records)
