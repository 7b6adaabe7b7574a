"""Loads the plugin of a tool and contains its failures.

If a plugin raises, exits, hangs, prints or returns something invalid, only its own contribution is
lost.
"""

from __future__ import annotations

import importlib
import sys
import threading
from dataclasses import replace
from itertools import accumulate
from typing import TYPE_CHECKING, TypeVar

import pluggy

from telemetry_hook import hookspecs
from telemetry_hook._contained import DeadlineError, contained
from telemetry_hook._crash import guarded
from telemetry_hook._errors import PluginError
from telemetry_hook._installed import isolation
from telemetry_hook.declare import Features, Tool

if TYPE_CHECKING:
    from collections.abc import Callable

    from telemetry_hook._ask.question import Question
    from telemetry_hook._consent.policy import Policy
    from telemetry_hook._crash.crash import Crash
    from telemetry_hook._installed.attribution import Registration
    from telemetry_hook.declare import Value

T = TypeVar("T")

LOADING = 5.0
ANSWERING = 2.0
ASKING = 600.0


class Plugin:
    """A loaded plugin of a tool. `failures` collects the errors of the plugin.

    `tool` is the tool as the plugin declares it. If the policy sets a receiver, it replaces the
    declared one. The attributes of `members`, the joined plugins of the family, are added.
    """

    def __init__(self, registration: Registration, policy: Policy) -> None:
        self.registration = registration
        self.policy = policy
        self.members: list[Plugin] = []
        self.failures: list[PluginError] = []
        self._manager = pluggy.PluginManager(hookspecs.PROJECT)
        self._manager.add_hookspecs(hookspecs)
        self._call("cannot be loaded", LOADING, lambda: self._load(registration.value))
        if not self._manager.hook.telemetry_tool.get_hookimpls():
            raise self._error("it has no function telemetry_tool with @hookimpl")
        tool = self._call("telemetry_tool failed", ANSWERING, self._manager.hook.telemetry_tool)
        if not isinstance(tool, Tool):
            raise self._error(f"telemetry_tool returned {type(tool).__name__}, not a Tool")
        self.tool: Tool = policy.applied_to(tool)
        self._own = self.tool.attributes

    @property
    def asks(self) -> bool:
        """Whether the plugin has its own way to ask."""
        return bool(self._manager.hook.telemetry_ask.get_hookimpls())

    def join(self, registration: Registration) -> None:
        """Add the attributes of a family member's plugin. Skip names that exist already."""
        try:
            member = Plugin(registration, self.policy)
        except PluginError as failure:
            self.failures.append(failure)
            return
        taken = {declared.name for declared in self.tool.attributes}
        new = tuple(declared for declared in member.tool.attributes if declared.name not in taken)
        member._own = new  # a skipped attribute may have a value of another kind
        self.tool = replace(self.tool, attributes=(*self.tool.attributes, *new))
        self.members.append(member)

    def is_expected(self, crash: Crash) -> bool:
        """Return whether the plugin says that the exception is the user's mistake."""
        hook = self._manager.hook.telemetry_is_expected
        return self._contained("telemetry_is_expected failed", lambda: hook(crash=crash)) is True

    def attributes(self, crash: Crash, noted: set[tuple[str, str]]) -> dict[str, Value]:
        """Return the declared attributes that have valid values, with features noted by `use`."""
        values = self._given(crash, noted)
        for member in self.members:
            values |= member.attributes(crash, noted)
            self.failures += member.failures
        return values

    def _given(self, crash: Crash, noted: set[tuple[str, str]]) -> dict[str, Value]:
        hook = self._manager.hook.telemetry_attributes

        def given() -> dict[str, object]:
            values = hook(crash=crash) or {}
            names = [declared.name for declared in self.tool.attributes]
            if undeclared := [str(name) for name in values if name not in names]:
                self.failures.append(self._error(f"not declared: {', '.join(undeclared)}"))
            return {
                declared.name: values[declared.name]
                for declared in self._own
                if declared.name in values
            }

        values = self._contained("telemetry_attributes failed", given) or {}
        accepted: dict[str, Value] = {}
        for declared in self._own:
            used = {feature for name, feature in noted if name == declared.name}
            value = values.get(declared.name)
            if isinstance(declared, Features) and used:
                value = used | set(
                    value if isinstance(value, (list, tuple, set, frozenset)) else ()
                )
            if value is not None:
                try:
                    accepted[declared.name] = declared.accept(value)
                except (TypeError, ValueError) as error:
                    self.failures.append(self._error(f"attribute {declared.name}: {error}"))
        return accepted

    def ask(self, question: Question) -> object:
        """Return the plugin's answer, or None if the question must be asked on the terminal."""
        hook = self._manager.hook.telemetry_ask
        return self._contained(
            "telemetry_ask failed",
            lambda: hook(report=question.report, tool=self.tool, question=question),
            ASKING,
        )

    def _load(self, value: str) -> None:
        name, _, path = value.partition(":")
        self._forget_impostor(name)
        implementation: object = importlib.import_module(name)
        if not self.registration.plugin.records(guarded.module_file(sys.modules[name]) or ""):
            raise self._error(f"{name} was not found in the distribution that registers it")
        for part in filter(None, path.split(".")):
            implementation = getattr(implementation, part)
        self._manager.register(implementation)
        self._manager.check_pending()

    def _forget_impostor(self, name: str) -> None:
        if self._is_impostor(name):
            top = name.partition(".")[0]
            if threading.current_thread() is not threading.main_thread():  # the program continues
                raise self._error(f"{top} is loaded from elsewhere")
            for loaded in [loaded for loaded in [*sys.modules] if loaded.partition(".")[0] == top]:
                del sys.modules[loaded]

    def _is_impostor(self, name: str) -> bool:
        """Return whether a package with the name of the plugin's is loaded, or would be, from elsewhere."""
        has_foreign_parts = False
        for package in accumulate(name.split("."), "{}.{}".format):
            if package not in sys.modules:
                break
            if not isolation.is_namespace(package):
                file = guarded.module_file(sys.modules[package])
                return file is not None and not self.registration.plugin.records(file)
            has_foreign_parts = has_foreign_parts or isolation.has_foreign_parts(package)
        return has_foreign_parts

    def _contained(self, what: str, call: Callable[[], T], seconds: float = ANSWERING) -> T | None:
        try:
            return self._call(what, seconds, call)
        except PluginError as failure:
            self.failures.append(failure)
            return None

    def _call(self, what: str, seconds: float, call: Callable[[], T]) -> T:
        try:
            with contained(seconds):
                return call()
        except KeyboardInterrupt:
            raise
        except DeadlineError as error:
            raise self._error(f"{what}: no answer within {seconds:g} seconds") from error
        except PluginError:
            raise
        except BaseException as error:
            raise self._error(f"{what}: {type(error).__name__}: {error}") from error

    def _error(self, what: str) -> PluginError:
        return PluginError(
            f"the plugin {self.registration.value!r} for {self.registration.package}, "
            f"from {self.registration.plugin.name}: {what}"
        )
