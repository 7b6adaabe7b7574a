"""The file of standing answers: what is written to it and what is read from it."""

from __future__ import annotations

import datetime as dt
import json
import os
import stat
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from telemetry_hook import Choice, FileReceiver, Flag, Tool
from telemetry_hook._consent import answers
from telemetry_hook._consent.answers import ALL_TOOLS, Answers, Scope, StandingAnswer
from telemetry_hook._disk import paths
from telemetry_hook._errors import StorageError

pytestmark = pytest.mark.once

SCOPE = Scope("acme-lift", "https://errors.acme.example/", "preview", ("a: Flag()",))
TODAY = "2026-02-03"
today = answers._today  # each test replaces it
NEVER = StandingAnswer("never", "2026-01-01")
ALWAYS = StandingAnswer("always", "2026-01-01", SCOPE)


@pytest.fixture(autouse=True)
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the answers file of this test's own; it is not there yet, and no day ends meanwhile."""
    path = tmp_path / "config/answers.json"
    monkeypatch.setattr(paths, "answers", lambda: path)
    monkeypatch.setattr(answers, "_today", lambda: TODAY)
    return path


def write(path: Path, content: str) -> None:
    path.parent.mkdir(mode=0o700)
    path.write_text(content)
    path.chmod(0o600)


def test_there_are_no_answers_without_a_file(path: Path) -> None:
    """Reading makes nothing."""
    assert answers.load_answers() == Answers({}, str(path))
    assert not path.parent.exists()


def test_an_answer_has_the_day_on_which_it_was_given() -> None:
    """It is the user's own day, also where it ends while this test runs."""
    before, day, after = dt.date.today(), today(), dt.date.today()  # noqa: DTZ011
    assert day in {before.isoformat(), after.isoformat()}


def test_what_is_saved_is_read_again(path: Path) -> None:
    """Each tool has one answer; others stay when it changes, and clearing leaves no trace."""
    assert answers.save_always("lift", SCOPE) is None
    assert answers.save_never("photon") is None
    assert answers.save_never(ALL_TOOLS) is None
    always, never = StandingAnswer("always", TODAY, SCOPE), StandingAnswer("never", TODAY)
    known = {"lift": always, "photon": never, "*": never}
    assert answers.load_answers() == Answers(known, str(path))
    answers.save_never("lift")
    assert answers.load_answers().by_tool == {**known, "lift": never}
    assert list(answers.load_answers().by_tool) == ["lift", "photon", "*"]
    answers.clear("lift")
    answers.clear("never saved")
    assert answers.load_answers().by_tool == {"photon": never, "*": never}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert os.listdir(path.parent) == ["answers.json"]


def test_the_file_is_for_people(path: Path) -> None:
    """It is indented, and says what was answered, when, and what for."""
    answers.save_always("lift", SCOPE)
    answers.save_never("photon")
    scope = {
        "distribution": "acme-lift",
        "receiver": "https://errors.acme.example/",
        "phase": "preview",
        "attributes": ["a: Flag()"],
    }
    expected = {
        "format": 1,
        "answers": {
            "lift": {"answer": "always", "since": TODAY, "scope": scope},
            "photon": {"answer": "never", "since": TODAY, "scope": None},
        },
    }
    assert path.read_text() == json.dumps(expected, indent=2) + "\n"


@pytest.mark.parametrize(
    ("saved", "answer"),
    [
        ({}, None),
        ({"photon": ALWAYS}, None),
        ({"lift": ALWAYS}, ALWAYS),
        ({"lift": NEVER}, NEVER),
        ({"*": NEVER}, NEVER),
        ({"*": NEVER, "lift": ALWAYS}, NEVER),
        ({"*": ALWAYS, "lift": NEVER}, NEVER),
    ],
)
def test_a_never_comes_before_an_always(
    saved: dict[str, StandingAnswer], answer: StandingAnswer | None
) -> None:
    """Whether it is for one tool or for all."""
    assert Answers(saved).of("lift") == answer


def test_a_scope_has_the_attributes_as_they_are_declared() -> None:
    """A changed kind or option is another attribute; their order means nothing."""
    tool = Tool(
        name="lift",
        publisher="Acme Ltd",
        receiver=FileReceiver("/var/reports"),
        purpose="to fix bugs",
        phase="preview",
        attributes=(
            Flag("schema.has_enums", "Whether it uses enums"),
            Choice("schema.provider", "Kind of database", ("sqlite", "mysql")),
            Flag("a.flag", "A flag"),
        ),
    )
    registration: Any = SimpleNamespace(plugin=SimpleNamespace(name="acme-lift"))
    assert answers.scope_of(tool, registration) == Scope(
        "acme-lift",
        tool.receiver.address,
        "preview",
        (
            "a.flag: Flag()",
            "schema.has_enums: Flag()",
            "schema.provider: Choice(sqlite, mysql)",
        ),
    )


ROW = '{"answer": "always", "since": "2026-01-01", "scope": %s}'
FIELDS = '{"distribution": %s, "receiver": "r", "phase": "p", "attributes": %s}'


@pytest.mark.parametrize(
    "content",
    [
        "",
        "not json",
        "[1, 2]",
        "5",
        "{}",
        '{"answers": [1]}',
        '{"answers": {"lift": 5}}',
        "[" * 100_000,
        '{"answers": {"lift": {"answer": "never"}}}',
        '{"answers": {"lift": {"since": "2026-01-01"}}}',
        '{"answers": {"lift": {"answer": "never", "since": 5}}}',
        '{"answers": {"lift": {"answer": "never", "since": "2026-01-01x"}}}',
        '{"answers": {"lift": {"answer": "perhaps", "since": "2026-01-01", "scope": {}}}}',
        '{"answers": {"lift": %s}}' % (ROW % "null"),
        '{"answers": {"lift": %s}}' % (ROW % "[]"),
        '{"answers": {"lift": %s}}' % (ROW % "{}"),
        '{"answers": {"lift": %s}}' % (ROW % (FIELDS % ("5", "[]"))),
        '{"answers": {"lift": %s}}' % (ROW % (FIELDS % ('"d"', '"abc"'))),
        '{"answers": {"lift": %s}}' % (ROW % (FIELDS % ('"d"', "[5]"))),
    ],
)
def test_a_damaged_file_is_set_aside(path: Path, content: str) -> None:
    """Nothing of it applies, and nothing in it is lost when an answer is saved."""
    write(path, content)
    with pytest.raises(answers.DamagedAnswersError) as caught:
        answers.load_answers()
    expected = f"{path} is damaged, so no saved answer applies; correct it or delete it"
    assert str(caught.value) == expected
    aside = answers.save_never("lift")
    assert aside is not None
    assert aside.parent == path.parent
    assert aside.name.startswith("answers.damaged-2")
    assert aside.suffix == ".json"
    assert aside.read_text() == content
    assert answers.load_answers().by_tool == {"lift": StandingAnswer("never", TODAY)}


def test_a_damaged_file_that_cannot_be_renamed_stays(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Then nothing is saved, and the error says why."""

    def refuse(self: Path, target: Path) -> None:
        raise OSError(f"{self} to {target}")

    write(path, "not json")
    monkeypatch.setattr(Path, "rename", refuse)
    with pytest.raises(StorageError, match="is damaged and cannot be renamed"):
        answers.save_never("lift")
    assert path.read_text() == "not json"


def test_a_sound_row_is_read(path: Path) -> None:
    """Also without the fields that a never does not need."""
    rows = f'{{"lift": {ROW % (FIELDS % (chr(34) + "d" + chr(34), "[]"))}, "photon": %s}}'
    never = '{"answer": "never", "since": "2026-01-02"}'
    write(path, f'{{"format": 1, "answers": {rows % never}}}')
    assert answers.load_answers().by_tool == {
        "lift": StandingAnswer("always", "2026-01-01", Scope("d", "r", "p", ())),
        "photon": StandingAnswer("never", "2026-01-02"),
    }


@pytest.mark.parametrize("more", [0, 1])
def test_a_file_may_have_a_megabyte(path: Path, more: int) -> None:
    """One byte more is not read; and it is not damaged, so that nobody overwrites it."""
    content = '{"answers": {}}'
    write(path, content.ljust(1024 * 1024 + more))
    if not more:
        assert answers.load_answers().by_tool == {}
        return
    with pytest.raises(StorageError, match="is larger than 1048576 bytes") as caught:
        answers.load_answers()
    assert not isinstance(caught.value, answers.DamagedAnswersError)


def test_leftovers_of_killed_writers_are_deleted(path: Path) -> None:
    """Only ours, in our own directory."""
    write(path, '{"answers": {}}')
    (path.parent / ".answers.json.abc").write_text("half")
    (path.parent / "notes.txt").write_text("the user's")
    answers.save_never("lift")
    assert sorted(os.listdir(path.parent)) == ["answers.json", "notes.txt"]


def test_where_nothing_can_be_saved_there_are_no_answers(path: Path) -> None:
    """A place that anybody could replace is refused while there is no file yet."""
    path.parent.parent.chmod(0o777)
    with pytest.raises(StorageError, match="can be written by anybody"):
        answers.load_answers()
