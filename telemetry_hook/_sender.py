"""Script of the child process: ``python -I _sender.py REPORT_ID``, run in the root directory."""

import contextlib
import os
import signal
import sys


def main() -> None:
    """Deliver one report, then the others that are due. Failures are written to our log.

    If the report cannot be read or written now, why is written to stdout, for who waits.
    """
    # From an answer of the receiver until it is written down, nothing must interrupt us.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Isolated mode omits the user's site directory, but we may be installed there.
    sys.path.append(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    from telemetry_hook import _facts, _failures
    from telemetry_hook._errors import StorageError
    from telemetry_hook._outbox import delivery, quotas

    try:
        delivery.drain(sys.argv[1], _facts.withdrawn)
        quotas.tidy()
    except StorageError as error:
        with contextlib.suppress(OSError):
            os.write(1, str(error).encode())
    except BaseException as failure:
        _failures.note(failure, {})
    finally:
        # If a host name look-up hangs in its thread, it must not keep this process alive.
        os._exit(0)


if __name__ == "__main__":
    main()
