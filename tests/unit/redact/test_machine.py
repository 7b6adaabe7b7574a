"""The machine in words of our own, whatever it calls itself."""

from __future__ import annotations

import builtins
import encodings
import io
import locale
import os
import sys
from collections.abc import Iterator
from encodings.aliases import aliases
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from installed import Installed, site

from telemetry_hook._installed import places
from telemetry_hook._redact import machine


@pytest.fixture
def installed(tmp_path: Path) -> Iterator[Installed]:
    """Return an empty site directory."""
    with site(tmp_path.resolve() / "site") as made:
        yield made


@pytest.fixture
def circumstances(
    installed: Installed, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> dict[str, Any]:
    """Return a tool of pip's, in an environment that says nothing."""
    for name in list(os.environ):
        monkeypatch.delenv(name)
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    monkeypatch.setattr(machine, "CONTAINER_FILES", (str(tmp_path / "containerenv"),))
    monkeypatch.setattr(machine, "GROUPS", str(tmp_path / "cgroup"))
    monkeypatch.setattr(os, "isatty", lambda number: False)
    return {"tool": installed.install("acme", {"acme.py": ""})}


@pytest.mark.parametrize(
    ("installer", "expected"),
    [
        *(("pip", "pip"), ("uv", "uv"), ("conda\n", "conda"), ("Poetry 1.8.2", "poetry")),
        *(("hunter2", "other"), ("", "other"), ("pipx", "pipx")),
    ],
)
def test_installers(
    installed: Installed, circumstances: dict[str, Any], installer: str, expected: str
) -> None:
    """One that is not known is another."""
    tool = installed.install("lift", {}, installer=installer)
    assert machine.circumstances(tool).installed == expected


def test_ways_of_installing(
    installed: Installed,
    circumstances: dict[str, Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Environments for one tool, editable projects and frozen programs tell more than an installer."""
    tool = circumstances["tool"]
    assert machine.circumstances(tool).installed == "pip"
    (tmp_path / "uv-receipt.toml").write_text("")
    assert machine.circumstances(tool).installed == "uv"
    (tmp_path / "pipx_metadata.json").write_text("")
    assert machine.circumstances(tool).installed == "pipx"
    direct = {"url": tmp_path.as_uri(), "dir_info": {"editable": True}}
    editable = installed.install("lift", {}, direct=direct)
    assert machine.circumstances(editable).installed == "editable"
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(places, "are_served", lambda: True)
    assert machine.circumstances(editable).installed == "frozen"


@pytest.mark.parametrize(
    ("preferred", "expected"),
    [
        *(("UTF-8", "utf-8"), ("utf8", "utf-8"), ("ANSI_X3.4-1968", "ascii")),
        *(("latin1", "iso8859-1"), ("ISO-8859-15", "iso8859-15"), ("cp1252", "cp1252")),
        *(("windows-1251", "cp1251"), ("eucJP", "euc_jp"), ("SJIS", "shift_jis")),
        *(("KOI8-R", "koi8-r"), ("ISO-8859-16", "iso8859-16"), ("cp037", "other")),
        *(("cp437", "cp437"), ("cp866", "cp866"), ("big5", "big5"), ("cp1258", "cp1258")),
        *(("hunter2", "other"), ("", "other"), (None, "other")),
    ],
)
def test_encodings(
    circumstances: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
    preferred: Any,
    expected: str,
) -> None:
    """The name of its codec is reported, and none that a program has registered."""
    monkeypatch.setattr(locale, "getpreferredencoding", lambda *, do_setlocale: preferred)
    assert machine.circumstances(circumstances["tool"]).encoding == expected


def test_aliases_of_the_program_are_not_used(
    circumstances: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may give a private codec the name of a public one, and replace functions."""
    monkeypatch.setitem(aliases, "hunter2", "utf_8")
    monkeypatch.setitem(aliases, "utf8", "gbk")
    monkeypatch.setattr(encodings, "normalize_encoding", lambda name: "gbk")
    for preferred, expected in (("hunter2", "other"), ("UTF8", "utf-8")):
        monkeypatch.setattr(
            locale, "getpreferredencoding", lambda *, do_setlocale, name=preferred: name
        )
        assert machine.circumstances(circumstances["tool"]).encoding == expected


def test_aliases_of_this_python() -> None:
    """Those of our encodings are all in our table."""
    codecs = {codec: machine._ENCODINGS.get(codec.replace("_", "-")) for codec in aliases.values()}
    known = {alias for alias, codec in aliases.items() if codecs[codec] is not None}
    assert known <= set(machine._ALIASES)
    assert set(machine._ALIASES.values()) <= set(machine._ENCODINGS)


@pytest.mark.parametrize(
    ("terminals", "expected"), [((), False), ((0,), False), ((2,), False), ((0, 1, 2), True)]
)
def test_terminals(
    circumstances: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
    terminals: tuple[int, ...],
    expected: bool,
) -> None:
    """The question needs one to read from and one to write to."""
    monkeypatch.setattr(os, "isatty", lambda number: number in terminals)
    assert machine.circumstances(circumstances["tool"]).terminal is expected


def test_ci(circumstances: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """A job has a variable for it."""
    assert not machine.circumstances(circumstances["tool"]).ci
    monkeypatch.setenv("CI", "true")
    assert machine.circumstances(circumstances["tool"]).ci


@pytest.mark.parametrize("name", ["container", "KUBERNETES_SERVICE_HOST"])
def test_variables_of_containers(
    circumstances: dict[str, Any], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """An empty one is none."""
    monkeypatch.setenv(name, "")
    assert not machine.circumstances(circumstances["tool"]).container
    monkeypatch.setenv(name, "hunter2")
    assert machine.circumstances(circumstances["tool"]).container


def test_files_of_containers(circumstances: dict[str, Any], tmp_path: Path) -> None:
    """Docker and Podman write one."""
    assert not machine.circumstances(circumstances["tool"]).container
    (tmp_path / "containerenv").write_text("")
    assert machine.circumstances(circumstances["tool"]).container


@pytest.mark.parametrize(
    ("groups", "expected"),
    [
        ("12:cpu:/docker/0123\n", True),
        ("0::/kubepods.slice/x\n", True),
        ("0::/system.slice/containerd.service\n", True),
        ("1:name=systemd:/lxc/x", True),
        ("0::/init.scope\n", False),
        ("", False),
        ("\xff", False),
    ],
)
def test_groups_of_containers(
    circumstances: dict[str, Any], tmp_path: Path, groups: str, expected: bool
) -> None:
    """The first process's control group has a name of theirs."""
    (tmp_path / "cgroup").write_text(groups, "latin-1")
    assert machine.circumstances(circumstances["tool"]).container is expected


def test_python(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three numbers are its version."""
    monkeypatch.setattr(sys, "version_info", (3, 12, 1, "final", 0))
    monkeypatch.setattr(sys, "implementation", SimpleNamespace(name="pypy"))
    found = machine.python()
    assert (found.implementation, found.version) == ("PyPy", "3.12.1")
    monkeypatch.setattr(sys, "implementation", SimpleNamespace(name="hunter2"))
    assert machine.python().implementation == "other"
    monkeypatch.setattr(sys, "version_info", ("hunter2",))
    assert machine.python().version == "other"


@pytest.mark.parametrize(
    ("release", "expected"),
    [
        ("5.15.0-78-generic", "5.15.0"),
        ("6.1.0.hunter2", "6.1.0"),
        ("10.0.19045.1.2", "10.0.19045.1"),
        ("23", "23"),
        ("hunter2", None),
        ("", None),
        ("5.15.", "5.15"),
        ("6.1.4111111111111111", None),
        (".5", "5"),
        ("5..1", None),
    ],
)
def test_systems(monkeypatch: pytest.MonkeyPatch, release: str, expected: str | None) -> None:
    """Its release's numbers are reported, and its names as far as they are known."""
    name = SimpleNamespace(sysname="Darwin", release=release, machine="arm64")
    monkeypatch.setattr(os, "uname", lambda: name, raising=False)
    found = machine.system()
    assert (found.name, found.release, found.machine) == ("Darwin", expected, "arm64")
    name.sysname = name.machine = "hunter2"
    found = machine.system()
    assert (found.name, found.machine) == ("other", "other")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        *(("glibc 2.36", "glibc 2.36"), ("glibc 2.36-hunter2", "glibc 2.36"), ("musl 1.2", None)),
        *(("glibc hunter2", None), ("glibc", None), (None, None)),
    ],
)
def test_c_libraries(
    monkeypatch: pytest.MonkeyPatch, name: str | None, expected: str | None
) -> None:
    """Only glibc says which it is."""
    monkeypatch.setattr(os, "confstr", lambda key: name, raising=False)
    assert machine.system().libc == expected


@pytest.mark.parametrize("error", [OSError(), ValueError(), AttributeError()])
def test_no_c_library(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    """Other systems do not know the question."""

    def fail(key: str) -> str:
        raise error

    monkeypatch.setattr(os, "confstr", fail, raising=False)
    assert machine.system().libc is None


def test_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    """It has a way of its own."""
    version = SimpleNamespace(major=10, minor=0, build=19045)
    monkeypatch.delattr(os, "uname", raising=False)
    monkeypatch.setattr(sys, "getwindowsversion", lambda: version, raising=False)
    monkeypatch.setenv("PROCESSOR_ARCHITECTURE", "AMD64")
    found = machine.system()
    assert (found.name, found.release) == ("Windows", "10.0.19045")
    assert (found.machine, found.libc) == ("AMD64", None)
    monkeypatch.delenv("PROCESSOR_ARCHITECTURE")
    assert machine.system().machine == "other"


def test_a_large_file_of_groups_is_read_in_part(
    circumstances: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may be endless."""
    content = io.BytesIO(b"x" * machine.MAX_GROUPS + b"docker")
    real = builtins.open
    monkeypatch.setattr(
        builtins,
        "open",
        lambda path, *more, **keywords: (
            content if path == machine.GROUPS else real(path, *more, **keywords)
        ),
    )
    assert not machine.circumstances(circumstances["tool"]).container
