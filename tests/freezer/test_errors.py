"""Each way in which freezing is refused, with the words and the module that it names."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from mpytool.freezer import FreezeError, FreezeSettings, FrozenModule, FrozenText, errors, freeze
from mpytool.module import CompiledModule, NativePart, RawCode, RawCodeKind
from mpytool.mpyfile.errors import FormatErrorKind
from mpytool.options import ARCHES
from tests.freezer.modules import with_constants


def _native(name: str, arch: str, *, scope_flags: int = 0, sub_version: int = 3) -> FrozenModule:
    root = RawCode(RawCodeKind.VIPER, bytes(4), native=NativePart(scope_flags=scope_flags))
    module = CompiledModule([name], [], root, arch=ARCHES.index(arch), sub_version=sub_version)
    return FrozenModule(name, module)


@dataclass(frozen=True, slots=True)
class Case:
    kind: FormatErrorKind
    modules: list[FrozenModule]
    message: str
    path: str = ""
    settings: FreezeSettings = field(default_factory=FreezeSettings)
    texts: list[FrozenText] = field(default_factory=list)


_PLAIN = with_constants([])
_TEXT = FrozenText("m.py", b"")
_HUGE = with_constants([1 << 70])
_MANY = FreezeSettings(known_qstrs={f"q{n}": f"q{n}" for n in range(65370)})

CASES = [
    Case(errors.NOTHING, [], "there is nothing to freeze"),
    Case(errors.SAME_PATH, [_PLAIN], "two modules would be frozen as 'm.py'", "m.py", texts=[_TEXT]),
    Case(
        errors.BAD_PATH,
        [FrozenModule("", _PLAIN.module)],
        "'' cannot be the path of a frozen module: it is empty",
    ),
    Case(
        errors.BAD_PATH,
        [FrozenModule("a\0b", _PLAIN.module)],
        "'a\\0b' cannot be the path of a frozen module: it has a NUL in it",
    ),
    Case(
        errors.LONG_QSTR,
        [with_constants([], ["é" * 130])],
        "the name 'éééééééééé...' has 260 bytes, and the firmware's names have at most 255",
        "m.py",
    ),
    Case(
        errors.MANY_QSTRS,
        [with_constants([], ["a", "b"])],
        "the firmware would have 65,539 names, and the tables of frozen code can number 65,535",
        settings=_MANY,
    ),
    Case(
        errors.MIXED_ARCHES,
        [_native("a.py", "armv7m"), _native("b.py", "x64")],
        "this module's native code is for x64, and that of 'a.py' for armv7m",
        "b.py",
    ),
    Case(
        errors.WRONG_ARCH,
        [_native("a.py", "armv7m")],
        "this module's native code is for armv7m, and the firmware is for armv6m",
        "a.py",
        FreezeSettings(arch="armv6m"),
    ),
    Case(
        errors.SUB_VERSION,
        [_native("a.py", "x64", sub_version=2)],
        "this module's native code is of format 6.2, and the firmware's is 6.3",
        "a.py",
    ),
    Case(
        errors.RELOCATIONS,
        [_native("a.py", "x64", scope_flags=0x10)],
        "native code from a linker cannot be frozen: it must be moved or given data when it is loaded",
        "a.py",
    ),
    Case(
        errors.NO_LONG_INT,
        [_HUGE],
        "the integer 1180591620717411303424 needs 72 bits, "
        "and the firmware's integers (longlong) have at most 64",
        "m.py",
        FreezeSettings(longint="longlong"),
    ),
    Case(
        errors.NO_LONG_INT,
        [with_constants([-(1 << 200)])],
        "the integer -0x100000000000000000000000000... needs 201 bits, "
        "and the firmware's integers (none) have at most 63",
        "m.py",
        FreezeSettings(longint="none"),
    ),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.kind.code} {case.message[:30]}")
def test_refused(case: Case) -> None:
    with pytest.raises(FreezeError) as caught:
        freeze(case.modules, case.texts, case.settings)
    [diagnostic] = caught.value.diagnostics
    assert caught.value.kind is case.kind
    assert (diagnostic.code, diagnostic.message, diagnostic.location.file) == (
        case.kind.code,
        case.message,
        case.path,
    )
    assert diagnostic.hint is None or "{" not in diagnostic.hint


def test_each_row_has_a_case() -> None:
    rows = {row for row in vars(errors).values() if isinstance(row, FormatErrorKind)}
    assert {case.kind for case in CASES} == rows


@pytest.mark.parametrize(
    ("arches", "target"),
    [(("armv6m", "armv7m"), None), (("armv7m", "armv6m"), "armv7emsp"), (("x64", "x64"), "x64")],
)
def test_arches_that_go_together(arches: tuple[str, str], target: str | None) -> None:
    """A Thumb firmware runs the code of all lesser ones."""
    modules = [_native(f"{number}.py", arch) for number, arch in enumerate(arches)]
    freeze(modules, [], FreezeSettings(arch=target))


def test_arch_without_code() -> None:
    """What a header says of an architecture counts only if there is code for it."""
    other = with_constants([])
    other.module.arch, other.module.sub_version = ARCHES.index("xtensa"), 1
    freeze([other, _native("a.py", "x64")], [], FreezeSettings(arch="x64"))


@pytest.mark.parametrize(
    "wrong", [{"longint": "big"}, {"mpz_dig_size": 12}, {"qstr_bytes_in_len": 3}, {"qstr_bytes_in_hash": 4}]
)
def test_settings_that_do_not_exist(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=f"{next(iter(wrong))} is "):
        FreezeSettings(**wrong)  # type: ignore[arg-type]
