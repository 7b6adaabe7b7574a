"""Where a distribution came from, as its metadata show it."""

from __future__ import annotations

import json
import os
import pwd
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from installed import Installed, site

from telemetry_hook._installed import bundles, places
from telemetry_hook._installed.distributions import Distribution

ELSEWHERE = "file:///home/runner/work/lift/dist/lift-1.0-py3-none-any.whl"
INFO = "lift-1.0.dist-info"


@pytest.fixture
def installed(tmp_path: Path) -> Iterator[Installed]:
    """Return an empty site directory."""
    with site(tmp_path.resolve() / "site") as made:
        yield made


def archive(url: str) -> dict[str, Any]:
    return {"url": url, "archive_info": {}}


@pytest.mark.parametrize(
    "url",
    [
        "https://files.pythonhosted.org/packages/a/b/lift-1.0-py3-none-any.whl",
        "https://wheels.acme-corp.example:8443/lift-1.0-py3-none-any.whl?token=1#sha256=0",
        "https://dist.local.example/lift.whl",
        "https://93.184.216.34/lift.whl",
        "https://[2606:2800:220:1::1]/lift.whl",
    ],
)
def test_a_wheel_from_a_host_in_the_internet(installed: Installed, url: str) -> None:
    """It is published, also as a dependency."""
    lift = installed.install("lift", {}, direct=archive(url))
    assert lift.is_published
    assert lift.is_as_released


@pytest.mark.parametrize(
    "url",
    [
        "file:///home/jane/dist/lift-1.0-py3-none-any.whl",
        "file://share/dist/lift-1.0-py3-none-any.whl",
        "http://files.pythonhosted.org/lift.whl",
        "https://files.pythonhosted.org/lift-1.0.tar.gz",
        "https://files.pythonhosted.org/lift-1.0.zip#lift.whl",
        "https://jane@example.com/lift.whl",
        "https://jane:secret@example.com/lift.whl",
        "https://:@example.com/lift.whl",
        "https://localhost/lift.whl",
        "https://localhost:8443/lift.whl",
        "https://LOCALHOST./lift.whl",
        "https://nas/lift.whl",
        "https://nas./lift.whl",
        *(f"https://nas.{name}/lift.whl" for name in ("local", "LAN", "internal", "localdomain")),
        *(f"https://nas.{name}/lift.whl" for name in ("home.arpa", "home.arpa.", "localhost")),
        *(f"https://{name}/lift.whl" for name in ("home.arpa", ".local", "a..local", "..", "")),
        *(f"https://{number}/lift.whl" for number in ("127.0.0.1", "127.1", "10.0.0.7", "0x7f.1")),
        *(f"https://{number}/lift.whl" for number in ("192.168.1.4", "169.254.1.1", "2130706433")),
        *(f"https://[{number}]/lift.whl" for number in ("::1", "fe80::1", "fd00::1", "nonsense")),
        *(f"https://[{number}]/lift.whl" for number in ("::ffff:127.0.0.1", "::ffff:10.0.0.1")),
        "https:///lift.whl",
        "https://exa mple.com/lift.whl",
        "https://nas。local/lift.whl",
        "https://localhost%2e.example/lift.whl",
        "lift.whl",
        "",
        7,
        None,
    ],
)
def test_a_file_from_this_machine_or_its_network(installed: Installed, url: object) -> None:
    """Whoever can write there can have written the file. Source that was downloaded was built here."""
    lift = installed.install("lift", {}, direct={"url": url, "archive_info": {}})
    assert not lift.is_published
    assert not lift.is_as_released


@pytest.mark.parametrize(
    "content",
    [
        "no JSON",
        "[]",
        "{}",
        '{"archive_info": {}}',
        '{"url": "https://example.com/lift.whl"}',
        '{"url": "https://example.com/lift.whl", "archive_info": null}',
        '{"url": "https://example.com/lift.whl", "archive_info": "all"}',
        '{"url": "https://example.com/lift.whl", "dir_info": {}}',
        '{"url": "https://example.com/lift.whl", "vcs_info": {"vcs": "git"}}',
    ],
)
def test_a_direct_url_that_is_none_of_a_wheel(installed: Installed, content: str) -> None:
    lift = installed.install("lift", {}, direct={})
    (installed.directory / INFO / "direct_url.json").write_text(content)
    assert not lift.is_published
    assert not lift.is_as_released


def test_a_direct_url_that_cannot_be_read(installed: Installed) -> None:
    """There is one, so it was not installed from an index by its name."""
    lift = installed.install("lift", {})
    os.mkdir(installed.directory / INFO / "direct_url.json")
    assert not lift.is_published
    assert not lift.is_as_released


@pytest.mark.parametrize(
    ("wheel", "is_published"),
    [
        ("", True),  # as in a bundle that was made without the file
        ("Wheel-Version: 1.0\nTag: py2-none-any\nTag: py3-none-any\n", True),
        ("Tag: cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64\n", True),
        ("Tag: cp311-cp311-manylinux_2_17_x86_64\nTag: cp311-cp311-manylinux2014_x86_64\n", True),
        ("Tag: cp311-cp311-musllinux_1_2_aarch64\r\n", True),
        ("Tag: cp311-cp311-macosx_11_0_arm64\nTag: cp311-cp311-win_amd64\n", True),
        ("Tag: cp310-abi3-win32\n", True),
        ("Tag: cp311-cp311-linux_x86_64\n", False),
        ("tag:cp311-cp311-linux_armv7l\r\n", False),
        ("Tag: py3-none-any\nTag: cp311-cp311-linux_x86_64\n", False),
        ("Tag: cp311-cp311-manylinux_2_17_x86_64.linux_x86_64\n", False),
        ("Tag: cp311-cp311-linux_x86_64.manylinux2014_x86_64\n", False),
        ("Tag: cp311-cp311-freebsd_14_0_release_amd64\n", False),
        ("Tag: cp311-cp311-any_host\n", False),
        ("Tag: nonsense\n", False),
        ("Tag:\n", False),
    ],
)
def test_a_wheel_that_no_index_accepts_was_built_here(
    installed: Installed, wheel: str, *, is_published: bool
) -> None:
    """For the tool itself its author answers, who has released the source."""
    lift = installed.install("lift", {}, wheel=wheel)
    assert lift.is_published is is_published
    assert lift.is_as_released


@pytest.mark.parametrize(("note", "is_as_released"), [("uv_build", True), ("uv_cache", False)])
def test_notes_of_uv(installed: Installed, note: str, *, is_as_released: bool) -> None:
    """It was built here, or taken from a directory on this machine."""
    lift = installed.install("lift", {}, notes=(f"{note}.json",))
    assert not lift.is_published
    assert lift.is_as_released is is_as_released


def test_a_local_version(installed: Installed) -> None:
    """No index accepts it; somebody has changed it."""
    direct = archive("https://example.com/lift.whl")
    for lift in (
        installed.install("lift", {}, version="1.0+acme"),
        installed.install("lift", {}, version="2.0+acme", direct=direct),
    ):
        assert not lift.is_published
        assert not lift.is_as_released


Make = Callable[[Path, dict[str, str], pytest.MonkeyPatch], Distribution]


def in_archive(directory: Path, files: dict[str, str], _: pytest.MonkeyPatch) -> Distribution:
    root = directory / "lift.pyz"
    with zipfile.ZipFile(root, "w") as opened:
        for name, text in files.items():
            opened.writestr(f"{INFO}/{name}", text)
    return Distribution(str(root), INFO)


def in_directory(root: Path, files: dict[str, str], _: object = None) -> Distribution:
    (root / INFO).mkdir(parents=True)
    for name, text in files.items():
        (root / INFO / name).write_text(text)
    return Distribution(str(root), INFO)


def in_shiv(directory: Path, files: dict[str, str], patch: pytest.MonkeyPatch) -> Distribution:
    """Or in a pex: the distributions are in a cache."""
    patch.setattr(bundles, "_start", lambda: str(directory / "lift.pyz"))
    return in_directory(directory / "cache/site-packages", files)


def in_pex_venv(directory: Path, files: dict[str, str], patch: pytest.MonkeyPatch) -> Distribution:
    """The bundle is the environment of the interpreter."""
    patch.setattr(bundles, "_start", lambda: str(directory))
    root = directory / "lib/python3.11/site-packages"
    patch.setattr(bundles, "of_interpreter", lambda: [str(root)])
    return in_directory(root, files)


def in_frozen(directory: Path, files: dict[str, str], patch: pytest.MonkeyPatch) -> Distribution:
    patch.setattr(places, "are_served", lambda: True)
    patch.setattr(sys, "frozen", True, raising=False)
    return in_directory(directory / "lift", files)


def beside_bundle(
    directory: Path, files: dict[str, str], patch: pytest.MonkeyPatch
) -> Distribution:
    """The interpreter that runs a bundle has distributions of its own."""
    patch.setattr(bundles, "_start", lambda: str(directory / "lift.pyz"))
    root = directory / "lib/python3.11/site-packages"
    patch.setattr(bundles, "of_interpreter", lambda: [str(root)])
    return in_directory(root, files)


BUNDLES = (in_archive, in_shiv, in_pex_venv, in_frozen)


def files(direct: dict[str, Any], version: str = "1.0") -> dict[str, str]:
    return {"METADATA": f"Version: {version}\n", "direct_url.json": json.dumps(direct)}


@pytest.mark.parametrize("bundle", BUNDLES)
def test_a_bundle_has_what_was_on_its_authors_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bundle: Make
) -> None:
    """This holds for the tool itself; of what it requires, others are the authors."""
    lift = bundle(tmp_path, files(archive(ELSEWHERE)), monkeypatch)
    assert lift.is_as_released
    assert not lift.is_published


@pytest.mark.parametrize(
    "direct", [archive(ELSEWHERE), {"url": "file:///nowhere/x", "dir_info": {}}]
)
@pytest.mark.parametrize("place", [in_directory, beside_bundle])
def test_what_was_on_a_disk_is_not_released_in_an_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: Make, direct: dict[str, Any]
) -> None:
    """People remove the directories that they have built in."""
    assert not place(tmp_path, files(direct), monkeypatch).is_as_released


@pytest.mark.parametrize("bundle", [in_frozen, in_archive])
@pytest.mark.parametrize(
    ("direct", "is_released"),
    [
        (archive(ELSEWHERE), True),
        (archive("file://localhost/nowhere/dist/lift.whl"), True),
        ({"url": "file:///nowhere/lift", "dir_info": {}}, True),
        ({"url": "file:///nowhere/lift", "dir_info": {"editable": True}}, True),
        (archive("https://example.org/lift.whl"), True),
        (archive("file://{here}/gone/lift.whl"), True),
        (archive("file://{here}/dist/lift.whl"), False),  # the directory is here, the file is gone
        ({"url": "file://{here}/dist", "dir_info": {}}, False),
        ({"url": "file://{here}/dist/file", "dir_info": {}}, False),
        (archive("file://{here}/home/gone/lift.whl"), False),
        ({"url": "file://{here}/link/gone", "dir_info": {}}, False),
        (archive("file:///lift.whl"), False),
        (archive("file://share/gone/lift.whl"), False),
        (archive("file:///nowhere/%00/lift.whl"), False),
        (archive("http://example.org/lift.whl"), False),
        (archive("https://localhost/lift.whl"), False),
        ({"url": "https://example.org/lift", "vcs_info": {"vcs": "git"}}, False),
        ({"url": 7, "dir_info": {}}, False),
    ],
)
def test_a_bundle_is_its_authors_unless_it_was_built_here(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    direct: dict[str, Any],
    *,
    bundle: Make,
    is_released: bool,
) -> None:
    """A directory that is here was perhaps this user's. So was one in their home that is gone."""
    here = tmp_path.resolve()
    (here / "home").mkdir()
    (here / "link").symlink_to(here / "home")
    (here / "dist").mkdir()
    (here / "dist/file").write_text("")
    monkeypatch.setenv("HOME", str(here / "home"))
    url = direct["url"].replace("{here}", str(here)) if type(direct["url"]) is str else 7
    lift = bundle(here, files({**direct, "url": url}), monkeypatch)
    assert lift.is_as_released is is_released


def test_the_home_that_the_system_knows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """HOME may be another one, as under sudo."""
    home = pwd.getpwuid(os.getuid()).pw_dir
    monkeypatch.setenv("HOME", str(tmp_path))
    direct = archive(f"file://{home}/gone-1/lift.whl")
    assert not in_archive(tmp_path, files(direct), monkeypatch).is_as_released


@pytest.mark.parametrize("bundle", BUNDLES)
def test_a_local_version_in_a_bundle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bundle: Make
) -> None:
    """A company has patched it, and packed that."""
    lift = bundle(tmp_path, files(archive(ELSEWHERE), "1.0+patched"), monkeypatch)
    assert not lift.is_as_released
