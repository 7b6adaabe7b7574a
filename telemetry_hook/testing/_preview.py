"""The redacted report of an exception that a test has caught."""

from __future__ import annotations

import contextlib
import signal
import sys
import time
from typing import TYPE_CHECKING

from telemetry_hook import _pipeline
from telemetry_hook._consent import policy as _policy
from telemetry_hook._crash import capture
from telemetry_hook._errors import PluginError
from telemetry_hook._installed import attribution
from telemetry_hook._installed.isolation import isolated
from telemetry_hook._installed.originals import unshadowed
from telemetry_hook._plugins import Plugin

if TYPE_CHECKING:
    from collections.abc import Iterator

    from telemetry_hook._report import JSON

SOON = 0.001


def preview(exception: BaseException, tool_name: str) -> dict[str, JSON]:
    """See `telemetry_hook.testing.preview`."""
    _check(exception)
    with _timer_kept(), _modules_kept(), isolated(), unshadowed():
        plugin = _plugin(tool_name)
        crash = capture.capture(exception, "reported")
        _pipeline.join_family(plugin, crash)
        return _pipeline.prepare(crash, set(), plugin).report.as_json()


def _check(exception: object) -> None:
    if isinstance(exception, BaseException):
        return
    if isinstance(exception, type) and issubclass(exception, BaseException):
        given = f"the class {exception.__name__}; catch one that was raised"
    elif isinstance(getattr(exception, "value", None), BaseException):
        given = f"{type(exception).__name__}; give its .value"
    else:
        given = type(exception).__name__
    raise TypeError(f"preview takes an exception that was caught, not {given}")


def _plugin(tool_name: str) -> Plugin:
    known, broken = [], []
    policy = _policy.load()
    registrations = attribution.registrations()
    for registration in sorted(
        registrations, key=lambda registration: registration.package != tool_name
    ):
        try:
            plugin = Plugin(registration, policy)
        except PluginError as error:
            if registration.package == tool_name:
                raise
            broken.append(str(error))
            continue
        if plugin.tool.name == tool_name:
            return plugin
        known.append(plugin.tool.name)
    raise LookupError(
        "; ".join(
            [
                f"no installed tool is named {tool_name!r}",
                f"there are: {', '.join(sorted(known)) or 'none'}",
                *broken,
            ]
        )
    )


@contextlib.contextmanager
def _modules_kept() -> Iterator[None]:
    """Restore the modules that were replaced when a plugin was loaded.

    A test may have imported the tool from a checkout, while the plugin is part of the installed
    tool.
    """
    before = dict(sys.modules)
    try:
        yield
    finally:
        replaced = {
            name.partition(".")[0]
            for name, module in before.items()
            if sys.modules.get(name) is not module
        }
        for name in list(sys.modules):
            if name.partition(".")[0] in replaced and name not in before:
                del sys.modules[name]
        for name, module in before.items():
            if name.partition(".")[0] in replaced:
                sys.modules[name] = module


@contextlib.contextmanager
def _timer_kept() -> Iterator[None]:
    """Restart the test run's timer, such as pytest-timeout's, which plugins' time limits stop."""
    if sys.platform == "win32" or not hasattr(signal, "getitimer"):
        yield
        return
    start = time.monotonic()
    remaining, interval = signal.getitimer(signal.ITIMER_REAL)
    try:
        yield
    finally:
        if remaining:
            remaining = max(SOON, remaining - (time.monotonic() - start))
            signal.setitimer(signal.ITIMER_REAL, remaining, interval)
