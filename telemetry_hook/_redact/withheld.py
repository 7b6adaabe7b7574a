"""Withholds the parts of a report that have a name of this machine or its user.

A file that fits its RECORD may have been built on this machine, and the build may have written such
names into it. So what is public for redaction may be private.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from telemetry_hook._private.spellings import Reading
from telemetry_hook._redact import origins
from telemetry_hook._redact.origins import HOLE
from telemetry_hook._redact.published.class_names import USER_CLASS
from telemetry_hook._report import RedactedFrame

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from telemetry_hook._private.search import PrivateNames
    from telemetry_hook._report import (
        PublicText,
        RedactedException,
        RedactedReport,
        SourceLines,
    )

# Details with names in published source. All others are from closed sets.
OF_SOURCE = ("pydantic_fields", "pydantic_model")
_USER_CODE = RedactedFrame(function=origins.words("<user code>")["<user code>"])


def withhold(report: RedactedReport, names: PrivateNames) -> RedactedReport:
    """Return a report without the texts that have a private name.

    Lines and messages become `<…>`, frames `<user code>`, and classes `<user class>`. Variables,
    distributions, and names of models and fields are left out.
    """
    reading = Reading(_texts((report.packages, report.exceptions)))
    if not (names.several_in(reading) or names.values_in(reading) or names.singles_in(reading)):
        return report
    return report._replace(
        packages=tuple(package for package in report.packages if not _is_named(names, *package)),
        exceptions=tuple(_exception(exception, names) for exception in report.exceptions),
    )


def _exception(exception: RedactedException, names: PrivateNames) -> RedactedException:
    module, name = exception.module, exception.type
    is_of_python = module is None or module.partition(".")[0] in sys.stdlib_module_names
    kind = [f"{module}.{name}"]
    if (
        _is_named(names, *kind)
        if not is_of_python or " " in name
        else names.several_in(Reading(kind))
    ):
        module, name = None, USER_CLASS
    return exception._replace(
        type=name,
        module=module,
        message=_text(exception.message, names),
        details=tuple(
            detail
            for detail in exception.details
            if detail.name not in OF_SOURCE or not _is_named(names, str(detail.value))
        ),
        frames=tuple(_frames(exception.frames, names)),
    )


def _frames(frames: Iterable[RedactedFrame], names: PrivateNames) -> Iterator[RedactedFrame]:
    """Yield frames. Consecutive frames of the user's code are one frame, as in all reports."""
    was_user_code = False
    for frame in frames:
        redacted = _frame(frame, names)
        is_user_code = redacted == _USER_CODE
        if not (is_user_code and was_user_code):
            yield redacted
        was_user_code = is_user_code


def _frame(frame: RedactedFrame, names: PrivateNames) -> RedactedFrame:
    release = () if frame.release is None else tuple(frame.release)
    places = [frame.function, *filter(None, (frame.module, frame.file)), *release]
    # The names of Python's modules, and those of the tool, are the same on every machine.
    unknown = places[:1] if frame.in_app else places if release else []
    if names.several_in(Reading(places)) or names.singles_in(Reading(unknown)):
        return _USER_CODE
    if frame.source is None and not frame.variables and not frame.passed:
        return frame
    variables = tuple(variable for variable in frame.variables if not _is_named(names, *variable))
    shown = {variable.name for variable in variables}
    return frame._replace(
        source=frame.source and _source(frame.source, names),
        variables=variables,
        operands=tuple(text for text in frame.operands if text in shown),
        passed=tuple(_text(header, names) for header in frame.passed),
    )


def _source(source: SourceLines, names: PrivateNames) -> SourceLines:
    lines = *source.before, source.line, *source.after
    texts = tuple(_text(line, names) for line in lines)
    at = len(source.before)
    # A part of a name is no name: the expression may end where the name goes on.
    expression = source.expression if texts == lines else None
    return source._replace(
        before=texts[:at],
        line=texts[at],
        after=texts[at + 1 :],
        expression=None if expression is None else _text(expression, names),
    )


def _text(text: PublicText, names: PrivateNames) -> PublicText:
    return HOLE if _is_named(names, text) or names.values_in(Reading([text])) else text


def _is_named(names: PrivateNames, *texts: str) -> bool:
    reading = Reading(texts)
    return names.several_in(reading) or bool(names.singles_in(reading))


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from _texts(item)
