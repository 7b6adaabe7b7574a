"""Packages that command lines are made of."""

from __future__ import annotations

import sys

import click
import pluggy
import rich.color
import rich.console
import rich.errors
import rich.markup
import rich.progress
import rich.style
import rich.table
import rich.text
import typer

from corpus.planting import case


@click.group()
def tool(): ...


@tool.command()
@click.argument("count", type=int)
@click.option("--level", type=click.Choice(["low", "high"]))
@click.option("--limit", type=click.IntRange(1, 5))
@click.option("--input", type=click.Path(exists=True))
@click.option("--file", type=click.File())
@click.option("--when", type=click.DateTime())
@click.option("--id", type=click.UUID)
@click.option("--must", required=False)
def work(**options):
    if options["must"] == "fail":
        raise click.ClickException("the work cannot be done twice")
    raise click.UsageError(f"the level {options['level']} does not go with {options['count']}")


def run(*arguments):
    tool.main(["work", *arguments], standalone_mode=False)


@case
def click_command(s):
    tool.main([s.word], standalone_mode=False)


@case
def click_argument(s):
    run()


@case
def click_integer(s):
    run(s.word)


@case
def click_extra(s):
    run("1", s.password)


@case
def click_option(s):
    run("1", f"--{s.word}")


@case
def click_option_value(s):
    run("1", "--level")


@case
def click_choice(s):
    run("1", "--level", s.word)


@case
def click_range(s):
    run("1", "--limit", str(s.number + 1000))


@case
def click_path(s):
    run("1", "--input", s.path)


@case
def click_file(s):
    run("1", "--file", s.path)


@case
def click_date(s):
    run("1", "--when", s.word)


@case
def click_uuid(s):
    run("1", "--id", s.word)


@case
def click_usage(s):
    run("1", "--level", "low")


@case
def click_own(s):
    run("1", "--must", "fail")


@case
def click_abort(s):
    raise click.Abort


@case
def click_bad_parameter(s):
    raise click.BadParameter(f"{s.email} does not look like an address", param_hint=s.column)


@case
def click_file_error(s):
    raise click.FileError(s.path, hint="the disk was taken out")


@case
def click_no_context(s):
    click.get_current_context()


@case
def click_names(s):
    click.option(f"{s.word} {s.table}")(lambda: 1)


@case
def click_flag(s):
    click.Option([f"--{s.word}"], is_flag=True, multiple=True, count=True)


@case
def click_edit(s):
    click.edit(s.text, editor=f"/nowhere/{s.attribute}")


app = typer.Typer()


@app.command()
def build(count: int, name: str = "x"):
    raise typer.BadParameter(f"a build called {name} has been made already")


def run_typer(*arguments):
    app(list(arguments), standalone_mode=False)


@case
def typer_integer(s):
    run_typer(s.word)


@case
def typer_option(s):
    run_typer("1", f"--{s.word}-x")


@case
def typer_missing(s):
    run_typer()


@case
def typer_own(s):
    run_typer("1", "--name", s.word)


@case
def typer_type(s):
    broken = typer.Typer()

    @broken.command()
    def main(value: Secret): ...

    broken([s.word], standalone_mode=False)


class Secret:
    """Typer cannot convert to it."""


@case
def typer_empty(s):
    typer.Typer(name=s.word)()


@case
def rich_markup(s):
    rich.markup.render(f"[bold]{s.text}[/{s.word}]")


@case
def rich_nothing_open(s):
    rich.markup.render(f"{s.word}[/]")


@case
def rich_color(s):
    rich.color.Color.parse(f"{s.attribute}-x")


@case
def rich_style(s):
    rich.console.Console().get_style(f"{s.attribute}-x")


@case
def rich_style_parse(s):
    rich.style.Style.parse(f"not {s.attribute}-x")


@case
def rich_renderable(s):
    table = rich.table.Table()
    table.add_row(object())


@case
def rich_console(s):
    rich.console.Console(width="x").print(s.text)


@case
def rich_live(s):
    console = rich.console.Console(file=sys.stderr)
    with rich.progress.Progress(console=console) as progress:
        progress.update(s.number + 1000, advance=1)


@case
def rich_spinner(s):
    from rich.spinner import Spinner

    Spinner(s.word)


@case
def rich_theme(s):
    rich.console.Console().pop_theme()


@case
def rich_theme_file(s):
    from rich.theme import Theme

    Theme.read(s.path)


class Specs:
    @pluggy.HookspecMarker("corpus")
    def work(self, name): ...


def manager():
    made = pluggy.PluginManager("corpus")
    made.add_hookspecs(Specs)
    return made


@case
def pluggy_twice(s):
    made = manager()
    plugin = object()
    made.register(plugin, name=s.word)
    made.register(plugin, name=s.table)


@case
def pluggy_unknown(s):
    class Plugin:
        @pluggy.HookimplMarker("corpus")
        def missing(self): ...

    made = manager()
    made.register(Plugin(), name=s.word)
    made.check_pending()


@case
def pluggy_argument(s):
    class Plugin:
        @pluggy.HookimplMarker("corpus")
        def work(self, other): ...

    manager().register(Plugin(), name=s.word)


@case
def pluggy_raises(s):
    class Plugin:
        @pluggy.HookimplMarker("corpus")
        def work(self, name):
            raise ValueError(f"the plugin does not know a name like {name}")

    made = manager()
    made.register(Plugin())
    made.hook.work(name=s.word)


@case
def pluggy_keyword(s):
    manager().hook.work(s.word)


@case
def pluggy_specs(s):
    pluggy.PluginManager("corpus").add_hookspecs(type(s.attribute, (), {}))


@case
def pluggy_unregister(s):
    manager().unregister(plugin=object(), name=None)
