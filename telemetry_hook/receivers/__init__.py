"""Receivers: destination and wire format of a report."""

from telemetry_hook._report import JSON, RedactedReport, dump
from telemetry_hook.receivers._base import (
    Receiver,
    Request,
    check_url,
    encode,
    host_of,
    is_local,
)
from telemetry_hook.receivers.file import FileReceiver
from telemetry_hook.receivers.https import HttpsReceiver
from telemetry_hook.receivers.otlp import OtlpReceiver
from telemetry_hook.receivers.sentry import SentryReceiver

__all__ = [
    "JSON",
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
