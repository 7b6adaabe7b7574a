"""The title and the release of a stored report, and a hash that identifies its crash."""

from __future__ import annotations

from typing import TYPE_CHECKING

from telemetry_hook._hashes import sha256
from telemetry_hook._report import of_crash

if TYPE_CHECKING:
    from telemetry_hook._installed.distributions import Distribution
    from telemetry_hook._report import RedactedReport

MAX_TITLE_LENGTH = 200


def title(report: RedactedReport) -> str:
    """Return the class and message of the first exception: ``ValueError: cannot order <…>``."""
    exception = report.exceptions[0]
    return f"{exception.type}: {exception.message}"[:MAX_TITLE_LENGTH]


def release(report: RedactedReport) -> str:
    """Return the tool's release: ``acme-lift@1.4.0``."""
    return f"{report.tool.name}@{report.tool.version}"


def release_of(distribution: Distribution) -> str:
    """Return the release that reports of an installed tool have: without the version's local part.

    ``acme-lift 1.4.0+jane.2`` → ``acme-lift@1.4.0``
    """
    return f"{distribution.name}@{distribution.version.partition('+')[0]}"


def crash(report: RedactedReport) -> str:
    """Return a hash of 64 hexadecimal digits. It is the same whenever the crash is the same.

    The hash covers more than the fingerprint, because one statement can fail in many ways, and other
    crashes of the process may be other bugs.
    """
    parts: list[str] = [report.fingerprint]
    for exception in report.exceptions:
        details = (f"{detail.name}={detail.value}" for detail in exception.details)
        parts += [exception.message, *details]
    for other in report.exceptions[len(of_crash(report.exceptions)) :]:
        parts += [other.type, *(f"{frame.module}:{frame.function}" for frame in other.frames)]
    return sha256("\0".join(parts).encode()).hexdigest()
