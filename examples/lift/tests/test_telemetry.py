"""Lift's crash reports: asked for, worth having, and without a word of the user's."""

from pathlib import Path

import pytest
from photon.schema import load
from telemetry_hook.testing import Canaries, TelemetryCrash, preview

from lift.plan import PlanError, order_models

SCHEMA = """
datasource db {{
  provider = "sqlite"
  url      = "file:{canaries.name}.db"
}}

model {canaries.name} {{
  id    Int    @id @default(autoincrement())
  other {canaries.token} @relation
}}

model {canaries.token} {{
  id    Int    @id @default(autoincrement())
  other {canaries.name} @relation
}}
"""
UP = ("lift", "up", "--create-db", "--schema")
THREAD = """
datasource db {{
  provider = "sqlite"
  url      = "file:{canaries.name}.db"
}}

model {canaries.name} {{
  id   Int    @id @default(autoincrement())
  text String
  up   {canaries.name}? @relation
  down {canaries.name}[]
}}
"""
RECORDS = '{{"{canaries.name}": [{{"text": "", "down": [{{"text": "{canaries.token}"}}]}}]}}'


def test_crash(
    telemetry_crash: TelemetryCrash, telemetry_canaries: Canaries, tmp_path: Path
) -> None:
    """Models that wait for each other: the report says so, and names none of them."""
    file = f"{telemetry_canaries.name}.lift"
    crash = telemetry_crash(
        *(*UP, file),
        files={file: SCHEMA.format(canaries=telemetry_canaries)},
        environment={"LIFT_TELEMETRY_DIR": str(tmp_path)},
    )

    assert crash.leaks == ()
    assert crash.exit_status == 1
    assert "May it send a report to Acme Ltd" in (crash.question or "")
    [exception] = crash.report["exceptions"]
    assert exception["message"] == "cannot order models: <…> is waiting for <…>"
    attributes = {each["name"]: each["value"] for each in crash.report["attributes"]}
    assert attributes["schema.models"] == 2


def test_crash_in_photon(
    telemetry_crash: TelemetryCrash, telemetry_canaries: Canaries, tmp_path: Path
) -> None:
    """Records in records of one model: Photon dies in Lift's hands, and the report is Lift's."""
    file = f"{telemetry_canaries.name}.lift"
    crash = telemetry_crash(
        *("lift", "seed", "--create-db", "--schema", file, "records.json"),
        files={
            file: THREAD.format(canaries=telemetry_canaries),
            "records.json": RECORDS.format(canaries=telemetry_canaries),
        },
        environment={"LIFT_TELEMETRY_DIR": str(tmp_path)},
    )

    assert crash.leaks == ()
    assert crash.report["tool"]["name"] == "acme-lift"
    attributes = {each["name"]: each["value"] for each in crash.report["attributes"]}
    assert attributes["photon.features"] == ["nested_writes", "transactions"]


def test_crash_of_the_executor(telemetry_crash: TelemetryCrash) -> None:
    """A crash for which Lift has no bug yet: one of its functions is made to raise."""
    starter = telemetry_crash(
        *(*UP, "schema.lift"),
        files={"schema.lift": 'datasource db {\nprovider = "sqlite"\nurl = "file:app.db"\n}\n'},
        raising=("lift.database:Database.tables", MemoryError),
    )

    assert starter.leaks == ()


def test_mistake_of_the_user(telemetry_crash: TelemetryCrash) -> None:
    """A schema that is not there is the user's mistake: nothing is asked."""
    assert not telemetry_crash(*UP, "missing.lift").is_reported


def test_preview(tmp_path: Path, telemetry_canaries: Canaries) -> None:
    """What would be sent of an exception that was caught, without running the program."""
    path = tmp_path / "schema.lift"
    path.write_text(SCHEMA.format(canaries=telemetry_canaries))
    with pytest.raises(PlanError) as caught:
        order_models(list(load(path).models.values()))

    report = preview(caught.value, "lift")

    assert report["exceptions"][0]["type"] == "PlanError"
    assert telemetry_canaries.name not in str(report)
