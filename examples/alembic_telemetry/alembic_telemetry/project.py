"""Facts about the project at hand, from the objects that alembic was working with.

They are found in the variables of alembic's own frames, and only looked at: nothing here loads a
script or asks a database. Objects of exactly the expected class count alone: a subclass of the
user's could run their code.
"""

from __future__ import annotations

from itertools import takewhile
from typing import TYPE_CHECKING, TypeVar

from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import Script, ScriptDirectory
from sqlalchemy import Column, Enum, MetaData, Table

from alembic_telemetry.attributes import COMMANDS, DIALECTS
from alembic_telemetry.stack import frames, package

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

T = TypeVar("T")
Facts = dict[str, bool | int | str]


def describe(exception: BaseException) -> Facts:
    """Return what can be told of the project, without a name or an address of it."""
    found = list(_variables(exception))
    facts: Facts = {}
    for config in _first(Config, found):
        facts |= _of_command_line(config)
    for script in _first(ScriptDirectory, found):
        facts |= _of_scripts(script)
    for context in _first(MigrationContext, found):
        facts |= _of_database(context)
        facts |= _of_metadata(context.opts.get("target_metadata"))
    return facts


def _variables(exception: BaseException) -> Iterator[object]:
    for frame in frames(exception):
        if package(frame) == "alembic":
            yield from frame.f_locals.values()


def _first(kind: type[T], values: Iterable[object]) -> list[T]:
    return [value for value in values if type(value) is kind][:1]


def _of_command_line(config: Config) -> Facts:
    options = {} if config.cmd_opts is None else vars(config.cmd_opts)
    facts: Facts = {
        "run.offline": options.get("sql") is True,
        "run.autogenerate": options.get("autogenerate") is True,
    }
    function, *_ = options.get("cmd", (None,))
    name = getattr(function, "__name__", "")
    return facts | ({"command": name} if name in COMMANDS else {})


def _of_scripts(script: ScriptDirectory) -> Facts:
    facts: Facts = {"revisions.locations": len(script.version_locations) > 1}
    known = vars(script.revision_map)
    # To ask for the map would load the scripts; where they are loaded, it is there.
    loaded = known.get("_revision_map")
    if loaded is None:
        return facts
    # Labels of branches lead to the same scripts once more.
    scripts = {id(each): each for each in loaded.values() if type(each) is Script}
    return facts | {
        "revisions.total": len(scripts),
        "revisions.heads": len(known["heads"]),
        "revisions.branches": any(len(each.nextrev) > 1 for each in scripts.values()),
    }


def _of_database(context: MigrationContext) -> Facts:
    name = type(context.impl).__dialect__
    version = vars(context.dialect).get("server_version_info") or ()
    numbers = [str(part) for part in takewhile(lambda part: type(part) is int, version)]
    return {
        "database.dialect": name if name in DIALECTS else "other",
        **({"database.version": ".".join(numbers[:3])} if numbers else {}),
    }


def _of_metadata(target: object) -> Facts:
    """Describe the models; a project may have several collections of them."""
    given = [*target] if type(target) is list or type(target) is tuple else [target]
    collections = [each for each in given if type(each) is MetaData]
    if not collections:
        return {}
    tables = [table for each in collections for table in each.tables.values()]
    tables = [table for table in tables if type(table) is Table]
    columns = (column for table in tables for column in table.columns if type(column) is Column)
    return {
        "metadata.tables": len(tables),
        "metadata.foreign_keys": sum(len(table.foreign_key_constraints) for table in tables),
        "metadata.schemas": len({table.schema for table in tables} - {None}),
        "metadata.enums": any(issubclass(type(column.type), Enum) for column in columns),
    }
