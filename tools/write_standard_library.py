"""Writes the table of the modules of the standard library, from lists that Pythons print.

`python tools/write_standard_library.py PYTHON...`: the Pythons from 3.10 to the newest one, at least
one of them with idlelib and tkinter, which some distributors leave out.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

LISTING = Path(__file__).with_name("list_standard_library.py")
TARGET = Path(__file__).parents[1] / "telemetry_hook/_redact/published/standard_library.txt"


def text(modules: dict[int, set[str]]) -> str:
    r"""Return the table for the modules that each Python 3.x has, by x.

    It has a line for each directory, with the names of the modules in it. A name has the first and
    the last x that has it, if another x with that directory has not.

    `{11: {"imp", "json", "json/tool"}, 12: {"json", "json/tool", "sys"}}` →
    `": imp-11 json sys+12\njson: tool\n"`
    """
    by_directory: dict[str, list[str]] = {}
    for module in sorted(set().union(*modules.values())):
        directory, _, name = module.rpartition("/")
        able = [x for x, names in modules.items() if any(_is_in(directory, it) for it in names)]
        having = [x for x, names in modules.items() if module in names]
        first = f"+{min(having)}" if min(able) < min(having) else ""
        last = f"-{max(having)}" if max(having) < max(able) else ""
        by_directory.setdefault(directory, []).append(name + first + last)
    return "".join(f"{directory}: {' '.join(names)}\n" for directory, names in by_directory.items())


def _is_in(directory: str, module: str) -> bool:
    return module.rpartition("/")[0] == directory


def main(pythons: list[str]) -> None:
    """List the modules of each Python, and write the table of them all."""
    modules: dict[int, set[str]] = {}
    for python in pythons:
        command = [python, "-I", str(LISTING)]
        listed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        version, *names = listed.split("\n")
        modules.setdefault(int(version), set()).update(names)
    TARGET.write_text(text(modules), "utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
