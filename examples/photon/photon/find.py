"""Reading: records, and the records that they lead to."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from photon.database import Database
from photon.errors import QueryError
from photon.query import Query
from photon.relations import Relation, field_of, relation_of
from photon.schema import Model, Schema
from photon.values import loaded

Record = dict[str, Any]


class Finder:
    """Finds records of a database."""

    def __init__(self, schema: Schema, database: Database) -> None:
        """Read from an open database."""
        self._schema = schema
        self._database = database

    def find(
        self,
        model: Model,
        where: Mapping[str, Any],
        *,
        order_by: Iterable[str] = (),
        include: Iterable[str] = (),
        take: int | None = None,
        skip: int = 0,
    ) -> list[Record]:
        """Return the records for which all of `where` is so."""
        query = Query(self._schema, model)
        query.filter(where)
        query.order(order_by)
        relations = [self._relation(model, name) for name in include]
        # What has its key elsewhere is read on its own: a join would repeat this model's records.
        joined = [each for each in relations if each.holds_key]
        tables = [query.first, *map(query.join, joined)]
        parts = [(table.model, query.stored_fields(table.model)) for table in tables]
        records: list[Record] = []
        for row in self._database.run(*query.select(tables, take, skip)):
            values = iter(row)
            own, *others = (
                {field.name: loaded(self._schema, part, field, next(values)) for field in fields}
                for part, fields in parts
            )
            for relation, other in zip(joined, others, strict=True):
                is_there = own[relation.field.name] is not None
                own[relation.field.name] = other if is_there else None
            records.append(own)
        for relation in relations:
            if not relation.holds_key:
                self._add(relation, records)
        return records

    def count(self, model: Model, where: Mapping[str, Any]) -> int:
        """Count the records for which all of `where` is so."""
        query = Query(self._schema, model)
        query.filter(where)
        [[number]] = self._database.run(*query.count())
        return int(number)

    def _add(self, relation: Relation, records: Sequence[Record]) -> None:
        key, name = relation.model.key.name, relation.key.name
        there: dict[Any, list[Record]] = {each[key]: [] for each in records}
        for each in self.find(relation.target, {name: {"in": [*there]}}):
            there[each[name]].append(each)
        for record in records:
            found = there[record[key]]
            record[relation.field.name] = found if relation.is_many else next(iter(found), None)

    def _relation(self, model: Model, name: str) -> Relation:
        relation = relation_of(self._schema, model, field_of(model, name))
        if relation is None:
            raise QueryError(f"{name} of {model.name} leads to no other model to include")
        return relation
