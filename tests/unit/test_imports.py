"""What a crash imports, and what it does not: imports take most of the time until the question."""

from __future__ import annotations

import subprocess
import sys

PRINT = """
import sys
before = {*sys.modules}
import %s
print(*({*sys.modules} - before))
"""
UNATTRIBUTED = "telemetry_hook._pipeline, telemetry_hook._crash.ending, telemetry_hook._installed"
QUESTION = (
    "telemetry_hook._terminal_asker, telemetry_hook._plugins, telemetry_hook._gate, "
    "telemetry_hook._redact.raw_report, telemetry_hook._redact.redaction"
)
# Only the pager, the sender, an encoding, or some messages and command lines need these.
LATER = {
    *("base64", "pkgutil", "platform", "shlex", "string", "subprocess", "urllib3", "uuid"),
    *("telemetry_hook.receivers." + name for name in ("file", "https", "otlp", "sentry")),
    *(f"telemetry_hook._redact.command.{name}_reader" for name in ("argparse", "docopt", "getopt")),
    "telemetry_hook._redact.command.first_argument",
}


def imported(modules: str) -> set[str]:
    """Return the modules that an interpreter imports for some of ours."""
    command = [sys.executable, "-c", PRINT % modules]
    return set(subprocess.run(command, capture_output=True, check=True, text=True).stdout.split())


def test_a_crash_that_no_tool_claims_imports_only_our_own_modules() -> None:
    """And built-in ones. Each module of the standard library would cost more than one of ours."""
    others = imported(f"{UNATTRIBUTED}.attribution") - {*sys.builtin_module_names}
    assert {name.partition(".")[0] for name in others} <= {"telemetry_hook"}


def test_until_the_question_nothing_is_imported_that_few_crashes_need() -> None:
    """A receiver is imported where a plugin names it."""
    assert imported(QUESTION).isdisjoint(LATER)
