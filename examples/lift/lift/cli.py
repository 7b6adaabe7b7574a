"""Lift's commands."""

import re
import sys
from pathlib import Path

import click
from photon.errors import PhotonError
from photon.schema import Schema, load

from lift import project
from lift.database import open_database
from lift.errors import LiftUserError
from lift.migration import from_steps, load_saved, save
from lift.plan import plan
from lift.seed import seed

STARTER = """\
datasource db {
  provider = "sqlite"
  url      = "file:app.db"
}

model User {
  id    Int    @id @default(autoincrement())
  email String @unique
}
"""

schema_option = click.option(
    "--schema", "path", type=Path, default="schema.lift", help="The schema file."
)
create_option = click.option(
    "--create-db", is_flag=True, help="Make the database if it is not there."
)


@click.group()
@click.version_option(package_name="acme-lift", prog_name="lift")
def cli() -> None:
    """Keep a database in step with its schema."""


@cli.command()
@schema_option
def init(path: Path) -> None:
    """Write a schema to start from."""
    if path.exists():
        raise LiftUserError(f"{path} exists already")
    path.write_text(STARTER, "utf-8")
    click.echo(f"Wrote {path}.")


@cli.command()
@schema_option
def validate(path: Path) -> None:
    """Tell whether a database could be made from the schema."""
    schema = _load(path)
    plan(schema, {})
    click.echo(f"{path} is valid: {len(schema.models)} models, {len(schema.enums)} enums.")


@cli.command()
@schema_option
def status(path: Path) -> None:
    """Tell what `lift up` would do."""
    schema = _load(path)
    click.echo(f"Schema {path}: {len(schema.models)} models, {len(schema.enums)} enums.")
    click.echo(f"Database {schema.database}{'' if schema.database.exists() else ' (missing)'}.")
    _migrate(schema, rehearse=True)


@cli.command("save")
@schema_option
@click.option("--name", required=True, help="A word or two for what changes.")
def save_(path: Path, name: str) -> None:
    """Write what is new in the schema as a migration."""
    if not re.fullmatch(r"[\w-]+", name):
        raise LiftUserError("a migration's name is made of letters, digits, - and _")
    schema = _load(path)
    with open_database(schema, rehearse=True) as database:
        database.apply_saved(load_saved(schema))
        steps = plan(schema, database.tables())
    click.echo(f"Saved {save(schema, steps, name)}." if steps else "There is nothing to save.")


@cli.command()
@schema_option
@create_option
@click.option("--dry-run", is_flag=True, help="Show the steps, change nothing.")
def up(path: Path, create_db: bool, dry_run: bool) -> None:
    """Bring the database to what the schema says."""
    _migrate(_load(path), create=create_db, rehearse=dry_run)


@cli.command()
@schema_option
def down(path: Path) -> None:
    """Take the newest migration back."""
    with open_database(_load(path)) as database:
        name = database.take_back()
    click.echo(f"Took back {name}.")


@cli.command("seed")
@schema_option
@click.argument("records", type=Path)
@create_option
def seed_(path: Path, records: Path, create_db: bool) -> None:
    """Write the records of a JSON file into the database."""
    schema = _load(path)
    if create_db and not schema.database.exists():
        _migrate(schema, create=True)
    click.echo(f"Wrote {seed(schema, records)} records.")


def _load(path: Path) -> Schema:
    schema = load(path)
    project.note_schema(schema)
    return schema


def _migrate(schema: Schema, *, create: bool = False, rehearse: bool = False) -> None:
    with open_database(schema, create=create, rehearse=rehearse) as database:
        saved = database.apply_saved(load_saved(schema))
        steps = plan(schema, database.tables())
        if steps:
            database.apply(from_steps(steps, "unsaved"))
    for title in [f"run {each.name}" for each in saved] + [step.title for step in steps]:
        click.echo(f"{'To do' if rehearse else 'Done'}: {title}")
    if not (saved or steps):
        click.echo("The database is up to date.")


def main() -> None:
    """Run the command line; a user's mistake is one line and status 1."""
    try:
        cli(prog_name="lift")
    except (LiftUserError, PhotonError) as error:
        click.echo(f"lift: {error}", err=True)
        sys.exit(1)
