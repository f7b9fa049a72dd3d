"""Names, attributes, imports."""

from __future__ import annotations

from mpytool.emitters.native.expand.builder import Builder
from mpytool.emitters.native.expand.runtime import NULL, Entry
from mpytool.emitters.native.ssa import Instr, SsaFunction
from mpytool.ir import ScopeKind

_TOUCHING = frozenset(
    (
        "load_global", "store_global", "delete_name", "delete_global", "import_name", "import_from",
        "import_star", "load_build_class",
    )
)  # fmt: skip
_BY_NAME = frozenset(("load_name", "store_name"))


def touches_globals(ssa: SsaFunction, kind: ScopeKind) -> bool:
    """Whether a function reads or writes the globals of whoever runs, and so has to run with its own.

    The names of a class body go to the class. Whoever makes a class runs with its own globals; so a body that
    reads nothing but ``__name__``, as all do, finds the right ones.
    """
    names = {instr.row.name for block in ssa.blocks for instr in block.code}
    if names & _TOUCHING:
        return True
    if kind is not ScopeKind.CLASS:
        return bool(names & _BY_NAME)
    read = (i for block in ssa.blocks for i in block.code if i.row.name == "load_name")
    return any(instr.imm[0] != "__name__" for instr in read)


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
