"""Names of classes: each published class has one, wherever its `__module__` says that it is."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT
from published import Site

from telemetry_hook._redact.published.class_names import ClassNames
from telemetry_hook._redact.published.definitions import Definitions

EXCEPTIONS_OF_THE_LIBRARY = """
import contextlib, importlib, io, warnings
from telemetry_hook._redact.published import standard_library
from telemetry_hook._redact.published.class_names import ClassNames
from telemetry_hook._redact.published.definitions import Definitions
from telemetry_hook._redact.published.public_files import PublicFiles

SKIPPED = ("idlelib", "turtledemo", "antigravity", "this", "lib2to3", "test", "_py")
warnings.simplefilter("ignore")
with contextlib.redirect_stdout(io.StringIO()):
    for path in sorted(standard_library._modules()):
        if not path.startswith(SKIPPED) and not path.endswith("__main__"):
            with contextlib.suppress(BaseException):
                importlib.import_module(path.removesuffix("/__init__").replace("/", "."))

names = ClassNames(PublicFiles([], is_local=True), Definitions())
waiting, seen = [BaseException], set()
while waiting:
    for kind in type.__subclasses__(waiting.pop()):
        waiting += [kind] if kind not in seen else []
        seen.add(kind)
for kind in seen:
    if standard_library.has_module(kind.__module__) and names.name(kind) is None:
        print(f"{kind.__module__}.{kind.__qualname__}")
"""
# Classes that are held under another name, or that C code has made a second time.
WITHOUT_NAMES = {
    *("concurrent.interpreters.QueueError", "concurrent.interpreters.QueueNotFoundError"),
    *("concurrent.interpreters.InterpreterError", "signal.itimer_error"),
    *("concurrent.interpreters.InterpreterNotFoundError", "xml.etree.ElementTree.ParseError"),
}

ERRORS = """
class Refused(Exception): pass
class Unsent(Exception):
    def __str__(self): return "unsent"
class Outer:
    class Inner(Exception): pass
"""
PACKAGE = """
import collections, enum, typing
from acme._errors import Outer, Refused, Unsent
Point = collections.namedtuple("Point", "x y")
Row = typing.NamedTuple("Row", [("key", str)])
Colour = enum.Enum("Colour", "RED BLUE")
Aliased = collections.namedtuple("Secret", "x y")
class Car: pass
Old, Last = (Car, None), None
for _kind in (Refused, Unsent, Outer): _kind.__module__ = "acme"
Outer.Inner.__module__ = "acme"
class Level(enum.IntEnum): LOW = 1
class Pair(typing.NamedTuple): key: str
class Box(typing.Generic[typing.TypeVar("T")]): pass
"""


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """Return a site with a published package, which is forgotten afterwards."""
    before = dict(sys.modules)
    site = Site(tmp_path.resolve())
    site.publish("acme._errors", ERRORS)
    site.publish("acme", PACKAGE)
    yield site
    for name in [name for name in sys.modules if name not in before]:
        del sys.modules[name]


def full(site: Site, kind: type) -> str:
    """Return the name of a class in a report."""
    return str(ClassNames(site.files, Definitions()).full(kind))


def test_all_exceptions_of_the_library_have_names() -> None:
    """Whatever build of Python this is, and whichever module says that it has the class."""
    found = subprocess.run(
        [sys.executable, "-S", "-c", EXCEPTIONS_OF_THE_LIBRARY],
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    )
    assert set(found.stdout.split()) <= WITHOUT_NAMES


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("Refused", "acme.Refused"),
        ("Unsent", "acme.Unsent"),
        ("Outer.Inner", "acme.Outer.Inner"),
        ("Car", "acme.Car"),
        ("Point", "acme.Point"),
        ("Row", "acme.Row"),
        ("Colour", "acme.Colour"),
        ("Level", "acme.Level"),
        ("Pair", "acme.Pair"),
        ("Box", "acme.Box"),
        ("Aliased", "<user class> (tuple)"),  # it says that it is another one
    ],
)
def test_a_class_that_a_package_exports(site: Site, path: str, name: str) -> None:
    """Its statement is found in another file of the package."""
    kind: Any = sys.modules["acme"]
    for part in path.split("."):
        kind = getattr(kind, part)
    assert full(site, kind) == name


def test_a_class_whose_package_does_not_have_it(site: Site) -> None:
    """It is found in the module that has it, and that module is reported."""
    refused = vars(sys.modules["acme"]).pop("Refused")
    assert full(site, refused) == "acme._errors.Refused"
    del sys.modules["acme._errors"]
    assert full(site, refused) == "<user class> (Exception)"


def test_a_tuple_of_classes_holds_its_classes(site: Site) -> None:
    """As `dbm.error` does."""
    module = site.publish("acme.old", "class Old(Exception): pass\nOld = (Old, OSError)\n")
    assert full(site, module.Old[0]) == "acme.old.Old"


def test_a_users_class_that_takes_a_published_name(site: Site) -> None:
    """The package does not hold it, so it is not the package's."""
    for name in ("Refused", "Outer.Inner", "Point", "Car"):
        forged = type(name, (Exception,), {"__module__": "acme", "__qualname__": name})
        assert full(site, forged) == "<user class> (Exception)"
        forged = type(name, (Exception,), {"__module__": "acme._errors", "__qualname__": name})
        assert full(site, forged) == "<user class> (Exception)"


def test_a_users_class_that_a_package_holds(site: Site) -> None:
    """No public file has a statement with its name, so the name is not public."""
    kind = type("Hunter2", (sys.modules["acme"].Refused,), {"__module__": "acme"})
    vars(sys.modules["acme"])["Hunter2"] = kind
    vars(sys.modules["acme._errors"])["Hunter2"] = kind
    assert full(site, kind) == "<user class> (acme.Refused)"


def test_a_description_names_the_nearest_public_base(site: Site) -> None:
    """The base is named with its module; `object` says nothing."""
    mine = site.write(
        "mine",
        "import acme, argparse\n"
        "class Car(acme.Car): pass\n"
        "class Van(Car): pass\n"
        "class Namespace(argparse.Namespace): pass\n"
        "class Names(dict): pass\n"
        "class Empty: pass\n",
    )
    assert full(site, mine.Car) == "<user class> (acme.Car)"
    assert full(site, mine.Van) == "<user class> (acme.Car)"
    assert full(site, mine.Namespace) == "<user class> (argparse.Namespace)"
    assert full(site, mine.Names) == "<user class> (dict)"
    assert full(site, mine.Empty) == "<user class>"


def test_shapes_and_exceptions_have_one_description(site: Site) -> None:
    """A variable's class is described as an exception's class is."""
    module = site.publish("acme.garage", "def park(car):\n    raise car\n")
    mine = type("Mine", (sys.modules["acme"].Refused,), {})
    [exception] = site.redacted(lambda: module.park(mine()))
    assert exception.type == "<user class> (acme.Refused)"
    assert exception.module is None
    assert [str(each.shape) for each in exception.frames[-1].variables] == [exception.type]


def test_many_modules_hold_a_class(site: Site) -> None:
    """Not all of their files are read."""
    refused = sys.modules["acme"].Refused
    for number in range(500):
        site.write(f"acme.user{number}", "from acme import Refused\n")
    files = site.files
    read: list[str] = []
    find = files.find
    files.find = lambda path: read.append(path) or find(path)  # type: ignore[method-assign, func-returns-value]
    assert full(site, refused) == "acme.Refused"
    assert len(read) < 150
