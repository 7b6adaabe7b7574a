"""Each row of the table in docs/installers.md: a tool that is installed, crashes, and is uninstalled.

`nox -s installers` runs all rows on every Python, and writes the table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from conftest import made_once, needs
from dialogue import Dialogue
from hoist import fill
from installers import WAYS, Way
from machines import Machine, new_machine

pytestmark = pytest.mark.installers


@pytest.fixture(scope="module")
def wheelhouse(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a directory with all that the rows install."""
    return made_once(tmp_path_factory, "wheelhouse", lambda directory: fill(directory, wheel))


@pytest.fixture
def machine(wheelhouse: Path) -> Iterator[Machine]:
    with new_machine(wheelhouse) as made:
        yield made


def marks(way: Way) -> list[pytest.MarkDecorator]:
    return [] if way.is_cheap else [pytest.mark.once]


@pytest.mark.parametrize(
    "way", [pytest.param(way, id=way.install.__name__, marks=marks(way)) for way in WAYS]
)
def test_row(way: Way, machine: Machine, record_property: Callable[[str, object], None]) -> None:
    """The tool is asked for, its reports are useful, printed commands run, nothing is left."""
    needs(*way.needs)
    record_property("row", way.title)
    dialogue = Dialogue(machine, way.install(machine))
    dialogue.hold()
    dialogue.program.uninstall()

    faults = dialogue.faults()

    for column, found in faults.items():
        record_property(column, "no" if found else "yes")
    assert faults == {column: [] for column in faults}
