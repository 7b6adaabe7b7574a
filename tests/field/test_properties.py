"""Whatever is filled in, nothing of it leaves, and the report is the same as with another filler."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Previewer

pytestmark = pytest.mark.once

TOOL = "properties"
CODE = """
import functools, json, sys
class ToolError(Exception): pass
class Said(Exception):
    def __init__(self, what): self.what = what
    def __str__(self): return f"nothing is known about {self.what} so far"
class Made(ToolError):
    def __init__(self, what): super().__init__(f"the thing called {what} cannot be made")
def helper(s): return "the server of %s does not answer" % s
def fail(message): raise ToolError(message)

def fstring(s): raise ToolError(f"cannot read the {s} of the {s!r} today")
def percent(s): raise ToolError("cannot read %s at %r of it" % (s, s))
def formatted(s): raise ToolError("cannot read {} and {name:>10}".format(s, name=s))
def joined(s): raise ToolError(", ".join(["the first of them", s, "the last of them"]))
def concatenated(s): raise ToolError("cannot read this: " + s + ", so it ends")
def helped(s): raise ToolError(helper(s))
def handed(s): fail(f"the failing of {s} is total")
def said(s): raise Said(s)
def made(s): raise Made(s)
def bare(s): raise ToolError(s)
def several(s): raise ToolError("it went wrong there", s, len(s), s.encode("utf-8", "replace"))
def key(s): {}[s]
def key_of_own(s): raise KeyError(f"there is no such key as {s}")
def attribute(s): getattr(ToolError(), "x" + s)
def value(s): int("x" + s)
def file(s): open("/nowhere/at/all/" + s.replace("\\0", "")[:40])
def noted(s):
    error = ToolError("this one has a note"); error.__notes__ = [s]; raise error
def class_made(s): raise type("X" + s.replace("\\0", ""), (ValueError,), {})("what a class")
def function_made(s):
    def inner(): raise ToolError("what a function")
    inner.__code__ = inner.__code__.replace(co_name=s, co_filename=s); inner()
def module_made(s):
    sys.modules[s] = type(sys)(s)
    try: exec(compile("raise ValueError('in a module')", s.replace("\\0", ""), "exec"), {"__name__": s})
    finally: del sys.modules[s]
def caused(s):
    try: fstring(s)
    except ToolError as error: raise ToolError(f"gave up on {s}: {error}") from error
def in_context(s):
    try: bare(s)
    finally: raise ToolError(f"and then {s} was in the way")
def grouped(s): raise BaseExceptionGroup(f"many about {s} at once", [ToolError(s), Said(s)])
def syntax(s): raise SyntaxError("it cannot be read", (s, 1, 1, s))
def decoded(s): raise UnicodeDecodeError("utf-8", s.encode("utf-8", "replace"), 0, 1, s)
def library(s): json.loads("{" + "x" + s)
def variables(s):
    items, table, text = [s] * 3, {s: s}, s + "x"
    raise ToolError("look at the variables")
def callback(s): functools.reduce(lambda a, b: fail(f"reducing {a} failed badly"), [s, s, s])
def option(s):
    sys.argv[1:] = [s, "--" + s]
    raise ToolError("the arguments are odd")
"""
SCRIPT = """
import json, sys
from hypothesis import HealthCheck, example, given, settings, strategies
from {name} import cli
from telemetry_hook.testing import preview

MARKS = ("%s", "{0}", "$x", "<…>", "\\n", "admin", "localhost", "type", "value", "self", "<…> of the <…>")
STOPS = ("empty", "at the start", "later", "at the end")
NAMES = [name for name in dir(cli) if callable(getattr(cli, name)) and name.islower()]
NAMES = [name for name in NAMES if name not in ("helper", "fail", "reraise")]
if sys.version_info < (3, 11):
    NAMES.remove("grouped")

def report(name, text):
    try:
        getattr(cli, name)(text)
    except BaseException as error:
        found = preview(error, "{name}")
        for exception in found["exceptions"]:
            for each in exception.get("details", ()):
                if each["name"] == "stopped_at":  # all that is told of a text: one of these words
                    assert each["value"] in STOPS
                    each["value"] = ""
        return json.dumps({key: found[key] for key in found if key not in ("id", "time")}, ensure_ascii=False)

BASE = {name: report(name, "hunter2_S3cret") for name in NAMES}
filler = strategies.text(strategies.characters(exclude_categories=["Cs"]), min_size=1, max_size=60)
filler = filler | strategies.sampled_from(MARKS) | filler.map(lambda text: text * 99)

@settings(max_examples=EXAMPLES, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(strategies.sampled_from(NAMES), filler)
def same(name, text):
    found = report(name, text)
    assert found == BASE[name], (name, text[:80], found[-1500:])
    if len(text) > 3 and text not in BASE[name]:
        assert json.dumps(text, ensure_ascii=False)[1:-1] not in found, (name, text[:80])
same()
assert all("hunter2" not in each and each.count("exceptions") for each in BASE.values())
print("DONE", len(NAMES))
"""
FUZZER = """
import json, random, sys, time, asyncio, concurrent.futures, functools, re
from {name} import cli
from telemetry_hook.testing import preview
SECRET = "zq7_Sekrit_"
RAN = []

class Hostile:
    def __getattribute__(self, name): RAN.append(name); return object.__getattribute__(self, name)
    def __repr__(self): RAN.append("repr"); return SECRET
    def __str__(self): RAN.append("str"); return SECRET
    def __len__(self): RAN.append("len"); return 5
    def __bool__(self): RAN.append("bool"); return True
class Text(str):
    def __str__(self): RAN.append("text"); return SECRET
BASES = [ValueError, KeyError, OSError, RuntimeError, TypeError, AttributeError, ImportError, StopIteration,
         UnicodeError, LookupError, ArithmeticError, cli.ToolError, cli.Said, cli.Made, Exception, SyntaxError]

def secret(r): return SECRET + str(r.randrange(99))
def thing(r, depth=0):
    kinds = [lambda: secret(r), lambda: r.randrange(10**6), lambda: None, lambda: Hostile(), lambda: Text(secret(r)),
             lambda: secret(r).encode(), lambda: r.random(), lambda: secret(r) * 5000]
    if depth < 3:
        kinds += [lambda: [thing(r, depth + 1) for _ in range(3)], lambda: {secret(r): thing(r, depth + 1)},
                  lambda: (thing(r, depth + 1),), lambda: error(r, depth + 1)]
    return r.choice(kinds)()
def kind(r):
    base = r.choice(BASES)
    if r.random() < 0.5: return base
    def lie(self): raise RuntimeError(SECRET)
    members = {name: r.choice([lie, lambda self: 5, lambda self: SECRET, property(lie)])
               for name in r.sample(["__str__", "__repr__", "args", "__cause__", "__notes__", "__traceback__",
                                     "errno", "filename", "code", "name", "response"], r.randrange(4))}
    return type(secret(r), (base,), members)
def error(r, depth=0):
    for _ in range(20):
        try:
            made = kind(r)(*[thing(r, depth + 1) for _ in range(r.randrange(4))])
        except Exception:
            continue
        try:
            if r.random() < 0.3: BaseException.__dict__["__cause__"].__set__(made, error(r, depth + 1)) if depth < 3 else 0
            if r.random() < 0.3: BaseException.__dict__["__context__"].__set__(made, made if r.random() < 0.2 else error(r, depth + 1)) if depth < 3 else 0
            if r.random() < 0.3: vars(made)["__notes__"] = [thing(r, 2)]
            if r.random() < 0.3: vars(made)[secret(r)] = thing(r, 2)
        except Exception:
            pass
        if r.random() < 0.15 and sys.version_info >= (3, 11) and depth < 3:
            return ExceptionGroup(secret(r), [made, error(r, depth + 1)] if isinstance(made, Exception) else [ValueError(secret(r))])
        return made
    return ValueError(secret(r))
def throw(each): raise each
def ways(r, each):
    def generator(): yield 1
    def thrown():
        running = generator(); next(running); running.throw(each)
    async def task(): throw(each)
    def executed(): exec(compile("def " + "f(e):\\n  x = [e]\\n  raise e", secret(r), "exec"), space := {}); space["f"](each)
    return r.choice([
        lambda: throw(each), lambda: cli.reraise(each), executed, thrown, lambda: sorted([1, 2], key=lambda _: throw(each)),
        lambda: re.sub("a", lambda _: throw(each), "a"), lambda: json.dumps(object(), default=lambda _: throw(each)),
        lambda: functools.reduce(lambda *_: throw(each), [1, 2]), lambda: asyncio.run(task()),
        lambda: concurrent.futures.ThreadPoolExecutor(1).submit(throw, each).result(),
    ])
for seed in range(ROUNDS):
    r = random.Random(seed)
    each = error(r)
    try:
        ways(r, each)()
    except BaseException as caught:
        RAN.clear()
        start = time.monotonic()
        text = json.dumps(preview(caught, "{name}"))
        took = time.monotonic() - start
        assert not RAN, (seed, RAN)
        assert "Sekrit" not in text, (seed, text)
        assert len(text) < 256 * 1024, (seed, len(text))
        assert took < 5, (seed, took)
print("DONE", ROUNDS)
"""
CODE += """
def reraise(error): raise error
"""


@pytest.fixture(scope="module", autouse=True)
def hypothesis(previewer: Previewer) -> None:
    """Install hypothesis beside the tool."""
    previewer.environment.pip("install", "hypothesis")


def test_no_filler_makes_a_difference(previewer: Previewer) -> None:
    """Messages, keys, notes, names, files, causes: the report is the same for every text."""
    assert "DONE" in previewer.output(SCRIPT.replace("EXAMPLES", "250"))


def test_random_exceptions(previewer: Previewer) -> None:
    """Exceptions built at random leak nothing, run nothing, and never cost the report."""
    assert "DONE" in previewer.output(FUZZER.replace("ROUNDS", "150"))
