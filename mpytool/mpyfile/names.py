"""What functions are called: ``<module>.A.f``, the second ``f`` in the same place ``<module>.A.f#2``.

A file names bytecode and native Python functions. Viper and assembler functions have no name of their own:
theirs is the one that the code around stores them under, if that can be seen.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from mpytool.instructions import decode_instructions
from mpytool.module import CompiledModule, RawCode, RawCodeKind

MODULE_NAME = "<module>"

_MAX_NAME = 80
_MAX_PREFIX = 160
"""Bytes of UTF-8. Longer names are cut, longer prefixes replaced: both only occur in files made to annoy."""

_NAMELESS = {RawCodeKind.VIPER: "<viper>", RawCodeKind.ASM: "<asm>"}
_STORES = frozenset({"STORE_NAME", "STORE_GLOBAL"})
_BETWEEN = frozenset({"CALL_FUNCTION"})
"""What may stand between the making of a function and its storing: decorators are called."""


@dataclass(frozen=True, slots=True)
class NamedFunction:
    """A function of a module. ``path`` are the numbers of children from the root, whose own path is ()."""

    path: tuple[int, ...]
    name: str
    raw_code: RawCode


def function_names(module: CompiledModule) -> Iterator[NamedFunction]:
    """All functions with their full names, no two the same, in the order of the file: parents first."""
    root = NamedFunction((), _cut(_own_name(module, module.root, MODULE_NAME)), module.root)
    # Iterators: of a function with many children only one at a time is made.
    stack = [iter([root])]
    number = 0
    while stack:
        function = next(stack[-1], None)
        if function is None:
            stack.pop()
            continue
        yield function
        prefix = f"#{number}" if _too_long(function.name, _MAX_PREFIX) else function.name
        number += 1
        stack.append(_children(module, function, prefix))


def _children(module: CompiledModule, parent: NamedFunction, prefix: str) -> Iterator[NamedFunction]:
    for i, name in enumerate(_child_names(module, parent.raw_code)):
        yield NamedFunction((*parent.path, i), f"{prefix}.{name}", parent.raw_code.children[i])


def _own_name(module: CompiledModule, raw_code: RawCode, otherwise: str) -> str:
    prelude = raw_code.prelude
    if prelude is None or prelude.name >= len(module.qstrs):
        return otherwise
    return module.qstrs[prelude.name]


def _child_names(module: CompiledModule, raw_code: RawCode) -> Iterator[str]:
    """The names of the children within their parent, made unique."""
    stored: dict[int, str] = {}
    if any(child.prelude is None for child in raw_code.children):
        stored = _stored_names(module, raw_code)
    seen: dict[str, int] = {}
    for i, child in enumerate(raw_code.children):
        otherwise = stored.get(i, _NAMELESS.get(child.kind, "<function>"))
        name = _cut(_own_name(module, child, otherwise))
        count = seen[name] = seen.get(name, 0) + 1
        yield name if count == 1 else f"{name}#{count}"


def _stored_names(module: CompiledModule, raw_code: RawCode) -> dict[int, str]:
    """Child to the name its parent stores it under, as far as the parent's bytecode shows that."""
    found: dict[int, str] = {}
    if raw_code.kind is not RawCodeKind.BYTECODE:
        return found
    made: int | None = None
    try:
        for instruction in decode_instructions(raw_code.data, raw_code.opcodes_offset):
            name = instruction.op.name
            if name.startswith("MAKE_"):
                made = instruction.operand
            elif made is not None and name not in _BETWEEN:
                index = instruction.operand
                if name in _STORES and index is not None and index < len(module.qstrs):
                    found.setdefault(made, module.qstrs[index])
                made = None
    except ValueError:  # damaged code: what was found before still holds
        pass
    return found


def _too_long(text: str, limit: int) -> bool:
    if len(text) * 4 <= limit:
        return False
    return len(text) > limit or len(text.encode("utf-8", "surrogateescape")) > limit


def _cut(name: str) -> str:
    if not _too_long(name, _MAX_NAME):
        return name
    return name[:_MAX_NAME].encode("utf-8", "replace")[: _MAX_NAME - 3].decode("utf-8", "ignore") + "..."
