"""The words of the question, for everything that shows it: terminal, page, a tool's own window."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from telemetry_hook import _invocation
from telemetry_hook.receivers import host_of, is_local

if TYPE_CHECKING:
    from telemetry_hook._consent.answers import Answer
    from telemetry_hook._report import RedactedReport
    from telemetry_hook.declare import Tool
    from telemetry_hook.receivers import Request

ASK = "Send this report?"
ANSWERS: tuple[Answer, ...] = ("yes", "no", "always", "never", "later")
MORE = "More:"  # the title of the row that is an address or a command
KILO = 1000
MAX_RELEASES = 5
CONTENTS = (
    "the kind of error, its message without the values, and where it happened, with lines of "
    "published source and the kinds of values there"
)
NEVER = (
    "any text of yours, such as passwords, keys, addresses, names, paths, or what is in your files "
    "and data"
)


class Question(NamedTuple):
    """A question about one report in its final bytes.

    `plugin` is the distribution that has the plugin, or None if it is the tool's own. `why` is the reason
    to ask although an answer is saved, or None if no answer is saved.
    """

    tool: Tool
    report: RedactedReport
    request: Request
    plugin: str | None = None
    why: str | None = None

    @property
    def title(self) -> str:
        """What has happened."""
        return f"{self.tool.name} has crashed."

    @property
    def sentence(self) -> str:
        """Who asks for what."""
        by = f" (through the plugin {self.plugin})" if self.plugin else ""
        where = host_of(self.tool.receiver.address)
        return f"May it send a report{by} to {self.tool.publisher} ({where}), {self.tool.purpose}?"

    @property
    def rows(self) -> tuple[tuple[str, str], ...]:
        """What a person should know before answering: titles and their texts."""
        more = self.tool.privacy_url or _invocation.command("dictionary", self.tool.name)
        return (
            ("In it:", "; ".join(self._contents())),
            ("Never in it:", NEVER),
            ("Size:", f'{_size(len(self.request.body))}; "view" shows all of it'),
            (MORE, more),
            *((("Why again:", self.why),) if self.why else ()),
        )

    @property
    def view(self) -> str:
        """All that a yes would send, byte for byte."""
        return view(self.request, self.request.sha256)

    def _contents(self) -> list[str]:
        report = self.report
        releases = (report.tool, *report.packages)
        versions = [f"{release.name} {release.version}" for release in releases[:MAX_RELEASES]]
        if (more := len(releases) - MAX_RELEASES) > 0:
            versions.append(f"the versions of {more} more packages")
        system = " ".join(filter(None, (report.system.name, report.system.release)))
        python = f"{report.python.implementation} {report.python.version}"
        facts = [f"{attribute.name} {_value(attribute.value)}" for attribute in report.attributes]
        return [
            CONTENTS,
            *([f"the command: {command}"] if (command := _command(report)) else []),
            ", ".join([*versions, python, system]),
            *([", ".join(facts)] if facts else []),
        ]


def view(request: Request, sha256: str) -> str:
    """Return what a report says, its address and hash, what no redaction can hide, and the exact body."""
    from telemetry_hook._ask.summary import summary  # most people do not view the report

    text = summary(request.body)
    lines = [
        *((text, "") if text else ()),
        f"This is all that a yes would send, {len(request.body)} bytes, to",
        request.url,
        f"SHA-256 {sha256}",
        *(f"{name}: {value}" for name, value in request.headers.items()),
        "<…> stands for text that is left out.",
        *(() if is_local(request.url) else ("The receiver also sees this machine's IP address.",)),
        "",
        request.body.decode("utf-8", "backslashreplace").rstrip(),
    ]
    return "\n".join(lines)


def _command(report: RedactedReport) -> str:
    """Return what is known of the command line: ``up --create-db``."""
    if report.command is None:
        return ""
    return " ".join([*(report.command.path or ()), *(report.command.options or ())])


def _value(value: bool | int | str | tuple[str, ...]) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "+".join(value) if isinstance(value, tuple) else str(value)


def _size(count: int) -> str:
    return f"{count} bytes" if count < KILO else f"{count / KILO:.1f} kB"
