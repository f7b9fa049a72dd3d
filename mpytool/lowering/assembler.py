"""The bodies of inline assembler functions: instructions with their operands as plain values."""

from __future__ import annotations

from mpytool import errors
from mpytool.grammar import tree
from mpytool.ir import AsmOperand, ScopeKind
from mpytool.lowering import codes
from mpytool.lowering.builder import Builder

PARAMETERS = "def"
"""Stands for a mnemonic; being a keyword, it is none."""

PSEUDO_OPERATIONS = ("label", "align", "data")
RETURN_TYPES = ("object", "bool", "int", "uint")


def lower_assembler_body(b: Builder, node: tree.Node) -> None:
    """Check the form of an assembler function; what the instructions mean is the assembler's business."""
    if b.scope.kind is not ScopeKind.FUNCTION or not isinstance(node, tree.FunctionDef):
        b.fail(errors.ASM_NOT_FUNCTION, node, 0)
        return
    if node.params:
        b.function.arg_names += [param.name or "*" for param in node.params]
        b.add((codes.ASM, (PARAMETERS, tuple(map(_parameter, node.params))), node.first))
    if node.returns is not None:
        _check_return_type(b, node.returns)
    for statement in node.body.statements:
        if not isinstance(statement, tree.Pass):
            _lower_instruction(b, statement)


def _check_return_type(b: Builder, annotation: tree.Expr) -> None:
    if not isinstance(annotation, tree.Name):
        b.fail(errors.ASM_RETURN_NOT_NAME, annotation)
        return
    if annotation.id not in RETURN_TYPES:
        b.fail(errors.ASM_UNKNOWN_TYPE, annotation, name=annotation.id)
        return
    b.function.return_type = annotation.id


def _lower_instruction(b: Builder, statement: tree.Stmt) -> None:
    call = statement.value if isinstance(statement, tree.ExprStmt) else None
    if not (
        isinstance(call, tree.Primary)
        and isinstance(call.base, tree.Name)
        and len(call.trailers) == 1
        and isinstance(call.trailers[0], tree.CallTrailer)
    ):
        b.fail(errors.ASM_NOT_INSTRUCTION, statement)
        return
    trailer = call.trailers[0]
    operands = tuple(_operand(arg) for arg in trailer.args)
    kinds = [operand[0] for operand in operands]
    mnemonic = call.base.id
    if mnemonic == "label" and kinds != ["name"]:
        b.fail(errors.ASM_LABEL_ARGUMENT, statement)
        return
    if mnemonic == "align" and not (kinds == ["int"] and _fits(b, operands[0])):
        b.fail(errors.ASM_ALIGN_ARGUMENT, statement)
        return
    if mnemonic == "data" and not (len(kinds) >= 2 and kinds[0] == "int" and _fits(b, operands[0])):
        b.fail(errors.ASM_DATA_ARGUMENTS, statement)
        return
    token = statement.first if mnemonic in PSEUDO_OPERATIONS else trailer.first
    b.add((codes.ASM, (mnemonic, operands), token))


def _fits(b: Builder, operand: AsmOperand) -> bool:
    value = operand[1]
    return isinstance(value, int) and b.options.small_int_fits(value)


def _operand(node: tree.Argument | tree.DictItem) -> AsmOperand:
    first, last = node.first, node.last
    if isinstance(node, tree.Name):
        return ("name", node.id, first, last)
    if isinstance(node, tree.Constant) and type(node.value) is int:
        return ("int", node.value, first, last)
    if isinstance(node, tree.List):
        return ("list", tuple(_operand(element) for element in node.elements), first, last)
    if isinstance(node, tree.Comprehension) and node.kind == "list":
        # For mpy-cross `[a for b in c]` has two parts, as `[a, b]` has.
        return ("list", (_operand(node.element), ("other", "", node.element.last + 1, last - 1)), first, last)
    if isinstance(node, tree.Brace) and (not node.items or _is_sequence(node)):
        return ("set", tuple(_operand(item) for item in node.items), first, last)
    return ("other", "", first, last)


def _parameter(param: tree.Param) -> AsmOperand:
    if param.is_plain and param.name is not None:
        return ("name", param.name, param.first, param.last)
    return ("other", "", param.first, param.last)


def _is_sequence(brace: tree.Brace) -> bool:
    """Whether there is a name, a comma, or more."""
    item = brace.items[0]
    has_comma = item.last + 1 < brace.last
    return len(brace.items) > 1 or isinstance(item, tree.Name) or has_comma
