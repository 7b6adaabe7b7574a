"""Compiled frames (mypyc, Cython): found by name in the published source of their distribution."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import pytest
from compiled_frames import Entry, fail, publish, publish_file
from published import Site

from telemetry_hook._redact import origins
from telemetry_hook._redact.fingerprint import fingerprint
from telemetry_hook._redact.frames import _USER_CODE
from telemetry_hook._redact.published.class_names import USER_CLASS
from telemetry_hook._report import RedactedException, RedactedFrame, Release

SOURCE = """\
import functools

class Refused(ValueError):
    pass

class Lift:
    def open(self, key):
        if key:
            raise Refused(f"no such door: {key}")
        return [door.key for door in (lambda key: key)(key)]

    def close(self, key):
        def step(key):
            return key.missing
        return step(key)

def plain(key):
    return sorted(key)

def refuse(key):
    raise ValueError("the lift is at " + str(key))

def system(key):
    raise OSError(2, key)

LIFTS = None
"""
CYTHON = '''\
cdef extern from "stdio.h":
    int puts(char *text)

cdef class Lift:
    """A lift

    that goes up."""
    cdef int door

    cpdef object open(self, key):
        if key:
            # the key
            raise ValueError(
                key)
        return None

    @property
    def lid(self):
        return 1 // self.door

cdef inline int* _find(object key, int count=0) except NULL:
    return key.missing

async def travel(key):
    def step():
        return key.missing
    await step()
'''


class Found(NamedTuple):
    """What is reported of a frame."""

    module: str | None
    function: str
    file: str | None
    line: int | None
    source: str | None


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    before = {*sys.modules}
    yield Site(tmp_path)
    for name in {*sys.modules} - before:
        if name.startswith("acme"):
            del sys.modules[name]


def reported(
    site: Site, error: BaseException, *entries: Entry
) -> tuple[RedactedException, RedactedFrame]:
    [redacted] = site.redacted(lambda: fail(error, *entries))
    return redacted, redacted.frames[-1]


def found(site: Site, module: ModuleType, file: str, function: str, line: int) -> Found:
    _, frame = reported(site, KeyError(), Entry(file, function, line, vars(module)))
    source = None if frame.source is None else frame.source.line.strip()
    if frame.module is not None:
        assert frame.known_by == "name"
        assert frame.variables == ()
        assert frame.in_app
    return Found(frame.module, frame.function, frame.file, frame.line, source)


@pytest.mark.parametrize(
    ("name", "line", "function", "source"),
    [
        # mypyc
        ("open", 9, "Lift.open", 'raise Refused(f"no such door: {key}")'),
        ("open", 7, "Lift.open", "def open(self, key):"),
        ("step", 14, "Lift.close.<locals>.step", "return key.missing"),
        ("<lambda>", 10, "Lift.open.<locals>.<lambda>", "return [door.key for door in (lambda"),
        ("plain", 18, "plain", "return sorted(key)"),
        ("<module>", 26, "<module>", "LIFTS = None"),
        # Cython
        ("acme.lifts.Lift.open", 9, "Lift.open", 'raise Refused(f"no such door: {key}")'),
        ("acme.lifts.Lift.close.step", 14, "Lift.close.<locals>.step", "return key.missing"),
        ("acme.lifts.Lift.open.lambda", 10, "Lift.open.<locals>.<lambda>", "return [door.key"),
        ("acme.lifts.__pyx_fuse_0plain", 18, "plain", "return sorted(key)"),
        ("init acme.lifts", 26, "<module>", "LIFTS = None"),
    ],
)
@pytest.mark.parametrize(
    "file", ["acme/lifts.py", "src/acme/lifts.py", "src\\acme\\lifts.py", "lifts.py"]
)
def test_function_in_python(
    file: str, name: str, line: int, function: str, source: str, site: Site
) -> None:
    module = publish(site, "acme.lifts", SOURCE)

    got = found(site, module, file, name, line)

    assert got[:4] == ("acme.lifts", function, "acme/lifts.py", line)
    assert (got.source or "").startswith(source)


@pytest.mark.parametrize(
    ("name", "line", "function"),
    [
        ("acme.lifts.Lift.open", 14, "Lift.open"),
        ("acme.lifts.Lift.open", 13, "Lift.open"),
        ("acme.lifts.Lift.open", 10, "Lift.open"),
        ("acme.lifts.Lift.lid.__get__", 19, "Lift.lid"),
        ("acme.lifts._find", 22, "_find"),
        ("acme.lifts.travel.step", 26, "travel.step"),
        ("travel", 27, "travel"),
    ],
)
def test_function_in_cythons_language(name: str, line: int, function: str, site: Site) -> None:
    module = publish(site, "acme.lifts", CYTHON, suffix=".pyx")

    got = found(site, module, "acme/lifts.pyx", name, line)

    assert got[:4] == ("acme.lifts", function, "acme/lifts.pyx", line)


def test_source_of_another_module_of_the_distribution(site: Site) -> None:
    """`acme._lifts` is compiled from `acme/lifts.py`; the frame's module is the compiled one."""
    module = publish(site, "acme._lifts", "")
    publish_file(site, site.directory / "acme" / "lifts.py", SOURCE)

    got = found(site, module, "src/acme/lifts.py", "acme._lifts.plain", 18)

    assert got[:3] == ("acme._lifts", "plain", "acme/lifts.py")


def test_without_source_the_name_is_in_the_extension(site: Site) -> None:
    """The line is left out, since no source shows that it is one of the function's."""
    module = publish(site, "acme.lifts", "", texts="\0acme.lifts.Lift.open\0")

    got = found(site, module, "/home/jane/acme/lifts.pyx", "acme.lifts.Lift.open", 13)

    assert got == Found(
        "acme.lifts", "Lift.open", f"acme/{Path(str(module.__file__)).name}", None, None
    )


def user_code(site: Site, entry: Entry) -> None:
    redacted, frame = reported(site, KeyError("hunter2"), entry)
    assert frame == _USER_CODE
    assert redacted.message == origins.HOLE


@pytest.mark.parametrize(
    ("file", "name", "line"),
    [
        ("acme/lifts.py", "plain", 9),  # another function is there
        ("acme/lifts.py", "plain", 9_999),
        ("acme/lifts.py", "plain", -1),
        ("acme/lifts.py", "hunter2", 18),
        ("acme/lifts.py", "acme.lifts.hunter2", 18),
        ("acme/hunter2.py", "plain", 18),
        ("../acme/lifts.py", "plain", 18),
        ("acme/lifts.txt", "plain", 18),
        ("", "", 18),
        ("acme/lifts.py", "Lift", 8),  # a class is no function
    ],
)
def test_what_does_not_fit_is_user_code(file: str, name: str, line: int, site: Site) -> None:
    module = publish(site, "acme.lifts", SOURCE, texts="acme.lifts.hunter2x\0")

    user_code(site, Entry(file, name, line, vars(module)))


def test_the_users_own_compiled_module_is_user_code(site: Site) -> None:
    """It may even have the name and the source file of a published one."""
    publish(site, "acme.lifts", SOURCE)
    own = ModuleType("acme.lifts")
    own.__file__ = str(site.directory / "own.so")

    user_code(site, Entry("acme/lifts.py", "plain", 18, vars(own)))
    sys.modules["acme.lifts"] = own
    user_code(site, Entry("acme/lifts.py", "plain", 18, vars(own)))


def test_a_module_with_the_file_of_another_is_user_code(site: Site) -> None:
    module = publish(site, "acme.lifts", SOURCE)
    own = sys.modules["acme_own"] = ModuleType("acme_own")
    own.__file__ = module.__file__

    user_code(site, Entry("acme/lifts.py", "plain", 18, vars(own)))


def test_source_of_another_distribution_is_not_taken(site: Site, tmp_path: Path) -> None:
    module = publish(site, "acme.lifts", "")
    other = Site(tmp_path / "other")
    publish_file(other, other.directory / "acme" / "lifts.py", SOURCE)
    [file] = other.files._found.values()
    assert file is not None
    site.files._found[str(site.directory / "acme" / "lifts.py")] = file

    user_code(site, Entry("acme/lifts.py", "plain", 18, vars(module)))


def test_class_of_a_compiled_module(site: Site) -> None:
    """An extension module of mypyc has no names of classes; the source beside it has them."""
    module = publish(site, "acme.lifts", SOURCE)

    redacted, _ = reported(
        site, module.Refused("x"), Entry("acme/lifts.py", "open", 9, vars(module))
    )

    assert (redacted.module, redacted.type) == ("acme.lifts", "Refused")


def test_class_that_the_user_put_into_a_compiled_module(site: Site) -> None:
    module = publish(site, "acme.lifts", SOURCE)
    module.Hunter2 = type("Hunter2", (Exception,), {"__module__": "acme.lifts"})  # type: ignore[attr-defined]

    redacted, _ = reported(site, module.Hunter2(), Entry("acme/lifts.py", "open", 9, vars(module)))

    assert USER_CLASS in redacted.type


def message(site: Site, module: ModuleType, error: BaseException, name: str, line: int) -> str:
    entry = Entry("acme/lifts.py", name, line, vars(module))
    return reported(site, error, entry)[0].message


def test_message_of_a_raise_in_compiled_code(site: Site) -> None:
    module = publish(site, "acme.lifts", SOURCE)
    texts = "no such door: hunter2", "no such door: the lift is at home", "hunter2"

    got = [message(site, module, module.Refused(text), "open", 9) for text in texts]

    assert got == ["no such door: <…>", "no such door: <…>", "<…>"]


def test_message_of_a_raise_that_something_else_may_have_made(site: Site) -> None:
    """`str(key)` may have raised the error; which of both did is not in a compiled frame."""
    module = publish(site, "acme.lifts", SOURCE)
    texts = "the lift is at home", "invalid literal for int() with base 10: '1'", "hunter2"

    got = {message(site, module, ValueError(text), "refuse", 21) for text in texts}

    assert got == {"<…>"}


def test_message_of_c_code_that_compiled_code_calls(site: Site) -> None:
    module = publish(site, "acme.lifts", SOURCE)

    got = message(site, module, TypeError("'int' object is not iterable"), "plain", 18)

    assert got == "'int' object is not iterable"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("from lids import lid", "cannot import name 'lid' from 'lids' (<…>)"),
        ("from lids import (\n        lid\n    )", "cannot import name 'lid' from 'lids' (<…>)"),
        ("from lids import lid, key", "cannot import name '<…>' from <…> (<…>)"),
        ("from lids import lid; import keys", "cannot import name '<…>' from <…> (<…>)"),
        ("from .lids import lid", "cannot import name '<…>' from <…> (<…>)"),
        ("from lids import key", "cannot import name '<…>' from 'lids' (<…>)"),
        ("import lids", "cannot import name '<…>' from <…> (<…>)"),
    ],
)
def test_names_of_an_import_in_compiled_code(site: Site, line: str, expected: str) -> None:
    """They are in the message if the source has no other import at that line."""
    source = f"if not __name__:\n    {line}\n"
    module = publish(site, "acme.lifts", source)
    text = "cannot import name 'lid' from 'lids' (/home/hunter2/lids.py)"

    assert message(site, module, ImportError(text), "<module>", 2) == expected


@pytest.mark.parametrize(("name", "expected"), [("lids", "'lids'"), ("hunter2", "<…>")])
def test_missing_module_in_compiled_code(site: Site, name: str, expected: str) -> None:
    module = publish(site, "acme.lifts", "if not __name__:\n    from lids import lid\n")
    error = ModuleNotFoundError(f"No module named {name!r}")

    assert message(site, module, error, "<module>", 2) == f"No module named {expected}"


@pytest.mark.parametrize("text", ["No such file or directory", "hunter2", "the lift is at home"])
def test_own_text_in_an_error_of_the_system(text: str, site: Site) -> None:
    """A text that happens to be the system's own must not look different from another."""
    module = publish(site, "acme.lifts", SOURCE)
    other = message(site, module, OSError(2, "hunter3"), "system", 24)

    assert message(site, module, OSError(2, text), "system", 24) == other


@pytest.mark.parametrize("text", ["list index out of range", "hunter2"])
def test_message_of_the_users_compiled_code(text: str, site: Site) -> None:
    """It may have been raised by the user's own `raise`."""
    own = sys.modules["acme_own"] = ModuleType("acme_own")

    redacted, _ = reported(site, IndexError(text), Entry("own.pyx", "own.f", 1, vars(own)))

    assert redacted.message == origins.HOLE


def test_different_bugs_have_different_fingerprints(site: Site) -> None:
    module = publish(site, "acme.lifts", SOURCE)
    tool = Release(origins.HOLE, origins.HOLE)
    places = ("open", 9), ("open", 10), ("step", 14), ("plain", 18), ("refuse", 21)
    reports = [
        reported(site, KeyError(), Entry("acme/lifts.py", *place, vars(module)))[0]
        for place in places
    ]

    assert len({fingerprint(tool, (report,)) for report in reports}) == len(places)


def test_reports_do_not_depend_on_contents(site: Site) -> None:
    module = publish(site, "acme.lifts", SOURCE)
    entries = [Entry("acme/lifts.py", "open", 9, vars(module))]
    make: Callable[[str], BaseException] = module.Refused
    secrets = "hunter2", "correct horse", "plain", "open", "", "acme.lifts", "no such door"

    reports = [reported(site, make(f"no such door: {text}"), *entries) for text in secrets]

    assert all(report == reports[0] for report in reports)
