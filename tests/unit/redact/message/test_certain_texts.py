"""Texts that the statements that ran decide alone: they are in the report, whatever the values are."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from published import Site

VALUES = "production", "Dear Ms Kowalczyk, your leukemia is confirmed", "it's {0} of %s"
HEAD = """
from dataclasses import dataclass, field
import contextlib, enum, functools, string, textwrap, warnings
from functools import partial
class Refused(Exception): pass
class Code(enum.Enum):
    DENIED = "access was denied by the server"
class Texts:
    OPEN = "the door of %s is open"
TEXTS = {"E1": "a model needs a name, {value} is none", "E2": "a file of the name {value} exists", 404: "%s is lost"}
ROWS = ("the row of %s is missing", "the row of %s is double")
LETTER = string.Template("the letter of $name has not arrived")
no_key = partial(Refused, "there is no key for it")
no_lock = lambda s: Refused(f"there is no lock for {s}")
describe = lambda s: f"the hook of {s} is registered twice"
def plural(count, thing): return f"{count} {thing}" if count == 1 else f"{count} {thing}s"
def explain(reason, name):
    reasons = {
        "missing": f"the package {name} is not installed",
        "broken": f"the package {name} is damaged",
    }
    return reasons[reason]
def stop(text=None, s=""):
    if text:
        raise Refused(f"stopped since {text}: {s}")
    raise Refused(f"stopped for {s}")
@contextlib.contextmanager
def handling(what):
    try: yield
    except KeyError as error: raise Refused(f"cannot go on while {what}") from error
class Given(Exception):
    def __init__(self, message=None, *, item):
        super().__init__(message or f"{item} is not a valid value of an item")
class Hinted(Exception):
    description = "The lock file does not belong to it"
    def __init__(self, hint=""):
        super().__init__(f"{self.description}. {hint}" if hint else self.description)
class Branched(Exception):
    def __init__(self, name, hint=None):
        if hint is None:
            super().__init__(f"cannot open the door of {name}")
        else:
            super().__init__(f"cannot open the door of {name}, {hint}")
class Defaulted(Exception):
    default = "the request was not understood by us"
    def __init__(self, message=None):
        self.message = message or self.default
        super().__init__(self.message)
class Coded(Exception):
    messages = {1: "the server did not answer", 3: "the account %s has no access to %s"}
    def __init__(self, code, *values):
        self.code = code
        super().__init__(self.messages[code] % values)
class Listed(Exception):
    def __init__(self, *, message, context, hint):
        self.message, self.context, self.hint = message, context, hint
    def __str__(self):
        parts = [self.message, "", self.context]
        if self.hint is not None:
            parts.append(f"hint: {self.hint}")
        return "; ".join(parts)
class Represented(Exception):
    def __init__(self, name): self.name = name
    def __repr__(self): return f"Represented by the name {self.name}"
    def __str__(self): return repr(self)
class Made(Exception):
    @classmethod
    def of_name(cls, name): return cls(f"made of the name {name} in vain")
    @staticmethod
    def of_two(one, two): return Made(f"made of {one} and of {two} in vain")
class Matched(Exception):
    def __init__(self, kind, name):
        match kind:
            case "door": text = f"the door of {name} is broken"
            case "lock": text = f"the lock of {name} is missing"
            case _: text = "something is broken"
        super().__init__(text)
@dataclass
class Data(Exception):
    code: int
    name: str = "the first one"
    def __str__(self): return f"code {self.code} of {self.name}"
@dataclass
class Extended(Data):
    reason: str = "it is old"
    def __str__(self): return f"{self.name} was refused, since {self.reason}"
@dataclass
class Posted(Exception):
    name: str
    message: str = field(init=False)
    def __post_init__(self):
        self.message = f"there is no door of {self.name}"
        super().__init__(self.message)
class Named(Exception):
    def __init__(self, name): super().__init__(f"{self.__class__.__name__} was refused to {name}")
class Named2(Named): pass
class Formatted(Exception):
    fmt = "the report of the door: {report} ({code})"
    def __init__(self, **named):
        super().__init__(self.fmt.format(**named))
        self.named = named
class Altered(Formatted):
    def __init__(self, **named):
        named["report"] = named["report"] * 2
        super(Formatted, self).__init__(self.fmt.format(**named))
class Kind(enum.Enum):
    DOOR = 1
    LOCK = 2
KINDS = {Kind.DOOR: "the door of %s is shut", Kind.LOCK: "the lock of %s is gone"}
def make(kind, s): return kind(f"made as its kind of {s}")
class Tool:
    errors = {"shut": "the door {name} is shut"}
    error_class = Refused
    def fail(self, key, **given): raise Refused(self.errors[key].format(**given))
    def enter(self, s): self.fail("shut", name=s)
    def leave(self, s): raise self.error_class(f"the tool of {s} cannot leave")
    missing = "the tool of %s is missing"
    def name_itself(self, s): raise Refused(f"in {type(self).__name__} there is no {s}")
    def describe(self, s): return f"the tool does not know of {s}"
    def use(self, s): raise Refused(self.missing % s)
    def tell(self, s): raise Refused(self.describe(s))
"""
ELSEWHERE = """
NO_DOOR = "there is no door for %s"
TABLE = {"late": "%s came too late"}
class Messages: SHUT = "the shop of %s is shut"
class Elsewhere(Exception):
    @classmethod
    def of_name(cls, name): return cls(f"elsewhere is {name} in vain")
def worded(s): return f"not worded as {s} is"
def elsewhere(s): return Elsewhere(f"elsewhere there is no {s}")
"""
IMPORTED = {
    "constant": (
        "from .elsewhere import NO_DOOR",
        "raise Refused(NO_DOOR % s)",
        "there is no door for <…>",
    ),
    "constant by another name": (
        "from acme.elsewhere import NO_DOOR as no",
        "raise Refused(no % s)",
        "there is no door for <…>",
    ),
    "constant of a module": (
        "from . import elsewhere",
        "raise Refused(elsewhere.NO_DOOR % s)",
        "there is no door for <…>",
    ),
    "table": (
        "from .elsewhere import TABLE",
        "raise Refused(TABLE['late'] % s)",
        "<…> came too late",
    ),
    "class": (
        "from .elsewhere import Messages",
        "raise Refused(Messages.SHUT % s)",
        "the shop of <…> is shut",
    ),
    "function": (
        "from .elsewhere import worded",
        "raise Refused(worded(s))",
        "not worded as <…> is",
    ),
    "function of a module": (
        "from . import elsewhere as e",
        "raise Refused(e.worded(s))",
        "not worded as <…> is",
    ),
    "function that makes the exception": (
        "from .elsewhere import elsewhere",
        "raise elsewhere(s)",
        "elsewhere there is no <…>",
    ),
    "class method": (
        "from .elsewhere import Elsewhere",
        "raise Elsewhere.of_name(s)",
        "elsewhere is <…> in vain",
    ),
}
CERTAIN = {
    "or after None": (
        'given = None\nraise Refused(given or f"nothing was given by {s} to us")',
        "nothing was given by <…> to us",
    ),
    "or in a class": ("raise Given(item=s)", "<…> is not a valid value of an item"),
    "or in a class, given": ('raise Given("it is " + s, item=s)', "it is <…>"),
    "or with a default of the class": ("raise Defaulted()", "the request was not understood by us"),
    "or with a default of the class, given": (
        'raise Defaulted(f"not understood: {s}")',
        "not understood: <…>",
    ),
    "conditional in a class": (
        'raise Hinted(f"Run it in {s}")',
        "The lock file does not belong to it. Run it in <…>",
    ),
    "conditional in a class, not given": ("raise Hinted", "The lock file does not belong to it"),
    "conditional with a constant": (
        "raise Refused(f\"cannot merge {plural(3, 'door')} of {s}\")",
        "cannot merge 3 doors of <…>",
    ),
    "branch of an initializer": ("raise Branched(s)", "cannot open the door of <…>"),
    "other branch of an initializer": (
        'raise Branched(s, hint=f"use the key of {s}")',
        "cannot open the door of <…>, use the key of <…>",
    ),
    "branch of a function": ('stop("it rains", s)', "stopped since it rains: <…>"),
    "table with a key": (
        'raise Refused(TEXTS["E2"].format(value=s))',
        "a file of the name <…> exists",
    ),
    "table with a number": ("raise Refused(TEXTS[404] % s)", "<…> is lost"),
    "table with a known key": (
        'code = "E2"\nraise Refused(f"{code}: {TEXTS[code].format(value=s)}")',
        "E2: a file of the name <…> exists",
    ),
    "table with get": (
        'raise Refused(TEXTS.get("E1").format(value=s))',
        "a model needs a name, <…> is none",
    ),
    "row of a table": ("raise Refused(ROWS[1] % s)", "the row of <…> is double"),
    "table of a class": ("raise Coded(3, s, s)", "the account <…> has no access to <…>"),
    "table of a class, no values": ("raise Coded(1)", "the server did not answer"),
    "table of a function": ('raise Refused(explain("broken", s))', "the package <…> is damaged"),
    "table of the statement": (
        'answer = {"code": 4, "message": f"no bucket of {s}"}\nraise Refused(f"error {answer[\'code\']}: {answer[\'message\']}")',
        "error 4: no bucket of <…>",
    ),
    "entries' common words": (
        'rows = ["the name {} is taken by another", "the name {} is not allowed here"]\nraise Refused(rows[len(s) % 2].format(s))',
        "the name <…> is <…>",
    ),
    "enumeration": (
        'raise Refused(f"{Code.DENIED.value}: {s}")',
        "access was denied by the server: <…>",
    ),
    "constant of a class": ("raise Refused(Texts.OPEN % s)", "the door of <…> is open"),
    "template": ("raise Refused(LETTER.substitute(name=s))", "the letter of <…> has not arrived"),
    "lambda": ("raise Refused(describe(s))", "the hook of <…> is registered twice"),
    "lambda of the function": (
        'told = lambda name: f"the hook of {name} is gone"\nraise Refused(told(s))',
        "the hook of <…> is gone",
    ),
    "lambda that makes the exception": ("raise no_lock(s)", "there is no lock for <…>"),
    "partial": ("raise no_key()", "there is no key for it"),
    "class method": ("raise Made.of_name(s)", "made of the name <…> in vain"),
    "static method": ("raise Made.of_two(s, s)", "made of <…> and of <…> in vain"),
    "attribute of the own class": ("Tool().use(s)", "the tool of <…> is missing"),
    "method of the own class": ("Tool().tell(s)", "the tool does not know of <…>"),
    "lines in a class": (
        'raise Listed(message=f"no {s}", context="it is gone", hint="look again")',
        "no <…>; ; it is gone; hint: look again",
    ),
    "lines in a class without the last": (
        'raise Listed(message=f"no {s}", context="it is gone", hint=None)',
        "no <…>; ; it is gone",
    ),
    "keywords": (
        'raise Formatted(report=f"no key of {s}", code="E1")',
        "the report of the door: no key of <…> (E1)",
    ),
    "keywords that are joined": (
        'lines = [f"no key of {s}", f"no lock of {s}"]\nraise Formatted(report="; ".join(lines), code=s)',
        "the report of the door: no key of <…>; no lock of <…> (<…>)",
    ),
    "keywords that are not all known": (
        'more = {"code": s}\nraise Formatted(report=f"no key of {s}", **more)',
        "the report of the door: <…> (<…>)",
    ),
    "keywords that were changed": (
        'raise Altered(report=f"no key of {s}", code="E1")',
        "the report of the door: <…> (<…>)",
    ),
    "several texts": (
        'raise Refused(f"no key of {s}", "it is the lord\'s", s, 7)',
        """('no key of <…>', "it is the lord's", '<…>', <…>)""",
    ),
    "raised again with another argument": (
        'try: raise Refused("the plan is empty")\nexcept Refused as error:\n    error.args = (f"{error.args[0]}: nothing selects {s}",)\n    raise',
        "the plan is empty: nothing selects <…>",
    ),
    "raised again, its own text in the middle": (
        'try: raise Refused(f"no key of {s}")\nexcept Refused as error:\n    if not error.args: raise\n    error.args = ("line 7: %s, so it ends" % error.args[0],)\n    raise error',
        "line 7: no key of <…>, so it ends",
    ),
    "raised again with the values' argument": (
        'try: raise Refused("the plan is empty")\nexcept Refused as error:\n    error.args = (s,)\n    raise',
        "<…>",
    ),
    "raised again with two changes": (
        'try: raise Refused("the plan is empty")\nexcept Refused as error:\n    error.args = (f"{error.args[0]}: {s}",)\n    error.args = (s,)\n    raise',
        "<…>",
    ),
    "raised again, another exception": (
        'try: raise Refused("the plan is empty")\nexcept Refused as error:\n    error = Refused(s)\n    error.args = (f"{error.args[0]}: it is empty",)\n    raise error',
        "<…>",
    ),
    "lines of a loop": (
        'lines = ["These settings are wrong:"]\nfor name in (s, s): lines.append(f"{name} is no number")\nlines.append("Nothing was done.")\nraise Refused(" ".join(lines))',
        "These settings are wrong: <…> is no number<…> Nothing was done.",
    ),
    "match": ('raise Matched("lock", s)', "the lock of <…> is missing"),
    "dataclass": ("raise Data(4)", "code 4 of the first one"),
    "dataclass with values": ("raise Data(4, name=s)", "code 4 of <…>"),
    "dataclass of a dataclass": ("raise Extended(4, s)", "<…> was refused, since it is old"),
    "dataclass that passes its text on": ("raise Posted(s)", "there is no door of <…>"),
    "table by members of a class": (
        "raise Refused(KINDS[Kind.LOCK] % s)",
        "the lock of <…> is gone",
    ),
    "class that is given": ("raise make(Refused, s)", "made as its kind of <…>"),
    "table of the own class": ("Tool().enter(s)", "the door <…> is shut"),
    "class that the own class names": ("Tool().leave(s)", "the tool of <…> cannot leave"),
    "lines and others": (
        "raise Refused(' '.join(['it is wrong:', *[s, s], 'at all']))",
        "it is wrong:<…> at all",
    ),
    "lines that are extended": (
        "lines = ['it is wrong:']\nlines.extend([s, s])\nraise Refused(' '.join(lines))",
        "it is wrong:<…>",
    ),
    "shortened": (
        "raise Refused(textwrap.shorten(f'it is not right at all with {s} and others', 40))",
        "it is not right at all<…>",
    ),
    "name of the own class": ("Tool().name_itself(s)", "in Tool there is no <…>"),
    "name of the exception's class": ("raise Named2(s)", "Named2 was refused to <…>"),
    "walrus": (
        'if (text := f"the name of {s} is too short"): raise Refused(text)',
        "the name of <…> is too short",
    ),
    "repr of the exception": ("raise Represented(s)", "Represented by the name <…>"),
    "repr of a literal": (
        'raise Refused("expected {expected!r} but not {found!r}".format(expected="a list", found=s))',
        "expected 'a list' but not <…>",
    ),
    "repr in an f-string": (
        'kind = "a list"\nraise Refused(f"expected {kind!r} but not {s!r}")',
        "expected 'a list' but not <…>",
    ),
    "repr in %": (
        'raise Refused("expected %r but not %r" % ("a list", s))',
        "expected 'a list' but not <…>",
    ),
    "list of values": (
        'raise Refused(f"these are not there: {[s, s]}")',
        "these are not there: [<…>, <…>]",
    ),
    "dict of values": (
        "raise Refused(f\"not expected: { ({'a': s, 'b': None}) }\")",
        "not expected: {'a': <…>, 'b': None}",
    ),
    "asserted tuple": ('assert not s, ("the state is broken", s)', "('the state is broken', <…>)"),
    "upper case": (
        'raise Refused(f"cannot find the table {s}".upper())',
        "CANNOT FIND THE TABLE <…>",
    ),
    "capitalized": (
        'raise Refused("cannot find the table today".capitalize())',
        "Cannot find the table today",
    ),
    "filled": (
        'raise Refused(textwrap.fill(f"cannot find the table {s} and the chair", 60))',
        "cannot find the table <…> and the chair",
    ),
    "plural": (
        'from gettext import ngettext\nraise Refused(ngettext("%d door of %s", "%d doors of %s", 2) % (2, s))',
        "<…> doors of <…>",
    ),
    "arguments of a literal": (
        'given = ("it is gone for good",)\nraise Refused(*given)',
        "it is gone for good",
    ),
    "class of the exception": (
        'try: raise Made("a b")\nexcept Made as error: raise type(error)(f"made again for {s} in vain")',
        "made again for <…> in vain",
    ),
    "another traceback": (
        'try: raise Refused("the first one")\nexcept Refused as error: raise Refused(f"the second one of {s}").with_traceback(error.__traceback__)',
        "the second one of <…>",
    ),
    "statements later": (
        'error = Refused(f"it is gone for {s}")\nlen(s)\nraise error from None',
        "it is gone for <…>",
    ),
    "context manager": (
        'with handling("reading the letter"): {}[s]',
        "cannot go on while reading the letter",
    ),
    "warning": (
        'with warnings.catch_warnings():\n    warnings.simplefilter("error")\n    warnings.warn(f"the option {s} is old", DeprecationWarning)',
        "the option <…> is old",
    ),
}
# Values that are no texts, and messages about them.
READ = {
    "a constant key": ("return Box()['home-page'] if s else Box()", "home-page"),
    "a constant key that is handed on": ("return int(Handing()['home-page'])", "home-page"),
    "one of two constant keys": ("return (Box() if s else {}['lid'])['home-page']", "<…>"),
    "a key": ("return Box()[s]", "<…>"),
    "a key in a format": ("return '%(lid)s' % Box()", "<…>"),
    "too few values": ("a, b = s[:1]", "not enough values to unpack (expected 2, got <int>)"),
    "too few values beside the rest": (
        "a, *b, c = s[:1]",
        "not enough values to unpack (expected at least 2, got <int>)",
    ),
    "one part where two are needed": (
        "a, b = s.split('\\0', 1)",
        "not enough values to unpack (expected 2, got 1)",
    ),
    "words where two are needed": (
        "s = s[:1]\na, b = s.split()",
        "not enough values to unpack (expected 2, got <int>)",
    ),
    "one part where three are needed": (
        "a, b, c = s.split('\\0', 1)",
        "not enough values to unpack (expected 3, got <int>)",
    ),
    "an import": ("importlib.import_module(s)", "No module named <…>"),
}
BOXES = """
import importlib
class Box:
    def __getitem__(self, item): raise KeyError(item)
    def get(self, item): raise KeyError(item)
class Handing(Box):
    def __getitem__(self, item): return self.get(item)
"""
CAUGHT = {
    "str": ("str(error)", "the letter of <…> is wrong"),
    "format": ("'{}'.format(error)", "the letter of <…> is wrong"),
    "!s": ("f'{error!s}'", "the letter of <…> is wrong"),
    "%": ("'%s' % error", "the letter of <…> is wrong"),
    "args": ("error.args[0]", "the letter of <…> is wrong"),
    "sum": ("'' + str(error)", "the letter of <…> is wrong"),
    "helper": ("show(error)", "the letter of <…> is wrong"),
    "name": ("text", "the letter of <…> is wrong"),
    "repr": ("repr(error)", "ValueError(the letter of <…> is wrong)"),
    "!r": ("f'{error!r}'", "ValueError(the letter of <…> is wrong)"),
}  # fmt: skip


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """Return a site whose modules are forgotten afterwards."""
    before = dict(sys.modules)
    yield Site(tmp_path.resolve())
    for name in [name for name in sys.modules if name not in before]:
        del sys.modules[name]


@pytest.mark.parametrize("name", CERTAIN)
def test_what_statements_decide_is_in_the_report(site: Site, name: str) -> None:
    body, text = CERTAIN[name]
    assert site.identical(site.function(HEAD, body), VALUES) == text


@pytest.mark.parametrize("name", READ)
def test_what_a_reading_statement_decides_is_in_the_report(site: Site, name: str) -> None:
    body, text = READ[name]
    assert site.identical(site.function(BOXES, body), VALUES) == text


@pytest.mark.parametrize("name", CAUGHT)
def test_a_caught_exceptions_text_is_in_the_report(site: Site, name: str) -> None:
    inserted, text = CAUGHT[name]
    body = f"""
        try: raise ValueError(f"the letter of {{s}} is wrong")
        except ValueError as error:
            text = str(error)
            raise Refused(f"gave up today: {{{inserted}}}") from error
        """
    head = f"{HEAD}\ndef show(thing): return str(thing)\n"
    assert site.identical(site.function(head, body), VALUES) == f"gave up today: {text}"


@pytest.mark.parametrize("name", IMPORTED)
def test_what_another_module_decides_is_in_the_report(site: Site, name: str) -> None:
    statement, body, text = IMPORTED[name]
    site.publish("acme", "")
    site.publish("acme.elsewhere", ELSEWHERE)
    assert site.identical(site.function(f"{statement}\n{HEAD}", body), VALUES) == text
