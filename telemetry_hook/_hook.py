"""The worst moment: at exit, decide whether there was a crash, and never let it get any worse.

The hook in `telemetry_hook` notes an uncaught exception and hands on to the previous hook. The rest
happens here, last of all exit functions, when the program has cleaned up after itself.
"""

import os
import sys

from telemetry_hook import _notes
from telemetry_hook._consent import environment as _environment
from telemetry_hook._crash import capture, guarded
from telemetry_hook._installed.isolation import isolated

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from telemetry_hook._crash.crash import Crash


def at_exit(
    process: "int | None",
    uncaught: "int | None",
    reduced: "list[Crash]",
    environment: "Mapping[object, object]",
) -> None:
    """Find the crash that this process died of, if any, and see it through; never raise.

    `process` is the id of the process that installed the hook, `uncaught` the `id()` of the last
    exception that the hook saw end the program; `reduced` are others, as they happened.
    `environment` is what `os.environ` held at the start, encoded as it keeps it.
    """
    if process != os.getpid() or has_rights_of_another():
        return
    if not hasattr(sys, "excepthook"):
        sys.excepthook = sys.__excepthook__  # 3.10's threading cannot be imported without
    if is_debugged():
        return
    _stop_tracing()
    try:
        with isolated():
            crash = _crash(uncaught, reduced)
            if crash is not None:
                _environment.restore(environment)
                from telemetry_hook import _pipeline

                _pipeline.run(crash, _notes.features)
    except (KeyboardInterrupt, SystemExit):
        pass  # the user's, or a signal handler of the tool's
    except BaseException as failure:
        from telemetry_hook import _failures

        _failures.note(failure)


def _crash(uncaught: "int | None", reduced: "list[Crash]") -> "Crash | None":
    if is_interactive():
        return None
    last: BaseException | None = getattr(sys, "last_value", None)
    if last is not None and _is_crash(last):
        if id(last) == uncaught:
            return capture.capture(last, "excepthook")
        if _ended_the_program(last):
            return capture.capture(last, "atexit")
    return next((each for each in reduced if _is_crash(each.exception)), None)


def is_interactive() -> bool:
    """Tell whether a person types at this interpreter, or will when the program is over."""
    return bool(sys.flags.interactive or sys.flags.inspect or hasattr(sys, "ps1"))


def has_rights_of_another() -> bool:
    """Tell whether the program runs set-uid: what it leaves behind would be another user's."""
    return hasattr(os, "geteuid") and (os.geteuid(), os.getegid()) != (os.getuid(), os.getgid())


def is_debugged() -> bool:
    """Tell whether a debugger watches this program: somebody is at work on it."""
    if "pydevd" in sys.modules:  # PyCharm's, and within debugpy that of many editors
        return True
    monitoring = getattr(sys, "monitoring", None)
    if monitoring is not None and monitoring.get_tool(monitoring.DEBUGGER_ID) is not None:
        return True
    bdb = sys.modules.get("bdb")
    return bdb is not None and isinstance(getattr(sys.gettrace(), "__self__", None), bdb.Bdb)


def _stop_tracing() -> None:
    """Take tracers that are written in Python out: what they print would be about us."""
    if hasattr(sys.gettrace(), "__code__"):
        sys.settrace(None)
    if hasattr(sys.getprofile(), "__code__"):
        sys.setprofile(None)


def _is_crash(exception: object, depth: int = 0) -> bool:
    kind = type(exception)
    if not issubclass(kind, BaseException) or issubclass(kind, _notes.NO_CRASH):
        return False
    if issubclass(kind, BrokenPipeError):
        return not _reader_is_gone()
    if "bdb" in sys.modules and issubclass(kind, sys.modules["bdb"].BdbQuit):
        return False
    members = capture.members(exception)[: capture.MAX_EXCEPTIONS]  # type: ignore[arg-type]
    if not members or depth > capture.MAX_EXCEPTIONS:
        return True
    return any(_is_crash(each, depth + 1) for each in members)


def _ended_the_program(exception: BaseException) -> bool:
    # Debuggers, test runners and shells leave sys.last_value behind too; the program itself died
    # only where the traceback begins with the program's own first line.
    if not guarded.is_a(exception, Exception):
        return False
    traceback = guarded.traceback(exception)
    if traceback is None:
        return False
    frame = traceback.tb_frame
    return frame.f_code.co_name == "_run_module_as_main" or (
        frame.f_code.co_name == "<module>"
        and frame.f_globals is guarded.module_names("__main__")
        and os.path.abspath(frame.f_code.co_filename)
        == guarded.module_file(sys.modules["__main__"])
    )


def _reader_is_gone() -> bool:
    import select

    if not hasattr(select, "poll"):
        return True
    poll = select.poll()
    for descriptor in (1, 2):
        poll.register(descriptor, 0)
    gone = select.POLLERR | select.POLLHUP | select.POLLNVAL
    return any(event & gone for _, event in poll.poll(0))
