"""`doctor`: checks if telemetry-hook is installed and on, what it costs, and what is broken."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time

import click

import telemetry_hook
from telemetry_hook import _started
from telemetry_hook._cli import _doctor_files, _trial_reports
from telemetry_hook._cli._answers import Standing, as_json, standings
from telemetry_hook._cli._finding import Finding
from telemetry_hook._consent import rules
from telemetry_hook._errors import StorageError, TelemetryHookError
from telemetry_hook._installed import attribution, places
from telemetry_hook._outbox import certificates, store
from telemetry_hook._outbox.answers import REFUSED
from telemetry_hook._outbox.entry import printable
from telemetry_hook.receivers import host_of, is_local

RUNS = 15
NOISE = 0.0001
BUNDLE = (
    "shiv and pex start the hook themselves. Elsewhere, the tool must call "
    "telemetry_hook.install() at its start."
)
WITHHELD = "Write the names and options of attributes as texts in the plugin's own package."
WRONG_KEY = (
    "The key or the project is wrong: its author must correct the plugin's receiver. Until then no "
    "report of this tool arrives. Or a firewall or a proxy on the way has answered."
)
UNPUBLISHED = (
    "It was not installed from an index or an https address, so its source is not published: its "
    "frames and messages stay out of reports to another machine."
)


@click.command()
@as_json
def doctor(is_json: bool) -> None:
    """Check the installation, the plugins and the files; exit status 1 if anything is wrong."""
    tools = standings()
    findings = [
        _start_line(),
        _hook(),
        *_plugins(tools),
        *_reports(tools),
        *_refusals(tools),
        *_unclaimed(),
        *_doubles(),
        *_doctor_files.findings(),
        _certificates(),
        *_cost(),
    ]
    if is_json:
        rows = [
            {
                "title": finding.title,
                "ok": finding.is_well,
                "text": finding.text,
                "advice": finding.advice,
            }
            for finding in findings
        ]
        click.echo(json.dumps(rows, indent=2))
    else:
        for finding in findings:
            click.echo(
                f"{'ok   ' if finding.is_well else 'WRONG'}  {finding.title}: {finding.text}"
            )
            if finding.advice:
                click.echo(f"       {finding.advice}")
    wrong = sum(not finding.is_well for finding in findings)
    if wrong:
        raise TelemetryHookError(f"{wrong} of {len(findings)} checks found something wrong")


def _start_line() -> Finding:
    if places.is_frozen():
        return Finding("start line", True, f"not needed: the program in {places.home()} starts it")
    if _is_bundle():
        return Finding("start line", True, f"not read in {places.home()}", BUNDLE)
    for directory in places.site_directories():
        path = os.path.join(directory, "telemetry_hook.pth")
        if os.path.isfile(path):
            return Finding("start line", True, path)
    return Finding(
        "start line",
        False,
        "no telemetry_hook.pth in any site directory",
        "Install telemetry-hook with pip; or call telemetry_hook.install() in the tool itself.",
    )


def _is_bundle() -> bool:
    """Return whether this package is in a zipapp, a frozen program, or another place without `.pth`."""
    home = places.home()
    return places.is_frozen() or (home in places.bundled() and home not in places.of_interpreter())


def _hook() -> Finding:
    if (decision := rules.forbidden_here(os.environ)) is not None:
        return Finding("hook", True, f"switched off: {decision.reason}")
    if (name := _started.other_interpreter()) is not None:
        text = f"not installed, as this is {name}: no crash is noted, so no tool asks or sends here"
        return Finding("hook", False, text, "Run the tool with CPython, which this needs.")
    if _is_bundle():
        return Finding("hook", True, "installed when the tool starts it")
    if telemetry_hook._installed_in is None:  # noqa: SLF001 - our own
        return Finding("hook", False, "not installed in this interpreter", "See the start line.")
    return Finding("hook", True, "installed in this interpreter")


def _plugins(tools: list[Standing]) -> list[Finding]:
    findings = []
    for tool in tools:
        title, registration = f"plugin {tool.name}", tool.registration
        if tool.plugin is None:
            advice = "Report it to the tool's author. Until then this tool neither asks nor sends."
            findings.append(Finding(title, False, tool.error, advice))
        elif withheld := _trial_reports.withheld(tool.plugin):
            text = f"never reported: {', '.join(withheld)}"
            findings.append(Finding(title, False, text, WITHHELD))
        else:
            text = f"{registration.value} from {registration.plugin.name}"
            local = is_local(tool.plugin.tool.receiver.address)
            advice = "" if local or registration.is_as_released else UNPUBLISHED
            findings.append(Finding(title, True, text, advice))
    return findings


def _reports(tools: list[Standing]) -> list[Finding]:
    """Check that reports can be made, by making some. Nothing is asked, stored or sent."""
    findings = []
    for tool in tools:
        if tool.plugin is None or _started.other_interpreter() is not None:
            continue
        title = f"reports for {tool.name}"
        if failed := _trial_reports.failures(tool.plugin):
            text = (
                f"{len(failed)} of {len(_trial_reports.TRIALS)} kinds of errors cannot be reported"
            )
            advice = f"Please report this to telemetry-hook: {'; '.join(failed)}"
            findings.append(Finding(title, False, text, advice))
        else:
            text = (
                f"can be made for all {len(_trial_reports.TRIALS)} kinds of errors that were tried"
            )
            findings.append(Finding(title, True, text))
    return findings


def _refusals(tools: list[Standing]) -> list[Finding]:
    """Check whether the last report that was answered was refused for a wrong key or project."""
    try:
        entries = store.entries()
    except StorageError:
        return []  # `_files` checks the outbox
    entries.sort(key=lambda entry: entry.changed)
    latest = {
        (entry.tool, entry.receiver): entry
        for entry in entries
        if entry.state == "sent" or (entry.state == "discarded" and entry.status)
    }
    findings = []
    for tool in tools:
        address = "" if tool.plugin is None else tool.plugin.tool.receiver.address
        entry = latest.get((tool.name, address))
        if entry is not None and entry.state != "sent" and entry.status in REFUSED:
            answered = f"{host_of(address)} answered {entry.status} to the latest report"
            text = f"{answered}, which is {entry.state}: {printable(entry.reason)}"
            findings.append(Finding(f"receiver of {tool.name}", False, text, WRONG_KEY))
    return findings


def _unclaimed() -> list[Finding]:
    return [
        Finding(
            f"plugin {package}",
            False,
            f"registered by {distribution}, but no package of that name is installed",
            "An entry point is named after the top-level import package that it covers, or after a "
            "package in a namespace, such as acme.lift.",
        )
        for package, distribution in attribution.unclaimed().items()
    ]


def _doubles() -> list[Finding]:
    return [
        Finding(
            f"plugin {package}",
            False,
            f"registered by {', '.join(names)}, none of which is {package}'s own; none is used",
            "Uninstall all but one of them.",
        )
        for package, names in attribution.disputed().items()
    ]


def _certificates() -> Finding:
    if certificates.are_missing():
        return Finding("certificates", False, certificates.MISSING, certificates.ADVICE)
    return Finding("certificates", True, "receivers can be verified")


def _cost() -> list[Finding]:
    if _is_bundle():
        return []
    with tempfile.TemporaryDirectory() as directory:
        on, off = [], []
        for _ in range(RUNS):
            off.append(_start(directory, "0"))
            on.append(_start(directory, "1"))
    extra = sorted(one - other for one, other in zip(on, off, strict=True))[RUNS // 2]
    base = sorted(off)[RUNS // 2]
    cost = f"{extra * 1000:.2f} ms" if extra > NOISE else "too little to measure"
    text = f"{cost}, on {base * 1000:.0f} ms (medians of {RUNS})"
    return [Finding("cost of the hook at start", True, text)]


def _start(directory: str, hook: str) -> float:
    environment = {**os.environ, "TELEMETRY_HOOK_STARTUP": hook}
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", "pass"], cwd=directory, env=environment, check=False)
    return time.perf_counter() - start
