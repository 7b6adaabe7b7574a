"""One question is open at a time; what is prepared too late opens none."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from telemetry_hook._ask.question import ANSWERS
from telemetry_hook.web import _open_question
from telemetry_hook.web._asker import WORDS_FOR_OTHERS, PageAsker
from telemetry_hook.web._open_question import OPEN_SECONDS, Slot, crash_key

if TYPE_CHECKING:
    from telemetry_hook.web._open_question import CrashKey

CASE: Any = SimpleNamespace(question=SimpleNamespace(title="studio has crashed."))
KEY: CrashKey = ("ValueError", "app.py", 3)
OTHER: CrashKey = ("KeyError", "app.py", 4)
BROWSER = "b" * 32


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [1000.0]
    monkeypatch.setattr(_open_question, "time", SimpleNamespace(monotonic=lambda: now[0]))
    return now


def test_a_crash_is_asked_about_once() -> None:
    slot = Slot()
    assert slot.reserve(KEY)
    slot.release()
    assert not slot.reserve(KEY)
    assert slot.reserve(OTHER)


def test_one_is_prepared_at_a_time() -> None:
    slot = Slot()
    assert slot.reserve(KEY)
    assert not slot.is_free_for(OTHER)
    assert not slot.reserve(OTHER)
    slot.release()
    assert slot.reserve(OTHER)  # the refusal is not remembered as a question


def test_one_is_open_at_a_time_for_ten_minutes(clock: list[float]) -> None:
    slot = Slot()
    opened = slot.open(CASE, KEY, BROWSER, ANSWERS)
    clock[0] += OPEN_SECONDS
    assert slot.current() is opened
    assert not slot.is_free_for(OTHER)
    clock[0] += 1
    assert slot.current() is None
    assert slot.is_free_for(OTHER)


def test_memory_of_crashes_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_open_question, "MAX_CRASH_KEYS", 2)
    slot = Slot()
    for line in range(2):
        assert slot.reserve((line,))
        slot.release()
    assert not slot.reserve((2,))


def test_an_answer_closes_the_question_that_it_was_for(clock: list[float]) -> None:
    slot = Slot()
    first = slot.open(CASE, KEY, BROWSER, ANSWERS)
    clock[0] += OPEN_SECONDS + 1
    second = slot.open(CASE, OTHER, BROWSER, ANSWERS)
    assert first.token != second.token
    slot.close(first, "Sent.")
    assert slot.current() is second
    assert slot.last_outcome is not None
    assert (slot.last_outcome.token, slot.last_outcome.text) == (first.token, "Sent.")
    slot.close(second, "Nothing was sent.")
    assert slot.current() is None


def raised(kind: type[Exception], depth: int) -> Exception:
    def fail(left: int) -> None:
        if left:
            fail(left - 1)
        raise kind

    try:
        fail(depth)
    except Exception as error:
        return error
    raise AssertionError


def test_a_crash_key_is_the_class_and_the_innermost_lines() -> None:
    assert crash_key(raised(ValueError, 1)) == crash_key(raised(ValueError, 1))
    assert crash_key(raised(ValueError, 1)) != crash_key(raised(KeyError, 1))
    assert crash_key(raised(ValueError, 1)) != crash_key(raised(ValueError, 2))
    assert crash_key(raised(ValueError, 50)) == crash_key(raised(ValueError, 60))
    assert crash_key(ValueError("a value")) == crash_key(ValueError("another")) == ("ValueError",)


def asker(slot: Slot, *, is_owner: bool = True) -> PageAsker:
    return PageAsker(slot, KEY, BROWSER, is_owner=is_owner)


def test_the_owner_is_offered_all_answers_and_others_yes_and_no() -> None:
    for is_owner, words in ((True, ANSWERS), (False, WORDS_FOR_OTHERS)):
        slot = Slot()
        made = asker(slot, is_owner=is_owner)
        assert made.accept(CASE)
        assert made.may_send() is is_owner
        made.ask(CASE)
        assert made.opened is slot.current()
        assert made.opened is not None
        assert (made.opened.words, made.opened.browser) == (words, BROWSER)


def test_what_is_assessed_too_late_is_not_accepted() -> None:
    made = asker(Slot())
    made.give_up()
    assert not made.accept(CASE)
    assert made.case is None


def test_what_becomes_too_late_after_that_opens_no_question() -> None:
    slot = Slot()
    made = asker(slot)
    assert made.accept(CASE)
    made.give_up()
    made.ask(CASE)
    assert made.opened is None
    assert slot.current() is None


def test_texts_are_for_the_page_once_there_is_one_to_come(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    printed: list[str] = []
    monkeypatch.setattr("telemetry_hook.web._asker.print_text", printed.append)
    made = asker(Slot())
    made.write("dropped")
    assert (printed, made.lines) == (["dropped"], [])
    assert made.accept(CASE)
    made.write("reported already")
    assert (printed, made.lines) == (["dropped"], ["reported already"])
