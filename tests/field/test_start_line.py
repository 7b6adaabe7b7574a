"""The line in the `.pth` file: whatever has become of the package, no interpreter shows an error."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from conftest import Environment, Home, Shell, make_environment

# How a package can be when an interpreter starts: being upgraded, removed by hand, or not readable.
DAMAGES: dict[str, Callable[[Path], object]] = {
    "gone": shutil.rmtree,
    "without its first file": lambda package: (package / "__init__.py").unlink(),
    "empty": lambda package: (package / "__init__.py").write_text(""),
    "half written": lambda package: (package / "__init__.py").write_text("def startup(:\n"),
    "of zeros": lambda package: (package / "__init__.py").write_bytes(bytes(100)),
    "of another version": lambda package: (package / "__init__.py").write_text("import gone\n"),
    "a directory": lambda package: _as_directory(package / "__init__.py"),
    "failing": lambda package: (package / "__init__.py").write_text(
        "def startup():\n    raise OSError('text')\n"
    ),
}
UNREADABLE: dict[str, Callable[[Path], object]] = {
    "unreadable": lambda package: package.chmod(0),
    "with a first file that is unreadable": lambda package: (package / "__init__.py").chmod(0),
}


def _as_directory(path: Path) -> None:
    path.unlink()
    path.mkdir()


@pytest.fixture(scope="module")
def own(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """Return an environment of this module's own."""
    made = make_environment(tmp_path_factory.mktemp("start_line") / "environment")
    made.pip("install", "--no-deps", wheel)
    return made


@pytest.fixture
def shell(own: Environment, home: Home, tmp_path: Path) -> Iterator[Shell]:
    """Return a shell in that environment; afterwards the package is whole again."""
    package, whole = own.site / "telemetry_hook", tmp_path / "whole"
    shutil.copytree(package, whole)
    yield Shell(own, home, tmp_path)
    shutil.rmtree(package, ignore_errors=True)
    shutil.copytree(whole, package)


@pytest.mark.unmeasured
@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_package_is_not_noticed(damage: str, shell: Shell) -> None:
    """An interpreter, and one that fails, start and end as without us."""
    starts_silently(shell, DAMAGES[damage])


@pytest.mark.unmeasured
@pytest.mark.account
@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
@pytest.mark.parametrize("damage", UNREADABLE)
def test_an_unreadable_package_is_not_noticed(damage: str, shell: Shell) -> None:
    """So is a package that somebody else has installed for themselves."""
    package = shell.environment.site / "telemetry_hook"
    try:
        starts_silently(shell, UNREADABLE[damage])
    finally:
        package.chmod(0o755)
        (package / "__init__.py").chmod(0o644)


def starts_silently(shell: Shell, damage: Callable[[Path], object]) -> None:
    package = shell.environment.site / "telemetry_hook"
    shutil.rmtree(package / "__pycache__", ignore_errors=True)
    damage(package)
    for options in ((), ("-I", "-W", "error", "-X", "dev")):
        ended = shell.run("python", *options, "-c", "print('well')")
        assert (ended.returncode, ended.stdout, ended.stderr) == (0, "well\n", "")
    failed = shell.run("python", "-c", "1 / 0")
    assert failed.stderr.splitlines()[-1] == "ZeroDivisionError: division by zero"
    assert failed.stderr.count("Traceback") == 1


@pytest.mark.unmeasured
def test_files_that_vanish_while_a_program_runs(shell: Shell) -> None:
    """A program whose crash finds nothing of ours any more shows its own traceback alone."""
    package = shell.environment.site / "telemetry_hook"
    code = f"import shutil, threading; shutil.rmtree({str(package)!r})\n"
    code += "thread = threading.Thread(target=lambda: 1 / 0); thread.start(); thread.join()\n"
    script = shell.write("script.py", f"{code}class OwnError(Exception): pass\nraise OwnError\n")
    failed = shell.run("python", script)
    assert failed.returncode == 1
    assert failed.stderr.count("Traceback") == 2
    assert failed.stderr.endswith("OwnError\n")


# What an interpreter other than CPython may lack, taken away before our line is run.
LACKING = {
    "the hook of threads": "import _thread; vars(_thread).pop('_excepthook', None)",
    "the environment's own dictionary": "import os; os.environ = dict(os.environ)",
    "exit functions": "import sys; sys.modules['atexit'] = None",
}


@pytest.mark.unmeasured
@pytest.mark.parametrize("lacking", LACKING)
def test_another_interpreter(lacking: str, shell: Shell) -> None:
    """Where something that we need is missing, nothing is half installed, and nothing is shown."""
    path = shell.environment.site / "a.pth"
    path.write_text(f"{LACKING[lacking]}\n")
    show = "import sys, telemetry_hook as t; print(t._installed_in, type(sys.excepthook).__name__)"
    try:
        ended = shell.run("python", "-c", show)
    finally:
        path.unlink()
    assert ended.stderr == ""
    installed, kind = ended.stdout.split()
    assert (installed == "None") == (kind == "builtin_function_or_method")
    assert (installed == "None") == (lacking != "the environment's own dictionary")


@pytest.mark.unmeasured
def test_a_hook_of_anothers_stays_in_place(shell: Shell) -> None:
    """If one was set before ours and fails, its traceback shows nothing of ours."""
    path = shell.environment.site / "a.pth"
    hook = r"def hook(*_): raise OSError('failing')\nsys.excepthook = hook"
    # In an environment, each file is run twice.
    path.write_text(f'import sys; sys.excepthook is sys.__excepthook__ and exec("{hook}")\n')
    try:
        ended = shell.run("python", "-c", "1 / 0")
    finally:
        path.unlink()
    assert ended.stderr.startswith("Error in sys.excepthook:\n")
    assert ended.stderr.count("Traceback") == 2
    assert "telemetry_hook" not in ended.stderr.replace(str(shell.environment.directory), "")


@pytest.mark.unmeasured
def test_doctor_sees_that_the_hook_is_not_installed(
    environment: Environment, home: Home, tmp_path: Path
) -> None:
    """It says so where the start line was run and has failed."""
    shell = Shell(environment, home, tmp_path)
    path = environment.site / "a.pth"
    path.write_text("import _thread; vars(_thread).pop('_excepthook', None)\n")
    try:
        ended = shell.run("telemetry-hook", "doctor")
    finally:
        path.unlink()
    assert "WRONG  hook: not installed in this interpreter" in ended.stdout
    assert ended.returncode == 1
