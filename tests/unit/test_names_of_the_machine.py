"""The names of the machine and its user in what a tool has published: a build may have put them there."""

from __future__ import annotations

import dataclasses
import os
import sys
from base64 import b64encode
from pathlib import Path
from typing import Any
from unittest.mock import patch
from urllib.parse import quote

import pytest
from fragile import TOOL, Fragile

from telemetry_hook import HttpsReceiver, OtlpReceiver, SentryReceiver, _pipeline
from telemetry_hook._errors import GateError
from telemetry_hook._private import names
from telemetry_hook._report import RedactedReport
from telemetry_hook.receivers import Receiver, Request

RECEIVERS: list[Receiver] = [
    HttpsReceiver("https://errors.acme.example/1"),
    OtlpReceiver("https://errors.acme.example/v1/logs"),
    SentryReceiver("https://key@errors.acme.example/1"),
]
JANE = {
    "user": "jane",
    "home": "/home/jane",
    "host": "build-7.corp.example",
    "cwd": "/srv/merger/atlas9",
    "name": "Jane Roe,Room 5,555-123",
}


class Machine:
    """A machine and its user, as this process finds them."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, directory: Path) -> None:
        self._patch = monkeypatch
        self._directory = directory

    def be(self, user: str, home: str, host: str, cwd: str, name: str = "", **more: str) -> None:
        """Have these names, and nothing else in the environment but `more`."""
        accounts = self._directory / "passwd"
        accounts.write_text(f"{user}:x:{os.getuid()}:1:{name}:{home}:/bin/sh\n", "utf-8")
        variables = {"HOME": home, "USER": user, **more}
        self._patch.setattr(names, "ACCOUNTS", str(accounts))
        self._patch.setattr(os, "environ", variables)
        system = os.uname_result(("Linux", host, "6.1.0", "#1", "x86_64"))
        self._patch.setattr(os, "uname", lambda: system)
        self._patch.setattr(os, "getcwd", lambda: cwd)


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Machine:
    return Machine(monkeypatch, tmp_path)


def finished(
    directory: Path, source: str, receiver: Receiver = RECEIVERS[0]
) -> tuple[RedactedReport, Request]:
    """Return the report of a tool whose function `fail` raises, and the request, which the gate lets pass."""
    directory.mkdir(exist_ok=True)
    tool = dataclasses.replace(TOOL, receiver=receiver)
    fragile = Fragile(directory, source)
    with patch.dict(sys.modules, fragile=fragile._module):
        return _pipeline.finish(fragile.raw_report("fail", "hunter2", tool))


# What a build has written, with what of it is private.
TEXTS = {
    "home": "/home/jane",
    "below home": "/home/jane/.cache/x",
    "quoted home": repr("/home/jane").replace("'", ""),
    "Windows": r"C:\\Users\\home\\jane",
    "joined": "'home', 'jane'",
    "percent": quote("/home/jane", safe=""),
    "percent twice": quote(quote("/home/jane", safe="")),
    "base64": b64encode(b"/home/jane/lib").decode(),
    "base64 of the user": b64encode(b"jane").decode(),
    "hex": b"built by jane".hex(),
    "escaped": r"\x6aane",
    "after an escape": r"by\njane",
    "upper case": "JANE",
    "backwards": "/home/jane"[::-1],
    "user": "jane",
    "full name": "Jane Roe",
    "last name": "roe",
    "phone": "room 5",
    "host": "build-7.corp.example",
    "first label": "build-7",
    "other separator": "build_7",
    "directory": "/srv/merger/atlas9",
    "project": "/srv/merger",
    "basename": "atlas9",
    "compiler flag": "-I/srv/merger/include",
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
@pytest.mark.parametrize("receiver", RECEIVERS, ids=lambda receiver: type(receiver).__name__)
def test_a_line_and_a_message_are_withheld(
    tmp_path: Path, machine: Machine, text: str, receiver: Receiver
) -> None:
    """And the report goes on: neighbours, frames and class are there."""
    machine.be(**JANE)
    source = f"x = 1\ndef fail(s):\n    # before it\n    raise ValueError({text!r})\n"
    if "\\x6a" in text or "\\n" in text:
        source = f"x = 1\ndef fail(s):\n    # before it\n    raise ValueError('{text}')\n"
    report, _ = finished(tmp_path / "tool", source, receiver)
    (exception,) = report.exceptions
    (frame,) = exception.frames
    assert exception.type == "ValueError"
    assert exception.message == "<…>"
    assert frame.function == "fail"
    assert frame.source is not None
    assert frame.source.line == "<…>"
    assert frame.source.before[-1] == "    # before it"


def test_neighbours_of_the_line_are_withheld(tmp_path: Path, machine: Machine) -> None:
    machine.be(**JANE)
    source = (
        "def fail(s):\n    by = 'jane'\n    raise ValueError('fine it is')\n    # jane\n    # x\n"
    )
    report, _ = finished(tmp_path / "tool", source)
    lines = report.exceptions[0].frames[0].source
    assert lines is not None
    assert lines.before == ("def fail(s):", "<…>")
    assert lines.line == "    raise ValueError('fine it is')"
    assert lines.after == ("<…>", "    # x")
    assert report.exceptions[0].message == "fine it is"


@pytest.mark.parametrize(
    "source",
    [
        "def jane(): raise ValueError('fine it is')\ndef fail(s): jane()\n",
        "def built_by_jane(): raise ValueError('fine it is')\nfail = lambda s: built_by_jane()\n",
        "def onBuild_7(): raise ValueError('fine it is')\ndef fail(s): onBuild_7()\n",
        "def fail(s):\n    jane = s\n    raise ValueError('fine it is')\n",
        "class Jane(Exception): pass\ndef fail(s): raise Jane('fine it is')\n",
        "class JaneRoeError(Exception): pass\ndef fail(s): raise JaneRoeError('fine it is')\n",
        "class Atlas9(Exception): pass\ndef fail(s):\n    x = Atlas9()\n    raise ValueError(0)\n",
    ],
)
def test_structure_is_replaced(tmp_path: Path, machine: Machine, source: str) -> None:
    """A frame is the user's code then, a class the user's, and a variable is left out."""
    machine.be(**JANE)
    report, request = finished(tmp_path / "tool", source)
    assert not any(word in request.body.lower() for word in (b"jane", b"build_7", b"atlas9"))
    assert len(report.exceptions) == 1
    if "Jane" in source:
        assert report.exceptions[0].type == "<user class>"
        assert report.exceptions[0].module is None
    else:
        assert report.exceptions[0].type == "ValueError"
    if source.startswith("def jane"):
        assert [frame.function for frame in report.exceptions[0].frames] == ["fail", "<user code>"]


def test_a_fingerprint_confirms_no_guess(tmp_path: Path, machine: Machine) -> None:
    """It is made of what is left, so that it is the same whoever has built the tool."""
    fingerprints = set()
    for user in ("jane", "rudolf"):
        machine.be(**{**JANE, "user": user, "home": f"/home/{user}"})
        source = f"def fail(s): raise ValueError('built by {user}')\n"
        report, _ = finished(tmp_path / user, source)
        fingerprints.add(report.fingerprint)
    assert len(fingerprints) == 1


ORDINARY = '''
def up(python, root):
    """Bring it up, as root or admin, on linux or localhost, in /tmp, /home or /usr/local/lib."""
    path = "/root/lift"  # 1000482 steps
    raise ValueError("cannot bring up the python of root at %s" % root)

def fail(s):
    up(python=s, root=s)
'''
PEOPLE: dict[str, dict[str, str]] = {
    "up": {"user": "up", "home": "/home/up", "host": "laptop"},
    "python": {"user": "python", "home": "/home/python", "host": "python"},
    "root": {"user": "root", "home": "/root", "host": "localhost", "name": "root"},
    "admin": {"user": "admin", "home": "/", "host": "linux", "cwd": "/"},
    "fragile": {"user": "fragile", "home": "/opt/fragile", "host": "fragile-1"},
    "short": {"user": "x", "home": "/home/x", "host": "7"},
    "nobody": {"user": "nobody", "home": "/nonexistent", "host": "localhost.localdomain"},
    "tmp": {"user": "jane", "home": "/home/jane", "host": "janes-box", "cwd": "/tmp"},  # noqa: S108
    "home": {"user": "jane", "home": "/home/jane", "host": "janes-box", "cwd": "/home"},
    "library": {"user": "1001", "home": "/home/jane", "host": "pc", "cwd": "/usr/local/lib"},
    "fields": {
        "user": "exceptions",
        "home": "/home/frames",
        "host": "fingerprint",
        "SHELL": "/bin/sh",
    },
    "words": {
        "user": "valueerror",
        "home": "/home/traceback",
        "host": "sentry",
        "KIND": "mechanism",
    },
}


@pytest.mark.parametrize("person", PEOPLE.values(), ids=PEOPLE)
@pytest.mark.parametrize("receiver", RECEIVERS, ids=lambda receiver: type(receiver).__name__)
def test_ordinary_words_make_no_difference(
    tmp_path: Path, machine: Machine, person: dict[str, str], receiver: Receiver
) -> None:
    """The report is that of everybody else: what is missing would reveal how a user is called."""
    tool = dataclasses.replace(TOOL, receiver=receiver)
    fragile = Fragile(tmp_path, ORDINARY)
    reports = []
    for names_of in ({**JANE, "cwd": "/srv/x"}, {"cwd": "/srv/x", **person}):
        machine.be(**names_of)
        report, _ = _pipeline.finish(fragile.raw_report("fail", "hunter2", tool))
        reports.append(report._replace(id=report.phase, time=report.phase))
    assert reports[0] == reports[1]
    assert reports[1].exceptions[0].message == "cannot bring up the python of root at <…>"


@pytest.mark.parametrize(
    ("user", "host", "text"),
    [
        ("1000482", "pc", "built by 1000482"),
        ("jd", "pc", "built by jd"),
        ("jane7", "pc", "built by JANE7"),
        ("müller", "pc", "built by Mu\u0308ller"),
        ("x", "a3f9c2b81d4e", "on a3f9c2b81d4e"),
        ("x", "20481", "on 20481"),
        ("x", "ip-10-0-0-7", "on ip-10-0-0-7"),
    ],
)
def test_short_names_and_numbers_are_whole_words(
    tmp_path: Path, machine: Machine, user: str, host: str, text: str
) -> None:
    machine.be(user, "/", host, "/")
    report, _ = finished(tmp_path / "a", f"def fail(s): raise ValueError({text!r})\n")
    assert report.exceptions[0].message == "<…>"
    near = text.replace(user, f"{user}0").replace(user.upper(), "").replace(host, f"{host}0")
    if near != text and user != "x":
        report, _ = finished(tmp_path / "b", f"def fail(s): raise ValueError({near!r})\n")
        assert report.exceptions[0].message != "<…>"


@pytest.mark.parametrize(
    "variables",
    [
        {"GIT_AUTHOR_EMAIL": "ruth@corp.example"},
        {"GIT_COMMITTER_NAME": "Ruth Roe"},
        {"SERVICE_URL": "db://ruth/x/y"},
        {"TOKEN": "ruth-5f21"},
        {"LOGNAME": "ruth"},
        {"XDG_CONFIG_HOME": "{config}"},
    ],
)
def test_other_names(tmp_path: Path, machine: Machine, variables: dict[str, str]) -> None:
    """Of git, and what is long in the environment."""
    config = tmp_path / "git"
    config.mkdir()
    (config / "config").write_text('[core]\n name = no\n[user]\n\tname = "Ruth Roe"\n', "utf-8")
    given = {key: value.format(config=tmp_path) for key, value in variables.items()}
    machine.be(**JANE, **given)
    (text,) = variables.values()
    text = "Ruth Roe" if "config" in text else text
    report, _ = finished(tmp_path / "tool", f"def fail(s): raise ValueError('by {text}')\n")
    assert report.exceptions[0].message == "<…>"


def test_what_the_program_has_set_is_no_value_of_the_user(
    tmp_path: Path, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A program that sets a variable to a text of its source publishes it."""
    monkeypatch.setattr("telemetry_hook._environment._adopted", {"HOME": "/home/jane"})
    machine.be(**JANE, SERVICE_URL="https://api.acme.example/v1")
    source = "def fail(s):\n    url = 'https://api.acme.example/v1'\n    raise ValueError('fine')\n"
    report, _ = finished(tmp_path / "tool", source)
    lines = report.exceptions[0].frames[0].source
    assert lines is not None
    assert lines.before[-1] == "    url = 'https://api.acme.example/v1'"


def test_a_text_of_the_source_is_in_a_message_though_a_variable_has_it(
    tmp_path: Path, machine: Machine
) -> None:
    machine.be(**JANE)
    source = "def fail(s):\n    url = 'db://acme9/x/y'\n    raise ValueError('no such %s' % url)\n"
    report, _ = finished(tmp_path / "tool", source)
    assert report.exceptions[0].message == "no such db://acme9/x/y"


class Adding(HttpsReceiver):
    """A receiver that adds something of its own to a request."""

    added: Any = None

    def encode(self, report: RedactedReport) -> Request:
        request = super().encode(report)
        return dataclasses.replace(
            request, **{key: make(request) for key, make in self.added.items()}
        )


SPELLED = [
    "jane",
    "JANE",
    "/home/jane",
    "%6Aane",
    b64encode(b"jane").decode(),
    "b-jane-1",
    "1000482",
]


@pytest.mark.parametrize("text", SPELLED)
@pytest.mark.parametrize("place", ["value", "name", "url", "query", "deletion", "body", "number"])
def test_a_name_stands_nowhere_in_a_request(
    tmp_path: Path, machine: Machine, monkeypatch: pytest.MonkeyPatch, text: str, place: str
) -> None:
    """Not in what a receiver adds to the report, either."""
    if place == "number":
        text = "1000482"
    machine.be(**{**JANE, "user": "1000482", "home": "/home/jane"})
    added = {
        "value": {"headers": lambda request: {**request.headers, "X-From": text}},
        "name": {"headers": lambda request: {**request.headers, f"X-{text}": "1"}},
        "url": {"url": lambda request: f"{request.url}/{text}"},
        "query": {"url": lambda request: f"{request.url}/?by={text}"},
        "deletion": {"deletion": lambda request: f"{request.url}/{text}"},
        "body": {"body": lambda request: request.body + f'{{"by": "{text}"}}'.encode()},
        "number": {"body": lambda request: request.body + f'{{"by": {text}}}'.encode()},
    }[place]
    monkeypatch.setattr(Adding, "added", added)
    source = "def fail(s): raise ValueError('fine it is')\n"
    with pytest.raises(GateError, match="a name of this machine or its user"):
        finished(tmp_path / "tool", source, Adding("https://errors.acme.example/1"))


@pytest.mark.parametrize("secret", ["hunter2-" + "of-mine", "db" + "9", "7700" + "1234"])
def test_other_private_texts_are_in_no_header(
    tmp_path: Path, machine: Machine, monkeypatch: pytest.MonkeyPatch, secret: str
) -> None:
    """A short text and a number are found as whole words. What the author wrote is not private."""
    machine.be(**JANE, SECRET=secret)
    added = {"headers": lambda request: {**request.headers, "X-Key": f"key {secret}"}}
    monkeypatch.setattr(Adding, "added", added)
    source = "def fail(s): raise ValueError('fine it is')\n"
    receiver = Adding("https://errors.acme.example/1")
    with pytest.raises(GateError, match="a value of the environment"):
        finished(tmp_path / "a", source, receiver)
    finished(tmp_path / "b", f"KEY = {secret!r}\n{source}", receiver)


def test_a_receiver_that_computes_its_address(tmp_path: Path, machine: Machine) -> None:
    """It is in no report, but in the request."""
    machine.be(**JANE)
    source = "def fail(s): raise ValueError('fine it is')\n"
    with pytest.raises(GateError):
        finished(tmp_path / "a", source, HttpsReceiver("https://errors.acme.example/jane"))
    finished(tmp_path / "b", source, HttpsReceiver("https://jane.example/1"))


def test_nothing_waits(tmp_path: Path, machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """A named pipe in the place of a file of names is not read, and no name service is asked."""
    machine.be(**{**JANE, "home": str(tmp_path), "cwd": str(tmp_path)})
    os.mkfifo(tmp_path / ".gitconfig")
    os.mkfifo(tmp_path / "accounts")
    monkeypatch.setattr(names, "ACCOUNTS", str(tmp_path / "accounts"))
    monkeypatch.setitem(sys.modules, "pwd", None)
    assert str(tmp_path) in names.collect([os.environ])
