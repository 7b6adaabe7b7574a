"""The last gate: a finished report that holds something private is dropped, whoever put it there."""

from __future__ import annotations

import base64
import collections
import dataclasses
import json
import sys
import types
from pathlib import Path
from typing import Any

import pytest

from telemetry_hook import _gate, _report
from telemetry_hook._errors import GateError
from telemetry_hook._private.search import PrivateNames, is_specific
from telemetry_hook._report import PublicText
from telemetry_hook.receivers import FileReceiver, Request
from telemetry_hook.receivers._traceback import WORDS

RECEIVER = FileReceiver("/tmp/reports")  # noqa: S108 - nothing is written
NOBODY = PrivateNames((), (), ())


def text(value: str) -> PublicText:
    """Forge a public text: the gate does not ask where one is from."""
    return str.__new__(PublicText, value)


def release() -> _report.Release:
    return _report.Release(text("up"), text("1.0"))


def check(body: str, *private: str) -> None:
    """Check a body whose public texts are `up`, `1.0` and a line of source."""
    report = _report.SourceLines(
        (), text("contact me@example.com or 10.0.0.1"), (text("up"), text("1.0"))
    )
    request = Request(url="file:///tmp/reports/1.json", body=body.encode())
    _gate.check(request, RECEIVER, report, [("a secret", each) for each in private], NOBODY)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "body",
    [
        '{"a": "hunter2"}',
        '{"hunter2": 1}',
        '{"a": "so hunter2 it is"}',
        '{"a": "HUNTER2"}',
        '{"a": "hun\\u0074er2"}',
        '{"a": ["up", {"b": "up@hunter2"}]}',
        '{"a": "b"}\n{"c": "hunter2"}',
        "a text that is not valid JSON: hunter2",
        'a text with a lonely " and hunter2',
    ],
)
def test_private_text_is_found(body: str) -> None:
    """Wherever and however it is written, a private text stops the report."""
    with pytest.raises(GateError, match="a secret was about to be in a report"):
        check(body, "nothing", "hunter2")
    check(
        body.replace("hunter2", "fine").replace("HUNTER2", "fine").replace("hun\\u0074er2", "fine"),
        "hunter2",
    )


def test_the_fixed_words_of_a_traceback_are_no_private_text() -> None:
    """A program may have a text that is a part of them."""
    for words in WORDS:
        check(json.dumps({"stack": f"{words} up"}), words.strip(' "'), words.casefold())


@pytest.mark.parametrize(
    "secret",
    [
        "-----BEGIN RSA PRIVATE KEY-----",
        "postgres://admin:hunter2@db/orders",
        "192.168.17.4",
        "jane.doe@example.com",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.abc",
        "AKIAIOSFODNN7EXAMPLE",
        "ghp_0123456789abcdefghij",
        "glpat-0123456789abcdefghij",
        "sk_live_0123456789abcdef",
        "xoxb-123456789-abcdef",
        "/home/jane/project",
        "C:\\\\Users\\\\jane",
    ],
)
def test_forms_of_secrets_are_found(secret: str) -> None:
    """What has the form of a secret stops the report, known or not."""
    with pytest.raises(GateError):
        check(f'{{"a": "it is {secret} here"}}')


def test_public_texts_pass() -> None:
    """What stands in public texts, or in our own words, betrays nobody."""
    line = "contact me@example.com or 10.0.0.1"
    body = json.dumps({"exceptions": ["up", line, 5432], "line": f"up and {line}"})
    check(body, "up", "exceptions", "5432", "10.0.0.1", line, "abc")


def check_message(message: str, *private: str) -> None:
    """Check a report whose message is said to be public, with the same body."""
    exception = _report.RedactedException(
        type=text("ValueError"),
        module=None,
        message=text(message),
        details=(),
        frames=(),
        parent=None,
        relation=None,
    )
    body = json.dumps({"message": message}).encode()
    request = Request(url="file:///tmp/reports/1.json", body=body)
    _gate.check(request, RECEIVER, exception, [("a secret", each) for each in private], NOBODY)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "secret",
    ["Tr0ub4dor", " TR0UB4DOR ", "/home/jane/merger", "C:\\Users\\jane"],
)
def test_a_public_message_is_not_believed(secret: str) -> None:
    """What no source has by accident stops the report, though the text says that it is public."""
    message = "cannot open Tr0ub4dor is long /home/jane/merger C:\\Users\\jane"
    with pytest.raises(GateError, match="a secret was about to be in a message"):
        check_message(message, "nothing", secret)
    check_message("cannot open it", secret)


@pytest.mark.parametrize(
    "word", ["open", "cannot open", "20260101", "/home", "utf-8", "sha-256", "of utf-8 or"]
)
def test_a_word_of_a_public_message_is_no_evidence(word: str) -> None:
    """A user who is called like a word of it has reports like everybody else."""
    check_message("cannot open /home of utf-8 or sha-256 20260101", word)


@pytest.mark.parametrize("key", ["ghp_0123456789abcdefghij", "AKIAIOSFODNN7EXAMPLE"])
def test_a_key_in_a_public_message_is_found(key: str) -> None:
    """A message that has a key in it is no published one; examples of other forms are in some."""
    with pytest.raises(GateError):
        check_message(f"cannot open {key}")
    check_message("cannot open me@example.com at 127.0.0.1")


def test_what_public_texts_are_composed_to_passes() -> None:
    """A variable that holds the tool's own release is no secret."""
    report = _report.Release(text("acme-lift"), text("1.4.0"))
    request = Request(url="file:///tmp/reports/1.json", body=b'{"release": "acme-lift@1.4.0"}')
    _gate.check(request, RECEIVER, report, [("a secret", "acme-lift@1.4.0")], NOBODY)  # type: ignore[arg-type]
    with pytest.raises(GateError):
        _gate.check(
            dataclasses.replace(request, body=b'{"release": "acme-lift@1.4.0-hunter2"}'),
            RECEIVER,
            report,  # type: ignore[arg-type]
            [("a secret", "1.4.0-hunter2")],
            NOBODY,
        )


def test_bytes_that_cannot_be_read_are_stopped() -> None:
    """A body that cannot be checked is not sent."""
    request = Request(url="file:///tmp/reports/1.json", body=b'"\xff"')
    with pytest.raises(GateError, match="cannot be decoded"):
        _gate.check(request, RECEIVER, release(), [], NOBODY)  # type: ignore[arg-type]


def test_a_private_text_in_a_message_may_have_lone_surrogates() -> None:
    """Those are escapes in reports."""
    report = _report.RedactedAttribute(text("x"), text("y"))
    kind = collections.namedtuple("kind", ["message", "more"])  # noqa: PYI024
    message: Any = kind(text("no such file: \\udcff0Tr0ub4dor"), report)
    request = Request(url="file:///tmp/reports/1.json", body=b"{}")
    with pytest.raises(GateError, match="a secret was about to be in a message"):
        _gate.check(
            request,
            RECEIVER,
            message,
            [("a secret", "\udcff0Tr0ub4dor")],
            NOBODY,
        )


def test_a_receiver_of_a_tool_with_a_source_in_another_encoding(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its words are read all the same."""
    path = tmp_path / "acme_receiver.py"
    path.write_bytes(b"# coding: latin-1\nfield = 'caf\xe9'\n")
    module = types.ModuleType("acme_receiver")
    module.__file__ = str(path)
    monkeypatch.setitem(sys.modules, "acme_receiver", module)
    receiver = type(
        "Receiver", (), {"__module__": "acme_receiver", "address": "https://acme.example"}
    )()
    request = Request(url="https://acme.example", body=b'{"field": "up"}')
    _gate.check(request, receiver, release(), [("a secret", "field")], NOBODY)  # type: ignore[arg-type]


def test_encoded_secrets_are_none_of_its_business() -> None:
    """It is the last line of defence against mistakes, not against a receiver's author."""
    check(json.dumps({"a": base64.b64encode(b"hunter2").decode()}), "hunter2")


@pytest.mark.parametrize(("secret", "is_stopped"), [("abcde12", False), ("abcdef12", True)])
def test_a_specific_text_has_eight_characters(secret: str, is_stopped: bool) -> None:
    """A shorter one may be in a source by accident, and so in a public message."""
    assert is_specific(secret) is is_stopped


def test_a_private_text_is_taken_apart_from_its_longest_public_piece() -> None:
    """`acme-lift` is taken out before `acme`, of which something would be left."""
    assert _gate._is_composed("acme-lift@1.0", ["1.0", "acme", "acme-lift"])
    assert not _gate._is_composed("acme-lift@1.0", ["acme", "lift-x"])
    assert _gate._is_composed("abc", ["abc"])
    assert not _gate._is_composed("ab", ["ab"])  # too short to be looked for


def test_names_that_identify_nobody_are_not_searched_for() -> None:
    texts = ["root", "python", "jane", "/usr/local/lib", "/srv/merger", "/", "x", "json", "7", ""]
    assert PrivateNames(texts, (), ()).texts == ["jane", "/srv/merger"]


def test_credentials_are_searched_as_they_are_decoded() -> None:
    """Those that the tool's own source has are the receiver's; others are somebody's."""
    token = base64.b64encode(b"lift:hunter2").decode()
    headers = {"Authorization": f"Basic {token}"}
    request = Request(url="file:///tmp/reports/1.json", body=b'"up"', headers=headers)
    report: Any = (text("up"),)

    class Written(PrivateNames):
        """Names of a machine where the tool's own source has everything."""

        def is_written(self, _: str) -> bool:
            return True

    _gate.check(request, RECEIVER, report, [("a secret", "other")], NOBODY)
    with pytest.raises(GateError, match="a secret was about to be in a report"):
        _gate.check(request, RECEIVER, report, [("a secret", "hunter2")], NOBODY)
    _gate.check(request, RECEIVER, report, [("a secret", "hunter2")], Written((), (), ()))
