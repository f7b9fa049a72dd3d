"""What a caller can choose about a compilation.

The values mean what mpy-cross's flags of the same name mean (``mpy-cross/main.c``).
"""

from __future__ import annotations

import enum

from mpytool.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

ARCHES: tuple[str, ...] = (
    "none",
    "x86",
    "x64",
    "armv6",
    "armv6m",
    "armv7m",
    "armv7em",
    "armv7emsp",
    "armv7emdp",
    "xtensa",
    "xtensawin",
    "rv32imc",
    "rv64imc",
    "debug",
)
"""Names of the architectures; the position is the number in a ``.mpy`` header (``py/persistentcode.h``)."""

_64_BIT_ARCHES = frozenset(("x64", "rv64imc"))

EMITTERS: tuple[str, ...] = ("bytecode", "native", "viper")
"""The values of ``-X emit=``: which emitter a function gets that no decorator says otherwise about."""

DEFAULT_SMALL_INT_BITS = 31


class Goal(enum.Enum):
    """What native and viper code is optimised for; bytecode is always as mpy-cross writes it."""

    BALANCED = "balanced"
    SIZE = "size"
    SPEED = "speed"


class Options(Record):
    """Options of one compilation; immutable, and part of the key of the compile cache.

    ``emit``            one of EMITTERS, for functions without an emitter decorator
    ``optimise``        0..3: from 1 asserts vanish and ``__debug__`` is false, from 3 no line table
    ``source_lines``    whether a line table is written (below ``optimise`` 3)
    ``small_int_bits``  width of the target's small ints, sign included; decides which ints become objects
    ``arch``            one of ARCHES
    ``arch_flags``      extension bits of the architecture (RV32: 1 = Zba, 2 = Zcmp), else 0
    ``goal``            what native code is optimised for
    """

    __slots__ = ("emit", "optimise", "source_lines", "small_int_bits", "arch", "arch_flags", "goal")

    def __init__(
        self,
        emit: str = "bytecode",
        optimise: int = 0,
        source_lines: bool = True,
        small_int_bits: int = DEFAULT_SMALL_INT_BITS,
        arch: str = "none",
        arch_flags: int = 0,
        goal: Goal = Goal.BALANCED,
    ) -> None:
        self.emit: Final = emit
        self.optimise: Final = optimise
        self.source_lines: Final = source_lines
        self.small_int_bits: Final = small_int_bits
        self.arch: Final = arch
        self.arch_flags: Final = arch_flags
        self.goal: Final = goal

    @property
    def writes_line_table(self) -> bool:
        return self.source_lines and self.optimise < 3

    @property
    def word_bits(self) -> int:
        """Width of a machine word of ``arch``."""
        return 64 if self.arch in _64_BIT_ARCHES else 32

    @property
    def small_int_limit(self) -> int:
        """The smallest positive int that is no small int on the target.

        Widths outside 1..64 wrap as the shift of a 64-bit mpy-cross does, whose own small ints have 63 bits.
        """
        return 1 << min(self.small_int_bits - 1 & 63, 62)

    def small_int_fits(self, value: int) -> bool:
        """Whether ``value`` is a small int there (``make_node_const_object_optimised``, py/parse.c)."""
        limit = self.small_int_limit
        return -limit <= value < limit
