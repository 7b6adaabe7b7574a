"""The table of the messages that packages' extension modules raise."""

from __future__ import annotations

import re
import sys
from itertools import combinations
from pathlib import Path
from types import ModuleType

import pytest
from published import Site

from telemetry_hook._redact.message import extensions, interpreter, templates
from telemetry_hook._redact.message.interpreter import MARKS, VALUE
from telemetry_hook._redact.message.templates import Template, folded, overlap

SECTIONS = extensions._table()
CLASSES = sorted({kind for _, kind in SECTIONS})
MIN_LETTERS = 5


def template_of(text: str) -> Template:
    """Return a text of the table as a template."""
    parts: list[str | None] = []
    for piece in text.split(VALUE):
        parts += [piece, None]
    return folded(tuple(parts[:-1]))


def may_both_match(text: str, other: str) -> bool:
    """Return whether a message may match both. Values in `other` may be names, without spaces."""
    for one, two in zip(text.split(), other.split(), strict=False):
        if VALUE in one + two:
            break
        word = "".join(r"[\w.<>\[\]-]+" if mark in MARKS else re.escape(mark) for mark in two)
        if not re.fullmatch(word, one):
            return False
    marks = str.maketrans(dict.fromkeys(MARKS, VALUE))
    return overlap(template_of(text), template_of(other.translate(marks)))


@pytest.mark.parametrize("name", CLASSES)
def test_no_message_matches_two_templates_of_a_class(name: str) -> None:
    """Which template is found depends on no value, whichever packages are loaded."""
    own = {text for (_, kind), texts in SECTIONS.items() if kind == name for text in texts}
    own = {text for text in own if not text.startswith(VALUE)}
    learned = interpreter._section(name)
    assert [pair for pair in combinations(own, 2) if may_both_match(*pair)] == []
    assert [(one, other) for one in own for other in learned if may_both_match(one, other)] == []


@pytest.mark.parametrize("section", SECTIONS)
def test_no_message_matches_two_templates_of_a_package(section: tuple[str, str]) -> None:
    """Where the package is known, its templates may begin with a value."""
    pairs = combinations(SECTIONS[section], 2)
    assert [pair for pair in pairs if may_both_match(*pair)] == []


@pytest.mark.parametrize("name", CLASSES)
def test_every_template_has_text_enough(name: str) -> None:
    """A short text may be anybody's."""
    for (_, kind), texts in SECTIONS.items():
        if kind == name:
            assert min(templates.letters_of(template_of(text)) for text in texts) >= MIN_LETTERS
            assert texts == tuple(text for text in texts if text == " ".join(text.split()))


def test_only_loaded_packages_have_templates(monkeypatch: pytest.MonkeyPatch) -> None:
    """The texts of a package that is not loaded are not looked for."""
    monkeypatch.delitem(sys.modules, "orjson", raising=False)
    assert "Dict key must be str" not in extensions.templates(TypeError)
    monkeypatch.setitem(sys.modules, "orjson", ModuleType("orjson"))
    assert "Dict key must be str" in extensions.templates(TypeError)
    assert "Dict key must be str" not in extensions.templates(TypeError, "lxml")


def test_a_class_that_only_has_the_name_has_no_templates() -> None:
    """A class of the program's own is not the package's."""
    kind = type("JSONDecodeError", (ValueError,), {"__module__": "orjson"})
    assert extensions.templates(kind) == ()


@pytest.mark.parametrize(
    ("module", "package"),
    [("lxml.etree", "lxml"), ("pyarrow.lib", "pyarrow"), ("acme.lxml", None), ("lxml_etree", None)],
)
def test_package_of_an_extension_module(module: str, package: str | None) -> None:
    """The top of its name is the package."""
    assert extensions.package_of(module) == package


def test_a_raise_in_python_does_not_use_the_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A text that a statement raises is not looked for among those of C code."""
    monkeypatch.setitem(sys.modules, "orjson", ModuleType("orjson"))
    site = Site(tmp_path.resolve())
    fail = site.function("", "raise TypeError(s)")
    values = "Dict key must be str", "Type is not JSON serializable: hunter2", "production"
    assert site.identical(fail, values) == "<…>"
