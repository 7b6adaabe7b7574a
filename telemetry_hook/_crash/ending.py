"""Decides whether this process crashed, and finds the exception that ended it."""

import sys

from telemetry_hook._crash import capture, guarded
from telemetry_hook._crash.crash import NOT_CRASHES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from telemetry_hook._crash.crash import Crash

STDOUT, STDERR = 1, 2


def find_crash(uncaught: "int | None", noted: "list[Crash]") -> "Crash | None":
    """Return the crash that ended this process, or None if it did not crash.

    `uncaught` is the `id()` of the last exception that ended the program and was passed to our
    hook. `noted` are exceptions that did not end it themselves. They are from threads, or were
    reported by the tool. They become the others of the crash. If none ended the process, the first
    of them is the crash.
    """
    crashes = [crash for crash in noted if is_crash(crash.exception)]
    crash = _last(uncaught) or (crashes.pop(0) if crashes else None)
    if crash is not None:
        crash.others = capture.others(crash, crashes)
    return crash


def _last(uncaught: "int | None") -> "Crash | None":
    """Return the exception that ended the program, or None if there is none that is a crash."""
    last: BaseException | None = getattr(sys, "last_value", None)
    if last is not None and is_crash(last):
        if id(last) == uncaught:
            return capture.capture(last, "excepthook")
        if _ended_the_program(last):
            return capture.capture(last, "atexit")
    return None


def is_crash(exception: object, depth: int = 0) -> bool:
    """Return whether an exception is a crash, not a request to exit or a closed output pipe.

    A group is a crash if one of its members is.
    """
    kind = type(exception)
    if not issubclass(kind, BaseException) or issubclass(kind, NOT_CRASHES):
        return False
    if issubclass(kind, BrokenPipeError):
        return not _reader_is_gone()
    if "bdb" in sys.modules and issubclass(kind, sys.modules["bdb"].BdbQuit):
        return False
    members = capture.members(exception)[: capture.MAX_EXCEPTIONS]  # type: ignore[arg-type]
    if not members or depth > capture.MAX_EXCEPTIONS:
        return True
    return any(is_crash(member, depth + 1) for member in members)


def _ended_the_program(exception: BaseException) -> bool:
    # Debuggers, test runners and shells set sys.last_value too. The exception ended the program
    # only if the traceback begins at the program's entry point.
    if not guarded.is_a(exception, Exception):
        return False
    traceback = guarded.traceback(exception)
    if traceback is None:
        return False
    frame = traceback.tb_frame
    return frame.f_code.co_name == "_run_module_as_main" or (
        frame.f_code.co_name == "<module>"
        and frame.f_globals is guarded.module_names("__main__")
        and guarded.absolute(frame.f_code.co_filename)
        == guarded.module_file(sys.modules["__main__"])
    )


def _reader_is_gone() -> bool:
    import select

    if sys.platform == "win32" or not hasattr(select, "poll"):
        return True
    poll = select.poll()
    for descriptor in (STDOUT, STDERR):
        poll.register(descriptor, 0)
    gone = select.POLLERR | select.POLLHUP | select.POLLNVAL
    return any(event & gone for _, event in poll.poll(0))
