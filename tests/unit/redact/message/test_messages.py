"""Published source and a message → the template that is reported, stage by stage of the search."""

from __future__ import annotations

import builtins
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from published import Site

SECRET = "hunter2"  # noqa: S105 - it is one


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """Return a site whose modules are forgotten afterwards."""
    before = dict(sys.modules)
    yield Site(tmp_path.resolve())
    for name in [name for name in sys.modules if name not in before]:
        del sys.modules[name]


# A body of `def fail(s)`, and what is reported.
RAISED = {
    "raise ValueError(f'cannot open {s} for writing')": "cannot open <…> for writing",
    "raise ValueError('cannot open %s for writing' % s)": "cannot open <…> for writing",
    "raise ValueError('cannot open %(a)s and %(b)r' % {'a': s, 'b': s})": (
        "cannot open <…> and <…>"
    ),
    "raise ValueError('cannot open {} for {}'.format(s, s))": "cannot open <…> for <…>",
    "raise ValueError('cannot open {a!r} at {b:>20}'.format(a=s, b=s))": "cannot open <…> at <…>",
    "import string; raise ValueError(string.Template('cannot open $a now').substitute(a=s))": (
        "cannot open <…> now"
    ),
    "raise ValueError('cannot open ' + s + ' for writing')": "cannot open <…> for writing",
    "raise ValueError('cannot be')": "cannot be",
    "raise ValueError": "<…>",
    "raise ValueError(s)": "<…>",
    "raise ValueError(f'{s}: {s}')": "<…>",
    "raise ValueError(f'a {s}')": "a <…>",
    "raise ValueError('cannot  open\\n\\t%s  now' % s)": "cannot open <…> now",
    "raise ValueError(f'cannot open {s}' if s else 'nothing to open')": "<…>",
    "raise ValueError('cannot open it' if s else f'cannot open {s}')": "cannot open <…>",
    "t = 'cannot open %s for writing'; raise ValueError(t % s)": "cannot open <…> for writing",
    "t = f'cannot open {s}'; t += ' for writing'; raise ValueError(t)": (
        "cannot open <…> for writing"
    ),
    "t = f'cannot open {s}'; t += ' for writing' if not s else ''; raise ValueError(t)": (
        "cannot open <…>"
    ),
    "p = [f'cannot open {s}']; p.append('try again later'); raise ValueError(' - '.join(p))": (
        "cannot open <…> - try again later"
    ),
    "raise ValueError(', '.join(['cannot open it', s]))": "cannot open it, <…>",
    # Other code may have changed the table.
    "t = {'a': 'cannot open %s for writing'}; raise ValueError(t['a'] % s)": "cannot open <…> for writing",
    "t = {'a': 'cannot open it for now'}; raise ValueError(t.get('a'))": "cannot open it for now",
    "_ = str; raise ValueError(_('cannot open %s for writing') % s)": "cannot open <…> for writing",
    "raise ValueError('cannot open NAME for writing'.replace('NAME', s))": (
        "cannot open <…> for writing"
    ),
    "raise ValueError(' cannot open %s for writing '.strip() % s)": "cannot open <…> for writing",
    "raise ValueError(s or 'nothing to open')": "<…>",
    "raise ValueError((t := f'cannot open {s} now'))": "cannot open <…> now",
    "raise ValueError(f'cannot open {s}', 5, s)": "('cannot open <…>', <…>, '<…>')",
    "raise ValueError('word', s)": "('word', '<…>')",
    "raise KeyError(f'no such key as {s}')": "no such key as <…>",
    "assert not s, f'there must be no {s} here'": "there must be no <…> here",
    "raise SystemExit(f'cannot go on with {s}')": "cannot go on with <…>",
    # A default that the secret may equal fills no hole, but a text that no value chooses does.
    "d = s or 'hunter2'; raise ValueError(f'cannot open {d} for writing')": (
        "cannot open <…> for writing"
    ),
    "d = 'the very long default'; raise ValueError(f'cannot open {d}')": (
        "cannot open the very long default"
    ),
    "raise ValueError(f'cannot open {\"x\"} at {s}')": "cannot open x at <…>",
    "raise ValueError(f'cannot open {s!r} at {s:>3}')": "cannot open <…> at <…>",
    "raise ValueError('100%% of %s is gone now' % s)": "100% of <…> is gone now",
    "raise ValueError('{{all}} of {} is gone now'.format(s))": "{all} of <…> is gone now",
    "raise ValueError('caf\\u00e9 {} is closed now'.format(s))": "café <…> is closed now",
    # By C code, with names that the failing instruction carries.
    "s.missing_attribute": "'str' object has no attribute 'missing_attribute'",
    "missing_name": "name 'missing_name' is not defined",
    "import missing_module": "No module named 'missing_module'",
    "getattr(s, s)": "'str' object has no attribute '<…>'",
    "int(s)": "invalid literal for int() with base 10: <…>",
    "list(\n  map(int, [s])\n  )": "invalid literal for int() with base 10: <…>",
    "a, b = map(int, (s, s))": "invalid literal for int() with base 10: <…>",
    "int(s), int(s, 16)": "invalid literal for int() with base <int>: <…>",
    "int(s, 16)": "invalid literal for int() with base <int>: <…>",
    "int(s, base=10)": "invalid literal for int() with base <int>: <…>",
    "int(*[s])": "invalid literal for int() with base <int>: <…>",
    "list(map(int, [s], [10]))": "invalid literal for int() with base <int>: <…>",
    "f = int; f(s)": "invalid literal for int() with base <int>: <…>",
    "import functools; functools.partial(int, base=10)(s)": (
        "invalid literal for int() with base <int>: <…>"
    ),
    "int = __builtins__['int']; int(s)": "invalid literal for int() with base <int>: <…>",
    "{}[s]": "<…>",
    "open('/nowhere/' + s)": "[Errno 2] No such file or directory: <…>",
    "raise OSError(2, s)": "[Errno 2] <…>",
    "raise OSError(2, 'No such file or directory', s)": (
        "[Errno 2] No such file or directory: <…>"
    ),
}


@pytest.mark.parametrize("body", RAISED)
def test_a_function_that_raises(site: Site, body: str) -> None:
    """What the statement hands on is the template, whatever it puts together."""
    module = site.publish("acme.fails", f"def fail(s):\n    {body}\n")
    assert site.message(lambda: module.fail(SECRET)) == RAISED[body]
    other = site.publish("acme.fails", f"def fail(s):\n    {body}\n")
    assert site.message(lambda: other.fail("Zephyrine")) == RAISED[body]


MODULES = {
    "a constant of the module": (
        "TEXT = 'cannot open %s for writing'\ndef fail(s): raise ValueError(TEXT % s)",
        "cannot open <…> for writing",
    ),
    "a caller's text": (
        """
        def refuse(text): raise ValueError(text)
        def fail(s): refuse(f'cannot open {s} for writing')
        """,
        "cannot open <…> for writing",
    ),
    "a caller's text in the callee's": (
        """
        def refuse(text): raise ValueError(f'sorry: {text}')
        def fail(s): refuse(f'cannot open {s} for writing')
        """,
        "sorry: cannot open <…> for writing",
    ),
    "a caller's text for a method": (
        """
        class Door:
            def refuse(self, text): raise ValueError('the door says ' + text)
        def fail(s): Door().refuse(f'cannot open {s} for writing')
        """,
        "the door says cannot open <…> for writing",
    ),
    "a caller's whole text": (
        """
        def refuse(text): raise ValueError(text)
        def fail(s): refuse('the journey is over')
        """,
        "the journey is over",
    ),
    "the first of two defaults": (
        """
        def refuse(s, text='cannot open %s for writing', code=''): raise ValueError(text % s)
        def fail(s): refuse(s)
        """,
        "cannot open <…> for writing",
    ),
    "a whole text of the class, of two words": (
        """
        class Refused(Exception):
            def __init__(self, s): super().__init__('journey refused')
        def fail(s): raise Refused(s)
        """,
        "journey refused",
    ),
    "what another function returns": (
        """
        def text(s): return f'cannot open {s} for writing'
        def fail(s): raise ValueError(text(s))
        """,
        "cannot open <…> for writing",
    ),
    "what another function makes of an argument": (
        """
        def text(what, s): return f'cannot {what}: {s}'
        def fail(s): raise ValueError(text('open that file for writing', s))
        """,
        "cannot open that file for writing: <…>",
    ),
    "the class's own __str__": (
        """
        class Refused(Exception):
            def __init__(self, s): self.s = s
            def __str__(self): return f'refused to open {self.s}'
        def fail(s): raise Refused(s)
        """,
        "refused to open <…>",
    ),
    "the class's own __init__": (
        """
        class Refused(Exception):
            def __init__(self, s): super().__init__(f'refused to open {s}')
        def fail(s): raise Refused(s)
        """,
        "refused to open <…>",
    ),
    "a class attribute of a base": (
        """
        class Refused(Exception):
            text = 'refused to open {}'
            def __init__(self, s): super().__init__(self.text.format(s))
        class Door(Refused):
            text = 'the door is closed for {}'
        def fail(s): raise Door(s)
        """,
        "the door is closed for <…>",
    ),
    "the class puts the given text into its own": (
        """
        class Refused(Exception):
            def __init__(self, text): super().__init__(f'refused, since {text}')
        def fail(s): raise Refused(f'the name {s} is not valid')
        """,
        "refused, since the name <…> is not valid",
    ),
    "a text that is made elsewhere in the module, nobody knows where": (
        """
        def text(s): return f'cannot open {s} for writing'
        def fail(s): raise ValueError(globals()['te' + 'xt'](s))
        """,
        "<…>",
    ),
    "a whole text elsewhere in the module tells nothing": (
        """
        TEXTS = ['cannot open it for writing']
        def fail(s): raise ValueError(min(TEXTS))
        """,
        "<…>",
    ),
    "an enumeration's value": (
        """
        import enum
        class Text(enum.Enum):
            OPEN = 'cannot open it for writing'
        def fail(s): raise ValueError(Text.OPEN.value)
        """,
        "cannot open it for writing",
    ),
    "a message within another": (
        """
        def inner(s): raise ValueError(f'the name {s} is not valid')
        def fail(s):
            try: inner(s)
            except ValueError as error: raise RuntimeError(f'gave up: {error}') from None
        """,
        "gave up: the name <…> is not valid",
    ),
    "the same message again": (
        """
        def inner(s): raise ValueError(f'the name {s} is not valid')
        def fail(s):
            try: inner(s)
            except ValueError as error: raise RuntimeError(str(error)) from error
        """,
        "the name <…> is not valid",
    ),
    "class and message of another": (
        """
        class Broken(Exception): pass
        def inner(s): raise Broken(f'the name {s} is not valid')
        def fail(s):
            try: inner(s)
            except Broken as error: raise RuntimeError(f'{type(error).__name__}: {error}') from error
        """,
        "Broken: the name <…> is not valid",
    ),
    "a very long function": (
        "def fail(s):\n" + "    s = s\n" * 3_100 + "    raise ValueError(f'no {s} is here now')",
        "<…>",
    ),
    "a nested function": (
        """
        def fail(s):
            def inner(): raise ValueError(f'cannot open {s} for writing')
            inner()
        """,
        "cannot open <…> for writing",
    ),
    "a lambda": (
        """
        def throw(error): raise error
        fail = lambda s: throw(ValueError(f'cannot open {s} for writing'))
        """,
        "cannot open <…> for writing",
    ),
    "an attribute of a class of the module": (
        """
        class Box: pass
        def fail(s): Box().lid
        """,
        "'Box' object has no attribute 'lid'",
    ),
}


@pytest.mark.parametrize("what", MODULES)
def test_a_module_that_raises(site: Site, what: str) -> None:
    """Texts that come from other places of the module are followed."""
    source, expected = MODULES[what]
    module = site.publish("acme.fails", source)
    assert site.message(lambda: module.fail(SECRET)) == expected


def test_a_text_of_another_module(site: Site) -> None:
    """The text that a caller hands on is public from the caller's file, not from the callee's."""
    site.publish("acme.doors", "def refuse(text): raise ValueError(f'sorry, {text}')")
    module = site.publish(
        "acme.fails",
        "from acme.doors import refuse\ndef fail(s): refuse(f'cannot open {s} quickly')",
    )
    assert site.message(lambda: module.fail(SECRET)) == "sorry, cannot open <…> quickly"


def test_a_base_class_of_another_module(site: Site) -> None:
    """The class's text and its base's make one message."""
    site.publish(
        "acme.base",
        """
        class Base(Exception):
            def __str__(self): return f'refused: {self.why.format(self.args[0])}'
        """,
    )
    module = site.publish(
        "acme.fails",
        """
        from acme.base import Base
        class Door(Base):
            why = 'the door is closed for {}'
        def fail(s): raise Door(s)
        """,
    )
    assert site.message(lambda: module.fail(SECRET)) == "refused: the door is closed for <…>"


def test_the_users_own_raise_has_no_text(site: Site) -> None:
    """Code that is not published says nothing, even where a published text equals it."""
    module = site.publish("acme.calls", "def call(f): f()\nTEXT = 'cannot open it for writing'")
    user = site.write("mine", "def raises(): raise ValueError('cannot open it for writing')")
    assert site.message(lambda: module.call(user.raises)) == "<…>"
    user = site.write("mine", "def raises(): [].secret_attribute")
    assert site.message(lambda: module.call(user.raises)) == (
        "'list' object has no attribute '<…>'"
    )


def test_what_holes_swallow_is_kept_for_the_gate(site: Site) -> None:
    """All that a hole stands for is private, and so is a message that is not found."""
    module = site.publish(
        "acme.fails",
        """
        def fail(s): raise ValueError(f'cannot open {s} for {s.upper()} now')
        def other(s): raise ValueError(s.upper() or 'x')
        """,
    )
    site.message(lambda: module.fail(SECRET))
    assert site.swallowed == ["hunter2", "HUNTER2"]
    site.message(lambda: module.other(SECRET))
    assert site.swallowed == ["HUNTER2"]


@pytest.mark.skipif(not hasattr(builtins, "ExceptionGroup"), reason="there are no groups")
def test_an_exception_group(site: Site) -> None:
    """Its own text is found, and its members are redacted where the group was raised."""
    module = site.publish(
        "acme.fails",
        """
        def fail(s):
            raise ExceptionGroup(f'all of {s} failed', [ValueError(f'no {s} is here')])
        """,
    )
    group, member = site.redacted(lambda: module.fail(SECRET))
    assert group.message == "all of <…> failed (<…> sub-exceptions)"
    assert (member.message, member.relation, member.parent) == ("no <…> is here", "member", 0)


def test_a_cause_that_is_hidden(site: Site) -> None:
    """`from None` takes a cause out of the report, but its message may be in the other's."""
    module = site.publish(
        "acme.fails",
        """
        def fail(s):
            try: raise ValueError(f'the name {s} is not valid')
            except ValueError as error: raise RuntimeError(f'gave up: {error}') from None
        """,
    )
    [only] = site.redacted(lambda: module.fail(SECRET))
    assert only.message == "gave up: the name <…> is not valid"
