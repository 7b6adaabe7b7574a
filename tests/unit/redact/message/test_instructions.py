"""Names and kinds of the instructions that fail, whatever Python compiled them."""

from __future__ import annotations

from collections.abc import Callable
from types import CodeType

import pytest

from telemetry_hook._redact.message import instructions

# So many names come first that the arguments of what follows need two bytes.
MANY = "\n".join(f"    if thing is None: name_{number}()" for number in range(300))
SOURCES = {
    "global": "return missing_name",
    "call of a global": "return missing_name()",
    "attribute": "return thing.missing_name",
    "method": "return thing.missing_name(1, 2)",
    "stored attribute": "thing.missing_name = 1",
    "deleted attribute": "del thing.missing_name",
    "attribute of a base": "return super(type(thing), thing).missing_name",
    "method of a base": "return super(type(thing), thing).missing_name()",
    "module": "import missing_name",
    "module of a package": "import json.missing_name",
    "name from a module": "from json import missing_name",
    "variable": "print(missing_name)\n    missing_name = 1",
    "deleted variable": "del missing_name\n    missing_name = 1",
    "variable of a closure": "print(missing_name); f = lambda: missing_name\n    missing_name = 1",
    "free variable": (
        "def inner(): return missing_name\n    inner()\n    if thing is None: missing_name = 1"
    ),
    "name in a class body": "class Inner: a = missing_name",
}


def failing(body: str, before: str) -> tuple[CodeType, int]:
    """Return the code of the last frame, and the offset of the instruction that failed."""
    scope: dict[str, Callable[[object], None]] = {}
    exec(compile(f"def function(thing):\n{before}\n    {body}\n", "<test>", "exec"), scope)  # noqa: S102
    for _ in range(50):  # the interpreter replaces instructions that run often
        with pytest.raises((NameError, AttributeError, ImportError)) as caught:
            scope["function"](5)
    traceback = caught.value.__traceback__
    assert traceback is not None
    while traceback.tb_next is not None:
        traceback = traceback.tb_next
    return traceback.tb_frame.f_code, traceback.tb_lasti


@pytest.mark.parametrize("before", ["", MANY], ids=["short", "long"])
@pytest.mark.parametrize("kind", SOURCES)
def test_the_instruction_carries_the_name_that_is_missing(kind: str, before: str) -> None:
    """It is found whatever flags share the argument, and no `raise` statement is seen."""
    code, offset = failing(SOURCES[kind], before)
    expected = "json.missing_name" if "json." in SOURCES[kind] else "missing_name"
    names = instructions.names(code, offset)
    assert expected in names
    assert names <= {expected, "json"}
    assert not instructions.is_raise(code, offset)


def test_a_raise_statement_is_seen() -> None:
    """What the program raises by itself, C code did not."""
    for body in (
        "raise NameError",
        "raise NameError(thing) from None",
    ):
        assert instructions.is_raise(*failing(body, ""))
