"""Which files are published, by where they are and what their distribution's metadata says."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from installed import Installed, site

from telemetry_hook._redact.published import frozen, public_files
from telemetry_hook._redact.published.public_files import PublicFile, PublicFiles

FORK = {"url": "file:///src/lift-1.0-py3-none-any.whl", "archive_info": {}}
PROJECT = {"url": "file:///src", "dir_info": {}}
CHECKOUT = {"url": "https://example.com/a", "vcs_info": {"vcs": "git"}}
DOWNLOAD = {"url": "https://example.com/a.whl", "archive_info": {}}
BUILT_HERE = "Root-Is-Purelib: false\nTag: cp311-cp311-linux_x86_64\n"


@pytest.fixture
def installed(tmp_path: Path) -> Iterator[Installed]:
    """Return an empty site directory."""
    with site(tmp_path.resolve() / "site") as made:
        yield made


@pytest.mark.parametrize("is_local", [True, False])
@pytest.mark.parametrize(
    ("metadata", "own_is_public", "other_is_public"),
    [
        ({}, True, True),
        ({"direct": DOWNLOAD}, True, True),
        ({"wheel": BUILT_HERE}, True, False),
        ({"notes": ("uv_build.json",)}, True, False),
        ({"notes": ("uv_cache.json",)}, False, False),
        ({"version": "1.0+local"}, False, False),
        ({"version": "1.0+local", "direct": DOWNLOAD}, False, False),
        ({"direct": FORK}, False, False),
        ({"direct": PROJECT}, False, False),
        ({"direct": CHECKOUT}, False, False),
    ],
)
def test_how_a_distribution_was_installed(
    installed: Installed,
    *,
    metadata: Mapping[str, Any],
    own_is_public: bool,
    other_is_public: bool,
    is_local: bool,
) -> None:
    """The author answers for a build of the tool itself; what the tool requires was built elsewhere."""
    tool = installed.install("lift", {"lift.py": ""}, **metadata)
    path = str(installed.directory / "lift.py")
    found = PublicFiles([tool], is_local=is_local).find(path)
    assert (found is not None) == (own_is_public or is_local)
    assert found is None or (found.is_own and found.distribution is tool)
    photon = installed.install("photon", {"photon.py": ""}, requires=("lift >=1",))
    found = PublicFiles([photon], is_local=is_local).find(path)
    assert (found is not None) == other_is_public
    assert found is None or not found.is_own


@pytest.mark.parametrize(
    "requirement",
    [
        *("lift", "Lift", "lift>=1", "lift (>=1)", "lift[all]~=1.0", "lift ; python_version > '3'"),
        *("lift@https://example.com", "lift!=1"),
    ],
)
def test_what_a_tool_requires_is_public(installed: Installed, requirement: str) -> None:
    """So is what that requires; what nothing requires is not."""
    tool = installed.install("acme", {"acme.py": ""}, requires=(requirement,))
    installed.install("lift", {"lift.py": ""}, requires=("photon.beam", "absent", "acme"))
    installed.install("photon-beam", {"photon.py": ""})
    installed.install("stranger", {"stranger.py": ""})
    files = PublicFiles([tool], is_local=False)
    found = {
        name: files.find(str(installed.directory / f"{name}.py"))
        for name in ("acme", "lift", "photon", "stranger")
    }
    assert [name for name, file in found.items() if file] == ["acme", "lift", "photon"]
    assert [name for name, file in found.items() if file and file.is_own] == ["acme"]


def test_changed_and_unknown_files_are_not_public(installed: Installed) -> None:
    """RECORD has the hash of what was published."""
    names = ("acme/__init__.py", "acme/changed.py", "acme/gone.py")
    tool = installed.install("acme", dict.fromkeys(names, "x = 1\n"))
    (installed.directory / "acme/changed.py").write_text("x = 2\n")
    (installed.directory / "acme/gone.py").unlink()
    (installed.directory / "acme/extra.py").write_text("x = 1\n")
    files = PublicFiles([tool], is_local=True)
    found = files.find(str(installed.directory / "acme/__init__.py"))
    assert found is not None
    assert (found.name, found.module, found.text) == ("acme/__init__.py", "acme", "x = 1\n")
    assert files.find(str(installed.directory / "acme/__init__.py")) is found
    for name in ("acme/changed.py", "acme/gone.py", "acme/extra.py", "elsewhere.py", "\0"):
        assert files.find(str(installed.directory / name)) is None, name


def test_a_frozen_program_whose_modules_have_the_files_of_their_code(
    installed: Installed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As cx_Freeze makes it. The file is that of the source's name, and what is public is the code."""
    monkeypatch.setattr(public_files, "is_frozen", lambda: True)
    code = compile("x = 1\n", "", "exec")
    monkeypatch.setattr(frozen, "code", lambda name: code if name == "acme/cli.py" else None)
    tool = installed.install("acme", {"acme/cli.py": "x = 1\n"})
    (installed.directory / "acme/cli.py").rename(installed.directory / "acme/cli.pyc")
    found = PublicFiles([tool], is_local=False).find(str(installed.directory / "acme/cli.pyc"))
    assert found is not None
    assert (found.name, found.code, found.text) == ("acme/cli.py", code, "")


def test_files_of_an_editable_project(installed: Installed, tmp_path: Path) -> None:
    """They are public towards this machine alone, by their place in the project."""
    project = tmp_path.resolve() / "project"
    (project / "src/lift").mkdir(parents=True)
    for name in ("src/lift/__init__.py", "setup.py"):
        (project / name).write_text("x = 1\n")
    direct = {"url": project.as_uri(), "dir_info": {"editable": True}}
    tool = installed.install("acme-lift", {"lift.pth": f"{project}/src\n"}, direct=direct)
    path = str(project / "src/lift/__init__.py")
    found = PublicFiles([tool], is_local=True).find(path)
    assert found is not None
    assert (found.name, found.module) == ("lift/__init__.py", "lift")
    assert PublicFiles([tool], is_local=True).find(str(project / "setup.py")) is None
    assert PublicFiles([tool], is_local=False).find(path) is None


def test_the_size_of_files_is_bounded(
    installed: Installed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file of just that size is read."""
    monkeypatch.setattr(public_files, "MAX_FILE", 10)
    tool = installed.install("acme", {"fits.py": "x" * 10, "large.py": "x" * 11})
    files = PublicFiles([tool], is_local=True)
    assert files.find(str(installed.directory / "fits.py")) is not None
    assert files.find(str(installed.directory / "large.py")) is None


def test_the_standard_library_is_public(tmp_path: Path) -> None:
    """Also where it is frozen; other things in its directory are not."""
    files = PublicFiles([], is_local=False)
    found = files.find(json.__file__)
    assert found is not None
    assert (found.name, found.module) == ("json/__init__.py", "json")
    assert (found.distribution, found.is_own) == (None, False)
    frozen = files.of_code("<frozen os>")
    assert frozen is not None
    assert frozen.name == "os.py"
    posix = files.of_code("<frozen importlib._bootstrap>")
    assert posix is not None
    assert posix.module == "importlib._bootstrap"
    directory = os.path.dirname(os.__file__)
    for name in ("site-packages/pytest/__init__.py", "sitecustomize.py", "hunter2.py"):
        assert files.find(os.path.join(directory, name)) is None
    for name in ("<frozen hunter2>", "<string>", "json/__init__.py", "<frozen os", "<stdin>"):
        assert files.of_code(name) is None


@pytest.mark.parametrize(
    ("name", "module"),
    [
        ("acme/cli.py", "acme.cli"),
        ("acme/__init__.py", "acme"),
        ("__init__.py", "__init__"),
        ("acme.py", "acme"),
        ("acme/fast.cpython-311-x86_64-linux-gnu.so", "acme.fast"),
    ],
)
def test_names_of_modules(name: str, module: str) -> None:
    """A path gives the name that the file is imported by."""
    assert PublicFile("/x", name, b"", None, True).module == module


@pytest.mark.parametrize(
    ("content", "lines"),
    [
        (b"a\nb\n", ["a", "b"]),
        (b"a\r\nb\rc", ["a", "b", "c"]),
        (b"a\n\n", ["a", ""]),
        (b"# coding: latin-1\n\xe9", ["# coding: latin-1", "é"]),
        (b"\xef\xbb\xbfa", ["a"]),
        (b"\xff\xfe", [""]),
        (b"# coding: nonsense\n", [""]),
        (b"# a\x0cb\nc", ["# a\x0cb", "c"]),
    ],
)
def test_lines_as_python_counts_them(content: bytes, lines: list[str]) -> None:
    """They are decoded as Python does; a file that is none has no text."""
    assert PublicFile("/x.py", "x.py", content, None, True).lines == lines


def test_console_scripts(installed: Installed, tmp_path: Path) -> None:
    """A script is in RECORD, and outside of the site directory."""
    script = tmp_path.resolve() / "bin/acme"
    script.parent.mkdir()
    tool = installed.install(
        "acme",
        {"acme.py": "", "../bin/acme": "import acme"},
        entry_points="[console_scripts]\nacme = acme:main\n",
    )
    files = PublicFiles([tool], is_local=True)
    assert files.is_script(str(script))
    assert files.find(str(script)) is None
    for path in (installed.directory / "acme.py", tmp_path / "bin/other", sys.executable, "\0"):
        assert not files.is_script(str(path))


@pytest.mark.parametrize(
    "start",
    [
        "#!/home/jane/python\n",
        "#!/home/jane/python -I\n# coding: utf-8\n",
        "#!/bin/sh\n'''exec' '/home/jane/python' \"$0\" \"$@\"\n' '''\n",
        "import os\n",
        "",
    ],
)
def test_scripts_that_are_files(installed: Installed, tmp_path: Path, start: str) -> None:
    """They are published without the lines that start Python; the others keep their numbers."""
    script = tmp_path.resolve() / "bin/Lift.it"
    script.parent.mkdir()
    content = f"{start}def run():\n    fail()\n"
    tool = installed.install("acme", {"acme.py": "", "../bin/Lift.it": content})
    found = PublicFiles([tool], is_local=False).find(str(script))
    assert found is not None
    assert (found.name, found.module, found.is_own) == (".data/scripts/Lift.it", "__main__", True)
    assert "jane" not in found.text
    before, after = content.splitlines(), found.lines
    assert len(before) == len(after)
    assert after[-2:] == ["def run():", "    fail()"]
    assert [line for line in after if line] == [
        line for line in before if not line.startswith(("#!", "'''", "' '''"))
    ]
    script.write_text(content + "more()\n")
    assert PublicFiles([tool], is_local=False).find(str(script)) is None


def test_a_relative_path_where_the_working_directory_is_gone(
    installed: Installed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the code in a pex may have: it is nobody's file."""
    tool = installed.install("acme", {"acme.py": ""})
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    files = PublicFiles([tool], is_local=False)
    assert files.find("acme.py") is None
    assert files.is_script("bin/acme") is False
    assert files.find(f"{installed.directory}/acme.py") is not None
