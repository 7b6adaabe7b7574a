"""What the child process runs: ``python -I _sender.py REPORT_ID``, in the root directory."""

import os
import sys


def main() -> None:
    """Deliver one report, then what else is due; failures go to our log."""
    # Isolated mode leaves the user's site directory out, where we may be installed.
    sys.path.append(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    from telemetry_hook import _facts, _failures
    from telemetry_hook._outbox import delivery, quotas

    try:
        delivery.drain(sys.argv[1], _facts.withdrawn)
        quotas.tidy()
    except BaseException as failure:
        _failures.note(failure, {})
    finally:
        # A look-up of a name that hangs in its thread must not keep this process.
        os._exit(0)


if __name__ == "__main__":
    main()
