"""Consent-first crash reports for Python tools.

Every interpreter in the environment imports this module when it starts. So the module stays tiny,
needs only built-in modules, and keeps no reference that is expensive to tear down at shutdown. All
other names are loaded when they are first used (PEP 562); `__init__.pyi` lists them.

The hooks also run in programs that have cleared `builtins`. So they catch with a bare ``except``, and
what uses a built-in name is inside a ``try``. Failures are logged by the modules that they call. What
is left here is that these cannot be imported.

PYTEST_DONT_REWRITE: this module is imported before pytest could rewrite it. Without this marker,
pytest would warn about that.
"""

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    import os

    from telemetry_hook._crash.crash import Crash

__version__ = "0.1.0"
# A program may look for any name in all modules. That must not change `sys.modules`.
_NAMES = (
    "Choice Count Crash DeclarationError Features FileReceiver Flag HttpsReceiver OtlpReceiver"
    " PageError Question Receiver SentryReceiver TelemetryHookError Tool Version __version__"
    " hookimpl install report startup use"
)
__all__ = _NAMES.split()  # noqa: PLE0605 - one text is read faster than many

_installed_in: "int | None" = None
_installed_by: "str | None" = None
_uncaught: "int | None" = None
_noted: "list[Crash]" = []
_started_with: "dict[object, object]" = {}
_stderr: "os.stat_result | None" = None
_searched: "dict[str, set[str]]" = {}


def startup() -> None:
    """Run `install()` unless ``TELEMETRY_HOOK_STARTUP`` is ``0``. Never raises.

    Our `.pth` file calls this in every interpreter of the environment.
    """
    try:
        if _installed_in is None:
            import os

            if os.environ.get("TELEMETRY_HOOK_STARTUP") != "0":
                _install()
    except:  # noqa: E722 - `telemetry-hook doctor` shows that the hook is not installed
        pass


def install() -> None:
    """Note uncaught exceptions from now on, and ask about them when this process exits.

    Idempotent. Only the process that called this function asks. Processes forked from it do not.
    In other interpreters than CPython, such as PyPy, it does nothing.
    In a zipapp and the like, the program is the tool that calls this function.
    """
    global _installed_by
    caller = sys._getframe().f_back  # noqa: SLF001 - a documented function
    _installed_by = caller and caller.f_globals.get("__name__")  # atexit and _thread have no frame
    if "frozen" in sys.__dict__:
        from telemetry_hook import _frozen

        _frozen.serve()
    _install_once()


def _install_once() -> None:
    if _installed_in is None:
        import _thread

        # Several threads may be the first. After a fork, nobody may be left to release the lock.
        lock = globals().setdefault("_installing", _thread.allocate_lock())
        is_held = lock.acquire(timeout=1)
        try:
            _install()
        finally:
            if is_held:
                lock.release()


def _install() -> None:
    global _installed_in, _started_with, _stderr
    if _installed_in is not None or sys.implementation.name != "cpython":
        return
    import _thread
    import atexit
    import os

    previous = sys.excepthook
    # When threading is first imported, it takes its hook from _thread.
    threading = sys.modules.get("threading", _thread)
    name = "_excepthook" if threading is _thread else "excepthook"
    previous_of_threads = getattr(threading, name)

    excepthook = _noting(previous, "excepthook")
    excepthook_of_threads = _noting(previous_of_threads, "threading")
    # The user's own values. The program, or a file in its project, may change them later.
    _started_with = getattr(os.environ, "_data", {}).copy()
    try:
        _stderr = os.fstat(2)
    except OSError:  # it is closed
        pass
    atexit.register(_at_exit)
    # Another's hook stays in place: if it failed, its traceback would show ours. PyQt and
    # exceptiongroup check whether the hook is the original one.
    if previous is sys.__excepthook__:
        sys.excepthook = sys.__excepthook__ = excepthook
    setattr(threading, name, excepthook_of_threads)
    if getattr(threading, "__excepthook__", None) is previous_of_threads:
        threading.__excepthook__ = excepthook_of_threads  # type: ignore[attr-defined]
    _installed_in = os.getpid()


def _noting(previous, mechanism):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Return a hook that is as the previous one, and notes the exception afterwards.

    The previous hook comes first: nothing of ours may be seen before the traceback. Only the names in
    each directory that was searched for modules are remembered before, because printing a traceback
    may search all directories again. No function does that: a tracer would show its frame.
    """

    def hook(*args):  # type: ignore[no-untyped-def]  # noqa: ANN002, ANN202
        value = None
        try:
            value = args[1] if mechanism == "excepthook" else args[0].exc_value
            cache = sys.__dict__.get("path_importer_cache")
            kind = vars(sys.modules["_frozen_importlib_external"])["FileFinder"]
            for path, finder in [*cache.items()] if type(cache) is dict else ():
                if type(finder) is kind:
                    _searched.setdefault(path, vars(finder)["_path_cache"])
        except:  # noqa: E722
            pass
        previous(*args)
        _note(value, mechanism)

    hook.__wrapped__ = previous  # has the signature
    made = _Hook(hook)
    for attribute in "__module__", "__name__", "__qualname__", "__doc__":
        if hasattr(previous, attribute):
            setattr(made, attribute, getattr(previous, attribute))
    return made


class _Hook(staticmethod):
    """A hook that behaves as a built-in function where a class or a pickle keeps it."""

    def __reduce_ex__(self, _: object) -> str:
        return self.__name__


def report(exception: BaseException) -> None:
    """Note an exception that the tool caught itself. The user is asked when the process exits."""
    _install_once()
    _note(exception, "reported")


def _note(value: BaseException, mechanism: str) -> None:
    global _uncaught
    try:
        # The interpreter keeps the exception that ends a program. We hold no reference to it.
        if mechanism == "excepthook" and sys.__dict__.get("last_value") is value:
            _uncaught = id(value)
            return
        if mechanism != "reported":  # the program continues
            main = vars(sys.modules["__main__"])
            file = main.get("__file__", ".py")
            # In a script, an exception of Python's or of the script itself is nobody's. So nothing is
            # imported. A class may have a metaclass, whose code must not run.
            home = type(value).__module__ if type(type(value)) is type else None
            if type(file) is type(home) is str and main.get("__spec__") is None:
                is_script = file.endswith(".py") and not file.endswith("-script.py")
                top = home.partition(".")[0]
                if is_script and (
                    top in ("builtins", "__main__") or top in sys.stdlib_module_names
                ):
                    return
        from telemetry_hook._notes import note

        note(value, mechanism, _installed_in, _noted, _started_with)
    except:  # noqa: E722
        pass


def _at_exit() -> None:
    if not (_uncaught or _noted or "last_value" in sys.__dict__):
        return
    tracers = []
    try:
        for get, put in (sys.gettrace, sys.settrace), (sys.getprofile, sys.setprofile):
            tracer = get()
            # Those that are written in Python would show our code. No other is made by a class.
            if hasattr(tracer, "__code__") or type(tracer).__flags__ & 1 << 9:  # a heap type
                put(None)
                tracers.append((put, tracer))
        from telemetry_hook._hook import at_exit

        at_exit(_installed_in, _uncaught, _noted, _started_with, [tracer for _, tracer in tracers])
    except:  # noqa: E722
        pass
    for put, tracer in tracers:
        put(tracer)


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module 'telemetry_hook' has no attribute {name!r}")
    from telemetry_hook._names import load

    value = globals()[name] = load(name)
    return value
