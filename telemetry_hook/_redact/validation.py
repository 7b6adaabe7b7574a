"""The model and the fields that a validation error of pydantic is about, where both are published.

An error has the model's title, and for each fault the place in the data: names of fields, but also
indices and keys of the data. A name is reported only where the model has a field of this name, and
never as it is in the error: it is looked up in the source of the model.
"""

from __future__ import annotations

import re
import types
from typing import TYPE_CHECKING

from telemetry_hook._crash import guarded
from telemetry_hook._redact import origins
from telemetry_hook._redact.message import pydantic
from telemetry_hook._redact.origins import HOLE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from telemetry_hook._redact.published.class_names import ClassNames
    from telemetry_hook._report import PublicText

MAX_CLASSES = 20_000
MAX_DEPTH = 5
MAX_FIELDS = 10
# In these faults, the last name is a key of the data.
OF_KEYS = frozenset({"extra_forbidden", "invalid_key", "unexpected_keyword_argument"})
_WORDS = origins.words(".", ", ")


def model(exception: BaseException, classes: ClassNames) -> type | None:
    """Return the published model that an error is about. None if another class may be meant."""
    title = pydantic.title(exception)
    base = guarded.module_names("pydantic.main").get("BaseModel")
    if title is None or not guarded.is_a(base, type):
        return None
    seen: dict[int, type] = {}
    waiting: list[type] = [base]
    while waiting and len(seen) < MAX_CLASSES:
        subclasses: list[type] = type.__subclasses__(waiting.pop())
        for kind in subclasses:
            if id(kind) not in seen:
                seen[id(kind)] = kind
                waiting.append(kind)
    named = [kind for kind in seen.values() if guarded.name(kind) == title]
    return named[0] if not waiting and len(named) == 1 and classes.name(named[0]) else None


def model_name(kind: type, classes: ClassNames) -> PublicText | None:
    """Return a model's full name: ``acme.models.Config``."""
    found = classes.name(kind)
    if found is None:
        return None
    module, qualname = found
    return qualname if module is None else origins.compose([module, _WORDS["."], qualname])


def fields(exception: BaseException, kind: type, classes: ClassNames) -> PublicText | None:
    """Return the fields with faults, sorted, each once: ``database.port, name, servers.<…>``.

    The order and number of the faults are those of the data.
    """
    paths: dict[str, PublicText] = {}
    for fault in pydantic.errors(exception):
        place, fault_type = fault.get("loc"), fault.get("type")
        if type(place) is tuple and place:
            pieces = list(_path(place, kind, classes, is_key=fault_type in OF_KEYS))
            joined = [piece for each in pieces for piece in (_WORDS["."], each)][1:]
            path = origins.compose(joined)
            paths[path] = path
    known = [paths[path] for path in sorted(paths)][:MAX_FIELDS]
    if not any(path != HOLE for path in known):
        return None
    return origins.compose([piece for path in known for piece in (_WORDS[", "], path)][1:])


def _path(
    place: Sequence[object], kind: type | None, classes: ClassNames, *, is_key: bool
) -> Iterator[PublicText]:
    for depth, part in enumerate(place):
        is_last = depth == len(place) - 1
        field = None
        if kind is not None and depth < MAX_DEPTH and not (is_key and is_last):
            field = _field(part, kind)
        name = None if field is None or kind is None else _name(field[0], kind, classes)
        if field is None or name is None:
            yield HOLE
            return
        yield name
        kind = _inner(field[1], classes)


def _field(part: object, kind: type) -> tuple[str, object] | None:
    """Return the name and type of the field that a part of a place means, by name or alias."""
    for name, info in _fields(kind).items():
        alias = guarded.slot(info, "validation_alias")
        if type(part) is str and (alias is None or type(alias) is str) and part == (alias or name):
            return name, guarded.slot(info, "annotation")
    return None


def _fields(kind: type) -> Mapping[str, object]:
    for name in ("__pydantic_fields__", "model_fields"):
        held = guarded.names(kind).get(name)
        if guarded.is_plain(held):
            return held
    return {}


def _name(field: str, kind: type, classes: ClassNames) -> PublicText | None:
    """Return a field's name if a published model, or one of its bases, declares it: ``name: str``.

    The fields of a model that was made at run time may have names of the data.
    """
    statements = [classes.statement(base) for base in guarded.mro(kind) if classes.name(base)]
    declared = re.compile(rf"^\s+{re.escape(field)}\s*:", re.MULTILINE)
    files = [each[0] for each in statements if each and declared.search(each[0].text)]
    names = (origins.name(file, field) for file in files)
    return next((name for name in names if name is not None), None)


def _inner(annotation: object, classes: ClassNames) -> type | None:
    """Return the published model of a field, ``Model`` or ``Model | None``, or None for other types."""
    optional = [each for each in _alternatives(annotation) if each is not type(None)]
    if len(optional) == 1:
        annotation = optional[0]
    is_model = guarded.is_a(annotation, type) and bool(_fields(annotation))
    return annotation if is_model and classes.name(annotation) is not None else None  # type: ignore[arg-type,return-value]


def _alternatives(annotation: object) -> tuple[object, ...]:
    """Return the types in a union, ``Model | None`` or ``Optional[Model]``, or () for other types."""
    if type(annotation) is types.UnionType:
        return annotation.__args__
    if type(annotation) is guarded.module_names("typing").get("_UnionGenericAlias"):
        found = (guarded.attributes(annotation) or {}).get("__args__")
        return found if type(found) is tuple else ()
    return ()
