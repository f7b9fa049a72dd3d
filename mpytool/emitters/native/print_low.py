"""The text form of the low form: for ``--print low``, for tests, for reports.

    function "f" word 8 inputs 4
      frame 0 "arguments" 3
      resume b4 b7                          of a generator
    b0:
      v0 = input 3
      v1 = load word +8 v0
      v2 = load_indexed s16 +2 *2 v0 v1     sizes: word, u8, s8, u16, s16, u32, s32
      branch tnz v1 v2 -> b1 b2 @5
    b1: from b0; loop 1; cold; handler b3
      ...

Immediates stand before the operands, ``-> b1 b2`` are the targets, ``@5`` is the number of the token. Of text
that ``format_low`` made ``parse_low`` makes a function that prints the same.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from mpytool.emitters.native.low import (
    LOW_OF_NAME,
    Cond,
    FrameObject,
    LowBlock,
    LowFunction,
    LowImm,
    LowImmediate,
    LowInstr,
    Mem,
)
from mpytool.emitters.native.parse_functions import parse_functions
from mpytool.print_ir import IrTextError, format_value, parse_value


def format_low(function: LowFunction) -> str:
    """One function; ends with a newline. Needs: ``low.number_low``."""
    lines = [f"function {format_value(function.name)} word {function.word} inputs {function.n_inputs}"]
    for number, frame_object in enumerate(function.frame):
        lines.append(f"  frame {number} {format_value(frame_object.name)} {frame_object.words}")
    if function.resume_points:
        lines.append("  resume " + " ".join(f"b{block.number}" for block in function.resume_points))
    for block in function.blocks:
        lines.append(_format_head(block))
        lines += [format_low_instr(instr, function.word) for instr in block.code]
    return "\n".join(lines) + "\n"


def _format_head(block: LowBlock) -> str:
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


def format_low_instr(instr: LowInstr, word: int) -> str:
    """One line, indented; ``word`` is the function's."""
    words = [f"v{instr.number} ="] if instr.row.value else []
    words.append(instr.row.name)
    for kind, value in zip(instr.row.imm, instr.imm, strict=True):
        words.append(format_mem(value, word) if kind is LowImm.MEM else _format_plain(value))
    words += [f"v{arg.number}" for arg in instr.args]
    if instr.targets:
        words.append("->")
        words += [f"b{target.number}" for target in instr.targets]
    if instr.token:
        words.append(f"@{instr.token}")
    return "  " + " ".join(words)


def _format_plain(value: LowImmediate) -> str:
    return value.value if isinstance(value, Cond) else str(value)


def format_mem(mem: Mem, word: int) -> str:
    """``word +8``, ``s16 +2 *2``, ``u8 volatile``, ``word +8 head``; an offset of 0 and a scale of 1 are left
    out."""
    size = "word" if mem.size == word and not mem.signed else f"{'s' if mem.signed else 'u'}{8 * mem.size}"
    offset = f" {mem.offset:+d}" if mem.offset else ""
    scale = f" *{mem.scale}" if mem.scale != 1 else ""
    return size + offset + scale + " volatile" * mem.volatile + " head" * mem.head


# --- parsing -----------------------------------------------------------------------------------------------

_FUNCTION = re.compile(r'function ("(?:[^"\\]|\\.)*") word (\d+) inputs (\d+)')
_FRAME = re.compile(r'\d+ ("(?:[^"\\]|\\.)*") (\d+)')
_HEAD = re.compile(
    r"b(?P<number>\d+):(?: from(?P<from>(?: b\d+)+))?(?:;? loop (?P<loop>\d+))?(?P<cold>;? cold)?"
    r"(?:;? handler b(?P<handler>\d+))?"
)
_LINE = re.compile(
    r"\s+(?:v(?P<number>\d+) = )?(?P<name>\w+)(?P<imm>.*?)(?P<args>(?: v\d+)*)"
    r"(?: ->(?P<targets>(?: b\d+)+))?(?: @(?P<token>\d+))?"
)


def parse_low(text: str) -> list[LowFunction]:
    """The functions of a text. IrTextError names the first bad line."""
    return parse_functions(text, _Parser)


class _Parser:
    """One function; blocks and values may be named before they are seen."""

    def __init__(self, line: str) -> None:
        matched = _FUNCTION.fullmatch(line.rstrip())
        if matched is None:
            raise IrTextError("no head of a function")
        self.function = LowFunction(parse_value(matched[1]), int(matched[2]), int(matched[3]))
        self.blocks: dict[int, LowBlock] = {}
        self.values: dict[int, LowInstr] = {}
        #: operands as numbers, until all values are known
        self.args: list[tuple[LowInstr, list[int]]] = []

    def block(self, word: str) -> LowBlock:
        return self.blocks.setdefault(int(word), LowBlock(int(word)))

    def parse_line(self, line: str) -> None:
        function = self.function
        if not line.startswith(" "):
            self.parse_head(line)
        elif function.blocks:
            function.blocks[-1].code.append(self.parse_instr(line))
        else:
            self.parse_header(*line.split(maxsplit=1))

    def parse_header(self, word: str, rest: str = "") -> None:
        matched = _FRAME.fullmatch(rest)
        if word == "frame" and matched is not None:
            self.function.frame.append(FrameObject(parse_value(matched[1]), int(matched[2])))
        elif word == "resume":
            self.function.resume_points = [self.block(name[1:]) for name in rest.split()]
        else:
            raise IrTextError("unknown word")

    def parse_head(self, line: str) -> None:
        matched = _HEAD.fullmatch(line.rstrip())
        if matched is None:
            raise IrTextError("no head of a block")
        block = self.block(matched["number"])
        block.predecessors = [self.block(word[1:]) for word in (matched["from"] or "").split()]
        block.loop = int(matched["loop"] or 0)
        block.cold = matched["cold"] is not None
        block.handler = self.block(matched["handler"]) if matched["handler"] else None
        self.function.blocks.append(block)

    def parse_instr(self, line: str) -> LowInstr:
        matched = _LINE.fullmatch(line.rstrip())
        if matched is None:
            raise IrTextError("no instruction")
        row = LOW_OF_NAME[matched["name"]]
        words = matched["imm"].split()
        imm = tuple(_PARSE_IMMEDIATE[kind](words, self.function.word) for kind in row.imm)
        if words:
            raise IrTextError(f"{' '.join(words)} is too much")
        targets = [self.block(word[1:]) for word in (matched["targets"] or "").split()]
        instr = LowInstr(row, [], imm, int(matched["token"] or 0), targets)
        if matched["number"]:
            instr.number = int(matched["number"])
            self.values.setdefault(instr.number, instr)
        self.args.append((instr, [int(word[1:]) for word in matched["args"].split()]))
        return instr

    def finish(self) -> None:
        for instr, numbers in self.args:
            instr.args = [self.values[number] for number in numbers]


def _parse_int(words: list[str], _: int) -> int:
    return int(words.pop(0))


def _parse_cond(words: list[str], _: int) -> Cond:
    return Cond(words.pop(0))


def _parse_mem(words: list[str], word: int) -> Mem:
    size = words.pop(0)
    offset = int(words.pop(0)) if words and words[0][0] in "+-" else 0
    scale = int(words.pop(0)[1:]) if words and words[0][0] == "*" else 1
    flags = {}
    for name in ("volatile", "head"):
        flags[name] = words[:1] == [name]
        if flags[name]:
            del words[0]
    if size == "word":
        return Mem(word, offset, scale, **flags)
    return Mem(int(size[1:]) // 8, offset, scale, signed=size[0] == "s", **flags)


_PARSE_IMMEDIATE: dict[LowImm, Callable[[list[str], int], LowImmediate]] = {
    LowImm.WORD: _parse_int,
    LowImm.INDEX: _parse_int,
    LowImm.BITS: _parse_int,
    LowImm.COND: _parse_cond,
    LowImm.MEM: _parse_mem,
}
