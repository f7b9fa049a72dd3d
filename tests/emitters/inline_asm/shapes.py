"""Assembler functions of every shape: pseudo operations, parameters, results, bodies, places in a program."""

from __future__ import annotations

from collections.abc import Iterator

from tests.emitters.inline_asm.programs import function

DECORATOR = "@micropython.asm_thumb\n"

PLACEMENTS = [
    *(f"align({n})" for n in (1, 2, 3, 4, 5, 6, 7, 8, 16, 24, 100, 256, -1, -2, -4)),
    *(f"align({n})" for n in ("1 << 4", "x", "1, 2", "1.0", "")),
    *(
        f"data({size}, {value})"
        for size in (0, 1, 2, 3, 4, 5, 8, 9, 16)
        for value in (0, 1, -1, 0x1234, 1 << 70, -(1 << 70))
    ),
    *(
        "data(1, 1, 2, 3)",
        "data(2, 0x8000, 1 << 16)",
        "data(4, -0x80000000, 0xffffffff)",
        "data(1)",
        "data()",
    ),
    *("data(x, 1)", "data(1, x)", "data(1, 2, 'a')", "data(1, True)", "data(1.0, 1)", "data(1, *x)"),
    *("data(1, (1, 2))", "data(0x3fffffffff, 1)", "align(0x7fffffffff)"),
    *("label()", "label(a, b)", "label(1)", "label('a')", "label(here)", "label(*a)", "label(x=1)"),
]
"""Uses of ``align``, ``data`` and ``label``."""

HEADS = [
    *(
        "r0",
        "r0, r1",
        "r0, r1, r2, r3",
        "r0, r1, r2, r3,",
        "r0, r1, r2, r3, r4",
        "r1",
        "r0, r0",
        "r0, r2",
        "a",
    ),
    *("r0=1", "r0: int", "*r0", "**r0", "*, r0", "r0, *", "r0, *r1", "self", "r0, sp", "R0", "r00"),
    *("r0, r1, r2, r3, *r4", "a, b, c, d, e", "r0, r1=1", "r0,\n  x"),
]

RESULTS = [
    *("int", "uint", "bool", "object", "float", "None", "1", "a.b", "'int'", "ptr", "(int)", "[int]"),
]

LINES = [
    *(
        "pass",
        "'doc'",
        "1",
        "...",
        "x",
        "x = 1",
        "a.nop()",
        "nop()()",
        "return",
        "if r0: nop()",
        "nop",
        "nop(,)",
    ),
    *(
        "nop[1]",
        "await nop()",
        "del x",
        "nop() + 1",
        "(nop)()",
        "(nop())",
        "nop(),",
        "-nop()",
        "True",
        "None",
    ),
    *("mov(r0,\n\n 300)", "mov(\\\n r0, 300)", "mov \\\n (r0, 300)", "label \\\n (1)", "data \\\n (1, \n x)"),
    *("mov(r0, 1,)", "mov(r0,\n r1\n ,)", "b'a'", "'a long doc string, a constant'", "1.5"),
    *("push({(1)})", "push({(1),})", "push({(r0)})", "push({(x)})", "push({(r0),})"),
]

BODIES = [
    # what follows the colon; a line with semicolons is no instruction
    *(" mov(r0, 1)", " pass", " 'x'", " x", " nop(); nop()", " nop();", " 1; nop()", "\n  nop();"),
    *("\n  'x'; nop()", "\n  nop()\n  1; 2", "\n  nop();1\n  nop()", "\n  nop()\n  nop(\n ); nop()"),
    *("\n  mov(x, y)\n  nop(); nop()", "\n  nop(); x\n  x", "\n  x\n  nop();", "\n  label(1)\n  nop();"),
    *("\n  if x:\n    nop(); nop()", "\n  nop()\n\n# c;\n  pass; nop()"),
]

BODIES_AFTER_BAD_RESULTS = [
    # where mpy-cross stops after a wrong annotation
    *("  pass", "  pass\n  nop()", "  pass\n  x", "  pass\n\n  label(1)", "  pass\n\n  label(a)"),
    *("\n\n  nop \\\n ()", "  nop(); nop()", "  x\n  nop()", "  mov(x, 2)", "  pass\n  data(1, x)"),
]

PROGRAMS = [
    "@micropython.asm_thumb()\ndef f(r0):\n    nop()\n",
    "@micropython.asm_thumb(1)\ndef f(r0):\n    nop()\n",
    "@micropython.asm_rv32\ndef f(r0):\n    nop()\n",
    "@micropython.asm_xtensa\ndef f(r0):\n    nop()\n",
    "@a\n@micropython.asm_thumb\n@b.c(1)\ndef f(r0):\n    nop()\n",
    "@micropython.asm_thumb\nclass A:\n    nop()\n",
    "@micropython.asm_thumb\nasync def f(r0):\n    nop()\n",
    "@micropython.asm_thumb\nasync def f(x):\n    nop()\n",
    # where functions stand, and what is numbered
    "x = 12345678901234567890\nprint('a', 'a long string')\n" + function("mov(r0, 1)") + "f(1.5)\n",
    "class A:\n    @micropython.asm_thumb\n    def f(r0):\n        nop()\n",
    "class A:\n    @micropython.asm_thumb\n    def f(self):\n        nop()\n",
    "def g(x):\n    @micropython.asm_thumb\n    def f(r0, r1):\n        nop()\n    return f(x, x)\n",
    function("nop()", name="mov") + function("mov(r0, 1)", name="label") + "def r0(): return mov\n",
    "X = const(300)\n_Y = const(3)\n" + function("mov(r1, _Y)", "mov(r2, X // 2)"),
    "X = const(300)\n" + function("mov(r0, X)"),
    "L = const(1)\n" + function("label(L)"),
    "r1 = const(1)\n" + function("mov(r0, r1)"),
    # the first error in the order of the definitions
    function("mov(r0, 256)", name="f") + function("x = 1", name="g"),
    function("b(x)", name="f") + function("mov(r0, 256)", name="g"),
    "def g():\n  @micropython.asm_thumb\n  def h():\n    mov(r0, 256)\n" + function("mov(r1, 257)"),
    function("mov(r0, 256)") + "def g(a, a): pass\n",
    function("label(a)", "label(b)", name="f") + function("b(a)", name="g"),
    "while x:\n  if y: z\n" + function("b(a)"),
]


def shapes() -> Iterator[str]:
    """Whole programs."""
    yield from (function("nop()", head=head) for head in HEADS)
    yield from (f"{DECORATOR}def f(r0) -> {result}:\n    nop()\n" for result in RESULTS)
    yield from (function(line, head="r0") for line in LINES)
    yield from (f"{DECORATOR}def f(r0):{body}\n" for body in BODIES)
    for result in ("None", "a.b"):
        yield from (f"{DECORATOR}def f() -> {result}:\n{body}\n" for body in BODIES_AFTER_BAD_RESULTS)
    yield from PROGRAMS
