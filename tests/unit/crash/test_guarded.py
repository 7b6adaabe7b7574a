"""`guarded` tells the truth about hostile objects, and runs none of their code."""

import ast
import builtins
import os
import sys
import threading
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import telemetry_hook
from telemetry_hook._crash import guarded

calls: list[str] = []


def trap(name: str) -> Any:
    """Return a method that records that it was called, and raises."""

    def called(*_: object, **__: object) -> Any:
        calls.append(name)
        raise AssertionError(name)

    return called


TRAPS: dict[str, Any] = {
    name: trap(name)
    for name in (
        *("__getattribute__", "__getattr__", "__eq__", "__ne__", "__hash__", "__bool__", "__len__"),
        *("__iter__", "__contains__", "__repr__", "__str__", "__instancecheck__", "__fspath__"),
        *("__subclasses__", "__getitem__", "__format__", "__dir__"),
    )
}
LIES: dict[str, Any] = {
    name: property(trap(name))
    for name in (
        *("__traceback__", "__cause__", "__context__", "__suppress_context__", "__class__", "args"),
        *("__dict__", "errno", "filename", "msg", "obj", "encoding", "__name__", "__qualname__"),
        *("__module__", "__mro__", "__flags__", "__bases__", "__file__", "__path__", "__spec__"),
    )
}


# A metaclass that records whatever is asked of its classes, but for `__subclasscheck__`: the
# interpreter itself calls that when it raises.
OWN = ("__dict__", "__qualname__", "__module__")
Meta: Any = type(
    "Meta", (type,), {name: value for name, value in {**TRAPS, **LIES}.items() if name not in OWN}
)


def hostile(base: type, name: str = "Hostile", **more: object) -> Any:
    """Return a class of which nothing can be looked up without running its code."""
    body = {key: value for key, value in {**TRAPS, **LIES}.items() if key != "__qualname__"}
    body |= {"__module__": "somewhere", "__slots__": ()} if base is object else {}
    return type.__new__(Meta, name, (base,), {**body, "__module__": "somewhere", **more})


class Sneaky(str):
    """A text with an equality of its own."""

    __slots__ = ()
    __hash__ = str.__hash__

    def __eq__(self, other: object) -> bool:
        calls.append("Sneaky.__eq__")
        return False


class Key:
    """A key with the hash of a text."""

    def __init__(self, text: str) -> None:
        self.hash = hash(text)

    def __hash__(self) -> int:
        return self.hash

    def __eq__(self, other: object) -> bool:
        calls.append("Key.__eq__")
        return False


@pytest.fixture(autouse=True)
def _nothing_was_called() -> Iterator[None]:
    calls.clear()
    yield
    assert calls == []


def caught(exception: BaseException, *, cause: BaseException | None = None) -> BaseException:
    try:
        raise exception from cause
    except BaseException as error:
        return error


def test_slots_of_an_exception() -> None:
    cause, error = ValueError("inner"), hostile(OSError)(2, "No such file", "name")
    caught(error, cause=cause)
    traceback = guarded.traceback(error)
    assert traceback is not None
    assert traceback.tb_frame.f_code is caught.__code__
    assert guarded.cause(error) is cause
    assert guarded.context(error) is None
    assert guarded.hides_context(error) is True
    assert guarded.arguments(error) == (2, "No such file")
    guarded.set_traceback(error, None)
    assert guarded.traceback(error) is None


def test_context_of_an_exception() -> None:
    inner, outer = hostile(ValueError)(), hostile(KeyError)()
    try:
        try:
            raise inner
        except ValueError:
            raise outer  # noqa: B904
    except KeyError:
        pass
    assert guarded.context(outer) is inner
    assert guarded.cause(outer) is None
    assert guarded.hides_context(outer) is False


@pytest.mark.parametrize(
    ("base", "arguments", "name", "expected"),
    [
        (OSError, (2, "No such file", "name"), "errno", 2),
        (OSError, (2, "No such file", "name"), "filename", "name"),
        (OSError, (2, "No such file", "name"), "strerror", "No such file"),
        (SyntaxError, ("bad", ("file", 3, 1, "text")), "msg", "bad"),
        (SyntaxError, ("bad", ("file", 3, 1, "text")), "lineno", 3),
        (ImportError, ("no",), "msg", "no"),
        (AttributeError, ("no",), "obj", None),
        (NameError, ("no",), "name", None),
        (UnicodeDecodeError, ("ascii", b"\xff", 0, 1, "why"), "encoding", "ascii"),
        (UnicodeDecodeError, ("ascii", b"\xff", 0, 1, "why"), "object", b"\xff"),
        (UnicodeTranslateError, ("\xff", 0, 1, "why"), "reason", "why"),
    ],
)
def test_field(base: type[BaseException], arguments: Any, name: str, expected: object) -> None:
    assert guarded.field(hostile(base)(*arguments), base, name) == expected


def test_field_of_an_attribute_error() -> None:
    thing = hostile(object)()
    with pytest.raises(AttributeError) as raised:
        types.SimpleNamespace().missing  # noqa: B018
    assert type(guarded.field(raised.value, AttributeError, "obj")) is types.SimpleNamespace
    error = AttributeError(name="n", obj=thing)
    assert guarded.field(error, AttributeError, "obj") is thing


def test_field_that_is_none() -> None:
    assert guarded.field(ValueError(), OSError, "errno") is None
    assert guarded.field(OSError(), OSError, "missing") is None
    assert guarded.field(OSError(), OSError, "__init__") is None
    assert guarded.field(AttributeError(), AttributeError, "__str__") is None


def test_classes() -> None:
    kind = hostile(ValueError, "Named")
    assert guarded.mro(kind)[1:] == ValueError.__mro__
    assert guarded.name(kind) == "Named"
    assert guarded.qualname(kind) == "Named"
    assert guarded.module(kind) == "somewhere"
    assert guarded.names(kind)["__module__"] == "somewhere"
    assert not guarded.is_static(kind)


def test_static_classes() -> None:
    assert guarded.is_static(ValueError)
    assert guarded.is_static(type)
    assert guarded.module(ValueError) == "builtins"
    assert guarded.qualname(dict.fromkeys.__class__) == "builtin_function_or_method"


def test_names_that_are_no_plain_text() -> None:
    kind = type("Plain", (), {})
    kind.__name__ = kind.__qualname__ = Sneaky("Plain")
    for found in (guarded.name(kind), guarded.qualname(kind)):
        assert type(found) is str
        assert found == "Plain"
    for module in (Sneaky("builtins"), hostile(object)(), None):
        assert guarded.module(type("Plain", (), {"__module__": module})) is None


def test_class_without_a_module() -> None:
    scope: dict[str, Any] = {"__builtins__": builtins}
    exec("class Plain: pass", scope)  # noqa: S102
    del scope["__builtins__"]
    assert guarded.module(scope["Plain"]) in (None, "builtins")


def test_a_metaclass_has_its_own_order_of_bases() -> None:
    class Reversing(type):
        def mro(cls) -> list[type]:
            return [cls, Other, object]

    class Other:
        pass

    class Odd(metaclass=Reversing):
        pass

    assert guarded.mro(Odd) == (Odd, Other, object)


@pytest.mark.filterwarnings("ignore:non-string key")  # since Python 3.13
def test_keys_of_a_class_that_are_no_text() -> None:
    kind = type("Keyed", (), {Key("__module__"): 1, Key("x"): 2, "x": 3})  # type: ignore[dict-item]
    calls.clear()  # while it was made
    assert set(map(type, guarded.names(kind))) == {str}
    assert guarded.names(kind).get("x") == 3
    assert guarded.names(kind).get("missing") is None


def test_in_class() -> None:
    kind = hostile(AttributeError)
    assert guarded.in_class(kind, "__str__") is TRAPS["__str__"]
    assert guarded.in_class(AttributeError, "missing") is None
    for base in (AttributeError, NameError, KeyError, BaseException):
        assert guarded.in_class(base, "__str__") is not object.__dict__["__str__"]
    assert guarded.in_class(KeyError, "__str__") is KeyError.__dict__["__str__"]


def test_is_a() -> None:
    class Liar:
        __class__ = ValueError  # type: ignore[assignment]

    assert isinstance(Liar(), ValueError)
    assert not guarded.is_a(Liar(), ValueError)
    assert guarded.is_a(hostile(ValueError)(), ValueError)
    assert not guarded.is_a(hostile(object)(), ValueError)
    assert guarded.is_a(hostile(object), type)


def test_attributes() -> None:
    class Plain:
        def __init__(self) -> None:
            self.here = 1

        def __getattribute__(self, _name: str) -> Any:
            calls.append("__getattribute__")

    assert guarded.attributes(Plain()) == {"here": 1}
    assert guarded.attributes(hostile(Plain)()) == {"here": 1}
    assert guarded.attributes(types.SimpleNamespace(here=1)) == {"here": 1}
    assert guarded.attributes(caught(hostile(ValueError)())) == {}


def test_attributes_where_there_are_none() -> None:
    for value in (1, "text", None, object(), (), hostile(int)):
        assert not guarded.attributes(value)
    assert guarded.attributes(1) == {}
    assert guarded.attributes(hostile(object)()) is None  # its __dict__ is a property


def test_attributes_that_are_no_plain_dict() -> None:
    class Mapping(dict[str, object]):
        get = items = keys = __getitem__ = __iter__ = __len__ = __contains__ = trap("Mapping")

    class Plain:
        pass

    for odd in (Mapping(here=1), {Key("here"): 1}, {Sneaky("here"): 1}, {5: 1}):
        for value in (Plain(), ValueError()):
            value.__dict__ = odd  # type: ignore[assignment]
            assert guarded.attributes(value) is None


def test_attributes_by_the_slot_of_another_class() -> None:
    class Base:
        pass

    for slot in (type.__dict__["__dict__"], OSError.__dict__["errno"]):
        kind = hostile(Base, __dict__=slot)
        value = kind()
        assert guarded.attributes(value) == {}
    assert guarded.attributes(hostile(object, __dict__=type.__dict__["__dict__"])()) is None


def test_code() -> None:
    class Function:
        __code__ = property(trap("__code__"))
        __class__ = types.FunctionType  # type: ignore[assignment]

    assert guarded.code(test_code) is test_code.__code__
    for value in (None, len, hostile(object)(), Function(), types.MethodType(test_code, 1)):
        assert guarded.code(value) is None


class Stranger(types.ModuleType):
    """A module with code of its own."""

    __dict__ = property(trap("__dict__"))
    __class__ = property(trap("__class__"))
    __file__ = property(trap("__file__"))
    __getattribute__ = trap("__getattribute__")


@pytest.fixture
def loaded(monkeypatch: pytest.MonkeyPatch) -> Any:
    def load(module: object) -> str:
        monkeypatch.setitem(sys.modules, "a_module", module)
        return "a_module"

    return load


def test_modules(loaded: Any, tmp_path: Path) -> None:
    module = Stranger("a_module")
    names = guarded.module_names(loaded(module))
    assert names["__name__"] == "a_module"
    names.update(__file__=str(tmp_path / "a_module.py"), Kind=(kind := hostile(object)))  # type: ignore[attr-defined]
    assert guarded.module_file(module) == str(tmp_path / "a_module.py")
    assert guarded.class_at("a_module", "Kind") is kind


def test_objects_instead_of_modules(loaded: Any) -> None:
    for stranger in (
        None,
        hostile(object)(),
        hostile(object),
        5,
        type("Liar", (), {"__class__": types.ModuleType})(),
    ):
        assert guarded.module_names(loaded(stranger)) == {}
        assert guarded.module_file(stranger) is None
        assert guarded.class_at("a_module", "Kind") is None
    assert guarded.module_names("never.loaded") == {}


def test_keys_of_a_module_that_are_no_text(loaded: Any) -> None:
    module = types.ModuleType("a_module")
    vars(module).update({Key("__file__"): 1, Key("Kind"): 2, Sneaky("other"): 3, "Kind": int})  # type: ignore[dict-item]
    calls.clear()
    assert set(map(type, guarded.module_names(loaded(module)))) == {str}
    assert guarded.class_at("a_module", "Kind") is int
    assert guarded.module_file(module) is None


def test_module_file_where_the_working_directory_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is absolute, and no file's."""
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    module = types.ModuleType("lift")
    module.__file__ = "lift.py"
    found = guarded.module_file(module)
    assert found is not None
    assert os.path.isabs(found)
    assert not os.path.exists(found)


def test_module_file(tmp_path: Path) -> None:
    module, path = types.ModuleType("a_module"), tmp_path / "a_module.py"
    assert guarded.module_file(module) is None
    for given, expected in (
        ({"__file__": str(path)}, path),
        ({"__file__": "a_module.py"}, Path.cwd() / "a_module.py"),
        ({"__file__": path}, None),  # no text
        ({"__file__": Sneaky(path)}, None),
        ({"__file__": hostile(object)()}, None),
        ({"__file__": None, "__path__": [str(tmp_path)]}, tmp_path),
        ({"__file__": None, "__path__": []}, None),
        ({"__file__": None, "__path__": hostile(object)()}, None),
        ({"__file__": None, "__name__": hostile(object)()}, None),
        ({"__name__": "__main__", "__loader__": types.SimpleNamespace(path=str(path))}, path),
        ({"__name__": "other", "__loader__": types.SimpleNamespace(path=str(path))}, None),
        ({"__name__": "__main__", "__loader__": hostile(object)()}, None),
        ({"__name__": "__main__", "__loader__": None}, None),
    ):
        vars(module).clear()
        vars(module).update(given)
        found = guarded.module_file(module)
        assert found == (None if expected is None else str(expected)), given


def test_file_of_a_namespace_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a_namespace").mkdir()
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "a_namespace", raising=False)
    module = __import__("a_namespace")
    assert guarded.module_file(module) == str(tmp_path / "a_namespace")
    del sys.modules["a_namespace"]


def test_class_at() -> None:
    assert guarded.class_at("builtins", "ValueError") is ValueError
    assert guarded.class_at("ast", "NodeVisitor") is ast.NodeVisitor
    assert guarded.class_at(__name__, "Outer.Inner") is Outer.Inner
    assert guarded.class_at(__name__, "Outer.number") is None
    assert guarded.class_at(__name__, "Outer.number.real") is None
    assert guarded.class_at(__name__, "calls") is None
    assert guarded.class_at(__name__, "") is None


class Outer:
    """A class that holds another."""

    number = 5

    class Inner:
        """The other."""


def test_threads_see_the_same() -> None:
    found: list[object] = []
    thread = threading.Thread(
        target=lambda: found.append(guarded.attributes(hostile(ValueError)()))
    )
    thread.start()
    thread.join()
    assert found == [{}]


BYPASSES = {"__traceback__", "__cause__", "__context__", "__suppress_context__", "__mro__"}
PACKAGE = Path(telemetry_hook.__file__).parent


def unguarded(source: str) -> list[str]:
    """Return the expressions of a source that read a foreign object past `guarded`."""
    return [
        ast.unparse(node)
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Attribute)
        and (
            node.attr in BYPASSES
            or (node.attr == "__dict__" and ast.unparse(node) != "sys.__dict__")
            or ast.unparse(node) in ("type.mro", "object.__getattribute__", "type.__getattribute__")
        )
    ]


def test_nothing_else_reads_foreign_objects() -> None:
    files = [path for path in PACKAGE.rglob("*.py") if path.name != "guarded.py"]
    assert len(files) > 50
    found = {path.relative_to(PACKAGE): unguarded(path.read_text("utf-8")) for path in files}
    assert {path: expressions for path, expressions in found.items() if expressions} == {}


@pytest.mark.parametrize(
    "source",
    [
        "BaseException.__dict__['args'].__get__",
        "names = type.__dict__",
        "error.__cause__",
        "type.mro(type(error))",
        "object.__getattribute__(module, '__dict__')",
    ],
)
def test_what_would_be_found(source: str) -> None:
    assert unguarded(source)
