"""Consent-first crash reports for Python tools.

Every interpreter of the environment imports this module when it starts, so it stays tiny and needs
nothing but built-in modules. All other names are loaded when they are first asked for (PEP 562).
"""

import _thread
import atexit
import sys
from os import environ, getpid

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType

    from telemetry_hook._crash import Crash
    from telemetry_hook._errors import DeclarationError, TelemetryHookError
    from telemetry_hook._version import __version__
    from telemetry_hook.declare import Choice, Count, Features, Flag, Tool, Version
    from telemetry_hook.hookspecs import hookimpl
    from telemetry_hook.receivers import (
        FileReceiver,
        HttpsReceiver,
        OtlpReceiver,
        Receiver,
        SentryReceiver,
    )

__all__ = [
    "Choice",
    "Count",
    "Crash",
    "DeclarationError",
    "Features",
    "FileReceiver",
    "Flag",
    "HttpsReceiver",
    "OtlpReceiver",
    "Receiver",
    "SentryReceiver",
    "TelemetryHookError",
    "Tool",
    "Version",
    "__version__",
    "hookimpl",
    "install",
    "report",
    "startup",
    "use",
]

_HOMES = {
    "Crash": "_crash",
    "DeclarationError": "_errors",
    "FileReceiver": "receivers",
    "HttpsReceiver": "receivers",
    "OtlpReceiver": "receivers",
    "Receiver": "receivers",
    "SentryReceiver": "receivers",
    "TelemetryHookError": "_errors",
    "__version__": "_version",
    "hookimpl": "hookspecs",
}

_installed_in: int | None = None
_uncaught: "list[BaseException]" = []
_reduced: "list[Crash]" = []
noted: "set[tuple[str, str]]" = set()


def startup() -> None:
    """Run `install()`, unless the variable ``TELEMETRY_HOOK_STARTUP`` is ``0``: what the `.pth` calls."""
    if environ.get("TELEMETRY_HOOK_STARTUP") != "0":
        install()


def install() -> None:
    """Note uncaught exceptions from now on, and ask about them when this process exits.

    Idempotent. Only the process that called it asks, never its forks.
    """
    global _installed_in
    if _installed_in is not None:
        return
    _installed_in = getpid()
    previous = sys.excepthook
    threading = sys.modules.get("threading", _thread)
    name = "_excepthook" if threading is _thread else "excepthook"
    previous_of_threads = getattr(threading, name)

    def excepthook(
        kind: "type[BaseException]", value: BaseException, traceback: "TracebackType | None"
    ) -> None:
        _uncaught.append(value)
        del _uncaught[1:-1]
        previous(kind, value, traceback)

    def excepthook_of_threads(args: "_thread._ExceptHookArgs") -> object:
        if args.exc_value is not None:
            _reduce(args.exc_value, "threading")
        return previous_of_threads(args)

    # Programs that ask "is the hook still the original?" (PyQt, exceptiongroup) must be told yes.
    if previous is sys.__excepthook__:
        sys.__excepthook__ = excepthook
    sys.excepthook = excepthook
    # threading takes its hook from _thread when it is first imported.
    setattr(threading, name, excepthook_of_threads)
    if getattr(threading, "__excepthook__", None) is previous_of_threads:
        threading.__excepthook__ = excepthook_of_threads  # type: ignore[attr-defined]
    atexit.register(_at_exit)


def report(exception: BaseException) -> None:
    """Note an exception that the tool has caught itself; its user is asked when the process exits."""
    install()
    _reduce(exception, "reported")


def use(attribute: str, feature: str) -> None:
    """Note that a feature was used: it travels if the tool declares `attribute` as `Features`."""
    noted.add((attribute, feature))


def _reduce(exception: BaseException, mechanism: str) -> None:
    # The exception's frames would keep the locals of a running program alive until it exits.
    try:
        if not _reduced and _installed_in == getpid():
            from telemetry_hook import _stack

            _reduced.append(_stack.reduce(exception, mechanism))
    except BaseException as failure:
        _fail(failure)


def _at_exit() -> None:
    if _installed_in != getpid() or not (_uncaught or _reduced or hasattr(sys, "last_value")):
        return
    try:
        from telemetry_hook import _hook

        _hook.at_exit(_uncaught, _reduced)
    except KeyboardInterrupt:
        pass
    except BaseException as failure:
        _fail(failure)


def _fail(failure: BaseException) -> None:
    try:
        from telemetry_hook import _log

        _log.failure(failure)
    except BaseException:
        pass


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module 'telemetry_hook' has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(f"telemetry_hook.{_HOMES.get(name, 'declare')}"), name)
    globals()[name] = value
    return value
