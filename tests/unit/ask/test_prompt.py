"""The prompt: only a clear answer is more than a no, and *view* is none."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import pytest

from telemetry_hook import _invocation
from telemetry_hook._ask import prompt, terminal
from telemetry_hook._ask.question import ANSWERS, MORE

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.once

VIEWED = "the exact bytes"


class Typist:
    """Stands for the terminal: types lines, and records the screen.

    None is the end of input or a minute of silence; an exception is what interrupts reading.
    """

    def __init__(self, lines: list[str | BaseException | None], width: int = 80) -> None:
        self.lines = lines
        self.screen = ""
        self.paged: list[str] = []
        self.forgotten = 0
        self.is_alone = True
        self._width = width

    def say(self, text: str) -> None:
        self.screen += text

    def page(self, text: str) -> None:
        self.paged.append(text)

    def forget_typed(self) -> None:
        self.forgotten += 1

    def size(self) -> tuple[int, int]:
        return self._width, 24

    def read_line(self) -> str | None:
        line = self.lines.pop(0)
        if isinstance(line, BaseException):
            raise line
        return line

    @contextlib.contextmanager
    def ready(self) -> Iterator[bool]:
        yield self.is_alone

    def take_over(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in ("say", "page", "forget_typed", "size", "read_line", "ready"):
            monkeypatch.setattr(terminal, name, getattr(self, name))


class Question:
    """As much of a question as the prompt shows."""

    title = "lift has crashed."
    sentence = "May it send a report to Acme Ltd (errors.acme.example), to fix bugs?"
    rows = (("In it:", "the kind of error"), ("Size:", '12 bytes; "view" shows all of it'))
    view = VIEWED


def typist(
    monkeypatch: pytest.MonkeyPatch, *lines: str | BaseException | None, width: int = 80
) -> Typist:
    made = Typist([*lines], width)
    made.take_over(monkeypatch)
    return made


def choose(default: str = "no") -> str:
    return prompt.choose("Send this report?", tuple(prompt.KEYS), default, VIEWED)


@pytest.mark.parametrize("word", ANSWERS)
def test_each_answer_has_a_word_and_a_letter(monkeypatch: pytest.MonkeyPatch, word: str) -> None:
    for line in (f"{word}\n", f"{prompt.KEYS[word]}\n", f"  {word.upper()} \n"):
        typist(monkeypatch, line)
        assert choose() == word


def test_no_two_words_share_a_letter() -> None:
    assert len(set(prompt.KEYS.values())) == len(prompt.KEYS)
    assert set(prompt.KEYS) == {*ANSWERS, "view"}


@pytest.mark.parametrize("line", ["\n", "  \n", None, KeyboardInterrupt()])
@pytest.mark.parametrize("default", ["no", "later"])
def test_what_is_no_answer_means_the_default(
    monkeypatch: pytest.MonkeyPatch, line: str | BaseException | None, default: str
) -> None:
    typist(monkeypatch, line)
    assert choose(default) == default


def test_unclear_answers_are_asked_again_five_times(monkeypatch: pytest.MonkeyPatch) -> None:
    unclear = ["ye\n", "yess\n", "yn\n", "1\n"]
    made = typist(monkeypatch, *unclear, "yes\n")
    assert choose() == "yes"
    assert made.screen.count("Please answer with one of these words") == len(unclear)
    made = typist(monkeypatch, *unclear, "oui\n", "yes\n")
    assert choose() == "no"
    assert made.lines == ["yes\n"]


def test_view_shows_and_asks_again_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    made = typist(monkeypatch, *["view\n", "v\n"] * prompt.TRIES, "y\n")
    assert choose() == "yes"
    assert made.paged == [f"\n{VIEWED}\n"] * (2 * prompt.TRIES)


def test_a_resumed_program_shows_the_question_again(monkeypatch: pytest.MonkeyPatch) -> None:
    made = typist(monkeypatch, *[terminal.ResumedError()] * (prompt.TRIES + 1), "y\n")
    assert choose() == "yes"
    assert made.screen.count("Send this report? (no) ") == prompt.TRIES + 2


def test_what_was_typed_before_each_question_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    made = typist(monkeypatch, "what\n", "view\n", "n\n")
    assert choose() == "no"
    assert made.forgotten == 3


def ask() -> str:
    question: Any = Question()
    return prompt.ask(question)


def test_the_whole_question(monkeypatch: pytest.MonkeyPatch) -> None:
    made = typist(monkeypatch, "\n")
    assert ask() == "no"
    assert made.screen == (
        "\n"
        "lift has crashed. May it send a report to Acme Ltd (errors.acme.example), to\n"
        "fix bugs?\n"
        "\n"
        "  In it:       the kind of error\n"
        '  Size:        12 bytes; "view" shows all of it\n'
        "\n"
        "yes (y), no (n), always (a), never (e), view (v), later (l)\n"
        "Send this report? (no) "
        "Nothing was sent.\n"
    )


def test_only_a_no_says_that_nothing_was_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    made = typist(monkeypatch, "yes\n")
    assert ask() == "yes"
    assert "Nothing was sent" not in made.screen


def test_the_question_of_another_program_keeps_its_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    made = typist(monkeypatch, "yes\n")
    made.is_alone = False
    assert ask() == "no"
    assert (made.screen, made.lines) == ("", ["yes\n"])


@pytest.mark.parametrize("width", [12, 20, 40, 52, 80, 200])
def test_lines_fit_the_terminal(monkeypatch: pytest.MonkeyPatch, width: int) -> None:
    made = typist(monkeypatch, "\n", width=width)
    ask()
    question = made.screen.partition("Send this report?")[0]
    limit = min(width - 2, prompt.MAX_WIDTH)
    words = "lift has crashed. (errors.acme.example), (y),"
    longest = max(map(len, words.split())) + 2
    assert max(map(len, question.splitlines())) <= max(limit, longest)


@pytest.mark.parametrize(("width", "margin"), [(40, ""), (80, "  ")])
def test_a_long_command_has_a_line_of_its_own(
    monkeypatch: pytest.MonkeyPatch, width: int, margin: str
) -> None:
    """So it can be copied. Its title stands below the others."""
    typist(monkeypatch, width=width)
    monkeypatch.setattr(_invocation, "is_bare", lambda: False)
    command = (
        f"/home/me/.local/share/pipx/venvs/{'acme-' * 9}lift/bin/telemetry-hook dictionary lift"
    )
    question = Question()
    monkeypatch.setattr(question, "rows", (*Question.rows, (MORE, command)), raising=False)
    lines = prompt.introduction(question).splitlines()  # type: ignore[arg-type]
    assert lines[-2:] == [f"{margin}{MORE}", command]
    assert any(line.startswith(f"{margin}Size:") for line in lines)


def test_a_word_and_its_letter_stay_on_one_line() -> None:
    assert prompt.letters(("yes", "no", "always"), 12) == "yes (y),\nno (n),\nalways (a)"
