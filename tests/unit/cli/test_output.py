"""What the commands print can be printed."""

from __future__ import annotations

import io
import sys

import click
import pytest

from telemetry_hook import _cli


@pytest.mark.parametrize(
    ("errors", "shown"), [("strict", b"/home/\\udcff\n"), ("surrogateescape", b"/home/\xff\n")]
)
def test_a_path_that_cannot_be_encoded_is_escaped(
    monkeypatch: pytest.MonkeyPatch, errors: str, shown: bytes
) -> None:
    """Names of directories are any bytes. The user's own choice is kept."""
    out = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(out, "utf-8", errors))
    monkeypatch.setattr(_cli, "cli", lambda prog_name: click.echo("/home/\udcff"))
    _cli.main()
    assert out.getvalue() == shown
