"""The planner: from what the schema says and the database has to the steps between them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from photon.relations import relation_of
from photon.schema import Field, Model, Schema

SQL_TYPES = {
    "String": "TEXT",
    "Int": "INTEGER",
    "Boolean": "BOOLEAN",
    "DateTime": "DATETIME",
    "Float": "REAL",
}
SQL_DEFAULTS = {"now()": "CURRENT_TIMESTAMP", "true": "1", "false": "0"}


class PlanError(Exception):
    """The planner contradicts itself: a bug in Lift."""


@dataclass(frozen=True)
class Step:
    """One change, with the SQL that makes it and the SQL that takes it back."""

    title: str
    up: str
    down: str


@dataclass(frozen=True)
class Column:
    """A field as the database will have it."""

    name: str
    sql: str
    field: Field


def plan(schema: Schema, tables: dict[str, set[str]]) -> list[Step]:
    """List the steps that bring the database's tables to what the schema says."""
    steps: list[Step] = []
    for model in order_models(list(schema.models.values())):
        columns = list(_columns(schema, model))
        if present := tables.get(model.name):
            steps += [_add_column(model, each) for each in columns if each.name not in present]
        else:
            steps.append(_create_table(model, columns))
    return steps


def order_models(models: list[Model]) -> list[Model]:
    """Put each model after those that its foreign keys refer to."""
    needs = {
        model.name: {each.type for each in model.fields.values() if each.is_relation} - {model.name}
        for model in models
    }
    ordered: list[Model] = []
    while len(ordered) < len(models):
        done = {model.name for model in ordered}
        waiting = [model for model in models if model.name not in done]
        ready = [model for model in waiting if needs[model.name] <= done]
        if not ready:
            name = waiting[0].name
            others = ", ".join(sorted(needs[name] - done))
            raise PlanError(f"cannot order models: {name} is waiting for {others}")
        ordered += ready
    return ordered


def _columns(schema: Schema, model: Model) -> Iterator[Column]:
    for field in model.fields.values():
        relation_of(schema, model, field)  # it complains where the other side is missing
        if schema.has_column(field):
            yield _column(schema, field)


def _column(schema: Schema, field: Field) -> Column:
    name, kind, rule = field.column, field.type, ""
    if field.is_relation:
        target = schema.models[field.type]
        kind = target.key.type
        rule = f' REFERENCES "{target.name}" ("{target.key.name}")'
    elif field.type in schema.enums:
        values = ", ".join(f"'{value}'" for value in schema.enums[field.type])
        kind, rule = "String", f' CHECK ("{name}" IN ({values}))'
    sql = f'"{name}" {SQL_TYPES[kind]}{rule}'
    if field.modifier != "?":
        sql += " NOT NULL"
    if "unique" in field.attributes:
        sql += " UNIQUE"
    if "id" in field.attributes:
        sql += " PRIMARY KEY"
    if "default" in field.attributes:
        sql += _default(schema, field, field.attributes["default"])
    return Column(name, sql, field)


def _default(schema: Schema, field: Field, default: str) -> str:
    if default == "autoincrement()" and field.type == "Int" and "id" in field.attributes:
        return " AUTOINCREMENT"
    if default.startswith('"') or default in schema.enums.get(field.type, ()):
        return " DEFAULT '{}'".format(default.strip('"').replace("'", "''"))
    if default in SQL_DEFAULTS or re.fullmatch(r"[+-]?\d+(\.\d+)?", default):
        return f" DEFAULT {SQL_DEFAULTS.get(default, default)}"
    raise field.line.error(f"the default `{default}` does not suit {field.type}")


def _create_table(model: Model, columns: list[Column]) -> Step:
    body = ",\n".join(f"  {column.sql}" for column in columns)
    create = f'CREATE TABLE "{model.name}" (\n{body}\n);'
    return Step(f"create table {model.name}", create, f'DROP TABLE "{model.name}";')


def _add_column(model: Model, column: Column) -> Step:
    field = column.field
    fits = field.modifier == "?" or "default" in field.attributes
    if not fits or "unique" in field.attributes or field.attributes.get("default") == "now()":
        raise field.line.error(
            "a field added to a table that exists needs `?` or a constant @default, and no @unique"
        )
    return Step(
        f"add column {model.name}.{column.name}",
        f'ALTER TABLE "{model.name}" ADD COLUMN {column.sql};',
        f'ALTER TABLE "{model.name}" DROP COLUMN "{column.name}";',
    )
