"""The facts that one needs to find a bug, and how each is recognised in the three accounts.

Each kind of fact has one rule for each account. A rule is as kind to one account as to another: a
kind of a value is known if the account shows the value, its kind, or a message that names it.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from typing import Protocol

from bugs.accounts import JSON, Accounts


class Fact(Protocol):
    """Something that a maintainer has to know."""

    def in_report(self, accounts: Accounts) -> bool:
        """Return whether our report has it."""
        ...

    def in_event(self, accounts: Accounts) -> bool:
        """Return whether sentry-sdk's event has it."""
        ...

    def in_stack(self, accounts: Accounts) -> bool:
        """Return whether the printed stack has it."""
        ...


@dataclass(frozen=True)
class Place:
    """A function on the way to the error, such as ``Place("black", "patch_click")``."""

    module: str
    function: str

    def in_report(self, accounts: Accounts) -> bool:
        return any(map(self.is_frame, accounts.report_frames))

    def in_event(self, accounts: Accounts) -> bool:
        return any(map(self.is_frame, accounts.event_frames)) or self._is_printed(
            accounts.event_texts
        )

    def in_stack(self, accounts: Accounts) -> bool:
        return self._is_printed(accounts.stack)

    def is_frame(self, frame: JSON) -> bool:
        """Return whether a frame, of a report or an event, is one of this function."""
        name = str(frame.get("function")).rpartition(".")[2]
        return frame.get("module") == self.module and name == self.function

    def _is_printed(self, text: str) -> bool:
        path = re.escape(self.module.replace(".", "/"))
        pattern = rf'File "(?:[^"\n]*/)?{path}(?:/__init__)?\.py", line \d+, in (\S+)'
        names = [name.rpartition(".")[2] for name in re.findall(pattern, text)]
        return self.function in names


@dataclass(frozen=True)
class Line:
    """Source of the statement that failed. It is shown among the lines of a frame.

    A statement may have several lines, of which Python names one.
    """

    text: str

    def in_report(self, accounts: Accounts) -> bool:
        lines = (report_lines(frame) for frame in accounts.report_frames)
        return any(self.text in line for line in itertools.chain.from_iterable(lines))

    def in_event(self, accounts: Accounts) -> bool:
        lines = (event_lines(frame) for frame in accounts.event_frames)
        return any(self.text in line for line in itertools.chain.from_iterable(lines)) or (
            self._is_printed(accounts.event_texts)
        )

    def in_stack(self, accounts: Accounts) -> bool:
        return self._is_printed(accounts.stack)

    def _is_printed(self, text: str) -> bool:
        return any(line.startswith("    ") and self.text in line for line in text.splitlines())


@dataclass(frozen=True)
class Error:
    """The class of an exception, without its module."""

    name: str

    def in_report(self, accounts: Accounts) -> bool:
        return any(each.get("type") == self.name for each in accounts.report_exceptions)

    def in_event(self, accounts: Accounts) -> bool:
        return any(
            each.get("type") == self.name for each in accounts.event_exceptions
        ) or self._is_printed(accounts.event_texts)

    def in_stack(self, accounts: Accounts) -> bool:
        return self._is_printed(accounts.stack)

    def _is_printed(self, text: str) -> bool:
        pattern = rf"^(?:[\w.]+\.)?{re.escape(self.name)}(?::|$)"
        return re.search(pattern, text, re.MULTILINE) is not None


@dataclass(frozen=True)
class Words:
    """Words of an exception's message. The words must not contain a value of the user's."""

    text: str

    def in_report(self, accounts: Accounts) -> bool:
        return any(self.text in str(each.get("message")) for each in accounts.report_exceptions)

    def in_event(self, accounts: Accounts) -> bool:
        return self.text in accounts.event_texts

    def in_stack(self, accounts: Accounts) -> bool:
        return self.text in accounts.stack


@dataclass(frozen=True)
class Name:
    """A name that the tool's code uses, in a message or in the source of a failing statement."""

    text: str

    def in_report(self, accounts: Accounts) -> bool:
        return Words(self.text).in_report(accounts) or Line(self.text).in_report(accounts)

    def in_event(self, accounts: Accounts) -> bool:
        return Words(self.text).in_event(accounts) or Line(self.text).in_event(accounts)

    def in_stack(self, accounts: Accounts) -> bool:
        return self.text in accounts.stack


@dataclass(frozen=True)
class Kind:
    """The kind of a value in a function: a variable, an attribute or an item of one.

    `shape` is how our report begins to describe it: ``None``, ``list(0)``, ``pkg.types.Reference``.
    `shown` is a pattern for the value as sentry-sdk shows it, in the variable at the root of the
    name. `said` is a pattern for a message that says it as well, in each of the accounts.
    """

    place: Place
    name: str
    shape: str
    shown: str
    said: str = ""

    def in_report(self, accounts: Accounts) -> bool:
        frames = filter(self.place.is_frame, accounts.report_frames)
        shapes = (str((frame.get("variables") or {}).get(self.name, "")) for frame in frames)
        return any(shape.startswith(self.shape) for shape in shapes) or any(
            self._is_said(str(exception.get("message"))) for exception in accounts.report_exceptions
        )

    def in_event(self, accounts: Accounts) -> bool:
        root = re.split(r"[.\[]", self.name)[0]
        frames = filter(self.place.is_frame, accounts.event_frames)
        values = (repr((frame.get("vars") or {}).get(root, "")) for frame in frames)
        return any(re.search(self.shown, value) for value in values) or self._is_said(
            accounts.event_texts
        )

    def in_stack(self, accounts: Accounts) -> bool:
        return self._is_said(accounts.stack)

    def _is_said(self, text: str) -> bool:
        return bool(self.said) and re.search(self.said, text) is not None


@dataclass(frozen=True)
class Release:
    """The version of a distribution."""

    name: str
    version: str

    def in_report(self, accounts: Accounts) -> bool:
        releases = [*accounts.report.get("packages", []), accounts.report.get("tool", {})]
        return self._is_among({each.get("name", ""): each.get("version", "") for each in releases})

    def in_event(self, accounts: Accounts) -> bool:
        return self._is_among(accounts.event.get("modules") or {})

    def in_stack(self, accounts: Accounts) -> bool:
        return False

    def _is_among(self, versions: dict[str, str]) -> bool:
        # In their normal form, names are in lower case and joined by hyphens.
        found = ((re.sub(r"[-_.]+", "-", name).lower(), versions[name]) for name in versions)
        return (self.name, self.version) in found


@dataclass(frozen=True)
class Python:
    """The feature version of Python, such as ``3.12``."""

    version: str

    def in_report(self, accounts: Accounts) -> bool:
        version = str(accounts.report.get("python", {}).get("version"))
        return version.startswith(f"{self.version}.")

    def in_event(self, accounts: Accounts) -> bool:
        runtime = accounts.event.get("contexts", {}).get("runtime", {})
        return str(runtime.get("version")).startswith(f"{self.version}.")

    def in_stack(self, accounts: Accounts) -> bool:
        return f"/python{self.version}/" in accounts.stack


@dataclass(frozen=True)
class Script:
    """The console script that was run."""

    name: str

    def in_report(self, accounts: Accounts) -> bool:
        return (accounts.report.get("command") or {}).get("script") == self.name

    def in_event(self, accounts: Accounts) -> bool:
        return any(each.endswith(f"/{self.name}") for each in accounts.event_arguments[:1])

    def in_stack(self, accounts: Accounts) -> bool:
        return f'/bin/{self.name}"' in accounts.stack


@dataclass(frozen=True)
class Command:
    """A command of the command line, such as ``build`` in ``mkdocs build``."""

    name: str

    def in_report(self, accounts: Accounts) -> bool:
        return self.name in ((accounts.report.get("command") or {}).get("path") or [])

    def in_event(self, accounts: Accounts) -> bool:
        return self.name in accounts.event_arguments

    def in_stack(self, accounts: Accounts) -> bool:
        return False


@dataclass(frozen=True)
class Option:
    """An option that was given, such as ``--json``, without its value."""

    names: tuple[str, ...]

    def in_report(self, accounts: Accounts) -> bool:
        given = (accounts.report.get("command") or {}).get("options") or []
        return not set(self.names).isdisjoint(given)

    def in_event(self, accounts: Accounts) -> bool:
        given = {each.partition("=")[0] for each in accounts.event_arguments}
        return not given.isdisjoint(self.names)

    def in_stack(self, accounts: Accounts) -> bool:
        return False


@dataclass(frozen=True)
class Encoding:
    """The encoding of the locale. `said` is a message that names it."""

    names: tuple[str, ...]
    said: str

    def in_report(self, accounts: Accounts) -> bool:
        encoding = str(accounts.report.get("circumstances", {}).get("encoding")).lower()
        return encoding in self.names or Words(self.said).in_report(accounts)

    def in_event(self, accounts: Accounts) -> bool:
        return Words(self.said).in_event(accounts)

    def in_stack(self, accounts: Accounts) -> bool:
        return Words(self.said).in_stack(accounts)


def report_lines(frame: JSON) -> list[str]:
    """Return the lines of source that a report's frame shows."""
    source = frame.get("source") or {}
    return [*source.get("before", []), source.get("line", ""), *source.get("after", [])]


def event_lines(frame: JSON) -> list[str]:
    """Return the lines of source that an event's frame shows."""
    before, after = (frame.get(f"{name}_context") or [] for name in ("pre", "post"))
    return [*before, frame.get("context_line") or "", *after]
