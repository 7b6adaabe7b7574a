"""A directory on this machine, for tools whose reports are collected by other means."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from telemetry_hook._errors import DeclarationError
from telemetry_hook._report import dump
from telemetry_hook.receivers._base import Request

if TYPE_CHECKING:
    from telemetry_hook._report import RedactedReport


@dataclass(frozen=True)
class FileReceiver:
    """A directory in which each report is written to the file ``<report id>.json``.

    Raises:
        DeclarationError: the directory is not given as an absolute path.
    """

    directory: str | os.PathLike[str]

    def __post_init__(self) -> None:
        path = os.fspath(self.directory)
        if type(path) is not str or not Path(path).is_absolute() or not path.isprintable():
            raise DeclarationError(
                f"FileReceiver({path!r}): give an absolute path, such as /var/spool/lift"
            )
        object.__setattr__(self, "directory", path)

    @property
    def address(self) -> str:
        """The directory as a `file:` URL."""
        return Path(self.directory).as_uri()

    def encode(self, report: RedactedReport) -> Request:
        """Return the report as JSON, to be written to its own file."""
        return Request(url=f"{self.address}/{report.id}.json", body=dump(report.as_json()) + b"\n")
