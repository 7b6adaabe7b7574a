"""Runs a tool as two users who differ only in their secrets, and compares the two reports."""

from __future__ import annotations

import difflib
import os
import shutil
import sys
import sysconfig
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from telemetry_hook import _invocation
from telemetry_hook.testing import _canaries, _leaks, _terminal
from telemetry_hook.testing._observed import ObservedCrash
from telemetry_hook.testing._planting import Person, Raising

if TYPE_CHECKING:
    from collections.abc import Mapping

    from telemetry_hook.testing._canaries import Canaries
    from telemetry_hook.testing._terminal import Ended

SECONDS = 30.0
STATUS = "import sys; from telemetry_hook._cli import main; sys.argv[1:] = ['status']; main()"
TRACEBACK = "Traceback (most recent call last):"


class NotRunError(AssertionError):
    """The tool could not be run as the test asks. The message says why, and what to do."""


@dataclass(frozen=True, slots=True)
class TelemetryCrash:
    """The fixture `telemetry_crash`: call it to run a tool until it crashes.

    During a call, all files are written to a temporary directory in `directory`. The temporary
    directory is deleted afterwards.
    """

    directory: Path

    def __call__(
        self,
        program: str,
        *arguments: str,
        files: Mapping[str, str] | None = None,
        stdin: str | None = None,
        environment: Mapping[str, str] | None = None,
        raising: str | tuple[str, type[BaseException]] | None = None,
        timeout: float = SECONDS,
    ) -> ObservedCrash:
        """Run a tool on a terminal as an invented user, answer *later*, and read the kept report.

        The tool runs twice, as two users. Arguments, files, stdin and variables may contain the
        first user's secrets, which are those of `telemetry_canaries`. In the second run, these are
        replaced by the second user's secrets.

        Args:
            program: A script in the environment (``"lift"``) or ``"python"`` with ``"-m", "lift"``.
            arguments: The program's arguments.
            files: Text files for the working directory: relative paths and contents.
            stdin: Lines to type before the end of input. If None, a secret is typed.
            environment: Variables to set. Almost none of the test's own variables are passed on.
            raising: The function that is to raise a `RuntimeError`, as ``"module:function"``. For
                another exception, a tuple of this string and the exception's class.
            timeout: Seconds that each run may take.

        Raises:
            NotRunError: the tool could not be run in this way.
        """
        __tracebackhide__ = True
        try:
            return self._observe(
                [_find(program), *arguments],
                files or {},
                _canaries.FIRST.token if stdin is None else stdin,
                environment or {},
                None if raising is None else _parse(raising),
                timeout,
            )
        except NotRunError as error:
            raise error.with_traceback(None) from None  # only the test's own line matters

    def _observe(
        self,
        command: list[str],
        files: Mapping[str, str],
        stdin: str,
        environment: Mapping[str, str],
        raising: Raising | None,
        seconds: float,
    ) -> ObservedCrash:
        with tempfile.TemporaryDirectory(dir=self.directory) as root:

            def run_as(canaries: Canaries) -> _Observed:
                person = Person(canaries, Path(root) / canaries.project)
                return _Run(person, command, files, stdin, environment, raising, seconds).observe()

            first = run_as(_canaries.FIRST)
            if not first.crash.is_reported:
                return first.crash
            return _compared(first, run_as(_canaries.SECOND))


@dataclass(frozen=True, slots=True)
class _Observed:
    started: float
    stored: _leaks.Stored | None
    crash: ObservedCrash


@dataclass(frozen=True, slots=True)
class _Run:
    person: Person
    command: list[str]
    files: Mapping[str, str]
    stdin: str
    environment: Mapping[str, str]
    raising: Raising | None
    seconds: float

    def observe(self) -> _Observed:
        started = time.time()
        canaries = self.person.canaries
        self.person.settle(self.files)
        environment = self.person.environment(self.environment)
        if self.raising is not None:
            self.person.plant(self.raising, environment)
        ended = _terminal.run(
            [_canaries.translate(argument, canaries) for argument in self.command],
            environment,
            self.person.directory,
            typed=_canaries.translate(self.stdin, canaries),
            seconds=self.seconds,
        )
        self._check(ended)
        stored = _leaks.read(self.person.home)
        crash = ObservedCrash(
            ended.status or 0,
            ended.screen,
            ended.question,
            "" if stored is not None else self._why_not(ended, environment),
            stored,
            () if stored is None else tuple(_leaks.planted(stored, canaries)),
        )
        return _Observed(started, stored, crash)

    @property
    def _name(self) -> str:
        return os.path.basename(self.command[0])

    def _check(self, ended: Ended) -> None:
        if ended.status is None:
            raise NotRunError(
                f"{self._name} was stopped after {self.seconds:g} seconds. If it waits for input, give"
                f" stdin=; if it is slow, timeout=.\n{_shown(ended)}"
            )
        if self.raising is not None:
            self._check_raised(self.raising, ended)

    def _check_raised(self, raising: Raising, ended: Ended) -> None:
        notes = dict(line.partition(" ")[::2] for line in self.person.raised())
        where = f"raising={f'{raising.module}:{raising.function}'!r}"
        if "unusable" in notes:
            kind = f"{raising.kind.__module__}.{raising.kind.__qualname__}"
            why = (
                f"the tool cannot import the class {kind} ({notes['unusable']}); use one of Python's"
                " or of the tool's own packages"
            )
        elif "called" in notes:
            return
        elif "missing" in notes:
            why = f"there is no such function; there are: {notes['missing']}"
        elif "found" in notes:
            why = "the function was never called. Which arguments make the tool call it?"
        else:
            why = f"{self._name} never imported a module {raising.module}"
        raise NotRunError(f"{where}: {why}\n{_shown(ended)}")

    def _why_not(self, ended: Ended, environment: dict[str, str]) -> str:
        if ended.question is not None:
            why = "it asked, but no report was kept; see the screen"
        elif TRACEBACK not in ended.screen:
            why = (
                f"no uncaught exception is on its screen; its exit status is {ended.status}. Find"
                " arguments that make it crash, or give raising="
            )
        else:
            status = _terminal.run(
                [sys.executable, "-I", "-c", STATUS],
                environment,
                self.person.directory,
                seconds=self.seconds,
            )
            why = (
                f"it asked nothing. `{_invocation.command('status')}` says:\n"
                f"{status.screen.strip()}\n"
                "If the tool would ask, there are three possible causes. The crash was not the tool's"
                " own: the program must be the console script, or `python -m`, of the package that the"
                " entry point names. Or its telemetry_is_expected returned true. Or the report was"
                " dropped; then the screen says why"
            )
        return f"{self._name} reported nothing: {why}.\n{_shown(ended)}"


def _compared(one: _Observed, other: _Observed) -> ObservedCrash:
    crash = one.crash
    if one.stored is None or other.stored is None:
        differences = [
            f"a report was made for one user, but not for the other: {other.crash.why_not_reported}"
        ]
    else:
        differences = list(_leaks.differences(one.stored, other.stored, one.started))
    return ObservedCrash(
        crash.exit_status,
        crash.screen,
        crash.question,
        "",
        one.stored,
        (*crash.leaks, *differences),
    )


def _find(program: str) -> str:
    places = dict.fromkeys((os.path.dirname(sys.executable), sysconfig.get_path("scripts")))
    for place in [*places, None]:
        path = shutil.which(program, path=place)
        if path is not None:
            return os.path.abspath(path)
    names = [name for place in places if os.path.isdir(place) for name in os.listdir(place)]
    close = difflib.get_close_matches(program, names)
    hint = f" Did you mean {' or '.join(close)}?" if close else ""
    raise NotRunError(
        f"there is no program {program!r} in {' or '.join(places)}, nor on PATH.{hint} Install the tool"
        " into the environment that runs the tests, such as with: python -m pip install -e ."
    )


def _parse(raising: str | tuple[str, type[BaseException]]) -> Raising:
    name, kind = (raising, RuntimeError) if isinstance(raising, str) else raising
    module, _, function = name.partition(":")
    if not module or not function:
        raise NotRunError(
            f"raising={name!r}: give it as 'module:function', such as 'lift.plan:plan'"
        )
    return Raising(module, function, kind)


def _shown(ended: Ended) -> str:
    return f"The screen showed:\n{ended.screen.strip() or '(nothing)'}"
