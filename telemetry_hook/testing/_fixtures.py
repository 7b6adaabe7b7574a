"""The pytest fixtures; only pytest loads this module."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from telemetry_hook.testing._canaries import Canaries
    from telemetry_hook.testing._running import TelemetryCrash


@pytest.fixture
def telemetry_canaries() -> Canaries:
    """Invented secrets, to be put into a tool's arguments, files, variables and input."""
    from telemetry_hook.testing import _canaries

    return _canaries.FIRST


@pytest.fixture
def telemetry_crash(tmp_path: Path) -> TelemetryCrash:
    """Run a tool until it crashes. Return what was asked, what would be sent and what leaked."""
    if sys.platform == "win32":
        pytest.skip("telemetry_crash needs a pseudo-terminal, and Python has none on Windows")
    from telemetry_hook.testing._running import TelemetryCrash

    return TelemetryCrash(tmp_path)
