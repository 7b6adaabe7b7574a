"""`dictionary`: prints the page that lists everything that a tool may send."""

from __future__ import annotations

import json
import sys

import click

from telemetry_hook import _invocation
from telemetry_hook._cli._answers import as_json, plugin_of


@click.command()
@click.argument("tool")
@click.option("--html", "is_html", is_flag=True, help="Print HTML instead of Markdown.")
@as_json
def dictionary(tool: str, is_html: bool, is_json: bool) -> None:
    """Print a tool's data page: what it may send, why, where to, and how to say no."""
    if is_html and is_json:
        raise click.UsageError("choose one of --html and --json")
    from telemetry_hook._data_page import DataPage

    page = DataPage(plugin_of(tool))
    if is_json:
        text = json.dumps(page.as_json(), indent=2) + "\n"
    else:
        text = page.as_html() if is_html else page.as_markdown()
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    errors = "xmlcharrefreplace" if is_html else "backslashreplace"
    click.echo(text.encode(encoding, errors).decode(encoding), nl=False)
    if not (is_json or _invocation.is_bare()):
        # The page itself has no path of this machine, so that it can be published.
        click.echo(
            f"\nOn this machine, telemetry-hook is run so:\n{_invocation.command()}", err=True
        )
