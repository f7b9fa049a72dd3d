"""The machine form: instructions of one target on virtual registers, what selection gives and allocation
finishes.

A target's ``select`` makes a ``MachineFunction`` of a ``LowFunction``: no phis, registers may be assigned
more than once. Allocation replaces every ``VReg`` by a ``PhysReg``, takes the pseudo instructions apart, and
gives each ``StackSlot`` its place; then the target encodes. ``--print machine`` shows the result.

**An instruction** is a row (``MachineOp``) of its target and operands. The row's ``roles`` say what happens
to each operand; from them alone liveness, allocation and the verifier know what is read and written. Memory
is an ``Address`` operand, whose registers are read::

    add   v3 v5            roles (USE_DEF, USE)        two addresses: v3 += v5
    mov   [fp:2 + 8] v3    roles (ADDRESS, USE)

**Pseudo instructions**, which no target has to know before allocation:

===========  ================================================================================================
``Copy``     several values to several places at once: phis, arguments that arrive, results that leave. All
             sources are read before any destination is written
``Call``     arguments from wherever they are to where the target's convention wants them, the call, its
             result
===========  ================================================================================================

A call in a cold block keeps the registers that it would clobber for their values: allocation stores those
that are live across it, each in a slot that is its own for all its life, and loads them again. In other
blocks what is live across a call gets a callee-saved register or memory. Exceptions need no rule of their
own: what is live into a landing is live across the ``nlr_push`` that returns there, so it is in a
callee-saved register, in memory, or loaded again behind the second return, from a slot that nothing else was
put into meanwhile.

**Operands are values.** Nobody changes an ``Address`` or another operand once it is made, though they are not
``frozen``: that makes objects three times as slow to make.

**Places that are live where**: besides uses, everything live into ``handler`` is live throughout a block.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias, cast

from mpytool.emitters.native import moments
from mpytool.emitters.native.low import Cond, FrameObject, LowFunction


@dataclass(slots=True, eq=False)
class VReg:
    """A virtual register, one word. Equal only to itself.

    ``only``    the registers that may hold it (a class such as Thumb's low registers); empty: any allocatable
    one
    """

    number: int
    only: frozenset[PhysReg] = frozenset()

    def __str__(self) -> str:
        return f"v{self.number}"


@dataclass(frozen=True, slots=True, eq=False)
class PhysReg:
    """A register of the machine, by the number that its encoding has. A target makes each of its registers
    once; equal only to itself."""

    number: int
    name: str

    def __str__(self) -> str:
        return self.name


@dataclass(slots=True, unsafe_hash=True)
class StackSlot:
    """A word of the frame that allocation made for a register that it had to spill."""

    number: int

    def __str__(self) -> str:
        return f"s{self.number}"


@dataclass(slots=True, unsafe_hash=True)
class FrameRef:
    """The address of frame object ``number`` plus ``offset`` bytes: as the base of an Address, or a value."""

    number: int
    offset: int = 0

    def __str__(self) -> str:
        return f"fp:{self.number}+{self.offset}" if self.offset else f"fp:{self.number}"


Reg: TypeAlias = "VReg | PhysReg"


@dataclass(slots=True, unsafe_hash=True)
class Address:
    """``base + index * scale + offset``. After allocation a spilled word is ``Address(StackSlot)``."""

    base: VReg | PhysReg | FrameRef | StackSlot
    offset: int = 0
    index: VReg | PhysReg | None = None
    scale: int = 1

    def __str__(self) -> str:
        index = "" if self.index is None else f" + {self.index}*{self.scale}"
        return f"[{self.base}{index}{f' + {self.offset}' if self.offset else ''}]"


@dataclass(slots=True, unsafe_hash=True)
class CodeAddress:
    """The address of a resume point's code."""

    resume_point: int


Operand: TypeAlias = "VReg | PhysReg | StackSlot | Address | FrameRef | CodeAddress | int | Cond"

Place: TypeAlias = "VReg | PhysReg | StackSlot"
"""Where a copy can write."""

Source: TypeAlias = "VReg | PhysReg | StackSlot | FrameRef | CodeAddress | int"
"""What a copy can read: a register, a spilled one, an address of the frame, a constant word."""


class Role(enum.Enum):
    """What an instruction does with an operand."""

    USE = "use"
    DEF = "def"
    USE_DEF = "use, def"  # read, then written: the first operand of two-address instructions
    EARLY_DEF = "early def"  # written before the last use is read: shares no register with a use
    ADDRESS = "address"
    IMM = "imm"


_READS = frozenset({Role.USE, Role.USE_DEF})
_WRITES = frozenset({Role.DEF, Role.USE_DEF, Role.EARLY_DEF})
_MOMENTS = {
    Role.USE: moments.READ,
    Role.ADDRESS: moments.READ,
    Role.DEF: moments.WRITE,
    Role.USE_DEF: moments.MODIFY,
    Role.EARLY_DEF: moments.EARLY_WRITE,
}


@dataclass(frozen=True, slots=True)
class MachineOp:
    """One instruction of a target, before encoding.

    ``memory_ok``  positions of USE, DEF and USE_DEF operands where a spilled register may stay in memory, one
                   at a time and only if no operand is an Address
    ``clobbers``   registers that it spoils besides its operands
    ``two``        (position of a DEF, position of a USE) that would be one register if possible: a hint
    ``jump``       it does nothing but go to its one target: layout leaves it out where that is next
    ``remat``      its one DEF can be computed anew wherever it is wanted: all other operands are constants or
                   frame addresses, and it reads no memory that changes. Done instead of spilling
    ``reads_flags``  it reads what the instruction directly before it (or before others that read flags) left
                   in the flags. Only loads and stores of spilled registers are put between the two

    Clobbered registers are spoiled at any time: no operand shares them, unless it is that register by name.
    """

    name: str
    roles: tuple[Role, ...]
    memory_ok: tuple[int, ...] = ()
    clobbers: frozenset[PhysReg] = frozenset()
    two: tuple[int, int] | None = None
    jump: bool = False
    remat: bool = False
    reads_flags: bool = False
    #: for each operand whether it is read, and whether it is written; addresses are neither
    reads: tuple[bool, ...] = field(init=False, repr=False, compare=False)
    writes: tuple[bool, ...] = field(init=False, repr=False, compare=False)
    #: positions of what is read, addresses among them; of what is written
    read_at: tuple[int, ...] = field(init=False, repr=False, compare=False)
    written_at: tuple[int, ...] = field(init=False, repr=False, compare=False)
    #: whether allocation must know more of it than its operands
    is_special: bool = field(init=False, repr=False, compare=False)
    #: positions of what may be a register or an address
    held_at: tuple[int, ...] = field(init=False, repr=False, compare=False)
    #: (moment of ``moments.py``, position) of those, the earliest first; of what is modified there are two
    moments: tuple[tuple[int, int], ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "reads", tuple(role in _READS for role in self.roles))
        object.__setattr__(self, "writes", tuple(role in _WRITES for role in self.roles))
        looked_at = [at for at, role in enumerate(self.roles) if role in _READS or role is Role.ADDRESS]
        object.__setattr__(self, "read_at", tuple(looked_at))
        object.__setattr__(self, "written_at", tuple(at for at, written in enumerate(self.writes) if written))
        object.__setattr__(self, "is_special", bool(self.clobbers or self.two or self.remat))
        held_at = [at for at, role in enumerate(self.roles) if role in _MOMENTS]
        object.__setattr__(self, "held_at", tuple(held_at))
        listed = [(_MOMENTS[self.roles[at]], at) for at in held_at]
        listed += [row for row in listed if row[0] == moments.MODIFY]
        object.__setattr__(self, "moments", tuple(sorted(listed)))


@dataclass(slots=True, eq=False)
class MachineInstr:
    """``targets`` of what ends a block, in the order that its op wants: the first is where it jumps if its
    condition holds; layout turns conditions round, so no instruction falls through by itself."""

    op: MachineOp
    operands: list[Operand]
    targets: list[MachineBlock] = field(default_factory=list)
    token: int = 0


@dataclass(slots=True, eq=False)
class Copy:
    """Each of ``sources`` to the place of the same position; no two places are equal."""

    places: list[Place]
    sources: list[Source]


@dataclass(slots=True, eq=False)
class Call:
    """Entry ``entry`` of the function table with ``args``; ``result`` is None if nobody wants it."""

    entry: int
    args: list[Source]
    result: VReg | PhysReg | StackSlot | None
    token: int = 0


Instruction: TypeAlias = "MachineInstr | Copy | Call"


@dataclass(slots=True, eq=False)
class MachineBlock:
    """Ends with a MachineInstr that has targets or leaves; none stands before its end. What ``LowBlock`` says
    of ``handler``, ``cold`` and ``loop`` holds here. Critical edges have been split: a block with several
    successors follows no phis. No PhysReg is live from one block to another, but into the entry."""

    number: int
    code: list[Instruction] = field(default_factory=list)
    predecessors: list[MachineBlock] = field(default_factory=list)
    handler: MachineBlock | None = None
    cold: bool = False
    loop: int = 0

    @property
    def successors(self) -> list[MachineBlock]:
        last = self.code[-1]
        return last.targets if isinstance(last, MachineInstr) else []


def final_code(block: MachineBlock) -> list[MachineInstr]:
    """The code of an allocated block: no copies, no calls."""
    return cast("list[MachineInstr]", block.code)


@dataclass(slots=True, eq=False)
class MachineFunction:
    """``n_slots`` and ``saved`` (callee-saved registers in use) are known when allocation returns.
    ``is_small`` and ``runs_once`` are those of the low form."""

    name: str
    blocks: list[MachineBlock] = field(default_factory=list)
    frame: list[FrameObject] = field(default_factory=list)
    resume_points: list[MachineBlock] = field(default_factory=list)
    n_vregs: int = 0
    n_slots: int = 0
    saved: tuple[PhysReg, ...] = ()
    makes_calls: bool = False
    is_small: bool = False
    runs_once: bool = False

    def new_vreg(self, only: frozenset[PhysReg] = frozenset()) -> VReg:
        self.n_vregs += 1
        return VReg(self.n_vregs - 1, only)


class Convention(Protocol):
    """What allocation must know of a target; a target's ``target.py`` has it as a value.

    ``allocatable``   in the order in which they are tried: cheap encodings, then caller-saved ones first
    ``callee_saved``  those of them that a call, and a jump to a landing, preserves
    ``arguments``     where a call wants its arguments
    ``result``        where it leaves its result
    ``clobbered``     what a call spoils: ``arguments`` and ``result`` are among them
    ``long``          those that make instructions longer, but for moves
    ``saves_at_once`` whether one instruction saves registers and makes room for the first slots
    """

    @property
    def allocatable(self) -> tuple[PhysReg, ...]: ...
    @property
    def callee_saved(self) -> frozenset[PhysReg]: ...
    @property
    def arguments(self) -> tuple[PhysReg, ...]: ...
    @property
    def result(self) -> PhysReg: ...
    @property
    def clobbered(self) -> frozenset[PhysReg]: ...
    @property
    def long(self) -> frozenset[PhysReg]: ...
    @property
    def saves_at_once(self) -> bool: ...

    def move(self, place: PhysReg | StackSlot, source: Source) -> list[MachineInstr] | None:
        """The instructions of one move; None if it needs a free register and has none of its own (memory to
        memory, a large constant to memory): allocation then goes by way of a register. Moves between
        registers and memory leave the flags alone; those of constants and addresses may change them."""

    def exchange(self, one: PhysReg, other: PhysReg) -> list[MachineInstr]:
        """The instructions that swap two registers, for cycles of copies, without a third one."""

    def call(self, entry: int, n_args: int) -> list[MachineInstr]:
        """The call itself; the first ``n_args`` of ``arguments`` are in place, others are free."""


class Target(Protocol):
    """A machine that functions are compiled for: a value in a folder of its own.

    ``word``         bytes of a word
    ``nlr_words``    words of an nlr buffer to set aside
    ``has_divide``   whether it has ``sdiv`` and ``udiv``
    ``short_calls``  whether calls of the run time take few bytes beside other code
    """

    @property
    def name(self) -> str: ...
    @property
    def word(self) -> int: ...
    @property
    def nlr_words(self) -> int: ...
    @property
    def has_divide(self) -> bool: ...
    @property
    def short_calls(self) -> bool: ...
    @property
    def convention(self) -> Convention: ...

    def select(self, function: LowFunction) -> MachineFunction:
        """Instructions for every operation; see the module's docstring."""

    def jump(self, block: MachineBlock) -> MachineInstr:
        """An unconditional jump: its op is a ``jump``."""

    def invert(self, branch: MachineInstr) -> bool:
        """Turn the condition of a branch with two targets round, in place; the caller exchanges the targets.
        False, and nothing done, if the machine cannot."""

    def encode(self, function: MachineFunction) -> MachineCode:
        """Prologue, blocks, epilogues as bytes; TooLargeError for a function that is too large."""


class TooLargeError(Exception):
    """A function passes a limit of the machine or of the run time; the text says which, for the user."""


@dataclass(frozen=True, slots=True)
class MachineCode:
    """``code`` as placed behind ``head_words`` words; ``resume_offsets`` count from the start of ``code``."""

    code: bytes
    resume_offsets: tuple[int, ...] = ()
