"""Reports of what the failing statement had read: names of published source, and kinds of values."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import pytest
from published import Site

from telemetry_hook._errors import NotPublicError
from telemetry_hook._redact import lightening, origins
from telemetry_hook._redact.published.public_files import PublicFile
from telemetry_hook._report import RedactedFrame

HEAD = """
import json

TABLE = {"ids": {"b20": None, "r51": "headache"}, "empty": ""}
LIMIT = 10

class Box:
    size = 3
    def __init__(self, **attributes): self.__dict__.update(attributes)
    def opened(self): return self.__lid.size
    def close(self): self.__lid = None; return self.opened()
    @property
    def secret(self): return 1 / 0

class Lazy:
    def __getattr__(self, name): raise AttributeError(name)

def refuse(*given): raise ValueError("it is refused")
"""


def frame(site: Site, body: str, value: str = "hunter2", head: str = HEAD) -> RedactedFrame:
    """Return the report's frame of a function `fail(s)` with this body."""
    fail = site.function(head, body)
    [exception, *_] = site.redacted(lambda: fail(value))
    return next(frame for frame in exception.frames if frame.function == "fail")


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path.resolve())


@pytest.mark.parametrize(
    ("body", "shapes", "operands"),
    [
        (
            'box = Box(table={"box": None}); return box.table["box"].lid',
            {'box.table["box"].lid': "missing", 'box.table["box"]': "None"},
            2,
        ),
        (
            'config = {}; return config["ids"]',
            {'config["ids"]': "missing", "config": "dict(0)"},
            2,
        ),
        (
            "box = Box(items=[s]); return box.items[0] + box.size",
            {"box.items[0]": "str", "box.size": "int"},
            2,
        ),
        ("return LIMIT + TABLE['empty']", {"LIMIT": "int", 'TABLE["empty"]': "str(empty)"}, 2),
        ('refuse(TABLE["ids"], json, s)', {'TABLE["ids"]': "dict(1+)", "json": "module"}, 2),
        ("box = Box(); return box.absent", {"box.absent": "missing", "box": "acme.vessels.Box"}, 2),
        ("box = Box(); return box.secret.lid", {"box": "acme.vessels.Box"}, 1),
        ("lazy = Lazy(); return lazy.lid", {"lazy": "acme.vessels.Lazy"}, 1),
        (
            "box = Box(a=s); return [box.a, s.lid]",
            {"s.lid": "missing", "s": "str", "box.a": "str"},
            2,
        ),
    ],
)
def test_what_a_statement_read(
    site: Site, body: str, shapes: dict[str, str], operands: int
) -> None:
    """What the operation worked on comes first, then what else was read, then other variables."""
    found = frame(site, body)
    first = {str(variable.name): str(variable.shape) for variable in found.variables[: len(shapes)]}
    assert first == shapes
    assert list(first) == list(shapes)
    assert [*map(str, found.operands)][:operands] == list(shapes)[:operands]
    assert {variable.name for variable in found.variables} >= {"s"}


def test_names_that_python_changes(site: Site) -> None:
    """A private attribute is spelled as in the source."""
    module = site.publish("acme.boxes", HEAD)
    [exception] = site.redacted(lambda: module.Box().close())
    shapes = {
        str(variable.name): str(variable.shape) for variable in exception.frames[-1].variables
    }
    assert shapes == {
        "self.__lid.size": "missing",
        "self.__lid": "None",
        "self": "acme.boxes.Box",
    }


@pytest.mark.parametrize("key", ["it's", "a\\nb", 'a"b', "x" * 61, "\\x41"])
def test_keys_that_may_be_spelled_in_many_ways(site: Site, key: str) -> None:
    """What has been read from such an item is not reported."""
    found = frame(site, f"table = {{}}; return table['''{key}''']")
    assert [str(text) for text in found.operands] == ["table"] or key == "\\x41"
    assert not any("[" in str(variable.name) for variable in found.variables)


def test_frames_of_libraries_have_none(site: Site) -> None:
    library = site.publish("other.code", "def read(table): return table['ids']\n", is_own=False)
    [exception] = site.redacted(lambda: library.read({}))
    assert exception.frames[-1].function == "read"
    assert exception.frames[-1].variables == ()
    assert exception.frames[-1].operands == ()


def test_user_code_has_none(site: Site) -> None:
    user = site.write("mine", "def read(table): return table['hunter2']\n")
    [exception] = site.redacted(lambda: user.read({}))
    assert "hunter2" not in str(exception)


def test_at_most_thirty_variables(site: Site) -> None:
    """What the statement has read comes before variables that it has not read."""
    names = "; ".join(f"v{number} = {number}" for number in range(60))
    read = ", ".join(f"v{number}" for number in range(59, 29, -1))
    found = frame(site, f"{names}\nreturn [{read}, TABLE['none']]")
    assert len(found.variables) == 30
    assert [str(variable.name) for variable in found.variables[:2]] == ['TABLE["none"]', "TABLE"]
    assert "v0" not in {variable.name for variable in found.variables}


SAME = {
    "chosen entry": "code = f\"{TABLE['ids'].get(s)}\"; refuse(TABLE['ids'], code, s)",
    "key in a variable": "refuse(TABLE['empty'], s); TABLE['ids'][s]",
    "missing key in a variable": "TABLE['ids'][s + '?']",
    "attribute by name": "box = Box(**{s: 1}); return getattr(box, s + '?')",
    "not read yet": "box = Box(**{s: 1}); return refuse(box.size), box.b20, box.r51",
    "after a failure": "box = {s: 1}; return LIMIT.lid, box['b20'], box['r51']",
    "in another branch": "box = {s: 1}; return refuse(box['b20'] if 'b20' in box else 1 or box, s)",
    "either": "box = {s: s}; return refuse(box.get('b20') and 1 or box, s)",
    "boolean": "box = Box(found=s == 'b20'); return refuse(box.found, s)",
    "boolean in a table": "table = {'found': s == 'b20'}; return table['found'].lid",
    "size": "box = Box(text=s * 3); return box.text.lid",
    "equal object": "first = TABLE['ids']; box = Box(a=first if s == 'b20' else dict(first)); box.a.lid",
}


@pytest.mark.parametrize("body", SAME.values(), ids=SAME)
def test_reports_of_two_values(site: Site, body: str) -> None:
    """They are the same wherever the same statements ran."""
    fail = site.function(HEAD, body)
    reports = [site.redacted(partial(fail, value)) for value in ("b20", "r51")]
    assert reports[0] == reports[1]


def test_bodies_that_run_in_another_way(site: Site) -> None:
    """What `missing` shows is what the exception itself shows."""
    fail = site.function(HEAD, "table = {s: 1}; refuse(table['b20'])")
    there, missing = (site.redacted(partial(fail, value)) for value in ("b20", "r51"))
    assert (there[0].type, missing[0].type) == ("ValueError", "KeyError")
    assert "missing" not in str(there)
    assert "missing" in str(missing)


def file(tmp_path: Path, source: str) -> PublicFile:
    return PublicFile(str(tmp_path / "x.py"), "x.py", source.encode(), None, is_own=True)


SOURCE = "def f(self): return self.boxes['lid'].size + self.items[0][-1] + self.boxes[\"a b\"]\n"


@pytest.mark.parametrize(
    ("variable", "steps", "text"),
    [
        ("self", ["boxes", ("lid",), "size"], 'self.boxes["lid"].size'),
        ("self", ["items", (0,), (-1,)], "self.items[0][-1]"),
        ("self", ["boxes", ("a b",)], 'self.boxes["a b"]'),
        ("self", ["_Box__size"], None),
        ("self", ["boxes", ("secret",)], None),
        ("self", ["boxes", (7,)], None),
        ("self", ["boxes", (True,)], None),
        ("self", ["secret"], None),
        ("hunter2", [], None),
        ("self", ["boxes['lid']"], None),
        ("self", ["boxes", ("lid'].size + self.items[0][-1] + self.boxes[\"a b",)], None),
    ],
)
def test_expressions(
    tmp_path: Path,
    variable: str,
    steps: Sequence[str | tuple[str | int]],
    text: str | None,
) -> None:
    assert origins.expression(file(tmp_path, SOURCE), variable, steps) == text


def test_an_expression_of_no_file() -> None:
    with pytest.raises(NotPublicError):
        origins.expression("self", "self", [])  # type: ignore[arg-type]


def test_lighter_reports_have_no_operands(site: Site) -> None:
    fail: Callable[[str], object] = site.function(HEAD, "return TABLE['none']")
    [exception] = site.redacted(lambda: fail("x"))
    assert exception.frames[-1].operands
    light = lightening._lightened(exception, 0)
    assert [frame.operands for frame in light.frames] == [()] * len(light.frames)
