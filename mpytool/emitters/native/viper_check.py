"""The types of a viper function, checked in the order of the text as mpy-cross does it.

A local has the type of what is first stored to it, and "first" means first in the text: mpy-cross types
while it emits, in one walk that jumps do not matter for, and the body of a ``while`` stands before its
condition. So this walk is over the stack IR, where locals have names and operations their order::

    LOAD_CONST_SMALL_INT 1                 [int]
    STORE_FAST_N 0 (x)                     []           x is an int
    LOAD_FAST_N 1 (a)                      [object]
    STORE_FAST_N 0 (x)                     E0701

``viper_types.py`` then need not know of locals: all that can meet in a phi for one of them has one type.

mpy-cross reports the *last* type error of the statement with the first one, for the line of that statement:
it looks for errors after each item of a list of statements or of elements (``ListItem``), and then skips
the rest of the list. What it has not implemented ends the walk at once, without a line.

Where its code would read an object as a number, or it aborts, we differ: see ``docs/viper.md``.
"""

from __future__ import annotations

from typing import Any

from mpytool import errors
from mpytool.diagnostics import CompileError
from mpytool.emitters.native.viper_ops import OP_RULES
from mpytool.emitters.native.viper_stack import GiveUp, TypeStack
from mpytool.ir import Function, ListItem, Program, effect_of
from mpytool.opcodes import FLAG_GENERATOR
from mpytool.scopes import COMPREHENSIONS
from mpytool.source import Source


def check_types(function: Function, program: Program, source: Source, word_bits: int) -> None:
    """CompileError (E07xx) for what mpy-cross would report of a viper function, or should."""
    walk = _Walk(function, word_bits)
    walk.set_parameters()
    if walk.problem is None:
        walk.run()
    if walk.problem is None and function.flags & FLAG_GENERATOR:  # an `async def` that waits for nothing
        walk.token = function.token
        walk.problem = errors.VIPER_YIELD, {}
    if walk.problem is not None:
        raise _error(walk, function, program, source)


def _error(walk: _Walk, function: Function, program: Program, source: Source) -> CompileError:
    assert walk.problem is not None
    kind, words = walk.problem
    tokens = program.tokens
    token = walk.token
    has_place = kind.type != "NotImplementedError"
    # A comprehension begins behind its bracket
    scope_line = tokens.lines[function.token + (function.kind in COMPREHENSIONS)]
    return errors.compile_error(
        source,
        kind,
        tokens.starts[token],
        tokens.ends[token],
        peer_line=(walk.line or scope_line) if has_place else 0,
        scope=function.name if has_place else None,
        **dict[str, Any](words),
    )


class _Walk(TypeStack):
    """``line`` is what the problem is reported for; 0 while that is open."""

    def __init__(self, function: Function, word_bits: int) -> None:
        super().__init__(function, word_bits)
        self.line = 0

    def run(self) -> None:
        try:
            self.walk()
        except GiveUp:
            self.line = 0

    def walk(self) -> None:
        ops = self.function.ops
        ends: dict[int, list[tuple[int, ListItem]]] = {}
        for number, item in enumerate(self.function.list_items):
            ends.setdefault(item.end, []).append((number, item))
        while self.position < len(ops):
            start = self.position
            opcode, operand, self.here = ops[start]
            self.position += 1
            self.step(opcode, operand)
            self.leave_lists(start, ends)

    def leave_lists(self, start: int, ends: dict[int, list[tuple[int, ListItem]]]) -> None:
        """If something is wrong, skip the rest of each list of which an item ends here that began at op
        ``start`` or before. Inner items have lower numbers."""
        inner = -1
        while self.problem is not None:
            items = (i for i in ends.get(self.position, ()) if i[0] > inner and i[1].start <= start)
            inner, item = next(items, (-1, None))
            if item is None:
                return
            self.line = self.line or item.line
            start = item.start
            self.position = item.list_end

    def step(self, opcode: int, operand: Any) -> None:
        rule = OP_RULES.get(opcode)
        if rule is not None:
            rule(self, operand)
        else:
            self.move(effect_of(opcode, operand))
