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
    """A WSGI application that asks in its pages.

    `package` is the name of the tool's entry point. `hosts` are names under which the tool is served to
    other machines; then everybody is offered only yes and no. Frameworks that answer errors themselves
    must let them through: in Flask, set ``PROPAGATE_EXCEPTIONS``.
    """

    def __init__(self, app: WSGIApplication, package: str, *, hosts: Collection[str] = ()) -> None:
        self._app = app
        self._dialog = Dialog(package, hosts)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request; an error that the app did not expect is raised again afterwards."""
        if (
            environ.setdefault(ENVIRON_KEY, self) is not self
        ):  # another middleware of ours stands outside
            return self._app(environ, start_response)
        # Dispatchers further in change them.
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
            # Nothing can fail any more, and the server knows how to send it best.
            return cast("Iterable[bytes]", chunks)
        return _Watched(chunks, failed)


class _Start:
    """`start_response`, which notes whether the app has used the `write` that it returns."""

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
    """An app's iterable; the server can close it even if it never iterates."""

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
        # With it, a response that the app has begun is replaced, if nothing of it was sent.
        reason = (type(error), error, guarded.traceback(error))
        start_response(reply.status, list(reply.headers), reason)  # type: ignore[arg-type]
        del reason
        yield reply.body
        raise error
    finally:
        del error  # its traceback holds this frame


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
    """Return a request's body, empty if the client disconnected."""
    try:
        length = int(environ.get("CONTENT_LENGTH") or 0)
    except ValueError:
        length = 0
    length = min(max(0, length), MAX_BODY + 1)
    body: bytes = environ["wsgi.input"].read(length)
    return body if len(body) == length else b""
