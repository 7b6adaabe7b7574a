"""The table of templates: reads, merges, thins and writes it."""

from __future__ import annotations

import builtins
import itertools
import re
from typing import TYPE_CHECKING

from fillers import TYPE, VALUE
from learning import is_useful

if TYPE_CHECKING:
    from pathlib import Path

    from learning import Lesson

VERSIONS = ""
# Templates are ASCII, so nothing in them looks like a mark.
VALUE_MARK, TYPE_MARK = "<…>", "<…type>"
LEARNED_UNDER = "\n# Learned under Python "
HEAD = f"""\
# Messages of the interpreter and of the standard library's C modules, by exception class.
# {VALUE_MARK} stands for a value, {TYPE_MARK} for the name of a type.
# Written by tools/learn_messages: do not edit.{LEARNED_UNDER}"""
MAX_TYPES = 2
# So many of one form are no accident: C code puts something in.
FAMILY = 3

_WORD = re.compile(r"\w+(?:\.\w+)*")
# Types that are no built-in names, and stand in messages all the same.
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

# Where C code puts in what a function, an argument or a type is called, or how many there are.
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
# How the repr of a value begins, after what is said of it.
_VALUE = re.compile(r"(?<=[: ])(?=b?['\"<\d\0\[({-])")
_SPACE = re.compile(" ")
_FUNCTION = re.compile(r"^[\w.]+(?=\(\))")
# Of these, what the function is called says more than it costs.
_COMMON = re.compile(
    rf"(?:{'|'.join(key for key in vars(builtins) if key.isalpha() and key.islower())})\(\)? ",
    re.ASCII,
)

Templates = dict[str, set[str]]


def read(path: Path) -> Templates:
    """Return the templates in a table's file by class, and the versions they were learned under.

    A file that does not exist holds none.
    """
    if not path.exists():
        return {}
    head, *sections = path.read_text(encoding="utf-8").rstrip("\n").split("\n\n[")
    templates = {VERSIONS: set(head.rpartition(LEARNED_UNDER)[2].split(", "))}
    for section in sections:
        key, *lines = section.split("\n")
        templates[key.removesuffix("]")] = set(map(_unmarked, lines))
    return templates


def write(path: Path, templates: Templates) -> None:
    """Write a table: classes and templates in alphabetical order, so that changes are readable."""
    versions = sorted(templates[VERSIONS], key=lambda version: [*map(int, version.split("."))])
    sections = [
        "\n".join([f"[{key}]", *sorted(map(_marked, found))])
        for key, found in sorted(templates.items())
        if key != VERSIONS and found
    ]
    text = "\n\n".join([HEAD + ", ".join(versions), *sections]) + "\n"
    path.write_text(text, encoding="utf-8", newline="\n")


def _marked(template: str) -> str:
    return template.replace(VALUE, VALUE_MARK).replace(TYPE, TYPE_MARK)


def _unmarked(line: str) -> str:
    return line.replace(VALUE_MARK, VALUE).replace(TYPE_MARK, TYPE)


def merge(templates: Templates, lessons: list[Lesson]) -> Templates:
    """Add what was learned, and drop what something more general says."""
    merged = {key: set(found) for key, found in templates.items()}
    bases: dict[str, set[str]] = {}
    for lesson in lessons:
        merged.setdefault(lesson.key, set()).add(lesson.template)
        bases.setdefault(lesson.key, set()).update(lesson.bases)
    thin = {key: thinned(key, found) for key, found in merged.items()}
    return {
        key: found.difference(*(thin.get(base, ()) for base in bases.get(key, ())))
        for key, found in thin.items()
    }


def thinned(key: str, found: set[str]) -> set[str]:
    """Drop what something more general says, until nothing is left to drop."""
    before: set[str] = set()
    while key != VERSIONS and found != before:
        before = found
        if not key.startswith(("Syntax", "Indentation", "Unicode")):
            found = generalized(found)
        found = {each for each in found if is_useful(each)}
        found = {each for each in found if not is_covered(each, found)}
        found = {each for each in found if not is_case(each, found)}
    return found


def generalized(templates: set[str]) -> set[str]:
    """Replace those that differ in a function's name, a quoted word or a number only."""
    families: dict[tuple[str, ...], set[str]] = {}
    for template in templates:
        families.setdefault(tuple(_PLACE.split(template)[::2]), set()).add(template)
    general: set[str] = set()
    for family in families.values():
        shared = _shared(family)
        if len(family) < FAMILY and shared not in family:
            general |= family
            continue
        general.add(shared)
        common: dict[str, set[str]] = {}
        for template in family:
            if found := _COMMON.match(template):
                common.setdefault(found[0], set()).add(template)
        general.update(map(_shared, common.values()))
    return general


def _shared(family: set[str]) -> str:
    """Return what is the same in all templates of one form."""
    shared: list[str] = []
    for column in zip(*map(_PLACE.split, family), strict=True):
        tokens = set(column)
        if len(tokens) > 1:
            is_type = tokens <= _TYPES or TYPE in tokens
            tokens = {TYPE if is_type else VALUE}
        shared += tokens
    return re.sub(f"{VALUE}+", VALUE, "".join(shared))


def is_covered(template: str, others: set[str]) -> bool:
    """Tell whether another template says the same of any type, or of any function."""
    if _is_covered(template, others):
        return True
    anybody = _FUNCTION.sub(VALUE, template)
    return (
        anybody != template
        and not _COMMON.match(template)
        and (anybody in others or _is_covered(anybody, others))
    )


def _is_covered(template: str, others: set[str]) -> bool:
    words = [each.span() for each in _WORD.finditer(template)]
    for start, end in words[:]:
        if "." in template[start:end]:
            words.append((start, template.rindex(".", start, end)))
    return any(
        _general(template, chosen) in others
        for size in range(1, MAX_TYPES + 1)
        for chosen in itertools.combinations(sorted(words), size)
    )


def is_case(template: str, others: set[str]) -> bool:
    """Tell whether another template has a hole where this one begins or ends with a value."""
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
