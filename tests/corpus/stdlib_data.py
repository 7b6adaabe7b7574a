"""The standard library's values: numbers, dates, containers, databases."""

from __future__ import annotations

import array
import calendar
import collections
import copy
import ctypes
import datetime
import decimal
import fractions
import hashlib
import heapq
import hmac
import ipaddress
import itertools
import marshal
import math
import pickle
import queue
import random
import secrets
import sqlite3
import statistics
import struct
import time
import zlib
import zoneinfo

from corpus.planting import case, needs


@case
def decimal_text(s):
    decimal.Decimal(s.word)


@case
def decimal_division(s):
    decimal.Decimal(s.number) / decimal.Decimal(0)


@case
def decimal_quantize(s):
    decimal.Decimal(s.number).quantize(decimal.Decimal("1e-40"))


@case
def decimal_float(s):
    decimal.Decimal(s.number) + 1.5


@case
def fraction_text(s):
    fractions.Fraction(s.word)


@case
def fraction_zero(s):
    fractions.Fraction(s.number, 0)


@case
def fraction_type(s):
    fractions.Fraction(s.word, s.number)


@case
def mean_empty(s):
    statistics.mean([])


@case
def mean_text(s):
    statistics.mean([s.word, s.table])


@case
def deviation(s):
    statistics.stdev([s.number])


@case
def harmonic(s):
    statistics.harmonic_mean([-s.number])


@case
def quantiles(s):
    statistics.quantiles([1, s.number], n=0)


@case
def iso_date(s):
    datetime.date.fromisoformat(s.word)


@case
def iso_datetime(s):
    datetime.datetime.fromisoformat(s.text)


@case
def strptime(s):
    datetime.datetime.strptime(s.word, "%Y-%m-%d")


@case
def strptime_remains(s):
    datetime.datetime.strptime(f"2020-01-01 {s.word}", "%Y-%m-%d")


@case
def strptime_directive(s):
    datetime.datetime.strptime(s.word, "%Q")


@case
def month(s):
    datetime.date(2000, 13, 1)


@case
def day(s):
    datetime.date(2000, 2, 30)


@case
def year(s):
    datetime.date(s.number + 10_000, 1, 1)


@case
def naive_aware(s):
    datetime.datetime(2000, 1, 1) - datetime.datetime(2000, 1, 1, tzinfo=datetime.timezone.utc)


@case
def delta_overflow(s):
    datetime.timedelta(days=10**10)


@case
def date_overflow(s):
    datetime.date.max + datetime.timedelta(days=1)


@case
def zone_name(s):
    datetime.timezone(datetime.timedelta(hours=30), s.word)


@case
def zone_missing(s):
    zoneinfo.ZoneInfo(f"Europe/{s.attribute}")


@case
def zone_path(s):
    zoneinfo.ZoneInfo(s.path)


@case
def time_strptime(s):
    time.strptime(s.word, "%H:%M")


@case
def time_sleep(s):
    time.sleep(-s.number)


@case
def calendar_month(s):
    calendar.monthrange(2000, 13)


@case
def calendar_weekday(s):
    calendar.TextCalendar().formatmonth(2000, s.number + 1000)


@case
def address(s):
    ipaddress.ip_address(s.word)


@case
def address_four(s):
    ipaddress.IPv4Address(f"1.2.3.{s.number + 1000}")


@case
def address_octet(s):
    ipaddress.IPv4Address(f"1.2.3.{s.word}")


@case
def address_six(s):
    ipaddress.IPv6Address(f"::{s.word}_x")


@case
def network_bits(s):
    ipaddress.ip_network("10.1.2.3/8")


@case
def network_mask(s):
    ipaddress.ip_network(f"10.0.0.0/{s.word}")


@case
def struct_format(s):
    struct.pack(f"!{s.word}", 1)


@case
def struct_length(s):
    struct.unpack("<II", s.word.encode()[:3])


@case
def struct_range(s):
    struct.pack("<B", s.number + 1000)


@case
def struct_argument(s):
    struct.pack("<I", s.word)


@case
def pickle_load(s):
    pickle.loads(b"\xff" + s.text.encode())


@case
def pickle_truncated(s):
    pickle.loads(pickle.dumps(s.text)[:-5])


@case
def pickle_lambda(s):
    pickle.dumps(lambda: s.word)


@case
def pickle_local(s):
    class Local:
        word = s.word

    pickle.dumps(Local())


@case
def pickle_module(s):
    pickle.loads(f"c{s.attribute}\n{s.word}\n.".encode())


@case
def pickle_empty(s):
    pickle.loads(b"")


@case
def marshal_load(s):
    marshal.loads(b"\xff" + s.word.encode())


@case
def marshal_dump(s):
    marshal.dumps(s)


@case
def copying(s):
    copy.deepcopy((each for each in s.word))


@case
def array_type(s):
    array.array("i", [s.word])


@case
def array_code(s):
    array.array(s.word[0].upper() + s.word, [])


@case
def array_remove(s):
    array.array("l").remove(s.number)


@case
def heap_empty(s):
    heapq.heappop([])


@case
def heap_mixed(s):
    heapq.heappush([s.number], s.word)


@case
def queue_empty(s):
    queue.Queue().get_nowait()


@case
def queue_full(s):
    full = queue.Queue(1)
    full.put_nowait(s.word)
    full.put_nowait(s.token)


@case
def random_empty(s):
    random.choice([])


@case
def random_range(s):
    random.randrange(s.number, 0)


@case
def random_sample(s):
    random.sample([s.word], 3)


@case
def random_weights(s):
    random.choices([s.word], weights=[1, 2])


@case
def secrets_below(s):
    secrets.randbelow(0)


@case
def hash_name(s):
    hashlib.new(s.word)


@case
def hash_text(s):
    hashlib.sha256(s.password)


@case
def hash_iterations(s):
    hashlib.pbkdf2_hmac(s.word, s.password.encode(), b"salt", 1)


@case
def hmac_key(s):
    hmac.new(s.key, s.text.encode(), "sha256")


@case
def hmac_compare(s):
    hmac.compare_digest("é", s.token)


@case
def zlib_data(s):
    zlib.decompress(s.text.encode())


@case
def named_tuple_field(s):
    collections.namedtuple("Row", ["a", f"_{s.column}"])


@case
def named_tuple_twice(s):
    collections.namedtuple("Row", [s.column, s.column])


@case
def named_tuple_keyword(s):
    collections.namedtuple("Row", ["a", f"{s.word} {s.column}"])


@case
def named_tuple_replace(s):
    collections.namedtuple("Row", ["a"])(1)._replace(**{s.attribute: 1})


@case
def chain_map(s):
    collections.ChainMap({}, {})[s.key]


@case
def chain_map_pop(s):
    collections.ChainMap({}).pop(s.key)


@case
def counter(s):
    collections.Counter([s.word]).subtract(s.number, s.word)


@case
def ordered(s):
    collections.OrderedDict().move_to_end(s.key)


@case
def deque_length(s):
    collections.deque([s.word], maxlen=-1)


@case
def slices(s):
    list(itertools.islice([s.word], -5))


@case
def accumulated(s):
    list(itertools.accumulate([s.word, s.number]))


@case
def products(s):
    itertools.product([s.word], repeat=-1)


@case
def factorial(s):
    math.factorial(-s.number)


@case
def ctypes_library(s):
    ctypes.CDLL(s.path)


@case
def ctypes_function(s):
    getattr(ctypes.CDLL(None), s.attribute + "_x")


@case
def ctypes_argument(s):
    ctypes.c_int(s.word)


@case
def ctypes_buffer(s):
    ctypes.create_string_buffer(s.word)


def connection(s):
    made = sqlite3.connect(":memory:")
    made.execute(f"create table {s.table}_t (id integer primary key, {s.column}_c text not null)")
    return made


@case
def sqlite_no_table(s):
    connection(s).execute(f"select * from {s.table}_missing")


@case
def sqlite_no_column(s):
    connection(s).execute(f"select {s.word}_missing from {s.table}_t")


@case
def sqlite_syntax(s):
    connection(s).execute(f"{s.word} {s.table}")


@case
def sqlite_unique(s):
    made = connection(s)
    for _ in range(2):
        made.execute(f"insert into {s.table}_t values (1, ?)", [s.password])


@case
def sqlite_not_null(s):
    connection(s).execute(f"insert into {s.table}_t values (1, null)")


@case
def sqlite_columns(s):
    connection(s).execute(f"insert into {s.table}_t values (1, 'a', '{s.password}')")


@case
def sqlite_exists(s):
    connection(s).execute(f"create table {s.table}_t (id)")


@case
def sqlite_bindings(s):
    connection(s).execute(f"select * from {s.table}_t where {s.column}_c = ?", [s.word, s.password])


@case
def sqlite_binding_type(s):
    connection(s).execute(f"select * from {s.table}_t where {s.column}_c = ?", [s])


@case
def sqlite_named(s):
    connection(s).execute(f"select * from {s.table}_t where {s.column}_c = :{s.attribute}_b", {})


@case
def sqlite_statements(s):
    connection(s).execute(f"select 1; select '{s.password}'")


@case
def sqlite_function(s):
    connection(s).execute(f"select {s.word}_f(1)")


@case
def sqlite_callback(s):
    def fail(value):
        raise ValueError(f"the function got a bad value {value}")

    made = connection(s)
    made.create_function("work", 1, fail)
    made.execute("select work(?)", [s.word]).fetchall()


@case
def sqlite_closed(s):
    made = connection(s)
    made.close()
    made.execute("select 1")


@case
def sqlite_not_a_database(s):
    sqlite3.connect(s.file(s.text * 50, ".db")).execute("select * from x")


@case
def sqlite_cannot_open(s):
    sqlite3.connect(s.path + "/x/y.db").execute("select 1")


@case
def sqlite_row(s):
    made = connection(s)
    made.row_factory = sqlite3.Row
    made.execute("select 1 as a").fetchone()[s.column + "_x"]


@case
def sqlite_ambiguous(s):
    connection(s).execute(f"select {s.column}_c from {s.table}_t a, {s.table}_t b")


@case
def sqlite_readonly(s):
    path = s.file("", ".sqlite")
    sqlite3.connect(f"file:{path}?mode=ro", uri=True).execute(f"create table {s.table}_t (id)")
