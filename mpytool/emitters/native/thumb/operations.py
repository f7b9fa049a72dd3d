"""The machine instructions of Thumb: what selection emits, each to be encoded in its shortest form.

The names are those of the manual, without what the encoder decides: the S of forms that change the flags, and
the ``.w`` of wide ones. All instructions may change the flags but moves between registers and memory; what is
wanted of them is read by the instruction directly behind.

Operands stand in the manual's order, memory first in stores. ``two`` is where the short form has the
destination for one of its sources.
"""

from __future__ import annotations

from mpytool.emitters.native.machine import MachineOp, Role
from mpytool.emitters.native.thumb.instructions import CONDITIONS
from mpytool.emitters.native.thumb.registers import CLOBBERED

_USE, _DEF, _BOTH, _EARLY = Role.USE, Role.DEF, Role.USE_DEF, Role.EARLY_DEF
_ADDRESS, _IMM = Role.ADDRESS, Role.IMM

_UNARY = (_DEF, _USE)
_BINARY = (_DEF, _USE, _USE)
_NUMBER = (_DEF, _USE, _IMM)
_SHIFTED = (_DEF, _USE, _USE, _IMM, _IMM)

# fmt: off
_ROWS: tuple[MachineOp, ...] = (
    MachineOp("mov",       _UNARY),                         # leaves the flags alone
    MachineOp("const",     (_DEF, _IMM), remat=True),
    MachineOp("lea",       (_DEF, _IMM), remat=True),       # of a FrameRef
    MachineOp("adr",       (_DEF, _IMM), remat=True),       # of a CodeAddress
    MachineOp("swap",      (_BOTH, _BOTH)),                 # leaves the flags alone

    # Arithmetic; ARMv6-M has no wide forms, and there lslx and others are what can have two operands only
    MachineOp("add",       _BINARY),
    MachineOp("sub",       _BINARY),
    MachineOp("mul",       _BINARY, two=(0, 1)),
    MachineOp("and",       _BINARY, two=(0, 1)),
    MachineOp("orr",       _BINARY, two=(0, 1)),
    MachineOp("eor",       _BINARY, two=(0, 1)),
    MachineOp("bic",       _BINARY, two=(0, 1)),
    MachineOp("lsl",       _BINARY, two=(0, 1)),
    MachineOp("lsr",       _BINARY, two=(0, 1)),
    MachineOp("asr",       _BINARY, two=(0, 1)),
    MachineOp("bicx",      (_BOTH, _USE)),
    MachineOp("lslx",      (_BOTH, _USE)),
    MachineOp("lsrx",      (_BOTH, _USE)),
    MachineOp("asrx",      (_BOTH, _USE)),
    MachineOp("sdiv",      _BINARY),
    MachineOp("udiv",      _BINARY),
    MachineOp("mla",       (_DEF, _USE, _USE, _USE)),       # n * m + a
    MachineOp("mls",       (_DEF, _USE, _USE, _USE)),       # a - n * m
    MachineOp("smull",     (_DEF, _DEF, _USE, _USE)),       # low and high word
    MachineOp("neg",       _UNARY),
    MachineOp("mvn",       _UNARY),
    MachineOp("uxtb",      _UNARY),
    MachineOp("uxth",      _UNARY),
    MachineOp("sxtb",      _UNARY),
    MachineOp("sxth",      _UNARY),
    MachineOp("add_i",     _NUMBER, two=(0, 1)),            # a number that ``fits_add`` accepts
    MachineOp("rsb_i",     _NUMBER),                        # from here to eor_i: modified immediates
    MachineOp("and_i",     _NUMBER),
    MachineOp("bic_i",     _NUMBER),
    MachineOp("orr_i",     _NUMBER),
    MachineOp("eor_i",     _NUMBER),
    MachineOp("lsl_i",     _NUMBER),
    MachineOp("lsr_i",     _NUMBER),
    MachineOp("asr_i",     _NUMBER),
    MachineOp("ubfx",      (_DEF, _USE, _IMM, _IMM)),       # lowest bit, width
    MachineOp("sbfx",      (_DEF, _USE, _IMM, _IMM)),
    MachineOp("add_s",     _SHIFTED),                       # d, n, m, kind of shift, count
    MachineOp("sub_s",     _SHIFTED),
    MachineOp("rsb_s",     _SHIFTED),
    MachineOp("and_s",     _SHIFTED),
    MachineOp("orr_s",     _SHIFTED),
    MachineOp("eor_s",     _SHIFTED),

    # What is done for the flags
    MachineOp("adds",      _BINARY),
    MachineOp("subs",      _BINARY),
    MachineOp("adds_i",    _NUMBER, two=(0, 1)),            # a number that ``fits_adds`` accepts
    MachineOp("cmp",       (_USE, _USE)),
    MachineOp("cmn",       (_USE, _USE)),
    MachineOp("tst",       (_USE, _USE)),
    MachineOp("cmp_i",     (_USE, _IMM)),                   # a number that ``fits_cmp`` accepts
    MachineOp("tst_i",     (_USE, _IMM)),
    MachineOp("cmp_sign",  (_USE, _USE)),                   # n with the sign of m in all bits
    MachineOp("lsl_t",     _NUMBER),                        # shifts for their flags, the result is nothing
    MachineOp("lsr_t",     _NUMBER),
    MachineOp("asr_c",     _UNARY),                         # by 1; the carry is the bit that falls out
    *(MachineOp(f"b{name}", (), reads_flags=True) for name in CONDITIONS),
    MachineOp("set",       (_DEF, _IMM), reads_flags=True),             # 1 if the condition holds, else 0
    MachineOp("pick",      (_BOTH, _USE, _IMM), reads_flags=True),      # the other value, if it holds
    MachineOp("pick_i",    (_BOTH, _IMM, _IMM), reads_flags=True),      # 0 – 255
    MachineOp("is_zero",   (_EARLY, _USE)),
    MachineOp("is_any",    (_BOTH, _EARLY)),                # 1 unless it is 0; the second is for a moment

    # Memory
    MachineOp("ldr",       (_DEF, _ADDRESS)),
    MachineOp("ldr_frame", (_DEF, _ADDRESS), remat=True),   # a word of a frame object that does not change
    MachineOp("ldrb",      (_DEF, _ADDRESS)),
    MachineOp("ldrh",      (_DEF, _ADDRESS)),
    MachineOp("ldrsb",     (_DEF, _ADDRESS)),
    MachineOp("ldrsh",     (_DEF, _ADDRESS)),
    MachineOp("str",       (_ADDRESS, _USE)),
    MachineOp("strb",      (_ADDRESS, _USE)),
    MachineOp("strh",      (_ADDRESS, _USE)),

    # The run time
    MachineOp("set_table", (_USE,)),
    MachineOp("ldr_table", (_ADDRESS,)),                    # the address of the table from memory
    MachineOp("entry",     (_DEF, _IMM), remat=True),       # a word of the table
    MachineOp("call",      (_IMM, _IMM), clobbers=CLOBBERED),           # entry, number of arguments

    # Leaving a block
    MachineOp("b",         (), jump=True),
    MachineOp("bx",        (_USE,)),
    MachineOp("ret",       (_USE,)),
    MachineOp("nowhere",   ()),
)
# fmt: on

OPS: dict[str, MachineOp] = {row.name: row for row in _ROWS}

BRANCHES: tuple[MachineOp, ...] = tuple(OPS[f"b{name}"] for name in CONDITIONS)
"""By the code of the condition."""
