"""Judges runs in which a system call failed: what was printed, what is on the disk, what has arrived."""

from __future__ import annotations

import re
import signal
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from traced import SIGNAL, Call, Fault

HANG = 8  # seconds over the plain run
ANSWERS = ("yes", "always", "never", "later")

# What is printed, and what it claims.
NOTHING = re.compile(r"nothing was (saved|sent|stored|kept)")
SENT = re.compile(r"\bsent\. Receipt: |^[0-9a-f]{8}  sent", re.MULTILINE)
WAITS = re.compile(
    r"It is kept and tried again|it continues in the background|^[0-9a-f]{8}  pending|"
    r"the report is kept as [0-9a-f]{8}, and is sent|the sender may not have been started",
    re.MULTILINE,
)
KEPT = re.compile(r"Kept as |the report is kept as [0-9a-f]{8}\. ")
UNKNOWN = re.compile(r"it is not known whether the report is stored")
ALWAYS = re.compile(r"Always, from now on|Saved\. But|your always is saved")
NO_ALWAYS = re.compile(r"always is not saved")
NEVER = re.compile(r"will not ask again|your never is saved")
# `hashlib` prints it if a module of C code cannot be loaded, and goes on without the hash.
PYTHONS_OWN = re.compile(
    r"ERROR:root:code for hash .*?ValueError: unsupported hash type \w+\n", re.DOTALL
)
CLAIMS = (NOTHING, SENT, WAITS, KEPT, UNKNOWN, NEVER)


@dataclass(frozen=True)
class Scene:
    """What is done, and how the receiver answers at first."""

    what: str
    status: int = 200

    @property
    def column(self) -> str:
        return "save" if self.what in ANSWERS else "send"


@dataclass
class Run:
    """What a run came to: before everything was healed, and after."""

    scene: Scene
    fault: Fault | None
    seconds: float = 0
    status: int = 0
    words: str = ""
    hit: str = ""
    before: dict[str, str] = field(default_factory=dict)  # states of the reports
    after: dict[str, str] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)
    damaged: list[str] = field(default_factory=list)
    saved: str | None = None  # the standing answer
    arrived: Counter[str] = field(default_factory=Counter)
    arrived_in_time: Counter[str] = field(default_factory=Counter)
    calls: list[Call] = field(default_factory=list)

    @property
    def error(self) -> str:
        return "" if self.fault is None else self.fault.error

    def described(self) -> str:
        """Return what is needed to repeat it."""
        assert self.fault is not None
        call = self.fault.call
        return (
            f"--only '{self.scene.what} {self.scene.status} "
            f"{call.name} {call.number} {self.error}'{' in the child' * call.is_childs}\n"
            f"    {self.hit[:300]}\n    printed {self.words[-600:]!r}, status {self.status}, "
            f"{self.seconds:.1f} s; reports {self.before} -> {self.after} {self.reasons}; "
            f"saved {self.saved}; arrived {dict(self.arrived)}"
        )


def false_claims(words: str, states: set[str], *, is_sent: bool) -> Iterator[str]:
    """Yield what is said of a report and is not true: of the states that there are, and of its arrival."""
    waits = bool({"pending", "later"} & states)
    claims = (
        (NOTHING, not (waits or is_sent), "nothing was sent or saved, it says, and something was"),
        (SENT, is_sent, "it is sent, it says, and is not"),
        (WAITS, waits or is_sent, "it waits, it says, and does not"),
        (KEPT, "later" in states, "it is kept, it says, and is not"),
    )
    for claim, is_true, text in claims:
        if claim.search(words) and not is_true:
            yield text


class Judge:
    """Compares what was printed, what is on the disk and what has arrived."""

    def __init__(self, run: Run, plain: Run) -> None:
        self._run = run
        self._plain = plain
        self._is_mute = re.match(r"(\d+ +)?\w+\([12]<", run.hit) is not None  # it could not print
        # A signal may have ended the program before a word.
        self._is_hushed = self._is_mute or run.error == SIGNAL

    def complaints(self) -> Iterator[tuple[str, str]]:
        """Yield a column and what is wrong."""
        run = self._run
        if run.seconds > self._plain.seconds + HANG:
            yield "hangs", f"it took {run.seconds:.0f} s and not {self._plain.seconds:.1f}"
        yield from (("lost", each) for each in run.damaged)
        yield from (("lost", each) for each in self._lost())
        yield from (("doubled", each) for each in self._doubled())
        if run.scene.what != "never" or run.arrived_in_time:
            claims = false_claims(
                run.words, {*run.before.values()}, is_sent=bool(run.arrived_in_time)
            )
            yield from (("false words", each) for each in claims)
        yield from (("false words", each) for each in self._false_answers())
        yield from (("false words", each) for each in self._bad_manners())

    def _lost(self) -> Iterator[str]:
        run = self._run
        for report, state in run.after.items():
            if state == "discarded" and run.scene.what != "never":
                yield f"it was discarded: {run.reasons.get(report)}"
            elif state not in ("sent", "discarded") and run.scene.what != "never":
                yield f"it ends as {state}"
            elif state == "sent" and not run.arrived[report]:
                yield "it ends as sent, and has not arrived"
        if not run.after and run.scene.what != "never" and not run.arrived:
            if run.scene.column == "send":
                yield "its file is gone"
            elif not NOTHING.search(run.words) and not (run.error == SIGNAL and not run.words):
                yield "it was never stored, and nobody was told"

    def _doubled(self) -> Iterator[str]:
        run = self._run
        is_answer_lost = run.scene.column == "send" and (
            run.error == SIGNAL  # the sender died of it
            or (run.fault is not None and run.fault.call in self._unanswered())
        )
        for count in run.arrived.values():
            if count > 1 and not is_answer_lost:
                yield f"it has arrived {count} times"

    def _unanswered(self) -> list[Call]:
        """Return the calls on the connection from the request's end to the answer's."""
        calls = self._plain.calls
        names = [call.name for call in calls]
        if "sendto" not in names or "recvfrom" not in names:
            return []
        begin, end = (len(names) - names[::-1].index(name) for name in ("sendto", "recvfrom"))
        return [call for call in calls[begin:end] if "socket:" in call.line]

    def _false_answers(self) -> Iterator[str]:
        run, words = self._run, self._run.words
        if NO_ALWAYS.search(words) and run.saved == "always":
            yield "always is not saved, it says, and is"
        for answer, claim in (("always", ALWAYS), ("never", NEVER)):
            if claim.search(words) and run.saved != answer:
                yield f"{answer} is saved, it says, and is not"
            is_hushed = self._is_mute or (self._is_hushed and not words)
            if run.saved == answer and not claim.search(words) and not is_hushed:
                yield f"{answer} is saved, and it does not say so"
        if run.saved == "never" and run.arrived:
            yield "never is saved, and a report was sent"

    def _bad_manners(self) -> Iterator[str]:
        """Yield what is wrong with the end: silence, a traceback of ours, another exit status."""
        run, words = self._run, self._run.words
        if run.scene.what.startswith("sender"):
            return  # nobody sees its output
        is_starting = run.scene.column == "send" and not self._has_begun()
        if "Traceback (most recent" in PYTHONS_OWN.sub("", words) and not is_starting:
            yield "a traceback of ours"
        if not any(claim.search(words) for claim in CLAIMS) and not self._is_hushed:
            if run.scene.column == "save":
                yield "it does not say what became of the report" if words else "silence"
            elif run.status == 0 or not words.strip():
                yield "silence"
        if run.scene.column == "save" and run.status not in (
            1,
            *(-signal.SIGINT,) * self._is_hushed,
        ):
            yield f"the exit status is {run.status}"
        if run.scene.column == "send" and run.status == 0 and not run.arrived_in_time:
            yield "the exit status is 0, and nothing was sent"

    def _has_begun(self) -> bool:
        """Tell whether the fault came after Python and our command had started."""
        fault = self._run.fault
        if fault is None or self._run.scene.what.endswith("thread"):
            return True
        calls = self._plain.calls
        begun = next(
            index
            for index, call in enumerate(calls)
            if "/outbox" in call.line and "site-packages" not in call.line
        )
        return calls.index(fault.call) >= begun
