"""The syntax tree: what the parser makes and the lowering reads.

The tree is already folded (``folding.py``): constant expressions, ``const()`` names and lone constant
statements are gone. A node knows the range of tokens it was made of; ``Tokens`` turns a token into a line
and a place in the text. Nodes are built bottom-up by the parser and not changed afterwards.

Which nodes exist follows what the lowering must tell apart, and that is decided by mpy-cross: a chain
``a + b - c`` is one node because only whole chains are folded, a tuple remembers whether it stood in
parentheses because that changes its line, and so on. A comment says so where Python's own ``ast`` differs.

The classes are plain ones, written out: some seventy dataclasses would take longer to make at every start
than a small program takes to compile. ``__slots__`` lists a node's own fields in the constructor's order.

Strings of the program are ``str`` as ``values.py`` describes.
"""

from __future__ import annotations

from mpytool.grammar.tokens import Tokens
from mpytool.values import ConstantValue


class Node:
    """``first`` and ``last`` are the numbers of the first and the last token the node was made of."""

    __slots__ = ("first", "last")

    def __init__(self, first: int, last: int) -> None:
        self.first = first
        self.last = last


# --- expressions ---------------------------------------------------------------------------------------


class Name(Node):
    """An identifier. In load position a ``const()`` name has become a Constant."""

    __slots__ = ("id",)

    def __init__(self, first: int, last: int, id: str) -> None:
        self.first = first
        self.last = last
        self.id = id


class Constant(Node):
    """A literal or a folded expression.

    ``is_object``: whether it is loaded from the constant table. Otherwise it is a small int, a string that
    is a qstr, None, True, False or Ellipsis. ``line`` is the line that loading an object reports: that of
    its token, 0 for a folded number, for a folded tuple the line its rule began on.
    """

    __slots__ = ("value", "is_object", "line")

    def __init__(self, first: int, last: int, value: ConstantValue, is_object: bool, line: int) -> None:
        self.first = first
        self.last = last
        self.value = value
        self.is_object = is_object
        self.line = line


class BoolOp(Node):
    """``a or b or c`` / ``a and b and c``; two values or more, none decidable before the last."""

    __slots__ = ("is_or", "values")

    def __init__(self, first: int, last: int, is_or: bool, values: list[Expr]) -> None:
        self.first = first
        self.last = last
        self.is_or = is_or
        self.values = values


class Not(Node):
    __slots__ = ("operand",)

    def __init__(self, first: int, last: int, operand: Expr) -> None:
        self.first = first
        self.last = last
        self.operand = operand


class Compare(Node):
    """``operands[0] ops[0] operands[1] ...``; ops are ``< > == <= >= != in is``, ``not in``, ``is not``."""

    __slots__ = ("ops", "operands")

    def __init__(self, first: int, last: int, ops: list[str], operands: list[Expr]) -> None:
        self.first = first
        self.last = last
        self.ops = ops
        self.operands = operands


class Chain(Node):
    """Left-associative operators of one precedence: ``| ^ & << >> + - * @ / % //``."""

    __slots__ = ("ops", "operands")

    def __init__(self, first: int, last: int, ops: list[str], operands: list[Expr]) -> None:
        self.first = first
        self.last = last
        self.ops = ops
        self.operands = operands


class Unary(Node):
    """``+``, ``-`` or ``~``."""

    __slots__ = ("op", "operand")

    def __init__(self, first: int, last: int, op: str, operand: Expr) -> None:
        self.first = first
        self.last = last
        self.op = op
        self.operand = operand


class Power(Node):
    __slots__ = ("base", "exponent")

    def __init__(self, first: int, last: int, base: Expr, exponent: Expr) -> None:
        self.first = first
        self.last = last
        self.base = base
        self.exponent = exponent


class Conditional(Node):
    """``body if test else orelse``."""

    __slots__ = ("test", "body", "orelse")

    def __init__(self, first: int, last: int, test: Expr, body: Expr, orelse: Expr) -> None:
        self.first = first
        self.last = last
        self.test = test
        self.body = body
        self.orelse = orelse


class NamedExpr(Node):
    """``target := value``; the lowering refuses a target that is not a Name."""

    __slots__ = ("target", "value")

    def __init__(self, first: int, last: int, target: Expr, value: Expr) -> None:
        self.first = first
        self.last = last
        self.target = target
        self.value = value


class Starred(Node):
    """``*value`` in a tuple, list or target."""

    __slots__ = ("value",)

    def __init__(self, first: int, last: int, value: Expr) -> None:
        self.first = first
        self.last = last
        self.value = value


class Lambda(Node):
    __slots__ = ("params", "body")

    def __init__(self, first: int, last: int, params: list[Param], body: Expr) -> None:
        self.first = first
        self.last = last
        self.params = params
        self.body = body


class Primary(Node):
    """An atom with one trailer or more: ``a.b(c)[d]``. mpy-cross treats the whole as one node."""

    __slots__ = ("base", "trailers")

    def __init__(self, first: int, last: int, base: Expr, trailers: list[Trailer]) -> None:
        self.first = first
        self.last = last
        self.base = base
        self.trailers = trailers


class Await(Node):
    """``await base trailers``; here the trailers may be absent."""

    __slots__ = ("base", "trailers")

    def __init__(self, first: int, last: int, base: Expr, trailers: list[Trailer]) -> None:
        self.first = first
        self.last = last
        self.base = base
        self.trailers = trailers


class CallTrailer(Node):
    __slots__ = ("args",)

    def __init__(self, first: int, last: int, args: list[Argument]) -> None:
        self.first = first
        self.last = last
        self.args = args


class IndexTrailer(Node):
    """``[index]``; several subscripts are one bare Tuple (or a folded Constant)."""

    __slots__ = ("index",)

    def __init__(self, first: int, last: int, index: Expr) -> None:
        self.first = first
        self.last = last
        self.index = index


class AttributeTrailer(Node):
    __slots__ = ("name",)

    def __init__(self, first: int, last: int, name: str) -> None:
        self.first = first
        self.last = last
        self.name = name


class StarArgument(Node):
    __slots__ = ("value",)

    def __init__(self, first: int, last: int, value: Expr) -> None:
        self.first = first
        self.last = last
        self.value = value


class DoubleStarArgument(Node):
    __slots__ = ("value",)

    def __init__(self, first: int, last: int, value: Expr) -> None:
        self.first = first
        self.last = last
        self.value = value


class KeywordArgument(Node):
    """``name=value``; the lowering refuses a name that is not a Name (``f((a)=1)`` is one)."""

    __slots__ = ("name", "value")

    def __init__(self, first: int, last: int, name: Expr, value: Expr) -> None:
        self.first = first
        self.last = last
        self.name = name
        self.value = value


class NamedArgument(Node):
    """``target := value`` as an argument. Unlike NamedExpr it reports no line."""

    __slots__ = ("target", "value")

    def __init__(self, first: int, last: int, target: Expr, value: Expr) -> None:
        self.first = first
        self.last = last
        self.target = target
        self.value = value


class Tuple(Node):
    """A tuple that is not a folded Constant, such as ``()``, which is parenthesised and has no elements."""

    __slots__ = ("elements", "parenthesised")

    def __init__(self, first: int, last: int, elements: list[Expr], parenthesised: bool) -> None:
        self.first = first
        self.last = last
        self.elements = elements
        self.parenthesised = parenthesised


class List(Node):
    """``[...]``. ``is_sequence``: two elements or more, or one with a trailing comma."""

    __slots__ = ("elements", "is_sequence")

    def __init__(self, first: int, last: int, elements: list[Expr], is_sequence: bool) -> None:
        self.first = first
        self.last = last
        self.elements = elements
        self.is_sequence = is_sequence


class Brace(Node):
    """``{...}`` without ``for``. The first item decides whether it is a dict; a mixture is refused later."""

    __slots__ = ("items",)

    def __init__(self, first: int, last: int, items: list[Expr | DictItem]) -> None:
        self.first = first
        self.last = last
        self.items = items


class DictItem(Node):
    __slots__ = ("key", "value")

    def __init__(self, first: int, last: int, key: Expr, value: Expr) -> None:
        self.first = first
        self.last = last
        self.key = key
        self.value = value


class Comprehension(Node):
    """``kind`` is "list", "set", "dict" or "generator"; ``element`` is a DictItem for a dict.

    ``inner`` is the number of the first token inside the brackets: the line that the comprehension's own
    scope starts on. A generator that is a call's only bracket (``f(x for x in y)``) has ``is_argument``:
    it reports no line where it is called.
    """

    __slots__ = ("kind", "element", "clauses", "inner", "is_argument")

    def __init__(
        self,
        first: int,
        last: int,
        kind: str,
        element: Expr | DictItem,
        clauses: list[CompFor | CompIf],
        inner: int,
        is_argument: bool,
    ) -> None:
        self.first = first
        self.last = last
        self.kind = kind
        self.element = element
        self.clauses = clauses
        self.inner = inner
        self.is_argument = is_argument


class CompFor(Node):
    __slots__ = ("target", "iterable")

    def __init__(self, first: int, last: int, target: Expr, iterable: Expr) -> None:
        self.first = first
        self.last = last
        self.target = target
        self.iterable = iterable


class CompIf(Node):
    __slots__ = ("test",)

    def __init__(self, first: int, last: int, test: Expr) -> None:
        self.first = first
        self.last = last
        self.test = test


class Slice(Node):
    """``start:stop:step`` inside a subscript; ``step`` is None for ``a[x:y:]`` too."""

    __slots__ = ("start", "stop", "step")

    def __init__(
        self, first: int, last: int, start: Expr | None, stop: Expr | None, step: Expr | None
    ) -> None:
        self.first = first
        self.last = last
        self.start = start
        self.stop = stop
        self.step = step


class Yield(Node):
    __slots__ = ("value",)

    def __init__(self, first: int, last: int, value: Expr | None) -> None:
        self.first = first
        self.last = last
        self.value = value


class YieldFrom(Node):
    __slots__ = ("value",)

    def __init__(self, first: int, last: int, value: Expr) -> None:
        self.first = first
        self.last = last
        self.value = value


Expr = (
    Name | Constant | BoolOp | Not | Compare | Chain | Unary | Power | Conditional | NamedExpr | Starred
    | Lambda | Primary | Await | Tuple | List | Brace | Comprehension | Slice | Yield | YieldFrom
)  # fmt: skip
Trailer = CallTrailer | IndexTrailer | AttributeTrailer
Argument = Expr | StarArgument | DoubleStarArgument | KeywordArgument | NamedArgument


# --- parts of definitions --------------------------------------------------------------------------------


class Param(Node):
    """One parameter. ``stars`` is 0, 1 or 2; ``name`` is None for a bare ``*``.

    mpy-cross keeps no line for a parameter that is only a name; see ``is_plain``.
    """

    __slots__ = ("stars", "name", "annotation", "default")

    def __init__(
        self,
        first: int,
        last: int,
        stars: int,
        name: str | None,
        annotation: Expr | None,
        default: Expr | None,
    ) -> None:
        self.first = first
        self.last = last
        self.stars = stars
        self.name = name
        self.annotation = annotation
        self.default = default

    @property
    def is_plain(self) -> bool:
        return self.stars == 0 and self.annotation is None and self.default is None


class Decorator(Node):
    """``@a.b.c(...)``; ``call`` is None without parentheses."""

    __slots__ = ("names", "call")

    def __init__(self, first: int, last: int, names: list[str], call: CallTrailer | None) -> None:
        self.first = first
        self.last = last
        self.names = names
        self.call = call


class Suite(Node):
    """The statements of a block. ``is_list``: more than one, or one that ends in a semicolon.

    mpy-cross has no node for a block of one statement, so an error without a line of its own in there
    gets the line of something further out.
    """

    __slots__ = ("statements", "is_list")

    def __init__(self, first: int, last: int, statements: list[Stmt], is_list: bool) -> None:
        self.first = first
        self.last = last
        self.statements = statements
        self.is_list = is_list


class Alias(Node):
    """``a.b.c as asname`` in an import (one part only after ``from ... import``)."""

    __slots__ = ("parts", "asname")

    def __init__(self, first: int, last: int, parts: list[str], asname: str | None) -> None:
        self.first = first
        self.last = last
        self.parts = parts
        self.asname = asname


class Handler(Node):
    """``except exception as name:``; ``exception`` None catches all."""

    __slots__ = ("exception", "name", "body")

    def __init__(self, first: int, last: int, exception: Expr | None, name: str | None, body: Suite) -> None:
        self.first = first
        self.last = last
        self.exception = exception
        self.name = name
        self.body = body


class WithItem(Node):
    __slots__ = ("context", "target")

    def __init__(self, first: int, last: int, context: Expr, target: Expr | None) -> None:
        self.first = first
        self.last = last
        self.context = context
        self.target = target


class Branch(Node):
    """One ``if`` or ``elif`` with its block."""

    __slots__ = ("test", "body")

    def __init__(self, first: int, last: int, test: Expr, body: Suite) -> None:
        self.first = first
        self.last = last
        self.test = test
        self.body = body


# --- statements --------------------------------------------------------------------------------------------


class ExprStmt(Node):
    __slots__ = ("value",)

    def __init__(self, first: int, last: int, value: Expr) -> None:
        self.first = first
        self.last = last
        self.value = value


class Assign(Node):
    """``targets[0] = targets[1] = ... = value``."""

    __slots__ = ("targets", "value")

    def __init__(self, first: int, last: int, targets: list[Expr], value: Expr) -> None:
        self.first = first
        self.last = last
        self.targets = targets
        self.value = value


class AnnAssign(Node):
    """``target: annotation = value``; the annotation is never compiled."""

    __slots__ = ("target", "annotation", "value")

    def __init__(self, first: int, last: int, target: Expr, annotation: Expr, value: Expr | None) -> None:
        self.first = first
        self.last = last
        self.target = target
        self.annotation = annotation
        self.value = value


class AugAssign(Node):
    """``target op= value``; ``op`` without the equals sign."""

    __slots__ = ("target", "op", "value")

    def __init__(self, first: int, last: int, target: Expr, op: str, value: Expr) -> None:
        self.first = first
        self.last = last
        self.target = target
        self.op = op
        self.value = value


class Delete(Node):
    __slots__ = ("targets",)

    def __init__(self, first: int, last: int, targets: list[Expr]) -> None:
        self.first = first
        self.last = last
        self.targets = targets


class Pass(Node):
    """``pass``, or a statement that vanished: a lone constant, ``_NAME = const(...)`` (then ``line`` is
    0)."""

    __slots__ = ("line",)

    def __init__(self, first: int, last: int, line: int) -> None:
        self.first = first
        self.last = last
        self.line = line


class Break(Node):
    __slots__ = ()


class Continue(Node):
    __slots__ = ()


class Return(Node):
    __slots__ = ("value",)

    def __init__(self, first: int, last: int, value: Expr | None) -> None:
        self.first = first
        self.last = last
        self.value = value


class Raise(Node):
    __slots__ = ("exception", "cause")

    def __init__(self, first: int, last: int, exception: Expr | None, cause: Expr | None) -> None:
        self.first = first
        self.last = last
        self.exception = exception
        self.cause = cause


class YieldStmt(Node):
    __slots__ = ("value",)

    def __init__(self, first: int, last: int, value: Expr) -> None:
        self.first = first
        self.last = last
        self.value = value


class Import(Node):
    __slots__ = ("names",)

    def __init__(self, first: int, last: int, names: list[Alias]) -> None:
        self.first = first
        self.last = last
        self.names = names


class ImportFrom(Node):
    """``from ..module import names``; ``module`` may be empty, ``names`` is None for ``*``."""

    __slots__ = ("level", "module", "names")

    def __init__(
        self, first: int, last: int, level: int, module: list[str], names: list[Alias] | None
    ) -> None:
        self.first = first
        self.last = last
        self.level = level
        self.module = module
        self.names = names


class Global(Node):
    __slots__ = ("names",)

    def __init__(self, first: int, last: int, names: list[str]) -> None:
        self.first = first
        self.last = last
        self.names = names


class Nonlocal(Node):
    __slots__ = ("names",)

    def __init__(self, first: int, last: int, names: list[str]) -> None:
        self.first = first
        self.last = last
        self.names = names


class Assert(Node):
    __slots__ = ("test", "message")

    def __init__(self, first: int, last: int, test: Expr, message: Expr | None) -> None:
        self.first = first
        self.last = last
        self.test = test
        self.message = message


class If(Node):
    __slots__ = ("branches", "orelse")

    def __init__(self, first: int, last: int, branches: list[Branch], orelse: Suite | None) -> None:
        self.first = first
        self.last = last
        self.branches = branches
        self.orelse = orelse


class While(Node):
    __slots__ = ("test", "body", "orelse")

    def __init__(self, first: int, last: int, test: Expr, body: Suite, orelse: Suite | None) -> None:
        self.first = first
        self.last = last
        self.test = test
        self.body = body
        self.orelse = orelse


class For(Node):
    __slots__ = ("target", "iterable", "body", "orelse")

    def __init__(
        self, first: int, last: int, target: Expr, iterable: Expr, body: Suite, orelse: Suite | None
    ) -> None:
        self.first = first
        self.last = last
        self.target = target
        self.iterable = iterable
        self.body = body
        self.orelse = orelse


class Try(Node):
    __slots__ = ("body", "handlers", "orelse", "finalbody")

    def __init__(
        self,
        first: int,
        last: int,
        body: Suite,
        handlers: list[Handler],
        orelse: Suite | None,
        finalbody: Suite | None,
    ) -> None:
        self.first = first
        self.last = last
        self.body = body
        self.handlers = handlers
        self.orelse = orelse
        self.finalbody = finalbody


class With(Node):
    __slots__ = ("items", "body")

    def __init__(self, first: int, last: int, items: list[WithItem], body: Suite) -> None:
        self.first = first
        self.last = last
        self.items = items
        self.body = body


class FunctionDef(Node):
    """``first`` is the ``def`` token, also under decorators and ``async``."""

    __slots__ = ("name", "params", "returns", "body", "is_async")

    def __init__(
        self,
        first: int,
        last: int,
        name: str,
        params: list[Param],
        returns: Expr | None,
        body: Suite,
        is_async: bool = False,
    ) -> None:
        self.first = first
        self.last = last
        self.name = name
        self.params = params
        self.returns = returns
        self.body = body
        self.is_async = is_async


class ClassDef(Node):
    __slots__ = ("name", "args", "body")

    def __init__(self, first: int, last: int, name: str, args: list[Argument], body: Suite) -> None:
        self.first = first
        self.last = last
        self.name = name
        self.args = args
        self.body = body


class Decorated(Node):
    __slots__ = ("decorators", "definition")

    def __init__(
        self, first: int, last: int, decorators: list[Decorator], definition: FunctionDef | ClassDef
    ) -> None:
        self.first = first
        self.last = last
        self.decorators = decorators
        self.definition = definition


class Async(Node):
    """``async`` before a statement; decorated async functions are a Decorated whose definition
    ``is_async``."""

    __slots__ = ("statement",)

    def __init__(self, first: int, last: int, statement: FunctionDef | For | With) -> None:
        self.first = first
        self.last = last
        self.statement = statement


Stmt = (
    ExprStmt | Assign | AnnAssign | AugAssign | Delete | Pass | Break | Continue | Return | Raise | YieldStmt
    | Import | ImportFrom | Global | Nonlocal | Assert | If | While | For | Try | With | FunctionDef |
    ClassDef
    | Decorated | Async
)  # fmt: skip


class Module(Node):
    """A whole file."""

    __slots__ = ("body", "tokens")

    def __init__(self, first: int, last: int, body: list[Stmt], tokens: Tokens) -> None:
        self.first = first
        self.last = last
        self.body = body
        self.tokens = tokens
