r"""The only maker of `PublicText`: each function here is one way in which text is known as public.

Each looks the text up by itself, in something that its caller cannot make up: a published file, a
class object, a table that was written down before. What it does not find it refuses, by
`NotPublicError`, or by None where there may be none. No way trusts a set that its caller fills.

| way | what is checked |
|---|---|
| `words` | the text is a constant of a module of ours, made when that is imported |
| `ssl_reason`, `pydantic_type` | the C library's own table has it |
| `number`, `numbers`, `version`, `minute`, `size` | made of numbers, or of a form without words |
| `random_id`, `fingerprint` | computed here |
| `line`, `module`, `path`, `name`, `qualname` | it is read from a published file, or is a whole name in it |
| `declared`, `command_of`, `option_of`, `sqlstate` | it is a literal of the file's syntax tree, or made of a name in it as click does |
| `fact_name`, `fact_value` | the tool's author has declared it |
| `distribution_name` | it is the name of the installed distribution's directory |
| `c_class`, `source_class`, `extension_class` | this class object is what its module holds |
| `Literals`, `Learned`, `System` with `filled` | each fixed part of a message's template is in its source |
| `compose`, `stripped`, `last_part` | it is put together of public texts, or cut out of one |
"""

from __future__ import annotations

import hashlib
import sys
import uuid
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING

from telemetry_hook._crash import guarded
from telemetry_hook._errors import NotPublicError
from telemetry_hook._installed.distributions import Distribution, normalized
from telemetry_hook._redact import forms
from telemetry_hook._redact.command import spellings
from telemetry_hook._redact.forms import fits
from telemetry_hook._redact.message import pydantic
from telemetry_hook._redact.message.template_sources import SOURCES
from telemetry_hook._redact.published import class_identity, names, syntax
from telemetry_hook._redact.published.definitions import Definition
from telemetry_hook._redact.published.public_files import PublicFile
from telemetry_hook._report import PublicText
from telemetry_hook.declare import NAME, OPTION, Choice, Features

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from telemetry_hook._redact.message.template_sources import Source
    from telemetry_hook._redact.message.templates import Template
    from telemetry_hook._redact.published.class_identity import Names
    from telemetry_hook.declare import Attribute

MAX_LINE = 300
ClassName = tuple["PublicText | None", PublicText]


def _made(text: str, origin: object) -> PublicText:
    public = str.__new__(PublicText, text)
    object.__setattr__(public, "origin", origin)
    return public


def _refused(what: str) -> NotPublicError:
    return NotPublicError(f"{what} was about to enter a report that is not known to be public")


def words(*texts: str) -> Mapping[str, PublicText]:
    """Return words of our own, by themselves. Only a module's top level may call this.

    By then no value of the program has been seen.
    """
    caller = sys._getframe(1)  # noqa: SLF001
    if caller.f_code.co_name != "<module>":
        raise _refused("a word")
    origin = str(caller.f_globals["__name__"])
    return MappingProxyType({text: _made(text, origin) for text in texts})


def ssl_reason(text: str, extension: PublicFile | None) -> PublicText | None:
    """Return a reason of OpenSSL's, such as ``CERTIFICATE_VERIFY_FAILED``, that `_ssl` has.

    It is in the extension module's file, or, up to Python 3.13, in the module's table.
    """
    is_there = extension is not None and f"\0{text}\0".encode() in _known(extension).content
    is_one = fits(text, forms.SSL_REASON) and (is_there or text in _ssl_reasons())
    return _made(text, extension) if is_one else None


@cache
def _ssl_reasons() -> frozenset[str]:
    reasons = guarded.module_names("_ssl").get("err_codes_to_names")
    values = list(reasons.values()) if type(reasons) is dict else []
    return frozenset(value for value in values if type(value) is str)


def pydantic_type(text: str) -> PublicText:
    """Return a type of error that pydantic lists, such as ``missing``."""
    if text not in pydantic.listing():
        raise _refused("a type of error")
    return _made(text, "pydantic_core")


def number(value: int) -> PublicText:
    """Return a whole number as text."""
    if type(value) is not int:
        raise _refused("a number")
    return _made(str(value), int)


def numbers(text: str) -> PublicText | None:
    """Return up to four numbers with points between: ``5.15.0``; None for another text."""
    return _made(text, forms.NUMBERS) if fits(text, forms.NUMBERS) else None


def version(text: str) -> PublicText | None:
    """Return a version by PEP 440 without a local part: ``1.4rc1``; None for another text."""
    return _made(text, forms.VERSION) if fits(text, forms.VERSION) else None


def size(text: str) -> PublicText:
    """Return the detail of a value's shape: ``10+``, ``empty``, ``negative``."""
    if not fits(text, forms.SIZE):
        raise _refused("a size")
    return _made(text, forms.SIZE)


def minute(time: datetime) -> PublicText:
    """Return a time in UTC, to the minute."""
    return _made(f"{time:%Y-%m-%dT%H:%M}:00Z", type(time))


def random_id() -> PublicText:
    """Return a new random id: 32 hexadecimal digits."""
    return _made(uuid.uuid4().hex, uuid)


def fingerprint(parts: Sequence[PublicText]) -> PublicText:
    """Return the SHA-256 of public texts: 64 hexadecimal digits."""
    _check(parts)
    return _made(hashlib.sha256("\0".join(parts).encode()).hexdigest(), tuple(parts))


def line(file: PublicFile, number_: int) -> PublicText:
    """Return a line of a file by its number, which begins at 1; a long one is cut."""
    lines = _known(file).lines
    if not 1 <= number_ <= len(lines):
        raise _refused("a line")
    return _made(lines[number_ - 1][:MAX_LINE], (file, number_))


def module(file: PublicFile) -> PublicText:
    """Return the name of the module that a file holds."""
    return _made(_known(file).module, file)


def path(file: PublicFile) -> PublicText:
    """Return a file's path in its distribution."""
    return _made(_known(file).name, file)


def name(file: PublicFile, text: str) -> PublicText | None:
    """Return a name that is in a file; of a dotted one, each part. None where it is not.

    Python mangles and normalises names, so some are in no source in the spelling that it uses.
    """
    is_there = type(text) is str and all(
        names.has_name(_known(file), part) for part in text.split(".")
    )
    return _made(text, file) if is_there else None


def qualname(file: PublicFile, definition: Definition) -> PublicText | None:
    """Return the qualified name of a definition in a file, such as ``Parser.parse.<locals>.step``."""
    if type(definition) is not Definition:
        raise _refused("a qualified name")
    is_there = names.has_qualname(_known(file), definition.qualname)
    return _made(definition.qualname, file) if is_there else None


def _known(file: PublicFile) -> PublicFile:
    if type(file) is not PublicFile:
        raise _refused("a file")
    return file


def declared(file: PublicFile, text: str) -> PublicText:
    """Return the name of a command or option that is a string literal of a file, or all between its `/`."""
    if not text or not names.is_apart(text, syntax.literals(_known(file)), r"[^\0/;,\s]"):
        raise _refused("a declared name")
    return _made(text, file)


def sqlstate(file: PublicFile, text: str) -> PublicText | None:
    """Return an SQLSTATE, such as ``23505``, that is a string literal of a file."""
    is_there = fits(text, forms.SQLSTATE) and f"\0{text}\0" in syntax.literals(_known(file))
    return _made(text, file) if is_there else None


def command_of(file: PublicFile, function: str, text: str) -> PublicText | None:
    """Return a command's name if click makes it of the name of a function in a file."""
    is_one = text in spellings.command_names(function) and names.has_name(_known(file), function)
    return _made(text, file) if is_one else None


def option_of(file: PublicFile, parameter: str, text: str) -> PublicText | None:
    """Return an option's name if Typer makes it of the name of a parameter in a file."""
    is_one = text in spellings.option_names(parameter) and names.has_name(_known(file), parameter)
    return _made(text, file) if is_one else None


def fact_name(fact: Attribute) -> PublicText:
    """Return the name of a fact that a tool's author has declared, such as ``schema.models``."""
    if not fits(fact.name, NAME):
        raise _refused("the name of a fact")
    return _made(fact.name, type(fact))


def fact_value(fact: Attribute, text: str) -> PublicText:
    """Return one of the options that a tool's author has declared for a fact, or a version."""
    has_options = type(fact) in (Choice, Features)
    is_valid = text in fact.options if has_options else fits(text, forms.VERSION)  # type: ignore[attr-defined]
    if not is_valid or not fits(text, OPTION):
        raise _refused("the value of a fact")
    return _made(text, fact)


def distribution_name(distribution: Distribution) -> PublicText:
    """Return a distribution's name in its author's spelling, by its installed directory's name.

    That tells that such a directory is installed; `PublicFiles` tells what in it is published.
    """
    installed = distribution.info.partition("-")[0]
    text = distribution.name
    if not fits(text, forms.DISTRIBUTION) or normalized(text) != normalized(installed):
        raise _refused("the name of a distribution")
    return _made(text, distribution)


def c_class(kind: type) -> ClassName | None:
    """Return module (None for built-ins) and name of a class that C code has made in advance."""
    return _class(class_identity.static(kind) or class_identity.compiled_in(kind), kind)


def source_class(kind: type, file: PublicFile, body: Definition) -> ClassName | None:
    """Return module and name of a class whose statement is in a public file."""
    return _class(class_identity.written(kind, _known(file), body), file)


def extension_class(kind: type, file: PublicFile) -> ClassName | None:
    """Return module and name of a class whose full name is in a public extension module."""
    return _class(class_identity.of_extension(kind, _known(file)), file)


def _class(found: Names | None, origin: object) -> ClassName | None:
    if found is None:
        return None
    home, qualified = found
    return None if home is None else _made(home, origin), _made(qualified, origin)


def filled(template: Template, source: Source, fills: Iterable[PublicText]) -> PublicText:
    """Return a template as public text, its holes filled in their order."""
    fill = iter(fills)
    return compose(next(fill) if part is None else _part(part, source) for part in template)


def _part(text: str, source: Source) -> PublicText:
    if type(source) not in SOURCES or not source.publishes(text):
        raise _refused("a message")
    return _made(text, source)


def compose(pieces: Iterable[PublicText]) -> PublicText:
    """Join public texts to one, with nothing between them."""
    whole = tuple(pieces)
    _check(whole)
    return _made("".join(whole), whole)


def stripped(text: PublicText) -> PublicText:
    """Return a public text without the white space around it."""
    _check([text])
    return _made(text.strip(), text.origin)


def last_part(text: PublicText) -> PublicText:
    """Return what follows the last point of a public text: ``Outer.Inner`` → ``Inner``."""
    _check([text])
    return _made(text.rpartition(".")[2], text.origin)


def _check(texts: Iterable[object]) -> None:
    if not all(type(text) is PublicText for text in texts):
        raise _refused("a piece")


HOLE = words("<…>")["<…>"]
