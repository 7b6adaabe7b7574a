"""A value decides what looks as if the source decided it: the report is the same for each value.

Tests of `if` and of `or`, entries of tables, attributes of classes and what other modules bind are
read from the source only where no value can have changed them.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from published import Site

LITERAL = "correct horse battery staple"
VALUES = (
    *(LITERAL, "production", "Dear Ms Kowalczyk, your leukemia is confirmed", "a list", "it's"),
    *("reading", "the door of a user is open", "well-known-and-" + "very-long-" * 20),
)
HEAD = f"""
from dataclasses import dataclass
import contextlib, enum, functools, string, textwrap, warnings
from gettext import ngettext
class Refused(Exception): pass
TEXTS = {{"word": {LITERAL!r}, "door": "the door of %s is open"}}
ROWS = [{LITERAL!r}, "the row of it is double"]
WORD = {LITERAL!r}
ALIAS = {{"word": {LITERAL!r}}}
OTHER = ALIAS
KINDS = {{"word": [{LITERAL!r}]}}
def change_alias(s): OTHER["word"] = s
def change(table, s): table["word"] = s
class Coded(Exception):
    messages = {{"word": {LITERAL!r}, "door": "the door of %s is open"}}
    def __init__(self, code): super().__init__("coded by %s today" % self.messages[code])
class Learned(Exception):
    messages = {{"word": {LITERAL!r}}}
    def learn(self, s): self.messages["word"] = s
    def __str__(self): return "learned of %s today" % self.messages["word"]
class Told(Exception):
    def __init__(self, word={LITERAL!r}): self.word = word
    def tell(self, s): self.word = s
    def __str__(self): return f"told of {{self.word}} today"
class Hinted(Exception):
    def __init__(self, name, hint=None):
        self.hint = hint
        super().__init__(name)
    def __str__(self):
        return f"opened it: {{self.hint}}" if self.hint else "opened it with the very key"
class Defaulted(Exception):
    default = {LITERAL!r}
    def __init__(self, message=None): super().__init__(message or self.default)
class Branched(Exception):
    def __init__(self, s):
        if s == {LITERAL!r}: super().__init__({LITERAL!r})
        else: super().__init__(s)
class Tool:
    word = {LITERAL!r}
    def __init__(self, s=None):
        if s: self.word = s
    def describe(self, s): return {LITERAL!r}
    def use(self): raise Refused(f"used {{self.word}} today")
    def tell(self, s): raise Refused(f"told of {{self.describe(s)}} today")
@dataclass
class Data(Exception):
    name: str
    word: str = {LITERAL!r}
    def learn(self, s): self.word = s
    def __str__(self): return f"{{self.name}} of {{self.word}} today"
class Kind(enum.Enum):
    DOOR = 1
    LOCK = 2
class Place:
    def __init__(self, s): self.one, self.other = s, s
KINDS_OF = {{Kind.DOOR: {LITERAL!r}, Kind.LOCK: "the lock is gone"}}
def make(kind, s): return kind(s)
class Named:
    def use(self): raise Refused(f"in {{type(self).__name__}} there is nothing")
class Plain:
    word = {LITERAL!r}
    def describe(self): return {LITERAL!r}
    def use(self): raise Refused(f"used {{self.word}} today")
    def tell(self): raise Refused(f"told of {{self.describe()}} today")
def refuse(text=None): raise Refused(text or {LITERAL!r})
def either(text=None):
    if text is None: text = {LITERAL!r}
    raise Refused(f"either {{text}} or nothing at all")
def kind(s): return "a list" if s == "a list" else s
def worded(s):
    if s == {LITERAL!r}: return {LITERAL!r}
    return s
@contextlib.contextmanager
def handling(what="reading"):
    try: yield
    except KeyError as error: raise Refused(f"cannot go on while {{what}} it") from error
"""
CASES = {
    "table by another name": 'change_alias(s)\nraise Refused("it is %s today" % ALIAS["word"])',
    "table by a parameter": 'change(TEXTS, s)\nraise Refused("it is %s today" % TEXTS["word"])',
    "table of a table": 'KINDS["word"][0] = s\nraise Refused("it is %s today" % KINDS["word"])',
    "table by an operator": 'global TEXTS\nTEXTS = TEXTS | {"word": s}\nraise Refused("it is %s today" % TEXTS["word"])',
    "table of the function": f'texts = {{"word": {LITERAL!r}}}\nchange(texts, s)\nraise Refused("it is %s today" % texts["word"])',
    "table of the function, deleted": f'texts = {{"word": {LITERAL!r}}}\ndel texts["word"]\nraise Refused("it is %s today" % texts.get("word", s))',
    "table of a caller": f'texts = {{"word": {LITERAL!r}}}\ndef tell(table):\n    table["word"] = s\n    raise Refused("it is %s today" % table["word"])\ntell(texts)',
    "key": 'raise Refused("it is %s today" % TEXTS["word" if s == "a list" else "door"])',
    "key by statements": 'key = "word"\nif s == "a list": key = "door"\nraise Refused(TEXTS[key])',
    "key by a loop": 'key = "word"\nfor _ in s[:1]: key = "door"\nraise Refused(TEXTS[key])',
    "key of the table": f'raise Refused("it is %s today" % {{"word": {LITERAL!r}, s[:0] + "word": s}}["word"])',
    "row": "raise Refused(ROWS[len(s) % 2])",
    "table of a class": 'Coded.messages["word"] = s\nraise Coded("word")',
    "table of a class, updated": 'Coded.messages.update(word=s)\nraise Coded("word")',
    "table of a class, replaced": 'Coded.messages = {"word": s}\nraise Coded("word")',
    "table of a class by a method": "error = Learned()\nerror.learn(s)\nraise error",
    "attribute by a method": "error = Told()\nerror.tell(s)\nraise error",
    "attribute by a call": "raise Told(s)",
    "attribute that decides": 'error = Hinted("x")\nerror.hint = s\nraise error',
    "attribute that decides, given": 'raise Hinted("x", s)',
    "default of a class": "raise Defaulted(s)",
    "branches of a class": "raise Branched(s)",
    "attribute of the own class": "Tool(s).use()",
    "attribute of the own object": "tool = Plain()\ntool.word = s\ntool.use()",
    "attribute of a subclass": "class Other(Plain): word = s\nOther().use()",
    "attribute of the class": "Plain.word = s\nPlain().use()",
    "attribute by its name": 'tool = Plain()\nsetattr(tool, "word", s)\ntool.use()',
    "method of a subclass": "class Other(Plain):\n    def describe(self): return s\nOther().tell()",
    "method of an object": "tool = Plain()\ntool.describe = lambda: s\ntool.tell()",
    "parameter or a literal": "refuse(s)",
    "parameter with a default": "either(s)",
    "conditional": 'raise Refused(f"it is {kind(s)!r} today")',
    "branches of a function": 'raise Refused(f"it is {worded(s)} today")',
    "test": f'text = s\nif s == "a list": text = {LITERAL!r}\nraise Refused(f"it is {{text}} today")',
    "match": f'match s:\n    case "a list": text = {LITERAL!r}\n    case "it\'s": text = "its"\n    case _: text = s\nraise Refused(f"it is {{text}} today")',
    "match of a constant": f'kind = "a"\nfor kind in (s,): pass\nmatch kind:\n    case "a list": text = {LITERAL!r}\n    case _: text = s\nraise Refused(f"it is {{text}} today")',
    "repr": 'raise Refused(f"expected {s!r} today")',
    "repr of a list": 'raise Refused(f"expected {[s, 1]} today")',
    "repr of a changed list": f'given = [{LITERAL!r}]\ngiven[0] = s\nraise Refused(f"expected {{given}} today")',
    "repr of a changed list in a tuple": f'given = ([{LITERAL!r}],)\ngiven[0][0] = s\nraise Refused(f"expected {{given}} today")',
    "repr of a dict of values": 'raise Refused(f"expected { ({s: 1, LITERAL: 2}) } today")'.replace("LITERAL", repr(LITERAL)),
    "repr of a cause": 'try: raise ValueError(s)\nexcept ValueError as error: raise Refused(f"gave up {error!r} today")',
    "repr of a cause that is changed": f'try: raise ValueError({LITERAL!r})\nexcept ValueError as error:\n    error.args = (s,)\n    raise Refused(f"gave up {{error!r}} today")',
    "repr of a key": 'try: {}[s]\nexcept KeyError as error: raise Refused(f"gave up {error!r} today")',
    "upper case": 'raise Refused(f"it is {s} of {s} today".upper())',
    "upper case of a value": "raise Refused(s.upper())",
    "filled": 'raise Refused(textwrap.fill(f"it is the well-known {s}, the door of {s}-{s} of it", 40))',
    "filled in a narrow column": 'raise Refused(textwrap.fill(f"it is the door of {s} that is open", 10))',
    "plural": 'raise Refused(ngettext("one door of it", "several doors of it", len(s) % 2))',
    "lambda's default": f'told = lambda word={LITERAL!r}: f"it is {{word}} today"\nraise Refused(told(s))',
    "lambda that is replaced": f"told = lambda: {LITERAL!r}\nif s: told = lambda: s\nraise Refused(told())",
    "lambda of a closure": f'word = {LITERAL!r}\ntold = lambda: f"it is {{word}} today"\nword = s\nraise Refused(told())',
    "partial": "no = functools.partial(Refused, s)\nraise no()",
    "partial that is called with more": f"no = functools.partial(Refused, {LITERAL!r})\nraise no(s)",
    "context manager": 'with handling(s): {}["a"]',
    "another context manager on the line": 'with handling(s), handling(what=s): {}["a"]',
    "context manager that is made before": 'made = handling(s)\nwith made: {}["a"]',
    "warning": 'with warnings.catch_warnings():\n    warnings.simplefilter("error")\n    warnings.warn(s, UserWarning)',
    "another traceback": "try: raise Refused(s)\nexcept Refused as error: raise Refused(s).with_traceback(error.__traceback__)",
    "another traceback of a literal": f"try: raise Refused({LITERAL!r})\nexcept Refused as error: raise Refused(s).with_traceback(error.__traceback__)",
    "lines of a loop": f'lines = ["it is"]\nfor word in (s, {LITERAL!r}): lines.append(word)\nlines.append("today")\nraise Refused(" ".join(lines))',
    "lines of a test": f'lines = ["it is"]\nif s == {LITERAL!r}: lines.append({LITERAL!r})\nelse: lines.append(s)\nraise Refused(" ".join(lines))',
    "field of a dataclass": "raise Data(s)",
    "default of a dataclass": "raise Data('x', s)",
    "default of a dataclass, by name": "raise Data(name='x', word=s)",
    "default of a dataclass, by a table": "raise Data(**({'name': s, 'word': s} if s[1:] else {'name': s}))",
    "default of a dataclass, changed": "error = Data('x')\nerror.word = s\nraise error",
    "default of a dataclass, by a method": "error = Data('x')\nerror.learn(s)\nraise error",
    "default of a dataclass, in the class": "Data.word = s\nraise Data('x')",
    "member as key": "raise Refused(KINDS_OF[Kind.DOOR if s[5:] == 'x' else Kind.LOCK])",
    "attributes as keys": (
        f"place = Place(s)\ntexts = {{place.one: {LITERAL!r}, place.other: s}}\nraise Refused(texts[place.one])"
    ),
    "class that is given": "raise make(Refused, s)",
    "others between lines": f"raise Refused(' '.join(['it is', *[s, {LITERAL!r}], 'today']))",
    "shortened": "raise Refused(textwrap.shorten(f'it is not right at all with {s} and others', 40))",
    "shortened value": "raise Refused(textwrap.shorten(s, 30))",
    "name of a class that is made": "type(s, (Named,), {})().use()",
    "name of a class that is changed": "class Other(Named): pass\nOther.__name__ = s\nOther().use()",
    "template": f'template = string.Template("it is $word")\ntemplate.template = s\nraise Refused(template.safe_substitute(word={LITERAL!r}))',
}  # fmt: skip


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """Return a site whose modules are forgotten afterwards."""
    before = dict(sys.modules)
    yield Site(tmp_path.resolve())
    for name in [name for name in sys.modules if name not in before]:
        del sys.modules[name]


@pytest.mark.parametrize("name", CASES)
def test_a_value_makes_no_difference(site: Site, name: str) -> None:
    """Whatever the value is, also a text of the source, the reports are identical."""
    site.identical(site.function(HEAD, CASES[name]), VALUES)


CHANGES = {
    "table": 'elsewhere.TEXTS["word"] = s',
    "table, updated": "elsewhere.TEXTS.update(word=s)",
}


@pytest.mark.parametrize("name", CHANGES)
def test_another_module_that_changes_a_table(site: Site, name: str) -> None:
    """A module on the traceback may change what another one binds."""
    site.publish("acme", "")
    source = (
        f'TEXTS = {{"word": {LITERAL!r}}}\ndef tell(): raise ValueError("it is %s" % TEXTS["word"])'
    )
    site.publish("acme.elsewhere", source)
    body = f"{CHANGES[name]}\nelsewhere.tell()"
    site.identical(site.function("from acme import elsewhere", body), VALUES)
