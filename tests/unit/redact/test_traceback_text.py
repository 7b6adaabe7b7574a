"""The frames in the text of a traceback, as Python prints it."""

from __future__ import annotations

import traceback

import pytest

from telemetry_hook._redact.traceback_text import MAX_FRAMES, Part, TextFrame, parts

HEAD = "Traceback (most recent call last):\n"
LOAD = TextFrame("/lib/lift.py", 7, "load", "rope = ropes[s]")
LOADED = '  File "/lib/lift.py", line 7, in load\n    rope = ropes[s]\n'
PULL = TextFrame("/lib/lift.py", 9, "<lambda>", "pull(")
PULLED = (
    '  File "/lib/lift.py", line 9, in <lambda>\n'
    "    pull(\n    ~~~~^\n        rope,\n    ...<3 lines>...\n    )\n    ^\n"
)
CAUSE = "\n\nThe above exception was the direct cause of the following exception:\n\n"
CONTEXT = "\n\nDuring handling of the above exception, another exception occurred:\n\n"


def frames(
    text: str, message: str | None = "RopeError: no rope"
) -> list[tuple[TextFrame, ...] | None]:
    return [part and part.frames for part in parts(text, message)]


@pytest.mark.parametrize(
    "around", [("", ""), ("", "\n"), ('\n"""\n', '\n"""'), ("\n'''\n", "\n'''")]
)
def test_one_exception(around: tuple[str, str]) -> None:
    opening, closing = around
    text = f"{opening}{HEAD}{LOADED}{PULLED}lift.RopeError: no rope{closing}"
    found = Part((LOAD, PULL), "lift.RopeError")
    assert parts(text, "RopeError: no rope") == (found, found)
    assert parts(text, None) == (found, None)
    for other in ("RopeError: another", "Error: no rope", "RopeError", ": no rope", "Rope"):
        assert parts(text, other) == (found, None)


@pytest.mark.parametrize(
    "message", ["", "no rope", "no\nrope", 'no """rope"""', "\n", "rope\n\n", ": "]
)
@pytest.mark.parametrize("separator", [CAUSE, CONTEXT])
@pytest.mark.parametrize("ending", ["\n", ""])
def test_a_chain(message: str, separator: str, ending: str) -> None:
    first = f"{HEAD}{LOADED}KeyError: {message}"
    middle = f"{HEAD}{LOADED}{LOADED}ValueError: {message}"
    last = f"{HEAD}{PULLED}RopeError{': ' + message if message else ''}{ending}"
    text = separator.join([first, middle, last])
    assert parts(text, f"RopeError: {message}" if message else "RopeError") == (
        Part((LOAD,), "KeyError"),
        Part((PULL,), "RopeError"),
    )


def test_messages_that_look_like_a_traceback() -> None:
    """They begin no part, wherever they are."""
    fake = f"no{CAUSE}{HEAD}{PULLED}ValueError: no rope"
    one = f"{HEAD}{LOADED}RopeError: {fake}"
    assert frames(one, f"RopeError: {fake}") == [(LOAD,), (LOAD,)]
    chain = f"{HEAD}{LOADED}KeyError: {fake}{CAUSE}{HEAD}{LOADED}{LOADED}lift.RopeError: {fake}"
    assert frames(chain, f"RopeError: {fake}") == [(LOAD,), (LOAD, LOAD)]
    for other in ("RopeError: no rope", None):  # this process has another message
        assert frames(chain, other) == [(LOAD,), None]


def test_suggestions_after_the_message() -> None:
    text = f"{HEAD}{LOADED}KeyError: 'x'{CAUSE}{HEAD}{PULLED}NameError: no rope. Did you mean: 'robe'?\n"
    assert frames(text, "NameError: no rope") == [(LOAD,), (PULL,)]


def test_repeated_lines() -> None:
    text = f"{HEAD}{LOADED * 3}  [Previous line repeated 7 more times]\n{PULLED}RopeError: no rope"
    assert frames(text)[0] == (*(LOAD,) * 10, PULL)
    text = text.replace("7 more times", "1 more time")
    assert frames(text)[0] == (*(LOAD,) * 4, PULL)
    text = text.replace("1 more time", f"{10**9} more times")
    assert frames(text)[0] == (*(LOAD,) * 3, PULL)


def test_too_many_frames_are_none() -> None:
    text = f"{HEAD}{LOADED * MAX_FRAMES}RopeError: no rope"
    assert frames(text) == [(), ()]


@pytest.mark.parametrize(
    "line",
    [
        '  File "/lib/lift.py", line 7\n',
        '  File "/lib/lift.py", line x, in load\n',
        '  File "/lib/lift.py", line -7, in load\n',
        '  File "/lib/lift.py", line 00000007, in load\n',
        '  File "/lib/lift.py", line \u0667, in load\n',
        '  File "", line 7, in load\n',
        '  File "/lib/lift.py", line 7, in \n',
        'File "/lib/lift.py", line 7, in load\n',
        "\n",
        "x\n",
    ],
)
def test_other_lines_end_the_frames(line: str) -> None:
    assert frames(f"{HEAD}{LOADED}{line}{PULLED}RopeError: no rope")[0] == (LOAD,)


@pytest.mark.parametrize(
    "text", ["", "\n", HEAD, HEAD[:-1], "RopeError: no rope", LOADED, f" {HEAD}{LOADED}"]
)
def test_texts_without_frames(text: str) -> None:
    assert frames(text)[0] == ()


def test_paths_with_quotes() -> None:
    text = f'{HEAD}  File "/a", line 3, in b", line 7, in load\n    x\nE: no rope'
    assert frames(text)[0] == (TextFrame('/a", line 3, in b', 7, "load", "x"),)


def test_what_python_prints() -> None:
    def fail(s: str) -> None:
        if s:
            fail(
                s[1:],
            )
        raise ValueError("no rope")

    try:
        fail("x" * 20)
    except ValueError:
        text = traceback.format_exc()
    first, last = parts(text, "ValueError: no rope")
    assert first is last
    assert [frame.function for frame in first.frames] == [test_what_python_prints.__name__] + [
        "fail"
    ] * 21
    assert {frame.source for frame in first.frames[1:-1]} == {"fail("}
    assert first.kind == "ValueError"
