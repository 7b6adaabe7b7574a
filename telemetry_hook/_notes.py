"""Notes features in use, and exceptions that did not end the program, while the program runs."""

import os
from _thread import allocate_lock

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from telemetry_hook._crash.crash import Crash

# The first crash, and others that the same report lists.
MAX_NOTED = 4
features: "set[tuple[str, str]]" = set()
_noting = allocate_lock()


def use(attribute: str, feature: str) -> None:
    """Note that a feature was used. Reported only if `attribute` is declared as `Features`."""
    features.add((attribute, feature))


def note(
    exception: "BaseException | None",
    mechanism: str,
    process: "int | None",
    noted: "list[Crash]",
    started_with: "Mapping[object, object]",
) -> None:
    """Append an exception to `noted` if it is one of the first that may be a crash of a tool.

    Of exceptions of one class that were raised at the same places, only the first is noted.

    The exception is reduced, so that it keeps no local variable alive. `process` is the id of the
    process that installed the hooks. Processes forked from it note nothing. `started_with` is the
    content of ``os.environ._data`` at the start of the process.
    """
    if len(noted) >= MAX_NOTED or process != os.getpid():
        return
    from telemetry_hook._crash.crash import NOT_CRASHES
    from telemetry_hook._installed import candidates

    kind = type(exception)
    if exception is None or not issubclass(kind, BaseException) or issubclass(kind, NOT_CRASHES):
        return
    if not _is_new(exception, noted):
        return
    if mechanism != "reported" and not candidates.may_be_a_tools(kind):
        return
    # To wait for another thread could take for ever: a signal may have interrupted this very function.
    if not _noting.acquire(blocking=False):
        return
    try:
        if len(noted) < MAX_NOTED and _is_new(exception, noted):
            from telemetry_hook._crash import capture

            noted.append(capture.reduce(exception, mechanism))
    except BaseException as failure:
        from telemetry_hook import _failures

        _failures.note(failure, started_with)
    finally:
        _noting.release()


def _is_new(exception: BaseException, noted: "list[Crash]") -> bool:
    if not noted:
        return True
    from telemetry_hook._crash import capture

    return not capture.is_noted(exception, noted)
