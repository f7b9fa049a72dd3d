"""What the freezer is given: modules, texts, and the facts about the firmware that is to hold them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mpytool.module import CompiledModule, Constant
from mpytool.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final, Literal

    from mpytool.freezer.survey import Survey

    LongInt = Literal["mpz", "longlong", "none"]


class FrozenModule:
    """A compiled module. ``name`` is the path with which the firmware finds it: ``asyncio/core.py``."""

    __slots__ = ("_module", "_survey", "name")

    def __init__(self, name: str, module: CompiledModule) -> None:
        self.name = name
        self._module: CompiledModule | None = module
        self._survey: Survey | None = None

    @property
    def module(self) -> CompiledModule:
        """The whole module."""
        assert self._module is not None
        return self._module

    @property
    def qstrs(self) -> list[str]:
        return self.module.qstrs

    @property
    def constants(self) -> Sequence[Constant]:
        return self.module.constants

    @property
    def arch(self) -> int:
        """As in ``CompiledModule``."""
        return self.module.arch

    def survey(self) -> Survey | None:
        """What the code refers to, as ``survey.py`` finds it."""
        if self._survey is None:
            from mpytool.freezer.survey import survey

            self._survey = survey(self.module)
        return self._survey


class FrozenText(Record):
    """A source file that the firmware compiles whenever it is imported (``freeze_as_str``)."""

    __slots__ = ("name", "data")

    def __init__(self, name: str, data: bytes) -> None:
        self.name = name
        self.data = data


class FreezeSettings(Record):
    """The firmware's configuration, as far as it shapes frozen data.

    ``longint``             MICROPY_LONGINT_IMPL
    ``mpz_dig_size``        MPZ_DIG_SIZE: 8, 16 or 32 bits a digit; counts for ``mpz`` only
    ``qstr_bytes_in_len``   MICROPY_QSTR_BYTES_IN_LEN: 1 or 2
    ``qstr_bytes_in_hash``  MICROPY_QSTR_BYTES_IN_HASH: 0, 1 or 2
    ``known_qstrs``         texts that the firmware has besides the static ones, to the end of their C names:
                            ``MP_QSTR_`` is left out (``firmware.py`` reads them)
    ``arch``                what native code must be for, a name of ``options.ARCHES``; None: not known
    ``renumber``            give names and constants of bytecode other numbers where this lets modules share
                            tables; code keeps its length. Only with ``share``
    ``share``               store equal data once; off only to see what that is worth
    ``allow_empty``         without any module make the C of a firmware that has none, instead of E1001

    ValueError for a setting that MicroPython does not have.
    """

    __slots__ = (
        "longint",
        "mpz_dig_size",
        "qstr_bytes_in_len",
        "qstr_bytes_in_hash",
        "known_qstrs",
        "arch",
        "renumber",
        "share",
        "allow_empty",
    )

    def __init__(
        self,
        longint: LongInt = "mpz",
        mpz_dig_size: int = 16,
        qstr_bytes_in_len: int = 1,
        qstr_bytes_in_hash: int = 1,
        known_qstrs: Mapping[str, str] | None = None,
        arch: str | None = None,
        renumber: bool = True,
        share: bool = True,
        allow_empty: bool = False,
    ) -> None:
        self.longint: Final = longint
        self.mpz_dig_size: Final = mpz_dig_size
        self.qstr_bytes_in_len: Final = qstr_bytes_in_len
        self.qstr_bytes_in_hash: Final = qstr_bytes_in_hash
        self.known_qstrs: Final = {} if known_qstrs is None else known_qstrs
        self.arch: Final = arch
        self.renumber: Final = renumber
        self.share: Final = share
        self.allow_empty: Final = allow_empty
        allowed = {
            "longint": (self.longint, ("mpz", "longlong", "none")),
            "mpz_dig_size": (self.mpz_dig_size, (8, 16, 32)),
            "qstr_bytes_in_len": (self.qstr_bytes_in_len, (1, 2)),
            "qstr_bytes_in_hash": (self.qstr_bytes_in_hash, (0, 1, 2)),
        }
        for name, (value, values) in allowed.items():
            if value not in values:
                raise ValueError(f"{name} is {value!r}, and must be one of {values}")
