"""Finds out whether a tool shows its uncaught exceptions to its user in a way of its own."""

from __future__ import annotations

import sys
from functools import partial
from types import MethodType
from typing import TYPE_CHECKING

from telemetry_hook._crash import guarded

if TYPE_CHECKING:
    from telemetry_hook._redact.published.locations import Locations


def is_own(locations: Locations) -> bool:
    """Return whether `sys.excepthook` is published code of the tool itself.

    It may be a function, a method, a `partial`, or an object that can be called.
    """
    hook = vars(sys).get("excepthook")
    if type(hook) is partial:
        hook = hook.func
    if type(hook) is MethodType:
        hook = hook.__func__
    code = guarded.code(hook) or guarded.code(guarded.in_class(type(hook), "__call__"))
    location = None if code is None else locations.of_code(code)
    return location is not None and location.file.is_own
