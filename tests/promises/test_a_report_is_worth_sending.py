"""What makes two crashes the same bug: everywhere the same, and another for another bug."""

from __future__ import annotations

import pytest
from conftest import Previewer, make_tool

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
    "parse": "f31ce764a9e98577094a8a18169e1b8043d47877a93f3f4abd0e93b1b5ad9bf3",
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
