"""Sentry, and other trackers that use Sentry's protocol: GlitchTip, Bugsink, Kent.

Sources: develop.sentry.dev, "Envelopes" and "Event Payloads".
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from telemetry_hook._errors import DeclarationError
from telemetry_hook._report import JSON, dump
from telemetry_hook._started import __version__
from telemetry_hook.receivers._base import Request, check_url

if TYPE_CHECKING:
    from telemetry_hook._report import (
        RedactedException,
        RedactedFrame,
        RedactedReport,
        Release,
    )

EXAMPLE = "https://KEY@errors.example.com/3"
MAX_FRAMES = 50
MAX_TAG_VALUE = 200
OPERANDS = "<operands>"  # is shown with a frame's variables; no variable has such a name


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
            raise DeclarationError(
                f"SentryReceiver({self.dsn!r}): the key before the @ is missing. "
                f"It must look like {EXAMPLE}"
            )
        if not project:
            raise DeclarationError(
                f"SentryReceiver({self.dsn!r}): the project at the end is missing. "
                f"It must look like {EXAMPLE}"
            )
        server = parts.netloc.rpartition("@")[2]
        address = f"{parts.scheme}://{server}{path}/api/{project}/envelope/"
        object.__setattr__(self, "address", address)
        object.__setattr__(self, "_key", parts.username)

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
                    f"sentry_key={self._key}"
                ),
            },
        )


def _event(report: RedactedReport) -> JSON:
    circumstances, command = report.circumstances, report.command
    tags: dict[str, bool | int | str | tuple[str, ...]] = {
        attribute.name: attribute.value for attribute in report.attributes
    }
    # The protocol wants causes first, and the exception that ended the program last.
    ids = range(len(report.exceptions))
    exceptions = [_exception(report, index) for index in reversed(ids)]
    attributes: dict[str, JSON] = {
        name: [str(item) for item in value] if isinstance(value, tuple) else _plain(value)
        for name, value in tags.items()
    }
    contexts: dict[str, JSON] = {
        "os": {"name": str(report.system.name), **_given("version", report.system.release)},
        "device": {"arch": str(report.system.machine)},
        "runtime": {
            "name": str(report.python.implementation),
            "version": str(report.python.version),
        },
        "packages": {str(package.name): str(package.version) for package in report.packages},
        "report": {
            "format": report.format,
            "installed": str(circumstances.installed),
            "encoding": str(circumstances.encoding),
            "own_excepthook": circumstances.own_excepthook,
            **_given("libc", report.system.libc),
        },
    }
    facts: dict[str, bool | int | str | tuple[str, ...]] = {
        "installed": circumstances.installed,
        "terminal": circumstances.terminal,
        "ci": circumstances.ci,
        "container": circumstances.container,
    }
    path = "" if command is None or command.path is None else " ".join(command.path)
    if command is not None:
        facts["script"] = command.script or ()
        facts["command"] = path or ()
        facts["options"] = command.options or ()
        contexts["command"] = {
            **_given("script", command.script),
            **({} if command.path is None else {"path": path}),
            **({} if command.options is None else {"options": [*map(str, command.options)]}),
        }
    if attributes:
        contexts["attributes"] = attributes
    return {
        "event_id": str(report.id),
        "timestamp": str(report.time),
        "platform": "python",
        "level": "fatal",
        "release": _release(report.tool),
        "environment": str(report.phase),
        "fingerprint": [str(report.fingerprint)],
        **({"transaction": path} if path else {}),
        "tags": {str(name): _tag(value) for name, value in (facts | tags).items() if value != ()},
        "contexts": contexts,
        "exception": {"values": exceptions},
        "sdk": {
            "name": "telemetry-hook",
            "version": __version__,
            "settings": {"infer_ip": "never"},
        },
    }


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
    if exception.details:
        mechanism["data"] = {str(detail.name): _plain(detail.value) for detail in exception.details}
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
        values["pre_context"] = [str(line) for line in frame.source.before]
        values["context_line"] = str(frame.source.line)
        values["post_context"] = [str(line) for line in frame.source.after]
    if frame.variables:
        shapes: dict[str, JSON] = {
            str(variable.name): str(variable.shape) for variable in frame.variables
        }
        values["vars"] = shapes | ({OPERANDS: ", ".join(frame.operands)} if frame.operands else {})
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
        return ",".join(value)[:MAX_TAG_VALUE]
    return str(value)
