"""Whose crash it is where distributions share a namespace package, and with old and odd scripts."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import PLUGIN, Environment, Shell, make_wheel

CODE = """
class Bug(Exception): pass
class Mistake(Exception): pass
def fail(kind=ValueError): raise kind("no luck")
def call(function): function()
def main(): fail()
"""
# The class is the one that was raised, so the program's modules are those that the plugin sees.
EXPECTS = """
@hookimpl
def telemetry_is_expected(crash):
    from acme.{name} import cli
    return isinstance(crash.exception, cli.Mistake)
@hookimpl
def telemetry_attributes(crash): return {{"{name}.used": True}}
"""
OWN_SCRIPT = """#!python
import argparse
import sys

def fail(name):
    raise ValueError("no luck")

def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--fast", action="store_true")
    parser.parse_args()
    fail(sys.argv[0])

main()
"""


SCRIPTS = ("drill", "drill-two.py", "Drill.Sub-Cmd")


def plugin(name: str, more: str = "") -> str:
    return PLUGIN.format(name=name, more=more)


def make_part(directory: Path, name: str, entry_point: str, distribution: str = "") -> Path:
    """Write the wheel of a tool in the namespace package `acme`."""
    attributes = f"attributes=(Flag('{name}.used', 'Whether it ran'),)"
    family = "family=('acme-nslift', 'acme-nsphoton')"
    internal = f"internal_errors=('acme.{name}.cli.Bug',)"
    return make_wheel(
        directory,
        distribution or f"acme-{name}",
        {
            f"acme/{name}/__init__.py": "",
            f"acme/{name}/__main__.py": f"from acme.{name}.cli import main\nmain()\n",
            f"acme/{name}/cli.py": CODE,
            f"acme/{name}/telemetry.py": plugin(name, f"{attributes}, {family}, {internal}")
            + EXPECTS.format(name=name),
        },
        entry_points={
            "console_scripts": {name: f"acme.{name}.cli:main"},
            "telemetry_hook": {entry_point: f"acme.{name}.telemetry"},
        },
    )


def make_scripted(directory: Path, name: str, *scripts: str, version: str = "1.0") -> Path:
    """Write the wheel of a tool whose scripts are files of its own, as setuptools' `scripts=` has."""
    data = f"acme_{name}-{version}.data/scripts"
    return make_wheel(
        directory,
        f"acme-{name}",
        {
            f"{name}/__init__.py": "",
            f"{name}/telemetry.py": plugin(name),
            **{f"{data}/{script}": OWN_SCRIPT for script in scripts},
        },
        version=version,
        entry_points={"telemetry_hook": {name: f"{name}.telemetry"}},
    )


@pytest.fixture(scope="module", autouse=True)
def tools(environment: Environment, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Install two tools in one namespace by their dotted names, and two that both register `acme`."""
    directory = tmp_path_factory.mktemp("tools")
    bare = make_wheel(
        directory,
        "acme-hoist-cli",
        {"hoist_cli.py": ""},
        entry_points={
            "console_scripts": {"hoist": "hoist.cli:main [extra]", "Hoist.it-Up": "hoist.cli:main"},
            "gui_scripts": {"hoistw": "hoist.cli:main"},
        },
    )
    hoist = make_wheel(
        directory,
        "acme-hoist",
        {"hoist/__init__.py": "", "hoist/cli.py": CODE, "hoist/telemetry.py": plugin("hoist")},
        entry_points={"telemetry_hook": {"hoist": "hoist.telemetry"}},
    )
    wheels = [
        *(make_part(directory, name, f"acme.{name}") for name in ("nslift", "nsphoton")),
        *(make_part(directory, name, "acme") for name in ("nsone", "nstwo")),
        make_scripted(directory, "drill", *SCRIPTS),
        *(bare, hoist),
    ]
    environment.pip("install", "--no-deps", *wheels)
    for script in SCRIPTS:
        (environment.bin / script).chmod(0o755)  # which setuptools marks in the wheel
    yield
    environment.pip("uninstall", "--yes", *(wheel.name.partition("-")[0] for wheel in wheels))


def report_of(shell: Shell, tool: str, *command: str | Path) -> dict[str, Any]:
    """Let a tool crash on a terminal, say yes, and return the report."""
    terminal = shell.terminal(*command)
    terminal.expect(f"{tool} has crashed")
    terminal.answer("yes")
    terminal.end()
    [report] = shell.home.wait_for_reports()
    return report


def is_silent(shell: Shell, *command: str | Path) -> bool:
    """Return whether a crash is not asked about."""
    terminal = shell.terminal(*command)
    assert terminal.end() == 1
    return "has crashed" not in terminal.screen


@pytest.mark.parametrize("name", ["nslift", "nsphoton", "nsone", "nstwo"])
def test_each_part_is_heard(shell: Shell, name: str) -> None:
    """By the script or by `python -m`; with the tool's own frames."""
    is_script = name in ("nslift", "nstwo")
    command = [name] if is_script else ["python", "-m", f"acme.{name}"]
    report = report_of(shell, name, *command)
    assert report["tool"]["name"] == f"acme-{name}"
    last = report["exceptions"][0]["frames"][-1]
    assert (last["module"], last["in_app"]) == (f"acme.{name}.cli", True)


@pytest.mark.once
@pytest.mark.parametrize("name", ["nslift", "nsphoton", "nsone", "nstwo"])
def test_internal_errors_of_each_part(shell: Shell, name: str) -> None:
    """In a user's program, each is attributed to its own part."""
    code = f"import acme.{name}.cli as c; c.fail(c.Bug)"
    report = report_of(shell, name, "python", shell.write("mine.py", code))
    assert report["tool"]["name"] == f"acme-{name}"
    assert is_silent(shell, "python", shell.write("mine.py", code.replace("c.Bug", "")))


def test_family_in_a_namespace(shell: Shell) -> None:
    """A member's plugin is joined if its code was running."""
    code = "import acme.nslift.cli as c, acme.nsphoton.cli as o; o.call(lambda: c.fail(c.Bug))"
    report = report_of(shell, "nslift", "python", shell.write("mine.py", code))
    names = [attribute["name"] for attribute in report["attributes"]]
    assert names == ["nslift.used", "nsphoton.used"]


def test_expected_errors_of_a_part(shell: Shell) -> None:
    """The plugin sees the classes of the program that crashed, not copies of them."""
    code = "import acme.nslift.cli as c\nclass Both(c.Bug, c.Mistake): pass\nc.fail(Both)"
    assert is_silent(shell, "python", shell.write("mine.py", code))


@pytest.mark.parametrize("has_start", [True, False])
def test_impostor_in_the_working_directory(shell: Shell, *, has_start: bool) -> None:
    """A part of the namespace in the working directory is not imported."""
    for name in ("nslift/__init__.py", "nslift/telemetry.py"):
        shell.write(f"acme/{name}", "open('executed', 'w')")
    shell.write("acme/nslift/__main__.py", "1 / 0")
    if has_start:
        shell.write("acme/__init__.py", "")
    assert is_silent(shell, "python", "-m", "acme.nslift")
    (shell.directory / "executed").unlink()
    script = shell.write("mine.py", "import acme.nsone.cli as c; c.fail(c.Bug)")
    script.write_text("import sys; here = sys.path.pop(0)\n" + script.read_text())
    script.write_text(script.read_text().replace("; c.fail", "; sys.path.insert(0, here); c.fail"))
    terminal = shell.terminal("python", script)
    terminal.answer("no")
    terminal.end()
    assert "nsone has crashed" in terminal.screen
    assert not (shell.directory / "executed").exists()


@pytest.mark.once
def test_commands(shell: Shell) -> None:
    """`doctor` finds nothing wrong, and `status` lists each part."""
    findings = json.loads(shell.run("telemetry-hook", "doctor", "--json").stdout)
    assert [finding for finding in findings if not finding["ok"]] == []
    tools = json.loads(shell.run("telemetry-hook", "status", "--json").stdout)
    names = {tool["tool"]: tool["distribution"] for tool in tools}
    parts = ("nslift", "nsphoton", "nsone", "nstwo")
    assert {name: names.get(name) for name in parts} == {name: f"acme-{name}" for name in parts}


@pytest.mark.parametrize(
    "script",
    [SCRIPTS[0], *(pytest.param(script, marks=pytest.mark.once) for script in SCRIPTS[1:])],
)
def test_script_that_is_a_file_of_the_tool(shell: Shell, script: str, tmp_path: Path) -> None:
    """Its own frames are reported, without the first line, which names this machine's Python."""
    report = report_of(shell, "drill", shell.environment.bin / script, "--fast")
    start, main, fail = report["exceptions"][0]["frames"]
    assert [start["function"], main["function"], fail["function"]] == ["<module>", "main", "fail"]
    assert {frame["module"] for frame in (start, main, fail)} == {"__main__"}
    assert {frame["file"] for frame in (start, main, fail)} == {f".data/scripts/{script}"}
    assert (fail["line"], fail["source"]["line"]) == (6, '    raise ValueError("no luck")')
    assert fail["variables"] == {"name": "str"}
    assert report["command"]["options"] == ["--fast"]
    assert str(shell.environment.directory) not in json.dumps(report)
    assert "#!" not in json.dumps(report)
    link = tmp_path / "linked"
    link.symlink_to(shell.environment.bin / script)
    terminal = shell.terminal(link, "--fast")
    terminal.end()
    assert "this crash was reported already" in terminal.screen
    assert is_silent(shell, copied(shell, script))


def copied(shell: Shell, script: str) -> Path:
    """Return a copy, with the user's own changes."""
    copy = shell.write(f"copy-of-{script}", (shell.environment.bin / script).read_text())
    copy.chmod(0o755)
    return copy


@pytest.mark.once
def test_changed_script_is_not_published(shell: Shell) -> None:
    """RECORD has the hash of what the installer wrote."""
    script = shell.environment.bin / "drill"
    before = script.read_text()
    try:
        script.write_text(before.replace("no luck", "changed"))
        report = report_of(shell, "drill", script)
    finally:
        script.write_text(before)
    assert "changed" not in json.dumps(report)
    frames = report["exceptions"][0]["frames"]
    assert {frame["function"] for frame in frames} == {"<console script>"}


@pytest.mark.once
@pytest.mark.parametrize("script", ["hoist", "hoistw", "Hoist.it-Up"])
def test_script_of_another_distribution(shell: Shell, script: str) -> None:
    """The entry point names the package, whosever it is, with extras and in any group."""
    report = report_of(shell, "hoist", script)
    assert report["tool"]["name"] == "acme-hoist"
    assert report["exceptions"][0]["frames"][0]["function"] == "<console script>"


@pytest.mark.once
def test_script_with_a_long_interpreter(shell: Shell) -> None:
    """Where the path of Python is long, pip and uv write scripts that a shell starts."""
    script = shell.environment.bin / "hoist"
    before = script.read_text()
    first, _, rest = before.partition("\n")
    start = f"#!/bin/sh\n'''exec' '{first[2:]}' \"$0\" \"$@\"\n' '''\n"
    try:
        script.write_text(start + rest)
        report = report_of(shell, "hoist", script)
    finally:
        script.write_text(before)
    assert report["exceptions"][0]["frames"][0]["function"] == "<console script>"


@pytest.mark.once
def test_scripts_of_the_same_name(
    shell: Shell, install: Callable[..., None], tmp_path: Path
) -> None:
    """It is the tool whose script it is now: the one that was installed last."""
    wheels = {
        name: make_wheel(
            tmp_path,
            f"acme-{name}",
            {
                f"{name}/__init__.py": "",
                f"{name}/cli.py": CODE,
                f"{name}/telemetry.py": plugin(name),
            },
            entry_points={
                "console_scripts": {"twin": f"{name}.cli:main"},
                "telemetry_hook": {name: f"{name}.telemetry"},
            },
        )
        for name in ("twin_a", "twin_b")
    }
    install(wheels["twin_a"], wheels["twin_b"])
    for name in ("twin_a", "twin_b"):
        shell.environment.pip("install", "--no-deps", "--force-reinstall", wheels[name])
        terminal = shell.terminal("twin")
        terminal.answer("no")
        terminal.end()
        assert f"{name} has crashed" in terminal.screen
