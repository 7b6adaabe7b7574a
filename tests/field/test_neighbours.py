"""Programs with packages that hook what we hook, with our wheel and without: the same in all.

None of these programs is a registered tool. The comparison is with an environment that we were
never installed in, at the same path.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import needs
from twins import PACKAGES, Program, Twins, make_twins

# The result depends on these packages. What depends on the Python is in test_plain_scripts.py.
pytestmark = pytest.mark.once

FAILING = """
import sys, threading

def fail(*_):
    secret = 1
    print("failing", flush=True)
    raise ValueError("text")

def in_thread(target):
    thread = threading.Thread(target=target)
    thread.start()
    thread.join()
"""

LIBRARIES = {
    "typer_pretty": """
import typer
app = typer.Typer()
app.command()(lambda: fail())
app()
""",
    "typer_pretty_with_locals": """
import typer
app = typer.Typer(pretty_exceptions_show_locals=True, pretty_exceptions_short=False)
app.command()(lambda: fail())
app()
""",
    "typer_plain": """
import typer
app = typer.Typer(pretty_exceptions_enable=False)
app.command()(lambda: fail())
app()
""",
    "typer_in_a_thread": """
import typer
app = typer.Typer()
app.command()(lambda: fail())
in_thread(app)
app()
""",
    "typer_command_that_fails_in_a_thread": """
import typer
app = typer.Typer()
app.command()(lambda: in_thread(fail))
app()
""",
    "rich": """
import rich.traceback
rich.traceback.install()
in_thread(fail)
fail()
""",
    "rich_with_locals": """
import rich.traceback
print(rich.traceback.install(show_locals=True) is sys.__excepthook__)
try:
    fail()
except ValueError:
    {}["key"]
""",
    "rich_taken_back": """
import rich.traceback
sys.excepthook = rich.traceback.install()
fail()
""",
    "trio": """
import trio
async def work():
    await trio.sleep(0)
    fail()
async def main():
    async with trio.open_nursery() as nursery:
        nursery.start_soon(work)
        nursery.start_soon(work)
trio.run(main)
""",
    "trio_thread": """
import trio
trio.run(trio.to_thread.run_sync, fail)
""",
    "trio_in_a_thread": """
import trio
async def main():
    fail()
in_thread(lambda: trio.run(main))
""",
    "anyio": """
import anyio
async def main():
    async with anyio.create_task_group() as group:
        group.start_soon(work)
        group.start_soon(work)
async def work():
    await anyio.sleep(0)
    fail()
anyio.run(main)
""",
    "anyio_on_trio": """
import anyio
async def main():
    async with anyio.create_task_group() as group:
        await anyio.to_thread.run_sync(fail)
anyio.run(main, backend="trio")
""",
    "anyio_portal": """
import anyio.from_thread, concurrent.futures
with anyio.from_thread.start_blocking_portal() as portal:
    future = portal.start_task_soon(fail)
    concurrent.futures.wait([future])
    future.result()
""",
    "eventlet": """
import eventlet
eventlet.monkey_patch()
import threading
eventlet.spawn_n(fail)
eventlet.sleep(0.01)
in_thread(fail)
eventlet.spawn(fail).wait()
""",
    "eventlet_pool": """
import eventlet, eventlet.tpool
eventlet.monkey_patch()
eventlet.tpool.execute(fail)
""",
    "gevent": """
import gevent.monkey
gevent.monkey.patch_all()
gevent.spawn(fail).join()
in_thread(fail)
gevent.get_hub().threadpool.spawn(fail).wait()
fail()
""",
    "gevent_patched_before_threading": """
import gevent.monkey
gevent.monkey.patch_all()
gevent.spawn(fail).get()
""",
    "better_exceptions": """
import better_exceptions
better_exceptions.hook()
in_thread(fail)
fail()
""",
    "better_exceptions_unhooked": """
import better_exceptions
before = sys.excepthook
better_exceptions.hook()
sys.excepthook = before
fail()
""",
    "sentry": """
import sentry_sdk
def show(event, hint):
    for exception in event["exception"]["values"]:
        frames = [frame["function"] for frame in exception["stacktrace"]["frames"]]
        print(exception["type"], exception["mechanism"], frames, sorted(event["contexts"]))
    return event
sentry_sdk.init("http://key@127.0.0.1:9/1", before_send=show, shutdown_timeout=0.2)
in_thread(fail)
fail()
""",
    "sentry_and_rich": """
import rich.traceback, sentry_sdk
rich.traceback.install()
sentry_sdk.init("http://key@127.0.0.1:9/1", shutdown_timeout=0.2)
fail()
""",
    "pyside": """
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
application = QApplication(sys.argv)
QTimer.singleShot(0, fail)
QTimer.singleShot(20, lambda: application.exit(3))
sys.exit(application.exec())
""",
    "pyside_with_a_hook_that_ends": """
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QPushButton
application = QApplication(sys.argv)
before = sys.excepthook
def hook(*details):
    before(*details)
    application.exit(5)
sys.excepthook = hook
button = QPushButton("text")
button.clicked.connect(fail)
QTimer.singleShot(0, button.click)
print(application.exec())
fail()
""",
    "pyside_thread": """
from PySide6.QtCore import QCoreApplication, QThread
application = QCoreApplication(sys.argv)
class Worker(QThread):
    def run(self):
        fail()
worker = Worker()
worker.start()
print(worker.wait(5000))
in_thread(fail)
fail()
""",
    "pyqt_aborts": """
from PyQt6.QtCore import QCoreApplication, QTimer
application = QCoreApplication(sys.argv)
QTimer.singleShot(0, fail)
QTimer.singleShot(20, lambda: application.exit(3))
sys.exit(application.exec())
""",
    "pyqt_with_a_hook": """
from PyQt6.QtCore import QCoreApplication, QTimer
application = QCoreApplication(sys.argv)
sys.excepthook = lambda *details: (sys.__excepthook__(*details), application.exit(4))
QTimer.singleShot(0, fail)
sys.exit(application.exec())
""",
}


@pytest.fixture(scope="module")
def twins(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Twins:
    return make_twins(tmp_path_factory, "packages", wheel, *PACKAGES)


@pytest.fixture(params=LIBRARIES)
def program(request: pytest.FixtureRequest) -> Program:
    """Return a program that fails with a library loaded."""
    if request.param.startswith("py"):  # those with Qt
        needs("EGL")
    files = {"script.py": FAILING + LIBRARIES[request.param]}
    return Program(files, variables={"QT_QPA_PLATFORM": "offscreen"})


def test_output_and_status_are_the_same(program: Program, twins: Twins, tmp_path: Path) -> None:
    """Output, status and home are those of an environment without us."""
    ends = twins.without_us(program, tmp_path / "run")
    assert "failing" in ends.output
    assert twins.with_us(program, tmp_path / "run") == ends


def test_the_screen_is_the_same(program: Program, twins: Twins, tmp_path: Path) -> None:
    """On a terminal, where tools ask, nobody is asked."""
    ends = twins.screen_without_us(program, tmp_path / "run")
    assert twins.screen_with_us(program, tmp_path / "run") == ends
