"""Arguments of a frozen program that make it run something of ours."""

from __future__ import annotations

import runpy
import sys

import pytest

from telemetry_hook import _environment, _frozen
from telemetry_hook._consent.environment import as_started


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, list[str]]]:
    """Run nothing; return what would have been run, with `sys.argv` then."""
    calls: list[tuple[str, list[str]]] = []

    def run_module(name: str, *, run_name: str) -> None:
        assert run_name == "__main__"
        calls.append((name, [*sys.argv]))

    monkeypatch.setattr(runpy, "run_module", run_module)
    return calls


@pytest.mark.parametrize(
    ("argument", "program"),
    [
        ("--telemetry-hook", "telemetry_hook"),
        ("--telemetry-hook-sender", "telemetry_hook._sender"),
    ],
)
def test_our_arguments_run_our_programs(
    ran: list[tuple[str, list[str]]],
    monkeypatch: pytest.MonkeyPatch,
    argument: str,
    program: str,
) -> None:
    monkeypatch.setattr(sys, "argv", ["lift", argument, "never", "lift"])
    with pytest.raises(SystemExit):
        _frozen.serve()
    assert ran == [(program, ["lift", "never", "lift"])]


@pytest.mark.parametrize("arguments", [[], ["up"], ["up", "--telemetry-hook"], ["--telemetry"]])
def test_others_are_the_programs(
    ran: list[tuple[str, list[str]]], monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["lift", *arguments])
    _frozen.serve()
    assert ran == []
    assert sys.argv == ["lift", *arguments]


@pytest.mark.parametrize("arguments", [None, "up", ["lift", ["up"]], ("lift", "--telemetry-hook")])
def test_what_the_program_has_made_of_its_arguments_is_no_failure(
    ran: list[tuple[str, list[str]]], monkeypatch: pytest.MonkeyPatch, arguments: object
) -> None:
    monkeypatch.setattr(sys, "argv", arguments)
    _frozen.serve()
    monkeypatch.delattr(sys, "argv")
    _frozen.serve()
    assert ran == []


@pytest.mark.parametrize(
    ("started", "users"),
    [
        ({"LD_LIBRARY_PATH": "/run/_MEI1"}, {}),
        (
            {"LD_LIBRARY_PATH": "/run/_MEI1:/opt/lib", "LD_LIBRARY_PATH_ORIG": "/opt/lib"},
            {"LD_LIBRARY_PATH": "/opt/lib"},
        ),
    ],
)
def test_programs_that_we_start_get_the_users_libraries(
    monkeypatch: pytest.MonkeyPatch, started: dict[str, str], users: dict[str, str]
) -> None:
    """A pager with the libraries of the frozen program may fail to start."""
    for name in ("CI", "PYTEST_VERSION", "PYTEST_CURRENT_TEST"):
        monkeypatch.delenv(name, raising=False)
    at_start: dict[object, object] = {
        name.encode(): value.encode() for name, value in started.items()
    }
    monkeypatch.setattr(_environment, "are_served", lambda: True)
    found = as_started(at_start)
    assert {name: value for name, value in found.items() if name in started} == users
    monkeypatch.setattr(_environment, "are_served", lambda: False)
    assert started.items() <= as_started(at_start).items()
