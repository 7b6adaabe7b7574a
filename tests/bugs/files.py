"""Bugs that a tool's input brings out: files, arguments, a server's reply."""

from __future__ import annotations

import contextlib
import sqlite3
import tempfile
from pathlib import Path

from bugs.bug import Bug
from bugs.facts import (
    Command,
    Encoding,
    Error,
    Kind,
    Line,
    Name,
    Option,
    Place,
    Python,
    Release,
    Script,
    Words,
)

PAGE = Place("pdfminer.pdfpage", "__init__")
XREF = Place("pdfminer.pdfdocument", "find_xref")
CONFIG = Place("speedtest", "get_config")
VISIT = Place("mypy.fastparse", "visit")
NODE = Place("pyflakes.checker", "handleNode")
LINT = Place("yamllint.linter", "run")
ALIGNED = Place("sqlparse.filters.aligned_indent", "_process_statement")
NESTED = Place("sqlparse.filters.others", "process")

# A page without a media box, and without a table of objects that could be wrong.
PDF = b"""%PDF-1.4
1 0 obj
<< /Type /Catalog /Pages 2 0 R >>
endobj
2 0 obj
<< /Type /Pages /Kids [3 0 R] /Count 1 >>
endobj
3 0 obj
<< /Type /Page /Parent 2 0 R /Resources << >> >>
endobj
trailer
<< /Size 4 /Root 1 0 R >>
"""


def database() -> bytes:
    """Return a database with a table that full-text search is enabled for."""
    with tempfile.TemporaryDirectory() as directory:
        file = Path(directory, "dogs.db")
        with contextlib.closing(sqlite3.connect(file)) as connection, connection:
            connection.execute("CREATE TABLE dogs (name TEXT)")
            connection.execute("CREATE VIRTUAL TABLE dogs_fts USING FTS5 (name, content=[dogs])")
        return file.read_bytes()


SPEEDTEST = b"""<?xml version="1.0"?>
<settings>
<client ip="192.0.2.1" lat="1" lon="2" isp="Example" country="DE"/>
<server-config threadcount="4" ignoreids=""/>
<download testlength="10" threadsperurl="4"/>
<upload testlength="10" ratio="5" threads="2" maxchunkcount="50" threadsperurl="4"/>
</settings>
"""

BUGS = (
    Bug(
        name="pdfminer-page",
        fix="https://github.com/pdfminer/pdfminer.six/issues/551",
        python="3.11",
        requires=("pdfminer.six==20221105",),
        package="pdfminer",
        command=("pdf2txt.py", "-t", "html", "page.pdf"),
        files={"page.pdf": PDF},
        facts=(
            Error("KeyError"),
            Name("MediaBox"),
            PAGE,
            Line('self.mediabox: Rect = resolve1(self.attrs["MediaBox"])'),
            Place("pdfminer.pdfpage", "create_pages"),
            Kind(PAGE, "self.attrs", "dict", shown=r"PDFPage"),
            Kind(PAGE, "attrs", "dict", shown=r"\{"),
            Release("pdfminer-six", "20221105"),
            Script("pdf2txt.py"),
            Option(("-t", "--output_type")),
        ),
    ),
    Bug(
        name="pdfminer-xref",
        fix="https://github.com/pdfminer/pdfminer.six/issues/549",
        python="3.11",
        requires=("pdfminer.six==20201018",),
        package="pdfminer",
        command=("pdf2txt.py", "empty.pdf"),
        files={"empty.pdf": b"%PDF-1.4\nstartxref\n"},
        facts=(
            Error("TypeError"),
            Words("int() argument must be a string"),
            XREF,
            Line("return int(prev)"),
            Kind(XREF, "prev", "None", shown="^'?None'?$", said="'NoneType'"),
            Place("pdfminer.pdfpage", "get_pages"),
            Release("pdfminer-six", "20201018"),
            Script("pdf2txt.py"),
        ),
    ),
    Bug(
        name="yamllint",
        fix="https://github.com/adrienverge/yamllint/issues/218",
        python="3.11",
        requires=("yamllint==1.30.0", "setuptools<80"),
        package="yamllint",
        command=("yamllint", "--strict", "menu.yaml"),
        files={"menu.yaml": "a: café\n".encode()},
        variables={"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        facts=(
            Error("UnicodeDecodeError"),
            Words("codec can't decode byte"),
            Words("ordinal not in range(128)"),
            Encoding(("ascii", "ansi_x3.4-1968", "us-ascii"), said="'ascii' codec"),
            LINT,
            Line("content = input.read()"),
            Kind(LINT, "input", "_io.TextIOWrapper", shown="TextIOWrapper"),
            Place("yamllint.cli", "run"),
            Release("yamllint", "1.30.0"),
            Python("3.11"),
            Option(("-s", "--strict")),
        ),
    ),
    Bug(
        name="speedtest",
        fix="https://github.com/sivel/speedtest-cli/issues/769",
        python="3.11",
        requires=("speedtest-cli==2.1.2",),
        package="speedtest",
        command=("speedtest-cli", "--simple"),
        reply=SPEEDTEST,
        facts=(
            Error("ValueError"),
            Words("invalid literal for int() with base 10"),
            CONFIG,
            Line("map(int, server_config['ignoreids'].split(','))"),
            Kind(CONFIG, "server_config", "dict", shown=r"\{"),
            Kind(
                CONFIG,
                'server_config["ignoreids"]',
                "str(empty)",
                shown=r"'ignoreids': \"''\"",
                said="base .*: (''|<empty.*>)",
            ),
            Release("speedtest-cli", "2.1.2"),
            Script("speedtest-cli"),
            Option(("--simple",)),
        ),
    ),
    Bug(
        name="sqlparse",
        fix="sqlparse 0.5.4",
        python="3.11",
        requires=("sqlparse==0.4.4",),
        package="sqlparse",
        command=("sqlformat", "--reindent", "nested.sql"),
        files={"nested.sql": b"[" * 550 + b"]" * 550},
        facts=(
            Error("RecursionError"),
            Words("maximum recursion depth exceeded"),
            NESTED,
            Line("[self.process(sgroup, depth + 1) for sgroup in stmt.get_sublists()]"),
            Kind(NESTED, "stmt", "sqlparse.sql.", shown="SquareBrackets|Statement"),
            Place("sqlparse.engine.filter_stack", "run"),
            Release("sqlparse", "0.4.4"),
            Script("sqlformat"),
            Option(("-r", "--reindent")),
        ),
    ),
    Bug(
        name="sqlparse-empty",
        fix="sqlparse 0.3.0",
        python="3.11",
        requires=("sqlparse==0.2.3",),
        package="sqlparse",
        command=("sqlformat", "--reindent_aligned", "empty.sql"),
        files={"empty.sql": b"\n"},
        facts=(
            Error("IndexError"),
            Words("list index out of range"),
            ALIGNED,
            Line("if tlist.tokens[0].is_whitespace and self.indent == 0:"),
            Kind(ALIGNED, "tlist", "sqlparse.sql.Statement", shown="Statement"),
            Kind(ALIGNED, "tlist.tokens", "list(0)", shown="Statement ''"),
            Place("sqlparse.engine.filter_stack", "run"),
            Release("sqlparse", "0.2.3"),
            Option(("-a", "--reindent_aligned")),
        ),
    ),
    Bug(
        name="mypy",
        fix="mypy 0.990: https://github.com/python/mypy/issues/12840",
        python="3.11",
        requires=("mypy==0.982",),
        package="mypy",
        command=("mypy", "--raise-exceptions", "groups.py"),
        files={"groups.py": b"try: pass\nexcept* ValueError: pass\n"},
        facts=(
            Error("AttributeError"),
            Words("'ASTConverter' object has no attribute"),
            VISIT,
            Line("visitor = getattr(self, method)"),
            Kind(VISIT, "node", "ast.TryStar", shown="TryStar", said="visit_TryStar"),
            Place("mypy.fastparse", "visit_Module"),
            Place("mypy.build", "parse_file"),
            Release("mypy", "0.982"),
            Python("3.11"),
        ),
    ),
    Bug(
        name="mypy-pattern",
        fix="mypy 0.942: https://github.com/python/mypy/pull/12417",
        python="3.10",
        requires=("mypy==0.941",),
        package="mypy",
        command=("mypy", "--raise-exceptions", "pattern.py"),
        files={
            "pattern.py": b"def f(x: object) -> None:\n    match x:\n        case Shop():\n            pass\n"
        },
        facts=(
            Error("AssertionError"),
            Place("mypy.checkpattern", "visit_class_pattern"),
            Line("assert type_info is not None"),
            Place("mypy.checker", "visit_match_stmt"),
            Place("mypy.build", "process_stale_scc"),
            Release("mypy", "0.941"),
            Python("3.10"),
            Option(("--raise-exceptions",)),
        ),
    ),
    Bug(
        name="pyflakes",
        fix="pyflakes 2.2.0",
        python="3.11",
        requires=("pyflakes==1.6.0",),
        package="pyflakes",
        command=("pyflakes", "text.py"),
        files={"text.py": b"text = 'x'\n"},
        facts=(
            Error("AttributeError"),
            Words("'Checker' object has no attribute"),
            Place("pyflakes.checker", "getNodeHandler"),
            Line("self._nodeHandlers[node_class] = handler = getattr(self, nodeType)"),
            NODE,
            Kind(NODE, "node", "ast.Constant", shown="Constant", said="'CONSTANT'"),
            Place("pyflakes.checker", "handleChildren"),
            Release("pyflakes", "1.6.0"),
            Python("3.11"),
        ),
    ),
    Bug(
        name="sqlite-utils",
        fix="sqlite-utils 3.24: https://github.com/simonw/sqlite-utils/issues/296",
        python="3.11",
        requires=("sqlite-utils==3.9", "click==8.1.7"),
        package="sqlite_utils",
        command=("sqlite-utils", "search", "dogs.db", "dogs", '"', "--limit", "3"),
        files={"dogs.db": database()},
        facts=(
            Error("OperationalError"),
            Place("sqlite_utils.cli", "search"),
            Place("sqlite_utils.db", "execute"),
            Words("unterminated string"),
            Line("return self.conn.execute(sql, parameters)"),
            Release("sqlite-utils", "3.9"),
            Command("search"),
            Option(("--limit",)),
        ),
    ),
)
