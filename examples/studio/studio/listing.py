"""One page of a model's records: those that were asked for, and how many there are."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from photon import Client, Collection
from telemetry_hook import use

from studio.values import parsed

SIZE = 25

Record = dict[str, object]


@dataclass(frozen=True)
class Query:
    """What the address asks for: an order, a field's value or a part of it, and a page."""

    sort: str = ""
    field: str = ""
    text: str = ""
    page: int = 1

    @classmethod
    def of(cls, parameters: Mapping[str, str]) -> "Query":
        """Read the parameters of an address; a page that is no number is the first one."""
        page = parameters.get("page", "")
        return cls(
            sort=parameters.get("sort", ""),
            field=parameters.get("field", ""),
            text=parameters.get("text", ""),
            page=int(page) if page.isdecimal() else 1,
        )

    def link(self, **changes: str | int) -> str:
        """Return the address of a listing that differs from this one."""
        changed = replace(self, **changes)  # type: ignore[arg-type]
        return "?" + urlencode({name: value for name, value in vars(changed).items() if value})


@dataclass(frozen=True)
class Listing:
    """Records, how many match in all, and which part of the model's records that is."""

    records: list[Record]
    found: int
    total: int
    percent: int
    page: int
    pages: int


def read(client: Client, collection: Collection, query: Query) -> Listing:
    """Read the page of records that a query asks for."""
    where = _where(client, collection, query)
    total = collection.count()
    found, percent = total, 100
    if where:
        use("studio.features", "filtering")
        found = collection.count(where)
        percent = round(100 * found / total)
    if query.sort:
        use("studio.features", "sorting")
    pages = max(1, -(-found // SIZE))
    page = min(max(1, query.page), pages)
    records = collection.find_many(
        where, order_by=query.sort or (), take=SIZE, skip=(page - 1) * SIZE
    )
    return Listing(records, found, total, percent, page, pages)


def _where(client: Client, collection: Collection, query: Query) -> dict[str, object]:
    fields = collection.model.fields
    if query.field not in fields or not query.text:
        return {}
    field = fields[query.field]
    if field.type == "String":
        return {field.name: {"contains": query.text}}
    return {field.name: parsed(client.schema, field, query.text)}
