"""A value chooses among public texts: the report is the same for each choice.

`CHOSEN`, `EQUAL` and `FOUND` are ways in which a value makes a public text; every value must make
the same report. `CERTAIN` are texts that no value chooses: they must stay in the report.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

import pytest
from published import Site

SENTENCE = "Dear Ms Kowalczyk, your leukemia is confirmed, please call before Friday noon"
WORD = "production"
LITERAL = "correct horse battery staple"

HEAD = f"""
import enum, operator, os, random, textwrap
class Refused(Exception):
    '''The administrator is not here.'''
DIAGNOSES = {{
    "b20": "HIV disease stage four", "r51": "headache", "z99": "cannot open the vessel today",
    "k00": {SENTENCE!r},
}}
NAMES = list(DIAGNOSES.values())
CLINIC = {{"north": DIAGNOSES, "south": {{"b20": "nothing but a cold", "r51": "cold"}}}}
LETTERS = {{
    "b20": "cannot read {{}} at all", "r51": "gone: {{}}", "z99": "{{}} must be {{}}",
    "k00": "the patient {{}} will not be told",
}}
class Kind(enum.Enum):
    b20 = "HIV disease stage four"
    r51 = "headache"
    z99 = "cannot open the vessel today"
    k00 = {SENTENCE!r}
class Messages:
    b20 = "HIV disease stage four"
    r51 = "headache"
    z99 = "cannot open the vessel today"
    k00 = {SENTENCE!r}
class Cold:
    text = "nothing but a cold"
class Ache(Cold):
    text = "headache of long standing"
CLASSES = {{"b20": Cold, "r51": Ache, "z99": Cold, "k00": Ache}}
TEXTS = [lambda: "vessels arrived at the quay"]
MAKERS = [lambda s: "%s is in no use" % s]
FIRST = True
def must(a, b): raise Refused("%s must be %s" % (a, b))
def arrive(s): raise Refused(f"vessels arrived {{s}} yesterday")
def open_vessel(s): raise Refused("cannot open %s for writing" % s)
def unlock(word={LITERAL!r}): raise Refused("cannot unlock it with %s today" % word)
def unlock_by(*, word={LITERAL!r}): raise Refused(f"cannot unlock it with {{word}} today")
def refuse(text={LITERAL!r}): raise Refused(text)
"""
CODES = "b20", "r51", "z99", "k00"
VALUES = LITERAL, WORD, SENTENCE
# Texts that are, or that contain, a template: of this module, the library, the learned table.
SENTENCES = (
    SENTENCE,
    WORD,
    LITERAL,
    "The administrator is not here.",
    "the password must be hunter2",
    "vessels arrived at noon yesterday",
    "cannot open my letters for writing",
    "Expecting value: line 1 column 1 (char 0)",
    "invalid literal for int() with base 10: 'hunter2'",
    "list index out of range",
    "dictionary is empty",
    "undefined character name 'hunter2'",
    "No such file or directory",
)


# Names of classes: a user's table may have any of them.
TYPES = "Zephyrine", "int", "object", "list", "Refused"


class Case(NamedTuple):
    """The body of `def fail(s)`, the message in the report (None: any), and the values of `s`."""

    body: str
    message: str | None = None
    values: Sequence[str] = VALUES


ENCODE = "cannot encode the diagnosis <…> today"
UNLOCK = "cannot unlock it with <…> today"
CHOSEN = {
    "in %": ('"cannot encode the diagnosis %s today" % DIAGNOSES[s]', ENCODE),
    "in an f-string": ('f"cannot encode the diagnosis {DIAGNOSES[s]} today"', ENCODE),
    "in .format": ('"cannot encode the diagnosis {} today".format(DIAGNOSES[s])', ENCODE),
    "in a sum": ('"cannot encode the diagnosis " + DIAGNOSES[s] + " today"', ENCODE),
    "get": ('"cannot encode the diagnosis %s today" % DIAGNOSES.get(s, "unknown")', ENCODE),
    "pop": ('"cannot encode the diagnosis %s today" % {**DIAGNOSES}.pop(s)', ENCODE),
    "itemgetter": ('f"cannot encode the diagnosis {operator.itemgetter(s)(DIAGNOSES)} today"', ENCODE),
    "index of a list": ('f"cannot encode the diagnosis {NAMES[len(s) % 2]} today"', ENCODE),
    "literal table": ('f"cannot encode the diagnosis {dict(b20=NAMES[0]).get(s, NAMES[1])} today"', ENCODE),
    "table in the statement": (
        '"cannot encode the diagnosis %s" % {"b20": "a headache", "r51": "HIV"}.get(s, "a cold or so")',
        "cannot encode the diagnosis <…>",
    ),
    "tuple in the statement": (
        '"cannot encode the diagnosis %s" % ("a headache", "nothing but a cold")[s == "b20"]',
        "cannot encode the diagnosis <…>",
    ),
    "member of an enumeration": ('f"cannot encode the diagnosis {Kind[s].value} today"', ENCODE),
    "table of tables": ('f"cannot encode the diagnosis {CLINIC[\'north\'][s]} today"', ENCODE),
    "next": (
        '"cannot encode the diagnosis %s today" % next(v for k, v in DIAGNOSES.items() if k == s)',
        ENCODE,
    ),
    "random.choice": (
        '"cannot encode the diagnosis %s today" % random.Random(s).choice(NAMES)',
        ENCODE,
    ),
    "max": ('f"cannot encode the diagnosis {max(DIAGNOSES, key=s.__eq__)} today"', ENCODE),
    "max of values": (
        'f"cannot encode the diagnosis {max(NAMES, key=DIAGNOSES[s].__eq__)} today"',
        ENCODE,
    ),
    "getattr": ('f"cannot encode the diagnosis {getattr(Messages, s)} today"', ENCODE),
    "attrgetter": ('f"cannot encode the diagnosis {operator.attrgetter(s)(Messages)} today"', ENCODE),
    "vars": ('f"cannot encode the diagnosis {vars(Messages)[s]} today"', ENCODE),
    "attribute of a chosen class": (
        'f"cannot encode the diagnosis {CLASSES[s].text} today"',
        ENCODE,
    ),
    "join": ('", ".join([DIAGNOSES[s], "cannot be encoded", NAMES[0]])', None),
    "join of chosen pieces": ('", ".join(DIAGNOSES[c] for c in ("b20", s))', None),
    "join of filtered pieces": ('" and ".join(text for text in NAMES if text != DIAGNOSES[s])', None),
    "chosen template, format": ("LETTERS[s].format(s, s)", None),
    "chosen template, replace": ("LETTERS[s].replace('{}', s)", None),
    "chosen template, get": ("LETTERS.get(s, 'no {} is here').format(s, s)", None),
    "whole message": ("DIAGNOSES[s]", None),
    "whole message, get": ("DIAGNOSES.get(s)", None),
    "whole message, enumeration": ("Kind[s].value", None),
    "whole message, getattr": ("getattr(Messages, s)", None),
    "whole message, class": ("CLASSES[s].text", None),
    "whole message, conditional": (
        '"the patient must not be told" if s == "b20" else "the doctor is out of office"',
        None,
    ),
}  # fmt: skip
CHOSEN_BY_STATEMENTS = {
    "name": Case(
        """
        name = DIAGNOSES[s]
        raise Refused("cannot encode the diagnosis %s today" % name)
        """,
        ENCODE,
        CODES,
    ),
    "name of a name": Case(
        """
        table = CLINIC["north"]
        found = table[s]
        name, other = found, s
        raise Refused(f"cannot encode the diagnosis {name} today")
        """,
        ENCODE,
        CODES,
    ),
    "match": Case(
        """
        match s:
            case "b20": name = "HIV disease stage four"
            case "r51": name = "headache of long standing"
            case _: name = "nothing but a cold"
        raise Refused("cannot encode the diagnosis %s today" % name)
        """,
        ENCODE,
        CODES,
    ),
    "loop": Case(
        """
        for code, name in DIAGNOSES.items():
            if code == s:
                raise Refused("cannot encode the diagnosis %s today" % name)
        """,
        ENCODE,
        CODES,
    ),
    "loop over constants": Case(
        """
        for part in ("header of the letter", "body of the letter", "headache"):
            if part == s:
                raise Refused(f"cannot encode the diagnosis {part} today")
        """,
        ENCODE,
        ("header of the letter", "body of the letter", "headache"),
    ),
    "function": Case(
        """
        def name(code): return DIAGNOSES[code]
        raise Refused("cannot encode the diagnosis %s today" % name(s))
        """,
        ENCODE,
        CODES,
    ),
    "callee": Case("refuse(DIAGNOSES[s])", None, CODES),
    "callee's hole": Case("unlock(DIAGNOSES[s])", UNLOCK, CODES),
    "assertion": Case("assert not s, DIAGNOSES[s]", None, CODES),
    "exit": Case("raise SystemExit(DIAGNOSES[s])", None, CODES),
    "several arguments": Case("raise Refused(DIAGNOSES[s], 'cannot be encoded', s)", None, CODES),
    "system's error": Case("raise OSError(2, DIAGNOSES[s])", None, CODES),
    "key": Case("{}[DIAGNOSES[s]]", "<…>", CODES),
    "attribute": Case("getattr(object(), DIAGNOSES[s])", None, CODES),
    "number": Case("int(DIAGNOSES[s])", None, CODES),
}
EQUAL = {
    "get": Case(
        f"raise Refused(f\"cannot unlock it with {{dict(key=s).get('key', {LITERAL!r})}} today\")",
        UNLOCK,
    ),
    "get of a name": Case(
        f"""
        settings = dict(key=s)
        word = settings.get("passphrase" if not s else "key", {LITERAL!r})
        raise Refused("cannot unlock it with %s today" % word)
        """,
        UNLOCK,
        (*VALUES, ""),
    ),
    "setdefault": Case(
        f"raise Refused('cannot unlock it with %s today' % {{'a': s}}.setdefault('a', {LITERAL!r}))",
        UNLOCK,
    ),
    "default of an argument": Case("unlock(s)", UNLOCK),
    "default of a named argument": Case("unlock_by(word=s)", UNLOCK),
    "default that is left out": Case("unlock(*([s] if s else []))", UNLOCK, (*VALUES, "")),
    "default that is left out by name": Case(
        "unlock_by(**({'word': s} if s else {}))", UNLOCK, (*VALUES, "")
    ),
    "default, whole message": Case("refuse(s)", "<…>"),
    "or": Case(
        f"raise Refused('cannot unlock it with %s today' % (s or {LITERAL!r}))",
        UNLOCK,
        (*VALUES, ""),
    ),
    "or of a name": Case(
        f"""
        word = s or {LITERAL!r}
        raise Refused(f"cannot unlock it with {{word}} today")
        """,
        UNLOCK,
        (*VALUES, ""),
    ),
    "or, whole message": Case(f"raise Refused(s or {LITERAL!r})", None, (*VALUES, "")),
    "conditional": Case(
        f"raise Refused('cannot unlock it with %s today' % (s if s else {LITERAL!r}))",
        UNLOCK,
        (*VALUES, ""),
    ),
    "conditional, by equality": Case(
        f"""
        word = {LITERAL!r} if s == {LITERAL!r} else "another one of the words"
        raise Refused("cannot unlock it with %s today" % word)
        """,
        UNLOCK,
    ),
    "statement": Case(
        f"""
        word = {LITERAL!r}
        word = s
        raise Refused("cannot unlock it with %s today" % word)
        """,
        UNLOCK,
    ),
    "constant of a loop": Case(
        """
        for part in ("header of the letter", "correct horse battery staple"):
            len(part)
        for part in (s,):
            raise Refused(f"cannot unlock it with {part} today")
        """,
        UNLOCK,
        ("header of the letter", *VALUES),
    ),
    "member of a set": Case(
        f"""
        if s in (WORD := {WORD!r}, {LITERAL!r}, {SENTENCE!r}):
            raise Refused("cannot unlock it with %s today" % s)
        """,
        UNLOCK,
    ),
    "constant that is set again": Case(
        f"""
        global FIRST
        FIRST = {LITERAL!r}
        FIRST = s
        raise Refused("cannot unlock it with %s today" % FIRST)
        """,
        UNLOCK,
    ),
    "step of a text": Case(
        """
        text = "cannot unlock it"
        if True: text += " with " + s
        raise Refused(text)
        """,
        None,
        (*VALUES, "nothing", "cannot unlock it"),
    ),
    "name in the statement": Case(
        "getattr(operator, s)", None, ("operator", "getattr", WORD, "s", "Refused")
    ),
    "key in the statement": Case(
        "{}[s] or {}['passphrase']", "<…>", ("passphrase", WORD, "s", SENTENCE)
    ),
}
CAUSE = "the very name of the file is wrong"
CHAINED = """
        try: raise ValueError("the very name of the file is wrong")
        except ValueError as error: raise Refused({}) from {}
        """
CHAIN_VALUES = (CAUSE, "ValueError", *VALUES)
FOUND = {
    "whole message": Case("raise Refused(s)", "<…>", SENTENCES),
    "whole message of a callee": Case("refuse(s)", "<…>", SENTENCES),
    "hole": Case('raise Refused("gave up: %s" % s)', None, SENTENCES),
    "hole of three words": Case('raise Refused(f"gave up so soon: {s}")', None, SENTENCES),
    "two holes": Case('raise Refused("gave up %s with %s" % (s, s))', None, SENTENCES),
    "class's __str__": Case(
        """
        class Told(Exception):
            def __str__(self): return self.args[0]
        raise Told(s)
        """,
        "<…>",
        SENTENCES,
    ),
    "key": Case("{}[s]", "<…>", SENTENCES),
    "raised key": Case("raise KeyError(s)", "<…>", SENTENCES),
    "number": Case("int(s)", "invalid literal for int() with base 10: <…>", SENTENCES),
    "base": Case(
        "int(s, {'admin': 10}.get(s, 8))",
        "invalid literal for int() with base <int>: <…>",
        SENTENCES,
    ),
    "number of a base": Case(
        "list(map(int, [s], [10 if s == SENTENCES[0] else 8]))".replace(
            "SENTENCES[0]", repr(SENTENCES[0])
        ),
        "invalid literal for int() with base <int>: <…>",
        SENTENCES,
    ),
    "name of a module": Case("__import__(s)", None, ("acme_vessel", WORD, "fail", "Refused")),
    "attribute": Case("getattr('', s)", None, SENTENCES),
    "exit": Case("raise SystemExit(s)", "<…>", SENTENCES),
    "assertion": Case("assert not s, s", "<…>", SENTENCES),
    "library's class": Case("raise ValueError(s)", "<…>", SENTENCES),
    "library's function": Case(
        "import argparse; raise argparse.ArgumentTypeError(s)", "<…>", SENTENCES
    ),
    "system's error": Case("raise OSError(s)", "<…>", SENTENCES),
    "system's error with a number": Case(
        "raise OSError(2, s)", None, (*SENTENCES, "Is a directory", "Permission denied")
    ),
    "system's error with a file": Case(
        "raise OSError(2, 'No such file or directory', s)",
        "[Errno 2] No such file or directory: <…>",
        SENTENCES,
    ),
    "several arguments": Case("raise Refused(s, s)", None, SENTENCES),
    "word of the module": Case(
        "raise Refused(MAKERS[0](s))",
        None,
        ("administrator", "textwrap", "yesterday", WORD, "x", SENTENCE),
    ),
    "two words of the module": Case(
        "raise Refused(MAKERS[0](s))", None, ("HIV disease", "stage four", WORD, "vessels arrived")
    ),
    "many words": Case(
        "raise Refused(MAKERS[0](s))",
        None,
        (WORD, SENTENCE, " ".join(map("word{}".format, range(100)))),
    ),
    "six long holes": Case(
        """
        text = TEXTS[0]()
        raise Refused(f"gave up: {s}; {s}; {s}; {s}; {s}; {s}; {s}; {text}")
        """,
        None,
        (WORD, SENTENCE, "x", "vessels arrived at noon yesterday"),
    ),
    "name of a class, for an attribute": Case("type(s, (), {})().passphrase", None, TYPES),
    "name of a class, for an operator": Case("kind = type(s, (), {}); kind() + None", None, TYPES),
    "name of a class, for a function": Case("kind = type(s, (), {}); len(kind())", None, TYPES),
    "name of a class, for a join": Case("kind = type(s, (), {}); ''.join([kind()])", None, TYPES),
    "name of a class that is asked itself": Case("type(s, (), {}).passphrase", None, TYPES),
    "separators": Case(
        'raise Refused(f"gave up {s} with {s} today")',
        "gave up <…> with <…> today",
        (WORD, "one with another", " with ", "gave up today", SENTENCE),
    ),
    "cause's message": Case(CHAINED.format('"gave up: %s" % s', "error"), None, CHAIN_VALUES),
    "cause's message, whole": Case(CHAINED.format("s", "error"), "<…>", CHAIN_VALUES),
    "hidden cause's message": Case(CHAINED.format('"gave up: %s" % s', "None"), None, CHAIN_VALUES),
    "cause's class and message": Case(
        CHAINED.format('"%s: %s" % (s, s)', "error"), None, CHAIN_VALUES
    ),
    "cause's class": Case(CHAINED.format('f"{s}: {error}"', "error"), None, CHAIN_VALUES),
    "name of a class after a text": Case(
        "raise Refused(f'gave up {s} with {type(s).__name__} today')",
        "gave up <…> with str today",
        (WORD, "one with another", "one with int today", "with int"),
    ),
    "name of a class before a text": Case(
        "raise Refused(f'gave up {type(s).__name__} with {s} today')",
        "gave up str with <…> today",
        (WORD, "one with another", "one with int today", "with int"),
    ),
    "name of a class between texts": Case(
        "raise Refused(f'gave up {s} with {type(s).__name__} of {s} today')",
        "gave up <…> with <type> of <…> today",
        (WORD, "one with another", "one with int of it", "with int of"),
    ),
    "cause's class after a text": Case(
        CHAINED.format('f"gave up {s} with {type(error).__name__}"', "error"),
        "gave up <…> with ValueError",
        (WORD, "one with another", "with KeyError"),
    ),
    "cause's class between texts": Case(
        CHAINED.format('f"gave up {s} with {type(error).__name__} of {s}"', "error"),
        None,
        (WORD, "one with another", "with ValueError of", "with KeyError of"),
    ),
    "cause's representation": Case(
        """
        try: raise ValueError(f"the letter {s} is wrong")
        except ValueError as error: raise Refused(f"gave up {error!r} with {s}") from error
        """,
        "gave up ValueError(the letter <…> is wrong) with <…>",
        (WORD, "one with another", "it's", "two\nlines", "two  spaces", "with ValueError("),
    ),
    "longer template of another branch": Case(
        """
        if FIRST: text = "we cannot %s" % s
        else: text = "we cannot write %s today" % s
        raise Refused(text)
        """,
        None,
        ("write the letter today", WORD, SENTENCE, "write"),
    ),
    "longer template of another function": Case(
        """
        def other(): return "gave up reading %s for now" % s
        raise Refused("gave up %s" % s)
        """,
        None,
        ("reading letters for now", WORD, SENTENCE),
    ),
    "whole text of another branch": Case(
        """
        if FIRST: text = s
        else: text = "the letter cannot be found"
        raise Refused(text)
        """,
        None,
        ("the letter cannot be found", *VALUES),
    ),
    "two statements on a line": Case(
        'raise Refused("gave up " + s) if FIRST else Refused("gave up reading %s today" % s)',
        None,
        ("reading letters today", WORD, SENTENCE),
    ),
}
CASES = {
    **{
        f"chosen: {name}": Case(f"raise Refused({text})", message, CODES)
        for name, (text, message) in CHOSEN.items()
    },
    **{f"chosen: {name}": case for name, case in CHOSEN_BY_STATEMENTS.items()},
    **{f"equal: {name}": case for name, case in EQUAL.items()},
    **{f"found: {name}": case for name, case in FOUND.items()},
}

CERTAIN = {
    "literal": ('raise Refused("cannot do it")', "cannot do it"),
    "f-string": ('raise Refused(f"cannot do {s} today")', "cannot do <…> today"),
    "format": ('raise Refused("cannot do {} today".format(s))', "cannot do <…> today"),
    "%": ('raise Refused("cannot do %s today" % s)', "cannot do <…> today"),
    "% with names": ('raise Refused("cannot do %(a)s now" % {"a": s})', "cannot do <…> now"),
    "sum": ('raise Refused("cannot do " + s + " today")', "cannot do <…> today"),
    "implicit sum": ('raise Refused("cannot do " "%s today" % s)', "cannot do <…> today"),
    "cause": (
        'try: {}[s]\nexcept KeyError as error: raise Refused("cannot do it") from error',
        "cannot do it",
    ),
    "name": ('text = "cannot do %s today"\nraise Refused(text % s)', "cannot do <…> today"),
    "literal in a hole": ('raise Refused("cannot do %s today" % "it")', "cannot do it today"),
    "constant in a hole": (
        'raise Refused(f"cannot do {ONCE} today: {s}")',
        "cannot do reading of letters today: <…>",
    ),
    "constant": ("raise Refused(CONSTANT % s)", "cannot do <…> today"),
    "whole constant": ("raise Refused(ONCE)", "reading of letters"),
    "disjoint branches, the first": (
        """
        if FIRST: text = "cannot read %s" % s
        else: text = "must not write %s" % s
        raise Refused(text)
        """,
        "cannot read <…>",
    ),
    "disjoint branches, the second": (
        """
        if not FIRST: text = "cannot read %s" % s
        else: text = "must not write %s" % s
        raise Refused(text)
        """,
        "must not write <…>",
    ),
    "added step": (
        """
        text = "cannot do %s" % s
        text += ", try again later"
        raise Refused(text)
        """,
        "cannot do <…>, try again later",
    ),
    "helper that raises": ('give_up("no such model: %s" % s)', "no such model: <…>"),
    "helper that raises its caller's whole text": (
        'give_up("the journey is over")',
        "the journey is over",
    ),
    "helper that returns": ("raise Refused(letter(s))", "no such letter: <…>"),
    "class that makes its text at first": ("raise Unread(s)", "cannot read <…> at all"),
    "class that makes its text at last": ("raise Unwritten(s)", "cannot write <…> at all"),
    "class with a text of its own": ("raise Unsent(s)", "cannot send it at all"),
    "default that the statement leaves out": ("raise Unheard()", "cannot hear it at all"),
    "default that the statement leaves out beside another": (
        "raise Unseen(s)",
        "cannot see it at all: <…>",
    ),
    "translation": ('raise Refused(_("cannot do %s today") % s)', "cannot do <…> today"),
    "dedent": (
        'raise Refused(textwrap.dedent("    cannot do it, try again later"))',
        "cannot do it, try again later",
    ),
    "strip": ('raise Refused("  cannot do %s today ".strip() % s)', "cannot do <…> today"),
    "assertion": ('assert not s, f"cannot do {s} today"', "cannot do <…> today"),
    "exit": ('raise SystemExit(f"cannot do {s} today")', "cannot do <…> today"),
    "key": ('raise KeyError("no such letter as %s" % s)', "no such letter as <…>"),
    "cause's message": (
        """
        try: raise ValueError(f"the letter {s} is wrong")
        except ValueError as error: raise Refused(f"gave up: {error}") from error
        """,
        "gave up: the letter <…> is wrong",
    ),
    "attribute": ("s.passphrase", "'str' object has no attribute 'passphrase'"),
    "number": ("int(s)", "invalid literal for int() with base 10: <…>"),
    "file": ("open('/nowhere/' + s)", "[Errno 2] No such file or directory: <…>"),
}
CERTAIN_HEAD = """
import textwrap
ONCE = "reading of letters"
CONSTANT = "cannot do %s today"
FIRST = True
_ = str
class Refused(Exception): pass
class Unread(Exception):
    def __init__(self, s): super().__init__(f"cannot read {s} at all")
class Unwritten(Exception):
    def __init__(self, s): self.s = s
    def __str__(self): return "cannot write %s at all" % self.s
class Unsent(Exception):
    def __init__(self, s): super().__init__("cannot send it at all")
class Unheard(Exception):
    def __init__(self, text="cannot hear it at all"): super().__init__(text)
class Unseen(Exception):
    def __init__(self, s, text="cannot see it at all"): super().__init__(f"{text}: {s}")
def give_up(text): raise Refused(text)
def letter(s): return f"no such letter: {s}"
"""


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """Return a site whose modules are forgotten afterwards."""
    before = dict(sys.modules)
    yield Site(tmp_path.resolve())
    for name in [name for name in sys.modules if name not in before]:
        del sys.modules[name]


def assert_told(
    site: Site, fail: Callable[[str], object], values: Sequence[str], text: str
) -> None:
    """Call a function with each value, and assert that the message in the report is this text."""
    messages = {value: site.message(partial(fail, value)) for value in values}
    assert messages == dict.fromkeys(values, text)


@pytest.mark.parametrize("name", CASES)
def test_a_value_makes_no_difference(site: Site, name: str) -> None:
    """Whichever text a value chooses, equals or holds, the reports are identical."""
    case = CASES[name]
    assert len(case.values) >= 3
    told = site.identical(site.function(HEAD, case.body), case.values)
    assert case.message in (None, told)


@pytest.mark.parametrize("name", CERTAIN)
def test_what_no_value_chooses_is_told(site: Site, name: str) -> None:
    """A text that only statements decide on stays in the report."""
    body, text = CERTAIN[name]
    assert_told(site, site.function(CERTAIN_HEAD, body), VALUES, text)
