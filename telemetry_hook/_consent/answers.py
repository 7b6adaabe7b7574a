"""The file of standing answers. It contains each *always* and *never* that the user has saved."""

from __future__ import annotations

import contextlib
import json
import re
import time
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, NamedTuple

from telemetry_hook._disk import locks, paths, storage
from telemetry_hook._errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from telemetry_hook._installed.attribution import Registration
    from telemetry_hook.declare import Attribute, Tool

Answer = Literal["yes", "no", "always", "never", "later"]

ALL_TOOLS = "*"
MAX_ANSWERS_BYTES = 1024 * 1024
DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


class Scope(NamedTuple):
    """What an *always* was given for. It applies only as long as all of this is the same.

    Attributes are written as ``name: Kind(options)``.
    """

    distribution: str = ""
    receiver: str = ""
    phase: str = ""
    attributes: tuple[str, ...] = ()


class StandingAnswer(NamedTuple):
    """An *always* with its scope, or a *never*, which needs no scope. `since` is the date."""

    answer: Literal["always", "never"]
    since: str
    scope: Scope = Scope()


class Answers(NamedTuple):
    """The standing answers by tool. The name ``*`` means every tool, now and in the future.

    `path` is the file that the answers were read from.
    """

    by_tool: Mapping[str, StandingAnswer] = MappingProxyType({})
    path: str = ""

    def of(self, tool: str) -> StandingAnswer | None:
        """Return the standing answer that applies to a tool, or None. A *never* has priority."""
        saved = [self.by_tool[name] for name in (ALL_TOOLS, tool) if name in self.by_tool]
        return min(saved, key=lambda standing: standing.answer != "never", default=None)


class DamagedAnswersError(StorageError):
    """The file of standing answers cannot be parsed."""


def scope_of(tool: Tool, registration: Registration) -> Scope:
    """Return the scope that an *always* for this tool would have."""
    return Scope(
        registration.plugin.name,
        tool.receiver.address,
        tool.phase,
        tuple(sorted(map(_described, tool.attributes))),
    )


def _described(attribute: Attribute) -> str:
    """Return an attribute in the form of a scope: ``schema.provider: Choice(sqlite, mysql)``."""
    options = ", ".join(getattr(attribute, "options", ()))
    return f"{attribute.name}: {type(attribute).__name__}({options})"


def load_answers() -> Answers:
    """Read the standing answers. If there is no file, there are no answers.

    Raises:
        DamagedAnswersError: the file does not have the format that we write.
        StorageError: the file cannot be read.
    """
    path = paths.answers()
    content = storage.read(path, MAX_ANSWERS_BYTES)
    if content is None:
        storage.check_above(path.parent)  # raises if no file can be saved, so that nothing is asked
        return Answers(path=str(path))
    try:
        rows = json.loads(content)["answers"]
        return Answers({name: _parse(row) for name, row in rows.items()}, str(path))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise DamagedAnswersError(
            f"{path} is damaged, so no saved answer applies; correct it or delete it"
        ) from error


def save_always(tool: str, scope: Scope) -> Path | None:
    """Save an *always* for a tool. Return the new path of a damaged file, or None.

    Raises:
        StorageError: the file cannot be written.
    """
    return _save(tool, StandingAnswer("always", _today(), scope))


def save_never(tool: str) -> Path | None:
    """Save a *never* for a tool, or for ``*``. Return the new path of a damaged file, or None.

    Raises:
        StorageError: the file cannot be written.
    """
    return _save(tool, StandingAnswer("never", _today()))


def clear(tool: str) -> Path | None:
    """Delete the answer for a tool, or for ``*``. Return the new path of a damaged file, or None.

    Raises:
        StorageError: the file cannot be written.
    """
    return _save(tool, None)


def _save(tool: str, answer: StandingAnswer | None) -> Path | None:
    path = paths.answers()
    with locks.locked(path.parent):
        with contextlib.suppress(OSError):
            for leftover in path.parent.glob(f".{path.name}.*"):
                leftover.unlink(missing_ok=True)  # left by a killed writer: we have the lock
        aside = _set_aside_damaged()
        by_tool = dict(load_answers().by_tool)
        if answer is None:
            by_tool.pop(tool, None)
        else:
            by_tool[tool] = answer
        rows = {name: _as_json(standing) for name, standing in by_tool.items()}
        content = {"format": 1, "answers": rows}
        storage.write(path, json.dumps(content, indent=2).encode() + b"\n")
        return aside


def _set_aside_damaged() -> Path | None:
    """Rename a damaged file, so that nothing in it is lost. Return its new path, or None."""
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


def _today() -> str:
    return time.strftime("%Y-%m-%d")


def _as_json(standing: StandingAnswer) -> dict[str, object]:
    scope = standing.scope._asdict() if standing.answer == "always" else None
    return {"answer": standing.answer, "since": standing.since, "scope": scope}


def _parse(row: Mapping[str, object]) -> StandingAnswer:
    answer, since, scope = row["answer"], row["since"], row.get("scope")
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
    if any(type(text) is not str for text in (distribution, receiver, phase, *attributes)):
        raise TypeError("scope")
    return StandingAnswer("always", since, Scope(distribution, receiver, phase, tuple(attributes)))
