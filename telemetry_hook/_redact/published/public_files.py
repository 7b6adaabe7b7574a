"""Decides which files of the standard library, the tool and the tool's dependencies are public.

A file of a dependency is public if it still has the hash in RECORD, and if its distribution came
ready-made from another machine, as far as its metadata show; see `provenance`. They do not show
that pip has built it here from source without compiled code, or that its index is a private one.
The files of a distribution that was changed while the program ran are not public: the code in
memory is not theirs.

The tool's author declares that the distributions of the tool, its plugin and its family are public,
also where they were built here from source that came from an index. If one of them came from a
file, a directory or a checkout, it is public only for a receiver on this machine.

The files of the standard library are those of the modules that it has; see `standard_library`.

In a zipapp and the like, the same rules are applied to the members of the archive. A frozen program
is published as a whole; see `frozen`.
"""

from __future__ import annotations

import os
from _imp import extension_suffixes
from functools import cached_property
from io import BytesIO
from tokenize import detect_encoding
from typing import TYPE_CHECKING

from telemetry_hook._crash import guarded
from telemetry_hook._installed import archives, changes, places, requirements, scripts
from telemetry_hook._installed.distributions import (
    Distribution,
    is_script,
    normalized,
    recorded_hash,
    relative,
)
from telemetry_hook._installed.places import home, is_frozen, is_inside
from telemetry_hook._redact.published import frozen, standard_library

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import CodeType

MAX_REQUIRED = 100
MAX_FILE = 4 * 1024 * 1024
MAX_EXTENSION = 16 * 1024 * 1024
SCRIPTS = ".data/scripts/"  # where wheels have them, after the distribution's name and version


class PublicFile:
    """A file with published content. `name` is its path in the distribution, written with `/`.

    A frozen program has the file's compiled `code`, but `content` only if its author has put the
    source into the program.
    """

    def __init__(
        self,
        path: str,
        name: str,
        content: bytes,
        distribution: Distribution | None,
        is_own: bool,
    ) -> None:
        self.path = path
        self.name = name
        self.content = content
        self.distribution = distribution
        self.is_own = is_own
        self.code: CodeType | None = None

    @cached_property
    def text(self) -> str:
        """The source, decoded as Python decodes it, or '' if it cannot be decoded."""
        try:
            encoding, _ = detect_encoding(BytesIO(self.content).readline)
            return self.content.decode(encoding).replace("\r\n", "\n").replace("\r", "\n")
        except (SyntaxError, ValueError, LookupError):
            return ""

    @cached_property
    def lines(self) -> list[str]:
        """The source's lines as Python counts them."""
        return self.text.removesuffix("\n").split("\n")

    @property
    def is_script(self) -> bool:
        """Whether it is a script that a distribution has as a file."""
        return self.name.startswith(SCRIPTS)

    @property
    def module(self) -> str:
        """The dotted name of the file's module. A script is run as ``__main__``."""
        if self.is_script:
            return "__main__"
        parts = self.name.removesuffix(".py").split("/")
        parts[-1] = parts[-1].partition(".")[0]  # names of extension modules have a platform
        if parts[-1] == "__init__" and len(parts) > 1:
            parts.pop()
        return ".".join(parts)


class PublicFiles:
    """The public files of one tool on this machine."""

    def __init__(self, own: Iterable[Distribution], *, is_local: bool) -> None:
        own = list(own)
        self._own = {
            distribution for distribution in own if is_local or distribution.is_as_released
        }
        known = dict.fromkeys([*own, *requirements.possible(own)])
        self._known = [each for each in known if not changes.is_changed(each)]
        self._found: dict[str, PublicFile | None] = {}

    def required(self) -> list[Distribution]:
        """Return the installed distributions that the tool requires, by name, as far as published.

        What a distribution requires that was built or changed here would tell what is on this machine.
        """
        own = self._own
        found = requirements.required(own, lambda each: each in own or each.is_published)
        return sorted(found, key=lambda each: normalized(each.name))[:MAX_REQUIRED]

    def find(self, path: str) -> PublicFile | None:
        """Return the public file at a path, or None if the file is not public."""
        if path not in self._found:
            try:
                self._found[path] = self._look_up(path)
            except ValueError:  # not a valid file name on any system
                self._found[path] = None
        return self._found[path]

    def of_code(self, filename: str) -> PublicFile | None:
        """Return the public file that has a code object's file name, or None."""
        if filename.startswith("<frozen ") and filename.endswith(">"):
            module = filename[len("<frozen ") : -1]
            if not standard_library.has_module(module):
                return None
            filename = os.path.join(places.standard_library()[0], *module.split(".")) + ".py"
        if is_frozen() and not os.path.isabs(filename):
            filename = os.path.join(home(), filename)  # PyInstaller leaves directories out
        return self.find(filename) if os.path.isabs(filename) else None

    def is_script(self, filename: str) -> bool:
        """Return whether an installer created a file for a console script.

        Such a file is outside the directory of the installed packages, and contains paths of this
        machine.
        """
        try:
            path = guarded.absolute(filename)
            names = [known.name_of(path) for known in self._known]
        except ValueError:  # not a valid file name on any system
            return False
        return bool(scripts.started_by(path, ())) or any(
            is_script(name) for name in names if name is not None
        )

    def _look_up(self, path: str) -> PublicFile | None:
        if is_frozen() and path.endswith(".pyc"):
            path = path[:-1]  # some freezers give modules the files of their code
        if not os.path.isabs(path):
            path = guarded.absolute(path)
        real = os.path.realpath(path)
        for known in self._known:
            is_own = known in self._own
            is_published = is_own or known.is_published
            if (name := known.editable_name(real)) is not None:
                return _whole(real, name, known, is_own=is_own) if is_published else None
            if (name := known.name_of(path)) is not None:
                return self._recorded(path, name, known) if is_published else None
        for directory in map(os.path.realpath, places.standard_library()):
            name = relative(real, directory)
            if is_inside(real, directory) and standard_library.has_file(name):
                return _of_archive(real, name) if is_frozen() else _whole(real, name)
        return None

    def _recorded(self, path: str, name: str, owner: Distribution) -> PublicFile | None:
        is_own = owner in self._own
        if is_frozen() and name.endswith(".py"):
            return _of_archive(path, name, owner, is_own=is_own)
        file = _whole(path, name, owner, is_own=is_own)
        if file is None or owner.recorded(name) != recorded_hash(file.content):
            return None
        if not is_script(name):
            return file
        if not scripts.is_own(owner, path):
            return None
        content = _without_interpreter(file.content)
        return PublicFile(path, SCRIPTS + os.path.basename(path), content, owner, is_own)


def _whole(
    path: str, name: str, owner: Distribution | None = None, *, is_own: bool = False
) -> PublicFile | None:
    most = MAX_EXTENSION if path.endswith((*extension_suffixes(),)) else MAX_FILE
    content = archives.read(path, most + 1)
    if content is None or len(content) > most:
        return None
    return PublicFile(path, name, content, owner, is_own)


def _of_archive(
    path: str, name: str, owner: Distribution | None = None, *, is_own: bool = False
) -> PublicFile | None:
    code = frozen.code(name)
    if code is None:
        return None
    file = _whole(path, name, owner, is_own=is_own)
    if file is None or not frozen.is_source_of(file.content, code):
        file = PublicFile(path, name, b"", owner, is_own)
    file.code = code
    return file


def _without_interpreter(content: bytes) -> bytes:
    """Empty the lines that start the interpreter. The other lines keep their numbers.

    If its path is long, uv starts it by a shell: ``#!/bin/sh``, ``'''exec' '/long/python' ...``,
    ``' '''``.
    """
    lines = content.split(b"\n")
    if lines[0].startswith(b"#!"):
        count = 3 if lines[1:2] and lines[1].startswith(b"'''exec") else 1
        lines[:count] = [b""] * len(lines[:count])
    return b"\n".join(lines)
