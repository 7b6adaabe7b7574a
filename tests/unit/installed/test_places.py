"""Where distributions may be: site directories, and where a bundle has them."""

from __future__ import annotations

import os
import sys
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import CodeType, SimpleNamespace

import pytest

from telemetry_hook import _started
from telemetry_hook._installed import bundles, places
from telemetry_hook._installed.distributions import Distribution

OURS = "telemetry_hook-1.0.dist-info"


@pytest.fixture
def directories(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Have an interpreter with a site directory of its own, and this package in no bundle."""
    site = tmp_path / "lib/site-packages"
    site.mkdir(parents=True)
    monkeypatch.setattr(places, "of_interpreter", lambda: [str(site)])
    monkeypatch.setattr(places, "home", lambda: str(tmp_path / "none"))
    monkeypatch.setattr(places, "_sites", [])
    monkeypatch.setattr(sys, "path", [str(site)])
    monkeypatch.setattr(_started, "environment", dict)
    return tmp_path


def make(directory: Path, *names: str) -> str:
    for name in names:
        (directory / name).mkdir(parents=True)
    return str(directory)


def start_with(monkeypatch: pytest.MonkeyPatch, file: str, name: str | None = "__main__") -> None:
    """Have Python run a file; `python -m` and archives have a spec of some name."""
    main = type(sys)("__main__")
    main.__file__ = file
    main.__spec__ = None if name is None else SimpleNamespace(name=name)  # type: ignore[assignment]
    monkeypatch.setitem(sys.modules, "__main__", main)


def test_a_bundle_is_where_this_package_is(
    directories: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = make(directories / "target", OURS)
    monkeypatch.setattr(places, "home", lambda: home)
    assert places.bundled() == [home]
    assert home in places.site_directories()


def test_an_editable_install_of_this_package_is_no_bundle(directories: Path) -> None:
    make(directories / "none", "telemetry_hook")
    assert places.bundled() == []


def test_an_archive_that_python_was_started_with_is_a_bundle(
    directories: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = make(directories / "lift", OURS)
    start_with(monkeypatch, f"{root}/__main__.py")
    assert places.bundled() == [root]
    start_with(monkeypatch, f"{root}/__main__.py", "lift.__main__")
    assert places.bundled() == []
    start_with(monkeypatch, f"{root}/script.py", None)
    assert places.bundled() == []


def test_pythonpath_counts_as_it_was_at_the_start_and_if_absolute(
    directories: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = make(directories / "target", OURS)
    empty = make(directories / "empty", "acme_lift-1.0.dist-info")
    monkeypatch.chdir(root)
    value = os.pathsep.join((root, empty, "."))
    monkeypatch.setattr(_started, "environment", lambda: {b"PYTHONPATH": value.encode()})
    assert places.bundled() == [root]
    monkeypatch.setenv("PYTHONPATH", root)
    monkeypatch.setattr(_started, "environment", lambda: {b"PYTHONPATH": b"."})
    assert places.bundled() == []


def test_the_directories_of_a_pex_are_a_bundle(
    directories: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = make(directories / "store/1/telemetry_hook.whl", OURS)
    click = make(directories / "store/2/click.whl", "click-8.dist-info")
    elsewhere = make(directories / "project/evil.whl", "evil-1.dist-info")
    monkeypatch.setattr(places, "home", lambda: home)
    monkeypatch.setattr(sys, "path", [elsewhere, click, home])
    assert places.bundled() == [home, click]


def test_site_directories_that_code_has_added_are_used(
    directories: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As `uv run --with` and shiv do. Other directories are not: a program's own may be among them."""
    added = make(directories / "overlay/site-packages", "acme_lift-1.0.dist-info")
    other = make(directories / "project", "acme_lift-1.0.dist-info")
    monkeypatch.setattr(sys, "path", [other, added, f"{directories}/lib/site-packages"])
    assert places.site_directories() == [added, f"{directories}/lib/site-packages"]


def test_relative_paths_in_pythonpath_are_no_site_directories(
    directories: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Python makes them absolute, in whatever directory it is started."""
    project = make(directories / "project/.venv/site-packages", "acme_lift-1.0.dist-info")
    beside = make(directories / "site-packages", "acme_lift-1.0.dist-info")
    added = make(directories / "overlay/site-packages", "acme_lift-1.0.dist-info")
    value = os.pathsep.join(("", "./.venv/site-packages", "../site-packages", added)).encode()
    monkeypatch.setattr(sys, "path", [project, beside, added])
    variables = {b"PYTHONPATH": value, b"PWD": os.fsencode(directories / "project")}
    for started_in, name in ((directories / "project", b"HOME"), (directories, b"PWD")):
        monkeypatch.chdir(started_in)
        at_start = {b"PYTHONPATH": value, name: variables[b"PWD"]}
        monkeypatch.setattr(_started, "environment", lambda at_start=at_start: at_start)
        monkeypatch.setattr(places, "_sites", [])
        assert places.site_directories()[0] == added
        assert len(places.site_directories()) == 2


def test_our_dependencies_are_those_beside_us(
    directories: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A program may put a project's directory before all others."""
    home = make(directories / "target", OURS)
    added = make(directories / "project/site-packages", "click-9.dist-info")
    monkeypatch.setattr(places, "home", lambda: home)
    monkeypatch.setattr(sys, "path", [added, home])
    assert places.site_directories()[:2] == [added, home]
    found = places.trusted()
    assert found.index(home) < found.index(added)


def test_a_replaced_sys_path_is_no_failure(
    directories: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for path in (None, (), ["", 1, "relative/site-packages"]):
        monkeypatch.setattr(sys, "path", path)
        monkeypatch.setattr(places, "_sites", [])
        assert places.site_directories() == [f"{directories}/lib/site-packages"]


@pytest.mark.parametrize(
    ("description", "content"),
    [
        ("environment.json", '{"entry_point": "lift.cli:main"}'),
        ("PEX-INFO", '{"entry_point": "lift.cli:main", "script": null}'),
    ],
)
def test_shiv_and_pex_describe_what_they_start(
    directories: Path, monkeypatch: pytest.MonkeyPatch, description: str, content: str
) -> None:
    root = make(directories / "unpacked", "lib")
    start_with(monkeypatch, f"{root}/__main__.py")
    Path(root, description).write_text(content)
    assert list(bundles.entry_points()) == ["lift.cli:main"]
    Path(root, description).write_text(content.replace("main", "app.main"))
    assert list(bundles.entry_points()) == ["lift.cli:app"]
    for broken in ("[]", '{"entry_point": 1}', "{", "\xff"):
        Path(root, description).write_text(broken)
        assert list(bundles.entry_points()) == []


STARTS = {
    "import lift.cli\nlift.cli.main()\n": True,
    "from lift import cli\ncli.main()\n": True,
    "import sys\nfrom lift.cli import main\nif __name__ == '__main__':\n    sys.exit(main())\n": True,
    "import lift.cli\ndef main():\n    lift.cli.help()\nmain()\n": False,
    "from lift.cli import main\nfrom mine import run\nrun()\n": False,
    "main()\n": False,
}


@pytest.mark.parametrize(("start", "is_tools"), STARTS.items())
def test_a_start_file_does_nothing_but_start_the_tool(
    directories: Path, monkeypatch: pytest.MonkeyPatch, start: str, is_tools: bool
) -> None:
    """A user's program may import the tool, and have a function of the same name."""
    root = make(directories / "lift", OURS)
    start_with(monkeypatch, f"{root}/__main__.py")
    Path(root, "__main__.py").write_text(start)
    loader = SourceFileLoader("__main__", f"{root}/__main__.py")
    monkeypatch.setattr(sys.modules["__main__"], "__loader__", loader)
    assert ("lift.cli:main" in bundles.entry_points()) is is_tools


def test_a_loader_of_the_programs_own_is_not_run(
    directories: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may do anything, and take as long as it likes."""
    root = make(directories / "lift", OURS)
    start_with(monkeypatch, f"{root}/__main__.py")
    called: list[str] = []

    class Own(SourceFileLoader):
        def get_code(self, fullname: str) -> CodeType | None:
            called.append(fullname)
            return compile("import lift.cli\nlift.cli.main()\n", fullname, "exec")

    for loader in (Own("__main__", root), SimpleNamespace(get_code=called.append), None):
        monkeypatch.setattr(sys.modules["__main__"], "__loader__", loader)
        assert list(bundles.entry_points()) == []
    assert called == []


def test_what_has_the_name_of_a_description_is_read_in_part(
    directories: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A project may have a large file, or a pipe, of that name: no program waits for it."""
    root = make(directories / "project", "data")
    start_with(monkeypatch, f"{root}/__main__.py")
    description = '{"entry_point": "lift.cli:main"' + " " * 1024 * 1024 + "}"
    Path(root, "PEX-INFO").write_text(description)
    assert list(bundles.entry_points()) == []
    Path(root, "PEX-INFO").unlink()
    if hasattr(os, "mkfifo"):
        os.mkfifo(f"{root}/PEX-INFO")
    assert list(bundles.entry_points()) == []


def test_a_file_in_a_site_directory_may_be_a_link(directories: Path) -> None:
    """As in `pex --venv`, or where uv links. The file is the one that RECORD has."""
    store = directories / "store"
    (store / "lift").mkdir(parents=True)
    (store / "lift/cli.py").write_text("")
    site = directories / "lib/site-packages"
    (site / "acme_lift-1.0.dist-info").mkdir()
    (site / "acme_lift-1.0.dist-info/RECORD").write_text("lift/cli.py,,\n../../bin/lift,,\n")
    (site / "lift").mkdir()
    (site / "lift/cli.py").symlink_to(store / "lift/cli.py")
    (directories / "alias").symlink_to(site)
    lift = Distribution(str(site), "acme_lift-1.0.dist-info")
    assert lift.name_of(f"{site}/lift/cli.py") == "lift/cli.py"
    assert lift.name_of(f"{directories}/alias/lift/cli.py") == "lift/cli.py"
    assert lift.name_of(f"{store}/lift/cli.py") is None
    assert lift.name_of(f"{site}/lift/other.py") is None
    (site / "lift/cli.py").unlink()
    (site / "lift").rmdir()
    (site / "lift").symlink_to(store / "lift")
    assert lift.name_of(f"{site}/lift/cli.py") == "lift/cli.py"
    assert lift.name_of(f"{directories}/alias/lift/cli.py") == "lift/cli.py"
    # `pip install --target` moves scripts after it has written RECORD.
    assert lift.name_of(f"{site}/bin/lift") == "../../bin/lift"
    assert lift.name_of(f"{directories}/bin/lift") == "../../bin/lift"


def test_a_script_that_calls_itself_frozen_is_not(
    directories: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its code is not that of an archive, and its interpreter is Python."""
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(places, "are_served", lambda: False)
    assert not places.is_frozen()
    assert places.standard_library()[0] == os.path.dirname(os.path.realpath(os.__file__))
