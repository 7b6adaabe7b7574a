"""Identifies browsers by a cookie that this process has set."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from telemetry_hook.web._request import COOKIE

if TYPE_CHECKING:
    from telemetry_hook.web._page import Reply
    from telemetry_hook.web._request import HttpRequest

MAX_BROWSERS = 1000


class Browsers:
    """The browsers, at most a thousand, to which this process has given a cookie."""

    def __init__(self) -> None:
        self._known: dict[str, None] = {}

    def knows(self, request: HttpRequest) -> bool:
        """Return whether a request is from one of these browsers."""
        return request.browser in self._known

    def name(self, request: HttpRequest) -> str:
        """Return a name that identifies a request's browser: our cookie's value, or a new name.

        A cookie that somebody else has set is not used, so that they cannot see the question too.
        """
        if request.browser is not None and self.knows(request) and not request.wants_page:
            return request.browser
        name = random_name()
        self._known[name] = None
        for oldest in list(self._known)[:-MAX_BROWSERS]:
            self._known.pop(oldest, None)
        return name


def with_cookie(reply: Reply, request: HttpRequest, browser: str) -> Reply:
    """Return a copy of a reply that also sets our cookie."""
    from dataclasses import replace

    cookie = f"{COOKIE}={browser}; Path={request.base}/; HttpOnly; SameSite=Strict"
    return replace(reply, headers=(*reply.headers, ("Set-Cookie", cookie)))


def random_name() -> str:
    """Return 32 hexadecimal digits that nobody can guess."""
    return os.urandom(16).hex()
