"""A tool of one module that is installed in a directory of its own, and redacted in this process."""

from __future__ import annotations

import base64
import hashlib
import importlib.util
from pathlib import Path
from types import ModuleType

from telemetry_hook import Tool
from telemetry_hook._crash import capture
from telemetry_hook._installed.attribution import Registration
from telemetry_hook._installed.distributions import Distribution
from telemetry_hook._redact import raw_report, redaction
from telemetry_hook._report import RedactedReport
from telemetry_hook.receivers import HttpsReceiver

TOOL = Tool(
    name="fragile",
    publisher="Acme Ltd",
    receiver=HttpsReceiver("https://errors.acme.example/1"),
    purpose="to find and fix bugs",
)


class Fragile:
    """Its module's functions take one secret, and raise."""

    def __init__(self, directory: Path, source: str) -> None:
        path = directory / "fragile.py"
        path.write_text(source, encoding="utf-8")
        digest = base64.urlsafe_b64encode(hashlib.sha256(path.read_bytes()).digest()).decode()
        info = directory / "fragile-1.dist-info"
        info.mkdir()
        (info / "METADATA").write_text("Name: fragile\nVersion: 1\n", encoding="utf-8")
        record = f"fragile.py,sha256={digest.rstrip('=')},{path.stat().st_size}\n"
        (info / "RECORD").write_text(record, encoding="utf-8")
        distribution = Distribution(str(directory), info.name)
        self._registration = Registration("fragile", "fragile", distribution, distribution)
        self._module = _imported(path)

    def report(self, function_name: str, secret: str) -> RedactedReport:
        """Return the report of the exception that a function raises."""
        return redaction.redact(self.raw_report(function_name, secret)).report

    def raw_report(self, function_name: str, secret: str, tool: Tool = TOOL) -> raw_report.Report:
        """Return what redaction gets of the exception that a function raises."""
        try:
            getattr(self._module, function_name)(secret)
        except BaseException as error:
            # The first frame is this one.
            own_traceback = error.__traceback__ and error.__traceback__.tb_next
            crash = capture.capture(error.with_traceback(own_traceback), "reported")
            return raw_report.build(crash, self._registration, tool, {})
        raise AssertionError("nothing was raised")


def _imported(path: Path) -> ModuleType:
    specification = importlib.util.spec_from_file_location("fragile", path)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module
