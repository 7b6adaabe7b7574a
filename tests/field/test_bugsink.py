"""Lift's crashes arrive in a real Bugsink: two bugs make two issues, whatever their messages say.

It installs a server of 200 MB first, and is run by `nox -s bugsink` only.
"""

from __future__ import annotations

import json
import re
import socket
import subprocess
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from conftest import Environment, Home, Shell, free_port, make_environment, pip_environment, until

pytestmark = pytest.mark.bugsink

BUSY = 900  # seconds

CYCLE = ("lift", "up", "--schema", "cycle.lift", "--create-db")
OTHER_CYCLE = """
datasource db {
  provider = "sqlite"
  url      = "file:secret-orders.db"
}

model Order {
  id      Int     @id @default(autoincrement())
  invoice Invoice @relation
}

model Invoice {
  id    Int   @id @default(autoincrement())
  order Order @relation
}

model Customer {
  id Int @id @default(autoincrement())
}
"""
# It must never talk to its makers; its own defaults would also share a directory in /tmp.
CONFIGURATION = """
BUGSINK |= {{"PHONEHOME": False, "INGEST_STORE_BASE_DIR": {ingestion!r}}}
"""
MAKE_PROJECT = """
from projects.models import Project
print("DSN", Project.objects.create(name="Lift").dsn)
"""
READ = """
import json
from issues.models import Issue
print("JSON", json.dumps([
    {
        "title": issue.title(),
        "count": issue.digested_event_count,
        "events": [
            {
                "release": event.release,
                "environment": event.environment,
                "server": event.server_name,
                "tags": {each.value.key.key: each.value.value for each in event.get_tags},
                "data": event.get_parsed_data(),
            }
            for event in issue.event_set.order_by("digest_order")
        ],
    }
    for issue in Issue.objects.filter(project_id=PROJECT).order_by("digest_order")
]))
"""


@dataclass(frozen=True)
class Bugsink:
    """An installed Bugsink with its configuration and databases in a directory."""

    environment: Environment
    directory: Path
    port: int

    @property
    def variables(self) -> dict[str, str]:
        return {
            **pip_environment(),
            "HOME": str(self.directory),  # its web server leaves a socket there
            "PYTHONPATH": str(self.directory),
            "DJANGO_SETTINGS_MODULE": "bugsink_conf",
        }

    def run(self, program: str, *arguments: str | Path) -> str:
        """Run one of its programs and return what it prints."""
        run = subprocess.run(
            [self.environment.bin / program, *arguments],
            env=self.variables,
            cwd=self.directory,
            capture_output=True,
            text=True,
            check=False,
        )
        assert run.returncode == 0, run.stdout + run.stderr
        return run.stdout

    def shell(self, script: str, word: str) -> str:
        """Run a script within the server's models; return the rest of the line with that word."""
        [found] = re.findall(
            rf"^{word} (.*)$", self.run("bugsink-manage", "shell", "-c", script), re.MULTILINE
        )
        return str(found)

    def is_up(self) -> bool:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{self.port}/health/ready").close()
        except OSError:
            return False
        return True

    def issues(self, dsn: str) -> list[dict[str, Any]]:
        """Return what its database holds of a project."""
        project = dsn.rpartition("/")[2]
        found: list[dict[str, Any]] = json.loads(self.shell(f"PROJECT = {project}\n{READ}", "JSON"))
        return found


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Bugsink:
    """Install Bugsink, and make its configuration and databases."""
    directory = tmp_path_factory.mktemp("bugsink")
    environment = make_environment(directory / "environment")
    environment.pip("install", "bugsink==2.6.1")
    made = Bugsink(environment, directory, free_port())
    made.run(
        *("bugsink-create-conf", "--template", "local"),
        *("--host", "127.0.0.1", "--port", str(made.port)),
    )
    with (directory / "bugsink_conf.py").open("a") as file:
        file.write(CONFIGURATION.format(ingestion=str(directory / "ingestion")))
    for database in ("default", "snappea"):
        made.run("bugsink-manage", "migrate", f"--database={database}")
    return made


@pytest.fixture
def bugsink(installed: Bugsink) -> Iterator[Bugsink]:
    """Start Bugsink."""
    command: list[str | Path] = [
        *(installed.environment.bin / "gunicorn", "bugsink.wsgi"),
        *("--bind", f"127.0.0.1:{installed.port}"),
    ]
    with (installed.directory / "server.log").open("w") as log:
        process = subprocess.Popen(
            command, stdout=log, stderr=log, env=installed.variables, cwd=installed.directory
        )
    try:
        until(installed.is_up, BUSY)
        yield installed
    finally:
        process.terminate()
        process.wait()


def crash(shell: Shell, dsn: str, *command: str) -> None:
    """Let Lift crash, say yes, and wait for the receipt: a busy server may need longer than the user."""
    terminal = shell.terminal(*command, LIFT_TELEMETRY_DSN=dsn)
    terminal.answer("yes")
    assert terminal.end() == 1
    until(lambda: is_sent(shell), BUSY)


def is_sent(shell: Shell) -> bool:
    """Try to send what is pending, and return whether all is sent."""
    shell.run("telemetry-hook", "send")
    reports = json.loads(shell.run("telemetry-hook", "list", "--json").stdout)
    return {each["state"] for each in reports} == {"sent"}


def of_another_user(shell: Shell, name: str) -> Shell:
    """Return a shell of somebody else, with another schema: the same crash is sent from it too."""
    directory = shell.directory.parent / name
    (directory / "home").mkdir(parents=True)
    (directory / "work").mkdir()
    (directory / "work/cycle.lift").write_text(OTHER_CYCLE)
    return replace(shell, home=Home(directory / "home"), directory=directory / "work")


def test_two_bugs_are_two_issues(project: Shell, bugsink: Bugsink) -> None:
    """The same bug in two users' projects is one issue, another is a second, each fit to work on."""
    dsn = bugsink.shell(MAKE_PROJECT, "DSN")
    other = of_another_user(project, "other")
    crash(project, dsn, *CYCLE)
    crash(other, dsn, *CYCLE)
    crash(project, dsn, "lift", "status", "--schema", "cycle.lift")

    first, second = bugsink.issues(dsn)
    title = "PlanError: cannot order models: <…> is waiting for <…>"
    assert [first["title"], second["title"]] == [title, title]
    assert [first["count"], second["count"]] == [2, 1]
    events = [*first["events"], *second["events"]]
    assert [each["tags"]["command"] for each in events] == ["up", "up", "status"]
    assert [each["tags"]["schema.models"] for each in events] == ["2", "3", "2"]
    assert [each["tags"]["schema.has_enums"] for each in events] == ["true", "false", "true"]
    for event in events:
        check(event)
    check_private(events, project, other)
    assert not other.home.log.exists()


def check(event: dict[str, Any]) -> None:
    """Check that an event has release, tags and a stack with lines of source."""
    assert (event["release"], event["environment"]) == ("acme-lift@1.4.0", "preview")
    assert event["server"] == ""
    assert event["tags"]["schema.provider"] == "sqlite"
    assert event["tags"]["installed"] == "pip"
    assert event["tags"]["transaction"] == "lift.plan in order_models"
    assert re.fullmatch(r"3\.\d+", event["tags"]["python"])
    [exception] = event["data"]["exception"]["values"]
    assert (exception["type"], exception["module"]) == ("PlanError", "lift.plan")
    frames = exception["stacktrace"]["frames"]
    assert frames[0]["function"] == "<console script>"
    assert [each["function"] for each in frames[-3:]] == ["_migrate", "plan", "order_models"]
    last = frames[-1]
    assert (last["package"], last["in_app"]) == ("acme-lift@1.4.0", True)
    assert last["context_line"].strip().startswith("raise PlanError(")
    assert last["vars"]["ready"] == "list(0)"


def check_private(events: list[dict[str, Any]], *shells: Shell) -> None:
    """Check that nothing of the users, their machine or their schemas is in the events."""
    text = json.dumps(events)
    places = [str(place) for each in shells for place in (each.directory, each.home.directory)]
    names = ["Profile", "Invoice", "Customer", "secret-orders", "cycle.lift", socket.gethostname()]
    assert [each for each in (*places, *names) if each in text] == []
