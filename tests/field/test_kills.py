"""Nothing that was stored is lost, whatever is killed: a few dozen kills of `nox -s kills`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import kills
import pytest

if TYPE_CHECKING:
    from conftest import Environment

pytestmark = [
    pytest.mark.once,
    pytest.mark.skipif(sys.platform != "linux", reason="it looks into /proc"),
]

KILLS = 40


def test_kills_lose_nothing(
    environment: Environment, install: Callable[..., None], tmp_path: Path
) -> None:
    """Each stored report arrives, or ends for a recorded reason; twice only where it had to."""
    install(kills.wheel(tmp_path))
    figures = kills.run(environment, tmp_path, KILLS, KILLS // 2)
    assert figures.complaints == [], figures.table()
    assert figures.kills.total() >= KILLS
    assert figures.counts["reports stored"] >= KILLS // 4
