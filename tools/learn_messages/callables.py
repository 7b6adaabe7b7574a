"""Probes that call everything in the wrong ways: functions, methods, constructors, descriptors."""

from __future__ import annotations

import builtins
import importlib
from functools import partial
from types import BuiltinFunctionType, MethodDescriptorType, ModuleType, WrapperDescriptorType
from typing import TYPE_CHECKING, Any

import instances

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from fillers import Filler
    from learning import Probe

    Arguments = tuple[tuple[Any, ...], dict[str, Any]]

# Their code takes nothing: only the arguments' number and types are wrong.
HARMLESS: tuple[Callable[[Filler], Arguments], ...] = (
    lambda f: (f.many, {}),
    lambda f: ((), {f.names[0]: f.obj}),
    lambda f: ((), {f.text: f.obj}),
    lambda f: ((f.obj,), {f.names[0]: f.obj}),
    lambda f: ((f.obj,), {f.text: f.obj}),
    lambda f: ((f.obj, f.obj), {f.names[0]: f.obj, f.names[1]: f.obj}),
    lambda f: ((f.obj,), {}),
    lambda f: ((f.obj, f.other), {}),
    lambda f: ((f.obj, f.other, f.obj), {}),
    lambda f: ((f.obj, f.other, f.obj, f.other), {}),
    lambda f: ((f.text, f.obj), {}),
    lambda f: ((f.text, f.text, f.obj), {}),
)
DARING: tuple[Callable[[Filler], Arguments], ...] = (
    lambda _: ((), {}),
    lambda f: ((f.text,), {}),
    lambda f: ((f.data,), {}),
    lambda f: ((f.number,), {}),
    lambda f: ((-f.number,), {}),
    lambda f: ((f.big,), {}),
    lambda f: ((-f.big,), {}),
    lambda f: ((f.number + 0.5,), {}),
    lambda _: ((float("nan"),), {}),
    lambda _: ((float("inf"),), {}),
    lambda _: ((None,), {}),
    lambda _: (("",), {}),
    lambda _: ((b"",), {}),
    lambda _: ((0,), {}),
    lambda _: ((-1,), {}),
    lambda _: (((),), {}),
    lambda f: ((f.text + "\0",), {}),
    lambda f: ((f.text + "\ud800",), {}),
    lambda f: ((f.text + "\xff",), {}),
    lambda f: (([f.obj],), {}),
    lambda f: (([f.number],), {}),
    lambda f: (([f.text],), {}),
    lambda f: (({f.text: f.obj},), {}),
    lambda f: ((int, f.obj), {}),
    lambda f: ((f.text, f.text), {}),
    lambda f: ((f.text, f.number), {}),
    lambda f: ((f.data, f.obj), {}),
    lambda f: ((f.data, f.data), {}),
    lambda f: ((f.data, f.text), {}),
    lambda f: ((f.data, f.number), {}),
    lambda f: ((f.number, f.obj), {}),
    lambda f: ((f.number, f.number), {}),
    lambda f: ((f.number, -f.number), {}),
    lambda f: ((f.number, 0), {}),
    lambda f: ((f.number, f.big), {}),
    lambda f: ((f.number, f.text), {}),
    lambda f: ((f.number, f.data), {}),
    lambda f: (([f.number], f.obj), {}),
    lambda f: ((f.obj, f.text), {}),
    lambda f: ((f.obj, f.number), {}),
    lambda f: ((len, f.obj), {}),
    lambda f: ((len, [f.obj]), {}),
    lambda f: ((f.text, f.text, f.text), {}),
    lambda f: ((f.number, f.number, f.obj), {}),
    lambda f: ((f.number, f.number, f.number), {}),
    lambda f: ((f.number, f.number, 0), {}),
    lambda f: ((f.data, f.data, f.obj), {}),
    lambda f: ((f.data, f.number, f.obj), {}),
)
ALL = HARMLESS + DARING

BUILTINS_LEFT_OUT = frozenset({"breakpoint", "copyright", "credits", "exit", "help", "input"}) | {
    "license",
    "quit",
    "_",
    "print",
}
MODULES = """
    _struct zlib _bz2 _lzma _json _pickle _csv _datetime _decimal math cmath select array binascii
    _codecs _sre itertools _functools _collections _operator _random _zoneinfo pyexpat unicodedata
    time _locale _queue _contextvars _weakref audioop _bisect _heapq _statistics _opcode _sqlite3
    _ssl _hashlib _hmac _blake2 _md5 _sha1 _sha2 _sha256 _sha512 _sha3 _elementtree marshal mmap
    _string _symtable _typing _warnings grp pwd spwd fcntl _uuid _multibytecodec _abc _ast
    _asyncio _crypt _tokenize _interpreters _interpqueues _interpchannels _suggestions _io _lsprof
    """.split()
# Functions here change the process: they only ever get arguments that they must refuse.
SYSTEM = """
    posix syslog _signal _socket termios resource _thread _imp gc _posixsubprocess _tracemalloc
    _multiprocessing _posixshmem sys readline _curses _dbm _gdbm nis errno atexit
    """.split()
LEFT_OUT = frozenset(
    """
    _exit abort fork forkpty fork1 kill killpg exit register unregister register_at_fork
    settrace setprofile _setprofileallthreads _settraceallthreads call_tracing set_asyncgen_hooks
    addaudithook excepthook displayhook unraisablehook breakpointhook intern exit_thread
    start_new_thread start_new start_joinable_thread interrupt_main pause sigwait sigwaitinfo
    setitimer set_wakeup_fd sleep getaddrinfo gethostbyname gethostbyname_ex gethostbyaddr
    getnameinfo sethostname setswitchinterval setrecursionlimit set_int_max_str_digits _debugmallocstats
    set_coroutine_origin_tracking_depth activate_stack_trampoline raise_signal _start_joinable_thread
    callback wait wait3 wait4 waitpid waitid nice umask setuid setgid reboot chroot closerange
    close _shutdown initscr setupterm parse_and_bind RLock lock LockType lockf set_debug freeze
    remote_exec dlopen dlclose _leak sync _install_native_hook setlocale exec_builtin exec_dynamic
    __getattr__
    """.split()
)

_CALLABLES = (
    *(BuiltinFunctionType, type, MethodDescriptorType, WrapperDescriptorType),
    *(staticmethod, classmethod, type(vars(dict)["fromkeys"])),
)


def of_builtins() -> Iterator[Probe]:
    """Yield calls of the built-in functions and types."""
    for name, value in sorted(vars(builtins).items()):
        if name not in BUILTINS_LEFT_OUT and callable(value):
            yield from _calls(value, ALL)


def of_types() -> Iterator[Probe]:
    """Yield calls of methods of instances of the built-in and the libraries' types."""
    seen: set[tuple[type, str]] = set()
    for factory in instances.FACTORIES:
        try:
            kind = type(factory(instances.SAMPLE))
        except Exception:
            continue
        yield from _calls(kind, ALL)
        for base in kind.__mro__:
            for name, value in sorted(vars(base).items()):
                # What an operator calls says the same of every instance.
                if name.startswith("__"):
                    if (base, name) in seen:
                        continue
                    seen.add((base, name))
                if isinstance(value, _CALLABLES):
                    ways = HARMLESS if name.startswith("__") else ALL
                    yield from (
                        partial(_call_method, factory, name, arguments) for arguments in ways
                    )
                    yield partial(_call_unbound, kind, name)
                    yield partial(_call_unbound_of_other, kind, name)
                elif not name.startswith("__"):
                    yield from _attributes(factory, name)


def of_modules() -> Iterator[Probe]:
    """Yield calls of what the standard library's C modules hold."""
    for module in _importable(MODULES):
        yield from _of_module(module, ALL)


def of_system() -> Iterator[Probe]:
    """Yield calls of the system's functions that these refuse."""
    for module in _importable(SYSTEM):
        yield from _of_module(module, HARMLESS)


def _importable(names: list[str]) -> Iterator[ModuleType]:
    for name in names:
        try:
            yield importlib.import_module(name)
        except ImportError:
            continue


def _of_module(
    module: ModuleType, ways: tuple[Callable[[Filler], Arguments], ...]
) -> Iterator[Probe]:
    for name, value in sorted(vars(module).items()):
        if name in LEFT_OUT or not isinstance(value, _CALLABLES):
            continue
        if getattr(value, "__module__", None) == "builtins":
            continue
        yield from _calls(value, ways)
        if isinstance(value, type):
            yield partial(_set_on_type, value)


def _calls(value: Any, ways: tuple[Callable[[Filler], Arguments], ...]) -> Iterator[Probe]:
    return (partial(_call, value, arguments) for arguments in ways)


def _call(function: Any, arguments: Callable[[Filler], Arguments], filler: Filler) -> object:
    positional, keywords = arguments(filler)
    return function(*positional, **keywords)


def _call_method(
    factory: Callable[[Filler], Any],
    name: str,
    arguments: Callable[[Filler], Arguments],
    filler: Filler,
) -> object:
    positional, keywords = arguments(filler)
    return getattr(factory(filler), name)(*positional, **keywords)


def _call_unbound(kind: Any, name: str, _filler: Filler) -> object:
    return getattr(kind, name)()


def _call_unbound_of_other(kind: Any, name: str, filler: Filler) -> object:
    return getattr(kind, name)(filler.obj)


def _attributes(factory: Callable[[Filler], Any], name: str) -> Iterator[Probe]:
    yield lambda filler: setattr(factory(filler), name, filler.obj)
    yield lambda filler: setattr(factory(filler), name, filler.number)
    yield lambda filler: setattr(factory(filler), name, filler.text)
    yield lambda filler: delattr(factory(filler), name)


def _set_on_type(kind: type, filler: Filler) -> None:
    setattr(kind, filler.names[0], filler.obj)
