"""Attributes a crash to a tool. Reads the metadata of entry points, and does not import the tool.

An entry point in the group ``telemetry_hook`` is named after the top-level import package that it
covers. A crash belongs to a tool if the program that crashed is the tool. It also belongs to a tool
if the exception's class is defined in the covered package and the plugin lists the class in its
`internal_errors`.
"""

import os
import sys

from telemetry_hook._crash import guarded
from telemetry_hook._installed import bundles
from telemetry_hook._installed.candidates import main_name
from telemetry_hook._installed.distributions import Distribution, distributions, normalized

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

GROUP = "telemetry_hook"
# Modules that are loaded only while tests run.
TEST_RUNNERS = frozenset({"_pytest.runner", "doctest", "nose2.main", "unittest.__main__"})


class Registration:
    """A plugin as its entry point describes it.

    `distribution` is the distribution that contains the covered package. `plugin` is the
    distribution that registers the plugin. They differ if somebody else wrote the plugin.
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
        """Whether the plugin and the package that it covers are in different distributions."""
        return self.plugin is not self.distribution

    @property
    def is_as_released(self) -> bool:
        """Whether the covered distribution is what its author published."""
        return self.distribution.is_as_released

    def covers(self, path: "str | None") -> bool:
        """Return whether a file belongs to the covered package."""
        if path is None or not self.distribution.records(path):
            return False
        name = self.distribution.editable_name(os.path.realpath(path))
        return name is None or name.partition("/")[0].removesuffix(".py") == self.package


def registrations() -> "list[Registration]":
    """Return one plugin for each package: the package's own one, or else the only foreign one."""
    chosen = (_choose(package, plugins) for package, plugins in _entry_points().items())
    return [registration for registration in chosen if registration is not None]


def disputed() -> "dict[str, list[str]]":
    """Return the packages with several foreign plugins, and the distributions of these plugins.

    None of these plugins is used.
    """
    return {
        package: [plugin.name for _, plugin in plugins]
        for package, plugins in _entry_points().items()
        if len(plugins) > 1 and _choose(package, plugins) is None
    }


def unclaimed() -> "dict[str, str]":
    """Return the entry points that cover no installed package, and their distributions."""
    return {
        package: plugins[0][1].name
        for package, plugins in _entry_points().items()
        if len(plugins) == 1 and _choose(package, plugins) is None
    }


def program() -> "Registration | None":
    """Return the registration that covers the program that is running, or None."""
    registered = registrations()
    if not registered or is_worker():
        return None
    file = guarded.module_file(sys.modules["__main__"])
    if file is None:
        return None
    package = main_name().partition(".")[0]
    if package in ("", "__main__"):
        by_script = _of_script(registered, file)
        by_file = by_script or next((tool for tool in registered if tool.covers(file)), None)
        return by_file or _of_bundle(registered)
    return next(
        (tool for tool in registered if tool.package == package and tool.covers(file)), None
    )


def origin_of(kind: "type[BaseException]") -> "Registration | None":
    """Return the registration that covers the package of an exception class, or None."""
    module = guarded.module(kind)
    if (
        module is None
        or guarded.is_static(kind)
        or not TEST_RUNNERS.isdisjoint({*sys.modules, main_name()})
    ):
        return None
    package = module.partition(".")[0]
    file = guarded.module_file(sys.modules.get(module))
    for registration in registrations():
        if registration.package == package and registration.covers(file):
            return registration
    return None


def family(of: Registration, names: "Iterable[str]") -> "list[Registration]":
    """Return the other registrations of distributions in a family, without foreign plugins."""
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
    """Return whether this process is a multiprocessing worker, and not a program of its own."""
    process = sys.modules.get("multiprocessing.process")
    return process is not None and process.parent_process() is not None


def _choose(package: str, plugins: "list[tuple[str, Distribution]]") -> "Registration | None":
    for value, plugin in plugins:
        if plugin.provides(package):
            return Registration(package, value, plugin, plugin)
    if len(plugins) > 1:
        return None
    value, plugin = plugins[0]
    # Most packages have the name of their distribution. Look there before reading every RECORD.
    owners = sorted(distributions(), key=lambda distribution: package not in distribution.info)
    owner = next((distribution for distribution in owners if distribution.provides(package)), None)
    return Registration(package, value, owner, plugin) if owner else None


def _of_script(registered: "Iterable[Registration]", file: str) -> "Registration | None":
    path = os.path.realpath(file)
    if os.path.basename(path) == "__main__.py":  # on Windows, lift.exe has a zip file at its end
        path = os.path.dirname(path)
    name = os.path.basename(path).removesuffix(".exe").removesuffix("-script.py")
    for package in _packages_behind(name, path):
        for registration in registered:
            if registration.package == package:
                return registration
    return None


def _of_bundle(registered: "list[Registration]") -> "Registration | None":
    installer = bundles.installer()
    if installer is not None:
        file = guarded.module_file(sys.modules.get(installer))
        by_module = [tool for tool in registered if tool.covers(file)]
        if len(by_module) == 1:
            return by_module[0]
        own = [tool for tool in registered if not tool.is_foreign]
        if installer == "__main__" and len(own) == 1:
            return own[0]
    started = {*bundles.entry_points()}
    for package, entry_point in _scripts() if started else ():
        if entry_point in started:
            for registration in registered:
                if registration.package == package:
                    return registration
    return None


def _scripts() -> "Iterator[tuple[str, str]]":
    """Yield package and entry point of all console scripts: ``lift``, ``lift.cli:main``."""
    for distribution in distributions():
        for group in ("console_scripts", "gui_scripts"):
            for _, value in distribution.entry_points(group):
                module, _, path = value.partition(":")
                package = module.partition(".")[0].strip()
                yield package, f"{module.strip()}:{path.strip().partition('.')[0]}"


def _packages_behind(script: str, path: str) -> "Iterator[str]":
    """Yield the packages that a script starts: ``lift = lift.cli:main`` → ``lift``."""
    for distribution in distributions():
        for group in ("console_scripts", "gui_scripts"):
            for name, value in distribution.entry_points(group):
                if name == script and distribution.records(path):
                    yield value.partition(":")[0].partition(".")[0].strip()
