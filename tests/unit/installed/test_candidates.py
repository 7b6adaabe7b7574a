"""Which crashes may be a tool's, without a look at what is installed."""

from __future__ import annotations

import json
import os
import site
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from telemetry_hook._installed import candidates, isolation


@pytest.fixture
def main(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Be a program that was started in another way than these tests."""
    module = ModuleType("__main__")
    monkeypatch.setitem(sys.modules, "__main__", module)
    monkeypatch.setattr(sys, "path", ["/project", "/usr/lib/python3", "/venv/site-packages"])
    monkeypatch.setattr(sys, "prefix", "/venv")
    monkeypatch.setattr(site, "USER_BASE", "/home/jane/.local")
    for name in [name for name in sys.modules if name.startswith("__editable__")]:
        monkeypatch.delitem(sys.modules, name)
    return module


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        (None, False),  # code of the command line
        ("/project/script.py", False),
        ("/project/lift/cli.py", True),  # from a directory that is on the path
        ("/project/script", True),  # as a console script has no suffix
        ("/project/lift-script.py", True),
        ("/project/app/__main__.py", True),
        ("/venv/bin/lift.py", True),
        ("/home/jane/.local/bin/lift.py", True),
        ("/venv/site-packages/lift/cli.py", True),
        ("/checkout/src/lift/cli.py", False),
    ],
)
def test_programs(main: ModuleType, file: str | None, *, expected: bool) -> None:
    """By the path of their main module."""
    main.__file__ = file
    assert candidates.may_be_a_tools(ValueError) is expected


def test_modules_that_python_was_told_to_run(main: ModuleType) -> None:
    """`python -m lift` may be a tool's, `python directory` is judged by its path."""
    main.__file__ = "/project/script.py"
    main.__spec__ = SimpleNamespace(name="lift.cli")  # type: ignore[assignment]
    assert candidates.may_be_a_tools(ValueError)
    main.__spec__ = SimpleNamespace(name="__main__")  # type: ignore[assignment]
    assert not candidates.may_be_a_tools(ValueError)


def test_editable_installs(main: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    """Their directories are on the path, or a finder knows them."""
    main.__file__ = "/checkout/src/lift/cli.py"
    monkeypatch.setattr(sys, "path", ["/checkout/src/lift", "/usr/lib/python3", "/checkout/src"])
    assert candidates.may_be_a_tools(ValueError)
    monkeypatch.setattr(sys, "path", ["/checkout/src/lift", "/usr/lib/python3"])
    assert not candidates.may_be_a_tools(ValueError)
    finder: Any = ModuleType("__editable___lift_finder")
    finder.MAPPING = {"lift": "/checkout/src/lift"}
    monkeypatch.setitem(sys.modules, finder.__name__, finder)
    assert candidates.may_be_a_tools(ValueError)


def test_scripts_beside_a_prefix(main: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    """`pip install --prefix` makes /opt/lift/bin/lift.py, and packages below /opt/lift."""
    monkeypatch.setattr(sys, "path", ["/opt/lift/bin", "/opt/lift/lib/python3/site-packages"])
    for file, expected in (("/opt/lift/bin/lift.py", True), ("/opt/other/bin/lift.py", False)):
        main.__file__ = file
        assert candidates.may_be_a_tools(ValueError) is expected
    main.__file__ = "/opt/lift/tools/lift.py"
    assert not candidates.may_be_a_tools(ValueError)


def test_classes_of_editable_installs(main: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    """Their finders know packages that are below no directory of the path."""
    main.__file__ = "/project/script.py"
    module = ModuleType("lift.errors")
    module.__file__ = "/checkout/libs/lift/errors.py"
    monkeypatch.setitem(sys.modules, "lift.errors", module)
    own = type("OwnError", (Exception,), {"__module__": "lift.errors"})
    assert not candidates.may_be_a_tools(own)
    monkeypatch.setattr(isolation, "is_editable", lambda name: name == "lift")
    assert candidates.may_be_a_tools(own)


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        ("/project/errors.py", False),
        ("/venv/site-packages/photon/errors.py", True),
        ("/elsewhere/errors.py", False),
        (None, False),
    ],
)
def test_classes(
    main: ModuleType, file: str | None, monkeypatch: pytest.MonkeyPatch, *, expected: bool
) -> None:
    """By the module that defines them."""
    main.__file__ = "/project/script.py"
    module = ModuleType("errors")
    module.__file__ = file
    monkeypatch.setitem(sys.modules, "errors", module)
    own = type("OwnError", (Exception,), {"__module__": "errors"})
    assert candidates.may_be_a_tools(own) is expected
    monkeypatch.setattr(sys, "path", ["/project", os.path.dirname(json.__path__[0])])
    for kind in (ZeroDivisionError, json.JSONDecodeError):
        assert not candidates.may_be_a_tools(kind)


def test_links_are_followed(
    main: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """As pipx makes them for scripts."""
    (tmp_path / "venv/bin").mkdir(parents=True)
    (tmp_path / "venv/bin/lift.py").write_text("")
    (tmp_path / "lift.py").symlink_to(tmp_path / "venv/bin/lift.py")
    main.__file__ = str(tmp_path / "lift.py")
    assert not candidates.may_be_a_tools(ValueError)
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "venv"))
    assert candidates.may_be_a_tools(ValueError)
