"""What a running program notes for its end: features in use, and exceptions that did not end it."""

import os

import telemetry_hook

TYPE_CHECKING = False
if TYPE_CHECKING:
    from telemetry_hook._crash import Crash

features: "set[tuple[str, str]]" = set()


def use(attribute: str, feature: str) -> None:
    """Note that a feature was used: it travels if the tool declares `attribute` as `Features`."""
    features.add((attribute, feature))


def report(exception: BaseException) -> None:
    """Note an exception that the tool has caught itself; its user is asked when it exits."""
    telemetry_hook.install()
    note(exception, "reported")


def note(exception: "BaseException | None", mechanism: str) -> None:
    """Note the first such exception, reduced to what keeps no locals alive; never raise."""
    try:
        noted: list[Crash] = telemetry_hook._reduced  # noqa: SLF001 - our own state
        if exception is None or noted or telemetry_hook._installed_in != os.getpid():  # noqa: SLF001
            return
        from telemetry_hook import _stack

        noted.append(_stack.reduce(exception, mechanism))
    except BaseException as failure:
        from telemetry_hook import _log

        _log.failure(failure)
