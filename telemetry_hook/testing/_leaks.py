"""Finds an invented user's canaries in a report, and differences from another user's report."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from telemetry_hook.testing import _canaries

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from telemetry_hook.testing._canaries import Canaries

MINUTE = 60
MAX_SHOWN = 120
MISSING = object()


@dataclass(frozen=True, slots=True)
class Stored:
    """A report as the outbox stores it, with its request's headers and its exact bytes."""

    id: str
    created: float
    headers: Mapping[str, str]
    body: bytes

    @property
    def report(self) -> dict[str, Any]:
        """The decoded body: JSON or the event in a Sentry envelope, else ``{"body": text}``."""
        try:
            return _decode(self.body)
        except (ValueError, KeyError, TypeError):
            return {"body": self.body.decode("utf-8", "backslashreplace")}


def read(home: Path) -> Stored | None:
    """Return the report in a user's outbox, anywhere below `home`, or None if there is none."""
    for path in sorted(home.rglob("outbox/*.report")):
        head, _, body = path.read_bytes().partition(b"\n")
        known = json.loads(head)
        return Stored(known["id"], known["created"], known["headers"], body)
    return None


def planted(stored: Stored, canaries: Canaries) -> Iterator[str]:
    """Yield each canary in a report, with the path and the text that contain the canary."""
    for path, text in _texts(_all(stored), ""):
        for canary in _canaries.find(text, canaries):
            yield f"{path}: {canary}: {_shown(text)}"


def differences(one: Stored, other: Stored, started: float) -> Iterator[str]:
    """Yield the differences between two reports, except in id and time.

    `started` is a time before both reports were made.
    """
    yield from _differences(_timeless(one, started), _timeless(other, started), "")


def _decode(body: bytes) -> dict[str, Any]:
    text = body.decode()
    if "\n{" in text and not text.startswith("{\n"):
        _, head, rest = body.split(b"\n", 2)
        item = json.loads(head)
        if item["type"] == "event":
            text = rest[: item["length"]].decode()
    decoded = json.loads(text)
    if not isinstance(decoded, dict):
        raise TypeError("not an object")
    return decoded


def _all(stored: Stored) -> dict[str, Any]:
    """Return a report and everything sent with it: headers, and the first line of an envelope."""
    beside = stored.body.partition(b"\n")[0].decode("utf-8", "backslashreplace")
    headers = {f"header {name}": value for name, value in stored.headers.items()}
    return {**stored.report, **headers, "first line": beside}


def _timeless(stored: Stored, started: float) -> Any:
    text = json.dumps(_all(stored)).replace(stored.id, "<id>")
    for minute in range(int(started) // MINUTE, int(stored.created) // MINUTE + 1):
        seconds = minute * MINUTE
        written = datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%dT%H:%M:00")
        text = text.replace(written, "<time>")
        text = re.sub(rf"\b{seconds}(0{{3}}){{0,3}}\b", "<time>", text)
    # A number was replaced by text, which must be in quotes in JSON.
    return json.loads(re.sub(r"(?<=[\s:\[,])<time>(?=[\s,}\]])", '"<time>"', text))


def _differences(one: Any, other: Any, path: str) -> Iterator[str]:
    if isinstance(one, dict) and isinstance(other, dict):
        for name in dict.fromkeys([*one, *other]):
            below = f"{path}.{name}" if path else name
            yield from _differences(one.get(name, MISSING), other.get(name, MISSING), below)
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for index, pair in enumerate(zip(one, other, strict=True)):
            yield from _differences(*pair, f"{path}[{index}]")
    elif one != other:
        yield f"{path}: {_shown(one)} != {_shown(other)}"


def _texts(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for name, each in value.items():
            below = f"{path}.{name}" if path else name
            yield below, name
            yield from _texts(each, below)
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield from _texts(each, f"{path}[{index}]")
    elif isinstance(value, str):
        yield path, value


def _shown(value: Any) -> str:
    if value is MISSING:
        return "(missing)"
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= MAX_SHOWN else f"{text[: MAX_SHOWN - 1]}…"
