"""Crashes in the workers of a pool and in threads, and a tool with an excepthook of its own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from conftest import PLUGIN, Environment, Shell, make_tool

CODE = '''
import concurrent.futures
import multiprocessing
import sys
import threading


class CrewError(Exception):
    """Somebody of the crew has failed."""


def load(s):
    raise CrewError(f"the hold is too small for {s}")


def row(s):
    return int(s)


def wait(s):
    raise CrewError(f"nobody came to relieve {s}")


def user(s):
    names = {}
    exec(f"def job(s):\\n    raise ValueError({s!r})", names)
    return names["job"](s)


def in_futures(job, s, method):
    context = multiprocessing.get_context(method)
    with concurrent.futures.ProcessPoolExecutor(1, mp_context=context) as pool:
        pool.submit(job, s).result()


def in_pool(job, s, method):
    with multiprocessing.get_context(method).Pool(1) as pool:
        pool.map(job, [s])


def in_threads(job, s, _):
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        pool.submit(job, s).result()


def in_one_thread(job, s, _):
    thread = threading.Thread(target=job, args=(s,))
    thread.start()
    thread.join()
    wait(s)


def friendly(job, s, _):
    sys.excepthook = lambda *_: print("Something went wrong. Sorry!", file=sys.stderr)
    job(s)


def main():
    run, job, s, method = sys.argv[1:]
    globals()[run](globals()[job], s, method)
'''


@pytest.fixture(scope="module", autouse=True)
def tool(environment: Environment, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Install a tool with workers, whose plugin always says yes."""
    plugin = PLUGIN + "@hookimpl\ndef telemetry_ask(report, tool): return 'yes'\n"
    directory = tmp_path_factory.mktemp("tool")
    environment.pip("install", "--no-deps", make_tool(directory, "crew", CODE, plugin=plugin))
    yield
    environment.pip("uninstall", "--yes", "acme-crew")


def report_of(shell: Shell, *arguments: str) -> dict[str, Any]:
    """Run the tool to its end and return the report that it sent."""
    for old in shell.home.reports.glob("*.json"):
        old.unlink()
    assert shell.run("crew", *arguments).returncode == 1
    [report] = shell.home.wait_for_reports()
    shell.home.forget()
    return report


def last_functions(report: dict[str, Any]) -> list[str]:
    return [exception["frames"][-1]["function"] for exception in report["exceptions"]]


@pytest.mark.parametrize(
    ("run", "method"), [("in_futures", "fork"), ("in_futures", "spawn"), ("in_pool", "spawn")]
)
def test_workers_in_processes(shell: Shell, run: str, method: str) -> None:
    """Each bug has a fingerprint of its own, and no secret changes the report."""
    load, other = (report_of(shell, run, "load", s, method) for s in ("rum", "hunter2"))
    row = report_of(shell, run, "row", "rum", method)
    assert load["fingerprint"] == other["fingerprint"] != row["fingerprint"]
    assert load["exceptions"] == other["exceptions"]
    raised, carrier = load["exceptions"]
    assert raised["message"] == "the hold is too small for <…>"
    assert carrier["frames"][-1]["function"] == "load"
    assert carrier["frames"][-1]["known_by"] == "text"
    assert carrier["frames"][-1]["source"]["line"].strip().startswith("raise CrewError(")
    assert last_functions(row)[1] == "row"
    assert row["exceptions"][0]["message"] == "invalid literal for int() with base 10: <…>"


def test_workers_in_threads(shell: Shell) -> None:
    """Their frames are there, and need no text."""
    report = report_of(shell, "in_threads", "load", "rum", "")
    assert last_functions(report) == ["load"]
    assert "known_by" not in report["exceptions"][0]["frames"][-1]


def test_a_thread_and_then_the_main_thread(shell: Shell) -> None:
    report, alone = (
        report_of(shell, run, "load", "rum", "") for run in ("in_one_thread", "friendly")
    )
    assert report["mechanism"] == "excepthook"
    assert last_functions(report) == ["wait", "load"]
    first, other = report["exceptions"]
    assert "relation" not in first
    assert (other["relation"], other["message"]) == ("other", "the hold is too small for <…>")
    assert not report["circumstances"]["own_excepthook"]
    assert alone["circumstances"]["own_excepthook"]
    assert last_functions(alone) == ["load"]


def test_what_failed_in_withheld_code_is_asked_about_again(shell: Shell) -> None:
    """Two bugs there may have one fingerprint. A bug in the tool's own code is reported once."""
    for job, count in (("user", 2), ("load", 1)):
        for old in shell.home.reports.glob("*.json"):
            old.unlink()
        for _ in range(2):
            ended = shell.run("crew", "in_futures", job, "rum", "fork")
            shell.home.wait_for_reports()
        assert ("reported already" in ended.stderr) == (count == 1)
        assert len(shell.home.wait_for_reports(count)) == count
        shell.home.forget()
