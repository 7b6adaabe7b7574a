"""The table of templates: reads, merges, thins and writes it."""

from __future__ import annotations

import builtins
import itertools
import re
from typing import TYPE_CHECKING, NamedTuple

from fillers import TYPE, VALUE
from learning import is_useful

if TYPE_CHECKING:
    from pathlib import Path

    from learning import Lesson

# Templates are ASCII, so nothing in them looks like a mark.
VALUE_MARK, TYPE_MARK = "<…>", "<…type>"
LEARNED_UNDER = "\n# Learned under Python "
HEAD = f"""\
# Messages of the interpreter and of the standard library's C modules, by exception class.
# {VALUE_MARK} stands for a value, {TYPE_MARK} for the name of a type.
# Written by tools/learn_messages: do not edit.{LEARNED_UNDER}"""
MAX_TYPES = 2
# So many of one form show that C code puts something in.
MIN_FAMILY = 3

_WORD = re.compile(r"\w+(?:\.\w+)*")
# Types that are not among the built-in names, but are in messages.
_TYPES = frozenset(
    """
    None NoneType NotImplementedType ellipsis function builtin_function_or_method method module generator
    coroutine async_generator code frame traceback mappingproxy wrapper_descriptor
    method_descriptor classmethod_descriptor getset_descriptor member_descriptor method-wrapper
    types.GenericAlias types.UnionType types.SimpleNamespace cell dict_keys dict_values dict_items
    list_iterator tuple_iterator str_iterator range_iterator set_iterator dict_keyiterator
    collections.deque collections.OrderedDict collections.defaultdict decimal.Decimal
    datetime.datetime datetime.date datetime.time datetime.timedelta datetime.timezone re.Pattern
    re.Match array.array _io.StringIO _io.BytesIO _io.TextIOWrapper
    """.split()
) | {key for key, value in vars(builtins).items() if isinstance(value, type)}

# Where C code inserts the name of a function, an argument or a type, or a number.
_PLACE = re.compile(
    r"""(
    [\w.\0\1]+(?=\(\))
    |^[\w.\0\1]+(?=:?[ ](?:expected|argument|constructor|takes|got|requires|missing|path|src|dst)\b)
    |^[\w.\0\1]+(?=\.__new__\(X\))
    |(?<=')[\w.\-\0\1]+(?=')
    |\d+|[\0\1]
    )""",
    re.VERBOSE,
)
# Where the repr of a value begins.
_VALUE = re.compile(r"(?<=[: ])(?=b?['\"<\d\0\[({-])")
_SPACE = re.compile(" ")
_FUNCTION = re.compile(r"^[\w.]+(?=\(\))")
# Names of these functions are kept: they are worth their room in the table.
_COMMON = re.compile(
    rf"(?:{'|'.join(key for key in vars(builtins) if key.isalpha() and key.islower())})\(\)? ",
    re.ASCII,
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
    return template.replace(VALUE, VALUE_MARK).replace(TYPE, TYPE_MARK)


def _unmarked(line: str) -> str:
    return line.replace(VALUE_MARK, VALUE).replace(TYPE_MARK, TYPE)


def merge(known: Templates, lessons: list[Lesson]) -> Templates:
    """Return the known templates and the learned ones, without those that a more general one covers."""
    merged = {key: set(templates) for key, templates in known.items()}
    bases: dict[str, set[str]] = {}
    for lesson in lessons:
        merged.setdefault(lesson.key, set()).add(lesson.template)
        bases.setdefault(lesson.key, set()).update(lesson.bases)
    thin = {key: thinned(key, templates) for key, templates in merged.items()}
    return {
        key: templates.difference(*(thin.get(base, ()) for base in bases.get(key, ())))
        for key, templates in thin.items()
    }


def thinned(key: str, templates: set[str]) -> set[str]:
    """Drop templates that a more general one covers, until nothing is left to drop."""
    before: set[str] = set()
    while templates != before:
        before = templates
        if not key.startswith(("Syntax", "Indentation", "Unicode")):
            templates = generalized(templates)
        templates = {template for template in templates if is_useful(template)}
        templates = {template for template in templates if not is_covered(template, templates)}
        templates = {template for template in templates if not is_case(template, templates)}
    return templates


def generalized(templates: set[str]) -> set[str]:
    r"""Replace templates that differ in a function's name, a quoted word or a number only.

    `{"f() takes no arguments", "g() takes no arguments", "h() takes no arguments"}`
    → `{"\0() takes no arguments"}`
    """
    families: dict[tuple[str, ...], set[str]] = {}
    for template in templates:
        families.setdefault(tuple(_PLACE.split(template)[::2]), set()).add(template)
    general: set[str] = set()
    for family in families.values():
        shared = _shared(family)
        if len(family) < MIN_FAMILY and shared not in family:
            general |= family
            continue
        general.add(shared)
        common: dict[str, set[str]] = {}
        for template in family:
            if start := _COMMON.match(template):
                common.setdefault(start[0], set()).add(template)
        general.update(map(_shared, common.values()))
    return general


def _shared(family: set[str]) -> str:
    r"""Return what templates of one form share: `{"f() failed", "g() failed"}` → `"\0() failed"`."""
    shared: list[str] = []
    for column in zip(*map(_PLACE.split, family), strict=True):
        tokens = set(column)
        if len(tokens) > 1:
            is_type = tokens <= _TYPES or TYPE in tokens
            tokens = {TYPE if is_type else VALUE}
        shared += tokens
    return re.sub(f"{VALUE}+", VALUE, "".join(shared))


def is_covered(template: str, others: set[str]) -> bool:
    r"""Return whether another template is the same but for a hole where this one has a name.

    `"int() argument must be a list"` is covered by `"\1() argument must be a list"`.
    """
    if _is_covered(template, others):
        return True
    of_any = _FUNCTION.sub(VALUE, template)
    return (
        of_any != template
        and not _COMMON.match(template)
        and (of_any in others or _is_covered(of_any, others))
    )


def _is_covered(template: str, others: set[str]) -> bool:
    words = [word.span() for word in _WORD.finditer(template)]
    for start, end in words[:]:
        if "." in template[start:end]:
            words.append((start, template.rindex(".", start, end)))
    return any(
        _general(template, chosen) in others
        for size in range(1, MAX_TYPES + 1)
        for chosen in itertools.combinations(sorted(words), size)
    )


def is_case(template: str, others: set[str]) -> bool:
    r"""Return whether another template has a hole where this one begins or ends with a value.

    `"unknown key: 'a'"` is a case of `"unknown key: \0"`.
    """
    for start in _VALUE.finditer(template):
        head, value = template[: start.start()], template[start.start() :]
        if value != VALUE and head + VALUE in others:
            return value[0] not in "'\"" or not is_useful(value)
    return any(
        template[0] in "{[(<-'\"" + VALUE and VALUE + template[space.start() :] in others
        for space in _SPACE.finditer(template)
        # What is called keeps its brackets.
        if template[: space.start()] not in (VALUE, f"{VALUE}()")
    )


def _general(template: str, words: tuple[tuple[int, int], ...]) -> str:
    for start, end in reversed(words):
        template = template[:start] + TYPE + template[end:]
    return template
