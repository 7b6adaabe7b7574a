"""The open SQLite file, whose refusals become Photon's own errors."""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from photon.errors import DatabaseError, NotUniqueError
from photon.schema import Model, Schema
from photon.values import Stored


class Database:
    """A connection to the database that a schema names."""

    def __init__(self, schema: Schema) -> None:
        """Open the database, which must be there."""
        if schema.provider != "sqlite":
            raise DatabaseError(f"{schema.provider} is planned; today Photon works with sqlite")
        self._path = schema.database
        if not self._path.is_file():
            raise DatabaseError(f"no database at {self._path}: `lift up --create-db` makes one")
        self._connection = sqlite3.connect(self._path, isolation_level=None)
        self.run("PRAGMA foreign_keys = ON")

    def run(self, sql: str, parameters: Sequence[Stored] = ()) -> sqlite3.Cursor:
        """Run SQL that Photon has made."""
        try:
            return self._connection.execute(sql, parameters)
        except sqlite3.IntegrityError as error:
            raise _refusal(error) from error
        except (OverflowError, UnicodeError) as error:
            raise DatabaseError(f"SQLite cannot keep such a value: {error}") from error
        except sqlite3.DatabaseError as error:
            raise DatabaseError(f"cannot use {self._path}: {error}") from error

    def raw(self, sql: str, parameters: Sequence[Any]) -> list[dict[str, Any]]:
        """Run SQL that the caller has made, whose errors are SQLite's."""
        cursor = self._connection.execute(sql, parameters)
        names = [name for name, *_ in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor]

    def insert(self, model: Model, values: Mapping[str, Stored]) -> Stored:
        """Add a row and return its key."""
        table = f'INSERT INTO "{model.name}"'
        if values:
            columns, holes = ", ".join(f'"{name}"' for name in values), ", ".join("?" * len(values))
            cursor = self.run(f"{table} ({columns}) VALUES ({holes})", [*values.values()])
        else:
            cursor = self.run(f"{table} DEFAULT VALUES")
        return values.get(model.key.name, cursor.lastrowid)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Keep all that is done inside, or nothing; one transaction may stand in another."""
        self.run("SAVEPOINT photon")
        try:
            yield
        except BaseException:
            self.run("ROLLBACK TO photon")
            raise
        finally:
            self.run("RELEASE photon")

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


def _refusal(error: sqlite3.IntegrityError) -> DatabaseError:
    rule, _, where = str(error).partition(" constraint failed")
    where = where.removeprefix(": ")
    if rule == "UNIQUE":
        return NotUniqueError(f"{where} must be unique, and this value is taken")
    if rule == "NOT NULL":
        return DatabaseError(f"{where} needs a value")
    if rule == "FOREIGN KEY":
        return DatabaseError("a record that is referred to is not there, or would be missed")
    return DatabaseError(f"the database refuses this: {error}")
