"""Asks the question on the terminal: lays out its text and reads the answer."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from telemetry_hook import _invocation
from telemetry_hook._ask import terminal
from telemetry_hook._ask.question import ASK, MORE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from telemetry_hook._ask.question import Question
    from telemetry_hook._consent.answers import Answer

KEYS = {"yes": "y", "no": "n", "always": "a", "never": "e", "view": "v", "later": "l"}
TRIES = 5
MIN_WIDTH, MAX_WIDTH = 10, 78
NARROW = 50  # below this width, titles are above their texts
TITLE = 15


def ask(question: Question) -> Answer:
    """Ask on the terminal. Enter, end of input, Ctrl-C and unclear answers mean *no*."""
    with terminal.ready() as is_alone:
        if not is_alone:
            return "no"  # another program's question is on this terminal
        terminal.say(f"\n{introduction(question)}\n\n")
        answer = choose(ASK, tuple(KEYS), "no", question.view)
        if answer == "no":
            terminal.say("Nothing was sent.\n")
        return answer  # type: ignore[return-value]


def choose(ask_for: str, words: Sequence[str], default: str, shown: str) -> str:
    """Read one of the words, or its letter. `shown` is the text that *view* shows.

    Enter alone, end of input, Ctrl-C, a minute without input, and repeated unclear answers mean
    `default`.
    """
    meant = {"": default, **{word: word for word in words}, **{KEYS[word]: word for word in words}}
    keys = letters(words, _width())
    left = TRIES
    try:
        while left:
            terminal.forget_typed()
            terminal.say(f"{keys}\n{ask_for} ({default}) ")
            try:
                line = terminal.read_line()
            except terminal.ResumedError:
                terminal.say("\n")
                continue
            if line is None:
                break
            answer = meant.get(line.strip().lower())
            if answer == "view":
                terminal.page(f"\n{shown}\n")
            elif answer is not None:
                return answer
            else:
                terminal.say("Please answer with one of these words, or its letter.\n")
                left -= 1
    except KeyboardInterrupt:
        pass
    terminal.say("\n")
    return default


def letters(words: Sequence[str], width: int = MAX_WIDTH) -> str:
    """Return the words with their letters: ``yes (y), no (n)``.

    The words are complete, so that a screen reader can read them aloud.
    """
    joined = ", ".join(f"{word}\N{NO-BREAK SPACE}({KEYS[word]})" for word in words)
    return textwrap.fill(joined, width).replace("\N{NO-BREAK SPACE}", " ")


def introduction(question: Question) -> str:
    """Return the question's text, without the list of answers."""
    rows = [line for title, text in question.rows for line in _row(title, text)]
    return "\n".join([*_wrapped(f"{question.title} {question.sentence}"), "", *rows])


def _width() -> int:
    columns, _ = terminal.size()
    return max(MIN_WIDTH, min(MAX_WIDTH, columns - 2))


def _wrapped(text: str, first: str = "", rest: str = "") -> list[str]:
    return textwrap.wrap(
        text, _width(), initial_indent=first, subsequent_indent=rest, break_on_hyphens=False
    )


def _row(title: str, text: str) -> list[str]:
    is_narrow = _width() < NARROW
    if title == MORE and TITLE + len(text) > _width() and not _invocation.is_bare():
        # The text is in one piece, so that it can be copied.
        return [title if is_narrow else f"  {title}", text]
    if is_narrow:
        return [title, *_wrapped(text, "  ", "  ")]
    return _wrapped(text, f"  {title:<{TITLE - 2}}", " " * TITLE)
