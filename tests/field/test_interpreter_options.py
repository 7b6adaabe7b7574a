"""Options of the interpreter: frames are verified under each, and the user is asked as without them."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import PREVIEW, Environment, Shell, installed, make_tool

CODE = """
import sys
from dataclasses import dataclass

@dataclass
class Weight:
    '''A docstring, which -OO drops.'''
    kilos: int

def main():
    assert sys.argv, "an assertion, which -O drops"
    return list(map(lambda weight: fail(weight, *sys.argv[1:]), [Weight(3)]))

def fail(weight, *_):
    '''Another docstring.'''
    try:
        return {"a": 1}["b"]
    except KeyError as error:
        raise RuntimeError("this was bound to happen") from error
"""
OPTIONS: dict[str, tuple[str, ...]] = {
    "nothing": (),
    "without assertions": ("-O",),
    "without docstrings": ("-OO",),
    "isolated": ("-I",),
    "without variables": ("-E",),
    "with the standard library's own files": ("-X", "frozen_modules=off"),
    "without columns": ("-X", "no_debug_ranges"),
    "with times of imports": ("-X", "importtime"),
    "without bytecode": ("-B",),
    "in UTF-8 mode": ("-X", "utf8"),
}
if sys.version_info >= (3, 11):
    OPTIONS["without the working directory"] = ("-P",)
if sys.version_info >= (3, 14):
    OPTIONS["without remote debugging"] = ("-X", "disable_remote_debug")
if sys.version_info >= (3, 15):
    OPTIONS["with lazy imports"] = ("-X", "lazy_imports=all")
VARIABLES = {
    "PYTHONSAFEPATH": "1",
    "PYTHONNODEBUGRANGES": "1",
    "PYTHONPYCACHEPREFIX": "cache",
    "PYTHON_LAZY_IMPORTS": "all",
    "PYTHONOPTIMIZE": "2",
}


@pytest.fixture(scope="module", autouse=True)
def tool(environment: Environment, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with installed((environment,), make_tool(tmp_path_factory.mktemp("tool"), "scales", CODE)):
        yield


def is_whole(report: str | dict[str, Any]) -> bool:
    """Return whether all frames of a report are verified, with the variables of the last one."""
    whole = json.loads(report) if isinstance(report, str) else report
    outer, inner = whole["exceptions"]
    frames = outer["frames"][-3:]
    assert [frame["function"] for frame in frames] == ["main", "main.<locals>.<lambda>", "fail"]
    assert {*frames[-1]["variables"]} >= {"weight"}
    assert {"KeyError", "RuntimeError"} == {inner["type"], outer["type"]}
    return all(frame["line"] and frame["source"]["line"] for frame in frames)


def preview(shell: Shell, *options: str, **variables: str) -> str:
    command = (*options, "-c", PREVIEW.replace("{name}", "scales"), "main")
    ended = shell.run("python", *command, **variables)
    assert ended.returncode == 0, ended.stderr
    assert "importtime" in options or ended.stderr == ""
    return ended.stdout


@pytest.mark.parametrize("options", OPTIONS)
def test_frames_are_verified(options: str, shell: Shell) -> None:
    """They are compared with the source as this interpreter compiles it."""
    assert is_whole(preview(shell, *OPTIONS[options]))


@pytest.mark.parametrize("variable", VARIABLES)
def test_frames_are_verified_where_a_variable_is_set(variable: str, shell: Shell) -> None:
    assert is_whole(preview(shell, **{variable: VARIABLES[variable]}))


def test_bytecode_that_is_never_checked(shell: Shell) -> None:
    """It may be older than its source. Here it is not."""
    scales = shell.environment.site / "scales"
    mode = ("--invalidation-mode", "unchecked-hash")
    shell.run("python", "-m", "compileall", "-f", "-q", *mode, scales)
    try:
        assert is_whole(preview(shell))
    finally:
        shell.run("python", "-m", "compileall", "-f", "-q", scales)


def test_a_tool_is_asked_about_under_all_of_them(shell: Shell) -> None:
    """The whole way, with all options that work together."""
    options = [option for each in OPTIONS.values() for option in each if option != "-O"]
    terminal = shell.terminal("python", *options, shell.environment.bin / "scales")
    terminal.answer("yes")
    assert terminal.end() == 1
    [report] = shell.home.wait_for_reports()
    assert is_whole(report)


def test_a_script_without_site_is_left_alone(shell: Shell) -> None:
    """No start line is run, so nothing of ours is there."""
    script = shell.write("script.py", "import sys\nprint('telemetry_hook' in sys.modules)\n1 / 0\n")
    ended = shell.run("python", "-S", script)
    assert (ended.returncode, ended.stdout) == (1, "False\n")
    assert ended.stderr.startswith("Traceback ")
    assert "telemetry" not in ended.stderr.replace(str(shell.directory), "")


@pytest.mark.skipif(sys.version_info < (3, 15), reason="lazy imports came with Python 3.15")
def test_a_lazily_imported_module_that_is_broken(shell: Shell) -> None:
    """Its exception comes where the name is first used, and is the tool's."""
    path: Path = shell.environment.site / "scales/cli.py"
    whole = path.read_text()
    lazy = "__lazy_modules__ = ['json.tool']\nimport missing_module_of_scales\n"
    path.write_text(f"{lazy}{whole.replace('each)', 'missing_module_of_scales.each)')}")
    try:
        terminal = shell.terminal("python", "-X", "lazy_imports=all", "-m", "scales")
        terminal.answer("yes")
        assert terminal.end() == 1
    finally:
        path.write_text(whole)
    [report] = shell.home.wait_for_reports()
    kinds = {exception["type"] for exception in report["exceptions"]}
    assert kinds & {"ModuleNotFoundError", "ImportError"}


@pytest.mark.skipif(sys.version_info < (3, 15), reason="`.start` files came with Python 3.15")
@pytest.mark.parametrize("has_start_file", [False, True])
def test_a_start_file_beside_the_start_line(has_start_file: bool, shell: Shell) -> None:
    """We ship none. One that calls `startup()` works too, and the hook is installed once."""
    path = shell.environment.site / "telemetry_hook.start"
    if has_start_file:
        path.write_text("telemetry_hook:startup\n")
    code = "import atexit, sys, telemetry_hook as t; print(t._installed_in is not None, end=' ');"
    code += "print(atexit._ncallbacks(), type(sys.excepthook).__name__)"
    try:
        ended = shell.run("python", "-W", "error", "-X", "dev", "-c", code)
        terminal = shell.terminal("scales")
        terminal.answer("no")
        assert terminal.end() == 1
    finally:
        path.unlink(missing_ok=True)
    assert (ended.stdout, ended.stderr) == ("True 1 _Hook\n", "")
    assert terminal.screen.count("Send this report?") == 1
