"""The error tree: what telemetry-hook raises at the people who call it on purpose."""


class TelemetryHookError(Exception):
    """Base of all errors of telemetry-hook; the message says what was wrong, where, and what to do."""


class DeclarationError(TelemetryHookError, ValueError):
    """A plugin declares something that is not allowed."""


class PluginError(TelemetryHookError):
    """A plugin cannot be loaded, or did not do its part."""


class StorageError(TelemetryHookError):
    """A file of ours cannot be read or written."""


class PolicyError(TelemetryHookError):
    """The administrator's policy cannot be followed, and so counts as never."""


class NotPublicError(TelemetryHookError):
    """Text was about to enter a report that no public source is known for."""


class ReportSizeError(TelemetryHookError):
    """A report is too large in its lightest form too; it was dropped."""


class GateError(TelemetryHookError):
    """A finished report held something that is private; it was dropped."""
