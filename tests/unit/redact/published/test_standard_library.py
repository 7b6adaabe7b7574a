"""Which modules are those of the standard library, by our own table of them."""

from __future__ import annotations

import csv
import os
import sys
from collections.abc import Iterator
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from published import Site

from telemetry_hook._crash import guarded
from telemetry_hook._installed import places
from telemetry_hook._redact.message import safe_str
from telemetry_hook._redact.published import class_identity, standard_library
from telemetry_hook._redact.published.public_files import PublicFiles

LIBRARY = Path(os.path.realpath(os.__file__)).parent
# What is in the directory and is no module for programs, or not of Python.
OTHERS = {"site-packages", "dist-packages", "__pycache__", "test", "tests", "idle_test"}


def library_files() -> Iterator[str]:
    for path in LIBRARY.rglob("*.py"):
        parts = path.relative_to(LIBRARY).parts
        top = parts[0].removesuffix(".py")
        if top in sys.stdlib_module_names and not OTHERS.intersection(parts):
            yield "/".join(parts)


def test_every_file_of_this_python_is_in_the_table() -> None:
    """A file that is missing loses its functions and messages from reports."""
    files = [*library_files()]
    assert len(files) > 500
    assert [file for file in files if not standard_library.has_file(file)] == []


def test_every_module_that_this_python_names_is_in_the_table() -> None:
    names = {*sys.stdlib_module_names, *sys.builtin_module_names} - {"xxsubtype"}  # of its tests
    assert [name for name in sorted(names) if not standard_library.has_module(name)] == []


def test_every_compiled_module_of_this_python_is_in_the_table() -> None:
    suffixes = tuple(EXTENSION_SUFFIXES)
    files = [path.name for path in LIBRARY.glob("lib-dynload/*") if path.name.endswith(suffixes)]
    used = [name for name in files if name.partition(".")[0] in sys.stdlib_module_names]
    assert [name for name in used if not standard_library.has_file(name)] == []


def test_modules_of_other_systems() -> None:
    """A program on them has the same wheel of ours."""
    for name in (
        *("_winapi", "winreg", "nt", "ntpath", "msvcrt", "winsound", "_overlapped", "_scproxy"),
        *("asyncio.windows_events", "asyncio.windows_utils", "multiprocessing.popen_spawn_win32"),
        *("encodings.mbcs", "encodings.oem", "ctypes.macholib.dyld", "ctypes.wintypes"),
    ):
        assert standard_library.has_module(name), name


BESIDE = (
    *("json/company.py", "encodings/acme_cipher.py", "email/company.py", "asyncio/company.py"),
    *("site-packages/acme/cli.py", "site-packages/json/__init__.py", "dist-packages/six.py"),
    *("sitecustomize.py", "usercustomize.py", "company.py", "json/sitecustomize.py"),
    *("_sysconfigdata__linux_x86_64-linux-gnu.py", "_sysconfigdata.py"),
    *("test/support/__init__.py", "json/decoder/company.py", "json/decoder/__init__.py"),
    *("json/os.py", "os/path.py", "os/__init__.py", "__init__.py", "json/__init__/a.py"),
    *("json/decoder.txt", "json/decoder", "json/decoder.company.py", "os.company.py", "os.pyc"),
    *("json/decoder.abi3.so", "os.company.so", "company.so", "encodings/utf_8.so"),
    *("../json/decoder.py", "/json/decoder.py", "", "json/", "json", ":", "json:.py", "/os.py"),
)


@pytest.mark.parametrize("name", BESIDE)
def test_other_files_are_not_of_the_standard_library(name: str) -> None:
    assert not standard_library.has_file(name)


@pytest.mark.parametrize(
    "name",
    ["json.company", "company", "json.", ".json", "", ".", "json/decoder", "__main__", "test"],
)
def test_other_modules_are_not_of_the_standard_library(name: str) -> None:
    assert not standard_library.has_module(name)


@pytest.mark.parametrize(
    ("minor", "modules", "others"),
    [
        (10, ("imp", "distutils.core", "re"), ("tomllib", "tomllib._parser", "asyncio.timeouts")),
        (11, ("imp", "distutils.core", "tomllib._parser"), ("compression.zstd",)),
        (13, ("tomllib", "re._parser"), ("imp", "distutils", "distutils.core", "lib2to3.main")),
        (
            16,
            ("compression.zstd", "xml.etree", "json.tool", "idlelib.run", "tkinter.font"),
            ("sre_parse",),
        ),
    ],
)
def test_a_module_that_another_python_has(
    monkeypatch: pytest.MonkeyPatch,
    minor: int,
    modules: tuple[str, ...],
    others: tuple[str, ...],
) -> None:
    """A later Python has those of the last one that we know."""

    class Version:
        def __init__(self) -> None:
            self.minor = minor

    monkeypatch.setattr(standard_library, "sys", type("sys", (), {"version_info": Version()}))
    standard_library._modules.cache_clear()
    try:
        assert [name for name in modules if not standard_library.has_module(name)] == []
        assert [name for name in others if standard_library.has_module(name)] == []
    finally:
        standard_library._modules.cache_clear()


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a directory that has a standard library of two packages, and others' files in it."""
    directory = tmp_path.resolve() / "lib"
    for name in ("json/__init__.py", "json/decoder.py", "encodings/utf_8.py", *BESIDE[:10]):
        (directory / name).parent.mkdir(parents=True, exist_ok=True)
        (directory / name).write_text("x = 1\n")
    monkeypatch.setattr(places, "standard_library", lambda: [str(directory)])
    return directory


def test_files_in_the_directory_of_the_standard_library(library: Path) -> None:
    """Only those of its own modules are public."""
    files = PublicFiles([], is_local=True)
    names = [path.relative_to(library).as_posix() for path in library.rglob("*.py")]
    public = [name for name in names if files.find(str(library / name)) is not None]
    assert sorted(public) == ["encodings/utf_8.py", "json/__init__.py", "json/decoder.py"]
    assert files.of_code("<frozen json.decoder>") is not None
    for name in ("json.company", "site-packages.acme.cli", "encodings.acme_cipher", "company"):
        assert files.of_code(f"<frozen {name}>") is None


COMPANY = """
    class MergerError(Exception):
        pass

    def merge_with(partner):
        raise MergerError(f"the merger with {partner} is off")
"""


@pytest.mark.parametrize("name", ["json.company", "encodings.acme_cipher", "email.company"])
def test_a_report_has_nothing_of_a_module_that_is_beside_pythons(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its code, its classes and its texts are as a user's."""
    company = Site(tmp_path.resolve())
    monkeypatch.setattr(places, "standard_library", lambda: [str(company.directory)])
    monkeypatch.setitem(sys.modules, name, sys)  # to be put back
    module = company.write(name, COMPANY)
    (exception,) = company.redacted(lambda: module.merge_with("Acme"))
    assert exception.type == "<user class> (Exception)"
    assert exception.message == "<…>"
    assert [frame.function for frame in exception.frames] == ["<user code>"]
    assert "erge" not in repr(exception)


def test_a_list_that_the_program_has_changed(
    library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has no effect."""
    monkeypatch.setattr(sys, "stdlib_module_names", frozenset({"company", "sitecustomize"}))
    files = PublicFiles([], is_local=True)
    assert files.find(str(library / "company.py")) is None
    assert files.find(str(library / "sitecustomize.py")) is None
    assert files.find(str(library / "json/decoder.py")) is not None


def test_classes_of_modules_in_its_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    """The name of the package alone makes neither a class nor its `__str__` Python's."""
    kind: Any = type(csv.reader([]))
    assert class_identity.made_in_c(kind) == ("_csv", "reader")
    company = type("company", (), {})
    monkeypatch.setitem(sys.modules, "json.company", sys)
    monkeypatch.setattr(guarded, "module", lambda _: "json.company")
    monkeypatch.setattr(guarded, "holds", lambda *_: True)
    assert class_identity.held(kind) == ("json.company", "reader")
    assert class_identity.made_in_c(kind) is None
    monkeypatch.setattr(guarded, "module_names", lambda _: {"company": company})
    assert not safe_str._is_of_the_library(company)


def test_a_class_of_another_module_with_a_librarys_name(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A compiled module of the user's hides Python's: its classes have no names."""
    kind: Any = type(csv.reader([]))
    mine = ModuleType("_csv")
    mine.__file__ = str(tmp_path / "_csv.so")
    monkeypatch.setitem(sys.modules, "_csv", mine)
    assert class_identity.made_in_c(kind) is None
