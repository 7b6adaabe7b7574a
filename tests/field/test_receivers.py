"""Receivers beyond the tracker: the HTTPS contract, taking a report back, and one of somebody else's."""

from __future__ import annotations

import importlib.util
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from conftest import PLUGIN, ROOT, Receiver, Shell, build_wheel, make_tool

pytestmark = [pytest.mark.once, pytest.mark.account]

TOOL = """
import sys
class WiredError(Exception): pass
def chain():
    try: open("/nowhere/at/all")
    except OSError as error: raise WiredError("this file is not there") from error
def group():
    error = WiredError("one of them failed")
    if sys.version_info >= (3, 11): raise ExceptionGroup("several failed", [error, KeyError("x")])
    raise error
def recursion(depth=3000):
    items = [depth]
    recursion(depth - 1)
def user(): exec("raise ValueError(5)")
def main(): globals()[sys.argv[1]]()
"""


def schema() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((ROOT / "docs/report.schema.json").read_text("utf-8"))
    return found


@pytest.fixture
def wired(shell: Shell, receiver: Receiver, install: Callable[..., None], tmp_path: Path) -> Shell:
    """Return a shell with a tool whose endpoint takes reports, and takes them back."""
    made = f'HttpsReceiver("{receiver.url}/reports", deletes=True)'
    plugin = PLUGIN.replace('FileReceiver(os.environ["REPORTS"])', made)
    more = 'attributes=(Flag("a.b", "Whether"),)'
    install(make_tool(tmp_path, "wired", TOOL, plugin=plugin, more=more))
    return shell


def crash(shell: Shell, way: str) -> str:
    """Let the tool crash, say yes, and return the receipt."""
    terminal = shell.terminal("wired", way)
    terminal.answer("yes")
    terminal.expect("sent. Receipt: ")
    assert terminal.end() == 1
    found = re.search(r"Receipt: ([0-9a-f]{8})", terminal.screen)
    assert found is not None
    return found[1]


@pytest.mark.parametrize("way", ["chain", "group", "recursion", "user"])
def test_what_arrives_is_what_the_schema_says(wired: Shell, receiver: Receiver, way: str) -> None:
    """A report at an HTTPS endpoint fits the published schema, under its id as idempotency key."""
    crash(wired, way)
    [body], [request] = receiver.bodies, receiver.requests
    report = json.loads(body)
    jsonschema.validate(report, schema())
    assert request["path"] == "/reports"
    assert request["Idempotency-Key"] == report["id"]
    assert request["Content-Type"] == "application/json"
    said = {"Host", "Content-Length", "User-Agent", "Idempotency-Key", "Content-Type", "path"}
    assert set(request) == said


def test_the_schema_is_the_codes() -> None:
    """The file in the docs is what the classes of a report come to."""
    path = ROOT / "tools/write_schema.py"
    spec = importlib.util.spec_from_file_location("write_schema", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert json.loads(module.text()) == schema()


def test_the_schema_refuses_what_is_no_report() -> None:
    """A field too many, or of another type, does not fit."""
    jsonschema.Draft202012Validator.check_schema(schema())
    for wrong in ({}, {"format": 1}, {"format": 2}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(wrong, schema())


def test_a_sent_report_can_be_taken_back(wired: Shell, receiver: Receiver) -> None:
    """Where the endpoint offers it, `discard` has the report deleted there, and says if it did not."""
    receipt = crash(wired, "chain")
    report_id = json.loads(receiver.bodies[0])["id"]
    receiver.status = 500
    failed = wired.run("telemetry-hook", "discard", receipt)
    assert (failed.returncode, "is not deleted at its receiver" in failed.stderr) == (1, True)
    receiver.status = 200
    said = wired.run("telemetry-hook", "discard", receipt)
    assert (said.returncode, said.stdout) == (0, f"{receipt} is deleted at its receiver.\n")
    assert receiver.deleted == [f"/reports/{report_id}"]
    [left] = json.loads(wired.run("telemetry-hook", "list", "--json").stdout)
    assert (left["state"], left["bytes"]) == ("discarded", 0)
    assert wired.run("telemetry-hook", "discard", receipt).returncode == 1
    page = wired.run("telemetry-hook", "dictionary", "wired").stdout
    assert "To have a sent report deleted there, run `telemetry-hook discard ID`." in page


def test_a_receiver_of_somebody_elses(
    shell: Shell, receiver: Receiver, install: Callable[..., None], source: Path, tmp_path: Path
) -> None:
    """The example receiver's document arrives as it was shown, at its own address."""
    plugin = "from ecs_receiver import EcsReceiver\n" + PLUGIN.replace(
        'FileReceiver(os.environ["REPORTS"])', f'EcsReceiver("{receiver.url}/crashes/_doc")'
    )
    example = build_wheel(source / "examples/ecs_receiver", tmp_path)
    install(example, make_tool(tmp_path, "wired", TOOL, plugin=plugin))
    crash(shell, "chain")
    document = json.loads(receiver.bodies[0])
    assert receiver.requests[0]["path"] == f"/crashes/_doc/{document['event.id']}"
    assert document["error.type"] == "WiredError"
    assert document["error.message"] == "this file is not there"
    assert document["service.name"] == "acme-wired"
    assert "wired.cli chain" in document["error.stack_trace"]


@pytest.mark.parametrize("kind", ["HttpsReceiver", "OtlpReceiver"])
def test_other_receivers_get_the_report(
    shell: Shell, install: Callable[..., None], tmp_path: Path, receiver: Receiver, kind: str
) -> None:
    """The other receivers get the same facts encoded for them."""
    plugin = PLUGIN.replace('FileReceiver(os.environ["REPORTS"])', f"{kind}(os.environ['URL'])")
    code = "def main(): raise ValueError('nothing is ready')\n"
    install(make_tool(tmp_path, "teller", code, plugin=plugin))
    terminal = shell.terminal("teller", URL=f"{receiver.url}/v1/logs")
    terminal.answer("yes")
    terminal.expect("sent. Receipt: ")
    terminal.end()
    [body] = map(json.loads, receiver.bodies)
    [request] = receiver.requests
    assert (request["path"], request["Content-Type"]) == ("/v1/logs", "application/json")
    if kind == "HttpsReceiver":
        assert request["Idempotency-Key"] == body["id"]
        assert body["exceptions"][0]["message"] == "nothing is ready"
        assert body["tool"] == {"name": "acme-teller", "version": "1.0"}
    else:
        [record] = body["resourceLogs"][0]["scopeLogs"][0]["logRecords"]
        values = {each["key"]: each["value"] for each in record["attributes"]}
        assert values["exception.type"] == {"stringValue": "ValueError"}
        assert values["exception.message"] == {"stringValue": "nothing is ready"}
        assert (record["severityNumber"], record["eventName"]) == (21, "exception")
