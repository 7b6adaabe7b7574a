"""Redacts the values beside a frame: names from the published source, and shapes instead of values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from telemetry_hook._crash.bytecode import Key
from telemetry_hook._redact import origins
from telemetry_hook._report import Variable

if TYPE_CHECKING:
    from telemetry_hook._crash.crash import Frame
    from telemetry_hook._crash.shapes import Shape
    from telemetry_hook._redact.published.class_names import ClassNames
    from telemetry_hook._redact.published.locations import Location
    from telemetry_hook._report import PublicText

MAX_VARIABLES = 30

_WORDS = origins.words("None", "(", ")", "missing")


class Values:
    """Redacts the values of the tool's own frames."""

    def __init__(self, classes: ClassNames) -> None:
        self._classes = classes

    def of_frame(
        self, frame: Frame, location: Location
    ) -> tuple[tuple[Variable, ...], tuple[PublicText, ...]]:
        """Return a frame's variables, and the names of those that the failing instruction worked on.

        These are the first, then what else the failing statement has read, then other variables.
        """
        file, code = location.file, location.definition.code
        shapes: dict[PublicText, Shape | None] = {}
        worked_on: list[PublicText] = []
        for operand in frame.operands()[:MAX_VARIABLES]:
            steps = [(step.value,) if isinstance(step, Key) else step for step in operand.steps]
            text = origins.expression(file, operand.name, steps)
            if text is not None:
                shapes[text] = operand.shape
                worked_on += [text] if operand.is_operand else []
        named = (*code.co_varnames, *code.co_cellvars, *code.co_freevars)
        for name in [name for name in named if name in frame.variables][:MAX_VARIABLES]:
            text = origins.name(file, name)
            if text is not None:
                shapes.setdefault(text, frame.variables[name])
        shown = [Variable(text, self._shape(shape)) for text, shape in shapes.items()]
        return tuple(shown[:MAX_VARIABLES]), tuple(worked_on)

    def _shape(self, shape: Shape | None) -> PublicText:
        """Return a shape as text, such as ``list(10+)`` or ``acme.lift.Car``."""
        if shape is None:
            return _WORDS["missing"]
        if shape.kind is type(None):
            return _WORDS["None"]
        pieces = [self._classes.full(shape.kind)]
        if shape.detail and self._classes.name(shape.kind) is not None:
            pieces += [_WORDS["("], origins.size(shape.detail), _WORDS[")"]]
        return origins.compose(pieces)
