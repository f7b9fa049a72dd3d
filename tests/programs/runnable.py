"""Random programs that run to their end: functions, called with several values, that print what they do.

Most values have the kind that an operator wants, so that functions get far; some have not, so that they meet
slow cases and exceptions, which the calls catch. Loops are bounded; a budget of calls ends what is left.

Programs ``like_python`` stay in what MicroPython and Python define alike. What they leave out: identity of
numbers; of bytes ``in``, comparison, slices with steps, products, deletion, and items that do not fit; the
order of dictionaries; digits of floats; bool as a subclass of int; indices that fill no word; an object's
comparison asked for by another operand; and where the types of what is raised differ, what raises it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from tests.programs.chooser import Chooser, from_seed

Lines = list[str]

PRELUDE = """\
left = 300
def tick():
    global left
    left -= 1
    if left < 0:
        raise RuntimeError("budget")
def clip(x):
    if isinstance(x, int):
        return x if -0x100000000000000000 < x < 0x100000000000000000 else x % 0x3FFFFFFFFFFFFFFF
    if isinstance(x, (str, list, tuple, bytes)):
        return x[:12]
    return x
class Box:
    def __init__(self, a=1, b=2):
        self.a = a
        self.b = b
    def __repr__(self):
        return "Box"
    def get(self, x=0):
        return self.a
    def put(self, x):
        self.b, x = x, self.b
        return x
    def __enter__(self):
        print("enter")
        return self.a
    def __exit__(self, kind, value, trace):
        print("exit", kind and kind.__name__)
        return self.b == 2
    def __iter__(self):
        return iter((1, 2, 3))
    def __add__(self, other):
        return other
    def __lt__(self, other):
        return True
    def __getitem__(self, i):
        return i
    def __setitem__(self, i, x):
        self.a = 5
    def __bool__(self):
        return self.a == 1
table = {"a": 1, "b": 2, 3: 4}
def show(f, *args):
    global left
    left = 300
    try:
        print(f(*args))
    except Exception as e:
        print("!", type(e).__name__)
def drive(g, *args):
    global left
    left = 300
    try:
        it = g(*args)
        print(next(it))
        print(it.send(5))
        print(it.throw(ValueError("t")))
        for i in it:
            print(i)
    except StopIteration as e:
        print("stop", e.value)
    except Exception as e:
        print("!", type(e).__name__)
    try:
        it = g(*args)
        next(it)
        it.close()
        print("closed", list(it))
    except BaseException as e:
        print("!", type(e).__name__)
"""
"""A module of its own, ``prelude``, so that it is compiled only once for many programs."""

_SHOWN = """\
import builtins
def shown(x):
    if isinstance(x, float):
        return "float", int(x * 64) if -1e9 < x < 1e9 else x > 0
    if isinstance(x, bool):
        return int(x)
    if isinstance(x, dict):
        return "dict", sorted(repr(shown(i)) for i in x.items())
    if isinstance(x, (list, tuple)):
        return type(x)([shown(i) for i in x])
    return x
def print(*args):
    builtins.print(*[shown(x) for x in args])
"""

_LESS = """\
    def __lt__(self, other):
        return True
"""
PYTHON_PRELUDE = _SHOWN + PRELUDE.replace(_LESS, "")
"""The same for programs ``like_python``: printing says less of some objects, and boxes have no order."""

HEAD = """\
from prelude import Box, clip, drive, show, table, tick
glob = 7
digits = (3, 1, 4, 1, 5)
rows = ((1, 2, 3), (4, -5), (), (6, (7, 8), 9))
"""
"""What every program begins with."""

_INTS = (
    "0", "1", "2", "3", "(-1)", "(-2)", "5", "7", "10", "255", "256", "65535", "0x3FFFFFFF", "0x40000000",
    "(-0x40000000)", "(-0x40000001)", "0x3FFFFFFFFFFFFFFF", "0x4000000000000000", "(-0x4000000000000000)",
    "0x7FFFFFFFFFFFFFFF", "True", "False",
)  # fmt: skip

_LITERALS: dict[str, tuple[str, ...]] = {
    "int": _INTS,
    "list": (
        "[1, 2, 3]",
        "[4, 5, 6, 7]",
        "[0, -1]",
        "bytearray(4)",
        "(1, 2)",
        "(3, 4, 5)",
        "[]",
        "b'xyz'",
        "digits",
        "digits",
        "rows[1]",
        "rows[glob & 3]",
    ),
    "str": ("''", "'abc'", "'k'", "'hello'"),
    "dict": ("{1: 2}", "{'a': 3}", "table", "{0: 0, 1: 1, 2: 4}"),
    "box": ("Box()", "Box(0, 3)", "Box(2, 2)"),
    "any": ("None", "1.5", "(-0.25)", "(1, (2, 3))", "range(4)", "...", "0.5"),
}

_KINDS = (*("int",) * 9, "list", "list", "str", "dict", "box", "any")
_COMPARE = ("<", ">", "==", "!=", "<=", ">=", "<", "==", "is", "is not")

PYTHON_HEAD = HEAD.replace("clip,", "clip, print,")

_BYTES = ("bytearray(4)", "bytearray(b'ab')", "b'xyz'", "b'12345'")
_PYTHON_LITERALS: dict[str, tuple[str, ...]] = {
    **_LITERALS,
    "list": tuple(text for text in _LITERALS["list"] if "b" not in text),
    "bytes": _BYTES,
}
_PYTHON_KINDS = (*_KINDS, "bytes")
_PYTHON_STRAY = ("int", "int", "list", "str", "box", "any")
_PYTHON_COMPARE = _COMPARE[:-2]
_ERRORS = ("ValueError", "KeyError", "TypeError", "IndexError", "Exception", "ZeroDivisionError", "OSError")

_FUNCTIONS = (1, 1, 1, 1, 1, 2, 2, 4)
"""How many functions programs have: most are small, so that many can be tried; a few are large."""
_BUDGETS = (4, 8, 8, 15, 15, 30, 90)
"""How many expressions a function has, about."""


@dataclass(slots=True)
class Place:
    """Where a statement stands. ``names`` are locals that have a value, and its likely kind; ``maybe`` are
    such that may have none.
    """

    names: dict[str, str]
    maybe: list[str] = field(default_factory=list)
    loops: int = 0
    in_handler: bool = False
    is_generator: bool = False


@dataclass(frozen=True, slots=True)
class Signature:
    name: str
    kinds: tuple[str, ...]
    """The kinds of the parameters that an argument must be given for."""


class Generator:
    """Makes one program. ``beyond_peer``: also what mpy-cross's native code cannot do, which is to notice
    unbound locals and to raise again. ``like_python``: only what Python does in the same way. ``stray`` are
    the kinds that a value may have in the place of another.
    """

    def __init__(self, choose: Chooser, beyond_peer: bool, like_python: bool = False) -> None:
        self.choose = choose
        self.beyond_peer = beyond_peer
        self.like_python = like_python
        self.literals = _PYTHON_LITERALS if like_python else _LITERALS
        self.kinds = _PYTHON_KINDS if like_python else _KINDS
        self.stray = _PYTHON_STRAY if like_python else _KINDS
        self.compare = _PYTHON_COMPARE if like_python else _COMPARE
        self.functions: list[Signature] = []
        self.generators: list[Signature] = []
        self.serial = 0
        self.budget = 0

    # --- expressions ----------------------------------------------------------------------------------------

    def name(self, place: Place, kind: str) -> str | None:
        """A local of a kind, if there is one."""
        if self.beyond_peer and place.maybe and self.choose.one_in(25):
            return self.choose.pick(place.maybe)
        found = [name for name, has in place.names.items() if has == kind]
        return self.choose.pick(found) if found else None

    def leaf(self, place: Place, kind: str) -> str:
        if kind == "int" and self.choose.one_in(8):
            return "glob"
        found = self.name(place, kind) if self.choose.integer(0, 3) else None
        return found or self.choose.pick(self.literals[kind])

    def value(self, place: Place, kind: str = "int", depth: int = 3) -> str:
        """An expression of a kind, seldom of another."""
        self.budget -= 1
        if self.choose.one_in(25):
            kind = self.choose.pick(self.stray)
        if depth <= 0 or self.budget <= 0 or self.choose.integer(0, 9) < 3:
            return self.leaf(place, kind)
        return self.choose.weighted(_EXPRESSIONS[kind])(self, place, depth - 1)

    def index(self, place: Place) -> str:
        a = self.leaf(place, "int")
        last = f"({a} & 7)" if self.like_python else a
        return self.choose.pick(("0", "1", "-1", f"({a} & 1)", f"({a} % 3)", last))

    def condition(self, place: Place, depth: int = 2) -> str:
        match self.choose.integer(0, 5):
            case 0:
                return self.value(place, self.choose.pick(self.kinds), depth)
            case 1:
                return f"not {self.condition(place, depth - 1)}"
            case 2:
                a, b = self.value(place, "int", depth), self.value(place, "list", depth)
                return f"{a} {self.choose.pick(('in', 'not in'))} {b}"
        return _compare(self, place, depth)

    def iterable(self, place: Place) -> tuple[str, tuple[str, ...]]:
        """Something with few items, and the kinds of the targets."""
        a, b = self.leaf(place, "list"), self.leaf(place, "int")
        step = self.choose.pick(("-1", "-2", "2", "3"))
        found: list[tuple[str, tuple[str, ...]]] = [
            (f"range({self.choose.integer(0, 4)})", ("int",)),
            (f"range({b} & 3)", ("int",)),
            (f"range({self.choose.integer(0, 3)}, {b} & 7)", ("int",)),
            (f"range({self.choose.integer(0, 6)}, {self.choose.integer(-2, 6)}, {step})", ("int",)),
            (f"{a}[:4]", ("int",)),
            ("digits", ("int",)),
            ("rows", ("list",)),
            (f"({b}, {self.leaf(place, 'int')}, {self.leaf(place, 'int')})", ("int",)),
            (f"enumerate({a}[:3])", ("int", "int")),
            (f"zip({a}[:3], (7, 8, 9))", ("int", "int")),
            ("(table['a'], 5)" if self.like_python else "sorted(table.values())", ("int",)),
            (f"{self.leaf(place, 'str')}[:3]", ("str",)),
            (f"{self.leaf(place, 'box')}", ("int",)),
        ]
        if self.like_python:
            found += [(self.leaf(place, "bytes"), ("int",))] * 2
        return self.choose.pick(found)

    # --- statements -----------------------------------------------------------------------------------------

    def new_name(self) -> str:
        self.serial += 1
        return f"n{self.serial}"

    def block(self, place: Place, levels: int, count: int) -> Lines:
        """Statements, indented once."""
        lines: Lines = []
        for _ in range(count):
            if levels > 0 and self.budget > 0 and self.choose.integer(0, 2) == 0:
                made = self.choose.weighted(_COMPOUND)(self, place, levels)
            else:
                made = self.choose.weighted(_SIMPLE)(self, place)
            lines += ["    " + line for line in made]
        return lines

    def suite(self, place: Place, levels: int) -> Lines:
        """The block of a compound statement. What is first bound in it may be unbound behind it."""
        before = dict(place.names)
        lines = self.block(place, levels - 1, self.choose.pick((1, 1, 2, 2, 3)))
        new = [name for name, kind in place.names.items() if name not in before and kind != "bytes"]
        place.maybe += [name for name in new if name not in place.maybe]
        place.names.clear()
        place.names.update(before)
        return lines

    def function(self, name: str, around: Place | None = None) -> tuple[Lines, Signature]:
        """A function; ``around`` is the place of its definition if that is a function."""
        choose = self.choose
        count = choose.integer(0 if around else 1, 4)
        kinds = tuple(choose.pick(self.kinds) for _ in range(count))
        inside = Place({f"{'abcd'[i]}": kind for i, kind in enumerate(kinds)})
        inside.is_generator = around is None and choose.one_in(4)
        texts = list(inside.names)
        least = choose.integer(0, count) if choose.one_in(4) else count
        for i in range(least, count):
            texts[i] += f"={choose.pick(self.literals[kinds[i]])}"
        if choose.one_in(8):
            texts.append("*rest")
            inside.names["rest"] = "list"
            if choose.one_in(2):
                texts.append("key=3")
                inside.names["key"] = "int"
        lines = [f"def {name}({', '.join(texts)}):", "    tick()"]
        seen = [n for n in around.names if n not in inside.names and n != "glob"] if around else []
        if around and seen and choose.integer(0, 2):
            outer = choose.pick(seen)
            lines += [f"    nonlocal {outer}"] if choose.one_in(2) else []
            # Without nonlocal an assignment would make it a local that has no value yet.
            if lines[-1].endswith(outer):
                inside.names[outer] = around.names[outer]
            else:
                lines.append(f"    x = {outer}")
                inside.names["x"] = around.names[outer]
        elif choose.one_in(5):
            lines.append("    global glob")
            inside.names["glob"] = "int"
        if "int" not in inside.names.values():
            lines.append("    i = 1")
            inside.names["i"] = "int"
        lines += self.block(inside, 3 if around is None else 1, choose.pick((1, 1, 2, 2, 3, 5)))
        if inside.is_generator:
            lines.append(f"    yield {self.value(inside)}")
        lines.append(f"    return {self.value(inside)}")
        found = Signature(name, kinds[:least])
        if around is None:
            (self.generators if inside.is_generator else self.functions).append(found)
        return lines, found

    def arguments(self, place: Place | None, signature: Signature) -> list[str]:
        """Arguments of a call, seldom too many or too few."""
        kinds = [self.choose.pick(self.stray) if self.choose.one_in(20) else kind for kind in signature.kinds]
        if self.choose.one_in(30):
            kinds = [*kinds, "int"] if self.choose.integer(0, 1) else kinds[:-1]
        if place is None:
            return [self.choose.pick(self.literals[kind]) for kind in kinds]
        return [self.leaf(place, kind) for kind in kinds]

    def program(self) -> str:
        """Some functions and calls of each."""
        choose = self.choose
        lines: Lines = []
        for i in range(choose.pick(_FUNCTIONS)):
            self.budget = choose.pick(_BUDGETS)
            lines += self.function(f"f{i}")[0]
        for how, functions in (("show", self.functions), ("drive", self.generators)):
            for found in functions:
                for _ in range(3):
                    lines.append(f"{how}({', '.join([found.name, *self.arguments(None, found)])})")
                lines.append("print(glob)")
        return (PYTHON_HEAD if self.like_python else HEAD) + "\n".join(lines) + "\n"


# --- kinds of expressions -----------------------------------------------------------------------------------


def _binary(g: Generator, place: Place, depth: int) -> str:
    a, b = g.value(place, "int", depth), g.value(place, "int", depth)
    sign = g.choose.pick(("+", "-", "&", "|", "^", "//", "%", "*", "/", "+", "-"))
    if sign == "*":
        return f"clip(({a} | 0) * ({b} | 0))" if g.like_python else f"clip({a} * {b})"
    return f"({a} {sign} {b})"


def _integers(g: Generator, place: Place, depth: int) -> str:
    """Arithmetic that an emitter may do without calling the runtime."""
    a, b = g.leaf(place, "int"), g.leaf(place, "int")
    c = g.choose.pick(("1", "2", "7", "255", "(-1)", "0xFFFF", "0x3FFFFFFF", "(-0x40000000)"))
    sign, outer = g.choose.pick(("+", "-", "&", "|", "^", ">>", "//", "%")), g.choose.pick("&+-%|^")
    if sign == ">>":
        return f"(({a} >> {g.choose.integer(0, 70)}) {outer} {c})"
    return f"(({a} {sign} {b}) {outer} {c})"


def _small_product(g: Generator, place: Place, depth: int) -> str:
    a, b = g.leaf(place, "int"), g.leaf(place, "int")
    return g.choose.pick((f"(({a} & 255) * ({b} & 0xFFFF))", f"({a} % 1000 * 31)", f"({a} * 3 & 0xFFFFF)"))


def _shift(g: Generator, place: Place, depth: int) -> str:
    a, b = g.value(place, "int", depth), g.value(place, "int", depth)
    return g.choose.pick((f"clip({a} << ({b} & 31))", f"({a} >> ({b} & 63))", f"({a} << 3 & 0xFFFF)"))


def _unary(g: Generator, place: Place, depth: int) -> str:
    return f"({g.choose.pick(('-', '~', 'not ', '+'))}{g.value(place, 'int', depth)})"


def _compare(g: Generator, place: Place, depth: int) -> str:
    parts = [g.value(place, "int", depth)]
    for _ in range(g.choose.pick((1, 1, 1, 2))):
        parts += [g.choose.pick(g.compare), g.value(place, "int", depth)]
    return f"({' '.join(parts)})"


def _logic(g: Generator, place: Place, depth: int) -> str:
    a, b, c = (g.value(place, "int", depth) for _ in range(3))
    word, test = g.choose.pick(("and", "or")), g.condition(place, depth)
    return g.choose.pick((f"({a} {word} {b})", f"({a} if {test} else {c})", f"({a} {word} not {b} or {c})"))


def _item(g: Generator, place: Place, depth: int) -> str:
    i = g.index(place)
    if g.like_python and g.choose.one_in(3):
        return f"{g.leaf(place, 'bytes')}[{i}]"
    a = g.value(place, "list", depth)
    return g.choose.pick((f"{a}[{i}]", f"{a}[{i}]", "table['a']", f"{g.leaf(place, 'dict')}.get({i}, 9)"))


def _attribute(g: Generator, place: Place, depth: int) -> str:
    a, b = g.value(place, "box", depth), g.value(place, "int", depth)
    if a.isdigit():  # a stray one, with a point behind it another number
        a = f"({a})"
    return g.choose.pick((f"{a}.a", f"{a}.b", f"{a}.get()", f"{a}.get(x={b})", f"{a}.put({b})", f"{a}[{b}]"))


def _builtin(g: Generator, place: Place, depth: int) -> str:
    a, b = g.value(place, "int", depth), g.value(place, "list", depth)
    forms = (
        f"abs({a})",
        f"min({a}, 3)",
        f"isinstance({a}, int)",
        f"sum({b})",
        f"len({b})",
        f"max({a}, glob)",
    )
    # Python's bool is an int, and its max asks boxes whether they are less.
    return g.choose.pick((*forms[:1], *forms[3:5], f"isinstance({a}, Box)") if g.like_python else forms)


def _call(g: Generator, place: Place, depth: int) -> str:
    if not g.functions:
        return g.leaf(place, "int")
    found = g.choose.pick(g.functions)
    arguments = g.arguments(place, found)
    if arguments and g.choose.one_in(6):
        arguments[-1] = f"{'abcd'[min(len(arguments), 4) - 1]}={arguments[-1]}"
    elif g.choose.one_in(10):
        arguments = [f"*{g.leaf(place, 'list')}"]
    return f"{found.name}({', '.join(arguments)})"


def _lambda(g: Generator, place: Place, depth: int) -> str:
    inside = replace(place, names={**place.names, "z": "int"})
    return f"(lambda z: {g.value(inside, 'int', depth)})({g.value(place, 'int', depth)})"


def _list(g: Generator, place: Place, depth: int) -> str:
    a, b, c = g.value(place, "int", depth), g.value(place, "int", depth), g.value(place, "list", depth)
    i = g.index(place)
    turned, ordered = f"{c}[::-1]", f"sorted({c})"
    if g.like_python:
        turned, ordered = f"list({c})[::-1]", f"sorted([x for x in {c} if isinstance(x, int)])"
    return g.choose.pick(
        (f"[{a}, {b}]", f"[{a}, {b}, {a}]", f"({a}, {b})", f"clip([{a}] + {c})", f"{c}[{i}:]", f"{c}[:{i}]",
         turned, ordered, f"list({c})", f"clip({c} * 2)")
    )  # fmt: skip


def _comprehension(g: Generator, place: Place, depth: int) -> str:
    it, kinds = g.iterable(place)
    inside = replace(place, names={**place.names, "i": kinds[0]})
    target = "i" if len(kinds) == 1 else "i, j"
    a = g.value(inside, "int", depth)
    test = f" if {g.condition(inside, depth)}" if g.choose.one_in(3) else ""
    return g.choose.pick((f"[{a} for {target} in {it}{test}]", f"list({a} for {target} in {it}{test})"))


def _str(g: Generator, place: Place, depth: int) -> str:
    a, b, i = g.value(place, "str", depth), g.value(place, "int", depth), g.index(place)
    text = f"f'{{{b}}}-'"
    if g.like_python:  # before Python 3.12 quotes cannot be nested
        text = f"str({b})" if '"' in b or b[0] == "{" else f'f"{{{b}}}-"'
    forms = (f"clip({a} + 'x')", f"str({b})", f"{a}[{i}:]", text, f"'%d' % {b}", f"{a}.upper()")
    return g.choose.pick(forms)


def _dict(g: Generator, place: Place, depth: int) -> str:
    a, b = g.value(place, "int", depth), g.value(place, "int", depth)
    return g.choose.pick((f"{{0: {a}, 1: {b}}}", f"{{i: {a} for i in range(3)}}", f"dict(a={a})"))


def _box(g: Generator, place: Place, depth: int) -> str:
    return f"Box({g.value(place, 'int', depth)}, {g.value(place, 'int', depth)})"


def _any(g: Generator, place: Place, depth: int) -> str:
    a, b = g.value(place, "int", depth), g.leaf(place, "any")
    if g.like_python:  # large floats have other digits, and compare with integers otherwise
        a = f"({a} % 1000)"
    return g.choose.pick((f"({a} / 2)", f"({a} + 0.5)", f"({b} or {a})", f"({a}, {b})", f"({b},)"))


def _bytes(g: Generator, place: Place, depth: int) -> str:
    a, b, i = g.value(place, "int", depth), g.leaf(place, "bytes"), g.index(place)
    return g.choose.pick(
        (f"bytes([{a} & 255, {i} & 255])", f"bytearray({b})", f"clip({b} + b'q')", f"{b}[{i}:]")
    )


_Expression = Callable[[Generator, Place, int], str]

_EXPRESSIONS: dict[str, list[tuple[int, _Expression]]] = {
    "int": [
        (6, _binary), (8, _integers), (3, _small_product), (3, _shift), (2, _unary), (3, _compare),
        (4, _logic), (5, _item), (4, _attribute), (3, _builtin), (4, _call), (1, _lambda),
    ],
    "list": [(4, _list), (2, _comprehension)],
    "str": [(1, _str)],
    "dict": [(1, _dict)],
    "box": [(1, _box)],
    "any": [(1, _any)],
    "bytes": [(1, _bytes)],
}  # fmt: skip


# --- kinds of statements ------------------------------------------------------------------------------------


def _assign(g: Generator, place: Place) -> Lines:
    if g.choose.one_in(3):
        name, kind = g.new_name(), g.choose.pick(g.kinds)
    else:
        name, kind = g.choose.pick(sorted(place.names.items()))
    value = g.value(place, kind)
    place.names[name] = kind
    return [f"{name} = {value}"]


def _augmented(g: Generator, place: Place) -> Lines:
    name = g.choose.pick(
        [n for n, kind in sorted(place.names.items()) if kind == "int"] or sorted(place.names)
    )
    if g.choose.integer(0, 1):
        return [f"{name} = clip({name} + {g.value(place, 'int', 2)})"]
    sign = g.choose.pick(("+=", "-=", "&=", "|=", "^=", "//=", "%=", ">>="))
    return [f"{name} {sign} {g.choose.pick(_INTS[:12])}"]


def _unpack(g: Generator, place: Place) -> Lines:
    a, b = g.choose.pick(sorted(place.names)), g.new_name()
    x, y, c = g.value(place, "int", 2), g.value(place, "int", 2), g.leaf(place, "list")
    is_starred = g.choose.one_in(4)
    place.names[a], place.names[b] = "int", "list" if is_starred else "int"
    if is_starred:
        return [g.choose.pick((f"{a}, *{b} = {c}", f"*{b}, {a} = {c}"))]
    return [g.choose.pick((f"{a}, {b} = {x}, {y}", f"{a}, {b} = {c}[:2]", f"({a}, {b}) = ({y}, {x})"))]


_STORED = ("list", "dict", "box", "bytes")


def _store(g: Generator, place: Place) -> Lines:
    value, i, sign = g.value(place, "int", 2), g.index(place), g.choose.pick(("=", "=", "+=", "-=", "|="))
    found = [(name, kind) for name, kind in sorted(place.names.items()) if kind in _STORED]
    if not found:
        return [f"table[{i}] = {value}"]
    name, kind = g.choose.pick(found)
    if kind == "bytes":
        return [f"{name}[{i}] = {value} & 255"]
    return [
        f"{name}.{g.choose.pick('ab')} {sign} {value}" if kind == "box" else f"{name}[{i}] {sign} {value}"
    ]


def _print(g: Generator, place: Place) -> Lines:
    return [f"print({g.value(place, g.choose.pick(g.kinds), 2)}, {g.leaf(place, 'int')})"]


def _leave(g: Generator, place: Place) -> Lines:
    """return, break, continue or raise behind a condition."""
    words = [f"return {g.value(place, 'int', 2)}", f"raise {g.choose.pick(_ERRORS)}({g.leaf(place, 'int')})"]
    if place.loops:
        words += ["break", "continue", "break", "continue"]
    if g.beyond_peer:
        words += ["raise"] if place.in_handler else [f"raise {g.choose.pick(_ERRORS)}(1) from None"]
    return [f"if {g.condition(place)}:", "    " + g.choose.pick(words)]


def _yield(g: Generator, place: Place) -> Lines:
    if not place.is_generator:
        return _augmented(g, place)
    name, a, it = g.choose.pick(sorted(place.names)), g.value(place, "int", 2), g.iterable(place)[0]
    forms = (f"yield {a}", f"{name} = yield {a}", f"print((yield {a}))", f"{name} = yield from {it}")
    return [g.choose.pick(forms)]


def _delete(g: Generator, place: Place) -> Lines:
    own = [name for name in sorted(place.names) if name[0] == "n"]
    if not g.beyond_peer or not own:
        found = g.leaf(place, "list")
        return [f"del {f'list({found})' if g.like_python else found}[0]"]
    name = g.choose.pick(own)
    del place.names[name]
    place.maybe.append(name)
    return [f"del {name}"]


_SIMPLE: list[tuple[int, Callable[[Generator, Place], Lines]]] = [
    (9, _assign), (6, _augmented), (2, _unpack), (4, _store), (3, _print), (3, _leave), (3, _yield),
    (1, _delete),
]  # fmt: skip


def _if(g: Generator, place: Place, levels: int) -> Lines:
    lines = [f"if {g.condition(place)}:", *g.suite(place, levels)]
    if g.choose.one_in(3):
        lines += [f"elif {g.condition(place)}:", *g.suite(place, levels)]
    if g.choose.integer(0, 1):
        lines += ["else:", *g.suite(place, levels)]
    return lines


def _loop_block(g: Generator, place: Place, levels: int, bound: dict[str, str]) -> Lines:
    inside = replace(place, names={**place.names, **bound}, loops=place.loops + 1)
    lines = g.suite(inside, levels)
    place.maybe += [name for name in bound if name not in place.maybe]
    if g.choose.one_in(4):
        lines += ["else:", *g.suite(place, levels)]
    return lines


def _for(g: Generator, place: Place, levels: int) -> Lines:
    it, kinds = g.iterable(place)
    bound = {g.new_name(): kind for kind in kinds}
    return [f"for {', '.join(bound)} in {it}:", *_loop_block(g, place, levels, bound)]


def _while(g: Generator, place: Place, levels: int) -> Lines:
    name, limit = g.new_name(), g.choose.integer(1, 4)
    test = f" and {g.condition(place)}" if g.choose.integer(0, 1) else ""
    head = [f"{name} = 0", f"while {name} < {limit}{test}:", f"    {name} += 1"]
    return [*head, *_loop_block(g, place, levels, {})]


def _try(g: Generator, place: Place, levels: int) -> Lines:
    lines = ["try:", *g.suite(place, levels)]
    kind = g.choose.integer(0, 3)
    if kind < 3:
        handler = replace(place, in_handler=True)
        for _ in range(g.choose.pick((1, 1, 2))):
            error = g.choose.pick((*_ERRORS, "(TypeError, ValueError)", "Exception", "Exception"))
            if g.choose.integer(0, 1):
                name = g.new_name()
                lines += [f"except {error} as {name}:", f"    print('caught', type({name}).__name__)"]
            else:
                lines += [f"except {error}:"]
            lines += g.suite(handler, levels)
        if g.choose.one_in(4):
            lines += ["else:", *g.suite(place, levels)]
    if kind >= 2:
        lines += ["finally:", *g.suite(place, levels)]
    return lines


def _with(g: Generator, place: Place, levels: int) -> Lines:
    name = g.new_name()
    inside = replace(place, names={**place.names, name: "int"})
    place.maybe.append(name)
    manager = _box(g, place, 1) if g.like_python else g.leaf(place, "box")
    return [f"with {manager} as {name}:", *g.suite(inside, levels)]


def _inner(g: Generator, place: Place, levels: int) -> Lines:
    """A closure that is called at once, twice."""
    g.serial += 1
    lines, found = g.function(f"g{g.serial}", place)
    calls = (f"print({found.name}({', '.join(g.arguments(place, found))}))" for _ in range(2))
    return [*lines, *calls]


_COMPOUND: list[tuple[int, Callable[[Generator, Place, int], Lines]]] = [
    (6, _if), (5, _for), (3, _while), (5, _try), (2, _with), (2, _inner),
]  # fmt: skip


def program_of_seed(seed: int, beyond_peer: bool, like_python: bool = False) -> str:
    """The program that a number stands for."""
    return Generator(from_seed(seed), beyond_peer, like_python).program()
