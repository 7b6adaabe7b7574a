"""Counts what each stage of the search for messages earns: how many messages are lost without it.

It runs a part of the tests' corpus of real exceptions once, with one set of secrets, and redacts each exception
again and again, each time without one stage. A message is lost if less of it is reported than with all
stages; it is kept by that stage alone. Run with tests/ on PYTHONPATH:

    PYTHONPATH=tests python benchmarks/ablation.py [TEXT]...

TEXTs choose stages by parts of their names.
"""

# ruff: noqa: SLF001 - it takes parts out of the search from outside

from __future__ import annotations

import importlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HOLE = "<…>"
GROUPS = ("own", "interpreter", "stdlib", "packages", "attacks")
SET = "formatted one"
PARTS = 2
EVERY = 4  # of so many cases, one


def stages() -> dict[str, Callable[[], Any]]:
    """Return patches that take one stage each out, by name."""
    from telemetry_hook._redact.message import candidates, pydantic, search
    from telemetry_hook._redact.message.expressions import Reader
    from telemetry_hook._redact.message.scopes import Scope

    def nothing(*_: object) -> Iterator[object]:
        return iter(())

    def without(attribute: str) -> Callable[[], Any]:
        read = Scope.of.__func__  # type: ignore[attr-defined]

        def of(cls: type[Scope], tree: Any) -> Scope:
            scope: Scope = read(cls, tree)
            setattr(scope, attribute, type(getattr(scope, attribute))())
            return scope

        return lambda: mock.patch.object(Scope, "of", classmethod(of))

    found: dict[str, Callable[[], Any]] = {}
    for name in ("raise", "functions", "classes", "modules", "system", "interpreter"):
        found[f"search: {name}"] = lambda name=name: mock.patch.object(  # type: ignore[misc]
            candidates.Candidates, f"_of_{name}", nothing
        )
    found["search: neighbours"] = lambda: mock.patch.object(
        candidates.Candidates, "of_neighbours", nothing
    )
    for name in ("nested", "repeated", "of_known", "name"):
        found[f"search: {name}"] = lambda name=name: mock.patch.object(  # type: ignore[misc]
            search._Search, f"_{name}", return_value=None
        )
    found["search: pydantic"] = lambda: mock.patch.object(pydantic, "types", return_value=())
    found["search: callers' arguments"] = lambda: mock.patch.object(
        candidates.Candidates._piece, "__defaults__", (0,)
    )
    for attribute in ("assigned", "added", "appended", "returned"):
        found[f"names: {attribute}"] = without(attribute)
    found["names: the module's"] = lambda: mock.patch.object(
        Reader, "_known", lambda self, name: self.scope.assigned.get(name, [])
    )
    for kind in Reader._READERS:
        found[f"expression: {kind.__name__}"] = lambda kind=kind: mock.patch.dict(  # type: ignore[misc]
            Reader._READERS, {kind: lambda *_: iter(())}
        )
    for name in Reader._METHODS:
        found[f"method: {name}"] = lambda name=name: mock.patch.object(  # type: ignore[misc]
            Reader, "_METHODS", {k: v for k, v in Reader._METHODS.items() if k != name}
        )
    return found


class Redactor:
    """Redacts messages of the corpus, with what public files hold read once."""

    def __init__(self) -> None:
        from telemetry_hook._installed.attribution import registrations
        from telemetry_hook._redact.published.class_names import ClassNames
        from telemetry_hook._redact.published.definitions import Definitions
        from telemetry_hook._redact.published.locations import Locations
        from telemetry_hook._redact.published.public_files import PublicFiles

        [own] = [each for each in registrations() if each.package == "corpus"]
        self._files = PublicFiles([own.distribution], is_local=True)
        self._definitions = Definitions()
        self._classes = ClassNames(self._files, self._definitions)
        self._locations = Locations(self._files, self._definitions, self._classes)

    def messages(self, exception: BaseException) -> list[str]:
        """Return the messages of an exception and its causes as they are reported."""
        from telemetry_hook._crash import capture
        from telemetry_hook._redact.exceptions import Exceptions
        from telemetry_hook._redact.frames import Frames

        frames = Frames(self._files, self._classes, self._locations)
        exceptions = Exceptions(
            self._files, self._definitions, self._classes, self._locations, frames
        )
        crash = capture.capture(exception, "reported")
        return [str(each.message) for each in exceptions.redacted(crash)]


def size(texts: list[str]) -> int:
    """Return how much of messages is reported."""
    return sum(len(text.replace(HOLE, "")) for text in texts)


def part(plan: Path, out: Path) -> None:
    """Run the cases of one part, inside the environment; write a line for each."""
    runner = importlib.import_module("corpus.__main__")
    planting = importlib.import_module("corpus.planting")
    known = json.loads(plan.read_text("utf-8"))
    chosen = {
        name: patch
        for name, patch in stages().items()
        if not known["texts"] or any(text in name for text in known["texts"])
    }

    def look(exception: BaseException) -> dict[str, Any]:
        try:
            whole = redactor.messages(exception)
        except Exception as error:
            return {"failed": str(error)}
        if redactor.messages(exception) != whole:
            return {"failed": "another message at the second time"}
        lost: list[str] = []
        for name, patch in chosen.items() if size(whole) else ():
            with patch():
                less = redactor.messages(exception)
            if size(less) < size(whole):
                lost.append(name)
        return {"lost": lost, "has_text": bool(size(whole[:1]))}

    redactor = Redactor()
    secrets = planting.Secrets(**known["secrets"])
    for module in runner.MODULES:
        with suppress(ImportError):
            importlib.import_module(f"corpus.{module}")
    with (
        out.open("w", encoding="utf-8") as file,
        tempfile.TemporaryDirectory() as place,
        in_directory(place),
    ):
        runner.signal.signal(runner.signal.SIGALRM, runner.too_long)
        for name, (group, function) in list(planting.CASES.items())[
            known["part"] :: PARTS * known["every"]
        ]:
            line = runner.one(function, secrets, look)
            file.write(json.dumps({"case": name, "group": group, **line}) + "\n")


@contextmanager
def in_directory(directory: str) -> Iterator[None]:
    """Work in a directory."""
    before = Path.cwd()
    os.chdir(directory)
    try:
        yield
    finally:
        os.chdir(before)


def main(texts: list[str], environment_directory: str | None) -> None:
    """Run both parts, and print a table."""
    import corpus_runs
    from conftest import ROOT, Environment, build_wheel, make_environment

    with tempfile.TemporaryDirectory() as place:
        directory = Path(place)
        if environment_directory is None:
            # A build leaves directories behind where it happens.
            ignored = shutil.ignore_patterns(".*", "build", "dist", "*.egg-info", "__pycache__")
            shutil.copytree(ROOT, directory / "project", ignore=ignored)
            wheel = build_wheel(directory / "project", directory)
            environment = make_environment(directory / "environment")
            corpus_runs.prepare(environment, wheel, directory)
        else:
            environment = Environment(Path(environment_directory))
        processes, outs = [], []
        for number in range(PARTS):
            plan, out = directory / f"{number}.json", directory / f"{number}.jsonl"
            planned = {
                "secrets": corpus_runs.SETS[SET],
                "part": number,
                "texts": texts,
                "every": EVERY,
            }
            plan.write_text(json.dumps(planned), "utf-8")
            outs.append(out)
            command: list[str | Path] = [
                environment.python,
                "-X",
                "utf8",
                __file__,
                "--part",
                plan,
                out,
            ]
            processes.append(
                subprocess.Popen(
                    command,
                    stdin=subprocess.DEVNULL,
                    env={
                        "HOME": place,
                        "PATH": "/usr/bin:/bin",
                        "LANG": "C.UTF-8",
                        "REPORTS": place,
                    },
                )
            )
        codes = [process.wait() for process in processes]
        if any(codes):
            raise SystemExit("a part has failed")
        lines = [json.loads(text) for out in outs for text in out.read_text("utf-8").splitlines()]
    lines = [line for line in lines if "lost" in line]
    print(
        f"{len(lines)} cases, {sum(line['has_text'] for line in lines)} with text in the report\n"
    )
    lost = Counter((name, line["group"]) for line in lines for name in line["lost"])
    print(f"{'without':<28}{'lost':>6}" + "".join(f"{group:>13}" for group in GROUPS))
    names = {name: sum(lost[name, group] for group in GROUPS) for name, _ in lost}
    for name in sorted(set(stages()) if not texts else names, key=lambda name: -names.get(name, 0)):
        row = "".join(f"{lost[name, group]:>13}" for group in GROUPS)
        print(f"{name:<28}{names.get(name, 0):>6}{row}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--part"]:
        part(Path(sys.argv[2]), Path(sys.argv[3]))
    elif sys.argv[1:2] == ["--environment"]:
        main(sys.argv[3:], sys.argv[2])
    else:
        main(sys.argv[1:], None)
