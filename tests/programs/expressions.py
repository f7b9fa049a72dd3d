"""Random expressions, as tokens."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from tests.programs import literals
from tests.programs.chooser import Chooser
from tests.programs.layout import Tokens

NAMES = (
    "a",
    "b",
    "c",
    "d",
    "x",
    "y",
    "self",
    "value",
    "long_identifier_name",
    "_p",
    "é",
    "print",
    "range",
    "len",
)
ATTRIBUTES = ("a", "value", "append", "x", "_private", "__name__", "join", "pi")
_BINARY = ("+", "-", "*", "/", "//", "%", "**", "@", "<<", ">>", "&", "|", "^")
_COMPARE = ("<", ">", "==", "!=", "<=", ">=", "in", "is", "not in", "is not")


@dataclass(slots=True)
class Place:
    """What surrounds an expression or a statement.

    ``names`` are bound around here; ``outer`` are parameters of enclosing functions, which nonlocal may name.
    """

    in_function: bool = False
    in_async: bool = False
    in_loop: bool = False
    in_class: bool = False
    in_method: bool = False
    can_yield: bool = False
    names: tuple[str, ...] = NAMES
    outer: tuple[str, ...] = ()
    constants: list[str] = field(default_factory=list)
    """Names made by const(), which must not be assigned to again."""


class Expressions:
    """Makes expressions until a budget of nodes is used up; then only leaves."""

    def __init__(self, choose: Chooser, budget: int) -> None:
        self.choose = choose
        self.budget = budget

    def name(self, place: Place) -> str:
        """A name to load."""
        if place.constants and self.choose.one_in(6):
            return self.choose.pick(place.constants)
        return self.choose.pick(place.names)

    def target_name(self, place: Place) -> str:
        """A name to store into."""
        return self.choose.pick([n for n in place.names if n not in place.constants] or ["zz"])

    def leaf(self, place: Place) -> Tokens:
        return [self.name(place)] if self.choose.integer(0, 2) < 2 else literals.constant(self.choose)

    def expression(self, place: Place, depth: int = 4) -> Tokens:
        """Any expression that may stand as a ``test``."""
        self.budget -= 1
        if depth <= 0 or self.budget <= 0 or self.choose.integer(0, 9) < 3:
            return self.leaf(place)
        make = self.choose.weighted(_KINDS)
        return make(self, place, depth - 1)

    def operand(self, place: Place, depth: int) -> Tokens:
        """An expression that binds tighter than any operator."""
        tokens = self.expression(place, depth)
        return tokens if len(tokens) == 1 else ["(", *tokens, ")"]

    def primary(self, place: Place, depth: int) -> Tokens:
        """What may stand before a trailer; never a number, whose dot would be misread."""
        if depth <= 0 or self.choose.integer(0, 3) < 3:
            return [self.name(place)]
        return ["(", *self.expression(place, depth), ")"]

    def many(self, place: Place, depth: int, least: int = 0, most: int = 4) -> list[Tokens]:
        return [self.expression(place, depth) for _ in range(self.choose.integer(least, most))]

    def constant_expression(self, place: Place, depth: int = 2) -> Tokens:
        """An expression of numbers only, for folding."""
        if depth <= 0 or self.choose.integer(0, 2) == 0:
            if place.constants and self.choose.one_in(3):
                return [self.choose.pick(place.constants)]
            return [literals.number(self.choose)]
        if self.choose.one_in(5):
            return [self.choose.pick(("-", "+", "~")), *self.constant_operand(place, depth - 1)]
        made = self.constant_operand(place, depth - 1)
        for _ in range(self.choose.integer(1, 3)):
            operator = self.choose.weighted(
                [(4, "+"), (4, "-"), (4, "*"), (2, "//"), (2, "%"), (2, "/"), (2, "&"), (2, "|"), (1, "^")]
            )
            made += [operator, *self.constant_operand(place, depth - 1)]
        if self.choose.one_in(6):
            made = [*self.constant_operand(place, depth - 1), self.choose.pick(("<<", ">>", "**"))]
            made += [str(self.choose.pick((0, 1, 2, 3, 7, 31, 62, 63, 64)))]
        return made

    def constant_operand(self, place: Place, depth: int) -> Tokens:
        tokens = self.constant_expression(place, depth)
        return tokens if len(tokens) == 1 else ["(", *tokens, ")"]

    def comprehension(self, place: Place, depth: int) -> Tokens:
        """The ``for`` and ``if`` parts."""
        made: Tokens = []
        for _ in range(self.choose.pick((1, 1, 1, 2, 3))):
            iterable = self.operand(place, depth)
            made += ["for", *self.loop_target(place), "in", *iterable]
            for _ in range(self.choose.pick((0, 0, 1, 2))):
                made += ["if", *self.operand(place, depth)]
        return made

    def loop_target(self, place: Place) -> Tokens:
        kind = self.choose.integer(0, 5)
        one = self.target_name(place)
        if kind < 4:
            return [one]
        if kind == 4:
            return [one, ",", self.target_name(place)]
        return ["(", one, ",", "[", self.target_name(place), ",", self.target_name(place), "]", ")"]

    def arguments(self, place: Place, depth: int) -> Tokens:
        """What stands between the parentheses of a call."""
        if self.choose.one_in(12):
            return [*self.expression(place, depth), *self.comprehension(place, depth)]
        parts = self.many(place, depth, 0, 3)
        if self.choose.one_in(6):
            parts.append([self.target_name(place), ":=", *self.expression(place, depth)])
        if self.choose.one_in(5):
            parts.insert(self.choose.integer(0, len(parts)), ["*", *self.operand(place, depth)])
        if self.choose.one_in(3):
            names = ("k", "v", "key", "end", "sep")[: self.choose.integer(1, 3)]
            parts += [[name, "=", *self.expression(place, depth)] for name in names]
        if self.choose.one_in(7):
            parts.append(["**", *self.operand(place, depth)])
        tokens = _joined(parts)
        return [*tokens, ","] if parts and self.choose.one_in(9) else tokens

    def f_string(self, place: Place, depth: int) -> Tokens:
        made = [self.choose.pick(("", "text ", "{{", "}}", "é", "a'b"))]
        for _ in range(self.choose.integer(0, 3)):
            inner = self.choose.pick(
                (self.name(place), "a[1:2]", "b.c", "f(1)", "a + b", " x ", "d['k']", "-1")
            )
            debug = self.choose.pick(("", "", "", "="))
            conversion = self.choose.pick(("", "", "!r", "!s"))
            form = self.choose.pick(("", "", ":>10", ":{y}", ":02x", ":{x}.{y}"))
            made.append("{" + inner + debug + conversion + form + "}")
            made.append(self.choose.pick(("", " ", "tail", "\\n")))
        prefix = self.choose.weighted([(6, "f"), (1, "rf"), (1, "fr"), (1, "t"), (1, "rt")])
        body = "".join(made)
        quote = '"""' if self.choose.one_in(6) else '"'
        tokens = [f"{prefix}{quote}{body}{quote}"]
        if "t" not in prefix and self.choose.one_in(5):
            tokens.insert(self.choose.integer(0, 1), literals.string(self.choose))
        return tokens

    def lambda_parameters(self, place: Place, depth: int) -> Tokens:
        names = ["a", "b", "x", "y"][: self.choose.integer(0, 3)]
        parts = [[name] for name in names]
        if parts and self.choose.one_in(3):
            parts[-1] += ["=", *self.expression(place, depth)]
        if self.choose.one_in(5):
            parts.append(["*", "args"])
            if self.choose.one_in(2):
                parts.append(["k"] if self.choose.one_in(2) else ["k", "=", *self.expression(place, depth)])
        if self.choose.one_in(6):
            parts.append(["**", "kw"])
        return _joined(parts)


def _joined(parts: list[Tokens], separator: str = ",") -> Tokens:
    made: Tokens = []
    for i, part in enumerate(parts):
        made += [separator, *part] if i else part
    return made


def _binary(e: Expressions, place: Place, depth: int) -> Tokens:
    made = e.operand(place, depth)
    for _ in range(e.choose.pick((1, 1, 1, 2, 3))):
        made = [*made, e.choose.pick(_BINARY), *e.operand(place, depth)]
    return made


def _folded(e: Expressions, place: Place, depth: int) -> Tokens:
    return e.constant_expression(place, depth)


def _unary(e: Expressions, place: Place, depth: int) -> Tokens:
    return [e.choose.pick(("-", "+", "~", "not")), *e.operand(place, depth)]


def _compare(e: Expressions, place: Place, depth: int) -> Tokens:
    made = e.operand(place, depth)
    for _ in range(e.choose.pick((1, 1, 1, 2, 3))):
        made = [*made, *e.choose.pick(_COMPARE).split(" "), *e.operand(place, depth)]
    return made


def _logic(e: Expressions, place: Place, depth: int) -> Tokens:
    operator = e.choose.pick(("and", "or"))
    made = e.operand(place, depth)
    for _ in range(e.choose.pick((1, 1, 2, 3))):
        word = operator if e.choose.integer(0, 3) else e.choose.pick(("and", "or"))
        not_ = ["not"] if e.choose.one_in(5) else []
        made = [*made, word, *not_, *e.operand(place, depth)]
    return made


def _ternary(e: Expressions, place: Place, depth: int) -> Tokens:
    return [*e.operand(place, depth), "if", *e.operand(place, depth), "else", *e.operand(place, depth)]


def _call(e: Expressions, place: Place, depth: int) -> Tokens:
    made = e.primary(place, depth)
    for _ in range(e.choose.pick((1, 1, 1, 2, 3))):
        made = [*made, *_trailer(e, place, depth)]
    return [*made, "(", *e.arguments(place, depth), ")"] if e.choose.integer(0, 1) else made


def _trailer(e: Expressions, place: Place, depth: int) -> Tokens:
    kind = e.choose.integer(0, 2)
    if kind == 0:
        return [".", e.choose.pick(ATTRIBUTES)]
    if kind == 1:
        return ["(", *e.arguments(place, depth), ")"]
    return ["[", *_subscript(e, place, depth), "]"]


def _subscript(e: Expressions, place: Place, depth: int) -> Tokens:
    kind = e.choose.integer(0, 6)
    if kind < 3:
        return e.expression(place, depth)
    if kind < 6:
        parts = [
            e.expression(place, depth) if e.choose.integer(0, 1) else []
            for _ in range(e.choose.pick((2, 2, 3)))
        ]
        return _joined(parts, ":")
    return _joined([e.expression(place, depth), [":"], e.expression(place, depth)][: e.choose.integer(2, 3)])


def _super_call(e: Expressions, place: Place, depth: int) -> Tokens:
    if not place.in_method:
        return e.leaf(place)
    made = ["super", "(", ")", ".", e.choose.pick(ATTRIBUTES)]
    return [*made, "(", *e.arguments(place, depth), ")"] if e.choose.integer(0, 2) else made


def _tuple(e: Expressions, place: Place, depth: int) -> Tokens:
    parts = e.many(place, depth, 0, 4)
    comma = [","] if len(parts) == 1 or (parts and e.choose.one_in(4)) else []
    return ["(", *_joined(parts), *comma, ")"]


def _constant_tuple(e: Expressions, place: Place, depth: int) -> Tokens:
    parts = [literals.constant(e.choose) for _ in range(e.choose.integer(1, 5))]
    if e.choose.one_in(3):
        parts.append(["(", "1", ",", literals.number(e.choose), ")"])
    return ["(", *_joined(parts), ",", ")"]


def _list(e: Expressions, place: Place, depth: int) -> Tokens:
    return ["[", *_joined(e.many(place, depth, 0, 5)), "]"]


def _set(e: Expressions, place: Place, depth: int) -> Tokens:
    return ["{", *_joined(e.many(place, depth, 1, 4)), "}"]


def _dict(e: Expressions, place: Place, depth: int) -> Tokens:
    pairs = [
        [*e.expression(place, depth), ":", *e.expression(place, depth)] for _ in range(e.choose.integer(0, 3))
    ]
    return ["{", *_joined(pairs), "}"]


def _comprehension(e: Expressions, place: Place, depth: int) -> Tokens:
    kind = e.choose.integer(0, 3)
    value = e.expression(place, depth)
    if kind == 3:
        value = [*value, ":", *e.expression(place, depth)]
    elif e.choose.one_in(8 if place.in_function else 40):
        value = ["(", e.target_name(place), ":=", *value, ")"]
    opening, closing = ("[]", "()", "{}", "{}")[kind]
    return [opening, *value, *e.comprehension(place, depth), closing]


def _lambda(e: Expressions, place: Place, depth: int) -> Tokens:
    body = e.expression(place, depth)
    return ["(", "lambda", *e.lambda_parameters(place, depth), ":", *body, ")"]


def _walrus(e: Expressions, place: Place, depth: int) -> Tokens:
    if not place.in_function and e.choose.integer(0, 4):
        return e.leaf(place)  # mpy-cross refuses a second one inside a comprehension at module level
    return ["(", e.target_name(place), ":=", *e.expression(place, depth), ")"]


def _await_or_yield(e: Expressions, place: Place, depth: int) -> Tokens:
    if place.in_async:
        return ["(", "await", *e.primary(place, depth), ")"]
    if place.can_yield:
        form = e.choose.integer(0, 3)
        if form == 0:
            return ["(", "yield", ")"]
        return ["(", "yield", *(["from"] if form == 3 else []), *e.expression(place, depth), ")"]
    return e.leaf(place)


def _math(e: Expressions, place: Place, depth: int) -> Tokens:
    return ["math", ".", e.choose.pick(("pi", "e", "inf", "nan", "tau", "sqrt"))]


def _f_string(e: Expressions, place: Place, depth: int) -> Tokens:
    return e.f_string(place, depth)


_KINDS: list[tuple[int, Callable[[Expressions, Place, int], Tokens]]] = [
    (10, _call),
    (8, _binary),
    (5, _compare),
    (5, _logic),
    (4, _unary),
    (4, _folded),
    (4, _ternary),
    (4, _comprehension),
    (3, _tuple),
    (2, _constant_tuple),
    (3, _list),
    (2, _dict),
    (1, _set),
    (3, _lambda),
    (2, _walrus),
    (3, _await_or_yield),
    (2, _f_string),
    (2, _super_call),
    (1, _math),
]
