"""One tool's questions in its pages: when one is asked, of whom, and what becomes of the answer.

At most one question is open at a time, so memory is bounded and nobody sees another's report: the
page with it goes to the one whose request failed, and again only to the same browser. It closes with
an answer, or after ten minutes, which is a no. An answer that could not be followed leaves it open.
A crash is asked about once in a process's life; what follows on it goes the way it went without us.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import telemetry_hook
from telemetry_hook.web import _situation
from telemetry_hook.web._browsers import Browsers, random_name, with_cookie
from telemetry_hook.web._imports import trusted
from telemetry_hook.web._visit import why_foreign

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from telemetry_hook._ask.question import Question
    from telemetry_hook._consent.answers import Answer
    from telemetry_hook._consent.rules import Facts
    from telemetry_hook._crash.crash import Crash
    from telemetry_hook._installed.attribution import Registration
    from telemetry_hook._pipeline import Case
    from telemetry_hook.web._page import Reply
    from telemetry_hook.web._script import Places
    from telemetry_hook.web._visit import Visit

    Mark = tuple[object, ...]

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
        if isinstance(hosts, str):
            raise TypeError(f"hosts={hosts!r}: give several names, such as ({hosts!r},)")
        self.hosts = frozenset(each.lower() for each in hosts)
        self._lock = threading.Lock()
        self._marks: set[Mark] = set()
        self._open: Open | None = None
        self._is_preparing = False
        self._answered: tuple[str, Question, str] | None = None
        self._script_token = ""
        self._browsers = Browsers()

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
        from telemetry_hook._crash import capture, guarded

        # The frame of our own middleware is no part of the crash.
        guarded.set_traceback(error, getattr(guarded.traceback(error), "tb_next", None))
        reply = self._prepare(visit, mark, lambda: capture.capture(error, "web"))
        return reply if wants_page else None

    def script(self, visit: Visit) -> Reply:
        """Return the script that a page includes to tell of its errors."""
        from telemetry_hook.web import _page, _script

        self._script_token = self._script_token or random_name()
        reply = _page.script(_script.source(self._script_token))
        return with_cookie(reply, visit, self._browsers.name(visit))

    def waiting(self, visit: Visit) -> Open | None:
        """Return the question that waits for this very browser."""
        with self._lock:
            waiting = self._current()
        return waiting if waiting is not None and waiting.browser == visit.browser else None

    def asked(self, waiting: Open, visit: Visit, status: str, told: str = "") -> Reply:
        """Return the page of a question; `told` stands above it."""
        from telemetry_hook.web import _page

        page = _page.asked(
            waiting.question, waiting.words, waiting.token, visit.base, status=status, told=told
        )
        return with_cookie(page, visit, waiting.browser)

    def _can_tell(self, visit: Visit) -> bool:
        """Tell whether a page's script will learn of a question that its request has led to."""
        return bool(self._script_token) and self._browsers.knows(visit)

    def _is_owner(self, visit: Visit) -> bool:
        """Tell whether a request is surely that of the person whose machine this is.

        Where others are served too it may be theirs, past a proxy that does not show.
        """
        return visit.is_local and not self.hosts

    def _current(self) -> Open | None:
        if self._open is not None and time.monotonic() > self._open.until:
            self._open = None
        return self._open

    def _may_ask(self, mark: Mark) -> bool:
        """Tell whether a crash is new, and no other is asked about or prepared."""
        is_new = mark not in self._marks and len(self._marks) < MAX_MARKS
        return is_new and not self._is_preparing and self._current() is None

    def _prepare(self, visit: Visit, mark: Mark, crash: Callable[[], Crash]) -> Reply | None:
        with self._lock:
            if not self._may_ask(mark):
                return None
            self._marks.add(mark)
            self._is_preparing = True
        is_late = threading.Event()

        def begin(found: Crash) -> Reply | None:
            try:
                return self._begin(visit, mark, found, is_late)
            finally:
                self._is_preparing = False  # not before: what hangs is not tried again

        try:
            found = crash()
            reply = trusted.run(lambda: begin(found), PREPARING)
        except Exception:
            self._is_preparing = False
            raise
        with self._lock:
            is_late.set()
        return reply

    def _begin(
        self, visit: Visit, mark: Mark, crash: Crash, is_late: threading.Event
    ) -> Reply | None:
        """Do what is decided about a crash: ask, send, or say that it was reported already."""
        from telemetry_hook import _actions
        from telemetry_hook._ask.question import ANSWERS
        from telemetry_hook.web import _page

        if (case := self._examined(crash)) is None:
            return None
        action = case.decision.action
        if action == "send" and not self._is_owner(visit):
            action = "ask"
        waiting = Open(
            token=random_name(),
            browser=self._browsers.name(visit),
            mark=mark,
            question=case.question,
            facts=case.facts,
            words=ANSWERS if self._is_owner(visit) else OTHERS_WORDS,
            until=time.monotonic() + OPEN_FOR,
        )
        with self._lock:
            if is_late.is_set():
                return None
            if action == "ask":
                self._open = waiting
        if action == "ask":
            return self.asked(waiting, visit, FAILED)
        lines: list[str] = []
        if action == "send":
            _actions.send_always(case.question, case.decision, lines.append)
        else:
            lines.append(f"telemetry-hook: {case.decision.reason}; not again.\n")
        if not visit.wants_page:
            _tell("".join(lines))
        return _page.told(case.question, "".join(lines), visit.base, status=FAILED)

    def _examined(self, crash: Crash) -> Case | None:
        from telemetry_hook import _notes, _pipeline
        from telemetry_hook._errors import GateError, StorageError

        environment = _situation.environment()
        registration = self._registration()
        if registration is None or _situation.why_not(environment) is not None:
            return None
        try:
            plugin = _pipeline.load(crash, registration, environment)
            if plugin is None:
                return None
            return _pipeline.examine(crash, set(_notes.features), plugin, environment, None)
        except StorageError:
            return None
        except GateError as error:
            _tell(_pipeline.DROPPED.format(error=error))
            raise

    def answer(self, visit: Visit, token: str, answer: str) -> Reply:
        """Return what came of an answer to the question that a token is from."""
        import hmac

        from telemetry_hook import _actions
        from telemetry_hook.web import _page

        why = _situation.why_not(_situation.environment())
        with self._lock:
            waiting = self._current()
            done = self._answered
            if done is not None and hmac.compare_digest(done[0], token):
                return _page.told(done[1], done[2], visit.base, status="200 OK")
            if waiting is None or not hmac.compare_digest(waiting.token, token):
                return _page.plain(
                    "410 Gone", "This question is not open any more. Nothing was sent."
                )
            if waiting.state != "waits":
                return _page.plain("409 Conflict", "This question is being answered already.")
            given = next((each for each in waiting.words if each == answer), None)
            if why is not None:
                return self.asked(waiting, visit, FAILED, f"Nothing was sent: {why}.")
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
                    if self._open is waiting:
                        self._open = None
                    self._answered = (token, waiting.question, said)
        if is_done:
            return _page.told(waiting.question, said, visit.base, status="200 OK")
        return self.asked(waiting, visit, FAILED, said)

    def tell(self, visit: Visit, token: str, name: str, places: Places) -> Reply:
        """Take an error of a page's script; the reply has a text where a question has come of it."""
        import hmac

        from telemetry_hook.web import _page, _script

        if not self._script_token or not hmac.compare_digest(self._script_token, token):
            return _page.plain("403 Forbidden", "Nothing was done: it is not from a page of ours.")
        mark = (name, *places[:1])
        with self._lock:
            may_ask = self._may_ask(mark)
        registration = self._registration() if may_ask else None
        crash = None if registration is None else _script.crash(name, places, registration)
        if crash is not None:
            self._prepare(visit, mark, lambda: crash)
        if (waiting := self.waiting(visit)) is None:
            return _page.nothing()
        return _page.plain("200 OK", waiting.question.title)

    def _registration(self) -> Registration | None:
        from telemetry_hook._installed import attribution

        found = attribution.registrations()
        return next((each for each in found if each.package == self._package), None)


def _mark(error: BaseException) -> Mark:
    """Return what tells crashes apart at next to no cost: the class, and the innermost lines."""
    from telemetry_hook._crash import guarded

    lines: list[object] = []
    traceback = guarded.traceback(error)
    while traceback is not None:
        lines += [traceback.tb_frame.f_code.co_filename, traceback.tb_lineno]
        del lines[: -2 * MARKED_FRAMES]
        traceback = traceback.tb_next
    return (guarded.qualname(type(error)), *lines)


def _tell(text: str) -> None:
    from telemetry_hook._ask.terminal import say

    say(text)
