"""What one statement binds a name to, and when."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import ast

    from telemetry_hook._redact.message.branches import Holds, Test
    from telemetry_hook._redact.message.nodes import Place

    Value = ast.expr | ast.ExceptHandler

START = (0, 0)


class Binding(NamedTuple):
    """One way in which a name gets a value, and where. `value` is None if the value is unknown.

    `value` is an `ExceptHandler` for the name of a handled exception. `is_added`: the value is added
    to the one before (`+=`). `until` is the end of the block that the statement is in, so it always
    runs before what comes later in that block.
    `is_repeated`: the statement may run more than once, or at an unknown time. `is_default`: the
    statement runs only if the name is None (``if text is None: text = "a"``). `tests` are those of the
    `if` statements around it.
    """

    at: Place
    value: Value | None
    is_added: bool = False
    until: Place = START
    is_repeated: bool = False
    is_default: bool = False
    tests: tuple[Test, ...] = ()

    def resolved(self, holds: Holds) -> Binding | None:
        """Return the binding without its known tests, or None if it has not been made then."""
        if not self.tests:
            return self
        until = self.until
        for test in self.tests[::-1]:
            is_true = holds(test.node)
            if is_true is not None and is_true is not test.is_true:
                return None
            if is_true is not None and test.until is not None and test.inside == until:
                until = test.until
        return self._replace(until=until)

    def is_certain(self, at: Place) -> bool:
        """Return whether the statement has always run before a place."""
        return self.at < at <= self.until
