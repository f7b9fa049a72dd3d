"""Atoms with trailers: calls, attributes and subscripts."""

from __future__ import annotations

from mpytool import errors
from mpytool.grammar import tree
from mpytool.ir import ScopeKind
from mpytool.lowering import codes
from mpytool.lowering.builder import Builder
from mpytool.lowering.expressions import emit_yield_from, lower_walrus


def lower_primary(b: Builder, node: tree.Primary) -> None:
    b.line(node.first)
    _lower_atom_and_trailers(b, node.base, node.trailers)


def lower_await(b: Builder, node: tree.Await) -> None:
    b.line(node.first)
    if b.scope.kind is not ScopeKind.FUNCTION and b.scope.kind is not ScopeKind.LAMBDA:
        b.fail(errors.AWAIT_OUTSIDE, node)
        return
    _lower_atom_and_trailers(b, node.base, node.trailers)
    emit_yield_from(b, node)


def _lower_atom_and_trailers(b: Builder, base: tree.Expr, trailers: list[tree.Trailer]) -> None:
    b.lower(base)
    if (
        isinstance(base, tree.Name)
        and base.id == "super"
        and b.scope.kind is ScopeKind.FUNCTION
        and trailers
        and isinstance(trailers[0], tree.CallTrailer)
        and not trailers[0].args
    ):
        lower_trailers(b, trailers, _lower_super_call(b, trailers))
    else:
        lower_trailers(b, trailers, 0)


def _lower_super_call(b: Builder, trailers: list[tree.Trailer]) -> int:
    """``super()`` in a function: name the class and the instance. Returns how many trailers that used up."""
    call = trailers[0]
    b.load("__class__", call.first)
    if b.scope.first_param() is None:
        b.fail(errors.SUPER_NO_SELF, call)
        return len(trailers)
    b.add((codes.LOAD_SELF, None, call.first))
    if len(trailers) >= 3:
        attribute, method_call = trailers[1], trailers[2]
        if isinstance(attribute, tree.AttributeTrailer) and isinstance(method_call, tree.CallTrailer):
            b.add((codes.LOAD_SUPER_METHOD, attribute.name, attribute.first))
            lower_arguments(b, method_call.args, method_call, is_method=True)
            return 3
    b.add((codes.CALL_FUNCTION, (2, 0), call.first))
    return 1


def lower_trailers(b: Builder, trailers: list[tree.Trailer], start: int) -> None:
    """Apply trailers to the top of the stack. ``.name(...)`` becomes a method call, without a line report."""
    index, end = start, len(trailers)
    while index < end:
        trailer = trailers[index]
        index += 1
        if isinstance(trailer, tree.AttributeTrailer):
            if index < end:
                call = trailers[index]
                if isinstance(call, tree.CallTrailer):
                    index += 1
                    b.add((codes.LOAD_METHOD, trailer.name, trailer.first))
                    lower_arguments(b, call.args, call, is_method=True)
                    continue
            b.line(trailer.first)
            b.add((codes.LOAD_ATTR, trailer.name, trailer.first))
        elif isinstance(trailer, tree.CallTrailer):
            lower_call(b, trailer)
        else:
            b.line(trailer.first)
            b.lower(trailer.index)
            b.add((codes.LOAD_SUBSCR, None, trailer.first))


def lower_call(b: Builder, node: tree.CallTrailer) -> None:
    """Call the top of the stack."""
    b.line(node.first)
    lower_arguments(b, node.args, node, is_method=False)


def lower_arguments(
    b: Builder, args: list[tree.Argument], node: tree.Node, *, is_method: bool, n_extra: int = 0
) -> None:
    """Push arguments and call what lies below them; ``n_extra`` positional ones are on the stack already."""
    n_positional, n_keyword = n_extra, 0
    has_star = has_double_star = False
    star_bits = 0
    for index, arg in enumerate(args):
        if isinstance(arg, tree.StarArgument):
            if has_double_star:
                b.fail(errors.STAR_AFTER_DOUBLE_STAR, arg)
                return
            if n_keyword:
                b.fail(errors.STAR_AFTER_KEYWORD, arg)
                return
            limit = b.options.small_int_bits - 1
            if index >= limit:
                b.fail(errors.TOO_MANY_ARGS, arg, limit=limit)
                return
            has_star = True
            star_bits |= 1 << index
            b.lower(arg.value)
            n_positional += 1
        elif isinstance(arg, tree.DoubleStarArgument):
            has_double_star = True
            b.add((codes.LOAD_NULL, None, arg.first))
            b.lower(arg.value)
            n_keyword += 1
        elif isinstance(arg, tree.KeywordArgument):
            if not isinstance(arg.name, tree.Name):
                b.fail(errors.KEYWORD_NOT_NAME, arg)
                return
            b.add((codes.LOAD_CONST_STRING, arg.name.id, arg.first))
            b.lower(arg.value)
            n_keyword += 1
        elif isinstance(arg, tree.NamedArgument):
            lower_walrus(b, arg.target, arg.value)
            n_positional += 1
        else:
            # mpy-cross checks the order for plain expressions only, not for a bracketless generator
            if not (isinstance(arg, tree.Comprehension) and arg.is_argument):
                if has_double_star:
                    b.fail(errors.POSITIONAL_AFTER_DOUBLE_STAR, arg)
                    return
                if n_keyword:
                    b.fail(errors.POSITIONAL_AFTER_KEYWORD, arg)
                    return
            b.lower(arg)
            n_positional += 1
    if has_star or has_double_star:
        b.add((codes.LOAD_CONST_SMALL_INT, star_bits, node.first))
        opcode = codes.CALL_METHOD_VAR_KW if is_method else codes.CALL_FUNCTION_VAR_KW
    else:
        opcode = codes.CALL_METHOD if is_method else codes.CALL_FUNCTION
    b.add((opcode, (n_positional, n_keyword), node.first))
