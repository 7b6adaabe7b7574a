"""Finds out what a script in an environment starts, by the metadata of the distributions.

An installer makes a script for each console script in the entry points. The scripts that a
distribution has as files, setuptools' `scripts=`, contain the tool's own code.
"""

import os

from telemetry_hook._installed.distributions import Distribution, distributions, is_script

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

GROUPS = ("console_scripts", "gui_scripts")


def started_by(file: str, claimants: "Iterable[Distribution]") -> "list[tuple[str, Distribution]]":
    """Return the modules that a script starts, and the distributions that it belongs to.

    For ``lift = lift.cli:main``, the module is ``lift.cli``. For a file that one of the claimants
    has, the module is empty. If several distributions have a script of this name, these are those
    whose script it is now.
    """
    path = os.path.realpath(file)
    if os.path.basename(path) == "__main__.py":  # on Windows, lift.exe has a zip file at its end
        path = os.path.dirname(path)
    found = [*_entry_points(path)]
    found += [("", claimant) for claimant in dict.fromkeys(claimants) if is_own(claimant, path)]
    if len({id(distribution) for _, distribution in found}) > 1:
        unchanged = [match for match in found if match[1].is_unchanged(path)]
        return unchanged or found
    return found


def is_own(distribution: Distribution, file: str) -> bool:
    """Return whether a distribution has this script as a file, and not as an entry point."""
    path = os.path.realpath(file)
    name = distribution.name_of(path)
    return name is not None and is_script(name) and not any(_behind(distribution, path))


def all_started() -> "Iterator[tuple[str, str]]":
    """Yield what all console scripts start: ``lift = lift.cli:app.main`` → ``lift.cli``, ``app``."""
    for distribution in distributions():
        for group in GROUPS:
            for _, value in distribution.entry_points(group):
                module, _, path = value.partition(":")
                yield module.strip(), path.partition(".")[0].strip()


def _entry_points(path: str) -> "Iterator[tuple[str, Distribution]]":
    for distribution in distributions():
        for module in _behind(distribution, path):
            if distribution.records(path):
                yield module, distribution


def _behind(distribution: Distribution, path: str) -> "Iterator[str]":
    """Yield the modules of the entry points that have the name of a script."""
    name = os.path.basename(path)
    names = (name, name.removesuffix(".exe"), name.removesuffix("-script.py"))
    for group in GROUPS:
        for script, value in distribution.entry_points(group):
            if script in names:
                yield value.partition(":")[0].strip()
