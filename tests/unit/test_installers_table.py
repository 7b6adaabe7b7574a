"""The table in docs/installers.md, and how it is made."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from conftest import ROOT
from installers import WAYS
from installers_table import BEGIN, COLUMNS, END, cell, main, read, span

DOCUMENT = ROOT / "docs/installers.md"
RESULT = """
<testsuites><testsuite><testcase name="test_row[venv]"><properties>
<property name="row" value="pip" /><property name="asked" value="yes" />
<property name="report useful" value="yes" />
<property name="every printed command runs" value="{}" />
<property name="uninstall leaves nothing" value="yes" />
</properties></testcase><testcase name="skipped"><properties>
<property name="row" value="uvx" /></properties></testcase></testsuite></testsuites>
"""


def rows() -> list[list[str]]:
    text = DOCUMENT.read_text("utf-8").partition(BEGIN)[2].partition(END)[0]
    return [re.split(r" ?\| ?", line)[1:-1] for line in text.splitlines()]


def test_table_has_a_row_for_each_way_in_their_order() -> None:
    titles = [title for title, *_ in rows()]
    ways = [way.title for way in WAYS]
    assert [title for title in titles if title in ways] == ways


def test_table_is_written_between_its_marks(tmp_path: Path) -> None:
    """Python 3.9 is before 3.10, whatever the order of the files; a skipped row is not there."""
    document, old, new = (tmp_path / name for name in ("page.md", "3.9.xml", "3.10.xml"))
    document.write_text(f"before\n{BEGIN}| old |\n{END}after\n")
    old.write_text(RESULT.format("yes"))
    new.write_text(RESULT.format("no"))

    main(document, [new, old])

    assert document.read_text().splitlines() == [
        "before",
        BEGIN.rstrip(),
        f"| installed with | Python | {' | '.join(COLUMNS)} |",
        "| --- | --- | --- | --- | --- | --- |",
        "| pip | 3.9 to 3.10 | yes | yes | no (3.10) | yes |",
        END.rstrip(),
        "after",
    ]


def test_layouts_are_rows() -> None:
    """A test of a layout has answers for the first two columns."""
    case = '<testcase name="test_{}[setuptools src/pkg]">{}</testcase>'
    cases = case.format("layouts", "") + case.format("build_backends", "<failure />")
    skipped = case.format("layouts", "<skipped />")
    title = "`pip install --editable`: setuptools src/pkg"

    for text, answer in ((case.format("layouts", ""), "yes"), (cases, "no")):
        [row] = read(f"<testsuites><testsuite>{text}</testsuite></testsuites>").items()
        assert row == (title, dict(zip(COLUMNS, [answer] * 2 + ["as with pip"] * 2, strict=True)))
    assert read(f"<testsuites><testsuite>{skipped}</testsuite></testsuites>") == {}


def test_results_without_rows() -> None:
    assert read("<testsuites><testsuite><testcase /></testsuite></testsuites>") == {}


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ({"3.10": "yes"}, "yes"),
        ({"3.10": "no"}, "no"),
        ({"3.10": "no", "3.11": "yes"}, "no (3.10)"),
    ],
)
def test_cell(answers: dict[str, str], expected: str) -> None:
    assert cell(answers) == expected


def test_span() -> None:
    assert [span(["3.11"]), span(["3.10", "3.11", "3.15"])] == ["3.11", "3.10 to 3.15"]
