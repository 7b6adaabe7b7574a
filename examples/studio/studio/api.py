"""The data as JSON, for the pages' script and for whoever likes it."""

import json
from typing import Any

from photon import Client
from photon.errors import QueryError
from starlette.requests import Request
from starlette.responses import Response
from telemetry_hook import use

from studio import listing as listings
from studio.data import collection_of, connect, field_of
from studio.values import NUMBERS, shown


def models(request: Request) -> Response:
    """Return the models' names, with how many records each has."""
    with _opened(request) as client:
        return _json({name: client[name].count() for name in client.schema.models})


def listing(request: Request) -> Response:
    """Return the records of a model, page by page."""
    with _opened(request) as client:
        collection = collection_of(request, client)
        found = listings.read(client, collection, listings.Query.of(request.query_params))
        return _json({"records": found.records, "found": found.found, "pages": found.pages})


def summary(request: Request) -> Response:
    """Return the smallest, the largest and the average of a field of numbers."""
    with _opened(request) as client:
        collection = collection_of(request, client)
        field = field_of(request, collection)
        if field.type not in NUMBERS:
            raise QueryError(f"{field.name} of {collection.model.name} holds no numbers")
        values = [record[field.name] for record in collection.find_many()]
        if not values:
            return _json({"count": 0})
        smallest, largest = min(values), max(values)
        average = sum(values) / len(values)
        return _json(
            {"count": len(values), "min": smallest, "max": largest, "average": round(average, 2)}
        )


def told(request: Request, text: str, status: int) -> Response:
    """Return what is not as it should be."""
    return _json({"error": text}, status)


def _opened(request: Request) -> Client:
    use("studio.features", "api")
    return connect(request)


def _json(value: Any, status: int = 200) -> Response:
    return Response(
        json.dumps(value, default=shown, ensure_ascii=False) + "\n",
        status,
        media_type="application/json",
    )
