"""The installed distributions, read without `importlib.metadata`.

At a crash that is nobody's, `importlib.metadata` alone would cost more than the whole budget, and
it would look into the working directory too.
"""

import os
from functools import cache, cached_property

from telemetry_hook._installed.isolation import is_inside, names_in, site_directories

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


class Distribution:
    """An installed distribution: a `*.dist-info` directory and the directory it lies in."""

    def __init__(self, root: str, info: str) -> None:
        self.root = root
        self.info = info

    def read(self, name: str) -> str:
        """Return a metadata file's text, empty where there is none."""
        try:
            with open(os.path.join(self.root, self.info, name), "rb") as file:
                return file.read().decode("utf-8", "replace")
        except OSError:
            return ""

    def entry_points(self, group: str) -> "Iterator[tuple[str, str]]":
        """Yield name and value of each entry point of a group."""
        inside = False
        for line in map(str.strip, self._entry_points.splitlines()):
            if line.startswith("["):
                inside = line == f"[{group}]"
            elif inside and "=" in line and not line.startswith(("#", ";")):
                name, _, value = line.partition("=")
                yield name.strip(), value.partition("[")[0].strip()

    def records(self, path: str) -> bool:
        """Tell whether a path is a file of this distribution, by its RECORD or as editable."""
        path = os.path.realpath(path)
        if self.editable_name(path) is not None:
            return True
        return self.recorded(relative(path, self.root)) is not None

    def recorded(self, name: str) -> "str | None":
        """Return what RECORD gives for a path below `root`, with `/`: ``algorithm=digest`` or ''."""
        _, found, rest = self._record.partition(f"\n{name},")
        return rest.partition("\n")[0].partition(",")[0] if found else None

    def editable_name(self, path: str) -> "str | None":
        """Return a real path's name below an editable project, for a file of one of its packages.

        Scripts and environments that lie in the project's directory are none of the distribution's.
        """
        root = self.editable_root
        if root is None or not is_inside(path, root):
            return None
        name = relative(path, root).removeprefix("src/")
        top = name.partition("/")[0].removesuffix(".py")
        return name if top.isidentifier() and self.provides(top) else None

    def provides(self, package: str) -> bool:
        """Tell whether a top-level package or module comes from this distribution."""
        if f"\n{package}/" in self._record or f"\n{package}.py," in self._record:
            return True
        if self.editable_root is None:
            return False
        sources = [os.path.join(self.editable_root, each, package) for each in ("", "src")]
        return any(os.path.isfile(os.path.join(each, "__init__.py")) for each in sources) or any(
            name == package and os.path.isfile(f"{each}.py")
            for each in sources
            for name, _ in self.entry_points("telemetry_hook")
        )

    def files(self, suffix: str) -> "Iterator[str]":
        """Yield the paths of its files of a kind; for an editable one those of its packages."""
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
        """The core metadata's headers, by lower-case name; the description is left out."""
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
        """The name as its author writes it, if it is the one that the installer knows."""
        installed = self.info.partition("-")[0]
        name = self.metadata.get("name", [installed])[0]
        return name if normalized(name) == normalized(installed) and " " not in name else installed

    @property
    def version(self) -> str:
        """The version as installed."""
        return self.metadata.get("version", ["0"])[0]

    @cached_property
    def direct(self) -> "dict[str, object] | None":
        """What `direct_url.json` says; None for a distribution that came from an index."""
        if not os.path.lexists(os.path.join(self.root, self.info, "direct_url.json")):
            return None
        import json

        try:
            found = json.loads(self.read("direct_url.json"))
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}

    @property
    def is_as_released(self) -> bool:
        """Whether it was not built here from somebody's own directory or checkout."""
        return "+" not in self.version and (self.direct is None or "archive_info" in self.direct)

    @cached_property
    def editable_root(self) -> "str | None":
        """The project directory of an editable install, as a real path."""
        if self.direct is None:
            return None
        details, url = self.direct.get("dir_info"), self.direct.get("url")
        if not isinstance(details, dict) or not details.get("editable"):
            return None
        from urllib.parse import urlsplit
        from urllib.request import url2pathname

        return os.path.realpath(url2pathname(urlsplit(str(url)).path))

    @cached_property
    def _record(self) -> str:
        return "\n" + self.read("RECORD").replace("\r\n", "\n")

    @cached_property
    def _entry_points(self) -> str:
        return self.read("entry_points.txt")


def normalized(name: str) -> str:
    """Return a distribution's name in the form that PEP 503 compares."""
    return "-".join(filter(None, name.lower().replace("_", "-").replace(".", "-").split("-")))


def relative(path: str, root: str) -> str:
    """Return a path as a RECORD below `root` would write it."""
    try:
        return os.path.relpath(path, os.path.realpath(root)).replace(os.sep, "/")
    except ValueError:  # another drive
        return path


@cache
def distributions() -> "tuple[Distribution, ...]":
    """Return the installed distributions, the first of each name, as an import would find them."""
    found: dict[str, Distribution] = {}
    for root in site_directories():
        for name in names_in(root):
            if name.endswith(".dist-info"):
                found.setdefault(normalized(name.partition("-")[0]), Distribution(root, name))
    return tuple(found.values())


def distribution(name: str) -> "Distribution | None":
    """Return an installed distribution by its name."""
    return _by_name().get(normalized(name))


@cache
def _by_name() -> "dict[str, Distribution]":
    return {normalized(each.info.partition("-")[0]): each for each in distributions()}
