"""Random integer functions for the viper emitter, each line beside the same line for ``viper_model``.

Programs are valid and defined: shifts are below the word's size, divisors are not 0 or -1, indices are inside
of their buffers, loops end.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from tests.programs.chooser import Chooser, from_seed

SIZES = {"ptr8": 1, "ptr16": 2, "ptr32": 4}
BUFFER_BYTES = 32
LIST_ITEMS = 4

_SMALL_LIMIT = 1 << 30
"""Integers from here on are objects for a compiler that is told of 31-bit small ints."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a program; ``model`` has as many lines as ``viper``: one."""

    depth: int
    viper: str
    model: str


@dataclass(frozen=True, slots=True)
class Expr:
    """An expression; both texts can stand as operands."""

    viper: str
    model: str
    is_constant: bool = False


@dataclass(frozen=True, slots=True)
class Signature:
    name: str
    parameters: tuple[str, ...]
    returns: str


@dataclass(slots=True)
class Scope:
    """The names of one function by type; those that begin with k are counters, which only loops set.

    A pointer's value is its type and the number of its elements that are surely there.
    """

    returns: str
    values: dict[str, list[str]] = field(default_factory=lambda: {"int": [], "uint": [], "bool": []})
    pointers: dict[str, tuple[str, int]] = field(default_factory=dict)
    objects: list[str] = field(default_factory=list)
    counters: list[str] = field(default_factory=list)
    loop_depth: int = 0
    serial: int = 0


def text_of(lines: list[Line]) -> str:
    """The viper program."""
    return "\n".join("    " * line.depth + line.viper for line in lines) + "\n"


def model_of(lines: list[Line]) -> list[str]:
    """The lines of the program for ``viper_model.printed``."""
    return ["    " * line.depth + line.model for line in lines]


_EDGES = (
    0, 1, 2, 3, 5, 7, 8, 15, 31, 127, 128, 255, 256, 257, 0xFFF, 0x1000, 0xFF00, 32767, 32768, 65535, 65536,
    0xFFFFF, 0x12345678, _SMALL_LIMIT - 1,
)  # fmt: skip

_BIG = (
    _SMALL_LIMIT, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0xDEADBEEF, 1 << 32, 0x123456789ABCDEF, (1 << 63) - 1,
    1 << 63, (1 << 64) - 1,
)  # fmt: skip


_REPORT = (
    (0, "def report(*arguments):"),
    (1, "try:"),
    (2, "print(main(*arguments), g_int, lst, bytes(buf))"),
    (1, "except ValueError:"),
    (2, "print('an error', g_int, lst, bytes(buf))"),
)
"""The function that calls ``main``, by depth."""


class Generator:
    """Makes one program for words of some bits."""

    def __init__(self, choose: Chooser, word_bits: int) -> None:
        self.choose = choose
        self.word_bits = word_bits
        self.lines: list[Line] = []
        self.functions: list[Signature] = []
        self.budget = 0

    # --- expressions ----------------------------------------------------------------------------------------

    def constant(self, kind: str) -> Expr:
        value = self.choose.pick(_EDGES)
        if self.choose.one_in(4):
            value = self.choose.integer(0, self.choose.pick((40, 300, 70000, _SMALL_LIMIT - 1)))
        if self.choose.one_in(8):
            big = self.choose.pick(_BIG)
            return Expr(f"{kind}({big})", f"{kind[0].replace('i', 's')}({big})")
        if kind == "uint":
            return Expr(f"uint({value})", f"u({value})")
        if self.choose.one_in(3):
            return Expr(f"(-{value})", f"(-{value})", True)
        return Expr(str(value), str(value), True)

    def leaf(self, scope: Scope, kind: str) -> Expr:
        names = scope.values[kind]
        if names and self.choose.integer(0, 3):
            name = self.choose.pick(names)
            return Expr(name, name)
        if kind == "bool":
            value = self.choose.pick(("False", "True"))
            return Expr(value, value, True)
        return self.constant(kind)

    def number(self, scope: Scope, kind: str, depth: int) -> Expr:
        """An expression of type int or uint."""
        self.budget -= 1
        if depth <= 0 or self.budget <= 0 or self.choose.integer(0, 9) < 2:
            return self.leaf(scope, kind)
        return self.choose.weighted(_NUMBERS)(self, scope, kind, depth - 1)

    def variable(self, scope: Scope, kind: str, depth: int) -> Expr:
        """As ``number``, but no constant, with which the compiler would compute at once."""
        found = self.number(scope, kind, depth)
        if not found.is_constant:
            return found
        return Expr(f"{kind}(g_int)", f"{_wrap(kind)}(g_int)")

    def condition(self, scope: Scope, depth: int) -> Expr:
        """What may stand behind ``if``."""
        match self.choose.integer(0, 9):
            case 0 if depth > 0:
                word = self.choose.pick(("and", "or"))
                a, b = self.condition(scope, depth - 1), self.condition(scope, depth - 1)
                return Expr(f"({a.viper} {word} {b.viper})", f"({a.model} {word} {b.model})")
            case 1 if depth > 0:
                a = self.condition(scope, depth - 1)
                return Expr(f"(not {a.viper})", f"(not {a.model})")
            case 2:
                return self.leaf(scope, "bool")
            case 3:
                return self.variable(scope, self.choose.pick(("int", "uint")), depth)
        return self.comparison(scope, depth)

    def comparison(self, scope: Scope, depth: int) -> Expr:
        kind = self.choose.pick(("int", "int", "uint"))
        a, b = self.variable(scope, kind, depth), self.number(scope, kind, depth)
        sign = self.choose.pick(("<", ">", "==", "!=", "<=", ">="))
        return Expr(f"({a.viper} {sign} {b.viper})", f"({a.model} {sign} {b.model})")

    def index(self, scope: Scope, count: int, depth: int) -> Expr:
        """A number from 0 to ``count`` - 1, where ``count`` is a power of two."""
        if self.choose.one_in(3):
            value = str(self.choose.integer(0, count - 1))
            return Expr(value, value, True)
        kind = self.choose.pick(("int", "int", "uint"))
        a = self.variable(scope, kind, depth)
        return Expr(f"({a.viper} & {count - 1})", f"({a.model} & {count - 1})")

    # --- statements -----------------------------------------------------------------------------------------

    def put(self, depth: int, viper: str, model: str | None = None) -> None:
        self.lines.append(Line(depth, viper, viper if model is None else model))

    def block(self, scope: Scope, depth: int, levels: int, count: int) -> None:
        before = len(self.lines)
        for _ in range(count):
            if levels > 0 and self.budget > 0 and self.choose.one_in(3):
                self.choose.weighted(_COMPOUND)(self, scope, depth, levels)
            else:
                self.choose.weighted(_SIMPLE)(self, scope, depth)
        if len(self.lines) == before:
            self.put(depth, "pass")

    def suite(self, scope: Scope, depth: int, levels: int) -> None:
        self.block(scope, depth + 1, levels - 1, self.choose.pick((1, 1, 2, 2, 3)))

    def function(self, name: str, is_main: bool) -> None:
        """One viper function, whose locals all have a value before they are used."""
        choose = self.choose
        kinds = ["int", "int", "uint", "ptr8", "ptr16", "ptr32", "object", "bool"]
        count = choose.integer(1, 4)
        parameters = tuple(choose.pick(kinds) for _ in range(count))
        if is_main and not any(kind in SIZES for kind in parameters):
            parameters = (*parameters[:3], choose.pick(tuple(SIZES)))
        returns = choose.pick(("int", "int", "uint", "bool", "None"))
        scope = Scope(returns)
        names = []
        for i, kind in enumerate(parameters):
            names.append(f"{'abcd'[i]}")
            if kind in SIZES:
                scope.pointers[names[-1]] = (kind, BUFFER_BYTES // 2 // SIZES[kind])
            elif kind == "object":
                scope.objects.append(names[-1])
            else:
                scope.values[kind].append(names[-1])
        arrow = "" if returns == "None" else f" -> {returns}"
        typed = ", ".join(f"{n}: {k}" for n, k in zip(names, parameters, strict=True))
        types = "".join(f', "{kind}"' for kind in parameters)
        self.put(0, "@micropython.viper", f'@viper("{returns}"{types})')
        self.put(0, f"def {name}({typed}){arrow}:", f"def {name}({', '.join(names)}):")
        self.put(1, "global g_int")
        for kind, some in (("int", choose.integer(1, 5)), ("uint", choose.integer(0, 3))):
            for i in range(some):
                value = self.number(scope, kind, 1)
                scope.values[kind].append(f"{kind[0]}{i}")
                self.put(1, f"{kind[0]}{i} = {value.viper}", f"{kind[0]}{i} = {value.model}")
        if choose.one_in(3):
            value = self.comparison(scope, 1)
            scope.values["bool"].append("t0")
            self.put(1, f"t0 = {value.viper}", f"t0 = {value.model}")
        counters = len(self.lines)
        self.block(scope, 1, 3, choose.integer(2, 7))
        # A counter may be read where its loop was not reached.
        self.lines[counters:counters] = [Line(1, f"{name} = 0", f"{name} = 0") for name in scope.counters]
        self.leave(scope, 1)
        self.functions.append(Signature(name, parameters, returns))

    def leave(self, scope: Scope, depth: int) -> None:
        if scope.returns == "None":
            self.put(depth, "return")
            return
        value = self.comparison(scope, 2) if scope.returns == "bool" else self.number(scope, scope.returns, 2)
        self.put(depth, f"return {value.viper}", f"return {value.model}")

    def program(self) -> list[Line]:
        """Some functions, of which the later ones call the earlier, and calls with odd arguments."""
        choose = self.choose
        self.put(0, "import micropython", "micropython = None")
        self.put(0, f"g_int = {choose.integer(0, 1000)}")
        for i in range(choose.integer(0, 2)):
            self.budget = choose.pick((10, 25, 50))
            self.function(f"f{i}", is_main=False)
        self.budget = choose.pick((20, 50, 100))
        self.function("main", is_main=True)
        first = choose.integer(0, 255)
        self.put(0, f"buf = bytearray((i * 37 + {first}) & 255 for i in range({BUFFER_BYTES}))")
        for depth, text in _REPORT:
            self.put(depth, text)
        self.put(0, f"lst = [{', '.join(str(self.argument('int')) for _ in range(LIST_ITEMS))}]")
        for _ in range(3):
            arguments = ", ".join(str(self.argument(kind)) for kind in self.functions[-1].parameters)
            self.put(0, f"report({arguments})")
        return self.lines

    def argument(self, kind: str) -> str:
        if kind in SIZES:
            return "buf"
        if kind == "object":
            return "lst"
        if kind == "bool":
            return self.choose.pick(("False", "True", "7", "0"))
        value = self.choose.pick((*_EDGES, *_BIG, (1 << self.word_bits - 1) - 1))
        return str(-value if self.choose.one_in(3) else value)


def _wrap(kind: str) -> str:
    return "s" if kind == "int" else "u"


def _arithmetic(g: Generator, scope: Scope, kind: str, depth: int) -> Expr:
    a = g.variable(scope, kind, depth)
    b = g.number(scope, g.choose.pick((kind, kind, "int")), depth)
    if g.choose.one_in(5) and kind == "int":
        a, b = b if b.is_constant else a, a
    sign = g.choose.pick(("+", "-", "*", "&", "|", "^", "+", "-"))
    return Expr(f"({a.viper} {sign} {b.viper})", f"{_wrap(kind)}({a.model} {sign} {b.model})")


def _shift(g: Generator, scope: Scope, kind: str, depth: int) -> Expr:
    a = g.variable(scope, kind, depth)
    sign = g.choose.pick(("<<", ">>"))
    if g.choose.integer(0, 1):
        amount = str(g.choose.integer(0, g.word_bits - 1))
        return Expr(f"({a.viper} {sign} {amount})", f"{_wrap(kind)}({a.model} {sign} shift({amount}))")
    b = g.variable(scope, "int", depth)
    mask = g.choose.pick((7, 15, 31, g.word_bits - 1))
    return Expr(
        f"({a.viper} {sign} ({b.viper} & {mask}))",
        f"{_wrap(kind)}({a.model} {sign} shift({b.model} & {mask}))",
    )


def _divide(g: Generator, scope: Scope, kind: str, depth: int) -> Expr:
    a = g.variable(scope, "int", depth)
    sign, name = g.choose.pick((("//", "div"), ("%", "mod")))
    match g.choose.integer(0, 3):
        case 0:
            b = g.variable(scope, "int", depth)
            divisor = Expr(f"(({b.viper} & 15) + 1)", f"(({b.model} & 15) + 1)")
        case 1:
            b = g.variable(scope, "int", depth)
            divisor = Expr(f"(({b.viper} & 255) - 257)", f"(({b.model} & 255) - 257)")
        case _:
            value = g.choose.pick((1, 2, 3, 4, 5, 7, 8, 10, 16, 100, 255, 256, 1000, 65536, -2, -3, -8, -10))
            divisor = Expr(f"({value})", f"({value})")
    made = Expr(f"({a.viper} {sign} {divisor.viper})", f"{name}({a.model}, {divisor.model})")
    return made if kind == "int" else Expr(f"uint({made.viper})", f"u({made.model})")


def _unary(g: Generator, scope: Scope, kind: str, depth: int) -> Expr:
    a = g.variable(scope, kind, depth)
    sign = g.choose.pick(("-", "~", "+"))
    return Expr(f"({sign}{a.viper})", f"{_wrap(kind)}({sign}{a.model})")


def _cast(g: Generator, scope: Scope, kind: str, depth: int) -> Expr:
    other = "uint" if kind == "int" else "int"
    a = g.variable(scope, other, depth)
    return Expr(f"{kind}({a.viper})", f"{_wrap(kind)}({a.model})")


def _load(g: Generator, scope: Scope, kind: str, depth: int) -> Expr:
    if not scope.pointers:
        return g.leaf(scope, kind)
    name = g.choose.pick(sorted(scope.pointers))
    pointer, count = scope.pointers[name]
    i = g.index(scope, count, depth)
    made = Expr(f"{name}[{i.viper}]", f"load({SIZES[pointer]}, {name}, {i.model})")
    return made if kind == "int" else Expr(f"uint({made.viper})", f"u({made.model})")


def _object(g: Generator, scope: Scope, kind: str, depth: int) -> Expr:
    """Something that is an object until it is cast: a global, an item of a list, the result of a builtin."""
    wrap = _wrap(kind)
    if scope.objects and g.choose.integer(0, 1):
        name, i = g.choose.pick(scope.objects), g.index(scope, LIST_ITEMS, depth)
        return Expr(f"{kind}({name}[{i.viper}])", f"{wrap}({name}[{i.model}])")
    match g.choose.integer(0, 2):
        case 0:
            return Expr(f"{kind}(g_int)", f"{wrap}(g_int)")
        case 1:
            a = g.number(scope, kind, depth)
            return Expr(f"{kind}(abs({a.viper}))", f"{wrap}(abs({a.model}))")
    a, b = g.number(scope, "int", depth), g.number(scope, "uint", depth)
    word = g.choose.pick(("min", "max"))
    return Expr(f"{kind}({word}({a.viper}, {b.viper}))", f"{wrap}({word}({a.model}, {b.model}))")


def _call(g: Generator, scope: Scope, kind: str, depth: int) -> Expr:
    """A call of an earlier function, whose result is an object."""
    found = [f for f in g.functions if f.returns == kind and _can_call(f, scope)]
    if not found or scope.loop_depth > 1:
        return g.leaf(scope, kind)
    function = g.choose.pick(found)
    arguments = [_argument(g, scope, k, depth) for k in function.parameters]
    viper, model = ", ".join(a.viper for a in arguments), ", ".join(a.model for a in arguments)
    return Expr(f"{kind}({function.name}({viper}))", f"{_wrap(kind)}({function.name}({model}))")


def _can_call(function: Signature, scope: Scope) -> bool:
    kinds = set(function.parameters)
    whole = any(_is_whole(*pointer) for pointer in scope.pointers.values())
    return (whole or not kinds & set(SIZES)) and ("object" not in kinds or bool(scope.objects))


def _is_whole(kind: str, count: int) -> bool:
    """Whether a pointer is to half of a buffer at least, as a function may rely on."""
    return count * SIZES[kind] >= BUFFER_BYTES // 2


def _argument(g: Generator, scope: Scope, kind: str, depth: int) -> Expr:
    if kind in SIZES:
        name = g.choose.pick([n for n, p in sorted(scope.pointers.items()) if _is_whole(*p)])
    elif kind == "object":
        name = g.choose.pick(scope.objects)
    elif kind == "bool":
        return g.leaf(scope, "bool")
    else:
        return g.number(scope, kind, depth)
    return Expr(name, name)


def _ternary(g: Generator, scope: Scope, kind: str, depth: int) -> Expr:
    a, b = g.number(scope, kind, depth), g.number(scope, kind, depth)
    c = g.condition(scope, depth)
    return Expr(f"({a.viper} if {c.viper} else {b.viper})", f"({a.model} if {c.model} else {b.model})")


_NUMBERS: list[tuple[int, Callable[[Generator, Scope, str, int], Expr]]] = [
    (12, _arithmetic),
    (5, _shift),
    (4, _divide),
    (3, _unary),
    (3, _cast),
    (5, _load),
    (2, _object),
    (2, _call),
    (2, _ternary),
]


# --- statements ---------------------------------------------------------------------------------------------


def _settable(scope: Scope, kind: str) -> list[str]:
    return [name for name in scope.values[kind] if name[0] != "k"]


def _assign(g: Generator, scope: Scope, depth: int) -> None:
    kind = g.choose.pick([k for k in ("int", "int", "uint", "bool") if _settable(scope, k)])
    name = g.choose.pick(_settable(scope, kind))
    value = g.comparison(scope, 2) if kind == "bool" else g.number(scope, kind, 4)
    g.put(depth, f"{name} = {value.viper}", f"{name} = {value.model}")


def _augmented(g: Generator, scope: Scope, depth: int) -> None:
    kind = g.choose.pick([k for k in ("int", "uint") if _settable(scope, k)] or ["int"])
    names = _settable(scope, kind)
    if not names:
        return
    name, wrap = g.choose.pick(names), _wrap(kind)
    match g.choose.integer(0, 5):
        case 0:
            sign, amount = g.choose.pick(("<<", ">>")), g.choose.integer(0, g.word_bits - 1)
            g.put(depth, f"{name} {sign}= {amount}", f"{name} = {wrap}({name} {sign} {amount})")
        case 1 if kind == "int":
            sign, word = g.choose.pick((("//", "div"), ("%", "mod")))
            amount = g.choose.pick((2, 3, 4, 7, 10, 16, 1000, -3, -4))
            g.put(depth, f"{name} {sign}= {amount}", f"{name} = {word}({name}, {amount})")
        case _:
            value = g.number(scope, g.choose.pick((kind, "int")), 3)
            sign = g.choose.pick(("+", "-", "*", "&", "|", "^"))
            g.put(depth, f"{name} {sign}= {value.viper}", f"{name} = {wrap}({name} {sign} {value.model})")


def _store(g: Generator, scope: Scope, depth: int) -> None:
    if not scope.pointers:
        return
    name = g.choose.pick(sorted(scope.pointers))
    kind, count = scope.pointers[name]
    size = SIZES[kind]
    i = g.index(scope, count, 2)
    value = g.number(scope, g.choose.pick(("int", "int", "uint")), 3)
    if g.choose.one_in(4):
        sign = g.choose.pick(("+", "-", "^", "|", "&"))
        viper = f"{name}[{i.viper}] {sign}= {value.viper}"
        stored, at = f"s(load({size}, {name}, ix := {i.model}) {sign} {value.model})", "ix"
    else:
        stored, at, viper = value.model, i.model, f"{name}[{i.viper}] = {value.viper}"
    g.put(depth, viper, f"store({size}, {stored}, {name}, {at})")


def _store_object(g: Generator, scope: Scope, depth: int) -> None:
    value = g.number(scope, g.choose.pick(("int", "uint")), 2)
    if not scope.objects:
        g.put(depth, f"g_int = {value.viper}", f"g_int = {value.model}")
        return
    name, i = g.choose.pick(scope.objects), g.index(scope, LIST_ITEMS, 1)
    g.put(depth, f"{name}[{i.viper}] = {value.viper}", f"{name}[{i.model}] = {value.model}")


def _point(g: Generator, scope: Scope, depth: int) -> None:
    """A new pointer into the same buffer, perhaps four bytes further on. At a function's top level only."""
    if not scope.pointers or depth > 1:
        _assign(g, scope, depth)
        return
    name = g.choose.pick(sorted(scope.pointers))
    kind, count = scope.pointers[name]
    new = g.choose.pick(tuple(SIZES))
    if count * SIZES[kind] < 8:
        return
    distance = g.choose.pick((0, 4))
    fresh = f"q{scope.serial}"
    scope.serial += 1
    room = count * SIZES[kind] // (2 if distance else 1)
    scope.pointers[fresh] = (new, room // SIZES[new])
    text = f"int({name}) + {distance}" if distance else name
    g.put(depth, f"{fresh} = {new}({text})", f"{fresh} = offset({name}, {distance})")


def _call_for_effect(g: Generator, scope: Scope, depth: int) -> None:
    """A call of an earlier function whose result, if there is one, is a bool or is not wanted."""
    found = [f for f in g.functions if _can_call(f, scope)]
    if not found or scope.loop_depth > 1:
        _store(g, scope, depth)
        return
    function = g.choose.pick(found)
    arguments = [_argument(g, scope, k, 1) for k in function.parameters]
    viper, model = ", ".join(a.viper for a in arguments), ", ".join(a.model for a in arguments)
    names = _settable(scope, "bool")
    if function.returns == "bool" and names:
        name = g.choose.pick(names)
        viper, model = f"{name} = bool({function.name}({viper}))", f"{name} = {function.name}({model})"
        g.put(depth, viper, model)
    else:
        g.put(depth, f"{function.name}({viper})", f"{function.name}({model})")


def _object_local(g: Generator, scope: Scope, depth: int) -> None:
    """A local that holds an object, and its value cast."""
    names = _settable(scope, "int")
    if not scope.objects or not names:
        _assign(g, scope, depth)
        return
    a, i = g.choose.pick(scope.objects), g.index(scope, LIST_ITEMS, 1)
    name = g.choose.pick(names)
    g.put(depth, f"o = {a}[{i.viper}]", f"o = {a}[{i.model}]")
    g.put(depth, f"{name} = int(o)", f"{name} = s(o)")


def _jump(g: Generator, scope: Scope, depth: int) -> None:
    """break, continue or return, behind a condition so that something follows."""
    c = g.condition(scope, 2)
    g.put(depth, f"if {c.viper}:", f"if {c.model}:")
    if scope.loop_depth and g.choose.integer(0, 3):
        g.put(depth + 1, g.choose.pick(("break", "continue")))
    else:
        g.leave(scope, depth + 1)


_SIMPLE: list[tuple[int, Callable[[Generator, Scope, int], None]]] = [
    (8, _assign),
    (6, _augmented),
    (6, _store),
    (2, _store_object),
    (2, _point),
    (3, _jump),
    (2, _call_for_effect),
    (1, _object_local),
]


def _if(g: Generator, scope: Scope, depth: int, levels: int) -> None:
    c = g.condition(scope, 3)
    g.put(depth, f"if {c.viper}:", f"if {c.model}:")
    g.suite(scope, depth, levels)
    if g.choose.one_in(3):
        c = g.condition(scope, 2)
        g.put(depth, f"elif {c.viper}:", f"elif {c.model}:")
        g.suite(scope, depth, levels)
    if g.choose.integer(0, 1):
        g.put(depth, "else:")
        g.suite(scope, depth, levels)


def _counter(scope: Scope) -> str:
    """The name of a new loop's counter."""
    name = f"k{scope.serial}"
    scope.serial += 1
    scope.counters.append(name)
    scope.values["int"].append(name)
    return name


def _loop_body(g: Generator, scope: Scope, depth: int, levels: int) -> None:
    scope.loop_depth += 1
    g.suite(scope, depth, levels)
    scope.loop_depth -= 1
    if g.choose.one_in(5):
        g.put(depth, "else:")
        g.suite(scope, depth, levels)


def _for(g: Generator, scope: Scope, depth: int, levels: int) -> None:
    name = _counter(scope)
    step = g.choose.pick((1, 1, 1, 2, 3, -1, -1, -2, -5))
    low, high = _bound(g, scope, 0), _bound(g, scope, 6)
    first, last = (low, high) if step > 0 else (high, low)
    match g.choose.integer(0, 2):
        case 0 if step == 1:
            g.put(depth, f"for {name} in range({last.viper}):", f"for {name} in range({last.model}):")
        case 1 if step == 1:
            viper, model = f"{first.viper}, {last.viper}", f"{first.model}, {last.model}"
            g.put(depth, f"for {name} in range({viper}):", f"for {name} in range({model}):")
        case _:
            viper, model = f"{first.viper}, {last.viper}, {step}", f"{first.model}, {last.model}, {step}"
            g.put(depth, f"for {name} in range({viper}):", f"for {name} in range({model}):")
    if g.choose.one_in(4):
        g.put(depth + 1, f"{name} += {g.choose.pick((1, 3, -2))}")
    _loop_body(g, scope, depth, levels)


def _bound(g: Generator, scope: Scope, more: int) -> Expr:
    if g.choose.integer(0, 1):
        value = str(g.choose.integer(0, 3) + more)
        return Expr(value, value, True)
    a = g.variable(scope, "int", 1)
    return Expr(f"({a.viper} & 7)", f"({a.model} & 7)")


def _while(g: Generator, scope: Scope, depth: int, levels: int) -> None:
    name = _counter(scope)
    limit = g.choose.integer(1, 7)
    g.put(depth, f"{name} = 0")
    if g.choose.one_in(3):
        g.put(depth, "while True:", "while tick():")
        g.put(depth + 1, f"{name} += 1")
        g.put(depth + 1, f"if {name} > {limit}:")
        g.put(depth + 2, "break")
        _loop_body(g, scope, depth, levels)
        return
    head = Expr(f"{name} < {limit}", f"tick() and {name} < {limit}")
    if g.choose.integer(0, 1):
        c = g.condition(scope, 2)
        head = Expr(f"{head.viper} and {c.viper}", f"{head.model} and {c.model}")
    g.put(depth, f"while {head.viper}:", f"while {head.model}:")
    g.put(depth + 1, f"{name} += 1")
    _loop_body(g, scope, depth, levels)


def _try(g: Generator, scope: Scope, depth: int, levels: int) -> None:
    """An exception perhaps, behind which all locals must have their latest values."""
    g.put(depth, "try:")
    g.suite(scope, depth, levels)
    c = g.condition(scope, 2)
    g.put(depth + 1, f"if {c.viper}:", f"if {c.model}:")
    g.put(depth + 2, "raise ValueError(7)")
    if g.choose.integer(0, 3):
        g.put(depth, "except ValueError:")
        g.suite(scope, depth, levels)
        if g.choose.integer(0, 3):
            return
    g.put(depth, "finally:")
    g.suite(scope, depth, levels)


_COMPOUND: list[tuple[int, Callable[[Generator, Scope, int, int], None]]] = [
    (4, _if),
    (5, _for),
    (3, _while),
    (1, _try),
]


def program_of_seed(seed: int, word_bits: int) -> list[Line]:
    """The program that a number stands for."""
    return Generator(from_seed(seed), word_bits).program()
