"""What a person reads of a report comes from the bytes that are sent."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from telemetry_hook import HttpsReceiver, OtlpReceiver, SentryReceiver
from telemetry_hook._ask.summary import summary
from telemetry_hook._report import (
    Circumstances,
    Command,
    Detail,
    PublicText,
    Python,
    RedactedAttribute,
    RedactedException,
    RedactedFrame,
    RedactedReport,
    Release,
    SourceLines,
    System,
    Variable,
)
from telemetry_hook.receivers import Receiver, _traceback

pytestmark = pytest.mark.once

URL = "https://errors.acme.example/reports"
RECEIVERS: dict[str, Receiver] = {
    "https": HttpsReceiver(URL),
    "sentry": SentryReceiver("https://key@errors.acme.example/7"),
    "otlp": OtlpReceiver(URL),
}


def text(value: str) -> PublicText:
    """Forge a public text."""
    return str.__new__(PublicText, value)


LIFT = Release(text("acme-lift"), text("1.2"))
SOURCE = SourceLines(
    (text("before"), text("    raise Stuck(")),
    text("        box.lid.top,"),
    (text("    )"), text("after")),
    first=6,
    last=8,
    expression=text("box.lid"),
)
FRAME = RedactedFrame(
    function=text("up"),
    module=text("lift.motor"),
    file=text("lift/motor.py"),
    line=7,
    release=LIFT,
    in_app=True,
    source=SOURCE,
    variables=(Variable(text("box"), text("lift.Box")),),
    passed=(text("except KeyError:"),),
)
CLICK = RedactedFrame(
    text("invoke"),
    text("click.core"),
    text("click/core.py"),
    9,
    Release(text("click"), text("8.1")),
)
STUCK = RedactedException(
    type=text("Stuck"),
    module=text("lift.errors"),
    message=text("stuck at <…>"),
    details=(Detail(text("status"), 404),),
    frames=(RedactedFrame(text("<console script>")), CLICK, FRAME),
    parent=None,
    relation=None,
)
CAUSE = RedactedException(
    text("OSError"),
    None,
    text("<…>"),
    (Detail(text("errno"), text("ENOENT")),),
    (),
    0,
    text("cause"),
)
REPORT = RedactedReport(
    format=1,
    id=text("0123456789abcdef" * 2),
    time=text("2026-01-02T03:04:00Z"),
    tool=LIFT,
    packages=(Release(text("click"), text("8.1")),),
    phase=text("preview"),
    mechanism=text("excepthook"),
    python=Python(text("CPython"), text("3.12.1")),
    system=System(text("Linux"), text("6.1"), text("x86_64"), text("glibc 2.36")),
    circumstances=Circumstances(
        text("pipx"), text("utf-8"), terminal=True, ci=False, container=True
    ),
    command=Command(None, (text("db"), text("up")), (text("--fast"), text("--dry"))),
    attributes=(
        RedactedAttribute(text("floors"), 12),
        RedactedAttribute(text("doors"), (text("left"), text("right"))),
    ),
    exceptions=(STUCK, CAUSE),
    fingerprint=text("f" * 64),
)
STACK = """\
OSError: <…>
  errno: ENOENT

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  <console script>
  File "click/core.py", line 9, in invoke
  File "lift/motor.py", line 7, in up
    raise Stuck(
        box.lid.top,
        ^^^^^^^
    )
    # box: lift.Box
    # not caught by except KeyError
lift.errors.Stuck: stuck at <…>
  status: 404
"""
HEAD = """\
acme-lift 1.2 ended with lift.errors.Stuck: stuck at <…>

"""
PLACE = """\
The tool's innermost function:
  File "lift/motor.py", line 7, in up
    raise Stuck(
        box.lid.top,
        ^^^^^^^
    )
    # box: lift.Box
    # not caught by except KeyError

"""


def read(name: str, report: RedactedReport = REPORT) -> str:
    """Return the text for a report as a receiver encodes it."""
    return summary(RECEIVERS[name].encode(report).body)


@pytest.mark.parametrize("name", RECEIVERS)
def test_error_then_place_then_traceback_then_facts(name: str) -> None:
    head = HEAD if name == "otlp" else HEAD + PLACE
    assert read(name).startswith(
        f"{head}{STACK}\nCommand   db up --fast --dry\nReported  floors 12, "
    )


FACTS = """
Command   db up --fast --dry
Reported  floors 12, doors left+right
Python    CPython 3.12.1
System    Linux 6.1 x86_64 glibc 2.36
It ran    installed pipx, encoding utf-8, terminal yes, ci no, container yes,
          own_excepthook no
Packages  click 8.1"""


def test_facts() -> None:
    """Sentry's tags are texts. OpenTelemetry has no name for the C library."""
    assert read("https").endswith(FACTS)
    assert read("otlp").endswith(FACTS.replace(" glibc 2.36", ""))
    assert read("sentry").endswith(
        FACTS.replace("left+right", "left,right")
        .replace("terminal yes, ci no", "terminal true, ci false")
        .replace("container yes,\n          ", "\n          container true, ")
        .replace("false, \n", "false,\n")
    )


@pytest.mark.parametrize("name", RECEIVERS)
def test_nothing_is_shown_that_is_not_sent(name: str) -> None:
    """Each word is in the bytes, but for the fixed words of this text."""
    ours = " ".join(
        [*_traceback.WORDS, "ended with The tool's innermost function:", *FACTS.split()]
    )
    body = RECEIVERS[name].encode(REPORT).body.decode()
    words = set(re.findall(r"\w+", read(name))) - set(re.findall(r"\w+", f"{ours} yes no"))
    assert {word for word in words if word not in body} == set()


@pytest.mark.parametrize("name", RECEIVERS)
def test_what_is_not_known_is_left_out(name: str) -> None:
    bare = REPORT._replace(
        packages=(),
        command=None,
        attributes=(),
        system=System(text("Linux"), None, text("x86_64"), None),
        exceptions=(STUCK._replace(details=(), frames=(), module=None, message=text("")),),
    )
    assert read(name, bare).startswith(
        "acme-lift 1.2 ended with Stuck\n\nStuck\n\nPython    CPython 3.12.1\nSystem    Linux x86_64\n"
    )


@pytest.mark.parametrize("name", RECEIVERS)
def test_lines_have_80_columns(name: str) -> None:
    many = STUCK._replace(
        message=text("word " * 50),
        frames=(FRAME._replace(variables=FRAME.variables * 30, passed=FRAME.passed * 8),),
    )
    facts = tuple(RedactedAttribute(text(f"fact.{number}"), number) for number in range(40))
    found = read(name, REPORT._replace(exceptions=(many,), attributes=facts))
    title = _traceback.title(many._asdict())
    assert [
        line for line in found.split("\n") if len(line) > 79 and title.strip() not in line
    ] == []


@pytest.mark.parametrize(
    "body",
    [
        *(
            b"",
            b"{}",
            b"[]",
            b"null",
            b"\xff",
            b"{\n}",
            b"{\n",
            b"a\nb\nc",
            b"{}\n{}\n{}",
            b"1\n2\n3",
        ),
        *(b'{\n"exceptions": []}', b'{\n"exceptions": [{}]}', b'{\n"resourceLogs": 5}'),
        b'{"document": "of another receiver"}',
        b"{\n" + b"[" * 100_000,
    ],
)
def test_other_bytes_have_no_summary(body: bytes) -> None:
    assert summary(body) == ""


OTHERS: tuple[Any, ...] = (None, 5, "x", [], {})


def damaged(value: Any) -> Any:
    """Yield JSON values with one part of them replaced by something else."""
    for key in (
        value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    ):
        for other in OTHERS:
            changed = value.copy()
            changed[key] = other
            yield changed
        for inside in damaged(value[key]):
            changed = value.copy()
            changed[key] = inside
            yield changed


@pytest.mark.parametrize("name", RECEIVERS)
def test_damaged_reports_do_no_harm(name: str) -> None:
    """A receiver of somebody else's may have nearly the same form."""
    *heads, body = (
        RECEIVERS[name].encode(REPORT).body.decode().split("\n", 2 if name == "sentry" else 0)
    )
    for changed in damaged(json.loads(body)):
        summary("\n".join([*heads, json.dumps(changed, indent=2)]).encode())


def test_characters_that_control_a_terminal_are_replaced() -> None:
    line = FRAME._replace(source=SourceLines((), text("x = '\x1b[2J\t'"), ()))
    found = read("https", REPORT._replace(exceptions=(STUCK._replace(frames=(line,)),)))
    assert "x = '?[2J" in found
    assert found.replace("\n", "").isprintable()
