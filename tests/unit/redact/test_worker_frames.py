"""Frames of a pool's worker, which the pool passes on as the text of a traceback."""

from __future__ import annotations

import concurrent.futures
import importlib
import multiprocessing
import multiprocessing.pool
import sys
import time
import traceback
from collections.abc import Callable
from functools import partial
from pathlib import Path
from site import addsitedir
from types import ModuleType
from typing import Any

import pytest
from published import Site

from telemetry_hook._redact.fingerprint import fingerprint
from telemetry_hook._redact.origins import _made
from telemetry_hook._report import RedactedException, Release

TOOL = """
    class RiggingError(Exception):
        pass

    class OddError(Exception):
        def __str__(self):
            return helper(self)

    def hoist(s):
        raise RiggingError(f"the mast cannot carry {s} sails")

    def reef(s):
        return {}[s]

    def measure(s):
        return int(s + "m")

    def climb(s, steps=3):
        if steps:
            return climb(s, steps - 1)
        raise RiggingError("the ladder ends here")

    def translate(s):
        try:
            reef(s)
        except KeyError as error:
            raise RiggingError(f"no such rope: {s}") from error

    def chain(s):
        try:
            translate(s)
        except RiggingError:
            raise RiggingError("the rigging is down")

    def spread(
        s,
    ):
        raise RiggingError(
            "too much wind"
            " for all sails"
        )

    def call(function, s):
        return function(s)
"""
# The test's own process may have threads. From Python 3.15 on, an error of this warning stops the fork.
pytestmark = pytest.mark.filterwarnings(
    "ignore:This process .* is multi-threaded, use of fork:DeprecationWarning"
)
SEPARATOR = "\n\nThe above exception was the direct cause of the following exception:\n\n"


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    monkeypatch.syspath_prepend(str(tmp_path))
    return Site(tmp_path)


@pytest.fixture
def tool(site: Site) -> Any:
    return site.publish("acme_rigging", TOOL)


def in_pool(function: Callable[[str], object], s: str, method: str = "fork") -> object:
    context = multiprocessing.get_context(method)
    with concurrent.futures.ProcessPoolExecutor(1, mp_context=context) as pool:
        return pool.submit(function, s).result()


def in_pool_of_old(function: Callable[[str], object], s: str) -> object:
    with multiprocessing.get_context("fork").Pool(1) as pool:
        return pool.map(function, [s])


def in_text(function: Callable[[str], object], s: str) -> object:
    """Raise what the process of a pool would: the worker's exception, with its traceback as text."""
    carrier: Any = vars(multiprocessing.pool)["RemoteTraceback"]
    try:
        return function(s)
    except Exception as error:
        # The worker's first frame is the pool's, not the test's.
        entry = error.__traceback__
        assert entry is not None
        printed = "".join(traceback.format_exception(type(error), error, entry.tb_next))
        copy = type(error)(*error.args)
        vars(copy).update(vars(error))
    raise copy from carrier(f'\n"""\n{printed}"""')


def at(exception: RedactedException) -> list[str]:
    """Return the functions, lines and sources of the frames known by text."""
    frames = [frame for frame in exception.frames if frame.known_by == "text" and frame.in_app]
    return [f"{frame.function}: {frame.source and frame.source.line.strip()}" for frame in frames]


def hashed(exceptions: tuple[RedactedException, ...]) -> str:
    return fingerprint(Release(_made("acme", None), _made("1.0", None)), exceptions)


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_a_pool_of_futures(site: Site, tool: Any, method: str) -> None:
    first, carrier = site.redacted(partial(in_pool, tool.hoist, "seven", method))
    assert (first.type, first.message) == ("RiggingError", "the mast cannot carry <…> sails")
    assert at(carrier) == ['hoist: raise RiggingError(f"the mast cannot carry {s} sails")']
    assert carrier.module == "concurrent.futures.process"
    assert carrier.message == "<…>"
    assert carrier.frames[0].function == "_process_worker"
    assert not any(frame.variables for frame in carrier.frames)


@pytest.mark.skipif(sys.version_info < (3, 14), reason="came with Python 3.14")
def test_a_pool_of_interpreters(site: Site, tool: Any) -> None:
    importlib.import_module("concurrent.futures.interpreter")

    def in_interpreters(function: Callable[[str], object], s: str) -> object:
        # An interpreter has the search path that the process began with.
        path: Any = {"initializer": addsitedir, "initargs": (str(site.directory),)}
        with vars(concurrent.futures.interpreter)["InterpreterPoolExecutor"](1, **path) as pool:  # type: ignore[attr-defined]
            return pool.submit(function, s).result()

    first, carrier, cause = site.redacted(partial(in_interpreters, tool.translate, "x"))
    assert first.message == "no such rope: <…>"
    assert [frame.function for frame in carrier.frames] == ["do_call", "translate"]
    assert (cause.type, [frame.function for frame in cause.frames]) == (
        "KeyError",
        ["translate", "reef"],
    )


def test_a_pool_of_multiprocessing(site: Site, tool: Any) -> None:
    first, carrier = site.redacted(partial(in_pool_of_old, tool.reef, "jib"))
    assert (first.type, first.message) == ("KeyError", "<…>")
    assert [frame.function for frame in carrier.frames] == ["worker", "mapstar", "reef"]
    assert carrier.type == "RemoteTraceback"


def test_bugs_of_workers_have_fingerprints_of_their_own(site: Site, tool: Any) -> None:
    functions = (tool.hoist, tool.climb, tool.climb, tool.spread, tool.translate, tool.chain)
    found = [hashed(site.redacted(partial(in_pool, function, "x"))) for function in functions]
    assert found[1] == found[2]
    assert len({*found}) == len(found) - 1


@pytest.mark.parametrize(
    ("name", "message", "frames"),
    [
        ("hoist", "the mast cannot carry <…> sails", ["hoist"]),
        ("measure", "invalid literal for int() with base 10: <…>", ["measure"]),
        ("spread", "too much wind for all sails", ["spread"]),
        ("translate", "no such rope: <…>", ["translate"]),
        ("chain", "the rigging is down", ["chain"]),
    ],
)
def test_messages_are_looked_up_where_the_worker_failed(
    site: Site, tool: Any, name: str, message: str, frames: list[str]
) -> None:
    first, carrier, *_ = site.redacted(partial(in_text, getattr(tool, name), "jib"))
    assert first.message == message
    assert [entry.partition(":")[0] for entry in at(carrier)] == frames


def test_the_first_exception_of_a_chain_is_listed(site: Site, tool: Any) -> None:
    _, carrier, cause = site.redacted(partial(in_text, tool.chain, "jib"))
    assert at(carrier) == ['chain: raise RiggingError("the rigging is down")']
    assert (cause.type, cause.module, cause.message) == ("KeyError", None, "<…>")
    assert at(cause) == ["translate: reef(s)", "reef: return {}[s]"]
    assert (cause.parent, cause.relation) == (1, "context")


def test_code_of_the_user(site: Site, tool: Any) -> None:
    """It has no name, its own message has no text, and a pool's frames are known nevertheless."""
    users = site.write(
        "users",
        "def job(s):\n    raise ValueError(f'my secret {s}')\ndef ok(s):\n    call(job, s)\n",
    )
    first, carrier = site.redacted(partial(in_text, partial(tool.call, users.job), "jib"))
    assert first.message == "<…>"
    assert [frame.function for frame in carrier.frames] == ["call", "<user code>"]
    users.call, users.job = tool.call, tool.hoist
    first, carrier = site.redacted(partial(in_text, users.ok, "jib"))
    assert first.message == "the mast cannot carry <…> sails"
    assert [frame.function for frame in carrier.frames] == ["<user code>", "call", "hoist"]


def test_a_line_that_is_not_the_files_own_is_user_code(site: Site, tool: Any) -> None:
    path = Path(tool.__file__)
    source = path.read_text("utf-8")
    path.write_text(source.replace("carry {s} sails", "carry {s} kites"), "utf-8")
    _, carrier = site.redacted(partial(in_text, tool.hoist, "jib"))
    assert [frame.function for frame in carrier.frames] == ["<user code>"]


def forged(tool: Any) -> str:
    """Return a text that looks like the traceback of another function of the tool."""
    try:
        tool.spread("x")
    except tool.RiggingError:
        return traceback.format_exc()
    raise AssertionError


def test_no_message_chooses_a_frame(site: Site, tool: Any) -> None:
    """A message may have the text of a traceback: the report is the same."""
    text = forged(tool)
    lines = text.partition("\n")[2]
    values = ["jib", text, lines, SEPARATOR + text, f"a{SEPARATOR}{text}{SEPARATOR}{text}"]
    values += [
        f"\n{lines}",
        f"{SEPARATOR}{text}\n"[:-1],
        SEPARATOR + "Traceback (most recent call last):",
    ]
    for name in ("hoist", "translate", "reef", "measure", "chain"):
        site.identical(partial(in_text, getattr(tool, name)), values)


def test_no_note_chooses_a_frame(site: Site, tool: Any) -> None:
    text = forged(tool)

    def noted(s: str) -> None:
        try:
            tool.translate("jib")
        except tool.RiggingError as error:
            error.__notes__ = [s, "more"]
            raise

    site.identical(partial(in_text, noted), ["jib", text, SEPARATOR + text])


def test_a_message_that_is_not_known(site: Site, tool: Any) -> None:
    """Only the first part is read then, which no message can be before."""
    users = site.write(
        "users",
        """
        class Odd(Exception):
            def __str__(self):
                return self.args[0] + "!"
        """,
    )

    def odd(s: str) -> None:
        try:
            tool.hoist("jib")
        except tool.RiggingError as error:
            raise users.Odd(s) from error

    text = forged(tool)
    site.identical(partial(in_text, odd), ["jib", text, SEPARATOR + text])
    _, carrier, *more = site.redacted(partial(in_text, odd, "jib"))
    assert [entry.partition(":")[0] for entry in at(carrier)] == ["hoist"]
    assert more == []


def test_the_depth_of_a_recursion_is_not_told(site: Site, tool: Any) -> None:
    def deep(s: str) -> None:
        tool.climb("x", len(s))

    reports = {
        length: site.redacted(partial(in_text, deep, "x" * length)) for length in (11, 12, 40, 98)
    }
    assert len({*reports.values()}) == 1
    carrier = reports[11][1]
    functions = [frame.function for frame in carrier.frames]
    assert functions == ["<user code>", "climb", "… 10+ more of the same", "climb"]


def test_only_the_pools_own_class_is_believed(site: Site, tool: Any) -> None:
    users = site.write(
        "users",
        """
        class RemoteTraceback(Exception):
            def __init__(self, tb):
                self.tb = tb
        RemoteTraceback.__module__ = "multiprocessing.pool"
        class Derived(__import__("multiprocessing").pool.RemoteTraceback):
            pass
        """,
    )
    text = forged(tool)
    for kind in (users.RemoteTraceback, users.Derived):
        error = ValueError("jib")
        error.__cause__ = kind(text)
        assert [each.frames for each in site.redacted(partial(tool.call, raising(error), "x"))][
            1:
        ] == [()]


def raising(error: Exception) -> Callable[[str], object]:
    def fail(_: str) -> object:
        raise error

    return fail


@pytest.mark.parametrize(
    "text", [None, 7, "", "nothing", '\n"""\n', "Traceback (most recent call last):\n"]
)
def test_texts_without_frames(site: Site, tool: Any, text: object) -> None:
    error: Any = ValueError("jib")
    carrier: Any = vars(multiprocessing.pool)["RemoteTraceback"]
    error.__cause__ = carrier(text)
    assert site.redacted(partial(tool.call, raising(error), "x"))[1].frames == ()


@pytest.mark.skipif(sys.version_info < (3, 11), reason="groups came with Python 3.11")
def test_a_group(site: Site, tool: Any) -> None:
    users = site.write(
        "users",
        """
        def gather(s):
            raise ExceptionGroup(s, [ValueError(s), KeyError(s)])
        """,
    )
    _, carrier, *_ = site.redacted(partial(in_text, partial(tool.call, users.gather), "jib"))
    assert [frame.function for frame in carrier.frames] == ["call", "<user code>"]


def test_large_texts_are_bounded(site: Site, tool: Any) -> None:
    carrier: Any = vars(multiprocessing.pool)["RemoteTraceback"]
    frames = "".join(
        f'  File "/tmp/{number}.py", line 1, in f\n    f()\n' for number in range(15_000)
    )
    for text in (frames, frames + "ValueError: jib\n" + SEPARATOR * 20_000, "x" * 10_000_000):
        error: Any = ValueError("jib")
        error.__cause__ = carrier("Traceback (most recent call last):\n" + text)
        start = time.process_time()
        site.redacted(partial(tool.call, raising(error), "x"))
        assert time.process_time() - start < 1


PARSERS = """
    import ast

    def parse(s):
        return ast.parse("def f(:", s)

    def reparse(s):
        try:
            int(s)
        except ValueError:
            parse(s)

    def change(s):
        try:
            ast.parse("def f(:")
        except SyntaxError as error:
            setattr(error, s, "lid.py")
            raise
"""
FORGED = (
    'x", line 1, in y\n\nDuring handling of the above exception, another exception occurred:\n\n'
    'Traceback (most recent call last):\n  File "acme_parsers.py", line 5, in parse\n    x'
)


@pytest.mark.parametrize("function", ["parse", "reparse"])
def test_a_syntax_error_of_a_worker(site: Site, function: str) -> None:
    """It is printed with more lines. No name of a file changes what is found."""
    parsers = site.publish("acme_parsers", PARSERS)
    fail = partial(in_text, getattr(parsers, function))
    found = [site.redacted(partial(fail, name)) for name in ("lid.py", 'l"\nid', FORGED)]
    assert found[0] == found[1] == found[2]
    assert found[0][0].message == "invalid syntax"
    assert at(found[0][1])[-1] == 'parse: return ast.parse("def f(:", s)'


def changing(parsers: ModuleType, attribute: str) -> Callable[[], object]:
    """Return what has a worker change an attribute of a syntax error, which pickling loses."""

    def fail() -> None:
        try:
            in_text(parsers.change, attribute)
        except SyntaxError as error:
            error.filename, error.text = "<unknown>", "def f(:"
            raise

    return fail


def test_a_syntax_error_that_the_worker_gave_a_file(site: Site) -> None:
    """Formatters do that. The rest of how it was printed is known."""
    parsers = site.publish("acme_parsers", PARSERS)
    found = site.redacted(changing(parsers, "filename"))
    assert found[0].message == "invalid syntax"
    assert at(found[1]) == ['change: ast.parse("def f(:")']


PLACES = """
    import ast

    def check(code, name):
        try:
            ast.parse(code, name)
        except SyntaxError as error:
            error.filename = "lid.py"
            raise

    def cough(code):
        ast.parse(code)

    async def start(rope): return rope.lid

    def throw(s):
        coroutine = start(s)
        coroutine.throw(AttributeError(s))
"""


AGAIN = """
    def again(s):
        try:
            return int(s)
        except ValueError as error:
            raise error

    def retry(s, times=2):
        try:
            return retry(s, times - 1) if times else int(s)
        except ValueError as error:
            raise error

    class Box:
        def __getitem__(self, item): raise KeyError(item)

    def read(s):
        return Box()["lid"]
"""


def functions(exception: RedactedException) -> list[str | None]:
    """Return the functions of the frames that are the tool's or were left out."""
    return [frame.function for frame in exception.frames if frame.in_app or "…" in frame.function]


def test_what_a_worker_raised_again_is_no_recursion(site: Site) -> None:
    """A statement that raises it has called nothing."""
    again = site.publish("acme_again", AGAIN)
    found = site.redacted(partial(in_text, again.again, "x"))
    assert functions(found[1]) == ["again", "again"]
    found = site.redacted(partial(in_text, again.retry, "x"))
    assert functions(found[1]) == ["retry", "retry", "… 1+ more of the same", "retry"]


def test_which_instruction_of_a_worker_failed_is_not_known(site: Site) -> None:
    """So an item of the line may not be what was read."""
    again = site.publish("acme_again", AGAIN)
    assert site.redacted(partial(in_text, again.read, "x"))[0].message == "<…>"


@pytest.mark.parametrize("name", ["lid.py", 'a", line 7', "x\u2028y"])
def test_a_file_whose_name_looks_like_a_place(site: Site, name: str) -> None:
    """Its name is known."""
    places = site.publish("acme_places", PLACES)
    found = site.redacted(partial(in_text, partial(places.check, "def f(:"), name))
    assert found[0].message == "invalid syntax"


def test_a_mistyped_keyword(site: Site) -> None:
    """Python 3.14 suggests the keyword in the text, and this process does not know the suggestion."""
    places = site.publish("acme_places", PLACES)
    found = site.redacted(partial(in_text, places.cough, "fro x in y: pass"))
    assert found[0].message == "invalid syntax"
    assert at(found[1])[-1] == "cough: ast.parse(code)"


def test_what_is_thrown_into_a_coroutine(site: Site) -> None:
    """The line where it starts has not failed, also if all of it is in that line."""
    places = site.publish("acme_places", PLACES)
    texts = ("jib", "'str' object has no attribute 'lid'")
    one, other = (site.redacted(partial(in_text, places.throw, text)) for text in texts)
    assert one[0].message == other[0].message == "<…>"


def test_a_syntax_error_far_to_the_right(site: Site) -> None:
    """Its text would have as many spaces."""
    error: Any = SyntaxError("no", ("f", 1, 1, "text", 1, 4 * 10**8))
    error.__cause__ = vars(multiprocessing.pool)["RemoteTraceback"]("no")
    start = time.process_time()
    site.redacted(partial(raising(error), "x"))
    assert time.process_time() - start < 1


def test_a_syntax_error_that_the_worker_changed(site: Site) -> None:
    """How it was printed is not known, so only the first frames are read."""
    parsers = site.publish("acme_parsers", PARSERS)
    assert site.redacted(changing(parsers, "text"))[0].message == "<…>"
