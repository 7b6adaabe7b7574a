"""The table of messages that C code raises: it knows them, and holds nothing of them but text."""

from __future__ import annotations

import builtins
import contextlib
import sqlite3
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT

from telemetry_hook._redact.message import interpreter
from telemetry_hook._redact.message import templates as _templates

MINOR_VERSION = f"{sys.version_info[0]}.{sys.version_info[1]}"
TABLE = Path(interpreter.__file__).parent / "messages.txt"
SECRET = "hunter2"  # noqa: S105 (to be looked for)

STATEMENTS = f"""
len({SECRET!r}, 1)
len(5)
len()
int({SECRET!r})
int([])
int({SECRET!r}, 99)
float({SECRET!r})
complex({SECRET!r})
[][7]
()[7]
{SECRET!r}[70]
[].pop()
[1].remove({SECRET!r})
{{1}}.pop() + {{2}}
[[]] < [5]
{{[]: 1}}
hash({{}})
1 / 0
1 // 0
1.5 % 0
5 + {SECRET!r}
{SECRET!r} + 5
{SECRET!r} * {SECRET!r}
-{SECRET!r}
{SECRET!r} < 5
5 in 5
5 in {SECRET!r}
x = 5; x[0]
x = 5; x()
None.{SECRET}
x = None; x[0]
(5).{SECRET}
{SECRET}
import {SECRET}
from os import {SECRET}
import os.{SECRET}
a, b = 1, 2, 3
a, b = [1]
a, b = 5
a, *b = ()
chr(-1)
ord({SECRET!r})
bytes([999])
bytes({SECRET!r})
{SECRET!r}.join([1])
{SECRET!r}.split('')
{SECRET!r}.encode('{SECRET}')
({SECRET!r} + chr(233)).encode('ascii')
b'\\xff{SECRET}'.decode()
b'\\xff{SECRET}'.decode('ascii')
'{{}} {{}}'.format({SECRET!r})
'{{0'.format({SECRET!r})
'%d' % {SECRET!r}
'%s %s' % {SECRET!r}
'%s' % (1, {SECRET!r})
format({SECRET!r}, 'd')
format(5, '{SECRET}')
range(1, 2, 0)
next(5)
iter(5)
sum([{SECRET!r}])
max([])
min([])
isinstance(5, {SECRET!r})
sorted([5, {SECRET!r}])
type('{SECRET}', (bool,), {{}})
object().{SECRET}
object().{SECRET} = 1
object().__class__ = int
super().x
dict([5])
dict([(1, 2, 3)])
print(**5)
print(*5)
(lambda x: x)()
(lambda: 0)({SECRET!r})
(lambda x: x)(1, x=2)
(lambda *, {SECRET}: 0)()
(lambda: 0)({SECRET}=1)
raise 5
for x in 5: pass
eval('1 +')
eval('(]')
eval('{SECRET} {SECRET}')
exec('return 1')
exec('if 1:\\nx')
exec('  x')
exec('5 = x')
open('/nonexistent/{SECRET}', mode='{SECRET}')
open(5.5)
memoryview({SECRET!r})
slice(1).indices({SECRET!r})
pow(2, -1, 0)
10 ** 400 * 1.5
float('inf').as_integer_ratio()
int(float('nan'))
2 << -1
import struct; struct.pack('i', {SECRET!r})
import struct; struct.unpack('i', b'{SECRET}x')
import math; math.sqrt(-5)
import math; math.factorial(-5)
import datetime; datetime.date(2000, 77, 1)
import datetime; datetime.datetime.fromisoformat({SECRET!r})
import datetime; datetime.date(2000, 1, 1) + 5
DATABASE.execute('select {SECRET}')
DATABASE.execute('select * from {SECRET}')
DATABASE.execute('{SECRET}')
DATABASE.execute('select ?')
import sqlite3; sqlite3.connect('/nonexistent/{SECRET}')
import zlib; zlib.decompress(b'{SECRET}')
import pickle; pickle.loads(b'')
import csv; csv.reader([], delimiter='{SECRET}')
import csv; csv.writer(5)
import binascii; binascii.unhexlify('{SECRET}')
import codecs; codecs.lookup('{SECRET}')
import socket; socket.inet_aton('{SECRET}')
import ctypes; ctypes.c_int('{SECRET}')
import functools; functools.reduce(max, [])
import collections; collections.deque().pop()
import itertools; itertools.islice([], -5)
import hashlib; hashlib.sha256('{SECRET}')
import re; re.match('a', 5)
import array; array.array('i', ['{SECRET}'])
import io; io.StringIO(5)
import asyncio; asyncio.get_running_loop()
import threading; threading.Lock().release()
import xml.parsers.expat as expat; expat.ParserCreate().Parse('<{SECRET}', True)
import weakref; weakref.ref(5)
import contextvars; contextvars.ContextVar(5)
import operator; operator.itemgetter()
import select; select.select(5, [], [])
import ssl; ssl.create_default_context().set_ciphers('{SECRET}')
""".strip().splitlines()  # noqa: S608 (as text that fails)


def raised(source: str) -> BaseException:
    with contextlib.closing(sqlite3.connect(":memory:")) as database:
        names = {"__name__": "test", "DATABASE": database}
        with pytest.raises(BaseException) as caught:  # noqa: PT011 (any)
            exec(compile(source, "<test>", "exec"), names)  # noqa: S102 (our own)
    return caught.value


def message(exception: BaseException) -> str:
    text = exception.msg if isinstance(exception, SyntaxError) else str(exception)
    return _templates.normalize(text)


def sections(path: Path = TABLE) -> dict[str, list[str]]:
    """Return the templates in a table's file by class, with the file's marks and in its order."""
    head, *found = path.read_text(encoding="utf-8").rstrip("\n").split("\n\n")
    assert head.startswith("#")
    split = [section.split("\n") for section in found]
    assert all(key[0] + key[-1] == "[]" for key, *_ in split)
    return {key[1:-1]: templates for key, *templates in split}


def learned_under() -> list[str]:
    """Return the minor versions of Python that the table's messages are from."""
    line = TABLE.read_text(encoding="utf-8").partition("# Learned under Python ")[2]
    return line.partition("\n")[0].split(", ")


def unmarked(line: str) -> str:
    for mark, label in interpreter.LABELS.items():
        line = line.replace(label, mark)
    return line


@pytest.mark.parametrize("source", STATEMENTS)
def test_a_message_of_c_code_is_known(source: str) -> None:
    """The table has a template that fits, and that is more than a hole."""
    exception = raised(source)
    found = [
        template
        for template in interpreter.templates(type(exception))
        if interpreter.match(message(exception), template) is not None
    ]
    assert found, message(exception)
    assert not any(SECRET in template for template in found)


def test_two_secrets_find_the_same_templates() -> None:
    """What a hole swallows decides nothing."""
    for source in STATEMENTS:
        if SECRET not in source:
            continue
        one = raised(source)
        other = raised(source.replace(SECRET, "tiger99"))
        for template in interpreter.templates(type(one)):
            found = [interpreter.match(message(each), template) for each in (one, other)]
            assert (found[0] is None) == (found[1] is None), (source, template)


def test_a_subclass_has_no_templates_of_its_bases() -> None:
    """C code raises no class of the user's, so a message that looks like a template is a value."""

    class Private(ValueError):
        pass

    assert interpreter.templates(Private) == ()
    assert interpreter.templates(LookupError)
    assert not set(interpreter.templates(LookupError)) & set(interpreter.templates(IndexError))


def test_a_class_that_only_claims_a_name_has_no_templates_of_it() -> None:
    """Name and module are not enough: the module must hold that very class."""
    forged = type("OperationalError", (Exception,), {"__module__": "sqlite3"})
    assert interpreter.templates(forged) == ()


def test_the_table_is_sorted() -> None:
    """It reads well, and a rewrite of the same templates changes nothing."""
    table = sections()
    assert list(table) == sorted(table)
    for templates in table.values():
        assert templates == sorted(set(templates))


def test_the_longest_text_comes_first() -> None:
    """Of templates that fit equally well, the one that says more is taken."""
    lengths = [
        sum(character not in interpreter.MARKS for character in template)
        for template in interpreter.templates(TypeError)
    ]
    assert lengths == sorted(lengths, reverse=True)
    assert lengths[0] > lengths[-1]


def test_all_of_a_section_is_found_and_nothing_of_the_next() -> None:
    """What the file says of a class is what a look-up returns."""
    for name in ("AttributeError", "TypeError", "ZeroDivisionError"):
        kind: type[BaseException] = vars(builtins)[name]
        expected = sorted(map(unmarked, sections()[name]))
        assert sorted(interpreter.templates(kind)) == expected


def test_templates_are_normalized_and_say_something() -> None:
    """A template is matched against a normalised message, and must match by no accident."""
    assert learned_under()
    for key, templates in sections().items():
        for template in map(unmarked, templates):
            assert template == _templates.normalize(template), key
            assert template.isascii(), (key, template)
            text = template.translate(dict.fromkeys(range(4), " "))
            assert sum(map(str.isalpha, text)) >= 6, (key, template)
            assert sum(any(map(str.isalpha, word)) for word in text.split()) >= 2, (key, template)


def test_a_class_is_looked_up_within_reason() -> None:
    """A dying program can wait for it."""
    source = (
        "import time, pkgutil\n"
        "from telemetry_hook._redact.message import interpreter\n"
        "started = time.perf_counter()\n"
        "assert interpreter.templates(TypeError)\n"
        "print(time.perf_counter() - started)\n"
    )
    took = subprocess.run(
        [sys.executable, "-c", source], cwd=ROOT, capture_output=True, check=True, text=True
    )
    assert float(took.stdout) < 0.1


def test_a_zip_file_holds_the_table_as_well(tmp_path: Path) -> None:
    """The package's loader reads it, wherever the package is."""
    archive = tmp_path / "package.zip"
    with zipfile.ZipFile(archive, "w") as file:
        for path in (ROOT / "telemetry_hook").rglob("*"):
            if path.suffix in (".py", ".txt"):
                file.write(path, path.relative_to(ROOT))
    source = (
        "from telemetry_hook._redact.message import interpreter\n"
        "assert '.zip' in interpreter.__file__\n"
        "assert interpreter.templates(TypeError)\n"
    )
    subprocess.run(
        [sys.executable, "-c", source], cwd=tmp_path, check=True, env={"PYTHONPATH": str(archive)}
    )


@pytest.mark.skipif(MINOR_VERSION not in learned_under(), reason="its messages were not learned")
def test_a_rewrite_of_the_same_templates_is_the_same_file(tmp_path: Path) -> None:
    """Nothing is left to merge in the table, so that a change shows what was learned."""
    copy = tmp_path / "messages.txt"
    copy.write_bytes(TABLE.read_bytes())
    command: list[Any] = [sys.executable, ROOT / "tools" / "learn_messages", "--table", copy]
    subprocess.run([*command, "--groups"], check=True, timeout=100)
    assert copy.read_bytes() == TABLE.read_bytes()


@pytest.mark.skipif(MINOR_VERSION not in learned_under(), reason="its messages were not learned")
def test_what_this_python_says_is_in_the_table(tmp_path: Path) -> None:
    """Nearly all that is learned again is there, or is a case of what is there.

    A later patch release than the one that was learned may say a few things differently.
    """
    copy = tmp_path / "messages.txt"
    options = ["--groups", "calls", "syntax", "sql", "--table", copy]
    command: list[Any] = [sys.executable, ROOT / "tools" / "learn_messages", *options]
    subprocess.run(command, check=True, timeout=100)
    known, learned, unknown = sections(), 0, []
    for key, templates in sections(copy).items():
        learned += len(templates)
        patterns = [unmarked(template) for template in known.get(key, ())]
        for template in set(templates).difference(known.get(key, ())):
            text = unmarked(template).translate({0: "a b", 1: "x", 2: "5", 3: "f"})
            if not any(interpreter.match(text, pattern) is not None for pattern in patterns):
                unknown.append((key, template))
    assert learned > 400
    assert len(unknown) < 0.03 * learned, unknown


def test_hostile_classes_run_nothing() -> None:
    """A metaclass, a module or a name of the user's is not asked."""

    class Meta(type):
        def __getattribute__(cls, name: str) -> Any:
            raise AssertionError(name)

    forged: Callable[..., type[BaseException]] = type.__call__
    hostile = forged(Meta, "X", (ValueError,), {"__module__": "builtins"})
    assert interpreter.templates(hostile) == ()
