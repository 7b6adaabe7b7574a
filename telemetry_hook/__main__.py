"""The command `telemetry-hook`, as ``python -m telemetry_hook`` or by the path of this directory."""

import os
import sys

if not __package__:
    # Python was started with the path of this directory. Our package is in the one above. A `.pth`
    # file may have imported another copy, which does not find the tools that are beside this one.
    sys.path[0] = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    for name in [*sys.modules]:
        if name.partition(".")[0] == "telemetry_hook":
            del sys.modules[name]
elif os.path.exists(".") and sys.path[0] in ("", os.getcwd()):
    # `-m` has added the working directory, whose modules we must not import.
    del sys.path[0]

from telemetry_hook._cli import main

main()
