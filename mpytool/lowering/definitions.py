"""Functions, lambdas, classes and decorators: what the enclosing scope does, and the bodies."""

from __future__ import annotations

from mpytool import errors
from mpytool.grammar import tree
from mpytool.grammar.tokens import KIND_OF_NAME
from mpytool.ir import Emitter, ScopeKind
from mpytool.lowering import codes
from mpytool.lowering.builder import Builder
from mpytool.lowering.calls import lower_arguments, lower_call
from mpytool.lowering.viper import annotate_param, annotate_result
from mpytool.opcodes import FLAG_DEFKWARGS, FLAG_GENERATOR, FLAG_VARARGS, FLAG_VARKEYWORDS
from mpytool.options import ARCHES
from mpytool.scopes import IdKind, Scope

_END = KIND_OF_NAME["END"]

_EMITTER_OF_DECORATOR: dict[str, Emitter] = {
    "bytecode": Emitter.BYTECODE,
    "native": Emitter.NATIVE,
    "viper": Emitter.VIPER,
    "asm_thumb": Emitter.ASM,
    "asm_xtensa": Emitter.ASM,
    "asm_rv32": Emitter.ASM,
}
_ARCHES_WITHOUT: dict[Emitter, frozenset[str]] = {
    Emitter.BYTECODE: frozenset(),
    Emitter.NATIVE: frozenset({"none", "rv64imc"}),
    Emitter.VIPER: frozenset({"none", "rv64imc"}),
    Emitter.ASM: frozenset({"none", "x86", "x64", "rv64imc", "debug"}),
}
"""The architectures for which mpy-cross has no such emitter (``py/compile.c``, the two emitter tables)."""
assert all(arch in ARCHES for arches in _ARCHES_WITHOUT.values() for arch in arches)


# --- in the enclosing scope
# ------------------------------------------------------------------------------------


def lower_function_def(b: Builder, node: tree.FunctionDef) -> None:
    """``async def`` comes here as well: it is a generator from the start."""
    _make_function(b, node, b.scope.emitter)
    b.store(node.name, node.first)


def lower_plain_function_def(b: Builder, node: tree.FunctionDef) -> None:
    b.line(node.first)
    lower_function_def(b, node)


def _make_function(b: Builder, node: tree.FunctionDef, emitter: Emitter) -> None:
    child = b.start_scope(b.scope, node, ScopeKind.FUNCTION, node.name, emitter)
    _make_with_defaults(b, child, node.params, node)
    if node.is_async:
        child.function.flags |= FLAG_GENERATOR


def lower_lambda(b: Builder, node: tree.Lambda) -> None:
    b.line(node.first)
    child = b.start_scope(b.scope, node, ScopeKind.LAMBDA, ScopeKind.LAMBDA.value, b.scope.emitter)
    _make_with_defaults(b, child, node.params, node)


def _make_with_defaults(b: Builder, child: Scope, params: list[tree.Param], node: tree.Node) -> None:
    """Evaluate the defaults, in order: positional ones into a tuple, keyword-only ones into a dict."""
    token = node.first
    n_positional = n_keyword = 0
    has_star = False
    for param in params:
        if param.stars:
            has_star = has_star or param.stars == 1
        elif param.default is None:
            if n_positional and not has_star:
                b.fail(errors.NON_DEFAULT_AFTER_DEFAULT, param, name=param.name)
        elif has_star:
            if n_keyword == 0:
                _push_positional_defaults(b, n_positional, token)
                b.add((codes.BUILD_MAP, 0, token))
            n_keyword += 1
            b.lower(param.default)
            b.add((codes.LOAD_CONST_STRING, param.name, param.first))
            b.add((codes.STORE_MAP, None, param.first))
        else:
            n_positional += 1
            b.lower(param.default)
    if n_positional and not n_keyword:
        _push_positional_defaults(b, n_positional, token)
        b.add((codes.LOAD_NULL, None, token))
    if n_keyword:
        child.function.flags |= FLAG_DEFKWARGS
    child.function.n_def_pos_args = n_positional
    b.make(child, node, with_defaults=bool(n_positional or n_keyword))


def _push_positional_defaults(b: Builder, count: int, token: int) -> None:
    if count:
        b.add((codes.BUILD_TUPLE, count, token))
    else:
        b.add((codes.LOAD_NULL, None, token))


def lower_class_def(b: Builder, node: tree.ClassDef) -> None:
    b.line(node.first)
    _make_class(b, node, b.scope.emitter)
    b.store(node.name, node.first)


def _make_class(b: Builder, node: tree.ClassDef, emitter: Emitter) -> None:
    child = b.start_scope(b.scope, node, ScopeKind.CLASS, node.name, emitter)
    b.add((codes.LOAD_BUILD_CLASS, None, node.first))
    b.make(child, node, with_defaults=False)
    b.add((codes.LOAD_CONST_STRING, node.name, node.first))
    lower_arguments(b, node.args, node, is_method=False, n_extra=2)


def lower_decorated(b: Builder, node: tree.Decorated) -> None:
    b.line(node.first)
    emitter = b.scope.emitter
    n_calls = 0
    for decorator in node.decorators:
        if decorator.names[0] == "micropython":
            emitter = _built_in_emitter(b, decorator)
            continue
        n_calls += 1
        b.load(decorator.names[0], decorator.first)
        for name in decorator.names[1:]:
            b.add((codes.LOAD_ATTR, name, decorator.first))
        if decorator.call is not None:
            lower_call(b, decorator.call)
    definition = node.definition
    if isinstance(definition, tree.FunctionDef):
        _make_function(b, definition, emitter)
    else:
        _make_class(b, definition, emitter)
    for _ in range(n_calls):
        b.add((codes.CALL_FUNCTION, (1, 0), node.first))
    b.store(definition.name, definition.first)


def _built_in_emitter(b: Builder, decorator: tree.Decorator) -> Emitter:
    """The emitter that a ``@micropython.x`` asks for. mpy-cross knows no line for its errors here."""
    names = decorator.names
    name = ".".join(names)
    emitter = _EMITTER_OF_DECORATOR.get(names[1]) if len(names) == 2 else None
    if emitter is None:
        b.fail(errors.BAD_DECORATOR, decorator, 0, name=name)
        return b.scope.emitter
    if b.options.arch in _ARCHES_WITHOUT[emitter]:
        b.fail(errors.INVALID_ARCH, decorator, 0, name=name, arch=b.options.arch)
    return emitter


# --- the bodies
# ------------------------------------------------------------------------------------------------


def lower_module_body(b: Builder, node: tree.Module) -> None:
    # A file that only has one empty line is a token for mpy-cross, any other a node with a line
    if node.body or node.tokens.kinds[node.first] == _END:
        b.line(node.first)
    b.each(node.body)
    _return_none(b, node)


def lower_function_body(b: Builder, node: tree.FunctionDef) -> None:
    _enter_params(b, node.params)
    if b.scope.emitter is Emitter.VIPER:
        annotate_result(b, node)
    b.suite(node.body)
    _return_none(b, node)


def lower_lambda_body(b: Builder, node: tree.Lambda) -> None:
    b.line(node.first)
    _enter_params(b, node.params)
    b.lower(node.body)
    if b.function.flags & FLAG_GENERATOR:
        # The value of the expression is not what the generator returns
        b.add((codes.POP_TOP, None, node.first))
        b.add((codes.LOAD_CONST_NONE, None, node.first))
    b.add((codes.RETURN_VALUE, None, node.first))


def lower_class_body(b: Builder, node: tree.ClassDef) -> None:
    """A class body returns the cell of ``__class__`` if a method needs it."""
    token = node.first
    b.scope.find_or_add("__class__", IdKind.LOCAL)
    b.load("__name__", token)
    b.store("__module__", token)
    b.add((codes.LOAD_CONST_STRING, node.name, token))
    b.store("__qualname__", token)
    b.suite(node.body)
    b.add((codes.LOAD_CLASS_CELL, None, token))
    b.add((codes.RETURN_VALUE, None, token))


def _return_none(b: Builder, node: tree.Node) -> None:
    b.add((codes.LOAD_CONST_NONE, None, node.first))
    b.add((codes.RETURN_VALUE, None, node.first))


def _enter_params(b: Builder, params: list[tree.Param]) -> None:
    """Parameters are the first names of a scope, so that they get the first locals."""
    function = b.function
    has_star = False
    for param in params:
        if function.flags & FLAG_VARKEYWORDS:
            b.fail(errors.AFTER_KWARGS, param)
            continue
        if param.stars == 1:
            if has_star:
                b.fail(errors.SECOND_STAR, param)
                continue
            has_star = True
            if param.name is not None:
                function.flags |= FLAG_VARARGS
        elif param.stars == 2:
            function.flags |= FLAG_VARKEYWORDS
        elif has_star:
            function.n_kwonly_args += 1
        else:
            function.n_pos_args += 1
        if param.name is None:
            continue
        if not b.scope.add_param(param.name, param.stars):
            b.fail(errors.ARGUMENT_REUSED, param, name=param.name)
        elif b.scope.emitter is Emitter.VIPER:
            annotate_param(b, param)
