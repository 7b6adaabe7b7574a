"""Groups of probes. Each group runs in its own process."""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import callables
import operations
from learning import SOURCE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fillers import Filler
    from learning import Probe

_PREPARATION = re.compile(
    r"(?:import [\w., ]+|from [\w.]+ import [\w, ]+|NAME\d? = .*)$", re.MULTILINE
)
SNIPPETS = Path(__file__).resolve().parent / "snippets"
SYSTEMATIC = {
    "builtins": callables.of_builtins,
    "methods": callables.of_types,
    "modules": callables.of_modules,
    "system": callables.of_system,
    "operators": operations.probes,
}
NAMES = sorted([*SYSTEMATIC, *(path.stem for path in SNIPPETS.glob("*.txt"))])


def probes(group: str) -> Iterator[Probe]:
    """Yield a group's probes, always in the same order."""
    if group in SYSTEMATIC:
        yield from SYSTEMATIC[group]()
        return
    text = (SNIPPETS / f"{group}.txt").read_text(encoding="utf-8")
    if group == "syntax":
        yield from (partial(_compile, line) for line in text.splitlines())
    else:
        yield from (partial(_execute, source) for source in snippets(text))


def snippets(text: str) -> Iterator[str]:
    """Yield the sources in a file: a paragraph is one if it prepares something, else lines are."""
    for paragraph in text.split("\n\n"):
        lines = [line for line in paragraph.splitlines() if line and not line.startswith("##")]
        if any(line[0].isspace() for line in lines) or _PREPARATION.match(paragraph):
            yield "\n".join(lines)
        else:
            yield from lines


def _compile(source: str, filler: Filler) -> None:
    # Numbers of lines are holes: they differ.
    source = source.replace("\\t", "\t").replace("\\n", "\n").replace("\\0", "\0")
    compile("\n" * filler.count + filler.fill(source) + "\n", SOURCE, "exec")


def _execute(source: str, filler: Filler) -> None:
    exec(compile(filler.fill(source), SOURCE, "exec"), filler.variables())
