"""An object file as memory: bytes and pointers by place, a place being a section and an offset.

Relocations are not applied but remembered: a pointer reads as the place or the symbol that it aims at. Only
the relocations of data are known; code has none here.
"""

from __future__ import annotations

import io
from dataclasses import dataclass

from elftools.common.exceptions import ELFError
from elftools.elf.elffile import ELFFile
from elftools.elf.relocation import RelocationSection
from elftools.elf.sections import SymbolTableSection

_POINTERS: dict[str, tuple[int, ...]] = {
    "EM_X86_64": (1,),  # R_X86_64_64
    "EM_386": (1,),  # R_386_32
    "EM_ARM": (2,),  # R_ARM_ABS32
    "EM_AARCH64": (257,),  # R_AARCH64_ABS64
    "EM_RISCV": (1, 2),  # R_RISCV_32, R_RISCV_64
}
"""The relocation that is a pointer, on each machine."""


class ObjectFileError(ValueError):
    """The object file has something that frozen data never has."""


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a section, by the section's number."""

    section: int
    offset: int

    def __add__(self, n_bytes: int) -> Place:
        return Place(self.section, self.offset + n_bytes)


Pointer = Place | str | None
"""What a pointer aims at: a place, an undefined symbol by name, or nothing."""


class ObjectFile:
    """A relocatable little-endian ELF file. ObjectFileError if it is none, or of an unknown machine."""

    def __init__(self, data: bytes) -> None:
        try:
            elf = ELFFile(io.BytesIO(data))
        except ELFError as error:
            raise ObjectFileError(f"it is no ELF file: {error}") from None
        machine = elf["e_machine"]
        if machine not in _POINTERS or not elf.little_endian or elf["e_type"] != "ET_REL":
            raise ObjectFileError(f"it is no relocatable object file of a known machine: {machine}")
        self.word_size: int = elf.elfclass // 8
        self._sections = [bytes(section.data()) for section in elf.iter_sections()]
        self._pointers: dict[Place, Pointer] = {}
        self.symbols: dict[str, Place] = {}
        self.extents: dict[Place, int] = {}
        """The size of the object that begins at a place."""
        allocated = 2  # SHF_ALLOC: what is no debug information
        data_sections = {i for i, each in enumerate(elf.iter_sections()) if each["sh_flags"] & allocated}
        for section in elf.iter_sections():
            if isinstance(section, SymbolTableSection):
                self._read_symbols(section)
        for section in elf.iter_sections():
            if isinstance(section, RelocationSection):
                table = elf.get_section(section["sh_link"])
                if isinstance(table, SymbolTableSection) and section["sh_info"] in data_sections:
                    self._read_relocations(section, table, _POINTERS[machine])

    def _read_symbols(self, table: SymbolTableSection) -> None:
        for symbol in table.iter_symbols():
            if isinstance(symbol["st_shndx"], int):
                place = Place(symbol["st_shndx"], symbol["st_value"])
                if symbol.name:
                    self.symbols[symbol.name] = place
                if symbol["st_size"]:
                    self.extents[place] = symbol["st_size"]

    def _read_relocations(
        self, section: RelocationSection, symbols: SymbolTableSection, kinds: tuple[int, ...]
    ) -> None:
        target = section["sh_info"]
        for relocation in section.iter_relocations():
            where = Place(target, relocation["r_offset"])
            if relocation["r_info_type"] not in kinds:
                raise ObjectFileError(f"a relocation of type {relocation['r_info_type']} at {where}")
            symbol = symbols.get_symbol(relocation["r_info_sym"])
            in_place = int.from_bytes(self.read(where, self.word_size), "little")
            addend = relocation["r_addend"] if section.is_RELA() else in_place
            if isinstance(symbol["st_shndx"], int):
                self._pointers[where] = Place(symbol["st_shndx"], symbol["st_value"] + addend)
            else:
                self._pointers[where] = str(symbol.name)

    def read(self, place: Place, size: int) -> bytes:
        """Some bytes. ObjectFileError beyond the section."""
        data = self._sections[place.section][place.offset : place.offset + size]
        if len(data) != size:
            raise ObjectFileError(f"{size} bytes at {place} are beyond the section")
        return data

    def rest(self, place: Place) -> bytes:
        """All that follows in the section."""
        return self._sections[place.section][place.offset :]

    def number(self, place: Place, size: int) -> int:
        """A little-endian number."""
        return int.from_bytes(self.read(place, size), "little")

    def word(self, place: Place, index: int = 0) -> int:
        """A number of a pointer's size, ``index`` words on."""
        return self.number(place + index * self.word_size, self.word_size)

    def pointer(self, place: Place, index: int = 0) -> Pointer:
        """What the pointer there aims at; None for a null pointer or any number."""
        return self._pointers.get(place + index * self.word_size)

    def text(self, place: Place) -> bytes:
        """The bytes up to the next NUL."""
        data = self.rest(place)
        return data[: data.index(0)]

    def place(self, place: Place, index: int = 0) -> Place:
        """The place that a pointer aims at; ObjectFileError if it aims at none."""
        found = self.pointer(place, index)
        if not isinstance(found, Place):
            raise ObjectFileError(f"no pointer into the file at {place} + {index} words, but {found!r}")
        return found
