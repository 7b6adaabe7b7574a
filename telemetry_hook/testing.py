"""The test kit for tool authors: what would be asked, what would be sent, and what would leak."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from telemetry_hook._report import JSON


def preview(exception: BaseException, tool_name: str) -> dict[str, JSON]:
    """Return the redacted report for an exception that was caught.

    It is the report that the installed tool of that name would send; nothing is asked or sent.

    Raises:
        LookupError: no installed tool has that name.
        PluginError: its plugin cannot be loaded.
    """
    from telemetry_hook import _attribution, _redact, _report, _stack
    from telemetry_hook._isolation import isolated
    from telemetry_hook._plugins import Plugin

    with isolated():
        plugins = [Plugin(each) for each in _attribution.registrations()]
        found = next((each for each in plugins if each.tool.name == tool_name), None)
        if found is None:
            known = ", ".join(sorted(each.tool.name for each in plugins)) or "none"
            raise LookupError(f"no installed tool is named {tool_name!r}; there are: {known}")
        crash = _stack.capture(exception, "reported")
        attributes = found.attributes(crash, set())
        report = _report.build(crash, found.registration, found.tool, attributes)
        return _redact.redact(report).as_json()
