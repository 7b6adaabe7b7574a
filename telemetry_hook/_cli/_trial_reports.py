"""Makes trial reports for `doctor`: real exceptions go through all steps before the question.

Nothing is asked, stored or sent, and the plugin adds no attributes.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from telemetry_hook import _pipeline
from telemetry_hook._crash import capture
from telemetry_hook._errors import ReportSizeError
from telemetry_hook._redact import raw_report
from telemetry_hook._redact.attributes import Attributes
from telemetry_hook._redact.published.public_files import PublicFiles

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from telemetry_hook._plugins import Plugin


def failures(plugin: Plugin) -> list[str]:
    """Return the trial exceptions that cannot be reported, each with the reason."""
    lines = []
    for fail in TRIALS:
        error = _raised_by(fail)
        try:
            crash = capture.capture(error, "reported")
            raw = raw_report.build(crash, plugin.registration, plugin.tool, {})
            report, _ = _pipeline.finish(raw)
            reported = str(report.exceptions[0].type)
        except Exception as failure:
            detail = f": {failure}" if isinstance(failure, ReportSizeError) else ""
            lines.append(f"{type(error).__name__}: {type(failure).__name__}{detail}")
            continue
        if reported != type(error).__name__:
            lines.append(f"{type(error).__name__}: it is reported as {reported}")
    return lines


def withheld(plugin: Plugin) -> list[str]:
    """Return the attributes that are never reported: some of their texts are in no published source."""
    plugins = [member.registration.plugin for member in (plugin, *plugin.members)]
    attributes = Attributes(PublicFiles(plugins, is_local=True), plugins)
    return attributes.withheld(plugin.tool.attributes)


def _raised_by(fail: Callable[[], object]) -> BaseException:
    try:
        fail()
    except BaseException as error:
        return error
    raise AssertionError(f"{fail.__name__} raised nothing")


def _value() -> None:
    raise ValueError("a trial of telemetry-hook doctor")


def _type() -> None:
    len(5)  # type: ignore[arg-type]


def _attribute() -> None:
    nothing: Any = None
    nothing.missing_of_trial()


def _name() -> None:
    exec("missing_name_of_trial", {})  # noqa: S102 - a text of our own


def _key() -> None:
    dict[str, int]()["missing key of trial"]


def _index() -> None:
    list[int]()[0]


def _system() -> None:
    with open("/missing file of trial"):
        pass


def _unicode() -> None:
    b"\xff".decode()


def _syntax() -> None:
    compile("trial of", "trial", "exec")


def _import() -> None:
    import missing_module_of_trial  # type: ignore[import-not-found]  # noqa: F401


def _chained() -> None:
    try:
        _key()
    except KeyError as error:
        raise RuntimeError("a trial of telemetry-hook doctor") from error


def _deep() -> None:
    _deep()


def _assertion() -> None:
    raise AssertionError


TRIALS = [
    *(_value, _type, _attribute, _name, _key, _index, _system, _unicode, _syntax, _import),
    *(_chained, _deep, _assertion),
]

if sys.version_info >= (3, 11):

    def _group() -> None:
        errors = [ValueError(), KeyError()]
        raise ExceptionGroup("a trial of telemetry-hook doctor", errors)  # noqa: F821 - not in 3.10

    TRIALS.append(_group)
