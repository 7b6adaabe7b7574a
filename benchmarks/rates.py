"""Simulates a bad release on a million machines, and what its receiver sees of it.

Every machine has an outbox of its own, in memory; the receiver is one for all; the clock is ours.
What drains, backs off, reads answers, settles and expires is telemetry-hook's real code. Nothing of
it retries by itself: a delivery is started by a crash that is sent, of this tool or of another.

Beside it, the same crashes with a client that retries every minute (its process lives on, and its
machine is never off), and with one that drops what fails, as sentry-sdk does. Both go through the
same receiver, which refuses without effort: a real one would break under the first of them.

Prints tables, and draws docs/rates.svg.
"""

from __future__ import annotations

import contextlib
import math
import random
import statistics
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from unittest.mock import patch

from telemetry_hook._consent import rules
from telemetry_hook._outbox import answers, delivery, quotas, states, store, transport
from telemetry_hook._outbox import entry as entry_module
from telemetry_hook._outbox.answers import Answer
from telemetry_hook._outbox.entry import Entry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from telemetry_hook._outbox.answers import Outcome

MINUTE, HOUR, DAY = 60.0, 3600.0, 86_400.0
MACHINES = 1_000_000
SCALE = 10  # one machine in so many is simulated, with as much less of the receiver
AGREEING = 0.25  # the share of users who say always, or yes each time
ROLL_OUT = DAY  # the mean time until a machine has the bad release
CRASHES = 3 / DAY  # of a machine that has it
FIXED = 3 * DAY  # when the next release is out; the mean time until a machine has it is the same
OTHERS = 0.1 / DAY  # crashes of other tools, which take along what waits
DOWN = (12 * HOUR, 14 * HOUR)
END = 35 * DAY  # five days after the last report has expired, or has not
START = 1.8e9  # what the clock shows when the release is out
SHOWN = 96
RETRY_AFTER = 60
RECEIVERS = {"5,000 an hour (Bugsink's default)": 5_000 / HOUR, "100 a second": 100.0}
DRAWN = next(iter(RECEIVERS))
PICTURE = Path(__file__).parents[1] / "docs/rates.svg"

Event = tuple[float, int, bool]  # when, on which machine, and whether it is this tool's crash


class Receiver:
    """Takes so many requests a second, on average over a minute, and refuses the others."""

    def __init__(self, rate: float) -> None:
        self.rate = rate / SCALE
        self.room = self.most = max(self.rate * MINUTE, 1.0)
        self.last = 0.0

    def take(self, now: float, count: int) -> int:
        """Return how many of so many requests are accepted."""
        self.room = min(self.room + (now - self.last) * self.rate, self.most)
        self.last = now
        accepted = 0 if is_down(now) else min(count, int(self.room))
        self.room -= accepted
        return accepted

    def answer(self, now: float) -> Outcome:
        """Return what one request comes to, by the code that reads real answers."""
        if self.take(now, 1):
            return answers.read(Answer(200, {}))
        if is_down(now):
            return answers.read(Answer(503, {}))
        headers = {
            "Retry-After": str(RETRY_AFTER),
            "X-Sentry-Rate-Limits": f"{RETRY_AFTER}:error:project",
        }
        return answers.read(Answer(429, headers))


def is_down(now: float) -> bool:
    return DOWN[0] <= now < DOWN[1]


@dataclass
class Record:
    """What was seen of one client: counts by the hour and in all, for the machines simulated."""

    made: Counter[int] = field(default_factory=Counter)
    requests: Counter[int] = field(default_factory=Counter)
    accepted: Counter[int] = field(default_factory=Counter)
    by_minute: Counter[int] = field(default_factory=Counter)
    late: list[float] = field(default_factory=list)  # by how much, of what came late
    heard: dict[int, float] = field(default_factory=dict)  # when a machine's first report came
    crashed: set[int] = field(default_factory=set)

    def make(self, now: float, machine: int) -> None:
        self.made[int(now // HOUR)] += 1
        self.crashed.add(machine)

    def request(self, now: float, count: int = 1) -> None:
        self.requests[int(now // HOUR)] += count
        self.by_minute[int(now // MINUTE)] += count

    def accept(self, now: float, machine: int, made: float) -> None:
        self.accepted[int(now // HOUR)] += 1
        self.heard.setdefault(machine, now)
        if now - made > MINUTE:
            self.late.append(now - made)

    @property
    def lost(self) -> int:
        return self.made.total() - self.accepted.total()

    def waiting(self, hour: int) -> int:
        """Return how many reports were not accepted by the end of an hour."""
        return sum(self.made[each] - self.accepted[each] for each in range(hour + 1))


def make_events(chance: random.Random) -> list[Event]:
    """Return all crashes of the users who agree, in order."""
    events: list[Event] = []
    for machine in range(round(MACHINES * AGREEING / SCALE)):
        updated = chance.expovariate(1 / ROLL_OUT)
        fixed = FIXED + chance.expovariate(1 / ROLL_OUT)
        events += [(now, machine, True) for now in moments(chance, CRASHES, updated, fixed)]
        events += [(now, machine, False) for now in moments(chance, OTHERS, 0, END)]
    return sorted(events)


def moments(chance: random.Random, rate: float, first: float, last: float) -> Iterator[float]:
    """Yield random times at an average rate."""
    now = first + chance.expovariate(rate)
    while now < last:
        yield now
        now += chance.expovariate(rate)


class World:
    """The machines' outboxes, and what telemetry-hook's code finds in place of disk, net and clock."""

    def __init__(self, receiver: Receiver) -> None:
        self.receiver = receiver
        self.record = Record()
        self.now = 0.0
        self.machine = 0
        self.outboxes: dict[int, dict[str, Entry]] = {}

    # What stands for the module `time`.

    def time(self) -> float:
        return START + self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    # What stands for the outbox's files, and for the network.

    @property
    def outbox(self) -> dict[str, Entry]:
        return self.outboxes.setdefault(self.machine, {})

    def entries(self) -> list[Entry]:
        return list(self.outbox.values())

    @contextlib.contextmanager
    def claimed(self, report_id: str) -> Iterator[Entry | None]:
        yield self.outbox.get(report_id)

    @contextlib.contextmanager
    def about_to_be_sent(self, entry: Entry, _: bytes) -> Iterator[Callable[[], Entry]]:
        yield lambda: states.change(entry, "sent")

    def write(self, entry: Entry, _: bytes) -> None:
        self.outbox[entry.id] = entry

    def remove(self, report_id: str) -> None:
        del self.outbox[report_id]

    def attempt(self, *_: object) -> Outcome:
        self.record.request(self.now)
        return self.receiver.answer(self.now)

    @contextlib.contextmanager
    def in_place(self) -> Iterator[None]:
        """Let telemetry-hook's code run in this world."""
        replaced: list[tuple[object, str, object]] = [
            (delivery, "time", self),
            (states, "time", self),
            (entry_module, "time", self),
            (store, "entries", self.entries),
            (store, "claimed", self.claimed),
            (store, "body", lambda _: b""),
            (states, "about_to_be_sent", self.about_to_be_sent),
            (store, "write", self.write),
            (store, "remove", self.remove),
            (store, "delete_leftovers", lambda: None),
            (transport, "attempt", self.attempt),
        ]
        with contextlib.ExitStack() as stack:
            for module, name, value in replaced:
                stack.enter_context(patch.object(module, name, value))
            yield

    # What happens.

    def crash(self, now: float, machine: int, *, is_ours: bool) -> None:
        """Let a tool crash: its report is stored, and a process drains what is due, as always."""
        self.now, self.machine = now, machine
        first = ""
        if is_ours:
            if self.is_reported():
                return
            first = self.add()
        before = [each for each in self.outbox.values() if each.state == "pending"]
        if before:
            delivery.drain(first, lambda _: None)
            quotas.tidy()
            self.note(before)

    def is_reported(self) -> bool:
        """Tell whether the crash was sent within a day already, so that nothing is made of it."""
        sent = [each.changed for each in self.outbox.values() if each.state == "sent"]
        return any(self.time() - each < rules.REPEAT_AFTER_SECONDS for each in sent)

    def add(self) -> str:
        entry = Entry(
            id=f"{self.machine}-{self.now}",
            state="pending",
            tool="lift",
            publisher="Acme Ltd",
            receiver="https://errors.example.com",
            url="https://errors.example.com",
            headers={},
            sha256="",
            size=0,
            created=self.time(),
            changed=self.time(),
        )
        self.outbox[entry.id] = entry
        self.record.make(self.now, self.machine)
        return entry.id

    def note(self, before: list[Entry]) -> None:
        for each in before:
            found = self.outbox.get(each.id)
            if found is not None and found.state == "sent":
                self.record.accept(found.changed - START, self.machine, each.created - START)


def ours(events: list[Event], receiver: Receiver) -> Record:
    """Deliver as telemetry-hook does."""
    world = World(receiver)
    with world.in_place():
        for now, machine, is_ours in events:
            world.crash(now, machine, is_ours=is_ours)
    return world.record


def every_minute(events: list[Event], receiver: Receiver) -> Record:
    """Store one report a machine and day, and try all that wait again every minute."""
    record = Record()
    last: dict[int, float] = {}
    waiting: list[tuple[float, int]] = []
    crashes = iter([each for each in events if each[2]])
    crash = next(crashes, None)
    for minute in range(int(END // MINUTE)):
        now = (minute + 1) * MINUTE
        while crash is not None and crash[0] < now:
            made, machine, _ = crash
            if made - last.get(machine, -DAY) >= rules.REPEAT_AFTER_SECONDS:
                last[machine] = made
                waiting.append((made, machine))
                record.make(made, machine)
            crash = next(crashes, None)
        record.request(now - 1, len(waiting))
        taken = receiver.take(now - 1, len(waiting))
        for made, machine in waiting[:taken]:
            record.accept(now - 1, machine, made)
        del waiting[:taken]
    return record


def dropping(events: list[Event], receiver: Receiver) -> Record:
    """Try each crash once, and drop what fails."""
    record = Record()
    for now, machine, is_ours in events:
        if is_ours:
            record.make(now, machine)
            record.request(now)
            if receiver.take(now, 1):
                record.accept(now, machine, now)
    return record


CLIENTS: dict[str, Callable[[list[Event], Receiver], Record]] = {
    "telemetry-hook": ours,
    "retries every minute": every_minute,
    "drops what fails": dropping,
}


def a_second(count: float, seconds: float = HOUR) -> float:
    return count * SCALE / seconds


def table(record: Record, hours: range) -> str:
    """Return what the receiver sees, and what waits, at some hours."""
    lines = [f"{'hour':>5}{'requests/s':>12}{'accepted/s':>12}{'refused/s':>11}{'waiting':>10}"]
    for hour in hours:
        requests, accepted = record.requests[hour], record.accepted[hour]
        figures = [a_second(each) for each in (requests, accepted, requests - accepted)]
        lines.append(
            f"{hour:>5}{figures[0]:>12.2f}{figures[1]:>12.2f}{figures[2]:>11.2f}"
            f"{record.waiting(hour) * SCALE:>10,}"
        )
    return "\n".join(lines)


def summary(name: str, record: Record) -> str:
    """Return one line of what became of a client's reports."""
    made, requests = record.made.total(), record.requests.total()
    unheard = record.crashed - record.heard.keys()
    late = statistics.median(record.late) / HOUR if record.late else 0
    return (
        f"{name:<22}{made * SCALE:>10,}{requests / made:>10.2f}"
        f"{a_second(max(record.by_minute.values()), MINUTE):>11,.1f}"
        f"{record.lost / made:>9.2%}{len(unheard) / len(record.crashed):>9.2%}"
        f"{len(record.late) / made:>8.1%}{late:>9.1f} h"
    )


EXPLAINED = """\
reports: crashes that a user agreed to send; lost: reports that never arrived; unheard: machines
that crashed and of which no report arrived; late: reports that came more than a minute after their
crash, and by how much half of them did
"""
HEADER = (
    f"{'':<22}{'reports':>10}{'requests':>10}{'busiest':>11}{'lost':>9}{'unheard':>9}"
    f"{'late':>8}{'median':>11}\n{'':<22}{'':>10}{'a report':>10}{'minute, /s':>11}{'':>9}"
    f"{'machines':>9}{'':>8}{'of these':>11}"
)


WIDTH, HEIGHT, LEFT, RIGHT, TOP, GAP = 760, 230, 64, 168, 46, 70
DAYS, STEP = 10, 2  # what is drawn, and a point for so many hours
STYLE = """
text { font: 13px system-ui, sans-serif; fill: #424a53 }
text.title { font-weight: 600 }
path { fill: none; stroke-width: 2.2; stroke-linejoin: round }
line, .down { stroke: #8c959f }
.grid { opacity: .3 }
.limit { stroke-dasharray: 2 3 }
.down { fill: #8c959f; stroke: none; opacity: .3 }
path.b { stroke-dasharray: 7 4 }
path.c { stroke-dasharray: 2 3 }
path.a { stroke: #1a7f37 } text.a { fill: #1a7f37 }
path.b { stroke: #cf222e } text.b { fill: #cf222e }
path.c { stroke: #0969da } text.c { fill: #0969da }
@media (prefers-color-scheme: dark) {
text { fill: #c9d1d9 }
path.a { stroke: #3fb950 } text.a { fill: #3fb950 }
path.b { stroke: #ff7b72 } text.b { fill: #ff7b72 }
path.c { stroke: #79c0ff } text.c { fill: #79c0ff }
}
"""


@dataclass(frozen=True)
class Panel:
    """One chart: its title, and how a value is placed between bottom (0) and top (1)."""

    title: str
    top: float
    place: Callable[[float], float]
    ticks: dict[float, str]

    def x(self, hour: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * hour / (24 * DAYS)

    def y(self, value: float) -> float:
        return self.top + HEIGHT * (1 - min(max(self.place(value), 0), 1))

    def draw(self, lines: dict[str, list[float]]) -> str:
        """Return the chart as SVG."""
        return "\n".join(
            [text(LEFT, self.top - 14, self.title, "title"), *self.frame(), *self.curves(lines)]
        )

    def frame(self) -> Iterator[str]:
        """Yield the axes, and what is behind the curves."""
        right, bottom = self.x(24 * DAYS), self.top + HEIGHT
        yield box("down", self.x(DOWN[0] / HOUR), self.top, self.x(DOWN[1] / HOUR), bottom)
        for value, label in self.ticks.items():
            yield line("grid", LEFT, self.y(value), right, self.y(value))
            yield text(LEFT - 8, self.y(value) + 4, label, anchor="end")
        for day in range(DAYS + 1):
            yield line("", self.x(24 * day), bottom, self.x(24 * day), bottom + 5)
            yield text(self.x(24 * day), bottom + 20, str(day), anchor="middle")
        yield line("", LEFT, bottom, right, bottom)

    def curves(self, lines: dict[str, list[float]]) -> Iterator[str]:
        """Yield a curve with its name for each client."""
        ends = spread({name: self.y(values[-1]) for name, values in lines.items()})
        for kind, (name, values) in zip("abc", lines.items(), strict=True):
            points = " ".join(
                f"{self.x(STEP * (index + 0.5)):.0f},{self.y(value):.1f}"
                for index, value in enumerate(values)
            )
            yield f'<path class="{kind}" d="M{points}"/>'
            yield text(self.x(24 * DAYS) + 8, ends[name] + 4, name, kind)


def box(kind: str, x: float, y: float, to_x: float, to_y: float) -> str:
    size = f'width="{to_x - x:.1f}" height="{to_y - y:.1f}"'
    return f'<rect class="{kind}" x="{x:.1f}" y="{y:.1f}" {size}/>'


def text(x: float, y: float, words: str, kind: str = "", anchor: str = "start") -> str:
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{words}</text>'


def line(kind: str, x: float, y: float, to_x: float, to_y: float) -> str:
    return f'<line class="{kind}" x1="{x:.1f}" y1="{y:.1f}" x2="{to_x:.1f}" y2="{to_y:.1f}"/>'


def spread(ends: dict[str, float]) -> dict[str, float]:
    """Move names up until none lies on another."""
    placed: dict[str, float] = {}
    for name, y in sorted(ends.items(), key=lambda each: -each[1]):
        placed[name] = min([y, *(other - 16 for other in placed.values())])
    return placed


def picture(records: dict[str, Record], rate: float) -> str:
    """Return the drawing of what the receiver sees and what the author learns."""
    hours = range(0, 24 * DAYS, STEP)
    requests = {
        name: [
            a_second(record.requests[each] + record.requests[each + 1], 2 * HOUR) for each in hours
        ]
        for name, record in records.items()
    }
    heard = {
        name: [share_heard(record, (each + STEP) * HOUR) for each in hours]
        for name, record in records.items()
    }
    above = Panel(
        "Requests a second (each line is ten times the one below)",
        TOP,
        lambda value: (math.log10(max(value, 0.1)) + 1) / 5,
        {0.1: "≤ 0.1", 1: "1", 10: "10", 100: "100", 1_000: "1,000", 10_000: "10,000"},
    )
    below = Panel(
        "Share of crashed machines that the author has heard of",
        TOP + HEIGHT + GAP,
        float,
        {each / 4: f"{25 * each} %" for each in range(5)},
    )
    height = below.top + HEIGHT + 44
    capacity = above.y(rate)
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:.0f}" role="img">',
            "<title>A bad release on a million machines, seen by its receiver</title>",
            f"<style>{STYLE}</style>",
            line("limit", LEFT, capacity, above.x(24 * DAYS), capacity),
            text(
                above.x(24 * DAYS) - 4, capacity - 5, f"the receiver takes {rate:.1f}", anchor="end"
            ),
            above.draw(requests),
            below.draw(heard),
            text(below.x(12 * DAYS), height - 6, "days since the release", anchor="middle"),
            text(above.x(DOWN[1] / HOUR) + 4, TOP + 14, "down for two hours"),
            "</svg>\n",
        ]
    )


def share_heard(record: Record, before: float) -> float:
    return sum(each < before for each in record.heard.values()) / len(record.crashed)


def simulate(events: list[Event], rate: float) -> dict[str, Record]:
    """Run all clients against a receiver of so many requests a second; print their figures."""
    records = {}
    print(HEADER)
    for name, run in CLIENTS.items():
        random.seed(1)  # for the chance in the real back-off
        records[name] = run(events, Receiver(rate))
        print(summary(name, records[name]), flush=True)
    return records


def main() -> None:
    """Simulate both receivers, print tables, and draw the smaller one's."""
    print(EXPLAINED)
    events = make_events(random.Random(1))  # noqa: S311 - a simulation
    for receiver, rate in RECEIVERS.items():
        print(f"\nA receiver that takes {receiver}\n")
        records = simulate(events, rate)
        print(f"\ntelemetry-hook\n{table(records['telemetry-hook'], range(0, SHOWN + 1, 6))}")
        if receiver == DRAWN:
            PICTURE.write_text(picture(records, rate), "utf-8")


if __name__ == "__main__":
    main()
