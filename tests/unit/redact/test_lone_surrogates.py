"""Lone surrogates, which no encoding allows, are in reports as escapes: a crash with some is not lost."""

from __future__ import annotations

from pathlib import Path

import pytest
from fragile import Fragile

from telemetry_hook import FileReceiver, HttpsReceiver, OtlpReceiver, SentryReceiver, _gate
from telemetry_hook._outbox import identity
from telemetry_hook._private.search import PrivateNames
from telemetry_hook._redact import origins
from telemetry_hook._redact.published.public_files import PublicFile
from telemetry_hook.receivers import Receiver

RECEIVERS: list[Receiver] = [
    FileReceiver("/var/spool/acme"),
    HttpsReceiver("https://errors.acme.example/1"),
    OtlpReceiver("https://errors.acme.example/v1/logs"),
    SentryReceiver("https://key@errors.acme.example/1"),
]
CASES = {
    "raise ValueError('no such \\udcff thing')": "no such \\udcff thing",
    "raise ValueError(f'no such \\ud800 thing as {s}')": "no such \\ud800 thing as <…>",
    "raise ValueError('no such \\ud83d' + '\\ude00 thing')": "no such \\ud83d\\ude00 thing",
    "raise ValueError('no such %s \\udcff thing' % s)": "no such <…> \\udcff thing",
    "raise KeyError('\\udcff')": "\\udcff",
    "raise ValueError('no such thing', 'as \\udcff in here')": "('no such thing', 'as \\udcff in here')",
    "raise Odd": "an \\udcff that is odd",
    "setattr(Odd, '\\udcff', s); open(b'/nonexistent/\\xff')": (
        "[Errno 2] No such file or directory: <…>"
    ),
}
SOURCE = r"""
class Odd(Exception):
    def __str__(self): return 'an \udcff that is odd'
"""


@pytest.mark.parametrize("receiver", RECEIVERS, ids=lambda receiver: type(receiver).__name__)
@pytest.mark.parametrize(("statement", "message"), CASES.items())
def test_the_report_can_be_stored_and_sent(
    tmp_path: Path, statement: str, message: str, receiver: Receiver
) -> None:
    report = Fragile(tmp_path, f"{SOURCE}def fail(s): {statement}\n").report("fail", "hunter2")
    assert report.exceptions[0].message == message
    assert len(identity.crash(report)) == 64
    request = receiver.encode(report)
    assert "\\ud" not in request.body.decode().replace("\\\\ud", "")  # no escapes of JSON's own
    _gate.check(request, receiver, report, [("a name", "\udcff\udcfe")], PrivateNames((), (), ()))


def test_names_of_files_and_lines() -> None:
    """A checkout can be in a file system with any names, and a source in any encoding."""
    path = "/src/acme/\udcff.py"
    file = PublicFile(path, "acme/\udcff.py", b"# coding: utf-7\nx = '+2AA-'\n", None, True)
    assert origins.path(file) == "acme/\\udcff.py"
    assert origins.module(file) == "acme.\\udcff"
    assert origins.line(file, 2) == "x = '\\ud800'"
    assert origins.name(file, "\udcff") is None
