"""Makes the two sides that are compared, and runs other projects' tests in them.

A side is an interpreter with telemetry-hook, or the same without. For CPython's own tests it is a
real copy of an interpreter, not a virtual environment: CPython skips or changes tests in a virtual
environment, of `sys.prefix` and `site` above all. In a copy, each process that a test starts runs
our `.pth` file (also with `-I` and `-E`, and with an empty environment), as in an image that has
telemetry-hook in its main interpreter. For projects on PyPI it is a virtual environment, as these
have for their tests; the two have the same packages but for telemetry-hook.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from neighbour_outcomes import Run, read_run

ROOT = Path(__file__).parents[1]
MOST_SILENT_SECONDS = 180  # a run that prints nothing for so long hangs
# Where an interpreter's parts are; `-S` leaves what is installed in it alone.
PARTS = """
import json, os, sys, sysconfig
paths = [sys.base_prefix, os.path.realpath(sys._base_executable)]
print(json.dumps(paths + [sysconfig.get_path(name) for name in ("stdlib", "include")]))
"""
STARTED = "import json, sys; print(json.dumps('telemetry_hook' in sys.modules))"
PLACES = "import json, site, sys; print(json.dumps([sys.prefix, *site.getsitepackages()]))"
# What a copy does without: other packages, and libraries for linking.
LEFT_OUT = ("site-packages", "dist-packages", "*.a", "EXTERNALLY-MANAGED")


@dataclass(frozen=True)
class Side:
    """An interpreter, with telemetry-hook or without."""

    python: Path

    def run(self, arguments: Sequence[str], source: Path | None = None, **variables: str) -> Run:
        """Run tests in a new home, perhaps in a copy of their project; `{xml}` is their file."""
        with tempfile.TemporaryDirectory(prefix="n-", ignore_cleanup_errors=True) as place:
            home, temporary, xml = (Path(place) / name for name in ("home", "tmp", "tests.xml"))
            home.mkdir()
            temporary.mkdir()
            if source:
                shutil.copytree(source, home / source.name, symlinks=True)
            began = time.monotonic()
            with (Path(place) / "output").open("w+b") as output:
                process = subprocess.Popen(
                    [self.python, *(xml if part == "{xml}" else part for part in arguments)],
                    cwd=home / source.name if source else home,
                    env=self._environment(home, temporary) | variables,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
                status = wait(process, output)
                with contextlib.suppress(ProcessLookupError):  # what the tests may leave running
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()
                output.seek(0)
                text = output.read().decode("utf-8", "replace")
            seconds = time.monotonic() - began
            return read_run(xml, text, status, left_behind(home), seconds)

    def _environment(self, home: Path, temporary: Path) -> dict[str, str]:
        """Return a user's variables: nothing of CI, of coverage, or of telemetry-hook."""
        return {
            "HOME": str(home),
            "TMPDIR": str(temporary),
            "PATH": f"{self.python.parent}{os.pathsep}{os.defpath}",
            "LANG": "C.UTF-8",
            "TERM": "xterm",
        }


def wait(process: subprocess.Popen[bytes], output: IO[bytes]) -> int | str:
    """Return a process's exit status, or that it hangs: that its output grows no more."""
    size, since = 0, time.monotonic()
    while time.monotonic() < since + MOST_SILENT_SECONDS:
        with contextlib.suppress(subprocess.TimeoutExpired):
            return process.wait(1)
        if size != (size := os.fstat(output.fileno()).st_size):
            since = time.monotonic()
    return f"none, {MOST_SILENT_SECONDS} s after its last output"


def left_behind(home: Path) -> str:
    """Return the files of telemetry-hook in a home, with the text of its log of failures."""
    files = [path for path in sorted(home.rglob("telemetry-hook/**/*")) if path.is_file()]
    return "\n".join(
        f"{path.relative_to(home)}:\n{path.read_text('utf-8', 'replace')}"
        if path.suffix == ".log"
        else str(path.relative_to(home))
        for path in files
    )


def make_copies(original: Path, wheel: Path, directory: Path) -> tuple[Side, Side]:
    """Copy an interpreter twice, and install telemetry-hook in the first copy."""
    ours, plain = (copy_python(original, directory / name) for name in ("hook", "none"))
    pip(ours, "install", "--target", site_packages(ours), wheel)
    return checked(ours, plain)


def copy_python(original: Path, directory: Path) -> Path:
    """Copy an interpreter and its standard library, without what is installed in it."""
    prefix, executable, *parts = map(Path, ask(original, PARTS))
    (directory / "bin").mkdir(parents=True)
    python = directory / "bin" / executable.name
    shutil.copy2(executable, python)
    for name in ("python3", "python"):
        (directory / "bin" / name).symlink_to(python.name)
    ignored = shutil.ignore_patterns(*LEFT_OUT)
    for part in parts:
        if part.exists():
            copied = directory / part.relative_to(prefix)
            shutil.copytree(part, copied, symlinks=True, ignore=ignored)
    site_packages(python).mkdir(parents=True, exist_ok=True)
    return python


def site_packages(python: Path) -> Path:
    """Return where a copy looks for packages: the first such directory in it."""
    prefix, *directories = map(Path, ask(python, PLACES))
    if prefix != python.parents[1]:
        raise SystemExit(f"{python} takes its files from {prefix}: it cannot be copied")
    return next(each for each in directories if each.is_relative_to(prefix))


def make_environments(
    original: Path, wheel: Path, requirements: Sequence[str | Path], directory: Path
) -> tuple[Side, Side]:
    """Make two environments that differ in telemetry-hook alone; both have its dependencies."""
    ours, plain = (directory / name / "bin/python" for name in ("hook", "none"))
    for python in (ours, plain):
        call(original, "-m", "venv", "--without-pip", python.parents[1])
        pip(python, "install", wheel, *requirements)
    pip(plain, "uninstall", "--yes", "telemetry-hook")
    packages = [set(pip(python, "freeze", "--all").splitlines()) for python in (ours, plain)]
    others = {line for line in set.symmetric_difference(*packages) if "telemetry" not in line}
    if others:
        raise SystemExit(f"the environments in {directory} differ in more: {sorted(others)}")
    return checked(ours, plain)


def checked(ours: Path, plain: Path) -> tuple[Side, Side]:
    """Return two sides, if telemetry-hook starts in one of them, and only there."""
    for python, is_there in ((ours, True), (plain, False)):
        if ask(python, STARTED, "-I") != is_there:
            raise SystemExit(f"{python}: telemetry-hook should {'' if is_there else 'not '}start")
    return Side(ours), Side(plain)


def build_wheel(project: Path, directory: Path) -> Path:
    """Build a project's wheel from a copy of it: a build leaves directories where it happens."""
    ignored = shutil.ignore_patterns(".*", "build", "dist", "*.egg-info", "__pycache__")
    shutil.copytree(project, directory / "project", ignore=ignored)
    wheels = directory / "wheels"
    pip(None, "wheel", "--no-deps", "--wheel-dir", wheels, directory / "project")
    return next(wheels.glob("*.whl"))


def pip(python: Path | None, *arguments: str | Path) -> str:
    """Run this environment's pip, for another interpreter if one is given."""
    other = () if python is None else ("--python", python)
    return call(Path(sys.executable), "-m", "pip", "-qq", *other, *arguments)


def ask(python: Path, code: str, *options: str) -> Any:
    """Return what code prints as JSON; without more options nothing installed is loaded."""
    return json.loads(call(python, *(options or ("-I", "-S")), "-c", code))


def call(program: Path, *arguments: str | Path) -> str:
    """Return what a program prints, without the variables that are for other interpreters."""
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("COV", "PYTHON", "TELEMETRY"))
    }
    run = subprocess.run(
        [program, *arguments],
        check=True,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        encoding="utf-8",
    )
    return run.stdout
