"""Bugs of all kinds whose facts somebody wrote down who had not worked on reports.

At first, reports held 77 of these 87 facts. What was missing has been learned from since.
"""

from __future__ import annotations

from bugs.bug import Bug
from bugs.facts import (
    Command,
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

TAB = Place("tabulate", "_main")
GCOV = Place("gcovr.gcov_parser", "_parse_line")
ADD = Place("djlint.formatter.attributes", "add_indentation")
ENV = Place("jc.parsers.env", "parse")
RESOLVE = Place("piptools.resolver", "resolve")
TWINE = Place("twine", "<module>")
NEWLINE = Place("pyproject_fmt.formatter.util", "ensure_newline_at_end")
DOTTED = Place("tomlkit.container", "_handle_dotted_key")

BUGS = (
    Bug(
        name="tabulate",
        fix="tabulate 0.9.0 ('--output' lacks '=' for getopt)",
        python="3.11",
        requires=("tabulate==0.8.10",),
        package="tabulate",
        command=("tabulate", "--header", "--output", "out.txt", "data.txt"),
        files={"data.txt": b"a 1\nb 2\n"},
        facts=(
            Error("FileNotFoundError"),
            Words("No such file or directory"),
            TAB,
            Line('with (sys.stdout if outfile == "-" else open(outfile, "w")) as out:'),
            Kind(TAB, "outfile", "str(empty)", shown=r"\"''\"", said="directory: (''|<empty.*>)"),
            Release("tabulate", "0.8.10"),
            Script("tabulate"),
            Option(("--output", "-o")),
            Option(("--header", "-1")),
        ),
    ),
    Bug(
        name="gcovr",
        fix="https://github.com/gcovr/gcovr/issues/596",
        python="3.12",
        requires=("gcovr==5.1", "setuptools<80"),
        package="gcovr",
        command=("gcovr", "-j", "2", "--use-gcov-files", "."),
        files={
            "main.cpp": b"int main() {\n}\n",
            "main.cpp.gcov": b"        -:    0:Source:main.cpp\n        -:    0:Programs:3\n"
            b"        -:    0:Source is newer than graph\n        1:    1:int main() {\n",
        },
        facts=(
            Error("ValueError"),
            Words("not enough values to unpack (expected 2, got 1)"),
            GCOV,
            Line('key, value = source_code.split(":", 1)'),
            Kind(GCOV, "source_code", "str", shown="newer"),
            Place("gcovr.gcov_parser", "parse_metadata"),
            Place("gcovr.gcov", "process_existing_gcov_file"),
            Place("gcovr.workers", "worker"),
            Release("gcovr", "5.1"),
            Script("gcovr"),
            Option(("-g", "--use-gcov-files")),
            Option(("-j",)),
        ),
    ),
    Bug(
        name="djlint",
        fix="djlint 1.9.5: https://github.com/djlint/djLint/issues/290",
        python="3.11",
        requires=("djlint==1.9.3",),
        package="djlint",
        command=("djlint", "page.html", "--check"),
        files={
            "pyproject.toml": b"[tool.djlint]\nformat_attribute_template_tags=true\n",
            "page.html": b'<ol reversed class="postlist"{% if x %} style="{{ a }}"{% endif %} id="'
            + b"a" * 100
            + b'">\n<li>x</li></ol>\n',
        },
        facts=(
            Error("IndexError"),
            Words("list index out of range"),
            ADD,
            Line("start_test = ("),
            Place("djlint.formatter.attributes", "format_attributes"),
            Place("djlint.formatter.indent", "indent_html"),
            Place("djlint", "process"),
            Place("djlint", "main"),
            Release("djlint", "1.9.3"),
            Script("djlint"),
            Option(("--check",)),
        ),
    ),
    Bug(
        name="jc",
        fix="jc 1.25.3 (env: values of several lines)",
        python="3.13",
        requires=("jc==1.15.0",),
        package="jc",
        command=("jc", "-d", "env"),
        variables={"NOTE": "shop\nopen"},
        facts=(
            Error("IndexError"),
            Words("list index out of range"),
            ENV,
            Line("raw_output[parsed_line[0]] = parsed_line[1]"),
            Kind(ENV, "parsed_line", "list(1+)", shown=r"open"),
            Place("jc.cli", "main"),
            Line("result = parser.parse(data, raw=raw, quiet=quiet)"),
            Release("jc", "1.15.0"),
            Script("jc"),
            Option(("--env",)),
            Option(("-d",)),
        ),
    ),
    Bug(
        name="pip-tools",
        fix="https://github.com/jazzband/pip-tools/issues/2252 (7.5.2)",
        python="3.12",
        requires=("pip-tools==7.4.1", "pip==25.3"),
        package="piptools",
        command=("pip-compile", "--no-index", "--dry-run", "requirements.in"),
        files={"requirements.in": b"requests>=2\n"},
        facts=(
            Error("TypeError"),
            Words("make_resolver() got an unexpected keyword argument 'use_pep517'"),
            RESOLVE,
            Line("resolver = self.command.make_resolver("),
            Line("use_pep517=self.options.use_pep517,"),
            Place("piptools.scripts.compile", "cli"),
            Release("pip-tools", "7.4.1"),
            Release("pip", "25.3"),
            Script("pip-compile"),
            Option(("-n", "--dry-run")),
            Option(("--no-index", "--index")),
        ),
    ),
    Bug(
        name="twine",
        fix="twine 5.1.1",
        python="3.12",
        requires=("twine==5.1.0", "importlib_metadata==8.0.0"),
        package="twine",
        command=("twine", "check", "--strict", "shop.whl"),
        facts=(
            Error("KeyError"),
            Name("home-page"),
            TWINE,
            Line('__uri__ = metadata["home-page"]'),
            Kind(TWINE, "metadata", "importlib_metadata._adapters.Message", shown="Message"),
            Place("importlib_metadata._adapters", "__getitem__"),
            Line("raise KeyError(item)"),
            Release("twine", "5.1.0"),
            Release("importlib-metadata", "8.0.0"),
            Script("twine"),
            Command("check"),
            Option(("--strict",)),
        ),
    ),
    Bug(
        name="pyproject-fmt",
        fix="0.11.2: https://github.com/tox-dev/pyproject-fmt/issues/88",
        python="3.14",
        requires=("pyproject-fmt==0.10.0", "tomlkit==0.12.5"),
        package="pyproject_fmt",
        command=("pyproject-fmt", "--check", "pyproject.toml"),
        files={
            "pyproject.toml": b'[tool.ruff.isort]\nknown-first-party = ["shop"]\n\n[tool.ruff]\nline-length = 88\n'
        },
        facts=(
            Error("AttributeError"),
            Words("'dict' object has no attribute 'body'"),
            NEWLINE,
            Line("insert_body = content.value.body"),
            Kind(
                NEWLINE,
                "content",
                "tomlkit.container.OutOfOrderTableProxy",
                shown="OutOfOrderTableProxy",
            ),
            Place("pyproject_fmt.formatter.tools", "fmt_tools"),
            Release("pyproject-fmt", "0.10.0"),
            Release("tomlkit", "0.12.5"),
            Script("pyproject-fmt"),
            Option(("--check",)),
        ),
    ),
    Bug(
        name="pylint",
        fix="2.17.4: https://github.com/pylint-dev/pylint/issues/8632",
        python="3.11",
        requires=("pylint==2.17.3", "tomlkit==0.11.8"),
        package="pylint",
        command=("pylint", "--generate-toml-config"),
        facts=(
            Error("TOMLKitError"),
            Words("Can't add a table to a dotted key"),
            DOTTED,
            Kind(DOTTED, "value", "tomlkit.items.Table", shown=r"\{"),
            Place("pylint.config.arguments_manager", "_generate_config_file"),
            Line('toml_doc.add(tomlkit.key(["tool", "pylint"]), pylint_tool_table)'),
            Place("pylint.config.callback_actions", "__call__"),
            Release("pylint", "2.17.3"),
            Release("tomlkit", "0.11.8"),
            Python("3.11"),
            Option(("--generate-toml-config",)),
        ),
    ),
)
