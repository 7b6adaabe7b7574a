"""Names of classes in messages: ``'PurePosixPath' object is not iterable``.

A message has only the name of a class. It is public if each loaded class with this name is public:
otherwise, the message may mean a user's class.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from telemetry_hook._crash import guarded
from telemetry_hook._redact import origins
from telemetry_hook._redact.origins import compose

if TYPE_CHECKING:
    from collections.abc import Iterator

    from telemetry_hook._redact.origins import ClassName
    from telemetry_hook._redact.published.class_names import ClassNames
    from telemetry_hook._report import PublicText

MAX_CLASSES = 10
# How messages show the name of a class beside the name itself: ``<class 'int'>``, ``'int'``.
_AROUND = (("<class '", "'>"), ("'", "'"), ('"', '"'))
_WORDS = origins.words(".", "<class '", "'>", "'", '"')


class TypeNames:
    """Looks up names of loaded classes."""

    def __init__(self, classes: ClassNames) -> None:
        self._classes = classes

    def of(self, text: str) -> PublicText | None:
        """Return a text as a public text if it is the name of public classes only, or None.

        It may be quoted, or have the module's name: ``datetime.date``, ``<class 'datetime.date'>``.
        """
        for before, after in _AROUND:
            if text.startswith(before) and text.endswith(after) and len(text) > len(before):
                inner = self.of(text[len(before) : -len(after)])
                return None if inner is None else compose([_WORDS[before], inner, _WORDS[after]])
        named = (self.of_class(kind, text) for kind in self.public(text))
        return next((name for name in named if name is not None), None)

    def public(self, text: str) -> list[type]:
        """Return the classes that a text may mean, or none if one of them is not public."""
        kinds = self._loaded.get(text.rpartition(".")[2], [])
        is_public = len(kinds) <= MAX_CLASSES and all(map(self._classes.name, kinds))
        return kinds if is_public else []

    def of_class(self, kind: type, text: str) -> PublicText | None:
        """Return a text as a public text if it is the name of this class and that is public, or None."""
        name = self._classes.name(kind)
        forms = () if name is None else _forms(name)
        return next((form for form in forms if form == text), None)

    @cached_property
    def _loaded(self) -> dict[str, list[type]]:
        """All classes of the program, by name."""
        found: dict[str, list[type]] = {}
        seen = {id(object)}
        waiting: list[type] = [object]
        while waiting:
            kind = waiting.pop()
            found.setdefault(guarded.name(kind), []).append(kind)
            subclasses: list[type] = type.__subclasses__(kind)
            for subclass in subclasses:
                if id(subclass) not in seen:
                    seen.add(id(subclass))
                    waiting.append(subclass)
        return found


def _forms(name: ClassName) -> Iterator[PublicText]:
    """Yield the forms of a class's name in messages: ``Inner``, ``Outer.Inner``, ``acme.Outer.Inner``."""
    module, qualname = name
    last = origins.last_part(qualname)
    for form in (last, qualname):
        yield form
        if module is not None:
            yield compose([module, _WORDS["."], form])
