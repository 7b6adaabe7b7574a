"""Our own addresses in a tool's app: who may use them, and what they do."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import TYPE_CHECKING

from telemetry_hook.web import _threads
from telemetry_hook.web._dialog import FAILED
from telemetry_hook.web._request import why_foreign, why_not_ours

if TYPE_CHECKING:
    from telemetry_hook.web._dialog import Dialog
    from telemetry_hook.web._page import Reply
    from telemetry_hook.web._request import HttpRequest

MAX_BODY = 16 * 1024
ANSWERING = 30.0
CHANGING = ("answer", "error")


def reply(dialog: Dialog, request: HttpRequest, body: bytes) -> Reply:
    """Return the reply to a request for one of our own addresses."""
    made = None
    with contextlib.suppress(RuntimeError):  # no more threads
        made = _threads.run(lambda: _reply(dialog, request, body), ANSWERING)
    made = made or _failed(dialog, request)
    return replace(made, body=b"") if request.method == "HEAD" else made


def _failed(dialog: Dialog, request: HttpRequest) -> Reply:
    from telemetry_hook.web import _page

    if (waiting := dialog.waiting(request)) is not None:
        return dialog.asked(waiting, request, FAILED, "This failed. You can answer again.")
    return _page.plain(FAILED, "This failed.")


def _reply(dialog: Dialog, request: HttpRequest, body: bytes) -> Reply:
    from telemetry_hook.web import _page, _script

    name = request.path.rpartition("/")[2]
    if name in CHANGING and (why := why_not_ours(request, dialog.hosts)):
        return _page.plain("403 Forbidden", f"Nothing was done: {why}.")
    if why := why_foreign(request, dialog.hosts):
        return _page.plain("403 Forbidden", f"Nothing is shown: {why}.")
    if len(body) > MAX_BODY:
        return _page.plain("413 Content Too Large", "The request body is too large.")
    if name == "answer":
        return dialog.answer(request, *_form(body))
    if name == "error":
        return dialog.page_error(request, *_script.parse(body, request.headers["origin"]))
    if name == "script.js":
        return dialog.script(request)
    if (waiting := dialog.waiting(request)) is not None and name == "question":
        return dialog.asked(waiting, request, "200 OK")
    if name == "title":
        return _page.nothing() if waiting is None else _page.plain("200 OK", waiting.question.title)
    return _page.plain("404 Not Found", "There is no question here.")


def _form(body: bytes) -> tuple[str, str]:
    from urllib.parse import parse_qs

    values = parse_qs(body.decode("ascii", "replace"), max_num_fields=10)
    token, answer = (values.get(name, [""])[0] for name in ("token", "answer"))
    return token.encode("ascii", "replace").decode(), answer
