"""What viper programs mean, in Python: words that wrap, pointers into buffers, conversions at calls.

The generator writes each line twice, for viper and for this model. A value of type int or uint is a Python
int in its type's range, a pointer is (buffer, offset in bytes).
"""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable, Sequence
from typing import Any

Pointer = tuple[bytearray, int]

STEPS = 20_000


class ModelError(Exception):
    """The program does what is undefined in viper, or does not end."""


class DivisionError(ModelError):
    """A division that traps or overflows in MicroPython."""


class Model:
    """The names that a model's text uses, for words of some bits."""

    def __init__(self, word_bits: int) -> None:
        self._bits = word_bits
        self._mask = (1 << word_bits) - 1
        self._steps = 0

    def s(self, value: int) -> int:
        """As a signed word."""
        value &= self._mask
        return value - self._mask - 1 if value >> (self._bits - 1) else value

    def u(self, value: int) -> int:
        """As an unsigned word."""
        return value & self._mask

    def shift(self, amount: int) -> int:
        if not 0 <= amount < self._bits:
            raise ModelError("a shift by more than a word")
        return amount

    def tick(self) -> bool:
        """True, but only so many times: a condition of each loop."""
        self._steps += 1
        if self._steps > STEPS:
            raise ModelError("does not end")
        return True

    def div(self, a: int, b: int) -> int:
        self._check_division(a, b)
        return a // b

    def mod(self, a: int, b: int) -> int:
        self._check_division(a, b)
        return a % b

    def _check_division(self, a: int, b: int) -> None:
        """MicroPython's helper (``mp_small_int_floor_divide``) traps or overflows for some words."""
        if b in (0, -1) or self.s(a + 1 - b) != a + 1 - b:
            raise DivisionError("a division that may trap")

    def load(self, size: int, pointer: Pointer, index: int) -> int:
        buffer, at = _element(pointer, index, size)
        return self.s(int.from_bytes(buffer[at : at + size], "little"))

    def store(self, size: int, value: int, pointer: Pointer, index: int) -> None:
        """The arguments are in the order in which they are computed."""
        buffer, at = _element(pointer, index, size)
        buffer[at : at + size] = (value & ((1 << 8 * size) - 1)).to_bytes(size, "little")

    def viper(self, returns: str, *parameters: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """The decorator of a function: converts arguments and result as a viper function does."""

        def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
            def call(*arguments: Any) -> Any:
                pairs = zip(parameters, arguments, strict=True)
                return self.convert(returns, function(*(self.convert(kind, value) for kind, value in pairs)))

            return call

        return decorate

    def convert(self, kind: str, value: Any) -> Any:
        """An object as a value of a type, and back at a function's end."""
        match kind:
            case "int":
                return self.s(value)
            case "uint":
                return self.u(value)
            case "bool":
                return bool(value)
            case "object" | "None":
                return value
        return (value, 0) if isinstance(value, bytearray) else value

    def offset(self, pointer: Pointer, distance: int) -> Pointer:
        return pointer[0], pointer[1] + distance


def _element(pointer: Pointer, index: int, size: int) -> tuple[bytearray, int]:
    buffer, start = pointer
    at = start + index * size
    if not 0 <= at <= len(buffer) - size or at % size:
        raise ModelError(f"outside of the buffer: {at}")
    return buffer, at


def printed(lines: Sequence[str], word_bits: int) -> str:
    """What a program's model prints. ModelError, or what invalid text raises."""
    model = Model(word_bits)
    names: dict[str, Any] = {
        name: getattr(model, name)
        for name in ("s", "u", "shift", "tick", "div", "mod", "load", "store", "viper", "offset")
    }
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        exec(compile("\n".join(lines), "model.py", "exec"), names)
    return output.getvalue()
