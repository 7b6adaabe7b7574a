"""The data page says all that travels: compared with real reports, in every receiver's words."""

from __future__ import annotations

import html.parser
import json
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, get_type_hints

import pytest
from conftest import PLUGIN, Shell, make_tool

from telemetry_hook import _data_page, _report

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Previewer

pytestmark = pytest.mark.once

TOOL = "data_page"
CODE = """
import json, sys
class ToolError(Exception): pass
def chain():
    try: open("/nowhere/at/all")
    except OSError as error: raise ToolError("this file is not there") from error
def group():
    error = ToolError("one of them failed")
    if sys.version_info >= (3, 11): raise ExceptionGroup("several things failed", [error, KeyError("x")])
    raise error
def library(): json.loads("{x")
def recursion(depth=3000):
    items = [depth]
    recursion(depth - 1)
def user(): exec("raise ValueError(5)")
"""
WAYS = ("chain", "group", "library", "recursion", "user")
# The report of one way to fail, as it is, and in each receiver's words.
ENCODED = """
import json, sys, {name}.cli
from telemetry_hook import HttpsReceiver, OtlpReceiver, SentryReceiver
from telemetry_hook import _pipeline
from telemetry_hook._redact import raw_report
from telemetry_hook._installed import attribution
from telemetry_hook._consent import policy
from telemetry_hook._crash import capture
from telemetry_hook._plugins import Plugin
sys.argv[1:], way = [], sys.argv[1]
try:
    getattr({name}.cli, way)()
except BaseException as error:
    [registration] = [each for each in attribution.registrations() if each.package == "{name}"]
    plugin = Plugin(registration, policy.load())
    crash = capture.capture(error, "reported")
    report, _ = _pipeline.finish(raw_report.build(crash, registration, plugin.tool, {}))
    receivers = (SentryReceiver("https://k@a.example/1"), OtlpReceiver("https://a.example"))
    print(json.dumps([report.as_json(), *(each.encode(report).body.decode() for each in receivers)]))
"""


def paths(value: Any, path: str = "") -> Iterator[str]:
    """Yield the paths of all fields of a report's JSON."""
    if isinstance(value, list):
        for each in value:
            yield from paths(each, path)
    elif isinstance(value, dict):
        for name, each in value.items():
            below = f"{path}.{name}" if path else name
            if path.endswith("frames.variables"):
                below = f"{path}.*"
            elif name != "variables":
                yield below
            yield from paths(each, below)


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, (list, dict)):
        # OTLP's names of attributes are values of "key".
        named = value.items() if isinstance(value, dict) else enumerate(value)
        for name, each in named:
            yield from strings(each) if name != "key" else ()


def keys(value: Any) -> Iterator[str]:
    if isinstance(value, (list, dict)):
        for each in value.values() if isinstance(value, dict) else value:
            yield from keys(each)
    if isinstance(value, dict):
        yield from value


@pytest.mark.parametrize("way", WAYS)
def test_nothing_travels_that_is_not_on_the_page(previewer: Previewer, way: str) -> None:
    """Each field of a real report is on the page."""
    report = previewer(way)
    assert set(paths(report)) - set(_data_page.meanings()) == set()


@pytest.mark.parametrize("way", WAYS)
def test_receivers_say_nothing_else(previewer: Previewer, way: str) -> None:
    """Each text in a receiver's words is a text of the report, or made of several."""
    report, sentry, otlp = json.loads(previewer.output(ENCODED, way))
    # A traceback has a statement's lines without their indentation.
    told = {each for text in strings(report) for each in (text, text.strip())}
    known = sorted({*told, *keys(report), *OWN_WORDS}, key=len, reverse=True)
    for body in (json.loads(sentry.split("\n", 2)[2]), json.loads(otlp)):
        for text in strings(body):
            rest = text
            for each in filter(None, known):
                rest = rest.replace(each, "")
            assert not re.search(r"[A-Za-z]{2}", rest), (text, rest)


OWN_WORDS = (
    *("python", "fatal", "error", "exception", "true", "false", "never", "generic", "FATAL"),
    *("telemetry-hook", "telemetry_hook", "application/json", "cause", "context", "member"),
    *(
        "Traceback (most recent call last):",
        "Exception Group ",
        "Module ",
        "File ",
        "line ",
        " in ",
    ),
    *("chained", "worked on", "not caught by"),
    *("The above exception was the direct cause of the following exception:",),
    *("During handling of the above exception, another exception occurred:",),
)


def test_every_field_has_a_meaning() -> None:
    """A field that is added to a report without a word for users fails here."""
    not_told = (_report.Variable,)  # its fields are JSON's keys
    kinds = [
        each for each in vars(_report).values() if hasattr(each, "_fields") and each not in not_told
    ]
    assert len(kinds) > 10
    for kind in kinds:
        for name, hint in get_type_hints(kind, include_extras=True).items():
            [meaning] = hint.__metadata__
            assert meaning, (kind, name)
    assert "exceptions.frames.variables.*" in _data_page.meanings()


# What Lift requires, directly or not: the page calls them "the packages that they require".
REQUIRED = ("click", "platformdirs", "pluggy", "telemetry-hook", "urllib3")


def test_lifts_page(project: Shell) -> None:
    """It says what the plugin declares: attributes with kind, meaning and since, where, and why."""
    page = json.loads(project.run("telemetry-hook", "dictionary", "lift", "--json").stdout)
    assert page["attributes"][0] == {
        "name": "schema.models",
        "kind": "Count",
        "values": "0 to 1000000, rounded to two digits",
        "meaning": "How many models the schema has",
        "since": "1.0",
    }
    assert page["receiver"] == "https://errors.acme.example/api/3/envelope/"
    assert (page["phase"], page["publisher"]) == ("preview", "Acme Ltd")
    terminal = project.terminal(
        *("lift", "up", "--schema", "cycle.lift", "--create-db"),
        LIFT_TELEMETRY_DIR=str(project.home.reports),
    )
    terminal.answer("yes")
    terminal.end()
    [report] = project.home.wait_for_reports()
    names = {each["name"] for each in page["attributes"]}
    assert {each["name"] for each in report["attributes"]} <= names
    assert set(paths(report)) <= {each["path"] for each in page["fields"]}
    told = {each["name"] for each in report["packages"]} | {report["tool"]["name"]}
    assert told <= {*page["versions_of"], *REQUIRED}


class Balance(html.parser.HTMLParser):
    """Notes the tags that are open, and all text."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def test_markdown_and_html_say_the_same(project: Shell) -> None:
    """Both have the same texts; the HTML is well formed and loads nothing from anywhere."""
    markdown = project.run("telemetry-hook", "dictionary", "lift").stdout
    page = project.run("telemetry-hook", "dictionary", "lift", "--html").stdout
    parser = Balance()
    parser.feed(page)
    assert parser.open == []
    assert not re.search(r"(src|href)=|@import|url\(", page)
    said = " ".join(parser.text.split())
    for line in markdown.splitlines():
        for cell in filter(None, map(str.strip, line.strip("#").split(" | "))):
            bare = cell.strip("| ").replace("`", "")
            if bare and set(bare) != {"-", " ", "|"} and not set(bare) <= set("-| "):
                assert " ".join(bare.split()) in said, bare
    assert "`schema.has_enums` | Whether the schema uses enums | yes or no" in markdown
    assert "SHA" not in markdown


@pytest.mark.parametrize("option", ["", "--json", "--html"])
def test_unknown_tools_and_odd_terminals(project: Shell, option: str) -> None:
    """A tool that is not there is one clear line; an ASCII terminal gets escapes."""
    arguments = [option] if option else []
    unknown = project.run("telemetry-hook", "dictionary", "nothing", *arguments)
    assert (unknown.returncode, unknown.stderr.count("\n")) == (1, 1)
    ascii_ = project.run(
        "telemetry-hook", "dictionary", "lift", *arguments, PYTHONIOENCODING="ascii"
    )
    assert ascii_.returncode == 0
    assert ascii_.stdout.isascii()


def test_texts_of_a_plugin_are_no_markup(shell: Shell, install: Any, tmp_path: Path) -> None:
    """What a plugin declares is escaped in HTML and in tables."""
    plugin = PLUGIN.replace("to find and fix bugs", "to <b>find</b> & | fix")
    more = "attributes=(Flag('a.b', 'Whether <i> | is so'),)"
    install(make_tool(tmp_path, "markup", "def main(): ...\n", plugin=plugin, more=more))
    page = shell.run("telemetry-hook", "dictionary", "markup", "--html").stdout
    assert "to &lt;b&gt;find&lt;/b&gt; &amp; | fix" in page
    assert "<i>" not in page
    markdown = shell.run("telemetry-hook", "dictionary", "markup").stdout
    assert "Whether <i> \\| is so" in markdown
