"""Names of types that messages of C code contain."""

from __future__ import annotations

import builtins
from functools import cache

# Types that are not among the built-in names, but are in messages.
TYPES = frozenset(
    """
    None NoneType NotImplementedType ellipsis function builtin_function_or_method method module generator
    coroutine async_generator code frame traceback mappingproxy wrapper_descriptor
    method_descriptor classmethod_descriptor getset_descriptor member_descriptor method-wrapper
    types.GenericAlias types.UnionType types.SimpleNamespace cell dict_keys dict_values dict_items
    list_iterator tuple_iterator str_iterator range_iterator set_iterator dict_keyiterator
    collections.deque collections.OrderedDict collections.defaultdict decimal.Decimal
    datetime.datetime datetime.date datetime.time datetime.timedelta datetime.timezone re.Pattern
    re.Match array.array _io.StringIO _io.BytesIO _io.TextIOWrapper
    """.split()
) | {key for key, value in vars(builtins).items() if isinstance(value, type)}


@cache
def all_types() -> frozenset[str]:
    """Return the names of all types in this process, as messages have them."""
    found: set[type] = set()
    new: set[type] = {object}
    while new:
        found |= new
        derived: set[type] = set()
        derived.update(*map(type.__subclasses__, new))
        new = derived - found
    qualified = (f"{kind.__module__}.{kind.__qualname__}" for kind in found)
    return TYPES.union(qualified, (kind.__qualname__ for kind in found))
