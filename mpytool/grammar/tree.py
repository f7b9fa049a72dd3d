"""The syntax tree: what the parser makes and the lowering reads.

The tree is already folded (``folding.py``): constant expressions, ``const()`` names and lone constant
statements are gone. A node knows the range of tokens it was made of; ``Tokens`` turns a token into a line
and a place in the text. Nodes are built bottom-up by the parser and not changed afterwards.

Which nodes exist follows what the lowering must tell apart, and that is decided by mpy-cross: a chain
``a + b - c`` is one node because only whole chains are folded, a tuple remembers whether it stood in
parentheses because that changes its line, and so on. A comment says so where Python's own ``ast`` differs.

Strings of the program are ``str`` as ``values.py`` describes.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from mpytool.grammar.tokens import Tokens
from mpytool.values import ConstantValue


@dataclass(slots=True, eq=False)
class Node:
    """``first`` and ``last`` are the numbers of the first and the last token the node was made of."""

    first: int
    last: int


# --- expressions ---------------------------------------------------------------------------------------


@dataclass(slots=True, eq=False)
class Name(Node):
    """An identifier. In load position a ``const()`` name has become a Constant."""

    id: str


@dataclass(slots=True, eq=False)
class Constant(Node):
    """A literal or a folded expression.

    ``is_object``: whether it is loaded from the constant table. Otherwise it is a small int, a string that
    is a qstr, None, True, False or Ellipsis. ``line`` is the line that loading an object reports: that of
    its token, 0 for a folded number, for a folded tuple the line its rule began on.
    """

    value: ConstantValue
    is_object: bool
    line: int


@dataclass(slots=True, eq=False)
class BoolOp(Node):
    """``a or b or c`` / ``a and b and c``; two values or more, none decidable before the last."""

    is_or: bool
    values: list[Expr]


@dataclass(slots=True, eq=False)
class Not(Node):
    operand: Expr


@dataclass(slots=True, eq=False)
class Compare(Node):
    """``operands[0] ops[0] operands[1] ...``; ops are ``< > == <= >= != in is``, ``not in``, ``is not``."""

    ops: list[str]
    operands: list[Expr]


@dataclass(slots=True, eq=False)
class Chain(Node):
    """Left-associative operators of one precedence: ``| ^ & << >> + - * @ / % //``."""

    ops: list[str]
    operands: list[Expr]


@dataclass(slots=True, eq=False)
class Unary(Node):
    """``+``, ``-`` or ``~``."""

    op: str
    operand: Expr


@dataclass(slots=True, eq=False)
class Power(Node):
    base: Expr
    exponent: Expr


@dataclass(slots=True, eq=False)
class Conditional(Node):
    """``body if test else orelse``."""

    test: Expr
    body: Expr
    orelse: Expr


@dataclass(slots=True, eq=False)
class NamedExpr(Node):
    """``target := value``; the lowering refuses a target that is not a Name."""

    target: Expr
    value: Expr


@dataclass(slots=True, eq=False)
class Starred(Node):
    """``*value`` in a tuple, list or target."""

    value: Expr


@dataclass(slots=True, eq=False)
class Lambda(Node):
    params: list[Param]
    body: Expr


@dataclass(slots=True, eq=False)
class Primary(Node):
    """An atom with one trailer or more: ``a.b(c)[d]``. mpy-cross treats the whole as one node."""

    base: Expr
    trailers: list[Trailer]


@dataclass(slots=True, eq=False)
class Await(Node):
    """``await base trailers``; here the trailers may be absent."""

    base: Expr
    trailers: list[Trailer]


@dataclass(slots=True, eq=False)
class CallTrailer(Node):
    args: list[Argument]


@dataclass(slots=True, eq=False)
class IndexTrailer(Node):
    """``[index]``; several subscripts are one bare Tuple (or a folded Constant)."""

    index: Expr


@dataclass(slots=True, eq=False)
class AttributeTrailer(Node):
    name: str


@dataclass(slots=True, eq=False)
class StarArgument(Node):
    value: Expr


@dataclass(slots=True, eq=False)
class DoubleStarArgument(Node):
    value: Expr


@dataclass(slots=True, eq=False)
class KeywordArgument(Node):
    """``name=value``; the lowering refuses a name that is not a Name (``f((a)=1)`` is one)."""

    name: Expr
    value: Expr


@dataclass(slots=True, eq=False)
class NamedArgument(Node):
    """``target := value`` as an argument. Unlike NamedExpr it reports no line."""

    target: Expr
    value: Expr


@dataclass(slots=True, eq=False)
class Tuple(Node):
    """A tuple that is not a folded Constant, such as ``()``, which is parenthesised and has no elements."""

    elements: list[Expr]
    parenthesised: bool


@dataclass(slots=True, eq=False)
class List(Node):
    """``[...]``. ``is_sequence``: two elements or more, or one with a trailing comma."""

    elements: list[Expr]
    is_sequence: bool


@dataclass(slots=True, eq=False)
class Brace(Node):
    """``{...}`` without ``for``. The first item decides whether it is a dict; a mixture is refused later."""

    items: list[Expr | DictItem]


@dataclass(slots=True, eq=False)
class DictItem(Node):
    key: Expr
    value: Expr


@dataclass(slots=True, eq=False)
class Comprehension(Node):
    """``kind`` is "list", "set", "dict" or "generator"; ``element`` is a DictItem for a dict.

    ``inner`` is the number of the first token inside the brackets: the line that the comprehension's own
    scope starts on. A generator that is a call's only bracket (``f(x for x in y)``) has ``is_argument``:
    it reports no line where it is called.
    """

    kind: str
    element: Expr | DictItem
    clauses: list[CompFor | CompIf]
    inner: int
    is_argument: bool


@dataclass(slots=True, eq=False)
class CompFor(Node):
    target: Expr
    iterable: Expr


@dataclass(slots=True, eq=False)
class CompIf(Node):
    test: Expr


@dataclass(slots=True, eq=False)
class Slice(Node):
    """``start:stop:step`` inside a subscript; ``step`` is None for ``a[x:y:]`` too."""

    start: Expr | None
    stop: Expr | None
    step: Expr | None


@dataclass(slots=True, eq=False)
class Yield(Node):
    value: Expr | None


@dataclass(slots=True, eq=False)
class YieldFrom(Node):
    value: Expr


Expr = (
    Name | Constant | BoolOp | Not | Compare | Chain | Unary | Power | Conditional | NamedExpr | Starred
    | Lambda | Primary | Await | Tuple | List | Brace | Comprehension | Slice | Yield | YieldFrom
)  # fmt: skip
Trailer = CallTrailer | IndexTrailer | AttributeTrailer
Argument = Expr | StarArgument | DoubleStarArgument | KeywordArgument | NamedArgument


# --- parts of definitions --------------------------------------------------------------------------------


@dataclass(slots=True, eq=False)
class Param(Node):
    """One parameter. ``stars`` is 0, 1 or 2; ``name`` is None for a bare ``*``.

    mpy-cross keeps no line for a parameter that is only a name; see ``is_plain``.
    """

    stars: int
    name: str | None
    annotation: Expr | None
    default: Expr | None

    @property
    def is_plain(self) -> bool:
        return self.stars == 0 and self.annotation is None and self.default is None


@dataclass(slots=True, eq=False)
class Decorator(Node):
    """``@a.b.c(...)``; ``call`` is None without parentheses."""

    names: list[str]
    call: CallTrailer | None


@dataclass(slots=True, eq=False)
class Suite(Node):
    """The statements of a block. ``is_list``: more than one, or one that ends in a semicolon.

    mpy-cross has no node for a block of one statement, so an error without a line of its own in there
    gets the line of something further out.
    """

    statements: list[Stmt]
    is_list: bool


@dataclass(slots=True, eq=False)
class Alias(Node):
    """``a.b.c as asname`` in an import (one part only after ``from ... import``)."""

    parts: list[str]
    asname: str | None


@dataclass(slots=True, eq=False)
class Handler(Node):
    """``except exception as name:``; ``exception`` None catches all."""

    exception: Expr | None
    name: str | None
    body: Suite


@dataclass(slots=True, eq=False)
class WithItem(Node):
    context: Expr
    target: Expr | None


@dataclass(slots=True, eq=False)
class Branch(Node):
    """One ``if`` or ``elif`` with its block."""

    test: Expr
    body: Suite


# --- statements --------------------------------------------------------------------------------------------


@dataclass(slots=True, eq=False)
class ExprStmt(Node):
    value: Expr


@dataclass(slots=True, eq=False)
class Assign(Node):
    """``targets[0] = targets[1] = ... = value``."""

    targets: list[Expr]
    value: Expr


@dataclass(slots=True, eq=False)
class AnnAssign(Node):
    """``target: annotation = value``; the annotation is never compiled."""

    target: Expr
    annotation: Expr
    value: Expr | None


@dataclass(slots=True, eq=False)
class AugAssign(Node):
    """``target op= value``; ``op`` without the equals sign."""

    target: Expr
    op: str
    value: Expr


@dataclass(slots=True, eq=False)
class Delete(Node):
    targets: list[Expr]


@dataclass(slots=True, eq=False)
class Pass(Node):
    """``pass``, or a statement that vanished: a lone constant, ``_NAME = const(...)`` (then ``line`` is
    0)."""

    line: int


@dataclass(slots=True, eq=False)
class Break(Node):
    pass


@dataclass(slots=True, eq=False)
class Continue(Node):
    pass


@dataclass(slots=True, eq=False)
class Return(Node):
    value: Expr | None


@dataclass(slots=True, eq=False)
class Raise(Node):
    exception: Expr | None
    cause: Expr | None


@dataclass(slots=True, eq=False)
class YieldStmt(Node):
    value: Expr


@dataclass(slots=True, eq=False)
class Import(Node):
    names: list[Alias]


@dataclass(slots=True, eq=False)
class ImportFrom(Node):
    """``from ..module import names``; ``module`` may be empty, ``names`` is None for ``*``."""

    level: int
    module: list[str]
    names: list[Alias] | None


@dataclass(slots=True, eq=False)
class Global(Node):
    names: list[str]


@dataclass(slots=True, eq=False)
class Nonlocal(Node):
    names: list[str]


@dataclass(slots=True, eq=False)
class Assert(Node):
    test: Expr
    message: Expr | None


@dataclass(slots=True, eq=False)
class If(Node):
    branches: list[Branch]
    orelse: Suite | None


@dataclass(slots=True, eq=False)
class While(Node):
    test: Expr
    body: Suite
    orelse: Suite | None


@dataclass(slots=True, eq=False)
class For(Node):
    target: Expr
    iterable: Expr
    body: Suite
    orelse: Suite | None


@dataclass(slots=True, eq=False)
class Try(Node):
    body: Suite
    handlers: list[Handler]
    orelse: Suite | None
    finalbody: Suite | None


@dataclass(slots=True, eq=False)
class With(Node):
    items: list[WithItem]
    body: Suite


@dataclass(slots=True, eq=False)
class FunctionDef(Node):
    """``first`` is the ``def`` token, also under decorators and ``async``."""

    name: str
    params: list[Param]
    returns: Expr | None
    body: Suite
    is_async: bool = False


@dataclass(slots=True, eq=False)
class ClassDef(Node):
    name: str
    args: list[Argument]
    body: Suite


@dataclass(slots=True, eq=False)
class Decorated(Node):
    decorators: list[Decorator]
    definition: FunctionDef | ClassDef


@dataclass(slots=True, eq=False)
class Async(Node):
    """``async`` before a statement; decorated async functions are a Decorated whose definition
    ``is_async``."""

    statement: FunctionDef | For | With


Stmt = (
    ExprStmt | Assign | AnnAssign | AugAssign | Delete | Pass | Break | Continue | Return | Raise | YieldStmt
    | Import | ImportFrom | Global | Nonlocal | Assert | If | While | For | Try | With | FunctionDef |
    ClassDef
    | Decorated | Async
)  # fmt: skip


@dataclass(slots=True, eq=False)
class Module(Node):
    """A whole file."""

    body: list[Stmt]
    tokens: Tokens = field(repr=False)
