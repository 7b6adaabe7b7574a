"""Mutation testing: break the code in small ways, and count the ways that tests/unit notices.

`nox -s mutation` runs this. Every mutant runs in a copy of the checkout, so the checkout itself is
never changed, and needs nothing of telemetry-hook to be installed. cosmic-ray makes the mutants; in
a room with many, a sample is tested, and always the same one for the same code.

    python tests/mutations.py                        # every room, and the named mutations
    python tests/mutations.py --most 1000 _redact/details.py
"""

from __future__ import annotations

import argparse
import ast
import hashlib
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from queue import Queue

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "telemetry_hook"
ROOMS = ("_consent", "_outbox", "_redact", "_crash", "_private", "_gate.py")
MOST = 60  # mutants of a room
LEAST_SHARE = 0.85  # of a room's mutants that have to be killed
WORKERS = os.cpu_count() or 2
# A mutant may loop for ever, or wait for ever; tests/unit as a whole needs a third of this.
MAX_CPU_SECONDS, MAX_SECONDS = 120, 600
NO_TESTS = 5  # pytest's exit code when it has selected none
# Of cosmic-ray's operators, those whose mutants differ in meaning, once each: `a < b` becomes
# `a <= b` and `a >= b`, but not also `a > b`, `a == b` and so on, which the same tests notice.
OPERATORS = re.compile(
    r"core/("
    r"ReplaceBinaryOperator_(Add_Sub|Sub_Add|Mul_FloorDiv|Div_Mul|FloorDiv_Mul|Mod_FloorDiv"
    r"|Pow_Mul|RShift_LShift|LShift_RShift|BitOr_BitAnd|BitAnd_BitOr|BitXor_BitAnd)"
    r"|ReplaceComparisonOperator_(Eq_NotEq|NotEq_Eq|Lt_LtE|Lt_GtE|LtE_Lt|LtE_Gt|Gt_GtE|Gt_LtE"
    r"|GtE_Gt|GtE_Lt|Is_IsNot|IsNot_Is)"
    r"|ReplaceUnaryOperator_(USub_UAdd|Delete_Not)"
    r"|AddNot|ReplaceTrueWithFalse|ReplaceFalseWithTrue|ReplaceAndWithOr|ReplaceOrWithAnd"
    r"|ReplaceBreakWithContinue|ReplaceContinueWithBreak|ExceptionReplacer|NumberReplacer"
    r"|RemoveDecorator|ZeroIterationForLoop)"
)
# Mistakes that no test noticed once: file, text, what the text becomes.
NAMED = (
    ("_consent/rules.py", "REPEAT_AFTER_SECONDS = 24 * HOUR", "REPEAT_AFTER_SECONDS = 12 * HOUR"),
    (
        "_facts.py",
        "after = now - rules.REPEAT_AFTER_SECONDS",
        "after = now - rules.REPEAT_AFTER_SECONDS / 2",
    ),
    ("_outbox/store.py", "and after < entry.changed <= until", "and entry.changed <= until"),
    (
        "_outbox/answers.py",
        "return Outcome(kind, reason, max(delays, default=None), 0",
        "return Outcome(kind, reason, min(delays, default=None), 0",
    ),
    ("_crash/recursion.py", "max(counts.values()) - 1", "len(codes)"),
    ("_gate.py", "MIN_LENGTH = 4", "MIN_LENGTH = 6"),
    ("_redact/message/templates.py", "MIN_COMMON_WORDS = 2", "MIN_COMMON_WORDS = 1"),
    (
        "_installed/attribution.py",
        'return name is not None and name.startswith((f"{package}/", f"{package}."))',
        "return True",
    ),
    ("_redact/message/safe_str.py", "MAX_DEPTH = 5", "MAX_DEPTH = 50"),
    ("_redact/frames.py", "MAX_VARIABLES = 30", "MAX_VARIABLES = 31"),
)


@dataclass(frozen=True)
class Mutant:
    """A file of the package, by its path inside this, and its source with one mistake."""

    file: str
    line: int
    change: str
    source: str


class InProcess:
    """A plugin for pytest that leaves out the tests that build and install wheels."""

    def pytest_collection_modifyitems(
        self, config: pytest.Config, items: list[pytest.Item]
    ) -> None:
        outside = [each for each in items if "wheel" in getattr(each, "fixturenames", ())]
        config.hook.pytest_deselected(items=outside)
        items[:] = [each for each in items if each not in outside]

    def pytest_collection_finish(self) -> None:
        package = Path(str(sys.modules["telemetry_hook"].__file__))
        if not package.is_relative_to(Path.cwd()):
            raise pytest.UsageError(f"this tests {package}, not the mutant")


class Copies:
    """Copies of the checkout, one for each worker."""

    def __init__(self, directory: Path) -> None:
        self._free: Queue[Path] = Queue()
        ignored = shutil.ignore_patterns(".*", "build", "dist", "*.egg-info", "__pycache__")
        self.all = [directory / str(number) for number in range(WORKERS)]
        for copy in self.all:
            shutil.copytree(ROOT, copy, ignore=ignored)
            self._free.put(copy)

    def check_unchanged(self) -> None:
        """See that all tests pass without a mistake, also where a file is written as mutants are."""
        same = Mutant("_gate.py", 0, "", (PACKAGE / "_gate.py").read_text())
        with ThreadPoolExecutor(WORKERS) as pool:
            if any(pool.map(lambda copy: self._run(copy, ["tests/unit"]), self.all)):
                sys.exit("tests/unit fails without any mutation")
        if self.is_killed(same):
            sys.exit("tests/unit fails where a file was written again without any mutation")

    def is_killed(self, mutant: Mutant) -> bool:
        """Tell whether a test fails: those of the mutant's own room are tried first."""
        copy = self._free.get()
        path = copy / "telemetry_hook" / mutant.file
        original, written = path.read_text(), path.stat().st_mtime
        try:
            path.write_text(mutant.source)
            # Python takes compiled code for the source's by its time in seconds, and its size.
            os.utime(path, (written - 100, written - 100))
            return any(
                self._run(copy, tests, PYTHONDONTWRITEBYTECODE="1") not in (0, NO_TESTS)
                for tests in _stages(mutant.file)
            )
        finally:
            path.write_text(original)
            self._free.put(copy)

    def _run(self, copy: Path, tests: list[str], **environment: str) -> int:
        process = subprocess.Popen(
            [sys.executable, "tests/mutations.py", "--pytest", *tests],
            cwd=copy,
            env={**os.environ, **environment},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            return process.wait(MAX_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            return process.wait()


def _stages(file: str) -> Iterator[list[str]]:
    """Yield all tests, those that are likely to notice a mistake in a file first.

    ``_redact/message/system.py``: ``message/test_system.py``, the rest of ``redact``, the others.
    """
    path = Path(*(part.removeprefix("_") for part in Path(file).parts))
    own = Path("tests/unit", path.with_name(f"test_{path.name}"))
    room = Path("tests/unit", path.parts[0])
    done: list[str] = []
    for tests in (own, room, Path("tests/unit")):
        if (ROOT / tests).exists():
            yield [str(tests), *(f"--ignore={each}" for each in done)]
            done.append(str(tests))


def named() -> Iterator[Mutant]:
    """Yield the mutants of mistakes that were not noticed once."""
    for file, old, new in NAMED:
        source = (PACKAGE / file).read_text()
        if source.count(old) != 1:
            sys.exit(f"{file} has {old!r} {source.count(old)} times: correct tests/mutations.py")
        line = source[: source.index(old)].count("\n") + 1
        yield Mutant(file, line, f"{old} → {new}", source.replace(old, new))


def sample(room: str, most: int) -> tuple[list[Mutant], int]:
    """Return mutants of a room or file, and of how many places: a hash of each place chooses."""
    paths = sorted((PACKAGE / room).rglob("*.py")) or [PACKAGE / room]
    places = sorted(place for path in paths for place in _places(path))
    mutants = (_mutant(*place) for _, place in places)
    return list(islice((each for each in mutants if each is not None), most)), len(places)


Place = tuple[str, str, int]


def _places(path: Path) -> Iterator[tuple[str, Place]]:
    """Yield what can be changed in a file, each by its operator and number, behind its hash."""
    from cosmic_ray import plugins  # only here: this module is imported for every mutant
    from cosmic_ray.ast import ast_nodes, get_ast

    source = path.read_text()
    nodes = list(ast_nodes(get_ast(source)))
    lines = source.splitlines()
    file = path.relative_to(PACKAGE).as_posix()
    for name in filter(OPERATORS.fullmatch, plugins.operator_names()):
        operator = plugins.get_operator(name)()
        found = [start for node in nodes for start, _ in operator.mutation_positions(node)]
        for number, (row, column) in enumerate(found):
            # The line's number is left out: a change above it leaves the sample as it is.
            key = f"{file} {name} {lines[row - 1]} {column}"
            yield hashlib.sha256(key.encode()).hexdigest(), (file, name, number)


def _mutant(file: str, name: str, number: int) -> Mutant | None:
    """Make a mutant; None if it runs as the original does, or not at all."""
    from cosmic_ray import plugins
    from cosmic_ray.mutating import mutate_code

    source = (PACKAGE / file).read_text()
    try:
        mutated = mutate_code(source, plugins.get_operator(name)(), number)
    except AttributeError:  # cosmic-ray knows no dotted name of an exception
        return None
    if mutated is None or _meaning(mutated) in (None, _meaning(source)):
        return None
    before, after = source.splitlines(), mutated.splitlines()
    pairs = enumerate(zip(before, after, strict=False))
    at = next((at for at, (old, new) in pairs if old != new), len(after) - 1)
    return Mutant(file, at + 1, f"{before[at].strip()} → {after[at].strip()}", mutated)


class _Untyped(ast.NodeTransformer):
    """Takes out what has no meaning when a program runs: annotations, and imports for them."""

    def visit_arg(self, node: ast.arg) -> ast.arg:
        node.annotation = None
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        node.returns = None
        self.generic_visit(node)
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AnnAssign:
        node.annotation = ast.Constant(None)
        self.generic_visit(node)
        return node

    def visit_If(self, node: ast.If) -> ast.If | None:
        if "TYPE_CHECKING" in ast.dump(node.test):
            return None
        self.generic_visit(node)
        return node

    def visit_Assign(self, node: ast.Assign) -> ast.Assign | None:
        if "'TYPE_CHECKING'" in ast.dump(node.targets[0]):
            return None
        self.generic_visit(node)
        return node


def _meaning(source: str) -> str | None:
    """Return what a program does, without annotations; None if it is none."""
    try:
        return ast.dump(_Untyped().visit(ast.parse(source)))
    except SyntaxError:
        return None


def run_tests(tests: Sequence[str]) -> int:
    """Run tests in this process, as far as they stay in one, up to the first that fails."""
    resource.setrlimit(resource.RLIMIT_CPU, (MAX_CPU_SECONDS, MAX_CPU_SECONDS))
    sys.path.insert(0, os.getcwd())
    return pytest.main(
        ["-x", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", *tests], plugins=[InProcess()]
    )


def main() -> int:
    """Test mutants, print the share killed in each room, and fail if it is too low."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "rooms", nargs="*", help="named, a room, or a file such as _redact/details.py"
    )
    parser.add_argument("--most", type=int, default=MOST, help="mutants of each")
    arguments = parser.parse_args()
    is_good = True
    with tempfile.TemporaryDirectory() as directory, ThreadPoolExecutor(WORKERS) as pool:
        copies = Copies(Path(directory))
        copies.check_unchanged()
        mistakes = list(named())
        for room in arguments.rooms or ("named", *ROOMS):
            mutants, count = (
                (mistakes, len(mistakes)) if room == "named" else sample(room, arguments.most)
            )
            killed = 0
            for mutant, is_killed in zip(mutants, pool.map(copies.is_killed, mutants), strict=True):
                killed += is_killed
                if not is_killed:
                    print(f"survived: {mutant.file}:{mutant.line}: {mutant.change}", flush=True)
            share = killed / max(len(mutants), 1)
            print(f"{room}: {share:.0%} killed, {killed} of {len(mutants)} of {count}", flush=True)
            is_good &= share >= (1 if room == "named" else LEAST_SHARE)
    return 0 if is_good else 1


if __name__ == "__main__":
    if sys.argv[1:2] == ["--pytest"]:
        sys.exit(run_tests(sys.argv[2:]))
    sys.exit(main())
