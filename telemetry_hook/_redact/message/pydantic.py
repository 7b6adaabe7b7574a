"""Types and message templates of pydantic's validation errors, from pydantic's own list.

Code in Rust makes these messages, so no installed source contains them.
"""

from __future__ import annotations

import sys
from functools import cache
from types import BuiltinFunctionType
from typing import TYPE_CHECKING

from telemetry_hook._contained import contained
from telemetry_hook._crash import guarded
from telemetry_hook._installed.distributions import distribution

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from telemetry_hook._redact.message.templates import Template

SECONDS = 1.0
MAX_ERRORS = 1_000
MAX_TYPES = 10
MODULE = "pydantic_core._pydantic_core"
LIST = "list_all_errors"


@cache
def listing() -> Mapping[str, Template]:
    """Return pydantic's error types with their templates, or nothing if pydantic is not loaded."""
    module = sys.modules.get(MODULE)
    function: Any = guarded.module_names(MODULE).get(LIST)
    is_of_module = type(function) is BuiltinFunctionType and function.__self__ is module
    if not is_of_module or function.__name__ != LIST or not _is_published(module):
        return {}
    with contained(SECONDS):
        known = function()
    return {error["type"]: _template(error["message_template_python"]) for error in known}


def types(exception: BaseException) -> tuple[str, ...]:
    """Return the types of the errors in a `ValidationError`, or nothing for another exception."""
    given = {error["type"] for error in errors(exception)}
    # The order of the errors is that of the data, so the types are in the order of the list.
    return tuple(kind for kind in listing() if kind in given)[:MAX_TYPES] if given else ()


def errors(exception: BaseException) -> list[dict[str, Any]]:
    """Return the first errors in a `ValidationError`, or nothing for another exception.

    Each has its ``type`` and its place in the data, ``loc``: names, indices and keys.
    """
    held = _class()
    if held is None or type(exception) is not held or not listing():
        return []
    kind: Any = held
    with contained(SECONDS):
        found: list[dict[str, Any]] = kind.errors(
            exception, include_url=False, include_context=False, include_input=False
        )
    return found[:MAX_ERRORS]


def title(exception: BaseException) -> str | None:
    """Return the title in a `ValidationError`, mostly the name of a model. None for other exceptions."""
    is_it = type(exception) is _class()
    found = guarded.field(exception, type(exception), "title") if is_it else None
    return found if type(found) is str else None


def _class() -> object:
    return guarded.module_names(MODULE).get("ValidationError")


def _is_published(module: object) -> bool:
    """Return whether a module's file is the one that was installed as a part of pydantic."""
    path, installed = guarded.module_file(module), distribution("pydantic-core")
    return path is not None and installed is not None and installed.is_unchanged(path)


def _template(text: str) -> Template:
    """Split a template into fixed texts and placeholders.

    ``Input should be at most {le}`` → ``("Input should be at most ", None)``
    """
    from string import Formatter

    parts: list[str | None] = []
    for literal, name, _, _ in Formatter().parse(text):
        parts += ([literal] if literal else []) + ([] if name is None else [None])
    return tuple(parts)
