"""The text form of the SSA form: for ``--print ssa``, for tests, for reports.

    function "f" native
      slots "x"
      region 0 except b4
      buffers 1
    b0:
      v0:obj = param 0 "x" @5
      jump -> b1 @5
    b1: from b0 b3; armed 0
      ...

Before the operands stand the immediates; ``-> b1 b2`` are the targets, ``@5`` is the number of the token. Of
text that ``format_ssa`` made ``parse_ssa`` makes a function that prints the same.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from mpytool.emitters.native.parse_functions import parse_functions
from mpytool.emitters.native.ssa import (
    OP_OF_NAME,
    Block,
    Imm,
    Immediate,
    Instr,
    Region,
    SsaFunction,
    Type,
)
from mpytool.ir import Emitter
from mpytool.print_ir import IrTextError, format_value, parse_value


def format_ssa(function: SsaFunction) -> str:
    """One function; ends with a newline. Needs: ``ssa.number_values``."""
    lines = [f"function {format_value(function.name)} {function.emitter.value}"]
    if function.is_generator:
        lines.append("  generator")
    if function.return_type is not Type.OBJ:
        lines.append(f"  returns {function.return_type.value}")
    if function.is_typed:
        lines.append("  typed")
    if function.slots:
        lines.append("  slots " + " ".join(map(format_value, function.slots)))
    lines += [f"  region {r.number} {r.kind} b{r.landing.number}" for r in function.regions]
    if function.n_buffers:
        lines.append(f"  buffers {function.n_buffers}")
    for block in function.blocks:
        lines.append(_format_head(block))
        lines += [format_instr(instr) for instr in block.code]
    return "\n".join(lines) + "\n"


def _format_head(block: Block) -> str:
    parts = []
    if block.predecessors:
        parts.append("from " + " ".join(f"b{p.number}" for p in block.predecessors))
    if block.armed:
        parts.append("armed " + " ".join(str(region.number) for region in block.armed))
    return f"b{block.number}:{' ' if parts else ''}{'; '.join(parts)}"


def format_instr(instr: Instr) -> str:
    """One line, indented."""
    words = [f"v{instr.number}:{instr.type.value} ="] if instr.type is not Type.NOTHING else []
    words.append(instr.row.name)
    words += map(format_value, instr.imm)
    words += [f"v{arg.number}" for arg in instr.args]
    if instr.targets:
        words.append("->")
        words += [f"b{target.number}" for target in instr.targets]
    if instr.token:
        words.append(f"@{instr.token}")
    return "  " + " ".join(words)


# --- parsing -----------------------------------------------------------------------------------------------

_LINE = re.compile(
    r"\s+(?:v(?P<number>\d+):(?P<type>\S+) = )?(?P<name>\w+)(?P<imm>.*?)(?P<args>(?: v\d+)*)"
    r"(?: ->(?P<targets>(?: b\d+)+))?(?: @(?P<token>\d+))?"
)
_HEAD = re.compile(r"b(\d+):(?: from((?: b\d+)+))?;?(?: armed((?: \d+)+))?")
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
_WORD = re.compile(r'"(?:[^"\\]|\\.)*"|\S+')


def parse_ssa(text: str) -> list[SsaFunction]:
    """The functions of a text. IrTextError names the first bad line."""
    return parse_functions(text, _Parser)


class _Parser:
    """One function; blocks and values may be named before they are seen."""

    def __init__(self, line: str) -> None:
        name, emitter = line.removeprefix("function ").rsplit(" ", 1)
        self.function = SsaFunction(parse_value(name), Emitter(emitter))
        self.blocks: dict[int, Block] = {}
        self.values: dict[int, Instr] = {}
        self.armed: dict[Block, Sequence[int]] = {}
        #: operands as numbers, until all values are known
        self.args: list[tuple[Instr, list[int]]] = []

    def block(self, word: str) -> Block:
        return self.blocks.setdefault(int(word), Block(int(word)))

    def parse_line(self, line: str) -> None:
        if not line.startswith(" "):
            self.parse_head(line)
        elif self.function.blocks:
            self.function.blocks[-1].code.append(self.parse_instr(line))
        else:
            self.parse_header(*line.split(maxsplit=1))

    def parse_header(self, word: str, rest: str = "") -> None:
        function = self.function
        match word:
            case "generator":
                function.is_generator = True
            case "typed":
                function.is_typed = True
            case "returns":
                function.return_type = Type(rest)
            case "slots":
                function.slots = [parse_value(name) for name in _STRING.findall(rest)]
            case "region":
                number, kind, landing = rest.split()
                function.regions.append(Region(int(number), kind, self.block(landing[1:])))
            case "buffers":
                function.n_buffers = int(rest)
            case _:
                raise IrTextError("unknown word")

    def parse_head(self, line: str) -> None:
        matched = _HEAD.fullmatch(line.rstrip())
        if matched is None:
            raise IrTextError("no head of a block")
        block = self.block(matched[1])
        block.predecessors = [self.block(word[1:]) for word in (matched[2] or "").split()]
        self.armed[block] = [int(word) for word in (matched[3] or "").split()]
        self.function.blocks.append(block)

    def parse_instr(self, line: str) -> Instr:
        matched = _LINE.fullmatch(line.rstrip())
        if matched is None:
            raise IrTextError("no instruction")
        row = OP_OF_NAME[matched["name"]]
        type = Type(matched["type"]) if matched["type"] else Type.NOTHING
        imm = _parse_immediates(matched["imm"].strip(), row.imm)
        targets = [self.block(word[1:]) for word in (matched["targets"] or "").split()]
        instr = Instr(row, [], imm, type, int(matched["token"] or 0), targets)
        if matched["number"]:
            instr.number = int(matched["number"])
            self.values.setdefault(instr.number, instr)
        self.args.append((instr, [int(word[1:]) for word in matched["args"].split()]))
        return instr

    def finish(self) -> None:
        for instr, numbers in self.args:
            instr.args = [self.values[number] for number in numbers]
        regions = {region.number: region for region in self.function.regions}
        for block, armed in self.armed.items():
            block.armed = tuple(regions[number] for number in armed)


def _parse_immediates(text: str, kinds: Sequence[Imm]) -> tuple[Immediate, ...]:
    if len(kinds) == 1:
        return (parse_value(text),)
    return tuple(map(parse_value, _WORD.findall(text)))
