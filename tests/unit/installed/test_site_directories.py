"""The site directories, also as Windows has them."""

from __future__ import annotations

import site
from pathlib import Path

import pytest

from telemetry_hook._installed import places

pytestmark = pytest.mark.once


def test_the_prefix_is_no_site_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On Windows, Python lists it as one; everything that is installed is below it."""
    packages = str(tmp_path / "Lib/site-packages")
    monkeypatch.setattr(places, "_sites", [])
    monkeypatch.setattr(site, "PREFIXES", [str(tmp_path)])
    monkeypatch.setattr(site, "ENABLE_USER_SITE", False)
    monkeypatch.setattr(site, "getsitepackages", lambda: [str(tmp_path), packages])
    assert places.of_interpreter() == [packages]
