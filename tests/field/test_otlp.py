"""A crash arrives at a real OpenTelemetry collector: Rotel, which writes down what it has read."""

from __future__ import annotations

import importlib.util
import os
import re
import socket
import subprocess
import sysconfig
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from conftest import Shell, free_port, make_tool, needs, until

pytestmark = pytest.mark.once

PLUGIN = """
import os
from telemetry_hook import *
from telemetry_hook import hookimpl

@hookimpl
def telemetry_tool():
    return Tool(
        name="{name}", publisher="Acme Ltd", purpose="to find and fix bugs",
        receiver=OtlpReceiver(os.environ["OTLP"]),
        attributes=(Count("orders", "How many orders there are"), Flag("paid", "Whether it is paid")),
    )

@hookimpl
def telemetry_attributes(crash):
    return {"orders": 3, "paid": True, "undeclared": os.environ["DATABASE_PASSWORD"]}
"""
TOOL = """
import os, sys

class ConnectionLost(Exception): pass

def connect(url, password):
    local = password + "-in-a-local"
    try:
        {}[password]
    except KeyError as error:
        message = f"could not connect to {url} with {password!r} today"
        raise ConnectionLost(message) from error

def main():
    connect(sys.argv[1], os.environ["DATABASE_PASSWORD"])
"""
RAISE = "    raise ConnectionLost(message) from error"
SECRETS = {
    "password": "hunter2-s3cret",
    "url": "postgresql://admin@db.internal.example/orders-of-may",
    "user": "johanna-doe",
}
# An attribute as Rotel writes it: its text may have lines of its own.
ATTRIBUTE = re.compile(
    r"^     -> (\S+): (\w+)\((.*?)\)$(?=\n     -> |\n    [A-Z]|\n\S)", re.MULTILINE | re.DOTALL
)


@dataclass(frozen=True)
class Rotel:
    """A running Rotel, and the file that it writes each log record to, as it understood it."""

    port: int
    output: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1/logs"

    def text(self) -> str:
        return self.output.read_text("utf-8")

    def is_up(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
        except OSError:
            return False
        return True

    def record(self) -> str:
        """Wait until a record is written whole, and return it."""
        until(lambda: "\nFlags: " in self.text())
        _, *found = self.text().split("ResourceLog #")
        [record] = found
        return record


def find_agent(environment: dict[str, str]) -> Path:
    """Return Rotel's program."""
    needs("Rotel", "libpython")
    package = importlib.util.find_spec("rotel")
    assert package is not None
    assert package.origin is not None
    agent = Path(package.origin).parent / "rotel-agent"
    run = subprocess.run(
        [agent, "--version"], env=environment, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    return agent


@pytest.fixture
def rotel(tmp_path: Path) -> Iterator[Rotel]:
    """Start Rotel, which only writes down what it gets."""
    environment = {
        "PATH": os.environ["PATH"],
        "LD_LIBRARY_PATH": sysconfig.get_config_var("LIBDIR"),
    }
    agent = find_agent(environment)
    made = Rotel(free_port(), tmp_path / "rotel.txt")
    command: list[str | Path] = [
        *(agent, "start", "--exporter", "blackhole"),
        *("--debug-log", "logs", "--debug-log-verbosity", "detailed"),
        *("--otlp-http-endpoint", f"127.0.0.1:{made.port}"),
        *("--otlp-grpc-endpoint", f"127.0.0.1:{free_port()}"),
        *("--pid-file", tmp_path / "rotel.pid", "--log-file", tmp_path / "rotel.log"),
    ]
    with made.output.open("w") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, env=environment)
    try:
        until(made.is_up)
        yield made
    finally:
        process.terminate()
        process.wait()


@pytest.fixture
def record(shell: Shell, rotel: Rotel, install: Callable[..., None], tmp_path: Path) -> str:
    """Let a tool crash, say yes, and return what the collector has understood."""
    install(make_tool(tmp_path, "order", TOOL, plugin=PLUGIN))
    terminal = shell.terminal(
        "order",
        SECRETS["url"],
        DATABASE_PASSWORD=SECRETS["password"],
        USER=SECRETS["user"],
        OTLP=rotel.url,
    )
    terminal.answer("yes")
    terminal.expect("sent. Receipt: ")
    assert terminal.end() == 1
    return rotel.record()


def test_the_crash_arrives_as_one_record(record: str) -> None:
    """The record has service, version, class, template, stack, fingerprint, and attributes."""
    found = {name: (kind, value) for name, kind, value in ATTRIBUTE.findall(record)}
    assert "EventName: exception\n" in record
    assert "SeverityNumber: SEVERITY_NUMBER_FATAL(21)\n" in record
    assert found["service.name"] == ("Str", "acme-order")
    assert found["service.version"] == ("Str", "1.0")
    assert found["exception.type"] == ("Str", "order.cli.ConnectionLost")
    message = "could not connect to <…> with <…> today"
    assert found["exception.message"] == ("Str", message)
    assert re.fullmatch("[0-9a-f]{16,64}", found["telemetry_hook.fingerprint"][1])
    assert re.fullmatch("[0-9a-f]{32}", found["telemetry_hook.report.id"][1])
    assert (found["orders"], found["paid"]) == (("Int", "3"), ("Bool", "true"))


def test_the_stack_is_a_traceback_with_its_cause_first(record: str) -> None:
    """The stack reads as Python's own: the cause, then what it led to, with the lines of source."""
    found = {name: value for name, _, value in ATTRIBUTE.findall(record)}
    lines = found["exception.stacktrace"].splitlines()
    assert lines.count("Traceback (most recent call last):") == 2
    cause, effect = lines.index("    {}[password]"), lines.index(RAISE)
    assert cause < lines.index("KeyError: <…>") < effect
    assert "The above exception was the direct cause of the following exception:" in lines
    assert lines[-1] == "order.cli.ConnectionLost: could not connect to <…> with <…> today"
    assert any(
        re.fullmatch(r'  File "order/cli\.py", line \d+, in connect', each) for each in lines
    )


def test_no_planted_secret_arrives(record: str, shell: Shell) -> None:
    """Arguments, locals, environment, undeclared attributes, paths, host and user stay here."""
    planted = [
        *SECRETS.values(),
        *("hunter2", "s3cret", "orders-of-may", "db.internal", "undeclared", '-in-a-local"'),
        *(str(shell.directory), str(shell.home.directory), str(shell.environment.directory)),
        socket.gethostname(),
    ]
    assert "exception.message" in record
    assert [each for each in planted if each in record] == []
