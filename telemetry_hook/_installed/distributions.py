"""The installed distributions, read without `importlib.metadata`.

Just importing `importlib.metadata` takes longer than we allow for a crash that belongs to no tool, and
the module also searches the working directory. `functools` is not imported either: it
imports `collections`, and together they take almost as long as all else.
"""

import os

from telemetry_hook._installed import archives
from telemetry_hook._installed.archives import names_in
from telemetry_hook._installed.places import file_path, is_frozen, is_inside, site_directories

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from functools import cached_property
else:

    class cached_property:  # noqa: N801 - has the name of the one in functools
        """An attribute that is computed when it is first read."""

        def __init__(self, compute):  # noqa: ANN001, ANN204
            self._compute = compute

        def __get__(self, instance, _=None):  # noqa: ANN001, ANN204
            value = vars(instance)[self._compute.__name__] = self._compute(instance)
            return value


_installed: "dict[str, Distribution]" = {}
_real_paths: "dict[str, str]" = {}  # of directories


class Distribution:
    """An installed distribution: its `*.dist-info` directory `info`, in the directory `root`."""

    def __init__(self, root: str, info: str) -> None:
        self.root = root
        self.info = info

    def read(self, name: str) -> str:
        """Return the text of a metadata file, or '' if there is none."""
        content = archives.read(os.path.join(self.root, self.info, name))
        return "" if content is None else content.decode("utf-8", "replace")

    def entry_points(self, group: str) -> "Iterator[tuple[str, str]]":
        """Yield name and value of each entry point of a group."""
        if group not in self._entry_points:
            return
        inside = False
        for line in map(str.strip, self._entry_points.splitlines()):
            if line.startswith("["):
                inside = line == f"[{group}]"
            elif inside and "=" in line and not line.startswith(("#", ";")):
                name, _, value = line.partition("=")
                yield name.strip(), value.partition("[")[0].strip()

    def records(self, path: str) -> bool:
        """Return whether a file is this distribution's: in its RECORD, or in its editable project."""
        if self.name_of(path) is not None:
            return True
        return self.editable_name(os.path.realpath(path)) is not None

    def name_of(self, path: str) -> "str | None":
        """Return the path of a file as RECORD has it, or None: ``/site/lift/cli.py`` → ``lift/cli.py``.

        Some installers put links to files or directories into a site directory. And
        `pip install --target` moves scripts to another place than RECORD says.
        """
        for link in dict.fromkeys((path, os.path.realpath(path))):
            if f"{os.path.basename(link)}," in self._record:
                for name in self._possible_names(link):
                    if self.recorded(name) is not None:
                        return name
        return None

    def _possible_names(self, path: str) -> "Iterator[str]":
        root = _real(self.root)
        directory, last = os.path.split(path)
        name = relative(os.path.join(_real(directory), last), root)
        yield name
        if name.startswith("bin/"):
            yield f"../../{name}"
        while directory != os.path.dirname(directory):
            if _real(directory) == root:
                yield relative(path, directory)
            directory = os.path.dirname(directory)

    def recorded(self, name: str) -> "str | None":
        """Return the hash that RECORD has for a path: ``algorithm=digest``, or '' if it has none.

        The path is relative to `root`, with `/`. Returns None if RECORD does not have the path.
        """
        _, separator, rest = self._record.partition(f"\n{name},")
        return rest.partition("\n")[0].partition(",")[0] if separator else None

    def editable_name(self, path: str) -> "str | None":
        """Return the import path of a file in an editable project, or None if no package has it.

        `path` must be a real path. ``/project/src/lift/cli.py`` gives ``lift/cli.py``. Scripts and
        environments in the project's directory do not belong to the distribution.
        """
        root = self.editable_root
        if root is None or not is_inside(path, root):
            return None
        name = relative(path, root).removeprefix("src/")
        top = name.partition("/")[0].removesuffix(".py")
        return name if top.isidentifier() and self.provides(top) else None

    def provides(self, package: str) -> bool:
        """Return whether this distribution has a top-level package or module of that name."""
        if f"\n{package}/" in self._record or f"\n{package}.py," in self._record:
            return True
        if self.editable_root is None:
            return False
        paths = [os.path.join(self.editable_root, source, package) for source in ("", "src")]
        return any(os.path.isfile(os.path.join(path, "__init__.py")) for path in paths) or any(
            name == package and os.path.isfile(f"{path}.py")
            for path in paths
            for name, _ in self.entry_points("telemetry_hook")
        )

    def files(self, suffix: str) -> "Iterator[str]":
        """Yield its files with a suffix; if it is editable, those of its packages."""
        for line in self._record.splitlines():
            name = line.partition(",")[0]
            if name.endswith(suffix) and not name.startswith(("/", "../")):
                yield os.path.join(self.root, *name.split("/"))
        if self.editable_root is not None:
            for directory, _, names in os.walk(self.editable_root):
                for name in names:
                    path = os.path.join(directory, name)
                    if name.endswith(suffix) and self.editable_name(os.path.realpath(path)):
                        yield path

    @cached_property
    def metadata(self) -> "dict[str, list[str]]":
        """The headers of the core metadata by lower-case name, without the description."""
        headers: dict[str, list[str]] = {}
        for line in self.read("METADATA").splitlines():
            if not line:
                break
            name, colon, value = line.partition(":")
            if colon and not line[0].isspace():
                headers.setdefault(name.lower(), []).append(value.strip())
        return headers

    @property
    def name(self) -> str:
        """The name as its author writes it, if it agrees with the name that the installer used."""
        installed = self.info.partition("-")[0]
        name = self.metadata.get("name", [installed])[0]
        return name if normalized(name) == normalized(installed) and " " not in name else installed

    @property
    def version(self) -> str:
        """The version as installed."""
        return self.metadata.get("version", ["0"])[0]

    @cached_property
    def direct(self) -> "dict[str, object] | None":
        """The content of `direct_url.json` (PEP 610), or None if it was installed from an index."""
        path = os.path.join(self.root, self.info, "direct_url.json")
        if archives.read(path, 0) is None and not os.path.lexists(path):
            return None
        import json

        try:
            content = json.loads(self.read("direct_url.json"))
        except ValueError:
            return {}
        return content if isinstance(content, dict) else {}

    @property
    def is_as_released(self) -> bool:
        """Whether its author published it in this form: it was not built from a directory or checkout.

        In a frozen program, that directory is one of its author's machine, unless it is here.
        """
        if is_frozen():
            built_in = (self.direct or {}).get("url")
            return type(built_in) is not str or not os.path.exists(file_path(built_in))
        return "+" not in self.version and (self.direct is None or "archive_info" in self.direct)

    @cached_property
    def editable_root(self) -> "str | None":
        """The project directory of an editable install, as a real path."""
        # Read without json, as nobody's crash must not import it. The URL has no spaces or quotes.
        text = "".join(self.read("direct_url.json").split())
        if '"editable":true' not in text:
            return None
        return os.path.realpath(file_path(text.partition('"url":"')[2].partition('"')[0]))

    @cached_property
    def _record(self) -> str:
        return "\n" + self.read("RECORD").replace("\r\n", "\n")

    @cached_property
    def _entry_points(self) -> str:
        return self.read("entry_points.txt")


def normalized(name: str) -> str:
    """Return a distribution's name as PEP 503 normalises it: ``Acme_Lift`` → ``acme-lift``."""
    return "-".join(filter(None, name.lower().replace("_", "-").replace(".", "-").split("-")))


def _real(directory: str) -> str:
    if directory not in _real_paths:
        _real_paths[directory] = os.path.realpath(directory)
    return _real_paths[directory]


def relative(path: str, root: str) -> str:
    """Return a path relative to `root`, with `/`, as RECORD has it."""
    try:
        return os.path.relpath(path, root).replace(os.sep, "/")
    except ValueError:  # another drive
        return path


def distributions() -> "tuple[Distribution, ...]":
    """Return the installed distributions; of those with the same name, the first on `sys.path`."""
    return tuple(_by_name().values())


def distribution(name: str) -> "Distribution | None":
    """Return an installed distribution by its name."""
    return _by_name().get(normalized(name))


def _by_name() -> "dict[str, Distribution]":
    if not _installed:
        by_name: dict[str, Distribution] = {}
        for root in site_directories():
            for name in names_in(root):
                if name.endswith(".dist-info"):
                    by_name.setdefault(normalized(name.partition("-")[0]), Distribution(root, name))
        _installed.update(by_name)
    return _installed
