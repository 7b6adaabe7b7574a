"""Runs all bugs, or those that are named, and prints which facts each account has.

The exit status is 1 if our report has fewer than 95 % of the facts, or fewer than sentry-sdk's event.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from conftest import ROOT, build_wheel

from bugs import dependencies, files, others, pythons, settings, workers
from bugs.accounts import Accounts
from bugs.bug import Bug
from bugs.environments import Laboratory, NoCrashError

GOAL = 0.95
# What the bugs come from, as the sums are printed.
GROUPS = {
    "a file, an argument or a reply": files.BUGS,
    "settings": settings.BUGS,
    "a worker process": workers.BUGS,
    "a dependency's release": dependencies.BUGS,
    "a release of Python": pythons.BUGS,
    "one of these, described by others": others.BUGS,
}


@dataclass(frozen=True)
class Row:
    """How many of a bug's facts each account has, and those that ours lacks.

    A sum of rows has no group.
    """

    name: str
    group: str
    facts: int
    report: int
    event: int
    stack: int
    missing: tuple[str, ...] = ()

    def cells(self) -> str:
        """Return the row of a Markdown table."""
        counts = (self.report, self.event, self.stack)
        return f"| {self.name} | {self.facts} | {' | '.join(map(str, counts))} |"


def main() -> int:
    """Run the bugs, print the tables, and return the exit status."""
    parser = argparse.ArgumentParser(prog="bugs", description=__doc__)
    parser.add_argument("--work", type=Path, required=True, help="keeps the environments")
    parser.add_argument("--save", type=Path, help="writes the accounts to this directory")
    parser.add_argument("--project", type=Path, default=ROOT, help="the checkout to judge")
    parser.add_argument("names", nargs="*", help="bugs to run instead of all")
    options = parser.parse_args()
    known = {bug.name for bugs in GROUPS.values() for bug in bugs}
    if unknown := set(options.names) - known:
        parser.error(f"no bug is named {', '.join(sorted(unknown))}")
    options.work.mkdir(parents=True, exist_ok=True)
    laboratory = Laboratory(options.work.resolve(), _wheel(options.project, options.work.resolve()))
    rows, failures = [], []
    for group, bug in ((group, bug) for group, bugs in GROUPS.items() for bug in bugs):
        if options.names and bug.name not in options.names:
            continue
        try:
            accounts = laboratory.examine(bug)
        except (NoCrashError, FileNotFoundError, subprocess.SubprocessError) as error:
            failures.append(f"{bug.name}: {error}")
            continue
        if options.save:
            _save(options.save, bug, accounts)
        rows.append(_row(bug, group, accounts))
        print(rows[-1].cells(), flush=True)
    _print(rows, failures)
    total = _sum("all", rows)
    is_reached = total.report >= GOAL * total.facts and total.report >= total.event
    return int(bool(failures) or not is_reached)


def _row(bug: Bug, group: str, accounts: Accounts) -> Row:
    missing = tuple(str(fact) for fact in bug.facts if not fact.in_report(accounts))
    return Row(
        bug.name,
        group,
        len(bug.facts),
        sum(fact.in_report(accounts) for fact in bug.facts),
        sum(fact.in_event(accounts) for fact in bug.facts),
        sum(fact.in_stack(accounts) for fact in bug.facts),
        (*missing, *filter(None, [accounts.failure])),
    )


def _sum(name: str, rows: Sequence[Row]) -> Row:
    return Row(
        name,
        "",
        sum(row.facts for row in rows),
        sum(row.report for row in rows),
        sum(row.event for row in rows),
        sum(row.stack for row in rows),
    )


def _print(rows: Sequence[Row], failures: Sequence[str]) -> None:
    heads = "facts | our report | sentry-sdk's event | the printed stack |\n|---|---|---|---|---|"
    print(f"\n| bug | {heads}")
    print("\n".join(row.cells() for row in rows))
    print(f"\n| crashes because of | {heads}")
    for group in dict.fromkeys(row.group for row in rows):
        members = [row for row in rows if row.group == group]
        print(_sum(f"{group} ({len(members)})", members).cells())
    total = _sum(f"all ({len(rows)})", rows)
    print(total.cells())
    shares = (f"{count / total.facts:.0%}" for count in (total.report, total.event, total.stack))
    print(f"| share | | {' | '.join(shares)} |" if total.facts else "no bug was examined")
    for row in rows:
        for missing in row.missing:
            print(f"{row.name}: our report lacks {missing}")
    for failure in failures:
        print(f"not examined: {failure}")


def _save(directory: Path, bug: Bug, accounts: Accounts) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    (directory / f"{bug.name}.report.json").write_text(json.dumps(accounts.report, indent=1))
    (directory / f"{bug.name}.event.json").write_text(json.dumps(accounts.event, indent=1))
    (directory / f"{bug.name}.stack.txt").write_text(accounts.stack)


def _wheel(project: Path, work: Path) -> Path:
    """Build the project's wheel from a copy, because a build leaves files behind."""
    source, directory = work / "source", work / "wheel"
    for old in (source, directory):
        shutil.rmtree(old, ignore_errors=True)
    ignored = shutil.ignore_patterns(".*", "build", "dist", "*.egg-info", "__pycache__", "tests")
    shutil.copytree(project, source, ignore=ignored)
    return build_wheel(source, directory)


if __name__ == "__main__":
    sys.exit(main())
