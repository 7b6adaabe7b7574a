"""The executor: applies migrations to a SQLite file and takes them back."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from photon.schema import Schema

from lift.errors import LiftUserError
from lift.migration import Migration, statements

_BEGIN = (
    "PRAGMA foreign_keys = ON",
    "BEGIN IMMEDIATE",
    "CREATE TABLE IF NOT EXISTS _lift (id INTEGER PRIMARY KEY, name TEXT, down TEXT)",
)
_TABLES = """SELECT t.name, c.name FROM sqlite_master AS t JOIN pragma_table_info(t.name) AS c
WHERE t.type = 'table' AND t.name <> '_lift'"""


class Database:
    """An open database, inside a transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        """Work on a connection that somebody else closes."""
        self._connection = connection

    def tables(self) -> dict[str, set[str]]:
        """Name the columns of each table."""
        tables: dict[str, set[str]] = {}
        for table, column in self._connection.execute(_TABLES):
            tables.setdefault(table, set()).add(column)
        return tables

    def apply(self, migration: Migration) -> None:
        """Run a migration and write down how to take it back."""
        for statement in statements(migration.up):
            self._connection.execute(statement)
        row = (migration.name, migration.down)
        self._connection.execute("INSERT INTO _lift (name, down) VALUES (?, ?)", row)

    def apply_saved(self, migrations: list[Migration]) -> list[Migration]:
        """Run those saved migrations that this database has not seen."""
        seen = {name for (name,) in self._connection.execute("SELECT name FROM _lift")}
        pending = [migration for migration in migrations if migration.name not in seen]
        for migration in pending:
            try:
                self.apply(migration)
            except sqlite3.Error as error:
                raise LiftUserError(f"cannot apply {migration.name}: {error}") from error
        return pending

    def take_back(self) -> str:
        """Undo the newest migration and tell its name."""
        query = "SELECT id, name, down FROM _lift ORDER BY id DESC LIMIT 1"
        for number, name, down in self._connection.execute(query).fetchall():
            for statement in statements(down):
                self._connection.execute(statement)
            self._connection.execute("DELETE FROM _lift WHERE id = ?", (number,))
            return str(name)
        raise LiftUserError("there is no migration to take back")


@contextmanager
def open_database(
    schema: Schema, *, create: bool = False, rehearse: bool = False
) -> Iterator[Database]:
    """Open the schema's database for one transaction, which a rehearsal does not keep."""
    if schema.provider != "sqlite":
        raise LiftUserError(f"{schema.provider} is planned; today Lift works with sqlite")
    path = schema.database
    if not (path.exists() or create or rehearse):
        raise LiftUserError(f"no database at {path}: `lift up --create-db` makes one")
    connection = _connect(path if path.exists() or not rehearse else Path(":memory:"))
    try:
        yield Database(connection)
        connection.execute("ROLLBACK" if rehearse else "COMMIT")
    finally:
        connection.close()


def _connect(path: Path) -> sqlite3.Connection:
    try:
        connection = sqlite3.connect(path, isolation_level=None)
        for statement in _BEGIN:
            connection.execute(statement)
    except sqlite3.DatabaseError as error:
        raise LiftUserError(f"cannot use {path}: {error}") from error
    return connection
