"""Measures how useful reports are, and what they leak, beside sentry-sdk as it comes.

It runs the tests' corpus of real exceptions twice, once for each; both see the same cases with the
same secrets. Prints ratios only, and asserts nothing: run with tests/ on PYTHONPATH.

Both are grouped by class, text and frames. (Sentry's server, where it is not told otherwise, leaves the
text out where there are frames: it groups more, and cannot keep apart what shares a line.)
"""

from __future__ import annotations

import shutil
import statistics
import tempfile
from collections import Counter
from pathlib import Path

import corpus_runs
from conftest import ROOT, build_wheel, make_environment
from corpus_runs import FORMATTED, HELD_OUT, MODULES, REQUIRES, Line, Runs

GROUPS = ("own", "interpreter", "stdlib", "packages", "held", "attacks", "choices")
LOOKS = {"ours": "telemetry-hook", "sentry": "sentry-sdk"}
HEADER = (
    f"{'':<16}{'group':<13}{'cases':>6}{'leak':>8}{'identical':>11}{'text kept':>11}{'grouped':>9}"
    f"{'distinct':>10}"
)


def of_group(runs: Runs, group: str) -> Runs:
    return {
        case: lines for case, lines in runs.items() if next(iter(lines.values()))["group"] == group
    }


def is_grouped(lines: dict[str, Line]) -> bool:
    """Tell whether the secrets make no difference to what a tracker groups by."""
    if any("failed" in each for each in lines.values()):
        return False
    return len({(each["text"], each["fingerprint"]) for each in lines.values()}) == 1


def kept_of(runs: Runs) -> list[float]:
    """Return the share of each message's own text that is in its report.

    Everyday words stand in messages' own text too: they cannot be told from it.
    """
    return [
        share
        for lines in runs.values()
        for name in FORMATTED
        if name in lines and (share := corpus_runs.kept(lines[name])) is not None
    ]


def by_package(runs: Runs) -> str:
    """Return the share of the text that is kept of each package's messages, the least first."""
    packages: dict[str, Runs] = {}
    for case, lines in runs.items():
        name = case.rpartition(".")[2].partition("_")[0]
        packages.setdefault(name, {})[case] = lines
    shares = sorted((corpus_runs.mean(kept_of(each)), name) for name, each in packages.items())
    return ", ".join(f"{name} {share:.0%}" for share, name in shares)


def row(runs: Runs) -> str:
    """Return the figures of some cases, as shares of them."""
    leaking = [bool(any(corpus_runs.leaks(lines))) for lines in runs.values()]
    kept = kept_of(runs)
    identical = [not any(corpus_runs.different(lines)) for lines in runs.values()]
    grouped = [is_grouped(lines) for lines in runs.values()]
    fingerprints = Counter(
        lines[FORMATTED[0]].get("fingerprint", case) for case, lines in runs.items()
    )
    alone = [count == 1 for count in fingerprints.values() for _ in range(count)]
    figures = [corpus_runs.mean(each) for each in (leaking, identical, kept, grouped, alone)]
    return (
        f"{len(runs):>6}{figures[0]:>8.1%}{figures[1]:>11.1%}{figures[2]:>11.0%}{figures[3]:>9.0%}"
        f"{figures[4]:>10.0%}"
    )


def differing(runs: Runs) -> list[str]:
    """Tell of each case whose reports differ: why it must, or where."""
    told = []
    for case, lines in runs.items():
        difference = next(corpus_runs.different(lines), None)
        depends = next(iter(lines.values())).get("depends")
        if difference is not None:
            told.append(f"{case}: {f'depends on {depends}' if depends else difference}")
    return told


def main() -> None:
    """Run the corpus, and print a table."""
    with tempfile.TemporaryDirectory() as place:
        directory = Path(place)
        # A build leaves directories behind where it happens.
        ignored = shutil.ignore_patterns(".*", "build", "dist", "*.egg-info", "__pycache__")
        shutil.copytree(ROOT, directory / "project", ignore=ignored)
        wheel = build_wheel(directory / "project", directory)
        environment = make_environment(directory / "environment")
        corpus_runs.prepare(environment, wheel, directory, (*REQUIRES, *HELD_OUT))
        modules = (*MODULES, "held_out")
        found = {
            look: corpus_runs.run(environment, directory, look, modules=modules)[0]
            for look in LOOKS
        }
    both = set.intersection(*(set(runs) for runs in found.values()))
    print(
        "leak: cases with a secret in the report; identical: the same report for all secrets;\n"
        "text kept: the mean share of a message's own text; grouped: the same class, text and\n"
        "frames for all secrets; distinct: a fingerprint that no other case of the group has;\n"
        "held: packages that nobody looked at while working\n"
        f"\n{HEADER}"
    )
    for look, name in LOOKS.items():
        runs = {case: lines for case, lines in found[look].items() if case in both}
        for group in GROUPS:
            print(f"{name:<16}{group:<13}{row(of_group(runs, group))}")
        print(f"{name:<16}{'all':<13}{row(runs)}")
    ours = {case: lines for case, lines in found["ours"].items() if case in both}
    for group in ("packages", "held"):
        print(f"\ntext kept of {group}: {by_package(of_group(ours, group))}")
    print("\nreports of telemetry-hook that are not identical:")
    print("\n".join(differing(found["ours"])) or "none")
    print()
    for look, name in LOOKS.items():
        took = [
            each["took"]
            for lines in found[look].values()
            for each in lines.values()
            if "took" in each
        ]
        late = statistics.quantiles(took, n=20)[-1]
        print(f"{name:<16}one report: median {statistics.median(took):.3f} s, 95 % {late:.3f} s")


if __name__ == "__main__":
    main()
