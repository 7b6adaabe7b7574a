"""What a running program notes for its end: features in use, and exceptions that did not end it."""

import os
import sys

import telemetry_hook

TYPE_CHECKING = False
if TYPE_CHECKING:
    from telemetry_hook._crash.crash import Crash

NO_CRASH = (SystemExit, KeyboardInterrupt, GeneratorExit)

features: "set[tuple[str, str]]" = set()


def use(attribute: str, feature: str) -> None:
    """Note that a feature was used: it travels if the tool declares `attribute` as `Features`."""
    features.add((attribute, feature))


def report(exception: BaseException) -> None:
    """Note an exception that the tool has caught itself; its user is asked when it exits."""
    telemetry_hook.install()
    note(exception, "reported")


def uncaught(exception: BaseException) -> None:
    """Note an exception that the excepthook was called with, without holding on to it.

    The interpreter itself keeps the one that ends a program, as `sys.last_value`. Any other was
    handed to the hook by somebody who goes on.
    """
    if vars(sys).get("last_value") is exception:
        telemetry_hook._uncaught = id(exception)  # noqa: SLF001 - the hook's state is the package's
    else:
        note(exception, "excepthook")


def note(exception: "BaseException | None", mechanism: str) -> None:
    """Note the first such exception, reduced to what keeps no locals alive; never raise."""
    try:
        noted: list[Crash] = telemetry_hook._reduced  # noqa: SLF001
        if noted or telemetry_hook._installed_in != os.getpid():  # noqa: SLF001
            return
        kind = type(exception)
        if exception is None or not issubclass(kind, BaseException) or issubclass(kind, NO_CRASH):
            return
        from telemetry_hook._crash import capture

        noted.append(capture.reduce(exception, mechanism))
    except BaseException as failure:
        try:
            from telemetry_hook import _failures

            _failures.note(failure)
        except BaseException:  # a tool may have replaced our files while it ran
            pass
