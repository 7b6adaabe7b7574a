"""The data dictionary of a tool: all that it may send, and why.

The page is made from the fields of `RedactedReport`, their descriptions, and the declarations of
the plugin. So it cannot disagree with the reports.
"""

from __future__ import annotations

import html
import types
import typing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from telemetry_hook._ask.question import NEVER
from telemetry_hook._report import JSON, MAX_REPORT_BYTES, RedactedReport, Variable
from telemetry_hook.declare import MAX_COUNT
from telemetry_hook.receivers import host_of, is_local

if TYPE_CHECKING:
    from collections.abc import Iterator

    from telemetry_hook._plugins import Plugin
    from telemetry_hook.declare import Attribute

Rows = tuple[tuple[str, ...], ...]

PHASES = {
    "preview": "a preview: an always that you give now ends when the tool becomes stable",
    "stable": "stable",
}
STYLE = (
    ":root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;max-width:46rem;"
    "margin:2rem auto;padding:0 1rem}table{border-collapse:collapse;width:100%}"
    "th,td{text-align:left;vertical-align:top;padding:.3rem .8rem .3rem 0;"
    "border-bottom:1px solid #8886;overflow-wrap:break-word}"
)


@dataclass(frozen=True, slots=True)
class Section:
    """A heading, paragraphs, and a table. The first row of the table is its header.

    Paragraphs and table may be empty. Texts may contain `code` in backquotes.
    """

    heading: str
    paragraphs: tuple[str, ...] = ()
    table: Rows = ()


@dataclass(frozen=True, slots=True)
class DataPage:
    """A tool's data dictionary."""

    plugin: Plugin

    @property
    def title(self) -> str:
        """The page's title."""
        return f"What {self.plugin.tool.name} may report"

    def sections(self) -> Iterator[Section]:
        """Yield the sections, the most important first."""
        tool, registration = self.plugin.tool, self.plugin.registration
        where = host_of(tool.receiver.address)
        by = f" The plugin is from {registration.plugin.name}." if registration.is_foreign else ""
        yield Section(
            "In short",
            (
                (
                    f"When {tool.name} dies of an uncaught exception it asks whether it may send a "
                    f"report to {tool.publisher} ({where}), {tool.purpose}. It sends nothing before "
                    f"you agree. It is {PHASES[tool.phase]}.{by}"
                ),
                (
                    f"A report never holds {NEVER}. The texts of an error are looked up in published "
                    "source and in Python's own messages; what is not found there becomes `<…>` or "
                    "`<user code>`."
                ),
            ),
        )
        yield Section(
            "How to say no",
            (
                (
                    "At the question: Enter, `no`, Ctrl-C, or a minute of silence. Nothing is sent, and "
                    "nothing is kept."
                ),
                (
                    f"For good: `telemetry-hook never {tool.name}`; for every tool, now and later: "
                    "`telemetry-hook never --all`, or the variable `DO_NOT_TRACK=1`."
                ),
                (
                    f"To take an answer back: `telemetry-hook ask {tool.name}`. To see what would happen "
                    f"and why: `telemetry-hook status {tool.name}`."
                ),
                (
                    "Where `telemetry-hook` is not found, run `python -m telemetry_hook` with the "
                    f"Python that {registration.distribution.name} is installed in. pipx and uv put "
                    "only the tool's own command on PATH."
                ),
            ),
        )
        yield Section(f"What {tool.name} reports of your project", *self._declared())
        fields = tuple((f"`{path}`", meaning) for path, meaning in meanings().items())
        yield Section(
            "What every report holds",
            (
                f"At most {MAX_REPORT_BYTES // 1024} KiB. At the question, `view` shows the exact bytes.",
                "Versions reported: " + ", ".join(self._distributions()) + ", and the "
                "packages that they require.",
            ),
            (("Field", "Meaning"), *fields),
        )
        yield Section("Where it goes", self._goes())

    def as_json(self) -> dict[str, JSON]:
        """Return the page as JSON values."""
        tool = self.plugin.tool
        return {
            "tool": tool.name,
            "distribution": self.plugin.registration.distribution.name,
            "plugin": self.plugin.registration.plugin.name,
            "publisher": tool.publisher,
            "purpose": tool.purpose,
            "phase": tool.phase,
            "receiver": tool.receiver.address,
            "versions_of": [*self._distributions()],
            "attributes": [
                {
                    "name": attribute.name,
                    "kind": type(attribute).__name__,
                    "values": _values(attribute),
                    "meaning": attribute.meaning,
                    "since": attribute.since,
                }
                for attribute in tool.attributes
            ],
            "fields": [{"path": path, "meaning": meaning} for path, meaning in meanings().items()],
            "never": NEVER,
        }

    def as_markdown(self) -> str:
        """Return the page as Markdown."""
        lines = [f"# {self.title}", ""]
        for section in self.sections():
            lines += [f"## {section.heading}", ""]
            for paragraph in section.paragraphs:
                lines += [paragraph, ""]
            for number, row in enumerate(section.table):
                lines.append(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |")
                if number == 0:
                    lines.append("| --- " * len(row) + "|")
            lines += [""] * bool(section.table)
        return "\n".join(lines).rstrip() + "\n"

    def as_html(self) -> str:
        """Return the page as a complete HTML document that loads no other file."""
        title = html.escape(self.title)
        parts = [
            "<!doctype html>",
            f'<html lang="en"><head><meta charset="utf-8"><title>{title}</title>',
            '<meta name="viewport" content="width=device-width">',
            f"<style>{STYLE}</style></head><body><h1>{title}</h1>",
        ]
        for section in self.sections():
            parts.append(f"<h2>{_html(section.heading)}</h2>")
            parts += [f"<p>{_html(paragraph)}</p>" for paragraph in section.paragraphs]
            rows = [
                "".join(f"<{tag}>{_html(cell)}</{tag}>" for cell in row)
                for tag, row in zip(
                    ("th", *["td"] * len(section.table)), section.table, strict=False
                )
            ]
            if rows:
                parts.append("<table>" + "".join(f"<tr>{row}</tr>\n" for row in rows) + "</table>")
        return "\n".join([*parts, "</body></html>"]) + "\n"

    def _declared(self) -> tuple[tuple[str, ...], Rows]:
        attributes = self.plugin.tool.attributes
        if not attributes:
            return ("Nothing.",), ()
        rows = tuple(
            (f"`{attribute.name}`", attribute.meaning, _values(attribute), attribute.since or "")
            for attribute in attributes
        )
        text = "Only these facts are reported, and only with these values."
        kin = [member.registration.distribution.name for member in self.plugin.members]
        also = [f"What {name} declares is reported only if its code was running." for name in kin]
        return (text, *also), (("Name", "Meaning", "Values", "Since"), *rows)

    def _distributions(self) -> list[str]:
        own = self.plugin.registration.distribution.name
        return list(dict.fromkeys([own, *self.plugin.tool.family]))

    def _goes(self) -> tuple[str, ...]:
        tool = self.plugin.tool
        publisher = tool.publisher
        more = [f"`{tool.receiver.address}`"]
        if not is_local(tool.receiver.address):
            more.append(
                "The receiver also sees this machine's IP address; redaction cannot hide it."
            )
        more.append(
            "On this machine a sent report stays readable for thirty days: `telemetry-hook list`. "
            "`telemetry-hook wipe` removes all files of telemetry-hook from this machine."
        )
        more.append(
            f"To have a report deleted at the receiver, give {publisher} its receipt, or the id that "
            "`telemetry-hook list --json` shows: it is the report's id there."
        )
        if getattr(tool.receiver, "deletes", False):
            more.append("To have a sent report deleted there, run `telemetry-hook discard ID`.")
        if tool.privacy_url:
            more.append(f"{publisher} says more: {tool.privacy_url}")
        return tuple(more)


def meanings() -> dict[str, str]:
    """Return the meaning of each report field, by its path, such as ``exceptions.frames.line``."""
    return dict(_meanings(RedactedReport, ""))


def _meanings(kind: type, path: str) -> Iterator[tuple[str, str]]:
    for field, annotated in typing.get_type_hints(kind, include_extras=True).items():
        hint, meaning = typing.get_args(annotated)
        inner = _inner(hint)
        if inner is Variable:  # in JSON, the names are keys and the shapes are values
            yield f"{path}{field}.*", meaning
            continue
        yield f"{path}{field}", meaning
        if hasattr(inner, "_fields"):
            yield from _meanings(inner, f"{path}{field}.")


def _inner(hint: object) -> type:
    """Return the class in a field's type: ``X | None`` and ``tuple[X, ...]`` give ``X``."""
    is_union = typing.get_origin(hint) in (typing.Union, types.UnionType)
    first: typing.Any = typing.get_args(hint)[0] if is_union else hint
    kind: type = typing.get_args(first)[0] if typing.get_origin(first) is tuple else first
    return kind


def _values(attribute: Attribute) -> str:
    options = getattr(attribute, "options", ())
    kind = type(attribute).__name__
    return {
        "Flag": "yes or no",
        "Count": f"0 to {MAX_COUNT}, rounded to two digits",
        "Choice": f"one of: {', '.join(options)}",
        "Features": f"some of: {', '.join(options)}",
        "Version": "a version: three numbers and a pre-release tag at most",
    }[kind]


def _html(text: str) -> str:
    pieces = html.escape(text, quote=False).split("`")
    return "".join(f"<code>{piece}</code>" if at % 2 else piece for at, piece in enumerate(pieces))
