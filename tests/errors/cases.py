"""Rejected programs: the code each must get and the characters that must be marked.

The marked characters stand between ``«`` and ``»``. The words, line and scope that mpy-cross uses are not
written down here: mpy-cross itself is asked.
"""

from __future__ import annotations

from dataclasses import dataclass

from mpytool.diagnostics import Location


@dataclass(frozen=True, slots=True)
class Case:
    code: str
    marked: str
    flags: str = ""

    @property
    def source(self) -> str:
        return self.marked.replace("«", "").replace("»", "")

    def offsets_of(self, place: Location) -> tuple[int, int]:
        """The character offsets of a place in the source."""
        starts = [0]
        for line in self.source.split("\n"):
            starts.append(starts[-1] + len(line) + 1)
        return starts[place.line - 1] + place.column - 1, starts[place.end_line - 1] + place.end_column - 1

    @property
    def span(self) -> tuple[int, int]:
        start = self.marked.index("«")
        return start, self.marked.index("»") - 1


LOWERING: tuple[Case, ...] = (
    Case("E0201", "«1» = x"),
    Case("E0201", "def f():\n    «1» = x"),
    Case("E0201", "def f():\n    y = 2\n    «1» = x"),
    # Errors for which mpy-cross has no line take the one of what comes next
    Case("E0201", "for «1» in x:\n    a\n    b"),
    Case("E0201", "x = 1\nwith a as «1»:\n    [\n    a + b, c]"),
    Case("E0211", "def f(a, «a»):\n    x\n    y"),
    Case("E0219", "x(f(a=1, «2»), [\n    (b + c), d])"),
    Case("E0212", "def f(a=1, «b», c=[\n    x.y, z]): pass"),
    Case("E0201", "«f()» = x"),
    Case("E0201", "x = y\n«f(\n a)» = x"),
    Case("E0201", "«()» = x"),
    Case("E0201", "«a + b» = x"),
    Case("E0201", "«a, b» += x"),
    Case("E0201", "«[a]» += x"),
    Case("E0201", "«a.b()» += x"),
    Case("E0201", "«*a» = x"),
    Case("E0201", "for «1» in x: pass"),
    Case("E0201", "with x as «f()»: pass"),
    Case("E0201", "a = [None for «1» in y]"),
    Case("E0201", "«[x for x in y]» = z"),
    Case("E0201", "«(x for x in y)» = z"),
    Case("E0201", "X = const(1)\n«X» = 2"),
    Case("E0201", "if («1» := 2): pass"),
    Case("E0201", "f(«1» := 2)"),
    Case("E0201", "x = «lambda: 1» = y"),
    Case("E0201", "«await x» = y"),
    Case("E0201", "try:\n pass\nfinally:\n «None» = 1"),
    Case("E0201", "a, «1» = x"),
    Case("E0202", "del «1»"),
    Case("E0202", "del «f()»"),
    Case("E0202", "del «()»"),
    Case("E0202", "del a, «[b]»"),
    Case("E0202", "del («(x for x in y)»)"),
    Case("E0202", "del «(x for x in y)»"),
    Case("E0202", "del (a, «b + c»)"),
    Case("E0203", "*a, «*b» = x"),
    Case("E0203", "[*a, [*c], «*b»] = x"),
    Case("E0204", "x = «*a», b"),
    Case("E0204", "x = [«*a»]"),
    Case("E0204", "x = («*a», b)"),
    Case("E0205", "«return»"),
    Case("E0205", "class A:\n    x = 1\n    «return 1»"),
    Case("E0206", "«yield»"),
    Case("E0206", "x = [(«yield y») for y in z]"),
    Case("E0206", "class A:\n    «yield from x»"),
    Case("E0207", "«await x»"),
    Case("E0207", "x = [«await y» for y in z]"),
    Case("E0208", "«break»"),
    Case("E0208", "while x:\n    def f():\n        «continue»"),
    Case("E0208", "for x in y: pass\nelse: «break»"),
    Case("E0209", "def f():\n    «from x import *»"),
    Case("E0209", "class A:\n    «from x import *»"),
    Case("E0210", "try:\n    pass\n«except:»\n    pass\nexcept X:\n    pass"),
    Case("E0211", "def f(a, «a»): pass"),
    Case("E0211", "def f(a,\n      «a=1»): pass"),
    Case("E0211", "def f(a, «*a»): pass"),
    Case("E0211", "lambda a, «**a»: 1"),
    Case("E0212", "def f(a=1, «b»): pass"),
    Case("E0212", "x = 1\ndef f(a=1,\n      «b: int»): pass"),
    Case("E0212", "lambda a=1, «b»: 1"),
    Case("E0213", "def f(**a, «b»): pass"),
    Case("E0213", "def f(**a,\n «*b»): pass"),
    Case("E0214", "def f(*a, «*b»): pass"),
    Case("E0214", "lambda *, «*»: 1"),
    Case("E0215", "def f():\n    x = 1\n    «global x»"),
    Case("E0215", "def f(x):\n    «global y, x»"),
    Case("E0216", "def f():\n    x = 1\n    def g():\n        x = 1\n        «nonlocal x»"),
    Case("E0217", "def f():\n    «nonlocal x»"),
    Case("E0217", "class A:\n    x = 1\n    def f(self): «nonlocal x»"),
    Case("E0217", "class A:\n    [(«y» := x) for x in z]"),
    Case("E0218", "«nonlocal x»"),
    Case("E0219", "f(a=1, «2»)"),
    Case("E0219", "f(a=1,\n  «x.y»)"),
    Case("E0219", "class A(b=1, «C»): pass"),
    Case("E0220", "f(**a, «b»)"),
    Case("E0221", "f(**a, «*b»)"),
    Case("E0222", "f(a=1, «*b»)"),
    Case("E0223", "f(" + "a, " * 30 + "«*b»)"),
    Case("E0224", "f(«a.b=1»)"),
    Case("E0224", "X = const(1)\nf(\n  «X=1»)"),
    Case("E0225", "{a: b, «c»}"),
    Case("E0226", "{a, «b: c»}"),
    Case("E0226", "{(a), b,\n «b: c»}"),
    Case("E0227", "def f():\n    super«()»"),
    Case("E0228", "async «for x in y: pass»"),
    Case("E0228", "async «for x in y:»\n    pass"),
    Case("E0228", "def f():\n    async «with x: pass»"),
    Case("E0229", "«@micropython.foo»\ndef f(): pass"),
    Case("E0229", "x = 1\n@a\n«@micropython»\ndef f(): pass"),
    Case("E0229", "«@micropython.native.x»\ndef f(): pass"),
    Case("E0230", "«@micropython.native»\ndef f(): pass"),
    Case("E0230", "def g():\n «@micropython.viper»\n def f(): pass"),
    Case("E0230", "«@micropython.asm_thumb»\ndef f(): pass"),
    Case("E0230", "«@micropython.asm_thumb»\ndef f(): pass", "-march=x64"),
    Case("E0231", "@micropython.asm_thumb\n«class A:»\n    pass", "-march=armv7m"),
    Case("E0232", "@micropython.asm_thumb\ndef f(r0):\n    add(r0, r0, 1)\n    «x = 1»", "-march=armv7m"),
    Case("E0233", "@micropython.asm_thumb\ndef f():\n    «label(1)»", "-march=armv7m"),
    Case("E0234", "@micropython.asm_thumb\ndef f():\n    «align(x)»", "-march=armv7m"),
    Case("E0235", "@micropython.asm_thumb\ndef f():\n    «data(1)»", "-march=armv7m"),
    Case("E0236", "x = 1\n@micropython.asm_thumb\ndef f() -> «a.b»:\n    pass", "-march=armv7m"),
    Case("E0237", "x = 1\n@micropython.asm_thumb\ndef f() -> «float»:\n    pass", "-march=armv7m"),
    Case("E0238", "x = 1\n@micropython.viper\ndef f(a: «float»):\n    pass", "-march=armv7m"),
    Case("E0238", "@micropython.viper\ndef f() -> «ptr64»:\n    pass", "-march=armv7m"),
    Case("E0401", "@micropython.native\n«def» f():\n    pass", "-march=xtensa"),
    Case("E0402", f"@micropython.native\ndef f(a):\n    a«(»*a{', 1' * 255})", "-march=x64"),
    Case("E0239", "@micropython.viper\ndef f(a: «x.y»):\n    pass", "-march=armv7m"),
)
