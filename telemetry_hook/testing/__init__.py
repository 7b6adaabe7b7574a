"""The test kit for tool authors. It shows what would be asked, what would be sent and what leaks.

It is a pytest plugin (``pytest_plugins = ["telemetry_hook.testing"]`` in the root ``conftest.py``)
with two fixtures. `telemetry_crash` runs the tool for real, in a subprocess on a terminal, and
returns an `ObservedCrash`. `telemetry_canaries` returns invented secrets to pass to the tool. The
function `preview` does not need pytest.

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

    This is the report that the installed tool of that name would send, before the encoding for the
    tool's receiver. Nothing is asked or sent. Call this function from the main thread, because
    plugins have a time limit only there.

    Raises:
        LookupError: no installed tool has that name.
        PluginError: the tool's plugin cannot be loaded.
        TypeError: the argument is not an exception.
    """
    from telemetry_hook.testing._preview import preview as of

    return of(exception, tool_name)


def pytest_configure(config: pytest.Config) -> None:
    """Register the fixtures, which only pytest needs."""
    from telemetry_hook.testing import _fixtures

    config.pluginmanager.register(_fixtures, f"{__name__}._fixtures")


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
