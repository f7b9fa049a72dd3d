"""What the verifier knows of one function besides its code, and what it learns for its neighbours."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from mpytool.module import Prelude, RawCode
from mpytool.mpyfile.verify import findings
from mpytool.mpyfile.verify.findings import RejectedError
from mpytool.mpyfile.verify.kinds import CELL, NONE, OBJ, SHIFT, TAG
from mpytool.opcodes import FLAG_VARARGS, FLAG_VARKEYWORDS

_MAX_NUMBER_BYTES = 5

EXCEPTION_NAME = "BaseException"
CLASS_NAME = "__class__"
TRUSTED_NAMES = frozenset((EXCEPTION_NAME, CLASS_NAME))
"""Globals that compiled code trusts: ``async with`` the one, ``super()`` outside of a class the other."""

ObjectKind = Callable[[int, int], int]


@dataclass(slots=True)
class Making:
    """A MAKE_* instruction: which child, and the locals whose cells it closes over."""

    child: int
    cells: tuple[int, ...]
    pc: int


@dataclass(slots=True)
class Learnt:
    """What a function's code says about others."""

    makings: list[Making] = field(default_factory=list)
    class_bodies: list[tuple[int, int]] = field(default_factory=list)
    """(child, pc): functions that the run time calls as the body of a class."""
    cells_stored: set[int] = field(default_factory=set)
    super_cells: list[tuple[int, int]] = field(default_factory=list)
    """(local, pc): cells that must hold a class if anything, for super() trusts that."""
    odd_return: int | None = None
    """The first RETURN_VALUE of something else than None or a cell."""
    trusts: dict[str, int] = field(default_factory=dict)
    """Those of TRUSTED_NAMES that the code trusts, and where."""
    binds: dict[str, int] = field(default_factory=dict)
    """Those that it binds as globals."""
    n_locals: int = 0


class Context:
    """One bytecode function. ``lenient``: nothing in the file makes it, so nobody knows its cells."""

    __slots__ = (
        "cells",
        "children",
        "code",
        "is_generator",
        "is_root",
        "learnt",
        "lenient",
        "n_exc_stack",
        "n_qstrs",
        "n_state",
        "object_kind",
        "prelude",
        "small_int_limit",
        "trusted",
    )

    def __init__(
        self,
        raw_code: RawCode,
        prelude: Prelude,
        n_closed: int | None,
        n_qstrs: int,
        object_kind: ObjectKind,
    ) -> None:
        self.prelude = prelude
        self.code = bytes(raw_code.data[raw_code.opcodes_offset :])
        self.children = raw_code.children
        self.n_state = prelude.n_state
        self.n_exc_stack = prelude.n_exc_stack
        self.n_qstrs = n_qstrs
        self.object_kind = object_kind
        self.lenient = n_closed is None
        self.cells = frozenset(prelude.cells) | frozenset(range(n_closed or 0))
        self.learnt = Learnt(n_locals=max([n_arguments(prelude), *(cell + 1 for cell in prelude.cells)]))
        self.trusted: dict[int, str] = {}
        """Index in the qstr table to name, for TRUSTED_NAMES."""
        self.small_int_limit = 1 << 62
        self.is_root = False
        self.is_generator = False

    def local_kind(self, local: int) -> int:
        """What LOAD_FAST pushes."""
        return CELL | local << SHIFT if local in self.cells else OBJ

    def need_cell(self, local: int, pc: int) -> None:
        """The instruction takes for granted that a local is a cell."""
        if local in self.cells or (self.lenient and local < self.prelude.n_pos_args):
            return
        raise RejectedError(findings.NOT_A_CELL, pc, local=local)

    def use_local(self, local: int) -> None:
        if local >= self.learnt.n_locals:
            self.learnt.n_locals = local + 1

    def bind(self, qstr: int, pc: int) -> None:
        """The instruction binds or unbinds a global name."""
        name = self.trusted.get(qstr)
        if name is not None:
            self.learnt.binds[name] = pc

    def returns(self, kind: int, pc: int) -> None:
        if kind & TAG != CELL and kind != NONE and self.learnt.odd_return is None:
            self.learnt.odd_return = pc

    def varuint(self, here: int, pc: int) -> tuple[int, int]:
        """The operand at ``pc``, and the offset behind it. IndexError if it is cut off."""
        code = self.code
        value = 0
        end = pc + _MAX_NUMBER_BYTES
        while True:
            byte = code[pc]
            pc += 1
            value = value << 7 | byte & 0x7F
            if byte < 0x80:
                return value, pc
            if pc == end:
                raise RejectedError(
                    findings.OPERAND, here, what="the operand", value=value, limit="it has more than 5 bytes"
                )


def n_arguments(prelude: Prelude) -> int:
    """How many locals the run time fills on entry."""
    flags = prelude.scope_flags
    stars = (flags & FLAG_VARARGS != 0) + (flags & FLAG_VARKEYWORDS != 0)
    return prelude.n_pos_args + prelude.n_kwonly_args + stars
