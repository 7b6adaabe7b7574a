"""Runs the sample for `python -m sample_tool`, as the script `telemetry-hook-sample` does."""

from .seating import main

if __name__ == "__main__":
    main()
