"""What other projects' tests ended in, as a run wrote it down, and what counts as a difference."""

from __future__ import annotations

from pathlib import Path

import pytest
from neighbour_outcomes import (
    LEFT_BEHIND,
    SKIPPED_FOR_ANY_PTH,
    WHOLE_RUN,
    Run,
    differing,
    read_run,
)

CPYTHON = """<testsuites><testsuite>
<testcase name="test.test_a.A.test_one" status="run" />
<testcase name="test.test_a.A.test_two"><failure>shown\x1b as &#56448; it was</failure></testcase>
<testcase name="test.test_a.A.test_three"><skipped>no network</skipped></testcase>
<testcase name="test.test_a.A.test_four"><output>as expected</output></testcase>
<testcase name="test.test_a.A.test_five"><outcome>UNEXPECTED_SUCCESS</outcome></testcase>
<testcase />
</testsuite></testsuites>"""
# As unittest prints them: only the test's XML has the second one.
OUTPUT = f"""test_six (test.test_a.A.test_six) ...
{"=" * 70}
ERROR: setUpClass (test.test_a.B)
{"-" * 70}
OSError: no such file

{"=" * 70}
FAIL: test_two (test.test_a.A.test_two)
What it tests.
{"-" * 70}
AssertionError

{"=" * 70}
FAIL: test_six (test.test_a.A.test_six) (value=<object at 0x7fff12345678>)
{"-" * 70}
AssertionError: 1 != 2

{"-" * 70}
Ran 6 tests in 0.1s
"""
PYTEST = """<testsuites><testsuite>
<testcase classname="tests.test_a" name="test_one[1]" />
<testcase classname="tests.test_a" name="test_two"><skipped type="pytest.xfail" /></testcase>
<testcase classname="tests.test_a" name="test_three"><failure message="no">assert 0</failure></testcase>
<testcase classname="tests.test_a" name="test_three"><error message="no">teardown</error></testcase>
</testsuite></testsuites>"""


def read(tmp_path: Path, xml: str, text: str = "", left: str = "") -> Run:
    path = tmp_path / "tests.xml"
    if xml:
        path.write_bytes(xml.encode())
    return read_run(path, text, 2, left, 1.0)


def run(status: int = 0, left: str = "none", **outcomes: str) -> Run:
    return Run({**outcomes, WHOLE_RUN: f"exit status {status}", LEFT_BEHIND: left}, {}, 1.0)


def test_cpythons_outcomes_are_read_from_its_xml_and_from_what_the_xml_lacks(
    tmp_path: Path,
) -> None:
    assert read(tmp_path, CPYTHON, OUTPUT).outcomes == {
        "test.test_a.A.test_one": "pass",
        "test.test_a.A.test_two": "fail",
        "test.test_a.A.test_three": "skip",
        "test.test_a.A.test_four": "expected failure",
        "test.test_a.A.test_five": "unexpected success",
        "setUpClass (test.test_a.B)": "error",
        "test_six (test.test_a.A.test_six) (value=<object at 0x…>)": "fail",
        WHOLE_RUN: "exit status 2",
        LEFT_BEHIND: "none",
    }


def test_the_end_of_a_failures_output_is_kept(tmp_path: Path) -> None:
    tails = read(tmp_path, CPYTHON, OUTPUT).tails
    assert tails["test.test_a.A.test_two"] == "shown? as ? it was"
    assert tails["setUpClass (test.test_a.B)"] == "OSError: no such file"


def test_pytests_outcomes_are_read_from_its_xml(tmp_path: Path) -> None:
    found = read(tmp_path, PYTEST)
    assert found.tests == 3
    assert found.outcomes["tests.test_a::test_one[1]"] == "pass"
    assert found.outcomes["tests.test_a::test_two"] == "expected failure"
    assert found.outcomes["tests.test_a::test_three"] == "error, fail"


def test_a_run_without_xml_ran_no_test(tmp_path: Path) -> None:
    died = read(tmp_path, "", "Segmentation fault")
    assert died.tests == 0
    assert died.tails[WHOLE_RUN] == "Segmentation fault"


@pytest.mark.parametrize("ours", ["fail", "error", "skip", "expected failure"])
def test_another_outcome_is_a_difference(ours: str) -> None:
    assert differing([run(2, a="pass", b=ours)], [run(0, a="pass", b="pass")]) == ["b"]


def test_a_test_that_is_on_one_side_only_is_a_difference() -> None:
    assert differing([run(a="pass")], [run(a="pass", b="pass")]) == ["b"]
    assert differing([run(a="pass", b="pass")], [run(a="pass")]) == ["b"]


def test_a_test_that_fails_on_both_sides_is_no_difference() -> None:
    assert differing([run(2, a="fail", b="pass")], [run(2, a="fail", b="pass")]) == []


def test_an_unreliable_test_is_no_difference_once_the_sides_had_an_outcome_in_common() -> None:
    ours, plain = [run(2, a="fail"), run(0, a="pass")], [run(0, a="pass"), run(0, a="pass")]
    assert differing(ours[:1], plain[:1]) == ["a"]
    assert differing(ours, plain) == []


def test_only_the_test_that_any_pth_file_skips_may_be_skipped() -> None:
    def run_it(outcome: str) -> Run:
        return Run(run().outcomes | {SKIPPED_FOR_ANY_PTH: outcome}, {}, 1.0)

    assert differing([run_it("skip")], [run_it("pass")]) == []
    assert differing([run_it("fail")], [run_it("pass")]) == [SKIPPED_FOR_ANY_PTH]
    assert differing([run(a="skip")], [run(a="pass")]) == ["a"]


def test_the_exit_status_is_a_difference_if_no_test_differs() -> None:
    assert differing([run(3, a="pass")], [run(0, a="pass")]) == [WHOLE_RUN]


def test_a_side_that_ran_no_test_is_a_difference_even_if_both_did() -> None:
    assert differing([run(2)], [run(0, a="pass")]) == [WHOLE_RUN]
    assert differing([run(2)], [run(2)]) == [WHOLE_RUN]


def test_a_run_that_died_is_left_out_if_another_of_its_side_did_not() -> None:
    assert differing([run(1), run(a="pass")], [run(a="pass")]) == []
    assert differing([run(a="fail")], [run(1), run(a="pass")]) == ["a"]


def test_the_text_of_files_left_behind_is_kept(tmp_path: Path) -> None:
    found = read(tmp_path, PYTEST, left="failures.log:\nKeyError")
    assert found.outcomes[LEFT_BEHIND] == "there"
    assert found.tails[LEFT_BEHIND] == "failures.log:\nKeyError"


def test_files_left_behind_are_a_difference_even_if_one_run_of_two_left_them() -> None:
    ours, plain = [run(a="pass", left="there"), run(a="pass")], [run(a="pass"), run(a="pass")]
    assert differing(ours, plain) == [LEFT_BEHIND]
