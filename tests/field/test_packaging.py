"""The hook must come with every kind of installation, and go when the project is uninstalled."""

from __future__ import annotations

import csv
import io
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from conftest import Environment, Home, Shell, make_environment, pip_environment

pytestmark = [pytest.mark.once, pytest.mark.account]

PTH = "telemetry_hook.pth"
DEPENDENCIES = {"click", "platformdirs", "pluggy", "urllib3"}
EDITABLE = ("editable", "strictly editable")


@pytest.fixture(scope="module")
def project(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the project for editable installs, which write into it."""
    return shutil.copytree(source, tmp_path_factory.mktemp("editable") / "project")


@pytest.fixture(scope="module")
def sdist(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the project's sdist."""
    directory = tmp_path_factory.mktemp("sdist")
    subprocess.run(
        [sys.executable, "-m", "build", "--sdist", "--outdir", directory, source],
        check=True,
        capture_output=True,
        cwd=directory,
        env=pip_environment(),
    )
    return next(directory.glob("*.tar.gz"))


@pytest.fixture(scope="module")
def arguments(wheel: Path, sdist: Path, project: Path) -> dict[str, list[str | Path]]:
    """Return what pip is told for each way of installing the project."""
    return {
        "wheel": [wheel],
        "sdist": [sdist],
        "editable": ["-e", project],
        "strictly editable": ["--config-settings", "editable_mode=strict", "-e", project],
    }


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """Return an environment without the project, but with what it depends on."""
    made = make_environment(tmp_path_factory.mktemp("empty"))
    made.pip("install", *DEPENDENCIES)
    return made


@pytest.fixture
def contents(wheel: Path) -> dict[str, bytes]:
    """Return the wheel's files."""
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.mark.parametrize("way", ["wheel", "sdist", *EDITABLE])
def test_installing_starts_the_hook_and_uninstalling_ends_it(
    way: str,
    arguments: dict[str, list[str | Path]],
    empty: Environment,
    home: Home,
    project: Path,
) -> None:
    """Each way of installing puts the .pth where the interpreter runs it; uninstalling removes it."""
    shell = Shell(empty, home, home.directory)
    show = "import sys, telemetry_hook; print(type(sys.excepthook), telemetry_hook.__file__)"
    before = sorted(each.name for each in empty.site.iterdir())
    empty.pip("install", "--no-deps", *arguments[way])
    try:
        shown = shell.run("python", "-c", show)
        names = sorted(each.name for each in empty.site.iterdir() if each.suffix == ".pth")
        files = [each.name for each in empty.site.iterdir()]
    finally:
        empty.pip("uninstall", "--yes", "telemetry-hook")

    assert shown.stderr == ""
    assert shown.stdout.startswith("<class 'telemetry_hook._Hook'>")
    assert (str(project) in shown.stdout) == (way in EDITABLE)
    assert names[-1] == PTH
    assert any(name.startswith("__editable__") for name in names) == (way in EDITABLE)
    assert not [name for name in files if name.endswith(".start")]
    assert sorted(each.name for each in empty.site.iterdir()) == before
    after = shell.run("python", "-c", "import sys; print(sys.excepthook)")
    assert after.stdout == "<built-in function excepthook>\n"


def test_the_wheel_holds_the_pth_at_its_root(contents: dict[str, bytes]) -> None:
    """The wheel is the package, its metadata and the .pth, which RECORD lists with its hash."""
    tops = {name.partition("/")[0] for name in contents}
    info = next(top for top in tops if top.endswith(".dist-info"))
    record = {path: digest for path, digest, _ in _rows(contents[f"{info}/RECORD"])}

    assert tops == {"telemetry_hook", info, PTH}
    assert record[PTH].startswith("sha256=")
    assert set(record) == set(contents)
    assert "telemetry_hook/py.typed" in contents


def test_the_wheel_has_no_start_file(contents: dict[str, bytes]) -> None:
    """A .start file would make `site` import pkgutil, so there is none yet."""
    assert not [name for name in contents if name.endswith(".start")]


def test_the_wheel_is_small(wheel: Path) -> None:
    """The wheel has at most 520 kB."""
    assert wheel.stat().st_size <= 520_000


def test_the_wheel_needs_four_distributions(contents: dict[str, bytes]) -> None:
    """There are exactly four runtime dependencies, whatever extras there are; and a back-port on 3.10."""
    metadata = next(text for name, text in contents.items() if name.endswith("/METADATA"))
    needed = re.findall(r"^Requires-Dist: ([\w-]+)(.*)$", metadata.decode(), re.MULTILINE)
    found = {name: marker.partition(";")[2].strip() for name, marker in needed}
    back_ports = {name for name, marker in found.items() if "python_version <" in marker}
    extras = {name for name, marker in found.items() if "extra ==" in marker}
    assert back_ports == {"tomli"}
    assert found.keys() - back_ports - extras == set(DEPENDENCIES)


def test_the_pth_is_one_readable_line(contents: dict[str, bytes]) -> None:
    """Whoever reads the file sees one call that cannot fail, what it is and how to switch it off."""
    lines = contents[PTH].decode("ascii").splitlines()
    code = [line for line in lines if line and not line.startswith("#")]
    comments = " ".join(line for line in lines if line.startswith("#"))

    call = r"try: import telemetry_hook; telemetry_hook.startup()\nexcept Exception: pass"
    assert code == [f'import sys; exec("{call}")']
    assert "TELEMETRY_HOOK_STARTUP=0" in comments
    assert 2 <= len(lines) - len(code) <= 3


def test_the_pth_comes_after_those_of_editable_installs() -> None:
    """The interpreter runs .pth files by name, and ours needs what `__editable__*` put in place."""
    names = ["__editable__.telemetry_hook-9.pth", "__editable___finder.pth", PTH]
    assert sorted(names) == names


def _rows(record: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(record.decode())))
