"""Seats guests at tables; `telemetry-hook demo` installs it for a moment, to crash for real."""
