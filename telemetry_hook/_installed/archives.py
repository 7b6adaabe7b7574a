"""Reads files that may be members of a zip archive: a zipapp is on `sys.path` as one file."""

import os
import sys
from _io import FileIO  # `open` may have been replaced, as may those in `os`
from stat import S_ISREG

if sys.platform == "win32":
    from nt import fstat
    from nt import open as open_file
else:
    from posix import fstat
    from posix import open as open_file

_members: "dict[str, dict[str, list[str]]]" = {}


def read(path: str, most: int = -1) -> "bytes | None":
    """Return the content of a file, at most so many bytes, or None if it cannot be read.

    ``/bin/lift.pyz/lift/cli.py`` is the member ``lift/cli.py`` of the archive ``/bin/lift.pyz``.
    """
    try:
        with FileIO(path, opener=_opened) as file:
            if not S_ISREG(fstat(file.fileno()).st_mode):
                return None  # a named pipe or a device may have no end
            return file.readall() if most < 0 else file.read(most)
    except NotADirectoryError:
        content = _member(path)
        return content if most < 0 or content is None else content[:most]
    except (OSError, ValueError):
        return None


def names_in(directory: str) -> "list[str]":
    """Return the sorted names in a directory, or an empty list if it cannot be read."""
    try:
        return sorted(os.listdir(directory))
    except NotADirectoryError:
        archive, inside = split(directory)
        return _listed(archive).get(inside, [])
    except OSError:
        return []


def split(path: str) -> "tuple[str, str]":
    """Split a path after the file in it: ``/bin/lift.pyz/lift`` → ``/bin/lift.pyz``, ``lift``."""
    archive, inside = path, ""
    while not os.path.exists(archive) and os.path.dirname(archive) != archive:
        archive, name = os.path.split(archive)
        inside = f"{name}/{inside}" if inside else name
    return archive, inside


def is_archived(path: str) -> bool:
    """Return whether a path is that of an archive, or of a member of one."""
    return os.path.isfile(split(path)[0])


def _opened(path: str, flags: int) -> int:
    return open_file(path, flags | getattr(os, "O_NONBLOCK", 0))


def _member(path: str) -> "bytes | None":
    import zlib
    from zipimport import ZipImportError, zipimporter

    archive, inside = split(path)
    try:
        # Relative to the archive, whose own path may be as it was typed: /home/me/./lift.pyz
        return zipimporter(archive).get_data(os.path.normpath(inside))
    except (OSError, ZipImportError, EOFError, zlib.error):  # it was replaced while we read it
        return None


def _listed(archive: str) -> "dict[str, list[str]]":
    if archive not in _members:
        by_directory: dict[str, set[str]] = {}
        for member in _all_members(archive):
            directory, _, name = member.rstrip("/").rpartition("/")
            while name and name not in by_directory.setdefault(directory, set()):
                by_directory[directory].add(name)
                directory, _, name = directory.rpartition("/")
        _members[archive] = {each: sorted(names) for each, names in by_directory.items()}
    return _members[archive]


def _all_members(archive: str) -> "list[str]":
    """Return the names of all members. Python knows those of an archive that it imports from."""
    import zipimport

    known = vars(zipimport).get("_zip_directory_cache", {}).get(archive)
    if known:
        return [name.replace(os.sep, "/") for name in known]
    from zipfile import BadZipFile, ZipFile

    try:
        with ZipFile(archive) as opened:
            return opened.namelist()
    except (OSError, BadZipFile):
        return []
