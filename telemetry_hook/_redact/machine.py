"""Describes the interpreter, the operating system, and how the tool was installed and run."""

from __future__ import annotations

import locale
import os
import re
import sys
from typing import TYPE_CHECKING, Any

from telemetry_hook._consent.environment import CI, first_set
from telemetry_hook._installed import archives
from telemetry_hook._installed.places import is_frozen
from telemetry_hook._redact import closed_tables
from telemetry_hook._redact.origins import compose, numbers, words
from telemetry_hook._report import Circumstances, Python, System
from telemetry_hook._terminals import is_terminal

if TYPE_CHECKING:
    from telemetry_hook._installed.distributions import Distribution
    from telemetry_hook._report import PublicText

STDIN, STDERR = 0, 2
CONTAINER_FILES = ("/.dockerenv", "/run/.containerenv")
CONTAINER_VARIABLES = ("container", "KUBERNETES_SERVICE_HOST")
CONTAINER_GROUPS = ("docker", "kubepods", "containerd", "lxc")
GROUPS = "/proc/1/cgroup"
MAX_GROUPS = 64 * 1024

_WORDS = words(
    *("Linux", "Darwin", "Windows", "FreeBSD", "OpenBSD", "NetBSD", "SunOS", "AIX"),
    *("x86_64", "AMD64", "aarch64", "arm64", "ARM64", "i386", "i686", "armv6l", "armv7l"),
    *("ppc64le", "s390x", "riscv64", "loongarch64"),
    *("CPython", "PyPy", "GraalPy", "glibc ", "other"),
)
_OTHER = _WORDS["other"]
_IMPLEMENTATIONS = {"cpython": "CPython", "pypy": "PyPy", "graalpy": "GraalPy"}
_INSTALLERS = words("pip", "pipx", "pex", "uv", "conda", "poetry")
_WAYS = words("archive", "frozen", "editable")
_ENCODINGS = words(
    *("utf-8", "utf-7", "utf-16", "utf-32", "ascii", "gbk", "gb2312", "gb18030", "hz"),
    *("big5", "big5hkscs", "cp932", "cp949", "cp950", "euc_jp", "euc_kr", "johab", "shift_jis"),
    *("iso2022_jp", "iso2022_kr", "koi8-r", "koi8-t", "koi8-u", "kz1048", "ptcp154", "tis-620"),
    *("hp-roman8", "mac-roman", "mac-cyrillic", "mac-greek", "mac-latin2", "mac-turkish"),
    *(f"cp{number}" for number in (37, 437, 500, 720, 737, 775, 850, 852, 855, 857, 858)),
    *(f"cp{number}" for number in (860, 861, 862, 863, 864, 865, 866, 869, 874, 1125, 1140)),
    *(f"cp{number}" for number in range(1250, 1259)),
    *(f"iso8859-{number}" for number in range(1, 17)),
)
_ALIASES = {
    alias: name
    for name, _, aliases in (
        line.partition(": ")
        for line in closed_tables.ENCODING_ALIASES.replace("\n  ", " ").strip().splitlines()
    )
    for alias in aliases.split()
}


def python() -> Python:
    """Return the implementation and version of the interpreter."""
    version = numbers(".".join(map(str, sys.version_info[:3])))
    name = _IMPLEMENTATIONS.get(sys.implementation.name, "other")
    return Python(_WORDS[name], version or _OTHER)


def circumstances(tool: Distribution, *, own_excepthook: bool = False) -> Circumstances:
    """Return how a tool was installed and where it ran. All texts are constants of this module."""
    return Circumstances(
        installed=_installed(tool),
        encoding=_encoding(),
        terminal=is_terminal(STDIN, "r") and is_terminal(STDERR, "w"),
        ci=first_set(os.environ, CI) is not None,
        container=_is_container(),
        own_excepthook=own_excepthook,
    )


def system() -> System:
    """Return the operating system. Only the numbers at the start of its release are included."""
    if not hasattr(os, "uname"):
        on_windows: Any = sys
        windows = on_windows.getwindowsversion()
        release = _numbers(f"{windows.major}.{windows.minor}.{windows.build}")
        machine = os.environ.get("PROCESSOR_ARCHITECTURE", "")
        return System(_WORDS["Windows"], release, _WORDS.get(machine, _OTHER), None)
    name = os.uname()
    return System(
        _WORDS.get(name.sysname, _OTHER),
        _numbers(name.release),
        _WORDS.get(name.machine, _OTHER),
        _libc(),
    )


def _installed(tool: Distribution) -> PublicText:
    if is_frozen():
        return _WAYS["frozen"]
    if archives.is_archived(tool.root):
        return _WAYS["archive"]
    if tool.editable_root is not None:
        return _WAYS["editable"]
    # pipx and `uv tool` let pip or uv install the tool, but leave a file in the environment.
    if os.path.isfile(os.path.join(sys.prefix, "pipx_metadata.json")):
        return _INSTALLERS["pipx"]
    if os.path.isfile(os.path.join(sys.prefix, "uv-receipt.toml")):
        return _INSTALLERS["uv"]
    # In the file INSTALLER, Poetry writes its version after its name.
    name, _, _ = tool.read("INSTALLER").strip().partition(" ")
    return _INSTALLERS.get(name.lower(), _OTHER)


def _encoding() -> PublicText:
    """Return the codec name of the locale's encoding, without looking up or importing a codec.

    A program can register its own codecs, and looking up a codec would run their code.
    """
    preferred = locale.getpreferredencoding(do_setlocale=False)
    plain = preferred.lower() if type(preferred) is str else ""
    name = re.sub(r"[^a-z0-9.]+", "_", plain)
    name = _ALIASES.get(name, name)
    return _ENCODINGS.get(name) or _ENCODINGS.get(name.replace("_", "-"), _OTHER)


def _is_container() -> bool:
    if any(os.environ.get(name) for name in CONTAINER_VARIABLES):
        return True
    if any(map(os.path.exists, CONTAINER_FILES)):
        return True
    try:
        with open(GROUPS, "rb") as file:
            groups = file.read(MAX_GROUPS).decode("utf-8", "replace")
    except OSError:
        return False
    return any(group in groups for group in CONTAINER_GROUPS)


def _libc() -> PublicText | None:
    if sys.platform == "win32":
        return None
    try:
        name, _, version = (os.confstr("CS_GNU_LIBC_VERSION") or "").partition(" ")
    except (AttributeError, OSError, ValueError):
        return None
    number = _numbers(version)
    return compose([_WORDS["glibc "], number]) if name == "glibc" and number else None


def _numbers(text: str) -> PublicText | None:
    """Return the numbers at the start of a version: ``5.15.0-78-generic`` → ``5.15.0``."""
    end = 0
    while end < len(text) and (text[end].isdecimal() or text[end] == "."):
        end += 1
    return numbers(".".join(text[:end].strip(".").split(".")[:4]))
