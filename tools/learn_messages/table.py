"""The table of templates: reads, merges, thins and writes it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from fillers import INT, NAME, TYPE, VALUE
from learning import is_useful, simplified
from overlaps import disjoint
from type_names import TYPES

if TYPE_CHECKING:
    from pathlib import Path

    from learning import Lesson

# Templates are ASCII, so nothing in them looks like a mark.
LABELS = {VALUE: "<…>", TYPE: "<…type>", INT: "<…int>", NAME: "<…name>"}
LEARNED_UNDER = "\n# Learned under Python "
HEAD = f"""\
# Messages of the interpreter and of the standard library's C modules, by exception class.
# {LABELS[VALUE]} stands for a value, {LABELS[TYPE]} for the name of a type, {LABELS[INT]} for an integer,
# {LABELS[NAME]} for the name of a function. No message matches two templates of a class.
# Written by tools/learn_messages: do not edit.{LEARNED_UNDER}"""
# So many of one form show that C code puts something in.
MIN_FAMILY = 3

# Where C code inserts the name of a function, an argument or a type, or a number.
_PLACE = re.compile(
    r"""(
    [\w.\0-\3]+(?=\(\))
    |^[\w.\0-\3]+(?=:?[ ](?:expected|argument|constructor|takes|got|requires|missing|path|src|dst)\b)
    |^[\w.\0-\3]+(?=\.__new__\(X\))
    |(?<=')[\w.\-\0-\3]+(?=')
    |\d+|[\0-\3]
    )""",
    re.VERBOSE,
)
Templates = dict[str, set[str]]


class Table(NamedTuple):
    """Templates by class, and the minor versions of Python that they were learned under."""

    versions: set[str]
    templates: Templates


def read(path: Path) -> Table:
    """Return the table in a file; an empty one if there is no such file."""
    if not path.exists():
        return Table(set(), {})
    head, *sections = path.read_text(encoding="utf-8").rstrip("\n").split("\n\n")
    lines = [section.split("\n") for section in sections]
    templates = {key[1:-1]: set(map(_unmarked, marked)) for key, *marked in lines}
    return Table(set(head.rpartition(LEARNED_UNDER)[2].split(", ")), templates)


def write(path: Path, table: Table) -> None:
    """Write a table: classes and templates in alphabetical order, so that changes are readable."""
    versions = sorted(table.versions, key=lambda version: [*map(int, version.split("."))])
    sections = [
        "\n".join([f"[{key}]", *sorted(map(_marked, templates))])
        for key, templates in sorted(table.templates.items())
        if templates
    ]
    text = "\n\n".join([HEAD + ", ".join(versions), *sections]) + "\n"
    path.write_text(text, encoding="utf-8", newline="\n")


def _marked(template: str) -> str:
    r"""Return a template's line: `"'\1' object is not iterable"` → `"'<…type>' object is not iterable"`."""
    for mark, label in LABELS.items():
        template = template.replace(mark, label)
    return template


def _unmarked(line: str) -> str:
    for mark, label in LABELS.items():
        line = line.replace(label, mark)
    return line


def merge(known: Templates, lessons: list[Lesson]) -> Templates:
    """Return the known templates and the learned ones, with one template for each message."""
    merged = {key: set(templates) for key, templates in known.items()}
    for lesson in lessons:
        merged.setdefault(lesson.key, set()).add(lesson.template)
    return {key: thinned(key, templates) for key, templates in merged.items()}


def thinned(key: str, templates: set[str]) -> set[str]:
    """Drop and generalize templates until no message matches two of them."""
    before: set[str] = set()
    while templates != before:
        before = templates
        if not key.startswith(("Syntax", "Indentation", "Unicode")):
            templates = generalized(templates)
        templates = disjoint({template for template in templates if is_useful(template)})
    return templates


def generalized(templates: set[str]) -> set[str]:
    r"""Replace templates that differ in a function's name, a quoted word or a number only.

    `{"f() takes no arguments", "g() takes no arguments", "h() takes no arguments"}`
    → `{"\3() takes no arguments"}`
    """
    families: dict[tuple[str, ...], set[str]] = {}
    for template in templates:
        families.setdefault(tuple(_PLACE.split(template)[::2]), set()).add(template)
    general: set[str] = set()
    for family in families.values():
        shared = _shared(family)
        is_family = len(family) >= MIN_FAMILY or shared in family
        general.update({shared} if is_family else family)
    return general


def _shared(family: set[str]) -> str:
    r"""Return what templates of one form share: `{"f() failed", "g() failed"}` → `"\3() failed"`."""
    columns = [set(column) for column in zip(*map(_PLACE.split, family), strict=True)]
    fixed = ["".join(column) for column in columns[::2]]
    shared = [fixed[0]]
    for number, tokens in enumerate(columns[1::2]):
        is_called = fixed[number + 1].startswith("(") or not "".join(shared)
        shared += [_of_column(tokens, NAME if is_called else VALUE), fixed[number + 1]]
    return simplified("".join(shared))


def _of_column(tokens: set[str], otherwise: str) -> str:
    """Return what stands for different texts in the same place."""
    if len(tokens) == 1:
        return tokens.pop()
    if all(token == INT or token.isdecimal() for token in tokens):
        return INT
    for mark in (VALUE, NAME, TYPE):
        if mark in tokens:
            return mark
    return TYPE if tokens <= TYPES else otherwise
