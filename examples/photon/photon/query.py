"""The compiler: from what a call asks for to one SQL query."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from photon.errors import Bug, QueryError
from photon.relations import Relation, field_of, relation_of
from photon.schema import Field, Model, Schema
from photon.values import Stored, stored

OPERATORS = {
    "is": "{} IS ?",
    "not": "{} IS NOT ?",
    "lt": "{} < ?",
    "lte": "{} <= ?",
    "gt": "{} > ?",
    "gte": "{} >= ?",
    "contains": "instr({}, ?) > 0",
    # One parameter, for SQLite has a limit on their number.
    "in": "{} IN (SELECT value FROM json_each(?))",
}


@dataclass(frozen=True)
class Table:
    """A model's table in a query; all but the first are reached by a relation from another one."""

    model: Model
    alias: str
    relation: Relation | None = None
    source: str = ""

    def column(self, field: Field) -> str:
        """Name a field's column in SQL."""
        return f'{self.alias}."{field.column}"'


class Query:
    """A query for a model's records; each table is joined once, however many parts need it."""

    def __init__(self, schema: Schema, model: Model) -> None:
        """Start from all records."""
        self._schema = schema
        self.first = Table(model, "t0")
        self._tables = {model.name: self.first}
        self._conditions: list[str] = []
        self._parameters: list[Stored] = []
        self._order: list[str] = []

    def join(self, relation: Relation, source: Table | None = None) -> Table:
        """Return the table that a relation of the first one, or of another, leads to."""
        name = relation.target.name
        if name not in self._tables:
            alias, start = f"t{len(self._tables)}", source or self.first
            self._tables[name] = Table(relation.target, alias, relation, start.alias)
        table = self._tables[name]
        if table.relation != relation:
            raise Bug(
                f"the compiler has joined no table for {relation.field.name} "
                f"of {relation.model.name}"
            )
        return table

    def filter(self, where: Mapping[str, Any]) -> None:
        """Keep the records for which all of this is so."""
        self._filter(self.first, where)

    def order(self, names: Iterable[str]) -> None:
        """Sort by fields, by those with a minus from the last to the first."""
        for name in names:
            field = self._stored_field(self.first.model, name.removeprefix("-"))
            direction = " DESC" if name.startswith("-") else ""
            self._order.append(self.first.column(field) + direction)

    def select(
        self, tables: Iterable[Table], take: int | None, skip: int
    ) -> tuple[str, list[Stored]]:
        """Return the SQL that reads some records of these tables, and its parameters."""
        columns = ", ".join(
            table.column(field) for table in tables for field in self.stored_fields(table.model)
        )
        order = f" ORDER BY {', '.join(self._order)}" if self._order else ""
        sql = f"SELECT {columns}{self._body()}{order} LIMIT ? OFFSET ?"
        return sql, [*self._parameters, -1 if take is None else take, skip]

    def count(self) -> tuple[str, list[Stored]]:
        """Return the SQL that counts the records, and its parameters."""
        return f"SELECT count(*){self._body()}", self._parameters

    def stored_fields(self, model: Model) -> list[Field]:
        """List the fields of a model that have columns."""
        return [field for field in model.fields.values() if self._schema.has_column(field)]

    def _body(self) -> str:
        return "".join(self._clauses())

    def _clauses(self) -> Iterator[str]:
        yield f' FROM "{self.first.model.name}" AS {self.first.alias}'
        for table in self._tables.values():
            if (relation := table.relation) is not None:
                key = f'{table.source}."{relation.field.column}"'
                yield f' LEFT JOIN "{table.model.name}" AS {table.alias}'
                yield f" ON {table.column(table.model.key)} = {key}"
        if self._conditions:
            yield f" WHERE {' AND '.join(self._conditions)}"

    def _filter(self, table: Table, where: Mapping[str, Any]) -> None:
        for name, wanted in where.items():
            field = self._stored_field(table.model, name)
            relation = relation_of(self._schema, table.model, field)
            asked = wanted if isinstance(wanted, Mapping) else {"is": wanted}
            if relation is not None and not asked.keys() <= OPERATORS.keys():
                self._filter(self.join(relation, table), asked)
            else:
                for operator, value in asked.items():
                    self._compare(table, field, operator, value)

    def _compare(self, table: Table, field: Field, operator: str, value: object) -> None:
        model, name = table.model, field.name
        if operator not in OPERATORS:
            raise QueryError(f"there is no operator {operator}: there are {', '.join(OPERATORS)}")
        self._conditions.append(OPERATORS[operator].format(table.column(field)))
        if operator != "in":
            self._parameters.append(stored(self._schema, model, field, value))
        elif isinstance(value, (list, tuple, set, frozenset)):
            values = [stored(self._schema, model, field, each) for each in value]
            self._parameters.append(json.dumps(values))
        else:
            raise QueryError(f"`in` for {name} of {model.name} takes a list")

    def _stored_field(self, model: Model, name: str) -> Field:
        field = field_of(model, name)
        if not self._schema.has_column(field):
            raise QueryError(f"{name} of {model.name} is kept with {field.type}: ask there")
        return field
