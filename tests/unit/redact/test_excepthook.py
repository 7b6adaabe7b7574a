"""Whether the tool shows its crashes in a way of its own."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from published import Site

from telemetry_hook._redact import excepthook
from telemetry_hook._redact.published.class_names import ClassNames
from telemetry_hook._redact.published.definitions import Definitions
from telemetry_hook._redact.published.locations import Locations

SOURCE = """
    def show(kind, error, traceback):
        print("Something went wrong.")

    class Screen:
        def show(self, kind, error, traceback):
            print("Something went wrong.")

        __call__ = show

    def made(prefix):
        return lambda *_: print(prefix)
"""


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def is_own(site: Site, monkeypatch: pytest.MonkeyPatch, hook: object) -> bool:
    monkeypatch.setattr(sys, "excepthook", hook)
    definitions = Definitions()
    classes = ClassNames(site.files, definitions)
    return excepthook.is_own(Locations(site.files, definitions, classes))


def hooks(module: Any) -> list[object]:
    screen = module.Screen()
    return [module.show, screen.show, screen, partial(module.show), module.made("Oh.")]


def test_a_hook_of_the_tool(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    module = site.publish("acme.screen", SOURCE)
    assert [is_own(site, monkeypatch, hook) for hook in hooks(module)] == [True] * 5


def test_hooks_of_others(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a dependency, of the user, of Python, and what is no hook at all."""
    foreign = site.publish("rope.screen", SOURCE, is_own=False)
    own = site.write("user", SOURCE)
    others = [sys.__excepthook__, print, None, 7, Site]
    for hook in (*hooks(foreign), *hooks(own), *others):
        assert not is_own(site, monkeypatch, hook)
    monkeypatch.delattr(sys, "excepthook")
    definitions = Definitions()
    classes = ClassNames(site.files, definitions)
    assert not excepthook.is_own(Locations(site.files, definitions, classes))
