"""A web app: Studio fails in a request, in Photon or at its start, and its user is asked there."""

from __future__ import annotations

import json
import re
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from conftest import ROOT
from events import (
    CIRCUMSTANCES,
    MACHINE,
    NO_TABLE,
    PASSWORD,
    PATH,
    SDK,
    URL,
    VARIES,
    frame,
    settled,
)
from serving import (
    EMPTY_MODEL,
    PLANTED,
    SUMMARY,
    TWO_RELATIONS,
    Server,
    make_clinic,
    served,
    with_studio,
)

if TYPE_CHECKING:
    from conftest import Environment, Kent, Shell

pytestmark = pytest.mark.once

STUDIO, PHOTON = "acme-studio@0.9.0", "acme-photon@2.1.0"
SECRETS = {"PASSWORD": PASSWORD, "URL": URL, "USER": "johanna-doe"}
HEADERS = {"Authorization": f"Bearer {PASSWORD}", "X-Ward": "NORTHWING"}
FIRST_DAY = """
datasource db {
  provider = "sqlite"
  url      = "file:clinic-records.db"
}

enum Ward {
  NORTHWING
}
"""
FAMILY = {"acme-lift": "1.4.0", "acme-photon": "2.1.0"}
CLIENT, COLLECTION = "photon.client.Client", "photon.client.Collection"
REQUEST, MODEL = "starlette.requests.Request", "photon.schema.Model"
# On Python 3.10, what Starlette needs puts a hook of its own in the place of ours.
START = "excepthook" if sys.version_info >= (3, 11) else "atexit"
# What a request goes through before it is Studio's own.
WAY = (
    "starlette",
    frame(
        *(STUDIO, "studio.guard", "Guard.__call__"),
        "await self._app(scope, receive, send_guarded)",
        receive="method",
        scope="dict(10+)",
        self="studio.guard.Guard",
        send="function",
        send_guarded="function",
    ),
    "starlette",
    {"function": "… 1+ more of the same", "in_app": False},  # it wraps one app in another
    "starlette",
    "anyio",
)


@pytest.fixture(scope="module")
def environment(
    environment: Environment, source: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Environment]:
    """Return the environment with Studio in it too."""
    yield from with_studio(environment, source, tmp_path_factory.mktemp("studio"))


@pytest.fixture
def studio(shell: Shell, kent: Kent) -> Iterator[Server]:
    """Start Studio on a clinic's database; its reports would go to Kent."""
    make_clinic(shell)
    command = ("studio", "--schema", "clinic.lift", "--port", "0")
    with served(shell, *command, STUDIO_TELEMETRY_DSN=kent.dsn, **SECRETS) as server:
        yield server


def event_of(kent: Kent, shell: Shell) -> dict[str, Any]:
    """Return the one event that arrived, without what varies, once nothing private is in it."""
    [event] = kent.events()
    places = (shell.directory, shell.home.directory, shell.environment.directory)
    text = json.dumps(event["payload"]["body"])
    planted = (*PLANTED, *map(str, places), socket.gethostname(), f":{kent.port}")
    assert [each for each in planted if each in text] == []
    body = settled(event)
    packages = body["contexts"]["packages"]
    body["contexts"]["packages"] = {
        name: version if name in FAMILY else VARIES for name, version in packages.items()
    }
    for exception in body["exception"]["values"]:
        exception["stacktrace"]["frames"] = own(exception["stacktrace"]["frames"])
    return body


def own(frames: list[dict[str, Any]]) -> list[dict[str, Any] | str]:
    """Return frames with one word for each run of a dependency's, of which nothing else is told."""
    found: list[dict[str, Any] | str] = []
    for each in frames:
        name = each.get("package", "acme-").partition("@")[0]
        if not name.startswith("acme-"):
            assert not each["in_app"]
            assert each.keys() <= {"function", "in_app", "module", "filename", "lineno", "package"}
        if name.startswith("acme-") or found[-1:] != [name]:
            found.append(each if name.startswith("acme-") else name)
    return found


def expected(kind: str, features: dict[str, list[str]], **exception: Any) -> dict[str, Any]:
    """Return the event of a crash in a request."""
    tags = {"schema.models": "3", "schema.has_enums": "true", "schema.provider": "sqlite"}
    return {
        "event_id": VARIES,
        "timestamp": VARIES,
        "platform": "python",
        "level": "fatal",
        "release": STUDIO,
        "environment": "preview",
        "tags": {
            **CIRCUMSTANCES,
            "script": VARIES,
            "options": "--schema",
            "terminal": "false",
            **tags,
            **{name: ",".join(value) for name, value in features.items()},
        },
        "contexts": {
            **MACHINE,
            "packages": {**FAMILY, "click": VARIES},
        },
        "exception": {
            "values": [
                {
                    "type": kind,
                    "mechanism": {"type": "web", "handled": False, "exception_id": 0},
                    **exception,
                }
            ]
        },
        "sdk": SDK,
    }


def test_a_crash_in_a_request(studio: Server, shell: Shell, kent: Kent) -> None:
    """The failing page asks; after a yes the whole event arrives, and nothing of the request."""
    asked = studio.get(EMPTY_MODEL, **HEADERS)
    assert asked.status == 500
    assert "studio has crashed." in asked.text
    assert "May it send a report to Acme Ltd (127.0.0.1:" in asked.text
    assert asked.words == ["yes", "no", "always", "never", "later"]
    assert kent.events() == []
    told = studio.answer(asked, "yes")
    assert told.status == 200
    assert re.search(r"sent\. Receipt: [0-9a-f]{8}", told.text)

    assert event_of(kent, shell) == {
        **expected(
            "ZeroDivisionError",
            {"studio.features": ["filtering"]},
            value="division by zero",
            stacktrace={
                "frames": [
                    *WAY,
                    frame(
                        *(STUDIO, "studio.pages", "listing"),
                        "found = listings.read(client, collection, query)",
                        client=CLIENT,
                        collection=COLLECTION,
                        listings="module",
                        query="studio.listing.Query",
                        request=REQUEST,
                    ),
                    frame(
                        *(STUDIO, "studio.listing", "read"),
                        "percent = round(100 * found / total)",
                        client=CLIENT,
                        collection=COLLECTION,
                        found="int(0)",
                        percent="int",
                        query="studio.listing.Query",
                        total="int(0)",
                        where="dict(1+)",
                    ),
                ]
            },
        ),
        "transaction": "studio.listing in read",
        "fingerprint": ["62e10af20867cd41a25c9c18571c2bfd1b0a6bb381d5837b46b8a142320f808a"],
    }
    assert "ZeroDivisionError" in studio.errors.read_text("utf-8")


def test_a_crash_in_photon(studio: Server, shell: Shell, kent: Kent) -> None:
    """It carries both releases, both tools' features, and the source lines of both."""
    asked = studio.get(TWO_RELATIONS, **HEADERS)
    assert asked.status == 500
    assert "sent. Receipt: " in studio.answer(asked, "yes").text

    assert event_of(kent, shell) == {
        **expected(
            "Bug",
            {"photon.features": ["includes", "filters"]},
            module="photon.errors",
            value="the compiler has joined no table for <…> of <…>",
            stacktrace={
                "frames": [
                    *WAY,
                    frame(
                        *(STUDIO, "studio.pages", "record"),
                        "found = collection.find_many("
                        "{model.key.name: key}, include=relations, take=1)",
                        client=CLIENT,
                        collection=COLLECTION,
                        key="int",
                        model=MODEL,
                        models="dict(1+)",
                        relations="list(1+)",
                        request=REQUEST,
                    ),
                    frame(
                        *(PHOTON, "photon.client", "Collection.find_many"),
                        "return self._finder.find(",
                        feature="str",
                        include="list(1+)",
                        is_used="list(1+)",
                        names="tuple(0)",
                        order_by="tuple(0)",
                        self=COLLECTION,
                        skip="int(0)",
                        take="int",
                        where="dict(1+)",
                    ),
                    frame(
                        *(PHOTON, "photon.find", "Finder.find"),
                        "tables = [query.first, *map(query.join, joined)]",
                        include="list(1+)",
                        joined="list(1+)",
                        model=MODEL,
                        order_by="tuple(0)",
                        query="photon.query.Query",
                        relations="list(1+)",
                        self="photon.find.Finder",
                        skip="int(0)",
                        take="int",
                        where="dict(1+)",
                    ),
                    NO_TABLE,
                ]
            },
        ),
        "transaction": "photon.query in Query.join",
        "fingerprint": ["cfad8f8d3dcb15c2577d5f81ac89587f20919d847a2e6b010ef90a8523a2d6b8"],
    }


def test_a_crash_at_the_start(shell: Shell, kent: Kent) -> None:
    """Where no page is served yet, the question comes in the terminal, as for any other tool."""
    shell.write("clinic.lift", FIRST_DAY)
    terminal = shell.terminal(
        *("studio", "--schema", "clinic.lift", "--port", "0", "--open"),
        STUDIO_TELEMETRY_DSN=kent.dsn,
        **SECRETS,
    )
    terminal.answer("yes")
    terminal.expect("sent. Receipt: ")
    assert terminal.end() == 1

    event = event_of(kent, shell)
    [exception] = event["exception"]["values"]
    message = exception.pop("value")
    assert message in ("max() arg is an empty sequence", "max() iterable argument is empty")
    assert event == {
        **expected("ValueError", {}),
        "transaction": "studio.cli in _outline",
        "fingerprint": ["14da11d54aa85a2e0db7f92e3ecfb2cc607d7dec8149e5f063fe4d94b7d8a55e"],
        "tags": {
            **CIRCUMSTANCES,
            "script": VARIES,
            "options": "--schema,--port,--open",
            "schema.models": "0",
            "schema.has_enums": "true",
            "schema.provider": "sqlite",
        },
        "contexts": {
            **MACHINE,
            "packages": {**FAMILY, "click": VARIES},
        },
        "exception": {
            "values": [
                {
                    "type": "ValueError",
                    "mechanism": {"type": START, "handled": False, "exception_id": 0},
                    "stacktrace": {
                        "frames": [
                            {"function": "<console script>", "in_app": False},
                            frame(
                                *(STUDIO, "studio.cli", "main", 'cli(prog_name="studio")'),
                                cli="click.core.Command",
                            ),
                            "click",
                            frame(
                                *(STUDIO, "studio.cli", "cli"),
                                'click.echo(f"{_outline(schema)}\\n\\n'
                                'Studio is at {address} until Ctrl-C.")',
                                address="str",
                                is_opening="bool",
                                path=PATH,
                                port="int(0)",
                                schema="photon.schema.Schema",
                                server="uvicorn.config.Config",
                                socket="socket.socket",
                            ),
                            frame(
                                *(STUDIO, "studio.cli", "_outline"),
                                "width = max(len(name) for name in schema.models)",
                                schema="photon.schema.Schema",
                            ),
                        ]
                    },
                }
            ]
        },
    }


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/models/Nurse", 404, "There is no model Nurse."),
        ("/models/Patient/record/99", 404, "There is no Patient 99."),
        ("/models/Patient/record/x", 400, "id takes Int, and &#39;x&#39; is none."),
        ("/models/Patient?sort=age", 400, "Patient has no field age"),
        ("/models/Patient?field=weight&text=heavy", 400, "weight takes Float"),
        ("/api/models/Patient/summary/age", 404, '{"error": "Patient has no field age."}'),
        ("/api/models/Patient/summary/email", 400, "email of Patient holds no numbers"),
        ("/nowhere", 404, "Not Found"),
    ],
)
def test_mistakes_are_pages(
    studio: Server, shell: Shell, path: str, status: int, words: str
) -> None:
    """What the user can put right is told in the page, and is no crash."""
    before = shell.home.files()
    told = studio.get(path)
    assert (told.status, words in told.text) == (status, True), told.text
    assert "has crashed" not in told.text
    assert studio.errors.read_text("utf-8") == ""
    assert shell.home.files() == before


def test_a_missing_database_is_a_page(studio: Server, shell: Shell) -> None:
    """A database or a schema that goes away, or is wrong, is told of, and Studio goes on."""
    (shell.directory / "clinic-records.db").unlink()
    told = studio.get("/")
    assert (told.status, "no database at" in told.text) == (409, True)
    shell.write("clinic.lift", "model Patient {\n")
    told = studio.get("/api/models")
    assert (told.status, "never closed" in told.text) == (409, True)
    make_clinic(shell)
    assert studio.get("/").status == 200
    assert studio.errors.read_text("utf-8") == ""


def test_a_missing_schema_is_a_line(shell: Shell) -> None:
    """A schema that is not there is told in one line, and asks nothing."""
    terminal = shell.terminal("studio", "--schema", "missing.lift")
    assert terminal.end() == 1
    assert terminal.screen.strip() == "studio: no schema at missing.lift: `lift init` writes one"


def test_records_are_made_changed_and_deleted(studio: Server) -> None:
    """The forms write through Photon; what it refuses stands above the form, with what was typed."""
    origin = {"Origin": studio.url}
    new, taken = "/models/Patient/new", "email=johanna%40doe.example&ward=SOUTHWING&weight="
    made = studio.request("POST", new, taken.replace("johanna", "lena"), **origin)
    assert (made.status, made.headers["Location"]) == (303, "/models/Patient/record/3")
    refused = studio.request("POST", new, taken, **origin)
    assert refused.status == 409
    assert "must be unique" in refused.text
    assert 'value="johanna@doe.example"' in refused.text
    assert "<option selected>SOUTHWING</option>" in refused.text
    page = "/models/Patient/edit/3"
    assert 'value="lena@doe.example"' in studio.get(page).text
    assert studio.request("POST", page, "weight=70&id=3", **origin).status == 303
    found = studio.get("/api/models/Patient?field=email&text=lena").text
    assert json.loads(found)["records"][0]["weight"] == 70
    gone = studio.request("POST", page, "action=delete", **origin)
    assert gone.headers["Location"] == "/models/Patient"
    assert studio.get("/models/Patient/record/3").status == 404
    assert studio.errors.read_text("utf-8") == ""


def test_features_are_told(studio: Server, kent: Kent) -> None:
    """A report says which parts of Studio were used before."""
    studio.get("/models/Patient?sort=-email")
    studio.get("/api/models")
    studio.request("POST", "/models/Patient/new", "email=lena", Origin=studio.url)
    studio.answer(studio.get(TWO_RELATIONS), "yes")
    [event] = kent.events()
    used = event["payload"]["body"]["tags"]["studio.features"].split(",")
    assert used == ["sorting", "editing", "api"]


def test_other_sites_pages_get_nothing(studio: Server) -> None:
    """Studio's own guard refuses other names and origins, for its data is its user's alone."""
    assert studio.get("/", Host=f"evil.example:{studio.port}").status == 403
    assert studio.get("/", Origin="http://evil.example").status == 403
    assert studio.request("POST", "/models/Patient/new", "email=x").status == 403
    assert "frame-ancestors 'none'" in studio.get("/").headers["Content-Security-Policy"]
    assert studio.get("/", Host=f"localhost:{studio.port}").status == 200


def test_the_api_fails_as_without_us(studio: Server) -> None:
    """A script that fetches gets the framework's own response to a failure, and no page."""
    told = studio.request("GET", SUMMARY, **{"Sec-Fetch-Dest": "empty"})
    assert (told.status, told.text) == (500, "Internal Server Error")


def test_its_own_tests(shell: Shell) -> None:
    """Studio's own tests, of what needs no browser and no server, pass with the kit."""
    shell.environment.pip("install", "pytest")
    tests = str(ROOT / "examples/studio/tests")
    options = ("-q", "-W", "error", "-p", "no:cacheprovider", "--rootdir", tests, tests)
    ended = shell.run("python", "-m", "pytest", *options, PYTHONDONTWRITEBYTECODE="1")
    assert "3 passed" in ended.stdout, ended.stdout + ended.stderr
