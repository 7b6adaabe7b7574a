"""A tool in a bundle: a directory on PYTHONPATH, a zipapp, a program of PyInstaller."""

from __future__ import annotations

import json
import shutil
import zipapp
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pexpect
import pytest
from conftest import PLUGIN, QUESTION, Environment, Home, Terminal, make_tool, make_wheel

CODE = """
import os, sys, tempfile, threading
import telemetry_hook

def main():
    telemetry_hook.install()
    work(sys.argv[1:])

def start():
    work(sys.argv[1:])

def work(arguments):
    if "nowhere" in arguments:
        os.chdir(tempfile.mkdtemp())
        os.rmdir(os.getcwd())
    if "thread" in arguments:
        thread = threading.Thread(target=fail, args=(arguments,))
        thread.start()
        thread.join()
    else:
        fail(arguments)

class Bug(Exception):
    pass

def lend():
    raise Bug

def fail(arguments):
    raise RuntimeError(f"the hoist cannot lift {len(arguments)} things")
"""
LOCAL = 'FileReceiver(os.environ["REPORTS"])'
TEMPLATE = "the hoist cannot lift <int> things"
DEPENDENCIES = ("click", "platformdirs", "pluggy", "urllib3", "tomli")


class Bundle:
    """A tool called hoist, telemetry-hook and what it needs, in a directory."""

    def __init__(self, directory: Path, home: Home) -> None:
        self.directory = directory
        self.home = home

    def run(self, *command: str | Path, cwd: Path | None = None, **variables: str) -> Terminal:
        """Run a program on a terminal."""
        environment = {**self.home.environment, **variables}
        where = cwd or self.home.directory
        return Terminal([str(part) for part in command], environment, where)

    def zipped(self, main: str) -> Path:
        """Return a zipapp of the bundle with this start file."""
        (self.directory / "__main__.py").write_text(main)
        archive = self.directory.with_suffix(".pyz")
        zipapp.create_archive(self.directory, archive)
        return archive


def fill(directory: Path, environment: Environment, *wheels: Path) -> None:
    """Put wheels into a directory, and the project's dependencies as an environment has them."""
    for wheel in wheels:
        with zipfile.ZipFile(wheel) as opened:
            opened.extractall(directory)
    for name in DEPENDENCIES:
        for source in (*environment.site.glob(name), *environment.site.glob(f"{name}-*.dist-info")):
            shutil.copytree(source, directory / source.name)


@pytest.fixture
def bundle(environment: Environment, wheel: Path, tmp_path: Path, home: Home) -> Bundle:
    """Return a bundle; the Python that runs it has another environment."""
    directory = tmp_path / "bundle"
    internal = "internal_errors=('hoist.cli.Bug',)"
    fill(directory, environment, wheel, make_tool(tmp_path, "hoist", CODE, more=internal))
    return Bundle(directory, home)


def asked(terminal: Terminal) -> bool:
    """Answer yes if there is a question, and return whether there was one."""
    is_asked = terminal.process.expect_exact([QUESTION, pexpect.EOF]) == 0
    if is_asked:
        terminal.process.sendline("yes")
    terminal.end()
    return is_asked


def only(home: Home) -> dict[str, Any]:
    """Return the one report that arrived."""
    (report,) = home.wait_for_reports()
    return report


@pytest.mark.parametrize("arguments", [(), ("thread",)])
@pytest.mark.parametrize(
    "main",
    [
        pytest.param("import hoist.cli\nhoist.cli.main()\n", id="as python -m zipapp -m makes it"),
        pytest.param("from hoist.cli import main\nmain()\n", id="that imports the function"),
        pytest.param(
            "import telemetry_hook\ntelemetry_hook.install()\n"
            "from hoist.cli import start\nstart()\n",
            id="that installs the hook itself",
        ),
    ],
)
def test_a_zipapp_asks(
    bundle: Bundle, bare: Environment, main: str, arguments: tuple[str, ...]
) -> None:
    """The report has the tool's own lines from the archive, and the sender runs from it."""
    assert asked(bundle.run(bare.python, bundle.zipped(main), *arguments))
    report = only(bundle.home)
    (exception,) = report["exceptions"]
    assert exception["message"] == TEMPLATE
    assert exception["frames"][-1]["function"] == "fail"
    assert exception["frames"][-1]["source"]["line"].strip().startswith("raise RuntimeError")
    assert report["circumstances"]["installed"] == "archive"


@pytest.mark.parametrize("typed", ["./bundle.pyz", "inside/../bundle.pyz"])
@pytest.mark.parametrize("arguments", [(), ("nowhere",)])
def test_a_zipapp_that_is_started_by_a_relative_path(
    bundle: Bundle, bare: Environment, typed: str, arguments: tuple[str, ...]
) -> None:
    """Python leaves `./` in its path; and the directory that a path begins at may be gone."""
    archive = bundle.zipped("import hoist.cli\nhoist.cli.main()\n")
    (archive.parent / "inside").mkdir()
    archive.write_bytes(f"#!{bare.python}\n".encode() + archive.read_bytes())
    archive.chmod(0o755)
    shell = ("/bin/sh", "-c", 'exec "$0" "$@"')  # pexpect would look for it in its own directory
    assert asked(bundle.run(*shell, typed, *arguments, cwd=archive.parent))
    (exception,) = only(bundle.home)["exceptions"]
    assert exception["message"] == TEMPLATE
    assert exception["frames"][-1]["source"]["line"].strip().startswith("raise RuntimeError")


def test_a_zipapp_is_heard_where_the_environment_has_another_copy(
    bundle: Bundle, environment: Environment, install: Callable[..., None], tmp_path: Path
) -> None:
    """The `.pth` of the environment starts that copy; the report is about the tool in the archive."""
    (tmp_path / "other").mkdir()
    install(make_tool(tmp_path / "other", "hoist", "def main(): pass\n"))
    archive = bundle.zipped("import hoist.cli\nhoist.cli.main()\n")
    assert asked(bundle.run(environment.python, archive))
    assert only(bundle.home)["exceptions"][0]["message"] == TEMPLATE


def test_a_pex_that_was_made_for_a_module(bundle: Bundle, bare: Environment) -> None:
    """`pex -m` puts back its own `__main__` when the module has crashed."""
    (bundle.directory / "hoist/__main__.py").write_text("from hoist.cli import start\nstart()\n")
    (bundle.directory / "PEX-INFO").write_text('{"entry_point": "hoist"}')
    main = "import telemetry_hook, runpy\ntelemetry_hook.startup()\n"
    main += "runpy.run_module('hoist', run_name='__main__', alter_sys=True)\n"
    assert asked(bundle.run(bare.python, bundle.zipped(main)))


@pytest.mark.once
@pytest.mark.parametrize("is_gone", [True, False])
def test_an_authors_wheel_in_a_zipapp(
    bundle: Bundle, bare: Environment, tmp_path: Path, *, is_gone: bool
) -> None:
    """It was a file on the machine that made the zipapp, whose directory is not on a user's."""
    plugin = PLUGIN.replace(LOCAL, "HttpsReceiver('https://errors.example/')")
    (bundle.directory / "hoist/telemetry.py").write_text(plugin.format(name="hoist", more=""))
    wheel = tmp_path / ("gone" if is_gone else "") / "acme_hoist-1.0-py3-none-any.whl"
    [info] = bundle.directory.glob("acme_hoist-*.dist-info")
    (info / "direct_url.json").write_text(json.dumps({"url": wheel.as_uri(), "archive_info": {}}))
    terminal = bundle.run(bare.python, bundle.zipped("import hoist.cli\nhoist.cli.main()\n"))
    terminal.answer("view")
    terminal.answer("no")
    terminal.end()
    assert (TEMPLATE in terminal.screen) is is_gone


def test_doctor_in_a_zipapp_asks_for_the_call(bundle: Bundle, bare: Environment) -> None:
    """It cannot know whether the tool calls `install()`."""
    archive = bundle.zipped("import hoist.cli\nhoist.cli.main()\n")
    doctor = bundle.run(bare.python, archive / "telemetry_hook", "doctor")
    assert doctor.end() == 0, doctor.screen
    assert "the tool must call telemetry_hook.install()" in " ".join(doctor.screen.split())


@pytest.mark.parametrize(
    "main",
    [
        pytest.param("hoist.cli.start()\n", id="calls a function that is no console script's"),
        pytest.param("def main(): hoist.cli.start()\nmain()\n", id="has a function of that name"),
    ],
)
def test_a_users_zipapp_that_calls_a_tools_code_is_nobodys(
    bundle: Bundle, bare: Environment, main: str
) -> None:
    """It starts the hook in its own right."""
    start = "import telemetry_hook\ntelemetry_hook.startup()\nimport hoist.cli\n"
    assert not asked(bundle.run(bare.python, bundle.zipped(start + main)))


def test_a_bug_of_a_library_in_a_users_zipapp(bundle: Bundle, bare: Environment) -> None:
    """The library need not call anything, if the hook is installed."""
    main = "import telemetry_hook\ntelemetry_hook.startup()\nimport hoist.cli\nhoist.cli.lend()\n"
    assert asked(bundle.run(bare.python, bundle.zipped(main)))
    assert only(bundle.home)["exceptions"][0]["type"] == "Bug"


@pytest.mark.parametrize("variables", [{}, {"PYTHONPATH": "."}])
def test_metadata_in_the_working_directory_is_not_read(
    environment: Environment,
    install: Callable[..., None],
    tmp_path: Path,
    home: Home,
    variables: dict[str, str],
) -> None:
    """`python -m` puts that directory on `sys.path`. A plugin in it would get a crash of any program."""
    crash = {"crane/__init__.py": "", "crane/__main__.py": "raise RuntimeError\n"}
    install(make_wheel(tmp_path, "acme-crane", crash))
    plugin = PLUGIN.format(name="crane", more="")
    trap = make_wheel(
        tmp_path,
        "trap",
        {"trap.py": plugin, "telemetry_hook-9.0.dist-info/METADATA": ""},
        entry_points={"telemetry_hook": {"crane": "trap"}},
    )
    hostile = tmp_path / "hostile"
    fill(hostile, environment, trap)
    terminal = Bundle(hostile, home).run(
        environment.python, "-m", "crane", cwd=hostile, **variables
    )
    assert not asked(terminal)
