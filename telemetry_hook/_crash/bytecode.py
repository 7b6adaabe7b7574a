"""Finds in bytecode what the failing statement has read: variables, and attributes and items of them.

An item is found if its key is a constant: ``self.boxes["lid"].size``, ``arguments[0]``. Only what was
certainly read before the failure is found: nothing of ``b.c`` in ``a or b.c``.
"""

from telemetry_hook._crash import opcodes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import CodeType

MAX_BYTES = 1_024  # of the bytecode before the failing instruction
MAX_STEPS = 6
MAX_PATHS = 30
INSTRUCTION = 2  # bytes
MAX_COPIED_BYTES = 128


class Key:
    """A constant key of an item: a text or a number."""

    __slots__ = ("value",)

    def __init__(self, value: "str | int") -> None:
        self.value = value


class Path:
    """A variable, and the steps from it to an attribute (its name) or to an item (its `Key`).

    ``self.boxes["lid"]`` is `self` with the steps ``"boxes"`` and ``Key("lid")``. `is_global`: the name
    is not one of a function's variables. `is_operand`: the instruction that failed worked on it.
    `is_result`: that instruction was to read it.
    """

    __slots__ = ("is_global", "is_operand", "is_result", "name", "offset", "steps")

    def __init__(
        self, offset: int, name: str, steps: "tuple[str | Key, ...]", *, is_global: bool
    ) -> None:
        self.offset = offset
        self.name = name
        self.steps = steps
        self.is_global = is_global
        self.is_operand = False
        self.is_result = False

    def copy(self) -> "Path":
        """Return a path to the same value."""
        return Path(self.offset, self.name, self.steps, is_global=self.is_global)


def paths(code: "CodeType", offset: int) -> "list[Path]":
    """Return what a statement has read before its instruction at an offset failed.

    What the failing instruction was to read comes first, then what it worked on.
    """
    content = code.co_code
    last = len(content) - INSTRUCTION
    while 0 <= offset < last and content[offset] == opcodes.EXTENDED_ARG:
        offset += INSTRUCTION  # Python 3.10 gives the offset of the prefix
    if not 0 <= offset <= last:
        return []
    while opcodes.IS_UNIFIED and offset > 0 and content[offset] == opcodes.CACHE:
        offset -= INSTRUCTION  # Python 3.11 gives the offset of a call's cache
    if _is_copied(code, offset):
        return []
    statement = _Statement(code)
    jumps: list[tuple[int, int]] = []
    for at, operation, argument, following in _instructions(content, offset):
        if at == offset:
            statement.fail(operation, argument)
        else:
            statement.run(at, operation, argument)
            target = opcodes.target(operation, argument, following)
            jumps += [] if target is None else [(at, target)]
    certain = [
        path
        for path in statement.paths
        if not any(start < path.offset < end <= offset for start, end in jumps)
    ]
    return sorted(certain, key=_order)[:MAX_PATHS]


def _order(path: Path) -> int:
    if path.is_result:
        return 0
    return 1 if path.is_operand else 2


def _instructions(content: bytes, offset: int) -> "Iterator[tuple[int, int, int, int]]":
    """Yield the statement's instructions up to an offset: offset, operation, argument, next offset."""
    at, argument = _start(content, offset), 0
    while at <= offset:
        operation = content[at]
        argument |= content[at + 1]
        following = at + INSTRUCTION
        if operation == opcodes.EXTENDED_ARG:
            argument <<= 8
            at = following
            continue
        while opcodes.IS_UNIFIED and content[following : following + 1] == b"\0":
            following += INSTRUCTION
        yield at, operation, argument, following
        at, argument = following, 0


def _start(content: bytes, offset: int) -> int:
    """Return where the statement of an instruction starts, or where the search for it ends."""
    at = offset
    first = max(0, offset - MAX_BYTES)
    while at > first:
        before = content[at - INSTRUCTION]
        if before in opcodes.ENDS and not _is_inside(content, at - INSTRUCTION):
            # This instruction ends a statement, and reads a variable for the next one.
            at -= INSTRUCTION if before in opcodes.STORE_AND_LOAD else 0
            break
        at -= INSTRUCTION
    while at < offset and opcodes.IS_UNIFIED and content[at] == opcodes.CACHE:
        at += INSTRUCTION
    while at > 0 and content[at - INSTRUCTION] == opcodes.EXTENDED_ARG:
        at -= INSTRUCTION
    return at


def _is_copied(code: "CodeType", offset: int) -> bool:
    """Return whether the end of a statement has a copy for each branch inside it.

    Python copies the call and the `return` of ``return f(a if b else c)``. In which copy the call
    failed shows which branch has run, so it must not decide what is found.
    """
    content, end = code.co_code, offset
    limit = min(len(content), offset + MAX_COPIED_BYTES)
    while end < limit and content[end] not in opcodes.EXITS:
        end += INSTRUCTION
    tail = content[offset : end + INSTRUCTION]
    places: list[int] = []
    at = content.find(tail, max(0, offset - MAX_BYTES))
    while 0 <= at <= offset + MAX_BYTES:
        places += [] if at % INSTRUCTION else [at]
        at = content.find(tail, at + 1)
    lines: dict[int, int | None] = {}
    waiting = iter(places if len(places) > 1 and end < limit else ())
    place = next(waiting, None)
    for _, after, line in code.co_lines() if place is not None else ():
        while place is not None and place < after:
            lines[place] = line
            place = next(waiting, None)
        if place is None:
            break
    # Other statements may end in the same way.
    return list(lines.values()).count(lines.get(offset)) > 1


def _is_inside(content: bytes, offset: int) -> bool:
    """Return whether an instruction is inside an expression: ``(a := b)``, ``a or b``."""
    before = offset - INSTRUCTION
    while before >= 0 and content[before] in opcodes.PASSED_OVER:
        before -= INSTRUCTION
    if before < 0:
        return False
    if content[offset] in opcodes.STORES:
        return content[before] in opcodes.COPIES
    return content[offset] in opcodes.POPS and content[before] in opcodes.CONDITIONS


class _Statement:
    """Runs a statement's instructions on a stack of paths, constant keys and unknown values (None)."""

    def __init__(self, code: "CodeType") -> None:
        self.paths: list[Path] = []
        self._stack: list[Path | Key | None] = []
        self._code = code

    def run(self, at: int, operation: int, argument: int) -> None:
        """Run an instruction that did not fail. After an unknown one, the stack is unknown."""
        if operation in opcodes.NO_EFFECT or self._is_load(at, operation, argument):
            return
        if operation in opcodes.CONDITIONS or operation in opcodes.SKIPS:
            self._taken(1)
        elif operation in opcodes.COPIES:
            self._copy(opcodes.NAMES[operation], argument)
        elif operation in opcodes.NULLS:
            self._stack.append(None)
        elif (count := opcodes.taken(operation, argument)) is not None:
            self._taken(count)
            self._stack += [] if operation in opcodes.LEAVE_NOTHING else [None]
        else:
            self._stack.clear()

    def fail(self, operation: int, argument: int) -> None:
        """Mark what the failing instruction works on, and add what it was to read."""
        operands = self._taken(opcodes.taken(operation, argument) or 0)
        for operand in operands:
            if type(operand) is Path:
                operand.is_operand = True
        step: str | Key | None = None
        if operation in opcodes.ATTRIBUTES:
            step = self._attribute(operation, argument)
        elif opcodes.is_subscript(operation, argument) and type(operands[1]) is Key:
            step = operands[1]
        outer = operands[0] if operands else None
        if step is not None and type(outer) is Path and len(outer.steps) < MAX_STEPS:
            result = outer.copy()
            result.steps += (step,)
            result.is_result = True
            self.paths.append(result)

    def _is_load(self, at: int, operation: int, argument: int) -> bool:
        """Run an instruction if it reads a variable, an attribute, an item or a constant."""
        stack, code = self._stack, self._code
        if operation in opcodes.LOCALS:
            self._load(at, opcodes.variables(code), argument)
        elif operation in opcodes.PAIRS or operation in opcodes.STORE_AND_LOAD:
            for number in (argument >> 4, argument & 15)[operation in opcodes.STORE_AND_LOAD :]:
                self._load(at, opcodes.variables(code), number)
        elif operation in opcodes.CELLS:
            self._load(at, opcodes.cells(code), argument)
        elif operation in opcodes.GLOBALS:
            is_flagged = operation in opcodes.FLAGGED_GLOBALS
            number = argument >> 1 if is_flagged else argument
            self._load(at, code.co_names, number, is_global=True)
            stack += [None] if is_flagged and argument & 1 else []
        elif operation in opcodes.ATTRIBUTES:
            self._step(self._taken(1)[0], self._attribute(operation, argument))
            is_flagged = opcodes.IS_FLAGGED_ATTRIBUTE and bool(argument & 1)
            stack += [None] if is_flagged or operation in opcodes.METHODS else []
        elif opcodes.is_subscript(operation, argument):
            container, key = self._taken(2)
            self._step(container, key if type(key) is Key else None)
        elif operation in opcodes.CONSTANTS:
            value = opcodes.constant(code, operation, argument)
            stack.append(Key(value) if type(value) is str or type(value) is int else None)
        else:
            return False
        return True

    def _taken(self, count: int) -> "list[Path | Key | None]":
        """Take values from the stack. Those from before the first instruction are unknown."""
        missing = max(0, count - len(self._stack))
        start = len(self._stack) - count + missing
        values = [None] * missing + self._stack[start:]
        del self._stack[start:]
        return values

    def _load(
        self, at: int, names: "tuple[str, ...]", number: int, *, is_global: bool = False
    ) -> None:
        path = None
        if number < len(names):
            path = Path(at, names[number], (), is_global=is_global)
            self.paths.append(path)
        self._stack.append(path)

    def _step(self, outer: "Path | Key | None", step: "str | Key | None") -> None:
        """Put an attribute or item of the value `outer` on the stack."""
        if type(outer) is Path and step is not None and len(outer.steps) < MAX_STEPS:
            outer.steps += (step,)
            self._stack.append(outer)
        else:
            self._stack.append(None)

    def _copy(self, name: str, argument: int) -> None:
        """Put a value on the stack again: ``a.b += 1`` reads `a.b` from a copy of `a`."""
        depth, count = {"DUP_TOP": (1, 1), "DUP_TOP_TWO": (2, 2)}.get(name, (argument, 1))
        for _ in range(count):
            value = self._stack[-depth] if depth <= len(self._stack) else None
            if type(value) is Path:
                value = value.copy()
                self.paths.append(value)
            self._stack.append(value)

    def _attribute(self, operation: int, argument: int) -> "str | None":
        is_flagged = opcodes.IS_FLAGGED_ATTRIBUTE and operation not in opcodes.METHODS
        number = argument >> 1 if is_flagged else argument
        names = self._code.co_names
        return names[number] if number < len(names) else None
