"""Reads the command line that click or Typer has parsed, at the time of a crash.

Both frameworks keep a context for each command. A context is in local variables of the frames that
the exception passed through. While a command runs, its context is also on a stack of the thread.
The contexts are read without running the program's code and without importing click. The result
keeps no context, value or function alive.
"""

from _thread import _local

from telemetry_hook._crash import guarded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from types import CodeType, FrameType, TracebackType

MAX_EXCEPTIONS = 10
MAX_FRAMES = 200
MAX_DEPTH = 20

# For each framework: the module with the classes, and the module with the stack. Newer versions of
# Typer include their own copy of click.
FRAMEWORKS = (("click.core", "click.globals"), ("typer._click.core", "typer._click.globals"))
CONTEXT_VARIABLES = ("ctx", "sub_ctx")


class CalledCommand:
    """One command of a command line.

    `names` are the names of the command. `codes` are the code objects of its function and then of
    that function's wrappers. `options` has one tuple for each option that was given, with all names
    of the option, such as ``("--schema", "-s")``.
    """

    __slots__ = ("codes", "names", "options")

    def __init__(
        self,
        names: "tuple[str, ...]",
        codes: "tuple[CodeType, ...]",
        options: "tuple[tuple[str, ...], ...]",
    ) -> None:
        self.names = names
        self.codes = codes
        self.options = options


class Invocation:
    """The commands of a command line, outermost first; the first one is the program itself."""

    __slots__ = ("commands",)

    def __init__(self, commands: "tuple[CalledCommand, ...]") -> None:
        self.commands = commands


def invocation(exception: BaseException) -> "Invocation | None":
    """Return the command line that click or Typer has parsed, or None if neither has."""
    cores = [guarded.module_names(core) for core, _ in FRAMEWORKS]
    kinds = [kind for core in cores if (kind := core.get("Context")) is not None]
    if not kinds:
        return None
    innermost: object = None
    for candidate in [*_on_stacks(), *_in_frames(exception, cores)]:
        is_context = any(base is kind for base in guarded.mro(type(candidate)) for kind in kinds)
        # A tool may run commands of another tool. Only contexts below the first context belong to
        # the first tool.
        if is_context and (
            innermost is None or any(above is innermost for above in _with_parents(candidate))
        ):
            innermost = candidate
    if innermost is None:
        return None
    typed = [source for core in cores if (source := _typed_source(core)) is not None]
    return Invocation(tuple(_called(_with_parents(innermost)[::-1], typed)))


def _called(contexts: "list[object]", typed: "list[object]") -> "Iterator[CalledCommand]":
    outer: dict[str, object] = {}
    for context in contexts:
        inner = _attributes(context)
        if outer and not _was_typed(outer, inner):
            return
        command = _attributes(inner.get("command"))
        yield CalledCommand(
            _called_names(inner.get("command"), _attributes(outer.get("command"))),
            _codes(command.get("callback")),
            tuple(_options(inner, command.get("params"), typed)),
        )
        outer = inner


def _was_typed(outer: "dict[str, object]", inner: "dict[str, object]") -> bool:
    """Return whether a subcommand was on the command line, not invoked by the program itself."""
    expected, name = outer.get("invoked_subcommand"), inner.get("info_name")
    if type(expected) is not str or type(name) is not str:
        return False
    return expected in (name, "*")


def _called_names(command: object, parent: "dict[str, object]") -> "tuple[str, ...]":
    name = _attributes(command).get("name")
    own = (name,) if type(name) is str else ()
    siblings = parent.get("commands")
    items = siblings.items() if type(siblings) is dict else ()
    registered = tuple(key for key, value in items if value is command and type(key) is str)
    return registered if registered and name not in registered else own


def _codes(callback: object) -> "tuple[CodeType, ...]":
    codes: list[CodeType] = []
    while (code := guarded.code(callback)) is not None and len(codes) < MAX_DEPTH:
        codes.insert(0, code)
        callback = _attributes(callback).get("__wrapped__")
    return tuple(codes)


def _options(
    context: "dict[str, object]", parameters: object, typed: "list[object]"
) -> "Iterator[tuple[str, ...]]":
    sources, values = context.get("_parameter_source"), context.get("params")
    if type(sources) is not dict or type(values) is not dict or type(parameters) is not list:
        return
    options: dict[str, list[dict[str, object]]] = {
        destination: []
        for destination, source in sources.items()
        if type(destination) is str and any(source is by_user for by_user in typed)
    }
    for option in map(_attributes, parameters):
        destination = option.get("name")
        if type(destination) is str and destination in options:
            options[destination].append(option)
    for destination, sharing in options.items():
        # Options sharing a destination can only be distinguished by value, so they are skipped.
        if len(sharing) != 1:
            continue
        spellings = _texts(sharing[0].get("opts"))
        if negated := _texts(sharing[0].get("secondary_opts")):
            value = values.get(destination)
            spellings = spellings if value is True else negated if value is False else ()
        if spellings and spellings[0][:1] == "-":
            yield spellings


def _texts(values: object) -> "tuple[str, ...]":
    return tuple(text for text in values if type(text) is str) if type(values) is list else ()


def _with_parents(context: object) -> "list[object]":
    """Return a context, then its parent, and so on to the outermost."""
    chain = [context]
    while (parent := _attributes(chain[-1]).get("parent")) is not None and len(chain) < MAX_DEPTH:
        chain.append(parent)
    return chain


def _on_stacks() -> "Iterator[object]":
    for _, module in FRAMEWORKS:
        local = guarded.module_names(module).get("_local")
        stack = vars(local).get("stack") if type(local) is _local else None
        yield from stack if type(stack) is list else ()


def _in_frames(
    exception: BaseException, modules: "list[Mapping[str, object]]"
) -> "Iterator[object]":
    waiting, seen = [exception], 0
    while waiting and seen < MAX_EXCEPTIONS:
        current = waiting.pop()
        seen += 1
        for frame in _frames(guarded.traceback(current)):
            if any(frame.f_globals is names for names in modules):
                values = frame.f_locals
                yield from (values[name] for name in CONTEXT_VARIABLES if name in values)
        linked = (guarded.context(current), guarded.cause(current))
        waiting += [exception for exception in linked if exception is not None]


def _frames(traceback: "TracebackType | None") -> "Iterator[FrameType]":
    for _ in range(MAX_FRAMES):
        if traceback is None:
            return
        yield traceback.tb_frame
        traceback = traceback.tb_next


def _typed_source(core: "Mapping[str, object]") -> object:
    """Return the value that click stores as the source of options from the command line."""
    source = core.get("ParameterSource")
    members = guarded.names(source).get("_member_map_") if guarded.is_a(source, type) else None
    return members.get("COMMANDLINE") if type(members) is dict else None


def _attributes(value: object) -> "dict[str, object]":
    return guarded.attributes(value) or {}
