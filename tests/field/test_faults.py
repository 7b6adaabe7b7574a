"""Whatever a receiver does: the tool ends as it would, soon, and the report is not lost silently."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import Shell, senders, until
from faulty import FAULTS, Certificates, FaultyReceiver, Proxy, header, stand_ins
from screens import steady

pytestmark = pytest.mark.once

CRASH = ("lift", "up", "--schema", "cycle.lift", "--create-db")
OTHER_CRASH = ("lift", "status", "--schema", "cycle.lift")
HELD_AT_MOST = 8.0  # we wait for three seconds; the rest is what a busy machine may need
DEADLINE = 5  # instead of 20; longer than the user is made to wait
READ_AT_MOST = 32 << 20  # what the kernel's buffers hold without us
MEMORY_AT_MOST = 400 << 10  # in KiB; what is unpacked has a GiB
NAME = "errors.invalid"

IN_TIME = f"no answer within {DEADLINE} seconds"
UNREACHABLE = "the network failed: the receiver cannot be reached"
BROKEN_OFF = "the network failed: the receiver closed the connection"
MISSING = "this Python finds no certificates to verify receivers with"
CERTIFICATES = {
    "authority": "the network failed: the receiver's certificate is signed by nobody known here",
    "name": "the network failed: the receiver's certificate is for another name",
}
UNKNOWN = "the network failed: the receiver's name is not known"
PROXY_FAILED = "the network failed: the proxy failed"
SENT = "sent. Receipt: RECEIPT"
GONE = "the receiver answered 410: this release need not report any more"
GOES_ON = "it continues in the background. To check: telemetry-hook show RECEIPT"

# What becomes of a report, and why.
SETTLED = {
    "refused": ("pending", UNREACHABLE),
    "reset": ("pending", BROKEN_OFF),
    "drips the body": ("sent", ""),
    "breaks off in the body": ("sent", ""),
    "1 GB reply": ("sent", ""),
    "1 GB of headers": ("pending", BROKEN_OFF),
    "gzip bomb": ("sent", ""),
    "not HTTP": ("pending", BROKEN_OFF),
    "redirect": ("pending", "the receiver answered 307, a redirect, which is not followed"),
    "102, 103, 200": ("sent", ""),
    "captive portal": ("pending", "the answer was not a receiver's (it is an HTML page)"),
    "403": ("discarded", "the receiver answered 403: the key or the project is wrong"),
    "408": ("pending", "the receiver answered 408"),
    "410": ("discarded", GONE),
    "413": ("discarded", "the receiver answered 413"),
    "429": ("pending", "the receiver answered 429"),
    "429, Retry-After": ("pending", "the receiver answered 429"),
    "429, Retry-After is nonsense": ("pending", "the receiver answered 429"),
    "429, limit for errors": ("pending", "the receiver answered 429"),
    "200, limit for errors": ("sent", ""),
    "200, limit for others": ("sent", ""),
    "500": ("pending", "the receiver answered 500"),
}
SLOW = ("silent", "silent before TLS", "drips")

Start = Callable[..., FaultyReceiver]


@pytest.fixture(autouse=True)
def _stand_ins(project: Shell) -> Iterator[None]:
    """Make the sender's deadline short, and give names in `.invalid` to no name server."""
    project.home.variables |= {"FAULTS_DEADLINE": str(DEADLINE), "FAULTS_RESOLVER": "fails"}
    with stand_ins(project.environment.site):
        yield


@pytest.fixture(scope="module")
def certificates() -> Certificates:
    """Return an authority that nobody trusts as yet."""
    return Certificates()


@pytest.fixture
def start() -> Iterator[Start]:
    """Return a function that starts a receiver with a fault."""
    started: list[FaultyReceiver] = []

    def start_one(fault: str = "", **options: Any) -> FaultyReceiver:
        started.append(FaultyReceiver(fault, **options))
        return started[-1]

    yield start_one
    for each in started:
        each.close()


def crash(project: Shell, dsn: str, *command: str, answer: str = "yes", **variables: str) -> str:
    """Crash Lift, answer, and return what is said then; it is short, soon, and Lift's status."""
    terminal = project.terminal(*(command or CRASH), LIFT_TELEMETRY_DSN=dsn, **variables)
    terminal.answer(answer)
    answered = time.monotonic()
    assert terminal.end() == 1
    assert time.monotonic() - answered < HELD_AT_MOST
    assert "EVIL" not in terminal.screen
    said = terminal.screen.rpartition(f"{answer}\r\n")[2]
    assert said.replace("\r\n", "").isprintable()
    return " ".join(steady(said).split())


def listed(project: Shell) -> list[dict[str, Any]]:
    """Return the stored reports; nothing of what a receiver says is stored with them."""
    text = project.run("telemetry-hook", "list", "--json").stdout
    for each in (text, *(path.read_text() for path in project.home.outbox.glob("*.report"))):
        assert "EVIL" not in each
    found: list[dict[str, Any]] = json.loads(text)
    return found


def settled(project: Shell) -> tuple[str, str]:
    """Wait until the one report was attempted, once; return its state and the reason."""

    def is_settled() -> bool:
        [report] = listed(project)
        return bool(report["attempts"]) or report["state"] != "pending"

    until(is_settled, 25)
    [report] = listed(project)
    assert report["attempts"] <= 1
    return report["state"], report["reason"]


def says(state: str, reason: str) -> str:
    """Return what the user is told of what became of the report."""
    if state == "sent":
        return SENT
    if state == "discarded":
        return f"not accepted: {reason}."
    again = "It is kept and tried again the next time a report is sent."
    return f"not yet: {reason}. {again} To try now: telemetry-hook send RECEIPT"


def test_every_fault_is_tried() -> None:
    """A fault that is added to the faulty receivers needs its row here."""
    assert {*SETTLED, *SLOW} == {*FAULTS}


@pytest.mark.parametrize("fault", SETTLED)
def test_fault_is_said_and_stored(project: Shell, start: Start, fault: str) -> None:
    """The user is told at once what became of the report, in our words, and it is so."""
    elsewhere = start()
    receiver = start(fault, location=elsewhere.dsn("localhost").replace("key@", ""))
    state, reason = SETTLED[fault]
    said = crash(project, receiver.dsn())
    assert said == f"Sending to 127.0.0.1:PORT ... {says(state, reason)}"
    assert settled(project) == (state, reason)
    assert len(receiver.bodies) == (fault != "refused")
    assert receiver.sent < READ_AT_MOST
    assert elsewhere.connected == 0


@pytest.mark.parametrize("fault", SLOW)
def test_slow_fault_holds_nobody(
    project: Shell, start: Start, certificates: Certificates, fault: str
) -> None:
    """Who never answers is waited for by the sender alone, and not longer than its deadline."""
    tls = certificates.server("127.0.0.1") if fault == "silent before TLS" else None
    said = crash(project, start(fault, tls=tls).dsn())
    assert said == f"Sending to 127.0.0.1:PORT ... {GOES_ON}"
    assert settled(project) == ("pending", IN_TIME)


@pytest.mark.parametrize("fault", ["1 GB reply", "1 GB of headers", "gzip bomb"])
def test_large_reply_takes_no_memory(project: Shell, start: Start, fault: str) -> None:
    """A reply of a gigabyte, packed or not, is not taken into memory."""
    receiver = start(fault)
    crash(project, receiver.dsn(), answer="later")
    [report] = listed(project)
    program = str(project.environment.bin / "telemetry-hook")
    variables = project.variables | {"LIFT_TELEMETRY_DSN": receiver.dsn()}
    process = os.posix_spawn(program, [program, "send", report["id"]], variables)
    _, status, used = os.wait4(process, 0)
    state, _ = settled(project)
    assert (os.waitstatus_to_exitcode(status) == 0) == (state == "sent")
    assert receiver.sent < READ_AT_MOST
    assert used.ru_maxrss < MEMORY_AT_MOST


@pytest.mark.parametrize("wrong", ["authority", "name"])
def test_certificate_must_be_right(
    project: Shell, start: Start, certificates: Certificates, tmp_path: Path, wrong: str
) -> None:
    """Who cannot show a certificate of a trusted authority for its own name is told nothing."""
    other = "127.0.0.2" if wrong == "name" else "127.0.0.1"
    trusted = Certificates() if wrong == "authority" else certificates
    receiver = start(tls=certificates.server(other))
    variables = {"SSL_CERT_FILE": str(trusted.write(tmp_path / "ca.pem"))}
    said = crash(project, receiver.dsn(), **variables)
    reason = CERTIFICATES[wrong]
    assert said == f"Sending to 127.0.0.1:PORT ... {says('pending', reason)}"
    assert settled(project) == ("pending", reason)
    assert receiver.heads == []


def test_private_authority_is_trusted(
    project: Shell, start: Start, certificates: Certificates, tmp_path: Path
) -> None:
    """A company's own authority works as it does for OpenSSL: through SSL_CERT_FILE."""
    receiver = start(tls=certificates.server("127.0.0.1"))
    variables = {"SSL_CERT_FILE": str(certificates.write(tmp_path / "ca.pem"))}
    said = crash(project, receiver.dsn(), **variables)
    assert said == f"Sending to 127.0.0.1:PORT ... {SENT}"
    assert len(receiver.bodies) == 1


def test_missing_certificates_are_said(
    project: Shell, start: Start, certificates: Certificates, tmp_path: Path
) -> None:
    """As in a small container, or on macOS: the receiver is not to blame, and `doctor` helps."""
    receiver = start(tls=certificates.server("127.0.0.1"))
    (tmp_path / "empty").mkdir()
    missing = {"SSL_CERT_FILE": "/nonexistent", "SSL_CERT_DIR": str(tmp_path / "empty")}
    said = crash(project, receiver.dsn(), **missing)
    assert said == f"Sending to 127.0.0.1:PORT ... {says('pending', MISSING)}"
    assert receiver.heads == []
    doctor = project.run("telemetry-hook", "doctor", LIFT_TELEMETRY_DSN=receiver.dsn(), **missing)
    assert f"WRONG  certificates: {MISSING}" in doctor.stdout
    assert doctor.returncode == 1


def test_dead_name_is_said(project: Shell) -> None:
    """A name that nobody knows is a fault of the network."""
    said = crash(project, f"https://key@{NAME}/1")
    assert said == f"Sending to {NAME} ... {says('pending', UNKNOWN)}"
    assert settled(project) == ("pending", UNKNOWN)


def test_hanging_look_up_holds_nobody(project: Shell) -> None:
    """A look-up of a name has no time-out of its own, and holds neither the user nor the sender."""
    said = crash(project, f"https://key@{NAME}/1", FAULTS_RESOLVER="hangs")
    assert said == f"Sending to {NAME} ... {GOES_ON}"
    assert settled(project) == ("pending", IN_TIME)


def test_dead_proxy_is_not_gone_around(project: Shell, start: Start) -> None:
    """Behind a proxy that refuses, the report waits; nobody looks the name up to go by himself."""
    receiver = start()
    proxy = Proxy(receiver.port, refuses=True)
    variables = {"HTTPS_PROXY": f"http://127.0.0.1:{proxy.port}", "FAULTS_RESOLVER": "127.0.0.1"}
    said = crash(project, f"https://key@{NAME}:{receiver.port}/1", **variables)
    proxy.close()
    assert said == f"Sending to {NAME}:{receiver.port} ... {says('pending', PROXY_FAILED)}"
    assert settled(project) == ("pending", PROXY_FAILED)
    assert receiver.connected == 0


def test_proxy_of_another_kind_is_not_gone_around(project: Shell, start: Start) -> None:
    """Behind a proxy that we cannot use, the report waits; its credentials are not shown."""
    receiver = start()
    proxy = f"socks5h://jane:EVIL@127.0.0.1:{receiver.port}"
    variables = {"ALL_PROXY": proxy, "FAULTS_RESOLVER": "127.0.0.1"}
    said = crash(project, f"https://key@{NAME}:{receiver.port}/1", **variables)
    reason = f"the proxy socks5h://127.0.0.1:{receiver.port} cannot be used; only HTTP proxies can"
    shown = steady(says("pending", reason))
    assert said == f"Sending to {NAME}:{receiver.port} ... {shown}"
    assert settled(project) == ("pending", reason)
    assert receiver.connected == 0


@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "all_proxy"])
@pytest.mark.parametrize("has_scheme", [True, False])
@pytest.mark.parametrize("user", ["", "us%65r:p%40ss@"])
def test_proxy_is_asked(
    project: Shell,
    start: Start,
    certificates: Certificates,
    tmp_path: Path,
    user: str,
    has_scheme: bool,
    variable: str,
) -> None:
    """The user's proxy is asked once, for the name, with its credentials, and sees no report."""
    receiver = start(tls=certificates.server(NAME))
    proxy = Proxy(receiver.port, credentials="Basic dXNlcjpwQHNz" if user else "")
    variables = {
        "SSL_CERT_FILE": str(certificates.write(tmp_path / "ca.pem")),
        variable: f"{'http://' * has_scheme}{user}127.0.0.1:{proxy.port}",
    }
    try:
        said = crash(project, receiver.dsn(NAME), **variables)
    finally:
        proxy.close()
    assert said == f"Sending to {NAME}:{receiver.port} ... {SENT}"
    [asked] = proxy.asked
    assert asked.startswith(f"CONNECT {NAME}:{receiver.port} ")
    assert "X-Sentry-Auth" not in asked
    [head] = receiver.heads
    assert not header(head, "Proxy-Authorization")


def test_proxy_that_wants_a_password_is_a_fault(project: Shell, start: Start) -> None:
    """What a proxy says itself is not taken for the receiver's answer."""
    receiver = start()
    proxy = Proxy(receiver.port, credentials="Basic something")
    try:
        said = crash(project, f"https://key@{NAME}/1", HTTPS_PROXY=f"http://127.0.0.1:{proxy.port}")
    finally:
        proxy.close()
    assert said == f"Sending to {NAME} ... {says('pending', PROXY_FAILED)}"
    assert receiver.connected == 0


@pytest.mark.parametrize("excepted", [NAME, ".invalid", "*.INVALID", f"{NAME}:{{port}}", "a, *"])
def test_no_proxy_is_honoured(
    project: Shell, start: Start, certificates: Certificates, tmp_path: Path, excepted: str
) -> None:
    """What NO_PROXY names, with a port or without, is reached without the proxy."""
    receiver, proxy = start(tls=certificates.server(NAME)), start()
    variables = {
        "SSL_CERT_FILE": str(certificates.write(tmp_path / "ca.pem")),
        "HTTPS_PROXY": f"http://127.0.0.1:{proxy.port}",
        "NO_PROXY": excepted.format(port=receiver.port),
        "FAULTS_RESOLVER": "127.0.0.1",
    }
    said = crash(project, receiver.dsn(NAME), **variables)
    assert said == f"Sending to {NAME}:{receiver.port} ... {SENT}"
    assert (len(receiver.bodies), proxy.connected) == (1, 0)


def test_release_that_need_not_report_asks_no_more(project: Shell, start: Start) -> None:
    """Nothing is asked, said or sent after a 410; `status` says why, and another receiver is asked."""
    receiver, other = start("410"), start()
    crash(project, receiver.dsn())
    [report] = listed(project)
    receiver.heal()
    terminal = project.terminal(*OTHER_CRASH, LIFT_TELEMETRY_DSN=receiver.dsn())
    assert terminal.end() == 1
    assert "telemetry" not in terminal.screen
    assert len(receiver.heads) == 1
    status = project.run("telemetry-hook", "status", "lift", LIFT_TELEMETRY_DSN=receiver.dsn())
    assert status.stdout.startswith(
        "lift: would do nothing: the receiver wants no more reports of this release "
        f"(receipt {report['receipt']})\n"
    )
    crash(project, other.dsn(), *OTHER_CRASH)
    assert len(other.bodies) == 1


def test_doctor_names_a_wrong_key(project: Shell, start: Start) -> None:
    """The author is to be told: no report arrives."""
    receiver = start("403")
    crash(project, receiver.dsn())
    doctor = project.run("telemetry-hook", "doctor", LIFT_TELEMETRY_DSN=receiver.dsn())
    assert (
        f"WRONG  receiver of lift: 127.0.0.1:{receiver.port} answered 403 to the latest report"
        in doctor.stdout
    )
    assert doctor.returncode == 1


HOLDING = {
    "429": 60,
    "429, Retry-After": 3600,
    "429, Retry-After is nonsense": 60,
    "429, limit for errors": 3600,
    "200, limit for errors": 3600,
}


@pytest.mark.parametrize("fault", HOLDING)
def test_limits_hold_for_every_process(project: Shell, start: Start, fault: str) -> None:
    """What a receiver asks of one process, all others keep to, for its other reports too."""
    receiver, other = start(fault), start()
    crash(project, receiver.dsn())
    receiver.heal()
    crash(project, receiver.dsn(), *OTHER_CRASH, answer="later")
    crash(project, other.dsn(), *OTHER_CRASH, answer="later")
    [held, free] = [each for each in listed(project) if each["state"] == "later"]
    ended = project.run("telemetry-hook", "send", held["id"])
    assert ended.returncode == 1
    said, _, seconds = ended.stdout.rpartition(" the receiver asked us to wait ")
    assert said == f"{held['receipt']}  pending:"
    assert 0.5 * HOLDING[fault] < int(seconds.partition(" ")[0]) <= HOLDING[fault]
    project.run("telemetry-hook", "send")
    assert len(receiver.heads) == 1
    assert project.run("telemetry-hook", "send", free["id"]).returncode == 0
    assert len(other.bodies) == 1


def test_limit_is_said_at_the_next_crash(project: Shell, start: Start) -> None:
    """Who says yes while the receiver wants no report is told so; the receiver is left alone."""
    receiver = start("429, Retry-After")
    crash(project, receiver.dsn())
    receiver.heal()
    said = crash(project, receiver.dsn(), *OTHER_CRASH)
    reason = "the receiver asked us to wait (Retry-After)"
    assert said == f"Sending to 127.0.0.1:PORT ... {says('pending', reason)}"
    assert [each["reason"] for each in listed(project)] == ["the receiver answered 429", reason]
    assert len(receiver.heads) == 1


@pytest.mark.parametrize("fault", ["200, limit for others", "500", "reset"])
def test_other_faults_hold_nobody(project: Shell, start: Start, fault: str) -> None:
    """Limits for what we do not send, and our own back-off, do not keep `send` from trying."""
    receiver = start(fault)
    crash(project, receiver.dsn())
    receiver.heal()
    crash(project, receiver.dsn(), *OTHER_CRASH, answer="later")
    [kept] = [each for each in listed(project) if each["state"] == "later"]
    assert project.run("telemetry-hook", "send", kept["id"]).returncode == 0
    assert len(receiver.bodies) == 2


@pytest.mark.parametrize("fault", ["reset", "not HTTP", "500"])
def test_faulty_receiver_is_asked_once_a_round(project: Shell, start: Start, fault: str) -> None:
    """A receiver that cannot take one report is not bothered with the others that are due."""
    receiver = start(fault)
    for _ in range(2):
        crash(project, receiver.dsn())
    for path in project.home.outbox.glob("*.report"):
        head, _, body = path.read_bytes().partition(b"\n")
        due = json.loads(head) | {"next_attempt": 0}
        path.write_bytes(json.dumps(due).encode() + b"\n" + body)
    crash(project, receiver.dsn())
    until(lambda: not senders(project))
    assert receiver.connected == 3


def test_healed_receiver_gets_the_report(project: Shell, start: Start) -> None:
    """When a fault is over the report arrives, under the id that it had."""
    receiver = start("refused")
    crash(project, receiver.dsn())
    [report] = listed(project)
    receiver.heal()
    assert project.run("telemetry-hook", "send").returncode == 0
    [body] = receiver.bodies
    assert json.loads(body.splitlines()[0])["event_id"] == report["id"]
