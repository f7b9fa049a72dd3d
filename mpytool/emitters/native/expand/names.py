"""Names, attributes, imports."""

from __future__ import annotations

from mpytool.emitters.native.expand.builder import Builder
from mpytool.emitters.native.expand.runtime import NULL, Entry
from mpytool.emitters.native.ssa import Block, Instr, SsaFunction
from mpytool.ir import ScopeKind

_TOUCHING = frozenset(
    (
        "load_global", "store_global", "delete_name", "delete_global", "import_name", "import_from",
        "import_star", "load_build_class", "load_name", "store_name",
    )
)  # fmt: skip


def users_of_globals(ssa: SsaFunction, kind: ScopeKind) -> list[Block]:
    """The blocks that read or write the globals of whoever runs, and so have to run with the function's own.

    The importer runs a module's body with the module's globals. The names of a class body go to the class,
    and whoever makes a class runs with its own globals; so ``__name__``, which all of them read, is right.
    """
    if kind is ScopeKind.MODULE:
        return []
    is_class = kind is ScopeKind.CLASS
    return [
        block
        for block in ssa.blocks
        if any(
            instr.row.name in _TOUCHING
            and not (is_class and (instr.row.name == "store_name" or instr.imm == ("__name__",)))
            for instr in block.code
        )
    ]


def load_name(b: Builder, instr: Instr) -> None:
    b.define(instr, b.call(Entry.LOAD_NAME, b.qstr(instr.imm[0])))


def load_global(b: Builder, instr: Instr) -> None:
    b.define(instr, b.call(Entry.LOAD_GLOBAL, b.qstr(instr.imm[0])))


def load_build_class(b: Builder, instr: Instr) -> None:
    b.define(instr, b.call(Entry.LOAD_BUILD_CLASS))


def store_name(b: Builder, instr: Instr) -> None:
    value = b.use(instr.args[0])
    b.call(Entry.STORE_NAME, b.qstr(instr.imm[0]), value)


def store_global(b: Builder, instr: Instr) -> None:
    value = b.use(instr.args[0])
    b.call(Entry.STORE_GLOBAL, b.qstr(instr.imm[0]), value)


def delete_name(b: Builder, instr: Instr) -> None:
    b.call(Entry.DELETE_NAME, b.qstr(instr.imm[0]))


def delete_global(b: Builder, instr: Instr) -> None:
    b.call(Entry.DELETE_GLOBAL, b.qstr(instr.imm[0]))


def load_attr(b: Builder, instr: Instr) -> None:
    base = b.use(instr.args[0])
    b.define(instr, b.call(Entry.LOAD_ATTR, base, b.qstr(instr.imm[0])))


def store_attr(b: Builder, instr: Instr) -> None:
    base, value = (b.use(arg) for arg in instr.args)
    b.call(Entry.STORE_ATTR, base, b.qstr(instr.imm[0]), value)


def delete_attr(b: Builder, instr: Instr) -> None:
    base = b.use(instr.args[0])
    b.call(Entry.STORE_ATTR, base, b.qstr(instr.imm[0]), NULL)


def import_name(b: Builder, instr: Instr) -> None:
    names, level = (b.use(arg) for arg in instr.args)
    b.define(instr, b.call(Entry.IMPORT_NAME, b.qstr(instr.imm[0]), names, level))


def import_from(b: Builder, instr: Instr) -> None:
    module = b.use(instr.args[0])
    b.define(instr, b.call(Entry.IMPORT_FROM, module, b.qstr(instr.imm[0])))


def import_star(b: Builder, instr: Instr) -> None:
    b.call(Entry.IMPORT_ALL, b.use(instr.args[0]))
