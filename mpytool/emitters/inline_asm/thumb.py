"""The mnemonics of ``asm_thumb``: the kinds of their operands, and the row of the instruction table.

Where several forms have a mnemonic and a number of operands in common, a test on the operands says which is
meant, before anything is looked at closely: that decides which error is reported.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product

from mpytool import errors
from mpytool.emitters.inline_asm.dialect import AsmError, Branch, Dialect, Encoded
from mpytool.emitters.inline_asm.operands import (
    Address,
    Anything,
    FpuRegister,
    ItCondition,
    Label,
    NotPc,
    Number,
    OperandKind,
    Register,
    RegisterList,
    RegisterOrFlags,
    SpecialRegister,
    Word,
    name_of,
    read_all,
)
from mpytool.emitters.native.thumb import FEATURES
from mpytool.emitters.native.thumb import instructions as t
from mpytool.emitters.native.thumb.encoding import Feature, Instruction
from mpytool.ir import AsmOperand

Test = Callable[[Sequence[AsmOperand]], bool]


@dataclass(frozen=True, slots=True)
class Form:
    """One way to use a mnemonic. ``row`` is what it becomes; ``fixed`` are operands that the mnemonic says.

    ``wide`` is what it becomes if its list of registers does not fit into ``row``.
    """

    mnemonic: str
    kinds: tuple[OperandKind, ...]
    row: Instruction
    test: Test | None = None
    fixed: tuple[int, ...] = ()
    wide: Instruction | None = None

    @property
    def usage(self) -> str:
        """The form for people."""
        return f"{self.mnemonic}({', '.join(kind.words for kind in self.kinds)})"


def _name_last(operands: Sequence[AsmOperand]) -> bool:
    return operands[-1][0] == "name"


def _value_last(operands: Sequence[AsmOperand]) -> bool:
    return operands[-1][0] != "name"


def _core_first(operands: Sequence[AsmOperand]) -> bool:
    return name_of(operands[0]).startswith("r")


def _fpu_first(operands: Sequence[AsmOperand]) -> bool:
    return not _core_first(operands)


LO, UP_TO_12, ANY = Register(7), Register(12), Register(15)
NOT_PC, SPECIAL, S = NotPc(), SpecialRegister(), FpuRegister()
LABEL, LIST = Label(), RegisterList()
IRQ = Anything("i")
EXCLUSIVE = Address(ANY, Number(0xFF, unit=4), is_strict=True)
FPU_ADDRESS = Address(LO, Number(0x3FC), is_strict=True)

# fmt: off
FORMS: tuple[Form, ...] = (
    Form("nop",   (),                                   t.NOP),
    Form("wfi",   (),                                   t.WFI),
    Form("cpsid", (IRQ,),                               t.CPSID),
    Form("cpsie", (IRQ,),                               t.CPSIE),
    *(
        Form("it" + "".join(letters), (ItCondition("".join(letters)),), t.IT)
        for count in range(4) for letters in product("te", repeat=count)
    ),
    Form("mrs",   (UP_TO_12, SPECIAL),                  t.MRS, _name_last),

    Form("b",     (LABEL,),                             t.B),
    Form("bl",    (LABEL,),                             t.BL),
    Form("bx",    (ANY,),                               t.BX),
    *(Form(f"b{cc}",   (LABEL,), t.B_C,   fixed=(code,)) for code, cc in enumerate(t.CONDITIONS)),
    *(Form(f"b{cc}_n", (LABEL,), t.B_C,   fixed=(code,)) for code, cc in enumerate(t.CONDITIONS)),
    *(Form(f"b{cc}_w", (LABEL,), t.B_C_W, fixed=(code,)) for code, cc in enumerate(t.CONDITIONS)),

    Form("mov",   (ANY, ANY),                           t.MOV, _name_last),
    Form("mov",   (LO, Number(0xFF)),                   t.MOVS_I, _value_last),
    Form("movw",  (NOT_PC, Number(0xFFFF)),             t.MOVW, _value_last),
    Form("movt",  (NOT_PC, Number(0xFFFF)),             t.MOVT, _value_last),
    Form("movwt", (NOT_PC, Number(0xFFFFFFFF)),         t.MOVW, _value_last),

    Form("cmp",   (LO, Number(0xFF)),                   t.CMP_I, _value_last),
    Form("add",   (LO, Number(0xFF)),                   t.ADDS_I, _value_last),
    Form("sub",   (LO, Number(0xFF)),                   t.SUBS_I, _value_last),
    Form("add",   (LO, LO, LO),                         t.ADDS, _name_last),
    Form("sub",   (LO, LO, LO),                         t.SUBS, _name_last),
    Form("add",   (LO, LO, Number(0x7)),                t.ADDS_I3, _value_last),
    Form("sub",   (LO, LO, Number(0x7)),                t.SUBS_I3, _value_last),
    Form("lsl",   (LO, LO, Number(0x1F)),               t.LSLS_I),
    Form("lsr",   (LO, LO, Number(0x1F)),               t.LSRS_I),
    Form("asr",   (LO, LO, Number(0x1F)),               t.ASRS_I),
    Form("and_",  (LO, LO),                             t.ANDS, _name_last),
    Form("eor",   (LO, LO),                             t.EORS, _name_last),
    Form("lsl",   (LO, LO),                             t.LSLS, _name_last),
    Form("lsr",   (LO, LO),                             t.LSRS, _name_last),
    Form("asr",   (LO, LO),                             t.ASRS, _name_last),
    Form("adc",   (LO, LO),                             t.ADCS, _name_last),
    Form("sbc",   (LO, LO),                             t.SBCS, _name_last),
    Form("ror",   (LO, LO),                             t.RORS, _name_last),
    Form("tst",   (LO, LO),                             t.TST, _name_last),
    Form("neg",   (LO, LO),                             t.RSBS, _name_last),
    Form("cmp",   (LO, LO),                             t.CMP, _name_last),
    Form("cmn",   (LO, LO),                             t.CMN, _name_last),
    Form("orr",   (LO, LO),                             t.ORRS, _name_last),
    Form("mul",   (LO, LO),                             t.MULS, _name_last),
    Form("bic",   (LO, LO),                             t.BICS, _name_last),
    Form("mvn",   (LO, LO),                             t.MVNS, _name_last),
    Form("clz",   (ANY, ANY),                           t.CLZ, _name_last),
    Form("rbit",  (ANY, ANY),                           t.RBIT, _name_last),
    Form("sdiv",  (ANY, ANY, ANY),                      t.SDIV),
    Form("udiv",  (ANY, ANY, ANY),                      t.UDIV),

    Form("ldr",   (LO, Address(LO, Number(0x7C))),      t.LDR_I, _value_last),
    Form("str",   (LO, Address(LO, Number(0x7C))),      t.STR_I, _value_last),
    Form("ldrb",  (LO, Address(LO, Number(0x1F))),      t.LDRB_I, _value_last),
    Form("strb",  (LO, Address(LO, Number(0x1F))),      t.STRB_I, _value_last),
    Form("ldrh",  (LO, Address(LO, Number(0x3E))),      t.LDRH_I, _value_last),
    Form("strh",  (LO, Address(LO, Number(0x3E))),      t.STRH_I, _value_last),
    Form("ldrex", (ANY, EXCLUSIVE),                     t.LDREX, _value_last),
    Form("strex", (ANY, ANY, EXCLUSIVE),                t.STREX),
    Form("push",  (LIST,),                              t.PUSH, wide=t.PUSH_W),
    Form("pop",   (LIST,),                              t.POP, wide=t.POP_W),

    Form("vcmp",  (S, S),                               t.VCMPE),
    Form("vsqrt", (S, S),                               t.VSQRT),
    Form("vneg",  (S, S),                               t.VNEG),
    Form("vcvt_f32_s32", (S, S),                        t.VCVT_FS),
    Form("vcvt_s32_f32", (S, S),                        t.VCVT_SF),
    Form("vadd",  (S, S, S),                            t.VADD),
    Form("vsub",  (S, S, S),                            t.VSUB),
    Form("vmul",  (S, S, S),                            t.VMUL),
    Form("vdiv",  (S, S, S),                            t.VDIV),
    Form("vmrs",  (RegisterOrFlags(), Word("FPSCR")),   t.VMRS),
    Form("vmov",  (ANY, S),                             t.VMOV_RS, _core_first),
    Form("vmov",  (S, ANY),                             t.VMOV_SR, _fpu_first),
    Form("vldr",  (S, FPU_ADDRESS),                     t.VLDR),
    Form("vstr",  (S, FPU_ADDRESS),                     t.VSTR),
)
# fmt: on

_FORMS_OF: dict[str, list[Form]] = {}
for _form in FORMS:
    _FORMS_OF.setdefault(_form.mnemonic, []).append(_form)

NEEDS: dict[Feature, str] = {
    Feature.V7M: "ARMv7-M: armv7m, armv7em, armv7emsp or armv7emdp",
    Feature.FP: "a floating-point unit: armv7emsp or armv7emdp",
}

_ARM_STATE_STUB = bytes.fromhex("10402de9 09e08fe2 3eff2fe1 1040bde8 1eff2fe1")
"""For armv6: push {r4, lr}; add lr, pc, #9; blx lr; pop {r4, lr}; bx lr. What follows is in Thumb state."""

_SAVED = 0b0_1111_0010
"""r1 for the alignment of the stack, and r4 to r7."""

_LINK_BIT = 0x100
"""In the lists of the short PUSH and POP: lr, respectively pc."""


@functools.cache
def thumb_dialect(arch: str) -> Dialect:
    """The language of ``asm_thumb`` for an architecture in ``emitters.native.thumb.FEATURES``."""
    prologue = t.PUSH.encode(_LINK_BIT | _SAVED)
    return Dialect(
        prologue=_ARM_STATE_STUB + prologue if arch == "armv6" else prologue,
        epilogue=t.POP.encode(_LINK_BIT | _SAVED),
        parameters=("r0", "r1", "r2", "r3"),
        too_many_parameters=errors.ASM_TOO_MANY_PARAMS,
        wrong_parameter=errors.ASM_PARAM_NAME,
        encode=functools.partial(_encode, arch, FEATURES[arch]),
    )


def _encode(arch: str, features: Feature, mnemonic: str, operands: Sequence[AsmOperand]) -> Encoded:
    form = _choose(arch, features, mnemonic, operands)
    try:
        values = form.fixed + read_all(form.kinds, tuple(operands))
    except AsmError as error:
        if error.kind is errors.ASM_OPERANDS:
            raise _unusable([form], error.operand) from None
        if form.wide is not None and form.wide.needs not in features:
            _refuse_high_registers(arch, form, operands[0])
        raise
    if LABEL in form.kinds:
        return _branch(form, operands[0])
    if form.wide is not None:
        return _encode_list(arch, features, form, values[0])
    if mnemonic == "movwt":
        register, number = values
        return t.MOVW.encode(register, number & 0xFFFF) + t.MOVT.encode(register, number >> 16)
    return form.row.encode(*values)


def _choose(arch: str, features: Feature, mnemonic: str, operands: Sequence[AsmOperand]) -> Form:
    forms = _FORMS_OF.get(mnemonic)
    if forms is None:
        import difflib

        close = difflib.get_close_matches(mnemonic, _FORMS_OF, 1)
        raise AsmError(errors.ASM_UNKNOWN, None, f"did you mean '{close[0]}'?" if close else None)
    for form in forms:
        if len(form.kinds) == len(operands) and (form.test is None or form.test(operands)):
            if form.row.needs not in features:
                raise AsmError(errors.ASM_NOT_ON_ARCH, None, arch=arch, needs=NEEDS[form.row.needs])
            return form
    raise _unusable(forms, None)


def _unusable(forms: Sequence[Form], operand: AsmOperand | None) -> AsmError:
    usage = " or ".join(form.usage for form in forms)
    return AsmError(errors.ASM_OPERANDS, operand, usage=usage)


# --- branches ----------------------------------------------------------------------------------------------

_PIPELINE = 4
"""A branch counts from this many bytes behind its own address."""


def _branch(form: Form, label: AsmOperand) -> Branch:
    return Branch(
        form.row.size,
        label,
        functools.partial(_in_range, form),
        functools.partial(_encode_branch, form),
    )


def _in_range(form: Form, distance: int) -> bool:
    field = form.row.fields[-1]
    # The lowest bit has no place in the instruction, and is not looked at.
    return field.lowest <= distance - _PIPELINE & ~1 <= field.highest


def _encode_branch(form: Form, distance: int) -> bytes:
    if not _in_range(form, distance):
        field = form.row.fields[-1]
        reach = f"{field.lowest + _PIPELINE} to {field.highest + _PIPELINE}"
        raise AsmError(errors.ASM_BRANCH_RANGE, None, range=reach, advice=_advice(form))
    return form.row.encode(*form.fixed, distance - _PIPELINE & ~1)


def _advice(form: Form) -> str:
    if form.row is t.B_C:
        return "branch over a b(), or use the form that ends in _w from ARMv7-M on"
    if form.row is t.B:
        return "branch to a second b() in between, or use bl() and save lr"
    return "split the function"


# --- lists of registers ------------------------------------------------------------------------------------


def _encode_list(arch: str, features: Feature, form: Form, registers: int) -> bytes:
    link = 1 << (14 if form.row is t.PUSH else 15)
    high = registers & ~0xFF
    if high in (0, link):
        return form.row.encode(registers & 0xFF | (_LINK_BIT if high else 0))
    assert form.wide is not None
    if form.wide.needs not in features:
        raise AsmError(errors.ASM_NOT_ON_ARCH, None, arch=arch, needs=NEEDS[form.wide.needs])
    return form.wide.encode(registers)


def _refuse_high_registers(arch: str, form: Form, operand: AsmOperand) -> None:
    """A list with an error in it may also have a high register in it: for mpy-cross that comes last."""
    _, parts, _, _ = operand
    bits = 1 if isinstance(parts, tuple) else 0
    for part in parts if isinstance(parts, tuple) else ():
        try:
            bits |= 1 << ANY.read(part)[0]
        except AsmError:
            continue
    link = 1 << (14 if form.row is t.PUSH else 15)
    if bits & ~0xFF not in (0, link):
        assert form.wide is not None
        raise AsmError(errors.ASM_NOT_ON_ARCH, None, arch=arch, needs=NEEDS[form.wide.needs])
