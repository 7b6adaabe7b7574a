"""Errors that telemetry-hook raises in code that calls it on purpose."""


class TelemetryHookError(Exception):
    """Base of all telemetry-hook errors. The message says what is wrong, where, and what to do."""


class DeclarationError(TelemetryHookError, ValueError):
    """A plugin declares something that is not allowed."""


class PluginError(TelemetryHookError):
    """A plugin cannot be loaded, or one of its hooks failed."""


class StorageError(TelemetryHookError):
    """One of our files cannot be read or written, at least not now."""


class DamagedError(StorageError):
    """One of our files was read, and its content is not what we wrote. It never will be."""


class UntrustedError(StorageError):
    """One of our files could have been written by somebody else, or is no file of its own."""


class PolicyError(TelemetryHookError):
    """The administrator's policy cannot be read. It is then treated as *never*."""


class NotPublicError(TelemetryHookError):
    """A text without a public origin was about to be put into a report."""


class ReportSizeError(TelemetryHookError):
    """A report is too large even in its lightest form; it was dropped."""


class ChangedError(TelemetryHookError):
    """A distribution was changed while the program ran, so there must be no report of its crash."""


class GateError(TelemetryHookError):
    """A finished report contained something private; it was dropped."""
