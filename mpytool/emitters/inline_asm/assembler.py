"""What all assembler languages share: parameters, labels, ``align``, ``data``, and branches to labels.

Two walks, as mpy-cross does it (``compile_scope_inline_asm`` in ``py/compile.c``): the first encodes all but
the distances and places the labels, the second fills in the distances. An error of the first walk therefore
comes before one of the second, wherever they stand. No instruction has two sizes to choose from.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mpytool import errors
from mpytool.diagnostics import CompileError, Note
from mpytool.emitters.inline_asm.dialect import AsmError, Branch, Dialect
from mpytool.errors import ErrorKind
from mpytool.ir import AsmOperand, Function, Program, code_of
from mpytool.source import Source

SIZE_LIMIT = 1 << 24
"""Bytes of one function. mpy-cross is content with what fits into its heap, 2 MB unless told otherwise."""

_ASM = code_of("ASM")


def assemble(program: Program, function: Function, source: Source, dialect: Dialect) -> bytes:
    """The machine code of an assembler function of the program. CompileError for the first thing wrong."""
    work = _Assembly(program, function, source, dialect)
    work.place_instructions()
    work.resolve_branches()
    return bytes(work.code)


@dataclass(frozen=True, slots=True)
class _Hole:
    """A branch whose distance is not known yet: where it is, and its token and mnemonic."""

    position: int
    branch: Branch
    mnemonic: str
    token: int


class _Assembly:
    """One function while it is assembled.

    ``position`` is the size so far; ``code`` follows it as long as that is below the limit. ``labels`` are
    in the order of the source: name → (position, token of the name).
    """

    def __init__(self, program: Program, function: Function, source: Source, dialect: Dialect) -> None:
        self.function = function
        self.tokens = program.tokens
        self.source = source
        self.dialect = dialect
        self.code = bytearray()
        self.position = 0
        self.labels: dict[str, tuple[int, int]] = {}
        self.holes: list[_Hole] = []

    # --- the walks ---------------------------------------------------------------------------------------

    def check_parameters(self, parameters: tuple[AsmOperand, ...], token: int) -> None:
        """Parameters must be the argument registers."""
        registers = self.dialect.parameters
        if len(parameters) > len(registers):
            _, _, first, last = parameters[len(registers)]
            raise self.error(self.dialect.too_many_parameters, first, last, token, {})
        for (kind, name, first, last), register in zip(parameters, registers, strict=False):
            if kind != "name" or name != register:
                raise self.error(self.dialect.wrong_parameter, first, last, token, {})

    def place_instructions(self) -> None:
        """The first walk: everything but the distances of branches."""
        self.append(self.dialect.prologue)
        for opcode, operand, token in self.function.ops:
            if opcode != _ASM:
                continue
            mnemonic, operands = operand
            if mnemonic == "def":
                self.check_parameters(operands, token)
            elif mnemonic == "label":
                self.place_label(operands[0])
            elif mnemonic == "align":
                self.align(operands[0], token)
            elif mnemonic == "data":
                self.append_data(operands, token)
            else:
                self.place_instruction(mnemonic, operands, token)
        self.append(self.dialect.epilogue)
        if self.position > SIZE_LIMIT:
            raise self.too_large()

    def resolve_branches(self) -> None:
        """The second walk: fill in the distances."""
        for hole in self.holes:
            distance, known = self.distance(hole)
            label = hole.branch.label
            words = {"mnemonic": hole.mnemonic, "label": label[1], "distance": distance}
            if not known:
                kind = errors.ASM_NO_LABEL if hole.branch.in_range(distance) else errors.ASM_NO_LABEL_FAR
                hint = None
                close = _close(str(label[1]), list(self.labels))
                if close:
                    hint = f"did you mean '{close}'?"
                raise self.error(kind, label[2], label[3], hole.token, words, hint)
            try:
                encoded = hole.branch.encode(distance)
            except AsmError as error:
                raise self.error(error.kind, label[2], label[3], hole.token, words | error.words) from None
            self.code[hole.position : hole.position + hole.branch.size] = encoded

    def distance(self, hole: _Hole) -> tuple[int, bool]:
        """From a branch to its label, and whether there is such a label.

        mpy-cross takes the first label for one that is missing, or the address -1 if there is none.
        """
        label = self.labels.get(str(hole.branch.label[1]))
        if label is not None:
            return label[0] - hole.position, True
        target = next(iter(self.labels.values()))[0] if self.labels else -1
        return target - hole.position, False

    # --- one statement -----------------------------------------------------------------------------------

    def append(self, data: bytes) -> None:
        self.position += len(data)
        if self.position <= SIZE_LIMIT:
            self.code += data

    def skip(self, position: int) -> None:
        """Go on at a later position; what is between is zero."""
        self.position = position
        if position <= SIZE_LIMIT:
            self.code += bytes(position - len(self.code))

    def place_instruction(self, mnemonic: str, operands: tuple[AsmOperand, ...], token: int) -> None:
        try:
            encoded = self.dialect.encode(mnemonic, operands)
        except AsmError as error:
            culprit = error.operand
            first, last = (token - 1, token - 1) if culprit is None else culprit[2:]
            words = {"mnemonic": mnemonic, "count": len(operands)} | error.words
            raise self.error(error.kind, first, last, token, words, error.hint) from None
        if isinstance(encoded, Branch):
            self.holes.append(_Hole(self.position, encoded, mnemonic, token))
            encoded = bytes(encoded.size)
        self.append(encoded)

    def place_label(self, operand: AsmOperand) -> None:
        _, name, token, _ = operand
        assert isinstance(name, str)
        earlier = self.labels.get(name)
        if earlier is None:
            self.labels[name] = self.position, token
            return
        location = self.source.location(self.tokens.starts[earlier[1]], self.tokens.ends[earlier[1]])
        note = Note("it was placed here before", location)
        raise self.error(errors.ASM_LABEL_REDEFINED, token, token, token, {"label": name}, notes=(note,))

    def align(self, operand: AsmOperand, token: int) -> None:
        """mpy-cross's formula, which also says what becomes of numbers that are no powers of two."""
        _, number, first, last = operand
        assert isinstance(number, int)
        less_one = (number & 0xFFFFFFFF) - 1
        if less_one < 0:
            raise self.error(errors.ASM_ALIGN_ZERO, first, last, token, {})
        self.skip(self.position + less_one & ~less_one)

    def append_data(self, operands: tuple[AsmOperand, ...], token: int) -> None:
        """Values of ``size`` bytes. mpy-cross holds them in 64 bits; further bytes are zero."""
        size = operands[0][1]
        assert isinstance(size, int)
        size &= 0xFFFFFFFF
        for _, value, first, last in operands[1:]:
            if type(value) is not int:
                raise self.error(errors.ASM_DATA_INTEGER, first, last, token, {})
            self.append((value & 0xFFFF_FFFF_FFFF_FFFF).to_bytes(8, "little")[:size])
            if size > 8:
                self.skip(self.position + size - 8)

    # --- errors ------------------------------------------------------------------------------------------

    def error(
        self,
        kind: ErrorKind,
        first: int,
        last: int,
        line_token: int,
        words: Mapping[str, object],
        hint: str | None = None,
        notes: tuple[Note, ...] = (),
    ) -> CompileError:
        """The rejection that marks the tokens ``first`` to ``last``; mpy-cross names the line of another."""
        tokens = self.tokens
        return errors.compile_error(
            self.source,
            kind,
            tokens.starts[first],
            tokens.ends[last],
            peer_line=tokens.lines[line_token],
            scope=self.function.name,
            hint=hint,
            notes=notes,
            **words,
        )

    def too_large(self) -> CompileError:
        token = self.function.token
        return errors.compile_error(
            self.source,
            errors.ASM_TOO_LARGE,
            self.tokens.starts[token],
            self.tokens.ends[token + 1],
            peer_line=0,
            name=self.function.name,
            size=self.position,
            limit=SIZE_LIMIT,
        )


def _close(name: str, names: list[str]) -> str | None:
    """The name that looks most like another."""
    import difflib

    return next(iter(difflib.get_close_matches(name, names, 1)), None)
