"""ASGI middleware (asgi.readthedocs.io, version 3)."""

from __future__ import annotations

import contextlib
import sys
import threading
from collections.abc import Awaitable, Callable, Collection, MutableMapping
from typing import TYPE_CHECKING, Any, TypeVar

import telemetry_hook
from telemetry_hook.web import _endpoints
from telemetry_hook.web._dialog import Dialog
from telemetry_hook.web._endpoints import MAX_BODY
from telemetry_hook.web._request import ENVIRON_KEY, PREFIX, HttpRequest

if TYPE_CHECKING:
    from telemetry_hook.web._page import Reply

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

T = TypeVar("T")

FAILED = 500
MAX_HELD = 256 * 1024


class AsgiMiddleware:
    """Wraps an ASGI application, and asks about its crashes in web pages.

    `package` is the name of the tool's entry point. `hosts` are the names under which the tool is
    served to other machines. If there are any, all users are offered only yes and no.
    """

    def __init__(self, app: App, package: str, *, hosts: Collection[str] = ()) -> None:
        self._app = app
        self._dialog = Dialog(package, hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request. An error that the app did not handle is raised again afterwards."""
        if (
            scope.setdefault(ENVIRON_KEY, self) is not self
        ):  # another of our middlewares wraps this one
            await self._app(scope, receive, send)
            return
        if scope["type"] == "lifespan":
            await self._live(scope, receive, send)
            return
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        # Read before the app runs, because apps mounted inside it change these values.
        root, path = scope.get("root_path", ""), scope["path"]
        if PREFIX in path and (request := _http_request(scope, root, path)).is_ours:
            body = await _body(receive)
            if body is not None:
                await _sent(await _beside(_endpoints.reply, self._dialog, request, body), send)
            return
        response = _Response(send)
        try:
            await self._app(scope, receive, response.send)
        except Exception as error:
            failure = error
        else:
            await response.release()
            return
        reply = None
        if not response.is_started:
            request = _http_request(scope, root, path)
            reply = await _beside(lambda error: self._dialog.failed(request, error), failure)
        try:
            with contextlib.suppress(Exception):  # the client has disconnected
                await (response.release() if reply is None else _sent(reply, send))
            raise failure
        finally:
            del failure  # its traceback refers to this frame

    async def _live(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the app's lifespan. If it fails, the server exits and asks in its terminal."""
        # An app that raises without a message about the failure does not support lifespans, and its
        # server continues.
        has_failed = False

        async def watched_send(message: Message) -> None:
            nonlocal has_failed
            has_failed = has_failed or message["type"].endswith(".failed")
            await send(message)

        try:
            await self._app(scope, receive, watched_send)
        except Exception as error:
            if has_failed:
                telemetry_hook.report(error)
            raise


class _Response:
    """Forwards the messages that an app sends, but holds back an error response until the app ends.

    Frameworks send their own error page, and then raise the error for the server's log. Because the
    response is held back, our page can replace theirs.
    """

    def __init__(self, send: Send) -> None:
        self._send = send
        self._held: list[Message] = []
        self._size = 0
        self.is_started = False

    async def send(self, message: Message) -> None:
        """Send a message from the app, or hold it back."""
        begins = message["type"] == "http.response.start"
        if not self.is_started and (self._held or (begins and _tells_of_an_error(message))):
            self._held.append(message)
            self._size += len(message.get("body", b""))
            if self._size > MAX_HELD:
                await self.release()
            return
        await self._pass_on(message)

    async def release(self) -> None:
        """Send the messages that were held back."""
        held, self._held = self._held, []
        for message in held:
            await self._pass_on(message)

    async def _pass_on(self, message: Message) -> None:
        self.is_started = True  # even if the client has disconnected
        await self._send(message)


def _tells_of_an_error(start: Message) -> bool:
    """Return whether a response is a framework's page about an error that is being handled."""
    return start["status"] == FAILED and sys.exc_info()[1] is not None


async def _sent(reply: Reply, send: Send) -> None:
    status = int(reply.status.partition(" ")[0])
    headers = [(name.lower().encode(), value.encode()) for name, value in reply.headers]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": reply.body})


async def _beside(call: Callable[..., T], *given: object) -> T:
    """Run a slow function without blocking other requests.

    The function runs in a new thread, because the threads of the app's executor may all be busy or
    already shut down.
    """
    trio = sys.modules.get("trio")
    if trio is not None and trio.lowlevel.in_trio_run():
        result: T = await trio.to_thread.run_sync(call, *given)
        return result
    if "asyncio" not in sys.modules:
        return call(*given)
    import asyncio
    from concurrent.futures import Future

    future: Future[T] = Future()
    future.set_running_or_notify_cancel()

    def work() -> None:
        try:
            future.set_result(call(*given))
        except BaseException as error:
            future.set_exception(error)

    try:
        waiting = asyncio.wrap_future(future)
        threading.Thread(target=work, name="telemetry-hook", daemon=True).start()
    except RuntimeError:  # the event loop is not asyncio's, or no thread can start
        return call(*given)
    return await waiting


def _http_request(scope: Scope, root: str, path: str) -> HttpRequest:
    root = root.rstrip("/")
    names = [(name.decode("latin-1").lower(), value) for name, value in scope["headers"]]
    client = scope.get("client")
    return HttpRequest(
        method=scope["method"],
        root=root,
        path=path.removeprefix(root) if path.startswith(f"{root}/") else path,
        headers={name: value.decode("latin-1") for name, value in names},
        peer=client[0] if client else "",
    )


async def _body(receive: Receive) -> bytes | None:
    """Return a request's body, or None if the client disconnected."""
    body = b""
    while len(body) <= MAX_BODY:
        message = await receive()
        if message["type"] != "http.request":
            return None
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    return body
