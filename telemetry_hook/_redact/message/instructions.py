"""Reads the bytecode instruction that failed: whether it is a `raise`, and the names in it."""

from __future__ import annotations

import opcode
import sys
from typing import TYPE_CHECKING

from telemetry_hook._crash import opcodes

if TYPE_CHECKING:
    from types import CodeType

RAISES = frozenset(
    opcode.opmap[name] for name in ("RAISE_VARARGS", "RERAISE") if name in opcode.opmap
)
# These go on with another generator, coroutine or future, or are reached by `throw`.
HANDING_ON = frozenset(
    opcode.opmap[name]
    for name in (
        *("SEND", "YIELD_VALUE", "YIELD_FROM", "RESUME", "CLEANUP_THROW"),
        *("RETURN_GENERATOR", "GEN_START", "POP_TOP"),  # of a generator that has not started
    )
    if name in opcode.opmap
)
# Flags of generators and coroutines: `throw` may raise an exception where they start.
STARTED = 0x20 | 0x80 | 0x200  # CO_GENERATOR, CO_COROUTINE, CO_ASYNC_GENERATOR
RAISE = opcode.opmap["RAISE_VARARGS"]
UNPACK_SEQUENCE, UNPACK_EX = opcode.opmap["UNPACK_SEQUENCE"], opcode.opmap["UNPACK_EX"]
# These have a name, or belong to an instruction that may have one.
NAMED = frozenset(
    (*opcode.hasname, *opcode.haslocal, *opcode.hasfree, opcode.EXTENDED_ARG, *RAISES, *HANDING_ON)
)
# Since Python 3.11, cells are numbered together with the other variables.
SEPARATE_CELLS = sys.version_info < (3, 11)
# For each operation: how many of the low bits in its argument are flags.
FLAGS = {
    opcode.opmap.get("LOAD_GLOBAL"): 1 if sys.version_info >= (3, 11) else 0,
    opcode.opmap.get("LOAD_ATTR"): 1 if sys.version_info >= (3, 12) else 0,
    opcode.opmap.get("LOAD_SUPER_ATTR"): 2,
    opcode.opmap.get("IMPORT_NAME"): 2 if sys.version_info >= (3, 15) else 0,
}


def is_raise(code: CodeType, offset: int) -> bool:
    """Return whether the instruction at an offset in bytes belongs to a `raise` statement."""
    instructions = code.co_code
    return 0 <= offset < len(instructions) and instructions[offset] in RAISES


def is_handing_on(code: CodeType, offset: int) -> bool:
    """Return whether an instruction may raise an exception that was created elsewhere.

    ``await task``, ``yield from other``
    """
    instructions = code.co_code
    return offset < 0 or (offset < len(instructions) and instructions[offset] in HANDING_ON)


def is_item(code: CodeType, offset: int) -> bool:
    """Return whether the instruction at an offset reads an item."""
    instructions = code.co_code
    while opcodes.IS_UNIFIED and 0 < offset < len(instructions) and not instructions[offset]:
        offset -= 2  # Python gives the offset of the cache behind it, once it has run often
    return opcodes.is_subscript(*_read(code, offset))


def likely(code: CodeType, line: int) -> int:
    """Return the offset of an instruction that may have failed at a line: of its `raise`, if it has one.

    Others are taken only if they carry no name, as what a name says must not depend on a guess, or if
    no other can have failed. The offset is -1 if there is none, or if the exception may have been
    created elsewhere.
    """
    instructions = code.co_code
    if code.co_flags & STARTED and line == code.co_firstlineno:
        return -1
    offsets = [
        offset
        for start, end, number in code.co_lines()
        if number == line
        for offset in range(start, end, 2)
    ]
    operations = {instructions[offset]: offset for offset in offsets}
    if RAISE in operations:
        return operations[RAISE]
    if not operations.keys().isdisjoint(HANDING_ON - {opcode.opmap.get("POP_TOP")}):
        return -1
    suspects = [offset for offset in offsets if instructions[offset] not in opcodes.MOVES]
    if len(suspects) == 1:
        return suspects[0]
    return next((operations[each] for each in sorted(operations.keys() - NAMED)), -1)


def names(code: CodeType, offset: int) -> frozenset[str]:
    """Return the names of attributes, variables or modules in an instruction.

    ``box.lid`` → ``lid``; ``import a.b`` → ``a.b``, ``a``
    """
    operation, argument = _read(code, offset)
    argument >>= FLAGS.get(operation, 0)
    if operation in opcode.hasname:
        carried = code.co_names[argument : argument + 1]
    elif operation in opcode.haslocal or operation in opcode.hasfree:
        carried = _variables(code, is_cell=operation in opcode.hasfree)[argument : argument + 1]
    else:
        return frozenset()
    # `import a.b` fails at the first part that is missing.
    paths = [name.split(".") for name in carried]
    packages = (".".join(path[:size]) for path in paths for size in range(1, len(path)))
    return frozenset([*carried, *packages])


def unpacked(code: CodeType, offset: int) -> int | None:
    """Return how many values an instruction unpacks, or at least if one takes the rest; None for others.

    ``a, b = x`` → 2; ``a, *b = x`` → 1
    """
    operation, argument = _read(code, offset)
    if operation == UNPACK_SEQUENCE:
        return argument
    return (argument & 0xFF) + (argument >> 8) if operation == UNPACK_EX else None


def _read(code: CodeType, offset: int) -> tuple[int, int]:
    """Return the instruction at an offset and its argument, (-1, 0) if there is none."""
    instructions = code.co_code
    if not 0 <= offset < len(instructions) - 1:
        return -1, 0
    while instructions[offset] == opcode.EXTENDED_ARG:
        # If an instruction has a prefix, Python 3.10 gives the prefix's offset.
        offset += 2
    operation, argument = instructions[offset], instructions[offset + 1]
    shift, before = 8, offset - 2
    while before >= 0 and instructions[before] == opcode.EXTENDED_ARG:
        argument |= instructions[before + 1] << shift
        shift, before = shift + 8, before - 2
    return operation, argument


def _variables(code: CodeType, *, is_cell: bool) -> tuple[str, ...]:
    if SEPARATE_CELLS:
        return (*code.co_cellvars, *code.co_freevars) if is_cell else code.co_varnames
    cells = [name for name in code.co_cellvars if name not in code.co_varnames]
    return (*code.co_varnames, *cells, *code.co_freevars)
