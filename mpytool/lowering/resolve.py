"""Replace what only the finished scopes can decide.

Before::

    LOAD_IDENT x          MAKE 0             LOAD_CLASS_CELL        LOAD_SELF

After, with x a cell of this function that children[0] closes over::

    LOAD_DEREF 2          LOAD_FAST_N 2      LOAD_CONST_NONE        LOAD_FAST_N 0
                          MAKE_CLOSURE 0, 1
"""

from __future__ import annotations

from mpytool.ir import OpTuple
from mpytool.lowering import codes
from mpytool.scopes import IdKind, Scope

_FIRST_UNRESOLVED = codes.LOAD_IDENT

#: Opcodes for loading, storing and deleting
_BY_NAME = (codes.LOAD_NAME, codes.STORE_NAME, codes.DELETE_NAME)
_GLOBAL = (codes.LOAD_GLOBAL, codes.STORE_GLOBAL, codes.DELETE_GLOBAL)
_FAST = (codes.LOAD_FAST_N, codes.STORE_FAST_N, codes.DELETE_FAST)
_DEREF = (codes.LOAD_DEREF, codes.STORE_DEREF, codes.DELETE_DEREF)
_ACCESS: dict[IdKind, tuple[int, int, int]] = {
    IdKind.GLOBAL_IMPLICIT: _BY_NAME,
    IdKind.GLOBAL_ASSIGNED: _BY_NAME,
    IdKind.GLOBAL_EXPLICIT: _GLOBAL,
    IdKind.LOCAL: _FAST,
    IdKind.CELL: _DEREF,
    IdKind.FREE: _DEREF,
}


def resolve(scope: Scope, scopes: list[Scope]) -> None:
    """Rewrite the ops of one scope's function. All scopes must have their locals numbered."""
    function = scope.function
    identifiers = scope.identifiers
    ops: list[OpTuple] = []
    add = ops.append
    for op in function.ops:
        opcode, operand, token = op
        if opcode < _FIRST_UNRESOLVED:
            add(op)
        elif opcode <= codes.DELETE_IDENT:
            identifier = identifiers[operand]
            kind = identifier.kind
            resolved = _ACCESS[kind][opcode - _FIRST_UNRESOLVED]
            add((resolved, operand if kind < IdKind.LOCAL else identifier.local, token))
        elif opcode == codes.MAKE or opcode == codes.MAKE_DEFARGS:
            _resolve_make(ops, op, scope, scopes[function.children[operand]])
        elif opcode == codes.LOAD_CLASS_CELL:
            own = identifiers["__class__"]
            if own.kind is IdKind.LOCAL:
                add((codes.LOAD_CONST_NONE, None, token))
            else:
                add((codes.LOAD_FAST_N, own.local, token))
        else:
            name = scope.first_param()
            assert name is not None, "LOAD_SELF is lowered only in a function with parameters"
            identifier = identifiers[name]
            add((_ACCESS[identifier.kind][0], identifier.local, token))
    if function.list_items:
        _move_items(scope, scopes)
    function.ops = ops


def _resolve_make(ops: list[OpTuple], op: OpTuple, scope: Scope, child: Scope) -> None:
    """Push the cells that the child closes over, always by LOAD_FAST: the cell itself is wanted."""
    opcode, index, token = op
    with_defaults = opcode == codes.MAKE_DEFARGS
    n_cells = 0
    for captured in child.captured_by(scope):
        ops.append((codes.LOAD_FAST_N, scope.identifiers[captured.name].local, token))
        n_cells += 1
    if n_cells:
        opcode = codes.MAKE_CLOSURE_DEFARGS if with_defaults else codes.MAKE_CLOSURE
        ops.append((opcode, (index, n_cells), token))
    else:
        opcode = codes.MAKE_FUNCTION_DEFARGS if with_defaults else codes.MAKE_FUNCTION
        ops.append((opcode, index, token))


def _move_items(scope: Scope, scopes: list[Scope]) -> None:
    """Let the items know where their ops have gone: making a closure takes more of them."""
    function = scope.function
    positions = [0]
    for opcode, operand, _ in function.ops:
        width = 1
        if opcode == codes.MAKE or opcode == codes.MAKE_DEFARGS:
            width += sum(1 for _ in scopes[function.children[operand]].captured_by(scope))
        positions.append(positions[-1] + width)
    for item in function.list_items:
        item.start, item.end, item.list_end = (positions[i] for i in (item.start, item.end, item.list_end))
