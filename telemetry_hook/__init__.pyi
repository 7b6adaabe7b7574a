import os

from telemetry_hook._ask.question import Question as Question
from telemetry_hook._crash.crash import Crash as Crash
from telemetry_hook._crash.crash import PageError as PageError
from telemetry_hook._errors import DeclarationError as DeclarationError
from telemetry_hook._errors import TelemetryHookError as TelemetryHookError
from telemetry_hook._notes import use as use
from telemetry_hook.declare import Choice as Choice
from telemetry_hook.declare import Count as Count
from telemetry_hook.declare import Features as Features
from telemetry_hook.declare import Flag as Flag
from telemetry_hook.declare import Tool as Tool
from telemetry_hook.declare import Version as Version
from telemetry_hook.hookspecs import hookimpl as hookimpl
from telemetry_hook.receivers import FileReceiver as FileReceiver
from telemetry_hook.receivers import HttpsReceiver as HttpsReceiver
from telemetry_hook.receivers import OtlpReceiver as OtlpReceiver
from telemetry_hook.receivers import Receiver as Receiver
from telemetry_hook.receivers import SentryReceiver as SentryReceiver

__all__ = [
    "Choice",
    "Count",
    "Crash",
    "DeclarationError",
    "Features",
    "FileReceiver",
    "Flag",
    "HttpsReceiver",
    "OtlpReceiver",
    "PageError",
    "Question",
    "Receiver",
    "SentryReceiver",
    "TelemetryHookError",
    "Tool",
    "Version",
    "__version__",
    "hookimpl",
    "install",
    "report",
    "startup",
    "use",
]

__version__: str

_installed_in: int | None
_started_with: dict[object, object]
_uncaught: int | None
_noted: list[Crash]
_stderr: os.stat_result | None
_searched: dict[str, set[str]]

def startup() -> None: ...
def _install() -> None: ...
def install() -> None: ...
def report(exception: BaseException) -> None: ...
