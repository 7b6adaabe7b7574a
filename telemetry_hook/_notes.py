"""Notes features in use, and exceptions that did not end the program, while the program runs."""

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from telemetry_hook._crash.crash import Crash

features: "set[tuple[str, str]]" = set()


def use(attribute: str, feature: str) -> None:
    """Note that a feature was used. Reported only if `attribute` is declared as `Features`."""
    features.add((attribute, feature))


def note(
    exception: "BaseException | None", mechanism: str, process: "int | None", noted: "list[Crash]"
) -> None:
    """Append an exception to `noted` if that list is empty.

    The exception is reduced, so that it keeps no local variable alive. `process` is the id of the
    process that installed the hooks. Processes forked from it note nothing.
    """
    if noted or process != os.getpid():
        return
    from telemetry_hook._crash import capture
    from telemetry_hook._crash.crash import NOT_CRASHES

    kind = type(exception)
    if exception is None or not issubclass(kind, BaseException):
        return
    if not issubclass(kind, NOT_CRASHES):
        noted.append(capture.reduce(exception, mechanism))
