"""Bugs that show in worker processes: what the program gets of them is the text of a traceback."""

from __future__ import annotations

from bugs.bug import Bug
from bugs.facts import Error, Line, Name, Option, Place, Python, Release, Words

FIX = Place("autopep8", "fix_e225")
FILE = Place("autopep8", "fix_file")

BUGS = (
    Bug(
        name="autopep8",
        fix="autopep8 2.0.4",
        python="3.11",
        requires=("autopep8==1.5.7", "pycodestyle==2.11.0"),
        package="autopep8",
        command=("autopep8", "--jobs", "2", "--in-place", "first.py", "second.py"),
        files={"first.py": b"x=1\n", "second.py": b"y=2\n"},
        facts=(
            Error("AttributeError"),
            Words("module 'pycodestyle' has no attribute"),
            Name("missing_whitespace_around_operator"),
            FIX,
            Line("pycodestyle.missing_whitespace_around_operator(fixed, ts))"),
            FILE,
            Place("autopep8", "fix_multiple_files"),
            Release("autopep8", "1.5.7"),
            Release("pycodestyle", "2.11.0"),
            Option(("-j", "--jobs")),
        ),
    ),
    Bug(
        name="flake8-bugbear",
        fix="flake8-bugbear 24.12.12",
        python="3.14",
        requires=("flake8==6.0.0", "flake8-bugbear==23.1.20"),
        package="flake8",
        family=("flake8-bugbear",),
        command=("flake8", "--jobs", "2", "first.py", "second.py"),
        files={"first.py": b"'Shop'\n", "second.py": b"'Shop'\n"},
        facts=(
            Error("AttributeError"),
            Words("module 'ast' has no attribute 'Num'"),
            Place("bugbear", "check_for_b018"),
            Line("ast.Num,"),
            Place("flake8.checker", "run_ast_checks"),
            Place("flake8.checker", "run_parallel"),
            Release("flake8", "6.0.0"),
            Release("flake8-bugbear", "23.1.20"),
            Python("3.14"),
            Option(("-j", "--jobs")),
        ),
    ),
    Bug(
        name="yapf",
        fix="yapf 0.32.0",
        python="3.11",
        requires=("yapf==0.31.0",),
        package="yapf",
        command=("yapf", "--parallel", "--diff", "first.py", "second.py"),
        files={"first.py": b"def f(:\n", "second.py": b"def f(:\n"},
        facts=(
            Error("SyntaxError"),
            Words("invalid syntax"),
            Error("ParseError"),
            Place("yapf.yapflib.pytree_utils", "ParseCodeToTree"),
            Line("ast.parse(code)"),
            Place("yapf", "_FormatFile"),
            Place("yapf", "FormatFiles"),
            Release("yapf", "0.31.0"),
            Option(("-p", "--parallel")),
        ),
    ),
)
