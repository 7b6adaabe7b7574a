"""Load the test kit of telemetry-hook."""

pytest_plugins = ["telemetry_hook.testing"]
