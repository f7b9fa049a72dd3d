"""Lower a whole file: scopes breadth-first, then their names."""

from __future__ import annotations

import functools

from mpytool import errors
from mpytool.diagnostics import CompileError
from mpytool.grammar import tree
from mpytool.ir import Emitter, Function, Program, ScopeKind
from mpytool.lowering.builder import Builder, Lowering, Rejected
from mpytool.lowering.dispatch import BODIES, NODES
from mpytool.lowering.resolve import resolve
from mpytool.options import Options
from mpytool.scopes import Scope
from mpytool.source import Source


def lower(module: tree.Module, source: Source, options: Options) -> Program:
    """The program of a syntax tree. Raises CompileError for the first thing that is wrong in it."""
    program, _ = lower_with_scopes(module, source, options)
    return program


def lower_with_scopes(module: tree.Module, source: Source, options: Options) -> tuple[Program, list[Scope]]:
    """The same with the scopes, function by function, for who wants to look at them."""
    lowering = _ProgramLowering(module, source, options)
    lowering.run()
    return lowering.program, lowering.scopes


class _ProgramLowering:
    """The list of scopes grows while it is worked off: a definition is entered when its statement is met."""

    def __init__(self, module: tree.Module, source: Source, options: Options) -> None:
        self.source = source
        self.options = options
        self.tokens = module.tokens
        self.program = Program(source.name, module.tokens)
        self.scopes: list[Scope] = []
        self.nodes: list[tree.Node] = []
        self.start_scope(None, module, ScopeKind.MODULE, ScopeKind.MODULE.value, Emitter(options.emit))

    def start_scope(
        self, parent: Scope | None, node: tree.Node, kind: ScopeKind, name: str, emitter: Emitter
    ) -> Scope:
        """Enter a function, class or comprehension; its body is lowered when its turn comes."""
        function = Function(name, kind, emitter, node.first)
        scope = Scope(function, len(self.scopes), parent)
        self.scopes.append(scope)
        self.nodes.append(node)
        self.program.functions.append(function)
        return scope

    def run(self) -> None:
        for number, scope in enumerate(self.scopes):  # which grows meanwhile
            self._lower_body(scope, self.nodes[number])
            scope.close_over()
        for scope in self.scopes:
            if scope.emitter is not Emitter.ASM:
                scope.number_locals()
        for scope in self.scopes:
            resolve(scope, self.scopes)

    def _lower_body(self, scope: Scope, node: tree.Node) -> None:
        body: Lowering = BODIES[scope.kind]
        if scope.emitter is Emitter.ASM:
            from mpytool.lowering.assembler import lower_assembler_body  # few files need it

            body = functools.partial(lower_assembler_body, self.tokens)
        builder = Builder(scope, self.tokens.lines, self.options, NODES, self.start_scope)
        try:
            body(builder, node)
            if builder.error is not None:
                raise builder.error
        except Rejected as rejected:
            raise self._error(rejected, scope, node) from None

    def _error(self, rejected: Rejected, scope: Scope, node: tree.Node) -> CompileError:
        start, end = self.tokens.starts[rejected.first], self.tokens.ends[rejected.last]
        if rejected.is_compound:
            # Its first line says which statement is meant
            end = min(end, start + len(self.source.text[start:end].splitlines()[0].rstrip()))
        return errors.compile_error(
            self.source,
            rejected.kind,
            start,
            end,
            peer_line=rejected.line or self._line_of_scope(node),
            scope=scope.function.name,
            **rejected.words,
        )

    def _line_of_scope(self, node: tree.Node) -> int:
        """The line mpy-cross falls back on: where the definition starts."""
        if isinstance(node, tree.Comprehension):
            return self.tokens.lines[node.inner]
        return self.tokens.lines[node.first]
