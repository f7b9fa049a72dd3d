"""What ``mpy-tool.py -d`` prints, and its JSON for Compiler Explorer (``-d -j``), character by character.

Each line has a text, and for instructions the source line, where it links to, and labels. The text shows
jump distances instead of targets and repeats raw bytes; ``text.py`` is for people. One difference: the link
of UNWIND_JUMP leads to its target, not to the byte behind it, and cells are not taken for line numbers.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from html.entities import codepoint2name
from typing import Any

from mpytool.instructions import Instruction, decode_instruction
from mpytool.module import CompiledModule, Constant, FunTable, Prelude, RawCode, RawCodeKind
from mpytool.mpyfile.read import read
from mpytool.opcodes import BINARY_OPS, Operand
from mpytool.options import ARCHES
from mpytool.print_bytecode import JUMPS, line_starts

LANGUAGE = "mpy"
_NATIVE_ROW = 16
_RAW_DATA_SHOWN = 32


@dataclass(slots=True)
class AsmLine:
    """One line: its text, what Compiler Explorer is told besides, and the labels that it defines."""

    text: str
    annotations: dict[str, Any] = field(default_factory=dict)
    labels: tuple[str, ...] = ()


def format_ce_json(buffer: bytes | memoryview, file: str) -> str:
    """The JSON document of one file. MpyFormatError if it cannot be read."""
    return document(disassembly([(file, read(buffer), bytes(buffer[:4]))]))


def document(lines: Iterable[AsmLine], language: str = LANGUAGE) -> str:
    """Lines as the JSON that Compiler Explorer reads."""
    asm: list[dict[str, Any]] = []
    definitions: dict[str, int] = {}
    for number, line in enumerate(lines, 1):
        asm.append({"text": line.text, **line.annotations})
        definitions.update(dict.fromkeys(line.labels, number))
    return json.dumps({"asm": asm, "labelDefinitions": definitions, "languageId": language})


def disassembly(modules: Iterable[tuple[str, CompiledModule, bytes]]) -> Iterator[AsmLine]:
    """The lines for some modules, each given with the name of its file and the first four bytes of that."""
    escaped_names: set[str] = set()
    for file, module, header in modules:
        labels = _escaped_names(module, escaped_names)
        yield from map(AsmLine, _head(file, module, header))
        pending = [module.root]
        while pending:
            raw_code = pending.pop()
            yield from _Function(module, raw_code, labels).lines()
            if raw_code.kind in (RawCodeKind.BYTECODE, RawCodeKind.NATIVE):
                pending += reversed(raw_code.children)


def _head(file: str, module: CompiledModule, header: bytes) -> Iterator[str]:
    yield f"mpy_source_file: {file}"
    yield f"source_file: {module.qstrs[0]}"
    yield f"header: {header.hex(':')}"
    yield f"arch: {_ARCH_NAMES[module.arch] if module.arch < len(_ARCH_NAMES) else 'UNKNOWN'}"
    if header[2] & 0x40:
        yield f"arch_flags: {module.arch_flags:#x}"
    yield f"qstr_table[{len(module.qstrs)}]:"
    for text in module.qstrs:
        yield f"    {text}"
    yield f"obj_table: [{', '.join(map(_repr, module.constants))}]"


_ARCH_NAMES = ("NONE", *(name.upper() for name in ARCHES[1:]))


def _repr(value: Constant) -> str:
    if isinstance(value, FunTable):
        return value.value
    try:
        return repr(value)
    except ValueError:  # an int too long for Python's own text
        from mpytool.print_ir import format_value

        return format_value(value)


# --- names -------------------------------------------------------------------------------------------------

_SIGNS: Mapping[str, str] = {
    "-": "hyphen", " ": "space", "'": "squot", ",": "comma", ".": "dot", ":": "colon", ";": "semicolon",
    "/": "slash", "%": "percent", "#": "hash", "(": "paren_open", ")": "paren_close", "[": "bracket_open",
    "]": "bracket_close", "{": "brace_open", "}": "brace_close", "*": "star", "!": "bang",
    "\\": "backslash", "+": "plus", "$": "dollar", "=": "equals", "?": "question", "@": "at_sign",
    "^": "caret", "|": "pipe", "~": "tilde",
}  # fmt: skip
"""How qstr identifiers spell what HTML has no name for (``py/makeqstrdata.py``)."""

_MODULE_END = "_lt_module_gt_"


def escape_qstr(text: str) -> str:
    """A qstr as an identifier of C."""
    return "".join(map(_escape, text))


def _escape(character: str) -> str:
    if character.isascii() and (character.isalnum() or character == "_"):
        return character
    code = ord(character)
    return f"_{_SIGNS.get(character) or codepoint2name.get(code) or f'0x{code:02x}'}_"


def _escaped_names(module: CompiledModule, taken: set[str]) -> dict[int, str]:
    """The label of each function, by the identity of its raw code. ``taken`` grows."""
    source = re.sub("[^a-zA-Z0-9_]", "_", "_".join(module.qstrs[0].split(".")[:-1]))
    found: dict[int, str] = {}
    pending = [(source, module.root)]
    while pending:
        parent, raw_code = pending.pop()
        name = wanted = f"{parent}_{escape_qstr(_simple_name(module, raw_code))}"
        number = 2
        while name in taken:
            name = f"{wanted}{number}"
            number += 1
        taken.add(name)
        found[id(raw_code)] = name
        inside = parent if name.endswith(_MODULE_END) else name
        pending += [(inside, child) for child in reversed(raw_code.children)]
    return found


def _simple_name(module: CompiledModule, raw_code: RawCode) -> str:
    return module.qstrs[raw_code.prelude.name if raw_code.prelude is not None else 0]


# --- functions ---------------------------------------------------------------------------------------------


class _Function:
    def __init__(self, module: CompiledModule, raw_code: RawCode, labels: Mapping[int, str]) -> None:
        self._module = module
        self._raw_code = raw_code
        self._labels = labels
        self._label = labels[id(raw_code)]

    def lines(self) -> Iterator[AsmLine]:
        raw_code = self._raw_code
        data = raw_code.data
        yield AsmLine(f"simple_name: {_simple_name(self._module, raw_code)}", labels=(self._label,))
        if raw_code.kind is RawCodeKind.BYTECODE:
            yield AsmLine(f"  raw bytecode: {len(data)} {bytes(data).hex(':')}")
        else:
            more = "..." if len(data) > _RAW_DATA_SHOWN else ""
            yield AsmLine(f"  raw data: {len(data)} {bytes(data[:_RAW_DATA_SHOWN]).hex(':')} {more}")
        prelude = raw_code.prelude
        if prelude is None:
            return
        yield from self._prelude(prelude)
        if raw_code.kind is RawCodeKind.BYTECODE:
            yield from self._bytecode(prelude)
        else:
            end = raw_code.native.prelude_offset if raw_code.native is not None else 0
            for offset in range(0, end, _NATIVE_ROW):
                yield AsmLine(f"  {bytes(data[offset : min(offset + _NATIVE_ROW, end)]).hex(':')}")
        yield self._children()

    def _prelude(self, prelude: Prelude) -> Iterator[AsmLine]:
        fields = (
            prelude.n_state, prelude.n_exc_stack, prelude.scope_flags, prelude.n_pos_args,
            prelude.n_kwonly_args, prelude.n_def_pos_args,
        )  # fmt: skip
        lines = bytes(prelude.line_table) + bytes(prelude.cells)
        is_bytecode = self._raw_code.kind is RawCodeKind.BYTECODE
        yield AsmLine(f"  prelude: {fields}")
        yield AsmLine(f"  args: {[self._module.qstrs[index] for index in prelude.arg_names]}")
        yield AsmLine(f"  line info: {lines.hex(':') if is_bytecode else repr(lines)}")

    def _bytecode(self, prelude: Prelude) -> Iterator[AsmLine]:
        code = self._raw_code.data[self._raw_code.opcodes_offset :]
        starts = line_starts(prelude.line_table)
        offsets = [offset for offset, _ in starts]
        offset = 0
        while offset < len(code):
            try:
                instruction = decode_instruction(code, offset)
            except (IndexError, ValueError):
                yield AsmLine(f"  {bytes(code[offset:]).hex(':')} unknown")
                return
            at = bisect_right(offsets, offset)
            line = starts[at - 1][1] if at else 1
            yield self._instruction(instruction, bytes(code[offset : instruction.end]), line)
            offset = instruction.end

    def _instruction(self, instruction: Instruction, data: bytes, line: int) -> AsmLine:
        place = self._place(instruction.offset)
        name = _mnemonic(instruction)
        before = f"  {data.hex(':'):<11} {name}"
        argument = self._argument(instruction)
        annotations: dict[str, Any] = {"source": {"file": None, "line": line}, "disassembly": name}
        start = len(before) + 1
        target: str | None = None
        if instruction.op.operand in JUMPS:
            goal = (instruction.operand or 0) + self._raw_code.opcodes_offset
            annotations["link"] = {"offset": start, "length": len(argument), "to": goal}
            target = f"{self._label}.{goal}"
        elif instruction.op.operand in (Operand.CHILD, Operand.CHILD_CELLS):
            children = self._raw_code.children
            index = instruction.operand or 0
            target = self._labels[id(children[index])] if index < len(children) else f"{self._label}.children"
        if target is not None:
            span = {"startCol": start + 1, "endCol": start + len(argument) + 1}
            annotations["labels"] = [{"name": place, "target": target, "range": span}]
        return AsmLine(f"{before} {argument}", annotations, (place,))

    def _place(self, offset: int) -> str:
        return f"{self._label}.{offset + self._raw_code.opcodes_offset}"

    def _argument(self, instruction: Instruction) -> str:
        operand = instruction.operand
        if operand is None or instruction.op.count > 1:
            return ""
        match instruction.op.operand:
            case Operand.QSTR if operand < len(self._module.qstrs):
                return self._module.qstrs[operand]
            case Operand.OBJECT if operand < len(self._module.constants):
                return _repr(self._module.constants[operand])
        if instruction.op.operand in JUMPS:
            # The byte behind the distance of UNWIND_JUMP counts as its size there too.
            return str(operand - instruction.end + (instruction.extra is not None))
        return str(operand)

    def _children(self) -> AsmLine:
        text = "  children: ["
        labels = [f"{self._label}.children"]
        links: list[dict[str, Any]] = []
        for number, child in enumerate(self._raw_code.children):
            text += ", " if number else ""
            start = len(text) + 1
            text += _simple_name(self._module, child)
            name = f"{self._label}.child{number}"
            labels.append(name)
            span = {"startCol": start, "endCol": len(text) + 1}
            links.append({"name": name, "target": self._labels[id(child)], "range": span})
        return AsmLine(text + "]", {"labels": links}, tuple(labels))


# --- instructions ------------------------------------------------------------------------------------------

_UNARY_METHODS = ("__pos__", "__neg__", "__invert__", "<not>")
_BINARY_METHODS: Mapping[str, str] = {
    "<": "__lt__", ">": "__gt__", "==": "__eq__", "<=": "__le__", ">=": "__ge__", "!=": "__ne__",
    "in": "<in>", "is": "<is>", "except match": "<exception match>",
    "|": "or", "^": "xor", "&": "and", "<<": "lshift", ">>": "rshift", "+": "add", "-": "sub", "*": "mul",
    "@": "matmul", "//": "floordiv", "/": "truediv", "%": "mod", "**": "pow",
}  # fmt: skip


def method_name(operator: str) -> str:
    """The special method of a binary operator: ``__add__`` for ``+``, ``__iadd__`` for ``+=``."""
    name = _BINARY_METHODS.get(operator)
    if name is None:
        return f"__i{_BINARY_METHODS[operator[:-1]]}__"
    return name if name[0] in "_<" else f"__{name}__"


def _mnemonic(instruction: Instruction) -> str:
    op, operand = instruction.op, instruction.operand or 0
    if op.count == 1:
        return op.name
    name = op.name.removesuffix("_MULTI")
    if op.name == "UNARY_OP_MULTI":
        return f"{name} {operand} {_UNARY_METHODS[operand]}"
    if op.name == "BINARY_OP_MULTI":
        return f"{name} {operand} {method_name(BINARY_OPS[operand])}"
    return f"{name} {operand}"
