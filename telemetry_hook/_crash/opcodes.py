"""Tables of the instructions of all versions of Python: which read a variable, what others take."""

import opcode
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import CodeType

# Since Python 3.11, locals and cells are numbered together, and some arguments have a flag.
IS_UNIFIED = sys.version_info >= (3, 11)
IS_FLAGGED_ATTRIBUTE = sys.version_info >= (3, 12)
HAS_FOUR_FOR_CALL_EX = sys.version_info >= (3, 14)


def _numbers(names: "Iterable[str]") -> "frozenset[int]":
    """Return the numbers of instructions. No version of Python has all of them."""
    return frozenset(opcode.opmap[name] for name in names if name in opcode.opmap)


def _named(*beginnings: str) -> "frozenset[int]":
    return _numbers(name for name in opcode.opmap if name.startswith(beginnings))


def _counts(table: "dict[tuple[str, ...], int]") -> "dict[int, int]":
    return {number: count for names, count in table.items() for number in _numbers(names)}


NAMES = {number: name for name, number in opcode.opmap.items()}
EXTENDED_ARG = opcode.EXTENDED_ARG
CACHE = 0  # follows an instruction since Python 3.11; before, no instruction has this number

LOCALS = _numbers(("LOAD_FAST", "LOAD_FAST_BORROW", "LOAD_FAST_CHECK"))
# These have two numbers of locals in their argument, and read both or the second one.
PAIRS = _numbers(("LOAD_FAST_LOAD_FAST", "LOAD_FAST_BORROW_LOAD_FAST_BORROW"))
STORE_AND_LOAD = _numbers(["STORE_FAST_LOAD_FAST"])
CELLS = _numbers(["LOAD_DEREF"])
FLAGGED_GLOBALS = _numbers(["LOAD_GLOBAL"]) if IS_UNIFIED else frozenset()
GLOBALS = _numbers(("LOAD_GLOBAL", "LOAD_NAME"))
METHODS = _numbers(["LOAD_METHOD"])
ATTRIBUTES = _numbers(["LOAD_ATTR"]) | METHODS
SMALL_INTEGERS = _numbers(["LOAD_SMALL_INT"])
_CONSTANTS = _numbers(["LOAD_CONST"])
CONSTANTS = _CONSTANTS | SMALL_INTEGERS | _numbers(["LOAD_COMMON_CONSTANT"])
_COMMON: "list[object]" = getattr(opcode, "_common_constants", [])
_SUBSCRIPTS = _numbers(["BINARY_SUBSCR"])
_BINARY = _numbers(["BINARY_OP"])
_SUBSCRIPT_ARGUMENT = 26  # of BINARY_OP, since Python 3.14

COPIES = _numbers(("COPY", "DUP_TOP", "DUP_TOP_TWO"))
POPS = _numbers(["POP_TOP"])
CONDITIONS = _numbers(name for name in opcode.opmap if "JUMP" in name and "IF" in name)
SKIPS = _numbers(["JUMP_FORWARD"])
NULLS = _numbers(["PUSH_NULL"])
PASSED_OVER = _numbers(("CACHE", "NOT_TAKEN", "TO_BOOL", "EXTENDED_ARG"))
STORES = _named("STORE_", "DELETE_")
# The last instructions of statements, and the first ones of what contains statements.
ENDS = (
    (STORES | POPS)
    | _numbers(("RESUME", "GEN_START", "FOR_ITER", "END_FOR", "BEFORE_WITH", "PUSH_EXC_INFO"))
    | _numbers(("JUMP_BACKWARD", "JUMP_ABSOLUTE", "POP_BLOCK", "POP_EXCEPT"))
    | _named("RETURN_", "RAISE", "RERAISE", "IMPORT_", "SETUP_")
)
EXITS = _named("RETURN_", "RAISE", "RERAISE") - _numbers(["RETURN_GENERATOR"])
_RELATIVE = frozenset(opcode.hasjrel) - _numbers(name for name in opcode.opmap if "BACK" in name)
_ABSOLUTE = frozenset(opcode.hasjabs)

_UPDATES = ("LIST_EXTEND", "SET_UPDATE", "DICT_UPDATE", "DICT_MERGE", "LIST_APPEND")
LEAVE_NOTHING = POPS | _numbers(_UPDATES)
NO_EFFECT = _numbers(("NOP", "NOT_TAKEN", "PRECALL", "KW_NAMES", "CACHE"))
# These move values, and fail only if a variable has none.
MOVES = (
    (LOCALS | PAIRS | CELLS | GLOBALS | CONSTANTS | NULLS | NO_EFFECT | frozenset([EXTENDED_ARG]))
    | _named("STORE_FAST")
    | _numbers(("BUILD_TUPLE", "BUILD_LIST", "RETURN_VALUE", "RETURN_CONST"))
)
# How many values an instruction takes from the stack.
_TAKEN = {
    **dict.fromkeys(_named("BINARY_", "INPLACE_"), 2),
    **dict.fromkeys(_named("UNARY_"), 1),
    **_counts(
        {
            ("GET_ITER", "GET_AITER", "GET_AWAITABLE", "GET_YIELD_FROM_ITER", "GET_LEN"): 1,
            ("LOAD_ATTR", "LOAD_METHOD", "DELETE_ATTR", "POP_TOP", "LOAD_SPECIAL"): 1,
            ("TO_BOOL", "FORMAT_SIMPLE", "CONVERT_VALUE", "LIST_TO_TUPLE"): 1,
            ("UNPACK_SEQUENCE", "UNPACK_EX", "BEFORE_WITH", "SETUP_WITH", *_UPDATES): 1,
            ("COMPARE_OP", "CONTAINS_OP", "IS_OP"): 2,
            ("STORE_ATTR", "DELETE_SUBSCR", "FORMAT_WITH_SPEC"): 2,
            ("BINARY_SLICE", "STORE_SUBSCR"): 3,
        }
    ),
}
# How many values an instruction takes beside those that its argument counts.
_TAKEN_TOO = _counts(
    {
        ("BUILD_LIST", "BUILD_TUPLE", "BUILD_SET", "BUILD_STRING", "BUILD_SLICE"): 0,
        ("CALL_FUNCTION", "BUILD_CONST_KEY_MAP"): 1,
        # Once a call has run often, Python 3.11 makes it in the instruction before `CALL`.
        ("CALL", "PRECALL", "CALL_METHOD", "CALL_FUNCTION_KW"): 2,
        ("CALL_KW",): 3,
    }
)


def constant(code: "CodeType", operation: int, argument: int) -> object:
    """Return the constant that an instruction has, or None if it has none."""
    if operation in SMALL_INTEGERS:
        return argument
    known = code.co_consts if operation in _CONSTANTS else _COMMON
    return known[argument] if argument < len(known) else None


def is_subscript(operation: int, argument: int) -> bool:
    """Return whether an instruction reads an item."""
    is_binary = operation in _BINARY and argument == _SUBSCRIPT_ARGUMENT
    return is_binary or operation in _SUBSCRIPTS


def taken(operation: int, argument: int) -> "int | None":
    """Return how many values an instruction takes from the stack, or None if that is not known."""
    name = NAMES[operation]
    if name == "CALL_FUNCTION_EX":  # function, arguments, and since Python 3.11 an empty place
        return 4 if HAS_FOUR_FOR_CALL_EX else 2 + IS_UNIFIED + (argument & 1)
    if name == "BUILD_MAP":
        return 2 * argument
    if name == "FORMAT_VALUE":
        return 2 if argument & 4 else 1
    too = _TAKEN_TOO.get(operation)
    return _TAKEN.get(operation) if too is None else too + argument


def target(operation: int, argument: int, following: int) -> "int | None":
    """Return the offset that an instruction jumps forward to, or None for other instructions.

    `following` is the offset of the next instruction.
    """
    if operation in _RELATIVE:
        return following + 2 * argument
    return 2 * argument if operation in _ABSOLUTE else None


def variables(code: "CodeType") -> "tuple[str, ...]":
    """Return the names of locals by their numbers."""
    return (*code.co_varnames, *_cells(code)) if IS_UNIFIED else code.co_varnames


def cells(code: "CodeType") -> "tuple[str, ...]":
    """Return the names of the variables in cells by their numbers."""
    return variables(code) if IS_UNIFIED else (*code.co_cellvars, *code.co_freevars)


def _cells(code: "CodeType") -> "tuple[str, ...]":
    """Return the names of cells that are no parameters, which have a number of their own."""
    own = [name for name in code.co_cellvars if name not in code.co_varnames]
    return (*own, *code.co_freevars)
