"""Receivers: where reports go, and in whose words."""

from telemetry_hook.receivers._base import Receiver, Request, encode, host_of, is_local
from telemetry_hook.receivers.file import FileReceiver
from telemetry_hook.receivers.https import HttpsReceiver
from telemetry_hook.receivers.otlp import OtlpReceiver
from telemetry_hook.receivers.sentry import SentryReceiver

__all__ = [
    "FileReceiver",
    "HttpsReceiver",
    "OtlpReceiver",
    "Receiver",
    "Request",
    "SentryReceiver",
    "encode",
    "host_of",
    "is_local",
]
