"""Asks about a crash after the program has ended, on the terminal or through the tool's plugin."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

from telemetry_hook import _actions, _environment, _facts, _pipeline
from telemetry_hook._ask import prompt, terminal
from telemetry_hook._ask.question import ANSWERS
from telemetry_hook._consent.environment import as_started
from telemetry_hook._contained import timers_stopped
from telemetry_hook._errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from telemetry_hook._consent.answers import Answer
    from telemetry_hook._pipeline import Attributed, Case
    from telemetry_hook._plugins import Plugin


def handle_at_exit(
    attributed: Attributed,
    features: set[tuple[str, str]],
    started_with: Mapping[object, object],
) -> None:
    """Handle the crash that ended this process. Then print the plugin's failures for its author.

    If the plugin is an editable install, the user is assumed to be its author. `started_with` is
    the content of ``os.environ._data`` at the start of the process.
    """
    _environment.adopt(as_started(started_with))
    with timers_stopped():
        plugin = _pipeline.handle(attributed, features, TerminalAsker())
    if plugin is None or plugin.registration.plugin.editable_root is None:
        return
    if terminal.why_unaskable() is None:
        for failure in plugin.failures:
            terminal.say(f"telemetry-hook: {failure}\n")


def check_removed(tool: str, started_with: Mapping[object, object]) -> None:
    """Check whether a tool that was removed while it ran would have been asked about.

    Raises:
        ChangedError: it would have been.
    """
    _environment.adopt(as_started(started_with))
    with contextlib.suppress(StorageError):  # as in `_pipeline.handle`
        _pipeline.check_unloaded(tool, None)


class TerminalAsker:
    """Asks the person at the terminal of this process."""

    def __init__(self) -> None:
        self.is_exiting = True
        self._process = os.getpid()

    @property
    def environment(self) -> Mapping[str, str]:
        """The environment as the user set it. `os.environ` itself is not changed."""
        return _environment.variables()

    def why_unaskable(self, plugin: Plugin) -> str | None:
        """Return why nobody can be asked here, or None if the terminal or the plugin can ask."""
        return _facts.unaskable(plugin)

    def accept(self, case: Case) -> bool:  # noqa: ARG002 - the case is of no use here
        """Return whether this is still the process that crashed, and not one the plugin forked."""
        return os.getpid() == self._process

    def may_send(self) -> bool:
        """Return True: the user who runs this process is the one who saved the *always*."""
        return True

    def ask(self, case: Case) -> None:
        """Ask, wait for the answer and carry it out."""
        _actions.follow(_answer(case), case.question, case.facts, self.write, is_exiting=True)

    def write(self, text: str) -> None:
        """Write to the terminal."""
        terminal.say(text)


def _answer(case: Case) -> Answer:
    if case.plugin.asks:
        answer = case.plugin.ask(case.question)
        if answer in ANSWERS:
            return answer
        if answer is not None or terminal.why_unaskable() is not None:
            return "no"
    return prompt.ask(case.question)
