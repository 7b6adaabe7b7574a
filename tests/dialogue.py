"""What a user sees and types from a tool's first crash to *never*, by what the screen says."""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pexpect
from conftest import QUESTION, Terminal, until
from hoist import CODE

if TYPE_CHECKING:
    from machines import Machine, Program

REVIEW = "Send this report? (later) "
# "To undo: telemetry-hook ask lift", also on a line of its own; and the question's row "More:".
PRINTED = re.compile(
    r"\bTo [a-z ]+:\s+(?P<line>[^\s`][^\r\n]*)|^ +More:\s+(?P<row>.+?)\s+^yes \(y\)",
    re.MULTILINE | re.DOTALL,
)
LOAD = "hunter2"
# Function, class and message of each crash that is reported.
CRASHES = {
    "lift": ("StuckError", "the hook is stuck with <…> at the third floor"),
    "lower": ("StuckError", "no floor is left for <…> to be lowered to"),
    "turn": ("KeyError", "<…>"),
}
STATEMENTS = {"StuckError": "raise", "KeyError": "return"}


@dataclass
class Dialogue:
    """A person and their tool; each list says what was not as it should be."""

    machine: Machine
    program: Program
    not_asked: list[str] = field(default_factory=list)
    not_run: list[str] = field(default_factory=list)
    printed: list[str] = field(default_factory=list)
    ran: list[str] = field(default_factory=list)

    def hold(self) -> None:
        """Crash four times: later, always, under *always*, never; run each command on the screen."""
        command = self.program.command
        self.crash(f"{command} lift {LOAD}", "later")
        self.run_printed()
        if not self.not_asked:
            self.crash(f"{command} lower {LOAD}", "always")
            self.crash(f"{command} turn {LOAD}")
            with contextlib.suppress(AssertionError):  # the report is missed below
                until(lambda: len(self.machine.home.received()) >= len(CRASHES), seconds=5)
            self.run_printed()
            if self.not_run:  # the answer is still *always*, which is not a fault of the question
                self.machine.home.answers.unlink(missing_ok=True)
            self.crash(f"{command} drop {LOAD}", "never")
            self.run_printed()

    def faults(self) -> dict[str, list[str]]:
        """Return what was not as it should be, for each column of the table in the docs."""
        return {
            "asked": self.not_asked,
            "report useful": self.useless(),
            "every printed command runs": self.not_run if self.ran else ["none was printed"],
            "uninstall leaves nothing": self.machine.leftovers(),
        }

    def useless(self) -> list[str]:
        """Return what the reports lack."""
        lacks = []
        reports = {
            report["exceptions"][-1]["frames"][-1].get("function", "?"): report
            for report in self.machine.home.received()
        }
        for function, (name, message) in CRASHES.items():
            report = reports.get(function)
            if report is None:
                if not self.not_run or not reports:  # else `review` could not send it
                    lacks.append(f"{function}: no report that names it, but of {sorted(reports)}")
                continue
            exception = report["exceptions"][-1]
            frame = exception["frames"][-1]
            shown = {
                "release": (
                    report["tool"],
                    {"name": f"acme-{self.program.tool}", "version": "1.0"},
                ),
                "Python": (report["python"]["version"].count("."), 2),
                "class": (exception["type"], name),
                "module": (frame.get("module"), f"{self.program.tool}.cli"),
                "line": (CODE.splitlines()[frame.get("line", 1) - 1].split()[0], STATEMENTS[name]),
                "shape": (frame.get("variables", {}).get("load"), "str"),
            }
            if self.program.has_source:
                line = frame.get("source", {}).get("line", "")
                shown["source"] = (line, CODE.splitlines()[frame.get("line", 1) - 1])
                shown["message"] = (exception["message"], message)
            lacks += [
                f"{function}: {what} is {found!r}, not {expected!r}"
                for what, (found, expected) in shown.items()
                if found != expected
            ]
        return lacks

    def crash(self, command: str, answer: str | None = None) -> str:
        """Run a command that crashes, and give an answer if a question is expected."""
        terminal = self.terminal(f"exec {command}")
        if answer is None:
            terminal.end()
        elif terminal.process.expect_exact([QUESTION, pexpect.EOF]) == 0:
            terminal.screen += f"{terminal.process.before}{QUESTION}"
            if "Traceback" not in terminal.screen.partition("has crashed")[0]:
                self.not_asked.append(f"{command}: no traceback before the question")
            terminal.process.sendline(answer)
            if terminal.end() != 1:
                self.not_asked.append(f"{command}: exit status {terminal.process.exitstatus}")
        else:
            terminal.screen += str(terminal.process.before)
            self.not_asked.append(f"{command}: {terminal.screen}")
        self.printed += self.commands(terminal.screen)
        return terminal.screen

    def run_printed(self) -> None:
        """Run the commands that were printed, and those that these print."""
        seen = set()
        while self.printed:
            command = self.printed.pop(0)
            if command in seen or (command in self.ran and " dictionary " in command):
                continue  # the page is the same
            seen.add(command)
            self.printed += self.commands(self.run(command))

    def run(self, command: str) -> str:
        """Run a command as it was printed; a kept report is sent. Return the screen."""
        self.ran.append(command)
        terminal = self.terminal(command)
        if terminal.process.expect_exact([REVIEW, pexpect.EOF]) == 0:
            terminal.process.sendline("yes")
        else:
            terminal.screen = str(terminal.process.before)
        if status := terminal.end():
            self.not_run.append(f"{command}: exit status {status}: {terminal.screen}")
        return terminal.screen

    def terminal(self, line: str) -> Terminal:
        """Have the shell run a line."""
        path = ":".join([*map(str, self.program.path), "/usr/bin", "/bin"])
        variables = {**self.machine.home.environment, "PATH": path, **self.program.variables}
        command = [*self.program.inside, "sh", "-c", line]
        return Terminal(command, variables, self.machine.directory)

    @staticmethod
    def commands(screen: str) -> list[str]:
        """Return the commands that a screen tells to run."""
        found = PRINTED.finditer(screen)
        return [" ".join((match["line"] or match["row"]).split()) for match in found]
