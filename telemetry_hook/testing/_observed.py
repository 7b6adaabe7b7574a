"""The result of a tool's crash in a test."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from telemetry_hook.testing._leaks import Stored


class NotReportedError(AssertionError):
    """There is no report; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class ObservedCrash:
    """The result of a tool's crash.

    `exit_status` is the tool's own, negative for the signal that killed it. `screen` is everything that
    was on its terminal. `question` is the question with its keys, None if nothing was asked.
    `why_not_reported` says why there is no report and what to do, and is empty if there is one.
    """

    exit_status: int
    screen: str
    question: str | None
    why_not_reported: str
    _stored: Stored | None = field(repr=False)
    _leaks: tuple[str, ...] = field(repr=False)

    @property
    def is_reported(self) -> bool:
        """Whether a yes would send a report."""
        return self._stored is not None

    @property
    def body(self) -> bytes:
        """The exact bytes that a yes would send.

        Raises:
            NotReportedError: a yes would send nothing.
        """
        __tracebackhide__ = True
        return self._report().body

    @property
    def report(self) -> dict[str, Any]:
        """The body decoded: JSON, or the event of a Sentry envelope; ``{"body": text}`` for the rest.

        Raises:
            NotReportedError: a yes would send nothing.
        """
        __tracebackhide__ = True
        return self._report().report

    @property
    def leaks(self) -> tuple[str, ...]:
        """The secrets that got into the report, a line for each: ``path: the token (reversed): "…"``.

        Also places where the report of another user, with other secrets of the same format, differs in more
        than id and time: ``path: "a" != "b"``.

        Raises:
            NotReportedError: a yes would send nothing, so it is not known what could leak.
        """
        __tracebackhide__ = True
        self._report()
        return self._leaks

    def _report(self) -> Stored:
        __tracebackhide__ = True
        if self._stored is None:
            raise NotReportedError(self.why_not_reported)
        return self._stored
