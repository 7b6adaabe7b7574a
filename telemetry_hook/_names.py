"""Maps the public names that `telemetry_hook` loads lazily to their modules."""

import sys

HOMES = {
    "Choice": "declare",
    "Count": "declare",
    "Crash": "_crash.crash",
    "DeclarationError": "_errors",
    "Features": "declare",
    "FileReceiver": "receivers",
    "Flag": "declare",
    "HttpsReceiver": "receivers",
    "OtlpReceiver": "receivers",
    "PageError": "_crash.crash",
    "Question": "_ask.question",
    "Receiver": "receivers",
    "SentryReceiver": "receivers",
    "TelemetryHookError": "_errors",
    "Tool": "declare",
    "Version": "declare",
    "hookimpl": "hookspecs",
    "use": "_notes",
}


def load(name: str) -> object:
    """Return the object that has this public name."""
    home = f"telemetry_hook.{HOMES[name]}"
    __import__(home)  # importlib would import more modules, which the program did not ask for
    return getattr(sys.modules[home], name)
