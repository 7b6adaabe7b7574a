"""WSGI middleware (PEP 3333)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from telemetry_hook.web._dialog import MAX_BODY, Dialog
from telemetry_hook.web._visit import Visit

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

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
        visit = _visit(environ)
        if visit.is_ours:
            reply = self._dialog.reply(visit, _body(environ))
            start_response(reply.status, list(reply.headers))
            return [reply.body]
        try:
            chunks = self._app(environ, start_response)
        except Exception as error:
            return self._failed(visit, error, start_response)
        if isinstance(chunks, (list, tuple, environ.get("wsgi.file_wrapper", list))):
            return chunks  # nothing can fail any more, and the server knows how to send it best
        return self._watched(visit, chunks, start_response)

    def _watched(
        self, visit: Visit, chunks: Iterable[bytes], start_response: StartResponse
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
                yield from self._failed(visit, error, start_response)
        finally:
            if hasattr(chunks, "close"):
                chunks.close()

    def _failed(
        self, visit: Visit, error: Exception, start_response: StartResponse
    ) -> Iterable[bytes]:
        reply = self._dialog.failed(visit, error)
        if reply is None:
            raise error
        return _then_raised(reply, error, start_response)


def _then_raised(reply: Reply, error: Exception, start_response: StartResponse) -> Iterator[bytes]:
    # With it, a response that the app has begun is replaced, if nothing of it was sent.
    reason = (type(error), error, error.__traceback__)
    start_response(reply.status, list(reply.headers), reason)  # type: ignore[arg-type]
    yield reply.body
    raise error


def _visit(environ: WSGIEnvironment) -> Visit:
    headers = {
        name[5:].replace("_", "-").lower(): value
        for name, value in environ.items()
        if name.startswith("HTTP_")
    }
    return Visit(
        method=environ["REQUEST_METHOD"],
        root=environ.get("SCRIPT_NAME", "").rstrip("/"),
        path=environ.get("PATH_INFO", ""),
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
