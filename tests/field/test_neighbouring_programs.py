"""Programs that run other programs, with our wheel and without: servers, shells, kernels, tests.

As in test_neighbours.py, nothing here is a registered tool, and the comparison is with an
environment that we were never installed in.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from twins import FAIL, PACKAGES, Program, Twins, make_twins

# The result depends on these packages. What depends on the Python is in test_plain_scripts.py.
pytestmark = pytest.mark.once

WSGI = f"""
{FAIL}
def app(environ, start_response):
    if environ["PATH_INFO"] == "/thread":
        in_thread(fail)
    fail()
"""
ASGI = f"""
{FAIL}
import asyncio

async def app(scope, receive, send):
    if scope["type"] == "http" and scope["path"] == "/thread":
        in_thread(fail)
    if scope["path"] == "/task":
        task = asyncio.ensure_future(forgotten())
        await asyncio.sleep(0)
    fail()

async def forgotten():
    fail()
"""
# Starts a server on a free port, lets requests fail, sends a signal, and prints what it wrote.
SERVE = """
import http.client, re, signal, subprocess, sys

signal_name, paths, *command = sys.argv[1:]
server = subprocess.Popen(
    [sys.executable, "-m", *command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
)
signal.signal(signal.SIGALRM, lambda *_: server.kill())  # one that hangs is not left behind
signal.alarm(60)
ready = {"gunicorn": "Booting worker", "uvicorn": "running on"}[command[0]]
port = None
for line in server.stdout:
    print(line, end="")
    port = next(iter(re.findall(r"http://127.0.0.1:([0-9]+)", line)), port)
    if ready in line:
        break
for path in paths.split():
    connection = http.client.HTTPConnection("127.0.0.1", int(port), timeout=20)
    connection.request("GET", path)
    answer = connection.getresponse()
    print(answer.status, answer.reason, answer.getheaders(), answer.read())
if paths:
    server.send_signal(getattr(signal, signal_name))
print(server.stdout.read())
print("status", server.wait())
"""
# Its control socket is opened by a thread, which logs at any time.
GUNICORN = ("gunicorn", "--no-control-socket", "--bind", "127.0.0.1:0", "app:app")
UVICORN = ("uvicorn", "--port", "0", "--lifespan", "off", "app:app")


def server(app: str, signal: str, paths: str, *command: str) -> Program:
    """Return a program that starts a server of an app, uses it and ends it."""
    arguments = ("python", "serve.py", signal, paths, *command)
    return Program({"serve.py": SERVE, "app.py": app}, arguments)


SERVERS = {
    "gunicorn": server(WSGI, "SIGTERM", "/ /thread", *GUNICORN),
    "gunicorn_interrupted": server(WSGI, "SIGINT", "/", *GUNICORN),
    "gunicorn_with_threads": server(WSGI, "SIGTERM", "/ /thread", *GUNICORN, "--threads", "2"),
    "gunicorn_with_gevent": server(WSGI, "SIGTERM", "/ /thread", *GUNICORN, "-k", "gevent"),
    "gunicorn_worker_that_cannot_boot": server(f"{FAIL}\nfail()", "", "", *GUNICORN),
    "gunicorn_preloaded_app_that_cannot_boot": server(
        f"{FAIL}\nfail()", "", "", *GUNICORN, "--preload"
    ),
    "uvicorn": server(ASGI, "SIGTERM", "/ /thread /task", *UVICORN),
    "uvicorn_interrupted": server(ASGI, "SIGINT", "/", *UVICORN),
    "uvicorn_app_that_cannot_boot": server(f"{FAIL}\nfail()", "", "", *UVICORN),
}

SCRIPT = f"{FAIL}\nin_thread(fail)\nfail()\n"
# Its header lists plugins, and we have one for authors of tools.
PYTEST = "python -m pytest --no-header -p no:cacheprovider"
COVERAGE = "python -m coverage"
SHELLS = {
    "ipython": ("python -m IPython -c 'print(1); 1 / 0'", "ZeroDivisionError"),
    "ipython_script": ("python -m IPython script.py", "ValueError"),
    "ipython_run": ("python -m IPython -c '%run script.py'", "ValueError"),
    "ipython_module": ("python -m IPython -m script", "ValueError"),
    "ipython_cells": ("python -m IPython --no-banner <cells", "ValueError"),
    "ipython_embedded": ("{ echo 1 / 0; cat cells; } | python embed.py", "ValueError"),
    "ipython_hook": ("python hook.py", "ValueError"),
    "coverage": (f"{COVERAGE} run script.py; echo $?; {COVERAGE} report -m", "script.py"),
    "coverage_branches": (
        f"{COVERAGE} run --branch -m script; {COVERAGE} report -m; {COVERAGE} lcov -o lcov.txt",
        "Wrote LCOV report to lcov.txt",
    ),
    "coverage_in_python": (
        f"export COVERAGE_CORE=pytrace; {COVERAGE} run script.py; {COVERAGE} annotate; cat *,cover",
        "> fail()",
    ),
    "pytest": (f"{PYTEST} test_it.py", "3 failed, 1 passed"),
    "pytest_strict": (f"{PYTEST} -W error test_it.py", "4 failed"),
    "pytest_conftest": (f"{PYTEST} inside", "ImportError while loading conftest"),
    "pytest_internal_error": (f"{PYTEST} -p plugin test_it.py", "INTERNALERROR"),
    "pytest_subprocess": (f"{PYTEST} test_child.py", "1 passed"),
}
FILES = {
    "script.py": SCRIPT,
    "cells": f"{FAIL}\n\n1 / 0\nfail()\nin_thread(fail)\nimport sys\nsys.last_value\nfail()\n",
    "embed.py": f"{FAIL}\nimport IPython\nIPython.embed(banner1='', enable_tip=False)\nfail()\n",
    "hook.py": (
        f"{FAIL}\nimport sys\nfrom IPython.core.ultratb import FormattedTB\n"
        "sys.excepthook = FormattedTB(mode='Context', theme_name='nocolor')\n"
        "in_thread(fail)\nfail()\n"
    ),
    "test_it.py": (
        f"{FAIL}\ndef test_value(): fail()\ndef test_thread(): in_thread(fail)\n"
        "def test_key(): assert {'key': 1} == {'key': 2}\n"
        "def test_hook():\n    import sys\n"
        "    try: fail()\n    except ValueError: sys.excepthook(*sys.exc_info())\n    fail()\n"
    ),
    "test_child.py": (
        "import subprocess, sys\ndef test_child():\n"
        "    ended = subprocess.run([sys.executable, 'script.py'], capture_output=True)\n"
        "    assert ended.stderr.count(b'ValueError: text') == 2\n"
    ),
    "plugin.py": f"{FAIL}\ndef pytest_runtest_logstart(): fail()\n",
    "inside/conftest.py": f"{FAIL}\nin_thread(fail)\nfail()\n",
    "inside/test_it.py": "",
}
# Runs cells in a kernel and prints the kernel's messages; what is on the streams, together.
KERNEL = """
import json
from jupyter_client.manager import start_new_kernel

manager, client = start_new_kernel(kernel_name="python3")
for cell in open("cells").read().split("# cell"):
    texts = {"stdout": "", "stderr": ""}
    def show(message):
        content = message["content"]
        if message["msg_type"] == "stream":
            texts[content["name"]] += content["text"]
        else:
            print(message["msg_type"], json.dumps(content, sort_keys=True, indent=1))
    reply = client.execute_interactive(cell, output_hook=show, timeout=30)["content"]
    print(json.dumps(reply, sort_keys=True), *texts.values(), sep="\\n")
client.stop_channels()
manager.shutdown_kernel()
"""
CELLS = f"""{FAIL}
# cell
fail()
# cell
in_thread(fail)
# cell
import asyncio
await asyncio.gather(asyncio.to_thread(fail))
# cell
import sys
try:
    fail()
except ValueError:
    sys.excepthook(*sys.exc_info())
# cell
sys.last_value, sys.excepthook is sys.__excepthook__
# cell
!python script.py
"""


@pytest.fixture(scope="module")
def twins(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Twins:
    return make_twins(tmp_path_factory, "packages", wheel, *PACKAGES)


@pytest.mark.parametrize("name", SERVERS)
def test_a_server_is_the_same(name: str, twins: Twins, tmp_path: Path) -> None:
    """Requests that fail, their log, and the end by a signal are as without us."""
    ends = twins.without_us(SERVERS[name], tmp_path / "run")
    assert "ValueError: text" in ends.output
    assert twins.with_us(SERVERS[name], tmp_path / "run") == ends


@pytest.mark.parametrize("name", SHELLS)
def test_a_program_that_runs_others_is_the_same(name: str, twins: Twins, tmp_path: Path) -> None:
    """What IPython, coverage and pytest print, report and return is as without us."""
    command, expected = SHELLS[name]
    program = Program(FILES, ("sh", "-c", command))
    ends = twins.without_us(program, tmp_path / "run")
    assert expected in "\n".join(ends.output + ends.errors)
    assert twins.with_us(program, tmp_path / "run") == ends


def test_a_kernel_is_the_same(twins: Twins, tmp_path: Path) -> None:
    """The messages of a Jupyter kernel whose cells fail are as without us."""
    files = {"script.py": SCRIPT, "kernel.py": KERNEL, "cells": CELLS}
    program = Program(files, ("python", "kernel.py"))
    ends = twins.without_us(program, tmp_path / "run")
    assert "".join(ends.output).count('"ename": "ValueError"') >= 2
    assert twins.with_us(program, tmp_path / "run") == ends
