"""Reports of programs whose secrets differ in length, depth or number: only a magnitude may differ."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from fragile import Fragile
from published import Site

from telemetry_hook._crash.crash import PageError

SOURCE = """
import copy
import json

class Unknown:
    def __deepcopy__(self, memo): raise ValueError("cannot copy the innermost value")

def spell(s):
    if not s: raise ValueError("there is no letter left")
    spell(s[1:])

def walk(s):
    visit(s)

def visit(s):
    if s[:1].isdigit(): number(s)
    elif s: letter(s)
    else: raise ValueError("there is no letter left")

def number(s):
    walk(s[1:])

def letter(s):
    walk(s[1:])

def nested(s, *kinds):
    value = Unknown()
    for at, _ in enumerate(s):
        value = [value] if kinds[at % len(kinds)] is list else {"key": value}
    return value

def copied(s): copy.deepcopy(nested(s, list))
def copied_in_turn(s): copy.deepcopy([{"key": nested(s, list, dict)}])
def dumped(s): json.dumps([nested(s, list)], indent=1)
def dumped_in_turn(s): json.dumps([{"key": [nested(s, dict, list)]}], indent=1)

def again(s):
    error = KeyError("the cause of all")
    for _ in s:
        try: raise OSError("cannot connect to the server") from error
        except OSError as last: error = last
    raise error

def retry(s):
    try: spell(s[:1])
    except ValueError:
        if len(s) > 1: retry(s[1:])
        else: raise OSError("no attempt is left")

def retried(s): retry(f"ab{s}")

def each(s):
    errors = [ValueError("this is no valid letter") for _ in s]
    raise ExceptionGroup("there are errors in it", errors)

def raised(s):
    errors = []
    for _ in s:
        try: spell("a")
        except ValueError as error: errors.append(error)
    raise ExceptionGroup("there are errors in it", errors)

def kinds(s):
    errors = [
        ValueError("this is no valid letter") if letter.islower() else KeyError("no such key in it")
        for letter in s
    ]
    raise ExceptionGroup("there are errors in it", errors)

def within(s):
    error = ValueError("this is no valid letter")
    for _ in s:
        try: raise ExceptionGroup("there are errors in it", [error])
        except ExceptionGroup as group: error = group
    raise error
"""
SECRETS = {
    "units": ["x", "xy", "horse", "battery"],
    "tens": ["correcthorsebatterystaple", "correct" * 7, "x" * 90],
}
GROUPS = ("each", "raised", "within")


@pytest.fixture(scope="module")
def tool(tmp_path_factory: pytest.TempPathFactory) -> Fragile:
    return Fragile(tmp_path_factory.mktemp("sizes"), SOURCE)


def told(tool: Fragile, function: str, secret: str) -> dict[str, Any]:
    """Return a report without the fields that differ in each report."""
    return tool.report(function, secret).as_json() | {"id": "", "time": ""}


@pytest.mark.parametrize("magnitude", SECRETS)
@pytest.mark.parametrize(
    "function",
    [
        *("spell", "walk", "copied", "copied_in_turn", "dumped", "dumped_in_turn"),
        *("again", "retried", *GROUPS),
    ],
)
def test_secrets_of_one_magnitude(tool: Fragile, function: str, magnitude: str) -> None:
    """They have one report, whatever their length is."""
    if function in GROUPS and sys.version_info < (3, 11):
        pytest.skip("groups came with Python 3.11")
    reports = [told(tool, function, secret) for secret in SECRETS[magnitude]]
    assert reports[1:] == reports[:-1]


@pytest.mark.parametrize("function", ["spell", "copied", "dumped"])
def test_secrets_of_two_magnitudes(tool: Fragile, function: str) -> None:
    """The magnitude is all that differs, and the fingerprint is the same."""
    short, long = (told(tool, function, secret) for secret in ("hunter2", "correct horse"))
    if function != "dumped" or sys.version_info < (3, 13):  # then C code indents JSON
        assert short != long
    assert short["fingerprint"] == long["fingerprint"]
    assert str(short) == str(long).replace("10+", "1+")


@pytest.mark.parametrize("secret", ["a1", "1a", "a1a1", "11a", "aaa1"])
def test_order_of_lines_in_a_recursion(tool: Fragile, secret: str) -> None:
    """How often each line ran, and in which order, is not reported."""
    frames = told(tool, "visit", secret)["exceptions"][0]["frames"]
    lines = [frame.get("line") for frame in frames if frame["function"] == "visit"]
    assert lines == sorted(lines)
    assert len(lines) == 3


@pytest.mark.skipif(sys.version_info < (3, 11), reason="groups came with Python 3.11")
def test_kinds_of_members(tool: Fragile) -> None:
    """Which kinds there are is reported; not how many there are of each, nor in which order."""
    reports = [told(tool, "kinds", secret) for secret in ("aB", "Ba", "aaaBa", "BBBBBBBBa")]
    assert reports[1:] == reports[:-1]
    [group, *members] = reports[0]["exceptions"]
    assert [member["type"] for member in members] == ["KeyError", "ValueError"]
    assert [member["parent"] for member in members] == [0, 0]
    assert group["details"] == [{"name": "members", "value": "1+"}]
    many = told(tool, "kinds", "a" * 98 + "B")["exceptions"]
    assert many[1:] == members
    assert many[0]["details"] == [{"name": "members", "value": "10+"}]
    assert told(tool, "kinds", "aaaa")["exceptions"][1:] == [members[1]]


@pytest.mark.parametrize(("secret", "size"), [("xy", None), ("x" * 9, None), ("x" * 50, "10+")])
def test_equal_links_of_a_chain(tool: Fragile, secret: str, size: str | None) -> None:
    """They are reported once, with the magnitude of their number, and their cause is not lost."""
    exceptions = told(tool, "again", secret)["exceptions"]
    assert [exception["type"] for exception in exceptions] == ["OSError", "KeyError"]
    repeated = [detail["value"] for detail in exceptions[0].get("details", [])]
    assert repeated == [size] * (size is not None)


@pytest.mark.parametrize("depth", [1, 2, 9, 40])
def test_recursion_in_a_script_of_a_page(tmp_path: Path, depth: int) -> None:
    """The places before the last one are reported once."""
    site = Site(tmp_path.resolve())
    module = site.publish("page", "ONE = 1\nTWO = 2\n")
    places = ((module.__file__, 1),) * depth + ((module.__file__, 2),)

    def fail() -> None:
        raise PageError("RangeError", places)

    [exception] = site.redacted(fail)
    assert [frame.line for frame in exception.frames] == [1, 2]


def test_at_most_thirty_variables(tmp_path: Path) -> None:
    """More variables are captured than a report lists: it has the first thirty."""
    body = "".join(f"v{number} = {number}\n" for number in range(40))
    site = Site(tmp_path.resolve())
    fail = site.function("", body + "raise ValueError(s)")
    [exception] = site.redacted(lambda: fail("x"))
    names = [str(variable.name) for variable in exception.frames[-1].variables]
    assert names == ["s", *(f"v{number}" for number in range(29))]
