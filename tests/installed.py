"""Distributions that are installed for one test, without a wheel: metadata and files are written."""

from __future__ import annotations

import contextlib
import hashlib
import json
from base64 import urlsafe_b64encode
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from telemetry_hook._installed import distributions
from telemetry_hook._installed.distributions import Distribution


class Installed:
    """A site directory, the only one that is looked into."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def install(
        self,
        name: str,
        files: dict[str, str],
        *,
        version: str = "1.0",
        requires: tuple[str, ...] = (),
        entry_points: str = "",
        direct: Mapping[str, object] | None = None,
        installer: str = "pip",
        wheel: str = "Tag: py3-none-any\n",
        notes: tuple[str, ...] = (),
    ) -> Distribution:
        """Write a distribution's files as an installer does.

        `direct` is its `direct_url.json`, `wheel` its file WHEEL; `notes` are other files of metadata.
        """
        info = self.directory / f"{name.replace('-', '_')}-{version}.dist-info"
        info.mkdir(parents=True)
        required = "".join(f"Requires-Dist: {each}\n" for each in requires)
        (info / "METADATA").write_text(f"Name: {name}\nVersion: {version}\n{required}")
        (info / "INSTALLER").write_text(f"{installer}\n")
        (info / "WHEEL").write_text(wheel)
        for note in notes:
            (info / note).write_text("{}")
        if direct is not None:
            (info / "direct_url.json").write_text(json.dumps(direct))
        record = ""
        declared = {f"{info.name}/entry_points.txt": entry_points} if entry_points else {}
        for file, source in (files | declared).items():
            path = self.directory / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(source, "utf-8")
            digest = urlsafe_b64encode(hashlib.sha256(source.encode()).digest())
            record += f"{file},sha256={digest.decode().rstrip('=')},{len(source)}\n"
        (info / "RECORD").write_text(record)
        _forget()
        return Distribution(str(self.directory), info.name)


@contextlib.contextmanager
def site(directory: Path) -> Iterator[Installed]:
    """Have an empty site directory, and no other, to install distributions in."""
    directory.mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(distributions, "site_directories", lambda: [str(directory)])
        _forget()
        yield Installed(directory)
    _forget()


def _forget() -> None:
    distributions._installed.clear()
