"""Tracebacks as the C code of compiled modules makes them, without a compiler.

mypyc and Cython call `PyCode_NewEmpty` and `PyFrame_New` with the dictionary of their module.
"""

from __future__ import annotations

import ctypes
import importlib.machinery
import sys
from collections.abc import Sequence
from pathlib import Path
from types import CodeType, FrameType, ModuleType, TracebackType
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

from telemetry_hook._redact.published.public_files import PublicFile

if TYPE_CHECKING:
    from published import Site

SUFFIX = importlib.machinery.EXTENSION_SUFFIXES[0]
_api = ctypes.pythonapi
_api.PyCode_NewEmpty.restype = _api.PyFrame_New.restype = ctypes.py_object
_api.PyCode_NewEmpty.argtypes = [ctypes.c_char_p, ctypes.c_char_p, ctypes.c_int]
_api.PyThreadState_Get.restype = ctypes.c_void_p
_api.PyFrame_New.argtypes = [ctypes.c_void_p, ctypes.py_object, ctypes.py_object, ctypes.c_void_p]


class Entry(NamedTuple):
    """One entry of a traceback: the compiler's file name and function, the line, and the globals."""

    file: str
    function: str
    line: int
    names: dict[str, Any]


def code(file: str, function: str, line: int) -> CodeType:
    """Return a code object that was made for a traceback."""
    made: CodeType = _api.PyCode_NewEmpty(file.encode(), function.encode(), line)
    return made


def traceback(entries: Sequence[Entry]) -> TracebackType | None:
    """Return a traceback with these entries, outermost first."""
    made: TracebackType | None = None
    for entry in reversed(entries):
        state = _api.PyThreadState_Get()
        frame: FrameType = _api.PyFrame_New(
            state, code(entry.file, entry.function, entry.line), entry.names, None
        )
        made = TracebackType(made, frame, 0, entry.line)
    return made


def fail(error: BaseException, *entries: Entry) -> NoReturn:
    """Raise an exception as if the entries' compiled functions had raised it."""
    error.__traceback__ = traceback(entries)
    try:
        raise error
    finally:
        error.__traceback__ = traceback(entries)


def publish(
    site: Site, name: str, source: str, *, suffix: str = ".py", texts: str = ""
) -> ModuleType:
    """Publish a compiled module with its source, and import it. Return the module.

    `texts` are strings in the extension module's file.
    """
    path = site.directory.joinpath(*name.split("."))
    if source:
        publish_file(site, path.with_suffix(suffix), source)
    compiled = path.with_name(path.name + SUFFIX)
    publish_file(site, compiled, f"\0\1ELF\0{texts}\0")
    module = ModuleType(name)
    module.__file__ = str(compiled)
    if suffix == ".py":
        exec(compile(source, str(path), "exec"), vars(module))  # noqa: S102
    sys.modules[name] = module
    return module


def publish_file(site: Site, path: Path, content: str) -> None:
    """Write and publish a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, "utf-8")
    relative = path.relative_to(site.directory).as_posix()
    distribution, data = site.distribution, path.read_bytes()
    site.files._found[str(path)] = PublicFile(str(path), relative, data, distribution, True)
