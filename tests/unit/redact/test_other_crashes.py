"""A thread's crash and the main thread's in one report."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from published import Site

from telemetry_hook._crash import capture
from telemetry_hook._crash.crash import Crash
from telemetry_hook._outbox import identity
from telemetry_hook._redact.fingerprint import covers, fingerprint
from telemetry_hook._redact.origins import _made
from telemetry_hook._report import RedactedException, Release, of_crash

TOOL = """
    class WinchError(Exception):
        pass

    def wind(s):
        raise WinchError(f"the winch has {s} turns")

    def oil(s):
        raise WinchError("no oil is left")

    def watch(s):
        try:
            oil(s)
        except WinchError as error:
            raise ValueError(s) from error

    def call(function, s):
        return function(s)
"""


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


@pytest.fixture
def tool(site: Site) -> Any:
    return site.publish("acme.winch", TOOL)


def crash(function: Any, s: str = "x") -> Crash:
    try:
        function(s)
    except Exception as error:
        traceback = error.__traceback__
        assert traceback is not None
        return capture.reduce(error.with_traceback(traceback.tb_next), "threading")
    raise AssertionError


def redacted(site: Site, main: Crash, *others: Crash) -> tuple[RedactedException, ...]:
    main.others = others
    return site.redact(main)


def shown(exceptions: tuple[RedactedException, ...]) -> list[tuple[str, str, int | None, Any]]:
    return [(each.type, each.message, each.parent, each.relation) for each in exceptions]


def hashes(exceptions: tuple[RedactedException, ...]) -> tuple[str, str]:
    release = Release(_made("acme", None), _made("1.0", None))
    hashed = fingerprint(release, exceptions)
    values: Any = type("R", (), {"fingerprint": hashed, "exceptions": exceptions})
    return hashed, identity.crash(values)


def test_others_come_last(site: Site, tool: Any) -> None:
    exceptions = redacted(site, crash(tool.watch), crash(tool.wind), crash(tool.watch))
    assert shown(exceptions) == [
        ("ValueError", "<…>", None, None),
        ("WinchError", "no oil is left", 0, "cause"),
        ("ValueError", "<…>", 0, "other"),
        ("WinchError", "no oil is left", 2, "cause"),
        ("WinchError", "the winch has <…> turns", 0, "other"),
    ]
    assert of_crash(exceptions) == exceptions[:2]
    assert [frame.function for frame in exceptions[4].frames] == ["wind"]


def test_neither_their_order_nor_their_number_matters(site: Site, tool: Any) -> None:
    first = redacted(site, crash(tool.oil), crash(tool.wind), crash(tool.watch))
    for s in ("x", "other secret"):
        others = crash(tool.watch, s), crash(tool.wind, s), crash(tool.wind, s)
        assert redacted(site, crash(tool.oil, s), *others) == first


def test_the_fingerprint_is_that_of_the_crash(site: Site, tool: Any) -> None:
    """But another crash beside it makes a report that was not sent before."""
    alone, with_wind, with_watch = (
        hashes(redacted(site, crash(tool.oil), *others))
        for others in ((), (crash(tool.wind),), (crash(tool.watch),))
    )
    assert alone[0] == with_wind[0] == with_watch[0]
    assert len({alone[1], with_wind[1], with_watch[1]}) == 3


def test_another_crash_in_withheld_code_is_covered_by_nothing(site: Site, tool: Any) -> None:
    user = site.write("user", "def fail(s):\n    raise ValueError(s)\n")
    assert covers(redacted(site, crash(tool.oil), crash(tool.wind)))
    assert not covers(redacted(site, crash(tool.oil), crash(user.fail)))
