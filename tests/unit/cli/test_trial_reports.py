"""Doctor makes trial reports: it fails where no question would come."""

from __future__ import annotations

import sys
from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from telemetry_hook import Choice, SentryReceiver, Tool
from telemetry_hook._cli import _doctor, _trial_reports
from telemetry_hook._cli._answers import Standing
from telemetry_hook._cli._finding import Finding
from telemetry_hook._installed.attribution import Registration
from telemetry_hook._installed.distributions import Distribution
from telemetry_hook._redact import exceptions

if TYPE_CHECKING:
    from pathlib import Path

KINDS = 14 if sys.version_info >= (3, 11) else 13  # Python 3.10 has no groups


@pytest.fixture
def plugin(tmp_path: Path) -> Any:
    info = tmp_path / "acme_lift-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Name: acme-lift\nVersion: 1.0\n")
    (info / "RECORD").write_text("")
    distribution = Distribution(str(tmp_path), info.name)
    tool = Tool(
        name="lift",
        publisher="Acme Ltd",
        purpose="to find and fix bugs",
        receiver=SentryReceiver("https://key@errors.acme.example/3"),
    )
    return SimpleNamespace(
        registration=Registration("lift", "lift.telemetry", distribution, distribution),
        tool=tool,
        members=[],
    )


def findings(plugin: Any) -> list[Finding]:
    return _doctor._reports([Standing(plugin.registration, plugin, None, "")])


def test_every_kind_of_error_can_be_reported(plugin: Any) -> None:
    assert _trial_reports.failures(plugin) == []
    [finding] = findings(plugin)
    assert (finding.title, finding.is_well) == ("reports for lift", True)
    assert f"for all {KINDS} kinds of errors" in finding.text


def test_broken_redaction_is_found(plugin: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A built-in class that redaction cannot handle, as once happened with a new Python."""
    whole = exceptions.Exceptions.redacted

    def broken(self: Any, crash: Any) -> Any:
        if isinstance(crash.exception, NameError):
            raise KeyError("__str__")
        return whole(self, crash)

    monkeypatch.setattr(exceptions.Exceptions, "redacted", broken)
    assert _trial_reports.failures(plugin) == ["NameError: KeyError"]
    [finding] = findings(plugin)
    assert not finding.is_well
    assert f"1 of {KINDS}" in finding.text
    assert "NameError: KeyError" in finding.advice


def test_a_broken_plugin_has_no_trial(plugin: Any) -> None:
    assert _doctor._reports([Standing(plugin.registration, None, None, "broken")]) == []


def test_an_attribute_that_is_never_reported_is_found(plugin: Any) -> None:
    """No text of the plugin's source has the option: it was made at run time."""
    [finding] = _doctor._plugins([Standing(plugin.registration, plugin, None, "")])
    assert finding.is_well
    attribute = Choice("schema.owner", "Who", ("hunter2",))
    plugin.tool = replace(plugin.tool, attributes=(attribute,))
    [finding] = _doctor._plugins([Standing(plugin.registration, plugin, None, "")])
    assert (finding.is_well, finding.text) == (False, "never reported: schema.owner")
    assert "the plugin's own package" in finding.advice
