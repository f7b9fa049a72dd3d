"""The instruction table of Thumb: syntax and bits as in the ARMv7-M Architecture Reference Manual.

The letters: ``d`` destination, ``n`` ``m`` sources, ``t`` what is loaded or stored, ``i`` a number or a
distance, ``c`` a condition, ``l`` a list of registers. Rows of 16 bits exist everywhere, unless they say what
they need; rows of 32 bits need ARMv7-M, unless they say otherwise.
"""

from __future__ import annotations

from mpytool.emitters.native.thumb.encoding import Feature, t16, t32

_NONE, _V7M, _FP = Feature.NONE, Feature.V7M, Feature.FP

CONDITIONS: tuple[str, ...] = (
    "eq", "ne", "cs", "cc", "mi", "pl", "vs", "vc", "hi", "ls", "ge", "lt", "gt", "le",
)  # fmt: skip
"""Each at the position of its code; bit 0 of the code negates."""

# fmt: off
# --- hints and the processor's state ---
NOP     = t16("nop",                          "1011111100000000")
WFI     = t16("wfi",                          "1011111100110000")
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

# --- moving ---
MOV     = t16("mov {d}, {m}",                 "01000110 D mmmm ddd", d="Dd")
MOVS_I  = t16("movs {d}, #{i}",               "00100 ddd iiiiiiii")
MOVW    = t32("movw {d}, #{i}",               "11110 j 100100 iiii 0 kkk dddd llllllll", i="ijkl")
MOVT    = t32("movt {d}, #{i}",               "11110 j 101100 iiii 0 kkk dddd llllllll", i="ijkl")

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

# --- memory ---
STR_I   = t16("str {t}, [{n}, #{i}]",         "01100 iiiii nnn ttt", scale=4)
LDR_I   = t16("ldr {t}, [{n}, #{i}]",         "01101 iiiii nnn ttt", scale=4)
STRB_I  = t16("strb {t}, [{n}, #{i}]",        "01110 iiiii nnn ttt")
LDRB_I  = t16("ldrb {t}, [{n}, #{i}]",        "01111 iiiii nnn ttt")
STRH_I  = t16("strh {t}, [{n}, #{i}]",        "10000 iiiii nnn ttt", scale=2)
LDRH_I  = t16("ldrh {t}, [{n}, #{i}]",        "10001 iiiii nnn ttt", scale=2)
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
