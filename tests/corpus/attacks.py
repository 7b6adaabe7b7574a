"""What somebody would do to get a secret into a report."""

from __future__ import annotations

import asyncio
import enum
import linecache
import sys
import time
import types
import warnings

from corpus.planting import case, needs

if sys.version_info < (3, 11):
    from exceptiongroup import ExceptionGroup

# Words that some sets hold as secrets stand here as what is published.
PUBLISHED = ["admin", "orders", "localhost", "production", "users", "password", "default"]
GREETING = "the administrator of orders on localhost is admin"


class AttackError(Exception): ...


class Speaking(Exception):
    def __init__(self, speech):
        self.speech = speech

    def __str__(self):
        return self.speech()


class Hostile:
    """Says a secret wherever it is asked something."""

    def __init__(self, secret):
        object.__setattr__(self, "secret", secret)

    def __repr__(self):
        return object.__getattribute__(self, "secret")

    __str__ = __repr__

    def __format__(self, spec):
        return object.__getattribute__(self, "secret")

    def __getattr__(self, name):
        return object.__getattribute__(self, "secret")

    def __eq__(self, other):
        return True

    def __hash__(self):
        return 1

    def __len__(self):
        return 3


class Text(str):
    """A text that pretends to be another one."""

    def __eq__(self, other):
        return True

    def __hash__(self):
        return hash("admin")

    def __contains__(self, other):
        return True

    def split(self, *_):
        return ["the", "administrator"]

    def __str__(self):
        return str.__str__(self)


@case
def equal_literal(s):
    if s.word in PUBLISHED:
        pass
    raise AttackError(s.word)


@case
def equal_constant(s):
    raise AttackError(f"{s.user} {s.table}")


@case
def secret_template(s):
    raise AttackError((s.text + " %s") % s.word)


@case
def secret_format(s):
    raise AttackError((s.text + " {}").format(s.word))


@case
def secret_spec(s):
    raise AttackError(format(s.number, f"{s.word[0]}>20") + f"{s.table:{s.word[1]}^30}")


@case
def secret_separator(s):
    raise AttackError(s.word.join(["these two words are", "held apart by a secret"]))


@case
def key(s):
    {}[s.password]


@case
def attribute(s):
    getattr(AttackError, s.attribute)


@case
def made_class(s):
    raise type(s.attribute, (AttackError,), {})(s.word)


@case
def made_class_here(s):
    raise type(
        s.attribute, (AttackError,), {"__module__": __name__, "__qualname__": "AttackError"}
    )(s.word)


@case
def forged_class(s):
    made = type(s.attribute, (AttackError,), {})
    made.__name__ = made.__qualname__ = s.attribute
    made.__module__ = s.word
    setattr(sys.modules[__name__], s.attribute, made)
    try:
        raise made(s.word)
    finally:
        delattr(sys.modules[__name__], s.attribute)


@case
def class_with_str(s):
    raise type("AttackError", (Exception,), {"__str__": lambda self: s.password})()


@case
def renamed_class(s):
    name = AttackError.__name__
    AttackError.__name__ = s.attribute
    try:
        raise AttackError("the name of the class has been changed")
    finally:
        AttackError.__name__ = name


@case
def metaclass(s):
    class Meta(type):
        def __instancecheck__(cls, other):
            return True

        def __getattribute__(cls, name):
            if name in ("__name__", "__qualname__", "__module__"):
                return s.word
            return super().__getattribute__(name)

        def __eq__(cls, other):
            return True

        def __hash__(cls):
            return 7

        def mro(cls):
            return super().mro()

    raise Meta(s.attribute, (AttackError,), {})(s.word)


@case
def made_function(s):
    scope = {}
    exec(f"def {s.attribute}(x):\n    raise ValueError('no ' + x)", scope)
    scope[s.attribute](s.word)


@case
def made_module(s):
    module = types.ModuleType(s.attribute)
    exec("def work(x):\n    raise LookupError('the module knows no ' + x)", vars(module))
    module.work(s.word)


@case
def module_in_sys(s):
    module = sys.modules[s.attribute] = types.ModuleType(s.attribute)
    module.__file__ = __file__
    try:
        exec("class Broken(Exception): pass\ndef work(x): raise Broken(x)", vars(module))
        module.work(s.word)
    finally:
        del sys.modules[s.attribute]


@case
def forged_file(s):
    code = compile(f"raise ValueError({s.word!r})", __file__, "exec")
    exec(code, {"__file__": __file__, "__name__": __name__})


@case
def secret_file_name(s):
    exec(compile("raise ValueError('a fixed text of three words')", f"{s.path}.py", "exec"), {})


@case
def forged_code(s):
    code = equal_literal.__code__.replace(co_name=s.attribute)
    types.FunctionType(code, globals())(s)


@case
def forged_code_file(s):
    code = equal_literal.__code__.replace(co_filename=s.path)
    types.FunctionType(code, globals())(s)


@case
def forged_constants(s):
    def published(s):
        raise AttackError("the constants of this function have been changed")

    constants = tuple(
        s.password if isinstance(each, str) else each for each in published.__code__.co_consts
    )
    types.FunctionType(published.__code__.replace(co_consts=constants), globals())(s)


@case
def forged_names(s):
    def published():
        return nothing_of_this_name

    types.FunctionType(published.__code__.replace(co_names=(s.attribute,)), {})()


@case
def forged_variables(s):
    def published(first):
        second = first
        raise AttackError("the variables of this function have been renamed")

    code = published.__code__.replace(co_varnames=(s.attribute, s.attribute + "_2"))
    types.FunctionType(code, globals())(s.word)


@case
def forged_line(s):
    code = compile("\n" * 40 + "def equal_literal(s):\n    raise ValueError(s)", __file__, "exec")
    scope = {}
    exec(code, scope)
    scope["equal_literal"](s.word)


@case
def injected_source(s):
    name = f"<{s.attribute}>"
    linecache.cache[name] = (10, None, [f"raise ValueError({s.password!r})\n"], name)
    try:
        exec(compile(f"raise ValueError({s.password!r})", name, "exec"), {})
    finally:
        del linecache.cache[name]


@case
def injected_own_source(s):
    before = linecache.getlines(__file__)
    linecache.cache[__file__] = (10, None, [f"{s.password}\n"] * 2000, __file__)
    try:
        raise AttackError("the cache of lines has been written over")
    finally:
        linecache.cache[__file__] = (10, None, before, __file__)


@case
def notes(s):
    needs(3, 11)
    error = AttackError("there are notes at this exception")
    error.add_note(s.password)
    error.add_note(f"the note tells of {s.user}")
    raise error


@case
def notes_forged(s):
    error = AttackError("the notes are not what they seem")
    error.__notes__ = [Hostile(s.password), Text(s.token), {s.key: s.word}]
    raise error


@case
def notes_property(s):
    class Noted(AttackError):
        @property
        def __notes__(self):
            return [s.password]

    raise Noted("the notes come from a property")


@case
def chain(s):
    error = ValueError(s.password)
    for name in (s.attribute, s.word, s.table):
        error.__cause__ = type(name, (Exception,), {})(s.token)
        outer = AttackError("one more link of the chain")
        outer.__cause__ = error
        error = outer
    raise error


@case
def chain_cycle(s):
    first, second = AttackError("the first of a cycle"), ValueError(s.password)
    first.__cause__, second.__cause__ = second, first
    raise first


@case
def chain_long(s):
    error = ValueError(s.password)
    for _ in range(3000):
        outer = AttackError(s.word)
        outer.__context__ = error
        error = outer
    raise error


@case
def group(s):
    raise ExceptionGroup(
        s.password, [ValueError(s.token), type(s.attribute, (Exception,), {})(s.word)]
    )


@case
def group_nested(s):
    error = ValueError(s.password)
    for _ in range(50):
        error = ExceptionGroup(s.word, [error])
    raise error


@case
def lying(s):
    raise Speaking(lambda: GREETING.replace("admin", s.user))


@case
def speech_of_user(s):
    raise Speaking(lambda: s.password)


@case
def speech_raises(s):
    def speech():
        raise RuntimeError(s.password)

    raise Speaking(speech)


class Hanging(AttackError):
    def __str__(self):
        time.sleep(30)
        return "it was a long time ago"


@case
def speech_hangs(s):
    raise Hanging(s.password)


class Exiting(AttackError):
    def __str__(self):
        raise SystemExit(self.args[0])


@case
def speech_exits(s):
    raise Exiting(s.password)


@case
def huge(s):
    raise AttackError(s.password * 1_000_000)


@case
def huge_template(s):
    raise AttackError(f"the value {s.password * 1_000_000} is too long for the column")


@case
def text_subclass(s):
    raise AttackError(Text(s.password))


@case
def hostile_argument(s):
    raise AttackError(Hostile(s.password))


@case
def hostile_class(s):
    class Liar(Hostile):
        @property
        def __class__(self):
            return str

    raise AttackError("the argument tells lies of its class", Liar(s.password))


@case
def hostile_container(s):
    class Odd(list):
        def __iter__(self):
            raise RuntimeError(s.password)

        def __repr__(self):
            return s.password

    raise AttackError(Odd([s.token]))


@case
def hostile_number(s):
    class Odd(int):
        def __repr__(self):
            return s.password

        __str__ = __repr__

    raise OSError(Odd(2), Text(s.token), s.path)


@case
def errno_strange(s):
    raise OSError(s.number + 100_000, s.password, s.path)


@case
def overridden_args(s):
    class Overridden(AttackError):
        @property
        def args(self):
            return (s.password,)

        @property
        def __traceback__(self):
            raise RuntimeError(s.token)

        @property
        def __cause__(self):
            return ValueError(s.token)

        @property
        def __context__(self):
            return ValueError(s.token)

        @property
        def __suppress_context__(self):
            raise RuntimeError(s.token)

    raise Overridden("the properties of this exception lie")


@case
def overridden_dict(s):
    class Overridden(AttackError):
        def __getattribute__(self, name):
            return s.password

    raise Overridden(s.word)


@case
def overridden_class(s):
    class Overridden(AttackError):
        __class__ = ValueError

    raise Overridden(s.word)


@case
def attributes(s):
    error = AttackError("there are secrets in the attributes")
    setattr(error, s.attribute, s.password)
    error.errno, error.code, error.status_code, error.sqlstate = s.number, s.word, s.token, s.key
    raise error


@case
def sqlstate(s):
    class Database(AttackError):
        sqlstate = pgcode = s.key[:5].upper()
        sqlite_errorname = f"SQLITE_{s.word.upper()}"

    raise Database("the database says no to that")


@case
def syntax_text(s):
    raise SyntaxError("invalid syntax", (s.path, 1, 1, s.password, 1, 5))


@case
def syntax_message(s):
    raise SyntaxError(s.password, (s.path, s.number, 1, s.text))


@case
def file_names(s):
    raise FileNotFoundError(2, "No such file or directory", s.path, None, s.word)


@case
def unicode_object(s):
    raise UnicodeDecodeError("utf-8", s.password.encode(), 0, 1, s.text)


@case
def unicode_encoding(s):
    raise UnicodeDecodeError(s.word, b"x", 0, 1, "invalid start byte")


@case
def command_line(s):
    import subprocess

    raise subprocess.CalledProcessError(
        3, ["curl", "-u", f"{s.user}:{s.password}", s.url], s.text, s.token
    )


@case
def import_names(s):
    raise ImportError(f"cannot import name {s.word!r}", name=s.attribute, path=s.path)


@case
def name_error(s):
    raise NameError(f"name '{s.attribute}' is not defined", name=s.attribute)


@case
def attribute_error(s):
    raise AttributeError(
        f"'dict' object has no attribute '{s.attribute}'", name=s.attribute, obj=Hostile(s.password)
    )


@case
def lambda_default(s):
    (lambda secret=s.password, **rest: secret + rest)()


@case
def enum_member(s):
    made = enum.Enum(s.attribute, {s.word: s.password})
    raise AttackError(made[s.word])


@case
def coroutine_name(s):
    async def work():
        raise AttackError("the task has failed for good")

    async def outer():
        task = asyncio.ensure_future(work())
        task.set_name(s.password)
        await task

    asyncio.run(outer())


@case
def many_locals(s):
    for number in range(20):
        locals()[f"{s.attribute}{number}"] = s.password
    password, token = s.password, [s.token] * 3
    raise AttackError("there are secrets in the variables")


@case
def variable_classes(s):
    made = type(s.attribute, (), {"__module__": s.word})
    one, two, three = made(), made, type(s.table, (made,), {})()
    raise AttackError("there are odd classes in the variables")


@case
def variable_hostile(s):
    class Odd(dict):
        def __len__(self):
            raise RuntimeError(s.password)

    one, two = Odd(), Hostile(s.password)
    raise AttackError("there are hostile values in the variables")


@case
def recursion(s):
    def down(number):
        return down(number + 1) if number < 400 else [][s.number]

    down(0)


@case
def many_frames(s):
    code = (
        "\n".join(f"def f{n}(): f{n + 1}()" for n in range(60))
        + f"\ndef f60(): raise ValueError({s.password!r})"
    )
    scope = {}
    exec(code, scope)
    scope["f0"]()


@case
def trace_entries(s):
    try:
        exec(compile("raise ValueError", f"{s.path}", "exec"), {})
    except ValueError as error:
        inner = error.__traceback__.tb_next
        forged = types.TracebackType(None, inner.tb_frame, inner.tb_lasti, s.number)
        raise AttackError("the traceback was put together by hand").with_traceback(forged)


@case
def trace_without(s):
    error = AttackError(s.password)
    error.__traceback__ = None
    raise error


@case
def warned(s):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.warn_explicit(s.password, UserWarning, s.path, 1, module=s.word)


@case
def unicode_tricks(s):
    raise AttackError(f"the\u202eadministrator\u200b of {s.word}\ud800 is \x1b[31m{s.user}\0")


@case
def white_space(s):
    raise AttackError("the  administrator\n\tof " + "\n".join(s.word))


@case
def nested_published(s):
    raise AttackError(f"{GREETING}: {s.password}: {GREETING}")


@case
def reversed_secret(s):
    raise AttackError(s.password[::-1])


@case
def bytes_argument(s):
    raise AttackError(s.password.encode(), bytearray(s.token.encode()), memoryview(s.key.encode()))


@case
def exit_secret(s):
    raise SystemExit(s.password)


@case
def exit_object(s):
    raise SystemExit(Hostile(s.password))


@case
def stop_value(s):
    raise StopIteration(s.password)


@case
def base_only(s):
    raise type(s.attribute, (BaseException,), {})(s.password)


@case
def multiple_bases(s):
    raise type(s.attribute, (AttackError, KeyError, LookupError), {"__slots__": ()})(s.password)


@case
def generic_class(s):
    import typing

    T = typing.TypeVar(s.attribute)

    class Box(AttackError, typing.Generic[T]): ...

    raise Box[int](s.password)
