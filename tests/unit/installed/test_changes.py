"""What was upgraded, reinstalled or removed while the program ran, by what the import system knew."""

from __future__ import annotations

import atexit
import os
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest
from installed import Installed, site

import telemetry_hook
from telemetry_hook import _started
from telemetry_hook._errors import ChangedError
from telemetry_hook._installed import archives, changes
from telemetry_hook._installed.distributions import Distribution
from telemetry_hook._redact.published.public_files import PublicFiles


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Installed]:
    """Return a site directory that the import system has not searched yet."""
    monkeypatch.setattr(changes, "_searched", {})
    monkeypatch.syspath_prepend(tmp_path / "site")
    with site(tmp_path / "site") as made:
        yield made


def search(name: str = "missing_module") -> None:
    """Have the import system search all directories, and remember what it has found."""
    with pytest.raises(ModuleNotFoundError):
        __import__(name)
    changes.remember()


def remove(tool: Distribution) -> None:
    info = Path(tool.root) / tool.info
    for file in info.iterdir():
        file.unlink()
    info.rmdir()


def change(tool: Distribution) -> str | None:
    try:
        changes.check(tool)
    except ChangedError as error:
        assert changes.is_changed(tool)
        return str(error)
    assert not changes.is_changed(tool)
    return None


@pytest.mark.parametrize(("old", "new"), [("1.0", "2.0"), ("2.0", "1.0"), ("1.0", "1.0.post1")])
def test_another_version(installed: Installed, old: str, new: str) -> None:
    """The versions are in the message."""
    before = installed.install("acme-lift", {}, version=old)
    search()
    assert change(before) is None
    remove(before)
    assert change(installed.install("acme-lift", {}, version=new)) == (
        f"acme-lift was changed from {old} to {new} while the program ran"
    )


def test_the_same_version(installed: Installed) -> None:
    """Metadata that are newer than the program are not enough."""
    before = installed.install("acme-lift", {})
    search()
    remove(before)
    assert change(installed.install("acme-lift", {})) is None


def test_what_was_there_first_stays_known(installed: Installed) -> None:
    """Although the import system has searched again in the meantime."""
    before = installed.install("acme-lift", {})
    search()
    remove(before)
    after = installed.install("acme-lift", {}, version="2.0")
    os.utime(installed.directory, (1, 1))
    search()
    assert change(after) is not None


def test_a_system_that_ignores_case(installed: Installed, monkeypatch: pytest.MonkeyPatch) -> None:
    """There, the import system has the names in lower case."""
    tool = installed.install("Acme_Lift", {})
    monkeypatch.setitem(changes._searched, tool.root, {tool.info.lower()})
    assert change(tool) is None


def test_a_distribution_that_is_gone(installed: Installed, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server has read its metadata before."""
    tool = installed.install("acme-lift", {})
    assert tool.name == "acme-lift"
    search()
    names = changes._searched[tool.root]
    monkeypatch.setattr(changes, "_searched", {tool.root: names})  # others may be at work elsewhere
    assert not changes.is_any_removed()
    remove(tool)
    assert changes.is_any_removed()
    text = "acme-lift was removed, or made unreadable, while the program ran"
    assert change(tool) == text


def test_a_directory_that_was_never_searched(installed: Installed) -> None:
    """Nothing is known of it, as of an archive."""
    assert change(installed.install("acme-lift", {})) is None


def test_an_import_path_that_the_program_has_replaced(
    installed: Installed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever it is, it is not run."""
    tool = installed.install("acme-lift", {})
    for cache in (None, {}, {installed.directory: None, "x": object(), "y": ModuleType("y")}):
        monkeypatch.setattr(sys, "path_importer_cache", cache)
        changes.remember()
    assert change(tool) is None


def test_files_of_a_changed_dependency_are_not_public(installed: Installed) -> None:
    """Their release would be wrong. The tool's own files are."""
    old = installed.install("photon", {"photon.py": ""})
    tool = installed.install("lift", {"lift.py": ""}, requires=("photon",))
    search()
    files = PublicFiles([tool], is_local=False)
    paths = [str(installed.directory / name) for name in ("photon.py", "lift.py")]
    assert all(map(files.find, paths))
    remove(old)
    installed.install("photon", {"photon.py": ""}, version="2.0")
    files = PublicFiles([tool], is_local=False)
    assert [files.find(path) is not None for path in paths] == [False, True]


@pytest.mark.parametrize("age", [-3600, 3600])
def test_a_file_that_lacks_the_code(
    installed: Installed, monkeypatch: pytest.MonkeyPatch, age: int
) -> None:
    """It was changed after the process had started, or the tool changes its code by itself."""
    tool = installed.install("acme-lift", {"lift.py": ""})
    path = str(installed.directory / "lift.py")
    changed = os.stat(path).st_ctime
    monkeypatch.setattr(changes, "_started_at", lambda: changed + age)
    if age > 0:
        changes.check_file(path, tool)
        return
    with pytest.raises(ChangedError, match="acme-lift was changed while the program ran"):
        changes.check_file(path, tool)
    changes.check_file(f"{path}/member.py", tool)  # in an archive
    monkeypatch.setattr(Distribution, "editable_root", "/project")
    changes.check_file(path, tool)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells")
def test_when_this_process_started(tmp_path: Path) -> None:
    (tmp_path / "new").touch()
    assert 0 < os.stat(tmp_path / "new").st_ctime - changes._started_at() < 24 * 3600


def test_when_a_process_started_is_not_known_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "read", lambda *_: None)
    assert changes._started_at() == float("inf")
    monkeypatch.setattr(sys, "platform", "darwin")
    assert changes._started_at() == float("inf")


def test_another_version_of_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the text in the file: `1.1` is not `1.1.1`."""
    changes.check_own()
    file = tmp_path / "__init__.py"
    monkeypatch.setattr(telemetry_hook, "__file__", str(file))
    monkeypatch.setattr(_started, "__version__", "1.1")
    for text, is_same in (('"1.1"', True), ('"1.1.1"', False), ('"11.1"', False), ("", False)):
        file.write_text(f"__version__ = {text}\n")
        if is_same:
            changes.check_own()
            continue
        with pytest.raises(ChangedError, match="telemetry-hook was changed"):
            changes.check_own()
    file.unlink()
    with pytest.raises(ChangedError):
        changes.check_own()
    monkeypatch.setattr(changes, "is_frozen", lambda: True)
    changes.check_own()


@pytest.mark.parametrize("gone", [(), ("main",), ("plugin",), ("main", "plugin")])
def test_a_program_that_was_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, gone: tuple[str, ...]
) -> None:
    """It was a tool for certain only if it had loaded its plugin, and both files are gone."""
    modules = {"__main__": "main", "acme.lift.telemetry": "plugin"}
    for module_name, file in modules.items():
        module = ModuleType(module_name)
        module.__file__ = str(tmp_path / file)
        if file not in gone:
            (tmp_path / file).touch()
        monkeypatch.setitem(sys.modules, module_name, module)
    assert changes.removed_program() is None
    vars(module)["telemetry_tool"] = print
    assert changes.removed_program() == ("acme.lift" if len(gone) == 2 else None)


@pytest.fixture(params=["excepthook", "threading"])
def fail(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Callable[[], object]:
    """Install the hooks over some that do nothing, and return what calls one of them."""
    nothing: Callable[..., None] = lambda *_: None  # noqa: E731
    for owner in (sys, threading):
        for name in ("excepthook", "__excepthook__"):
            monkeypatch.setattr(owner, name, nothing)
    for name in ("_installed_in", "_stderr"):
        monkeypatch.setattr(telemetry_hook, name, None)
    for name in ("_searched", "_started_with"):
        monkeypatch.setattr(telemetry_hook, name, {})
    monkeypatch.setattr(telemetry_hook, "_note", nothing)
    monkeypatch.setattr(atexit, "register", nothing)
    telemetry_hook._install()
    main, other = sys.excepthook, threading.excepthook
    error = ValueError()
    if request.param == "excepthook":
        return lambda: main(ValueError, error, None)
    return lambda: other(threading.ExceptHookArgs([ValueError, error, None, None]))


def test_what_was_known_before_the_traceback(
    installed: Installed, fail: Callable[[], object]
) -> None:
    """Printing a traceback may search all directories again, as it does in Python 3.15."""
    before = installed.install("acme-lift", {})
    with pytest.raises(ModuleNotFoundError):
        __import__("missing_module")
    fail()
    remove(before)
    after = installed.install("acme-lift", {}, version="2.0")
    os.utime(installed.directory, (1, 1))
    search()
    assert change(after) == "acme-lift was changed from 1.0 to 2.0 while the program ran"


def test_nothing_of_the_programs_runs_before_its_traceback(
    monkeypatch: pytest.MonkeyPatch, fail: Callable[[], object]
) -> None:
    """Whatever it has put in place of what the import system knows."""

    class Hostile:
        def __getattribute__(self, name: str) -> object:
            raise AssertionError(name)

    for cache in (Hostile(), None, {"/site": Hostile(), "/zip": None}):
        monkeypatch.setattr(sys, "path_importer_cache", cache)
        fail()
        assert telemetry_hook._searched == {}
