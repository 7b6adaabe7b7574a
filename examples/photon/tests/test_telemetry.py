"""Photon's crash reports, from programs of its users: asked for, and without a word of theirs."""

import sqlite3
from pathlib import Path

import pytest
from telemetry_hook.testing import Canaries, ObservedCrash, TelemetryCrash, preview

import photon
from photon.errors import Bug

SCHEMA = """
datasource db {{
  provider = "sqlite"
  url      = "file:{canaries.name}.db"
}}

model {canaries.name} {{
  id Int @id @default(autoincrement())
}}

model {canaries.token} {{
  id    Int     @id @default(autoincrement())
  one   {canaries.name} @relation
  other {canaries.name}? @relation
}}
"""
TABLES = """
CREATE TABLE "{canaries.name}" (id INTEGER PRIMARY KEY);
CREATE TABLE "{canaries.token}" (id INTEGER PRIMARY KEY, oneId INTEGER, otherId INTEGER);
"""
SCRIPT = """
import sqlite3
import photon
sqlite3.connect("{canaries.name}.db").executescript('''{tables}''')
with photon.connect("{canaries.name}.lift") as db:
    db.{canaries.name}.create()
    {line}
"""


class User:
    """Somebody whose program uses Photon, with canaries for the names of models."""

    def __init__(self, crash: TelemetryCrash, canaries: Canaries, reports: Path) -> None:
        """Let reports go to a directory."""
        self._crash = crash
        self._canaries = canaries
        self._reports = reports

    def run(self, line: str) -> ObservedCrash:
        """Run a program that ends with a line of code."""
        canaries = self._canaries
        name, line = canaries.name, line.format(canaries=canaries)
        tables = TABLES.format(canaries=canaries)
        return self._crash(
            *("python", "script.py"),
            files={
                f"{name}.lift": SCHEMA.format(canaries=canaries),
                "script.py": SCRIPT.format(canaries=canaries, tables=tables, line=line),
            },
            environment={"PHOTON_TELEMETRY_DIR": str(self._reports)},
        )


@pytest.fixture
def user(telemetry_crash: TelemetryCrash, telemetry_canaries: Canaries, tmp_path: Path) -> User:
    """Return a user of Photon."""
    return User(telemetry_crash, telemetry_canaries, tmp_path)


def test_bug(user: User) -> None:
    """Two relations that lead to one model: the report says so, and names none of them."""
    crash = user.run('db.{canaries.token}.find_many({{"id": 1}}, include=("one", "other"))')

    assert crash.leaks == ()
    assert crash.exit_status == 1
    assert "photon has crashed. May it send a report to Acme Ltd" in (crash.question or "")
    [exception] = crash.report["exceptions"]
    assert exception["message"] == "the compiler has joined no table for <…> of <…>"
    assert exception["frames"][0] == {"function": "<user code>", "in_app": False}
    attributes = {each["name"]: each["value"] for each in crash.report["attributes"]}
    assert attributes["schema.models"] == 2
    assert attributes["photon.features"] == ["includes", "filters"]


@pytest.mark.parametrize(
    "line",
    [
        '{{}}["{canaries.token}"]',
        'db.{canaries.token}.create(one="{canaries.token}")',
        'db.raw("SELECT {canaries.token}")',
    ],
)
def test_not_photons(user: User, line: str) -> None:
    """Whatever else ends a user's program is nobody's: nothing is asked."""
    assert not user.run(line).is_reported


def test_preview(tmp_path: Path, telemetry_canaries: Canaries) -> None:
    """What would be sent of an exception that was caught, without running a program."""
    path = tmp_path / "schema.lift"
    path.write_text(SCHEMA.format(canaries=telemetry_canaries))
    database = sqlite3.connect(tmp_path / f"{telemetry_canaries.name}.db")
    database.executescript(TABLES.format(canaries=telemetry_canaries))
    with photon.connect(path) as db, pytest.raises(Bug) as caught:
        db[telemetry_canaries.token].find_many(include=("one", "other"))
    database.close()

    report = preview(caught.value, "photon")

    assert report["exceptions"][0]["type"] == "Bug"
    assert telemetry_canaries.name not in str(report)
