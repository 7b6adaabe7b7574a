"""The question on the terminal: its words, its keys, and the view of the exact report."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING

from telemetry_hook import _terminal
from telemetry_hook.receivers import host_of, is_local

if TYPE_CHECKING:
    from collections.abc import Sequence

    from telemetry_hook._report import RedactedReport
    from telemetry_hook._settings import Answer
    from telemetry_hook.declare import Tool
    from telemetry_hook.receivers import Request

KEYS = {"yes": "y", "no": "n", "always": "a", "never": "e", "view": "v", "later": "l"}
ASK = "Send this report?"
TRIES = 5
KILO = 1000
CONTENTS = (
    "the kind of error, its message without the values, and where it happened, with lines of "
    "published source and the kinds of values there"
)
NEVER = (
    "passwords, keys, connection details, names and content of your project, paths, values of "
    "arguments or variables, or any text that is not published source"
)
MIN_WIDTH, MAX_WIDTH = 10, 78
NARROW = 50  # titles stand above their texts
TITLE = 15


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: a report in its final bytes, whose it is, and where it would go.

    `plugin` names the distribution of a plugin that is not the tool's own, None otherwise. `why`
    says why it is asked although there is a standing answer, None where there is none.
    """

    tool: Tool
    report: RedactedReport
    request: Request
    sha256: str
    plugin: str | None
    why: str | None = None


def ask(question: Question) -> Answer:
    """Ask on the terminal. Anything but a clear answer is a no: Enter, end of input, Ctrl-C."""
    shown = view(question.request, question.sha256)
    with _terminal.ready() as is_alone:
        if not is_alone:
            return "no"  # another program's question is on this terminal
        _terminal.say(f"\n{introduction(question)}\n\n")
        answer = choose(ASK, tuple(KEYS), "no", shown)
        if answer == "no":
            _terminal.say("Nothing was sent.\n")
        return answer  # type: ignore[return-value]


def choose(ask_for: str, words: Sequence[str], default: str, shown: str) -> str:
    """Read one of the words, or its letter; `shown` is what *view* shows.

    A bare Enter, the end of the input, Ctrl-C, a minute of silence, and unclear answers time and
    again all mean the default.
    """
    meant = {"": default, **{each: each for each in words}, **{KEYS[each]: each for each in words}}
    keys = letters(words, _width())
    left = TRIES
    try:
        while left:
            _terminal.forget_typed()
            _terminal.say(f"{keys}\n{ask_for} ({default}) ")
            try:
                line = _terminal.read_line()
            except _terminal.ResumedError:
                _terminal.say("\n")
                continue
            if line is None:
                break
            answer = meant.get(line.strip().lower())
            if answer == "view":
                _terminal.page(f"\n{shown}\n")
            elif answer is not None:
                return answer
            else:
                _terminal.say("Please answer with one of these words, or its letter.\n")
                left -= 1
    except KeyboardInterrupt:
        pass
    _terminal.say("\n")
    return default


def letters(words: Sequence[str], width: int = MAX_WIDTH) -> str:
    """Return the words with their letters: whole words, for those who have them read aloud."""
    joined = ", ".join(f"{each}\N{NO-BREAK SPACE}({KEYS[each]})" for each in words)
    return textwrap.fill(joined, width).replace("\N{NO-BREAK SPACE}", " ")


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
    size = len(question.request.body)
    asks = f"{tool.name} has crashed. May it send a report{by} to {tool.publisher}"
    return "\n".join(
        [
            *_wrapped(f"{asks} ({host_of(tool.receiver.address)}), {tool.purpose}?"),
            "",
            *_row("In it:", "; ".join(contents)),
            *_row("Never in it:", NEVER),
            *_row("Size:", f"{_size(size)}; view shows all of it"),
            *_row("More:", tool.privacy_url or f"telemetry-hook dictionary {tool.name}"),
            *(_row("Why again:", question.why) if question.why else []),
        ]
    )


def view(request: Request, sha256: str) -> str:
    """Return the exact body, where it would go, its hash, and what no redaction can hide."""
    lines = [
        f"This is all that a yes would send, {len(request.body)} bytes, to",
        request.url,
        f"SHA-256 {sha256}",
        *(f"{name}: {value}" for name, value in request.headers.items()),
        "<…> stands for text that is not in published source.",
        *(() if is_local(request.url) else ("The receiver also sees this machine's IP address.",)),
        "",
        request.body.decode("utf-8", "backslashreplace").rstrip(),
    ]
    return "\n".join(lines)


def _width() -> int:
    columns, _ = _terminal.size()
    return max(MIN_WIDTH, min(MAX_WIDTH, columns - 2))


def _wrapped(text: str, first: str = "", rest: str = "") -> list[str]:
    return textwrap.wrap(
        text, _width(), initial_indent=first, subsequent_indent=rest, break_on_hyphens=False
    )


def _row(title: str, text: str) -> list[str]:
    if _width() < NARROW:
        return [title, *_wrapped(text, "  ", "  ")]
    return _wrapped(text, f"  {title:<{TITLE - 2}}", " " * TITLE)


def _value(value: bool | int | str | tuple[str, ...]) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "+".join(value) if isinstance(value, tuple) else str(value)


def _size(count: int) -> str:
    return f"{count} bytes" if count < KILO else f"{count / KILO:.1f} kB"
