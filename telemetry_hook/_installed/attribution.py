"""Attributes a crash to a tool, from the metadata of entry points: nothing of the tool is imported.

An entry point of the group ``telemetry_hook`` is named after the top-level import package that it
covers. A crash belongs to a tool if the program that died is the tool, or if the exception's class is
defined in a covered package whose plugin names it among its `internal_errors`.
"""

import os
import sys

from telemetry_hook._crash import guarded
from telemetry_hook._installed.distributions import Distribution, distributions, normalized

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

GROUP = "telemetry_hook"
# Modules that are loaded only while tests run.
TEST_RUNNERS = frozenset({"_pytest.runner", "doctest", "nose2.main", "unittest.__main__"})


class Registration:
    """A plugin as its entry point describes it.

    `distribution` has the covered package. `plugin` is the distribution that registers the plugin:
    another one if somebody else wrote it.
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
        """Whether the plugin is from another distribution than the package that it covers."""
        return self.plugin is not self.distribution

    @property
    def is_as_released(self) -> bool:
        """Whether the covered distribution is what its author published."""
        return self.distribution.is_as_released

    def covers(self, path: "str | None") -> bool:
        """Tell whether a file belongs to the covered package."""
        if path is None or not self.distribution.records(path):
            return False
        name = self.distribution.editable_name(os.path.realpath(path))
        return name is None or name.partition("/")[0].removesuffix(".py") == self.package


def registrations() -> "list[Registration]":
    """Return one plugin for each package: its own one, or else the only foreign one."""
    chosen = (_choose(package, plugins) for package, plugins in _entry_points().items())
    return [registration for registration in chosen if registration is not None]


def disputed() -> "dict[str, list[str]]":
    """Return packages with several foreign plugins, none of which is used, and their distributions."""
    return {
        package: [plugin.name for _, plugin in plugins]
        for package, plugins in _entry_points().items()
        if len(plugins) > 1 and _choose(package, plugins) is None
    }


def unclaimed() -> "dict[str, str]":
    """Return entry points that cover no installed package, with the distributions that have them."""
    return {
        package: plugins[0][1].name
        for package, plugins in _entry_points().items()
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
        by_script = _of_script(registered, file)
        return by_script or next((tool for tool in registered if tool.covers(file)), None)
    return next(
        (tool for tool in registered if tool.package == package and tool.covers(file)), None
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
    file = guarded.module_file(sys.modules.get(module))
    for registration in registrations():
        if registration.package == package and registration.covers(file):
            return registration
    return None


def family(of: Registration, names: "Iterable[str]") -> "list[Registration]":
    """Return the other registrations of a family, by their distributions; no foreign plugins."""
    wanted = {normalized(name) for name in names}
    return [
        registration
        for registration in registrations()
        if registration.package != of.package
        and not registration.is_foreign
        and normalized(registration.distribution.name) in wanted
    ]


def _entry_points() -> "dict[str, list[tuple[str, Distribution]]]":
    by_package: dict[str, list[tuple[str, Distribution]]] = {}
    for distribution in distributions():
        for package, value in distribution.entry_points(GROUP):
            by_package.setdefault(package, []).append((value, distribution))
    return by_package


def is_worker() -> bool:
    """Tell whether this process is a worker of multiprocessing, and so not a program of its own."""
    process = sys.modules.get("multiprocessing.process")
    return process is not None and process.parent_process() is not None


def _main_name() -> str:
    """Return the name of the module that `python -m` runs; empty for a script."""
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
    # Most packages are named like their distribution: look there before reading every RECORD.
    owners = sorted(distributions(), key=lambda distribution: package not in distribution.info)
    owner = next((distribution for distribution in owners if distribution.provides(package)), None)
    return Registration(package, value, owner, plugin) if owner else None


def _of_script(registered: "Iterable[Registration]", file: str) -> "Registration | None":
    path = os.path.realpath(file)
    if os.path.basename(path) == "__main__.py":  # Windows: lift.exe with a zip file at its end
        path = os.path.dirname(path)
    name = os.path.basename(path).removesuffix(".exe").removesuffix("-script.py")
    for package in _packages_behind(name, path):
        for registration in registered:
            if registration.package == package:
                return registration
    return None


def _packages_behind(script: str, path: str) -> "Iterator[str]":
    """Yield the packages that a script of that name starts: ``lift = lift.cli:main`` → ``lift``."""
    for distribution in distributions():
        for group in ("console_scripts", "gui_scripts"):
            for name, value in distribution.entry_points(group):
                if name == script and distribution.records(path):
                    yield value.partition(":")[0].partition(".")[0].strip()
