"""Templates for messages of `OSError`, from our own table of texts for error numbers.

The C library's texts are in the user's language, and code may make an `OSError` with any text. So a
message is not compared with a text. If C code raised the error, its number and the fields that are
set decide on the template.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from telemetry_hook._crash import guarded
from telemetry_hook._redact import system_errors
from telemetry_hook._redact.message.templates import folded

if TYPE_CHECKING:
    from telemetry_hook._redact.message.templates import Template


def templates(number: int) -> tuple[Template, ...]:
    """Return the templates for an error number, the most specific first, or () for other numbers.

    2 → ``[Errno 2] No such file or directory`` with no file name, one or two (``: <…>``), and
    ``[Errno 2] <…>`` for a text that the program supplies.
    """
    if number not in system_errors.ERRORS:
        return ()
    own = f"[Errno {number}] "
    unnamed = folded((own, None)), folded((own, None, ": ", None))
    text = system_errors.text(number)
    if text is None:
        return unnamed
    head = own + text
    return (
        folded((head,)),
        folded((f"{head}: ", None)),
        folded((f"{head}: ", None, " -> ", None)),
        *unnamed,
    )


def known(exception: BaseException) -> tuple[int, Template] | None:
    """Return the number and template of an error that C code raised, or None for other errors.

    Only built-in classes count: in `socket.gaierror` and the like, numbers have other meanings.
    """
    number = guarded.field(exception, OSError, "errno")
    text = system_errors.text(number) if type(number) is int else None
    if type(number) is not int or text is None or not guarded.is_static(type(exception)):
        return None
    fields = [guarded.field(exception, OSError, name) for name in ("filename", "filename2")]
    files = 0 if fields[0] is None else 1 if fields[1] is None else 2
    return number, templates(number)[files]
