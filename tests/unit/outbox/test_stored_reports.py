"""The stored reports: their lines, their states, their quotas, and what becomes of attempts."""

from __future__ import annotations

import contextlib
import errno
import itertools
import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from stored import RECEIVER, TOOL, add, report

from telemetry_hook._disk import locks, paths
from telemetry_hook._errors import StorageError
from telemetry_hook._outbox import delivery, entry, intake, quotas, states, store, transport
from telemetry_hook._outbox.answers import Outcome
from telemetry_hook._outbox.entry import Entry, Withdrawal
from telemetry_hook._outbox.snapshot import Snapshot
from telemetry_hook._report import MAX_REPORT_BYTES
from telemetry_hook.receivers import Request

pytestmark = pytest.mark.once

NOW = 1_800_000_000.0
DAY = 86_400.0


class Clock:
    """The time of a test."""

    now = NOW


@pytest.fixture(autouse=True)
def clock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Have an empty outbox, and a clock that stands still."""
    made = Clock()
    monkeypatch.setattr(paths, "outbox", lambda: tmp_path / "outbox")
    monkeypatch.setattr(time, "time", lambda: made.now)
    monkeypatch.setattr(time, "sleep", lambda seconds: None)
    return made


def test_a_report_that_is_stored() -> None:
    """All that is known of it can be read again, by any part of its id."""
    added = add(1, deletion=f"{RECEIVER}/delete")
    assert store.entries() == [added]
    assert store.find(added.id[:8].upper()) == added
    assert store.body(added) == b"body"
    assert (added.state, added.tool, added.publisher) == ("pending", "lift", "Acme Ltd")
    assert (added.receiver, added.url, added.headers) == (RECEIVER, f"{RECEIVER}/1", {"A": "b"})
    assert (added.title, added.release) == ("ValueError: no such file", "acme-lift@1.0")
    assert (added.size, added.created, added.changed) == (4, NOW, NOW)
    assert (added.deletion, added.is_standing) == (f"{RECEIVER}/delete", True)
    assert added.receipt == "00000000"


def test_what_is_not_stored() -> None:
    """It must be a redacted report of a bounded size."""
    assert add(1, body=b"x" * MAX_REPORT_BYTES).size == MAX_REPORT_BYTES
    with pytest.raises(StorageError, match="larger than"):
        add(2, body=b"x" * (MAX_REPORT_BYTES + 1))
    with pytest.raises(TypeError):
        intake.add(object(), Request(RECEIVER, b""), TOOL, "pending")  # type: ignore[arg-type]


def test_titles_are_bounded() -> None:
    """They stand in one line."""
    assert len(add(1, message="x" * 500).title) == 200


def test_finding() -> None:
    """One report must be meant."""
    add(1)
    add(2)
    for short, why in (("", "no report"), ("f", "no report"), ("0", "2 reports begin with")):
        with pytest.raises(StorageError, match=why):
            store.find(short)


def test_the_oldest_is_first(clock: Clock) -> None:
    """Of the same time, by their ids."""
    for number, age in ((3, 0), (2, 10), (1, 0)):
        clock.now = NOW - age
        add(number)
    assert [int(each.id, 16) for each in store.entries()] == [2, 1, 3]


@pytest.mark.parametrize(
    "break_",
    [
        lambda path: path.write_bytes(path.read_bytes() + b"x"),
        lambda path: path.write_bytes(path.read_bytes()[:-1]),
        lambda path: path.write_bytes(b"{}\n"),
        lambda path: path.write_bytes(b""),
        lambda path: path.rename(path.with_name(f"{2:032x}.report")),
        lambda path: path.rename(path.with_name("." + path.name)),
        lambda path: path.rename(path.with_suffix(".other")),
    ],
)
def test_damaged_files_are_passed_over(break_: Callable[[Path], object]) -> None:
    """A file is read if it is whole, and is the one that its name says."""
    added = add(1)
    break_(paths.outbox() / f"{added.id}.report")
    assert store.entries() == []


def test_damaged_bodies() -> None:
    """The bytes must be those that were stored."""
    added = add(1)
    path = paths.outbox() / f"{added.id}.report"
    path.write_bytes(path.read_bytes()[:-1] + b"!")
    with pytest.raises(StorageError, match="is damaged"):
        store.body(added)
    path.unlink()
    with pytest.raises(StorageError, match="is gone"):
        store.body(added)
    with pytest.raises(StorageError, match="is not the id of a report"):
        store.body(added._replace(id="../x"))


def test_claims() -> None:
    """One has a report at a time."""
    added = add(1)
    with store.claimed(added.id) as first, store.claimed(added.id) as second:
        assert (first, second) == (added, None)
    with store.claimed(added.id) as again:
        assert again == added
    store.remove(added.id)
    with store.claimed(added.id) as gone:
        assert gone is None


def test_changes(clock: Clock) -> None:
    """A report that is sent has been tried; one that is discarded has no body any more."""
    added = add(1)
    clock.now += 5
    sent = states.change(added, "sent", held_until=NOW + 60)
    assert (sent.state, sent.attempts, sent.attempted) == ("sent", 1, NOW + 5)
    assert (sent.changed, sent.held_until, sent.size) == (NOW + 5, NOW + 60, 4)
    assert store.entries() == [sent]
    discarded = states.change(sent, "discarded", "why")
    assert (discarded.size, discarded.reason, discarded.attempts) == (0, "why", 1)
    assert discarded.held_until == NOW + 60
    assert store.body(discarded) == b""
    later = states.change(add(2), "later")
    assert (later.attempts, later.attempted) == (0, 0)
    late = states.postpone(later, "no", next_attempt=NOW + 9, held_until=NOW + 8)
    assert (late.attempts, late.attempted, late.next_attempt) == (1, NOW + 5, NOW + 9)
    assert (late.held_until, late.reason) == (NOW + 8, "no")
    assert store.find(late.id) == late


def test_asking_again() -> None:
    """What is pending by an *always* waits for the user's word; nothing else changes."""
    add(1)
    add(2, tool={"name": "photon"})
    add(3, "later")
    add(4, "sent")
    assert states.ask_again("lift") == 1
    assert [each.state for each in store.entries()] == ["later", "pending", "later", "sent"]
    assert [each.is_standing for each in store.entries()] == [False, True, True, True]
    assert states.ask_again(None) == 1


def test_discarding() -> None:
    """What waits is discarded, of one tool or all."""
    add(1)
    add(2, "later", tool={"name": "photon"})
    add(3, "sent")
    assert states.discard_all("photon", "why") == (1, 0)
    with store.claimed(f"{1:032x}"):
        assert states.discard_all(None, "why") == (0, 1)
    assert states.discard_all(None, "why") == (1, 0)
    assert [each.state for each in store.entries()] == ["discarded", "discarded", "sent"]


def sent(number: int, **more: Any) -> Entry:
    """Store a report that was sent."""
    return states.change(add(number, **more), "sent")


@pytest.mark.parametrize(
    ("after", "until", "is_found"),
    [
        *((NOW - 1, NOW, True), (NOW, NOW + 9, False), (NOW - 9, NOW - 1, False)),
        *((NOW - 0.5, NOW + 0.5, True), (NOW - 9, NOW + 9, True)),
    ],
)
def test_reports_of_the_same_crash(after: float, until: float, *, is_found: bool) -> None:
    """They are looked for after one time, and not later than another."""
    earlier = sent(1)
    found = store.sent_before(report(9), RECEIVER, after=after, until=until)
    assert found == (earlier if is_found else None)


def test_the_same_crash(clock: Clock) -> None:
    """It is of the same release and message, went to the same receiver, and was sent."""
    add(1)
    sent(2, message="other")
    sent(3, version="2.0")
    args: dict[str, float] = {"after": NOW - 9, "until": NOW + 9}
    assert store.sent_before(report(9), RECEIVER, **args) is None
    first = sent(4)
    assert store.sent_before(report(9), "https://other.example", **args) is None
    assert store.sent_before(report(9), RECEIVER, **args) == first
    clock.now += 1
    second = sent(5)
    assert store.sent_before(report(9), RECEIVER, **args) == second


def test_tidying(clock: Clock) -> None:
    """What has waited for a month is discarded; what is settled is deleted after one."""
    add(1)
    add(2, "later")
    sent(3)
    for _ in range(30):
        clock.now += DAY
        quotas.tidy()
    assert [each.state for each in store.entries()] == ["pending", "later", "sent"]
    clock.now += DAY
    quotas.tidy()
    found = store.entries()
    assert [each.state for each in found] == ["discarded", "discarded"]
    assert {each.reason for each in found} == {"it has waited for 30 days"}


def retired(number: int, **more: Any) -> Entry:
    """Store a report that was answered by 410."""
    return states.change(add(number, **more)._replace(status=410), "discarded", "gone")


def test_what_is_remembered_of_retired_releases(
    monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    """The newest answer of each release and receiver is kept: for ever, and if room is needed."""
    monkeypatch.setattr(quotas, "MAX_SETTLED_REPORTS", 1)
    other = SimpleNamespace(address=f"{RECEIVER}/1")
    retired(1)
    clock.now += 1
    retired(2)
    retired(3, version="2.0")
    retired(4, tool={"receiver": other})
    sent(5)
    clock.now += 1
    sent(6)
    quotas.tidy()
    assert [int(each.id, 16) for each in store.entries()] == [2, 3, 4, 6]
    for _ in range(31):
        clock.now += DAY
        quotas.tidy()
    assert [int(each.id, 16) for each in store.entries()] == [2, 3, 4]


@pytest.mark.parametrize("jump", [365 * DAY, -365 * DAY, 86 - NOW])
def test_clocks_that_are_set(clock: Clock, jump: float) -> None:
    """Only days that were seen count, wherever the clock was when the report was stored."""
    clock.now += jump
    add(1)
    clock.now -= jump
    sent(2)
    for _ in range(3):
        clock.now += jump
        quotas.tidy()
        clock.now -= jump
        quotas.tidy()
    assert {each.state for each in store.entries()} == {"pending", "sent"}


def test_a_clock_that_starts_in_1970(clock: Clock) -> None:
    """A machine without a clock is there at each start, until it has asked for the time."""
    add(1)
    for _ in range(40):
        clock.now, now = 60.0, clock.now
        quotas.tidy()
        clock.now = now
        quotas.tidy()
    assert store.entries()[0].age == 1


def test_a_state_has_its_own_age(clock: Clock) -> None:
    """A report that was kept for a month and is then agreed to waits for another one."""
    add(1, "later")
    for _ in range(30):
        clock.now += DAY
        quotas.tidy()
        quotas.tidy()
    assert store.entries()[0].age == 30
    with store.claimed(f"{1:032x}") as found:
        assert found is not None
        states.change(found, "pending")
    clock.now += DAY
    quotas.tidy()
    assert [(each.state, each.age) for each in store.entries()] == [("pending", 1)]


def test_leftovers(clock: Clock) -> None:
    """Files of processes that have ended are deleted; those of one that is stopped for days are not.

    What is not ours stays, such as the files of a network drive.
    """
    add(1)
    [used, left] = [f"{number:032x}" for number in (2, 3)]
    theirs = [f".{used}.lock", f".{used}.report.x7"]
    ours = [f".{left}.lock", f".{left}.report.x7", f".{4:032x}.report.x7"]
    for number in range(10, 40):
        ours += [f".{number:032x}.{end}" for end in ("lock", "report.x7", "report.x8")]
    others = [".nfs0001", "other", f".{left}"]
    for name in (*theirs, *ours, *others):
        path = paths.outbox() / name
        path.write_text("")
        os.utime(path, (NOW - 9 * DAY, NOW - 9 * DAY))
    with locks.claimed(paths.outbox() / theirs[0]):
        quotas.tidy()
        assert {*others, *theirs} <= {*os.listdir(paths.outbox())}
        assert {*ours}.isdisjoint(os.listdir(paths.outbox()))
    quotas.tidy()
    assert {*theirs}.isdisjoint(os.listdir(paths.outbox()))


def test_how_long_a_receiver_is_held_is_remembered(
    monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    """As long as it lasts, the report that says so is not deleted, for each receiver one."""
    monkeypatch.setattr(quotas, "MAX_SETTLED_REPORTS", 1)
    other = {"receiver": SimpleNamespace(address=f"{RECEIVER}/1")}
    held: list[tuple[int, float, dict[str, Any]]]
    held = [(1, 50, {}), (2, 99, {}), (3, 9, {}), (4, 50, other)]
    for number, seconds, receiver in held:
        clock.now += 1
        found = add(number, tool=receiver)
        states.change(found, "discarded", "no", held_until=NOW + seconds)
    sent(5)
    quotas.tidy()
    assert [int(each.id, 16) for each in store.entries()] == [2, 4, 5]
    assert delivery.held_until(RECEIVER, store.entries(), NOW) == NOW + 99
    clock.now += 100
    quotas.tidy()
    assert [int(each.id, 16) for each in store.entries()] == [5]


def test_numbers_are_bounded(monkeypatch: pytest.MonkeyPatch, clock: Clock) -> None:
    """What is settled makes room for what waits; what waits does not."""
    monkeypatch.setattr(quotas, "MAX_WAITING_REPORTS", 3)
    monkeypatch.setattr(quotas, "MAX_SETTLED_REPORTS", 1)
    for number in (1, 2, 3):
        clock.now += 1
        sent(number)
    clock.now += 1
    add(4)  # only the last one of the settled is kept
    assert [int(each.id, 16) for each in store.entries()] == [3, 4]
    add(5)
    add(6)
    with pytest.raises(StorageError, match=r"3 reports .0 KiB. wait already"):
        add(7)


def test_processes_that_store_at_once(monkeypatch: pytest.MonkeyPatch, clock: Clock) -> None:
    """Each has found room for one; the last one removes its report again, and says why."""
    monkeypatch.setattr(quotas, "make_room", lambda size: None)
    monkeypatch.setattr(quotas, "MAX_WAITING_REPORTS", 3)
    for number in (1, 2, 3):
        clock.now += 1
        add(number)
    clock.now += 1
    with pytest.raises(StorageError, match=r"3 reports .0 KiB. wait already"):
        add(4)
    assert [int(each.id, 16) for each in store.entries()] == [1, 2, 3]

    def unreadable() -> Any:
        raise StorageError("Input/output error")

    monkeypatch.setattr(store, "files", unreadable)
    assert add(5).state == "pending"  # it is stored: whether there are too many is not known


@pytest.mark.parametrize(
    "change",
    [
        {"headers": {"A": "b\tc"}},
        {"headers": {"A": "b\nC: d"}},
        {"headers": {"A": "x" * entry.MAX_LINE_BYTES}},
        {"tool": "a\x1b[1m"},
        {"url": "https://other.example/"},
        {"created": -1.0},
    ],
)
def test_what_could_not_be_read_again_is_not_stored(change: dict[str, Any]) -> None:
    """It would be invisible, and never sent."""
    found = add(1)
    with pytest.raises(StorageError, match=f"{found.receipt} cannot be stored: "):
        store.write(found._replace(**change), b"body")
    assert store.entries() == [found]


def test_sizes_are_bounded(monkeypatch: pytest.MonkeyPatch, clock: Clock) -> None:
    """All files count together."""
    size = (paths.outbox() / f"{add(1, body=b'x' * 4096).id}.report").stat().st_size
    monkeypatch.setattr(quotas, "MAX_STORED_BYTES", 2 * size)
    add(2, body=b"x" * 4096)
    with pytest.raises(StorageError, match="2 reports"):
        add(3, body=b"x" * 4096)


LINE = json.loads(
    entry.encode(
        Entry(
            id="1" * 32,
            state="pending",
            tool="lift",
            publisher="Acme",
            url=f"{RECEIVER}/1",
            headers={},
            sha256="",
            size=1,
            created=1,
            changed=2,
            receiver=RECEIVER,
        )
    )
)


@pytest.mark.parametrize(
    "change",
    [
        *({"format": 2}, {"format": None}, {"id": "1" * 31}, {"id": "G" * 32}, {"state": "other"}),
        *({"tool": 1}, {"tool": "a\nb"}, {"headers": []}, {"headers": {"A": 1}}),
        *({"headers": {"A": "\x1b"}}, {"size": -1}, {"size": 1.5}, {"size": True}),
        *({"created": float("nan")}, {"changed": -5}, {"attempts": True}, {"id": "../../evil"}),
        *({"created": 1e11}, {"created": "1"}, {"is_standing": 1}, {"url": "https://other/"}),
        *({"url": f"{RECEIVER}/%2e%2e/x"}, {"status": "410"}, {"status": -1}, {"acceptance": 1}),
        *({"url": f"{RECEIVER}.evil/"}, {"deletion": "https://other/"}, {"attempts": "1"}),
    ],
)
def test_lines_that_are_no_entry(change: dict[str, Any]) -> None:
    """A line that another has written is not believed."""
    with pytest.raises(ValueError):  # noqa: PT011 - of any kind
        entry.decode(json.dumps({**LINE, **change}).encode())


@pytest.mark.parametrize("line", [b"", b"[]", b"1", b"{}", b"[" * 100_000, b"\xff"])
def test_lines_that_are_no_json(line: bytes) -> None:
    """Nor is what is none at all."""
    with pytest.raises(ValueError):  # noqa: PT011 - of any kind
        entry.decode(line)


@pytest.mark.parametrize("name", sorted(LINE))
def test_fields_that_are_missing(name: str) -> None:
    """Those of the first versions are in every line; later ones have a default."""
    values = {key: LINE[key] for key in LINE if key != name}
    needed = {"format", "id", "state", "tool", "publisher", "url", "headers", "sha256", "size"}
    if name in needed | {"created", "changed"}:
        with pytest.raises(ValueError):  # noqa: PT011 - of any kind
            entry.decode(json.dumps(values).encode())
    else:
        found = entry.decode(json.dumps(values).encode())
        assert getattr(found, name) == (Entry._field_defaults[name])


def test_fields_of_other_versions_are_kept() -> None:
    """They are written again as they are."""
    found = entry.decode(json.dumps({**LINE, "newer": [1]}).encode())
    assert found.more == {"newer": [1]}
    assert json.loads(entry.encode(found))["newer"] == [1]
    assert entry.decode(entry.encode(found)) == found
    assert entry.decode(json.dumps({**LINE, "url": RECEIVER, "created": 1e11 - 1}).encode())


def test_characters_that_an_older_python_does_not_know() -> None:
    """A report that a newer one has stored is read: whether a character is printable depends on it."""
    for title in ("melting \U0001fae8", "unassigned \U000e0fff", "soft\xad"):
        line = json.dumps({**LINE, "title": title}).encode()
        assert entry.decode(line).title == title
    for title in ("\x85", "\u2028", "\u202e", "\u2066", "\ud800", "\x7f"):
        with pytest.raises(ValueError, match="steer a terminal"):
            entry.decode(json.dumps({**LINE, "title": title}).encode())


def test_texts_that_steer_a_terminal() -> None:
    """They are written without what steers."""
    found = entry.decode(json.dumps(LINE).encode())
    again = entry.decode(entry.encode(found._replace(title="a\x1b[1m", reason="\u202eb")))
    assert (again.title, again.reason) == ("a?[1m", "?b")


@pytest.fixture
def attempts(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Return the attempts that are made; the first text of it says what each ends in."""
    made: list[Any] = [Outcome("accepted")]

    def attempt(*arguments: Any) -> Outcome:
        made.append(arguments)
        return made[0]  # type: ignore[no-any-return]

    monkeypatch.setattr(transport, "attempt", attempt)
    return made


def none(found: Entry) -> Withdrawal | None:
    """Nothing is withdrawn."""
    return None


def deliver(report_id: str, withdrawn: Callable[[Entry], Withdrawal | None] = none) -> Entry | None:
    """Make an attempt, by what is stored now."""
    return delivery.deliver(report_id, withdrawn, Snapshot())


@pytest.mark.parametrize(
    ("outcome", "state", "held", "count"),
    [
        (Outcome("accepted"), "sent", 0, 1),
        (Outcome("accepted", delay=9), "sent", NOW + 9, 1),
        (Outcome("rejected", "no", 9, 403), "discarded", NOW + 9, 0),
        (Outcome("rejected", "no"), "discarded", NOW, 0),
        (Outcome("retry", "no", 9), "pending", NOW + 9, 1),
        (Outcome("retry", "no", status=503), "pending", NOW, 1),
    ],
)
def test_an_attempt(
    attempts: list[Any], outcome: Outcome, state: str, held: float, count: int
) -> None:
    """Its outcome is written down, and how long the receiver is to be left alone."""
    attempts[0] = outcome
    found = deliver(add(1).id)
    assert found is not None
    assert found == store.entries()[0]
    assert (found.state, found.held_until, found.attempts) == (state, held, count)
    assert (found.reason, found.status) == (outcome.reason, outcome.status)
    assert attempts[1:] == [(f"{RECEIVER}/1", {"A": "b"}, b"body", "POST", "any")]
    if state == "pending":
        assert NOW + 30 <= found.next_attempt <= NOW + 60


def test_what_cannot_be_read_now_stays(
    attempts: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A drive, a limit or a memory that fails for a moment is no reason to give a report up."""
    added, opened = add(1), os.open
    attempts[0] = Outcome("retry", "no")
    for code in (errno.ESTALE, errno.EMFILE, errno.ENOMEM, errno.EACCES, errno.EIO):
        for skipped in range(4):
            calls = itertools.count()

            def failing(path: Any, *rest: Any, **named: Any) -> int:
                if str(path).endswith(".report") and next(calls) == skipped:  # noqa: B023
                    raise OSError(code, os.strerror(code))  # noqa: B023
                return opened(path, *rest, **named)

            with monkeypatch.context() as patch:
                patch.setattr(os, "open", failing)
                with contextlib.suppress(StorageError):
                    delivery.drain(added.id, none)
            [found] = store.entries()
            assert (found.state, store.body(found)) == ("pending", b"body")


def test_what_is_not_tried(attempts: list[Any]) -> None:
    """Only what is pending, not withdrawn, whole, and nobody else's."""
    assert deliver(add(1, "later").id) is None
    assert deliver(add(2).id, lambda found: Withdrawal("never")) is None
    assert deliver(f"{9:032x}") is None
    added = add(3)
    with store.claimed(added.id):
        assert deliver(added.id) is None
    path = paths.outbox() / f"{added.id}.report"
    path.write_bytes(path.read_bytes()[:-1] + b"!")
    found = deliver(added.id)
    assert found is not None
    assert (found.state, found.reason) == ("discarded", "its file was damaged")
    assert len(attempts) == 1


def test_a_never_that_was_said_meanwhile(attempts: list[Any]) -> None:
    """The report is discarded if it was not accepted."""
    attempts[0] = Outcome("retry", "no")
    withdrawn = iter([None, Withdrawal("you said never", "discarded")])
    found = deliver(add(1).id, lambda found: next(withdrawn))
    assert found is not None
    assert (found.state, found.reason) == ("discarded", "you said never")


@pytest.mark.parametrize("why", [StorageError("Input/output error"), Withdrawal("a policy")])
def test_answers_that_cannot_be_read_meanwhile(
    attempts: list[Any], why: StorageError | Withdrawal
) -> None:
    """A report whose attempt failed goes on waiting."""
    attempts[0] = Outcome("retry", "no")
    known = iter([None, why])

    def withdrawn(found: Entry) -> Withdrawal | None:
        if isinstance(answer := next(known), StorageError):
            raise answer
        return answer

    found = deliver(add(1).id, withdrawn)
    assert found is not None
    assert (found.state, found.reason) == ("pending", "no")


def test_an_always_that_was_taken_back_meanwhile(attempts: list[Any]) -> None:
    """The report is kept until the user is asked."""
    attempts[0] = Outcome("retry", "no")
    withdrawn = iter([None, Withdrawal("there is no always", "later")])
    found = deliver(add(1).id, lambda found: next(withdrawn))
    assert found is not None
    assert (found.state, found.is_standing) == ("later", False)


def test_receivers_that_are_held(attempts: list[Any], clock: Clock) -> None:
    """Nothing is sent there until then; the report says why, once."""
    attempts[0] = Outcome("accepted", delay=60)
    assert deliver(add(1).id) is not None
    assert deliver(add(2).id) is None
    assert store.find(f"{2:032x}").reason == delivery.HELD
    clock.now += 59.5
    assert deliver(f"{2:032x}") is None
    clock.now += 0.5
    assert deliver(f"{2:032x}") is not None


def test_taking_back(attempts: list[Any]) -> None:
    """A sent report is deleted where its receiver offers that."""
    added = add(1, deletion=f"{RECEIVER}/1/delete")
    with pytest.raises(StorageError, match="give Acme Ltd its receipt"):
        delivery.take_back(added.id)
    states.change(
        added._replace(headers={"User-Agent": "x", "Authorization": "z", "B": "y"}), "sent"
    )
    attempts[0] = Outcome("rejected", "the receiver answered 404")
    with pytest.raises(StorageError, match="not deleted at its receiver: the receiver answered"):
        delivery.take_back(added.id)
    attempts[0] = Outcome("accepted")
    assert delivery.take_back(added.id).state == "discarded"
    kept = {"Authorization": "z", "User-Agent": "x"}
    assert attempts[-1] == (f"{RECEIVER}/1/delete", kept, b"", "DELETE")
    with pytest.raises(StorageError, match="cannot be taken back"):
        delivery.take_back(states.change(add(2), "sent").id)
    with pytest.raises(StorageError, match="give the publisher"):
        delivery.take_back(f"{9:032x}")


def tried(attempts: list[Any]) -> int:
    """Return how many attempts were made."""
    return len(attempts) - 1


def test_draining(attempts: list[Any], clock: Clock) -> None:
    """The first is tried always, the others when they are due."""
    for number in (1, 2, 3):
        added = add(number)
        with store.claimed(added.id):
            states.postpone(added, "no", next_attempt=NOW + 60, held_until=0)
    add(4)
    add(5, "later")
    delivery.drain(f"{2:032x}", none)
    assert [each.state for each in store.entries()] == [
        *("pending", "sent", "pending", "sent", "later")
    ]
    clock.now += 60
    delivery.drain("", none)
    assert [each.state for each in store.entries()] == ["sent"] * 4 + ["later"]


def test_a_receiver_that_fails(attempts: list[Any]) -> None:
    """It is left alone with the others; another one is not."""
    attempts[0] = Outcome("retry", "no")
    add(1)
    add(2)
    other = SimpleNamespace(address=f"{RECEIVER}/1")
    add(3, tool={"receiver": other})
    delivery.drain("", none)
    assert [each.attempts for each in store.entries()] == [1, 0, 1]


def test_so_many_an_hour(
    attempts: list[Any], monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    """A tool's reports are put off; another's are not."""
    monkeypatch.setattr(delivery, "MAX_HOURLY", 2)
    for number in (1, 2, 3):
        add(number)
    add(4, tool={"name": "photon"})
    delivery.drain("", none)
    found = store.entries()
    assert [each.state for each in found] == ["sent", "sent", "pending", "sent"]
    assert found[2].reason == "2 reports of lift were sent within the last hour"
    assert found[2].next_attempt == NOW + 3600
    clock.now += 3600
    delivery.drain("", none)
    assert store.entries()[2].state == "sent"


def test_a_receiver_that_is_dead_starves_no_other(
    attempts: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many reports wait for it, or for their time, before the others."""
    monkeypatch.setattr(delivery, "MAX_DRAINED", 2)
    monkeypatch.setattr(
        transport, "attempt", lambda url, *_: Outcome("accepted" if "alive" in url else "retry")
    )
    for number in range(5):
        add(number)
    alive = SimpleNamespace(address=f"{RECEIVER}/1")
    add(7, tool={"receiver": alive})
    with store.claimed(f"{7:032x}") as found:
        assert found is not None
        store.write(found._replace(url=f"{RECEIVER}/1/alive"), b"body")
    delivery.drain("", none)
    assert store.entries()[-1].state == "sent"


def test_what_another_process_was_told_meanwhile(
    monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    """A receiver that has asked one process to wait is left alone by the others at once."""
    made: list[str] = []

    def attempt(url: str, *_: object) -> Outcome:
        made.append(url)
        with store.claimed(f"{3:032x}") as other:
            assert other is not None
            states.postpone(other, "429", next_attempt=NOW + 60, held_until=NOW + 3600)
        return Outcome("accepted")

    monkeypatch.setattr(transport, "attempt", attempt)
    for number in (1, 2, 3):
        add(number)
    delivery.drain("", none)
    assert len(made) == 1
    assert [each.state for each in store.entries()] == ["sent", "pending", "pending"]


def test_how_many_are_drained(attempts: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """The rest is left to the next process."""
    monkeypatch.setattr(delivery, "MAX_DRAINED", 2)
    for number in (1, 2, 3):
        add(number)
    delivery.drain("", none)
    assert tried(attempts) == 2


@pytest.mark.parametrize(
    ("next_attempt", "is_due"),
    [(0, True), (NOW, True), (NOW + 1, False), (NOW + 21_600, False), (NOW + 21_601, True)],
)
def test_what_is_due(next_attempt: float, *, is_due: bool) -> None:
    """What lies further ahead than our back-off was set by a wrong clock."""
    assert delivery.is_due(add(1)._replace(next_attempt=next_attempt), NOW) is is_due


@pytest.mark.parametrize(
    ("held", "expected"),
    [(0, 0), (NOW + 9, NOW + 9), (NOW + 7 * DAY, NOW + 7 * DAY), (NOW + 7 * DAY + 1, 0)],
)
def test_what_is_held(held: float, expected: float) -> None:
    """What lies further ahead than a receiver may ask was set by a wrong clock."""
    entries = [add(1)._replace(held_until=held), add(2)._replace(held_until=0)]
    assert delivery.held_until(RECEIVER, entries, NOW) == expected
    assert delivery.held_until("https://other.example", entries, NOW) == 0


@pytest.mark.parametrize(
    ("attempts", "least", "most"),
    [(0, 30, 60), (1, 60, 120), (3, 240, 480), (9, 10_800, 21_600), (99, 10_800, 21_600)],
)
def test_back_off(attempts: int, least: float, most: float) -> None:
    """It is doubled each time, half of it by chance."""
    found = [delivery.backoff(attempts) for _ in range(200)]
    assert least <= min(found) < max(found) <= most
    assert max(found) - min(found) > (most - least) / 2
