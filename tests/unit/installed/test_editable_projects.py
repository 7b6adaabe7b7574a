"""Which files and packages of a project are those of its editable install."""

from __future__ import annotations

import sys
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from telemetry_hook._installed import isolation
from telemetry_hook._installed.editable import Project


def write(directory: Path, *names: str) -> Path:
    for name in names:
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
    return directory


def project(directory: Path, *added: str, declared: tuple[str, ...] = ("lift.cli",)) -> Project:
    site = directory.parent / "site"
    return Project(str(directory), str(site), [str(directory / name) for name in added], declared)


@pytest.mark.parametrize(
    ("added", "path", "name"),
    [
        ("src", "src/lift/cli.py", "lift/cli.py"),
        ("src", "src/lift/inner/cli.py", "lift/inner/cli.py"),
        ("src", "src/undeclared/cli.py", "undeclared/cli.py"),
        ("src", "src/single.py", "single.py"),
        ("src", "src/not-a-module.py", None),
        ("src", "lift/cli.py", None),
        ("python", "python/lift/cli.py", "lift/cli.py"),
        ("lib/deep", "lib/deep/lift/cli.py", "lift/cli.py"),
        ("", "lift/cli.py", "lift/cli.py"),
        ("", "lift.py", "lift.py"),
        ("", "other/cli.py", "other/cli.py"),
        ("", "setup.py", None),
        ("", "tests/run.py", None),
        ("", "scripts/release.py", None),
        ("", ".venv/lib/lift/cli.py", None),
        ("", "venv/lib/lift/cli.py", None),
    ],
)
def test_names_of_files(tmp_path: Path, added: str, path: str, name: str | None) -> None:
    """By the directories that the `.pth` file adds."""
    package = [] if path == "lift.py" else [str(Path(path).parent / "__init__.py")]
    if "single" in path or "setup" in path or "scripts" in path or "not-a" in path:
        package = []
    directory = write(tmp_path.resolve() / "project", path, *package)
    made = project(directory, added)
    assert made.name(str(directory / path)) == name
    assert list(made.files("cli.py")) == ([str(directory / path)] if name and "cli" in path else [])


def test_parts_of_a_namespace(tmp_path: Path) -> None:
    """Other projects may have other parts of it."""
    directory = write(
        tmp_path.resolve() / "project", "src/acme/lift/__init__.py", "src/acme/one.py"
    )
    made = project(directory, "src", declared=("acme.lift.cli",))
    for package in ("acme", "acme.lift", "acme.one"):
        assert made.provides(package), package
    for package in ("acme.photon", "lift", "acme.lift.inner", "acm"):
        assert not made.provides(package), package
    assert [name for name in ("acme", "acme.lift", "acme.one") if made.shares(name)] == ["acme"]
    assert made.name(str(directory / "src/acme/lift/cli.py")) == "acme/lift/cli.py"


def test_directory_of_links(tmp_path: Path) -> None:
    """As in setuptools' strict mode. The files are where the links lead to."""
    directory = write(tmp_path.resolve() / "project", "lift/__init__.py", "lift/cli.py")
    (directory / "build/links/lift").mkdir(parents=True)
    for name in ("__init__.py", "cli.py"):
        (directory / "build/links/lift" / name).symlink_to(directory / "lift" / name)
    made = project(directory, "build/links")
    assert made.name(str(directory / "lift/cli.py")) == "lift/cli.py"
    assert made.provides("lift")


@pytest.mark.parametrize("declared", [("lift.cli",), ()])
def test_finders(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, declared: tuple[str, ...]
) -> None:
    """A finder has the package, whether the metadata declare it or not; but not for other projects."""
    directory = write(tmp_path.resolve() / "project", "libs/lift/__init__.py", "libs/lift/cli.py")
    other = write(tmp_path.resolve() / "other", "libs/lift/cli.py")
    start = directory / "libs/lift/__init__.py"

    class Finder:
        """The finder of an editable install."""

        @staticmethod
        def find_spec(name: str, *_: Any) -> ModuleSpec | None:
            """Find the package."""
            return spec_from_file_location(name, start) if name == "lift" else None

    monkeypatch.setattr(isolation._Finder, "_is_editable", lambda _, finder: finder is Finder)
    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path, Finder])
    made = project(directory, declared=declared)
    assert made.name(str(directory / "libs/lift/cli.py")) == "lift/cli.py"
    assert made.provides("lift") == bool(declared)
    assert project(other).name(str(other / "libs/lift/cli.py")) is None


def test_an_environment_in_the_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is installed there belongs to others, also if the project declares its name."""
    directory = write(tmp_path.resolve() / "project", "env/site/lift/__init__.py")
    monkeypatch.setattr(isolation, "places_of", lambda _: [str(directory / "env/site/lift")])
    assert project(directory).provides("lift")
    monkeypatch.setattr(sys, "prefix", str(directory / "env"))
    assert not project(directory).provides("lift")


def test_places_of_modules(tmp_path: Path) -> None:
    """Packages have directories, modules have files, and what nobody has has none."""
    import json

    assert isolation.places_of("json") == [str(Path(json.__path__[0]).resolve())]
    assert isolation.places_of("json.decoder") == [str(Path(json.decoder.__file__).resolve())]
    assert isolation.places_of("nobody_has_this_module") == []
    assert isolation.places_of("nobody_has_this_module.json") == []


def test_foreign_parts_of_a_namespace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A loaded namespace package may have directories from anywhere on `sys.path`."""
    trusted, project_ = tmp_path.resolve() / "trusted/acme", tmp_path.resolve() / "project/acme"
    for directory in (trusted, project_):
        directory.mkdir(parents=True)
    monkeypatch.setattr(isolation._finder, "_trusted", [str(trusted.parent)])
    module: Any = ModuleType("acme_namespace")
    for path, expected in ([trusted], False), ([trusted, project_], True):
        module.__path__ = [str(directory) for directory in path]
        monkeypatch.setitem(sys.modules, "acme", module)
        assert isolation.is_namespace("acme")
        assert isolation.has_foreign_parts("acme") is expected
    assert not isolation.is_namespace("json")
