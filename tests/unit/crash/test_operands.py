"""What the failing statement had read: found in bytecode, and read without running any code."""

from __future__ import annotations

import gc
import sys
import types
import weakref
from collections.abc import Callable
from types import TracebackType
from typing import Any, NoReturn

import pytest

from telemetry_hook._crash import operands
from telemetry_hook._crash.bytecode import Key
from telemetry_hook._crash.capture import capture, reduce
from telemetry_hook._crash.crash import Frame
from telemetry_hook._crash.operands import Operand

TABLE: dict[str, Any] = {"rows": {"first": [1, 2]}}


class Box:
    """An object with a few attributes."""

    size = 3

    def __init__(self, **attributes: object) -> None:
        self.__dict__.update(attributes)

    def method(self) -> NoReturn:
        raise ValueError

    @property
    def computed(self) -> object:
        raise AssertionError("its code runs")


class Slots:
    """An object without a `__dict__`."""

    __slots__ = ("empty", "lid")
    empty: object
    lid: object


class Lazy:
    """An object that makes one of its attributes."""

    def __getattr__(self, name: str) -> object:
        if name == "known":
            return None
        raise AttributeError(name)


def last(error: BaseException) -> TracebackType:
    traceback = error.__traceback__
    assert traceback is not None
    while traceback.tb_next is not None:
        traceback = traceback.tb_next
    return traceback


def read(call: Callable[..., object], *arguments: object) -> tuple[Operand, ...]:
    try:
        call(*arguments)
    except Exception as error:
        traceback = last(error)
        return operands.operands(traceback.tb_frame, traceback.tb_lasti, is_innermost=True)
    raise AssertionError("nothing was raised")


def text(operand: Operand) -> str:
    steps = [f"[{step.value!r}]" if isinstance(step, Key) else f".{step}" for step in operand.steps]
    return operand.name + "".join(steps)


def told(call: Callable[..., object], *arguments: object) -> dict[str, str]:
    """Return the shapes of what was read; those that the failing operation worked on have a `*`."""
    found = {}
    for operand in read(call, *arguments):
        shape = operand.shape
        kind = "missing" if shape is None else shape.kind.__name__
        detail = f"({shape.detail})" if shape is not None and shape.detail else ""
        found[text(operand)] = f"{kind}{detail}{'*' if operand.is_operand else ''}"
    return found


def box() -> Any:
    slots = Slots()
    slots.lid = ""
    return Box(
        none=None,
        number=7,
        items=[Box(lid=None)],
        table={"a": 7, "none": None, 3: "x"},
        inner=Box(table={"box": None}),
        slots=slots,
        lazy=Lazy(),
    )


def attribute_of_an_item(box: Any) -> object:
    return box.inner.table["box"].lid


def missing_key(box: Any) -> object:
    return len(box.items) + box.table["ids"]


def missing_index(box: Any) -> object:
    return box.items[3].lid


def negative_index(box: Any) -> object:
    return box.items[-1].lid.size


def key_in_a_variable(box: Any) -> object:
    key = "none"
    return box.table[key].lid + box.number


def key_that_is_a_number(box: Any) -> object:
    return box.table[3] + box.number


def global_name(box: Any) -> object:
    return TABLE["rows"]["first"][5] + box


def comparison(box: Any) -> object:
    return box.number < box.items[0].lid


def arguments(box: Any) -> object:
    return box.number.to_bytes(box.none, signed=box.table["a"])


def called(box: Any) -> object:
    return box.none(box.table["a"])


def method_of_nothing(box: Any) -> object:
    return box.none.run(box.number)


def iteration(box: Any) -> None:
    for _ in box.inner.table["box"]:
        pass


def unpacking(box: Any) -> object:
    first, second = box.table["a"]
    return first, second


def context(box: Any) -> None:
    with box.none:
        pass


def augmented(box: Any) -> None:
    box.table["a"] += box.none


def augmented_attribute(box: Any) -> None:
    box.number += box.none


def stored_item(box: Any) -> None:
    box.none["lid"] = box.number


def stored_attribute(box: Any) -> None:
    box.none.lid = box.number


def deleted(box: Any) -> None:
    del box.table["lid"]


def negated(box: Any) -> object:
    return -box.none


def contained(box: Any) -> object:
    return box.number in box.none


def closure(box: Any) -> object:
    def inner() -> object:
        return box.none["k"]

    return inner()


def slot(box: Any) -> object:
    return box.slots.lid.size


def empty_slot(box: Any) -> object:
    return box.slots.empty


def of_the_class(box: Any) -> object:
    return box.size + box.none


def starred(box: Any) -> object:
    return max(*box.items, **box.none)


def formatted(box: Any) -> object:
    return f"{box.number}{box.none:>10}"


def two_statements(box: Any) -> object:
    known = box.items[0]
    return box.none.lid, known


def several_lines(box: Any) -> object:
    return Box(
        one=box.number,
        two=box.items[0].lid.size,
        three=box.inner,
    )


CASES: dict[Callable[..., object], dict[str, str]] = {
    attribute_of_an_item: {
        "box.inner.table['box'].lid": "missing*",
        "box.inner.table['box']": "NoneType*",
    },
    missing_key: {
        "box.table['ids']": "missing*",
        "box.table": "dict(1+)*",
        "box.items": "list(1+)",
    },
    missing_index: {"box.items[3]": "missing*", "box.items": "list(1+)*"},
    negative_index: {"box.items[-1].lid.size": "missing*", "box.items[-1].lid": "NoneType*"},
    key_in_a_variable: {"box.table": "dict(1+)", "key": "str"},
    key_that_is_a_number: {"box.table[3]": "str*", "box.number": "int*"},
    global_name: {
        "TABLE['rows']['first'][5]": "missing*",
        "TABLE['rows']['first']": "list(1+)*",
    },
    comparison: {"box.number": "int*", "box.items[0].lid": "NoneType*"},
    arguments: {"box.number": "int*", "box.none": "NoneType*", "box.table['a']": "int*"},
    called: {"box.none": "NoneType*", "box.table['a']": "int*"},
    method_of_nothing: {"box.none.run": "missing*", "box.none": "NoneType*"},
    iteration: {"box.inner.table['box']": "NoneType*"},
    unpacking: {"box.table['a']": "int*"},
    context: {"box.none": "NoneType*"},
    augmented: {"box.table['a']": "int*", "box.none": "NoneType*", "box.table": "dict(1+)"},
    augmented_attribute: {"box.number": "int*", "box.none": "NoneType*", "box": "Box"},
    stored_item: {"box.none": "NoneType*", "box.number": "int*"},
    stored_attribute: {"box.none": "NoneType*", "box.number": "int*"},
    deleted: {"box.table": "dict(1+)*"},
    negated: {"box.none": "NoneType*"},
    contained: {"box.number": "int*", "box.none": "NoneType*"},
    closure: {"box.none": "NoneType*"},
    slot: {"box.slots.lid.size": "missing*", "box.slots.lid": "str(empty)*"},
    empty_slot: {"box.slots.empty": "missing*", "box.slots": "Slots*"},
    of_the_class: {"box.size": "int*", "box.none": "NoneType*"},
    starred: {"box.items": "list(1+)", "box.none": "NoneType*"},
    formatted: {"box.none": "NoneType*", "box.number": "int"},
    two_statements: {"box.none.lid": "missing*", "box.none": "NoneType*"},
    several_lines: {
        "box.items[0].lid.size": "missing*",
        "box.items[0].lid": "NoneType*",
        "box.number": "int",
    },
}


@pytest.mark.parametrize("call", CASES, ids=lambda call: str(call.__name__))
def test_what_a_statement_read(call: Callable[..., object]) -> None:
    found = told(call, box())
    assert found == CASES[call]
    operated = [name for name, shape in found.items() if shape.endswith("*")]
    assert operated == list(found)[: len(operated)]


@pytest.mark.parametrize("call", CASES, ids=lambda call: str(call.__name__))
def test_code_that_has_run_often(call: Callable[..., object]) -> None:
    """The interpreter then replaces instructions, and may fail in another one."""
    for _ in range(60):
        found = told(call, box())
    assert found == CASES[call]


def either(box: Any) -> object:
    return (box.none or box.number) + box.table["ids"]


def chosen(box: Any) -> object:
    return max(box.items if box.number else box.absent, box.table["ids"])


def both(box: Any) -> object:
    return box.number and box.none.lid


def in_the_other_branch(box: Any) -> object:
    number = box.number if box.none else box.inner.absent
    return [number, number]


def compared_in_turn(box: Any) -> object:
    return 0 < box.number < box.none


def named(box: Any) -> object:
    return (known := box.inner).table["ids"], known


def generated(box: Any) -> object:
    return list(item.absent for item in box.items)  # noqa: C400


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (either, {"box.table['ids']", "box.table", "box.none"}),
        (chosen, {"box.table['ids']", "box.table", "box.number"}),
        (both, {"box.none.lid", "box.none", "box.number"}),
        (in_the_other_branch, {"box.inner.absent", "box.inner", "box.none"}),
        (compared_in_turn, {"box.none", "box.number"}),
        (generated, {"item.absent", "item"}),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_what_was_certainly_read(call: Callable[..., object], expected: set[str]) -> None:
    """What one of two branches reads is left out, unless it failed in this branch."""
    assert set(told(call, box())) == expected


@pytest.mark.parametrize("is_first", [True, False])
def test_ends_of_statements_that_python_copies(is_first: bool) -> None:
    """What is found does not show which branch has run before them."""

    def copied(box: Any) -> object:
        return box.none(box.number if box.flag else box.items)

    def raised(box: Any) -> object:
        raise box.none(box.number if box.flag else box.items)

    def added(box: Any) -> object:
        return (box.number if box.flag else box.items) + box.none

    given = box()
    given.flag = is_first
    found = [set(told(call, given)) for call in (copied, raised, added)]
    assert all("box.number" not in names and "box.items" not in names for names in found)
    given.flag = not is_first
    assert [set(told(call, given)) for call in (copied, raised, added)] == found


def test_a_value_that_gets_a_name() -> None:
    assert told(named, box()).keys() >= {"box.inner"}


class Heavy(Box):
    """A box that asks its base class."""

    def lid(self) -> object:
        return super().lid  # type: ignore[misc]


def test_variables_that_the_source_does_not_name() -> None:
    """`super()` makes a variable `__class__`, which is no operand."""
    assert "__class__" not in told(Heavy().lid)


def test_what_comes_later_is_not_read() -> None:
    def later(box: Any) -> object:
        return box.none.lid + box.number + box.table["a"]

    assert list(told(later, box())) == ["box.none.lid", "box.none"]


def test_a_module_and_a_class() -> None:
    """Their names are read from their own dictionaries."""
    for head in ("", "class Klass:\n    "):
        names: dict[str, object] = {"config": {"ids": None}}
        code = compile(f"{head}config['ids'].lid", "x", "exec")
        found = told(exec, code, names)
        assert found == {"config['ids'].lid": "missing*", "config['ids']": "NoneType*"}


def test_functions_and_classes_are_left_out() -> None:
    def fail(box: Any) -> object:
        return sys.intern(box.method(Box, len, sys))

    assert told(fail, box()) == {"box": "Box*", "sys": "module*"}


RAN: list[str] = []


def ran(name: str) -> Callable[..., object]:
    def method(*_: object) -> object:
        RAN.append(name)
        return 1

    return method


HOOKS = (
    *("__getattr__", "__getattribute__", "__getitem__", "__contains__", "__eq__", "__hash__"),
    *("__len__", "__bool__", "__iter__", "__repr__", "__get__", "get", "keys", "__missing__"),
)


class Meta(type):
    """A metaclass with code of its own."""

    __getattribute__ = ran("metaclass")
    __eq__ = ran("equal classes")  # type: ignore[assignment]
    __hash__ = ran("hash of a class")  # type: ignore[assignment]


def hostile(*bases: type) -> Any:
    return type.__call__(Meta("Hostile", bases, {name: ran(name) for name in HOOKS}))


class Key2(str):
    """A key with the hash of a text."""

    __slots__ = ()
    __eq__ = ran("equal keys")  # type: ignore[assignment]

    def __hash__(self) -> int:
        return str.__hash__(self)


class Described:
    """A class attribute with a `__get__` of its own."""

    __get__ = ran("descriptor")


def test_no_code_runs() -> None:
    """What only code could give is left out; what it would be read from is shown."""

    def attributes(box: Any) -> object:
        return (box.a, box.b, box.c, box.d, box.e.x, box.f, box.g["k"], box.h["k"]), fail()

    def fail() -> NoReturn:
        raise ValueError

    class Odd(Box):
        a = property(ran("property"))
        b: Any = Described()

    odd: Any = Odd(c=hostile(), d=hostile(dict), e=Lazy(), f=hostile(list), g=hostile(dict))
    odd.__dict__["h"] = {Key2("k"): 1}
    odd.e.__dict__["x"] = None
    try:
        attributes(odd)
    except ValueError as error:
        traceback = error.__traceback__
        assert traceback is not None
        traceback = traceback.tb_next
        assert traceback is not None
        RAN.clear()
        found = operands.operands(traceback.tb_frame, traceback.tb_lasti, is_innermost=False)
    assert RAN == []
    assert {text(operand) for operand in found} == {
        *("fail", "box", "box.c", "box.d", "box.e.x", "box.f", "box.g", "box.h")
    }


@pytest.mark.parametrize(
    ("expression", "known"),
    [
        ("hook.absent.lid", {"hook"}),
        ("module.lid.size", set()),
        ("meta.lid.size", set()),
        ("proxy['lid'].size", {"proxy"}),
        ("text[0].absent", {"text"}),
    ],
)
def test_what_only_code_could_give(expression: str, known: set[str]) -> None:
    """It is not `missing`, because the code may have had it."""
    module = types.ModuleType("lazy")
    exec("def __getattr__(name): return None", module.__dict__)  # noqa: S102
    meta = type("Meta", (type,), {"lid": None})("Made", (), {})
    names = {
        "hook": type("Hook", (), {"__getattr__": lambda *_: None})(),
        "module": module,
        "meta": meta,
        "proxy": types.MappingProxyType({"lid": None}),
        "text": "abc",
    }
    found = told(eval, expression, names)
    assert found.keys() == known
    assert "missing" not in str(found.values())


def test_missing_only_where_the_traceback_ends() -> None:
    """A frame inside may be one of `__getattr__`. Then nothing says that the attribute is missing."""

    def outer(lazy: Lazy) -> object:
        return lazy.absent

    try:
        outer(Lazy())
    except AttributeError as error:
        crash = capture(error, "excepthook")
    frames = [frame for frame in crash.captured[0].frames if isinstance(frame, Frame)]
    assert [text(operand) for operand in frames[1].operands()] == ["lazy"]


@pytest.mark.parametrize("count", [1_000, 1_000_000])
def test_large_values(count: int) -> None:
    """Their keys are not looked through."""

    def fail(table: dict[int, int]) -> object:
        return table[-1]

    found = told(fail, dict.fromkeys(range(count)))
    assert list(found) == ["table"]


@pytest.mark.parametrize("count", [1_000, 1_000_000])
def test_many_attributes(count: int) -> None:
    """All keys would be looked at for each attribute."""

    def fail(one: Any) -> object:
        return one.none + one.number

    given = box()
    given.__dict__.update({f"a{index}": index for index in range(count)})
    assert set(told(fail, given)) == {"one"}


def test_classes_with_many_bases_and_names() -> None:
    def fail(one: Any) -> object:
        return one.none + one.number

    deep: type = Box
    for _ in range(100):
        deep = type("Box", (deep,), {})
    wide = type("Box", (Box,), {f"a{index}": index for index in range(1_000)})
    for kind in (deep, wide):
        given = box()
        given.__class__ = kind
        assert set(told(fail, given)) == {"one"}


def test_long_statements() -> None:
    """At most thirty values of the last instructions are read, of at most six steps."""
    items = ", ".join(f"box.a{number % 900}" for number in range(2_000))
    names: dict[str, Any] = {}
    exec(f"def fail(box): return [{items}, box.none.lid]", names)  # noqa: S102
    given = Box(none=None, **{f"a{number}": 0 for number in range(900)})
    found = list(told(names["fail"], given))
    assert found[:2] == ["box.none.lid", "box.none"]
    assert 2 < len(found) <= 30
    deep = Box()
    deep.me = deep  # type: ignore[attr-defined]
    exec(f"def deep(box): return box{'.me' * 50}.absent", names)  # noqa: S102
    assert len(told(names["deep"], deep)) <= 30


def test_many_names() -> None:
    """Names with numbers above 255 have instructions before theirs."""
    body = "".join(f"    v{number} = box.a{number}\n" for number in range(300))
    names: dict[str, Any] = {}
    exec(f"def fail(box):\n{body}    return v299.lid + box.a298\n", names)  # noqa: S102
    found = told(names["fail"], Box(**{f"a{number}": None for number in range(300)}))
    assert found == {"v299.lid": "missing*", "v299": "NoneType*"}


def reduced(given: object) -> Frame:
    def fail(box: Box) -> object:
        return box.table["ids"]  # type: ignore[attr-defined]

    try:
        fail(given)  # type: ignore[arg-type]
    except KeyError as error:
        frame = reduce(error, "threading").captured[0].frames[-1]
    assert isinstance(frame, Frame)
    return frame


def test_a_reduced_crash_keeps_no_frame() -> None:
    given = box()
    kept = weakref.ref(given)
    frame = reduced(given)
    del given
    gc.collect()
    assert kept() is None
    assert [text(operand) for operand in frame.operands()] == ["box.table['ids']", "box.table"]


def test_operands_are_read_once() -> None:
    """The values are those of the first time, and a frame is not kept after it."""

    def fail(box: Box) -> object:
        return box.table["ids"]  # type: ignore[attr-defined]

    given = box()
    try:
        fail(given)
    except KeyError as error:
        frame = capture(error, "excepthook").captured[0].frames[-1]
    assert isinstance(frame, Frame)
    first = frame.operands()
    given.table = None
    assert frame.operands() is first


def test_frames_that_called_others() -> None:
    """The operation is the call: of a function, of a method, and of an operator's method."""

    def refuse(*_: object) -> NoReturn:
        raise ValueError

    class Number(Box):
        __add__ = refuse

    def by_function(box: Any) -> object:
        return refuse(box.none, box.number)

    def by_method(box: Any) -> object:
        return box.inner.method()

    def by_operator(box: Any) -> object:
        return box.sum + box.none

    given = box()
    given.sum = Number()
    for call, names in (
        (by_function, ["refuse", "box.none", "box.number"]),
        (by_method, ["box.inner"]),
        (by_operator, ["box.sum", "box.none"]),
    ):
        for _ in range(60):
            try:
                call(given)
            except ValueError as error:
                frame = capture(error, "excepthook").captured[0].frames[1]
            assert isinstance(frame, Frame)
            found = [text(operand) for operand in frame.operands() if operand.is_operand]
            assert found == names


@pytest.mark.parametrize("offset", [-1, -2, 10_000])
def test_offsets_without_an_instruction(offset: int) -> None:
    frame = sys._getframe()
    assert operands.operands(frame, offset, is_innermost=True) == ()
