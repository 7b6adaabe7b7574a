"""What `telemetry-hook-sample` and `python -m sample_tool` run."""

from .seating import main

if __name__ == "__main__":
    main()
