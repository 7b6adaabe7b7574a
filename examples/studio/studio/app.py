"""The application: which address is whose, and what becomes of mistakes."""

from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from telemetry_hook.web import AsgiMiddleware

from studio import api, pages
from studio.errors import MISTAKES, status_of
from studio.guard import Guard

STATIC = Path(__file__).parent / "static"


def make_app(schema: Path) -> AsgiMiddleware:
    """Return the application for the data that a schema describes."""
    app = Starlette(
        routes=[
            Route("/", pages.overview),
            Route("/models/{model}", pages.listing),
            Route("/models/{model}/new", pages.new, methods=["GET", "POST"]),
            Route("/models/{model}/edit/{key:path}", pages.edit, methods=["GET", "POST"]),
            Route("/models/{model}/record/{key:path}", pages.record),
            Route("/api/models", api.models),
            Route("/api/models/{model}", api.listing),
            Route("/api/models/{model}/summary/{field}", api.summary),
            Mount("/static", StaticFiles(directory=STATIC)),
        ],
        middleware=[Middleware(Guard)],
        exception_handlers={HTTPException: _refused, **dict.fromkeys(MISTAKES, _mistaken)},
    )
    app.state.schema = schema
    return AsgiMiddleware(app, "studio")


def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return _told(request, error.detail, error.status_code)


def _mistaken(request: Request, error: Exception) -> Response:
    return _told(request, str(error), status_of(error))


def _told(request: Request, text: str, status: int) -> Response:
    tell = api.told if request.url.path.startswith("/api/") else pages.told
    return tell(request, text, status)
