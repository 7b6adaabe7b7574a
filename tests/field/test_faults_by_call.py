"""Whatever system call fails, nothing is lost and no word is false: a sample of `nox -s faults-by-call`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import faults_by_call
import pytest
from conftest import needs

if TYPE_CHECKING:
    from conftest import Environment

pytestmark = [
    pytest.mark.once,
    pytest.mark.skipif(sys.platform != "linux", reason="it needs strace"),
]

EVERY, OFFSET = 100, 7  # the others are for `nox -s faults-by-call`


def test_a_fault_at_a_call_loses_nothing(
    environment: Environment, install: Callable[..., None], tmp_path: Path
) -> None:
    """Each report arrives, once, or its user was told that it was not stored; what was told is true."""
    needs("strace")
    install(faults_by_call.wheel(tmp_path))
    figures = faults_by_call.run(environment, tmp_path, EVERY, OFFSET)
    assert figures.complaints == [], f"--every {EVERY} --offset {OFFSET}\n{figures.table()}"
    assert sum(count for key, count in figures.counts.items() if key[2] == "runs") > 100
