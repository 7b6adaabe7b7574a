"""How our command is printed: the shortest form that works in an environment."""

from __future__ import annotations

import ast
import os
import re
import shlex
import site
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import ROOT
from installed import site as only_site

from telemetry_hook import _environment, _invocation
from telemetry_hook._cli import cli
from telemetry_hook._installed import places
from telemetry_hook._installed.distributions import Distribution

pytestmark = pytest.mark.once

PACKAGE = ROOT / "telemetry_hook"
NO_COMMANDS = {"the telemetry-hook demo", "a trial of telemetry-hook doctor"}


class Place:
    """An environment with its script, and the variables of the user's shell."""

    def __init__(self, directory: Path, patch: pytest.MonkeyPatch, owner: Distribution) -> None:
        self.directory = directory
        self.patch = patch
        self.owner = owner
        self.variables: dict[str, str] = {}
        self.python = self.add("environment/bin/python", "")
        patch.setattr(site, "getsitepackages", lambda: [str(directory / "site")])
        patch.setattr(sys, "executable", str(self.python))
        patch.setattr(sys, "_base_executable", str(self.python))
        patch.setattr(sys, "_home", None, raising=False)
        patch.setattr(_environment, "_adopted", self.variables)
        patch.setattr(
            _invocation, "__file__", str(directory / "site/telemetry_hook/_invocation.py")
        )

    def add(self, name: str, text: str) -> Path:
        path = self.directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(0o755)
        return path

    def add_script(self, first_lines: str = "#!{python}\n") -> Path:
        """Add our script, and record it as an installer does."""
        text = first_lines.replace("{python}", str(self.python))
        script = self.add("environment/bin/telemetry-hook", text)
        record = Path(self.owner.root) / self.owner.info / "RECORD"
        with record.open("a") as file:
            file.write("../environment/bin/telemetry-hook,,\n")
        return script

    @property
    def by_path(self) -> str:
        """The form without a script."""
        return shlex.join([str(self.python), str(self.directory / "site/telemetry_hook")])


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    with only_site(tmp_path / "site") as installed:
        owner = installed.install("telemetry-hook", {"telemetry_hook/_invocation.py": ""})
        yield Place(tmp_path, monkeypatch, owner)


def test_bare_name_is_enough_where_path_has_our_script(place: Place) -> None:
    """Directly, or as a link that an installer made."""
    script = place.add_script()
    place.variables["PATH"] = os.pathsep.join(["/nonexistent", str(script.parent)])
    assert _invocation.command("never", "lift") == "telemetry-hook never lift"
    links = place.directory / "links"
    links.mkdir()
    (links / "telemetry-hook").symlink_to(script)
    place.variables["PATH"] = str(links)
    assert _invocation.command("never", "lift") == "telemetry-hook never lift"
    assert _invocation.is_bare()


@pytest.mark.parametrize(
    "variables",
    [
        {},
        {"PATH": "/nonexistent"},
        {"PATH": "{other}:{bin}"},
        {"PATH": ".:{bin}"},
        {"PATH": ":{bin}"},
        {"PATH": "{bin}", "UV": "/usr/bin/uv"},
        {"PATH": "{bin}", "_": "/usr/bin/poetry"},
    ],
    ids=str,
)
def test_full_path_is_printed_where_the_name_may_be_another_command(
    variables: dict[str, str], place: Place
) -> None:
    """Or where a program such as `poetry run` has set PATH for the tool alone."""
    script = place.add_script()
    other = place.add("other/telemetry-hook", "").parent
    for name, value in variables.items():
        place.variables[name] = value.format(bin=script.parent, other=other)
    assert _invocation.command("never", "lift") == f"{shlex.quote(str(script))} never lift"
    assert not _invocation.is_bare()


def test_path_is_that_of_a_shell_which_started_this_program(place: Place) -> None:
    """Shells set `_` to what they start."""
    script = place.add_script()
    place.variables.update({"PATH": str(script.parent), "_": f"/usr/bin/{place.python.name}"})
    place.patch.setattr(sys, "orig_argv", [str(place.python), "-m", "lift"])
    assert _invocation.is_bare()


@pytest.mark.parametrize(
    "first_lines",
    [
        "#!{python}\n",
        "#!{python} -s\n",
        """#!/bin/sh\n'''exec' "{python}" "$0" "$@"\n' '''\n""",
        """#!/bin/sh\n'''exec' "$(dirname -- "$(realpath -- "$0")")"/'python' "$0" "$@"\n""",
    ],
)
def test_interpreter_of_a_script_is_read(first_lines: str, place: Place) -> None:
    """As pip, uv and others write it."""
    script = place.add_script(first_lines)
    assert _invocation.command() == shlex.quote(str(script))


@pytest.mark.parametrize(
    "first_lines",
    [
        "",
        "#!/usr/bin/env python\n",
        "#!{python}-of-another\n",
        "#!/bin/sh\n",
        "#!/bin/sh\n'''exec' \"\n",
        "#!/bin/sh\nexec\n",
        "\x7fELF\0\0\n",
    ],
)
def test_script_of_another_python_is_not_printed(first_lines: str, place: Place) -> None:
    """Python with the path of the package works everywhere."""
    place.add_script(first_lines)
    assert _invocation.command("never", "lift") == f"{place.by_path} never lift"


def test_script_of_another_copy_is_not_printed(place: Place) -> None:
    """A copy of the package that is not the installed one has no script."""
    place.add_script()
    place.patch.setattr(_invocation, "__file__", "/elsewhere/telemetry_hook/_invocation.py")
    assert _invocation.command() == shlex.join([str(place.python), "/elsewhere/telemetry_hook"])


def test_script_that_does_not_find_the_package_is_not_printed(place: Place) -> None:
    """After `pip install --prefix`, it needs PYTHONPATH."""
    place.add_script()
    place.patch.setattr(site, "getsitepackages", lambda: ["/usr/lib"])
    assert _invocation.command() == place.by_path


def test_script_that_is_gone_is_not_printed(place: Place) -> None:
    """Such as after `pip install --target`, which records another place."""
    script = place.add_script()
    script.chmod(0o644)
    assert _invocation.command() == place.by_path or os.geteuid() == 0
    script.unlink()
    assert _invocation.command() == place.by_path


def test_pex_runs_our_module(place: Place) -> None:
    """Its packages are in directories of their own. What it starts has its variables, and is no pex."""
    archive = place.add("lift.pex", "")
    place.variables["PEX"] = str(archive)
    assert _invocation.command("never", "lift") == f"{place.by_path} never lift"
    unpacked = place.add("unpacked/PEX-INFO", "{}").parent
    place.patch.setattr(sys, "path", [str(unpacked)])
    quoted = shlex.quote(str(archive))
    assert _invocation.command("never", "lift") == f"PEX_MODULE=telemetry_hook {quoted} never lift"
    place.variables["PATH"] = str(archive.parent)
    assert _invocation.command("never") == "PEX_MODULE=telemetry_hook lift.pex never"
    archive.unlink()
    directory = shlex.join([str(place.python), str(unpacked)])
    assert _invocation.command("never") == f"PEX_MODULE=telemetry_hook {directory} never"


@pytest.mark.parametrize("executable", [None, "", "/usr/bin/uwsgi"])
def test_python_may_be_unknown(executable: str | None, place: Place) -> None:
    """As in a server that embeds it, or a program that has changed `sys.executable`."""
    place.patch.setattr(sys, "executable", executable)
    script = shlex.quote(str(place.add_script()))
    assert _invocation.command("never", "lift") == f"{script} never lift"


def test_without_script_and_python_the_name_is_left(place: Place) -> None:
    """No path is known that would work."""
    place.patch.setattr(sys, "executable", None)
    assert _invocation.command("never", "lift") == "telemetry-hook never lift"


def test_frozen_program_has_an_option(place: Place) -> None:
    """It has no Python that could run a script."""
    place.add_script()
    place.patch.setattr(sys, "frozen", True, raising=False)
    place.patch.setattr(places, "are_served", lambda: True)
    python = shlex.quote(str(place.python))
    assert _invocation.command("never", "lift") == f"{python} --telemetry-hook never lift"


def test_arguments_are_quoted(place: Place) -> None:
    """For the shell, like the program."""
    assert _invocation.command("show", "a b").endswith(" show 'a b'")


def test_long_commands_have_lines_of_their_own(place: Place) -> None:
    """What fits stays on its line."""
    script = shlex.quote(str(place.add_script()))
    parts = ("  change  ", ("always", "lift"), ", or ", ("never", "lift"))
    assert _invocation.rendered(*parts) == (
        f"  change\n    {script} always lift\n    or\n    {script} never lift"
    )
    assert _invocation.rendered("  change  ", "unset X") == "  change  unset X"
    place.variables["PATH"] = str(place.python.parent)
    bare = "telemetry-hook always lift, or telemetry-hook never lift"
    assert _invocation.rendered(*parts) == f"  change  {bare}"
    assert _invocation.rendered("x" * 80, ("never", "lift")).count("\n") == 0


def test_other_machines_read_no_path_of_this_one(place: Place) -> None:
    """A page that is served to others has the bare name."""
    place.add_script()
    text = _invocation.rendered("To stop: ", ("never", "lift"))
    assert str(place.directory) not in _invocation.without_path(text)
    assert "telemetry-hook never lift" in _invocation.without_path(text)


def test_no_other_module_spells_a_command() -> None:
    """A text with the bare name would not run where PATH does not have it.

    The data page is for readers at other machines.
    """
    spelled = re.compile(rf"telemetry-hook ({'|'.join(cli.commands)})\b")
    found = {
        str(path.relative_to(PACKAGE)): text
        for path in PACKAGE.rglob("*.py")
        for text in printed_texts(ast.parse(path.read_text("utf-8"))) - NO_COMMANDS
        if spelled.search(text) and path.name != "_data_page.py"
    }
    assert found == {}


def printed_texts(tree: ast.Module) -> set[str]:
    """Return a module's texts, without docstrings, but with those that are the help of commands."""
    unread = {id(text) for text in docstrings(tree)}
    constants = [node for node in ast.walk(tree) if isinstance(node, ast.Constant)]
    return {
        node.value for node in constants if isinstance(node.value, str) and id(node) not in unread
    }


def docstrings(tree: ast.Module) -> Iterator[ast.Constant]:
    """Yield the docstrings that no command prints."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
            continue
        first = node.body[0] if node.body else None
        is_command = any(
            "command" in ast.unparse(each) for each in getattr(node, "decorator_list", [])
        )
        if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and not is_command:
            yield first.value


def test_python_of_an_environment_for_one_run_is_not_printed(place: Place) -> None:
    """`uv run --with` removes it. The packages are elsewhere, and stay."""
    lasting = place.add("lasting/bin/python", "")
    place.patch.setattr(sys, "_base_executable", str(lasting))
    assert _invocation.command() == place.by_path
    place.patch.setattr(site, "getsitepackages", list)
    package = place.directory / "site/telemetry_hook"
    assert _invocation.command() == shlex.join([str(lasting), str(package)])
    # As in Python 3.10.
    place.patch.setattr(sys, "_base_executable", sys.executable)
    versioned = place.add("lasting/bin/python{}.{}".format(*sys.version_info), "")
    place.patch.setattr(sys, "_home", str(versioned.parent))
    assert _invocation.command() == shlex.join([str(versioned), str(package)])
