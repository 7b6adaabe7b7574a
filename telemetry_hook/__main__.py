"""The command line as a program: ``python -m telemetry_hook``."""

from telemetry_hook._cli import main

if __name__ == "__main__":
    main()
