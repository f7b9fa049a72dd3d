"""The text form of the machine form: for ``--print machine``, for tests, for reports.

    function "f"
      frame "nlr" 13
      slots 2
      saved rbx r12
      resume b3 b4
      only v3 r0 r1
    b0:
      copy v0 v1 <- rdi rsi
      jump -> b1
    b1: from b0; loop 1; cold; handler b12
      add v3 [v5 + v6*8 + 16] @7
      v7 = call 18 v0 5 fp:0+8 @8

Of text that ``format_machine`` made ``parse_machine`` makes a function that prints the same.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from mpytool.emitters.native.low import Cond, FrameObject
from mpytool.emitters.native.machine import (
    Address,
    Call,
    CodeAddress,
    Copy,
    FrameRef,
    Instruction,
    MachineBlock,
    MachineFunction,
    MachineInstr,
    MachineOp,
    Operand,
    PhysReg,
    StackSlot,
    VReg,
)
from mpytool.print_ir import IrTextError, format_value, parse_value

_CONDS = {cond.value: cond for cond in Cond}


def format_machine(function: MachineFunction) -> str:
    """One function; ends with a newline."""
    lines = [f"function {format_value(function.name)}"]
    lines += [f"  frame {format_value(item.name)} {item.words}" for item in function.frame]
    if function.n_slots:
        lines.append(f"  slots {function.n_slots}")
    if function.saved:
        lines.append("  saved " + " ".join(map(str, function.saved)))
    if function.resume_points:
        lines.append("  resume " + " ".join(f"b{block.number}" for block in function.resume_points))
    lines += _format_classes(function)
    for block in function.blocks:
        lines.append(_format_head(block))
        lines += [format_machine_instr(instr) for instr in block.code]
    return "\n".join(lines) + "\n"


def _format_classes(function: MachineFunction) -> list[str]:
    """A line for each virtual register that not every machine register may hold, in order of appearance."""
    found: dict[VReg, None] = {}
    for block in function.blocks:
        for instr in block.code:
            for operand in _operands(instr):
                if isinstance(operand, Address):
                    parts: tuple[object, ...] = (operand.base, operand.index)
                else:
                    parts = (operand,)
                found |= {part: None for part in parts if isinstance(part, VReg) and part.only}
    return [
        f"  only {vreg} " + " ".join(map(str, sorted(vreg.only, key=lambda reg: reg.number)))
        for vreg in found
    ]


def _operands(instr: Instruction) -> list[Operand]:
    if isinstance(instr, Copy):
        return [*instr.places, *instr.sources]
    if isinstance(instr, Call):
        return [*([] if instr.result is None else [instr.result]), *instr.args]
    return instr.operands


def _format_head(block: MachineBlock) -> str:
    parts = []
    if block.predecessors:
        parts.append("from " + " ".join(f"b{p.number}" for p in block.predecessors))
    if block.loop:
        parts.append(f"loop {block.loop}")
    if block.cold:
        parts.append("cold")
    if block.handler is not None:
        parts.append(f"handler b{block.handler.number}")
    return f"b{block.number}:{' ' if parts else ''}{'; '.join(parts)}"


def format_operand(operand: Operand) -> str:
    if isinstance(operand, CodeAddress):
        return f"resume:{operand.resume_point}"
    return operand.value if isinstance(operand, Cond) else str(operand)


def format_machine_instr(instr: Instruction) -> str:
    """One instruction, indented, without an end of line."""
    if isinstance(instr, Copy):
        places, sources = (" ".join(map(format_operand, part)) for part in (instr.places, instr.sources))
        return f"  copy {places} <- {sources}"
    if isinstance(instr, Call):
        result = "" if instr.result is None else f"{instr.result} = "
        words = [f"  {result}call", str(instr.entry), *map(format_operand, instr.args)]
    else:
        words = [f"  {instr.op.name}", *map(format_operand, instr.operands)]
        if instr.targets:
            words += ["->", *(f"b{block.number}" for block in instr.targets)]
    if instr.token:
        words.append(f"@{instr.token}")
    return " ".join(words)


_WORD = re.compile(r"\[[^]]*\]|\S+")
_ADDRESS = re.compile(
    r"\[(?P<base>\S+?)(?: \+ (?P<index>[^\s*]+)\*(?P<scale>\d+))?(?: \+ (?P<offset>-?\d+))?\]"
)
_FRAME = re.compile(r"fp:(\d+)(?:\+(-?\d+))?")
_HEAD = re.compile(r"b(\d+):(.*)")


@dataclass(slots=True)
class _Reader:
    """``ops`` and ``registers`` of the target, by name."""

    ops: Mapping[str, MachineOp]
    registers: Mapping[str, PhysReg]
    function: MachineFunction = field(default_factory=lambda: MachineFunction(""))
    blocks: dict[str, MachineBlock] = field(default_factory=dict)
    vregs: dict[str, VReg] = field(default_factory=dict)

    def block(self, name: str) -> MachineBlock:
        if name not in self.blocks:
            self.blocks[name] = MachineBlock(int(name.removeprefix("b")))
        return self.blocks[name]

    def line(self, text: str) -> None:
        if text.startswith("function "):
            self.function.name = str(parse_value(text.removeprefix("function ")))
        elif (head := _HEAD.fullmatch(text)) is not None:
            self._head(self.block("b" + head[1]), head[2])
        elif self.function.blocks:
            self.function.blocks[-1].code.append(self._instr(_WORD.findall(text)))
        else:
            self._header(text.split())

    def _header(self, words: list[str]) -> None:
        kind, rest = words[0], words[1:]
        if kind == "frame":
            self.function.frame.append(FrameObject(str(parse_value(" ".join(rest[:-1]))), int(rest[-1])))
        elif kind == "slots":
            self.function.n_slots = int(rest[0])
        elif kind == "saved":
            self.function.saved = tuple(self.registers[name] for name in rest)
        elif kind == "resume":
            self.function.resume_points = [self.block(name) for name in rest]
        elif kind == "only":
            only = frozenset(self.registers[name] for name in rest[1:])
            self.vregs[rest[0]] = VReg(int(rest[0][1:]), only)
        else:
            raise ValueError(kind)

    def _head(self, block: MachineBlock, text: str) -> None:
        self.function.blocks.append(block)
        for part in filter(None, text.strip().split("; ")):
            kind, *rest = part.split()
            if kind == "from":
                block.predecessors = [self.block(name) for name in rest]
            elif kind == "loop":
                block.loop = int(rest[0])
            elif kind == "cold":
                block.cold = True
            elif kind == "handler":
                block.handler = self.block(rest[0])
            else:
                raise ValueError(kind)

    def _instr(self, words: list[str]) -> Instruction:
        if words[0] == "copy":
            arrow = words.index("<-")
            places = [self._operand(word) for word in words[1:arrow]]
            sources = [self._operand(word) for word in words[arrow + 1 :]]
            return Copy(places, sources)  # type: ignore[arg-type]
        token = int(words.pop()[1:]) if words[-1][0] == "@" else 0
        result = None
        if words[1:2] == ["="]:
            result = self._operand(words[0])
            words = words[2:]
        if words[0] == "call" and (result is not None or "call" not in self.ops):
            args = [self._operand(word) for word in words[2:]]
            return Call(int(words[1]), args, result, token)  # type: ignore[arg-type]
        arrow = words.index("->") if "->" in words else len(words)
        targets = [self.block(name) for name in words[arrow + 1 :]]
        return MachineInstr(
            self.ops[words[0]], [self._operand(word) for word in words[1:arrow]], targets, token
        )

    def _operand(self, word: str) -> Operand:
        if word in self.registers:
            return self.registers[word]
        if word in _CONDS:
            return _CONDS[word]
        if re.fullmatch(r"v\d+", word):
            return self.vregs.setdefault(word, VReg(int(word[1:])))
        if re.fullmatch(r"s\d+", word):
            return StackSlot(int(word[1:]))
        if (frame := _FRAME.fullmatch(word)) is not None:
            return FrameRef(int(frame[1]), int(frame[2] or 0))
        if word.startswith("resume:"):
            return CodeAddress(int(word.removeprefix("resume:")))
        if (match := _ADDRESS.fullmatch(word)) is not None:
            base = self._operand(match["base"])
            index = None if match["index"] is None else self._operand(match["index"])
            offset, scale = int(match["offset"] or 0), int(match["scale"] or 1)
            return Address(base, offset, index, scale)  # type: ignore[arg-type]
        return int(word)


def parse_machine(
    text: str, ops: Mapping[str, MachineOp], registers: Mapping[str, PhysReg]
) -> MachineFunction:
    """The function that ``text`` says. Raises IrTextError, naming the line."""
    reader = _Reader(ops, registers)
    for number, line in enumerate(text.splitlines(), 1):
        try:
            if line.strip():
                reader.line(line.strip())
        except (KeyError, ValueError, IndexError) as error:
            raise IrTextError(f"line {number}: {line.strip()!r} is no machine code ({error})") from error
    reader.function.n_vregs = 1 + max((vreg.number for vreg in reader.vregs.values()), default=-1)
    return reader.function
