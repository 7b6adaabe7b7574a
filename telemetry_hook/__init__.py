"""Consent-first crash reports for Python tools.

Every interpreter of the environment imports this module when it starts, so it stays tiny, needs
nothing but built-in modules, and holds on to nothing that is dear to take down at the end. All
other names are loaded when they are first asked for (PEP 562); `__init__.pyi` lists them.

PYTEST_DONT_REWRITE: it is there before pytest could, which pytest would warn of.
"""

import sys

_installed_in: "int | None" = None
_uncaught: "int | None" = None
_reduced: "list[object]" = []
_started_with: "dict[object, object]" = {}


def startup() -> None:
    """Run `install()`, unless the variable ``TELEMETRY_HOOK_STARTUP`` is ``0``: for the `.pth`."""
    import os

    if os.environ.get("TELEMETRY_HOOK_STARTUP") != "0":
        install()


def install() -> None:
    """Note uncaught exceptions from now on, and ask about them when this process exits.

    Idempotent. Only the process that called it asks, never its forks.
    """
    global _installed_in, _started_with
    if _installed_in is not None:
        return
    import _thread
    import atexit
    import os

    _installed_in = os.getpid()
    # As the user has set it: the program, or a file of its project, may change it while it runs.
    _started_with = getattr(os.environ, "_data", {}).copy()
    previous = sys.excepthook
    # threading takes its hook from _thread when it is first imported.
    threading = sys.modules.get("threading", _thread)
    name = "_excepthook" if threading is _thread else "excepthook"
    previous_of_threads = getattr(threading, name)

    def excepthook(kind, value, traceback):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        try:
            from telemetry_hook._notes import uncaught

            uncaught(value)
        except BaseException:  # a tool may have replaced our files while it ran
            pass
        previous(kind, value, traceback)

    def excepthook_of_threads(args):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        try:
            from telemetry_hook._notes import note

            note(args.exc_value, "threading")
        except BaseException:
            pass
        return previous_of_threads(args)

    # Programs that ask "is the hook still the original?" (PyQt, exceptiongroup) must be told yes.
    if previous is sys.__excepthook__:
        sys.__excepthook__ = excepthook
    sys.excepthook = excepthook
    setattr(threading, name, excepthook_of_threads)
    if getattr(threading, "__excepthook__", None) is previous_of_threads:
        threading.__excepthook__ = excepthook_of_threads  # type: ignore[attr-defined]
    atexit.register(_at_exit)


def _at_exit() -> None:
    if _uncaught or _reduced or "last_value" in sys.__dict__:
        try:
            from telemetry_hook._hook import at_exit

            at_exit(_installed_in, _uncaught, _reduced, _started_with)
        except BaseException:
            pass


def __getattr__(name: str) -> object:
    from telemetry_hook._names import load

    value = globals()[name] = load(name)
    return value
