"""Constant objects read back from an object file, under each representation (``py/obj.h``)."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from mpytool.freezer.objfile import ObjectFile, ObjectFileError, Place
from mpytool.freezer.strings import qstr_hash
from mpytool.module import Constant, FunTable
from mpytool.values import ConstantValue, decode_text

_EXTERNAL: dict[str, Constant] = {
    "mp_const_none_obj": None,
    "mp_const_false_obj": False,
    "mp_const_true_obj": True,
    "mp_const_ellipsis_obj": Ellipsis,
    "mp_const_empty_bytes_obj": b"",
    "mp_const_empty_tuple_obj": (),
    "mp_fun_table": FunTable.FUN_TABLE,
}
_IMMEDIATE: dict[int, Constant] = {0: None, 1: False, 3: True}
_FLOATS = {4: "<f", 8: "<d"}


def _signed(word: int, bits: int, shift: int) -> int:
    """The number in a word of some bits, without its ``shift`` lowest ones."""
    return (word - (1 << bits) if word >> bits - 1 else word) >> shift


@dataclass(frozen=True, slots=True)
class Firmware:
    """What the object file does not say of the configuration that it was compiled with.

    ``qstrs``         the firmware's own, by number
    ``float_size``    bytes of mp_float_t
    ``representation``  MICROPY_OBJ_REPR: A, B, C or D
    ``saves_code``    MICROPY_PERSISTENT_CODE_SAVE
    ``traces``        MICROPY_PY_SYS_SETTRACE
    """

    qstrs: list[str]
    qstr_bytes_in_len: int = 1
    qstr_bytes_in_hash: int = 1
    longint: str = "mpz"
    mpz_dig_size: int = 16
    float_size: int = 8
    representation: str = "A"
    saves_code: bool = False
    traces: bool = False


class ObjectReader:
    """Objects of one file. ``qstrs`` are all names by number."""

    def __init__(self, file: ObjectFile, firmware: Firmware, qstrs: list[str]) -> None:
        self._file = file
        self._firmware = firmware
        self._qstrs = qstrs
        self._size = 8 if firmware.representation == "D" else file.word_size

    def read_entry(self, table: Place, index: int) -> Constant:
        """An entry of a table of objects."""
        place = table + index * self._size
        target = self._file.pointer(place)
        if isinstance(target, Place):
            return self._read_object(target)
        if target is not None:
            return _EXTERNAL[target]
        return self._read_word(self._file.number(place, self._size))

    def _read_word(self, word: int) -> Constant:
        bits = 8 * self._size
        match self._firmware.representation:
            case "A" | "C" if word & 1:
                return _signed(word, bits, 1)
            case "A" if word & 7 == 2:
                return self._qstrs[word >> 3]
            case "A" if word & 7 == 6:
                return _IMMEDIATE[word >> 3]
            case "B" if word & 3 == 1:
                return _signed(word, bits, 2)
            case "B" if word & 7 == 3:
                return self._qstrs[word >> 3]
            case "B" if word & 7 == 7:
                return _IMMEDIATE[word >> 3]
            case "C" if word & 0xFF80000F == 6:
                return self._qstrs[word >> 4]
            case "C" if word & 0xFF80000F == 0xE:
                return _IMMEDIATE[word >> 4]
            case "C" if word & 3 == 2:
                single = word - 0x80800000 & 0xFFFFFFFF & ~3
                return float(struct.unpack("<f", struct.pack("<I", single))[0])
            case "D" if word >> 48 == 1:
                return _signed(word & (1 << 48) - 1, 48, 1)
            case "D" if word >> 48 == 2:
                return self._qstrs[(word & 0xFFFFFFFF) >> 1]
            case "D" if word >> 50:
                double = word - 0x8004000000000000 & 0xFFFFFFFFFFFFFFFF
                return float(struct.unpack("<d", struct.pack("<Q", double))[0])
        raise ObjectFileError(f"the word {word:#x} is no object")

    def _read_object(self, place: Place) -> Constant:
        file = self._file
        kind = file.pointer(place)
        match kind:
            case "mp_type_str" | "mp_type_bytes":
                size = file.word(place, 2)
                at = file.place(place, 3)
                data = file.read(at, size)
                if file.read(at + size, 1) != b"\0":
                    raise ObjectFileError(f"{data!r} does not end in a NUL")
                if file.word(place, 1) != qstr_hash(data, self._firmware.qstr_bytes_in_hash):
                    raise ObjectFileError(f"the hash of {data!r} is wrong")
                return decode_text(data) if kind == "mp_type_str" else data
            case "mp_type_int":
                return self._read_int(place)
            case "mp_type_float":
                return self._read_float(place, 0)
            case "mp_type_complex":
                return complex(self._read_float(place, 0), self._read_float(place, 1))
            case "mp_type_tuple":
                items = place + max(self._size, 2 * file.word_size)
                count = file.word(place, 1)
                found: list[ConstantValue] = []
                for number in range(count):
                    item = self.read_entry(items, number)
                    if isinstance(item, FunTable):
                        raise ObjectFileError("a tuple with the function table in it")
                    found.append(item)
                return tuple(found)
        raise ObjectFileError(f"an object of type {kind!r} at {place}")

    def _read_float(self, place: Place, index: int) -> float:
        size = self._firmware.float_size
        at = place + max(size, self._file.word_size) + index * size
        if self._file.word_size == 8:
            at = place + 8 + index * size
        return float(struct.unpack(_FLOATS[size], self._file.read(at, size))[0])

    def _read_int(self, place: Place) -> int:
        file, firmware = self._file, self._firmware
        if firmware.longint == "longlong":
            return int.from_bytes(file.read(place + 8, 8), "little", signed=True)
        flags, size = file.word(place, 1), file.word(place, 2)
        if not flags & 2 or flags >> 2 != size:
            raise ObjectFileError(f"the digits of the integer at {place} are not fixed, or not as many")
        n_bytes = firmware.mpz_dig_size // 8
        value = int.from_bytes(file.read(file.place(place, 3), size * n_bytes), "little")
        return -value if flags & 1 else value
