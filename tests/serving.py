"""Studio as its user has it: installed and started for real, and asked by plain HTTP."""

from __future__ import annotations

import http.client
import re
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from urllib.parse import urlencode

from conftest import Environment, Shell, build_wheel, until
from events import PASSWORD

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
  weight Float?
  visits Visit[]
}

model Visit {
  id      Int      @id @default(autoincrement())
  reason  String
  patient Patient  @relation
  escort  Patient? @relation
}

model Remark {
  id      Int     @id @default(autoincrement())
  wording String
  urgency Int
}
"""
RECORDS = """{"Patient": [
  {"email": "johanna@doe.example", "weight": 61.5, "visits": [{"reason": "flu-like"}]},
  {"email": "kasimir@doe.example", "ward": "SOUTHWING"}
]}"""
PLANTED = (
    *(PASSWORD, "hunter2", "db.internal", "wards", "johanna", "kasimir", "doe.example", "flu-like"),
    *("clinic", "Patient", "Visit", "Remark", "escort", "NORTHWING", "wording", "urgency", "61.5"),
    *("models/", "record/", "api/models", "localhost", "Mozilla", "Chrom"),
)

# Each is a mistake of Studio's author: what leads to it stands in examples/studio/README.md.
EMPTY_MODEL = f"/models/Remark?{urlencode({'field': 'wording', 'text': PASSWORD})}"
TWO_RELATIONS = "/models/Visit/record/1"
SUMMARY = "/api/models/Patient/summary/weight"

# What a browser says of a page that a person has asked for by its address.
TYPED = {"Accept": "text/html", "Sec-Fetch-Dest": "document", "Sec-Fetch-Site": "none"}


@dataclass(frozen=True)
class Answer:
    """What a server has said."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def text(self) -> str:
        """The body, decoded."""
        return self.body.decode()

    @property
    def token(self) -> str | None:
        """The token of the question in the page, None where there is no question."""
        found = re.search(r'name="token" value="([0-9a-f]+)"', self.text)
        return found and found[1]

    @property
    def words(self) -> list[str]:
        """The answers that the page offers."""
        return re.findall(r'name="answer" value="(\w+)"', self.text)

    @property
    def view(self) -> str:
        """What the page shows of the report."""
        [found] = re.findall(r"<pre[^>]*>(.*?)</pre>", self.text, re.DOTALL)
        return unescape(found)

    @property
    def cookie(self) -> dict[str, str]:
        """The header by which a browser is known again."""
        return {"Cookie": self.headers.get("Set-Cookie", "").partition(";")[0]}


@dataclass
class Server:
    """A web app that runs on this machine."""

    process: subprocess.Popen[str]
    port: int
    errors: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def request(self, method: str, path: str, body: str = "", **headers: str) -> Answer:
        """Ask for something; an underscore in a header's name is a hyphen."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            given = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, path, body or None, given)
            response = connection.getresponse()
            return Answer(response.status, response.headers, response.read())
        finally:
            connection.close()

    def get(self, path: str, **headers: str) -> Answer:
        """Ask for a page as a browser does."""
        return self.request("GET", path, **TYPED, **headers)

    def answer(self, asked: Answer, word: str, **headers: str) -> Answer:
        """Press one of the buttons of a page with a question."""
        return self.request(
            "POST",
            "/telemetry-hook/answer",
            urlencode({"token": asked.token or "", "answer": word}),
            **{"Content-Type": "application/x-www-form-urlencoded", "Origin": self.url}
            | asked.cookie
            | headers,
        )


def with_studio(environment: Environment, source: Path, directory: Path) -> Iterator[Environment]:
    """Install Studio into an environment, for some tests."""
    environment.pip("install", build_wheel(source / "examples/studio", directory))
    yield environment
    environment.pip("uninstall", "--yes", "acme-studio")


def make_clinic(shell: Shell) -> None:
    """Write a schema, and let Lift make its database with some records."""
    shell.write("clinic.lift", SCHEMA)
    shell.write("records.json", RECORDS)
    made = shell.run("lift", "seed", "--create-db", "--schema", "clinic.lift", "records.json")
    assert made.returncode == 0, made.stderr


@contextmanager
def served(shell: Shell, *command: str, **variables: str) -> Iterator[Server]:
    """Run a web app that says where it is once it is there."""
    errors = shell.home.directory.parent / f"{command[0]}.errors"
    with errors.open("w", encoding="utf-8") as file:
        process = subprocess.Popen(
            [shell.environment.bin / command[0], *command[1:]],
            cwd=shell.directory,
            env={**shell.variables, **variables},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=file,
            text=True,
        )
    try:
        assert process.stdout is not None
        said = ""
        for line in process.stdout:
            said += line
            if found := re.search(r"http://127\.0\.0\.1:(\d+)/", line):
                break
        else:
            raise AssertionError(said + errors.read_text("utf-8"))
        port = int(found[1])
        until(lambda: _is_there(port))
        yield Server(process, port, errors)
    finally:
        process.terminate()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


def _is_there(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
