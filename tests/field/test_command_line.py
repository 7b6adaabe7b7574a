"""What is told of a command line: the names of commands and options, never a value."""

from __future__ import annotations

import json
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, cast

import pytest
from conftest import PLUGIN, Environment, Shell, make_tool

from telemetry_hook._redact.command.argparse_reader import given
from telemetry_hook._redact.command.declarations import Declarations
from telemetry_hook._redact.published.public_files import PublicFile, PublicFiles

SECRET = "hunter2_S3cret"  # noqa: S105 - it is one
YES = PLUGIN + "@hookimpl\ndef telemetry_ask(report, tool): return 'yes'\n"

CLICKER_OPTIONS = """
import click
shared = click.option("--shared", help="Stands in another module.")
"""
CLICKER = '''
import click, os, sys, telemetry_hook
from clicker.options import shared

class Aliased(click.Group):
    def get_command(self, context, name):
        return super().get_command(context, {"st": "status"}.get(name, name))

class Reporting(click.Group):
    def invoke(self, context):
        try:
            return click.Group.invoke(self, context)
        except Exception as error:
            telemetry_hook.report(error)
            sys.exit(1)

class Tasks(click.Group):
    """Commands that are named after files of the user's."""
    def get_command(self, context, name):
        def run(): 1 / 0
        options = [click.Option([f"--{each}"]) for each in os.environ.get("TASK_OPTIONS", "").split()]
        return click.Command(name, callback=run, params=options)

@click.group(cls=Aliased)
@click.option("-v", "--verbose", count=True)
@click.pass_context
def cli(context, verbose): pass

@cli.command()
@click.option("--create-db", "make", is_flag=True)
@click.option("--cache/--no-cache", "cache", default=True)
@click.option("-m", "--message", "text")
@click.option("-n", "count", type=int)
@click.option("--token", prompt=True, envvar="TOKEN", hide_input=True)
@click.option("--upper", "case", flag_value="upper")
@click.option("--lower", "case", flag_value="lower")
@shared
@click.argument("names", nargs=-1)
def up(**values): 1 / 0

@cli.command()
def status(): 1 / 0

@cli.command("save")
@click.option("--name")
@click.pass_context
def save_(context, name): context.invoke(status)

@cli.command()
def list_things_cmd(): 1 / 0

@cli.command()
@click.argument("what")
def delete(what): 1 / 0

@cli.group("db")
@click.option("--url")
def database(url): pass

@database.group()
def schema(): pass

@schema.command()
@click.option("--to")
def migrate(to): 1 / 0

bare = click.Group("bare")
cli.add_command(bare)
bare.add_command(status, "state")

@cli.group(chain=True)
def pipeline(): pass

@pipeline.command()
@click.option("--first")
def one(first): pass

@pipeline.command()
@click.option("--second")
def two(second): 1 / 0

@cli.group(cls=Reporting)
def guarded(): pass

@guarded.command()
@click.option("--deep")
def inner(deep): 1 / 0

@guarded.command()
@click.option("--deep")
def caught(deep):
    try: 1 / 0
    except ZeroDivisionError as error: telemetry_hook.report(error)
    sys.exit(1)

@cli.group(invoke_without_command=True)
@click.option("--fast")
@click.pass_context
def default(context, fast): context.invoke(status)

@cli.command()
def other():
    foreign.main(["--verbose"], standalone_mode=False)

@click.command()
@click.option("--verbose", is_flag=True)
def foreign(verbose): 1 / 0

@cli.command()
def wrapped():
    try: 1 / 0
    except ZeroDivisionError as error: raise ValueError("gave up on it") from error

class Broken(click.ParamType):
    def convert(self, value, parameter, context): raise ValueError("cannot convert this value")

@cli.command()
@click.option("--before")
@click.option("--kind", type=Broken())
def parse(before, kind): pass

cli.add_command(Tasks("task"))

def main():
    try: cli()
    except ValueError as error: raise RuntimeError("it is over now") from error
'''

TYPED = """
from typing import Annotated, Optional
import typer

app = typer.Typer()
users = typer.Typer()
roles = typer.Typer(name="roles")
Shared = Annotated[Optional[str], typer.Option("--shared-name")]

@app.callback()
def everything(log_level: str = "info"): pass

@app.command()
def make_thing(create_db: bool = False, user_name: str = "", secret: Annotated[str, typer.Option("--key", "-k")] = "",
               shared: Shared = None, cache: bool = True, target: str = typer.Argument("")): 1 / 0

@app.command("rm")
def remove(force: bool = typer.Option(False, "--force", "-f")): 1 / 0

@users.command()
def add(name: str, admin: bool = False): 1 / 0

@roles.command()
def grant(role: str = ""): 1 / 0

app.add_typer(users, name="users")
users.add_typer(roles)
def main(): app()
"""
SINGLE = """
import typer
def run(create_db: bool = False, name: str = ""): 1 / 0
def main(): typer.run(run)
"""

PARSED = """
import argparse, sys
from parsed.more import configure

def build():
    parser = argparse.ArgumentParser()
    parser.add_argument("-v", "--verbose", action="store_true")
    parser.add_argument("-q", "--quiet", action="store_true")
    parser.add_argument("-c", "--config")
    commands = parser.add_subparsers(dest="command")
    up = commands.add_parser("up", aliases=["u"])
    up.add_argument("--create-db", action="store_true")
    group = up.add_mutually_exclusive_group()
    group.add_argument("-m", "--message")
    group.add_argument("--many", nargs="*")
    up.add_argument("-n", "--number", type=int)
    up.add_argument("--pair", nargs=2)
    up.add_argument("--dynamic", **{"default": 1})
    up.add_argument("names", nargs="*")
    delete = commands.add_parser("delete")
    delete.add_argument("what")
    delete.add_argument("--force", action="store_true")
    db = commands.add_parser("db")
    inside = db.add_subparsers()
    migrate = inside.add_parser("migrate")
    migrate.add_argument("--to")
    for name in ("alpha", "beta"):
        migrate = commands.add_parser(name)
        migrate.add_argument("--odd")
    configure(commands)
    return parser

def main():
    arguments = build().parse_args()
    1 / 0
"""
PARSED_MORE = """
def configure(commands):
    more = commands.add_parser("more")
    options(more)

def options(parser):
    parser.add_argument("--less", action="store_true")
"""
POSITIONAL = """
import argparse
def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--flag", action="store_true")
    parser.add_argument("file")
    commands = parser.add_subparsers()
    commands.add_parser("up")
    parser.parse_args()
    1 / 0
"""
REMAINING = """
import argparse
def main():
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers()
    run = commands.add_parser("run")
    run.add_argument("--dry", action="store_true")
    run.add_argument("rest", nargs=argparse.REMAINDER)
    configure(commands.add_parser("up"))
    configure_later(commands)
    parser.parse_args()
    1 / 0
def configure(parser): parser.add_argument("--create-db", action="store_true")
def configure_later(commands): commands.add_parser("later")
"""
PRIVATE = """
import click
from clicker.cli import cli

@cli.group()
def hunter2_s3cret(): pass

@hunter2_s3cret.command()
@click.option("--private")
def status(private): 1 / 0
"""
PLAIN = """
import argparse, sys
def unused():
    parser = argparse.ArgumentParser
def main(): sys.argv[1] == "up" and 1 / 0
"""


@pytest.fixture(scope="module", autouse=True)
def tools(environment: Environment, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Install tools whose every command crashes, and whose plugins always say yes."""
    directory = tmp_path_factory.mktemp("tools")
    clicker = {"clicker/options.py": CLICKER_OPTIONS}
    codes = {"clicker": CLICKER, "typed": TYPED, "single": SINGLE, "parsed": PARSED}
    codes |= {"positional": POSITIONAL, "remaining": REMAINING, "plain": PLAIN}
    files = {"clicker": clicker, "parsed": {"parsed/more.py": PARSED_MORE}}
    wheels = [
        make_tool(directory, name, code, plugin=YES, files=files.get(name))
        for name, code in codes.items()
    ]
    environment.pip("install", "--no-deps", *wheels)
    yield
    environment.pip("uninstall", "--yes", *(f"acme-{name}" for name in codes))


def report_of(shell: Shell, line: str, **variables: str) -> dict[str, Any]:
    """Run a command line to its crash and return the report that was sent."""
    for old in shell.home.reports.glob("*.json"):
        old.unlink()
    ended = shell.run(*line.split(), **variables)
    assert ended.returncode == 1, ended.stderr
    [report] = shell.home.wait_for_reports()
    shell.home.forget()
    assert SECRET not in json.dumps(report)
    return report


def told(shell: Shell, line: str, **variables: str) -> str:
    """Return the commands and options that the report of a command line names."""
    command = report_of(shell, line, **variables)["command"] or {}
    return " ".join([*(command.get("path") or []), *(command.get("options") or [])])


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("clicker up --create-db --token x", "up --create-db --token"),
        (
            "clicker -v up -m hunter2_S3cret --token hunter2_S3cret",
            "up --verbose --message --token",
        ),
        ("clicker up --message --create-db --token status", "up --message --token"),
        ("clicker up --no-cache --token x -n 5 --shared y", "up --no-cache --token -n --shared"),
        ("clicker up --cache --token x", "up --cache --token"),
        ("clicker up --upper --token x up hunter2_S3cret", "up --token"),
        ("clicker up", "up"),
        ("clicker status", "status"),
        ("clicker st", "status"),
        ("clicker save --name status", "save --name"),
        ("clicker list-things", "list-things"),
        ("clicker delete up", "delete"),
        ("clicker db --url hunter2_S3cret schema migrate --to up", "db schema migrate --url --to"),
        ("clicker bare state", "bare state"),
        ("clicker pipeline one --first x two --second y", "pipeline two --second"),
        ("clicker guarded inner --deep x", "guarded inner --deep"),
        ("clicker guarded caught --deep x", "guarded caught --deep"),
        ("clicker default --fast x", "default --fast"),
        ("clicker other", "other"),
        ("clicker parse --before x --kind y", "parse --before --kind"),
        ("clicker task hunter2_S3cret --hunter2_S3cret x", "task"),
        ("clicker task save --url x", "task"),
        ("typed --log-level x make-thing --create-db", "make-thing --log-level --create-db"),
        ("typed make-thing --user-name rm -k hunter2_S3cret rm", "make-thing --user-name --key"),
        ("typed make-thing --shared-name x --no-cache", "make-thing --shared-name --no-cache"),
        ("typed rm -f", "rm --force"),
        ("typed users add hunter2_S3cret --admin", "users add --admin"),
        ("typed users roles grant --role admin", "users roles grant --role"),
        ("single --create-db --name hunter2_S3cret", "--create-db --name"),
        ("single", ""),
    ],
)
def test_what_click_and_typer_have_parsed(shell: Shell, line: str, expected: str) -> None:
    """Commands and options are named as they are declared; values, even equal ones, are not."""
    variables = {"TOKEN": SECRET, "TASK_OPTIONS": f"{SECRET} url"}
    assert sorted(told(shell, line, **variables).split()) == sorted(expected.split())


def test_commands_stand_before_options_in_their_order(shell: Shell) -> None:
    """The path is from the outermost command on, the options in the order of the commands."""
    command = report_of(shell, "clicker -v db --url x schema migrate --to y")["command"]
    assert command == {
        "script": "clicker",
        "path": ["db", "schema", "migrate"],
        "options": ["--verbose", "--url", "--to"],
    }


def test_the_command_is_known_from_a_cause(shell: Shell) -> None:
    """A tool that raises another exception around its commands tells the command still."""
    report = report_of(shell, "clicker wrapped")
    assert report["exceptions"][0]["type"] == "RuntimeError"
    assert report["command"] == {"script": "clicker", "path": ["wrapped"], "options": []}


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("parsed up --create-db", "up --create-db"),
        ("parsed u --create-db", "up --create-db"),
        ("parsed -v --config hunter2_S3cret up -m x", "up --verbose --config --message"),
        ("parsed --config up delete x", "delete --config"),
        ("parsed -c up delete up", "delete --config"),
        ("parsed --config=up up --message=--create-db", "up --config --message"),
        ("parsed --conf x up --cre", ""),
        ("parsed -vq up", ""),
        ("parsed -vc up delete x", ""),
        ("parsed -cup delete x", ""),
        ("parsed up -n 5 --pair migrate delete --create-db", "up --number --pair --create-db"),
        ("parsed up -n5 --create-db", "up --create-db"),
        ("parsed up --many up delete", "up --many"),
        ("parsed up -- --create-db", "up"),
        ("parsed up hunter2_S3cret --create-db", "up --create-db"),
        ("parsed up --dynamic 1 --create-db", "up --dynamic --create-db"),
        ("parsed delete up --force", "delete --force"),
        ("parsed delete migrate", "delete"),
        ("parsed db migrate --to up", "db migrate --to"),
        ("parsed alpha --odd x", "--odd"),
        ("parsed more --less", "more --less"),
        ("parsed -v", "--verbose"),
        ("parsed", ""),
        ("positional --flag up up", "--flag"),
        ("remaining run --dry x --create-db", "run"),
        ("plain up", ""),
    ],
)
def test_what_argparse_has_parsed(shell: Shell, line: str, expected: str) -> None:
    """Names are those of declarations; what could be a value is not named."""
    assert sorted(told(shell, line).split()) == sorted(expected.split())


@pytest.mark.parametrize(
    ("code", "line", "expected"),
    [
        (PARSED, "--config -- up", "--config"),
        (PARSED, "--config --quiet up", "--config"),
        (PARSED, "-vc up", ""),
        (PARSED, "up --unknown --create-db", "up --create-db"),
        (PARSED, "up --m x --create-db", "up --create-db"),
        (PARSED, "up --create-db=up", "up"),
        (PARSED, "up db", "up"),
        (PARSED, "@up --verbose", "--verbose"),
        (REMAINING, "run --create-db", "run"),
        (REMAINING, "later", "later"),
        (REMAINING, "up --create-db", "up"),
        (PARSED, "up --cre", "up"),
        (PARSED.replace("--quiet", "--config-file"), "--config x up", ""),
        (PARSED.replace("parse_args", "parse_known_args"), "-v up --many", "up --verbose"),
        (PARSED + "other = argparse.ArgumentParser()", "up --create-db", ""),
        (
            PARSED.replace("up.add_argument(", "up.add_argument('-name', "),
            "up -nv --create-db",
            "up --create-db",
        ),
    ],
)
def test_nothing_is_named_that_can_be_read_in_two_ways(code: str, line: str, expected: str) -> None:
    """What one version of argparse refuses another may take for a value: neither is named."""
    file = PublicFile("/parsed/cli.py", "parsed/cli.py", code.encode(), None, is_own=True)
    files = cast("PublicFiles", SimpleNamespace(find=lambda _path: file))
    command = given(Declarations(files, "parsed", [file.path]), line.split())
    found = [] if command is None else [*(command.path or ()), *(command.options or ())]
    assert sorted(found) == sorted(expected.split())


def test_only_the_tools_own_published_commands_have_names(shell: Shell) -> None:
    """A command that the user's own plugin adds to a tool has no name, and nothing below it has."""
    private = shell.environment.site / "clicker" / "private.py"
    private.write_text(PRIVATE)
    script = shell.environment.bin / "clicker"
    original = script.read_text()
    script.write_text(original.replace("import sys", "import sys, clicker.private", 1))
    try:
        report = report_of(shell, "clicker -v hunter2-s3cret status --private x")
    finally:
        script.write_text(original)
        private.unlink()
    assert "s3cret" not in json.dumps(report).lower()
    assert report["command"] == {"script": "clicker", "path": None, "options": ["--verbose"]}


def test_circumstances_are_words_of_our_own(shell: Shell) -> None:
    """Installer, encoding, terminal, CI: each a word of a closed set or a flag."""
    found = report_of(shell, "plain up", LC_ALL="C.UTF-8")["circumstances"]
    container = found.pop("container")
    assert type(container) is bool
    assert found == {
        "installed": "pip",
        "encoding": "utf-8",
        "terminal": False,
        "ci": False,
        "own_excepthook": False,
    }
    found = report_of(shell, "plain up", LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0")
    assert found["circumstances"]["encoding"] == "ascii"


def test_ci_is_told_where_always_was_saved(shell: Shell) -> None:
    """A CI job sends only under a saved always, and then says that it is one."""
    assert shell.run("telemetry-hook", "always", "plain").returncode == 0
    shell.run("plain", "up", CI="true")
    [report] = shell.home.wait_for_reports()
    assert report["circumstances"]["ci"] is True
