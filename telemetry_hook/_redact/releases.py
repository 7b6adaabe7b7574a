"""Names and versions of distributions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from telemetry_hook._redact import origins
from telemetry_hook._report import Release

if TYPE_CHECKING:
    from telemetry_hook._installed.distributions import Distribution

_UNPUBLISHED = origins.words("unpublished")["unpublished"]


def required(distribution: Distribution) -> Release:
    """Return the name and version of what the tool requires. Only a published version is a fact."""
    if distribution.is_published:
        return release(distribution)
    return Release(origins.distribution_name(distribution), _UNPUBLISHED)


def release(distribution: Distribution) -> Release:
    """Return a distribution's name and version, without the version's local part (after the +).

    A local part is left out because it can contain any text.

    ``acme-lift 1.4.0+jane.2`` → ``acme-lift``, ``1.4.0``
    """
    version = origins.version(distribution.version.partition("+")[0])
    return Release(origins.distribution_name(distribution), version or _UNPUBLISHED)
