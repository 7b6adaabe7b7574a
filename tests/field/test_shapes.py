"""The shapes of values beside the tool's own frames, found out by running none of their code."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conftest import Previewer

TOOL = "shapes"
CODE = """
import datetime, enum, fractions, re

class ToolError(Exception): pass
class Plan:
    class Step: pass
class Color(enum.Enum):
    RED = 1

def fail(secret):
    raise ToolError(f"nothing is known about {secret}")

def containers(secret):
    none_of, one, ten, many = [], [secret], (secret,) * 12, {n: n for n in range(999)}
    thousand, frozen = set(range(1000)), frozenset("ab")
    fail(secret)

def texts(secret):
    password, nothing, raw, no_bytes = secret, "", secret.encode(), b""
    fail(secret)

def numbers(secret):
    zero, positive, negative, nothing, ratio, below, no_number = 0, 5, -5, 0.0, 0.5, -0.5, float("nan")
    yes, none, imaginary = True, None, 1j
    fail(secret)

def classes(secret):
    plan, step, color, error = Plan(), Plan.Step(), Color.RED, ValueError(secret)
    half, now, pattern = fractions.Fraction(1, 2), datetime.datetime.now(), re.compile("a")
    made, kind, function, module = type(secret, (), {})(), Plan, fail, re
    fail(secret)

def closure(secret):
    outer = [secret]
    def inner(*given, key=None, **named):
        return outer, fail(secret)
    inner(1, 2, key=3, more=4)

def unbound(secret):
    known = 1
    del known
    fail(secret)
    later = 2

def comprehension(secret):
    [fail(each) for each in [secret]]

class Base:
    def go(self, secret): fail(secret)

class Derived(Base):
    def go(self, secret):
        known = 1
        super().go(secret)

def inherited(secret): Derived().go(secret)

class Meta(type):
    def __getattribute__(cls, name): print("RAN", name); return super().__getattribute__(name)
    def __instancecheck__(cls, other): print("RAN isinstance"); return True
    def __subclasscheck__(cls, other): print("RAN issubclass"); return True
    def __eq__(cls, other): print("RAN eq"); return True
    def __hash__(cls): print("RAN hash"); return 1
    def __repr__(cls): print("RAN repr"); return "x"
    def mro(cls): return super().mro()

def hostile(secret):
    def ran(name):
        def method(self, *args): print("RAN", name); return 0
        return method
    names = {f"__{each}__": ran(each) for each in (
        "repr", "str", "len", "bool", "eq", "hash", "lt", "iter", "getitem", "contains",
        "getattr", "getattribute", "format", "sizeof", "int", "float", "index", "del_", "dir",
    )}
    def make(*bases): return Meta("Hostile", bases, {
        **names, "__class__": property(ran("class")), "__dict__": property(ran("dict"))
    })
    plain, items, table = make()(), make(list)([1, 2]), make(dict)(a=1)
    number, ratio, text, cls = make(int)(5), make(float)(0.5), make(str)("abc"), make()
    class Lying:
        @property
        def __class__(self): print("RAN __class__"); return list
    lying = Lying()
    print("READY")
    fail(secret)
"""


def shapes(previewer: Previewer, function: str) -> dict[str, str]:
    """Return the shapes of a function's variables when it fails."""
    frames = previewer(function, "hunter2")["exceptions"][0]["frames"]
    [frame] = [each for each in frames if each["function"] == function]
    found: dict[str, str] = frame["variables"]
    assert found.pop("secret") == "str"
    return found


def test_containers_have_the_order_of_their_size(previewer: Previewer) -> None:
    """Exact built-in containers tell the largest power of ten that they reach."""
    assert shapes(previewer, "containers") == {
        "none_of": "list(0)",
        "one": "list(1+)",
        "ten": "tuple(10+)",
        "many": "dict(100+)",
        "thousand": "set(1000+)",
        "frozen": "frozenset(1+)",
    }


def test_texts_have_no_length(previewer: Previewer) -> None:
    """Of text and bytes it is told whether they are empty, and nothing else."""
    assert shapes(previewer, "texts") == {
        "password": "str",
        "nothing": "str(empty)",
        "raw": "bytes",
        "no_bytes": "bytes(empty)",
    }


def test_numbers_have_no_value(previewer: Previewer) -> None:
    """Of numbers it is told whether they are zero, negative or none."""
    assert shapes(previewer, "numbers") == {
        "zero": "int(0)",
        "positive": "int",
        "negative": "int(negative)",
        "nothing": "float(0)",
        "ratio": "float",
        "below": "float(negative)",
        "no_number": "float(nan)",
        "yes": "bool",
        "none": "None",
        "imaginary": "complex",
    }


def test_classes_have_their_published_names(previewer: Previewer) -> None:
    """A class that is published is named, any other is the user's."""
    assert shapes(previewer, "classes") == {
        "plan": "shapes.cli.Plan",
        "step": "shapes.cli.Plan.Step",
        "color": "shapes.cli.Color",
        "error": "ValueError",
        "half": "fractions.Fraction",
        "now": "datetime.datetime",
        "pattern": "re.Pattern",
        "made": "<user class>",
        "kind": "type",
        "function": "function",
        "module": "module",
    }


def test_variables_of_closures_and_arguments(previewer: Previewer) -> None:
    """Arguments, keywords and variables of an enclosing function are variables too."""
    frames = previewer("closure", "hunter2")["exceptions"][0]["frames"]
    assert frames[-2]["function"] == "closure.<locals>.inner"
    assert frames[-2]["variables"] == {
        "key": "int",
        "given": "tuple(1+)",
        "named": "dict(1+)",
        "outer": "list(1+)",
        "secret": "str",
    }
    assert shapes(previewer, "unbound") == {}


def test_a_comprehension_fails_like_any_code(previewer: Previewer) -> None:
    """Variables that only the interpreter names are left out."""
    report = previewer("comprehension", "hunter2")
    names = [
        name for each in report["exceptions"][0]["frames"] for name in each.get("variables", ())
    ]
    assert names
    assert all(name.isidentifier() for name in names)


def test_variables_that_no_source_names_are_left_out(previewer: Previewer) -> None:
    """The variable that `super()` makes is nobody's."""
    frames = previewer("inherited", "hunter2")["exceptions"][0]["frames"]
    [frame] = [each for each in frames if each["function"] == "Derived.go"]
    assert frame["variables"] == {"self": "shapes.cli.Derived", "secret": "str", "known": "int"}


def test_no_code_of_the_values_runs(previewer: Previewer) -> None:
    """No method, descriptor or metaclass of any value is called to find its shape."""
    script = """
import json, sys, {name}.cli
from telemetry_hook.testing import preview
try:
    {name}.cli.hostile("hunter2")
except BaseException as error:
    report = preview(error, "{name}")
    print("DONE")
    print(json.dumps(report), file=sys.stderr)
"""
    output = previewer.output(script)
    assert output.partition("READY\n")[2] == "DONE\n"
