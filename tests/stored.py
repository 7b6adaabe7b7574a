"""Stores reports as far as an outbox looks at them, without a crash."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from telemetry_hook._outbox import intake
from telemetry_hook._outbox.entry import Entry
from telemetry_hook._report import RedactedReport
from telemetry_hook.receivers import Request

RECEIVER = "https://errors.acme.example"
TOOL: Any = SimpleNamespace(
    name="lift", publisher="Acme Ltd", receiver=SimpleNamespace(address=RECEIVER)
)


def report(number: int, message: str = "no such file", version: str = "1.0") -> Any:
    """Return a report, as far as it is looked at."""
    exception = SimpleNamespace(
        type="ValueError", message=message, details=(), frames=(), relation=None
    )
    values: dict[str, Any] = dict.fromkeys(RedactedReport._fields)
    values |= {
        "id": f"{number:032x}",
        "fingerprint": "f" * 64,
        "exceptions": (exception,),
        "tool": SimpleNamespace(name="acme-lift", version=version),
    }
    return RedactedReport(**values)


def add(number: int, state: Any = "pending", body: bytes = b"body", **more: Any) -> Entry:
    """Store a report."""
    request = Request(f"{RECEIVER}/1", body, {"A": "b"}, more.pop("deletion", None))
    tool = SimpleNamespace(**{**vars(TOOL), **more.pop("tool", {})})
    return intake.add(report(number, **more), request, tool, state, is_standing=True)  # type: ignore[arg-type]
