"""Reads the facts of a report out of the bytes that are sent, for people.

Only the bytes are read. So what is shown is sent. The encodings of our own receivers are known; for
other bytes there is nothing to show but the bytes.
"""

from __future__ import annotations

import json
import re
from typing import Any, NamedTuple

from telemetry_hook.receivers import sentry
from telemetry_hook.receivers._traceback import title, traceback

Values = dict[str, Any]

ENVELOPE_LINES = 3  # head, head of the event, event
STATEMENT = re.compile(r"lines (\d+) to (\d+)")
DETAIL = re.compile(r".* \((\d+)\): (.*)")
OWN = "telemetry_hook."  # our names in a log record
CIRCUMSTANCES = ("installed", "encoding", "terminal", "ci", "container", "own_excepthook")


class Reading(NamedTuple):
    """What a person reads. `place` is the innermost frame of the tool's own, or None.

    `facts` have titles.
    """

    release: str
    error: str
    place: Values | None
    stack: str
    facts: dict[str, list[str]]


def read(body: bytes) -> Reading:
    """Return what the body of a request says.

    Raises:
        ValueError, LookupError, TypeError, AttributeError, RecursionError: its encoding is not known.
    """
    text = body.decode()
    if text.startswith("{\n"):  # an envelope begins with an object on one line
        values = json.loads(text)
        return _of_logs(values) if "resourceLogs" in values else _of_report(values)
    *_, event = text.split("\n", ENVELOPE_LINES - 1)
    return _of_event(json.loads(event))


def _of_report(values: Values) -> Reading:
    """Read a report in its own JSON form."""
    exceptions, command = values["exceptions"], values.get("command") or {}
    system, python, packages = values["system"], values["python"], values["packages"]
    ran = values["circumstances"]
    return Reading(
        release=_joined(values["tool"]),
        error=title(exceptions[0]),
        place=_innermost(exceptions),
        stack=traceback(exceptions),
        facts=_facts(
            command=[command.get(part) for part in ("script", "path", "options")],
            reported={fact["name"]: fact["value"] for fact in values["attributes"]},
            python=[python["implementation"], python["version"]],
            packages=[_joined(package) for package in packages],
            system=[system["name"], system.get("release"), system["machine"], system.get("libc")],
            circumstances={name: ran[name] for name in CIRCUMSTANCES if name in ran},
        ),
    )


def _of_event(event: Values) -> Reading:
    """Read an event for Sentry."""
    contexts, tags = event["contexts"], dict(event["tags"])
    tags |= contexts.get("attributes", {})
    exceptions = [_exception(value) for value in reversed(event["exception"]["values"])]
    for name, value in contexts.get("details", {}).items():
        of_cause = DETAIL.fullmatch(name)
        index, name_ = (int(of_cause[1]), of_cause[2]) if of_cause else (0, name)
        exceptions[index]["details"].append({"name": name_, "value": value})
    del tags["python"]
    options = tags.pop("options", "").replace(",", " ")
    given = contexts["report"] | tags
    return Reading(
        release=event["release"].replace("@", " "),
        error=title(exceptions[0]),
        place=_innermost(exceptions),
        stack=traceback(exceptions),
        facts=_facts(
            command=[tags.pop("script", None), tags.pop("command", None), options],
            circumstances={name: given[name] for name in CIRCUMSTANCES if name in given},
            reported={name: tags[name] for name in tags if name not in CIRCUMSTANCES},
            python=[*contexts["runtime"].values()],
            packages=[" ".join(package) for package in contexts["packages"].items()],
            system=[
                *contexts["os"].values(),
                contexts["device"]["arch"],
                contexts["report"].get("libc"),
            ],
        ),
    )


def _exception(value: Values) -> Values:
    """Return an exception of an event in the form that it has in a report."""
    mechanism = value["mechanism"]
    return {
        "type": value["type"],
        "module": value.get("module"),
        "message": value["value"],
        "details": [],
        "frames": [_frame(frame) for frame in value.get("stacktrace", {}).get("frames", ())],
        "parent": mechanism.get("parent_id"),
        "relation": "other"
        if mechanism["type"] == "other"
        else mechanism.get("source", "").strip("_"),
    }


def _frame(values: Values) -> Values:
    """Return a frame of an event in the form that it has in a report."""
    variables = dict(values.get("vars", {}))
    statement = STATEMENT.fullmatch(variables.pop(sentry.STATEMENT, ""))
    source = {
        "before": values.get("pre_context", []),
        "line": values.get("context_line"),
        "after": values.get("post_context", []),
        "first": int(statement[1]) if statement else None,
        "last": int(statement[2]) if statement else None,
        "expression": variables.pop(sentry.EXPRESSION, None),
    }
    return {
        "function": values["function"],
        "module": values.get("module"),
        "file": values.get("filename"),
        "line": values.get("lineno"),
        "in_app": values["in_app"],
        "source": source if source["line"] is not None else None,
        "operands": variables.pop(sentry.OPERANDS, []),
        "passed": variables.pop(sentry.PASSED, []),
        "variables": variables,
    }


def _of_logs(values: Values) -> Reading:
    """Read a log record for OpenTelemetry."""
    [resource] = values["resourceLogs"]
    [record] = resource["scopeLogs"][0]["logRecords"]
    where = _pairs(resource["resource"]["attributes"])
    about = _pairs(record["attributes"])
    own = {name.removeprefix(OWN): about.pop(name) for name in [*about] if name.startswith(OWN)}
    stack = about.pop("exception.stacktrace")
    reported = {name: about[name] for name in about if not name.startswith(("exception.", "code."))}
    return Reading(
        release=f"{where['service.name']} {where['service.version']}",
        error=record["body"]["stringValue"],
        place=None,
        stack=stack,
        facts=_facts(
            command=[own.get(part) for part in ("script", "command", "options")],
            reported=reported,
            python=[where["process.runtime.name"], where["process.runtime.version"]],
            packages=[package.replace("@", " ") for package in own["packages"]],
            system=[where["os.name"], where.get("os.version"), where["host.arch"]],
            circumstances={name: own[name] for name in CIRCUMSTANCES if name in own},
        ),
    )


def _pairs(attributes: list[Values]) -> Values:
    return {attribute["key"]: _plain(attribute["value"]) for attribute in attributes}


def _plain(value: Values) -> Any:
    """Return a value of OTLP's: ``{"intValue": "12"}`` → ``"12"``."""
    [plain] = value.values()
    return [_plain(item) for item in plain["values"]] if isinstance(plain, dict) else plain


def _innermost(exceptions: list[Values]) -> Values | None:
    """Return the innermost frame of the tool's own, of the first exception that has one."""
    for exception in exceptions:
        for frame in reversed(exception.get("frames", [])):
            if frame.get("in_app"):
                return dict(frame)
    return None


def _facts(
    *,
    command: list[Any],
    reported: Values,
    python: list[Any],
    packages: list[str],
    system: list[Any],
    circumstances: Values,
) -> dict[str, list[str]]:
    """Return the facts with their titles. Those that seldom matter come last."""
    facts = {
        "Command": [" ".join(map(_text, filter(None, command)))],
        "Reported": [f"{name} {_text(value, '+')}" for name, value in reported.items()],
        "Python": [" ".join(python)],
        "System": [" ".join(filter(None, system))],
        "It ran": [f"{name} {_text(value)}" for name, value in circumstances.items()],
        "Packages": packages,
    }
    return {name: texts for name, texts in facts.items() if any(texts)}


def _joined(release: Values) -> str:
    return f"{release['name']} {release['version']}"


def _text(value: object, between: str = " ") -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return between.join(value) if isinstance(value, list) else str(value)
