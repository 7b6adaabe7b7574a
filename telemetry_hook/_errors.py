"""Errors that telemetry-hook raises in code that calls it on purpose."""


class TelemetryHookError(Exception):
    """Base of all errors of telemetry-hook; the message says what was wrong, where, and what to do."""


class DeclarationError(TelemetryHookError, ValueError):
    """A plugin declares something that is not allowed."""


class PluginError(TelemetryHookError):
    """A plugin cannot be loaded, or one of its hooks failed."""


class StorageError(TelemetryHookError):
    """A file of ours cannot be read or written."""


class PolicyError(TelemetryHookError):
    """The administrator's policy cannot be read; then it means never."""


class NotPublicError(TelemetryHookError):
    """A text without a public origin was about to be put into a report."""


class ReportSizeError(TelemetryHookError):
    """A report is too large even in its lightest form; it was dropped."""


class GateError(TelemetryHookError):
    """A finished report contained something private; it was dropped."""
