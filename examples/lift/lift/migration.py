"""Migrations, and the folders in which they are saved: NAME/up.sql and NAME/down.sql."""

import sqlite3
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

from photon.schema import Schema

from lift.plan import Step


@dataclass(frozen=True)
class Migration:
    """A script there and a script back."""

    name: str
    up: str
    down: str


def from_steps(steps: list[Step], name: str) -> Migration:
    """Make one migration of a plan's steps."""
    up, down = [step.up for step in steps], [step.down for step in reversed(steps)]
    return Migration(name, "\n".join(up) + "\n", "\n".join(down) + "\n")


def load_saved(schema: Schema) -> list[Migration]:
    """Read the saved migrations, oldest first."""
    return [
        Migration(
            up.parent.name, up.read_text("utf-8"), up.with_name("down.sql").read_text("utf-8")
        )
        for up in sorted(_folder(schema).glob("*/up.sql"))
    ]


def save(schema: Schema, steps: list[Step], name: str) -> Path:
    """Write a plan's steps into a folder of their own."""
    migration = from_steps(steps, f"{datetime.now(timezone.utc):%Y%m%d%H%M%S}-{name}")
    folder = _folder(schema) / migration.name
    folder.mkdir(parents=True)
    (folder / "up.sql").write_text(migration.up, "utf-8")
    (folder / "down.sql").write_text(migration.down, "utf-8")
    return folder


def statements(script: str) -> list[str]:
    """Split a script into its statements, so that they can run in one transaction."""
    found = [""]
    for line in script.splitlines(keepends=True):
        found[-1] += line
        if sqlite3.complete_statement(found[-1]):
            found.append("")
    return found


def _folder(schema: Schema) -> Path:
    return schema.path.with_suffix(".migrations")
