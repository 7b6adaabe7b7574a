"""Run Lift with `python -m lift`."""

from lift.cli import main

main()
