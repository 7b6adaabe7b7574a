"""`doctor`: is it installed, is it on, what does it cost, what is broken."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass

import click

import telemetry_hook
from telemetry_hook._cli._answers import as_json, standings
from telemetry_hook._consent import answers, rules
from telemetry_hook._consent import policy as administrator
from telemetry_hook._disk import paths, storage
from telemetry_hook._errors import StorageError, TelemetryHookError
from telemetry_hook._installed import attribution, isolation
from telemetry_hook.receivers import is_local

RUNS = 15
MAX_LOG = 1024 * 1024
NOISE = 0.0001
UNPUBLISHED = (
    "It was built from a directory, so its source is not published: its frames and messages stay "
    "out of reports to another machine."
)


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at; `advice` is what to do when it is not well."""

    title: str
    is_well: bool
    text: str
    advice: str = ""


@click.command()
@as_json
def doctor(is_json: bool) -> None:
    """Check the installation, the plugins and the files; exit status 1 if anything is wrong."""
    findings = [
        _start_line(),
        _hook(),
        *_plugins(),
        *_unclaimed(),
        *_doubles(),
        _policy_file(),
        *_files(),
        _failures(),
        _cost(),
    ]
    if is_json:
        rows = [
            {"title": each.title, "ok": each.is_well, "text": each.text, "advice": each.advice}
            for each in findings
        ]
        click.echo(json.dumps(rows, indent=2))
    else:
        for each in findings:
            click.echo(f"{'ok   ' if each.is_well else 'WRONG'}  {each.title}: {each.text}")
            if each.advice:
                click.echo(f"       {each.advice}")
    sick = [each for each in findings if not each.is_well]
    if sick:
        raise TelemetryHookError(f"{len(sick)} of {len(findings)} checks found something wrong")


def _start_line() -> Finding:
    for directory in isolation.site_directories():
        path = os.path.join(directory, "telemetry_hook.pth")
        if os.path.isfile(path):
            return Finding("start line", True, path)
    return Finding(
        "start line",
        False,
        "no telemetry_hook.pth in any site directory",
        "Install telemetry-hook with pip; or call telemetry_hook.install() in the tool itself.",
    )


def _hook() -> Finding:
    if (decision := rules.forbidden_here(os.environ)) is not None:
        return Finding("hook", True, f"switched off: {decision.reason}")
    if telemetry_hook._installed_in is None:  # noqa: SLF001 - our own
        return Finding("hook", False, "not installed in this interpreter", "See the start line.")
    return Finding("hook", True, "installed in this interpreter")


def _plugins() -> list[Finding]:
    found = []
    for each in standings():
        if each.plugin is None:
            advice = "Tell the tool's author; until then this tool neither asks nor sends."
            found.append(Finding(f"plugin {each.name}", False, each.error, advice))
        else:
            text = f"{each.registration.value} from {each.registration.plugin.name}"
            local = is_local(each.plugin.tool.receiver.address)
            advice = "" if local or each.registration.is_as_released else UNPUBLISHED
            found.append(Finding(f"plugin {each.name}", True, text, advice))
    return found


def _unclaimed() -> list[Finding]:
    return [
        Finding(
            f"plugin {package}",
            False,
            f"registered by {distribution}, but no package of that name is installed",
            "An entry point is named after the top-level import package that it covers.",
        )
        for package, distribution in attribution.unclaimed().items()
    ]


def _doubles() -> list[Finding]:
    return [
        Finding(
            f"plugin {package}",
            False,
            f"registered by {', '.join(names)}, none of which is {package}'s own; none counts",
            "Uninstall all but one of them.",
        )
        for package, names in attribution.disputed().items()
    ]


def _policy_file() -> Finding:
    policy = administrator.load()
    if policy.fault:
        advice = "Until an administrator puts it right it counts as never."
        return Finding("policy", False, policy.fault, advice)
    if not policy.path:
        return Finding("policy", True, "there is none")
    limits = {"every other tool": policy.default, **policy.by_tool}
    told = [f"{name}: {each.summary}" for name, each in limits.items() if each.summary]
    return Finding("policy", True, f"{policy.path}: {'; '.join(told) or 'it limits nothing'}")


def _files() -> list[Finding]:
    found = []
    try:
        count = len(answers.load_answers().by_tool)
        where = f"{count} in {paths.answers()}" if count else "none are saved"
        found.append(Finding("answers", True, where))
    except StorageError as error:
        found.append(Finding("answers", False, str(error)))
    for title, path in (("answers", paths.answers().parent), ("outbox", paths.outbox())):
        existing = path
        while not existing.exists() and existing != existing.parent:
            existing = existing.parent
        if not os.access(existing, os.W_OK | os.X_OK):
            advice = "Make it writable; until then no answer is saved and no report is sent."
            found.append(Finding(title, False, f"{existing} is not writable", advice))
    return found


def _failures() -> Finding:
    try:
        content = storage.read(paths.log(), MAX_LOG)
    except StorageError as error:
        return Finding("failures of ours", False, str(error))
    if content is None:
        return Finding("failures of ours", True, "none noted")
    text = content.decode("utf-8", "replace")
    return Finding(
        "failures of ours",
        False,
        f"noted in {paths.log()}; the last: {text.splitlines()[-1].strip() if text else ''}",
        "Please report it, with that file; then delete the file.",
    )


def _cost() -> Finding:
    with tempfile.TemporaryDirectory() as directory:
        on, off = [], []
        for _ in range(RUNS):
            off.append(_start(directory, "0"))
            on.append(_start(directory, "1"))
    extra = sorted(one - other for one, other in zip(on, off, strict=True))[RUNS // 2]
    base = sorted(off)[RUNS // 2]
    cost = f"{extra * 1000:.2f} ms" if extra > NOISE else "too little to measure"
    text = f"{cost}, on {base * 1000:.0f} ms (medians of {RUNS})"
    return Finding("cost of the hook at start", True, text)


def _start(directory: str, hook: str) -> float:
    environment = {**os.environ, "TELEMETRY_HOOK_STARTUP": hook}
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", "pass"], cwd=directory, env=environment, check=False)
    return time.perf_counter() - start
