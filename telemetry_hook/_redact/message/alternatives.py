"""Which of the values that a name may have been given, and of the steps added to it, go together."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

from telemetry_hook._redact.message.templates import HOLES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from telemetry_hook._redact.message.bindings import Binding
    from telemetry_hook._redact.message.nodes import Place
    from telemetry_hook._redact.message.templates import Template

NONE = ("None",)


def without_default(
    starts: list[tuple[Binding, list[Template]]],
) -> list[tuple[Binding, list[Template]]]:
    """Leave out a default if another value is certain, and None where there is a default."""
    others = [texts for binding, texts in starts if not binding.is_default]
    is_given = bool(others) and all(_has_text(text) for texts in others for text in texts)
    return [
        (binding, texts)
        for binding, texts in starts
        if not (binding.is_default and is_given) and texts != [NONE]
    ]


def selections(steps: list[Binding], at: Place) -> Iterator[tuple[Binding, ...]]:
    """Yield each selection of steps that may have run before a place, with those that always run."""
    optional = [step for step in steps if not step.is_certain(at)]
    for size in range(len(optional), -1, -1):
        for left_out in combinations(optional, len(optional) - size):
            yield tuple(step for step in steps if step not in left_out)


def _has_text(template: Template) -> bool:
    """Return whether a template has fixed text, and is not the text of None."""
    return template != NONE and any(part not in HOLES for part in template)
