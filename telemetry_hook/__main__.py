"""The command `telemetry-hook`, as ``python -m telemetry_hook`` or by the path of this directory."""

import os
import sys

if not __package__:
    # Python was started with the path of this directory, whose modules must not be imported by
    # their short names.
    sys.path[0] = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

from telemetry_hook._cli import main

main()
