"""Collects the names of this machine and its user, of their directories, and of the user in git.

No name service is asked: `pwd` may wait for a server that does not answer. So what `/etc/passwd`
and the environment do not have is not known.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from telemetry_hook._installed import archives
from telemetry_hook._private.spellings import as_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

MAX_ACCOUNTS = 1024 * 1024
MAX_CONFIG = 64 * 1024
MAX_PARENTS = 16
MIN_PARTS = 2

ACCOUNTS = "/etc/passwd"
HOMES = ("HOME", "USERPROFILE")
USERS = ("USER", "LOGNAME", "USERNAME", "SUDO_USER", "LNAME")
HOSTS = ("HOSTNAME", "HOST", "COMPUTERNAME", "USERDOMAIN")
PEOPLE = ("GIT_AUTHOR_NAME", "GIT_COMMITTER_NAME")
MAILS = ("GIT_AUTHOR_EMAIL", "GIT_COMMITTER_EMAIL", "EMAIL")


def collect(environments: Iterable[Mapping[str, str]]) -> tuple[str, ...]:
    """Return the names that are known, with the paths of directories first."""
    environments = list(environments)
    accounts = list(_accounts())
    homes = [*_values(environments, HOMES), *(home for _, _, home in accounts)]
    people = list(_values(environments, PEOPLE))
    directories = [*_working_directories(), *_values(environments, ("PWD",))]
    mails = list(_values(environments, MAILS))
    for path in _git_configs(environments, homes, directories):
        for key, value in _user_section(path):
            (mails if key == "email" else people).append(value)
    return tuple(
        dict.fromkeys(
            filter(
                None,
                [
                    *homes,
                    *_with_parents(directories, homes),
                    *map(_last, homes),
                    *filter(_is_telling, map(_last, directories)),
                    *_values(environments, USERS),
                    *(user for user, _, _ in accounts),
                    *_hosts(environments),
                    *_parts([*people, *(name for _, name, _ in accounts)]),
                    *mails,
                    *(mail.partition("@")[0] for mail in mails),
                ],
            )
        )
    )


def _values(environments: Iterable[Mapping[str, str]], names: Iterable[str]) -> Iterator[str]:
    for environment in environments:
        for name in names:
            value = environment.get(name)
            if type(value) is str and value:
                yield value


def _accounts() -> Iterator[tuple[str, str, str]]:
    """Yield name, full name and home directory of the accounts that this process runs as."""
    if sys.platform == "win32":
        return
    ids = {str(os.getuid()), str(os.geteuid())}
    content = archives.read(ACCOUNTS, MAX_ACCOUNTS) or b""
    for line in content.decode("utf-8", "replace").splitlines():
        fields = line.split(":")
        if len(fields) > 5 and fields[2] in ids:  # noqa: PLR2004 - see passwd(5)
            yield fields[0], fields[4], fields[5]


def _hosts(environments: Iterable[Mapping[str, str]]) -> Iterator[str]:
    hosts = list(_values(environments, HOSTS))
    if hasattr(os, "uname"):
        hosts.append(os.uname().nodename)
    for host in hosts:
        yield host
        yield host.partition(".")[0]


def _working_directories() -> Iterator[str]:
    try:
        yield os.getcwd()
    except OSError:
        return


def _with_parents(directories: Iterable[str], homes: Iterable[str]) -> Iterator[str]:
    """Yield directories and their parents, one of which is the project's, and paths below a home.

    Directories are not looked at: that may wait for another machine.
    """
    homes = [home.rstrip("/\\") + os.sep for home in homes]
    for directory in directories:
        for parent in _parents(directory):
            yield parent
            below = (parent.removeprefix(home) for home in homes if parent.startswith(home))
            yield from filter(_is_telling, below)


def _parents(directory: str) -> Iterator[str]:
    """Yield a directory and its parents, but none at the top: ``/home/jane``, not ``/home``."""
    for _ in range(MAX_PARENTS):
        if len([part for part in directory.replace("\\", "/").split("/") if part]) < MIN_PARTS:
            return
        yield directory
        directory = os.path.dirname(directory)


def _is_telling(name: str) -> bool:
    """Return whether a part of a path has a word that is not in many texts, as `unit-tests` has none."""
    from telemetry_hook._private.ordinary import COMMON, ORDINARY

    return any(word not in COMMON and word not in ORDINARY for word in as_words(name).split())


def _last(path: str) -> str:
    return path.replace("\\", "/").rstrip("/").rpartition("/")[2]


def _parts(names: Iterable[str]) -> Iterator[str]:
    """Yield the parts of full names: ``Jane Doe,Room 5`` → ``Jane Doe``, ``Room 5``, ``Jane``, ``Doe``."""
    for name in names:
        fields = [field.strip() for field in name.split(",")]
        yield from fields
        yield from fields[0].split()


def _git_configs(
    environments: Iterable[Mapping[str, str]], homes: Iterable[str], directories: Iterable[str]
) -> Iterator[str]:
    yield from _values(environments, ("GIT_CONFIG_GLOBAL",))
    for directory in _values(environments, ("XDG_CONFIG_HOME",)):
        yield os.path.join(directory, "git", "config")
    for home in dict.fromkeys(homes):
        yield os.path.join(home, ".gitconfig")
        yield os.path.join(home, ".config", "git", "config")
    for directory in dict.fromkeys(directories):
        for parent in _parents(directory):
            yield os.path.join(parent, ".git", "config")


def _user_section(path: str) -> Iterator[tuple[str, str]]:
    """Yield ``name`` and ``email`` of the section ``[user]`` of a file of git, with their values."""
    if not os.path.isabs(path):
        return
    is_user = False
    for line in (archives.read(path, MAX_CONFIG) or b"").decode("utf-8", "replace").splitlines():
        line = line.strip()  # noqa: PLW2901 - the same line
        if line.startswith("["):
            is_user = line.lower().startswith("[user]")
            line = line.partition("]")[2].strip()  # noqa: PLW2901 - a value may follow at once
        key, equals, value = line.partition("=")
        if is_user and equals and key.strip().lower() in ("name", "email"):
            yield key.strip().lower(), value.strip().strip('"')
