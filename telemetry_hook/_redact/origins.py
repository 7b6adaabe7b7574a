r"""The only module that makes `PublicText`. Each function checks in one way that a text is public.

Each function looks the text up itself, in a source that its caller cannot make up: a published
file, a class object, or a fixed table. If the text is not there, the function raises
`NotPublicError`, or returns None if a missing text is normal. No function trusts a set that its
caller fills.

| function | what is checked |
|---|---|
| `words` | the text is a constant in one of our modules, and that module is being imported |
| `pydantic_type` | the text is in pydantic's own list of error types |
| `numbers`, `version`, `minute`, `size`, `fact_version` | the text has numbers or fixed words only |
| `random_id`, `fingerprint` | the text is computed here |
| `line`, `excerpt`, `module`, `run_module`, `path`, `name`, `expression`, `qualname`, `compiled_name` | the text is from a published file or a name in it |
| `declared`, `usage_word`, `sqlstate` | the text is a string literal in a published file, or a part of one |
| `script`, `script_file` | the text is a console script's name in a published file `entry_points.txt`, or a script's |
| `command_of`, `option_of` | click or Typer makes the text from a name in a published file |
| `fact_name`, `fact_option` | the text is declared, and is a string literal in a published file |
| `distribution_name` | the text is the name of the installed distribution's directory |
| `c_class`, `source_class`, `called_class`, `extension_class` | a module contains this class under this name |
| `filled` | each fixed part of a message's template is in the template's source |
| `compose`, `stripped`, `last_part` | the text is joined from public texts, or cut out of one |
"""

from __future__ import annotations

import os
import sys
from types import MappingProxyType
from typing import TYPE_CHECKING

from telemetry_hook._crash import responses
from telemetry_hook._errors import NotPublicError
from telemetry_hook._hashes import sha256
from telemetry_hook._installed.distributions import Distribution, normalized
from telemetry_hook._installed.scripts import GROUPS
from telemetry_hook._redact import forms
from telemetry_hook._redact.command import spellings
from telemetry_hook._redact.forms import fits
from telemetry_hook._redact.message import pydantic
from telemetry_hook._redact.message.template_sources import SOURCES
from telemetry_hook._redact.published import class_identity, compiled, excerpts, names, syntax
from telemetry_hook._redact.published.definitions import Definition
from telemetry_hook._redact.published.public_files import PublicFile
from telemetry_hook._report import PublicText, encodable
from telemetry_hook.declare import NAME, OPTION, VERSION, Choice, Features, Version

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from telemetry_hook._redact.message.template_sources import Source
    from telemetry_hook._redact.message.templates import Template
    from telemetry_hook._redact.published.class_identity import Names
    from telemetry_hook._redact.published.excerpts import Place
    from telemetry_hook.declare import Attribute

MAX_LINE = 300
ClassName = tuple["PublicText | None", PublicText]


def _made(text: str, origin: object) -> PublicText:
    public = str.__new__(PublicText, encodable(text))
    object.__setattr__(public, "origin", origin)
    return public


def _refused(what: str) -> NotPublicError:
    return NotPublicError(f"{what} was about to enter a report, but is not known to be public")


def words(*texts: str) -> Mapping[str, PublicText]:
    """Return our own words as a mapping to public texts. Only a module's top level may call this.

    While our modules are imported, they have not read any value of the program yet.
    """
    caller = sys._getframe(1)  # noqa: SLF001
    if caller.f_code.co_name != "<module>":
        raise _refused("a word")
    origin = str(caller.f_globals["__name__"])
    return MappingProxyType({text: _made(text, origin) for text in texts})


def pydantic_type(text: str) -> PublicText:
    """Return an error type that pydantic lists, such as ``missing``."""
    if text not in pydantic.listing():
        raise _refused("a type of error")
    return _made(text, "pydantic_core")


def numbers(text: str) -> PublicText | None:
    """Return up to four numbers joined by dots, such as ``5.15.0``, or None for other text."""
    return _made(text, forms.NUMBERS) if fits(text, forms.NUMBERS) else None


def version(text: str) -> PublicText | None:
    """Return a PEP 440 version without a local part, such as ``1.4rc1``, or None for other text."""
    return _made(text, forms.VERSION) if fits(text, forms.VERSION) else None


def size(text: str) -> PublicText:
    """Return the detail of a value's shape: ``10+``, ``empty``; ``404, text/html`` of a response."""
    if not all(fits(part, forms.SIZE) or part in responses.FACTS for part in text.split(", ")):
        raise _refused("a size")
    return _made(text, forms.SIZE)


def minute(time: datetime) -> PublicText:
    """Return a UTC time with seconds set to 0, such as ``2026-01-31T12:30:00Z``."""
    return _made(f"{time:%Y-%m-%dT%H:%M}:00Z", type(time))


def random_id() -> PublicText:
    """Return a new random UUID (version 4): 32 hexadecimal digits."""
    # The module uuid would import platform, which is expensive.
    value = int.from_bytes(os.urandom(16), "big") & ~(0xF << 76 | 0x3 << 62)
    return _made(f"{value | 0x4 << 76 | 0x2 << 62:032x}", os.urandom)


def fingerprint(parts: Sequence[PublicText]) -> PublicText:
    """Return the SHA-256 of public texts: 64 hexadecimal digits."""
    _check(parts)
    return _made(sha256("\0".join(parts).encode()).hexdigest(), tuple(parts))


def line(file: PublicFile, number_: int) -> PublicText:
    """Return a line of a file by its number. Numbers start at 1, and long lines are cut."""
    lines = _known(file).lines
    if not 1 <= number_ <= len(lines):
        raise _refused("a line")
    return _made(lines[number_ - 1][:MAX_LINE], (file, number_))


def excerpt(file: PublicFile, start: Place, end: Place) -> PublicText:
    """Return a part of a file, with its white space collapsed. Long parts are cut."""
    return _made(excerpts.text(_known(file), start, end), (file, start, end))


def module(file: PublicFile) -> PublicText:
    """Return the dotted name of a file's module."""
    return _made(_known(file).module, file)


def run_module(file: PublicFile) -> PublicText:
    """Return a file's module as ``python -m`` gets it: ``lift`` for ``lift/__main__.py``."""
    return _made(_known(file).module.removesuffix(".__main__"), file)


def path(file: PublicFile) -> PublicText:
    """Return a file's path in its distribution."""
    return _made(_known(file).name, file)


def name(file: PublicFile, text: str) -> PublicText | None:
    """Return a name if a file contains each of its dotted parts, or None if it does not.

    Python mangles and normalises names, so the source may spell a name in another way.
    """
    is_there = type(text) is str and all(
        names.has_name(_known(file), part) for part in text.split(".")
    )
    return _made(text, file) if is_there else None


def expression(
    file: PublicFile, variable: str, steps: Sequence[str | tuple[str | int]]
) -> PublicText | None:
    """Return a variable and steps from it, such as ``self.boxes["lid"].size``, or None.

    A step is an attribute's name or, in a tuple, an item's key: ``boxes``, ``("lid",)``, ``size``. A
    file must contain all names, and each key as a constant.
    """
    parts: list[str | None] = [names.spelled(_known(file), variable)]
    for step in steps:
        is_key = type(step) is tuple
        found = names.key(file, *step) if is_key else names.spelled(file, step)  # type: ignore[arg-type]
        parts.append(None if found is None else f"[{found}]" if is_key else f".{found}")
    return None if None in parts else _made("".join(filter(None, parts)), file)


def qualname(file: PublicFile, definition: Definition) -> PublicText | None:
    """Return a definition's qualified name, such as ``Parser.parse.<locals>.step``, or None."""
    if type(definition) is not Definition:
        raise _refused("a qualified name")
    is_there = names.has_qualname(_known(file), definition.qualname)
    return _made(definition.qualname, file) if is_there else None


def compiled_name(extension: PublicFile, text: str) -> PublicText | None:
    """Return a compiled function's qualified name if a public extension module has it, or None."""
    return _made(text, extension) if compiled.has_function(_known(extension), text) else None


def _known(file: PublicFile) -> PublicFile:
    if type(file) is not PublicFile:
        raise _refused("a file")
    return file


def declared(file: PublicFile, text: str) -> PublicText:
    """Return a command's or option's name that is a string literal in a file, or a part of one.

    A literal's parts are separated by `/`, `;`, `,` or white space: ``-v/--verbose`` has ``-v``.
    """
    if not text or not names.is_apart(text, syntax.literals(_known(file)), r"[^\0/;,\s]"):
        raise _refused("a declared name")
    return _made(text, file)


def undashed(file: PublicFile, text: str) -> PublicText:
    """Return an option's name that is in a literal of a file without dashes: ``--output`` in ``output=``.

    Of an option with one letter, a literal may have several: ``-v`` in ``vo:``.
    """
    name, literals = text.lstrip("-"), syntax.literals(_known(file))
    is_there = name in literals if len(name) == 1 else names.is_apart(name, literals, r"[\w-]")
    if not name or not is_there:
        raise _refused("a declared name")
    return _made(text, file)


def usage_word(file: PublicFile, text: str) -> PublicText:
    """Return a command's or option's name in a file's usage text, as docopt reads it."""
    usages = [
        each for each in syntax.literals(_known(file)).split("\0") if "usage:" in each.lower()
    ]
    if not text or not names.is_apart(text, "\0".join(usages), r"[\w-]"):
        raise _refused("a declared name")
    return _made(text, file)


def script(file: PublicFile, text: str) -> PublicText | None:
    """Return a console script's name if a file `entry_points.txt` declares it, or None."""
    if os.path.basename(_known(file).path) != "entry_points.txt":
        raise _refused("a script")
    group = ""
    for line in map(str.strip, file.lines):
        if line[:1] == "[":
            group = line.strip("[]")
        elif group in GROUPS and line.partition("=")[0].strip() == text:
            return _made(text, file)
    return None


def script_file(file: PublicFile) -> PublicText:
    """Return the name of a script that a distribution has as a file."""
    if not _known(file).is_script:
        raise _refused("a script")
    return _made(os.path.basename(file.name), file)


def sqlstate(file: PublicFile, text: str) -> PublicText | None:
    """Return an SQLSTATE, such as ``23505``, if it is a string literal in a file, or None."""
    is_there = fits(text, forms.SQLSTATE) and _is_literal(text, file)
    return _made(text, file) if is_there else None


def command_of(file: PublicFile, function: str, text: str) -> PublicText | None:
    """Return a command's name if click makes it from a function's name in a file, or None."""
    is_one = text in spellings.command_names(function) and names.has_name(_known(file), function)
    return _made(text, file) if is_one else None


def option_of(file: PublicFile, parameter: str, text: str) -> PublicText | None:
    """Return an option's name if Typer makes it from a parameter's name in a file, or None."""
    is_one = text in spellings.option_names(parameter) and names.has_name(_known(file), parameter)
    return _made(text, file) if is_one else None


def fact_name(fact: Attribute, file: PublicFile) -> PublicText | None:
    """Return a declared fact's name, such as ``schema.models``, if it is a literal in a file, or None."""
    is_there = fits(fact.name, NAME) and _is_literal(fact.name, file)
    return _made(fact.name, file) if is_there else None


def has_options(fact: Attribute, file: PublicFile) -> bool:
    """Return whether all declared options of a fact are string literals in a file."""
    has_them = type(fact) in (Choice, Features)
    return has_them and all(fits(text, OPTION) and _is_literal(text, file) for text in fact.options)  # type: ignore[attr-defined]


def fact_option(fact: Attribute, file: PublicFile, text: str) -> PublicText:
    """Return one of a fact's declared options. All of them are string literals in a file."""
    if not has_options(fact, file) or text not in fact.options:  # type: ignore[attr-defined]
        raise _refused("the value of a fact")
    return _made(text, file)


def fact_version(fact: Attribute, text: str) -> PublicText:
    """Return the value of a fact that is a version, such as ``16.3``."""
    if type(fact) is not Version or not fits(text, VERSION):
        raise _refused("the value of a fact")
    return _made(text, VERSION)


def _is_literal(text: str, file: PublicFile) -> bool:
    return f"\0{text}\0" in syntax.literals(_known(file))


def distribution_name(distribution: Distribution) -> PublicText:
    """Return a distribution's name in its author's spelling, if it agrees with the directory name.

    This checks only that such a directory is installed. `PublicFiles` decides which files in it are
    public.
    """
    installed = distribution.info.partition("-")[0]
    text = distribution.name
    if not fits(text, forms.DISTRIBUTION) or normalized(text) != normalized(installed):
        raise _refused("the name of a distribution")
    return _made(text, distribution)


def c_class(kind: type) -> ClassName | None:
    """Return the module (None for built-ins) and name of a class that C code defines, or None."""
    return _class(class_identity.made_in_c(kind) or class_identity.like_python(kind), kind)


def source_class(
    kind: type, file: PublicFile, body: Definition, home: PublicFile | None = None
) -> ClassName | None:
    """Return the module and name of a class that a public file defines, or None. `home`: of its module."""
    return _class(class_identity.written(kind, _known(file), body, home and _known(home)), file)


def called_class(kind: type, file: PublicFile) -> ClassName | None:
    """Return the module and name of a class that a call in a public file makes, or None."""
    return _class(class_identity.called(kind, _known(file)), file)


def extension_class(kind: type, file: PublicFile) -> ClassName | None:
    """Return the module and name of a class whose name is in a public extension module, or None."""
    return _class(class_identity.of_extension(kind, _known(file)), file)


def _class(found: Names | None, origin: object) -> ClassName | None:
    if found is None:
        return None
    home, qualified = found
    return None if home is None else _made(home, origin), _made(qualified, origin)


def filled(template: Template, source: Source, fills: Iterable[PublicText]) -> PublicText:
    """Return a template as public text. `fills` replace its placeholders in order."""
    fill = iter(fills)
    return compose(next(fill) if part is None else _part(part, source) for part in template)


def _part(text: str, source: Source) -> PublicText:
    if type(source) not in SOURCES or not source.publishes(text):
        raise _refused("a message")
    return _made(text, source)


def compose(pieces: Iterable[PublicText]) -> PublicText:
    """Join public texts into one public text, without a separator."""
    whole = tuple(pieces)
    _check(whole)
    return _made("".join(whole), whole)


def stripped(text: PublicText) -> PublicText:
    """Return a public text without the white space at its ends."""
    _check([text])
    return _made(text.strip(), text.origin)


def last_part(text: PublicText) -> PublicText:
    """Return the part of a public text after its last dot: ``Outer.Inner`` → ``Inner``."""
    _check([text])
    return _made(text.rpartition(".")[2], text.origin)


def _check(texts: Iterable[object]) -> None:
    if not all(type(text) is PublicText for text in texts):
        raise _refused("a piece of text")


HOLE = words("<…>")["<…>"]
