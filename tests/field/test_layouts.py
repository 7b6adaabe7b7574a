"""Editable installs of every layout, by real build backends, are asked about and reported in full."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from conftest import PLUGIN, Environment, Home, Shell, make_environment, pip_environment

BACKENDS = {
    "setuptools": "setuptools.build_meta",
    "hatchling": "hatchling.build",
    "flit_core": "flit_core.buildapi",
    "poetry-core": "poetry.core.masonry.api",
    "pdm-backend": "pdm.backend",
    "uv_build": "uv_build",
    "meson-python": "mesonpy",
    "scikit-build-core": "scikit_build_core.build",
}
# What the backends need in the environment, as they are not isolated.
REQUIRED = (*BACKENDS, "wheel", "editables", "meson", "ninja", "flit")
CODE = """
class Bug(Exception): pass
def fail(kind=ValueError):
    raise kind("no luck")
def main():
    fail()
"""


@dataclass(frozen=True)
class Layout:
    """Where a project has its package, and how its build backend is told so.

    `package` is the import package. It is a module if `path` ends with `.py`.
    """

    backend: str
    path: str
    package: str
    settings: str = ""
    files: Mapping[str, str] = field(default_factory=dict)
    options: tuple[str, ...] = ()

    @property
    def tool(self) -> str:
        return self.package.rpartition(".")[2]

    @property
    def module(self) -> str:
        return self.package if self.path.endswith(".py") else f"{self.package}.cli"

    def write(self, project: Path) -> Path:
        """Write the project."""
        plugin = PLUGIN.format(name=self.tool, more=f"internal_errors=('{self.module}.Bug',)")
        value = self.package if self.path.endswith(".py") else f"{self.package}.telemetry"
        files = {self.path: CODE + plugin}
        if not self.path.endswith(".py"):
            files = {"__init__.py": "", "cli.py": CODE, "telemetry.py": plugin}
            files = {f"{self.path}/{name}": text for name, text in files.items()}
        files |= {
            "pyproject.toml": f"""
[build-system]
requires = ["{self.backend}"]
build-backend = "{BACKENDS[self.backend]}"
[project]
name = "acme-{self.tool}"
version = "1.0"
description = "A tool"
[project.scripts]
{self.tool} = "{self.module}:main"
[project.entry-points.telemetry_hook]
"{self.package}" = "{value}"
{self.settings}
""",
            "scripts/release.py": f"import {self.module} as cli\ncli.fail()\n",
            "tests/__init__.py": "",
            "tests/run.py": f"import {self.module} as cli\ncli.fail()\n",
            **self.files,
        }
        for name, text in files.items():
            file = project / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        return project


def found(directory: str) -> str:
    return f'[tool.setuptools.packages.find]\nwhere = ["{directory}"]\n'


def only(*packages: str) -> str:
    return f"[tool.setuptools]\npackages = {json.dumps(packages)}\n"


def wheel_of(*packages: str) -> str:
    return f"[tool.hatch.build.targets.wheel]\npackages = {json.dumps(packages)}\n"


# A few, which are installed for every Python.
FEW = (
    Layout("setuptools", "flat", "flat", only("flat")),
    Layout("setuptools", "src/source", "source"),
    Layout(
        "setuptools",
        "somewhere/else",
        "mapped",
        only("mapped") + 'package-dir = {mapped = "somewhere/else"}',
    ),
    Layout("setuptools", "src/acme/spaced", "acme.spaced"),
    Layout("setuptools", "module.py", "module", '[tool.setuptools]\npy-modules = ["module"]\n'),
)
MANY = (
    Layout("setuptools", "python/maturins", "maturins", found("python")),
    Layout("setuptools", "lib/deep/deepest", "deepest", found("lib/deep")),
    Layout("setuptools", "acme/flatter", "acme.flatter", only("acme.flatter")),
    Layout("setuptools", "src/inner.py", "inner"),
    Layout("setuptools", "strict", "strict", only("strict"), options=("editable_mode=strict",)),
    Layout("setuptools", "src/strictly", "strictly", options=("editable_mode=strict",)),
    Layout("setuptools", "compat", "compat", only("compat"), options=("editable_mode=compat",)),
    Layout("hatchling", "hatched", "hatched", wheel_of("hatched")),
    Layout("hatchling", "python/hatching", "hatching", wheel_of("python/hatching")),
    Layout("hatchling", "acme/hatch", "acme.hatch", wheel_of("acme")),
    Layout(
        "hatchling",
        "libs/exact",
        "exact",
        wheel_of("libs/exact") + "[tool.hatch.build]\ndev-mode-exact = true",
    ),
    Layout("flit_core", "src/flitted", "flitted", '[tool.flit.module]\nname = "flitted"'),
    Layout("flit_core", "acme/flits", "acme.flits", '[tool.flit.module]\nname = "acme.flits"'),
    Layout("flit_core", "flimsy.py", "flimsy", '[tool.flit.module]\nname = "flimsy"'),
    Layout(
        "poetry-core",
        "libs/poem",
        "poem",
        '[tool.poetry]\npackages = [{include = "poem", from = "libs"}]',
    ),
    Layout("pdm-backend", "lib/deep/pdms", "pdms", '[tool.pdm.build]\npackage-dir = "lib/deep"'),
    Layout("uv_build", "src/sunny", "sunny", '[tool.uv.build-backend]\nmodule-name = "sunny"'),
    Layout(
        "uv_build",
        "src/acme/light",
        "acme.light",
        '[tool.uv.build-backend]\nmodule-name = "acme.light"',
    ),
    Layout(
        "meson-python",
        "mesons",
        "mesons",
        files={
            "meson.build": """
project('mesons', version: '1.0')
import('python').find_installation(pure: true).install_sources(
  'mesons/__init__.py', 'mesons/cli.py', 'mesons/telemetry.py', subdir: 'mesons', pure: true)
"""
        },
    ),
    Layout(
        "scikit-build-core",
        "src/scikit",
        "scikit",
        '[tool.scikit-build]\nwheel.packages = ["src/scikit"]\n',
        files={
            "CMakeLists.txt": "cmake_minimum_required(VERSION 3.15)\nproject(scikit LANGUAGES NONE)\n"
        },
    ),
)
SYMLINKED = Layout("flit_core", "src/linked", "linked", '[tool.flit.module]\nname = "linked"')
POINTED = Layout("flit_core", "src/pointed", "pointed", '[tool.flit.module]\nname = "pointed"')


def install(environment: Environment, *projects: Path, options: tuple[str, ...] = ()) -> None:
    """Install projects as editable, with the build backends of the environment."""
    editable = [argument for project in projects for argument in ("-e", str(project))]
    settings = [argument for option in options for argument in ("--config-settings", option)]
    pip = [sys.executable, "-m", "pip", "--quiet", "--python", str(environment.python), "install"]
    # The backends' own programs are in the environment.
    path = f"{environment.bin}{os.pathsep}{os.environ['PATH']}"
    subprocess.run(
        [*pip, "--no-deps", "--no-build-isolation", *settings, *editable],
        check=True,
        stderr=subprocess.DEVNULL,
        env={**pip_environment(), "PATH": path},
    )


def install_all(environment: Environment, layouts: tuple[Layout, ...], directory: Path) -> None:
    """Install the projects of layouts, those with the same options at once."""
    by_options: dict[tuple[str, ...], list[Path]] = {}
    for layout in layouts:
        # A path that has to be quoted in a URL.
        name = "with späces" if layout.tool == "spaced" else layout.tool
        project = layout.write(directory / name)
        by_options.setdefault(layout.options, []).append(project)
    for options, projects in by_options.items():
        install(environment, *projects, options=options)


@pytest.fixture(scope="module")
def few(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """Install the layouts that are tried under every Python, below a link to their directory."""
    directory = tmp_path_factory.mktemp("few")
    made = make_environment(directory / "environment")
    made.pip("install", wheel, "setuptools>=77", "wheel")
    (directory / "projects").mkdir()
    (directory / "link").symlink_to(directory / "projects")
    install_all(made, FEW, directory / "link")
    return made


@pytest.fixture(scope="module")
def many(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """Install the other layouts."""
    directory = tmp_path_factory.mktemp("many")
    made = make_environment(directory / "environment")
    made.pip("install", wheel, *REQUIRED)
    install_all(made, MANY, directory)
    for layout, option in (SYMLINKED, "--symlink"), (POINTED, "--pth-file"):
        subprocess.run(
            [made.bin / "flit", "install", option, "--deps", "none", "--python", made.python],
            cwd=layout.write(directory / layout.tool),
            check=True,
            capture_output=True,
            env={**pip_environment(), "FLIT_ROOT_INSTALL": "1"},
        )
    return made


def check(shell: Shell, layout: Layout, *command: str | Path) -> None:
    """Let a tool crash on a terminal, say yes, and check the report's frames."""
    terminal = shell.terminal(*command)
    terminal.expect(f"{layout.tool} has crashed")
    terminal.answer("yes")
    terminal.end()
    [report] = shell.home.wait_for_reports()
    assert report["circumstances"]["installed"] == "editable"
    [exception] = report["exceptions"]
    assert exception["message"] == "no luck"
    *_, main, fail = exception["frames"]
    assert [main["function"], fail["function"]] == ["main", "fail"]
    assert main["module"] == fail["module"] == layout.module
    assert fail["file"] == f"{layout.module.replace('.', '/')}.py"
    assert fail["source"]["line"].strip() == 'raise kind("no luck")'
    assert "<user code>" not in str(exception["frames"])


def check_neighbours(shell: Shell, layout: Layout, project: Path) -> None:
    """Scripts and tests in the project's directory are not the tool."""
    for name in ("scripts/release.py", "tests/run.py"):
        terminal = shell.terminal("python", project / name)
        assert terminal.end() == 1
        assert "no luck" in terminal.screen
        assert "has crashed" not in terminal.screen, layout.tool


def check_commands(shell: Shell, *layouts: Layout) -> None:
    """`doctor` and `status` list each tool once, as one that asks."""
    findings = json.loads(shell.run("telemetry-hook", "doctor", "--json").stdout)
    wrong = [finding for finding in findings if not finding["ok"]]
    assert wrong == []
    tools = json.loads(shell.run("telemetry-hook", "status", "--json").stdout)
    assert sorted((tool["tool"], tool["distribution"]) for tool in tools) == sorted(
        (layout.tool, f"acme-{layout.tool}") for layout in layouts
    )
    assert {tool["reason"] for tool in tools} == {"stdin is not a terminal, so nobody can be asked"}


def directory_of(environment: Environment) -> Path:
    return environment.directory.parent


def identity(layout: Layout) -> str:
    return f"{layout.backend} {layout.path}"


@pytest.mark.installers
@pytest.mark.parametrize("layout", FEW, ids=identity)
def test_layouts(few: Environment, home: Home, tmp_path: Path, layout: Layout) -> None:
    """The tool asks; the other files in its project's directory do not."""
    shell = Shell(few, home, tmp_path)
    check(shell, layout, layout.tool)
    if layout.tool in ("flat", "source"):
        check_neighbours(shell, layout, directory_of(few) / "projects" / layout.tool)


def test_layouts_in_commands(few: Environment, home: Home, tmp_path: Path) -> None:
    """Also for those that share a namespace package."""
    check_commands(Shell(few, home, tmp_path), *FEW)


@pytest.mark.once
@pytest.mark.installers
@pytest.mark.parametrize("layout", [*MANY, SYMLINKED, POINTED], ids=identity)
def test_build_backends(many: Environment, home: Home, tmp_path: Path, layout: Layout) -> None:
    """Whatever they write into the site directory."""
    shell = Shell(many, home, tmp_path)
    check(shell, layout, layout.tool)
    check_neighbours(shell, layout, directory_of(many) / layout.tool)


@pytest.mark.once
def test_build_backends_in_commands(many: Environment, home: Home, tmp_path: Path) -> None:
    """All at once."""
    check_commands(Shell(many, home, tmp_path), *MANY, SYMLINKED, POINTED)


@pytest.mark.once
@pytest.mark.parametrize("tool", ["hatching", "exact", "flatter", "strict", "mesons", "scikit"])
def test_internal_errors(many: Environment, home: Home, tmp_path: Path, tool: str) -> None:
    """In a user's program, the class says whose bug it is."""
    [layout] = [layout for layout in MANY if layout.tool == tool]
    shell = Shell(many, home, tmp_path)
    script = shell.write("mine.py", f"import {layout.module} as c\nc.fail(c.Bug)\n")
    terminal = shell.terminal("python", script)
    terminal.answer("no")
    terminal.end()
    assert f"{tool} has crashed" in terminal.screen
    script.write_text(f"import {layout.module} as c\nc.fail()\n")
    terminal = shell.terminal("python", script)
    terminal.end()
    assert "has crashed" not in terminal.screen
