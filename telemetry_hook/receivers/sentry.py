"""Sentry, and other trackers that use Sentry's protocol: GlitchTip, Bugsink, Kent.

Sources: develop.sentry.dev, "Envelopes" and "Event Payloads".
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from telemetry_hook._report import JSON, dump
from telemetry_hook._started import __version__
from telemetry_hook.receivers._base import Request, check_url, refusal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from telemetry_hook._report import (
        RedactedException,
        RedactedFrame,
        RedactedReport,
        Release,
    )

EXAMPLE = "https://KEY@errors.example.com/3"
MAX_FRAMES = 50
MAX_TAG_VALUE = 200
# These are shown with a frame's variables. No variable has such a name.
STATEMENT, EXPRESSION = "<statement>", "<failed expression>"
OPERANDS, PASSED = "<operands>", "<not caught by>"


@dataclass(frozen=True)
class SentryReceiver:
    """A project in a Sentry-compatible tracker. The tracker shows the DSN of each project.

    Raises:
        DeclarationError: the DSN is malformed, or is plain HTTP to another machine.
    """

    dsn: str = field(repr=False)

    def __post_init__(self) -> None:
        parts = check_url(self.dsn, "SentryReceiver", EXAMPLE)
        path, _, project = parts.path.rpartition("/")
        if not parts.username:
            why = "the key before the @ is missing"
            raise refusal(self.dsn, "SentryReceiver", why, EXAMPLE)
        if not project:
            why = "the project at the end is missing"
            raise refusal(self.dsn, "SentryReceiver", why, EXAMPLE)
        server = parts.netloc.rpartition("@")[2]
        address = f"{parts.scheme}://{server}{path}/api/{project}/envelope/"
        object.__setattr__(self, "address", address)
        secret = f", sentry_secret={parts.password}" if parts.password else ""
        object.__setattr__(self, "_key", f"sentry_key={parts.username}{secret}")

    address: str = field(init=False)
    _key: str = field(init=False, repr=False)

    def encode(self, report: RedactedReport) -> Request:
        """Return an envelope with one event, in lines of JSON that a person can read."""
        event = dump(_event(report))
        head = json.dumps({"event_id": str(report.id)})
        item = json.dumps(
            {"type": "event", "length": len(event), "content_type": "application/json"}
        )
        return Request(
            url=self.address,
            body=f"{head}\n{item}\n".encode() + event + b"\n",
            headers={
                "Content-Type": "application/x-sentry-envelope",
                "User-Agent": f"telemetry-hook/{__version__}",
                "X-Sentry-Auth": (
                    f"Sentry sentry_version=7, sentry_client=telemetry-hook/{__version__}, "
                    f"{self._key}"
                ),
            },
            acceptance="sentry",
        )


def _event(report: RedactedReport) -> JSON:
    # The protocol wants causes first, and the exception that ended the program last.
    ids = range(len(report.exceptions))
    exceptions = [_exception(report, index) for index in reversed(ids)]
    culprit, facts = _culprit(report), _facts(report)
    return {
        "event_id": str(report.id),
        "timestamp": str(report.time),
        "platform": "python",
        "level": "fatal",
        "release": _release(report.tool),
        "environment": str(report.phase),
        "fingerprint": [str(report.fingerprint)],
        **({} if culprit is None else {"transaction": culprit}),
        "tags": {name: text for name, text in facts.items() if len(text) <= MAX_TAG_VALUE},
        "contexts": _contexts(report, facts),
        "exception": {"values": exceptions},
        "sdk": {
            "name": "telemetry-hook",
            "version": __version__,
            "settings": {"infer_ip": "never"},
        },
    }


def _culprit(report: RedactedReport) -> str | None:
    """Return the tool's innermost function, as Sentry writes it: ``lift.plan in order_models``."""
    for exception in report.exceptions:
        for frame in reversed(exception.frames):
            if frame.in_app and frame.module is not None:
                return f"{frame.module} in {frame.function}"
    return None


def _facts(report: RedactedReport) -> dict[str, str]:
    """Return short facts, which trackers can filter by."""
    circumstances, command = report.circumstances, report.command
    facts: dict[str, bool | int | str | tuple[str, ...]] = {
        "python": ".".join(report.python.version.split(".")[:2]),
        "installed": circumstances.installed,
        "terminal": circumstances.terminal,
        "ci": circumstances.ci,
        "container": circumstances.container,
    }
    if command is not None:
        facts["script"] = command.script or ()
        facts["command"] = " ".join(command.path or ()) or ()
        facts["options"] = command.options or ()
    facts |= {attribute.name: attribute.value for attribute in report.attributes}
    return {str(name): _tag(value) for name, value in facts.items() if value != ()}


def _contexts(report: RedactedReport, facts: dict[str, str]) -> dict[str, JSON]:
    """Return what is no tag: structured facts, and those that are too long for a tag."""
    more: dict[str, dict[str, JSON]] = {
        "details": dict(_details(report.exceptions)),
        "attributes": {name: text for name, text in facts.items() if len(text) > MAX_TAG_VALUE},
    }
    return {
        "os": {"name": str(report.system.name), **_given("version", report.system.release)},
        "device": {"arch": str(report.system.machine)},
        "runtime": {
            "name": str(report.python.implementation),
            "version": str(report.python.version),
        },
        "packages": {str(package.name): str(package.version) for package in report.packages},
        "report": {
            "format": report.format,
            "encoding": str(report.circumstances.encoding),
            "own_excepthook": report.circumstances.own_excepthook,
            **_given("libc", report.system.libc),
        },
        **{name: values for name, values in more.items() if values},
    }


def _details(exceptions: Iterable[RedactedException]) -> Iterator[tuple[str, JSON]]:
    """Yield the structured values of all exceptions: ``errno``; ``OSError (1): errno`` of a cause."""
    for index, exception in enumerate(exceptions):
        for detail in exception.details:
            whose = f"{exception.type} ({index}): " if index else ""
            yield f"{whose}{detail.name}", _plain(detail.value)


def _exception(report: RedactedReport, index: int) -> JSON:
    exception: RedactedException = report.exceptions[index]
    is_other = exception.relation == "other"
    mechanism: dict[str, JSON] = {
        "type": str(report.mechanism) if index == 0 else "other" if is_other else "chained",
        "handled": False,
        "exception_id": index,
    }
    if exception.parent is not None and not is_other:
        mechanism["parent_id"] = exception.parent
        mechanism["source"] = f"__{exception.relation}__"
    if any(other.parent == index and other.relation == "member" for other in report.exceptions):
        mechanism["is_exception_group"] = True
    values: dict[str, JSON] = {
        "type": str(exception.type),
        **_given("module", exception.module),
        "value": str(exception.message),
        "mechanism": mechanism,
    }
    if exception.frames:
        values["stacktrace"] = {
            "frames": [_frame(frame) for frame in exception.frames[-MAX_FRAMES:]]
        }
    return values


def _frame(frame: RedactedFrame) -> JSON:
    values: dict[str, JSON] = {"function": str(frame.function), "in_app": frame.in_app}
    if frame.module is not None:
        values["module"] = str(frame.module)
    if frame.file is not None:
        values["filename"] = str(frame.file)
    if frame.line is not None:
        values["lineno"] = frame.line
    if frame.release is not None:
        values["package"] = _release(frame.release)
    if frame.known_by is not None:
        values["known_by"] = str(frame.known_by)
    if frame.source is not None:
        values["context_line"] = str(frame.source.line)
        if frame.source.before or frame.source.after:
            values["pre_context"] = [str(line) for line in frame.source.before]
            values["post_context"] = [str(line) for line in frame.source.after]
    if variables := _variables(frame):
        values["vars"] = variables
    return values


def _variables(frame: RedactedFrame) -> dict[str, JSON]:
    """Return the kinds of a frame's variables, and what trackers have no field for."""
    values: dict[str, JSON] = {
        str(variable.name): str(variable.shape) for variable in frame.variables
    }
    source = frame.source
    if source is not None and source.first is not None:
        values[STATEMENT] = f"lines {source.first} to {source.last}"
    if source is not None and source.expression is not None:
        values[EXPRESSION] = str(source.expression)
    if frame.operands:
        values[OPERANDS] = [str(text) for text in frame.operands]
    if frame.passed:
        values[PASSED] = [str(header) for header in frame.passed]
    return values


def _release(release: Release) -> str:
    return f"{release.name}@{release.version}"


def _given(name: str, value: str | None) -> dict[str, JSON]:
    return {} if value is None else {name: str(value)}


def _plain(value: bool | int | str) -> JSON:
    return str(value) if isinstance(value, str) else value


def _tag(value: bool | int | str | tuple[str, ...]) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return ",".join(value)
    return str(value)
