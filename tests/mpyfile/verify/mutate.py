"""Mutants of compiled modules: each is made from a number alone."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Sequence

from mpytool.instructions import Instruction, decode_instructions
from mpytool.module import CompiledModule, RawCode
from mpytool.opcodes import OP_OF_CODE, Operand
from mpytool.prelude import encode_lines, encode_names, encode_signature, encode_sizes
from mpytool.qstrs import STATIC_QSTRS
from mpytool.varint import encode_varint, encode_varuint

_SMALL = (0, 1, 2, 3, 4, 5, 6, 7, 8, 15, 16, 17, 0x7F, 0x80, 0xFF, 0x100, 0x101, 0x3FFF, 0x1FFFFF, 1 << 31)


class Mutator:
    """Makes mutants of some modules."""

    def __init__(self, modules: Sequence[CompiledModule]) -> None:
        self._modules = modules
        self._files = [module.to_bytes() for module in modules]
        codes = [code for module in modules for code in functions(module.root)]
        self._pool = [
            bytes(code.data[code.opcodes_offset :])[i.offset : i.end]
            for code in codes
            for i in decode_instructions(code.data, code.opcodes_offset)
        ]
        self._bare = [bytes([byte]) for byte, op in OP_OF_CODE.items() if op.operand is Operand.NONE]
        self._steps: tuple[Callable[[random.Random, CompiledModule, RawCode], None], ...] = (
            self._operand, self._operand, self._operand, self._swap, self._splice, self._splice, self._drop,
            self._insert, self._replace_bare, self._duplicate, self._prelude, self._prelude, self._children,
            self._opcode, self._opcode, self._tables, self._jump, self._jump, self._jump, self._run_swap,
        )  # fmt: skip

    def mutant(self, number: int) -> bytes:
        """A file, most often well formed as a container, with one to four changes."""
        rng = random.Random(number)
        which = rng.randrange(len(self._modules))
        if rng.random() < 0.15:
            return self._bytes(rng, bytearray(self._files[which]))
        module = copy.deepcopy(self._modules[which])
        for _ in range(rng.choice((1, 1, 1, 2, 2, 3, 4))):
            step = rng.choice(self._steps)
            try:
                step(rng, module, rng.choice(functions(module.root)))
            except (ValueError, IndexError):  # nothing there to change, or damaged already
                continue
        return module.to_bytes()

    def _bytes(self, rng: random.Random, data: bytearray) -> bytes:
        for _ in range(rng.choice((1, 1, 2, 3))):
            at = rng.randrange(4, len(data))
            match rng.randrange(6):
                case 0 | 1:
                    data[at] ^= 1 << rng.randrange(8)
                case 2 | 3:
                    data[at] = rng.randrange(256)
                case 4:
                    data[at:at] = bytes([rng.randrange(256)])
                case _:
                    del data[at]
        return bytes(data)

    # --- steps ---------------------------------------------------------------------------------------------

    def _operand(self, rng: random.Random, module: CompiledModule, code: RawCode) -> None:
        found = [i for i in instructions(code) if i.op.operand is not Operand.NONE]
        i = rng.choice(found)
        if i.op.operand in (Operand.JUMP, Operand.FORWARD, Operand.JUMP_UNWIND):
            self._jump(rng, module, code)
            return
        value = (
            rng.choice(_SMALL) if rng.random() < 0.4 else max(0, (i.operand or 0) + rng.choice((-1, 1, 2)))
        )
        text = encode_varint(-value) if i.op.operand is Operand.INT else encode_varuint(value)
        extra = b"" if i.extra is None else bytes([rng.choice((i.extra, rng.randrange(4), 0x81))])
        edit(code, i.offset, i.end, bytes([i.code]) + text + extra)

    def _jump(self, rng: random.Random, module: CompiledModule, code: RawCode) -> None:
        all_of_it = instructions(code)
        i = rng.choice(
            [i for i in all_of_it if i.op.operand in (Operand.JUMP, Operand.FORWARD, Operand.JUMP_UNWIND)]
        )
        ahead = i.op.operand is Operand.FORWARD
        targets = [j.offset for j in all_of_it if j.offset >= i.end or not ahead]
        target = rng.choice(targets) if targets and rng.random() < 0.85 else i.offset + rng.randrange(-5, 60)
        extra = b"" if i.extra is None else bytes([rng.choice((i.extra, 1, 2, 3, 0x80, 0x81, 0))])
        long = i.end - i.offset - len(extra) == 3
        distance = target - (i.offset + (3 if long else 2))
        bias = 0 if ahead else 0x4000 if long else 0x40
        value = distance + bias
        if not 0 <= value < (0x8000 if long else 0x80):
            raise ValueError
        text = bytes([value & 0x7F | 0x80, value >> 7]) if long else bytes([value])
        edit(code, i.offset, i.end, bytes([i.code]) + text + extra)

    def _opcode(self, rng: random.Random, module: CompiledModule, code: RawCode) -> None:
        i = rng.choice(instructions(code))
        like = [c for c, op in OP_OF_CODE.items() if op.operand is i.op.operand or (c ^ i.code) & 0xF0 == 0]
        data = bytearray(code.data)
        data[code.opcodes_offset + i.offset] = rng.choice(like)
        code.data = bytes(data)

    def _swap(self, rng: random.Random, module: CompiledModule, code: RawCode) -> None:
        found = instructions(code)
        n = rng.randrange(len(found) - 1)
        a, b = found[n], found[n + 1]
        text = opcodes(code)
        edit(code, a.offset, b.end, text[b.offset : b.end] + text[a.offset : a.end])

    def _run_swap(self, rng: random.Random, module: CompiledModule, code: RawCode) -> None:
        """Exchange two stretches of the same length."""
        text = bytearray(opcodes(code))
        size = rng.randrange(1, 6)
        a, b = rng.randrange(len(text) - size), rng.randrange(len(text) - size)
        text[a : a + size], text[b : b + size] = text[b : b + size], text[a : a + size]
        edit(code, 0, len(text), bytes(text))

    def _splice(self, rng: random.Random, module: CompiledModule, code: RawCode) -> None:
        """Put other instructions in the place of one, of the same length if that can be."""
        i = rng.choice(instructions(code))
        size = i.end - i.offset
        fitting = [text for text in self._pool if len(text) == size] if rng.random() < 0.8 else self._pool
        edit(code, i.offset, i.end, rng.choice(fitting))

    def _replace_bare(self, rng: random.Random, module: CompiledModule, code: RawCode) -> None:
        i = rng.choice(instructions(code))
        edit(code, i.offset, i.end, b"".join(rng.choice(self._bare) for _ in range(i.end - i.offset)))

    def _drop(self, rng: random.Random, module: CompiledModule, code: RawCode) -> None:
        i = rng.choice(instructions(code))
        edit(code, i.offset, i.end, b"")

    def _insert(self, rng: random.Random, module: CompiledModule, code: RawCode) -> None:
        i = rng.choice(instructions(code))
        edit(code, i.offset, i.offset, rng.choice(self._pool + self._bare))

    def _duplicate(self, rng: random.Random, module: CompiledModule, code: RawCode) -> None:
        found = instructions(code)
        i = rng.choice(found)
        at = rng.choice(found).offset
        edit(code, at, at, opcodes(code)[i.offset : i.end])

    def _children(self, rng: random.Random, module: CompiledModule, code: RawCode) -> None:
        everything = functions(module.root)
        with_children = [c for c in everything if c.children]
        parent = rng.choice(with_children)
        match rng.randrange(4):
            case 0:
                rng.shuffle(parent.children)
            case 1:
                parent.children.append(copy.deepcopy(rng.choice(everything[1:])))
            case 2:
                parent.children[rng.randrange(len(parent.children))] = copy.deepcopy(
                    rng.choice(everything[1:])
                )
            case _:
                parent.children.pop()

    def _tables(self, rng: random.Random, module: CompiledModule, code: RawCode) -> None:
        match rng.randrange(5):
            case 0:
                rng.shuffle(module.qstrs)
            case 1:
                module.qstrs[rng.randrange(len(module.qstrs))] = rng.choice(STATIC_QSTRS)
            case 2:
                module.qstrs.pop()
            case 3:
                module.qstrs.append("spare")
            case _:
                constants = list(module.constants)
                rng.shuffle(constants)
                module.constants = constants[: rng.choice((None, 1))]

    def _prelude(self, rng: random.Random, module: CompiledModule, code: RawCode) -> None:
        prelude = code.prelude
        assert prelude is not None
        field = rng.choice(
            ("n_state", "n_state", "n_exc_stack", "scope_flags", "n_pos_args", "n_kwonly_args",
             "n_def_pos_args", "cells", "cells", "n_state")
        )  # fmt: skip
        if field == "cells":
            cells = list(prelude.cells)
            if cells and rng.random() < 0.5:
                cells.pop(rng.randrange(len(cells)))
            else:
                cells.append(rng.randrange(prelude.n_state + 1))
            prelude = prelude.changed(cells=tuple(cells))
        else:
            value = max(
                0 if field != "n_state" else 1, getattr(prelude, field) + rng.choice((-2, -1, 1, 2, 8))
            )
            if field == "scope_flags":
                value = prelude.scope_flags ^ 1 << rng.randrange(4)
            prelude = prelude.changed(**{field: value})
        names = [*prelude.arg_names, *[0] * 20][: prelude.n_pos_args + prelude.n_kwonly_args]
        info = encode_names([prelude.name, *names]) + bytes(prelude.line_table)
        if rng.random() < 0.05:
            info += encode_lines([(rng.randrange(40), rng.randrange(40))])
        head = (
            encode_signature(
                prelude.n_state, prelude.n_exc_stack, prelude.scope_flags, prelude.n_pos_args,
                prelude.n_kwonly_args, prelude.n_def_pos_args,
            )
            + encode_sizes(len(info), len(prelude.cells))
            + info
            + bytes(prelude.cells)
        )  # fmt: skip
        code.data = head + opcodes(code)
        code.opcodes_offset = len(head)
        code.prelude = prelude.changed(arg_names=tuple(names))


def functions(root: RawCode) -> list[RawCode]:
    """A function and all inside it."""
    found = [root]
    for code in found:
        found += code.children
    return found


def opcodes(code: RawCode) -> bytes:
    return bytes(code.data[code.opcodes_offset :])


def instructions(code: RawCode) -> list[Instruction]:
    return list(decode_instructions(code.data, code.opcodes_offset))


def edit(code: RawCode, start: int, end: int, text: bytes) -> None:
    """Replace some opcodes, and leave jumps across them as they are."""
    old = opcodes(code)
    code.data = bytes(code.data[: code.opcodes_offset]) + old[:start] + text + old[end:]
