"""Attributes a crash to a tool. Reads the metadata of entry points, and does not import the tool.

An entry point in the group ``telemetry_hook`` is named after the top-level import package that it
covers, or after a package in a namespace, such as ``acme.lift``. A crash belongs to a tool if the
program that crashed is the tool. It also belongs to a tool if the exception's class is defined in the
covered package and the plugin lists the class in its `internal_errors`.
"""

import sys

from telemetry_hook._crash import guarded
from telemetry_hook._installed import bundles, scripts
from telemetry_hook._installed.candidates import main_name
from telemetry_hook._installed.distributions import Distribution, distributions, normalized
from telemetry_hook._installed.places import is_frozen

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    _ByPackage = dict[str, list[tuple[str, Distribution]]]

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
        name = None if path is None else self.distribution.file_name(path)
        package = self.package.replace(".", "/")
        return name is not None and name.startswith((f"{package}/", f"{package}."))


def registrations() -> "list[Registration]":
    """Return one plugin for each package: the package's own one, or else the only foreign one.

    If distributions share a namespace package, there is one for each part of it. Those that come
    first are preferred: a package's own plugin, then the one for the innermost package.
    """
    return _preferred(_entry_points())


def disputed() -> "dict[str, list[str]]":
    """Return the packages with several foreign plugins, and the distributions of these plugins.

    None of these plugins is used.
    """
    return {
        package: [plugin.name for _, plugin in plugins]
        for package, plugins in _entry_points().items()
        if len(plugins) > 1 and not _choose(package, plugins)
    }


def unclaimed() -> "dict[str, str]":
    """Return the entry points that cover no installed package, and their distributions."""
    return {
        package: plugins[0][1].name
        for package, plugins in _entry_points().items()
        if len(plugins) == 1 and not _choose(package, plugins)
    }


def program() -> "Registration | None":
    """Return the registration that covers the program that is running, or None."""
    by_package = _entry_points()
    if not by_package or is_worker():
        return None
    file = guarded.module_file(sys.modules["__main__"])
    if file is None:
        return None
    # Nobody runs a module of a frozen program; some freezers name its start file `__main__lift`.
    if not is_frozen() and main_name().partition(".")[0] not in ("", "__main__"):
        return _covering(by_package, main_name(), file)
    claimants = [plugin for plugins in by_package.values() for _, plugin in plugins]
    started = scripts.started_by(file, claimants)
    for module, distribution in started:
        tool = _started(by_package, module) if module else _of(by_package, distribution)
        if tool is not None:
            return tool
    if started:
        return None
    registered = _preferred(by_package)
    by_file = next((tool for tool in registered if tool.covers(file)), None)
    by_file = by_file or next(
        (tool for tool in registered if scripts.is_own(tool.distribution, file)), None
    )
    return by_file or _of_bundle(by_package)


def origin_of(kind: "type[BaseException]") -> "Registration | None":
    """Return the registration that covers the package of an exception class, or None."""
    module = guarded.module(kind)
    if (
        module is None
        or guarded.is_static(kind)
        or not TEST_RUNNERS.isdisjoint({*sys.modules, main_name()})
    ):
        return None
    return _covering(_entry_points(), module, guarded.module_file(sys.modules.get(module)))


def family(of: Registration, names: "Iterable[str]") -> "list[Registration]":
    """Return the other registrations of distributions in a family, without foreign plugins."""
    wanted = {normalized(name) for name in names}
    return [
        registration
        for registration in registrations()
        if (registration.package, registration.distribution.info)
        != (of.package, of.distribution.info)
        and not registration.is_foreign
        and normalized(registration.distribution.name) in wanted
    ]


def is_worker() -> bool:
    """Return whether this process is a multiprocessing worker, and not a program of its own."""
    process = sys.modules.get("multiprocessing.process")
    return process is not None and process.parent_process() is not None


def _entry_points() -> "_ByPackage":
    by_package: _ByPackage = {}
    for distribution in distributions():
        for package, value in distribution.entry_points(GROUP):
            by_package.setdefault(package, []).append((value, distribution))
    return by_package


def _around(by_package: "_ByPackage", module: str) -> "_ByPackage":
    """Return the entry points for the packages that a module may be in."""
    return {
        package: plugins
        for package, plugins in by_package.items()
        if f"{module}.".startswith(f"{package}.")
    }


def _preferred(by_package: "_ByPackage") -> "list[Registration]":
    chosen = [tool for package in by_package for tool in _choose(package, by_package[package])]
    return sorted(chosen, key=lambda tool: (tool.is_foreign, -tool.package.count(".")))


def _choose(package: str, plugins: "list[tuple[str, Distribution]]") -> "list[Registration]":
    own = [
        Registration(package, value, plugin, plugin)
        for value, plugin in plugins
        if plugin.provides(package)
    ]
    if own or len(plugins) > 1:
        return own
    value, plugin = plugins[0]
    return [Registration(package, value, owner, plugin) for owner in _owners(package)]


def _owners(package: str) -> "Iterator[Distribution]":
    """Yield the distributions that have a package. There are several if it is a namespace package."""
    top = package.partition(".")[0]
    # Most packages have the name of their distribution. Look there before reading every RECORD.
    for owner in sorted(distributions(), key=lambda distribution: top not in distribution.info):
        if owner.provides(package):
            yield owner
            if not owner.shares(package):
                return


def _covering(by_package: "_ByPackage", module: str, file: "str | None") -> "Registration | None":
    registered = _preferred(_around(by_package, module))
    return next((tool for tool in registered if tool.covers(file)), None)


def _started(by_package: "_ByPackage", module: str) -> "Registration | None":
    """Return the registration for the module that a console script starts."""
    registered = _preferred(_around(by_package, module))
    having = [tool for tool in registered if tool.distribution.provides(module)]
    if having:
        return having[0]
    # The module may be missing, which may be the crash. Or it is another's, in a namespace package.
    missing = [tool for tool in registered if not tool.distribution.shares(tool.package)]
    if not missing or any(other.provides(module) for other in distributions()):
        return None
    return missing[0]


def _of(by_package: "_ByPackage", distribution: Distribution) -> "Registration | None":
    registered = _preferred(by_package)
    return next((tool for tool in registered if tool.distribution is distribution), None)


def _of_bundle(by_package: "_ByPackage") -> "Registration | None":
    """Return the registration of the tool that a bundle runs, if the program is a bundle."""
    installer = bundles.installer()
    if installer == "__main__":
        own = [tool for tool in _preferred(by_package) if not tool.is_foreign]
        if len(own) == 1:
            return own[0]
    elif installer is not None:
        file = guarded.module_file(sys.modules.get(installer))
        if (tool := _covering(by_package, installer, file)) is not None:
            return tool
    started = {*bundles.entry_points()}
    modules = [module for module, name in scripts.all_started() if f"{module}:{name}" in started]
    modules += [module for module in started if ":" not in module]  # as `python -m` runs it
    return next(filter(None, (_started(by_package, module) for module in modules)), None)
