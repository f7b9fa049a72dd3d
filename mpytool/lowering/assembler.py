"""The bodies of inline assembler functions: instructions with their operands as plain values."""

from __future__ import annotations

from mpytool import errors
from mpytool.errors import ErrorKind
from mpytool.grammar import tree
from mpytool.grammar.tokens import KIND_OF_NAME, Tokens
from mpytool.ir import AsmOperand, ScopeKind
from mpytool.lowering import codes
from mpytool.lowering.builder import Builder

_COMMA = KIND_OF_NAME["COMMA"]
_SEMICOLON = KIND_OF_NAME["SEMICOLON"]
_LINE_ENDS = (KIND_OF_NAME["NEWLINE"], KIND_OF_NAME["INDENT"], KIND_OF_NAME["DEDENT"])

PARAMETERS = "def"
"""Stands for a mnemonic; being a keyword, it is none."""

PSEUDO_OPERATIONS = ("label", "align", "data")
RETURN_TYPES = ("object", "bool", "int", "uint")


def lower_assembler_body(tokens: Tokens, b: Builder, node: tree.Node) -> None:
    """Check the form of an assembler function; what the instructions mean is the assembler's business."""
    if b.scope.kind is not ScopeKind.FUNCTION or not isinstance(node, tree.FunctionDef):
        b.fail(errors.ASM_NOT_FUNCTION, node, 0)
        return
    if node.params:
        b.function.arg_names += [param.name or "*" for param in node.params]
        b.add((codes.ASM, (PARAMETERS, tuple(map(_parameter, node.params))), node.first))
    lines = _lines(tokens, node.body)
    if node.returns is not None:
        _check_return_type(b, tokens, node, lines)
    for line in lines:
        if not isinstance(line, tree.Pass):
            _lower_instruction(b, tokens, line)


def _lines(tokens: Tokens, body: tree.Suite) -> list[tree.Node]:
    """The statements; after a line with semicolons nothing more matters.

    Such a line is one thing for mpy-cross, and no instruction: a bare node stands for it.
    """
    kinds = tokens.kinds
    semicolon = next((i for i in range(body.first, body.last + 1) if kinds[i] == _SEMICOLON), None)
    if semicolon is None:
        return list(body.statements)
    first = semicolon
    while first > body.first and kinds[first - 1] not in _LINE_ENDS:
        first -= 1
    before: list[tree.Node] = [statement for statement in body.statements if statement.first < first]
    return [*before, tree.Node(first, semicolon)]


def _check_return_type(b: Builder, tokens: Tokens, node: tree.FunctionDef, lines: list[tree.Node]) -> None:
    annotation = node.returns
    assert annotation is not None
    if not isinstance(annotation, tree.Name):
        line = _line_of_bad_annotation(b, tokens, node, lines) or b.peer_line(annotation)
        b.fail(errors.ASM_RETURN_NOT_NAME, annotation, line)
        return
    if annotation.id not in RETURN_TYPES:
        b.fail(errors.ASM_UNKNOWN_TYPE, annotation, name=annotation.id)
        return
    b.function.return_type = annotation.id


def _line_of_bad_annotation(
    b: Builder, tokens: Tokens, node: tree.FunctionDef, lines: list[tree.Node]
) -> int:
    """mpy-cross goes on after this error, and names the line where it stops; 0: the annotation's own."""
    for line in lines:
        if not isinstance(line, tree.Pass):
            call = _instruction(line)
            if call is None or _problem_of_form(b, tokens, *call) is not None:
                return 0
            return b.lines[call[1].first]
    return b.lines[node.first]


def _lower_instruction(b: Builder, tokens: Tokens, statement: tree.Node) -> None:
    call = _instruction(statement)
    if call is None:
        b.fail(errors.ASM_NOT_INSTRUCTION, statement)
        return
    problem = _problem_of_form(b, tokens, *call)
    if problem is not None:
        b.fail(problem, statement)
        return
    mnemonic, trailer = call
    token = statement.first if mnemonic in PSEUDO_OPERATIONS else trailer.first
    b.add((codes.ASM, (mnemonic, tuple(_operand(tokens, arg) for arg in trailer.args)), token))


def _instruction(statement: tree.Node) -> tuple[str, tree.CallTrailer] | None:
    """The mnemonic and the operands, if the statement looks like an instruction."""
    call = statement.value if isinstance(statement, tree.ExprStmt) else None
    if isinstance(call, tree.Primary) and isinstance(call.base, tree.Name) and len(call.trailers) == 1:
        trailer = call.trailers[0]
        if isinstance(trailer, tree.CallTrailer):
            return call.base.id, trailer
    return None


def _problem_of_form(
    b: Builder, tokens: Tokens, mnemonic: str, trailer: tree.CallTrailer
) -> ErrorKind | None:
    """What is wrong with the form of a pseudo operation."""
    operands = [_operand(tokens, arg) for arg in trailer.args] if mnemonic in PSEUDO_OPERATIONS else []
    kinds = [operand[0] for operand in operands]
    if mnemonic == "label" and kinds != ["name"]:
        return errors.ASM_LABEL_ARGUMENT
    if mnemonic == "align" and not (kinds == ["int"] and _fits(b, operands[0])):
        return errors.ASM_ALIGN_ARGUMENT
    if mnemonic == "data" and not (len(kinds) >= 2 and kinds[0] == "int" and _fits(b, operands[0])):
        return errors.ASM_DATA_ARGUMENTS
    return None


def _fits(b: Builder, operand: AsmOperand) -> bool:
    value = operand[1]
    return isinstance(value, int) and b.options.small_int_fits(value)


def _operand(tokens: Tokens, node: tree.Argument | tree.DictItem) -> AsmOperand:
    first, last = node.first, node.last
    if isinstance(node, tree.Name):
        return ("name", node.id, first, last)
    if isinstance(node, tree.Constant) and type(node.value) is int:
        return ("int", node.value, first, last)
    if isinstance(node, tree.List):
        return ("list", tuple(_operand(tokens, element) for element in node.elements), first, last)
    if isinstance(node, tree.Comprehension) and node.kind == "list":
        # For mpy-cross `[a for b in c]` has two parts, as `[a, b]` has.
        return (
            "list",
            (_operand(tokens, node.element), ("other", "", node.element.last + 1, last - 1)),
            first,
            last,
        )
    if isinstance(node, tree.Brace) and (not node.items or _is_sequence(tokens, node)):
        return ("set", tuple(_operand(tokens, item) for item in node.items), first, last)
    return ("other", "", first, last)


def _parameter(param: tree.Param) -> AsmOperand:
    if param.is_plain and param.name is not None:
        return ("name", param.name, param.first, param.last)
    return ("other", "", param.first, param.last)


def _is_sequence(tokens: Tokens, brace: tree.Brace) -> bool:
    """Whether there is a name, a comma, or more."""
    has_comma = tokens.kinds[brace.last - 1] == _COMMA
    return len(brace.items) > 1 or isinstance(brace.items[0], tree.Name) or has_comma
