"""What was started → its name, if the tool's own metadata declare it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType

import pytest
from installed import Installed, site

from telemetry_hook._installed.distributions import Distribution
from telemetry_hook._redact.command.script import script
from telemetry_hook._redact.published.public_files import PublicFiles

ENTRY_POINTS = """[console_scripts]
lift = lift.cli:main
lift-admin = lift.cli:admin

[gui_scripts]
lifted = lift.cli:window

[lift.plugins]
hunter2 = lift.cli:main
"""


@pytest.fixture
def installed(tmp_path: Path) -> Iterator[Installed]:
    """Return an empty site directory."""
    with site(tmp_path.resolve() / "site") as made:
        yield made


@pytest.fixture
def lift(installed: Installed) -> Distribution:
    """Return an installed tool."""
    modules = {"lift/__main__.py": "", "lift/cli.py": ""}
    return installed.install("lift", modules, entry_points=ENTRY_POINTS)


def started(
    monkeypatch: pytest.MonkeyPatch, tool: Distribution, path: str, module: str | None = None
) -> str | None:
    """Return the reported name of a program."""
    main = ModuleType("__main__")
    main.__file__ = path
    main.__spec__ = None if module is None else ModuleSpec(module, None)
    with monkeypatch.context() as patch:
        patch.setitem(sys.modules, "__main__", main)
        return script([tool], PublicFiles([tool], is_local=False))


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/home/jane/.local/bin/lift", "lift"),
        ("/venv/bin/lift-admin", "lift-admin"),
        ("/venv/Scripts/lifted.exe/__main__.py", "lifted"),
        ("/venv/Scripts/lift-script.py", "lift"),
        ("/home/jane/hunter2", None),
        ("/home/jane/hunter2.py", None),
        ("/home/jane/lift.py", None),
    ],
)
def test_a_console_script(
    monkeypatch: pytest.MonkeyPatch, lift: Distribution, path: str, expected: str | None
) -> None:
    """It is named if the tool has a script of that name."""
    assert started(monkeypatch, lift, path) == expected


def test_a_module(monkeypatch: pytest.MonkeyPatch, lift: Distribution) -> None:
    """`python -m` is told with the module, if that is the tool's own."""
    site = Path(lift.root)
    assert started(monkeypatch, lift, str(site / "lift/cli.py"), "lift.cli") == "python -m lift.cli"
    main = str(site / "lift/__main__.py")
    assert started(monkeypatch, lift, main, "lift.__main__") == "python -m lift"
    assert started(monkeypatch, lift, "/home/jane/hunter2.py", "hunter2") is None


def test_a_script_that_is_a_file(monkeypatch: pytest.MonkeyPatch, installed: Installed) -> None:
    """Setuptools' `scripts=` makes no entry point."""
    tool = installed.install("row", {"row.py": "", "../bin/row.sh": "#!/usr/bin/python\n"})
    path = str(Path(tool.root).parent / "bin/row.sh")
    assert started(monkeypatch, tool, path) == "row.sh"
    Path(path).write_text("changed")
    assert started(monkeypatch, tool, path) is None


def test_changed_metadata_declare_nothing(
    monkeypatch: pytest.MonkeyPatch, lift: Distribution
) -> None:
    """What is not as it was installed is not published."""
    declared = Path(lift.root, lift.info, "entry_points.txt")
    declared.write_text(declared.read_text().replace("lift-admin", "hunter2"))
    assert started(monkeypatch, lift, "/venv/bin/hunter2") is None
    assert started(monkeypatch, lift, "/venv/bin/lift") is None
