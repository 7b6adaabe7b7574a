"""Types and message templates of pydantic's validation errors, from pydantic's own list.

Code in Rust makes these messages, so no installed source contains them.
"""

from __future__ import annotations

from functools import cache
from types import BuiltinFunctionType, ModuleType
from typing import TYPE_CHECKING

from telemetry_hook._contained import contained
from telemetry_hook._crash import guarded

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from telemetry_hook._redact.message.templates import Template

SECONDS = 1.0
MAX_ERRORS = 1_000
MAX_TYPES = 10
MODULE = "pydantic_core._pydantic_core"


@cache
def listing() -> Mapping[str, Template]:
    """Return pydantic's error types with their templates, or nothing if pydantic is not loaded."""
    function: Any = guarded.module_names(MODULE).get("list_all_errors")
    if type(function) is not BuiltinFunctionType or type(function.__self__) is not ModuleType:
        return {}
    with contained(SECONDS):
        known = function()
    return {error["type"]: _template(error["message_template_python"]) for error in known}


def types(exception: BaseException) -> tuple[str, ...]:
    """Return the types of the errors in a `ValidationError`, or nothing for another exception."""
    held = guarded.module_names(MODULE).get("ValidationError")
    if held is None or type(exception) is not held:
        return ()
    kind: Any = held
    known = listing()
    with contained(SECONDS):
        errors = kind.errors(
            exception, include_url=False, include_context=False, include_input=False
        )
    given = dict.fromkeys(error["type"] for error in errors[:MAX_ERRORS])
    return tuple(kind for kind in list(given)[:MAX_TYPES] if kind in known)


def _template(text: str) -> Template:
    """Split a template into fixed texts and placeholders.

    ``Input should be at most {le}`` → ``("Input should be at most ", None)``
    """
    from string import Formatter

    parts: list[str | None] = []
    for literal, name, _, _ in Formatter().parse(text):
        parts += ([literal] if literal else []) + ([] if name is None else [None])
    return tuple(parts)
