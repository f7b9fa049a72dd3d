"""Several modules as one, which runs the body of each in turn (``tools/mpy-tool.py --merge``).

The merged module's body makes a function of each module's body and calls it. The qstr and constant tables
are joined, without repeating entries; bytecode is given its new indices. Native code has its indices built
in, so only one module may hold any: it goes first and keeps its tables as they are.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mpytool.diagnostics import Diagnostic, Location, Severity, ToolError
from mpytool.module import CompiledModule, Constant, RawCode, RawCodeKind
from mpytool.mpyfile import errors
from mpytool.mpyfile.constants import ConstantTable
from mpytool.mpyfile.errors import FormatErrorKind
from mpytool.mpyfile.names import MODULE_NAME, function_names
from mpytool.mpyfile.rewrite import RewriteError, rewrite_function
from mpytool.mpyfile.write import encode_constant
from mpytool.opcodes import code_of
from mpytool.prelude import decode_prelude, encode_names, encode_signature, encode_sizes
from mpytool.varint import encode_varuint


@dataclass(frozen=True, slots=True)
class Part:
    """A module to merge. ``name`` is what errors call it: the path of its file."""

    name: str
    module: CompiledModule


class MergeError(ToolError):
    """Modules that cannot be merged."""

    def __init__(self, kind: FormatErrorKind, file: str, **words: object) -> None:
        location = Location(file, 0, 0, 0, 0)
        message = kind.message.format(**words)
        super().__init__([Diagnostic(Severity.ERROR, kind.code, "ValueError", message, location, kind.hint)])
        self.kind = kind


def merge(parts: Sequence[Part], *, arch_flags: int | None = None) -> CompiledModule:
    """The modules as one, bodies in the given order but native code first; a single one comes back as it is.

    ``arch_flags`` replaces those of the module with native code. Raises MergeError; ValueError without parts.
    """
    if not parts:
        raise ValueError("nothing to merge")
    if len(parts) == 1 and arch_flags is None:
        return parts[0].module
    native = [part for part in parts if _has_native(part.module)]
    if len(native) > 1:
        raise MergeError(errors.SEVERAL_NATIVE, native[1].name, other=native[0].name)
    ordered = native + [part for part in parts if not native or part is not native[0]]
    tables = _Tables(ordered[0].module)
    bodies = [_rewrite_tree(part, tables) if i else part.module.root for i, part in enumerate(ordered)]
    root = _root(bodies, tables.qstr(MODULE_NAME))
    main = ordered[0].module if native else None
    return CompiledModule(
        qstrs=tables.qstrs,
        constants=tables.constants(),
        root=root,
        small_int_bits=max(part.module.small_int_bits for part in parts),
        arch=main.arch if main else 0,
        arch_flags=arch_flags if arch_flags is not None else main.arch_flags if main else 0,
        sub_version=main.sub_version if main else 0,
    )


def _has_native(module: CompiledModule) -> bool:
    # A header can name an architecture although nothing came of it in the end: what counts is the code.
    stack = [module.root]
    while stack:
        raw_code = stack.pop()
        if raw_code.kind is not RawCodeKind.BYTECODE:
            return True
        stack += raw_code.children
    return False


class _Tables:
    """The joined tables: those of the first module as they are, then what others have and it has not."""

    def __init__(self, first: CompiledModule) -> None:
        self.qstrs = list(first.qstrs)
        self._qstr_index: dict[str, int] = {}
        for index, text in enumerate(self.qstrs):
            self._qstr_index.setdefault(text, index)
        self._encoded = bytearray()
        self._offsets = array("Q")
        self._constant_index: dict[bytes, int] = {}
        for entry in _encoded_constants(first.constants):
            self._constant_index.setdefault(entry, self._append(entry))

    def qstr(self, text: str) -> int:
        """The index of a qstr, which is added if it is new."""
        index = self._qstr_index.setdefault(text, len(self.qstrs))
        if index == len(self.qstrs):
            self.qstrs.append(text)
        return index

    def constant(self, entry: bytes) -> int:
        """The index of an encoded constant, which is added if it is new."""
        index = self._constant_index.get(entry)
        if index is None:
            index = self._constant_index[entry] = self._append(entry)
        return index

    def _append(self, entry: bytes) -> int:
        self._offsets.append(len(self._encoded))
        self._encoded += entry
        return len(self._offsets) - 1

    def constants(self) -> ConstantTable:
        return ConstantTable(memoryview(bytes(self._encoded)), self._offsets)


def _encoded_constants(constants: Sequence[Constant]) -> Iterator[bytes]:
    """Each constant as a file holds it: text of numbers stays what it was in the file it came from."""
    if isinstance(constants, ConstantTable):
        for start, end in constants.spans():
            yield bytes(constants.encoded[start:end])
    else:
        yield from map(encode_constant, constants)


def _rewrite_tree(part: Part, tables: _Tables) -> RawCode:
    """The body of a bytecode module and all below it, with indices into the joined tables."""
    module = part.module
    qstr_map = [tables.qstr(text) for text in module.qstrs]
    constant_map = [tables.constant(entry) for entry in _encoded_constants(module.constants)]
    made: dict[tuple[int, ...], RawCode] = {}
    for function in function_names(module):
        try:
            rewritten = rewrite_function(function.raw_code, qstr_map, constant_map)
        except RewriteError as error:
            raise MergeError(errors.NOT_MOVABLE, part.name, function=function.name, reason=error) from None
        made[function.path] = rewritten
        if function.path:
            made[function.path[:-1]].children.append(rewritten)
    return made[()]


def _root(bodies: list[RawCode], name: int) -> RawCode:
    """The merged module's own body: calls each of the others, and returns None."""
    names = encode_names([name])
    signature = encode_signature(
        n_state=1, n_exc_stack=0, flags=0, n_pos_args=0, n_kwonly_args=0, n_def_pos_args=0
    )
    code = bytearray()
    for index in range(len(bodies)):
        code.append(code_of("MAKE_FUNCTION"))
        code += encode_varuint(index)
        code += bytes((code_of("CALL_FUNCTION"), 0, code_of("POP_TOP")))
    code += bytes((code_of("LOAD_CONST_NONE"), code_of("RETURN_VALUE")))
    data = b"".join((signature, encode_sizes(len(names), 0), names, code))
    prelude, opcodes_offset = decode_prelude(data, 0)
    return RawCode(RawCodeKind.BYTECODE, data, bodies, prelude, opcodes_offset)
