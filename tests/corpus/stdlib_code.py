"""The standard library's tools around code: classes, imports, contexts."""

from __future__ import annotations

import abc
import code
import contextlib
import contextvars
import dataclasses
import enum
import functools
import graphlib
import importlib
import importlib.metadata
import importlib.util
import inspect
import operator
import pdb
import pkgutil
import pprint
import runpy
import sched
import timeit
import traceback
import types
import typing
import unittest
import unittest.mock
import warnings
import weakref

from corpus.planting import case, needs


@case
def dataclass_default(s):
    dataclasses.make_dataclass("Row", [(s.attribute, list, [])])


@case
def dataclass_order(s):
    dataclasses.make_dataclass("Row", [("a", int, 1), (s.attribute, int)])


@case
def dataclass_name(s):
    dataclasses.make_dataclass("Row", [f"{s.word} {s.table}"])


@case
def dataclass_frozen(s):
    setattr(s, s.attribute, s.password)


@case
def dataclass_frozen_fixed(s):
    s.word = s.password


@case
def dataclass_replace(s):
    dataclasses.replace(s, **{s.attribute: 1})


@case
def dataclass_fields(s):
    dataclasses.fields(s.word)


@case
def dataclass_asdict(s):
    dataclasses.asdict(s.word)


@case
def dataclass_arguments(s):
    type(s)(s.word)


@case
def enum_missing(s):
    class Colour(enum.Enum):
        RED = 1

    Colour[s.attribute]


@case
def enum_twice(s):
    enum.Enum("Colour", [(s.attribute, 1), (s.attribute, 2)])


@case
def enum_extend(s):
    class Colour(enum.Enum):
        RED = 1

    type(s.attribute, (Colour,), {})


@case
def enum_unique(s):
    enum.unique(enum.Enum("Colour", {s.attribute: 1, f"{s.attribute}_too": 1}))


@case
def enum_flag(s):
    class Colour(enum.Flag):
        RED = 1

    Colour(s.number * 2 + 1000)


@case
def typing_optional(s):
    typing.Optional[s.word, s.table]


@case
def typing_not_generic(s):
    typing.List[int][s.word]


@case
def typing_type_var(s):
    typing.TypeVar(s.attribute, int)


@case
def typing_forward(s):
    typing.ForwardRef(f"{s.word} {s.table}")


@case
def typing_hints(s):
    def work(x): ...

    work.__annotations__ = {"x": f"{s.attribute}_missing"}
    typing.get_type_hints(work)


@case
def typing_named_tuple(s):
    typing.NamedTuple("Row", [(f"_{s.attribute}", int)])


@case
def typing_protocol(s):
    class Speaks(typing.Protocol):
        def speak(self): ...

    isinstance(s.word, Speaks)


@case
def abc_missing(s):
    abc.ABCMeta(s.attribute, (abc.ABC,), {"work": abc.abstractmethod(lambda self: 1)})()


@case
def abc_register(s):
    class Base(abc.ABC): ...

    Base.register(s.word)


@case
def reduce_empty(s):
    functools.reduce(operator.add, [])


@case
def partial_bad(s):
    functools.partial(s.word)


@case
def dispatch(s):
    @functools.singledispatch
    def work(value):
        raise NotImplementedError(f"cannot encode a value of {type(value).__name__}")

    work(s)


@case
def dispatch_register(s):
    functools.singledispatch(lambda value: value).register(s.word)


@case
def total_ordering(s):
    @functools.total_ordering
    class Version: ...


@case
def cached_property(s):
    class Slotted:
        __slots__ = ()
        value = functools.cached_property(lambda self: s.word)

    Slotted().value


@case
def context_stopped(s):
    @contextlib.contextmanager
    def work():
        if s.number < 0:
            yield

    with work():
        pass


@case
def context_twice(s):
    @contextlib.contextmanager
    def work():
        yield s.word
        yield s.table

    with work():
        pass


@case
def context_variable(s):
    contextvars.ContextVar(s.attribute).get()


@case
def context_entered(s):
    context = contextvars.copy_context()
    context.run(context.run, print, s.word)


@case
def import_module(s):
    importlib.import_module(f"{s.attribute}_missing.{s.word}")


@case
def import_relative(s):
    importlib.import_module(f".{s.attribute}")


@case
def import_beyond(s):
    importlib.import_module(f"....{s.attribute}", "corpus")


@case
def import_reload(s):
    importlib.reload(types.ModuleType(s.attribute))


@case
def import_reload_wrong(s):
    importlib.reload(s.word)


@case
def import_spec(s):
    importlib.util.find_spec(f"math.{s.attribute}")


@case
def import_broken(s):
    path = s.file(f"value = {s.word} {s.table}\n", ".py")
    spec = importlib.util.spec_from_file_location(s.table, path)
    spec.loader.exec_module(importlib.util.module_from_spec(spec))


@case
def import_raising(s):
    path = s.file(f"raise RuntimeError('the settings of {s.user} are broken')\n", "_r.py")
    spec = importlib.util.spec_from_file_location(s.table, path)
    spec.loader.exec_module(importlib.util.module_from_spec(spec))


@case
def metadata_missing(s):
    importlib.metadata.version(f"{s.attribute}-missing")


@case
def entry_point(s):
    importlib.metadata.EntryPoint("x", f"{s.attribute}_missing:main", "g").load()


@case
def entry_point_attribute(s):
    importlib.metadata.EntryPoint("x", f"json:{s.attribute}", "g").load()


@case
def inspect_signature(s):
    inspect.signature(s.word)


@case
def inspect_bind(s):
    inspect.signature(lambda a: a).bind(s.word, s.table)


@case
def inspect_bind_keyword(s):
    inspect.signature(lambda a: a).bind(1, **{s.attribute: 1})


@case
def inspect_source(s):
    scope = {}
    exec(f"def {s.attribute}(): pass", scope)
    inspect.getsource(scope[s.attribute])


@case
def inspect_built_in(s):
    inspect.getsource(len)


@case
def inspect_type(s):
    inspect.getfile(s.word)


@case
def inspect_parameter(s):
    inspect.Parameter(f"{s.word} {s.table}", inspect.Parameter.POSITIONAL_ONLY)


@case
def run_module(s):
    runpy.run_module(f"{s.attribute}_missing")


@case
def run_path(s):
    runpy.run_path(s.path)


@case
def run_script(s):
    runpy.run_path(s.file(f"raise ValueError('no {s.word} here')\n", "_s.py"))


@case
def resolve_name(s):
    pkgutil.resolve_name(f"json:{s.attribute}")


@case
def resolve_format(s):
    pkgutil.resolve_name(f"{s.word} {s.table}")


@case
def cycle(s):
    graphlib.TopologicalSorter({s.table: [s.column], s.column: [s.table]}).prepare()


@case
def sorter_done(s):
    sorter = graphlib.TopologicalSorter({s.table: [s.column]})
    sorter.prepare()
    sorter.done(s.table)


@case
def sorter_prepared(s):
    sorter = graphlib.TopologicalSorter({})
    sorter.prepare()
    sorter.add(s.table)


@case
def assertion(s):
    unittest.TestCase().assertEqual(s.word, s.table)


@case
def assertion_in(s):
    unittest.TestCase().assertIn(s.word, [s.table])


@case
def assertion_lists(s):
    unittest.TestCase().assertEqual([s.word], [s.table, s.column])


@case
def mock_called(s):
    unittest.mock.Mock(name=s.word).assert_called_once_with(s.password)


@case
def mock_attribute(s):
    getattr(unittest.mock.Mock(spec=dict), s.attribute)


@case
def mock_patch(s):
    with unittest.mock.patch(f"json.{s.attribute}"):
        pass


@case
def weak(s):
    weakref.ref(s.word)


@case
def weak_gone(s):
    class Thing:
        word = s.word

    weakref.proxy(Thing()).word


@case
def weak_key(s):
    weakref.WeakValueDictionary()[s.key]


@case
def timed(s):
    timeit.timeit(f"{s.attribute}_missing()", number=1)


@case
def scheduled(s):
    def work():
        raise RuntimeError(f"the job {s.word} died at its appointed time")

    scheduler = sched.scheduler()
    scheduler.enter(0, 1, work)
    scheduler.run()


@case
def schedule_cancel(s):
    sched.scheduler().cancel(s.word)


@case
def interpreter_run(s):
    def refuse(*_):
        raise SystemExit(f"stopped at {s.word}")

    interpreter = code.InteractiveInterpreter()
    interpreter.showtraceback = refuse
    interpreter.runsource(f"{s.attribute}_missing")


@case
def filter_action(s):
    warnings.filterwarnings(s.word + "x", s.text, s.table)


@case
def warned_category(s):
    warnings.warn(s.word, s.table)


@case
def made_module(s):
    getattr(types.ModuleType(s.attribute), s.word)


@case
def descriptor(s):
    class Field:
        def __set_name__(self, owner, name):
            raise TypeError(f"the field {name} of {owner.__name__} has no converter")

    type(s.attribute, (), {s.column: Field()})


@case
def pretty(s):
    class Broken:
        def __repr__(self):
            raise RuntimeError(f"the account of {s.user} has no representation")

    pprint.pformat([Broken()])


@case
def format_exception(s):
    traceback.format_exception(s.word)
