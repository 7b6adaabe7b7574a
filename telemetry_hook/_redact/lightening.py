"""Smaller versions of a redacted report, for receivers that limit its size."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from telemetry_hook._report import RedactedException, RedactedReport

# (number of last frames that keep source and variables, number of exceptions that are kept)
STEPS = ((10, 10), (3, 5), (1, 2), (0, 1))


def lighter(report: RedactedReport) -> Iterator[RedactedReport]:
    """Yield the report, then versions with fewer exceptions, source lines and variables."""
    yield report
    for frames, exceptions in STEPS:
        kept = report.exceptions[:exceptions]
        yield report._replace(exceptions=tuple(_lightened(exception, frames) for exception in kept))


def _lightened(exception: RedactedException, frames: int) -> RedactedException:
    plain = len(exception.frames) - frames
    return exception._replace(
        frames=tuple(
            frame._replace(source=None, variables=(), operands=(), passed=())
            if index < plain
            else frame
            for index, frame in enumerate(exception.frames)
        ),
    )
