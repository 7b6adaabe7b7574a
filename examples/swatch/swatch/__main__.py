"""Run Swatch with `python -m swatch`."""

import sys

from swatch.viewer import main

sys.exit(main())
