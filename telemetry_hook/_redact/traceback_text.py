r"""Reads the frames in the text of a traceback. A pool's worker passes its traceback on as text.

The text has a part for each exception of a chain, the first one first. A message may contain anything,
also the text of another traceback. So only these parts are read, whose places no message decides:

- the first part: no message comes before it
- the last part: it comes after the last separator that is not in the last exception's message. That
  message is known, because the exception itself came from the worker, too
"""

from __future__ import annotations

from typing import NamedTuple

MAX_FRAMES = 5_000
MAX_REPEATED = 2_000
MAX_CLASS_NAME = 200
MAX_SUGGESTION = 10_000
MAX_DIGITS = 7
QUOTES = ('"""', "'''")
HEADER = "Traceback (most recent call last):\n"
# Between the parts. Python has printed these texts in all versions.
SEPARATORS = tuple(
    f"\n\n{relation}:\n\n{HEADER}"
    for relation in (
        "The above exception was the direct cause of the following exception",
        "During handling of the above exception, another exception occurred",
    )
)
# A group's traceback has a margin.
HEADERS = {HEADER: "", f"  + Exception Group {HEADER}": "  | "}
MARKS = " ^~"  # below the place of a syntax error
SUGGESTION = ". "  # after some messages: ". Did you mean: 'lid'?"
FRAME, LINE, NAME = '  File "', '", line ', ", in "
SOURCE = "    "
REPEATED, TIMES = "  [Previous line repeated ", " more time"


class TextFrame(NamedTuple):
    """A frame in a text. `source` is the first line of the statement, without its indentation."""

    file: str
    line: int
    function: str
    source: str


class Part(NamedTuple):
    """The frames of one exception, outermost first, and its class as the text names it."""

    frames: tuple[TextFrame, ...]
    kind: str


def parts(text: str, printed: str | None) -> tuple[Part, Part | None]:
    """Return the first and the last part of a traceback's text, which may be the same one.

    `printed` is how Python prints the exception that the text should be of, without the module:
    ``RopeError: no rope``. For a syntax error, its place comes before that. `printed` is None if that is
    not known. The last part is None if the text does not end so.
    """
    for quotes in QUOTES:
        if text.startswith(f"\n{quotes}\n"):
            text = text.removeprefix(f"\n{quotes}\n").removesuffix(quotes)
    text = text.rstrip("\n")
    first, end = _part(text, 0)
    before = None if printed is None else _before(text, printed)
    if before is None:
        return first, None
    at = max(text.rfind(separator, end, before) for separator in SEPARATORS)
    # What is printed of a syntax error begins like a frame, so no frame is read from there on.
    if at < 0:
        only, _ = _part(text, 0, before)
        return only, only
    return first, _part(text, text.index(HEADER, at), before)[0]


def _before(text: str, printed: str) -> int | None:
    """Return where the text's last exception is printed, or None if that is another exception."""
    printed = printed.rstrip("\n")
    at = len(text) - len(printed)
    if not text.endswith(printed):
        if printed.startswith(FRAME):
            return _before_syntax_error(text, printed)
        start = text.rfind("\n") + 1
        at = text.find(printed + SUGGESTION, start, start + MAX_SUGGESTION)
        if at < 0:
            return None
    start = text.rfind("\n", 0, at) + 1
    module = text[start:at]  # `acme.`
    is_module = module.endswith(".") and module[:-1].replace(".", "_").isidentifier()
    return start if not module or is_module else None


def _before_syntax_error(text: str, printed: str) -> int | None:
    """Return where a syntax error is printed that is not printed as here, or None.

    The worker may have given it another file's name. Python may have suggested a keyword, and marked
    another place: ``invalid syntax. Did you mean 'for'?``
    """
    place, *others = printed.split("\n")
    rest, *found = text.rsplit("\n", len(others))
    _, is_place, line = place.rpartition(LINE)
    at = rest.rfind(f"\n{FRAME}")
    is_same = len(found) == len(others) and all(map(_is_as_printed, found, others))
    is_there = is_place and rest.endswith(f"{LINE}{line}") and at >= 0
    return at + 1 if is_same and is_there else None


def _is_as_printed(found: str, line: str) -> bool:
    are_marks = not found.strip(MARKS) and not line.strip(MARKS)
    return found == line or are_marks or found.startswith(line + SUGGESTION)


def _part(text: str, at: int, until: int | None = None) -> tuple[Part, int]:
    """Return the part that begins at a place, and the place where its frames end, at `until` at last."""
    header = next((header for header in HEADERS if text.startswith(header, at)), None)
    if header is None:
        return Part((), ""), at
    margin = HEADERS[header]
    frames: list[TextFrame] = []
    at += len(header)
    while len(frames) < MAX_FRAMES and (end := text.find("\n", at, until)) >= 0:
        line = text[at:end].removeprefix(margin)
        if line.startswith(FRAME) and (frame := _frame(line)) is not None:
            frames.append(frame)
        elif not frames:
            break
        elif line.startswith(SOURCE):
            if not frames[-1].source:
                frames[-1] = frames[-1]._replace(source=line.strip())
        elif line.startswith(REPEATED):
            count = _number(line.removeprefix(REPEATED).partition(TIMES)[0]) or 0
            frames += [frames[-1]] * min(count, MAX_REPEATED, MAX_FRAMES - len(frames))
        else:
            break
        at = end + 1
    if len(frames) == MAX_FRAMES:
        frames = []  # where it failed is not known
    kind = text[at : at + MAX_CLASS_NAME].removeprefix(margin).partition("\n")[0]
    return Part(tuple(frames), kind.partition(":")[0]), at


def _frame(line: str) -> TextFrame | None:
    """Return a frame: `File "/lib/lift.py", line 7, in load`."""
    file, _, rest = line.removeprefix(FRAME).rpartition(LINE)
    number, _, function = rest.partition(NAME)
    known = _number(number)
    return TextFrame(file, known, function, "") if file and function and known else None


def _number(text: str) -> int | None:
    is_number = text.isascii() and text.isdecimal() and len(text) <= MAX_DIGITS
    return int(text) if is_number else None
