"""Random statements, as logical lines."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from tests.programs import literals
from tests.programs.chooser import Chooser
from tests.programs.expressions import ATTRIBUTES, NAMES, Expressions, Place, _joined
from tests.programs.layout import Line, Tokens

_AUGMENTED = ("+=", "-=", "*=", "/=", "//=", "%=", "**=", "@=", "<<=", ">>=", "&=", "|=", "^=")
_EXCEPTIONS = ("ValueError", "KeyError", "Exception", "OSError", "a.b")
_PARAMETERS = ("a", "b", "c", "d", "x", "y", "value", "self")
_MODULES = ("os", "sys", "a.b", "a.b.c", "math", "x", "micropython", "collections.abc")


class Statements:
    """Makes blocks of statements; ``depth`` bounds how far blocks nest."""

    def __init__(self, choose: Chooser, budget: int) -> None:
        self.choose = choose
        self.make = Expressions(choose, budget)

    def module(self) -> list[Line]:
        """A whole module."""
        lines: list[Line] = []
        if self.choose.one_in(6):
            lines.append(Line([literals.string(self.choose)]))
        place = Place()
        return lines + self.block(place, 4, self.choose.integer(1, 8))

    def block(self, place: Place, depth: int, count: int) -> list[Line]:
        lines: list[Line] = []
        for _ in range(count):
            lines += self.statement(place, depth)
        if self.choose.one_in(60):
            lines *= self.choose.pick((3, 20, 60, 150))
        return lines or [Line(["pass"])]

    def suite(self, place: Place, depth: int) -> list[Line]:
        """The block of a compound statement."""
        count = self.choose.pick((1, 1, 2, 2, 3, 5)) if self.make.budget > 0 else 1
        return self.block(place, depth - 1, count)

    def statement(self, place: Place, depth: int) -> list[Line]:
        """One statement; a compound one gives several lines (``if``, ``elif``, ``else``)."""
        if depth <= 0 or self.make.budget <= 0 or self.choose.integer(0, 2) < 2:
            return [Line(self.choose.weighted(_SIMPLE)(self, place))]
        return self.choose.weighted(_COMPOUND)(self, place, depth)

    def test(self, place: Place) -> Tokens:
        """A condition: often constant or a walrus, where the compiler decides by constants."""
        kind = self.choose.integer(0, 11)
        if kind == 9:
            return literals.constant(self.choose)
        if kind == 10:
            return [self.make.target_name(place), ":=", *self.make.expression(place)]
        if kind == 11:
            constant = literals.constant(self.choose)
            return [*constant, self.choose.pick(("and", "or")), *self.make.operand(place, 2)]
        return self.make.expression(place)

    def target(self, place: Place) -> Tokens:
        """What one value can be assigned to."""
        kind = self.choose.integer(0, 9)
        if kind < 6:
            return [self.make.target_name(place)]
        base = self.make.primary(place, 1)
        if kind < 8:
            return [*base, ".", self.choose.pick(ATTRIBUTES)]
        return [*base, "[", *self.make.expression(place, 2), "]"]

    def targets(self, place: Place) -> Tokens:
        """A target or a display of targets, of which one may be starred."""
        kind = self.choose.integer(0, 8)
        if kind < 6:
            return self.target(place)
        parts = [self.target(place) for _ in range(self.choose.integer(1, 4))]
        if self.choose.one_in(3):
            at = self.choose.integer(0, len(parts) - 1)
            parts[at] = ["*", *parts[at]]
        if self.choose.one_in(6):
            parts.append(["(", *self.target(place), ",", *self.target(place), ")"])
        tokens = _joined(parts)
        if kind == 6:
            return [*tokens, ","] if len(parts) == 1 else tokens
        return ["[", *tokens, "]"] if kind == 7 else ["(", *tokens, ",", ")"]


def _expression(s: Statements, place: Place) -> Tokens:
    return s.make.expression(place)


def _call(s: Statements, place: Place) -> Tokens:
    return [s.make.name(place), "(", *s.make.arguments(place, 3), ")"]


def _assign(s: Statements, place: Place) -> Tokens:
    made: Tokens = []
    for _ in range(s.choose.pick((1, 1, 1, 1, 2, 3))):
        made += [*s.targets(place), "="]
    if s.choose.one_in(8):
        return [*made, *s.make.expression(place, 2), ",", *s.make.expression(place, 2)]
    if place.can_yield and s.choose.one_in(6):
        return [*made, "yield", *s.make.expression(place, 2)]
    return [*made, *s.make.expression(place)]


def _swap(s: Statements, place: Place) -> Tokens:
    count = s.choose.pick((2, 2, 3, 3, 4))
    left = [s.target(place) for _ in range(count)]
    if s.choose.one_in(8):
        left[0] = ["*", *left[0]]
    right = [s.make.expression(place, 2) for _ in range(count)]
    return [*_joined(left), "=", *_joined(right)]


def _augmented(s: Statements, place: Place) -> Tokens:
    return [*s.target(place), s.choose.pick(_AUGMENTED), *s.make.expression(place)]


def _annotated(s: Statements, place: Place) -> Tokens:
    made = [*s.target(place), ":", *s.make.expression(place, 1)]
    return [*made, "=", *s.make.expression(place, 3)] if s.choose.integer(0, 1) else made


def _constant(s: Statements, place: Place) -> Tokens:
    name = s.choose.pick(("_K", "K", "_CONST", "LIMIT")) + str(len(place.constants))
    value = literals.constant(s.choose)
    if s.choose.one_in(3):
        value = s.make.constant_expression(place)
    place.constants.append(name)
    return [name, "=", "const", "(", *value, ")"]


def _delete(s: Statements, place: Place) -> Tokens:
    parts = [s.target(place) for _ in range(s.choose.pick((1, 1, 2)))]
    return ["del", *(["(", *_joined(parts), ")"] if s.choose.one_in(4) else _joined(parts))]


def _assert(s: Statements, place: Place) -> Tokens:
    made = ["assert", *s.test(place)]
    if ":=" in made:
        made = ["assert", s.make.name(place)]
    return [*made, ",", *s.make.expression(place, 2)] if s.choose.integer(0, 1) else made


def _raise(s: Statements, place: Place) -> Tokens:
    kind = s.choose.integer(0, 3)
    if kind == 0:
        return ["raise"]
    made = ["raise", *s.make.expression(place, 2)]
    return [*made, "from", *s.make.expression(place, 1)] if kind == 3 else made


def _import(s: Statements, place: Place) -> Tokens:
    if s.choose.integer(0, 1):
        parts = [[s.choose.pick(_MODULES), *_as(s, place)] for _ in range(s.choose.pick((1, 1, 2)))]
        return ["import", *_joined(parts)]
    if not place.in_function and not place.in_class and s.choose.one_in(5):
        return ["from", s.choose.pick(_MODULES), "import", "*"]
    module = s.choose.pick((*_MODULES, ". ", ".x", "..a.b", "...", "....y", "......"))
    names = _joined([[s.choose.pick(NAMES), *_as(s, place)] for _ in range(s.choose.integer(1, 3))])
    return ["from", module.strip(), "import", *(["(", *names, ",", ")"] if s.choose.one_in(4) else names)]


def _as(s: Statements, place: Place) -> Tokens:
    return ["as", s.make.target_name(place)] if s.choose.one_in(3) else []


def _leave(s: Statements, place: Place) -> Tokens:
    """return, break, continue or yield, as far as the place allows; seldom one that is an error there."""
    words = ["pass"]
    if place.in_loop:
        words += ["break", "continue", "break", "continue"]
    if place.in_function:
        words += ["return", "return"]
    if place.can_yield:
        words += ["yield"]
    word = s.choose.pick(words)
    if s.choose.one_in(150):
        word = s.choose.pick(("return", "break", "continue", "yield", "await x", "raise"))
    if word == "return" and s.choose.integer(0, 3):
        if s.choose.one_in(5):
            return ["return", *s.make.expression(place, 1), ",", *s.make.expression(place, 1)]
        return ["return", *s.make.expression(place)]
    if word == "yield" and s.choose.integer(0, 3):
        from_ = ["from"] if not place.in_async and s.choose.one_in(3) else []
        return ["yield", *from_, *s.make.expression(place, 3)]
    return word.split(" ")


def _await(s: Statements, place: Place) -> Tokens:
    if not place.in_async:
        return ["pass"]
    return ["await", *s.make.primary(place, 2), "(", *s.make.arguments(place, 2), ")"]


def _declare(s: Statements, place: Place) -> Tokens:
    if place.in_function and s.choose.one_in(20):
        return [s.choose.pick(("global", "nonlocal")), s.make.target_name(place)]
    return ["global", s.choose.pick(("g1", "g2")), *([",", "g3"] if s.choose.one_in(3) else [])]


_SIMPLE: list[tuple[int, Callable[[Statements, Place], Tokens]]] = [
    (8, _call),
    (6, _assign),
    (6, _expression),
    (4, _augmented),
    (4, _leave),
    (3, _swap),
    (2, _annotated),
    (2, _constant),
    (2, _delete),
    (2, _assert),
    (2, _raise),
    (2, _import),
    (2, _await),
    (1, _declare),
]


def _if(s: Statements, place: Place, depth: int) -> list[Line]:
    lines = [Line(["if", *s.test(place), ":"], s.suite(place, depth))]
    for _ in range(s.choose.pick((0, 0, 1, 2))):
        lines.append(Line(["elif", *s.test(place), ":"], s.suite(place, depth)))
    if s.choose.integer(0, 1):
        lines.append(Line(["else", ":"], s.suite(place, depth)))
    return lines


def _loop(s: Statements, place: Place, head: Tokens, depth: int) -> list[Line]:
    lines = [Line([*head, ":"], s.suite(replace(place, in_loop=True), depth))]
    if s.choose.one_in(3):
        lines.append(Line(["else", ":"], s.suite(place, depth)))
    return lines


def _while(s: Statements, place: Place, depth: int) -> list[Line]:
    return _loop(s, place, ["while", *s.test(place)], depth)


def _for(s: Statements, place: Place, depth: int) -> list[Line]:
    kind = s.choose.integer(0, 4)
    target = s.make.loop_target(place)
    if kind < 2:
        iterable = s.make.expression(place, 3)
        if kind == 1 and s.choose.integer(0, 1):
            iterable = [*iterable, ",", *s.make.expression(place, 1)]
    else:
        # What the compiler turns into a counting loop, and near misses of it.
        step = ["-", "1"] if s.choose.one_in(3) else s.make.constant_expression(place, 1)
        parts = [s.make.expression(place, 1), s.make.expression(place, 1), step][: s.choose.integer(1, 3)]
        iterable = ["range", "(", *_joined(parts), ")"]
        if s.choose.one_in(10):
            iterable[2:2] = ["*"]
    word = ["async", "for"] if place.in_async and s.choose.one_in(3) else ["for"]
    return _loop(s, place, [*word, *target, "in", *iterable], depth)


def _try(s: Statements, place: Place, depth: int) -> list[Line]:
    lines = [Line(["try", ":"], s.suite(place, depth))]
    kind = s.choose.integer(0, 4)
    if kind < 4:
        for _ in range(s.choose.pick((0, 1, 1, 2))):
            head = ["except", *_exception(s, place)]
            if s.choose.integer(0, 1):
                head += ["as", s.make.target_name(place)]
            lines.append(Line([*head, ":"], s.suite(place, depth)))
        if len(lines) == 1 or s.choose.one_in(4):
            lines.append(Line(["except", ":"], s.suite(place, depth)))
        if s.choose.one_in(3):
            lines.append(Line(["else", ":"], s.suite(place, depth)))
    if kind >= 3:
        lines.append(Line(["finally", ":"], s.suite(place, depth)))
    return lines


def _exception(s: Statements, place: Place) -> Tokens:
    if s.choose.one_in(4):
        return ["(", *_joined([[s.choose.pick(_EXCEPTIONS)] for _ in range(2)]), ")"]
    return s.make.expression(place, 2) if s.choose.one_in(5) else [s.choose.pick(_EXCEPTIONS)]


def _with(s: Statements, place: Place, depth: int) -> list[Line]:
    items = []
    for _ in range(s.choose.pick((1, 1, 2, 3))):
        as_ = ["as", *s.make.loop_target(place)] if s.choose.integer(0, 1) else []
        items.append([*s.make.primary(place, 2), *(["(", ")"] if s.choose.integer(0, 1) else []), *as_])
    word = ["async", "with"] if place.in_async and s.choose.one_in(3) else ["with"]
    return [Line([*word, *_joined(items), ":"], s.suite(place, depth))]


def _parameters(s: Statements, place: Place) -> tuple[Tokens, tuple[str, ...]]:
    names = _PARAMETERS[: s.choose.pick((0, 1, 1, 2, 2, 3, 4, 8))]
    if s.choose.one_in(12):
        names = tuple(f"p{i}" for i in range(s.choose.pick((9, 17, 20, 40))))
    parts: list[Tokens] = []
    defaults = False
    for name in names:
        part = [name]
        if s.choose.one_in(8):
            part += [":", *s.make.expression(place, 1)]
        defaults = defaults or s.choose.one_in(5)
        if defaults:
            part += ["=", *s.make.expression(place, 2)]
        parts.append(part)
    bound = list(names)
    if s.choose.one_in(5):
        bare = s.choose.one_in(3)
        parts.append(["*"] if bare else ["*", "args"])
        bound += [] if bare else ["args"]
        for key in ("k1", "k2")[: s.choose.integer(1 if bare else 0, 2)]:
            bound.append(key)
            parts.append([key] if s.choose.integer(0, 1) else [key, "=", *s.make.expression(place, 2)])
    if s.choose.one_in(6):
        parts.append(["**", "kw"])
        bound.append("kw")
    comma = [","] if parts and s.choose.one_in(10) else []
    return [*_joined(parts), *comma], tuple(bound)


def _decorators(s: Statements, place: Place) -> list[Line]:
    lines = []
    for _ in range(s.choose.pick((0, 0, 0, 1, 2))):
        tokens = ["@", s.choose.pick(("dec", "a.b.c", "property", "staticmethod", "micropython.bytecode"))]
        if s.choose.one_in(3) and tokens[1] != "micropython.bytecode":
            tokens += ["(", *s.make.arguments(place, 2), ")"]
        lines.append(Line(tokens))
    return lines


def _function(s: Statements, place: Place, depth: int) -> list[Line]:
    lines = _decorators(s, place)
    parameters, bound = _parameters(s, place)
    is_async = s.choose.one_in(5)
    if place.in_class and not bound:
        parameters, bound = ["self"], ("self",)
    locals_ = tuple(f"v{i}" for i in range(18)) if s.choose.one_in(12) else ()
    inside = Place(
        in_function=True,
        in_async=is_async,
        can_yield=not is_async and s.choose.one_in(4),
        in_method=place.in_class or (place.in_method and s.choose.one_in(4)),
        names=(*bound, *place.names[:14], *locals_),
        outer=(*place.outer, *bound),
        constants=place.constants,
    )
    head = [
        *(["async"] if is_async else []),
        "def",
        s.choose.pick(("f", "g", "method", "__init__", "_h", "a")),
    ]
    head += ["(", *parameters, ")"]
    if s.choose.one_in(6):
        head += ["->", *s.make.expression(place, 1)]
    body: list[Line] = []
    if s.choose.one_in(6):
        body.append(Line([literals.string(s.choose)]))
    free = [n for n in place.outer if n not in bound]
    if free and s.choose.one_in(3):
        body.append(Line(["nonlocal", s.choose.pick(free)]))
    elif s.choose.one_in(6):
        body.append(
            Line(["global", s.choose.pick([n for n in ("y", "value", "g1") if n not in bound] or ["g2"])])
        )
    body += [Line([name, "=", "0"]) for name in locals_]
    return [*lines, Line([*head, ":"], body + s.suite(inside, depth))]


def _class(s: Statements, place: Place, depth: int) -> list[Line]:
    head = ["class", s.choose.pick(("A", "B", "Long_Class_Name"))]
    if s.choose.integer(0, 1):
        head += ["(", *(s.make.arguments(place, 1) if s.choose.one_in(4) else [s.make.name(place)]), ")"]
    inside = replace(place, in_class=True, in_function=False, in_loop=False, in_async=False, can_yield=False)
    body = s.suite(inside, depth)
    if s.choose.integer(0, 1):
        body += _function(s, inside, depth - 1)
    return [*_decorators(s, place), Line([*head, ":"], body)]


_COMPOUND: list[tuple[int, Callable[[Statements, Place, int], list[Line]]]] = [
    (6, _if),
    (9, _function),
    (5, _for),
    (4, _while),
    (5, _try),
    (3, _with),
    (3, _class),
]
