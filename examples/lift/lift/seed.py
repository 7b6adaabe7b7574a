"""Seeds: the records that a JSON file brings, by model, through Photon."""

import json
from pathlib import Path
from typing import Any

import photon
from photon.schema import Schema

from lift.errors import LiftUserError
from lift.plan import order_models


def seed(schema: Schema, path: Path) -> int:
    """Write all records of a file, or none if one is wrong, and count them."""
    records = _read(path)
    with photon.connect(schema) as database, database.transaction():
        collections = {name: database[name] for name in records}
        # A record may refer to those of other models: they must be there.
        names = [model.name for model in order_models(list(schema.models.values()))]
        for name in sorted(collections, key=names.index):
            for record in records[name]:
                collections[name].create(**record)
    return sum(map(len, records.values()))


def _read(path: Path) -> dict[str, list[dict[str, Any]]]:
    try:
        found = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise LiftUserError(f"cannot read {path}: {error.strerror}") from error
    except ValueError as error:
        raise LiftUserError(f"{path} is not valid JSON: {error}") from error
    if not isinstance(found, dict) or not all(isinstance(each, list) for each in found.values()):
        raise LiftUserError(f"{path} needs a list of records for each model")
    if not all(isinstance(record, dict) for each in found.values() for record in each):
        raise LiftUserError(f"{path} has a record without names for its values")
    return found
