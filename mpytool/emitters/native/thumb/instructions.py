"""The instruction table of Thumb: syntax and bits as in the ARMv7-M Architecture Reference Manual.

The letters: ``d`` destination, ``n`` ``m`` sources, ``t`` what is loaded or stored, ``i`` a number or a
distance, ``c`` a condition, ``l`` a list of registers, ``s`` a kind of shift. Rows of 16 bits exist everywhere,
unless they say what they need; rows of 32 bits need ARMv7-M, unless they say otherwise.

Names: the mnemonic, with an S where the flags are set; then ``_I`` for a number, ``_W`` for 32 bits (with a
shifted register, where there is one), ``_M`` for a modified immediate, ``_R`` for a register as the offset,
``_SP`` and ``_PC`` for these as the base.
"""

from __future__ import annotations

from mpytool.emitters.native.thumb.encoding import Feature, t16, t32

_NONE, _V7M, _FP = Feature.NONE, Feature.V7M, Feature.FP

CONDITIONS: tuple[str, ...] = (
    "eq", "ne", "cs", "cc", "mi", "pl", "vs", "vc", "hi", "ls", "ge", "lt", "gt", "le",
)  # fmt: skip
"""Each at the position of its code; bit 0 of the code negates."""

SHIFTS: tuple[str, ...] = ("lsl", "lsr", "asr", "ror")
"""Each at the position of its code. A count of 0 is 32 for lsr and asr, and rrx for ror."""

# fmt: off
# --- hints and the processor's state ---
NOP     = t16("nop",                          "1011111100000000")
WFI     = t16("wfi",                          "1011111100110000")
BKPT    = t16("bkpt #{i}",                    "10111110 iiiiiiii")
CPSID   = t16("cpsid i",                      "1011011001110010")
CPSIE   = t16("cpsie i",                      "1011011001100010")
IT      = t16("it{c}{i}",                     "10111111 cccc iiii", needs=_V7M)  # i is the mask
MRS     = t32("mrs {d}, {n}",                 "11110011111 01111 1000 dddd nnnnnnnn")

# --- branches: i is the distance from the address plus 4 ---
B       = t16("b #{i}",                       "11100 iiiiiiiiiii", scale=2, signed=True)
B_C     = t16("b{c} #{i}",                    "1101 cccc iiiiiiii", scale=2, signed=True)
B_C_W   = t32("b{c}.w #{i}",                  "11110 s cccc iiiiii 10 j 0 k lllllllllll", i="skjil",
              scale=2, signed=True)
# As ARMv6-M and everything before it splits a long branch: 4 MiB to both sides.
BL      = t32("bl #{i}",                      "11110 iiiiiiiiiii 11111 lllllllllll", i="il",
              scale=2, signed=True, needs=_NONE)
BX      = t16("bx {m}",                       "010001110 mmmm 000")
BLX     = t16("blx {m}",                      "010001111 mmmm 000")
CBZ     = t16("cbz {n}, #{i}",                "101100 j 1 iiiii nnn", i="ji", scale=2, needs=_V7M)
CBNZ    = t16("cbnz {n}, #{i}",               "101110 j 1 iiiii nnn", i="ji", scale=2, needs=_V7M)
# As BL: what goes farther than 4 MiB is left out.
B_W     = t32("b.w #{i}",                     "11110 iiiiiiiiiii 10111 lllllllllll", i="il",
              scale=2, signed=True)

# --- moving ---
MOV     = t16("mov {d}, {m}",                 "01000110 D mmmm ddd", d="Dd")
MOVS_I  = t16("movs {d}, #{i}",               "00100 ddd iiiiiiii")
MOVW    = t32("movw {d}, #{i}",               "11110 j 100100 iiii 0 kkk dddd llllllll", i="ijkl")
MOVT    = t32("movt {d}, #{i}",               "11110 j 101100 iiii 0 kkk dddd llllllll", i="ijkl")
MOV_M   = t32("mov.w {d}, #{i}",              "11110 j 00010 0 1111 0 kkk dddd llllllll", i="jkl", modified=True)
MVN_M   = t32("mvn {d}, #{i}",                "11110 j 00011 0 1111 0 kkk dddd llllllll", i="jkl", modified=True)
MVN_W   = t32("mvn.w {d}, {m}, {s} #{i}",     "11101010011 0 1111 0 kkk dddd ll ss mmmm", i="kl")
ADR     = t16("adr {d}, #{i}",                "10100 ddd iiiiiiii", scale=4)
ADR_W   = t32("addw {d}, pc, #{i}",           "11110 j 10000 0 1111 0 kkk dddd llllllll", i="jkl")
ADR_SUB = t32("subw {d}, pc, #{i}",           "11110 j 10101 0 1111 0 kkk dddd llllllll", i="jkl")
SXTH    = t16("sxth {d}, {m}",                "1011001000 mmm ddd")
SXTB    = t16("sxtb {d}, {m}",                "1011001001 mmm ddd")
UXTH    = t16("uxth {d}, {m}",                "1011001010 mmm ddd")
UXTB    = t16("uxtb {d}, {m}",                "1011001011 mmm ddd")
SXTH_W  = t32("sxth.w {d}, {m}",              "111110100000 1111 1111 dddd 1000 mmmm")
SXTB_W  = t32("sxtb.w {d}, {m}",              "111110100100 1111 1111 dddd 1000 mmmm")
UXTH_W  = t32("uxth.w {d}, {m}",              "111110100001 1111 1111 dddd 1000 mmmm")
UXTB_W  = t32("uxtb.w {d}, {m}",              "111110100101 1111 1111 dddd 1000 mmmm")
UBFX    = t32("ubfx {d}, {n}, #{i}, #{w}",    "111100111100 nnnn 0 jjj dddd kk 0 wwwww", i="jk")  # w is the width - 1
SBFX    = t32("sbfx {d}, {n}, #{i}, #{w}",    "111100110100 nnnn 0 jjj dddd kk 0 wwwww", i="jk")

# --- arithmetic and logic ---
CMP_I   = t16("cmp {n}, #{i}",                "00101 nnn iiiiiiii")
ADDS_I  = t16("adds {d}, #{i}",               "00110 ddd iiiiiiii")
SUBS_I  = t16("subs {d}, #{i}",               "00111 ddd iiiiiiii")
ADDS    = t16("adds {d}, {n}, {m}",           "0001100 mmm nnn ddd")
SUBS    = t16("subs {d}, {n}, {m}",           "0001101 mmm nnn ddd")
ADDS_I3 = t16("adds {d}, {n}, #{i}",          "0001110 iii nnn ddd")
SUBS_I3 = t16("subs {d}, {n}, #{i}",          "0001111 iii nnn ddd")
LSLS_I  = t16("lsls {d}, {m}, #{i}",          "00000 iiiii mmm ddd")
LSRS_I  = t16("lsrs {d}, {m}, #{i}",          "00001 iiiii mmm ddd")  # 0 shifts by 32
ASRS_I  = t16("asrs {d}, {m}, #{i}",          "00010 iiiii mmm ddd")  # 0 shifts by 32
ANDS    = t16("ands {d}, {m}",                "0100000000 mmm ddd")
EORS    = t16("eors {d}, {m}",                "0100000001 mmm ddd")
LSLS    = t16("lsls {d}, {m}",                "0100000010 mmm ddd")
LSRS    = t16("lsrs {d}, {m}",                "0100000011 mmm ddd")
ASRS    = t16("asrs {d}, {m}",                "0100000100 mmm ddd")
ADCS    = t16("adcs {d}, {m}",                "0100000101 mmm ddd")
SBCS    = t16("sbcs {d}, {m}",                "0100000110 mmm ddd")
RORS    = t16("rors {d}, {m}",                "0100000111 mmm ddd")
TST     = t16("tst {n}, {m}",                 "0100001000 mmm nnn")
RSBS    = t16("rsbs {d}, {n}, #0",            "0100001001 nnn ddd")
CMP     = t16("cmp {n}, {m}",                 "0100001010 mmm nnn")
CMN     = t16("cmn {n}, {m}",                 "0100001011 mmm nnn")
ORRS    = t16("orrs {d}, {m}",                "0100001100 mmm ddd")
MULS    = t16("muls {d}, {n}, {d}",           "0100001101 nnn ddd")
BICS    = t16("bics {d}, {m}",                "0100001110 mmm ddd")
MVNS    = t16("mvns {d}, {m}",                "0100001111 mmm ddd")
CLZ     = t32("clz {d}, {m}",                 "111110101011 mmmm 1111 dddd 1000 mmmm")
RBIT    = t32("rbit {d}, {m}",                "111110101001 mmmm 1111 dddd 1010 mmmm")
SDIV    = t32("sdiv {d}, {n}, {m}",           "111110111001 nnnn 1111 dddd 1111 mmmm")
UDIV    = t32("udiv {d}, {n}, {m}",           "111110111011 nnnn 1111 dddd 1111 mmmm")
ADD_H   = t16("add {d}, {m}",                 "01000100 D mmmm ddd", d="Dd")
CMP_H   = t16("cmp {n}, {m}",                 "01000101 N mmmm nnn", n="Nn")  # one of them above r7
ADD_SP  = t16("add {d}, sp, #{i}",            "10101 ddd iiiiiiii", scale=4)
INC_SP  = t16("add sp, #{i}",                 "101100000 iiiiiii", scale=4)
DEC_SP  = t16("sub sp, #{i}",                 "101100001 iiiiiii", scale=4)
ADDW    = t32("addw {d}, {n}, #{i}",          "11110 j 10000 0 nnnn 0 kkk dddd llllllll", i="jkl")
SUBW    = t32("subw {d}, {n}, #{i}",          "11110 j 10101 0 nnnn 0 kkk dddd llllllll", i="jkl")
MUL_W   = t32("mul {d}, {n}, {m}",            "111110110000 nnnn 1111 dddd 0000 mmmm")
MLA     = t32("mla {d}, {n}, {m}, {a}",       "111110110000 nnnn aaaa dddd 0000 mmmm")
MLS     = t32("mls {d}, {n}, {m}, {a}",       "111110110000 nnnn aaaa dddd 0001 mmmm")
SMULL   = t32("smull {d}, {h}, {n}, {m}",     "111110111000 nnnn dddd hhhh 0000 mmmm")
UMULL   = t32("umull {d}, {h}, {n}, {m}",     "111110111010 nnnn dddd hhhh 0000 mmmm")
LSL_W   = t32("lsl.w {d}, {n}, {m}",          "11111010000 0 nnnn 1111 dddd 0000 mmmm")
LSR_W   = t32("lsr.w {d}, {n}, {m}",          "11111010001 0 nnnn 1111 dddd 0000 mmmm")
ASR_W   = t32("asr.w {d}, {n}, {m}",          "11111010010 0 nnnn 1111 dddd 0000 mmmm")
ROR_W   = t32("ror.w {d}, {n}, {m}",          "11111010011 0 nnnn 1111 dddd 0000 mmmm")
SHIFT_W = t32("{s}.w {d}, {m}, #{i}",         "11101010010 0 1111 0 kkk dddd ll ss mmmm", i="kl")
SHIFTS_W = t32("{s}s.w {d}, {m}, #{i}",       "11101010010 1 1111 0 kkk dddd ll ss mmmm", i="kl")

# --- arithmetic and logic with modified immediates ---
AND_M   = t32("and {d}, {n}, #{i}",           "11110 j 00000 0 nnnn 0 kkk dddd llllllll", i="jkl", modified=True)
BIC_M   = t32("bic {d}, {n}, #{i}",           "11110 j 00001 0 nnnn 0 kkk dddd llllllll", i="jkl", modified=True)
ORR_M   = t32("orr {d}, {n}, #{i}",           "11110 j 00010 0 nnnn 0 kkk dddd llllllll", i="jkl", modified=True)
ORN_M   = t32("orn {d}, {n}, #{i}",           "11110 j 00011 0 nnnn 0 kkk dddd llllllll", i="jkl", modified=True)
EOR_M   = t32("eor {d}, {n}, #{i}",           "11110 j 00100 0 nnnn 0 kkk dddd llllllll", i="jkl", modified=True)
ADD_M   = t32("add.w {d}, {n}, #{i}",         "11110 j 01000 0 nnnn 0 kkk dddd llllllll", i="jkl", modified=True)
ADDS_M  = t32("adds.w {d}, {n}, #{i}",        "11110 j 01000 1 nnnn 0 kkk dddd llllllll", i="jkl", modified=True)
SUB_M   = t32("sub.w {d}, {n}, #{i}",         "11110 j 01101 0 nnnn 0 kkk dddd llllllll", i="jkl", modified=True)
SUBS_M  = t32("subs.w {d}, {n}, #{i}",        "11110 j 01101 1 nnnn 0 kkk dddd llllllll", i="jkl", modified=True)
RSB_M   = t32("rsb.w {d}, {n}, #{i}",         "11110 j 01110 0 nnnn 0 kkk dddd llllllll", i="jkl", modified=True)
RSBS_M  = t32("rsbs.w {d}, {n}, #{i}",        "11110 j 01110 1 nnnn 0 kkk dddd llllllll", i="jkl", modified=True)
TST_M   = t32("tst.w {n}, #{i}",              "11110 j 00000 1 nnnn 0 kkk 1111 llllllll", i="jkl", modified=True)
TEQ_M   = t32("teq.w {n}, #{i}",              "11110 j 00100 1 nnnn 0 kkk 1111 llllllll", i="jkl", modified=True)
CMN_M   = t32("cmn.w {n}, #{i}",              "11110 j 01000 1 nnnn 0 kkk 1111 llllllll", i="jkl", modified=True)
CMP_M   = t32("cmp.w {n}, #{i}",              "11110 j 01101 1 nnnn 0 kkk 1111 llllllll", i="jkl", modified=True)

# --- arithmetic and logic with shifted registers ---
AND_W   = t32("and.w {d}, {n}, {m}, {s} #{i}",  "11101010000 0 nnnn 0 kkk dddd ll ss mmmm", i="kl")
ANDS_W  = t32("ands.w {d}, {n}, {m}, {s} #{i}", "11101010000 1 nnnn 0 kkk dddd ll ss mmmm", i="kl")
BIC_W   = t32("bic.w {d}, {n}, {m}, {s} #{i}",  "11101010001 0 nnnn 0 kkk dddd ll ss mmmm", i="kl")
BICS_W  = t32("bics.w {d}, {n}, {m}, {s} #{i}", "11101010001 1 nnnn 0 kkk dddd ll ss mmmm", i="kl")
ORR_W   = t32("orr.w {d}, {n}, {m}, {s} #{i}",  "11101010010 0 nnnn 0 kkk dddd ll ss mmmm", i="kl")
ORRS_W  = t32("orrs.w {d}, {n}, {m}, {s} #{i}", "11101010010 1 nnnn 0 kkk dddd ll ss mmmm", i="kl")
ORN_W   = t32("orn {d}, {n}, {m}, {s} #{i}",    "11101010011 0 nnnn 0 kkk dddd ll ss mmmm", i="kl")
EOR_W   = t32("eor.w {d}, {n}, {m}, {s} #{i}",  "11101010100 0 nnnn 0 kkk dddd ll ss mmmm", i="kl")
EORS_W  = t32("eors.w {d}, {n}, {m}, {s} #{i}", "11101010100 1 nnnn 0 kkk dddd ll ss mmmm", i="kl")
ADD_W   = t32("add.w {d}, {n}, {m}, {s} #{i}",  "11101011000 0 nnnn 0 kkk dddd ll ss mmmm", i="kl")
ADDS_W  = t32("adds.w {d}, {n}, {m}, {s} #{i}", "11101011000 1 nnnn 0 kkk dddd ll ss mmmm", i="kl")
SUB_W   = t32("sub.w {d}, {n}, {m}, {s} #{i}",  "11101011101 0 nnnn 0 kkk dddd ll ss mmmm", i="kl")
SUBS_W  = t32("subs.w {d}, {n}, {m}, {s} #{i}", "11101011101 1 nnnn 0 kkk dddd ll ss mmmm", i="kl")
RSB_W   = t32("rsb {d}, {n}, {m}, {s} #{i}",    "11101011110 0 nnnn 0 kkk dddd ll ss mmmm", i="kl")
TST_W   = t32("tst.w {n}, {m}, {s} #{i}",       "11101010000 1 nnnn 0 kkk 1111 ll ss mmmm", i="kl")
TEQ_W   = t32("teq.w {n}, {m}, {s} #{i}",       "11101010100 1 nnnn 0 kkk 1111 ll ss mmmm", i="kl")
CMN_W   = t32("cmn.w {n}, {m}, {s} #{i}",       "11101011000 1 nnnn 0 kkk 1111 ll ss mmmm", i="kl")
CMP_W   = t32("cmp.w {n}, {m}, {s} #{i}",       "11101011101 1 nnnn 0 kkk 1111 ll ss mmmm", i="kl")

# --- memory ---
STR_I   = t16("str {t}, [{n}, #{i}]",         "01100 iiiii nnn ttt", scale=4)
LDR_I   = t16("ldr {t}, [{n}, #{i}]",         "01101 iiiii nnn ttt", scale=4)
STRB_I  = t16("strb {t}, [{n}, #{i}]",        "01110 iiiii nnn ttt")
LDRB_I  = t16("ldrb {t}, [{n}, #{i}]",        "01111 iiiii nnn ttt")
STRH_I  = t16("strh {t}, [{n}, #{i}]",        "10000 iiiii nnn ttt", scale=2)
LDRH_I  = t16("ldrh {t}, [{n}, #{i}]",        "10001 iiiii nnn ttt", scale=2)
STR_R   = t16("str {t}, [{n}, {m}]",          "0101000 mmm nnn ttt")
STRH_R  = t16("strh {t}, [{n}, {m}]",         "0101001 mmm nnn ttt")
STRB_R  = t16("strb {t}, [{n}, {m}]",         "0101010 mmm nnn ttt")
LDRSB_R = t16("ldrsb {t}, [{n}, {m}]",        "0101011 mmm nnn ttt")
LDR_R   = t16("ldr {t}, [{n}, {m}]",          "0101100 mmm nnn ttt")
LDRH_R  = t16("ldrh {t}, [{n}, {m}]",         "0101101 mmm nnn ttt")
LDRB_R  = t16("ldrb {t}, [{n}, {m}]",         "0101110 mmm nnn ttt")
LDRSH_R = t16("ldrsh {t}, [{n}, {m}]",        "0101111 mmm nnn ttt")
LDR_PC  = t16("ldr {t}, [pc, #{i}]",          "01001 ttt iiiiiiii", scale=4)
STR_SP  = t16("str {t}, [sp, #{i}]",          "10010 ttt iiiiiiii", scale=4)
LDR_SP  = t16("ldr {t}, [sp, #{i}]",          "10011 ttt iiiiiiii", scale=4)
STR_W   = t32("str.w {t}, [{n}, #{i}]",       "111110001100 nnnn tttt iiiiiiiiiiii")
LDR_W   = t32("ldr.w {t}, [{n}, #{i}]",       "111110001101 nnnn tttt iiiiiiiiiiii")
STRB_W  = t32("strb.w {t}, [{n}, #{i}]",      "111110001000 nnnn tttt iiiiiiiiiiii")
LDRB_W  = t32("ldrb.w {t}, [{n}, #{i}]",      "111110001001 nnnn tttt iiiiiiiiiiii")
STRH_W  = t32("strh.w {t}, [{n}, #{i}]",      "111110001010 nnnn tttt iiiiiiiiiiii")
LDRH_W  = t32("ldrh.w {t}, [{n}, #{i}]",      "111110001011 nnnn tttt iiiiiiiiiiii")
LDRSB_W = t32("ldrsb.w {t}, [{n}, #{i}]",     "111110011001 nnnn tttt iiiiiiiiiiii")
LDRSH_W = t32("ldrsh.w {t}, [{n}, #{i}]",     "111110011011 nnnn tttt iiiiiiiiiiii")
STR_N   = t32("str {t}, [{n}, #-{i}]",        "111110000100 nnnn tttt 1100 iiiiiiii")  # below the base
LDR_N   = t32("ldr {t}, [{n}, #-{i}]",        "111110000101 nnnn tttt 1100 iiiiiiii")
STRB_N  = t32("strb {t}, [{n}, #-{i}]",       "111110000000 nnnn tttt 1100 iiiiiiii")
LDRB_N  = t32("ldrb {t}, [{n}, #-{i}]",       "111110000001 nnnn tttt 1100 iiiiiiii")
STRH_N  = t32("strh {t}, [{n}, #-{i}]",       "111110000010 nnnn tttt 1100 iiiiiiii")
LDRH_N  = t32("ldrh {t}, [{n}, #-{i}]",       "111110000011 nnnn tttt 1100 iiiiiiii")
LDRSB_N = t32("ldrsb {t}, [{n}, #-{i}]",      "111110010001 nnnn tttt 1100 iiiiiiii")
LDRSH_N = t32("ldrsh {t}, [{n}, #-{i}]",      "111110010011 nnnn tttt 1100 iiiiiiii")
STR_RW  = t32("str.w {t}, [{n}, {m}, lsl #{i}]",   "111110000100 nnnn tttt 000000 ii mmmm")
LDR_RW  = t32("ldr.w {t}, [{n}, {m}, lsl #{i}]",   "111110000101 nnnn tttt 000000 ii mmmm")
STRB_RW = t32("strb.w {t}, [{n}, {m}, lsl #{i}]",  "111110000000 nnnn tttt 000000 ii mmmm")
LDRB_RW = t32("ldrb.w {t}, [{n}, {m}, lsl #{i}]",  "111110000001 nnnn tttt 000000 ii mmmm")
STRH_RW = t32("strh.w {t}, [{n}, {m}, lsl #{i}]",  "111110000010 nnnn tttt 000000 ii mmmm")
LDRH_RW = t32("ldrh.w {t}, [{n}, {m}, lsl #{i}]",  "111110000011 nnnn tttt 000000 ii mmmm")
LDRSB_RW = t32("ldrsb.w {t}, [{n}, {m}, lsl #{i}]", "111110010001 nnnn tttt 000000 ii mmmm")
LDRSH_RW = t32("ldrsh.w {t}, [{n}, {m}, lsl #{i}]", "111110010011 nnnn tttt 000000 ii mmmm")
LDRD    = t32("ldrd {t}, {u}, [{n}, #{i}]",   "111010011101 nnnn tttt uuuu iiiiiiii", scale=4)
STRD    = t32("strd {t}, {u}, [{n}, #{i}]",   "111010011100 nnnn tttt uuuu iiiiiiii", scale=4)
STREX   = t32("strex {d}, {t}, [{n}, #{i}]",  "111010000100 nnnn tttt dddd iiiiiiii", scale=4)
LDREX   = t32("ldrex {t}, [{n}, #{i}]",       "111010000101 nnnn tttt 1111 iiiiiiii", scale=4)
PUSH    = t16("push {l}",                     "1011010 r llllllll", l="rl")  # r is lr
POP     = t16("pop {l}",                      "1011110 r llllllll", l="rl")  # r is pc
PUSH_W  = t32("push.w {l}",                   "1110100100101101 llllllllllllllll")
POP_W   = t32("pop.w {l}",                    "1110100010111101 llllllllllllllll")

# --- floating point, single precision ---
VCMPE   = t32("vcmpe.f32 {d}, {m}",           "111011101 D 110100 dddd 1010 11 M 0 mmmm",
              d="dD", m="mM", needs=_FP)
VSQRT   = t32("vsqrt.f32 {d}, {m}",           "111011101 D 110001 dddd 1010 11 M 0 mmmm",
              d="dD", m="mM", needs=_FP)
VNEG    = t32("vneg.f32 {d}, {m}",            "111011101 D 110001 dddd 1010 01 M 0 mmmm",
              d="dD", m="mM", needs=_FP)
VCVT_FS = t32("vcvt.f32.s32 {d}, {m}",        "111011101 D 111000 dddd 1010 11 M 0 mmmm",
              d="dD", m="mM", needs=_FP)
VCVT_SF = t32("vcvt.s32.f32 {d}, {m}",        "111011101 D 111101 dddd 1010 11 M 0 mmmm",
              d="dD", m="mM", needs=_FP)
VADD    = t32("vadd.f32 {d}, {n}, {m}",       "111011100 D 11 nnnn dddd 1010 N 0 M 0 mmmm",
              d="dD", n="nN", m="mM", needs=_FP)
VSUB    = t32("vsub.f32 {d}, {n}, {m}",       "111011100 D 11 nnnn dddd 1010 N 1 M 0 mmmm",
              d="dD", n="nN", m="mM", needs=_FP)
VMUL    = t32("vmul.f32 {d}, {n}, {m}",       "111011100 D 10 nnnn dddd 1010 N 0 M 0 mmmm",
              d="dD", n="nN", m="mM", needs=_FP)
VDIV    = t32("vdiv.f32 {d}, {n}, {m}",       "111011101 D 00 nnnn dddd 1010 N 0 M 0 mmmm",
              d="dD", n="nN", m="mM", needs=_FP)
VMRS    = t32("vmrs {t}, fpscr",              "1110111011110001 tttt 101000010000", needs=_FP)
VMOV_SR = t32("vmov {n}, {t}",                "111011100000 nnnn tttt 1010 N 0010000", n="nN", needs=_FP)
VMOV_RS = t32("vmov {t}, {n}",                "111011100001 nnnn tttt 1010 N 0010000", n="nN", needs=_FP)
VSTR    = t32("vstr {d}, [{n}, #{i}]",        "111011011 D 00 nnnn dddd 1010 iiiiiiii",
              d="dD", scale=4, needs=_FP)
VLDR    = t32("vldr {d}, [{n}, #{i}]",        "111011011 D 01 nnnn dddd 1010 iiiiiiii",
              d="dD", scale=4, needs=_FP)
