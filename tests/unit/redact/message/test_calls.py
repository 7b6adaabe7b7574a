"""Messages of C code about calls, classes and modules: what the failing statement's own text says is kept."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from published import Site

HEAD = """
import collections, dataclasses, decimal, json, os, pathlib
import json.decoder as decoding
import xml.dom
from acme import tools
from acme.tools import Van

class Car:
    def __init__(self, name, *, wheels=4): self.name = name
    def drive(self, to, by=None): return to
    def park(self, *, at): return at
    @classmethod
    def make(cls, name): return cls(name)
    @staticmethod
    def wash(soap): return soap
class Bus(Car): pass
class Plain: pass
@dataclasses.dataclass
class Point:
    x: int
    y: int = 0
def two(a, b): return a
def three(a, b, c): return a
def some(a, b=1): return a
def only(*, key): return key
def at_most(*, first=1): return first
def positional(a, /): return a
def many(*values): return values
def outer():
    def inner(a): return a
    return inner()
HANDLERS = {"two": two, "three": three}
first = HANDLERS["two"]
def wrapped(*args, **kwargs): return two(*args, **kwargs)
"""
TOOLS = """
class Van:
    def load(self, thing): return thing
def fix(part): return part
"""
# Statements whose whole message stays in the report.
WHOLE = """
two()
two(1)
two(1, 2, 3)
two(1, b=2, c=3)
two(1, a=2)
three()
some()
some(1, 2, 3)
only()
only(1)
at_most(1, first=2)
positional(a=1)
positional()
Car("a", doors=2)
Car()
Car("a", "b")
Bus("a", doors=2)
Bus()
Car("a").drive()
Car("a").drive(1, 2, 3)
Car("a").drive(1, way=2)
Car("a").park()
Car("a").park(1)
Car.make()
Car.wash()
Car.drive()
car = Bus("a"); car.drive()
Point()
Point(1, 2, 3)
Point(1, z=2)
tools.fix()
tools.Van().load()
Van().load(1, 2)
Car("a") < Plain()
None < 1
Car("a")[0]
Car("a")()
Car("a") + 1
for _ in Car("a"): pass
len(Car("a"))
{}.keys()[0]
pathlib.PurePosixPath("a")[0]
decimal.Decimal(1) + pathlib.PurePosixPath("a")
json.dumps({1})
json.dumps(Car("a"))
json.loads(5)
int(Plain())
os.nothing
json.decoder.nothing
decoding.nothing
tools.nothing
Car.nothing
Car("a").nothing
Plain(1)
""".strip().splitlines()
# Statements of which a part is private: a value has decided on it.
PARTLY = {
    "two(*[1, 2, 3])": "two() takes <…> positional argument<…> but <…> given",
    "two(**{'a': 1, 'hunter2': 2})": "two() got an unexpected keyword argument '<…>'<…>",
    "HANDLERS['two']()": "<…>() missing <int> required positional argument<…>: <…>",
    "HANDLERS['three']()": "<…>() missing <int> required positional argument<…>: <…>",
    "call = HANDLERS['two']; call()": "<…>() missing <int> required positional argument<…>: <…>",
    "first()": "<…>() missing <int> required positional argument<…>: <…>",
    "hunter2 = type('Hunter2', (), {}); hunter2() + 1": (
        "unsupported operand type(s) for +: '<type>' and 'int'"
    ),
    "Car = type('Car', (), {}); Car() + 1": "unsupported operand type(s) for +: '<type>' and 'int'",
    "from json import nothing": "cannot import name 'nothing' from 'json' (<…>)",
    "from acme.tools import nothing": "cannot import name 'nothing' from 'acme.tools' (<…>)",
    "getattr(xml.dom, 'xml')": "module '<…>' has no attribute '<…>'",
    "json.JSONEncoder().default(__import__('json'))": "Object of type module is not JSON serializable",
    "os = __import__('keyword'); os.nothing": "module '<…>' has no attribute 'nothing'",
}


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """Return a site with a published package, which is forgotten afterwards."""
    gc.collect()  # classes of other tests may have the same names
    before = dict(sys.modules)
    site = Site(tmp_path.resolve())
    acme = site.publish("acme", "")
    acme.__path__ = [str(site.directory / "acme")]
    acme.tools = site.publish("acme.tools", TOOLS)
    yield site
    for name in [name for name in sys.modules if name not in before]:
        del sys.modules[name]


def failing(site: Site, statement: str) -> Any:
    """Return a published function that runs a statement."""
    return site.publish("acme.cases", f"{HEAD}\ndef fail():\n    {statement}\n").fail


def real(fail: Any) -> str:
    """Return the message that Python shows."""
    with pytest.raises(Exception) as caught:  # noqa: PT011 (any)
        fail()
    return str(caught.value)


@pytest.mark.parametrize("statement", WHOLE)
def test_a_message_that_the_statement_decides_on(site: Site, statement: str) -> None:
    """All of it is in the report, word by word."""
    fail = failing(site, statement)
    expected = real(fail)
    assert site.message(fail) == expected


@pytest.mark.parametrize("statement", PARTLY)
def test_a_message_that_a_value_decides_on(site: Site, statement: str) -> None:
    """A placeholder stands for what a table, a variable or a name of the user's has made of it."""
    assert site.message(failing(site, statement)) == PARTLY[statement]


def test_a_keyword_that_a_function_in_c_does_not_have(site: Site) -> None:
    """It is in the statement. Since Python 3.13, a suggestion may follow."""
    fail = failing(site, "print(1, wide=2)")
    assert site.message(fail).removesuffix("<…>") == real(fail)


@pytest.mark.parametrize("name", ["Car", "Plain", "hunter2"])
def test_a_users_function_with_any_name(site: Site, name: str) -> None:
    """Its name is the user's, also if a published function has the same name."""
    mine = site.write("mine", f"class {name}:\n    def drive(self, to): return to\n")
    source = "def fail(kind): kind().drive()\n"
    fail = site.publish("acme.cases", source).fail
    message = site.message(lambda: fail(vars(mine)[name]))
    assert message == "<…>() missing <int> required positional argument<…>: <…>"


def test_parameters_with_names_of_the_users(site: Site) -> None:
    """A method that was replaced by the user's is not the published one."""
    module = site.publish("acme.cases", f"{HEAD}\ndef fail(): Car('a').drive()\n")
    mine = site.write("mine", "def drive(self, hunter2): return hunter2\n")
    mine.drive.__qualname__ = "Car.drive"
    module.Car.drive = mine.drive
    message = site.message(module.fail)
    assert message == "<…>() missing <int> required positional argument<…>: <…>"


def test_a_function_with_many_parameters(site: Site) -> None:
    """The message is bounded by the source alone."""
    names = ", ".join(f"p{number}" for number in range(150))
    fail = site.publish("acme.cases", f"def big({names}): pass\ndef fail(): big()\n").fail
    assert site.message(fail) == "big() missing <int> required positional argument<…>: <…>"


class Hostile:
    """Mixed into a built-in class: each use is code of the program."""

    def _fail(self, *_: object) -> Any:
        raise AssertionError

    __len__ = __iter__ = __contains__ = __eq__ = _fail
    __hash__ = None  # type: ignore[assignment]


@pytest.mark.parametrize("name", ["__defaults__", "__kwdefaults__"])
def test_defaults_of_the_programs_own_classes(site: Site, name: str) -> None:
    """None of their code runs."""
    module = site.publish("acme.cases", f"{HEAD}\ndef fail(): some()\n")
    base = tuple if name == "__defaults__" else dict
    setattr(module.some, name, type("Mine", (Hostile, base), {})())
    assert site.message(module.fail).startswith("some() missing ")


def test_more_defaults_than_parameters(site: Site) -> None:
    """A program may set them; Python then says nonsense, which is not reported."""
    module = site.publish("acme.cases", f"{HEAD}\ndef fail(): two(1, 2, 3)\n")
    module.two.__defaults__ = (1, 2, 3, 4)
    assert site.message(module.fail).startswith("two() takes ")
