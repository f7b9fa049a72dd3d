"""The names that mpy-cross's own binary has interned before it reads a program.

Both tables are facts about mpy-cross 1.29: the first is part of the ``.mpy`` 6.x format, the second only
decides which long string literals of a program count as interned already.
"""

from __future__ import annotations

# fmt: off
STATIC_QSTRS: tuple[str, ...] = (
    "", "__dir__", "\n", " ", "*",  # 1
    "/", "<module>", "_", "__call__", "__class__",
    "__delitem__", "__enter__", "__exit__", "__getattr__", "__getitem__",  # 11
    "__hash__", "__init__", "__int__", "__iter__", "__len__",
    "__main__", "__module__", "__name__", "__new__", "__next__",  # 21
    "__qualname__", "__repr__", "__setitem__", "__str__", "ArithmeticError",
    "AssertionError", "AttributeError", "BaseException", "EOFError", "Ellipsis",  # 31
    "Exception", "GeneratorExit", "ImportError", "IndentationError", "IndexError",
    "KeyError", "KeyboardInterrupt", "LookupError", "MemoryError", "NameError",  # 41
    "NoneType", "NotImplementedError", "OSError", "OverflowError", "RuntimeError",
    "StopIteration", "SyntaxError", "SystemExit", "TypeError", "ValueError",  # 51
    "ZeroDivisionError", "abs", "all", "any", "append",
    "args", "bool", "builtins", "bytearray", "bytecode",  # 61
    "bytes", "callable", "chr", "classmethod", "clear",
    "close", "const", "copy", "count", "dict",  # 71
    "dir", "divmod", "end", "endswith", "eval",
    "exec", "extend", "find", "format", "from_bytes",  # 81
    "get", "getattr", "globals", "hasattr", "hash",
    "id", "index", "insert", "int", "isalpha",  # 91
    "isdigit", "isinstance", "islower", "isspace", "issubclass",
    "isupper", "items", "iter", "join", "key",  # 101
    "keys", "len", "list", "little", "locals",
    "lower", "lstrip", "main", "map", "micropython",  # 111
    "next", "object", "open", "ord", "pop",
    "popitem", "pow", "print", "range", "read",  # 121
    "readinto", "readline", "remove", "replace", "repr",
    "reverse", "rfind", "rindex", "round", "rsplit",  # 131
    "rstrip", "self", "send", "sep", "set",
    "setattr", "setdefault", "sort", "sorted", "split",  # 141
    "start", "startswith", "staticmethod", "step", "stop",
    "str", "strip", "sum", "super", "throw",  # 151
    "to_bytes", "tuple", "type", "update", "upper",
    "utf-8", "value", "values", "write", "zip",  # 161
)
"""The static qstrs (``py/makeqstrdata.py``, ``static_qstr_list``): position ``i`` has id ``i + 1``."""

POOL_LONG_NAMES: tuple[str, ...] = (
    "Interpolation", "StopAsyncIteration", "UnicodeError", "ViperTypeError", "__build_class__",
    "__complex__", "__contains__", "__repl_print__", "__reversed__", "__template__", "__traceback__",
    "bound_method", "difference_update", "format_spec", "heap_unlock", "interpolations", "intersection",
    "intersection_update", "maximum recursion depth exceeded", "string.templatelib", "symmetric_difference",
    "symmetric_difference_update", "templatelib", "unpack_from", "vcvt_f32_s32", "vcvt_s32_f32",
)
"""Names longer than MAX_SHORT_STRING bytes in mpy-cross's own pool, besides those in STATIC_QSTRS."""
# fmt: on

MAX_SHORT_STRING = 10
"""A string literal of at most so many UTF-8 bytes is always interned (``push_result_token``, py/parse.c)."""

MAX_QSTR = 255
"""The longest qstr in bytes; interning a longer one is a RuntimeError (``py/qstr.c``, ``qstr_from_strn``)."""

LONG_POOL: frozenset[str] = frozenset(
    name for name in STATIC_QSTRS + POOL_LONG_NAMES if len(name) > MAX_SHORT_STRING
)
"""All names longer than MAX_SHORT_STRING that are interned before any program is read."""
