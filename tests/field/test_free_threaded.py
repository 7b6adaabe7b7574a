"""A Python without the global lock: it stays off, whatever of ours is loaded."""

from __future__ import annotations

import sysconfig
from collections.abc import Iterator

import pytest
from conftest import Environment, Shell, installed, make_tool

pytestmark = pytest.mark.skipif(
    not sysconfig.get_config_var("Py_GIL_DISABLED"), reason="this Python has the lock"
)
CODE = """
import sys, threading, telemetry_hook
from telemetry_hook import Tool, hookimpl

def main():
    class Last:
        def __del__(self, enabled=sys._is_gil_enabled, write=sys.stdout.write):
            write(f"enabled: {enabled()}\\n")
    global last
    last = Last()
    def fail():
        telemetry_hook.use("gauge.features", "dials")
        raise RuntimeError("this was bound to happen")
    threads = [threading.Thread(target=fail) for _ in range(32 * ("thread" in sys.argv))]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
    if not threads: fail()
"""


@pytest.fixture(scope="module", autouse=True)
def tool(environment: Environment, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with installed((environment,), make_tool(tmp_path_factory.mktemp("tool"), "gauge", CODE)):
        yield


@pytest.mark.parametrize(("how", "status"), [("main", 1), ("thread", 0)])
def test_the_lock_stays_off(how: str, status: int, shell: Shell) -> None:
    """Also after a question and a report, and one of 32 threads that fail at once is asked about."""
    terminal = shell.terminal("gauge", how)
    terminal.answer("yes")
    assert terminal.end() == status
    assert "Receipt: " in terminal.screen
    assert "enabled: False" in terminal.screen
    assert terminal.screen.count("Send this report?") == 1
    [report] = shell.home.wait_for_reports()
    assert report["exceptions"][0]["type"] == "RuntimeError"


def test_no_module_of_ours_switches_it_on(shell: Shell) -> None:
    """Nor does one that we import: the sender's, the command's and the web middleware's too."""
    code = """
import importlib, pkgutil, sys, telemetry_hook
for module in pkgutil.walk_packages(telemetry_hook.__path__, "telemetry_hook."):
    # These need pytest or PyInstaller, or run a program.
    if not {"testing", "_pyinstaller", "__main__", "_sender"} & {*module.name.split(".")}:
        importlib.import_module(module.name)
assert not sys._is_gil_enabled()
"""
    ended = shell.run("python", "-W", "error", "-c", code)
    assert (ended.returncode, ended.stderr) == (0, "")
