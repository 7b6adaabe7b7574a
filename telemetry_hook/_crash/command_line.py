"""What click and Typer know of the command line, read at the time of a crash.

Their contexts stand in the frames that the exception went through, and on a stack of the thread's
while a command runs. They are read through the slots of their classes: no code of the program runs,
and neither is click imported. What is kept holds no context, no value and no function alive.
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

# Where the classes live, and where the stack; newer versions of Typer bring a click of their own.
FRAMEWORKS = (("click.core", "click.globals"), ("typer._click.core", "typer._click.globals"))
LOCALS = ("ctx", "sub_ctx")


class CalledCommand:
    """One command of a command line.

    `names` are what it goes by, `codes` its function and that function's wrappers from the
    innermost on, `options` the names of each option that was given.
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
    """The commands of a command line from the outermost on, the program itself being the first."""

    __slots__ = ("commands",)

    def __init__(self, commands: "tuple[CalledCommand, ...]") -> None:
        self.commands = commands


def invocation(exception: BaseException) -> "Invocation | None":
    """Return the command line that a framework has parsed; None where there is no framework."""
    cores = [guarded.module_names(core) for core, _ in FRAMEWORKS]
    kinds = [kind for core in cores if (kind := core.get("Context")) is not None]
    if not kinds:
        return None
    found: object = None
    for each in [*_on_stacks(), *_in_frames(exception, cores)]:
        # A tool may run another's commands: what counts is below the first that was entered.
        is_context = any(base is kind for base in guarded.mro(type(each)) for kind in kinds)
        if is_context and (found is None or any(above is found for above in _lineage(each))):
            found = each
    if found is None:
        return None
    given = [source for core in cores if (source := _command_line(core)) is not None]
    return Invocation(tuple(_called(_lineage(found)[::-1], given)))


def _called(contexts: "list[object]", given: "list[object]") -> "Iterator[CalledCommand]":
    outer: dict[str, object] = {}
    for each in contexts:
        inner = _attributes(each)
        if outer and not _was_typed(outer, inner):
            return
        command = _attributes(inner.get("command"))
        yield CalledCommand(
            _called_names(inner.get("command"), _attributes(outer.get("command"))),
            _codes(command.get("callback")),
            tuple(_options(inner, command.get("params"), given)),
        )
        outer = inner


def _was_typed(outer: "dict[str, object]", inner: "dict[str, object]") -> bool:
    """Tell a subcommand of the command line from one that the program itself has invoked."""
    expected, name = outer.get("invoked_subcommand"), inner.get("info_name")
    if type(expected) is not str or type(name) is not str:
        return False
    return expected in (name, "*")


def _called_names(command: object, parent: "dict[str, object]") -> "tuple[str, ...]":
    name = _attributes(command).get("name")
    own = (name,) if type(name) is str else ()
    known = parent.get("commands")
    keys = known.items() if type(known) is dict else ()
    registered = tuple(key for key, value in keys if value is command and type(key) is str)
    return registered if registered and name not in registered else own


def _codes(callback: object) -> "tuple[CodeType, ...]":
    found: list[CodeType] = []
    while (code := guarded.code(callback)) is not None and len(found) < MAX_DEPTH:
        found.insert(0, code)
        callback = _attributes(callback).get("__wrapped__")
    return tuple(found)


def _options(
    context: "dict[str, object]", parameters: object, given: "list[object]"
) -> "Iterator[tuple[str, ...]]":
    sources, values = context.get("_parameter_source"), context.get("params")
    if type(sources) is not dict or type(values) is not dict or type(parameters) is not list:
        return
    typed = [
        name
        for name, source in sources.items()
        if type(name) is str and any(source is each for each in given)
    ]
    named: dict[str, list[dict[str, object]]] = {name: [] for name in typed}
    for option in map(_attributes, parameters):
        name = option.get("name")
        if type(name) is str and name in typed:
            named[name].append(option)
    for name, sharing in named.items():
        # Options that share a variable are told apart by its value alone, which is not looked at.
        if len(sharing) != 1:
            continue
        option = sharing[0]
        spellings = _texts(option.get("opts"))
        if other := _texts(option.get("secondary_opts")):
            value = values.get(name)
            spellings = spellings if value is True else other if value is False else ()
        if spellings and spellings[0][:1] == "-":
            yield spellings


def _texts(values: object) -> "tuple[str, ...]":
    return tuple(each for each in values if type(each) is str) if type(values) is list else ()


def _lineage(context: object) -> "list[object]":
    """Return a context, then those above it."""
    found = [context]
    while (parent := _attributes(found[-1]).get("parent")) is not None and len(found) < MAX_DEPTH:
        found.append(parent)
    return found


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
            if any(frame.f_globals is each for each in modules):
                values = frame.f_locals
                yield from (values[name] for name in LOCALS if name in values)
        waiting += [
            each for each in (guarded.context(current), guarded.cause(current)) if each is not None
        ]


def _frames(traceback: "TracebackType | None") -> "Iterator[FrameType]":
    for _ in range(MAX_FRAMES):
        if traceback is None:
            return
        yield traceback.tb_frame
        traceback = traceback.tb_next


def _command_line(core: "Mapping[str, object]") -> object:
    source = core.get("ParameterSource")
    members = guarded.names(source).get("_member_map_") if guarded.is_a(source, type) else None
    return members.get("COMMANDLINE") if type(members) is dict else None


def _attributes(value: object) -> "dict[str, object]":
    return guarded.attributes(value) or {}
