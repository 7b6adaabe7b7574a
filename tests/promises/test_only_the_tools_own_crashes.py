"""Whose crash it is: the program's that died, found without importing anything of it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from conftest import (
    PLUGIN,
    Environment,
    Home,
    Shell,
    make_environment,
    make_tool,
    make_wheel,
)

CODE = """
class Bug(Exception): pass
class Planner(Bug): pass
class Mistake(Exception): pass
def fail(kind=ValueError): raise kind("no luck")
def main(): fail()
"""
INTERNAL = "internal_errors=('acme_one.cli.Bug',)"


@pytest.fixture(scope="module", autouse=True)
def tools(environment: Environment, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Install two tools, whose plugins leave a mark when they are imported."""
    directory = tmp_path_factory.mktemp("tools")
    marked = PLUGIN + "open(os.environ['REPORTS'] + '.{name}', 'w').close()\n"
    environment.pip(
        "install",
        "--no-deps",
        make_tool(directory, "acme_one", CODE, plugin=marked, more=INTERNAL),
        make_tool(directory, "acme_two", CODE, plugin=marked),
    )
    yield
    environment.pip("uninstall", "--yes", "acme-acme_one", "acme-acme_two")


def imported(home: Home) -> list[str]:
    """Return the plugins that have been imported."""
    return sorted(each.suffix[1:] for each in home.reports.parent.glob("reports.*"))


def asks(shell: Shell, *command: str | Path, tool: str = "acme_one") -> bool:
    """Run a program on a terminal, answer no, and tell whether it asked for that tool."""
    terminal = shell.terminal(*command)
    index = terminal.process.expect_exact([f"{tool} has crashed", _eof()])
    if index == 0:
        terminal.answer("no")
    terminal.end()
    return index == 0


def test_console_script_imports_no_other_plugin(shell: Shell) -> None:
    """A console script that dies is its tool's, and only that tool's plugin is imported."""
    assert asks(shell, "acme_one")
    assert imported(shell.home) == ["acme_one"]


@pytest.mark.parametrize("module", ["acme_one", "acme_one.__main__"])
def test_module_that_is_run(shell: Shell, module: str) -> None:
    """`python -m tool` is the tool."""
    assert asks(shell, "python", "-m", module)


def test_script_by_its_path_and_by_a_link(shell: Shell) -> None:
    """A script that Python is given, and a link to it as pipx makes, are the tool."""
    assert asks(shell, "python", shell.environment.bin / "acme_one")
    link = shell.home.directory / "acme"
    link.symlink_to(shell.environment.bin / "acme_one")
    assert asks(shell, link)


@pytest.mark.parametrize(
    "code",
    [
        "import acme_one.cli as c; c.fail()",
        "import acme_one.cli as c; c.fail(c.Mistake)",
        "import acme_one.cli as c\nclass Mine(c.Bug): pass\nc.fail(Mine)",
        "class Bug(Exception): __module__ = 'acme_one.cli'\nraise Bug('x')",
        "import acme_two.cli as c; c.fail(c.Bug)",
        "1 / 0",
    ],
)
def test_users_script_is_nobodys(shell: Shell, code: str) -> None:
    """A user's script that calls a tool's code and dies there is nobody's."""
    script = shell.write("acme_one.script.py", code)
    assert not asks(shell, "python", script, tool="has crashed")
    assert not asks(shell, "python", "-c", code, tool="has crashed")


@pytest.mark.parametrize("kind", ["Bug", "Planner"])
def test_declared_internal_error_is_the_librarys(shell: Shell, kind: str) -> None:
    """A class that the library declares as its own bug asks in anybody's program."""
    script = shell.write("mine.py", f"import acme_one.cli as c; c.fail(c.{kind})")
    assert asks(shell, "python", script)


def test_impostor_in_the_working_directory(shell: Shell) -> None:
    """A package of the tool's name in the working directory is not the tool."""
    shell.write("acme_one/__init__.py", "")
    shell.write("acme_one/__main__.py", "1 / 0")
    shell.write("acme_one/telemetry.py", "open('executed', 'w')")
    assert not asks(shell, "python", "-m", "acme_one", tool="has crashed")
    assert not (shell.directory / "executed").exists()


def test_users_script_named_like_the_tool(shell: Shell) -> None:
    """A script of the user's that is named like the tool's is not the tool."""
    script = shell.write("acme_one", "import acme_one.cli as c; c.fail()")
    assert not asks(shell, "python", script, tool="has crashed")


def test_foreign_plugin_is_named_and_two_do_not_count(
    shell: Shell, install: Callable[..., None], tmp_path: Path
) -> None:
    """A plugin for somebody else's tool works and is named; of two, neither counts."""
    bare = make_wheel(
        tmp_path,
        "popular",
        {"popular/__init__.py": "", "popular/cli.py": CODE},
        version="2.1",
        entry_points={"console_scripts": {"popular": "popular.cli:main"}},
    )
    plugins = [
        make_wheel(
            tmp_path,
            f"popular-telemetry-{number}",
            {f"popular_telemetry_{number}.py": PLUGIN.format(name="popular", more="")},
            entry_points={"telemetry_hook": {"popular": f"popular_telemetry_{number}"}},
        )
        for number in (1, 2)
    ]
    install(bare, plugins[0])
    terminal = shell.terminal("popular")
    terminal.answer("yes")
    terminal.end()
    assert "through the plugin popular-telemetry-1" in " ".join(terminal.screen.split())
    [report] = shell.home.wait_for_reports()
    assert report["tool"] == {"name": "popular", "version": "2.1"}
    install(plugins[1])
    assert not asks(shell, "popular", tool="has crashed")
    assert "none is used" in shell.run("telemetry-hook", "doctor").stdout


@pytest.mark.once
@pytest.mark.account
@pytest.mark.parametrize("layout", ["flat", "src"])
def test_editable_install(wheel: Path, home: Home, tmp_path: Path, layout: str) -> None:
    """An editable install is the tool, and its text travels to this machine only."""
    project = tmp_path / "project"
    package = project / ("src/editable" if layout == "src" else "editable")
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "cli.py").write_text(CODE)
    (package / "telemetry.py").write_text(
        PLUGIN.format(name="editable", more="")
        + "@hookimpl\ndef telemetry_attributes(crash): return {'typo': 1}\n"
    )
    (project / "pyproject.toml").write_text(
        '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n'
        '[project]\nname = "acme-editable"\nversion = "1.0"\n'
        '[project.scripts]\neditable = "editable.cli:main"\n'
        '[project.entry-points.telemetry_hook]\neditable = "editable.telemetry"\n'
    )
    made = make_environment(tmp_path / "environment")
    made.pip("install", wheel)
    made.pip("install", "--no-deps", "-e", project)
    shell = Shell(made, home, tmp_path)
    terminal = shell.terminal("editable")
    terminal.answer("yes")
    terminal.expect("not declared: typo")
    terminal.end()
    [report] = home.wait_for_reports()
    last = report["exceptions"][0]["frames"][-1]
    assert (last["module"], last["function"]) == ("editable.cli", "fail")
    (package / "telemetry.py").write_text(
        PLUGIN.format(name="editable", more="").replace(
            'FileReceiver(os.environ["REPORTS"])', "SentryReceiver('https://key@errors.example/1')"
        )
    )
    terminal = shell.terminal("editable")
    terminal.answer("view")
    terminal.answer("no")
    terminal.end()
    assert "no luck" not in terminal.screen.split("has crashed")[1]
    assert "&lt;user code&gt;" not in terminal.screen
    assert "<user code>" in terminal.screen


def test_uninstalled_tool_is_nobodys(
    shell: Shell, install: Callable[..., None], tmp_path: Path
) -> None:
    """A copy of a script whose distribution is gone is nobody's."""
    install(make_tool(tmp_path, "gone", "def main(): 1 / 0"))
    assert asks(shell, "gone", tool="gone")
    copy = shell.directory / "copy"
    shutil.copy(shell.environment.bin / "gone", copy)
    assert not asks(shell, copy, tool="has crashed")


def _eof() -> type:
    import pexpect

    return pexpect.EOF


@pytest.mark.once
@pytest.mark.account
def test_pipx_like_environment(wheel: Path, home: Home, tmp_path: Path) -> None:
    """A tool in an environment of its own, started through a link from elsewhere, is asked for."""
    made = make_environment(tmp_path / "pipx/venvs/tool")
    made.pip("install", wheel)
    made.pip("install", "--no-deps", make_tool(tmp_path, "alone", "def main(): 1 / 0"))
    link = tmp_path / "alone"
    link.symlink_to(made.bin / "alone")
    assert asks(Shell(made, home, tmp_path), link, tool="alone")
    made.pip("check")


def test_users_mistakes_are_no_crash(project: Shell) -> None:
    """What the plugin expects, and what the tool handles itself, asks nothing."""
    terminal = project.terminal("lift", "up", "--schema", "missing.lift")
    assert terminal.end() == 1
    assert "has crashed" not in terminal.screen
