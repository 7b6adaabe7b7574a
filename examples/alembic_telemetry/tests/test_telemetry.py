"""Alembic's crash reports: asked for, worth having, and without a word of the user's."""

from pathlib import Path

import pytest
from alembic.command import init, upgrade
from alembic.config import Config
from telemetry_hook.testing import Canaries, TelemetryCrash, preview

INI = """
[alembic]
script_location = migrations
sqlalchemy.url = {url}
"""
ENV = """
from alembic import context
from sqlalchemy import *

models = MetaData()
Table("{name}", models, Column("id", Integer, primary_key=True), Column("{token}", Enum("{name}")))
Table("other", models, Column("{name}", ForeignKey("{name}.id")), schema="{token}")

options = context.config.get_section("alembic")
with create_engine(options["sqlalchemy.url"]).connect() as connection:
    context.configure(connection=connection, target_metadata=models)
    context.run_migrations()
"""
SCRIPT = """
from alembic import op

revision = "{name}"
down_revision = None

def upgrade():
    {upgrade}
"""
UPGRADE = ("alembic", "upgrade", "head")


def project(canaries: Canaries, *, url: str = "sqlite://", upgrade: str = "pass") -> dict[str, str]:
    """Return the files of a project whose every name is a secret."""
    names = {"name": canaries.name, "token": canaries.token}
    return {
        "alembic.ini": INI.format(url=url),
        "migrations/env.py": ENV.format(**names),
        "migrations/versions/first.py": SCRIPT.format(upgrade=upgrade, **names),
    }


def test_password_that_the_configuration_cannot_hold(
    telemetry_crash: TelemetryCrash, telemetry_canaries: Canaries, tmp_path: Path
) -> None:
    """A % in a password: the report says what was expected there, and nothing of the address."""
    url = f"postgresql://{telemetry_canaries.name}:%40{telemetry_canaries.token}@db.internal/orders"
    files = project(telemetry_canaries, url=url)
    directory = {"ALEMBIC_TELEMETRY_DIR": str(tmp_path)}
    crash = telemetry_crash(*UPGRADE, files=files, environment=directory)

    assert crash.leaks == ()
    assert "(through the plugin alembic-telemetry)" in " ".join((crash.question or "").split())
    [exception] = crash.report["exceptions"]
    assert exception["message"] == "'%' must be followed by '%' or '(', found: <…>"
    assert "db.internal" not in str(crash.report)


def test_constraint_that_is_not_there(
    telemetry_crash: TelemetryCrash, telemetry_canaries: Canaries, tmp_path: Path
) -> None:
    """A crash within a migration: the report describes the project, and names nothing of it."""
    lines = (
        "op.execute('CREATE TABLE t (id INTEGER)')",
        "with op.batch_alter_table('t') as batch:",
        f"    batch.drop_constraint('{telemetry_canaries.name}', 'foreignkey')",
    )
    files = project(telemetry_canaries, upgrade="\n    ".join(lines))
    directory = {"ALEMBIC_TELEMETRY_DIR": str(tmp_path)}
    crash = telemetry_crash(*UPGRADE, files=files, environment=directory)

    assert crash.leaks == ()
    assert crash.report["exceptions"][0]["message"] == "No such constraint: '<…>'"
    told = {each["name"]: each["value"] for each in crash.report["attributes"]}
    assert told["metadata.tables"] == 2
    assert told["metadata.foreign_keys"] == 1
    assert told["metadata.schemas"] == 1
    assert told["metadata.enums"] is True
    assert told["revisions.total"] == 1


@pytest.mark.parametrize(
    "upgrade",
    [
        "raise RuntimeError",
        "op.execute('SELECT * FROM nowhere')",
        "op.drop_constraint('nothing', 'nowhere')",
        "op.create_foreign_key('f', 't', 'u', [], ['id'])",
    ],
)
def test_mistake_of_the_user(
    telemetry_crash: TelemetryCrash, telemetry_canaries: Canaries, upgrade: str
) -> None:
    """A migration script that fails, and what alembic, SQLAlchemy or the database refuses."""
    files = project(telemetry_canaries, upgrade=upgrade)
    assert not telemetry_crash(*UPGRADE, files=files).is_reported


def test_command_error(telemetry_crash: TelemetryCrash) -> None:
    """What alembic itself tells the user is no crash, with its traceback neither."""
    assert not telemetry_crash("alembic", "--raiseerr", "upgrade", "head").is_reported


def test_preview(
    tmp_path: Path, telemetry_canaries: Canaries, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What would be sent of an exception that was caught, without running the program."""
    monkeypatch.chdir(tmp_path)
    config = Config(tmp_path / "alembic.ini")
    init(config, "migrations")
    config.set_main_option("truncate_slug_length", telemetry_canaries.name)
    with pytest.raises(ValueError, match=telemetry_canaries.name) as caught:
        upgrade(config, "head")

    report = preview(caught.value, "alembic")

    assert report["exceptions"][0]["type"] == "ValueError"
    assert telemetry_canaries.name not in str(report)
