"""The x86-64 instructions that the code generator uses: Intel SDM volume 2, written as ``notation.py`` says.

Of two forms that are equally short the selector takes the one that stands first. Writing 32 bits of a
register clears the upper 32, so a zero-extending load of 32 bits is ``mov`` into the 32-bit register.
"""

from __future__ import annotations

from mpytool.emitters.native.x64.encoding import Form
from mpytool.emitters.native.x64.notation import X64, read_row

# fmt: off
FAMILIES: dict[str, dict[str, int]] = {
    "alu":    {"add": 0, "or": 1, "adc": 2, "sbb": 3, "and": 4, "sub": 5, "xor": 6, "cmp": 7},
    "shift":  {"rol": 0, "ror": 1, "rcr": 3, "shl": 4, "shr": 5, "sar": 7},
    "unary":  {"not": 2, "neg": 3},
    "wide":   {"mul": 4, "imul": 5, "div": 6, "idiv": 7},  # rdx:rax
    "step":   {"inc": 0, "dec": 1},
    "cc":     {"o": 0, "no": 1, "b": 2, "ae": 3, "e": 4, "ne": 5, "be": 6, "a": 7,
               "s": 8, "ns": 9, "p": 10, "np": 11, "l": 12, "ge": 13, "le": 14, "g": 15},
}
"""Instructions that share rows, and the number of each."""

ROWS: tuple[X64, ...] = (
    # moves
    X64("mov {r/m8}, {r8}",              "88 /r"),
    X64("mov {r/m16}, {r16}",            "66 89 /r"),
    X64("mov {r/m32}, {r32}",            "89 /r"),
    X64("mov {r/m64}, {r64}",            "REX.W 89 /r"),
    X64("mov {r8}, {r/m8}",              "8A /r"),
    X64("mov {r16}, {r/m16}",            "66 8B /r"),
    X64("mov {r32}, {r/m32}",            "8B /r"),
    X64("mov {r64}, {r/m64}",            "REX.W 8B /r"),
    X64("mov {r8}, {imm8}",              "B0+r ib"),
    X64("mov {r16}, {imm16}",            "66 B8+r iw"),
    X64("mov {r32}, {imm32}",            "B8+r id"),
    X64("mov {r64}, {uimm32}",           "B8+r id"),  # to Intel, mov r32, imm32
    X64("mov {r64}, {imm64}",            "REX.W B8+r io"),  # also called movabs
    X64("mov {r/m8}, {imm8}",            "C6 /0 ib"),
    X64("mov {r/m16}, {imm16}",          "66 C7 /0 iw"),
    X64("mov {r/m32}, {imm32}",          "C7 /0 id"),
    X64("mov {r/m64}, {imm32}",          "REX.W C7 /0 id"),
    X64("movzx {r32}, {r/m8}",           "0F B6 /r"),
    X64("movzx {r64}, {r/m8}",           "REX.W 0F B6 /r"),
    X64("movzx {r32}, {r/m16}",          "0F B7 /r"),
    X64("movzx {r64}, {r/m16}",          "REX.W 0F B7 /r"),
    X64("movsx {r32}, {r/m8}",           "0F BE /r"),
    X64("movsx {r64}, {r/m8}",           "REX.W 0F BE /r"),
    X64("movsx {r32}, {r/m16}",          "0F BF /r"),
    X64("movsx {r64}, {r/m16}",          "REX.W 0F BF /r"),
    X64("movsxd {r64}, {r/m32}",         "REX.W 63 /r"),
    X64("lea {r32}, {m}",                "8D /r"),
    X64("lea {r64}, {m}",                "REX.W 8D /r"),
    X64("xchg {r64}, {rax}",             "REX.W 90+r"),  # with 32 bits, xchg eax, eax would be nop
    X64("xchg {rax}, {r64}",             "REX.W 90+r"),
    X64("xchg {r/m8}, {r8}",             "86 /r"),
    X64("xchg {r/m16}, {r16}",           "66 87 /r"),
    X64("xchg {r/m32}, {r32}",           "87 /r"),
    X64("xchg {r/m64}, {r64}",           "REX.W 87 /r"),
    X64("cmov<cc> {r32}, {r/m32}",       "0F 40+n /r"),
    X64("cmov<cc> {r64}, {r/m64}",       "REX.W 0F 40+n /r"),
    X64("set<cc> {r/m8}",                "0F 90+n /0"),
    X64("push {r64}",                    "50+r"),
    X64("push {r/m64}",                  "FF /6"),
    X64("push {imm8}",                   "6A ib"),
    X64("push {imm32}",                  "68 id"),
    X64("pop {r64}",                     "58+r"),
    X64("pop {r/m64}",                   "8F /0"),

    # arithmetic and logic
    X64("<alu> {r/m8}, {r8}",            "00+8n /r"),
    X64("<alu> {r/m16}, {r16}",          "66 01+8n /r"),
    X64("<alu> {r/m32}, {r32}",          "01+8n /r"),
    X64("<alu> {r/m64}, {r64}",          "REX.W 01+8n /r"),
    X64("<alu> {r8}, {r/m8}",            "02+8n /r"),
    X64("<alu> {r16}, {r/m16}",          "66 03+8n /r"),
    X64("<alu> {r32}, {r/m32}",          "03+8n /r"),
    X64("<alu> {r64}, {r/m64}",          "REX.W 03+8n /r"),
    X64("<alu> {r/m16}, {imm8}",         "66 83 /n ib"),
    X64("<alu> {r/m32}, {imm8}",         "83 /n ib"),
    X64("<alu> {r/m64}, {imm8}",         "REX.W 83 /n ib"),
    X64("<alu> {al}, {imm8}",            "04+8n ib"),
    X64("<alu> {ax}, {imm16}",           "66 05+8n iw"),
    X64("<alu> {eax}, {imm32}",          "05+8n id"),
    X64("<alu> {rax}, {imm32}",          "REX.W 05+8n id"),
    X64("<alu> {r/m8}, {imm8}",          "80 /n ib"),
    X64("<alu> {r/m16}, {imm16}",        "66 81 /n iw"),
    X64("<alu> {r/m32}, {imm32}",        "81 /n id"),
    X64("<alu> {r/m64}, {imm32}",        "REX.W 81 /n id"),
    X64("test {r/m8}, {r8}",             "84 /r"),
    X64("test {r/m16}, {r16}",           "66 85 /r"),
    X64("test {r/m32}, {r32}",           "85 /r"),
    X64("test {r/m64}, {r64}",           "REX.W 85 /r"),
    X64("test {al}, {imm8}",             "A8 ib"),
    X64("test {ax}, {imm16}",            "66 A9 iw"),
    X64("test {eax}, {imm32}",           "A9 id"),
    X64("test {rax}, {imm32}",           "REX.W A9 id"),
    X64("test {r/m8}, {imm8}",           "F6 /0 ib"),
    X64("test {r/m16}, {imm16}",         "66 F7 /0 iw"),
    X64("test {r/m32}, {imm32}",         "F7 /0 id"),
    X64("test {r/m64}, {imm32}",         "REX.W F7 /0 id"),
    X64("<unary> {r/m8}",                "F6 /n"),
    X64("<unary> {r/m16}",               "66 F7 /n"),
    X64("<unary> {r/m32}",               "F7 /n"),
    X64("<unary> {r/m64}",               "REX.W F7 /n"),
    X64("<step> {r/m8}",                 "FE /n"),
    X64("<step> {r/m16}",                "66 FF /n"),
    X64("<step> {r/m32}",                "FF /n"),
    X64("<step> {r/m64}",                "REX.W FF /n"),

    # multiplication and division
    X64("imul {r32}, {r/m32}",           "0F AF /r"),
    X64("imul {r64}, {r/m64}",           "REX.W 0F AF /r"),
    X64("imul {r32}, {r/m32}, {imm8}",   "6B /r ib"),
    X64("imul {r64}, {r/m64}, {imm8}",   "REX.W 6B /r ib"),
    X64("imul {r32}, {r/m32}, {imm32}",  "69 /r id"),
    X64("imul {r64}, {r/m64}, {imm32}",  "REX.W 69 /r id"),
    X64("<wide> {r/m32}",                "F7 /n"),
    X64("<wide> {r/m64}",                "REX.W F7 /n"),
    X64("cdqe",                          "REX.W 98"),  # eax into rax
    X64("cdq",                           "99"),  # eax into edx:eax
    X64("cqo",                           "REX.W 99"),  # rax into rdx:rax

    # bits
    X64("<shift> {r/m8}, {1}",           "D0 /n"),
    X64("<shift> {r/m16}, {1}",          "66 D1 /n"),
    X64("<shift> {r/m32}, {1}",          "D1 /n"),
    X64("<shift> {r/m64}, {1}",          "REX.W D1 /n"),
    X64("<shift> {r/m8}, {cl}",          "D2 /n"),
    X64("<shift> {r/m16}, {cl}",         "66 D3 /n"),
    X64("<shift> {r/m32}, {cl}",         "D3 /n"),
    X64("<shift> {r/m64}, {cl}",         "REX.W D3 /n"),
    X64("<shift> {r/m8}, {count}",       "C0 /n ib"),
    X64("<shift> {r/m16}, {count}",      "66 C1 /n ib"),
    X64("<shift> {r/m32}, {count}",      "C1 /n ib"),
    X64("<shift> {r/m64}, {count}",      "REX.W C1 /n ib"),
    X64("bt {r/m32}, {r32}",             "0F A3 /r"),  # in memory, any bit from there on
    X64("bt {r/m64}, {r64}",             "REX.W 0F A3 /r"),
    X64("bt {r/m32}, {count}",           "0F BA /4 ib"),
    X64("bt {r/m64}, {count}",           "REX.W 0F BA /4 ib"),

    # control
    X64("jmp {rel8}",                    "EB cb"),
    X64("jmp {rel32}",                   "E9 cd"),
    X64("jmp {r/m64}",                   "FF /4"),
    X64("j<cc> {rel8}",                  "70+n cb"),
    X64("j<cc> {rel32}",                 "0F 80+n cd"),
    X64("call {rel32}",                  "E8 cd"),
    X64("call {r/m64}",                  "FF /2"),
    X64("ret",                           "C3"),
    X64("nop",                           "90"),
    X64("nop {r/m16}",                   "66 0F 1F /0"),
    X64("nop {r/m32}",                   "0F 1F /0"),
    X64("int3",                          "CC"),
    X64("ud2",                           "0F 0B"),
)

NOPS: tuple[bytes, ...] = tuple(map(bytes.fromhex, (
    "",
    "90",
    "66 90",
    "0F 1F 00",
    "0F 1F 40 00",
    "0F 1F 44 00 00",
    "66 0F 1F 44 00 00",
    "0F 1F 80 00 00 00 00",
    "0F 1F 84 00 00 00 00 00",
    "66 0F 1F 84 00 00 00 00 00",
)))
"""One instruction that does nothing, by its size (Intel SDM volume 2, table 4-12)."""
# fmt: on

FORMS: tuple[Form, ...] = tuple(form for row in ROWS for form in read_row(row, FAMILIES))

BY_SYNTAX: dict[str, Form] = {form.syntax: form for form in FORMS}
"""``BY_SYNTAX["jmp {rel32}"]``: for who wants this form and no other."""
