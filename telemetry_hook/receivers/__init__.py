"""Receivers: destination and wire format of a report.

A plugin names one receiver. So the classes are loaded when they are first used (PEP 562).
"""

import sys
from typing import TYPE_CHECKING

from telemetry_hook._report import JSON, RedactedReport, dump
from telemetry_hook.receivers._base import (
    Acceptance,
    Receiver,
    Request,
    check_url,
    encode,
    host_of,
    is_local,
)

if TYPE_CHECKING:
    from telemetry_hook.receivers.file import FileReceiver
    from telemetry_hook.receivers.https import HttpsReceiver
    from telemetry_hook.receivers.otlp import OtlpReceiver
    from telemetry_hook.receivers.sentry import SentryReceiver

__all__ = [
    "JSON",
    "Acceptance",
    "FileReceiver",
    "HttpsReceiver",
    "OtlpReceiver",
    "Receiver",
    "RedactedReport",
    "Request",
    "SentryReceiver",
    "check_url",
    "dump",
    "encode",
    "host_of",
    "is_local",
]

if not TYPE_CHECKING:  # type checkers would accept any name
    _HOMES = {
        "FileReceiver": "file",
        "HttpsReceiver": "https",
        "OtlpReceiver": "otlp",
        "SentryReceiver": "sentry",
    }

    def __getattr__(name: str) -> object:
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        home = f"{__name__}.{_HOMES[name]}"
        __import__(home)
        value = globals()[name] = getattr(sys.modules[home], name)
        return value
