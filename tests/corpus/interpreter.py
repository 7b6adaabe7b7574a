"""What the interpreter itself says, in C."""

from __future__ import annotations

import abc
import builtins
import collections
import enum
import math
import operator
import sys
import types

from corpus.planting import case, needs


def two(first, second):
    return first, second


def keyword(*, wanted):
    return wanted


class Empty:
    __slots__ = ()


class Abstract(abc.ABC):
    @abc.abstractmethod
    def work(self): ...


@case
def int_of_text(s):
    int(s.word)


@case
def int_of_base(s):
    int(s.word + "!", 16)


@case
def float_of_text(s):
    float(s.token)


@case
def complex_of_text(s):
    complex(s.word)


@case
def none_attribute(s):
    getattr(None, s.attribute)


@case
def none_fixed_attribute(s):
    s = None
    s.connection


@case
def str_attribute(s):
    s.word.decode


@case
def own_attribute(s):
    s.missing_field


@case
def module_attribute(s):
    getattr(math, s.attribute)


@case
def type_attribute(s):
    getattr(dict, s.attribute)


@case
def made_attribute(s):
    getattr(types.SimpleNamespace(), s.attribute)


@case
def list_index(s):
    [][s.number]


@case
def tuple_index(s):
    ()[3]


@case
def str_index(s):
    s.word[10_000]


@case
def pop_empty(s):
    [].pop()


@case
def pop_index(s):
    [s.word].pop(7)


@case
def list_remove(s):
    [].remove(s.word)


@case
def list_position(s):
    [].index(s.word)


@case
def str_position(s):
    s.word.index("\x00")


@case
def missing_key(s):
    {}[s.key]


@case
def missing_tuple_key(s):
    {}[s.table, s.number]


@case
def missing_pop(s):
    {}.pop(s.key)


@case
def set_remove(s):
    set().remove(s.word)


@case
def popitem(s):
    {}.popitem()


@case
def missing_argument(s):
    two(s.word)


@case
def too_many_arguments(s):
    two(s.word, s.table, s.column)


@case
def unexpected_keyword(s):
    two(**{"first": 1, s.attribute: 2})


@case
def missing_keyword(s):
    keyword()


@case
def twice_given(s):
    two(s.word, **{"first": s.table})


@case
def builtin_arguments(s):
    len(s.word, s.table)


@case
def builtin_keyword(s):
    s.word.split(**{s.attribute: 1})


@case
def unpack_many(s):
    first, second = s.word, s.table, s.column


@case
def unpack_few(s):
    first, second, third = (s.word,)


@case
def unpack_star(s):
    first, second, *rest = (s.word,)


@case
def unpack_number(s):
    first, second = s.number


@case
def add_number(s):
    s.word + s.number


@case
def add_text(s):
    s.number + s.word


@case
def subtract(s):
    s.word - s.table


@case
def multiply(s):
    s.word * s.table


@case
def negate(s):
    -s.word


@case
def concatenate_list(s):
    [s.word] + (s.table,)


@case
def join_number(s):
    "".join([s.word, s.number])


@case
def compare(s):
    s.word < s.number


@case
def compare_own(s):
    sorted([s, s])


@case
def contains(s):
    s.word in s.number


@case
def contains_text(s):
    s.number in s.word


@case
def import_missing_module(s):
    __import__(f"{s.word}_missing")


@case
def import_missing_name(s):
    exec(f"from json import {s.attribute}_missing", {})


@case
def import_fixed(s):
    from json import does_not_exist


@case
def import_no_package(s):
    __import__(f"math.{s.word}")


@case
def undefined(s):
    return not_defined_anywhere


@case
def undefined_made(s):
    eval(f"{s.attribute}_undefined")


@case
def unbound(s):
    if s.number < 0:
        value = 1
    return value


@case
def unbound_free(s):
    def inner():
        return value

    if s.number < 0:
        value = 1
    inner()


@case
def recursion(s):
    def down(word):
        return down(word) + word

    down(s.word)


@case
def zero_division(s):
    s.number / 0


@case
def zero_modulo(s):
    s.number % 0


@case
def overflow(s):
    math.exp(s.number + 1000)


@case
def overflow_float(s):
    float(10**400)


@case
def too_many_digits(s):
    needs(3, 11)
    int("9" * 5000)


@case
def encode_ascii(s):
    ("é" + s.word).encode("ascii")


@case
def decode_utf8(s):
    (b"\xff" + s.word.encode()).decode("utf-8")


@case
def unknown_encoding(s):
    s.word.encode(f"{s.attribute}-codec")


@case
def iterate_none(s):
    for each in None:
        print(each)


@case
def iterate_number(s):
    list(s.number)


@case
def not_callable(s):
    s.word()


@case
def not_subscriptable(s):
    s.number[0]


@case
def item_assignment(s):
    s.word[0] = "x"


@case
def item_deletion(s):
    del (s.word,)[0]


@case
def list_key(s):
    [s.word][s.table]


@case
def unhashable(s):
    {[s.word]: 1}


@case
def unhashable_set(s):
    {s.word, {}}


@case
def bad_format(s):
    format(s.number, s.word + "!")


@case
def bad_format_text(s):
    f"{s.word:d}"


@case
def format_index(s):
    "{} {}".format(s.word)


@case
def format_key(s):
    ("{" + s.attribute + "}").format(word=1)


@case
def percent_few(s):
    "%s %s" % (s.word,)


@case
def percent_many(s):
    "%s" % (s.word, s.table)


@case
def percent_number(s):
    "%d" % s.word


@case
def percent_unknown(s):
    "%y" % s.word


@case
def super_misuse(s):
    class Child(Empty):
        def work(self):
            super().work_of_parent(s.word)

    Child().work()


@case
def super_other(s):
    super(Abstract, s.word).work()


@case
def abstract_class(s):
    Abstract()


@case
def object_arguments(s):
    Empty(s.word)


@case
def slots(s):
    setattr(Empty(), s.attribute, 1)


@case
def frozen_builtin(s):
    setattr(str, s.attribute, 1)


@case
def property_setter(s):
    class Account:
        @property
        def balance(self):
            return s.number

    Account().balance = 0


@case
def delete_attribute(s):
    delattr(types.SimpleNamespace(), s.attribute)


@case
def no_context_manager(s):
    with s.word:
        pass


@case
def bad_raise(s):
    raise s.word


@case
def bad_except(s):
    try:
        {}[s.key]
    except s.word:
        pass


@case
def bad_isinstance(s):
    isinstance(s.word, s.table)


@case
def bad_base(s):
    type(s.attribute, (bool,), {})


@case
def layout(s):
    type(s.attribute, (int, str), {})


@case
def metaclass(s):
    class First(type): ...

    class Second(type): ...

    type(s.attribute, (First("A", (), {}), Second("B", (), {})), {})


@case
def mro(s):
    type(s.attribute, (object, Empty), {})


@case
def chr_range(s):
    chr(-1 - s.number)


@case
def ord_length(s):
    ord(s.word)


@case
def range_step(s):
    range(0, s.number, 0)


@case
def range_float(s):
    range(s.number + 0.5)


@case
def shift(s):
    s.number << -1


@case
def power(s):
    pow(s.number, -1, 0)


@case
def max_empty(s):
    max([])


@case
def min_mixed(s):
    min([s.number, s.word])


@case
def next_exhausted(s):
    next(iter([]))


@case
def next_list(s):
    next([s.word])


@case
def zip_strict(s):
    list(zip([s.word], [], strict=True))


@case
def sum_text(s):
    sum([s.word])


@case
def reversed_set(s):
    reversed({s.word})


@case
def generator_running(s):
    def rows():
        yield next(it)

    it = rows()
    next(it)


@case
def generator_send(s):
    (each for each in s.word).send(s.table)


@case
def dictionary_changed(s):
    table = {s.word: 1, s.table: 2}
    for each in table:
        table[each + "!"] = 1


@case
def dictionary_pairs(s):
    dict([(s.word, s.table, s.column)])


@case
def dictionary_numbers(s):
    dict([s.number])


@case
def star_arguments(s):
    two(*s.number)


@case
def double_star(s):
    two(**s.word)


@case
def bytes_of_text(s):
    bytes(s.word)


@case
def bytes_range(s):
    bytes([s.number + 1000])


@case
def fromhex(s):
    bytes.fromhex("zz" + s.word)


@case
def text_of_bytes(s):
    str(s.number, "utf-8")


@case
def to_bytes(s):
    (s.number << 64).to_bytes(2, "big")


@case
def syntax(s):
    compile(f"def {s.word}(:\n  {s.table}", s.path, "exec")


@case
def syntax_eval(s):
    eval(f"{s.word} {s.table}")


@case
def indentation(s):
    compile(f"if {s.word}:\n{s.table} = 1", s.path, "exec")


@case
def unterminated(s):
    compile(f"{s.word} = '{s.text}", s.path, "exec")


@case
def enum_value(s):
    class Colour(enum.Enum):
        RED = 1

    Colour(s.word)


@case
def attrgetter(s):
    operator.attrgetter(s.attribute)(1)


@case
def itemgetter(s):
    operator.itemgetter(s.key)({})


@case
def deque_pop(s):
    collections.deque().popleft()


@case
def file_missing(s):
    open(s.path)


@case
def file_mode(s):
    open(s.path, s.word)


@case
def file_closed(s):
    handle = open(s.file("x"))
    handle.close()
    handle.read()


@case
def file_not_writable(s):
    with open(s.file("x")) as handle:
        handle.write(s.word)


@case
def file_null(s):
    open(s.path + "\0")


@case
def math_domain(s):
    math.sqrt(-s.number)


@case
def sys_frame(s):
    sys._getframe(10**6)


@case
def awaited(s):
    async def work():
        await s.word

    work().send(None)


@case
def match_args(s):
    class Point:
        __match_args__ = (1,)

    match Point():
        case Point(x):
            print(x)


@case
def lone_surrogate(s):
    ("\ud800" + s.word).encode("utf-8")


@case
def delete_builtin(s):
    delattr(builtins, s.attribute + "_x")


@case
def init_returns(s):
    class Odd:
        def __init__(self):
            return s.word

    Odd()


@case
def str_returns(s):
    class Odd:
        def __str__(self):
            return s.number

    str(Odd())


@case
def len_negative(s):
    class Odd:
        def __len__(self):
            return -s.number

    len(Odd())
