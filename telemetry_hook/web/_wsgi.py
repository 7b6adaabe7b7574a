"""WSGI middleware (PEP 3333)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from telemetry_hook._crash import guarded
from telemetry_hook.web import _endpoints
from telemetry_hook.web._dialog import Dialog
from telemetry_hook.web._endpoints import MAX_BODY
from telemetry_hook.web._request import ENVIRON_KEY, PREFIX, HttpRequest

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    from telemetry_hook.web._page import Reply

    Failed = Callable[[Exception], "Iterable[bytes] | None"]


class WsgiMiddleware:
    """Wraps a WSGI application, and asks about its crashes in web pages.

    `package` is the name of the tool's entry point. `hosts` are the names under which the tool is
    served to other machines. If there are any, all users are offered only yes and no. A framework
    that handles errors itself must pass them on: in Flask, set ``PROPAGATE_EXCEPTIONS``.
    """

    def __init__(self, app: WSGIApplication, package: str, *, hosts: Collection[str] = ()) -> None:
        self._app = app
        self._dialog = Dialog(package, hosts)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request. An error that the app did not handle is raised again afterwards."""
        if (
            environ.setdefault(ENVIRON_KEY, self) is not self
        ):  # another of our middlewares wraps this one
            return self._app(environ, start_response)
        # Read before the app runs, because dispatchers inside it change these values.
        root, path = environ.get("SCRIPT_NAME", ""), environ.get("PATH_INFO", "")
        if PREFIX in path and (request := _http_request(environ, root, path)).is_ours:
            reply = _endpoints.reply(self._dialog, request, _body(environ))
            start_response(reply.status, list(reply.headers))
            return [reply.body]
        start = _Start(start_response)

        def failed(error: Exception) -> Iterable[bytes] | None:
            if start.is_written:
                return None
            reply = self._dialog.failed(_http_request(environ, root, path), error)
            return None if reply is None else _then_raised(reply, error, start_response)

        try:
            chunks = self._app(environ, start)
        except Exception as error:
            if (page := failed(error)) is None:
                raise
            return page
        if isinstance(chunks, (list, tuple)) or type(chunks) is environ.get("wsgi.file_wrapper"):
            # Nothing can fail any more, and the server knows best how to send this.
            return cast("Iterable[bytes]", chunks)
        return _Watched(chunks, failed)


class _Start:
    """Wraps `start_response`, and records whether the app has called the returned `write`."""

    def __init__(self, start_response: StartResponse) -> None:
        self._start_response = start_response
        self.is_written = False

    def __call__(
        self, status: str, headers: list[tuple[str, str]], *reason: Any
    ) -> Callable[[bytes], object]:
        write = self._start_response(status, headers, *reason)

        def written(data: bytes) -> None:
            self.is_written = True
            write(data)

        return written


class _Watched:
    """Wraps an app's iterable. The server can close it even without iterating over it."""

    def __init__(self, chunks: Iterable[bytes], failed: Failed) -> None:
        self._chunks = chunks
        self._failed = failed
        if hasattr(chunks, "close"):
            self.close = chunks.close

    def __iter__(self) -> Iterator[bytes]:
        is_started = False
        try:
            for chunk in self._chunks:
                is_started = is_started or bool(chunk)
                yield chunk
        except Exception as error:
            if is_started or (page := self._failed(error)) is None:
                raise
            yield from page


def _then_raised(reply: Reply, error: Exception, start_response: StartResponse) -> Iterator[bytes]:
    try:
        # With this argument, our response replaces one that the app has begun, if nothing was sent.
        reason = (type(error), error, guarded.traceback(error))
        start_response(reply.status, list(reply.headers), reason)  # type: ignore[arg-type]
        del reason
        yield reply.body
        raise error
    finally:
        del error  # its traceback refers to this frame


def _http_request(environ: WSGIEnvironment, root: str, path: str) -> HttpRequest:
    headers = {
        name[5:].replace("_", "-").lower(): value
        for name, value in environ.items()
        if name.startswith("HTTP_")
    }
    return HttpRequest(
        method=environ["REQUEST_METHOD"],
        root=root.encode("latin-1", "replace").decode("utf-8", "replace"),
        path=path,
        headers=headers,
        peer=environ.get("REMOTE_ADDR", ""),
    )


def _body(environ: WSGIEnvironment) -> bytes:
    """Return a request's body, or b'' if the client disconnected."""
    try:
        length = int(environ.get("CONTENT_LENGTH") or 0)
    except ValueError:
        length = 0
    length = min(max(0, length), MAX_BODY + 1)
    body: bytes = environ["wsgi.input"].read(length)
    return body if len(body) == length else b""
