"""What distributions require, by the `Requires-Dist` of their metadata (PEP 508)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from telemetry_hook._installed.distributions import Distribution, distribution, normalized

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

# A distribution's name, and the extras that are required of it: ``uvicorn[standard]>=0.30``.
REQUIREMENT = re.compile(r"([\w.-]+)\s*(?:\[([^\]]*)\])?", re.ASCII)
# The extra of the requiring distribution that a requirement is for: ``; extra == "web"``.
FOR_EXTRA = re.compile(r"\bextra\s*==\s*['\"]([^'\"]+)['\"]")


def possible(own: Iterable[Distribution]) -> list[Distribution]:
    """Return the installed distributions that the given ones may require, for any extra."""
    found: dict[str, Distribution] = {}
    waiting = list(own)
    while waiting:
        for name, _, _ in _requirements(waiting.pop()):
            if name not in found and (installed := distribution(name)) is not None:
                found[name] = installed
                waiting.append(installed)
    return list(found.values())


def required(
    own: Iterable[Distribution], is_followed: Callable[[Distribution], bool]
) -> list[Distribution]:
    """Return the installed distributions that the given ones require, directly or indirectly.

    Of the given ones, all extras count; of the others, those that are required. A distribution that
    is not followed is in the result, but not what only it requires.
    """
    given = list(own)
    found: dict[tuple[str, str], Distribution] = {}
    waiting = [(each, "") for each in given]
    while waiting:
        owner, for_extra = waiting.pop()
        for name, extras, of_extra in _requirements(owner) if is_followed(owner) else ():
            if of_extra != for_extra and owner not in given:
                continue
            for extra in ("", *extras):
                if (name, extra) in found or (installed := distribution(name)) is None:
                    continue
                found[name, extra] = installed
                waiting.append((installed, extra))
    return list(dict.fromkeys(found.values()))


def _requirements(of: Distribution) -> Iterator[tuple[str, list[str], str]]:
    """Yield the name of each required distribution, its required extras, and for which extra of ours."""
    for requirement in of.metadata.get("requires-dist", []):
        if (match := REQUIREMENT.match(requirement)) is not None:
            extras = [normalized(extra.strip()) for extra in (match[2] or "").split(",")]
            condition = FOR_EXTRA.search(requirement)
            of_extra = "" if condition is None else normalized(condition[1])
            yield normalized(match[1]), [extra for extra in extras if extra], of_extra
