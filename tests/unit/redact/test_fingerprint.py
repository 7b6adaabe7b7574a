"""What makes two crashes the same bug, and what does not."""

from __future__ import annotations

from typing import Any

import pytest

from telemetry_hook._redact import origins
from telemetry_hook._redact.fingerprint import covers, fingerprint
from telemetry_hook._report import (
    PublicText,
    RedactedException,
    RedactedFrame,
    Release,
    SourceLines,
)


def text(value: str) -> PublicText:
    """Forge a public text."""
    return origins._made(value, None)


def frame(
    function: str, line: str = "fail()", *after: str, size: int = 1, **more: Any
) -> RedactedFrame:
    """Return a frame of the tool's own, whose statement has `size` lines, from line 10 on."""
    source = SourceLines((text("before"),), text(line), tuple(map(text, after)))
    if size > 1:
        source = source._replace(first=10, last=9 + size)
    values = {
        "module": text("acme.cli"),
        "file": text("acme/cli.py"),
        "line": 10,
        "release": Release(text("acme"), text("1.0")),
        "in_app": True,
        "source": source,
        **more,
    }
    return RedactedFrame(text(function), **values)


def cut(*after: str) -> SourceLines:
    """Return a long statement whose middle is left out."""
    return SourceLines(
        (text("load("), text("…")), text("  x,"), tuple(map(text, after)), first=10, last=99
    )


def error(*frames: RedactedFrame, **more: Any) -> RedactedException:
    """Return an exception that went through frames."""
    values: dict[str, Any] = {
        "type": text("ValueError"),
        "module": None,
        "message": text("no such <…>"),
        "details": (),
        "parent": None,
        "relation": None,
        **more,
    }
    return RedactedException(frames=frames, **values)


USER = RedactedFrame(text("<user code>"))
FOREIGN = frame("get", in_app=False, source=None, module=text("requests.api"))
BASE = (error(frame("main"), FOREIGN, frame("load", "  load(")),)
LONG = (error(frame("load", "load(", "  path,", ")", "other", size=3)),)
LATER = SourceLines(  # the same statement, when its second line is running
    (text("before"), text("load(")), text("  path,"), (text(")"), text("x")), first=10, last=12
)


def of(*exceptions: RedactedException, name: str = "acme", version: str = "1.0") -> str:
    """Return a fingerprint."""
    return str(fingerprint(Release(text(name), text(version)), exceptions))


@pytest.mark.parametrize(
    ("same", "as_"),
    [
        # Where it stands, and in which release
        ((error(frame("main")),), (error(frame("main")._replace(line=99)),)),
        ((error(frame("main")),), (error(frame("main", file=text("acme/other.py"))),)),
        ((error(frame("main")),), (error(frame("main", release=None)),)),
        ((error(frame("main")),), (error(frame("main", "   fail()  ")),)),
        ((error(frame("main")),), (error(frame("main", "fail()", "next line")),)),
        # what the message is filled with, in code of the tool's own
        ((error(frame("main")),), (error(frame("main"), message=text("other")),)),
        # how often a function calls itself, and what lies between
        ((error(frame("a"), frame("b")),), (error(frame("a"), frame("a"), frame("b")),)),
        ((error(frame("a"), frame("b")),), (error(frame("a"), FOREIGN, frame("b"), USER),)),
        ((error(frame("a")),), (error(frame("a"), FOREIGN),)),
        ((error(frame("a")),), (error(USER, frame("a")),)),
        # frames that Python 3.12 dropped
        ((error(frame("a")),), (error(frame("a"), frame("a.<locals>.<listcomp>")),)),
        ((error(frame("a")),), (error(frame("a"), frame("a.<locals>.<dictcomp>")),)),
        # what follows a whole statement
        (LONG, (error(frame("load", "load(", "  path,", ")", "changed", size=3)),)),
        # which of its lines was running, which depends on Python
        (LONG, (error(frame("load", source=LATER)._replace(line=11)),)),
        (
            (error(frame("load", source=cut("  a,", "…", ")"))),),
            (error(frame("load", source=cut("  b,", "…", ")"))),),
        ),
        # how many exceptions look the same
        ((error(frame("main")),), (error(frame("main")), error(frame("main")))),
        (BASE, (*BASE, *BASE, *BASE)),
        # without a frame of the tool's own
        ((error(FOREIGN),), (error(USER, FOREIGN, USER),)),
    ],
)
def test_the_same(same: tuple[RedactedException, ...], as_: tuple[RedactedException, ...]) -> None:
    """These are one bug."""
    assert of(*same) == of(*as_)


DIFFERENT = [
    (),
    BASE,
    LONG,
    (error(),),
    (error(message=text("other")),),
    (error(FOREIGN),),
    (error(FOREIGN, message=text("other")),),
    (error(FOREIGN, FOREIGN._replace(function=text("post"))),),
    (error(FOREIGN._replace(module=text("other"))),),
    (error(frame("main")),),
    (error(frame("main", source=None)),),
    (error(frame("main"), type=text("KeyError")),),
    (error(frame("main"), module=text("acme")),),
    (error(frame("main", module=text("acme.other"))),),
    (error(frame("main", "other()")),),
    (error(frame("main"), frame("load")),),
    (error(frame("load"), frame("main")),),
    (error(frame("main")), error(frame("load"))),
    (error(frame("load", "load(", "  other,", ")", size=3)),),
    (error(frame("load", "load[", "  path,", "]", size=3)),),
    (error(frame("load", "load[", "  other,", "]", size=3)),),
    (error(frame("load", "load{", "  path,", "}", size=3)),),
    (error(frame("load", "load{", "  other,", "}", size=3)),),
]


def test_others_are_others() -> None:
    """Each of these is a bug by itself."""
    found = [of(*each) for each in DIFFERENT]
    assert len(set(found)) == len(DIFFERENT)
    assert of(*BASE) != of(*BASE, name="lift")
    assert of(*BASE) == of(*BASE, version="2.0")
    assert all(len(each) == 64 for each in found)


MEMBER: dict[str, Any] = {"parent": 0, "relation": text("member")}
CAUSE: dict[str, Any] = {"parent": 0, "relation": text("cause")}
POOL = frame("worker", in_app=False, module=text("multiprocessing.pool"), known_by=text("text"))
READ = {"module": text("multiprocessing.pool"), **CAUSE}
SCRIPT, GAP = RedactedFrame(text("<console script>")), RedactedFrame(text("… 10+ more frames"))


@pytest.mark.parametrize(
    "exceptions",
    [
        (error(frame("main")),),
        (error(SCRIPT, frame("main"), FOREIGN),),
        (error(SCRIPT, FOREIGN),),
        (error(frame("main"), USER, frame("load")),),
        (error(frame("main"), USER, GAP, frame("load"), GAP, FOREIGN),),
        (error(frame("main")), error(frame("load"), **CAUSE)),
        (error(frame("main")), error(**MEMBER)),
        (error(frame("main")), error(POOL, frame("job", known_by=text("text")), **READ)),
        (error(frame("main")), error(POOL._replace(known_by=None), **READ)),
    ],
)
def test_what_a_fingerprint_covers(exceptions: tuple[RedactedException, ...]) -> None:
    """Each place is known, and how it was reached from the tool's own code."""
    assert covers(exceptions)


@pytest.mark.parametrize(
    "exceptions",
    [
        (error(),),
        (error(USER),),
        (error(USER, FOREIGN),),
        (error(frame("main"), USER),),
        (error(frame("main"), USER, FOREIGN),),
        (error(frame("main")), error(**CAUSE)),
        (error(frame("main")), error(frame("load"), USER, **CAUSE)),
        (error(frame("main")), error(USER, **MEMBER)),
        (error(frame("main")), error(POOL, **READ)),
        (error(frame("main")), error(POOL, USER, **READ)),
    ],
)
def test_what_it_does_not_cover(exceptions: tuple[RedactedException, ...]) -> None:
    """Two bugs in withheld code may have this fingerprint."""
    assert not covers(exceptions)
