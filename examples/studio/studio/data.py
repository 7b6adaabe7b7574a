"""The data at hand: what a request's address names."""

import photon
from photon import Client, Collection
from photon.schema import Field
from starlette.requests import Request

from studio.errors import NotThereError
from studio.values import parsed


def connect(request: Request) -> Client:
    """Open the database; the schema is read each time, for it changes while people work on it."""
    return photon.connect(request.app.state.schema)


def collection_of(request: Request, client: Client) -> Collection:
    """Return the collection of the model that the address names."""
    name = request.path_params["model"]
    if name not in client.schema.models:
        raise NotThereError(f"There is no model {name}.")
    return client[name]


def field_of(request: Request, collection: Collection) -> Field:
    """Return the field that the address names."""
    name = request.path_params["field"]
    if name not in collection.model.fields:
        raise NotThereError(f"{collection.model.name} has no field {name}.")
    return collection.model.fields[name]


def key_of(request: Request, client: Client, collection: Collection) -> object:
    """Return the key that the address names."""
    key = collection.model.key
    return parsed(client.schema, key, request.path_params["key"])
