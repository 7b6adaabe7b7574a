"""Reads from a distribution's metadata where it came from and where it was built.

A hash in RECORD shows only that a file is as it was installed. What pip 23 and uv 0.13 record:

- for a wheel from an index: nothing;
- for a wheel from a directory (`--find-links`, or an index on this disk): pip nothing, uv a file
  `uv_cache.json`;
- for an archive of source from an index: pip nothing, uv a file `uv_build.json`;
- for a file, a directory or a checkout that was named itself: `direct_url.json`, which has the URL.

A wheel that was built here and has compiled code has a tag such as ``linux_x86_64``, which no public
index accepts. Nothing else shows that pip has built a distribution here, nor that an index is private.
"""

import os
import sys

from telemetry_hook._installed import bundles
from telemetry_hook._installed.places import file_path, is_inside

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from telemetry_hook._installed.distributions import Distribution

# The platforms in the tags of wheels that indexes accept.
PLATFORMS = frozenset({"any", "win32", "win_amd64", "win_arm64"})
PLATFORM_FAMILIES = ("manylinux", "musllinux_", "macosx_")
# The ends of names that mean this machine or one in the local network.
LOCAL_NAMES = (
    *(".localhost", ".localdomain", ".local", ".internal", ".lan", ".home", ".home.arpa"),
    *(".corp", ".intranet", ".private"),
)
HERE = ("file:///", "file://localhost/")  # no share of another machine


def is_published(distribution: "Distribution") -> bool:
    """Return whether a distribution came from another machine, and nothing shows a build here."""
    if distribution.has("uv_build.json") or not _is_portable(distribution.read("WHEEL")):
        return False
    return _came_from_elsewhere(distribution)


def is_as_released(distribution: "Distribution") -> bool:
    """Return whether a tool's own distribution is its author's, who vouches also for a build here.

    Into a bundle, its author may have put what was on the disk of the machine that made it.
    """
    if _came_from_elsewhere(distribution):
        return True
    direct = distribution.direct
    if "+" in distribution.version or direct is None or not _is_of_another_machine(direct):
        return False
    return bundles.has(distribution.root)


def _came_from_elsewhere(distribution: "Distribution") -> bool:
    if "+" in distribution.version:
        return False
    if distribution.direct is None:
        return not distribution.has("uv_cache.json")
    return _is_download(distribution.direct)


def _is_portable(wheel: str) -> bool:
    """Return whether an index accepts a wheel that has this file WHEEL: ``Tag: py3-none-any``."""
    return all(
        platform in PLATFORMS or platform.startswith(PLATFORM_FAMILIES)
        for platform in _platforms(wheel)
    )


def _platforms(wheel: str) -> "Iterator[str]":
    for line in wheel.splitlines():
        header, _, tag = line.partition(":")
        if header.strip().lower() == "tag":
            yield from tag.strip().rpartition("-")[2].split(".")


def _is_download(direct: "Mapping[str, object]") -> bool:
    """Return whether `direct_url.json` has the URL of a wheel on a host in the Internet."""
    url = direct.get("url")
    if type(url) is not str or type(direct.get("archive_info")) is not dict:
        return False
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return False
    is_wheel = parts.scheme == "https" and parts.path.endswith(".whl")
    return is_wheel and "@" not in parts.netloc and _is_public(host)


def _is_public(host: str) -> bool:
    from ipaddress import ip_address

    try:
        address = ip_address(host)
    except ValueError:
        pass
    else:
        return (getattr(address, "ipv4_mapped", None) or address).is_global
    *labels, last = host.removesuffix(".").split(".")
    if not labels or not all(label.replace("-", "a").isalnum() for label in [*labels, last]):
        return False
    is_number = last.isdecimal() or last.startswith("0x")  # 127.1 and 0x7f.1 are addresses, too
    return host.isascii() and not is_number and not f".{host}".rstrip(".").endswith(LOCAL_NAMES)


def _is_of_another_machine(direct: "Mapping[str, object]") -> bool:
    """Return whether `direct_url.json` has the path of a directory, or of a file in one, not here.

    A directory in this user's home may have been here.
    """
    url = direct.get("url")
    if type(url) is not str or not url.startswith(HERE):
        return False
    try:
        path = os.path.realpath(file_path(url))
        directory = os.path.dirname(path) if "archive_info" in direct else path
        os.stat(directory)
    except (FileNotFoundError, NotADirectoryError):
        return not any(is_inside(directory, os.path.realpath(home)) for home in _homes())
    except (OSError, ValueError):
        pass
    return False


def _homes() -> "Iterator[str]":
    """Yield the home directory that HOME has, and the one that the system has for the user."""
    yield os.path.expanduser("~")
    if sys.platform != "win32":
        import pwd

        try:
            yield pwd.getpwuid(os.getuid()).pw_dir
        except KeyError:  # as for a numeric user of a container
            return
