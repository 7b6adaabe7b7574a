"""A tool's dialog with browsers: asks in web pages about the tool's crashes, and takes the answers.

Only the browser whose request failed is ever shown the page with the question. If an answer cannot
be carried out, the question stays open. A process asks about each crash once. If the crash happens
again while its question is open, the same question is shown. If it happens again after that, the
app's own response is sent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import telemetry_hook
from telemetry_hook import _invocation
from telemetry_hook._installed import changes
from telemetry_hook.web import _process_checks, _threads
from telemetry_hook.web._asker import PageAsker, print_text
from telemetry_hook.web._browsers import Browsers, random_name, with_cookie
from telemetry_hook.web._open_question import Slot, crash_key
from telemetry_hook.web._request import why_foreign

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from telemetry_hook._crash.crash import Crash
    from telemetry_hook._installed.attribution import Registration
    from telemetry_hook.web._open_question import CrashKey, OpenQuestion
    from telemetry_hook.web._page import Reply
    from telemetry_hook.web._request import HttpRequest
    from telemetry_hook.web._script import ScriptLines

PREPARING_SECONDS = 10.0
FAILED = "500 Internal Server Error"


class Dialog:
    """Asks about the crashes of one tool in one process.

    `package` is the name of the tool's entry point. `hosts` are the host names by which
    other machines reach the tool.
    """

    def __init__(self, package: str, hosts: Collection[str]) -> None:
        telemetry_hook.install()
        self._package = package
        if isinstance(hosts, str):
            raise TypeError(f"hosts={hosts!r} must be a collection of names, such as ({hosts!r},)")
        self.hosts = frozenset(host.lower() for host in hosts)
        self._slot = Slot()
        self._script_token = ""
        self._browsers = Browsers()
        changes.remember()

    def failed(self, request: HttpRequest, error: Exception) -> Reply | None:
        """Return the page for a failed request, or None if the app's own response is to be sent."""
        try:
            return self._failed(request, error)
        except Exception as failure:
            _threads.note(failure)
            return None

    def _failed(self, request: HttpRequest, error: Exception) -> Reply | None:
        wants_page, key = request.wants_page, crash_key(error)
        if why_foreign(request, self.hosts) or not (wants_page or self._has_script(request)):
            return None
        if wants_page and (waiting := self.waiting(request)) and waiting.crash_key == key:
            return _threads.run(lambda: self.asked(waiting, request, FAILED), PREPARING_SECONDS)
        from telemetry_hook._crash import capture, guarded

        # The frame of our own middleware does not belong to the crash.
        guarded.set_traceback(error, getattr(guarded.traceback(error), "tb_next", None))
        reply = self._prepare(request, key, lambda: capture.capture(error, "web"))
        return reply if wants_page else None

    def _has_script(self, request: HttpRequest) -> bool:
        """Return whether the page that made a request has our script, which can show the question."""
        return bool(self._script_token) and self._browsers.knows(request)

    def _is_owner(self, request: HttpRequest) -> bool:
        """Return whether a request is certainly from this machine's owner.

        If the tool is also served to other people, a local request may be theirs, forwarded by a
        proxy on this machine.
        """
        return request.is_local and not self.hosts

    def _readable(self, request: HttpRequest, text: str) -> str:
        """Return a text as the browser may show it: only the owner sees paths of this machine."""
        return text if self._is_owner(request) else _invocation.without_path(text)

    def _prepare(
        self, request: HttpRequest, key: CrashKey, capture: Callable[[], Crash]
    ) -> Reply | None:
        """Handle a crash in a new thread, with a time limit. Return the page to show, if any."""
        if not self._slot.reserve(key):
            return None
        try:
            crash = capture()
            asker = PageAsker(
                self._slot, key, self._browsers.name(request), is_owner=self._is_owner(request)
            )
            reply = _threads.run(lambda: self._handle(request, crash, asker), PREPARING_SECONDS)
        except Exception:
            self._slot.release()
            raise
        asker.give_up()
        return reply

    def _handle(self, request: HttpRequest, crash: Crash, asker: PageAsker) -> Reply | None:
        from telemetry_hook import _notes, _pipeline
        from telemetry_hook.web import _page

        try:
            registration = self._registration()
            if _process_checks.why_forbidden({**asker.environment}):
                return None
            if registration is None:
                if changes.is_any_removed():
                    _pipeline.check_unloaded(self._package, None)
                return None
            attributed = _pipeline.Attributed(crash, registration, is_program=True)
            _pipeline.handle(attributed, set(_notes.features), asker)
        finally:
            self._slot.release()
        if asker.opened is not None:
            return self.asked(asker.opened, request, FAILED)
        if asker.case is None or not asker.lines:
            return None
        text = "".join(asker.lines)
        if not request.wants_page:
            print_text(text)
        shown = self._readable(request, text)
        return _page.outcome(asker.case.question, shown, request.base, status=FAILED)

    def waiting(self, request: HttpRequest) -> OpenQuestion | None:
        """Return the open question if it is for this request's browser, else None."""
        with self._slot.lock:
            waiting = self._slot.current()
        return waiting if waiting is not None and waiting.browser == request.browser else None

    def asked(
        self, waiting: OpenQuestion, request: HttpRequest, status: str, notice: str = ""
    ) -> Reply:
        """Return the page that asks an open question, with a notice above the question."""
        from telemetry_hook.web import _page

        question = waiting.question
        page = _page.asked(
            question,
            [(title, self._readable(request, text)) for title, text in question.rows],
            waiting.words,
            waiting.token,
            request.base,
            status=status,
            notice=self._readable(request, notice),
        )
        return with_cookie(page, request, waiting.browser)

    def answer(self, request: HttpRequest, token: str, word: str) -> Reply:
        """Carry out an answer to the question whose page has this token. Return the next page."""
        import hmac

        from telemetry_hook import _actions
        from telemetry_hook.web import _page

        why = _process_checks.why_forbidden(_process_checks.started_environment())
        with self._slot.lock:
            waiting, last = self._slot.current(), self._slot.last_outcome
            if last is not None and hmac.compare_digest(last.token, token):
                text = self._readable(request, last.text)
                return _page.outcome(last.question, text, request.base, status="200 OK")
            if waiting is None or not hmac.compare_digest(waiting.token, token):
                return _page.plain(
                    "410 Gone", "This question is not open any more. Nothing was sent."
                )
            if waiting.state != "waits":
                return _page.plain("409 Conflict", "This question is being answered already.")
            given = next((offered for offered in waiting.words if offered == word), None)
            if why is not None:
                return self.asked(waiting, request, FAILED, f"Nothing was sent: {why}.")
            if given is None:
                notice = f"Please answer with one of these words: {', '.join(waiting.words)}."
                return self.asked(waiting, request, "400 Bad Request", notice)
            waiting.state = "is being answered"
        lines: list[str] = []
        is_done = False
        try:
            is_done = _actions.follow(given, waiting.question, waiting.case.facts, lines.append)
        finally:
            text = "".join(lines) or "Nothing was sent."
            with self._slot.lock:
                waiting.state = "waits"
                if is_done:
                    self._slot.close(waiting, text)
        if is_done:
            shown = self._readable(request, text)
            return _page.outcome(waiting.question, shown, request.base, status="200 OK")
        return self.asked(waiting, request, FAILED, text)

    def script(self, request: HttpRequest) -> Reply:
        """Return the script that a page includes to report its errors."""
        from telemetry_hook.web import _page, _script

        with self._slot.lock:
            self._script_token = self._script_token or random_name()
        reply = _page.script(_script.source(self._script_token))
        return with_cookie(reply, request, self._browsers.name(request))

    def page_error(self, request: HttpRequest, token: str, name: str, lines: ScriptLines) -> Reply:
        """Handle an error in a page's script. Reply with the title of the open question, if any."""
        import hmac

        from telemetry_hook.web import _page, _script

        if not self._script_token or not hmac.compare_digest(self._script_token, token):
            return _page.plain(
                "403 Forbidden", "Nothing was done: the request is not from one of our pages."
            )
        key = (name, *lines[:1])
        with self._slot.lock:
            is_free = self._slot.is_free_for(key)
        registration = self._registration() if is_free else None
        crash = None if registration is None else _script.crash(name, lines, registration)
        if crash is not None:
            self._prepare(request, key, lambda: crash)
        if (waiting := self.waiting(request)) is None:
            return _page.nothing()
        return _page.plain("200 OK", waiting.question.title)

    def _registration(self) -> Registration | None:
        from telemetry_hook._installed import attribution

        registrations = attribution.registrations()
        return next((tool for tool in registrations if tool.package == self._package), None)
