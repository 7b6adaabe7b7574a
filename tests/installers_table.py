"""Write the table in docs/installers.md from the results of its rows: `nox -s installers` runs this.

    python tests/installers_table.py docs/installers.md 3.10.xml 3.11.xml …

Each file has the results of one Python, as pytest writes them.
"""

from __future__ import annotations

import re
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

from installers import WAYS

COLUMNS = (
    "asked",
    "report useful",
    "every printed command runs",
    "uninstall leaves nothing",
)
BEGIN, END = "<!-- table: nox -s installers -->\n", "<!-- end of the table -->\n"
NOT_TRIED = "as with pip"
# Tests of one layout or build backend of editable installs: they ask, and read the report.
LAYOUT = re.compile(r"test_(layouts|build_backends)\[(?P<name>.+)\]")
# Of one Python: each row's title, and yes or no for each column.
Results = dict[str, dict[str, str]]


def main(document: Path, files: list[Path]) -> None:
    files = sorted(files, key=lambda path: int(path.stem.partition(".")[2]))
    before, _, rest = document.read_text("utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    found = {path.stem: read(path.read_text("utf-8")) for path in files}
    document.write_text(f"{before}{BEGIN}{table(found)}{END}{after}", "utf-8")


def read(text: str) -> Results:
    """Return the results in a file of pytest's; a row that did not run has none."""
    rows: Results = {}
    for case in ET.fromstring(text).iter("testcase"):  # noqa: S314 - of our own run
        properties = {each.get("name", ""): each.get("value", "") for each in case.iter("property")}
        layout = LAYOUT.fullmatch(case.get("name", ""))
        if COLUMNS[0] in properties:
            rows[properties["row"]] = {column: properties[column] for column in COLUMNS}
        elif layout and case.find("skipped") is None:
            answer = "yes" if case.find("failure") is None and case.find("error") is None else "no"
            title = f"`pip install --editable`: {layout['name']}"
            rows[title] = dict.fromkeys(COLUMNS[:2], answer) | dict.fromkeys(COLUMNS[2:], NOT_TRIED)
    return rows


def table(found: dict[str, Results]) -> str:
    """Return the table of what was found under each Python: `{"3.11": {"pip": {…}}}`."""
    titles = [way.title for way in WAYS]  # xdist mixes them
    others = {title for rows in found.values() for title in rows}.difference(titles)
    lines = [["installed with", "Python", *COLUMNS], ["---"] * (len(COLUMNS) + 2)]
    for title in [*titles, *sorted(others)]:
        results = {python: rows[title] for python, rows in found.items() if title in rows}
        if not results:
            continue
        cells = [
            cell({python: row[column] for python, row in results.items()}) for column in COLUMNS
        ]
        lines.append([title, span(list(results)), *cells])
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def cell(answers: dict[str, str]) -> str:
    """Return the answer under all Pythons: `yes`, or `no (3.10, 3.15)`, or `no`."""
    against = [python for python, answer in answers.items() if answer == "no"]
    if against and len(against) < len(answers):
        return f"no ({', '.join(against)})"
    return next(iter(answers.values()))


def span(pythons: list[str]) -> str:
    """Return the first and the last: `3.10 to 3.15`."""
    return pythons[0] if len(pythons) == 1 else f"{pythons[0]} to {pythons[-1]}"


if __name__ == "__main__":
    main(Path(sys.argv[1]), [Path(name) for name in sys.argv[2:]])
