"""All the facts that a report may carry: counts, yes or no, and words of this file."""

from __future__ import annotations

from telemetry_hook import Choice, Count, Flag, Version

COMMANDS = (
    *("branches", "check", "current", "downgrade", "edit", "ensure_version", "heads", "history"),
    *("init", "list_templates", "merge", "revision", "show", "stamp", "upgrade"),
)
DIALECTS = ("mariadb", "mssql", "mysql", "oracle", "postgresql", "sqlite", "other")

ATTRIBUTES = (
    Choice("command", "Which command ran", COMMANDS),
    Flag("run.offline", "Whether SQL was to be written instead of run"),
    Flag("run.autogenerate", "Whether models were to be compared with the database"),
    Version("sqlalchemy.version", "Version of SQLAlchemy"),
    Choice("database.dialect", "Kind of database", DIALECTS),
    Version("database.version", "Version of the database"),
    Count("metadata.tables", "How many tables the models have"),
    Count("metadata.foreign_keys", "How many foreign keys the models have"),
    Count("metadata.schemas", "How many schemas the models name"),
    Flag("metadata.enums", "Whether the models use enums"),
    Count("revisions.total", "How many migration scripts there are"),
    Count("revisions.heads", "How many of them are heads"),
    Flag("revisions.branches", "Whether they branch"),
    Flag("revisions.locations", "Whether they lie in more than one directory"),
)
