"""Attribution: which registration covers a file, and which plugin is used for a package."""

from __future__ import annotations

import json
import sys
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import TYPE_CHECKING

import pytest

from telemetry_hook import _started
from telemetry_hook._installed import attribution, distributions, places
from telemetry_hook._installed.attribution import Registration
from telemetry_hook._installed.distributions import Distribution, normalized

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Site:
    """A site directory to install made-up distributions in."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def install(
        self,
        name: str,
        files: tuple[str, ...] = (),
        entry_points: str = "",
        *,
        editable: Path | None = None,
        metadata: str = "",
    ) -> Distribution:
        info = self.directory / f"{name.replace('-', '_')}-1.0.dist-info"
        info.mkdir(parents=True)
        info.joinpath("METADATA").write_text(f"Name: {name}\nVersion: 1.0\n{metadata}")
        info.joinpath("entry_points.txt").write_text(entry_points)
        for file in files:
            path = self.directory / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("")
        if editable is not None:
            source = editable / "src" if (editable / "src").exists() else editable
            (self.directory / f"{name}.pth").write_text(f"{source}\n")
            files = (*files, f"{name}.pth")
        info.joinpath("RECORD").write_text("".join(f"{file},sha256=x,0\n" for file in files))
        if editable is not None:
            direct = {"url": editable.as_uri(), "dir_info": {"editable": True}}
            info.joinpath("direct_url.json").write_text(json.dumps(direct))
        return Distribution(str(self.directory), info.name)


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    directory = tmp_path / "site"
    directory.mkdir()
    monkeypatch.setattr(distributions, "site_directories", lambda: [str(directory)])
    distributions._installed.clear()
    yield Site(directory)
    distributions._installed.clear()


PLUGIN = "[telemetry_hook]\nlift = lift.telemetry\n"


def test_a_package_covers_its_own_files(site: Site) -> None:
    tool = site.install("acme-lift", ("lift/__init__.py", "lift/cli.py", "other/x.py"), PLUGIN)
    registration = Registration("lift", "lift.telemetry", tool, tool)
    assert registration.covers(str(site.directory / "lift/cli.py"))
    assert not registration.covers(str(site.directory / "lift/unrecorded.py"))
    assert not registration.covers("/elsewhere/lift/cli.py")
    assert not registration.covers(None)


@pytest.mark.parametrize("spec", [None, "__main__", "__main__lift", "lift_start"])
def test_a_frozen_program_that_calls_install(
    site: Site, monkeypatch: pytest.MonkeyPatch, spec: str | None
) -> None:
    """Freezers name the start file's module as they like. It is not one that `python -m` runs."""
    site.install("acme-lift", ("lift/__init__.py",), PLUGIN)
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(places, "are_served", lambda: True)
    monkeypatch.setattr(_started, "installer", lambda: "__main__")
    main = ModuleType("__main__")
    main.__file__ = str(site.directory / "library.zip/start.pyc")
    main.__spec__ = None if spec is None else ModuleSpec(spec, None)
    monkeypatch.setitem(sys.modules, "__main__", main)
    tool = attribution.program()
    assert tool is not None
    assert tool.package == "lift"


@pytest.mark.parametrize("source", ["", "src"])
def test_an_editable_package_does_not_cover_its_neighbour(
    site: Site, tmp_path: Path, source: str
) -> None:
    """One project, two packages: a crash in the other is not this registration's."""
    project = tmp_path / "project"
    for package in ("lift", "photon"):
        path = project / source / package / "__init__.py"
        path.parent.mkdir(parents=True)
        path.write_text("")
    (project / "script.py").write_text("")
    tool = site.install("acme", (), PLUGIN, editable=project)
    registration = Registration("lift", "lift.telemetry", tool, tool)
    assert registration.covers(str(project / source / "lift/__init__.py"))
    assert not registration.covers(str(project / source / "photon/__init__.py"))
    assert not registration.covers(str(project / "script.py"))
    assert tool.provides("photon")
    assert not tool.provides("script")


def test_an_editable_module_is_covered_where_it_is_registered(site: Site, tmp_path: Path) -> None:
    project = tmp_path / "project"
    project.mkdir()
    for name in ("lift.py", "setup.py"):
        (project / name).write_text("")
    tool = site.install("acme", (), PLUGIN, editable=project)
    registration = Registration("lift", "lift", tool, tool)
    assert registration.covers(str(project / "lift.py"))
    assert not registration.covers(str(project / "setup.py"))


def test_a_console_script_belongs_to_who_has_its_module(site: Site) -> None:
    """Distributions may share a package that has an `__init__.py`, as pkgutil's namespaces do."""
    site.install(
        "acme-lift", ("acme/__init__.py", "acme/lift.py"), PLUGIN.replace("lift", "acme", 1)
    )
    site.install("mine", ("acme/__init__.py", "acme/mine.py"))
    plugins = attribution._entry_points()
    assert attribution._started(plugins, "acme.mine") is None
    for module in ("acme.lift", "acme.missing"):
        found = attribution._started(plugins, module)
        assert found is not None
        assert found.distribution.name == "acme-lift"


def test_a_packages_own_plugin_is_preferred(site: Site) -> None:
    site.install("another-plugin", ("another.py",), "[telemetry_hook]\nlift = another\n")
    site.install("acme-lift", ("lift/__init__.py",), PLUGIN)
    [found] = attribution.registrations()
    assert (found.value, found.plugin.name, found.is_foreign) == (
        "lift.telemetry",
        "acme-lift",
        False,
    )
    assert attribution.disputed() == {}


def test_a_foreign_plugin_is_used_alone(site: Site) -> None:
    site.install("acme-lift", ("lift/__init__.py",))
    site.install("first-plugin", ("first.py",), "[telemetry_hook]\nlift = first\n")
    [found] = attribution.registrations()
    assert (found.plugin.name, found.distribution.name, found.is_foreign) == (
        "first-plugin",
        "acme-lift",
        True,
    )


def test_of_two_foreign_plugins_none_is_used(site: Site) -> None:
    site.install("acme-lift", ("lift/__init__.py",))
    for name in ("first", "second"):
        site.install(f"{name}-plugin", (f"{name}.py",), f"[telemetry_hook]\nlift = {name}\n")
    assert attribution.registrations() == []
    assert attribution.disputed() == {"lift": ["first-plugin", "second-plugin"]}


def test_a_plugin_for_nothing_that_is_installed(site: Site) -> None:
    site.install("first-plugin", ("first.py",), "[telemetry_hook]\nlift = first\n")
    assert attribution.registrations() == []
    assert attribution.unclaimed() == {"lift": "first-plugin"}


NAMES = "[telemetry_hook]\n{name} = acme.{part}.telemetry\n"


@pytest.mark.parametrize("is_dotted", [True, False])
def test_parts_of_a_namespace_have_their_own_plugins(site: Site, *, is_dotted: bool) -> None:
    """Whether the entry points name the parts or the whole."""
    for part in ("lift", "photon"):
        name = f"acme.{part}" if is_dotted else "acme"
        files = (f"acme/{part}/__init__.py", f"acme/{part}/cli.py")
        site.install(f"acme-{part}", files, NAMES.format(name=name, part=part))
    site.install("acme-bare", ("acme/bare/__init__.py",))
    registered = attribution.registrations()
    covered = {
        part: [tool.plugin.name for tool in registered if tool.covers(str(site.directory / path))]
        for part, path in (
            ("lift", "acme/lift/cli.py"),
            ("photon", "acme/photon/__init__.py"),
            ("bare", "acme/bare/__init__.py"),
        )
    }
    assert covered == {"lift": ["acme-lift"], "photon": ["acme-photon"], "bare": []}
    assert attribution.unclaimed() == {}
    assert attribution.disputed() == {}
    [first, second] = registered
    [member] = attribution.family(first, ("acme-lift", "acme-photon"))
    assert member.distribution is second.distribution


def test_plugins_for_parts_of_a_namespace(site: Site) -> None:
    """The package's own plugin comes first, then the one for the innermost package."""
    site.install("acme-lift", ("acme/lift/cli.py",), NAMES.format(name="acme", part="lift"))
    site.install("acme-bare", ("acme/bare/cli.py",))
    for name in ("acme.lift", "acme.bare", "acme.missing"):
        plugin = f"[telemetry_hook]\n{name} = {name.replace('.', '_')}\n"
        site.install(f"for-{name}", (f"{name.replace('.', '_')}.py",), plugin)
    found = [(tool.package, tool.plugin.name) for tool in attribution.registrations()]
    assert found == [
        ("acme", "acme-lift"),
        ("acme.bare", "for-acme.bare"),
        ("acme.lift", "for-acme.lift"),
    ]
    assert attribution.unclaimed() == {"acme.missing": "for-acme.missing"}


def test_the_innermost_package_comes_first(site: Site) -> None:
    """Whatever the order of the entry points."""
    lines = "acme = acme.all\nacme.lift.inner = acme.inner\nacme.lift = acme.lift.telemetry\n"
    site.install("acme-lift", ("acme/lift/inner/cli.py",), f"[telemetry_hook]\n{lines}")
    packages = [tool.package for tool in attribution.registrations()]
    assert packages == ["acme.lift.inner", "acme.lift", "acme"]


def test_a_foreign_plugin_for_a_whole_namespace(site: Site) -> None:
    """It covers all parts."""
    for part in ("lift", "photon"):
        site.install(f"acme-{part}", (f"acme/{part}/cli.py",))
    site.install("stranger", ("stranger.py",), "[telemetry_hook]\nacme = stranger\n")
    found = {tool.distribution.name for tool in attribution.registrations()}
    assert found == {"acme-lift", "acme-photon"}


def test_a_family_has_own_plugins_only(site: Site) -> None:
    lift = site.install("acme-lift", ("lift/__init__.py",), PLUGIN)
    site.install(
        "Acme_Photon", ("photon/__init__.py",), "[telemetry_hook]\nphoton = photon.telemetry\n"
    )
    site.install("acme-studio", ("studio/__init__.py",))
    site.install("stranger", ("stranger.py",), "[telemetry_hook]\nstudio = stranger\n")
    of = Registration("lift", "lift.telemetry", lift, lift)
    members = attribution.family(of, ("acme-lift", "acme-photon", "acme-studio"))
    assert [member.package for member in members] == ["photon"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[telemetry_hook]\nlift = lift.telemetry\n", [("lift", "lift.telemetry")]),
        ("[other]\nlift = a\n[telemetry_hook]\nlift=b:c\n", [("lift", "b:c")]),
        ("[telemetry_hook]\n# no = comment\n; no = comment\n\nlift = b [extra]\n", [("lift", "b")]),
        ("[telemetry_hooks]\nlift = a\n", []),
        ("lift = a\n", []),
        ("[telemetry_hook]\nno equals sign\n", []),
    ],
)
def test_entry_points(site: Site, text: str, expected: list[tuple[str, str]]) -> None:
    tool = site.install("acme-lift", (), text)
    assert list(tool.entry_points("telemetry_hook")) == expected


def test_metadata(site: Site) -> None:
    tool = site.install(
        "Acme.Lift",
        ("lift/__init__.py",),
        metadata="Requires-Dist: click\nRequires-Dist: rich>=1\n  folded: no\n\nVersion: of the text\n",
    )
    assert (tool.name, tool.version) == ("Acme.Lift", "1.0")
    assert tool.metadata["requires-dist"] == ["click", "rich>=1"]
    assert tool.recorded("lift/__init__.py") == "sha256=x"
    assert tool.recorded("lift/__init__.p") is None
    assert list(tool.files(".py")) == [str(site.directory / "lift/__init__.py")]


def test_a_name_that_the_installer_does_not_know_is_not_used(site: Site) -> None:
    tool = site.install("acme-lift")
    (site.directory / tool.info / "METADATA").write_text("Name: Somebody Else\nVersion: 1\n")
    assert tool.name == "acme_lift"


@pytest.mark.parametrize(
    ("name", "expected"),
    [("Acme_Lift", "acme-lift"), ("a.B--c__d", "a-b-c-d"), ("acme", "acme")],
)
def test_normalized(name: str, expected: str) -> None:
    assert normalized(name) == expected


def test_the_first_of_a_name_is_found(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    second = Site(tmp_path / "second")
    first_lift = site.install("acme-lift")
    second.install("Acme.Lift")
    directories = [str(site.directory), str(second.directory), str(tmp_path / "missing")]
    monkeypatch.setattr(distributions, "site_directories", lambda: directories)
    [found] = distributions.distributions()
    assert (found.root, found.info) == (first_lift.root, first_lift.info)
