"""The callbacks of the grammar's expressions; see ``builder.py``."""

from __future__ import annotations

from mpytool.floats import parse_float
from mpytool.grammar.folding import (
    MODULE_CONSTANTS,
    constant_value,
    fold_chain,
    fold_logical,
    fold_tuple,
    fold_unary,
    is_constant,
    negated_node,
    number_node,
)
from mpytool.grammar.tokens import KIND_OF_NAME, KINDS, Tokens
from mpytool.grammar.tree import (
    Argument,
    AttributeTrailer,
    Await,
    BoolOp,
    Brace,
    CallTrailer,
    Chain,
    Compare,
    CompFor,
    CompIf,
    Comprehension,
    Conditional,
    Constant,
    DictItem,
    DoubleStarArgument,
    Expr,
    IndexTrailer,
    KeywordArgument,
    Lambda,
    List,
    Name,
    NamedArgument,
    NamedExpr,
    Not,
    Param,
    Power,
    Primary,
    Slice,
    StarArgument,
    Starred,
    Trailer,
    Tuple,
    Unary,
    Yield,
    YieldFrom,
)
from mpytool.integers import IntegerSyntaxError, parse_integer
from mpytool.options import Options
from mpytool.source import Source
from mpytool.values import ConstantValue

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeAlias

_SPELLINGS: tuple[str, ...] = tuple(text or "" for _, text in KINDS)
_COMMA = KIND_OF_NAME["COMMA"]
_SMALLEST_LIMIT = 1 << 28
"""Ints below this are small ints for nearly every target: the limit itself is asked only beyond."""

Clauses: TypeAlias = "list[CompFor | CompIf]"


class ExpressionBuilder:
    """Callbacks of expressions, with the state of one parse.

    ``constants`` holds what ``const()`` has defined so far, in the order of the text: (value, is_object).
    """

    def __init__(self, source: Source, tokens: Tokens, options: Options) -> None:
        self.source = source
        self.tokens = tokens
        self.options = options
        self.kinds = tokens.kinds
        self.lines = tokens.lines
        self.token_values: list[Any] = tokens.values
        self.constants: dict[str, tuple[ConstantValue, bool]] = {}
        self.small_limit = min(_SMALLEST_LIMIT, options.small_int_limit)

    def text_of_token(self, index: int) -> str:
        """The spelling of an operator or keyword token."""
        return _SPELLINGS[self.kinds[index]]

    def name_of(self, index: int) -> str:
        """The text of a NAME token."""
        text: str = self.token_values[index]
        return text

    # --- leaves: the parser calls these with one token's number

    def name(self, index: int) -> Name | Constant:
        text: str = self.token_values[index]
        if text in self.constants:
            value, is_object = self.constants[text]
            return Constant(index, index, value, is_object, self.lines[index])
        return Name(index, index, text)

    def integer(self, index: int) -> Constant:
        text: str = self.token_values[index]
        try:
            value = parse_integer(text)
        except IntegerSyntaxError as error:
            from mpytool.grammar.literal_errors import bad_integer

            raise bad_integer(self.source, self.tokens, index, error) from None
        is_object = value >= self.small_limit and not self.options.small_int_fits(value)
        return Constant(index, index, value, is_object, self.lines[index])

    def float_or_imag(self, index: int) -> Constant:
        try:
            value = parse_float(self.token_values[index])
        except ValueError:
            from mpytool.grammar.literal_errors import bad_float

            raise bad_float(self.source, self.tokens, index) from None
        return Constant(index, index, value, True, self.lines[index])

    def string(self, index: int) -> Constant:
        return Constant(index, index, self.token_values[index], False, self.lines[index])

    def long_string(self, index: int) -> Constant:
        return Constant(index, index, self.token_values[index], True, self.lines[index])

    def bytes(self, index: int) -> Constant:
        return Constant(index, index, self.token_values[index], True, self.lines[index])

    def ellipsis(self, index: int) -> Constant:
        return Constant(index, index, ..., False, self.lines[index])

    def none(self, index: int) -> Constant:
        return Constant(index, index, None, False, self.lines[index])

    def true(self, index: int) -> Constant:
        return Constant(index, index, True, False, self.lines[index])

    def false(self, index: int) -> Constant:
        return Constant(index, index, False, False, self.lines[index])

    # --- tuples, lists, displays

    def empty_tuple(self, first: int, last: int) -> Tuple:
        return Tuple(first, last, [], True)

    def paren_single(self, first: int, last: int, element: Expr) -> Expr:
        elements = [element]
        return fold_tuple(elements, first, last, self.lines[first + 1]) or Tuple(first, last, elements, True)

    def paren_tuple(self, first: int, last: int, head: Expr, rest: list[Expr]) -> Expr:
        elements = [head, *rest]
        if type(head) is Constant or is_constant(head):
            line = self.lines[self._line_token(first, last, head, len(rest))]
            folded = fold_tuple(elements, first, last, line)
            if folded is not None:
                return folded
        return Tuple(first, last, elements, True)

    def _line_token(self, first: int, last: int, head: Expr, others: int) -> int:
        """The token whose line a folded ``(a, b, ...)`` gets.

        mpy-cross folds the list behind the first comma, and only if that is a list: two elements
        without a last comma are folded by the rule around it.
        """
        if others == 1 and self.kinds[last - 1] != _COMMA:
            return first + 1
        index = head.last + 1
        while self.kinds[index] != _COMMA:
            index += 1
        return index + 1

    def bare_single(self, first: int, last: int, element: Expr) -> Expr:
        elements = [element]
        return fold_tuple(elements, first, last, self.lines[first]) or Tuple(first, last, elements, False)

    def bare_tuple(self, first: int, last: int, head: Expr, rest: list[Expr]) -> Expr:
        elements = [head, *rest]
        return fold_tuple(elements, first, last, self.lines[first]) or Tuple(first, last, elements, False)

    def target_tuple(self, first: int, last: int, head: Expr, rest: list[Expr] | None = None) -> Tuple:
        return Tuple(first, last, [head, *rest] if rest else [head], False)

    def empty_list(self, first: int, last: int) -> List:
        return List(first, last, [], False)

    def list_of_one(self, first: int, last: int, element: Expr) -> List:
        return List(first, last, [element], False)

    def list_sequence(self, first: int, last: int, head: Expr, rest: list[Expr] | None = None) -> List:
        return List(first, last, [head, *rest] if rest else [head], True)

    def empty_brace(self, first: int, last: int) -> Brace:
        return Brace(first, last, [])

    def brace(
        self, first: int, last: int, head: Expr | DictItem, rest: list[Expr | DictItem] | None = None
    ) -> Brace:
        return Brace(first, last, [head, *rest] if rest else [head])

    def dict_item(self, first: int, last: int, key: Expr, value: Expr) -> DictItem:
        return DictItem(first, last, key, value)

    def star_expr(self, first: int, last: int, value: Expr) -> Starred:
        return Starred(first, last, value)

    # --- comprehensions

    def comp_for(self, first: int, last: int, target: Expr, iterable: Expr) -> CompFor:
        return CompFor(first, last, target, iterable)

    def comp_if(self, first: int, last: int, test: Expr) -> CompIf:
        return CompIf(first, last, test)

    def comp_clauses(self, first: int, last: int, head: CompFor, rest: Clauses | None = None) -> Clauses:
        return [head, *rest] if rest else [head]

    def generator(self, first: int, last: int, element: Expr, clauses: Clauses) -> Comprehension:
        return Comprehension(first, last, "generator", element, clauses, first + 1, False)

    def generator_argument(self, first: int, last: int, element: Expr, clauses: Clauses) -> Comprehension:
        return Comprehension(first, last, "generator", element, clauses, first, True)

    def list_comprehension(self, first: int, last: int, element: Expr, clauses: Clauses) -> Comprehension:
        return Comprehension(first, last, "list", element, clauses, first + 1, False)

    def brace_comprehension(
        self, first: int, last: int, element: Expr | DictItem, clauses: Clauses
    ) -> Comprehension:
        kind = "dict" if type(element) is DictItem else "set"
        return Comprehension(first, last, kind, element, clauses, first + 1, False)

    # --- operators

    def or_op(self, first: int, last: int, head: Expr, rest: list[Expr]) -> Expr:
        return self._logical(first, last, True, [head, *rest])

    def and_op(self, first: int, last: int, head: Expr, rest: list[Expr]) -> Expr:
        return self._logical(first, last, False, [head, *rest])

    def _logical(self, first: int, last: int, is_or: bool, operands: list[Expr]) -> Expr:
        values = fold_logical(is_or, operands)
        if len(values) > 1:
            return BoolOp(first, last, is_or, values)
        if type(values[0]) is Constant:
            # The constant now stands for the whole; _line_token relies on where it ends
            values[0].last = last
        return values[0]

    def not_op(self, first: int, last: int, operand: Expr) -> Expr:
        if is_constant(operand):
            return Constant(first, last, not constant_value(operand), False, 0)
        return Not(first, last, operand)

    def comp_op(self, first: int, last: int, *tokens: int) -> str:
        return " ".join([self.text_of_token(token) for token in tokens])

    def compare(self, first: int, last: int, head: Expr, rest: list[Any]) -> Compare:
        kinds = self.kinds
        ops = [op if type(op) is str else _SPELLINGS[kinds[op]] for op in rest[::2]]
        return Compare(first, last, ops, [head, *rest[1::2]])

    def _chain(self, first: int, last: int, ops: list[str], operands: list[Expr]) -> Expr:
        if type(operands[0]) is Constant:
            value = fold_chain(ops, operands)
            if value is not None:
                return number_node(self.options, value, first, last)
        return Chain(first, last, ops, operands)

    def chain(self, first: int, last: int, head: Expr, rest: list[Any]) -> Expr:
        kinds = self.kinds
        ops = [_SPELLINGS[kinds[op]] for op in rest[::2]]
        return self._chain(first, last, ops, [head, *rest[1::2]])

    def pipe_chain(self, first: int, last: int, head: Expr, rest: list[Expr]) -> Expr:
        return self._chain(first, last, ["|"] * len(rest), [head, *rest])

    def caret_chain(self, first: int, last: int, head: Expr, rest: list[Expr]) -> Expr:
        return self._chain(first, last, ["^"] * len(rest), [head, *rest])

    def ampersand_chain(self, first: int, last: int, head: Expr, rest: list[Expr]) -> Expr:
        return self._chain(first, last, ["&"] * len(rest), [head, *rest])

    def unary(self, first: int, last: int, op: int, operand: Expr) -> Expr:
        text = self.text_of_token(op)
        if type(operand) is Constant:
            value = fold_unary(text, operand)
            if value is not None and text == "-":
                return negated_node(self.options, value, first, last)
            if value is not None:
                return number_node(self.options, value, first, last)
        return Unary(first, last, text, operand)

    def power(self, first: int, last: int, base: Expr, exponent: Expr) -> Expr:
        if type(base) is Constant:
            value = fold_chain(["**"], [base, exponent])
            if value is not None:
                return number_node(self.options, value, first, last)
        return Power(first, last, base, exponent)

    def conditional(self, first: int, last: int, body: Expr, test: Expr, orelse: Expr) -> Conditional:
        return Conditional(first, last, test, body, orelse)

    def named_expr(self, first: int, last: int, target: Expr, value: Expr) -> NamedExpr:
        return NamedExpr(first, last, target, value)

    def yield_expr(self, first: int, last: int, value: Expr | None) -> Yield:
        return Yield(first, last, value)

    def yield_from(self, first: int, last: int, value: Expr) -> YieldFrom:
        return YieldFrom(first, last, value)

    # --- functions

    def lambda_expr(self, first: int, last: int, params: list[Param] | None, body: Expr) -> Lambda:
        return Lambda(first, last, params or [], body)

    def parameters(self, first: int, last: int, head: Param, rest: list[Param] | None = None) -> list[Param]:
        return [head, *rest] if rest else [head]

    def lambda_parameter(self, first: int, last: int, name: int, default: Expr | None) -> Param:
        return Param(first, last, 0, self.name_of(name), None, default)

    def star_parameter(
        self, first: int, last: int, name: int | None, annotation: Expr | None = None
    ) -> Param:
        return Param(first, last, 1, None if name is None else self.name_of(name), annotation, None)

    def double_star_parameter(
        self, first: int, last: int, name: int, annotation: Expr | None = None
    ) -> Param:
        return Param(first, last, 2, self.name_of(name), annotation, None)

    # --- trailers and arguments

    def primary(self, first: int, last: int, base: Expr, trailers: list[Trailer]) -> Expr:
        if type(base) is Name and base.id == "math" and len(trailers) == 1:
            trailer = trailers[0]
            if type(trailer) is AttributeTrailer and ("math", trailer.name) in MODULE_CONSTANTS:
                return number_node(self.options, MODULE_CONSTANTS["math", trailer.name], first, last)
        return Primary(first, last, base, trailers)

    def await_expr(self, first: int, last: int, base: Expr, trailers: list[Trailer] | None = None) -> Await:
        return Await(first, last, base, trailers or [])

    def call(self, first: int, last: int, args: list[Argument] | None) -> CallTrailer:
        return CallTrailer(first, last, args or [])

    def index(self, first: int, last: int, index: Expr) -> IndexTrailer:
        return IndexTrailer(first, last, index)

    def attribute(self, first: int, last: int, name: int) -> AttributeTrailer:
        return AttributeTrailer(first, last, self.token_values[name])

    def slice(
        self, first: int, last: int, start: Expr | None, stop: Expr | None, step: Expr | None = None
    ) -> Slice:
        return Slice(first, last, start, stop, step)

    def arglist(
        self, first: int, last: int, head: Argument, rest: list[Argument] | None = None
    ) -> list[Argument]:
        return [head, *rest] if rest else [head]

    def keyword_argument(self, first: int, last: int, name: Expr, value: Expr) -> KeywordArgument:
        return KeywordArgument(first, last, name, value)

    def named_argument(self, first: int, last: int, target: Expr, value: Expr) -> NamedArgument:
        return NamedArgument(first, last, target, value)

    def star_argument(self, first: int, last: int, value: Expr) -> StarArgument:
        return StarArgument(first, last, value)

    def double_star_argument(self, first: int, last: int, value: Expr) -> DoubleStarArgument:
        return DoubleStarArgument(first, last, value)
