"""The result of a tool's crash in a test."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from telemetry_hook.testing._leaks import Stored


class NotReportedError(AssertionError):
    """There is no report. The message says why, and what to do."""


@dataclass(frozen=True, slots=True)
class ObservedCrash:
    """The result of a tool's crash.

    `exit_status` is the tool's exit status, or minus the number of the signal that killed the tool.
    `screen` is everything that was printed on the terminal. `question` is the question with the
    answers that it offers, or None if nothing was asked. `why_not_reported` says why there is no
    report and what to do. It is empty if there is a report.
    """

    exit_status: int
    screen: str
    question: str | None
    why_not_reported: str
    _stored: Stored | None = field(repr=False)
    _leaks: tuple[str, ...] = field(repr=False)

    @property
    def is_reported(self) -> bool:
        """Whether the answer yes would send a report."""
        return self._stored is not None

    @property
    def body(self) -> bytes:
        """The exact bytes that the answer yes would send.

        Raises:
            NotReportedError: the answer yes would send nothing.
        """
        __tracebackhide__ = True
        return self._report().body

    @property
    def report(self) -> dict[str, Any]:
        """The decoded body: its JSON object, or the event if it is a Sentry envelope.

        A body that is neither gives ``{"body": text}``.

        Raises:
            NotReportedError: the answer yes would send nothing.
        """
        __tracebackhide__ = True
        return self._report().report

    @property
    def leaks(self) -> tuple[str, ...]:
        """The secrets in the report, one line for each: ``path: the token (reversed): "…"``.

        The lines after these are differences from the report of a second invented user, who has
        other secrets of the same format: ``path: "a" != "b"``. Id and time may differ.

        Raises:
            NotReportedError: the answer yes would send nothing, so it is not known what could leak.
        """
        __tracebackhide__ = True
        self._report()
        return self._leaks

    def _report(self) -> Stored:
        __tracebackhide__ = True
        if self._stored is None:
            raise NotReportedError(self.why_not_reported)
        return self._stored
