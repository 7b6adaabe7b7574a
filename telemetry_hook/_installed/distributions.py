"""The installed distributions, read without `importlib.metadata`.

Just importing `importlib.metadata` takes longer than we allow for a crash that belongs to no tool, and
the module also searches the working directory. `functools` is not imported either: it
imports `collections`, and together they take almost as long as all else.
"""

import os

from telemetry_hook._installed import archives, provenance
from telemetry_hook._installed.archives import names_in
from telemetry_hook._installed.editable import SUFFIXES, Project
from telemetry_hook._installed.places import file_path, site_directories

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


_installed: "dict[str, dict[str, Distribution]]" = {}  # has one value, of the first who read them
URL_SAFE = bytes.maketrans(b"+/", b"-_")
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

    def has(self, name: str) -> bool:
        """Return whether there is a metadata file, also one that cannot be read."""
        path = os.path.join(self.root, self.info, name)
        return archives.read(path, 0) is not None or os.path.lexists(path)

    def entry_points(self, group: str) -> "Iterator[tuple[str, str]]":
        """Yield name and value of each entry point of a group, without extras."""
        if group in self._entry_points:
            yield from ((name, value) for of, name, value in self._parsed() if of == group)

    def _parsed(self) -> "Iterator[tuple[str, str, str]]":
        """Yield group, name and value of each entry point."""
        group = ""
        for line in map(str.strip, self._entry_points.splitlines()):
            if line.startswith("["):
                group = line.removeprefix("[").removesuffix("]")
            elif group and "=" in line and not line.startswith(("#", ";")):
                name, _, value = line.partition("=")
                yield group, name.strip(), value.partition("[")[0].strip()

    def records(self, path: str) -> bool:
        """Return whether a file is this distribution's: in its RECORD, or in its editable project."""
        return self.file_name(path) is not None

    def file_name(self, path: str) -> "str | None":
        """Return the name of a file of this distribution: ``lift/cli.py``, ``../../../bin/lift``.

        A compiled file in the place of its source, ``lift/cli.pyc``, has the name of the source.
        """
        if path.endswith(".pyc"):
            path = path[:-1]
        editable = None if self._project is None else self._project.name(os.path.realpath(path))
        return editable or self.name_of(path)

    def name_of(self, path: str) -> "str | None":
        """Return the path of a file as RECORD has it, or None: ``/site/lift/cli.py`` → ``lift/cli.py``.

        Some installers put links to files or directories into a site directory. And
        `pip install --target` moves scripts to another place than RECORD says.
        """
        return self._name_of(path) or self._name_of(os.path.realpath(path))

    def _name_of(self, path: str) -> "str | None":
        if f"{os.path.basename(path)}," not in self._record:
            return None
        names = (name for name in self._possible_names(path) if self.recorded(name) is not None)
        return next(names, None)

    def _possible_names(self, path: str) -> "Iterator[str]":
        root = _real(self.root)
        directory, last = os.path.split(path)
        name = relative(os.path.join(_real(directory), last), root)
        yield name
        yield path  # as flit records the scripts that it writes
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
        return None if self._project is None else self._project.name(path)

    def provides(self, package: str) -> bool:
        """Return whether this distribution has a package or module of that name, maybe a part of it.

        Several distributions may have parts of a namespace package.
        """
        path = package.replace(".", "/")
        if f"\n{path}/" in self._record:
            return True
        if any(f"\n{path}{suffix}," in self._record for suffix in SUFFIXES):
            return True
        return self._project is not None and self._project.provides(package)

    def shares(self, package: str) -> bool:
        """Return whether this distribution has a part of a namespace package of that name."""
        if f"\n{package.replace('.', '/')}/" in self._record:
            return not self.provides(f"{package}.__init__")
        return self._project is not None and self._project.shares(package)

    def is_unchanged(self, path: str) -> bool:
        """Return whether a file has the content that RECORD has the hash of."""
        name, content = self.name_of(path), archives.read(path)
        if name is None or content is None:
            return False
        return self.recorded(name) == recorded_hash(content)

    def files(self, suffix: str) -> "Iterator[str]":
        """Yield its files with a suffix; if it is editable, those of its packages."""
        for name in self._recorded_names():
            if name.endswith(suffix) and not name.startswith(("/", "../")):
                yield os.path.join(self.root, *name.split("/"))
        if self._project is not None:
            yield from self._project.files(suffix)

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
        """The content of `direct_url.json` (PEP 610), or None if it was installed by name."""
        if not self.has("direct_url.json"):
            return None
        import json

        try:
            content = json.loads(self.read("direct_url.json"))
        except ValueError:
            return {}
        return content if isinstance(content, dict) else {}

    @cached_property
    def is_published(self) -> bool:
        """Whether it came ready-made from another machine, as far as its metadata show."""
        return provenance.is_published(self)

    @cached_property
    def is_as_released(self) -> bool:
        """Whether this is what its author released; only the source of it may have been released."""
        return provenance.is_as_released(self)

    @property
    def editable_root(self) -> "str | None":
        """The project directory of an editable install, as a real path."""
        return None if self._project is None else self._project.directory

    @cached_property
    def _project(self) -> "Project | None":
        # Read without json, as nobody's crash must not import it. The URL has no spaces or quotes.
        text = "".join(self.read("direct_url.json").split())
        if '"editable":true' not in text:
            return None
        directory = file_path(text.partition('"url":"')[2].partition('"')[0])
        added = [
            os.path.join(self.root, line.strip())
            for name in self._recorded_names()
            if name.endswith(".pth") and "/" not in name
            for line in self.read(f"../{name}").splitlines()
            if line.strip() and not line.startswith(("#", "import ", "import\t"))
        ]
        modules = [value.partition(":")[0].strip() for _, _, value in self._parsed()]
        declared = [*modules, *self.read("top_level.txt").split()]
        return Project(directory, self.root, added, declared)

    def _recorded_names(self) -> "Iterator[str]":
        return (line.partition(",")[0] for line in self._record.splitlines() if line)

    @cached_property
    def _record(self) -> str:
        return "\n" + self.read("RECORD").replace("\r\n", "\n")

    @cached_property
    def _entry_points(self) -> str:
        return self.read("entry_points.txt")


def normalized(name: str) -> str:
    """Return a distribution's name as PEP 503 normalises it: ``Acme_Lift`` → ``acme-lift``."""
    return "-".join(filter(None, name.lower().replace("_", "-").replace(".", "-").split("-")))


def recorded_hash(content: bytes) -> str:
    """Return the hash of a file as RECORD has it: ``sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU``."""
    from binascii import b2a_base64

    from telemetry_hook._hashes import sha256

    digest = b2a_base64(sha256(content).digest(), newline=False)
    return f"sha256={digest.translate(URL_SAFE).rstrip(b'=').decode()}"


def is_script(name: str) -> bool:
    """Return whether RECORD names a file outside of the site directory, as installers put scripts."""
    return name.startswith("../") or os.path.isabs(name)


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
    return _installed.get("") or _installed.setdefault("", _read())


def _read() -> "dict[str, Distribution]":
    by_name: dict[str, Distribution] = {}
    for root in site_directories():
        for name in names_in(root):
            if name.endswith(".dist-info"):
                by_name.setdefault(normalized(name.partition("-")[0]), Distribution(root, name))
    return by_name
