"""The author's test kit, as an author uses it: pytest, in an environment that has the tool."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from conftest import PLUGIN, ROOT, Environment, Shell, make_tool, make_wheel, processes

pytestmark = pytest.mark.once

LOAD = 'pytest_plugins = ["telemetry_hook.testing"]\n'
MODEL = """
import os, subprocess, sys, time

class Mistake(Exception):
    pass

class Machine:
    def turn(self):
        return "turned"

def never_called(): pass

def main():
    way, *more = sys.argv[1:] or ["crash"]
    if way == "end":
        print("all is well")
    elif way == "turn":
        print(Machine().turn())
    elif way == "exit":
        sys.exit("no such thing")
    elif way == "hang":
        time.sleep(600)
    elif way == "mistake":
        raise Mistake
    elif way == "leave":
        subprocess.Popen(["sleep", "611"])
        raise ValueError
    elif way == "tell":
        with open(more[0], "a") as file:
            print(repr((dict(os.environ), os.getcwd(), sorted(os.listdir()), more[1:],
                        sys.stdin.read(), sys.stdin.isatty())), file=file)
        raise ValueError
    elif way == "crash":
        password = os.environ["PASSWORD"]
        raise ValueError(f"could not connect with {password} and {more}")
"""
# Each way lets one thing about the user through; the kit must name it.
WAYS = {
    "environment": ("os.environ['API_TOKEN']", "the token: "),
    "argument": ("sys.argv[1]", "the name: "),
    "standard input": ("sys.stdin.readline().strip()", "the token: "),
    "dotenv": ("re.search('TOKEN=(.+)', open('.env').read())[1]", "the token: "),
    "file": ("open('note.txt').read()", "the host: "),
    "working directory": ("os.path.basename(os.getcwd())", "the project: "),
    "home": ("os.path.basename(os.path.expanduser('~'))", "the user: "),
    "user": ("__import__('getpass').getuser()", "the user: "),
    "reversed": ("TOKEN[::-1]", "the token (reversed): "),
    "upper": ("TOKEN.upper()", "the token: "),
    "middle": ("'a' + TOKEN + 'b'", "the token: "),
    "base64": ("b64encode(TOKEN.encode()).decode().strip('=')", "the token (in base64): "),
    "base64 at 1": ("b64encode(b'a' + TOKEN.encode()).decode().strip('=')", "token (in base64): "),
    "base64 at 2": ("b64encode(b'ab' + TOKEN.encode()).decode().strip('=')", "token (in base64): "),
    "hex": ("TOKEN.encode().hex()", "the token (in hex): "),
    "half": ("TOKEN[:8]", "half of the token: "),
    "other half reversed": ("TOKEN[:7:-1]", "half of the token (reversed): "),
    "password": ("os.environ['PASSWORD'].replace('/%', '')", "half of the password: "),
    "digest": ("sha256(TOKEN.encode()).hexdigest()[:12]", " != "),
}
LEAKY = """
import os, re, sys
from base64 import b64encode
from hashlib import sha256
TOKEN = os.environ["API_TOKEN"]
from telemetry_hook.receivers import Request
class Own:
    address = "https://errors.acme.example/"
    def encode(self, report):
        body = '{{"kind": "' + str({expression}) + '"}}'
        return Request(self.address, body.encode(), {{}})
"""
# The last gate stops these, so that no report is made.
STOPPED = (
    *("environment", "argument", "standard input", "dotenv", "file", "working directory", "home"),
    *("user", "upper", "middle"),
)
RECEIVERS = {
    "sentry": "SentryReceiver('https://key@errors.acme.example/3')",
    "otlp": "OtlpReceiver('https://otel.acme.example/v1/logs')",
    "https": "HttpsReceiver('https://errors.acme.example/reports')",
    "file": "FileReceiver('/nonexistent/reports')",
}


def plugin(name: str, receiver: str = RECEIVERS["file"], *, before: str = "") -> str:
    """Return the code of a plugin with one attribute, whose options are `options`."""
    return (
        PLUGIN.replace("{name}", name)
        .replace('FileReceiver(os.environ["REPORTS"])', receiver)
        .replace("{more}", "attributes=(Choice('kind', 'Which kind', options),)")
        .replace("import os\n", 'import os\noptions = ("plain",)\n', 1)
        .replace("@hookimpl", f"{before}\n@hookimpl", 1)
    )


@dataclass
class Author:
    """Somebody who tests a tool."""

    shell: Shell

    def test(self, code: str, *arguments: str, conftest: str = LOAD, **variables: str) -> str:
        """Run a test file with pytest, warnings being errors; return the output."""
        ended = self.run(code, *arguments, conftest=conftest, **variables)
        assert ended.returncode == 0, ended.stdout + ended.stderr
        return ended.stdout

    def fail(self, code: str) -> str:
        """Run a test file that must fail, and return what pytest says, on one line."""
        ended = self.run(code)
        assert ended.returncode == 1, ended.stdout + ended.stderr
        assert " failed" in ended.stdout
        return " ".join(re.sub("(?m)^E ", " ", ended.stdout).split())

    def run(
        self, code: str, *arguments: str, conftest: str = LOAD, **variables: str
    ) -> subprocess.CompletedProcess[str]:
        self.shell.write("conftest.py", conftest)
        path = self.shell.write("test_it.py", textwrap.dedent(code))
        python = self.shell.environment.python
        return self.shell.run(python, *self.pytest, *arguments, path, **variables)

    @property
    def pytest(self) -> tuple[str, ...]:
        """How pytest is run, away from the directories that it keeps for a user's runs."""
        temporary = str(self.shell.directory.parent / "temporary")
        own = ("-p", "no:cacheprovider", "--basetemp", temporary)
        return ("-m", "pytest", "-q", "-W", "error", *own)

    def observe(self, call: str) -> dict[str, Any]:
        """Return what a call of `telemetry_crash` observes."""
        self.test(
            f"""
            import json, pathlib
            def test(telemetry_crash, telemetry_canaries, tmp_path):
                crash = telemetry_crash({call})
                names = ("exit_status", "screen", "question", "report", "leaks", "is_reported")
                found = {{name: getattr(crash, name) for name in names}}
                found["body"] = crash.body.decode()
                pathlib.Path("observed.json").write_text(json.dumps(found))
                assert list(tmp_path.iterdir()) == []
            """
        )
        found: dict[str, Any] = json.loads((self.shell.directory / "observed.json").read_text())
        return found


@pytest.fixture(scope="module")
def pytest_in(environment: Environment) -> Environment:
    """Install pytest beside the tools."""
    environment.pip("install", "pytest", "pytest-xdist")
    return environment


@pytest.fixture(scope="module")
def model(
    pytest_in: Environment, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Environment]:
    """Install a tool whose crash reports are in order, and which can end in many ways."""
    expected = "\n@hookimpl\ndef telemetry_is_expected(crash):\n    return type(crash.exception).__name__ == 'Mistake'\n"
    wheel = make_tool(
        tmp_path_factory.mktemp("model"), "model", MODEL, plugin=plugin("model") + expected
    )
    pytest_in.pip("install", "--no-deps", wheel)
    yield pytest_in
    pytest_in.pip("uninstall", "--yes", "acme-model")


@pytest.fixture
def author(model: Environment, shell: Shell) -> Author:
    """Return the author of the tool called model."""
    return Author(shell)


@pytest.mark.parametrize("kind", RECEIVERS)
def test_clean_tool_is_clean(
    kind: str, author: Author, install: Callable[..., None], tmp_path: Path
) -> None:
    """A tool in order has no leak; question, bytes, report and status are what they are."""
    code = plugin("clean", RECEIVERS[kind])
    install(make_tool(tmp_path, "clean", MODEL, plugin=code))

    crash = author.observe('"clean", "crash", telemetry_canaries.url')

    assert crash["leaks"] == []
    assert crash["is_reported"]
    assert crash["exit_status"] == 1
    assert crash["question"].startswith("clean has crashed. May it send a report to Acme Ltd")
    assert crash["question"].endswith("view (v), later (l)")
    assert "Traceback (most recent call last)" in crash["screen"]
    assert "Kept as " in crash["screen"]
    report, body = crash["report"], crash["body"]
    if kind == "sentry":
        assert json.loads(body.splitlines()[0])["event_id"] == report["event_id"]
        [exception] = report["exception"]["values"]
        message = exception["value"]
    else:
        assert json.loads(body) == report
        if kind == "otlp":
            [record] = report["resourceLogs"][0]["scopeLogs"][0]["logRecords"]
            attributes = {each["key"]: each["value"] for each in record["attributes"]}
            message = attributes["exception.message"]["stringValue"]
        else:
            message = report["exceptions"][0]["message"]
    assert message == "could not connect with <…> and <list>"


def test_leaking_tools_are_found(
    author: Author, install: Callable[..., None], tmp_path: Path
) -> None:
    """Whatever gets through is named, with its place: in any form, from anywhere."""
    names = [f"leaky{index}" for index in range(len(WAYS))]
    for name, (expression, _) in zip(names, WAYS.values(), strict=True):
        code = plugin(name, "Own()", before=LEAKY.format(expression=expression))
        make_tool(tmp_path, name, "def main(): 1 / 0", plugin=code)
    install(*tmp_path.glob("*.whl"))
    author.test(
        f"""
        import json, pathlib
        from telemetry_hook.testing._observed import NotReportedError
        def test(telemetry_crash, telemetry_canaries):
            leaks = {{}}
            for name in {names}:
                crash = telemetry_crash(
                    name, telemetry_canaries.name, files={{"note.txt": telemetry_canaries.host}}
                )
                try:
                    leaks[name] = crash.leaks
                except NotReportedError as error:
                    leaks[name] = str(error)
            pathlib.Path("leaks.json").write_text(json.dumps(leaks))
        """
    )

    leaks = json.loads((author.shell.directory / "leaks.json").read_text())
    stopped = [way for name, way in zip(names, WAYS, strict=True) if type(leaks[name]) is str]
    assert tuple(stopped) == STOPPED
    assert all(
        "was about to be in a report" in leaks[names[list(WAYS).index(way)]] for way in stopped
    )
    for name, (way, (_, expected)) in zip(names, WAYS.items(), strict=True):
        if way in STOPPED:
            continue
        where = [each for each in leaks[name] if each.startswith("kind: ")]
        assert any(expected in each for each in where), (way, leaks[name])
        # Each is seen by the comparison of two users too.
        assert any(" != " in each for each in where), (way, leaks[name])


def test_leak_through_a_receiver_of_the_authors_own(
    author: Author, install: Callable[..., None], tmp_path: Path
) -> None:
    """Headers count as sent; a body in other words than JSON is looked through as well."""
    own = """
from telemetry_hook.receivers import Request
class Own:
    address = "https://errors.acme.example/"
    def encode(self, report):
        body = ("report " + str(report.id) + " of " + os.environ["API_TOKEN"].encode().hex()).encode()
        return Request(self.address, body, {"X-Machine": os.environ["API_TOKEN"][::-1]})
"""
    install(make_tool(tmp_path, "own", MODEL, plugin=plugin("own", "Own()", before=own)))

    crash = author.observe('"own"')

    assert crash["report"] == {"body": crash["body"]}
    places = sorted({each.partition(": the ")[0] for each in crash["leaks"] if ": the " in each})
    assert places == ["body", "first line", "header X-Machine"]
    assert sum(" != " in each for each in crash["leaks"]) == 3


def test_leak_in_whether_there_is_a_report(author: Author) -> None:
    """Two users who differ in a secret alone must both be asked, or neither."""
    author.test(
        """
        def test(telemetry_crash, telemetry_canaries):
            code = f'case $TOKEN in {telemetry_canaries.token[:4]}*) exec model;; esac'
            crash = telemetry_crash("sh", "-c", code)
            [leak] = crash.leaks
            assert leak.startswith("a report was made for one user, but not for the other: sh reported")
        """
    )


def test_what_the_tool_sees(author: Author, tmp_path: Path) -> None:
    """The tool sees a made-up user on a terminal, and nothing of whoever runs the tests."""
    told = tmp_path / "told.txt"
    forbidden = {"DO_NOT_TRACK": "1", "CI": "1", "CLAUDECODE": "1", "TELEMETRY_HOOK": "never"}
    author.test(
        f"""
        def test(telemetry_crash, telemetry_canaries):
            crash = telemetry_crash(
                "model", "tell", {str(told)!r}, telemetry_canaries.password,
                environment={{"MINE": telemetry_canaries.token}}, stdin="line\\nother",
                files={{"deep/" + telemetry_canaries.name: ""}},
            )
            assert crash.leaks == ()
        """,
        **forbidden,
        AUTHORS_OWN="1",
    )

    one, other = map(ast.literal_eval, told.read_text().splitlines())
    for variables, directory, names, arguments, typed, is_terminal in (one, other):
        assert set(variables).isdisjoint({*forbidden, "AUTHORS_OWN"})
        assert Path(directory).parent == Path(variables["HOME"])
        assert Path(directory).name not in ("", variables["USER"])
        assert {".env", "config.toml", "deep"} == set(names)
        assert arguments == [variables["PASSWORD"]]
        assert variables["MINE"] == variables["TOKEN"]
        assert typed == "line\nother\n"
        assert is_terminal
        assert variables["USER"] in variables["DATABASE_URL"]
    same = [name for name in one[0] if one[0][name] == other[0][name]]
    assert {"PASSWORD", "TOKEN", "USER", "HOSTNAME", "HOME", "DATABASE_URL"}.isdisjoint(same)
    assert list(map(len, one[0].values())) == list(map(len, other[0].values()))


def test_nothing_is_left(author: Author) -> None:
    """Afterwards there is no file and no process; the author's own answers were not looked at."""
    assert author.shell.run("telemetry-hook", "never", "--all").returncode == 0
    before = author.shell.home.files()
    crash = author.observe('"model", "leave"')

    assert crash["is_reported"]
    assert author.shell.home.files() == before
    commands = processes("cmdline").values()
    assert any(b"pytest" in command for command in commands)
    assert not any(b"sleep\x00611" in command for command in commands)


NO_REPORT = {
    "end": "all is well",
    "exit": "no uncaught exception is on its screen; its exit status is 1",
    "mistake": "its telemetry_is_expected returned true",
}


@pytest.mark.parametrize("way", NO_REPORT)
def test_no_report(way: str, author: Author) -> None:
    """Where nothing is reported that can be asserted; whoever looks at the report is told why."""
    author.test(
        f"""
        def test(telemetry_crash):
            crash = telemetry_crash("model", {way!r})
            assert not crash.is_reported
            assert crash.question is None
            assert "model reported nothing" in crash.why_not_reported
        """
    )
    said = author.fail(f"def test(telemetry_crash): telemetry_crash('model', {way!r}).leaks")
    assert "NotReportedError: model reported nothing" in said
    assert "The screen showed:" in said
    assert NO_REPORT[way] in said


def test_no_question_and_the_reason(
    author: Author, install: Callable[..., None], tmp_path: Path
) -> None:
    """A plugin that fails, a rule that forbids, a plugin that is not registered: all are told."""
    install(
        make_tool(tmp_path, "broken", MODEL, plugin="1 / 0"),
        make_wheel(
            tmp_path,
            "bare",
            {"bare.py": MODEL},
            entry_points={"console_scripts": {"bare": "bare:main"}},
        ),
    )
    broken = author.fail("def test(telemetry_crash): telemetry_crash('broken').report")
    assert "broken: would do nothing: the plugin 'broken.telemetry' for broken" in broken
    assert "ZeroDivisionError" in broken
    off = "environment={'DO_NOT_TRACK': '1'}"
    forbidden = author.fail(f"def test(telemetry_crash): telemetry_crash('model', {off}).body")
    assert "model: would do nothing: DO_NOT_TRACK is set" in forbidden
    bare = author.fail("def test(telemetry_crash): telemetry_crash('bare').leaks")
    assert "bare reported nothing: it asked nothing." in bare
    assert "of the package that the entry point names" in bare


MISTAKES = {
    "program": ("'modle'", "there is no program 'modle' in", "Did you mean model?"),
    "time": ("'model', 'hang', timeout=1", "model was stopped after 1 seconds", "stdin="),
    "raising": ("'model', raising='main'", "give it as 'module:function'", "raising='main'"),
    "module": (
        "'model', 'turn', raising='model.clii:main'",
        "model never imported a module model.clii",
        "turned",
    ),
    "function": (
        "'model', 'turn', raising='model.cli:Machine.trun'",
        "raising='model.cli:Machine.trun': there is no such function; there are: turn",
        "turned",
    ),
    "not called": (
        "'model', 'turn', raising='model.cli:never_called'",
        "the function was never called",
        "turned",
    ),
    "class": (
        "'model', 'turn', raising=('model.cli:Machine.turn', type('Odd', (Exception,), {}))",
        "the tool cannot import the class test_it.Odd",
        "No module named",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistake_of_the_author(mistake: str, author: Author) -> None:
    """A mistake in the call says what is wrong and what to do, at the test's own line."""
    call, *expected = MISTAKES[mistake]
    said = author.fail(f"def test(telemetry_crash):\n    telemetry_crash({call})\n")
    for each in expected:
        assert each in said
    assert f"> telemetry_crash({call})" in said
    assert "_running.py" not in said


def test_raising(author: Author) -> None:
    """A function is made to raise, with secrets in its message and locals; none gets through."""
    crash = author.observe('"model", "turn", raising="model.cli:Machine.turn"')

    assert crash["leaks"] == []
    [exception] = crash["report"]["exceptions"]
    assert exception["type"] == "RuntimeError"
    assert exception["frames"][-2]["function"] == "main"
    assert exception["frames"][-1] == {"function": "<user code>", "in_app": False}
    assert re.search("RuntimeError: could not connect to [a-z]{16} [a-z]{16}", crash["screen"])


def test_raising_a_class(author: Author) -> None:
    """A class can be chosen, the tool's own too, and one whose arguments are many."""
    author.test(
        """
        from model.cli import Mistake
        WHERE = "model.cli:Machine.turn"
        def test_own(telemetry_crash):
            crash = telemetry_crash("model", "turn", raising=(WHERE, Mistake))
            assert "Mistake: could not connect" in crash.screen
            assert not crash.is_reported
        def test_many_arguments(telemetry_crash):
            crash = telemetry_crash("model", "turn", raising=(WHERE, UnicodeDecodeError))
            assert crash.report["exceptions"][0]["type"] == "UnicodeDecodeError"
            assert crash.leaks == ()
        """
    )


def test_raising_leaves_sitecustomize_alone(author: Author) -> None:
    """The environment's own sitecustomize runs as ever, and sees a path without ours."""
    own = author.shell.write("own/sitecustomize.py", "import sys; print('own', sys.path[:2])\n")
    author.test(
        """
        def test(telemetry_crash):
            crash = telemetry_crash("model", "turn", raising="model.cli:Machine.turn")
            assert crash.screen.count("own [") == 1
            assert "hook" not in crash.screen.partition("]")[0]
            assert crash.is_reported
        """,
        PYTHONPATH=str(own.parent),
    )


def test_python_m(author: Author) -> None:
    """A program can be `python -m` a package."""
    crash = author.observe('"python", "-m", "model", "crash"')
    assert crash["leaks"] == []
    assert crash["report"]["tool"]["name"] == "acme-model"


WAYS_TO_LOAD = {
    "conftest": (LOAD, ()),
    "option": ("", ("-p", "telemetry_hook.testing")),
    "both": (LOAD, ("-p", "telemetry_hook.testing")),
    "imported before": (f"import telemetry_hook.testing\n{LOAD}", ()),
    "entry point": ("", ()),
    "entry point and conftest": (LOAD, ()),
    "entry point and option": ("", ("-p", "telemetry_hook.testing")),
    "xdist": (LOAD, ("-n", "2")),
}


@pytest.mark.parametrize("way", WAYS_TO_LOAD)
def test_ways_to_load(
    way: str, author: Author, install: Callable[..., None], tmp_path: Path
) -> None:
    """However the plugin is loaded, and more than once, the fixtures are there, with no warning."""
    conftest, arguments = WAYS_TO_LOAD[way]
    if way.startswith("entry point"):
        points = {"pytest11": {"telemetry_hook.testing": "telemetry_hook.testing"}}
        install(make_wheel(tmp_path, "loader", {"loader.py": ""}, entry_points=points))
    code = """
    import pytest
    @pytest.mark.parametrize("again", range(2))
    def test(telemetry_crash, again):
        assert telemetry_crash("model").leaks == ()
    """
    assert "2 passed" in author.test(code, *arguments, conftest=conftest)


def test_loading_brings_nothing_along(author: Author) -> None:
    """Loaded and not used, the plugin has imported its fixtures and nothing else of ours."""
    author.test(
        """
        import sys
        def test(request):
            ours = {name for name in sys.modules if name.startswith("telemetry_hook.")}
            assert ours == {"telemetry_hook.testing", "telemetry_hook.testing._fixtures"}
        """
    )


PREVIEW = """
import os, signal, sys, threading
import pytest
from telemetry_hook._errors import PluginError
from telemetry_hook.testing import preview

def caught(function):
    try:
        function()
    except Exception as error:
        return error

def test_report():
    from model.cli import main
    os.environ["PASSWORD"] = "hunter2"
    sys.argv[1:] = ["crash"]
    report = preview(caught(main), "model")
    assert report["exceptions"][0]["message"] == "could not connect with <…> and <list>"
    assert report["exceptions"][0]["frames"][-1]["module"] == "model.cli"
    assert report["tool"]["name"] == "acme-model"
    assert "hunter2" not in str(report)

def test_other_name():
    assert preview(ValueError(), "other name")["tool"]["name"] == "acme-renamed"

def test_unknown_name():
    with pytest.raises(LookupError, match="no installed tool is named 'modle'") as caught:
        preview(ValueError(), "modle")
    text = str(caught.value)
    assert "there are: lift, model, other name" in text
    assert "'broken.telemetry' for broken" in text and "ZeroDivisionError" in text

def test_broken_plugin():
    with pytest.raises(PluginError, match="ZeroDivisionError"):
        preview(ValueError(), "broken")

def test_no_exception():
    with pytest.raises(ValueError) as caught:
        raise ValueError
    for given, said in ((caught, r"ExceptionInfo; give its \\.value"), (ValueError, "the class ValueError"),
                        ("text", "not str")):
        with pytest.raises(TypeError, match=said):
            preview(given, "model")

def test_process_stays_as_it_was():
    preview(ValueError(), "model")
    def handler(*_): ...
    before = signal.signal(signal.SIGALRM, handler)
    signal.setitimer(signal.ITIMER_REAL, 100, 7)
    try:
        sys.path.append("mark")
        path, modules, hook = list(sys.path), dict(sys.modules), sys.excepthook
        streams = sys.stdout, sys.stderr
        for _ in range(200):
            preview(ValueError(), "model")
        assert sys.path == path and sys.modules == modules and sys.excepthook is hook
        assert (sys.stdout, sys.stderr) == streams
        assert signal.getsignal(signal.SIGALRM) is handler
        remaining, interval = signal.getitimer(signal.ITIMER_REAL)
        assert 50 < remaining < 100 and interval == 7
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
"""


def test_preview(author: Author, install: Callable[..., None], tmp_path: Path) -> None:
    """A preview is the report; its mistakes are clear; the test process stays as it was."""
    install(
        make_tool(tmp_path, "broken", MODEL, plugin="1 / 0"),
        make_tool(tmp_path, "renamed", MODEL, plugin=plugin("other name".replace(" ", "-"))),
    )
    author.test(PREVIEW.replace("other name", "other-name"))


def test_preview_keeps_a_checkout_that_was_imported(author: Author) -> None:
    """Where a test imported the tool from a checkout, its modules are still those afterwards."""
    author.shell.write("model/__init__.py", "")
    author.shell.write("model/cli.py", "def main(): 1 / 0\n")
    author.test(
        """
        import sys
        import model.cli
        from telemetry_hook.testing import preview
        def test():
            for _ in range(2):
                report = preview(ValueError(), "model")
                assert report["tool"]["name"] == "acme-model"
                assert sys.modules["model.cli"] is model.cli
                assert sys.modules["model"] is model
                assert "model.telemetry" not in sys.modules
        """
    )


def test_preview_needs_no_pytest(author: Author) -> None:
    """A preview does without pytest."""
    code = (
        "import sys; sys.modules['pytest'] = None\n"
        "from telemetry_hook.testing import preview\n"
        "print(preview(ValueError(), 'model')['tool'])"
    )
    said = author.shell.run(author.shell.environment.python, "-c", code)
    assert "acme-model" in said.stdout, said.stderr


def test_editable_install(author: Author, install: Callable[..., None], tmp_path: Path) -> None:
    """A tool under development, in an editable install beside its tests, is tested like any other."""
    project = author.shell.directory
    for name, text in {
        "editable/__init__.py": "",
        "editable/cli.py": MODEL,
        "editable/telemetry.py": plugin("editable"),
        "pyproject.toml": (
            '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n'
            '[project]\nname = "acme-editable"\nversion = "1.0"\n'
            '[project.scripts]\neditable = "editable.cli:main"\n'
            '[project.entry-points.telemetry_hook]\neditable = "editable.telemetry"\n'
            '[tool.setuptools]\npackages = ["editable"]\n'
        ),
    }.items():
        author.shell.write(name, text)
    environment = author.shell.environment
    environment.pip("install", "--no-deps", "-e", project)
    try:
        crash = author.observe('"editable", "crash"')
        assert crash["leaks"] == []
        [exception] = crash["report"]["exceptions"]
        assert exception["message"] == "could not connect with <…> and <list>"
        leaky = LEAKY.format(expression="TOKEN[::-1]")
        author.shell.write("editable/telemetry.py", plugin("editable", "Own()", before=leaky))
        leaks = author.observe('"editable", "crash"')["leaks"]
        assert any("the token (reversed)" in each for each in leaks)
    finally:
        environment.pip("uninstall", "--yes", "acme-editable")


@pytest.mark.parametrize(("name", "count"), [("lift", 5), ("photon", 21)])
def test_the_examples(author: Author, name: str, count: int) -> None:
    """Lift's and Photon's own tests, which are a model to copy, pass."""
    tests = ROOT / "examples" / name / "tests"
    python = author.shell.environment.python
    arguments = (*author.pytest, "--rootdir", str(tests), str(tests))
    ended = author.shell.run(python, *arguments, PYTHONDONTWRITEBYTECODE="1")
    assert f"{count} passed" in ended.stdout, ended.stdout + ended.stderr


def test_the_documentation(author: Author) -> None:
    """The code under "Testing it" runs as it stands there."""
    text = (ROOT / "docs/for-authors.md").read_text("utf-8")
    section = text.partition("\n## Testing it\n")[2].partition("\n## ")[0]
    [conftest, code] = re.findall("```python\n(.*?)```", section, re.DOTALL)
    assert " passed" in author.test(code, conftest=conftest)
