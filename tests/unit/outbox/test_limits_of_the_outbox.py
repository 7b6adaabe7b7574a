"""The limits that the documents name, and the format that versions share."""

from __future__ import annotations

import inspect

import pytest

from telemetry_hook._outbox import delivery, entry, intake, quotas, transport

pytestmark = pytest.mark.once


def test_limits() -> None:
    """Tests elsewhere lower some of them to be quick."""
    assert (quotas.MAX_WAITING_REPORTS, quotas.MAX_SETTLED_REPORTS) == (200, 200)
    assert quotas.MAX_STORED_BYTES == 32 * 1024 * 1024
    assert quotas.MAX_AGE_DAYS == 30
    assert entry.MAX_HELD_SECONDS == 7 * 24 * 60 * 60
    assert (delivery.MAX_HOURLY, delivery.MAX_DRAINED) == (100, 50)
    assert transport.DEADLINE_SECONDS == 20


def test_the_format() -> None:
    """Another number would hide all reports that are stored by now."""
    assert entry.FORMAT == 1


def test_a_report_is_not_taken_for_one_of_an_always() -> None:
    """An answer to one report is no standing answer."""
    assert inspect.signature(intake.add).parameters["is_standing"].default is False
