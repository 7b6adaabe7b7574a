"""Templates for messages of `OSError`, made from the C library's text for an error number."""

from __future__ import annotations

import os
from types import BuiltinFunctionType
from typing import TYPE_CHECKING

from telemetry_hook._redact.message.templates import folded

if TYPE_CHECKING:
    from telemetry_hook._redact.message.templates import Template


def templates(number: int) -> tuple[Template, ...]:
    """Return the templates for an error number, the most specific first.

    2 → ``[Errno 2] No such file or directory`` with no file name, one or two (``: <…>``), and
    ``[Errno 2] <…>`` for a text that the program supplies.
    """
    own = f"[Errno {number}] "
    unnamed = folded((own, None)), folded((own, None, ": ", None))
    # If the program has replaced `os.strerror`, the replacement is not called.
    if type(os.strerror) is not BuiltinFunctionType:
        return unnamed
    head = own + os.strerror(number)
    return (
        folded((head,)),
        folded((f"{head}: ", None)),
        folded((f"{head}: ", None, " -> ", None)),
        *unnamed,
    )
