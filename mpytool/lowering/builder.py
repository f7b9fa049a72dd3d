"""The state of lowering one function, and the small operations that all of it is made of.

The modules of this room are functions over a ``Builder``, one per kind of syntax node; ``dispatch.py`` says
which. A builder only ever appends to ``ops``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from mpytool.errors import ErrorKind
from mpytool.grammar import tree
from mpytool.ir import Emitter, Function, ListItem, OpTuple, ScopeKind
from mpytool.lowering import codes
from mpytool.options import Options
from mpytool.scopes import Scope

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeAlias


class Rejected(Exception):  # noqa: N818
    """The program is wrong here. ``program.py`` makes a CompileError of it.

    ``line`` is the line mpy-cross would name, 0 while that is still open: an error at a node for which it
    keeps no line gets that of the next statement in a list of statements to end, mostly the one around it,
    else that of the definition.
    """

    def __init__(self, kind: ErrorKind, node: tree.Node, line: int, words: dict[str, Any]) -> None:
        super().__init__(kind.message)
        self.kind = kind
        self.first = node.first
        self.last = node.last
        self.line = line
        self.words = words
        self.is_compound = isinstance(node, _COMPOUND)


_COMPOUND = (tree.Handler, tree.For, tree.With, tree.FunctionDef, tree.ClassDef)


class Loop:
    """An enclosing loop: where ``break`` and ``continue`` go, and how deep handlers nested when it began.

    ``has_iterator``: leaving it by ``break`` must drop an iterator from the stack.
    """

    __slots__ = ("break_label", "continue_label", "exc_depth", "has_iterator")

    def __init__(self, break_label: int, continue_label: int, exc_depth: int, has_iterator: bool) -> None:
        self.break_label = break_label
        self.continue_label = continue_label
        self.exc_depth = exc_depth
        self.has_iterator = has_iterator


Lowering: TypeAlias = "Callable[[Builder, Any], None]"
"""Lowers one node: an expression leaves its value on the stack, a statement leaves nothing."""


class Builder:
    """Lowers one function. ``start_scope`` enters a nested definition into the program."""

    __slots__ = (
        "_last_line",
        "_tables",
        "add",
        "error",
        "exc_depth",
        "function",
        "lines",
        "loop",
        "ops",
        "options",
        "scope",
        "start_scope",
    )

    def __init__(
        self,
        scope: Scope,
        lines: list[int],
        options: Options,
        tables: dict[type[tree.Node], Lowering],
        start_scope: Callable[[Scope, tree.Node, ScopeKind, str, Emitter], Scope],
    ) -> None:
        self.scope = scope
        self.function: Function = scope.function
        self.lines = lines
        self.options = options
        self.start_scope = start_scope
        self.ops: list[OpTuple] = scope.function.ops
        self.add = self.ops.append
        self.loop: Loop | None = None
        self.exc_depth = 0
        self.error: Rejected | None = None
        self._tables = tables
        self._last_line = 1

    # --- the tree
    # ---------------------------------------------------------------------------------------------

    def lower(self, node: tree.Node) -> None:
        """Lower an expression or a statement."""
        self._tables[type(node)](self, node)

    def suite(self, suite: tree.Suite) -> None:
        """Lower the statements of a block."""
        if suite.is_list:
            self.each(suite.statements)
        else:
            self.lower(suite.statements[0])

    def each(self, nodes: Sequence[tree.Node]) -> None:
        """Lower nodes that mpy-cross compiles as a list: each lends its line to an error that has none."""
        tables = self._tables
        is_viper = self.function.emitter is Emitter.VIPER
        items: list[ListItem] = []
        for node in nodes:
            start = len(self.ops)
            tables[type(node)](self, node)
            if self.error is not None:
                self.error.line = self.error.line or self.peer_line(node)
                if self.error.line:
                    raise self.error
                return
            if is_viper:
                items.append(ListItem(start, len(self.ops), 0, self.peer_line(node)))
        for item in items:
            item.list_end = len(self.ops)
        self.function.list_items += items

    # --- lines and errors
    # ---------------------------------------------------------------------------------------

    def line(self, token: int) -> None:
        """What follows stems from the line of a token. Earlier lines than the last are never reported."""
        line = self.lines[token]
        if line > self._last_line:
            self._last_line = line
            self.add((codes.LINE, line, token))

    def line_number(self, line: int, token: int) -> None:
        """The same with a line that is not the token's own."""
        if line > self._last_line:
            self._last_line = line
            self.add((codes.LINE, line, token))

    def peer_line(self, node: tree.Node) -> int:
        """The line mpy-cross keeps in the parse node of a tree node, 0 where it keeps none."""
        if isinstance(node, tree.Name):
            return 0
        if isinstance(node, (tree.Constant, tree.Pass)):
            return node.line if isinstance(node, tree.Pass) or node.is_object else 0
        if isinstance(node, tree.Param) and node.is_plain:
            return 0
        return self.lines[node.first]

    def fail(self, kind: ErrorKind, node: tree.Node, line: int | None = None, **words: object) -> None:
        """The program is wrong at a node; ``line`` where mpy-cross names another line than the node's.

        Raises Rejected if the line is known. Otherwise this returns, and lowering goes on as if nothing had
        happened until ``each`` finds a line: mpy-cross goes on, too, and names the first that it comes to.
        """
        if self.error is None:
            self.error = Rejected(kind, node, self.peer_line(node) if line is None else line, words)
            if self.error.line:
                raise self.error

    # --- labels, stack and handlers
    # ------------------------------------------------------------------------------

    def new_label(self) -> int:
        label = self.function.n_labels
        self.function.n_labels = label + 1
        return label

    def label(self, label: int, node: tree.Node) -> None:
        self.add((codes.LABEL, label, node.first))

    def adjust(self, delta: int, node: tree.Node) -> None:
        """Correct the textual count of the stack's depth."""
        self.add((codes.STACK_ADJUST, delta, node.first))

    def setup(self, opcode: int, label: int, node: tree.Node) -> None:
        """Arm a handler."""
        self.add((opcode, label, node.first))
        self.exc_depth += 1
        if self.exc_depth > self.function.n_exc_stack:
            self.function.n_exc_stack = self.exc_depth

    def end_finally(self, node: tree.Node) -> None:
        """The innermost handler's code ends here."""
        self.exc_depth -= 1
        self.add((codes.END_FINALLY, None, node.first))

    def enter_loop(self, *, has_iterator: bool) -> tuple[Loop, Loop | None]:
        """Start a loop: the new one and the one to hand to ``leave_loop``."""
        outer = self.loop
        self.loop = Loop(self.new_label(), self.new_label(), self.exc_depth, has_iterator)
        return self.loop, outer

    def leave_loop(self, outer: Loop | None) -> None:
        """From here on ``break`` and ``continue`` mean the outer loop: an else block belongs to that."""
        self.loop = outer

    # --- names and functions
    # ---------------------------------------------------------------------------------------

    def load(self, name: str, token: int) -> None:
        self.scope.load(name)
        self.add((codes.LOAD_IDENT, name, token))

    def store(self, name: str, token: int) -> None:
        self.scope.bind(name)
        self.add((codes.STORE_IDENT, name, token))

    def delete(self, name: str, token: int) -> None:
        self.scope.bind(name)
        self.add((codes.DELETE_IDENT, name, token))

    def make(self, child: Scope, node: tree.Node, *, with_defaults: bool) -> None:
        """Make the function or closure of a nested scope."""
        children = self.function.children
        opcode = codes.MAKE_DEFARGS if with_defaults else codes.MAKE
        self.add((opcode, len(children), node.first))
        children.append(child.number)
