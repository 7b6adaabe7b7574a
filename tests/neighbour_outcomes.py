"""Outcomes of other projects' tests: reads them from what a run wrote, and compares two sides.

The sides are an interpreter with telemetry-hook and one without. A test is known by its id.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

WHOLE_RUN = "(the whole run)"  # its outcome is the exit status
LEFT_BEHIND = "(files of telemetry-hook in the home directory)"
NOTHING = "none"
ABSENT = "absent"
TAIL_LINES = 15
# Elements in a <testcase>, of `python -m test --junit-xml` and of `pytest --junitxml`.
KINDS = {
    "failure": "fail",
    "error": "error",
    "skipped": "skip",
    "output": "expected failure",
    "outcome": "unexpected success",
}
# CPython skips it where any `.pth` file is installed, whatever that file does.
SKIPPED_FOR_ANY_PTH = "test.test_site.StartupImportTests.test_startup_imports"
# What a text test runner prints of a failure. CPython's XML lacks failures of subtests and of
# `setUpClass`: `FAIL: test_a (test.test_b.Tests.test_a) (i=1)`.
HEADING = re.compile(
    r"^={70}\n(?P<kind>FAIL|ERROR): (?P<title>.+)\n(?P<more>.*\n)*?-{70}\n"
    r"(?P<text>(?:(?!={70}$|-{70}$).*\n)*)",
    re.MULTILINE,
)
IN_TITLE = re.compile(r"\w+ \((?P<id>[\w.]+)\)")
# XML of old Pythons has characters that XML may not have.
FORBIDDEN = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]|&#\d+;")
ADDRESS = re.compile(r"\b0x[0-9a-f]{4,}\b")


@dataclass(frozen=True)
class Run:
    """One run of a suite in one interpreter: the outcome of each test, and its output's end."""

    outcomes: dict[str, str]
    tails: dict[str, str]
    seconds: float

    @property
    def tests(self) -> int:
        return len(self.outcomes.keys() - {WHOLE_RUN, LEFT_BEHIND})


def read_run(xml: Path, text: str, status: int | str, left: str, seconds: float) -> Run:
    """Return the outcomes in a run's XML, and in its output those that the XML lacks."""
    kinds: dict[str, set[str]] = {}
    tails: dict[str, str] = {}
    cases = list(read_cases(xml)) if xml.exists() else []
    for name, outcome, detail in [*cases, *read_headings(text, {name for name, *_ in cases})]:
        kinds.setdefault(name, set()).add(outcome)
        tails[name] = tail(detail) or tails.get(name, "")
    outcomes = {name: ", ".join(sorted(found)) for name, found in kinds.items()}
    outcomes[WHOLE_RUN] = f"exit status {status}"
    tails[WHOLE_RUN] = tail(text)
    outcomes[LEFT_BEHIND] = "there" if left else NOTHING
    tails[LEFT_BEHIND] = left
    return Run(outcomes, tails, seconds)


def read_cases(xml: Path) -> Iterator[tuple[str, str, str]]:
    """Yield id, outcome and details of each test in an XML file."""
    root = ET.fromstring(FORBIDDEN.sub(b"?", xml.read_bytes()))  # noqa: S314 - our own run's
    for case in root.iter("testcase"):
        name, module = case.get("name"), case.get("classname")
        if name is None:
            continue  # a test of which a subtest failed: the headings have it
        identifier = ADDRESS.sub("0x…", f"{module}::{name}" if module else name)
        details = [child for child in case if child.tag in KINDS]
        if not details:
            yield identifier, "pass", ""
        for child in details:
            is_expected = child.get("type") == "pytest.xfail"
            outcome = "expected failure" if is_expected else KINDS[child.tag]
            yield identifier, outcome, child.text or child.get("message") or ""


def read_headings(text: str, known: set[str]) -> Iterator[tuple[str, str, str]]:
    """Yield id, outcome and details of each failure in the output that is not known yet."""
    for found in HEADING.finditer(text):
        title = found["title"]
        identifier = IN_TITLE.fullmatch(title)
        if (identifier["id"] if identifier else title) not in known:
            yield ADDRESS.sub("0x…", title), KINDS.get(found["kind"].lower(), "fail"), found["text"]


def tail(text: str) -> str:
    """Return the last lines of a text."""
    return "\n".join(text.rstrip().splitlines()[-TAIL_LINES:])


def differing(ours: Sequence[Run], plain: Sequence[Run]) -> list[str]:
    """Return the tests that never had the same outcome with telemetry-hook as without.

    A test that fails now and then has several outcomes; one in common is enough. A run that died
    or hung is left out if another one of its side did not. Files that telemetry-hook left behind
    are a difference even if only one run of several left them.
    """
    left = {LEFT_BEHIND} if outcomes(ours, LEFT_BEHIND) != {NOTHING} else set()
    ours, plain = ([run for run in runs if run.tests] for runs in (ours, plain))
    if not (ours and plain):
        return [WHOLE_RUN, *left]  # a side that ran no test shows nothing, nor do two of them
    names = sorted({name for run in (*ours, *plain) for name in run.outcomes})
    found = [
        name
        for name in names
        if outcomes(ours, name).isdisjoint(outcomes(plain, name))
        and not (name == SKIPPED_FOR_ANY_PTH and outcomes(ours, name) == {"skip"})
    ]
    tests = [name for name in found if name not in {WHOLE_RUN, LEFT_BEHIND}]
    # A test that fails changes the exit status, which needs no second mention.
    return [*(tests or [name for name in found if name == WHOLE_RUN]), *left]


def outcomes(runs: Sequence[Run], name: str) -> set[str]:
    """Return all outcomes that a test had in some runs."""
    return {run.outcomes.get(name, ABSENT) for run in runs}
