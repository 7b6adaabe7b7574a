"""What tells browsers apart: a cookie that we gave, and nobody else did."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from telemetry_hook.web._request import COOKIE

if TYPE_CHECKING:
    from telemetry_hook.web._page import Reply
    from telemetry_hook.web._request import HttpRequest

MAX_BROWSERS = 1000


class Browsers:
    """The browsers that this process has given a cookie to, the latest of them."""

    def __init__(self) -> None:
        self._known: dict[str, None] = {}

    def knows(self, request: HttpRequest) -> bool:
        """Tell whether a request is from one of them."""
        return request.browser in self._known

    def name(self, request: HttpRequest) -> str:
        """Return what is to tell a browser from others: what it got from us, or something new.

        A cookie that somebody else has set would let them see the question too.
        """
        if request.browser is not None and self.knows(request) and not request.wants_page:
            return request.browser
        found = random_name()
        self._known[found] = None
        for name in list(self._known)[:-MAX_BROWSERS]:
            self._known.pop(name, None)
        return found


def with_cookie(reply: Reply, request: HttpRequest, browser: str) -> Reply:
    """Return a reply that lets a browser be known again."""
    from dataclasses import replace

    cookie = f"{COOKIE}={browser}; Path={request.base}/; HttpOnly; SameSite=Strict"
    return replace(reply, headers=(*reply.headers, ("Set-Cookie", cookie)))


def random_name() -> str:
    """Return 32 hexadecimal digits that nobody can guess."""
    return os.urandom(16).hex()
