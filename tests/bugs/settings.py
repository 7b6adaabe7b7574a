"""Bugs that a tool's configuration and working directory bring out."""

from __future__ import annotations

from bugs.bug import Bug
from bugs.facts import Command, Error, Kind, Line, Name, Option, Place, Release, Words

PARSE = Place("towncrier._settings", "parse_toml")
FIND = Place("towncrier._builder", "find_fragments")
NAVIGATION = Place("mkdocs.structure.nav", "_data_to_navigation")
PATHS = Place("mkdocs.structure.files", "get_file_from_path")
MERGE = Place("cookiecutter.config", "merge_configs")
MAIN = Place("towncrier", "__main")
TEMPLATE = {
    "shop/cookiecutter.json": b'{"name": "shop"}',
    "shop/{{cookiecutter.name}}/read.md": b"# Shop\n",
}
TOWNCRIER = ("towncrier==19.2.0", "setuptools<80", "click==8.1.7")

BUGS = (
    Bug(
        name="towncrier-section",
        fix="towncrier 23.11.0",
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
        fix="towncrier 24.8.0",
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
    Bug(
        name="mkdocs-nav",
        fix="mkdocs 1.4.0",
        python="3.11",
        requires=(
            *("mkdocs==1.2.3", "jinja2==3.0.3", "markdown==3.3.7", "click==8.1.7"),
            "setuptools<80",
        ),
        package="mkdocs",
        command=("mkdocs", "build", "--strict"),
        files={
            "mkdocs.yml": b"site_name: shop\nnav:\n  - Prices:\n",
            "docs/index.md": b"# Shop\n",
        },
        facts=(
            Error("TypeError"),
            Words("expected str, bytes or os.PathLike object, not NoneType"),
            PATHS,
            Line("return self.src_paths.get(os.path.normpath(path))"),
            Kind(PATHS, "path", "None", shown="^'?None'?$", said="not NoneType"),
            NAVIGATION,
            Kind(NAVIGATION, "data", "dict", shown=r"\{"),
            Place("mkdocs.commands.build", "build"),
            Release("mkdocs", "1.2.3"),
            Command("build"),
            Option(("-s", "--strict")),
        ),
    ),
    Bug(
        name="cookiecutter-empty",
        fix="cookiecutter 2.6.0: https://github.com/cookiecutter/cookiecutter/pull/1995",
        python="3.11",
        requires=("cookiecutter==2.5.0", "click==8.1.7"),
        package="cookiecutter",
        command=("cookiecutter", "--no-input", "--config-file", "mine.yaml", "shop"),
        files={**TEMPLATE, "mine.yaml": b""},
        facts=(
            Error("AttributeError"),
            Words("'NoneType' object has no attribute 'items'"),
            MERGE,
            Line("for k, v in overwrite.items():"),
            Kind(MERGE, "overwrite", "None", shown="^'?None'?$", said="'NoneType' object"),
            Kind(MERGE, "default", "dict", shown=r"\{"),
            Place("cookiecutter.config", "get_config"),
            Release("cookiecutter", "2.5.0"),
            Option(("--config-file",)),
            Option(("--no-input",)),
        ),
    ),
    Bug(
        name="cookiecutter-nested",
        fix="cookiecutter 2.6.0: https://github.com/cookiecutter/cookiecutter/issues/1514",
        python="3.11",
        requires=("cookiecutter==1.7.2", "click==8.1.7"),
        package="cookiecutter",
        command=("cookiecutter", "--no-input", "--config-file", "mine.yaml", "shop"),
        files={**TEMPLATE, "mine.yaml": b"default_context:\n  prices:\n    bread: 2\n"},
        facts=(
            Error("KeyError"),
            MERGE,
            Line("new_config[k] = merge_configs(default[k], v)"),
            Kind(MERGE, "v", "dict", shown=r"\{"),
            Kind(MERGE, "k", "str", shown="prices"),
            Kind(MERGE, "default", "dict", shown=r"\{"),
            Place("cookiecutter.config", "get_config"),
            Release("cookiecutter", "1.7.2"),
            Option(("--config-file",)),
        ),
    ),
    Bug(
        name="towncrier-none",
        fix="https://github.com/twisted/towncrier/issues/84",
        python="3.10",
        requires=("towncrier==17.8.0", "setuptools<80", "click==8.1.7"),
        package="towncrier",
        command=("towncrier", "--draft"),
        facts=(
            Error("TypeError"),
            Words("'NoneType' object is not subscriptable"),
            MAIN,
            Line("if config['template'] is None:"),
            Kind(MAIN, "config", "None", shown="^'?None'?$", said="'NoneType' object"),
            Release("towncrier", "17.8.0"),
            Option(("--draft",)),
        ),
    ),
)
