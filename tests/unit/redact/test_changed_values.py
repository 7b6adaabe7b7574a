"""A published literal is replaced by a value that no statement near the raise statement shows.

The value may equal the literal: then the report must be the same as with any other value.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from published import Site

LITERAL = "correct horse battery staple"
CAUSE = "the very name of the file is wrong"
OTHERS = "production", "Dear Ms Kowalczyk, your leukemia is confirmed"
# What a value equals: a literal of the module, or a learned text. Otherwise it is `LITERAL`.
EQUAL = {
    "the arguments": "cannot unlock it at all",
    "another attribute of a cause": CAUSE,
    "the arguments of a cause": CAUSE,
    "the arguments of an exception that is raised again": "math domain error",
    "an exception that was caught before": CAUSE,
    "a name of a caught exception": CAUSE,
    "what a generator is told": "math domain error",
    "what a future is told": "math domain error",
    "what a future is told by a class of the library": "Expecting value",
    "what a trigger tells": "CHECK constraint failed: hunter2",
}
HEAD = f"""
import asyncio, dataclasses, functools, operator, sqlite3
class Refused(Exception): pass
PLACE = {LITERAL!r}
SETTINGS = {{"word": {LITERAL!r}}}
WORDS = [{LITERAL!r}]
def configure(s): SETTINGS["word"] = s
def configure_all(s): SETTINGS.update(word=s)
def configure_place(s): globals()["PLACE"] = s
class Texts: word = {LITERAL!r}
class Worded(Exception):
    word = {LITERAL!r}
    def __init__(self, *args, **given):
        super().__init__(*args)
        self.__dict__.update(given)
    def __str__(self): return f"cannot unlock it with {{self.word}} today"
class Plain(Worded):
    def __init__(self): pass
class Set(Worded):
    def __init__(self, **given):
        for name, value in given.items(): setattr(self, name, value)
class Filled(Worded):
    def __init__(self, s): self.fill(s)
    def fill(self, s): self.word = s
@dataclasses.dataclass
class Data(Exception):
    user: str
    word: str = {LITERAL!r}
    def __str__(self): return f"cannot unlock it with {{self.word}} today"
class Reason(Exception):
    def __init__(self, reason):
        super().__init__({CAUSE!r})
        self.reason = reason
def unlock(word={LITERAL!r}): raise Refused(f"cannot unlock it with {{word}} today")
def refuse(text={LITERAL!r}): raise Refused(text)
class Tool:
    def unlock_this(this, word={LITERAL!r}):
        raise Refused(f"cannot unlock it with {{word}} today")
    def unlock_own(self): self.unlock()
    @classmethod
    def unlock_class(klass, word={LITERAL!r}):
        raise Refused(f"cannot unlock it with {{word}} today")
def waiting(): yield
"""
ENTRY = 'SETTINGS["word"]'
RAISE = 'raise Refused("cannot unlock it with %s today" % {})'
CHANGED = {
    "a constant of the module": f"configure_place(s)\n{RAISE.format('PLACE')}",
    "an entry of the module's table": f"configure(s)\n{RAISE.format(ENTRY)}",
    "the module's table": f"configure_all(s)\n{RAISE.format(ENTRY)}",
    "the module's list": f"WORDS.insert(0, s)\n{RAISE.format('WORDS[0]')}",
    "a constant of a class": f"Texts.word = s\n{RAISE.format('Texts.word')}",
    "a table, by update": f"""
        settings = {{"word": {LITERAL!r}}}
        settings.update(word=s)
        {RAISE.format('settings["word"]')}
        """,
    "a table, by an operator": f"""
        settings = {{"word": {LITERAL!r}}}
        settings |= dict(word=s)
        {RAISE.format('settings["word"]')}
        """,
    "a table, by another name": f"""
        settings = {{"word": {LITERAL!r}}}
        other = settings
        other["word"] = s
        {RAISE.format('settings["word"]')}
        """,
    "a table, by a function": f"""
        settings = {{"word": {LITERAL!r}}}
        operator.setitem(settings, "word", s)
        {RAISE.format('settings["word"]')}
        """,
    "a list, by insert": f"""
        words = [{LITERAL!r}]
        words.insert(0, s)
        {RAISE.format("words[0]")}
        """,
    "a list, by its order": f"""
        words = [{LITERAL!r}, s]
        words.reverse()
        {RAISE.format("words[0]")}
        """,
    "a joined list": f"""
        words = ["cannot unlock it with", {LITERAL!r}]
        words[1] = s
        raise Refused(" ".join(words))
        """,
    "a later entry of a literal": RAISE.format(f'{{"a": {LITERAL!r}, **dict(a=s)}}["a"]'),
    "an equal key of a literal": RAISE.format(f"{{1: {LITERAL!r}, True: s}}[1]"),
    "an attribute of the exception": "error = Plain()\nerror.word = s\nraise error",
    "an attribute of the exception's class": "Plain.word = s\nraise Plain()",
    "attributes by a table": "raise Worded(word=s)",
    "attributes by name": "raise Set(word=s)",
    "attributes by a method": "raise Filled(s)",
    "a field of a dataclass": "raise Data('x', s)",
    "a named field of a dataclass": "raise Data(user='x', word=s)",
    "the arguments": 'error = Refused("cannot unlock it at all")\nerror.args = (s,)\nraise error',
    "a default": "unlock.__defaults__ = (s,)\nunlock()",
    "a default, by a partial": """
        tool = Tool()
        tool.unlock = functools.partial(unlock, s)
        tool.unlock()
        """,
    "a default, by a method's partial": """
        tool = Tool()
        tool.unlock = functools.partial(unlock, s)
        tool.unlock_own()
        """,
    "a default, after another first name": "Tool().unlock_this(s)",
    "a default, after another class's name": "Tool.unlock_class(s)",
    "an argument of another call on the line": f"any(map(refuse, [s])) or refuse({LITERAL!r})",
    "a default of another call on the line": "[call(s) for call in [refuse]] or refuse()",
    "another attribute of a cause": """
        try: raise Reason(s)
        except Reason as error: raise Refused(f"gave up: {error.reason}") from error
        """,
    "the arguments of a cause": f"""
        try: raise ValueError({CAUSE!r})
        except ValueError as error:
            error.args = (s,)
            raise Refused("gave up: %s" % error)
        """,
    "the arguments of an exception that is raised again": """
        try: int("x")
        except ValueError as error:
            error.args = (s,)
            raise
        """,
    "an exception that was caught before": f"""
        try: raise ValueError(s)
        except ValueError as error: saved = error
        try: raise KeyError({CAUSE!r})
        except KeyError: raise Refused("gave up: %s" % saved)
        """,
    "a name of a caught exception": f"""
        try: raise ValueError({CAUSE!r})
        except ValueError as error:
            error = s
            raise Refused("gave up: %s" % error)
        """,
    "what a generator is told": "waiting().throw(ValueError(s))",
    "what a future is told": """
        loop = asyncio.new_event_loop()
        loop.close()
        future = loop.create_future()
        future.set_exception(ValueError(s))
        future.result()
        """,
    "what a future is told by a class of the library": """
        import json
        loop = asyncio.new_event_loop()
        loop.close()
        future = loop.create_future()
        future.set_exception(json.JSONDecodeError(s, "", 0))
        future.result()
        """,
    "what a trigger tells": """
        made = sqlite3.connect(":memory:")
        made.execute("create table t (x)")
        told = "create trigger r before insert on t begin select raise(abort, '%s'); end" % s
        made.execute(told)
        try: made.execute("insert into t values (1)")
        finally: made.close()
        """,
}


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """Return a site whose modules are forgotten afterwards."""
    before = dict(sys.modules)
    yield Site(tmp_path.resolve())
    for name in [name for name in sys.modules if name not in before]:
        del sys.modules[name]


@pytest.mark.parametrize("name", CHANGED)
def test_a_changed_value_makes_no_difference(site: Site, name: str) -> None:
    """Each value starts with the module as it was imported."""

    def fail(value: str) -> None:
        site.function(HEAD, CHANGED[name])(value)

    site.identical(fail, (EQUAL.get(name, LITERAL), *OTHERS))


def test_a_method_of_another_module_makes_no_difference(site: Site) -> None:
    """A class of another published module makes another text."""
    site.publish(
        "acme.bases",
        f"""
        class Refused(Exception):
            def __str__(self): return self.text()
            def text(self): return {LITERAL!r}
        """,
    )
    head = """
    from acme.bases import Refused
    class Own(Refused):
        def __init__(self, s): self.s = s
        def text(self): return self.s
    """
    site.identical(site.function(head, "raise Own(s)"), (LITERAL, *OTHERS))


def test_what_is_imported_by_a_star_makes_no_difference(site: Site) -> None:
    """The user's settings replace what the module has."""

    def fail(value: str) -> None:
        site.write("mine", f"PLACE = {value!r}")
        head = f"PLACE = {LITERAL!r}\nfrom mine import *\nclass Refused(Exception): pass"
        site.function(head, RAISE.format("PLACE"))(value)

    site.identical(fail, (LITERAL, *OTHERS))


MEMBERS = """
    import enum, os
    class Refused(Exception): pass
    class Kind{bases}:
        OPEN = "open"
        SHUT = os.environ["ACME_SHUT"]
    TEXTS = {{Kind.OPEN: "the letter is open", Kind.SHUT: "not one letter is left"}}
    class Own(Exception):
        def __str__(self): return f"cannot read: {{TEXTS[Kind.OPEN]}} today"
    """


@pytest.mark.parametrize("bases", ["", "(enum.Enum)", "(str, enum.Enum)"])
@pytest.mark.parametrize(
    "body", ["raise Own", 'raise Refused(f"cannot: {TEXTS[Kind.OPEN]} today")']
)
def test_members_that_may_be_equal_make_no_difference(
    site: Site, bases: str, body: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A value of the environment may equal another member: then the table has one entry."""

    def fail(value: str) -> None:
        monkeypatch.setenv("ACME_SHUT", value)
        site.function(MEMBERS.format(bases=bases), body)("")

    site.identical(fail, ("open", *OTHERS))


def test_members_with_fixed_values(site: Site) -> None:
    head = MEMBERS.format(bases="(enum.Enum)").replace('os.environ["ACME_SHUT"]', '"shut"')
    fail = site.function(head, 'raise Refused(f"cannot: {TEXTS[Kind.OPEN]} today")')
    assert site.identical(fail, OTHERS) == "cannot: the letter is open today"
