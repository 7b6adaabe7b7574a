"""Crashes in code that only newer Pythons can compile, and how these Pythons run it."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from fragile import Fragile

SECRETS = ("hunter2", "tiger99")
# What is in a module (its function `fail` raises), from which version of Python on, and what is
# reported: classes and messages, the raised exception first, and the functions of its frames.
CASES = {
    "except*": (
        (3, 11, 4),  # before, a raise within it lost its frame
        """
def fail(s):
    try:
        raise ExceptionGroup(f"first of the {s} errors", [ValueError(f"inner of the {s} errors")])
    except* ValueError as error:
        raise RuntimeError(f"second of the {s} errors") from error
""",
        {
            "RuntimeError": "second of the <…> errors",
            "ExceptionGroup": "first of the <…> errors (<…> sub-exceptions)",
            "ValueError": "inner of the <…> errors",
        },
        ["fail"],
    ),
    "type parameters": (
        (3, 12),
        """
class Box[T]:
    def __init__(self, value: T): raise TypeError(f"cannot put the {value} into it")
def fail[T](s: T): Box(s)
""",
        {"TypeError": "cannot put the <…> into it"},
        ["fail", "Box.__init__"],
    ),
    "type alias": (
        (3, 12),
        "type Alias[T] = list[Missing]\ndef fail(s): Alias.__value__\n",
        {"NameError": "name 'Missing' is not defined"},
        ["fail", "Alias"],
    ),
    "comprehension without a frame": (
        (3, 12),
        "def fail(s): return [int(text) for text in [s]]\n",
        {"ValueError": "invalid literal for int() with base 10: <…>"},
        ["fail"],
    ),
    "annotations of a class": (
        (3, 14),
        "class Box:\n    value: Missing\ndef fail(s): Box.__annotations__\n",
        {"NameError": "name 'Missing' is not defined"},
        ["fail", "Box.__annotate__"],
    ),
    "annotations of a method": (
        (3, 14),
        "class Box:\n    def put(self, a: Missing): ...\ndef fail(s): Box.put.__annotations__\n",
        {"NameError": "name 'Missing' is not defined"},
        ["fail", "Box.__annotate__"],
    ),
    "template string": (
        (3, 14),
        'def fail(s):\n    text = t"hello {s}"\n    raise ValueError(f"cannot use {text.values} now")\n',
        {"ValueError": "cannot use <…> now"},
        ["fail"],
    ),
    "template string as an argument": (
        (3, 14),
        'def fail(s): raise ValueError(t"hello {s} of the wonders of this world")\n',
        {"ValueError": "<…>"},
        ["fail"],
    ),
    "except without brackets": (
        (3, 14),
        """
def fail(s):
    try: {}[s]
    except ValueError, KeyError: raise LookupError(f"nothing is known of {s} here") from None
""",
        {"LookupError": "nothing is known of <…> here"},
        ["fail"],
    ),
    "lazy import": (
        (3, 15),
        "lazy import missing_module\ndef fail(s): missing_module.x\n",
        {
            "ModuleNotFoundError": "No module named 'missing_module'",
            "ImportError": "lazy import of '<…>' raised an exception during resolution",
        },
        ["fail"],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_new_syntax_is_redacted_as_any(tmp_path: Path, case: str) -> None:
    """Templates and functions are found, and another secret makes no difference."""
    version, source, messages, functions = CASES[case]
    if sys.version_info < version:
        pytest.skip("this Python cannot compile it")
    tool = Fragile(tmp_path, source)
    for secret in SECRETS:
        exceptions = tool.report("fail", secret).exceptions
        assert {str(error.type): str(error.message) for error in exceptions} == messages
        assert [str(frame.function) for frame in exceptions[0].frames] == functions
        assert secret not in json.dumps([exception.message for exception in exceptions])


def test_the_reason_of_a_failed_handshake_is_reported(tmp_path: Path) -> None:
    """Python 3.12 and newer have no table of these reasons."""
    source = """
import ssl
def fail(s):
    incoming = ssl.MemoryBIO()
    incoming.write(s.encode() * 9)
    context = ssl.create_default_context()
    context.wrap_bio(incoming, ssl.MemoryBIO(), server_hostname="acme.example").do_handshake()
"""
    exception = Fragile(tmp_path, source).report("fail", SECRETS[0]).exceptions[0]
    details = {str(detail.name): detail.value for detail in exception.details}
    assert details["ssl_reason"] == "WRONG_VERSION_NUMBER"
