"""A tool is asked about, and its report is whole, whatever options Python was started with."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest
from conftest import Environment, Shell, installed, make_tool

CODE = """
def main():
    \"\"\"Lift.\"\"\"
    load = [1, 2]
    assert load, "nothing to lift"
    fail(load)

def fail(load):
    raise RuntimeError(f"the hoist cannot lift {len(load)} things")
"""
OPTIONS = {
    "optimized": ("-O",),
    "without docstrings": ("-OO",),
    "without columns": ("-X", "no_debug_ranges"),
    "without frozen modules": ("-X", "frozen_modules=off"),
    "safe path, warnings as errors": ("-P", "-W", "error"),
    "isolated": ("-I",),
    "lazy imports": ("-X", "lazy_imports=all"),
}
SINCE = {"-P": (3, 11), "frozen_modules=off": (3, 11), "no_debug_ranges": (3, 11)}
SINCE |= {"lazy_imports=all": (3, 15)}
OURS = {
    name: options
    for name, options in OPTIONS.items()
    if all(sys.version_info >= SINCE.get(option, (3, 10)) for option in options)
}


@pytest.fixture(scope="module", autouse=True)
def tool(environment: Environment, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with installed((environment,), make_tool(tmp_path_factory.mktemp("tool"), "hoist", CODE)):
        yield


@pytest.mark.parametrize("options", OURS.values(), ids=OURS)
def test_the_report_is_whole(shell: Shell, options: tuple[str, ...]) -> None:
    """Frames are verified against a compilation of the source with the same options."""
    terminal = shell.terminal(shell.environment.python, *options, "-m", "hoist")
    terminal.answer("yes")
    assert terminal.end() == 1
    (report,) = shell.home.wait_for_reports()
    (exception,) = report["exceptions"]
    assert exception["message"] == "the hoist cannot lift <…> things"
    main, fail = exception["frames"][-2:]
    assert (main["function"], fail["function"]) == ("main", "fail")
    assert fail["source"]["line"].strip().startswith("raise RuntimeError")
    assert fail["variables"] == {"load": "list(1+)"}


def test_without_site_there_is_no_hook(shell: Shell, without_us: Shell) -> None:
    """`-S` reads no `.pth` file."""
    ends = [
        each.run(each.environment.python, "-S", "-c", "raise ValueError")
        for each in (shell, without_us)
    ]
    assert ends[0].stderr == ends[1].stderr
    assert ends[0].returncode == ends[1].returncode == 1


def test_a_start_file_may_name_our_function(shell: Shell) -> None:
    """PEP 829, from Python 3.15. We ship none. Beside our `.pth` file, it does nothing more."""
    start = shell.environment.site / "telemetry_hook.start"
    start.write_text("telemetry_hook:startup\n")
    try:
        terminal = shell.terminal(shell.environment.python, "-W", "error", "-m", "hoist")
        terminal.answer("no")
        assert terminal.end() == 1
    finally:
        start.unlink()
    assert terminal.screen.startswith("Traceback")
    assert terminal.screen.count("hoist has crashed") == 1
