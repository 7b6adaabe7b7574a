"""A family: Photon in its users' own programs, Lift that dies in Photon, and a preview's growing up."""

from __future__ import annotations

import json
import re
import shutil
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import screens
from conftest import (
    PLUGIN,
    QUESTION,
    Environment,
    Kent,
    Shell,
    Terminal,
    build_wheel,
    make_tool,
)
from events import (
    CIRCUMSTANCES,
    MACHINE,
    MECHANISM,
    NO_TABLE,
    PASSWORD,
    PATH,
    SDK,
    URL,
    VARIES,
    frame,
    of_click,
    settled,
)

pytestmark = pytest.mark.once

SCHEMA = """
datasource db {
  provider = "sqlite"
  url      = "file:clinic-records.db"
}

enum Ward {
  NORTHWING
  SOUTHWING
}

model Patient {
  id     Int     @id @default(autoincrement())
  email  String  @unique
  ward   Ward    @default(NORTHWING)
  visits Visit[]
  notes  Note[]
}

model Visit {
  id      Int      @id @default(autoincrement())
  reason  String
  patient Patient  @relation
  escort  Patient? @relation
}

model Note {
  id      Int     @id @default(autoincrement())
  remark  String
  patient Patient @relation
  about   Note?   @relation
  replies Note[]
}
"""
SCRIPT = """
import os
import photon

def visits(db, url):
    return db.Visit.find_many({"reason": os.environ["PASSWORD"]}, include=("patient", "escort"))

with photon.connect("clinic.lift") as db:
    with db.transaction():
        db.Patient.create(email="johanna@doe.example", visits=[{"reason": "flu-like"}])
    visits(db, os.environ["URL"])
"""
RECORDS = {
    "Patient": [
        {
            "email": "johanna@doe.example",
            "notes": [{"remark": "flu-like", "replies": [{"remark": PASSWORD}]}],
        }
    ]
}
PLANTED = (
    *(PASSWORD, "hunter2", "db.internal", "wards", "johanna", "doe.example", "flu-like"),
    *("clinic", "report.py", "records.json", "Patient", "Visit", "escort", "NORTHWING", "reason"),
    *("Note", "remark", "replies"),
)
SEED = ("lift", "seed", "--create-db", "--schema", "clinic.lift", "records.json")

ASKED = """
photon has crashed. May it send a report to Acme Ltd (127.0.0.1:PORT), to find and fix bugs in
Photon?

  In it:       the kind of error, its message without the values, and where it happened, with lines of
               published source and the kinds of values there; acme-photon 2.1.0, acme-lift 1.4.0,
               click 8.x, platformdirs 4.x, pluggy 1.x, the versions of 2 more packages,
               CPython 3.x, Linux 6.x; schema.models 3, schema.has_enums yes, schema.provider sqlite,
               photon.features nested_writes+includes+filters+transactions
  Never in it: any text of yours, such as passwords, keys, addresses, names, paths, or what is in your
               files and data
  Size:        n kB; "view" shows all of it
  More:        https://acme.example/telemetry

yes (y), no (n), always (a), never (e), view (v), later (l)
Send this report? (no) yes
Sending to 127.0.0.1:PORT ... sent. Receipt: RECEIPT
"""


def words(screen: str) -> str:
    """Return what a terminal showed, without line breaks and what differs by machine and run."""
    text = " ".join(screen.split())
    for pattern, name in screens.VARYING:
        text = re.sub(pattern, name, text)
    return text


@dataclass
class Clinic:
    """Somebody whose own program uses Photon, on a database that Lift has made."""

    shell: Shell
    kent: Kent

    def terminal(self, *command: str) -> Terminal:
        """Run a program on a terminal; reports of the whole family would go to Kent."""
        receivers = dict.fromkeys(("PHOTON_TELEMETRY_DSN", "LIFT_TELEMETRY_DSN"), self.kent.dsn)
        secrets = {"PASSWORD": PASSWORD, "URL": URL, "USER": "johanna-doe"}
        return self.shell.terminal(*command, **receivers, **secrets, PYTHON_COLORS="0")

    def asked(self, answer: str, *command: str) -> str:
        """Run a program that dies, answer the question, and return what was on the screen."""
        terminal = self.terminal(*command)
        terminal.answer(answer)
        assert terminal.end() == 1
        return terminal.screen

    def not_asked(self, *command: str) -> str:
        """Run a program that dies and asks nothing, and return what was on the screen."""
        terminal = self.terminal(*command)
        assert terminal.end() == 1
        assert "has crashed" not in terminal.screen
        return terminal.screen

    def script(self, *lines: str) -> tuple[str, str]:
        """Write a program that has the database open, and return how to run it."""
        body = "".join(f"\n    {line}" for line in lines)
        text = f'import photon\nwith photon.connect("clinic.lift") as db:{body}\n'
        return "python", str(self.shell.write("report.py", text))

    def private(self, event: dict[str, Any]) -> list[str]:
        """Return what is in an event of the user's names, secrets, schema, paths and machine."""
        places = (self.shell.directory, self.shell.home.directory, self.shell.environment.directory)
        texts = (*PLANTED, *map(str, places), socket.gethostname())
        return [each for each in texts if each in json.dumps(event)]

    def status(self) -> str:
        """Return what would become of a crash of Photon's, and why."""
        ended = self.terminal("telemetry-hook", "status", "photon")
        ended.end()
        return ended.screen.partition("\n")[0].strip()


@pytest.fixture
def clinic(shell: Shell, kent: Kent) -> Clinic:
    """Return a user of Photon, with a program, a database and records to seed another one."""
    shell.write("clinic.lift", SCHEMA)
    shell.write("report.py", SCRIPT)
    shell.write("records.json", json.dumps(RECORDS))
    made = shell.run("lift", "up", "--create-db", "--schema", "clinic.lift")
    assert made.returncode == 0, made.stderr
    return Clinic(shell, kent)


def test_a_bug_of_photons_in_a_users_program(clinic: Clinic) -> None:
    """Its user is asked in the same words, and Photon's part of it arrives, whole and alone."""
    screen = clinic.asked("yes", "python", "report.py")
    assert "Bug: the compiler has joined no table for escort of Visit" in screen
    assert words(screen.partition("photon.errors.Bug: ")[2].partition("\n")[2]) == " ".join(
        ASKED.split()
    )

    [event] = clinic.kent.events()
    assert clinic.private(event) == []
    release = "acme-photon@2.1.0"
    assert settled(event) == {
        "event_id": VARIES,
        "timestamp": VARIES,
        "platform": "python",
        "level": "fatal",
        "release": release,
        "environment": "stable",
        "transaction": "photon.query in Query.join",
        "fingerprint": ["f043338df254b7ff233def09b6bf1f21921244102ffcd02f39e66652236893bb"],
        "tags": {
            **CIRCUMSTANCES,
            "schema.models": "3",
            "schema.has_enums": "true",
            "schema.provider": "sqlite",
            "photon.features": "nested_writes,includes,filters,transactions",
        },
        "contexts": {
            **MACHINE,
            "packages": {"acme-lift": "1.4.0", "click": VARIES},
        },
        "exception": {
            "values": [
                {
                    "type": "Bug",
                    "module": "photon.errors",
                    "value": "the compiler has joined no table for <…> of <…>",
                    "mechanism": MECHANISM,
                    "stacktrace": {
                        "frames": [
                            {"function": "<user code>", "in_app": False},
                            frame(
                                *(release, "photon.client", "Collection.find_many"),
                                "return self._finder.find(",
                                feature="str",
                                include="tuple(1+)",
                                is_used="tuple(1+)",
                                names="tuple(0)",
                                order_by="tuple(0)",
                                self="photon.client.Collection",
                                skip="int(0)",
                                take="None",
                                where="dict(1+)",
                            ),
                            frame(
                                *(release, "photon.find", "Finder.find"),
                                "tables = [query.first, *map(query.join, joined)]",
                                include="tuple(1+)",
                                joined="list(1+)",
                                model="photon.schema.Model",
                                order_by="tuple(0)",
                                query="photon.query.Query",
                                relations="list(1+)",
                                self="photon.find.Finder",
                                skip="int(0)",
                                take="None",
                                where="dict(1+)",
                            ),
                            NO_TABLE,
                        ]
                    },
                }
            ]
        },
        "sdk": SDK,
    }


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ('{}["escort"]', "KeyError: 'escort'"),
        ("db.Nurse", "photon.errors.QueryError: there is no model Nurse"),
        ('db.Patient.create(ward="N")', "photon.errors.QueryError: ward of Patient takes one of"),
        ('db.raw("SELECT nurse")', "sqlite3.OperationalError: no such column: nurse"),
        ('db.Patient.create(email="?", id=2**70)', "photon.errors.DatabaseError: SQLite cannot"),
        (
            'db.Patient.create(email="?", notes=[{"remark": "?", "replies": [{"remark": "!"}]}])',
            "KeyError: 'Note'",
        ),
        ('photon.connect("missing.lift")', "photon.errors.SchemaError: no schema at missing.lift"),
    ],
)
def test_what_else_ends_a_users_program_is_nobodys(clinic: Clinic, line: str, error: str) -> None:
    """Its own mistakes, a PhotonError and an exception that passes through Photon ask nothing."""
    before = clinic.shell.home.files()
    assert error in clinic.not_asked(*clinic.script(line))
    assert clinic.shell.home.files() == before
    assert clinic.kent.events() == []


def test_a_crash_of_lifts_that_passes_through_photon(clinic: Clinic) -> None:
    """It is Lift's, carries both releases, and what Photon knows: which parts of it were used."""
    (clinic.shell.directory / "clinic-records.db").unlink()
    screen = clinic.asked("yes", *SEED)
    assert "KeyError: 'Note'" in screen
    assert "lift has crashed. May it send a report to Acme Ltd" in screen

    [event] = clinic.kent.events()
    assert clinic.private(event) == []
    lift, photon = "acme-lift@1.4.0", "acme-photon@2.1.0"
    write = {
        "each": "dict(1+)",
        "key": "int",
        "model": "photon.schema.Model",
        "name": "str",
        "nested": "list(1+)",
        "own": "dict(1+)",
        "record": "dict(1+)",
        "relation": "photon.relations.Relation",
        "self": "photon.write.Writer",
    }
    assert settled(event) == {
        "event_id": VARIES,
        "timestamp": VARIES,
        "platform": "python",
        "level": "fatal",
        "release": lift,
        "environment": "preview",
        "fingerprint": ["16a4dc9c6df6b9c75749ab5c663e7e9ffd6d002a5e1c750f779e5736c9828f55"],
        "transaction": "photon.write in Writer.write",
        "tags": {
            **CIRCUMSTANCES,
            "script": VARIES,
            "command": "seed",
            "options": "--create-db,--schema",
            "schema.models": "3",
            "schema.enums": "1",
            "schema.relations": "4",
            "schema.has_enums": "true",
            "schema.provider": "sqlite",
            "photon.features": "nested_writes,transactions",
        },
        "contexts": {
            **MACHINE,
            "packages": {"acme-photon": "2.1.0", "click": VARIES},
        },
        "exception": {
            "values": [
                {
                    "type": "KeyError",
                    "value": "<…>",
                    "mechanism": MECHANISM,
                    "stacktrace": {
                        "frames": [
                            {"function": "<console script>", "in_app": False},
                            frame(
                                *(lift, "lift.cli", "main", 'cli(prog_name="lift")'),
                                cli="click.core.Group",
                            ),
                            of_click("Command.__call__"),
                            of_click("Command.main"),
                            of_click("Group.invoke"),
                            of_click("Command.invoke"),
                            of_click("Context.invoke"),
                            frame(
                                *(lift, "lift.cli", "seed_"),
                                'click.echo(f"Wrote {seed(schema, records)} records.")',
                                create_db="bool",
                                path=PATH,
                                records=PATH,
                                schema="photon.schema.Schema",
                            ),
                            frame(
                                *(lift, "lift.seed", "seed"),
                                "collections[name].create(**record)",
                                collections="dict(1+)",
                                database="photon.client.Client",
                                name="str",
                                names="list(1+)",
                                path=PATH,
                                record="dict(1+)",
                                records="dict(1+)",
                                schema="photon.schema.Schema",
                            ),
                            frame(
                                *(photon, "photon.client", "Collection.create"),
                                "key = Writer(self._schema, self._database)"
                                ".write(self.model, record)",
                                record="dict(1+)",
                                self="photon.client.Collection",
                            ),
                            frame(
                                *(photon, "photon.write", "Writer.write"),
                                "self.write(relation.target, {**each, relation.key.name: key})",
                                **write,
                                value="list(1+)",
                            ),
                            {"function": "… 1+ more of the same", "in_app": False},
                            frame(
                                *(photon, "photon.write", "Writer.write"),
                                "del self._around[model.name]",
                                **write,
                                value="int",
                            ),
                        ]
                    },
                }
            ]
        },
        "sdk": SDK,
    }


@pytest.mark.parametrize(
    ("records", "says"),
    [
        ('{"Nurse": []}', "lift: there is no model Nurse: there are Patient, Visit, Note"),
        ('{"Patient": [{"email": 5}]}', "lift: email of Patient takes String, not int"),
        ('{"Patient": [{}]}', "lift: Patient.email needs a value"),
        ('{"Patient": {}}', "lift: records.json needs a list of records for each model"),
        ('{"Patient": [5]}', "lift: records.json has a record without names for its values"),
        ("{", "lift: records.json is not valid JSON: "),
    ],
)
def test_mistakes_that_lift_hears_of_from_photon(clinic: Clinic, records: str, says: str) -> None:
    """What is wrong with records is one line and status 1: no traceback, no question."""
    clinic.shell.write("records.json", records)
    assert clinic.not_asked(*SEED).strip().startswith(says)


@pytest.mark.parametrize(
    ("lines", "features"),
    [
        (['db.Note.find_many(include=("about",))'], ["includes"]),
        (['db.Note.count({"about": {"remark": "?"}})'], ["filters"]),
        (
            [
                'db.raw("SELECT 1")',
                'db.Patient.create(email="?", notes=[{"remark": "?"}])',
                'with db.transaction(): db.Note.find_many({"id": 1}, order_by="-id")',
                'db.Note.find_many(include=("about",))',
            ],
            ["nested_writes", "includes", "filters", "ordering", "raw_sql", "transactions"],
        ),
    ],
)
def test_features_that_were_used(clinic: Clinic, lines: list[str], features: list[str]) -> None:
    """A report says which parts of Photon the program has used, and no others."""
    clinic.asked("yes", *clinic.script(*lines))
    [event] = clinic.kent.events()
    assert event["payload"]["body"]["tags"]["photon.features"] == ",".join(features)


@pytest.fixture(scope="module")
def family_wheels(source: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Return Photon's last preview, which is Photon but for version and phase, and Photon."""
    directory = tmp_path_factory.mktemp("photon")
    preview = directory / "project"
    ignored = shutil.ignore_patterns("build", "*.egg-info")
    shutil.copytree(source / "examples/photon", preview, ignore=ignored)
    for path, now, then in (
        ("pyproject.toml", 'version = "2.1.0"', 'version = "1.9.0"'),
        ("photon/telemetry.py", 'phase="stable"', 'phase="preview"'),
    ):
        text = (preview / path).read_text("utf-8")
        assert text.count(now) == 1
        (preview / path).write_text(text.replace(now, then), "utf-8")
    return (
        build_wheel(preview, directory / "preview"),
        build_wheel(source / "examples/photon", directory / "stable"),
    )


@pytest.fixture
def upgrade(
    environment: Environment, family_wheels: tuple[Path, Path]
) -> Iterator[Callable[[], None]]:
    """Install the preview, and return a function that upgrades it."""
    preview, stable = family_wheels
    environment.pip("install", "--no-deps", preview)
    yield lambda: environment.pip("install", "--no-deps", stable)
    environment.pip("install", "--no-deps", stable)


def test_always_to_the_preview_is_asked_again_once(
    clinic: Clinic, upgrade: Callable[[], None]
) -> None:
    """It was said for the preview: the stable Photon asks, tells why, and keeps to the answer."""
    clinic.asked("always", "python", "report.py")
    [event] = clinic.kent.events()
    body = event["payload"]["body"]
    assert (body["release"], body["environment"]) == ("acme-photon@1.9.0", "preview")
    assert clinic.status().startswith("photon: would send: you said always on ")

    upgrade()
    reason = "the tool's phase has changed since you said always on "
    assert clinic.status().startswith(f"photon: would ask: {reason}")
    dsn = clinic.kent.dsn
    clinic.shell.run("python", "report.py", PHOTON_TELEMETRY_DSN=dsn, PASSWORD=PASSWORD, URL=URL)
    assert len(clinic.kent.events()) == 1
    screen = clinic.asked("always", *clinic.script('db.Note.find_many(include=("about",))'))
    assert f"Why again: {reason}" in " ".join(screen.split())

    assert clinic.status().startswith("photon: would send: you said always on ")
    sent = clinic.not_asked(*clinic.script('db.Note.count({"about": {"remark": "?"}})'))
    assert "as you said always on " in " ".join(sent.split())


def test_never_to_the_preview_is_kept(clinic: Clinic, upgrade: Callable[[], None]) -> None:
    """A never outlives the step to stable, and whatever else changes."""
    clinic.asked("never", "python", "report.py")
    answers = clinic.shell.home.answers.read_bytes()

    upgrade()
    assert QUESTION not in clinic.not_asked("python", "report.py")
    assert clinic.status().startswith("photon: would do nothing: you said never on ")
    assert clinic.shell.home.answers.read_bytes() == answers
    assert clinic.kent.events() == []


def test_a_name_that_is_taken_keeps_its_kind(shell: Shell, install: Any, tmp_path: Path) -> None:
    """What a member declares under a name of the tool's own stays out."""
    library = make_tool(
        tmp_path,
        "kin",
        "def main():\n    raise LookupError('there is nothing of that kind')\n",
        more="attributes=(Count('x.mode', 'How many'), Count('x.size', 'How many')),",
        plugin=PLUGIN + GIVEN,
    )
    tool = make_tool(
        tmp_path,
        "head",
        "def main():\n    import kin.cli\n    kin.cli.main()\n",
        more="family=('acme-kin',), attributes=(Flag('x.mode', 'Whether'),),",
    )
    install(library, tool)
    terminal = shell.terminal("head")
    terminal.answer("yes")
    terminal.expect("sent. Receipt: ")
    terminal.end()
    [report] = shell.home.wait_for_reports()
    assert report["attributes"] == [{"name": "x.size", "value": 7}]


GIVEN = """
@hookimpl
def telemetry_attributes(crash):
    return {"x.mode": 120, "x.size": 7}
"""
