"""The command `telemetry-hook`, as ``python -m telemetry_hook`` or by the path of this directory."""

import os
import sys

if not __package__:
    # Python was started with the path of this directory. Our package is in the one above.
    sys.path[0] = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
elif os.path.exists(".") and sys.path[0] in ("", os.getcwd()):
    # `-m` has added the working directory, whose modules we must not import.
    del sys.path[0]

from telemetry_hook._cli import main

main()
