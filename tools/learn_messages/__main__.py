"""Learns the messages of the interpreter's C code by provoking them.

`python tools/learn_messages [python ...]` does so under each Python given, or under the running one.
It adds what it learns to the table; templates of other Pythons stay.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import groups
import table
from learning import Lesson

HERE = Path(__file__).resolve().parent
TABLE = HERE.parent.parent / "telemetry_hook" / "_redact" / "message" / "messages.txt"
GROUP_SECONDS = 120
MAX_CRASHES = 20
DONE = -1


def main() -> None:
    """Learn, merge and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pythons", nargs="*", default=[sys.executable], metavar="python")
    parser.add_argument("--groups", nargs="*", default=groups.NAMES, choices=groups.NAMES)
    parser.add_argument("--table", type=Path, default=TABLE)
    arguments = parser.parse_args()
    versions, templates = table.read(arguments.table)
    for python in arguments.pythons:
        version = _output(python, "import sys; print('%d.%d' % sys.version_info[:2])")
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            groups_lessons = pool.map(partial(learn, python), arguments.groups)
            lessons = list(itertools.chain.from_iterable(groups_lessons))
        print(f"{version}: {len(set(lessons))} templates")
        versions.add(version)
        templates = table.merge(templates, lessons)
    table.write(arguments.table, table.Table(versions, templates))
    total = sum(map(len, templates.values()))
    print(f"in total: {total} templates, {arguments.table.stat().st_size} bytes")


def learn(python: str, group: str) -> list[Lesson]:
    """Run a group of probes in its own process; after a crash, another continues with the next."""
    with tempfile.TemporaryDirectory() as directory:
        lessons, progress = Path(directory, "lessons"), Path(directory, "progress")
        empty = Path(directory, "empty")
        empty.mkdir()
        first = 0
        for _ in range(MAX_CRASHES):
            arguments = (HERE / "worker.py", group, str(first), lessons, progress)
            error = _run([python, "-X", "faulthandler", *arguments], empty)
            last = int(progress.read_text()) if progress.exists() else first
            if last == DONE:
                break
            print(f"{python}: {group}: probe {last} ended the process: {error}", file=sys.stderr)
            first = last + 1
        lines = lessons.read_text().splitlines() if lessons.exists() else []
    return [Lesson(*json.loads(line)) for line in lines]


def _run(command: list[str | Path], directory: Path) -> str:
    environment = {
        "HOME": str(directory),
        "LANG": "C.UTF-8",
        "PATH": os.defpath,
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHASHSEED": "0",
    }
    try:
        result = subprocess.run(
            command,
            cwd=directory,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            timeout=GROUP_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"not done after {GROUP_SECONDS} seconds"
    return result.stderr.decode(errors="replace").partition("\n")[0]


def _output(python: str, source: str) -> str:
    return subprocess.run(
        [python, "-c", source], capture_output=True, check=True, text=True
    ).stdout.strip()


if __name__ == "__main__":
    main()
