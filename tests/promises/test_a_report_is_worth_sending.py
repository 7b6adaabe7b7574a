"""A report says which release failed where and why, and groups with reports of the same bug alone."""

from __future__ import annotations

import json
from typing import Any

import pytest
from conftest import Kent, Previewer, Shell, make_tool

CRASH = ("lift", "up", "--schema", "cycle.lift", "--create-db")
TOOL = "fingerprint"
CODE = """
import json
class ToolError(Exception): pass
def first(secret): raise ToolError(f"cannot find the file {secret}")
def second(secret): raise ToolError(f"cannot find the key {secret}")
def twice(secret):
    if secret == "a":
        raise ToolError(
            f"cannot open {secret} here"
        )
    raise ToolError(
        f"cannot close {secret} here"
    )
def parse(secret): json.loads("{" + secret)
def missing(secret): None.group(1)
def wrapped(secret):
    try: first(secret)
    except ToolError as error: raise ToolError("it did not work out") from error
def listed(secret): [first(each) for each in (secret,)]
def recursive(secret, depth=None):
    if depth is None: depth = int(secret)
    if not depth: raise ToolError("it is too deep down here")
    recursive(secret, depth - 1)
"""
# The same on every machine and under every version of Python, so they can stand here.
KNOWN = {
    "first": "38fb70b62143583f51bd61ff90cc9cfb86807954982096468ee222b17e75b19e",
    "parse": "8d741c95205b28be2999ab359fb636f2c8002179250ee6cd3eb7455d9e2ecb32",
    "missing": "ee5b0a24ce5e3e5732f0e390364bdb0875594716897ee7c90a88f0f4a373d475",
    "wrapped": "a017393907e481399e12dac7deab2ece5299b5e3f1af42366ddda6f6b0b8b68a",
    "listed": "71be042d53b6298887f8195d82ad1fc29e12cde911ece842b306086b0e1faa36",
}


@pytest.mark.parametrize("function", KNOWN)
def test_it_is_the_same_everywhere(previewer: Previewer, function: str) -> None:
    """It depends on no path, machine, version of Python or content of a message."""
    found = {previewer(function, each)["fingerprint"] for each in ("hunter2", "an everyday word")}
    assert found == {KNOWN[function]}


def test_it_tells_bugs_apart(previewer: Previewer) -> None:
    """Two bugs differ, even in one function and with one class of exception."""
    found = [
        previewer(function, secret)["fingerprint"]
        for function, secret in (
            *((each, "hunter2") for each in (*KNOWN, "second")),
            ("twice", "a"),
            ("twice", "b"),
        )
    ]
    assert len(set(found)) == len(found)


def test_it_does_not_count_recursion(previewer: Previewer) -> None:
    """How often a function called itself makes no other bug of it."""
    found = {previewer("recursive", each)["fingerprint"] for each in ("3", "30", "300")}
    assert len(found) == 1


def test_it_outlives_a_release(
    previewer: Previewer, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Lines that move and a new version of the tool leave it as it is."""
    directory = tmp_path_factory.mktemp("release")
    moved = make_tool(directory, "fingerprint", "# new\n\n\n" + CODE)
    previewer.environment.pip("install", "--no-deps", "--force-reinstall", moved)
    assert previewer("first", "hunter2")["fingerprint"] == KNOWN["first"]


def test_yes_arrives_as_one_event(project: Shell, kent: Kent) -> None:
    """A yes arrives as one event with release, stack, tags and the template of the message."""
    terminal = project.terminal(*CRASH, LIFT_TELEMETRY_DSN=kent.dsn)
    terminal.answer("yes")
    terminal.expect("sent. Receipt: ")
    assert terminal.end() == 1

    [event] = kent.events()
    payload = event["payload"]["body"] if "payload" in event else event
    text = json.dumps(payload)
    assert "acme-lift@1.4.0" in text
    assert "cannot order models: <\\u2026> is waiting for <\\u2026>" in text
    found = _find(payload, "exception")
    [exception] = found["values"]
    assert (exception["type"], exception["module"]) == ("PlanError", "lift.plan")
    frames = exception["stacktrace"]["frames"]
    assert frames[0]["function"] == "<console script>"
    assert frames[-1]["function"] == "order_models"
    assert frames[-1]["context_line"].strip().startswith("raise PlanError(")
    assert {each.get("package", "").partition("@")[0] for each in frames} == {
        "",
        "acme-lift",
        "click",
    }
    assert _find(payload, "tags") == {
        "schema.models": "2",
        "schema.enums": "1",
        "schema.relations": "2",
        "schema.has_enums": "true",
        "schema.provider": "sqlite",
        "python": _find(payload, "tags")["python"],
        "script": "lift",
        "command": "up",
        "options": "--schema,--create-db",
        "installed": "pip",
        "terminal": "true",
        "ci": "false",
        "container": _find(payload, "tags")["container"],
    }
    assert frames[-1]["vars"]["ready"] == "list(0)"


def _find(payload: Any, key: str) -> Any:
    """Return the first value under a key, wherever it is nested."""
    if isinstance(payload, dict):
        if key in payload:
            return payload[key]
        payload = list(payload.values())
    if isinstance(payload, list):
        for each in payload:
            if (found := _find(each, key)) is not None:
                return found
    return None
