"""Crash → tool, from the metadata of entry points alone: nothing of the tool is imported.

An entry point of the group ``telemetry_hook`` is named after the top-level import package that it
covers. A crash is a tool's when the program that died is the tool's, or when the exception's class
comes from a covered package: its plugin must then name it among its `internal_errors`.
"""

import os
import sys

from telemetry_hook._crash import guarded
from telemetry_hook._installed.distributions import Distribution, distributions, normalized

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

GROUP = "telemetry_hook"
# Modules that are loaded only while tests are being run.
TEST_RUNNERS = frozenset({"_pytest.runner", "doctest", "nose2.main", "unittest.__main__"})


class Registration:
    """A plugin as its entry point announces it.

    `distribution` is the covered package's, `plugin` the one that the plugin comes from: another
    one if somebody else wrote it.
    """

    def __init__(
        self, package: str, value: str, distribution: Distribution, plugin: Distribution
    ) -> None:
        self.package = package
        self.value = value
        self.distribution = distribution
        self.plugin = plugin

    @property
    def is_foreign(self) -> bool:
        """Whether somebody else's distribution registered the plugin."""
        return self.plugin is not self.distribution

    @property
    def is_as_released(self) -> bool:
        """Whether the covered distribution is what its author published."""
        return self.distribution.is_as_released

    def covers(self, path: "str | None") -> bool:
        """Tell whether a file is the covered package's own."""
        if path is None or not self.distribution.records(path):
            return False
        name = self.distribution.editable_name(os.path.realpath(path))
        return name is None or name.partition("/")[0].removesuffix(".py") == self.package


def registrations() -> "list[Registration]":
    """Return what counts: a package's own plugin, or the only foreign one, for each package."""
    chosen = (_choose(package, plugins) for package, plugins in _announced().items())
    return [each for each in chosen if each is not None]


def disputed() -> "dict[str, list[str]]":
    """Return the packages whose foreign plugins rule each other out, with their distributions."""
    return {
        package: [plugin.name for _, plugin in plugins]
        for package, plugins in _announced().items()
        if len(plugins) > 1 and _choose(package, plugins) is None
    }


def unclaimed() -> "dict[str, str]":
    """Return entry points that cover no installed package, with the distributions they are from."""
    return {
        package: plugins[0][1].name
        for package, plugins in _announced().items()
        if len(plugins) == 1 and _choose(package, plugins) is None
    }


def program() -> "Registration | None":
    """Return the registration that covers the program which this interpreter runs."""
    registered = registrations()
    if not registered or is_worker():
        return None
    file = guarded.module_file(sys.modules["__main__"])
    if file is None:
        return None
    package = _main_name().partition(".")[0]
    if package in ("", "__main__"):
        found = _of_script(registered, file)
        return found or next((each for each in registered if each.covers(file)), None)
    return next(
        (each for each in registered if each.package == package and each.covers(file)), None
    )


def origin_of(kind: "type[BaseException]") -> "Registration | None":
    """Return the registration that covers the package which defines an exception's class."""
    module = guarded.module(kind)
    if (
        module is None
        or guarded.is_static(kind)
        or not TEST_RUNNERS.isdisjoint({*sys.modules, _main_name()})
    ):
        return None
    package = module.partition(".")[0]
    for each in registrations():
        if each.package == package and each.covers(guarded.module_file(sys.modules.get(module))):
            return each
    return None


def family(of: Registration, names: "Iterable[str]") -> "list[Registration]":
    """Return the registrations of a family's other distributions: their own plugins, no foreign ones."""
    wanted = {normalized(each) for each in names}
    return [
        each
        for each in registrations()
        if each.package != of.package
        and not each.is_foreign
        and normalized(each.distribution.name) in wanted
    ]


def _announced() -> "dict[str, list[tuple[str, Distribution]]]":
    announced: dict[str, list[tuple[str, Distribution]]] = {}
    for each in distributions():
        for name, value in each.entry_points(GROUP):
            announced.setdefault(name, []).append((value, each))
    return announced


def is_worker() -> bool:
    """Tell whether this process is a worker of multiprocessing: no program of its own."""
    process = sys.modules.get("multiprocessing.process")
    return process is not None and process.parent_process() is not None


def _main_name() -> str:
    """Return the name of the module that `python -m` runs, empty for a script."""
    spec = guarded.attributes(guarded.module_names("__main__").get("__spec__"))
    name = (spec or {}).get("name")
    return name if type(name) is str else ""


def _choose(package: str, plugins: "list[tuple[str, Distribution]]") -> "Registration | None":
    for value, plugin in plugins:
        if plugin.provides(package):
            return Registration(package, value, plugin, plugin)
    if len(plugins) > 1:
        return None
    value, plugin = plugins[0]
    # A package is mostly named like its distribution: look there before reading every RECORD.
    owners = sorted(distributions(), key=lambda each: package not in each.info)
    owner = next((each for each in owners if each.provides(package)), None)
    return Registration(package, value, owner, plugin) if owner else None


def _of_script(registered: "Iterable[Registration]", file: str) -> "Registration | None":
    path = os.path.realpath(file)
    if os.path.basename(path) == "__main__.py":  # Windows: lift.exe with a zip file at its end
        path = os.path.dirname(path)
    name = os.path.basename(path).removesuffix(".exe").removesuffix("-script.py")
    for package in _packages_behind(name, path):
        for each in registered:
            if each.package == package:
                return each
    return None


def _packages_behind(script: str, path: str) -> "Iterator[str]":
    for each in distributions():
        for group in ("console_scripts", "gui_scripts"):
            for name, value in each.entry_points(group):
                if name == script and each.records(path):
                    yield value.partition(":")[0].partition(".")[0].strip()
