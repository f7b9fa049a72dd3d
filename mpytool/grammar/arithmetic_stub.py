"""Stand-in for arithmetic.py until that exists: Python's own operators."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

_OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv, "//": operator.floordiv,
    "%": operator.mod, "|": operator.or_, "^": operator.xor, "&": operator.and_, "<<": operator.lshift,
    ">>": operator.rshift, "**": operator.pow,
}  # fmt: skip


def fold_binary(op: str, a: int | float, b: int | float) -> int | float | None:
    try:
        value = _OPERATORS[op](a, b)
    except Exception:
        return None
    return None if isinstance(value, complex) else value


def fold_unary(op: str, a: int | float) -> int | float:
    return +a if op == "+" else -a if op == "-" else ~int(a)
