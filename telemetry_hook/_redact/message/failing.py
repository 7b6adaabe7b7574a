"""The place where C code raised an exception: an instruction of a published function, and its source."""

from __future__ import annotations

import ast
import sys
from typing import TYPE_CHECKING, NamedTuple

from telemetry_hook._redact import origins
from telemetry_hook._redact.message import instructions

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from telemetry_hook._redact.message.sources import SourcePiece
    from telemetry_hook._redact.published.locations import Location
    from telemetry_hook._report import PublicText

MAX_CALLS = 20


class Failing(NamedTuple):
    """A location, its function's source, the instruction's offset in bytes, the classes of variables.

    `piece` is None if the source cannot be parsed.
    """

    location: Location
    piece: SourcePiece | None
    offset: int
    variables: Mapping[str, type]

    def named(self, text: str) -> PublicText | None:
        """Return a text as a public name if the instruction contains it, or None."""
        if text not in instructions.names(self.location.definition.code, self.offset):
            return None
        return origins.name(self.location.file, text)

    def unpacked(self) -> int | None:
        """Return how many values the instruction unpacks at least: ``a, b = x``; None for others."""
        return instructions.unpacked(self.location.definition.code, self.offset)

    def called(self, text: str) -> PublicText | None:
        """Return the name of a function as a public name if the line calls it, or None."""
        if self.piece is None or not self.piece.calls_at(self.location.line, text):
            return None
        return origins.name(self.location.file, text)

    def calls(self) -> list[ast.Call]:
        """Return the failing call, or all calls at the line if Python does not know which one failed."""
        found = [node for node in self.nodes() if isinstance(node, ast.Call)]
        if sys.version_info >= (3, 11):
            positions = enumerate(self.location.definition.code.co_positions())
            place = next((known for at, known in positions if at == self.offset // 2), (None,))
            if None not in place:
                return [node for node in found if _position(node) == place]
        return found[:MAX_CALLS]

    def nodes(self) -> Iterator[ast.expr | ast.stmt]:
        """Yield the statements and expressions at the line."""
        line = self.location.line
        if self.piece is None or line is None:
            return
        for node in ast.walk(self.piece.tree):
            if isinstance(node, (ast.expr, ast.stmt)):
                last = node.end_lineno or node.lineno
                if node.lineno <= line <= last:
                    yield node


def _position(node: ast.expr) -> tuple[int | None, ...]:
    return node.lineno, node.end_lineno, node.col_offset, node.end_col_offset
