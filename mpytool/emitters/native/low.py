"""The low form: SSA on machine words, what ``expand/`` makes of the SSA form and targets select from.

Read this file after ``ssa.py``. Every value is one machine word; nothing here knows a Python type, and no
operation runs Python code but ``call_table``. A ``LowInstr`` is the value that it computes, and a row of
LOW_OPS::

    b2: from b0 b4; loop 1
      v5 = phi v1 v9
      v6 = load word +8 v5
      branch tnz v6 v7 -> b3 b9             v6 & v7 is not zero
    b9: from b2; cold; handler b12
      v8 = call_table 18 v0 v6 v5 @14       entry 18 of the run time's function table

**The function table** is reached through a register that the target sets apart. ``set_table`` says where it
is: once, in the entry, before any ``call_table`` or ``load_table``. A function without those has none.

**Exceptions.** ``call_table 32`` (nlr_push) returns twice; the branch on its result goes to the body or to
the landing. ``LowBlock.handler`` is the landing of the innermost handler that is armed throughout the block;
what is live into it is live throughout the block, and keeps one place from the push on that a jump preserves:
a callee-saved register or memory. Values never change, so nothing else is needed: what does change while a
handler is armed and is wanted in its landing is in a frame object.

**Frame objects** are words of the C frame at an address that does not change (nlr buffers, arrays of
arguments, iterator buffers). ``frame_address`` of one escapes when it is given to a call or stored.

**Generators** are entered anew for each resume: their entry sets up the frame, then ``dispatch`` jumps to one
of ``resume_points``. What crosses a yield is in the generator's state, which is reached through input 0.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeAlias


class Cond(enum.Enum):
    """How ``branch``, ``compare`` and ``select`` compare two words; the text is the printed form."""

    EQ = "eq"
    NE = "ne"
    LT = "lt"  # signed
    LE = "le"
    GT = "gt"
    GE = "ge"
    ULT = "ult"  # unsigned
    ULE = "ule"
    UGT = "ugt"
    UGE = "uge"
    TZ = "tz"  # a & b is zero
    TNZ = "tnz"  # a & b is not zero

    # Conditions are parts of keys all the time, and the hash of enum is slow
    __hash__ = object.__hash__


NEGATED: dict[Cond, Cond] = {
    Cond.EQ: Cond.NE, Cond.NE: Cond.EQ, Cond.LT: Cond.GE, Cond.GE: Cond.LT, Cond.LE: Cond.GT, Cond.GT: Cond.LE,
    Cond.ULT: Cond.UGE, Cond.UGE: Cond.ULT, Cond.ULE: Cond.UGT, Cond.UGT: Cond.ULE, Cond.TZ: Cond.TNZ,
    Cond.TNZ: Cond.TZ,
}  # fmt: skip
"""The condition that holds when this one does not."""

SWAPPED: dict[Cond, Cond] = {
    Cond.EQ: Cond.EQ, Cond.NE: Cond.NE, Cond.LT: Cond.GT, Cond.GT: Cond.LT, Cond.LE: Cond.GE, Cond.GE: Cond.LE,
    Cond.ULT: Cond.UGT, Cond.UGT: Cond.ULT, Cond.ULE: Cond.UGE, Cond.UGE: Cond.ULE, Cond.TZ: Cond.TZ,
    Cond.TNZ: Cond.TNZ,
}  # fmt: skip
"""The same with its operands exchanged."""


class LowEffect(enum.Flag):
    """What an instruction does besides computing its value. Without any it can be moved, shared and
    dropped."""

    NONE = 0
    READS = enum.auto()  # its value depends on memory that stores and calls change
    WRITES = enum.auto()
    CALLS = enum.auto()  # leaves the function for a while: may raise into the handler, collect, write memory


class LowImm(enum.Enum):
    """The kinds of immediates, which stand before the operands."""

    WORD = "word"  # an int, taken modulo the width of a word
    INDEX = "index"  # of an input, a frame object, a table entry or a resume point
    COND = "cond"
    MEM = "mem"  # a Mem
    BITS = "bits"


class Mem(NamedTuple):
    """How memory is accessed: ``size`` bytes at base + offset (+ index * scale). Loads extend with zeros, or
    with the sign if ``signed``; stores take the low bytes. A word is as large as the machine's. What is
    ``volatile`` may be a device's register: each access happens, once and in its place. The words of a ``head``,
    a container's length and the address of its items, are not changed by storing items (``store_indexed``)."""

    size: int
    offset: int = 0
    scale: int = 1
    signed: bool = False
    volatile: bool = False
    head: bool = False


@dataclass(frozen=True, slots=True)
class LowRow:
    """One operation. ``args`` is the number of operands, -1 for any; ``targets`` is None for what is no
    terminator, -1 for any number. What passes ask all the time: ``is_pure``, it has no effect; ``reads``,
    ``calls``; ``acts``, it writes or calls; ``is_needed``, it acts or is a terminator."""

    name: str
    imm: tuple[LowImm, ...]
    args: int
    value: bool
    effect: LowEffect = LowEffect.NONE
    targets: int | None = None
    meaning: str = ""
    is_pure: bool = field(init=False, repr=False, compare=False)
    reads: bool = field(init=False, repr=False, compare=False)
    calls: bool = field(init=False, repr=False, compare=False)
    acts: bool = field(init=False, repr=False, compare=False)
    is_needed: bool = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "is_pure", self.effect is LowEffect.NONE)
        object.__setattr__(self, "reads", LowEffect.READS in self.effect)
        object.__setattr__(self, "calls", LowEffect.CALLS in self.effect)
        object.__setattr__(self, "acts", bool(self.effect & (LowEffect.WRITES | LowEffect.CALLS)))
        object.__setattr__(self, "is_needed", self.acts or self.targets is not None)


_WORD, _INDEX, _COND, _MEM, _BITS = LowImm.WORD, LowImm.INDEX, LowImm.COND, LowImm.MEM, LowImm.BITS
_NONE, _READ, _WRITE, _CALL = LowEffect.NONE, LowEffect.READS, LowEffect.WRITES, LowEffect.CALLS

# fmt: off
LOW_OPS: tuple[LowRow, ...] = (
    #      name               imm              args  value  effect
    LowRow("phi",             (),               -1,  True,  _NONE, meaning="one operand for each predecessor; first in the block"),
    LowRow("const",           (_WORD,),          0,  True,  _NONE),
    LowRow("input",           (_INDEX,),         0,  True,  _NONE, meaning="argument n of the machine function; only in the entry"),
    LowRow("frame_address",   (_INDEX,),         0,  True,  _NONE, meaning="of frame object n"),
    LowRow("resume_address",  (_INDEX,),         0,  True,  _NONE, meaning="the code address of resume point n, as dispatch takes it"),
    # Arithmetic, modulo the width of a word
    LowRow("add",             (),                2,  True,  _NONE),
    LowRow("sub",             (),                2,  True,  _NONE),
    LowRow("mul",             (),                2,  True,  _NONE),
    LowRow("and",             (),                2,  True,  _NONE),
    LowRow("or",              (),                2,  True,  _NONE),
    LowRow("xor",             (),                2,  True,  _NONE),
    LowRow("shl",             (),                2,  True,  _NONE, meaning="counts of a word's width and above: undefined"),
    LowRow("shr",             (),                2,  True,  _NONE, meaning="zeros come in; counts as for shl"),
    LowRow("sar",             (),                2,  True,  _NONE, meaning="the sign comes in; counts as for shl"),
    LowRow("sdiv",            (),                2,  True,  _NONE, meaning="towards zero; only if the machine has it, divisor not 0 or -1"),
    LowRow("udiv",            (),                2,  True,  _NONE, meaning="only if the machine has it, divisor not 0"),
    LowRow("neg",             (),                1,  True,  _NONE),
    LowRow("not",             (),                1,  True,  _NONE),
    LowRow("zero_extend",     (_BITS,),          1,  True,  _NONE, meaning="of the low 8, 16 or 32 bits"),
    LowRow("sign_extend",     (_BITS,),          1,  True,  _NONE),
    LowRow("compare",         (_COND,),          2,  True,  _NONE, meaning="1 or 0"),
    LowRow("select",          (_COND,),          4,  True,  _NONE, meaning="of a b x y: x if the condition holds of a b, else y"),
    # Memory
    LowRow("load",            (_MEM,),           1,  True,  _READ, meaning="base"),
    LowRow("load_indexed",    (_MEM,),           2,  True,  _READ, meaning="base, index"),
    LowRow("load_fixed",      (_MEM,),           1,  True,  _NONE, meaning="load from memory that does not change while the function runs; passes may move it down, not up"),
    LowRow("store",           (_MEM,),           2,  False, _WRITE, meaning="base, value"),
    LowRow("store_indexed",   (_MEM,),           3,  False, _WRITE, meaning="base, index, value"),
    # The run time
    LowRow("set_table",       (),                1,  False, _WRITE, meaning="the address of the function table"),
    LowRow("load_table",      (_INDEX,),         0,  True,  _NONE, meaning="word n of the function table"),
    LowRow("call_table",      (_INDEX,),        -1,  True,  _CALL, meaning="call entry n with at most four words"),
    # Terminators
    LowRow("jump",            (),                0,  False, targets=1),
    LowRow("branch",          (_COND,),          2,  False, targets=2, meaning="if it holds, if not"),
    LowRow("add_checked",     (),                2,  True,  targets=2, meaning="signed; if it fits, if not or if that is not clear: the value is defined in the first target only"),
    LowRow("sub_checked",     (),                2,  True,  targets=2),
    LowRow("mul_checked",     (),                2,  True,  targets=2),
    LowRow("dispatch",        (),                1,  False, targets=-1, meaning="jump to a resume_address; targets are all resume points in order"),
    LowRow("return",          (),                1,  False, targets=0),
    LowRow("unreachable",     (),                0,  False, targets=0, meaning="behind a call that does not return"),
)
# fmt: on

LOW_OF_NAME: dict[str, LowRow] = {row.name: row for row in LOW_OPS}
LOW_PHI = LOW_OF_NAME["phi"]
TABLE_USERS = frozenset(("call_table", "load_table"))
"""Operations that want ``set_table`` to stand before them."""

LowImmediate: TypeAlias = Any
"""int, Cond or Mem, as the row's ``imm`` says."""


@dataclass(slots=True, eq=False)
class LowInstr:
    """One instruction, and the value that it computes; equal only to itself.

    ``number``   v0, v1, ... in the order of the blocks; -1 for what has no value and until ``number_low``
    ``targets``  the successors of a terminator, in the order that the row says
    ``token``    of the source, 0 if none
    """

    row: LowRow
    args: list[LowInstr] = field(default_factory=list)
    imm: tuple[LowImmediate, ...] = ()
    token: int = 0
    targets: list[LowBlock] = field(default_factory=list)
    number: int = -1

    @property
    def name(self) -> str:
        return self.row.name

    @property
    def effect(self) -> LowEffect:
        """That of the row, but a load from what is volatile counts as a write too."""
        effect = self.row.effect
        if effect is LowEffect.READS and self.imm[0].volatile:
            return LowEffect.READS | LowEffect.WRITES
        return effect

    @property
    def acts(self) -> bool:
        """Whether ``effect`` has writes or calls."""
        row = self.row
        return row.acts or (row.reads and bool(self.imm[0].volatile))


@dataclass(slots=True, eq=False)
class LowBlock:
    """A basic block: phis, then other instructions; the last one, and no other, is a terminator.

    ``predecessors``  once for each edge, in the order of phi operands; the entry has none
    ``handler``       the landing of what raises here; None: it leaves the function
    ``cold``          hardly ever executed: slow paths, landings, what raises. Its calls save registers for
                      their own time instead of keeping them from everybody else
    ``loop``          how many loops it is in (``loops.find_loops`` sets it)
    """

    number: int = -1
    code: list[LowInstr] = field(default_factory=list)
    predecessors: list[LowBlock] = field(default_factory=list)
    handler: LowBlock | None = None
    cold: bool = False
    loop: int = 0

    @property
    def successors(self) -> list[LowBlock]:
        return self.code[-1].targets


@dataclass(frozen=True, slots=True)
class FrameObject:
    """``words`` words of the C frame; ``name`` is for the reader."""

    name: str
    words: int


@dataclass(slots=True, eq=False)
class LowFunction:
    """A function, complete when ``expand`` returns; passes change it in place.

    ``word``           bytes of a machine word, 4 or 8
    ``n_inputs``       arguments of the machine function
    ``blocks``         the entry first; the others in the order in which they are best laid out
    ``frame``          frame objects, ``frame_address n`` is ``frame[n]``
    ``resume_points``  of a generator; the first is where it begins
    ``is_small``       size is the goal: how often code runs does not matter
    ``runs_once``      of a module or a class body
    ``adds_products``  whether the machine adds a product in one instruction
    """

    name: str
    word: int
    n_inputs: int
    blocks: list[LowBlock] = field(default_factory=list)
    frame: list[FrameObject] = field(default_factory=list)
    resume_points: list[LowBlock] = field(default_factory=list)
    is_small: bool = False
    runs_once: bool = False
    adds_products: bool = False


def number_low(function: LowFunction) -> None:
    """Number blocks and values from 0 in their order."""
    number = 0
    for index, block in enumerate(function.blocks):
        block.number = index
        for instr in block.code:
            if instr.row.value:
                instr.number = number
                number += 1
            else:
                instr.number = -1
