"""Rejected assembler functions: as ``cases.py``."""

from __future__ import annotations

from tests.errors.cases import Case

OUR_OWN = ("E0621", "E0622", "E0623")
"""What mpy-cross accepts and spoils, ends on for lack of memory, or aborts on."""


def _case(code: str, body: str, flags: str = "-march=armv7emsp") -> Case:
    """A case of one function; ``body`` is one line or more, not indented."""
    lines = "".join(f"\n    {line}" for line in body.split("\n"))
    return Case(code, f"@micropython.asm_thumb\ndef f():{lines}\n", flags)


def _head(code: str, head: str) -> Case:
    return Case(code, f"@micropython.asm_thumb\ndef {head}:\n    nop()\n", "-march=armv7m")


ASSEMBLER: tuple[Case, ...] = (
    _head("E0601", "f(r0, r1, r2, r3, «r4»)"),
    _head("E0601", "f(r0, r1, r2, r3, «*r4», r5)"),
    _head("E0602", "f(«x»)"),
    _head("E0602", "f(r0, «r2», r3)"),
    _head("E0602", "f(r0, «r1=(2, [3, 4])», r2=3)"),
    _head("E0602", "f(r0, «r1: int»)"),
    _head("E0602", "f(r0, «*»,\n  r1)"),
    _head("E0602", "f(«**k»,\n  )"),
    Case("E0602", "@micropython.asm_thumb\nasync def f(«a»):\n  nop()", "-march=armv6m"),
    _case("E0603", "«movs»(r0, 1)"),
    _case("E0603", "nop()\n«ldm»(r0, r1)"),
    _case("E0604", "«mov»(r0)"),
    _case("E0604", "«ldr»(r0, r1)"),
    _case("E0604", "ldr(r0, «[r1]»)"),
    _case("E0604", "ite(«x»)"),
    _case("E0605", "«clz»(r0, r1)", "-march=armv6m"),
    _case("E0605", "«vadd»(s0, s1, s2)", "-march=armv7em"),
    _case("E0605", "«push»({r8})", "-march=armv6m"),
    _case("E0605", "«push»({r8, x})", "-march=armv6m"),
    _case("E0605", "«bne_w»(x)", "-march=armv6m"),
    _case("E0606", "mov(«x», r0)"),
    _case("E0606", "mov \\\n(r0,\n «x»)"),
    _case("E0606", "push({r4, «x»})"),
    _case("E0607", "add(r0, r1, «r8»)"),
    _case("E0608", "mrs(r0, «CONTROL»)"),
    _case("E0609", "vadd(s0, s1, «r2»)"),
    _case("E0610", "vneg(s0, «s32»)"),
    _case("E0611", "push(«r4»)"),
    _case("E0611", "pop(«{}»)"),
    _case("E0612", "mov(r0, «[1]»)"),
    _case("E0612", "lsl(r0, r1, «r2»)"),
    _case("E0613", "mov(r0, «0x100»)"),
    _case("E0613", "mov(r8, «1 << 8»)"),
    _case("E0613", "ldr(r0, [r1, «2»])"),
    _case("E0613", "movw(r0, «-1»)"),
    _case("E0614", "vldr(s0, «r1»)"),
    _case("E0614", "strex(r0, r1, «[r2]»)"),
    _case("E0615", "b(«4»)"),
    _case("E0616", "label(loop)\nb(«lop»)"),
    _case("E0616", "b(«x»)"),
    _case("E0617", "label(a)\ndata(1, 1)\nalign(4096)\nb(«x»)"),
    _case("E0617", "align(256)\nbne(«x»)"),
    _case("E0618", "label(x)\nlabel(«x»)"),
    _case("E0619", "label(x)\nalign(4096)\nb(«x»)"),
    _case("E0619", "beq(«x»)\nalign(1024)\nlabel(x)"),
    _case("E0620", "data(2, 1, «x»)"),
    _case("E0621", "align(«0»)"),
    Case("E0622", "@micropython.asm_thumb\n«def f»():\n    data(0x3fffffff, 1)\n", "-march=armv7m"),
    _case("E0623", "movw(«pc», 1)"),
)
