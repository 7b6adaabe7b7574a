"""The administrator's policy: reads `policy.toml`, at a path that no variable can change.

    mode = "ask"                    # or "never"; "ask" asks in spite of a saved always

    [receiver]                      # the organisation's own, in place of the tools'
    sentry = "https://KEY@errors.corp.example/7"   # or otlp, https, file

    [tools.lift]                    # for this tool, in place of the values above
    mode = "never"

A policy can only forbid, make us ask, or set another receiver. A file that cannot be read, that
others can write, or that has unknown settings means ``never``: whoever wrote it wanted a limit.
"""

from __future__ import annotations

import os
import stat
import sys
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from telemetry_hook import receivers
from telemetry_hook._disk import paths, storage
from telemetry_hook._errors import DeclarationError, PolicyError
from telemetry_hook.declare import TOOL_NAME, Tool

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from telemetry_hook.receivers import Receiver

MAX_POLICY_BYTES = 64 * 1024
ORGANISATION = "your organisation"
RECEIVERS = {
    "sentry": "SentryReceiver",
    "otlp": "OtlpReceiver",
    "https": "HttpsReceiver",
    "file": "FileReceiver",
}


class Limits(NamedTuple):
    """The limits on a tool: `mode` and `receiver` are None where the user and the tool decide."""

    mode: Literal["never", "ask"] | None = None
    receiver: Receiver | None = None

    @property
    def summary(self) -> str:
        """The limits in words, such as ``ask, reports to https://corp.example/``; '' for none."""
        address = None if self.receiver is None else f"reports to {self.receiver.address}"
        return ", ".join(filter(None, (self.mode, address)))


class Policy(NamedTuple):
    """The administrator's limits; `path` is the file, '' where there is none.

    `fault` says what is wrong with the file, '' if nothing is; with a fault every mode is ``never``.
    """

    path: str = ""
    default: Limits = Limits()
    by_tool: Mapping[str, Limits] = MappingProxyType({})
    fault: str = ""

    def of(self, tool: str) -> Limits:
        """Return the limits that apply to a tool."""
        if self.fault:
            return Limits("never")
        own = self.by_tool.get(tool, Limits())
        return Limits(own.mode or self.default.mode, own.receiver or self.default.receiver)

    def forbids(self, tool: str) -> str | None:
        """Return why a tool may neither ask nor send, None where it may."""
        if self.fault:
            return f"the policy cannot be followed: {self.fault}"
        return "your administrator said never" if self.of(tool).mode == "never" else None

    def applied_to(self, tool: Tool) -> Tool:
        """Return the tool with the organisation's receiver in place of its own, if there is one."""
        receiver = self.of(tool.name).receiver
        return replace(tool, receiver=receiver, publisher=ORGANISATION) if receiver else tool


def load() -> Policy:
    """Read the policy; never raises, since what is wrong with the file becomes its `fault`."""
    try:
        path = str(paths.policy())
    except OSError:
        return Policy()  # Windows without a folder for programs
    try:
        content = _read(path)
        return Policy() if content is None else parse(content, path)
    except PolicyError as error:
        return Policy(path, fault=str(error))


def parse(content: bytes, path: str) -> Policy:
    """Return the policy that a file's content means.

    Raises:
        PolicyError: it is not valid TOML, or a setting is unknown; the message says which, and where.
    """
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib

    try:
        values = tomllib.loads(content.decode())
    except (ValueError, RecursionError) as error:
        raise PolicyError(f"{path} is not valid TOML: {error}") from None
    tools = values.pop("tools", {})
    if not isinstance(tools, dict):
        raise PolicyError(f"{path}: write each tool as a table, [tools.NAME]")
    for name in tools:
        if not TOOL_NAME.fullmatch(name):
            raise PolicyError(f"{path}: tools.{name!r} is not a valid name of a tool")
    by_tool = {name: _limits(table, f"{path}: tools.{name}") for name, table in tools.items()}
    return Policy(path, _limits(values, path), by_tool)


def _limits(values: object, where: str) -> Limits:
    """Return the limits of one table; `where` names it in messages."""
    if not isinstance(values, dict):
        raise PolicyError(f"{where} must be a table")
    _check_names(values, ("mode", "receiver"), where)
    mode, receiver = values.get("mode"), values.get("receiver")
    if mode not in (None, "never", "ask"):
        raise PolicyError(f'{where}: mode is {mode!r}; use "never" or "ask"')
    return Limits(mode, None if receiver is None else _receiver(receiver, f"{where}: receiver"))


def _receiver(values: Any, where: str) -> Receiver:
    if not isinstance(values, dict) or len(values) != 1:
        raise PolicyError(f"{where}: give one of {', '.join(RECEIVERS)}, with its address")
    _check_names(values, RECEIVERS, where)
    [(kind, address)] = values.items()
    try:
        receiver: Callable[[str], Receiver] = getattr(receivers, RECEIVERS[kind])
        return receiver(address)
    except (DeclarationError, TypeError) as error:
        raise PolicyError(f"{where}.{kind}: {error}") from None


def _check_names(values: Mapping[str, object], known: Iterable[str], where: str) -> None:
    if unknown := [name for name in values if name not in known]:
        raise PolicyError(
            f"{where}: unknown settings: {', '.join(unknown)} (known: {', '.join(known)})"
        )


def _read(path: str) -> bytes | None:
    """Return the file's content, or None if there is no file.

    Raises:
        PolicyError: the file cannot be read, or cannot be trusted.
    """
    try:
        _check_trusted(os.path.dirname(path), os.stat(os.path.dirname(path)))
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise PolicyError(f"{path} cannot be read: {error.strerror or error}") from None
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise PolicyError(f"{path} is not a regular file")
        _check_trusted(path, status)
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            content = file.read(MAX_POLICY_BYTES + 1)
    except OSError as error:
        raise PolicyError(f"{path} cannot be read: {error.strerror or error}") from None
    finally:
        storage.close(descriptor)
    if len(content) > MAX_POLICY_BYTES:
        raise PolicyError(f"{path} is larger than {MAX_POLICY_BYTES} bytes")
    return content


def _check_trusted(path: str, status: os.stat_result) -> None:
    """Refuse a file or directory that anybody but the administrator can write.

    On Windows, its place has that effect: see `paths.policy`.
    """
    if sys.platform == "win32":
        return
    if status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise PolicyError(f"{path} can be written by others; run: chmod go-w {path}")
    # In a container whose root user is not mapped, system files belong to another user, as / does.
    if status.st_uid not in (0, os.stat("/").st_uid):
        raise PolicyError(f"{path} does not belong to root; run: chown root {path}")
