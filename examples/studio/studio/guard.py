"""Keeps other sites' pages from what is served on this machine to its user alone."""

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

NAMES = ("127.0.0.1", "localhost")
POLICY = "default-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"


class Guard:
    """Middleware that refuses what another site's page asks for, and being shown within one."""

    def __init__(self, app: ASGIApp) -> None:
        """Stand before an application."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["Content-Security-Policy"] = POLICY
            await send(message)

        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif _is_foreign(scope["method"], Headers(scope=scope)):
            refusal = PlainTextResponse("This is for pages of Studio's own.\n", 403)
            await refusal(scope, receive, send)
        else:
            await self._app(scope, receive, send_guarded)


def _is_foreign(method: str, headers: Headers) -> bool:
    host = headers.get("host", "")
    # A name that somebody else has pointed here is as foreign as a page from elsewhere.
    if host.partition(":")[0].lower() not in NAMES:
        return True
    origin = headers.get("origin", "" if method == "POST" else f"http://{host}")
    return origin != f"http://{host}"
