"""One tool's questions in its pages: when one is asked, of whom, and what becomes of the answer.

At most one question is open at a time, so memory is bounded and nobody sees another's report: the
page with it goes to the one whose request failed, and again only to the same browser. It closes with
an answer, or after ten minutes, which is a no. An answer that could not be followed leaves it open.
A crash is asked about once in a process's life; what follows on it goes the way it went without us.
"""

from __future__ import annotations

import os
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import telemetry_hook
from telemetry_hook.web._imports import trusted
from telemetry_hook.web._visit import COOKIE, why_foreign

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from types import TracebackType

    from telemetry_hook._attribution import Registration
    from telemetry_hook._consent import Facts
    from telemetry_hook._crash import Crash
    from telemetry_hook._question import Question
    from telemetry_hook._settings import Answer
    from telemetry_hook.web._page import Reply
    from telemetry_hook.web._script import Places
    from telemetry_hook.web._visit import Visit

    Mark = tuple[object, ...]

LOCAL_WORDS: tuple[Answer, ...] = ("yes", "no", "always", "never", "later")
OTHERS_WORDS: tuple[Answer, ...] = ("yes", "no")  # what stands is the machine's owner's to say
OPEN_FOR = 600.0
PREPARING = 10.0
MAX_MARKS = 1000
MARKED_FRAMES = 5
FAILED = "500 Internal Server Error"


@dataclass(slots=True)
class Open:
    """A question that waits; `until` is by the monotonic clock."""

    token: str
    browser: str
    mark: Mark
    question: Question
    facts: Facts
    words: tuple[Answer, ...]
    until: float
    state: Literal["waits", "is being answered"] = "waits"


class Dialog:
    """The questions of one tool in one process."""

    def __init__(self, package: str, hosts: Collection[str]) -> None:
        telemetry_hook.install()
        trusted.install()
        self._package = package
        self.hosts = frozenset(each.lower() for each in hosts)
        self._lock = threading.Lock()
        self._marks: set[Mark] = set()
        self._open: Open | None = None
        self._is_preparing = False
        self._answered: tuple[str, Question, str] | None = None
        self._script_token = ""

    def failed(self, visit: Visit, error: Exception) -> Reply | None:
        """Return the page for an error in a request; None where the response is to be the app's own."""
        try:
            return self._failed(visit, error)
        except Exception as failure:
            trusted.note(failure)
            return None

    def _failed(self, visit: Visit, error: Exception) -> Reply | None:
        wants_page, mark = visit.wants_page, _mark(error)
        if why_foreign(visit, self.hosts) or not (wants_page or self._can_tell(visit)):
            return None
        if wants_page and (waiting := self.waiting(visit)) and waiting.mark == mark:
            return trusted.run(lambda: self.asked(waiting, visit, FAILED), PREPARING)
        from telemetry_hook import _stack

        # The frame of our own middleware is no part of the crash.
        error.__traceback__ = error.__traceback__ and error.__traceback__.tb_next
        reply = self._prepare(visit, mark, lambda: _stack.capture(error, "web"))
        return reply if wants_page else None

    def script(self, visit: Visit) -> Reply:
        """Return the script that a page includes to tell of its errors."""
        from telemetry_hook.web import _page, _script

        self._script_token = self._script_token or _random()
        reply = _page.script(_script.source(self._script_token))
        return _with_cookie(reply, visit, visit.browser or _random())

    def waiting(self, visit: Visit) -> Open | None:
        """Return the question that waits for this very browser."""
        with self._lock:
            waiting = self._current()
        return waiting if waiting is not None and waiting.browser == visit.browser else None

    def asked(self, waiting: Open, visit: Visit, status: str, told: str = "") -> Reply:
        """Return the page of a question; `told` stands above it."""
        from telemetry_hook.web import _page

        page = _page.asked(
            waiting.question, waiting.words, waiting.token, visit.root, status=status, told=told
        )
        return _with_cookie(page, visit, waiting.browser)

    def _can_tell(self, visit: Visit) -> bool:
        """Tell whether a page's script will learn of a question that its request has led to."""
        return bool(self._script_token) and visit.browser is not None

    def _current(self) -> Open | None:
        if self._open is not None and time.monotonic() > self._open.until:
            self._open = None
        return self._open

    def _prepare(self, visit: Visit, mark: Mark, crash: Callable[[], Crash | None]) -> Reply | None:
        with self._lock:
            is_new = mark not in self._marks and len(self._marks) < MAX_MARKS
            if self._is_preparing or self._current() is not None or not is_new:
                return None
            self._marks.add(mark)
            self._is_preparing = True
        try:
            found = crash()
            if found is None:
                return None
            return trusted.run(lambda: self._begin(visit, mark, found), PREPARING)
        finally:
            self._is_preparing = False

    def _begin(self, visit: Visit, mark: Mark, crash: Crash) -> Reply | None:
        """Do what is decided about a crash: ask, send, or say that it was reported already."""
        from telemetry_hook import _actions, _notes, _pipeline
        from telemetry_hook._errors import GateError, StorageError
        from telemetry_hook.web import _page

        environment = _environment()
        registration = self._registration()
        if environment is None or registration is None:
            return None
        try:
            plugin = _pipeline.load(crash, registration, environment)
            if plugin is None:
                return None
            case = _pipeline.examine(crash, set(_notes.features), plugin, environment, None)
        except StorageError:
            return None
        except GateError as error:
            _tell(_pipeline.DROPPED.format(error=error))
            raise
        if case is None:
            return None
        action = case.decision.action
        if action == "send" and not visit.is_local:
            action = "ask"  # what stands is the owner's word for their own requests
        if action == "ask":
            self._open = Open(
                token=_random(),
                browser=visit.browser or _random(),
                mark=mark,
                question=case.question,
                facts=case.facts,
                words=LOCAL_WORDS if visit.is_local else OTHERS_WORDS,
                until=time.monotonic() + OPEN_FOR,
            )
            return self.asked(self._open, visit, FAILED)
        lines: list[str] = []
        if action == "send":
            _actions.send_always(case.question, case.decision, lines.append)
        else:
            lines.append(f"telemetry-hook: {case.decision.reason}; not again.\n")
        if not visit.wants_page:
            _tell("".join(lines))
        return _page.told(case.question, "".join(lines), visit.root, status=FAILED)

    def answer(self, visit: Visit, token: str, answer: str) -> Reply:
        """Return what came of an answer to the question that a token is from."""
        import hmac

        from telemetry_hook import _actions
        from telemetry_hook.web import _page

        with self._lock:
            waiting = self._current()
            done = self._answered
            if done is not None and hmac.compare_digest(done[0], token):
                return _page.told(done[1], done[2], visit.root, status="200 OK")
            if waiting is None or not hmac.compare_digest(waiting.token, token):
                return _page.plain(
                    "410 Gone", "This question is not open any more. Nothing was sent."
                )
            if waiting.state != "waits":
                return _page.plain("409 Conflict", "This question is being answered already.")
            given = next((each for each in waiting.words if each == answer), None)
            if given is None:
                told = f"Please answer with one of these words: {', '.join(waiting.words)}."
                return self.asked(waiting, visit, "400 Bad Request", told)
            waiting.state = "is being answered"
        lines: list[str] = []
        is_done = False
        try:
            is_done = _actions.follow(given, waiting.question, waiting.facts, lines.append)
        finally:
            said = "".join(lines) or "Nothing was sent."
            with self._lock:
                waiting.state = "waits"
                if is_done:
                    self._open = None
                    self._answered = (token, waiting.question, said)
        if is_done:
            return _page.told(waiting.question, said, visit.root, status="200 OK")
        return self.asked(waiting, visit, FAILED, said)

    def tell(self, visit: Visit, token: str, name: str, places: Places) -> Reply:
        """Take an error of a page's script; the reply has a text where a question has come of it."""
        import hmac

        from telemetry_hook.web import _page, _script

        if not self._script_token or not hmac.compare_digest(self._script_token, token):
            return _page.plain("403 Forbidden", "Nothing was done: it is not from a page of ours.")
        registration = self._registration()
        crash = None if registration is None else _script.crash(name, places, registration)
        if crash is not None:
            self._prepare(visit, (name, *places[:1]), lambda: crash)
        if (waiting := self.waiting(visit)) is None:
            return _page.nothing()
        return _page.plain("200 OK", waiting.question.title)

    def _registration(self) -> Registration | None:
        from telemetry_hook import _attribution

        found = _attribution.registrations()
        return next((each for each in found if each.package == self._package), None)


def _environment() -> dict[str, str] | None:
    """Return the environment as the user set it; None where nothing may be asked or sent."""
    from telemetry_hook import _consent, _environment
    from telemetry_hook._isolation import shadows

    found = _environment.as_started(telemetry_hook._started_with)  # noqa: SLF001 - the package's
    if _consent.forbidden_by(found) or _environment.moved(found) or shadows():
        return None
    return found


def _mark(error: BaseException) -> Mark:
    """Return what tells crashes apart at next to no cost: the class, and the innermost lines."""
    lines: list[object] = []
    traceback: TracebackType | None = error.__traceback__
    while traceback is not None:
        lines += [traceback.tb_frame.f_code.co_filename, traceback.tb_lineno]
        del lines[: -2 * MARKED_FRAMES]
        traceback = traceback.tb_next
    return (type(error).__qualname__, *lines)


def _with_cookie(reply: Reply, visit: Visit, browser: str) -> Reply:
    from dataclasses import replace

    cookie = f"{COOKIE}={browser}; Path={visit.root}/; HttpOnly; SameSite=Strict"
    return replace(reply, headers=(*reply.headers, ("Set-Cookie", cookie)))


def _random() -> str:
    return os.urandom(16).hex()


def _tell(text: str) -> None:
    from telemetry_hook._terminal import say

    say(text)
