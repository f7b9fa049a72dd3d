"""Import statements."""

from __future__ import annotations

from mpytool import errors
from mpytool.grammar import tree
from mpytool.ir import ScopeKind
from mpytool.lowering import codes
from mpytool.lowering.builder import Builder


def lower_import(b: Builder, node: tree.Import) -> None:
    """``import a.b`` binds ``a``; with ``as`` the attributes are followed to the last."""
    b.line(node.first)
    for alias in node.names:
        token = alias.first
        b.add((codes.LOAD_CONST_SMALL_INT, 0, token))
        b.add((codes.LOAD_CONST_NONE, None, token))
        b.add((codes.IMPORT_NAME, ".".join(alias.parts), token))
        if alias.asname is None:
            b.store(alias.parts[0], token)
        else:
            for part in alias.parts[1:]:
                b.add((codes.LOAD_ATTR, part, token))
            b.store(alias.asname, token)


def lower_import_from(b: Builder, node: tree.ImportFrom) -> None:
    token = node.first
    b.line(token)
    if node.names is None and b.scope.kind is not ScopeKind.MODULE:
        b.fail(errors.IMPORT_STAR_NESTED, node)
        return
    b.add((codes.LOAD_CONST_SMALL_INT, node.level, token))
    wanted = ["*"] if node.names is None else [alias.parts[0] for alias in node.names]
    for name in wanted:
        b.add((codes.LOAD_CONST_STRING, name, token))
    b.add((codes.BUILD_TUPLE, len(wanted), token))
    b.add((codes.IMPORT_NAME, ".".join(node.module), token))
    if node.names is None:
        b.add((codes.IMPORT_STAR, None, token))
        return
    for alias in node.names:
        b.add((codes.IMPORT_FROM, alias.parts[0], alias.first))
        b.store(alias.asname or alias.parts[0], alias.first)
    b.add((codes.POP_TOP, None, token))
