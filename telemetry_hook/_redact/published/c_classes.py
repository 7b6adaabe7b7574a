"""Names of the standard library's classes that no class statement defines, in every build of Python.

The names of a class are public if they are in these tables. The running program cannot change them.
A test on each version of Python finds classes that are missing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_BUILT_IN = """
ArithmeticError AssertionError AttributeError BaseException BaseExceptionGroup BlockingIOError
BrokenPipeError BufferError BytesWarning ChildProcessError ConnectionAbortedError ConnectionError
ConnectionRefusedError ConnectionResetError DeprecationWarning EOFError EncodingWarning Exception
FileExistsError FileNotFoundError FloatingPointError FrameLocalsProxy FutureWarning GeneratorExit
GenericAlias ImportCycleError ImportError ImportWarning IndentationError IndexError
InterruptedError IsADirectoryError KeyError KeyboardInterrupt LookupError MemoryError
ModuleNotFoundError NameError NoDefaultType NoneType NotADirectoryError NotImplementedError
NotImplementedType OSError OverflowError PendingDeprecationWarning PermissionError
ProcessLookupError PyCapsule PythonFinalizationError RecursionError ReferenceError ResourceWarning
RuntimeError RuntimeWarning SimpleNamespace StopAsyncIteration StopIteration SyntaxError
SyntaxWarning SystemError SystemExit TabError TimeoutError TypeError UnboundLocalError
UnicodeDecodeError UnicodeEncodeError UnicodeError UnicodeTranslateError UnicodeWarning Union
UnionType UserWarning ValueError Warning ZeroDivisionError _IncompleteInputError _buffer_wrapper
anext_awaitable async_generator async_generator_asend async_generator_athrow
async_generator_wrapped_value asyncgen_hooks bool builtin_function_or_method builtin_method
bytearray bytearray_iterator bytes bytes_iterator callable_iterator cell classmethod
classmethod_descriptor code complex coroutine coroutine_wrapper dict dict_itemiterator dict_items
dict_keyiterator dict_keys dict_reverseitemiterator dict_reversekeyiterator
dict_reversevalueiterator dict_valueiterator dict_values ellipsis enumerate filter float frame
frozendict frozenset function generator generic_alias_iterator getset_descriptor instancemethod int
iterator lazy_import line_iterator list list_iterator list_reverseiterator longrange_iterator
managedbuffer map mappingproxy member_descriptor memory_iterator memoryview method method-wrapper
method_descriptor module object odict_items odict_iterator odict_keys odict_values
positions_iterator property range range_iterator reversed sentinel set set_iterator slice
staticmethod stderrprinter str str_ascii_iterator str_iterator super traceback tuple tuple_iterator
type wrapper_descriptor zip
"""

# Neither the structure of these classes nor a class statement shows that they are the library's: C code
# or a function makes them. Some builds of Python have no file for their modules.
_LIKE_PYTHON = """
_csv: Error
_curses: error
_curses_panel: error panel
_dbm: error
_gdbm: error
_hashlib: UnsupportedDigestmodError
_hmac: UnknownHashError
_interpchannels: ChannelClosedError ChannelEmptyError ChannelError ChannelNotEmptyError
  ChannelNotFoundError
_lzma: LZMAError
_pickle: PickleError PicklingError UnpicklingError
_queue: Empty
_random: Random
_tkinter: TclError Tcl_Obj
ast: AST Add And AnnAssign Assert Assign AsyncFor AsyncFunctionDef AsyncWith Attribute AugAssign
  Await BinOp BitAnd BitOr BitXor BoolOp Break Call ClassDef Compare Constant Continue Del Delete
  Dict DictComp Div Eq ExceptHandler Expr Expression FloorDiv For FormattedValue FunctionDef
  FunctionType GeneratorExp Global Gt GtE If IfExp Import ImportFrom In Interactive Interpolation
  Invert Is IsNot JoinedStr LShift Lambda List ListComp Load Lt LtE MatMult Match MatchAs
  MatchClass MatchMapping MatchOr MatchSequence MatchSingleton MatchStar MatchValue Mod Module
  Mult Name NamedExpr Nonlocal Not NotEq NotIn Or ParamSpec Pass Pow RShift Raise Return Set
  SetComp Slice Starred Store Sub Subscript TemplateStr Try TryStar Tuple TypeAlias TypeIgnore
  TypeVar TypeVarTuple UAdd USub UnaryOp While With Yield YieldFrom alias arg arguments boolop
  cmpop comprehension excepthandler expr expr_context keyword match_case mod operator pattern
  stmt type_ignore type_param unaryop withitem
audioop: error
binascii: Error Incomplete
builtins: ExceptionGroup
compression.zstd: ZstdError
concurrent.interpreters: NotShareableError
ctypes: ArgumentError
decimal: Clamped ConversionSyntax DecimalException DivisionByZero DivisionImpossible
  DivisionUndefined FloatOperation Inexact InvalidContext InvalidOperation Overflow Rounded
  Subnormal Underflow
grp: struct_group
io: UnsupportedOperation
locale: Error
nis: error
nt: DirEntry sched_param times_result uname_result waitid_result
os: stat_result statvfs_result terminal_size
ossaudiodev: OSSAudioError
posix: DirEntry sched_param times_result uname_result waitid_result
pwd: struct_passwd
pydantic_core._pydantic_core: ValidationError
resource: struct_rusage
select: epoll error kqueue kevent
signal: Handlers ItimerError Sigmasks Signals struct_siginfo
socket: AddressFamily AddressInfo MsgFlag SocketKind gaierror herror
spwd: struct_spwd
sqlite3: DataError DatabaseError Error IntegrityError InterfaceError InternalError
  NotSupportedError OperationalError ProgrammingError Warning
ssl: AlertDescription Options SSLCertVerificationError SSLEOFError SSLError SSLErrorNumber
  SSLSyscallError SSLWantReadError SSLWantWriteError SSLZeroReturnError VerifyFlags VerifyMode
struct: error
termios: error
time: struct_time
xml.parsers.expat: ExpatError
zlib: error
"""


def _pairs(table: str) -> Iterator[tuple[str, str]]:
    module = ""
    for word in table.split():
        if word.endswith(":"):
            module = word[:-1]
        else:
            yield module, word


# Names of the classes that C code defines without a module. A program may add classes to `builtins`.
BUILT_IN = frozenset(_BUILT_IN.split())
# Modules and names of exceptions, nodes of syntax trees, enumerations, and the like.
LIKE_PYTHON = frozenset(_pairs(_LIKE_PYTHON))
