"""What `doctor` finds in files: the policy, the answers, the stored reports, the notes of failures."""

from __future__ import annotations

import os
import shlex

from telemetry_hook import _failures
from telemetry_hook._cli._finding import Finding
from telemetry_hook._consent import answers
from telemetry_hook._consent import policy as administrator
from telemetry_hook._disk import locks, mounts, owners, paths
from telemetry_hook._errors import StorageError
from telemetry_hook._outbox import store

MAX_FAULTS = 5
UNREADABLE = (
    "They are neither sent nor deleted. A copy is as good, if hard links are wrong: cp -p FILE "
    "FILE.copy && mv FILE.copy FILE"
)
CHANGED = (
    "This is no failure: the running code was not that of the files any more, so a report would have "
    "named the wrong version."
)


def findings() -> list[Finding]:
    """Return the findings. Nothing is changed."""
    return [_policy_file(), *_files(), _stored(), *_claims(), *_noted()]


def _policy_file() -> Finding:
    policy = administrator.load()
    if policy.fault:
        advice = "Until an administrator corrects the policy, no tool asks or sends."
        return Finding("policy", False, policy.fault, advice)
    if not policy.path:
        return Finding("policy", True, "there is none")
    limits = {"every other tool": policy.default, **policy.by_tool}
    summaries = [f"{name}: {limit.summary}" for name, limit in limits.items() if limit.summary]
    return Finding("policy", True, f"{policy.path}: {'; '.join(summaries) or 'it limits nothing'}")


def _files() -> list[Finding]:
    findings = []
    try:
        count = len(answers.load_answers().by_tool)
        where = f"{count} in {paths.answers()}" if count else "none are saved"
        findings.append(Finding("answers", True, where))
    except StorageError as error:
        findings.append(Finding("answers", False, str(error)))
    for title, path in (("answers", paths.answers().parent), ("outbox", paths.outbox())):
        existing = path
        while not existing.exists() and existing != existing.parent:
            existing = existing.parent
        if not os.access(existing, os.W_OK | os.X_OK):
            advice = "Make it writable; until then no answer is saved and no report is sent."
            findings.append(Finding(title, False, f"{existing} is not writable", advice))
    return findings


def _stored() -> Finding:
    """Check that the stored reports can be read, and that they stay."""
    try:
        count, faults = len(store.entries()), store.unreadable()
    except StorageError as error:
        return Finding("stored reports", False, str(error))
    if faults:
        more = f"; and {len(faults) - MAX_FAULTS} more" if len(faults) > MAX_FAULTS else ""
        text = f"{len(faults)} files cannot be read: {'; '.join(faults[:MAX_FAULTS])}{more}"
        return Finding("stored reports", False, text, UNREADABLE)
    text = f"{count} in {paths.outbox()}" if count else "there are none"
    if (why := mounts.why_passing(paths.outbox())) is not None:
        text += f", whose directory goes away: {why}"
    if not locks.are_known(paths.outbox()):
        text += "; nothing can be locked there, so links that name their owners are used instead"
    return Finding("stored reports", True, text)


def _claims() -> list[Finding]:
    """Find what is claimed by processes of other machines and containers, which may be gone."""
    directories = (paths.answers().parent, paths.outbox())
    links = [link for directory in directories for link in owners.unseen(directory)]
    if not links:
        return []
    text = f"{len(links)} by processes that cannot be seen from here"
    advice = f"If their machines or containers are gone: rm {shlex.join(map(str, links))}"
    return [Finding("claims", False, text, advice)]


def _noted() -> list[Finding]:
    try:
        failures, changed = _failures.read()
    except StorageError as error:
        return [Finding("own failures", False, str(error))]
    findings = [Finding("own failures", True, "none noted")]
    if failures:
        text = f"noted in {paths.log()}; the last: {failures[-1]}"
        advice = "Please report it, with that file; then delete the file."
        findings = [Finding("own failures", False, text, advice)]
    if changed:
        text = f"the last of {len(changed)}: {changed[-1]}"
        findings.append(Finding("changed while running", True, text, CHANGED))
    return findings
