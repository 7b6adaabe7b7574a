"""The machine that a tool died on: interpreter, operating system, and how the tool was installed."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from telemetry_hook._public import NUMBERS, PublicText, compose, words
from telemetry_hook._report import Circumstances, Python, System

if TYPE_CHECKING:
    from telemetry_hook._distributions import Distribution

_WORDS = words(
    *("Linux", "Darwin", "Windows", "FreeBSD", "OpenBSD", "NetBSD", "SunOS", "AIX"),
    *("x86_64", "AMD64", "aarch64", "arm64", "ARM64", "i386", "i686", "armv6l", "armv7l"),
    *("ppc64le", "s390x", "riscv64", "loongarch64"),
    *("CPython", "PyPy", "GraalPy", "glibc ", "other"),
)
_OTHER = _WORDS["other"]
_IMPLEMENTATIONS = {"cpython": "CPython", "pypy": "PyPy", "graalpy": "GraalPy"}


def python() -> Python:
    """Return implementation and version of the interpreter."""
    version = ".".join(map(str, sys.version_info[:3]))
    name = _IMPLEMENTATIONS.get(sys.implementation.name, "other")
    return Python(_WORDS[name], PublicText(version, NUMBERS))


def circumstances(_tool: Distribution) -> Circumstances:
    """Return how the tool was installed and what it ran in."""
    return Circumstances(_OTHER, _OTHER, False, False, False)


def system() -> System:
    """Return the operating system, by the numbers of its release alone."""
    if not hasattr(os, "uname"):
        windows = sys.getwindowsversion()  # type: ignore[attr-defined]
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


def _libc() -> PublicText | None:
    try:
        name, _, version = (os.confstr("CS_GNU_LIBC_VERSION") or "").partition(" ")
    except (AttributeError, OSError, ValueError):
        return None
    number = _numbers(version)
    return compose([_WORDS["glibc "], number]) if name == "glibc" and number else None


def _numbers(text: str) -> PublicText | None:
    """Return the numbers that a version begins with; kernels carry names after them."""
    end = 0
    while end < len(text) and (text[end].isdecimal() or text[end] == "."):
        end += 1
    number = ".".join(text[:end].strip(".").split(".")[:4])
    return PublicText(number, NUMBERS) if NUMBERS.publishes(number) else None
