"""Studio's crash reports: asked for, worth having, and without a word of the user's."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import photon
import pytest
from photon.client import Client
from telemetry_hook.testing import Canaries, TelemetryCrash, preview

from studio import listing

EMPTY = """
datasource db {{
  provider = "sqlite"
  url      = "file:{canaries.name}.db"
}}

enum {canaries.name} {{
  {canaries.token}
}}
"""
SCHEMA = """
datasource db {{
  provider = "sqlite"
  url      = "file:{canaries.name}.db"
}}

model {canaries.name} {{
  id             Int    @id @default(autoincrement())
  {canaries.token} String
}}
"""


@pytest.fixture
def client(tmp_path: Path, telemetry_canaries: Canaries) -> Iterator[Client]:
    """Open a database whose one model has no records."""
    name, field = telemetry_canaries.name, telemetry_canaries.token
    path = tmp_path / "schema.lift"
    path.write_text(SCHEMA.format(canaries=telemetry_canaries))
    database = sqlite3.connect(tmp_path / f"{name}.db")
    database.execute(f'CREATE TABLE "{name}" (id INTEGER PRIMARY KEY, "{field}" TEXT)')
    database.close()
    with photon.connect(path) as opened:
        yield opened


def test_crash_at_the_start(
    telemetry_crash: TelemetryCrash, telemetry_canaries: Canaries, tmp_path: Path
) -> None:
    """A schema without models: Studio is not serving yet, and the terminal asks."""
    file = f"{telemetry_canaries.name}.lift"
    crash = telemetry_crash(
        *("studio", "--port", "0", "--schema", file),
        files={file: EMPTY.format(canaries=telemetry_canaries)},
        environment={"STUDIO_TELEMETRY_DIR": str(tmp_path)},
    )

    assert crash.leaks == ()
    assert crash.exit_status == 1
    assert "May it send a report to Acme Ltd" in (crash.question or "")
    assert crash.report["exceptions"][0]["type"] == "ValueError"
    attributes = {each["name"]: each["value"] for each in crash.report["attributes"]}
    assert attributes == {
        "schema.models": 0,
        "schema.has_enums": True,
        "schema.provider": "sqlite",
    }


def test_mistake_of_the_user(telemetry_crash: TelemetryCrash) -> None:
    """A schema that is not there is the user's mistake: nothing is asked."""
    assert not telemetry_crash("studio", "--schema", "missing.lift").is_reported


def test_preview(
    client: Client,
    telemetry_canaries: Canaries,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What would be sent of a request's exception, without a server."""
    # Towards another machine, the text of an install that nobody has published yet is left out.
    monkeypatch.setenv("STUDIO_TELEMETRY_DIR", str(tmp_path))
    query = listing.Query(field=telemetry_canaries.token, text=telemetry_canaries.token)
    with pytest.raises(ZeroDivisionError) as caught:
        listing.read(client, client[telemetry_canaries.name], query)

    report = preview(caught.value, "studio")

    [exception] = report["exceptions"]
    shapes = exception["frames"][-1]["variables"]
    assert (shapes["found"], shapes["total"]) == ("int(0)", "int(0)")
    assert telemetry_canaries.name not in str(report)
    assert telemetry_canaries.token not in str(report)
