"""All functions of a module together: what one takes for granted, the others must keep.

Two facts pass between functions: which arguments are cells (whoever makes a closure puts them there, and
LOAD_DEREF does not look), and which cells hold a class (super() does not look either).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from mpytool.module import CompiledModule, RawCode, RawCodeKind
from mpytool.mpyfile.verify import findings
from mpytool.mpyfile.verify.context import TRUSTED_NAMES, Context, Learnt, n_arguments
from mpytool.mpyfile.verify.findings import RejectedError
from mpytool.mpyfile.verify.flow import interpret
from mpytool.mpyfile.verify.structure import ObjectKinds, check_head
from mpytool.opcodes import FLAG_GENERATOR
from mpytool.options import Options

Path = tuple[int, ...]
Broken = tuple["Node", RejectedError]


@dataclass(slots=True, eq=False)
class Node:
    """A function in the tree. ``learnt`` is None for native code and for functions that were rejected."""

    raw_code: RawCode
    parent: Node | None
    number: int
    n_closed: int | None
    """How many of its first arguments are cells, whoever makes it; None if nobody is known to make it."""
    learnt: Learnt | None = None
    children: list[Node] = field(default_factory=list)

    @property
    def path(self) -> Path:
        path = []
        node: Node | None = self
        while node is not None and node.parent is not None:
            path.append(node.number)
            node = node.parent
        return tuple(reversed(path))


def check_functions(
    module: CompiledModule, max_state: int | None = None, deny_trusted_names: bool = False
) -> Iterator[Broken]:
    """Every broken rule of every function, parents first."""
    object_kind = ObjectKinds(module)
    trusted = {index: text for index, text in enumerate(module.qstrs) if text in TRUSTED_NAMES}
    limit = Options(small_int_bits=module.small_int_bits).small_int_limit
    n_qstrs = len(module.qstrs)
    nodes: list[Node] = []
    stack = [Node(module.root, None, 0, 0)]
    while stack:
        node = stack.pop()
        nodes.append(node)
        raw_code = node.raw_code
        prelude = raw_code.prelude
        sound = True
        if prelude is not None:
            for broken in check_head(raw_code, prelude, node.parent is None):
                sound = False
                yield node, broken
            if max_state is not None and prelude.n_state > max_state:
                yield node, RejectedError(findings.DENIED_STATE, n_state=prelude.n_state, limit=max_state)
        if sound and prelude is not None and raw_code.kind is RawCodeKind.BYTECODE:
            context = Context(raw_code, prelude, node.n_closed, n_qstrs, object_kind)
            context.trusted = trusted
            context.is_root = node.parent is None
            context.is_generator = prelude.scope_flags & FLAG_GENERATOR != 0
            context.small_int_limit = limit
            try:
                interpret(context)
            except RejectedError as broken:
                yield node, broken
            else:
                node.learnt = context.learnt
                if deny_trusted_names:
                    for name, pc in context.learnt.trusts.items():
                        yield node, RejectedError(findings.DENIED_NAME, pc, name=name)
        _open(node)
        stack.extend(reversed(node.children))
    yield from _check_classes(nodes)
    yield from _check_names(nodes)


def _open(node: Node) -> None:
    """Make the nodes of the children, with the number of cells that each maker gives them at least."""
    n_closed: dict[int, int] = {}
    for making in node.learnt.makings if node.learnt is not None else ():
        count = len(making.cells)
        n_closed[making.child] = min(count, n_closed.get(making.child, count))
    node.children = [
        Node(child, node, number, n_closed.get(number)) for number, child in enumerate(node.raw_code.children)
    ]


def _check_classes(nodes: list[Node]) -> Iterator[Broken]:
    for node in nodes:
        if node.learnt is None:
            continue
        for number, pc in node.learnt.class_bodies:
            what = _bad_body(node.children[number])
            if what is not None:
                yield node, RejectedError(findings.CLASS_BODY, pc, what=what)
        for local, pc in node.learnt.super_cells:
            if not _holds_class(node, local):
                yield node, RejectedError(findings.SUPER_CLASS, pc)


def _bad_body(body: Node) -> str | None:
    """Why the run time must not call a function as the body of a class (``__build_class__``)."""
    prelude = body.raw_code.prelude
    if prelude is not None and prelude.scope_flags & FLAG_GENERATOR:
        return "the body of a class is a generator"
    if body.learnt is not None and body.learnt.odd_return is not None:
        return "the body of a class returns something else than None or a cell"
    return None


def _holds_class(node: Node, local: int) -> bool:
    """Whether only the run time stores in a cell: then it holds a class, or nothing."""
    seen: set[tuple[int, int]] = set()
    todo = [(node, local)]
    while todo:
        user, number = todo.pop()
        key = (id(user), number)
        if key in seen:
            continue
        seen.add(key)
        prelude = user.raw_code.prelude
        if user.learnt is None or prelude is None:
            continue  # rejected, or native
        if number in user.learnt.cells_stored:
            return False
        if number in prelude.cells:
            if number < n_arguments(prelude):
                return False
        elif user.n_closed is None:
            continue  # never made
        elif number >= user.n_closed or user.parent is None or user.parent.learnt is None:
            return False
        else:
            todo += [
                (user.parent, making.cells[number])
                for making in user.parent.learnt.makings
                if making.child == user.number
            ]
        todo += [
            (user.children[making.child], place)
            for making in user.learnt.makings
            for place, cell in enumerate(making.cells)
            if cell == number
        ]
    return True


def _check_names(nodes: list[Node]) -> Iterator[Broken]:
    trusts = {name for node in nodes if node.learnt is not None for name in node.learnt.trusts}
    if not trusts:
        return
    for node in nodes:
        for name, pc in node.learnt.binds.items() if node.learnt is not None else ():
            if name in trusts:
                yield node, RejectedError(findings.REBOUND, pc, name=name)
