"""What may be told of an exception: looked up, never copied."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import PLUGIN, Environment, Shell, make_tool, make_wheel

CODE = '''
import sys, json, sqlite3, textwrap
S = sys.argv[1:]
class ToolError(Exception): pass
class Spoken(Exception):
    def __init__(self, name): self.name = name
    def __str__(self): return f"nothing is known about {self.name} so far"
NOTE = "the setting %s is not known here"
def fstring(s): raise ToolError(f"cannot read the {s} of the {s!r} today")
def percent(s): raise ToolError("cannot read %s at %5.1f%% of it" % (s, 3.14159))
def format_(s): raise ToolError("cannot read {} and {name:>10}".format(s, name=s))
def concatenation(s): raise ToolError("cannot read this: " + s + ", so it ends")
def constant(s): raise ToolError("nothing to do")
def variable(s):
    text = f"could not open the file {s} for writing"
    raise ToolError(text)
def choice(s): raise ToolError("first of all: " + s if s else f"second of all: {s}")
def spoken(s): raise Spoken(s)
def multiline(s): raise ToolError(f"""could not parse
      the value   {s}""")
def bare_hole(s): raise ToolError(s)
def short(s): raise ToolError(f"no {s}")
def equal_literal(s):
    if s == "admin": pass
    raise ToolError(s)
def subscript(s): raise ToolError({"password of the user": s}["password of the user"])
def many_arguments(s): raise ToolError(s, s)
def object_argument(s): raise ToolError(type("T", (), {"__str__": lambda self: s})())
def key(s): {}[s]
def attribute(s): getattr(sys, s)
def value(s): int(s)
def file(s): open("/nowhere/" + s)
def library(s): json.loads("{" + s)
def sql(s): sqlite3.connect(":memory:").execute("select * from " + s)
def user_class(s): raise type(s, (ValueError,), {})(s)
def named_function(s):
    scope = {}
    exec(f"def {s}(): raise ValueError('{s}')", scope)
    scope[s]()
def forged_code(s):
    code = (lambda: 1 / 0).__code__.replace(co_name=s, co_filename=__file__)
    exec(code)
def chained(s):
    try: fstring(s)
    except ToolError as e: raise ToolError(f"gave up on the {s} for good") from e
def context(s):
    try: key(s)
    finally: fstring(s)
def recursion(s): recursion(s)
def main(): globals()[S[0]](S[1])
'''
TEMPLATES = {
    "fstring": "cannot read the <…> of the <…> today",
    "percent": "cannot read <…> at <…>% of it",
    "format_": "cannot read <…> and <…>",
    "concatenation": "cannot read this: <…>, so it ends",
    "constant": "nothing to do",
    "variable": "could not open the file <…> for writing",
    "short": "no <…>",
    "choice": "<…> of all: <…>",
    "spoken": "nothing is known about <…> so far",
    "multiline": "could not parse the value <…>",
    "file": "[Errno 2] No such file or directory: <…>",
    "attribute": "module '<…>' has no attribute '<…>'",
    "value": "invalid literal for int() with base 10: <…>",
    "sql": "no such table: <…>",
    "library": (
        "Expecting property name enclosed in double quotes: line <…> column <…> (char <…>)"
    ),
}
HOLES = [
    *("bare_hole", "equal_literal", "subscript", "many_arguments", "object_argument"),
    *("key", "user_class", "named_function"),
]
SECRETS = {
    "everyday": ("admin", "orders"),
    "shaped": ("hunter2_S3cret_Zx", "ghp_Ab12Cd34Ef56"),
}


@pytest.fixture(scope="module", autouse=True)
def tool(environment: Environment, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Install a tool that fails in many ways, and whose plugin always says yes."""
    plugin = PLUGIN + "@hookimpl\ndef telemetry_ask(report, tool): return 'yes'\n"
    directory = tmp_path_factory.mktemp("tool")
    environment.pip("install", "--no-deps", make_tool(directory, "teller", CODE, plugin=plugin))
    yield
    environment.pip("uninstall", "--yes", "acme-teller")


def report_of(shell: Shell, *arguments: str) -> dict[str, Any]:
    """Run the tool to its end and return the report that it sent."""
    for old in shell.home.reports.glob("*.json"):
        old.unlink()
    assert shell.run("teller", *arguments).returncode == 1
    [report] = shell.home.wait_for_reports()
    shell.home.forget()
    return report


def without_id(report: dict[str, Any]) -> dict[str, Any]:
    """Return a report without what is new each time."""
    return {name: value for name, value in report.items() if name not in ("id", "time")}


@pytest.mark.parametrize("case", [*TEMPLATES, *HOLES, "chained", "context", "forged_code"])
def test_messages_are_templates_and_secrets_stay(shell: Shell, case: str) -> None:
    """The template is sent; no secret is found, and another secret makes no difference."""
    reports = []
    for secrets in SECRETS.values():
        for secret in secrets:
            report = report_of(shell, case, secret)
            exceptions = json.dumps(report["exceptions"])
            published = CODE if secret in CODE else ""
            assert published or secret not in json.dumps(report)
            assert secret not in [each.get("message") for each in report["exceptions"]]
            if case in TEMPLATES:
                assert report["exceptions"][0]["message"] == TEMPLATES[case]
            elif case in HOLES:
                assert report["exceptions"][0]["message"] == "<…>"
            assert str(shell.directory) not in exceptions
            reports.append(without_id(report))
    assert all(each == reports[0] for each in reports)


def test_chain_is_kept_with_its_relations(shell: Shell) -> None:
    """Cause and context travel, each with its template and frames."""
    first, second = report_of(shell, "chained", "hunter2")["exceptions"]
    assert first["message"] == "gave up on the <…> for good"
    assert (second["message"], second["relation"], second["parent"]) == (
        TEMPLATES["fstring"],
        "cause",
        0,
    )
    _, context = report_of(shell, "context", "hunter2")["exceptions"]
    assert (context["type"], context["relation"]) == ("KeyError", "context")


def test_frames_of_published_code(shell: Shell) -> None:
    """Frames carry module, function, line and distribution, and source: the tool's, and what failed."""
    report = report_of(shell, "library", "hunter2")
    frames = report["exceptions"][0]["frames"]
    names = [(each.get("module"), each["function"]) for each in frames]
    assert names[:3] == [
        (None, "<console script>"),
        ("teller.cli", "main"),
        ("teller.cli", "library"),
    ]
    assert ("json", "loads") in names
    assert ("json.decoder", "JSONDecoder.decode") in names
    own = [each for each in frames if each["in_app"]]
    assert own[-1]["source"]["line"] == 'def library(s): json.loads("{" + s)'
    others = [each for each in frames if not each["in_app"] and "module" in each]
    assert all([*each["source"]] == ["line"] for each in others)
    assert report["exceptions"][0]["type"] == "JSONDecodeError"
    assert report["exceptions"][0]["module"] == "json.decoder"


def test_classes_of_c_modules_and_of_users(shell: Shell) -> None:
    """A class made in C has its published name, one made at run time has none."""
    [sql] = report_of(shell, "sql", "hunter2")["exceptions"]
    assert (sql["module"], sql["type"]) == ("sqlite3", "OperationalError")
    [made] = report_of(shell, "user_class", "hunter2")["exceptions"]
    assert made["type"] == "<user class> (ValueError)"


def test_code_made_at_run_time_is_user_code(shell: Shell) -> None:
    """Neither `exec` nor a forged code object gets a name in."""
    for case in ("named_function", "forged_code"):
        frames = report_of(shell, case, "hunter2")["exceptions"][0]["frames"]
        assert [each["function"] for each in frames] == [
            *("<console script>", "main", case),
            "<user code>",
        ]


def test_recursion_is_folded(shell: Shell) -> None:
    """A thousand frames of the same become two, and the magnitude of their number."""
    [exception] = report_of(shell, "recursion", "hunter2")["exceptions"]
    assert exception["type"] == "RecursionError"
    functions = [each["function"] for each in exception["frames"]]
    assert functions[:3] == ["<console script>", "main", "recursion"]
    assert functions[-1] == "recursion"
    assert len(functions) == 5
    assert functions[3] == "… 100+ more of the same"


def test_fingerprint_groups(shell: Shell) -> None:
    """The same bug has one fingerprint, another bug another."""
    same = {report_of(shell, "fstring", each)["fingerprint"] for each in ("hunter2", "admin")}
    other = report_of(shell, "percent", "hunter2")["fingerprint"]
    assert len(same) == 1
    assert other not in same


@pytest.mark.parametrize(
    ("how", "is_public"),
    [
        ("index", True),
        ("folder", False),
        ("edited", False),
        ("local_version", False),
        ("undeclared", False),
    ],
)
def test_which_distributions_are_public(
    shell: Shell, install: Callable[..., None], tmp_path: Path, how: str, *, is_public: bool
) -> None:
    """A dependency from an index is public; from a folder, edited, or not a dependency: not."""
    name = "somelib"
    version = "1.0+corp" if how == "local_version" else "1.0"
    body = "def refuse(s):\n    raise ValueError(f'the library refuses {s} as a value')\n"
    library = make_wheel(tmp_path, name, {"somelib.py": body}, version=version)
    needs = () if how == "undeclared" else (name,)
    plugin = PLUGIN + "@hookimpl\ndef telemetry_ask(report, tool): return 'yes'\n"
    code = "import somelib, sys\ndef main(): somelib.refuse(sys.executable)"
    install(library, make_tool(tmp_path, "user", code, plugin=plugin, requires=needs))
    if how == "folder":
        shell.environment.pip("install", "--no-deps", "--force-reinstall", library.as_uri())
    if how == "edited":
        (shell.environment.site / "somelib.py").write_text(body + "# the user's own change\n")
    shell.run("user")
    [report] = shell.home.wait_for_reports()
    [exception] = report["exceptions"]
    last = exception["frames"][-1]
    assert last["function"] == ("refuse" if is_public else "<user code>")
    assert exception["message"] == ("the library refuses <…> as a value" if is_public else "<…>")
