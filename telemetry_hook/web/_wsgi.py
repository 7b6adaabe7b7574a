"""WSGI middleware (PEP 3333)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from telemetry_hook.web import _endpoints
from telemetry_hook.web._dialog import Dialog
from telemetry_hook.web._endpoints import MAX_BODY
from telemetry_hook.web._visit import PREFIX, Visit

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    from telemetry_hook.web._page import Reply


class WsgiMiddleware:
    """A WSGI application with the question in the page.

    `package` is the name of the tool's entry point. `hosts` are names other than this machine's own
    under which the tool is served to others, who are offered yes and no alone. Frameworks that
    answer errors themselves must let them through: in Flask, set ``PROPAGATE_EXCEPTIONS``.
    """

    def __init__(self, app: WSGIApplication, package: str, *, hosts: Collection[str] = ()) -> None:
        self._app = app
        self._dialog = Dialog(package, hosts)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request; an error that the app did not expect is raised again afterwards."""
        # Dispatchers further in change them.
        root, path = environ.get("SCRIPT_NAME", ""), environ.get("PATH_INFO", "")
        if PREFIX in path and (visit := _visit(environ, root, path)).is_ours:
            reply = _endpoints.reply(self._dialog, visit, _body(environ))
            start_response(reply.status, list(reply.headers))
            return [reply.body]

        def failed(error: Exception) -> Iterable[bytes]:
            reply = self._dialog.failed(_visit(environ, root, path), error)
            if reply is None:
                raise error
            return _then_raised(reply, error, start_response)

        try:
            chunks = self._app(environ, start_response)
        except Exception as error:
            return failed(error)
        if isinstance(chunks, (list, tuple)) or type(chunks) is environ.get("wsgi.file_wrapper"):
            return chunks  # nothing can fail any more, and the server knows how to send it best
        return _watched(chunks, failed)


def _watched(
    chunks: Iterable[bytes], failed: Callable[[Exception], Iterable[bytes]]
) -> Iterator[bytes]:
    is_started = False
    try:
        try:
            for chunk in chunks:
                is_started = is_started or bool(chunk)
                yield chunk
        except Exception as error:
            if is_started:
                raise
            yield from failed(error)
    finally:
        if hasattr(chunks, "close"):
            chunks.close()


def _then_raised(reply: Reply, error: Exception, start_response: StartResponse) -> Iterator[bytes]:
    # With it, a response that the app has begun is replaced, if nothing of it was sent.
    reason = (type(error), error, error.__traceback__)
    start_response(reply.status, list(reply.headers), reason)  # type: ignore[arg-type]
    yield reply.body
    raise error


def _visit(environ: WSGIEnvironment, root: str, path: str) -> Visit:
    headers = {
        name[5:].replace("_", "-").lower(): value
        for name, value in environ.items()
        if name.startswith("HTTP_")
    }
    return Visit(
        method=environ["REQUEST_METHOD"],
        root=root.rstrip("/"),
        path=path,
        headers=headers,
        peer=environ.get("REMOTE_ADDR", ""),
    )


def _body(environ: WSGIEnvironment) -> bytes:
    try:
        length = int(environ.get("CONTENT_LENGTH") or 0)
    except ValueError:
        length = 0
    body: bytes = environ["wsgi.input"].read(min(max(0, length), MAX_BODY + 1))
    return body
