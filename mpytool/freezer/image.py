"""Modules frozen: checked, each thing once, laid out. The result writes itself as C and knows its sizes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mpytool.freezer import errors
from mpytool.freezer.errors import FreezeError
from mpytool.freezer.functions import Functions, collect_functions
from mpytool.freezer.layout import Layout, lay_out
from mpytool.freezer.model import FreezeSettings, FrozenModule, FrozenText
from mpytool.freezer.objects import gather_constants, place_objects, reachable, strings_of
from mpytool.freezer.sizes import SizeRow
from mpytool.freezer.strings import choose_qstrs
from mpytool.freezer.tables import share_tables
from mpytool.freezer.to_c import write_c
from mpytool.module import RawCodeKind
from mpytool.options import ARCHES
from mpytool.version import MPY_SUB_VERSION

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

_THUMB = range(ARCHES.index("armv6m"), ARCHES.index("armv7emdp") + 1)
"""Each of these runs the code of those before it (``py/persistentcode.h``)."""


class FrozenImage:
    """All frozen modules, ready to be written. ``layout`` is the structure that the C is made of."""

    __slots__ = ("layout",)

    def __init__(self, layout: Layout) -> None:
        self.layout: Final = layout

    def to_c(self) -> str:
        """The C file."""
        return "".join(self.pieces())

    def pieces(self) -> Iterator[str]:
        """The C file, piece by piece."""
        return write_c(self.layout)

    def sizes(self) -> list[SizeRow]:
        """What each module's data of each category takes; docs/freeze.md says for which configuration."""
        return self.layout.account.rows()

    def total(self, word_size: int = 4) -> int:
        """The size of everything in bytes, before alignment of machine code."""
        return sum(row.extent.total(word_size) for row in self.sizes())


def freeze(
    modules: Sequence[FrozenModule], texts: Sequence[FrozenText], settings: FreezeSettings
) -> FrozenImage:
    """The C of some modules and source texts, for a firmware with some settings. Raises FreezeError."""
    if not modules and not texts and not settings.allow_empty:
        raise FreezeError(errors.NOTHING)
    _check_paths([*(each.name for each in texts), *(each.name for each in modules)])
    constants, items = gather_constants(modules, settings.share)
    tables = share_tables(modules, constants, settings)
    functions = collect_functions(tables.modules, settings.share)
    _check_native(modules, functions, settings)
    needed: dict[str, set[str]] = {text: set() for text in tables.qstrs}
    for module in modules:
        for text in module.qstrs:
            if text in needed:
                needed[text].add(module.name)
    items = reachable(tables.objects, items)
    qstrs = choose_qstrs(needed, strings_of(items), settings)
    objects = place_objects(items, qstrs, settings)
    return FrozenImage(lay_out(tables, texts, settings, functions, objects, qstrs))


def _check_paths(paths: list[str]) -> None:
    seen = set()
    for path in paths:
        if path in seen:
            raise FreezeError(errors.SAME_PATH, path, name=path)
        seen.add(path)
        if not path:
            raise FreezeError(errors.BAD_PATH, name=path, reason="it is empty")
        if "\0" in path:
            raise FreezeError(errors.BAD_PATH, name=path.replace("\0", "\\0"), reason="it has a NUL in it")


def _check_native(modules: Sequence[FrozenModule], functions: Functions, settings: FreezeSettings) -> None:
    """All machine code must be for one firmware. Headers may name an architecture without any code for it."""
    names = {
        name
        for function in functions.all
        if function.raw.kind is not RawCodeKind.BYTECODE
        for name in function.users
    }
    first: FrozenModule | None = None
    for module in modules:
        if module.name not in names:
            continue
        arch = module.module.arch
        if module.module.sub_version != MPY_SUB_VERSION:
            found = module.module.sub_version
            raise FreezeError(errors.SUB_VERSION, module.name, found=found, wanted=MPY_SUB_VERSION)
        if settings.arch is not None and not _runs(arch, ARCHES.index(settings.arch)):
            target = settings.arch
            raise FreezeError(errors.WRONG_ARCH, module.name, arch=ARCHES[arch], target=target)
        if first is None:
            first = module
        elif not (_runs(arch, first.module.arch) or _runs(first.module.arch, arch)):
            other_arch = ARCHES[first.module.arch]
            words = {"arch": ARCHES[arch], "other": first.name, "other_arch": other_arch}
            raise FreezeError(errors.MIXED_ARCHES, module.name, **words)


def _runs(arch: int, target: int) -> bool:
    """Whether a target runs the code of an architecture."""
    return arch == target or (arch in _THUMB and target in _THUMB and arch < target)
