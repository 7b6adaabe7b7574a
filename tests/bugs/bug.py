"""`Bug`: a tool's release that crashes, how to make it crash, and the facts that explain why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bugs.facts import Fact


@dataclass(frozen=True)
class Bug:
    """A bug that was fixed in public.

    `fix` is a release without the bug, or a page about it. `requires` are exact
    requirements; the first one is the tool's. `family` are other distributions of the tool's publisher,
    as its plugin declares them. `package` is the tool's top-level package. `command`
    is the command line, with the console script as its first word. `files` are written to the
    working directory, which is otherwise empty. `variables` are added to the environment. If there
    is a `reply`, an HTTP proxy on this machine answers each request with it.
    """

    name: str
    fix: str
    python: str
    requires: tuple[str, ...]
    package: str
    command: tuple[str, ...]
    facts: tuple[Fact, ...]
    files: Mapping[str, bytes] = field(default_factory=dict)
    variables: Mapping[str, str] = field(default_factory=dict)
    reply: bytes | None = None
    family: tuple[str, ...] = ()
