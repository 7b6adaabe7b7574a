"""Learns templates: provokes a message with several fillers, and keeps what stays the same."""

from __future__ import annotations

import asyncio
import builtins
import dis
import os
import queue
import re
import signal
import sys
from difflib import SequenceMatcher
from types import FunctionType
from typing import TYPE_CHECKING, Any, NamedTuple

import formats
from fillers import FILLERS, INT, MARKS, NAME, TYPE, VALUE, Filler

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType, TracebackType

    Probe = Callable[[Filler], object]

SOURCE = "<probe>"
PROBE_SECONDS = 0.3
MIN_LETTERS, MIN_LETTERS_WITHOUT_HOLES, MIN_WORDS = 6, 8, 2
MAX_LENGTH = 300

# C code raises these with an object of the program: a missing key, the value of a generator, a
# warning. Their messages may be any text.
WITH_ANY_TEXT = (
    *(KeyError, StopIteration, StopAsyncIteration, SystemExit, GeneratorExit, KeyboardInterrupt),
    *(Warning, asyncio.CancelledError, queue.Empty, queue.Full),
)

_HERE = os.path.dirname(os.path.abspath(__file__))
_HEAP_TYPE = 1 << 9
_TOKEN = re.compile(r"\w+|\s|[^\w\s]")
_ADDRESS = re.compile(r"0x[0-9a-fA-F]{6,}")
_ADDRESS_OR_PATH = re.compile(
    rf"{_ADDRESS.pattern}|{SOURCE}(?::\d+)?|{re.escape(sys.executable)}"
    r"|(?:^|(?<=['\" (]))/(?:tmp|home|root|proc|usr)/[^\s'\"):]*"
)
_HOLES = re.compile(r"\w*[\0-\3][\w\0-\3]*")
_QUALNAME = re.compile(r"[\1\3](?:\.(?:<locals>|\w+|[\1\3]))+(?=[('])")
_NAME_OF_TYPE = re.compile(
    r"[\3](?='? (?:object|instance)s?\b)|(?<=\btype ')[\3]|(?<=\btype )[\3]|(?<=\btype object ')[\3]"
)
# How many characters a codec refuses is a value: `byte 0x80 in position 3`, `bytes in position 3-4`.
_IN_POSITION = re.compile(r"\b(character|byte)s?(?: [^ ]+)? in position [\0\2](?:-[\0\2])?")
_NAME_OF_VALUE = re.compile(r"(?<!^)[\3](?!\()")
_SIGNED = re.compile(r"(?<![\w\0-\3])-(?=[\2])")
_SEVERAL = re.compile(r"[\0-\3](?: ?\0)+|\0(?: ?[\0-\3])+")


class Lesson(NamedTuple):
    """A template and its class."""

    key: str
    template: str


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
    template = simplified(restricted(kind, formats.fixed(common(messages))))
    if any(filler.remains_in(template) for filler in FILLERS):
        return None
    return Lesson(key, template) if is_useful(template) and has_reason(kind, template) else None


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
    """Return the key of an exception class in the table, or None if its messages are not learned."""
    # The messages of a class that is written in Python are in its source.
    is_in_python = type(vars(kind).get("__init__")) is FunctionType
    if is_in_python or issubclass(kind, WITH_ANY_TEXT):
        return None
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
    return simplified(_HOLES.sub(_one, "".join(tokens)))


def simplified(template: str) -> str:
    r"""Join holes that touch one another: `"no \3\0 \0"` → `"no \0"`."""
    template = _QUALNAME.sub(NAME, _SIGNED.sub("", template))
    return " ".join(_SEVERAL.sub(VALUE, template).split())


def _one(found: re.Match[str]) -> str:
    text = found[0]
    if text in MARKS:
        return text
    kinds = set(text).intersection(MARKS)
    if kinds == {INT} and text.replace(INT, "0").isdecimal():
        return INT
    return NAME if kinds == {NAME} else VALUE


def _aligned(left: list[str], right: list[str]) -> list[str]:
    if len(left) == len(right):
        return [a if a == b else _mark(a, b) for a, b in zip(left, right, strict=True)]
    aligned = []
    for action, start, end, _, _ in SequenceMatcher(None, left, right, False).get_opcodes():
        aligned += left[start:end] if action == "equal" else [VALUE]
    return aligned


def _mark(left: str, right: str) -> str:
    return INT if all(text == INT or text.isdecimal() for text in (left, right)) else VALUE


def restricted(kind: type, template: str) -> str:
    r"""Return a template whose names are names in every message: `"no key '\3'"` → `"no key '\0'"`.

    Only the syntax makes sure that they are. Functions and types are named in the source.
    """
    template = _NAME_OF_TYPE.sub(TYPE, _QUALNAME.sub(NAME, template))
    template = _IN_POSITION.sub(rf"\1{VALUE} in position {VALUE}", template)
    is_syntax = issubclass(kind, (SyntaxError, NameError, ImportError))
    return template if is_syntax else _NAME_OF_VALUE.sub(VALUE, template)


def has_reason(kind: type, template: str) -> bool:
    """Return whether a template has the reason that C code adds, or needs none.

    Without it, the template would contain the templates of all reasons.
    """
    if issubclass(kind, UnicodeError):
        return not any(mark in template.rpartition(": ")[2] for mark in MARKS)
    return not (issubclass(kind, RecursionError) and template.endswith(VALUE))


def is_useful(template: str) -> bool:
    """Return whether a template has enough text for a match to be trusted."""
    text = template.translate(dict.fromkeys(map(ord, MARKS), " "))
    letters = MIN_LETTERS if text != template else MIN_LETTERS_WITHOUT_HOLES
    return (
        len(template) <= MAX_LENGTH
        and text.isascii()
        and text.isprintable()
        and sum(map(str.isalpha, text)) >= letters
        and sum(any(map(str.isalpha, word)) for word in text.split()) >= MIN_WORDS
    )
