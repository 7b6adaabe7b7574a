"""Reports as documents of the Elastic Common Schema: a receiver that telemetry-hook does not have.

Source: Elastic, "ECS Field Reference": `error.*`, `event.*`, `service.*`, `host.os.*`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from telemetry_hook.receivers import Request, check_url, dump

if TYPE_CHECKING:
    from telemetry_hook.receivers import JSON, RedactedReport

ECS = "8.17"


@dataclass(frozen=True)
class EcsReceiver:
    """An index that takes documents over HTTPS, such as ``https://logs.example.com/crashes/_doc``."""

    url: str

    def __post_init__(self) -> None:
        check_url(self.url, "EcsReceiver", "https://logs.example.com/crashes/_doc")

    @property
    def address(self) -> str:
        """The URL, which a standing answer is given for."""
        return self.url

    def encode(self, report: RedactedReport) -> Request:
        """Return the report as one document, under its own id."""
        document: JSON = _document(report)
        headers = {"Content-Type": "application/json"}
        return Request(f"{self.url}/{report.id}", dump(document) + b"\n", headers)


def _document(report: RedactedReport) -> dict[str, JSON]:
    first = report.exceptions[0]
    return {
        "@timestamp": str(report.time),
        "ecs.version": ECS,
        "event.id": str(report.id),
        "event.kind": "event",
        "error.id": str(report.fingerprint),
        "error.type": str(first.type),
        "error.message": str(first.message),
        "error.stack_trace": "\n".join(
            f"{frame.module or ''} {frame.function} {frame.line or ''}".strip()
            for frame in first.frames
        ),
        "service.name": str(report.tool.name),
        "service.version": str(report.tool.version),
        "service.environment": str(report.phase),
        "host.os.name": str(report.system.name),
        "labels": {
            str(each.name): ", ".join(each.value)
            if isinstance(each.value, tuple)
            else str(each.value)
            for each in report.attributes
        },
    }
