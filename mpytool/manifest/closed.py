"""Whether a manifest's result depends on nothing but what its functions look at.

A manifest is a program, and can ask for the time or read any file; but most are a list of calls. Such a one
need not run again while the files are the same that its functions found. The test errs on the safe side.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Collection

_FUNCTIONS = (
    "abs all any bool dict enumerate float int isinstance len list max min range reversed set sorted str sum"
    " tuple zip"
)
_EXCEPTIONS = {
    name for name, value in vars(builtins).items() if isinstance(value, type) and issubclass(value, Exception)
}
_HARMLESS = frozenset(_FUNCTIONS.split()) | _EXCEPTIONS
"""Built-in names whose use has no effect and no source outside of the program."""


def is_closed(text: bytes, functions: Collection[str]) -> bool:
    """Whether the program uses nothing but these functions, its own names and harmless built-ins."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    own = set(functions)
    used: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            return False
        if isinstance(node, ast.Attribute) and node.attr.startswith("_"):
            return False
        if isinstance(node, ast.Name):
            (used if isinstance(node.ctx, ast.Load) else own).add(node.id)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            own.add(node.name)
        elif isinstance(node, ast.arg):
            own.add(node.arg)
        elif isinstance(node, ast.ExceptHandler) and node.name is not None:
            own.add(node.name)
    return used <= own | _HARMLESS
