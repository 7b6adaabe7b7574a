"""Runs in a frozen program before its own script, in place of the `.pth` file."""

import telemetry_hook
from telemetry_hook import _frozen

_frozen.serve()
telemetry_hook.startup()
