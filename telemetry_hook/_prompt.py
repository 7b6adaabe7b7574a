"""The question on the terminal: its words, its keys, and what is said after an answer."""

from __future__ import annotations

import shutil
import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from telemetry_hook import _terminal
from telemetry_hook.receivers import host_of, is_local

if TYPE_CHECKING:
    from telemetry_hook._report import RedactedReport
    from telemetry_hook.declare import Tool
    from telemetry_hook.receivers import Request

Answer = Literal["yes", "no", "always", "never", "later"]

WORDS: dict[str, Answer | Literal["view"]] = {
    "": "no",
    "y": "yes",
    "yes": "yes",
    "n": "no",
    "no": "no",
    "a": "always",
    "always": "always",
    "e": "never",
    "never": "never",
    "v": "view",
    "view": "view",
    "l": "later",
    "later": "later",
}
KEYS = "[y]es  [n]o  [a]lways  n[e]ver  [v]iew  [l]ater"
TRIES = 5
SEES_ADDRESS = "The receiver also sees this machine's IP address.\n"
KILO = 1000
CONTENTS = (
    "the kind of error, its message without the values, and where it happened, with lines of "
    "published source and the kinds of values there"
)
MIN_WIDTH, MAX_WIDTH = 30, 78


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: a report in its final bytes, whose it is, and where it would go.

    `plugin` names the distribution of a plugin that is not the tool's own, None otherwise.
    """

    tool: Tool
    report: RedactedReport
    request: Request
    sha256: str
    plugin: str | None


def ask(question: Question) -> Answer:
    """Ask on the terminal. Anything but a clear answer is a no: Enter, end of input, Ctrl-C."""
    with _terminal.ready():
        answer = _answer(question)
        if answer == "no":
            _terminal.say("Nothing was sent.\n")
        return answer


def _answer(question: Question) -> Answer:
    try:
        _terminal.say(f"\n{introduction(question)}\n\n")
        for _ in range(TRIES):
            _terminal.say(f"{KEYS}\nSend this report? (no) ")
            line = _terminal.read_line()
            if line is None:
                break
            answer = WORDS.get(line.strip().lower())
            if answer == "view":
                _terminal.say(f"\n{view(question)}\n")
            elif answer is not None:
                return answer
            else:
                _terminal.say("Please answer with one of these words, or its letter.\n")
    except KeyboardInterrupt:
        pass
    _terminal.say("\n")
    return "no"


def introduction(question: Question) -> str:
    """Return the question's text, without its keys."""
    tool, report = question.tool, question.report
    by = f" (by the plugin of {question.plugin})" if question.plugin else ""
    versions = [f"{each.name} {each.version}" for each in (report.tool, *report.packages)]
    system = " ".join(filter(None, (report.system.name, report.system.release)))
    python = f"{report.python.implementation} {report.python.version}"
    facts = [f"{each.name} {_value(each.value)}" for each in report.attributes]
    command = report.command
    contents = [
        CONTENTS,
        *([f"the command {' '.join((*command.path, *command.options))}"] if command else []),
        ", ".join([*versions, python, system]),
        *([", ".join(facts)] if facts else []),
    ]
    return "\n".join(
        [
            *textwrap.wrap(
                f"{tool.name} has crashed. May it send a report{by} to {tool.publisher} "
                f"({host_of(tool.receiver)}), {tool.purpose}?",
                _width(),
                break_on_hyphens=False,
            ),
            "",
            *_row("In it:", "; ".join(contents)),
            *_row(
                "Never in it:",
                "passwords, keys, connection details, the content of your project, paths, "
                "values of arguments or variables, or any text that is not published source",
            ),
            *_row("Size:", f"{_size(len(question.request.body))}; view shows all of it"),
        ]
    )


def view(question: Question) -> str:
    """Return the exact body, where it would go, its hash, and what no redaction can hide."""
    request = question.request
    sees_address = "" if is_local(question.tool.receiver) else SEES_ADDRESS
    return (
        f"This is all that a yes would send, {len(request.body)} bytes:\n\n"
        f"{request.body.decode('utf-8', 'backslashreplace').rstrip()}\n\n"
        f"They would go to {request.url}\n"
        f"SHA-256 {question.sha256}\n"
        "<…> stands for text that is not in published source.\n"
        f"{sees_address}"
    )


def _width() -> int:
    return max(MIN_WIDTH, min(MAX_WIDTH, shutil.get_terminal_size().columns - 2))


def _row(title: str, text: str) -> list[str]:
    return textwrap.wrap(
        text,
        _width(),
        initial_indent=f"  {title:<13}",
        subsequent_indent=" " * 15,
        break_on_hyphens=False,
    )


def _value(value: bool | int | str | tuple[str, ...]) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "+".join(value) if isinstance(value, tuple) else str(value)


def _size(count: int) -> str:
    return f"{count} bytes" if count < KILO else f"{count / KILO:.1f} kB"
