"""The test kit for tool authors: what would be asked, what would be sent, and what would leak.

It is a pytest plugin (``pytest_plugins = ["telemetry_hook.testing"]`` in the root ``conftest.py``) with
two fixtures. `telemetry_crash` runs the tool for real, in a subprocess on a terminal, and returns an
`ObservedCrash`. `telemetry_canaries` are invented secrets to pass to the tool. `preview` needs no pytest.

PYTEST_DONT_REWRITE: a conftest may import this module before pytest loads it as a plugin.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Any

    import pytest

    from telemetry_hook.testing._canaries import Canaries as Canaries
    from telemetry_hook.testing._observed import ObservedCrash as ObservedCrash
    from telemetry_hook.testing._running import TelemetryCrash as TelemetryCrash

__all__ = ["Canaries", "ObservedCrash", "TelemetryCrash", "preview"]

_HOMES = {"Canaries": "_canaries", "ObservedCrash": "_observed", "TelemetryCrash": "_running"}


def preview(exception: BaseException, tool_name: str) -> dict[str, Any]:
    """Return the redacted report for an exception that was caught.

    It is the report that the installed tool of that name would send, before it is encoded for its
    receiver. Nothing is asked or sent. Call it from the main thread, where plugins are bounded.

    Raises:
        LookupError: no installed tool has that name.
        PluginError: its plugin cannot be loaded.
        TypeError: the argument is not an exception.
    """
    from telemetry_hook.testing._preview import preview as of

    return of(exception, tool_name)


def pytest_configure(config: pytest.Config) -> None:
    """Add the fixtures, which nothing but pytest needs."""
    from telemetry_hook.testing import _fixtures

    config.pluginmanager.register(_fixtures, f"{__name__}._fixtures")


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
