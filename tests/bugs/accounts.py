"""The three accounts of a crash: our report, sentry-sdk's event, and the stack that Python prints."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

JSON = dict[str, Any]


@dataclass(frozen=True)
class Accounts:
    """What is known of one crash, from three sources.

    `report` is the redacted report as JSON. It is empty if no report was made; then `failure` has
    the traceback of the failure.
    """

    report: JSON
    event: JSON
    stack: str
    failure: str = ""

    @property
    def report_exceptions(self) -> list[JSON]:
        exceptions: list[JSON] = self.report.get("exceptions", [])
        return exceptions

    @property
    def report_frames(self) -> Iterator[JSON]:
        for exception in self.report_exceptions:
            yield from exception.get("frames", [])

    @property
    def event_exceptions(self) -> list[JSON]:
        exceptions: list[JSON] = self.event.get("exception", {}).get("values", [])
        return exceptions

    @property
    def event_frames(self) -> Iterator[JSON]:
        for exception in self.event_exceptions:
            yield from (exception.get("stacktrace") or {}).get("frames", [])

    @property
    def event_texts(self) -> str:
        """The messages of the event's exceptions; those of worker processes contain stacks."""
        return "\n".join(str(exception.get("value") or "") for exception in self.event_exceptions)

    @property
    def event_arguments(self) -> list[str]:
        return list(map(str, self.event.get("extra", {}).get("sys.argv", [])))


def read(file: Path) -> Accounts:
    """Read what `capturing` wrote.

    Raises:
        FileNotFoundError: the program did not crash.
    """
    values = json.loads(file.read_text("utf-8"))
    return Accounts(values["report"], values["event"], values["stack"], values["failure"])
