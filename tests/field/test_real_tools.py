"""Released tools of other people, with a plugin that pipx or uv put beside them.

All that is typed after the crash is what the screen says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from conftest import PLUGIN, made_once, make_wheel, needs
from dialogue import Dialogue
from hoist import fetch
from machines import Machine, Program, new_machine

pytestmark = pytest.mark.once

NESTED = "(" * 400 + ")" * 400


@dataclass(frozen=True)
class Bug:
    """A released tool, what its user typed, and what the report has of it.

    `stack` is the tool's last function, with its line in that release, and the exception.
    """

    distribution: str
    version: str
    script: str
    arguments: str
    content: bytes
    function: str
    line: int
    exception: str

    @property
    def plugin(self) -> str:
        return f"acme-telemetry-for-{self.distribution}"


BUGS = (
    # getopt is not told that --output has a value.
    Bug(
        "tabulate",
        "0.9.0",
        "tabulate",
        "--output out.txt hunter2",
        b"iban DE89\n",
        "_main",
        2670,
        "FileNotFoundError",
    ),
    # A file in Latin-1 is read as UTF-8.
    Bug(
        "yamllint",
        "1.35.1",
        "yamllint",
        "hunter2",
        b"city: M\xfcnchen\n",
        "run",
        232,
        "UnicodeDecodeError",
    ),
    # Each parenthesis takes a few levels of recursion.
    Bug(
        "sqlparse",
        "0.4.4",
        "sqlformat",
        "--reindent hunter2",
        NESTED.encode(),
        "TokenList.flatten",
        214,
        "RecursionError",
    ),
    # Its scanner is compiled. It compares the language level, before a file has set one.
    Bug(
        "Cython",
        "3.0.11",
        "cython",
        "hunter2",
        b"exec\n",
        "PyrexScanner.next",
        455,
        "TypeError",
    ),
)


def with_pipx(machine: Machine, bug: Bug) -> None:
    machine.module("pipx", "install", f"{bug.distribution}=={bug.version}")
    machine.module("pipx", "inject", bug.distribution, bug.plugin)


def with_uv(machine: Machine, bug: Bug) -> None:
    tool = f"{bug.distribution}=={bug.version}"
    machine.module("uv", "tool", "install", tool, "--with", bug.plugin)


@pytest.fixture(scope="module")
def wheelhouse(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a directory with the tools, their plugins and us."""

    def fill(directory: Path) -> None:
        fetch(directory, wheel, *(f"{bug.distribution}=={bug.version}" for bug in BUGS))
        for bug in BUGS:
            module = bug.plugin.replace("-", "_")
            make_wheel(
                directory,
                bug.plugin,
                {f"{module}.py": PLUGIN.format(name=bug.script, more="")},
                entry_points={"telemetry_hook": {bug.distribution: module}},
                requires=("telemetry-hook",),
            )

    return made_once(tmp_path_factory, "real-tools", fill)


@pytest.fixture
def machine(wheelhouse: Path) -> Iterator[Machine]:
    with new_machine(wheelhouse) as made:
        yield made


@pytest.mark.parametrize("install", [with_pipx, with_uv])
@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.script)
def test_real_tool(bug: Bug, install: Callable[[Machine, Bug], None], machine: Machine) -> None:
    """After *always* the crash is reported; the command to stop is *never*, and it stops."""
    needs("pipx", "uv")
    install(machine, bug)
    (machine.directory / "hunter2").write_bytes(bug.content)
    program = Program(f"{bug.script} {bug.arguments}", bug.script, path=(machine.local / "bin",))
    dialogue = Dialogue(machine, program)

    screen = dialogue.crash(program.command, "always")

    assert dialogue.not_asked == []
    assert f"(through the plugin {bug.plugin})" in " ".join(screen.split())
    [report] = machine.home.wait_for_reports()
    assert report["tool"] == {"name": bug.distribution, "version": bug.version}
    assert report["exceptions"][-1]["type"] == bug.exception
    frames = [frame for frame in report["exceptions"][-1]["frames"] if frame["in_app"]]
    assert (frames[-1]["function"], frames[-1]["line"]) == (bug.function, bug.line)
    assert "hunter2" not in str(report)

    [stop] = [command for command in dialogue.commands(screen) if " never " in command]
    screen = dialogue.run(stop)
    assert dialogue.not_run == []
    [undo] = dialogue.commands(screen)

    screen = dialogue.crash(program.command)
    assert bug.exception in screen
    assert "telemetry-hook" not in screen
    assert len(machine.home.received()) == 1

    dialogue.run(undo)
    assert dialogue.not_run == []
