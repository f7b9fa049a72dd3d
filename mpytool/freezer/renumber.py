"""Bytecode with other numbers of names and constants, and without an end that is never reached.

Where each number takes as many bytes as before, code keeps its length, and with it jumps and line tables stay
what they are. A module with more names than one byte can number gives the short numbers to those that its
code needs most, so its code moves (``mpyfile/rewrite.py``). Machine code has its numbers built in: a module
that has any keeps its tables.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mpytool.freezer.survey import Place, Surveyed, inner_first
from mpytool.freezer.windows import FAR, NEAR
from mpytool.module import Prelude, RawCode


def renumber(root: Surveyed, qstrs: Mapping[int, int], constants: Mapping[int, int]) -> RawCode:
    """The function and all in it, with other numbers. RewriteError if code cannot be moved as it must be."""
    moves = any(
        _size(old) != _size(new)
        for each in (qstrs, constants)
        if max(each, default=0) >= NEAR or max(each.values(), default=0) >= NEAR
        for old, new in each.items()
    )
    lists = (_as_list(qstrs), _as_list(constants)) if moves else None
    made: dict[int, RawCode] = {}
    for each in inner_first(root):
        if lists is not None:
            from mpytool.mpyfile.rewrite import rewrite_function  # few sets of modules pay for it

            changed = rewrite_function(each.raw, *lists)
        else:
            changed = _replace(each, qstrs, constants)
        changed.children = [made[id(child)] for child in each.children]
        made[id(each)] = changed
    return made[id(root)]


def _size(number: int) -> int:
    return 1 if number < NEAR else 2 if number < FAR else 3


def _as_list(numbers: Mapping[int, int]) -> list[int]:
    return [numbers.get(number, 0) for number in range(max(numbers, default=-1) + 1)]


def _replace(each: Surveyed, qstrs: Mapping[int, int], constants: Mapping[int, int]) -> RawCode:
    raw = each.raw
    data = bytearray(raw.data)
    _overwrite(data, each.names, qstrs)
    _overwrite(data, each.constants, constants)
    prelude = raw.prelude
    assert prelude is not None
    name, *arguments = [qstrs[number] for _, number in each.names[: each.arguments]]
    if name != prelude.name or (*arguments,) != prelude.arg_names:
        prelude = Prelude(
            prelude.n_state,
            prelude.n_exc_stack,
            prelude.scope_flags,
            prelude.n_pos_args,
            prelude.n_kwonly_args,
            prelude.n_def_pos_args,
            name,
            tuple(arguments),
            prelude.line_table,
            prelude.cells,
        )
    return RawCode(raw.kind, bytes(data), [], prelude, raw.opcodes_offset)


def _overwrite(data: bytearray, places: Sequence[Place], numbers: Mapping[int, int]) -> None:
    """Numbers with others of the same length: one byte or two."""
    for offset, old in places:
        new = numbers[old]
        if old < NEAR:
            data[offset] = new
        else:
            data[offset] = 0x80 | new >> 7
            data[offset + 1] = new & 0x7F
