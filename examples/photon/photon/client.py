"""What a program has in hand: a client for a database, and a collection for each model."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from telemetry_hook import use

from photon import project
from photon.database import Database
from photon.errors import QueryError
from photon.find import Finder, Record
from photon.relations import field_of
from photon.schema import Model, Schema, load
from photon.write import Writer, columns


def connect(source: str | Path | Schema) -> "Client":
    """Open the database that a schema, or the schema file at a path, describes."""
    schema = source if isinstance(source, Schema) else load(Path(source))
    project.note_schema(schema)
    return Client(schema, Database(schema))


class Client:
    """An open database: `client.User`, or `client["User"]`, is the collection of a model."""

    def __init__(self, schema: Schema, database: Database) -> None:
        """Work on a database that this client closes."""
        self.schema = schema
        self._database = database

    def __enter__(self) -> "Client":
        """Close the database at the end of the block."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the database."""
        self.close()

    def __getitem__(self, name: str) -> "Collection":
        """Return the collection of a model."""
        if name not in self.schema.models:
            raise QueryError(f"there is no model {name}: there are {', '.join(self.schema.models)}")
        return Collection(self.schema.models[name], self.schema, self._database)

    def __getattr__(self, name: str) -> "Collection":
        """Return the collection of a model."""
        if name.startswith("_"):  # no model's name does; Python and debuggers ask for such
            raise AttributeError(name)
        return self[name]

    def raw(self, sql: str, parameters: Sequence[Any] = ()) -> list[Record]:
        """Run SQL and return its rows; what is wrong with it is said by `sqlite3`."""
        use("photon.features", "raw_sql")
        return self._database.raw(sql, parameters)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Keep all that is done inside, or nothing if an exception ends it."""
        use("photon.features", "transactions")
        with self._database.transaction():
            yield

    def close(self) -> None:
        """Close the database."""
        self._database.close()


class Collection:
    """The records of a model, which are dictionaries from the names of its fields."""

    def __init__(self, model: Model, schema: Schema, database: Database) -> None:
        """Work on an open database."""
        self.model = model
        self._schema = schema
        self._database = database
        self._finder = Finder(schema, database)

    def create(self, /, **record: Any) -> Record:
        """Write a record, with the records nested in it, and return it as it is kept."""
        with self._database.transaction():
            key = Writer(self._schema, self._database).write(self.model, record)
            [created] = self._finder.find(self.model, {self.model.key.name: key})
        return created

    def find_many(
        self,
        where: Mapping[str, Any] | None = None,
        *,
        order_by: str | Sequence[str] = (),
        include: Sequence[str] = (),
        take: int | None = None,
        skip: int = 0,
    ) -> list[Record]:
        """Return the records for which all of `where` is so, with those that they lead to.

        A value of `where` is what the field is, operators (`{"gte": 3}`), or, for a relation, what
        is so for the record there. A minus before a name in `order_by` turns the order around.
        """
        names = [order_by] if isinstance(order_by, str) else order_by
        for feature, is_used in {"filters": where, "ordering": names, "includes": include}.items():
            if is_used:
                use("photon.features", feature)
        return self._finder.find(
            self.model, where or {}, order_by=names, include=include, take=take, skip=skip
        )

    def find_unique(self, /, **unique: Any) -> Record | None:
        """Return the record with this value of an @id or @unique field, None if there is none."""
        found = self._finder.find(self.model, self._unique(unique), take=1)
        return found[0] if found else None

    def count(self, where: Mapping[str, Any] | None = None) -> int:
        """Count the records for which all of `where` is so."""
        if where:
            use("photon.features", "filters")
        return self._finder.count(self.model, where or {})

    def update(self, values: Mapping[str, Any], /, **unique: Any) -> Record | None:
        """Change fields of a record and return it as it is then, None if there is none."""
        changed = columns(self._schema, self.model, values)
        if (key := self._key(unique)) is None:
            return None
        if changed:
            assignments = ", ".join(f'"{name}" = ?' for name in changed)
            self._run(f'UPDATE "{self.model.name}" SET {assignments}', [*changed.values(), key])
        name = self.model.key.name
        return self.find_unique(**{name: values.get(name, key)})

    def delete(self, /, **unique: Any) -> bool:
        """Delete a record and tell whether it was there."""
        if (key := self._key(unique)) is None:
            return False
        self._run(f'DELETE FROM "{self.model.name}"', [key])
        return True

    def _run(self, sql: str, parameters: Sequence[Any]) -> None:
        self._database.run(f'{sql} WHERE "{self.model.key.column}" = ?', parameters)

    def _key(self, unique: Mapping[str, Any]) -> Any:
        found = self.find_unique(**unique)
        return None if found is None else found[self.model.key.name]

    def _unique(self, unique: Mapping[str, Any]) -> Mapping[str, Any]:
        fields = [field_of(self.model, name) for name in unique]
        if len(fields) != 1 or not fields[0].attributes.keys() & {"id", "unique"}:
            raise QueryError(f"one record of {self.model.name} is told by one @id or @unique field")
        return unique
