"""Seats guests at tables. `telemetry-hook demo` installs this package to crash it for real."""
