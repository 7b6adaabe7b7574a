"""Redacts the attributes that a plugin adds. Their names and options are literals of its source.

A plugin runs code, which could make an option from the user's data. So an attribute is reported only
if its name and all its options are string literals in published modules of the plugin's package.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from telemetry_hook._crash import guarded
from telemetry_hook._installed.attribution import GROUP
from telemetry_hook._redact import origins
from telemetry_hook._report import RedactedAttribute
from telemetry_hook.declare import Choice, Features

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from telemetry_hook._installed.distributions import Distribution
    from telemetry_hook._redact.published.public_files import PublicFile, PublicFiles
    from telemetry_hook._report import PublicText
    from telemetry_hook.declare import Attribute, Value

MAX_MODULES = 16


class Attributes:
    """Redacts the values of attributes. `plugins` are the distributions whose plugins declare them."""

    def __init__(self, files: PublicFiles, plugins: Iterable[Distribution]) -> None:
        self._files = files
        self._plugins = list(plugins)
        self._modules: list[PublicFile] | None = None

    def redacted(
        self, declared: Iterable[Attribute], values: Mapping[str, Value]
    ) -> Iterator[RedactedAttribute]:
        """Yield the attributes that have a value, without those that are not literals of a plugin."""
        for attribute in declared:
            if attribute.name in values:
                name, value = self._name(attribute), self._value(attribute, values[attribute.name])
                if name is not None and value is not None:
                    yield RedactedAttribute(name, value)

    def withheld(self, declared: Iterable[Attribute]) -> list[str]:
        """Return the names of the attributes that are never reported."""
        return [
            attribute.name
            for attribute in declared
            if self._name(attribute) is None
            or (type(attribute) in (Choice, Features) and self._file_of(attribute) is None)
        ]

    def _name(self, attribute: Attribute) -> PublicText | None:
        names = (origins.fact_name(attribute, file) for file in self._of_plugins())
        return next((name for name in names if name is not None), None)

    def _value(
        self, attribute: Attribute, value: Value
    ) -> bool | int | PublicText | tuple[PublicText, ...] | None:
        if not isinstance(value, (str, tuple)):
            return value
        if type(attribute) not in (Choice, Features):
            return origins.fact_version(attribute, str(value))
        file = self._file_of(attribute)
        if file is None:
            return None
        if isinstance(value, str):
            return origins.fact_option(attribute, file, value)
        return tuple(origins.fact_option(attribute, file, option) for option in value)

    def _file_of(self, attribute: Attribute) -> PublicFile | None:
        """Return the module of a plugin that has all options of an attribute, or None."""
        modules = (file for file in self._of_plugins() if origins.has_options(attribute, file))
        return next(modules, None)

    def _of_plugins(self) -> list[PublicFile]:
        """Return the public modules of the plugins: the plugins' own, then what is beside and in them."""
        if self._modules is None:
            found = (self._file(name) for name in _modules(self._plugins))
            self._modules = [file for file in found if file is not None and file.is_own]
        return self._modules

    def _file(self, module: str) -> PublicFile | None:
        path = guarded.module_file(sys.modules.get(module))
        return None if path is None else self._files.find(path)


def _modules(plugins: Iterable[Distribution]) -> list[str]:
    """Return loaded modules: those that entry points name, those in them, and those beside them."""
    loaded = [name for name in [*sys.modules] if type(name) is str]
    names: dict[str, None] = {}
    for plugin in plugins:
        for _, value in plugin.entry_points(GROUP):
            module = value.partition(":")[0]
            package = module.rpartition(".")[0] or module
            names[module] = None
            names |= dict.fromkeys(name for name in loaded if name.startswith(f"{module}."))
            names |= dict.fromkeys(name for name in loaded if name.rpartition(".")[0] == package)
            names[package] = None
    return list(names)[:MAX_MODULES]
