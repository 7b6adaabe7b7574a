"""Measures what the web middleware costs healthy requests, at rest and while 1,000 others fail.

Two servers run the same app, one with the middleware and one without; requests go to them in turn.
It asserts nothing: run with tests/ on PYTHONPATH.
"""

from __future__ import annotations

import http.client
import statistics
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

from conftest import PLUGIN, free_port, make_environment, make_wheel, until
from conftest import ROOT as PROJECT

APP = """
import sys
from starlette.applications import Starlette
from starlette.responses import HTMLResponse
from starlette.routing import Route
import uvicorn
from telemetry_hook.web import AsgiMiddleware, WsgiMiddleware

def healthy(request):
    return HTMLResponse("x" * 2000)

def fail(request):
    raise LookupError("there is no shelf here")

def main():
    app = Starlette(routes=[Route("/healthy", healthy), Route("/fail", fail)])
    if sys.argv[1] == "with":
        app = AsgiMiddleware(app, "board")
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[2]), log_level="critical")
"""
FAILING = """
import http.client, sys, time
ports = [int(each) for each in sys.argv[2:]]
for _ in range(int(sys.argv[1])):
    for port in ports:
        connection = http.client.HTTPConnection("127.0.0.1", port)
        connection.request("GET", "/fail")
        connection.getresponse().read()
        connection.close()
"""
FAILURES = 1000
HEALTHY = 3000
WARM = 200


def main() -> None:
    """Print medians, and their ratios."""
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        ports, servers = _start(directory)
        try:
            connections = [http.client.HTTPConnection("127.0.0.1", port) for port in ports]
            _measure(connections, WARM)
            _print("at rest", _measure(connections, HEALTHY))
            command = [sys.executable, "-c", FAILING, str(FAILURES), *map(str, ports)]
            with subprocess.Popen(command) as load:
                times: tuple[list[float], list[float]] = ([], [])
                while load.poll() is None:
                    for found, new in zip(times, _measure(connections, 20), strict=True):
                        found.extend(new)
                _print(f"while {FAILURES} requests fail", times)
            _print("afterwards", _measure(connections, HEALTHY))
        finally:
            for server in servers:
                server.terminate()
                server.wait()


def _start(directory: Path) -> tuple[list[int], list[subprocess.Popen[bytes]]]:
    environment = make_environment(directory / "environment")
    tool = make_wheel(
        directory,
        "acme-board",
        {
            "board/__init__.py": "",
            "board/cli.py": APP,
            "board/telemetry.py": PLUGIN.format(name="board", more=""),
        },
        entry_points={
            "console_scripts": {"board": "board.cli:main"},
            "telemetry_hook": {"board": "board.telemetry"},
        },
    )
    environment.pip("install", PROJECT, tool, "starlette", "uvicorn")
    variables = {"HOME": str(directory), "PATH": "/usr/bin:/bin", "REPORTS": str(directory)}
    ports = [free_port(), free_port()]
    servers = [
        subprocess.Popen([environment.bin / "board", kind, str(port)], env=variables)
        for kind, port in zip(("without", "with"), ports, strict=True)
    ]
    for port in ports:
        until(partial(_is_up, port))
    return ports, servers


def _is_up(port: int) -> bool:
    try:
        http.client.HTTPConnection("127.0.0.1", port).request("GET", "/healthy")
    except OSError:
        return False
    return True


def _measure(
    connections: list[http.client.HTTPConnection], count: int
) -> tuple[list[float], list[float]]:
    times: tuple[list[float], list[float]] = ([], [])
    for number in range(count):
        for at in (0, 1) if number % 2 else (1, 0):
            start = time.perf_counter()
            connections[at].request("GET", "/healthy")
            connections[at].getresponse().read()
            times[at].append(time.perf_counter() - start)
    return times


def _print(what: str, times: tuple[list[float], list[float]]) -> None:
    without, with_it = (statistics.median(each) * 1e6 for each in times)
    late, late_with = (statistics.quantiles(each, n=20)[-1] * 1e6 for each in times)
    print(
        f"{what:<28} without {without:6.0f} µs   with {with_it:6.0f} µs   "
        f"{with_it / without - 1:+.1%}   (95th percentile {late:.0f} and {late_with:.0f} µs)"
    )


if __name__ == "__main__":
    main()
