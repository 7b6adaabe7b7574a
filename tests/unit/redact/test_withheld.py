"""What is withheld of reports, by where it stands. The texts are forged: it is not asked who made them."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from installed import site

from telemetry_hook import FileReceiver, _gate
from telemetry_hook._errors import GateError
from telemetry_hook._private.search import PrivateNames
from telemetry_hook._redact import origins
from telemetry_hook._redact.withheld import withhold
from telemetry_hook._report import (
    Detail,
    PublicText,
    RedactedException,
    RedactedFrame,
    RedactedReport,
    Release,
    SourceLines,
    Variable,
)
from telemetry_hook.receivers import Request

USER_CODE = RedactedFrame(origins.words("<user code>")["<user code>"])


def text(value: str) -> PublicText:
    return str.__new__(PublicText, value)


OTHER = Release(text("requests"), text("2.1"))
OWN = Release(text("acme-lift"), text("1.0"))
FRAME = RedactedFrame(text("get"), text("requests.api"), text("requests/api.py"), 7, OTHER)
OWN_FRAME = FRAME._replace(
    release=OWN, in_app=True, module=text("lift.jane"), file=text("lift/jane.py")
)
PYTHON_FRAME = FRAME._replace(release=None, function=text("jane"), module=text("json.jane"))


def report(
    *frames: RedactedFrame, packages: tuple[Release, ...] = (OTHER,), **of_exception: Any
) -> RedactedReport:
    exception = RedactedException(text("Oops"), text("lift"), text("no"), (), frames, None, None)
    some = dict.fromkeys(RedactedReport._fields, text("x"))
    values = {**some, "packages": packages, "exceptions": (exception._replace(**of_exception),)}
    return RedactedReport(**values)  # type: ignore[arg-type]


def names(*texts: str) -> PrivateNames:
    return PrivateNames(texts, (), ())


def test_names_of_models_and_fields_are_withheld() -> None:
    """Other details are from closed sets."""
    details = [
        Detail(text(name), text(value))
        for name, value in (
            ("pydantic_fields", "name, jane.port"),
            ("pydantic_model", "lift.models.Config"),
            ("errno", "JANE"),
        )
    ]
    given = report(FRAME._replace(function=text("jane")), details=tuple(details))

    assert withheld(given, "jane").details == (details[1], details[2])


def withheld(given: RedactedReport, *texts: str) -> RedactedException:
    return withhold(given, names(*texts)).exceptions[0]


@pytest.mark.parametrize(
    "frame",
    [
        FRAME._replace(function=text("built_by_jane")),
        FRAME._replace(function=text("C.Jane")),
        FRAME._replace(module=text("requests.jane")),
        FRAME._replace(file=text("requests/_jane/x.py")),
        FRAME._replace(release=Release(text("jane-config"), text("1"))),
        FRAME._replace(release=Release(text("x"), text("1.1000482"))),
        FRAME._replace(file=text("build-7/x.py")),
        OWN_FRAME._replace(function=text("jane")),
        OWN_FRAME._replace(file=text("home/jane/lift.py")),
        PYTHON_FRAME._replace(file=text("home/jane/json.py")),
    ],
)
def test_frames(frame: RedactedFrame) -> None:
    """They become one frame of the user's code with their neighbours."""
    given = report(FRAME, USER_CODE, frame, frame, FRAME)
    found = withheld(given, "jane", "/home/jane", "build-7", "1000482").frames
    assert found == (FRAME, USER_CODE, FRAME)


@pytest.mark.parametrize("frame", [FRAME, OWN_FRAME, PYTHON_FRAME])
def test_what_is_the_same_on_every_machine_is_kept(frame: RedactedFrame) -> None:
    """Modules of the tool, and what is Python's, whatever a user is called."""
    given = report(frame, type=text("JSONDecodeError"), module=text("json.decoder"))
    assert withhold(given, names("jane", "lift", "api", "decoder", "jsondecodeerror")) == given


def test_lines_and_variables() -> None:
    source = SourceLines((text("a"), text("# jane")), text("by = '/home/jane'"), (text("b"),))
    variables = (Variable(text("jane"), text("int")), Variable(text("a"), text("x.Jane(1+)")))
    kept = Variable(text("b"), text("list(10+)"))
    frame = OWN_FRAME._replace(
        source=source,
        variables=(*variables, kept),
        operands=tuple(variable.name for variable in (*variables, kept)),
    )
    (found,) = withheld(report(frame), "jane").frames
    hole = origins.HOLE
    assert found == frame._replace(
        source=SourceLines((text("a"), hole), hole, (text("b"),)),
        variables=(kept,),
        operands=(kept.name,),
    )


def test_expressions_and_except_clauses() -> None:
    """An expression is a part of its lines: it is left out with any of them."""
    source = SourceLines((), text("a.lid"), (), expression=text("a"))
    frame = OWN_FRAME._replace(source=source, passed=(text("except Jane:"), text("except A:")))
    (found,) = withheld(report(frame), "jane").frames
    assert found == frame._replace(passed=(origins.HOLE, text("except A:")))
    secret = frame._replace(source=source._replace(line=text("a.lid  # jane")), passed=())
    (found,) = withheld(report(secret), "jane").frames
    assert found.source == SourceLines((), origins.HOLE, ())
    joined = frame._replace(source=source._replace(expression=text("jane")), passed=())
    (found,) = withheld(report(joined), "jane").frames
    assert found.source == source._replace(expression=origins.HOLE)


@pytest.mark.parametrize(
    ("kind", "module"),
    [("Jane", "lift"), ("Oops", "lift.jane"), ("<user class> (x.Jane)", None), ("JaneError", "x")],
)
def test_classes(kind: str, module: str | None) -> None:
    given = report(FRAME, type=text(kind), module=None if module is None else text(module))
    found = withheld(given, "jane")
    assert (found.type, found.module, found.frames) == ("<user class>", None, (FRAME,))


def test_packages() -> None:
    """A distribution that is called like its user is left out."""
    private = Release(text("jane-tools"), text("1"))
    found = withhold(report(FRAME, packages=(private, OTHER)), names("jane"))
    assert found.packages == (OTHER,)


def test_details_are_from_closed_sets() -> None:
    detail = Detail(text("errno"), text("ENOENT"))
    given = report(details=(detail,), message=text("jane"))
    assert withheld(given, "enoent", "errno", "jane").details == (detail,)


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("build-7", "x = build[7]"),
        ("node-0", "f(node)(0)"),
        ("/srv/merger", "srv = merger"),
        ("jane", "janet"),
        ("/home/jane", "/home/janet/x"),
        ("jd", "jdk"),
        ("20481", "1204812"),
        ("7", "x[7]"),
        ("x", "x = x"),
        ("/", "a / b"),
        ("/tmp/work", "in /tmp/work"),  # noqa: S108
        ("root@localhost", "root@localhost"),
        ("unit-tests", "unit.tests"),
    ],
)
def test_other_texts_are_kept(name: str, other: str) -> None:
    assert withheld(report(FRAME, message=text(other)), name).message == (
        other if name != "unit-tests" else "<…>"
    )


@pytest.mark.parametrize(
    ("word", "is_kept"),
    [
        ("rudolf", True),  # used in two sources
        ("otto", True),  # what the tool requires
        ("acme", True),
        ("jane", False),  # in one source
        ("ruth", False),  # in one source, and a value in another
        ("emma", False),  # one of the sources has the user's home
    ],
)
def test_a_word_of_two_sources_of_the_tool_is_its_own(
    tmp_path: Path, word: str, is_kept: bool
) -> None:
    """What a build writes is a value, or in one source; what an author uses is mostly in more."""
    files = {
        "lift/a.py": "rudolf = ruth, emma",
        "lift/b.py": "# Rudolf and jane: by = 'ruth' \"ruth\"",
        "lift/c.py": "rudolfine = '/home/x9/me', emma",
    }
    with site(tmp_path / "site") as installed:
        lift = installed.install("acme-lift", files, requires=("otto>=1",))
        given = report(FRAME, message=text(f"no {word}"))
        found = withhold(given, PrivateNames([word, "/home/x9"], (), [lift]))
        assert found.exceptions[0].message == (f"no {word}" if is_kept else "<…>")


@pytest.mark.parametrize("field", ["message", "line", "before", "after", "expression", "passed"])
@pytest.mark.parametrize("private", ["/srv/merger", "jane", "https://x/y/token-5f21"])
def test_the_gate_finds_what_is_not_withheld(field: str, private: str) -> None:
    """It looks for itself, whatever the types of texts say."""
    line = text(f"no {private} there")
    source = SourceLines((text("a"),), text("b"), (text("c"),))
    lines: dict[str, Any] = {"line": line, "before": (line,), "after": (line,), "expression": line}
    if field == "message":
        given = report(FRAME, message=line)
    elif field == "passed":
        given = report(FRAME._replace(passed=(line,)))
    else:
        given = report(FRAME._replace(source=source._replace(**{field: lines[field]})))
    body = json.dumps(given._replace(exceptions=(), id=line)).encode()
    request = Request("file:///tmp/reports/1.json", body)
    receiver = FileReceiver("/tmp/reports")  # noqa: S108
    is_value = private.startswith("https")
    person = PrivateNames([] if is_value else [private], [private] if is_value else [], ())
    with pytest.raises(GateError, match="environment" if is_value else "of this machine"):
        _gate.check(request, receiver, given, [], person)
    _gate.check(request, receiver, given, [], names())
    assert line not in str(withhold(given, person))


def seconds(given: RedactedReport, names: PrivateNames) -> float:
    """Return the processor time that withholding takes."""
    start = time.process_time()
    withhold(given, names)
    return time.process_time() - start


@pytest.mark.parametrize(
    "piece", ["jane1 ", "%25", "\\x6a", "aB", "YWJj", "6a", "(-_", "müller", "/"]
)
def test_it_takes_linear_time(piece: str) -> None:
    """A report of ten times the size takes some ten times as long, whatever its texts are like."""
    person = names(*(f"jane{number}" for number in range(200)))
    small, large = (report(FRAME, message=text(piece * count)) for count in (2_000, 20_000))
    once = min(seconds(small, person) for _ in range(3))
    assert seconds(large, person) < 40 * once + 0.05
