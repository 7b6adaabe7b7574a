"""What users have set: the file of standing answers."""

from __future__ import annotations

import json
import re
import time
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Literal

from telemetry_hook._disk import paths, storage
from telemetry_hook._errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from telemetry_hook._installed.attribution import Registration
    from telemetry_hook.declare import Attribute, Tool

Answer = Literal["yes", "no", "always", "never", "later"]

ALL_TOOLS = "*"
MAX_BYTES = 1024 * 1024
DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True, slots=True)
class Scope:
    """What a standing answer was given for: it holds only as long as all of this is the same.

    Attributes are written as ``name: Kind(options)``.
    """

    distribution: str
    receiver: str
    phase: str
    attributes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StandingAnswer:
    """An *always*, with its scope, or a *never*, which needs none; `since` is a date."""

    answer: Literal["always", "never"]
    since: str
    scope: Scope | None = None


@dataclass(frozen=True, slots=True)
class Answers:
    """The standing answers by tool; the name ``*`` stands for every tool, now and later.

    `path` is the file that they are from.
    """

    by_tool: Mapping[str, StandingAnswer] = field(default_factory=dict)
    path: str = ""

    def of(self, tool: str) -> StandingAnswer | None:
        """Return the standing answer that holds for a tool: a *never* before an *always*."""
        found = [self.by_tool[name] for name in (ALL_TOOLS, tool) if name in self.by_tool]
        return min(found, key=lambda each: each.answer != "never", default=None)


class DamagedAnswersError(StorageError):
    """The file of standing answers cannot be understood."""


def scope_of(tool: Tool, registration: Registration) -> Scope:
    """Return what an *always* for this tool would cover."""
    return Scope(
        registration.plugin.name,
        tool.receiver.address,
        tool.phase,
        tuple(sorted(map(_described, tool.attributes))),
    )


def _described(attribute: Attribute) -> str:
    options = ", ".join(getattr(attribute, "options", ()))
    return f"{attribute.name}: {type(attribute).__name__}({options})"


def load_answers() -> Answers:
    """Read the standing answers; there are none where there is no file.

    Raises:
        DamagedAnswersError: the file is not what we wrote.
        StorageError: the file cannot be read.
    """
    path = paths.answers()
    content = storage.read(path, MAX_BYTES)
    if content is None:
        storage.check_above(path.parent)  # where nothing can be saved, nothing is asked
        return Answers(path=str(path))
    try:
        found = json.loads(content)
        by_tool = {name: _parse(each) for name, each in found["answers"].items()}
        return Answers(by_tool, str(path))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise DamagedAnswersError(
            f"{path} is damaged. It counts as no answer; delete it, or put it right"
        ) from error


def set_aside_damaged() -> Path | None:
    """Rename a damaged file, so that nothing in it is lost; return its new path."""
    path = paths.answers()
    try:
        load_answers()
    except DamagedAnswersError:
        aside = path.with_name(f"answers.damaged-{time.strftime('%Y%m%dT%H%M%S')}.json")
        try:
            path.rename(aside)
        except OSError as error:
            raise StorageError(f"{path} is damaged and cannot be renamed") from error
        return aside
    return None


def save_answer(
    tool: str, answer: Literal["always", "never", "ask"], scope: Scope | None = None
) -> Path | None:
    """Save a standing answer for a tool, or clear it with ``ask``; return where a damaged file went.

    Raises:
        StorageError: the file cannot be written.
    """
    path = paths.answers()
    with storage.locked(path.parent):
        for leftover in path.parent.glob(f".{path.name}.*"):
            leftover.unlink(missing_ok=True)  # of a writer that was killed: we hold the lock
        aside = set_aside_damaged()
        by_tool = dict(load_answers().by_tool)
        if answer == "ask":
            by_tool.pop(tool, None)
        else:
            today = time.strftime("%Y-%m-%d")
            by_tool[tool] = StandingAnswer(answer, today, scope if answer == "always" else None)
        content = {"format": 1, "answers": {name: asdict(each) for name, each in by_tool.items()}}
        storage.write(path, json.dumps(content, indent=2).encode() + b"\n")
        return aside


def _parse(values: Mapping[str, object]) -> StandingAnswer:
    answer, since, scope = values["answer"], values["since"], values.get("scope")
    if type(since) is not str or not DATE.fullmatch(since):
        raise ValueError("since")
    if answer == "never":
        return StandingAnswer("never", since)
    if answer != "always" or not isinstance(scope, dict):
        raise ValueError("answer")
    distribution, receiver, phase = scope["distribution"], scope["receiver"], scope["phase"]
    attributes = scope["attributes"]
    if not isinstance(attributes, list):
        raise TypeError("attributes")
    if any(type(each) is not str for each in (distribution, receiver, phase, *attributes)):
        raise TypeError("scope")
    return StandingAnswer("always", since, Scope(distribution, receiver, phase, tuple(attributes)))
