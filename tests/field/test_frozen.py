"""A tool that its author has frozen with PyInstaller, from an editable install, with its source."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from conftest import Home, Terminal, make_environment, make_tool, pip_environment
from test_bundles import CODE, TEMPLATE, fill

pytestmark = pytest.mark.once

SPEC = """
analysis = Analysis(["start.py"], module_collection_mode={"hoist": "pyz+py"})
program = EXE(PYZ(analysis.pure), analysis.scripts, exclude_binaries=True, name="hoist")
COLLECT(program, analysis.binaries, analysis.datas, name="hoist")
"""
# Nothing here imports the plugin or starts telemetry-hook.
START = "from hoist.cli import start, main\nif __name__ == '__main__':\n    start()\n"


class Frozen:
    """The program of PyInstaller, and the project that it was made of."""

    def __init__(self, program: Path, project: Path) -> None:
        self.program = program
        self.project = project

    def crash(self, home: Home, answer: str, *arguments: str) -> Terminal:
        terminal = Terminal([str(self.program), *arguments], home.environment, home.directory)
        terminal.answer(answer)
        assert terminal.end() == 1
        return terminal

    def command(self, home: Home, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            (str(self.program), "--telemetry-hook", *arguments),
            env=home.environment,
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture(scope="module")
def frozen(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Frozen:
    """Freeze a tool, on a machine on which its project is no longer there."""
    directory = tmp_path_factory.mktemp("frozen")
    built = make_environment(directory / "environment")
    built.pip("install", wheel, "pyinstaller")
    project = directory / "project"
    fill(project, built, make_tool(directory, "hoist", CODE))
    (info,) = project.glob("acme_hoist-*.dist-info")
    info = info.rename(built.site / info.name)
    (info / "RECORD").write_text("hoist.pth,,\n")
    direct = {"url": project.as_uri(), "dir_info": {"editable": True}}
    (info / "direct_url.json").write_text(json.dumps(direct))
    (built.site / "hoist.pth").write_text(f"{project}\n")
    (directory / "start.py").write_text(START)
    (directory / "hoist.spec").write_text(SPEC)
    command = [str(built.bin / "pyinstaller"), "--log-level", "WARN", "hoist.spec"]
    subprocess.run(command, cwd=directory, check=True, env=pip_environment())
    return Frozen(directory / "dist/hoist/hoist", project.rename(directory / "gone"))


def only(home: Home) -> dict[str, Any]:
    """Return the one report that arrived."""
    (report,) = home.wait_for_reports()
    return report


def test_it_asks_and_reports_its_own_source(frozen: Frozen, home: Home) -> None:
    """PyInstaller's hook has collected plugin and metadata; the program starts the hooks itself."""
    frozen.crash(home, "yes")
    report = only(home)
    (exception,) = report["exceptions"]
    assert report["tool"] == {"name": "acme-hoist", "version": "1.0"}
    assert report["circumstances"]["installed"] == "frozen"
    assert exception["message"] == TEMPLATE
    work, fail = exception["frames"][-2:]
    assert (work["module"], work["function"], fail["function"]) == ("hoist.cli", "work", "fail")
    assert fail["source"]["line"].strip().startswith("raise RuntimeError")


def test_it_asks_if_the_working_directory_is_gone(frozen: Frozen, home: Home) -> None:
    """Modules of the interpreter have relative paths there."""
    frozen.crash(home, "yes", "nowhere")
    assert only(home)["exceptions"][0]["message"] == TEMPLATE


def test_source_that_is_not_the_programs_stays_out(frozen: Frozen, home: Home) -> None:
    """A user has changed the file; the code that runs is that of the archive."""
    (source,) = frozen.program.parent.glob("_internal/hoist/cli.py")
    text = source.read_text()
    source.write_text(text.replace("the hoist cannot lift", "the hoist of my client cannot lift"))
    frozen.crash(home, "yes")
    source.write_text(text)
    frame = only(home)["exceptions"][0]["frames"][-1]
    assert frame["function"] == "fail"
    assert frame["line"]
    assert "client" not in json.dumps(only(home))
    assert "source" not in frame


def test_it_is_also_our_command_line_and_sender(frozen: Frozen, home: Home) -> None:
    """What the terminal says is to be run, runs."""
    frozen.crash(home, "always")
    home.wait_for_reports()
    status = frozen.command(home, "status", "hoist")
    assert status.returncode == 0
    assert "always" in status.stdout
    assert frozen.command(home, "never", "hoist").returncode == 0
    terminal = Terminal([str(frozen.program)], home.environment, home.directory)
    terminal.end()
    assert "telemetry-hook" not in terminal.screen


def test_doctor_does_not_start_the_tool(frozen: Frozen, home: Home) -> None:
    """There is no other interpreter to measure the start of."""
    doctor = frozen.command(home, "doctor")
    assert "hoist cannot lift" not in doctor.stderr
    assert doctor.returncode == 0, doctor.stdout
