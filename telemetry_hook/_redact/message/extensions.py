r"""Templates of the messages that packages' extension modules (C, Cython, Rust) raise.

`extensions.txt` lists the templates by package and class. Their only holes are for values.
"""

from __future__ import annotations

from functools import cache

from telemetry_hook._crash import guarded
from telemetry_hook._redact.message.interpreter import LABELS, VALUE


def templates(kind: type[BaseException], package: str | None = None) -> tuple[str, ...]:
    r"""Return the templates of exactly this class, the longest first.

    They are those of one package; at None, of the packages that are loaded, without the templates
    that begin with a value: the messages of other packages may match them. A `KeyError` has none
    then, because any key may be its message.

    `TypeError` → `("Dict key must be str", "Type is not JSON serializable: \0", …)`
    """
    qualname, module = guarded.qualname(kind), guarded.module(kind) or ""
    if guarded.class_at(module, qualname) is not kind or (kind is KeyError and package is None):
        return ()
    name = qualname if guarded.is_static(kind) else f"{module}.{qualname}"
    found = {
        template
        for (owner, of), section in _table().items()
        if of == name and owner == (package or owner) and guarded.module_names(owner)
        for template in section
        if package or not template.startswith(VALUE)
    }
    return tuple(sorted(found, key=lambda text: (-len(text.replace(VALUE, "")), text)))


def package_of(module: str) -> str | None:
    """Return the package in the table that a published extension module belongs to, or None."""
    package = module.partition(".")[0]
    return package if any(owner == package for owner, _ in _table()) else None


@cache
def _table() -> dict[tuple[str, str], tuple[str, ...]]:
    """Return the sections by package and class: ``("orjson", "TypeError")``."""
    import pkgutil

    # The package's loader reads the file. This also works in a zip file.
    content = pkgutil.get_data(__package__, "extensions.txt") or b""
    text = content.decode().replace("\r\n", "\n").replace(LABELS[VALUE], VALUE)
    sections: dict[tuple[str, str], tuple[str, ...]] = {}
    for section in text.split("\n\n")[1:]:
        head, *lines = section.strip("\n").split("\n")
        package, _, kind = head.strip("[]").partition(" ")
        sections[package, kind] = tuple(lines)
    return sections
