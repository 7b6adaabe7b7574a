"""Instances of the types that C code makes."""

from __future__ import annotations

import array
import asyncio
import binascii
import bz2
import collections
import contextvars
import csv
import ctypes
import datetime as dt
import decimal
import functools
import hashlib
import hmac
import io
import itertools
import json.scanner
import lzma
import mmap
import operator
import pickle
import queue
import random
import re
import select
import socket
import sqlite3
import ssl
import struct
import threading
import types
import weakref
import zlib
import zoneinfo
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET
from xml.parsers import expat

from fillers import FILLERS, Filler

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

SAMPLE = FILLERS[0]
LOOP = asyncio.new_event_loop()
VALUE: Any = 1
LIBRARIES = (binascii, json.scanner, types)


def generator() -> Iterator[int]:
    """Make a generator."""
    yield 0


async def coroutine() -> None:
    """Make a coroutine."""


async def async_generator() -> AsyncIterator[int]:
    """Make an asynchronous generator."""
    yield 0


def database(_filler: Filler) -> sqlite3.Connection:
    """Make a connection."""
    return sqlite3.connect(":memory:")


def closed(value: Any) -> Any:
    """Close a file."""
    value.close()
    return value


FACTORIES: tuple[Callable[[Filler], Any], ...] = (
    lambda f: f.text,
    lambda f: f.data,
    lambda f: bytearray(f.data),
    lambda f: f.number,
    lambda f: f.number + 0.5,
    lambda f: complex(f.number, f.number),
    lambda _: True,
    lambda _: None,
    lambda _: ...,
    lambda f: [f.obj] * f.count,
    lambda f: (f.obj,) * f.count,
    lambda f: {f.text: f.obj},
    lambda f: {f.text},
    lambda f: frozenset({f.text}),
    lambda _: set(),
    lambda _: [],
    lambda _: {},
    lambda f: range(f.number),
    lambda f: slice(f.number),
    lambda f: memoryview(f.data),
    lambda f: memoryview(bytearray(f.data)),
    lambda _: iter(""),
    lambda _: iter([]),
    lambda _: iter(()),
    lambda _: iter({}),
    lambda _: {}.keys(),
    lambda _: {}.values(),
    lambda _: {}.items(),
    lambda _: generator(),
    lambda _: coroutine(),
    lambda _: async_generator(),
    lambda _: generator,
    lambda _: generator.__code__,
    lambda _: len,
    lambda f: f.text.join,
    lambda _: str.join,
    lambda _: str.__add__,
    lambda _: int.real,
    lambda f: f.Type,
    lambda f: types.MethodType(len, f.obj),
    lambda f: types.ModuleType(f.names[0]),
    lambda f: types.MappingProxyType({f.text: f.obj}),
    lambda f: types.SimpleNamespace(**{f.names[0]: f.obj}),
    lambda f: types.CellType(f.obj),
    lambda _: types.CellType(),
    lambda _: list[int],
    lambda _: int | str,
    lambda _: property(),
    lambda _: staticmethod(len),
    lambda _: vars(dict)["fromkeys"],
    lambda f: super(f.Type, f.obj),
    lambda _: enumerate([]),
    lambda _: zip(),
    lambda _: map(len, []),
    lambda _: filter(len, []),
    lambda _: reversed([]),
    lambda _: BaseException(),
    lambda _: OSError(),
    lambda _: ImportError(),
    lambda _: SyntaxError(),
    lambda f: UnicodeDecodeError(f.text, f.data, 0, 1, f.text),
    lambda f: UnicodeEncodeError(f.text, f.text, 0, 1, f.text),
    lambda _: StopIteration(),
    lambda _: SystemExit(),
    lambda _: eval("BaseExceptionGroup('', [ValueError()])"),  # 3.10 has none
    lambda f: array.array("i", [f.number]),
    lambda _: array.array("u"),
    lambda f: collections.deque([f.obj]),
    lambda _: collections.deque(),
    lambda f: collections.deque(maxlen=f.count),
    lambda _: collections.OrderedDict(),
    lambda _: collections.defaultdict(list),
    lambda f: dt.datetime(2000, 1, 1, f.count),
    lambda _: dt.datetime(2000, 1, 1, tzinfo=dt.timezone.utc),
    lambda _: dt.date(2000, 1, 1),
    lambda f: dt.time(f.count),
    lambda f: dt.timedelta(f.count),
    lambda _: dt.timezone.utc,
    lambda f: decimal.Decimal(f.number),
    lambda _: decimal.Context(),
    lambda _: re.compile("a"),
    lambda _: re.match("a", "a"),
    lambda _: io.StringIO(),
    lambda _: io.BytesIO(),
    lambda f: io.BytesIO(f.data),
    lambda _: closed(io.StringIO()),
    lambda _: closed(io.BytesIO()),
    lambda _: io.TextIOWrapper(io.BytesIO()),
    lambda _: closed(io.TextIOWrapper(io.BytesIO())),
    lambda _: io.BufferedReader(io.BytesIO()),
    lambda _: io.BufferedWriter(io.BytesIO()),
    lambda _: open("/dev/null", "r+b"),
    lambda _: closed(io.BufferedReader(io.BytesIO())),
    lambda _: open("/dev/null", "rb", 0),
    lambda _: open("/dev/null", "wb", 0),
    lambda _: closed(open("/dev/null", "rb", 0)),
    lambda _: open("/dev/null", encoding="utf-8"),
    lambda _: open("/dev/null", "w", encoding="utf-8"),
    lambda _: io.RawIOBase(),
    lambda _: io.TextIOBase(),
    lambda _: io.BufferedIOBase(),
    lambda _: io.IncrementalNewlineDecoder(None, True),
    lambda f: functools.partial(len, f.obj),
    lambda _: functools.lru_cache(len),
    lambda _: itertools.chain(),
    lambda _: itertools.islice([], 1),
    lambda _: itertools.groupby([]),
    lambda _: itertools.tee([])[0],
    lambda _: operator.itemgetter(0),
    lambda f: operator.attrgetter(f.names[0]),
    lambda f: operator.methodcaller(f.names[0]),
    lambda f: weakref.ref(f.Type),
    lambda f: weakref.proxy(f.Type),
    lambda _: struct.Struct("i"),
    lambda _: zlib.compressobj(),
    lambda _: zlib.decompressobj(),
    lambda _: bz2.BZ2Compressor(),
    lambda _: bz2.BZ2Decompressor(),
    lambda _: lzma.LZMACompressor(),
    lambda _: lzma.LZMADecompressor(),
    lambda _: pickle.Pickler(io.BytesIO()),
    lambda _: pickle.Unpickler(io.BytesIO()),
    lambda _: csv.writer(io.StringIO()),
    lambda _: csv.reader([]),
    lambda _: hashlib.sha256(),
    lambda _: hashlib.blake2b(),
    lambda _: hashlib.shake_128(),
    lambda _: hmac.new(b"", b"", "sha256"),
    lambda _: random.Random(),
    lambda _: mmap.mmap(-1, 64),
    lambda _: closed(mmap.mmap(-1, 64)),
    lambda _: queue.SimpleQueue(),
    lambda _: threading.Lock(),
    lambda _: threading.RLock(),
    lambda f: contextvars.ContextVar(f.names[0]),
    lambda _: contextvars.Context(),
    lambda f: contextvars.ContextVar(f.names[0]).set(VALUE),
    database,
    lambda f: closed(database(f)),
    lambda f: database(f).cursor(),
    lambda f: closed(database(f).cursor()),
    lambda f: database(f).execute("select 1 as a").fetchone(),
    lambda f: sqlite3.Row(database(f).execute("select 1 as a"), (1,)),
    lambda _: ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
    lambda _: ssl.MemoryBIO(),
    lambda _: ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).wrap_bio(
        ssl.MemoryBIO(), ssl.MemoryBIO(), server_hostname="localhost"
    ),
    lambda _: select.poll(),
    lambda _: select.epoll(),
    lambda _: expat.ParserCreate(),
    lambda f: ET.Element(f.names[0]),
    lambda _: ET.TreeBuilder(),
    lambda _: ET.XMLParser(),
    lambda _: zoneinfo.ZoneInfo("UTC"),
    lambda _: asyncio.Future(loop=LOOP),
    lambda f: ctypes.c_int(f.number),
    lambda _: (ctypes.c_int * 3)(),
    lambda _: ctypes.c_char_p(b""),
    lambda _: ctypes.pointer(ctypes.c_int()),
    lambda _: ctypes.py_object(),
    lambda _: socket.socketpair()[0],
)
