"""Run Studio with `python -m studio`."""

from studio.cli import main

main()
