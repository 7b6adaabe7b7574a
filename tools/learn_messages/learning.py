"""Learns templates: provokes a message with several fillers, and keeps what stays the same."""

from __future__ import annotations

import builtins
import dis
import os
import re
import signal
import sys
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Any, NamedTuple

from fillers import FILLERS, TYPE, VALUE, Filler

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType, TracebackType

    Probe = Callable[[Filler], object]

SOURCE = "<probe>"
PROBE_SECONDS = 0.3
MIN_LETTERS, MIN_LETTERS_WITHOUT_HOLES, MIN_WORDS = 6, 8, 2
MAX_LENGTH = 300

_HERE = os.path.dirname(os.path.abspath(__file__))
_HEAP_TYPE = 1 << 9
_TOKEN = re.compile(r"\w+|\s|[^\w\s]")
_ADDRESS = re.compile(r"0x[0-9a-fA-F]{6,}")
# Numbers and names that depend on the call or on the build, even if all probes show the same.
_VARIABLE = re.compile(
    r"""
    (?<=\()\d+(?=[ -](?:sequence[ ])?given\))
    |\d+(?=[ ](?:was|were)[ ]given)
    |(?<=,[ ]got[ ])-?(?:[\d\0]|inf|nan)[\d.\0e+-]*$
    |(?<=\(used[ ])\d+(?=[ ]kB\))
    |(?<=^day[ ])\d+
    |(?<=[ ]in[ ]range[ ]1\.\.)\d+(?=[ ]for[ ]month)
    |(?<=[ ]for[ ]month[ ])\d+
    |(?<=[ ]in[ ]year[ ])\d+
    |(?<=^Binding[ ])\d+
    |(?<=[ ]byte[ ])0x[0-9a-f]+
    |(?<=[ ]position[ ])\d+
    |(?<=\d-)\d+(?=:)
    |(?<=[ ]character[ ]')\\[uUx][0-9a-f]+
    |(?<=\.c:)\d+
    |(?<=invalid[ ]character[ ]').
    |(?<=\bU\+)[0-9A-F]+
    |\d+(?=[ ](?:values|columns)\b)
    |(?<=expected[ ])\d+(?=[,)]|$)
    |^\d+(?=(?:st|nd|rd|th)[ ])
    |(?<=between[ ]1[ ]and[ ])\d+$
    |(?<=^\[Errno[ ])\d+
    |(?<=days=)-?\d+
    |(?<=^signal[ ])\d+
    |(?<=[ ]protocol:[ ])\d+
    |(?<![\w.])\d{6,}
    """,
    re.VERBOSE,
)
_ADDRESS_OR_PATH = re.compile(
    rf"{_ADDRESS.pattern}|{SOURCE}(?::\d+)?|(?:^|(?<=['\" (]))/(?:tmp|home|root|proc|usr)/[^\s'\"):]*"
)
_HOLES = re.compile(r"\w*\0[\w\0]*")


class Lesson(NamedTuple):
    """A template, its class, and the built-in classes that one derives from."""

    key: str
    template: str
    bases: tuple[str, ...]


class Overdue(BaseException):
    """A probe took too long."""


def learn(probe: Probe) -> Lesson | None:
    """Return what all fillers' messages have in common, if C code raised them."""
    raised = []
    for filler in FILLERS:
        exception = provoke(probe, filler)
        if exception is None or not raised_in_c(exception.__traceback__):
            return None
        raised.append(exception)
    kind = type(raised[0])
    key = name(kind)
    if key is None or any(type(exception) is not kind for exception in raised):
        return None
    messages = [
        filler.mark(message(exception)) for filler, exception in zip(FILLERS, raised, strict=True)
    ]
    template = common(messages)
    # A message that is only the key has no text of its own.
    if kind is KeyError and template[:1] not in "'\"":
        return None
    if not is_useful(template) or any(filler.remains_in(template) for filler in FILLERS):
        return None
    base_names = map(name, kind.__mro__[1:])
    bases = [base for base in base_names if base is not None and "." not in base]
    return Lesson(key, template, tuple(bases))


def provoke(probe: Probe, filler: Filler) -> BaseException | None:
    """Run a probe and return what it raised."""
    signal.signal(signal.SIGALRM, _overdue)
    try:
        try:
            signal.setitimer(signal.ITIMER_REAL, PROBE_SECONDS)
            probe(filler)
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
    except Overdue:
        return None
    except BaseException as exception:
        return None if isinstance(exception.__context__, Overdue) else exception
    return None


def _overdue(_signal: int, _frame: FrameType | None) -> None:
    raise Overdue


def raised_in_c(traceback: TracebackType | None) -> bool:
    """Return whether C code raised an exception: no `raise` statement of the standard library did.

    Probes have no `raise` statement with a text.
    """
    if traceback is None:
        return False
    while traceback.tb_next is not None:
        traceback = traceback.tb_next
    code = traceback.tb_frame.f_code
    if code.co_filename == SOURCE or code.co_filename.startswith(_HERE):
        return True
    operation = dis.opname[code.co_code[traceback.tb_lasti]]
    return operation not in {"RAISE_VARARGS", "RERAISE"}


def name(kind: type) -> str | None:
    """Return the key of a class in the table; None for one that cannot be found again."""
    if not kind.__flags__ & _HEAP_TYPE:
        return kind.__name__ if vars(builtins).get(kind.__name__) is kind else None
    value: Any = sys.modules.get(kind.__module__)
    for part in kind.__qualname__.split("."):
        value = getattr(value, part, None)
    return f"{kind.__module__}.{kind.__qualname__}" if value is kind else None


def message(exception: BaseException) -> str:
    r"""Return an exception's message, addresses and paths as holes; of a syntax error its `msg`.

    `FileNotFoundError(2, "Not found", "/tmp/x")` → `"[Errno 2] Not found: '\0'"`
    """
    try:
        text = exception.msg if isinstance(exception, SyntaxError) else str(exception)
    except Exception:
        return ""
    return " ".join(_ADDRESS_OR_PATH.sub(VALUE, str(text)).split())


def common(messages: list[str]) -> str:
    r"""Return what messages have in common: `["no key kb", "no key fg"]` → `"no key \0"`."""
    tokens = _TOKEN.findall(messages[0])
    for other in messages[1:]:
        tokens = _aligned(tokens, _TOKEN.findall(other))
    template = _HOLES.sub(VALUE, _VARIABLE.sub(VALUE, "".join(tokens)))
    return " ".join(template.split())


def _aligned(left: list[str], right: list[str]) -> list[str]:
    if len(left) == len(right):
        return [a if a == b else VALUE for a, b in zip(left, right, strict=True)]
    aligned = []
    for action, start, end, _, _ in SequenceMatcher(None, left, right, False).get_opcodes():
        aligned += left[start:end] if action == "equal" else [VALUE]
    return aligned


def is_useful(template: str) -> bool:
    """Return whether a template has enough text for a match to be trusted."""
    text = template.replace(VALUE, " ").replace(TYPE, " ")
    letters = MIN_LETTERS if text != template else MIN_LETTERS_WITHOUT_HOLES
    return (
        len(template) <= MAX_LENGTH
        and text.isascii()
        and text.isprintable()
        and sum(map(str.isalpha, text)) >= letters
        and sum(any(map(str.isalpha, word)) for word in text.split()) >= MIN_WORDS
    )
