"""Bugs that a tool's configuration and working directory bring out."""

from __future__ import annotations

from bugs.bug import Bug
from bugs.facts import Error, Kind, Line, Name, Option, Place, Release, Words

PARSE = Place("towncrier._settings", "parse_toml")
FIND = Place("towncrier._builder", "find_fragments")
TOWNCRIER = ("towncrier==19.2.0", "setuptools<80", "click==8.1.7")

BUGS = (
    Bug(
        name="towncrier-section",
        fix="19.9.0: https://github.com/twisted/towncrier/issues/165",
        python="3.10",
        requires=TOWNCRIER,
        package="towncrier",
        command=("towncrier", "--draft", "--version", "1.0"),
        files={"pyproject.toml": b"[tool.black]\nline-length = 100\n"},
        facts=(
            Error("KeyError"),
            Name("towncrier"),
            PARSE,
            Line('config = config["tool"]["towncrier"]'),
            Kind(PARSE, "config", "dict", shown=r"\{"),
            Kind(PARSE, 'config["tool"]', "dict", shown="'tool'"),
            Place("towncrier._settings", "load_config_from_file"),
            Release("towncrier", "19.2.0"),
            Release("click", "8.1.7"),
            Option(("--draft",)),
        ),
    ),
    Bug(
        name="towncrier-fragments",
        fix="22.8.0: https://github.com/twisted/towncrier/issues/85",
        python="3.10",
        requires=TOWNCRIER,
        package="towncrier",
        command=("towncrier", "--draft", "--version", "1.0"),
        files={
            "pyproject.toml": b"[tool.towncrier]\npackage = 'shop'\ndirectory = 'news'\n",
            "shop/__init__.py": b"__version__ = '1.0'\n",
        },
        facts=(
            Error("FileNotFoundError"),
            Words("No such file or directory"),
            FIND,
            Line("files = os.listdir(section_dir)"),
            Kind(FIND, "section_dir", "str", shown="news"),
            Kind(FIND, "fragment_directory", "None", shown="^'?None'?$"),
            Place("towncrier", "__main"),
            Release("towncrier", "19.2.0"),
            Option(("--draft",)),
        ),
    ),
)
