"""Makes one function of a tool raise.

This file is copied to a separate directory as `sitecustomize.py`. The file `raising.json` in that
directory names the function. What happens is written to `raised.txt` there.
"""

from __future__ import annotations

import functools
import importlib
import json
import os
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType

HERE = os.path.dirname(os.path.abspath(__file__))


class RaisingFinder:
    """Finds one module with the other finders, and replaces a function in it by one that raises."""

    def __init__(self, plan: dict[str, str]) -> None:
        self._plan = plan

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Find the planned module with the other finders. Return None for any other module."""
        if name != self._plan["module"]:
            return None
        for finder in sys.meta_path:
            spec = None if finder is self else finder.find_spec(name, path, target)
            if spec is not None and spec.loader is not None:
                execute = spec.loader.exec_module
                loader: Any = spec.loader
                loader.exec_module = functools.partial(self._execute, execute)
                return spec
        return None

    def _execute(self, execute: Callable[[ModuleType], None], module: ModuleType) -> None:
        execute(module)
        owner: Any = module
        *outer, name = self._plan["function"].split(".")
        try:
            for part in outer:
                owner = getattr(owner, part)
            function = getattr(owner, name)
        except AttributeError:
            there = [
                attribute for attribute in vars(owner) if callable(getattr(owner, attribute, None))
            ]
            note(
                f"missing {', '.join(attribute for attribute in there if not attribute.startswith('__'))}"
            )
            return
        note("found")
        setattr(owner, name, self._raising(function))

    def _raising(self, function: Callable[..., object]) -> Callable[..., object]:
        plan = self._plan

        @functools.wraps(function)
        def raising(*_: object, **__: object) -> object:
            local = plan["local"]
            note("called")
            message = f"{plan['message']} {local}"
            kind = exception_class(plan)
            try:
                error = kind(message)
            except TypeError:  # the class requires other arguments, which only its author knows
                error = kind.__new__(kind, message)
            raise error

        return raising


def exception_class(plan: dict[str, str]) -> type[BaseException]:
    """Return the class to raise. The tool must be able to import the class's module too."""
    try:
        member: Any = importlib.import_module(plan["class_module"])
        for part in plan["class"].split("."):
            member = getattr(member, part)
    except (ImportError, AttributeError) as error:
        note(f"unusable {error}")
        raise
    kind: type[BaseException] = member
    return kind


def note(text: str) -> None:
    """Write what happened to `raised.txt`, for the test that is waiting."""
    with open(os.path.join(HERE, "raised.txt"), "a", encoding="utf-8") as file:
        file.write(f"{text}\n")


def start() -> None:
    """Install the finder, then import the environment's own sitecustomize in place of this one."""
    with open(os.path.join(HERE, "raising.json"), encoding="utf-8") as file:
        finder: Any = RaisingFinder(json.load(file))
    sys.meta_path.insert(0, finder)
    sys.path[:] = [entry for entry in sys.path if os.path.abspath(entry) != HERE]
    del sys.modules[__name__]
    importlib.import_module(__name__)


if __name__ == "sitecustomize":
    start()
