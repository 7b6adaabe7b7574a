"""Script of the child process: ``python -I _sender.py REPORT_ID``, run in the root directory."""

import os
import sys


def main() -> None:
    """Deliver one report, then the others that are due. Failures are written to our log."""
    # Isolated mode omits the user's site directory, but we may be installed there.
    sys.path.append(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    from telemetry_hook import _facts, _failures
    from telemetry_hook._outbox import delivery, quotas

    try:
        delivery.drain(sys.argv[1], _facts.withdrawn)
        quotas.tidy()
    except BaseException as failure:
        _failures.note(failure, {})
    finally:
        # If a host name look-up hangs in its thread, it must not keep this process alive.
        os._exit(0)


if __name__ == "__main__":
    main()
