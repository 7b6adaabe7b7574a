"""Any OpenTelemetry collector: one log record over OTLP/HTTP, as JSON.

Source: OpenTelemetry, "OTLP Specification 1" and "Semantic conventions for exceptions in logs".
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from telemetry_hook._report import JSON, dump
from telemetry_hook._started import __version__
from telemetry_hook.receivers._base import Request, check_url, without_credentials
from telemetry_hook.receivers._traceback import title, traceback

if TYPE_CHECKING:
    from telemetry_hook._report import RedactedReport

FATAL = 21


@dataclass(frozen=True)
class OtlpReceiver:
    """A collector's log endpoint, such as ``https://otel.example.com/v1/logs``.

    A user and password in the URL are sent as Basic authentication, and are no part of the address.

    Raises:
        DeclarationError: the URL is malformed, or is plain HTTP to another machine.
    """

    url: str = field(repr=False)

    def __post_init__(self) -> None:
        check_url(self.url, "OtlpReceiver", "https://otel.example.com/v1/logs")
        address, credentials = without_credentials(self.url)
        object.__setattr__(self, "address", address)
        object.__setattr__(self, "_credentials", credentials)

    address: str = field(init=False)
    _credentials: dict[str, str] = field(init=False, repr=False, hash=False)

    def encode(self, report: RedactedReport) -> Request:
        """Return the report as one log record."""
        return Request(
            url=self.address,
            body=dump(_logs(report)) + b"\n",
            headers={
                "Content-Type": "application/json",
                "User-Agent": f"telemetry-hook/{__version__}",
                **self._credentials,
            },
            acceptance="otlp",
        )


def _logs(report: RedactedReport) -> JSON:
    nanoseconds = (
        int(datetime.fromisoformat(report.time.replace("Z", "+00:00")).timestamp()) * 10**9
    )
    first = report.exceptions[0]
    exceptions: Any = report.as_json()["exceptions"]
    resource: dict[str, object] = {
        "service.name": report.tool.name,
        "service.version": report.tool.version,
        "deployment.environment.name": report.phase,
        "os.name": report.system.name,
        "os.version": report.system.release,
        "host.arch": report.system.machine,
        "process.runtime.name": report.python.implementation,
        "process.runtime.version": report.python.version,
    }
    circumstances = report.circumstances
    script, path, options = report.command or (None, None, None)
    record: dict[str, object] = {
        "exception.type": ".".join(filter(None, (first.module, first.type))),
        "exception.message": first.message,
        "exception.stacktrace": traceback(exceptions),
        "telemetry_hook.report.id": report.id,
        "telemetry_hook.fingerprint": report.fingerprint,
        "telemetry_hook.installed": circumstances.installed,
        "telemetry_hook.encoding": circumstances.encoding,
        "telemetry_hook.terminal": circumstances.terminal,
        "telemetry_hook.ci": circumstances.ci,
        "telemetry_hook.container": circumstances.container,
        "telemetry_hook.own_excepthook": circumstances.own_excepthook,
        "telemetry_hook.packages": tuple(
            f"{package.name}@{package.version}" for package in report.packages
        ),
        "telemetry_hook.script": script,
        "telemetry_hook.command": None if path is None else " ".join(path),
        "telemetry_hook.options": options,
        **{f"telemetry_hook.{detail.name}": detail.value for detail in first.details},
        **{attribute.name: attribute.value for attribute in report.attributes},
    }
    return {
        "resourceLogs": [
            {
                "resource": {"attributes": _attributes(resource)},
                "scopeLogs": [
                    {
                        "scope": {"name": "telemetry_hook", "version": __version__},
                        "logRecords": [
                            {
                                "timeUnixNano": str(nanoseconds),
                                "severityNumber": FATAL,
                                "severityText": "FATAL",
                                "eventName": "exception",
                                "body": _value(title(exceptions[0])),
                                "attributes": _attributes(record),
                            }
                        ],
                    }
                ],
            }
        ]
    }


def _attributes(values: dict[str, object]) -> JSON:
    return [
        {"key": str(key), "value": _value(value)}
        for key, value in values.items()
        if value is not None
    ]


def _value(value: object) -> JSON:
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int):
        return {"intValue": str(value)}
    if isinstance(value, tuple):
        return {"arrayValue": {"values": [_value(item) for item in value]}}
    return {"stringValue": str(value)}
