"""Consent-first crash reports for Python tools.

Every interpreter in the environment imports this module when it starts. So the module stays tiny,
needs only built-in modules, and keeps no reference that is expensive to tear down at shutdown. All
other names are loaded when they are first used (PEP 562); `__init__.pyi` lists them.

PYTEST_DONT_REWRITE: this module is imported before pytest could rewrite it. Without this marker,
pytest would warn about that.
"""

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from telemetry_hook._crash.crash import Crash

_installed_in: "int | None" = None
_uncaught: "int | None" = None
_noted: "list[Crash]" = []
_started_with: "dict[object, object]" = {}


def startup() -> None:
    """Run `install()` unless ``TELEMETRY_HOOK_STARTUP`` is ``0``. Our `.pth` file calls this."""
    import os

    if os.environ.get("TELEMETRY_HOOK_STARTUP") != "0":
        install()


def install() -> None:
    """Note uncaught exceptions from now on, and ask about them when this process exits.

    Idempotent. Only the process that called this function asks. Processes forked from it do not.
    """
    global _installed_in, _started_with
    if _installed_in is not None:
        return
    import _thread
    import atexit
    import os

    _installed_in = os.getpid()
    # The user's own values. The program, or a file in its project, may change them later.
    _started_with = getattr(os.environ, "_data", {}).copy()
    previous = sys.excepthook
    # When threading is first imported, it takes its hook from _thread.
    threading = sys.modules.get("threading", _thread)
    name = "_excepthook" if threading is _thread else "excepthook"
    previous_of_threads = getattr(threading, name)

    def excepthook(kind, value, traceback):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        global _uncaught
        # The interpreter keeps the exception that ends a program. We hold no reference to it.
        if sys.__dict__.get("last_value") is value:
            _uncaught = id(value)
        else:  # the program called the hook itself, and continues
            _note(value, "excepthook")
        previous(kind, value, traceback)

    def excepthook_of_threads(args):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        _note(args.exc_value, "threading")
        return previous_of_threads(args)

    # PyQt and exceptiongroup check whether the hook is still the original one.
    if previous is sys.__excepthook__:
        sys.__excepthook__ = excepthook
    sys.excepthook = excepthook
    setattr(threading, name, excepthook_of_threads)
    if getattr(threading, "__excepthook__", None) is previous_of_threads:
        threading.__excepthook__ = excepthook_of_threads  # type: ignore[attr-defined]
    atexit.register(_at_exit)


def report(exception: BaseException) -> None:
    """Note an exception that the tool caught itself. The user is asked when the process exits."""
    install()
    _note(exception, "reported")


def _note(exception: BaseException, mechanism: str) -> None:
    try:
        from telemetry_hook._notes import note

        note(exception, mechanism, _installed_in, _noted)
    except BaseException as failure:
        _fail(failure)


def _at_exit() -> None:
    if _uncaught or _noted or "last_value" in sys.__dict__:
        try:
            from telemetry_hook._hook import at_exit

            at_exit(_installed_in, _uncaught, _noted, _started_with)
        except BaseException as failure:
            _fail(failure)


def _fail(failure: BaseException) -> None:
    try:
        from telemetry_hook._failures import note

        note(failure, _started_with)
    except BaseException:  # our files may have been replaced or removed while the program ran
        pass


def __getattr__(name: str) -> object:
    from telemetry_hook._names import load

    value = globals()[name] = load(name)
    return value
