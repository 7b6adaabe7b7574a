"""Errors in a page's own scripts: parses a page's description of an error, and makes a `Crash` from it.

The crash has the error's class, if it is one of ECMAScript's, and lines of scripts that the tool
publishes, but no text from the page. If none of the tool's scripts was running, as with an error in a browser
extension, the tool has not crashed.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

from telemetry_hook._crash.crash import ECMASCRIPT, CapturedException, Crash, PageError
from telemetry_hook._installed import archives

if TYPE_CHECKING:
    from telemetry_hook._installed.attribution import Registration

SUFFIXES = (".js", ".mjs")
MAX_LINES = 50
MAX_LINE_NUMBER = 1_000_000
FILE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "script.js")

ScriptLines = tuple[tuple[str, int], ...]


def source(token: str) -> str:
    """Return the script that a page includes, with the token that its requests must have."""
    content = archives.read(FILE) or b""
    return content.decode().replace("@TOKEN@", token)


def parse(body: bytes, origin: str) -> tuple[str, str, ScriptLines]:
    """Return a page's token, the error's class, and URLs and line numbers, innermost first.

    Lines of another origin, such as a browser extension's, are left out, and so is everything that is
    malformed.
    """
    try:
        values = json.loads(body)
    except (ValueError, RecursionError):
        return "", "", ()
    if type(values) is not dict:
        return "", "", ()
    token, name, lines = (values.get(key) for key in ("token", "name", "lines"))
    return (
        token if type(token) is str and token.isascii() else "",
        name if type(name) is str and name in ECMASCRIPT else "Error",
        _lines(lines, origin) if type(lines) is list else (),
    )


def _lines(values: list[object], origin: str) -> ScriptLines:
    return tuple(
        (line[0], line[1])
        for line in values[:MAX_LINES]
        if type(line) is list
        and [type(part) for part in line] == [str, int]
        and line[0].startswith(f"{origin}/")
        and 0 < line[1] < MAX_LINE_NUMBER
    )


def crash(name: str, lines: ScriptLines, registration: Registration) -> Crash | None:
    """Return a page's error as a crash, or None if none of the tool's scripts was running."""
    scripts = [path for suffix in SUFFIXES for path in registration.distribution.files(suffix)]
    known = [(path, line) for url, line in lines if (path := _find(url, scripts)) is not None]
    if not known:
        return None
    error = PageError(name, tuple(reversed(known)))
    return Crash((CapturedException(error, (), None, None),), "web")


def _find(url: str, scripts: list[str]) -> str | None:
    """Return the script whose path has the most last parts in common with the URL; None if no or several do."""
    wanted = url.partition("://")[2].partition("?")[0].partition("#")[0].split("/")[1:]
    lengths = {path: _common(wanted, path.replace(os.sep, "/").split("/")) for path in scripts}
    most = max(lengths.values(), default=0)
    best = [path for path, length in lengths.items() if length == most]
    return best[0] if most and len(best) == 1 else None


def _common(one: list[str], other: list[str]) -> int:
    count = 0
    while count < min(len(one), len(other)) and one[-1 - count] == other[-1 - count]:
        count += 1
    return count
