"""Studio's command: serve the pages on this machine, until Ctrl-C."""

import sys
import webbrowser
from contextlib import suppress
from pathlib import Path

import click
import uvicorn
from photon import project
from photon.errors import PhotonError
from photon.schema import Schema, load

from studio.app import make_app


@click.command()
@click.version_option(package_name="acme-studio", prog_name="studio")
@click.option(
    "--schema", "path", type=Path, default="schema.lift", show_default=True, help="The schema file."
)
@click.option("--port", default=5555, show_default=True, help="Where to serve; 0 finds a free one.")
@click.option("--open", "is_opening", is_flag=True, help="Open the page in the browser.")
def cli(path: Path, port: int, is_opening: bool) -> None:
    """Look at the data of a project in the browser."""
    schema = load(path)
    project.note_schema(schema)
    server = uvicorn.Config(make_app(path), port=port, log_level="warning", access_log=False)
    socket = server.bind_socket()
    address = f"http://127.0.0.1:{socket.getsockname()[1]}/"
    click.echo(f"{_outline(schema)}\n\nStudio is at {address} until Ctrl-C.")
    if is_opening:
        webbrowser.open(address)
    with suppress(KeyboardInterrupt):
        uvicorn.Server(server).run([socket])


def _outline(schema: Schema) -> str:
    width = max(len(name) for name in schema.models)
    lines = [
        f"  {name.ljust(width)}  {', '.join(model.fields)}" for name, model in schema.models.items()
    ]
    return "\n".join([f"Models of {schema.path}:", *lines])


def main() -> None:
    """Run the command line; a user's mistake is one line and status 1."""
    try:
        cli(prog_name="studio")
    except PhotonError as error:
        click.echo(f"studio: {error}", err=True)
        sys.exit(1)
