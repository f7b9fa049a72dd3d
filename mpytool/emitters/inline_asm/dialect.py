"""What an assembler language is to the assembler: some values, and a function that encodes an instruction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from mpytool.errors import ErrorKind
from mpytool.ir import AsmOperand


class AsmError(Exception):
    """An instruction is wrong; ``operand`` is the part that is to blame, None for the whole.

    ``words`` fill the templates of the row; ``mnemonic`` is filled in by who knows it.
    """

    def __init__(
        self, kind: ErrorKind, operand: AsmOperand | None, hint: str | None = None, **words: object
    ) -> None:
        super().__init__(kind.message)
        self.kind = kind
        self.operand = operand
        self.hint = hint
        self.words = words


@dataclass(frozen=True, slots=True)
class Branch:
    """An instruction that aims at a label.

    ``encode``   the bytes for a distance from the instruction to the label; AsmError if it is too far
    ``in_range`` whether a distance has an encoding
    """

    size: int
    label: AsmOperand
    in_range: Callable[[int], bool]
    encode: Callable[[int], bytes]


Encoded: TypeAlias = bytes | Branch


@dataclass(frozen=True, slots=True)
class Dialect:
    """``parameters`` are the registers that hold the arguments, in order.

    ``encode`` takes the mnemonic and its operands, and raises AsmError.
    """

    prologue: bytes
    epilogue: bytes
    parameters: tuple[str, ...]
    too_many_parameters: ErrorKind
    wrong_parameter: ErrorKind
    encode: Callable[[str, Sequence[AsmOperand]], Encoded] = field(repr=False)
