"""The pages, which work without JavaScript."""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

from photon import Client, Collection
from photon.schema import Field
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.templating import Jinja2Templates
from telemetry_hook import use

from studio import forms
from studio import listing as listings
from studio.data import collection_of, connect, key_of
from studio.errors import MISTAKES, NotThereError, status_of
from studio.values import NUMBERS, kind_of, shown

TEMPLATES = Jinja2Templates(Path(__file__).parent / "templates")
TEMPLATES.env.filters["shown"] = shown
TEMPLATES.env.trim_blocks = TEMPLATES.env.lstrip_blocks = True

Save = Callable[[Client, Collection, dict[str, str]], object]


def overview(request: Request) -> Response:
    """Show the models, with how many records each has, and the enums."""
    with connect(request) as client:
        counts = {name: client[name].count() for name in client.schema.models}
        return _page(request, "overview.html", schema=client.schema, counts=counts)


def listing(request: Request) -> Response:
    """Show the records of a model, page by page."""
    query = listings.Query.of(request.query_params)
    with connect(request) as client:
        collection = collection_of(request, client)
        found = listings.read(client, collection, query)
        schema, fields = client.schema, _stored(client, collection)
        numbers = {field.name for field in fields if kind_of(schema, field) in NUMBERS}
        return _page(
            request,
            "listing.html",
            schema=schema,
            model=collection.model,
            fields=fields,
            numbers=numbers,
            listing=found,
            query=query,
        )


def record(request: Request) -> Response:
    """Show one record, with the records that it leads to."""
    with connect(request) as client:
        collection = collection_of(request, client)
        model, models = collection.model, client.schema.models
        key = key_of(request, client, collection)
        relations = [name for name, field in model.fields.items() if field.type in models]
        found = collection.find_many({model.key.name: key}, include=relations, take=1)
        if not found:
            raise NotThereError(f"There is no {model.name} {shown(key)}.")
        return _page(request, "record.html", models=models, model=model, record=found[0], key=key)


async def new(request: Request) -> Response:
    """Show the form for a new record, and make it."""

    def save(client: Client, collection: Collection, texts: dict[str, str]) -> object:
        values = forms.values(client.schema, _stored(client, collection), texts)
        return collection.create(**values)[collection.model.key.name]

    texts = await forms.typed(request)
    return await run_in_threadpool(_form, request, texts if request.method == "POST" else {}, save)


async def edit(request: Request) -> Response:
    """Show the form for a record that is there, and change or delete it."""

    def save(client: Client, collection: Collection, texts: dict[str, str]) -> object:
        name, key = collection.model.key.name, key_of(request, client, collection)
        if texts.get("action") == "delete":
            collection.delete(**{name: key})
            return None
        values = forms.changes(client.schema, _stored(client, collection), texts)
        collection.update(values, **{name: key})
        return values.get(name, key)

    texts = await forms.typed(request)
    if request.method == "POST":
        return await run_in_threadpool(_form, request, texts, save)
    return await run_in_threadpool(lambda: _form(request, _present(request), save))


def told(request: Request, text: str, status: int) -> Response:
    """Return a page that says what is not as it should be."""
    return _page(request, "told.html", status, told=text)


def _form(request: Request, texts: dict[str, str], save: Save) -> Response:
    mistake = None
    with connect(request) as client:
        collection = collection_of(request, client)
        schema, model = client.schema, collection.model
        if request.method == "POST":
            use("studio.features", "editing")
            try:
                key = save(client, collection, texts)
            except MISTAKES as error:
                mistake = error
            else:
                return RedirectResponse(_address(model.name, key), 303)
        return _page(
            request,
            "form.html",
            200 if mistake is None else status_of(mistake),
            told=str(mistake or ""),
            model=model,
            inputs=forms.inputs(schema, _stored(client, collection), texts),
            key=request.path_params.get("key"),
        )


def _present(request: Request) -> dict[str, str]:
    with connect(request) as client:
        collection = collection_of(request, client)
        key = key_of(request, client, collection)
        found = collection.find_unique(**{collection.model.key.name: key})
    if found is None:
        raise NotThereError(f"There is no {collection.model.name} {shown(key)}.")
    return {name: shown(value) for name, value in found.items()}


def _stored(client: Client, collection: Collection) -> list[Field]:
    fields = collection.model.fields.values()
    return [field for field in fields if client.schema.has_column(field)]


def _address(model: str, key: object, kind: str = "record") -> str:
    base = f"/models/{model}"
    return base if key is None else f"{base}/{kind}/{quote(shown(key))}"


TEMPLATES.env.globals["address"] = _address


def _page(request: Request, template: str, status: int = 200, /, **context: Any) -> Response:
    return TEMPLATES.TemplateResponse(request, template, context, status)
