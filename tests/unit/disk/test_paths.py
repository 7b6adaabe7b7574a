"""Where our files are: variables that lead there count as they were at the start."""

from __future__ import annotations

import os

import pytest

from telemetry_hook._disk import paths

pytestmark = pytest.mark.once

LEADING = [
    *("HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_NEW", "USERPROFILE", "APPDATA"),
    *("LOCALAPPDATA", "ANDROID_DATA", "WIN_PD_OVERRIDE_LOCAL_APPDATA"),
]


@pytest.fixture(autouse=True)
def _without_them(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name in paths.HOMES or name.startswith(paths.MOVING):
            monkeypatch.delenv(name)


@pytest.mark.parametrize("name", LEADING)
def test_a_variable_that_leads_elsewhere_is_named(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether the program has changed, added or removed it."""
    assert paths.moved({}) is None
    assert paths.moved({name: "/users"}) == name
    monkeypatch.setenv(name, "/programs")
    assert paths.moved({}) == name
    assert paths.moved({name: "/users"}) == name
    assert paths.moved({name: "/programs", "LIFT_LEVEL": "1"}) is None


def test_other_variables_lead_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sender has those of the start, whatever they are now."""
    for name in ("HTTPS_PROXY", "SSL_CERT_FILE", "LD_PRELOAD", "HOMES"):
        monkeypatch.setenv(name, "/programs")
    assert paths.moved({}) is None
