"""What a plugin may do wrong, and what it costs: its own contribution and nothing else."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import PLUGIN, Shell, make_tool

pytestmark = pytest.mark.once

ATTRIBUTES = (
    "attributes=(Count('things', 'How many things'), Flag('is.good', 'Whether it is good'),"
    " Choice('kind', 'Which kind', ('a', 'b')), Features('used', 'What was used', ('x', 'y')),"
    " Version('server', 'The server'))"
)
HOOK = "@hookimpl\ndef telemetry_attributes(crash):\n    "
BAD_ATTRIBUTES = {
    "raises": "raise ValueError('hunter2')",
    "exits": "raise SystemExit(7)",
    "hangs": "import time; time.sleep(600)",
    "spins": "\n    while True:\n        n = 1\n        try: n += 1\n        except Exception: pass",
    "returns_rubbish": "return 42",
    "prints": "print('noise'); import sys; print('noise', file=sys.stderr); return {}",
    "hostile_mapping": "return type('M', (dict,), {'__contains__': lambda *a: 1 / 0})()",
    "wrong_types": "return {'things': 'hunter2', 'is.good': 1, 'kind': 'c', 'used': 5, 'server': 1}",
    "undeclared": "return {'password': 'hunter2'}",
}


@pytest.mark.parametrize("case", BAD_ATTRIBUTES)
def test_bad_attributes_cost_themselves_alone(
    shell: Shell, install: Callable[..., None], tmp_path: Path, case: str
) -> None:
    """Whatever `telemetry_attributes` does, the report is asked about and sent without them."""
    plugin = PLUGIN + HOOK + BAD_ATTRIBUTES[case] + "\n"
    install(make_tool(tmp_path, "bad", "def main(): 1 / 0", plugin=plugin, more=ATTRIBUTES))
    start = time.monotonic()
    terminal = shell.terminal("bad")
    terminal.answer("yes")
    assert terminal.end() == 1
    assert time.monotonic() - start < 60
    [report] = shell.home.wait_for_reports()
    assert report["exceptions"][0]["type"] == "ZeroDivisionError"
    assert report["attributes"] == []
    assert "hunter2" not in json.dumps(report)
    assert "noise" not in terminal.screen


def test_good_attributes_travel_as_declared(
    shell: Shell, install: Callable[..., None], tmp_path: Path
) -> None:
    """Counts are rounded, features are a subset, versions lose their tail; noted features come too."""
    plugin = (
        PLUGIN
        + HOOK
        + (
            "return {'things': 1234, 'is.good': False, 'kind': 'b', 'used': {'y', 'z'},"
            " 'server': '16.3-corp.7', 'more': 1}\n"
        )
    )
    code = "import telemetry_hook\ndef main():\n    telemetry_hook.use('used', 'x')\n    1 / 0\n"
    install(make_tool(tmp_path, "good", code, plugin=plugin, more=ATTRIBUTES))
    terminal = shell.terminal("good")
    terminal.answer("yes")
    terminal.end()
    [report] = shell.home.wait_for_reports()
    assert {each["name"]: each["value"] for each in report["attributes"]} == {
        "things": 1200,
        "is.good": False,
        "kind": "b",
        "used": ["x", "y"],
        "server": "16.3",
    }


BROKEN_TOOLS = {
    "import_fails": "import missing_module",
    "raises": "from telemetry_hook import hookimpl\n@hookimpl\ndef telemetry_tool(): 1 / 0",
    "exits": "import os, sys; sys.exit(9)",
    "hangs": "import time; time.sleep(600)",
    "returns_rubbish": "from telemetry_hook import hookimpl\n@hookimpl\ndef telemetry_tool(): return 5",
    "no_hooks": "",
    "wrong_hook": "from telemetry_hook import hookimpl\n@hookimpl\ndef telemetry_tol(): pass",
    "malformed_dsn": PLUGIN.replace(
        'FileReceiver(os.environ["REPORTS"])', "SentryReceiver('nonsense')"
    ),
    "plain_http": PLUGIN.replace(
        'FileReceiver(os.environ["REPORTS"])', "SentryReceiver('http://k@errors.example/1')"
    ),
    "escape_sequence": PLUGIN.replace("Acme Ltd", "\\x1b[2J"),
}


@pytest.mark.parametrize("case", BROKEN_TOOLS)
def test_broken_plugin_is_silent_at_a_crash_and_named_by_doctor(
    shell: Shell, install: Callable[..., None], tmp_path: Path, case: str
) -> None:
    """A plugin that cannot declare its tool asks nothing; `doctor` says which, and why."""
    install(make_tool(tmp_path, "broken", "def main(): 1 / 0", plugin=BROKEN_TOOLS[case]))
    terminal = shell.terminal("broken")
    assert terminal.end() == 1
    assert "has crashed" not in terminal.screen
    assert terminal.screen.count("ZeroDivisionError") == 1
    found = shell.run("telemetry-hook", "doctor", "--json")
    assert found.returncode == 1
    [wrong] = [each for each in json.loads(found.stdout) if not each["ok"]]
    assert wrong["title"] == "plugin broken"
    assert "broken.telemetry" in wrong["text"]
    assert shell.home.files() == []


def test_expected_exceptions_are_no_crash(
    shell: Shell, install: Callable[..., None], tmp_path: Path
) -> None:
    """What `telemetry_is_expected` names asks nothing, in a thread too."""
    plugin = PLUGIN + (
        "@hookimpl\ndef telemetry_is_expected(crash):\n"
        "    return type(crash.exception).__name__ == 'Mistake' and crash.exception.code == 4\n"
    )
    code = (
        "import sys, threading\nclass Mistake(Exception):\n"
        "    def __init__(self, code): super().__init__('m'); self.code = code\n"
        "def fail(): raise Mistake(int(sys.argv[2]))\n"
        "def main():\n"
        "    if sys.argv[1] == 'thread': threading.Thread(target=fail).start()\n"
        "    else: fail()\n"
    )
    install(make_tool(tmp_path, "careful", code, plugin=plugin))
    for where in ("main", "thread"):
        expected = shell.terminal("careful", where, "4")
        expected.end()
        assert "has crashed" not in expected.screen
        unexpected = shell.terminal("careful", where, "5")
        unexpected.answer("no")
        unexpected.end()


@pytest.mark.parametrize(
    ("answer", "reports", "asks_here"),
    [
        ("'yes'", 1, False),
        ("'no'", 0, False),
        ("'maybe'", 0, False),
        ("None", 0, True),
        ("1 / 0", 0, True),
    ],
)
def test_plugin_may_ask_in_its_own_way(
    shell: Shell,
    install: Callable[..., None],
    tmp_path: Path,
    answer: str,
    reports: int,
    asks_here: bool,
) -> None:
    """A plugin's own question replaces the terminal's; without an answer of its own we ask."""
    plugin = PLUGIN + (
        "@hookimpl\ndef telemetry_ask(report, tool):\n"
        "    assert tool.name == 'window' and report.tool.name == 'acme-window'\n"
        f"    return {answer}\n"
    )
    install(make_tool(tmp_path, "window", "def main(): 1 / 0", plugin=plugin))
    terminal = shell.terminal("window")
    if asks_here:
        terminal.answer("no")
    terminal.end()
    assert ("has crashed" in terminal.screen) == asks_here
    assert len(shell.home.received()) == reports


def test_plugin_that_asks_needs_no_terminal(
    shell: Shell, install: Callable[..., None], tmp_path: Path
) -> None:
    """A program with a window of its own has no terminal; its plugin asks all the same."""
    plugin = PLUGIN + "@hookimpl\ndef telemetry_ask(report, tool): return 'yes'\n"
    install(make_tool(tmp_path, "window", "def main(): 1 / 0", plugin=plugin))
    assert shell.run("window").returncode == 1
    assert len(shell.home.wait_for_reports()) == 1
