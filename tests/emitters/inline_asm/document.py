"""Makes the table of mnemonics in docs/asm.md: ``python -m tests.emitters.inline_asm.document``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from mpytool.emitters.inline_asm.thumb import FORMS, Form
from mpytool.emitters.native.thumb.encoding import Feature, Instruction
from mpytool.emitters.native.thumb.instructions import CONDITIONS

PAGE = Path(__file__).parents[3] / "docs" / "asm.md"

_START, _END = "<!-- mnemonics -->\n", "<!-- end of mnemonics -->\n"
_WHERE = {Feature.NONE: "all", Feature.V7M: "ARMv7-M", Feature.FP: "FPU"}
_NARROW = {
    "push": " of r0-r7 and lr",
    "pop": " of r0-r7 and pc",
    "movwt": ", which is movw and movt",
}
_IT = re.compile(r"it[te]{0,3}")
_CONDITIONAL = re.compile(rf"b(?:{'|'.join(CONDITIONS)})(_[nw])?")


def _mnemonic(form: Form) -> str:
    """The mnemonic with the letters left open that stand for a condition."""
    if _IT.fullmatch(form.mnemonic):
        return "itXYZ"
    found = _CONDITIONAL.fullmatch(form.mnemonic)
    return f"bCC{found[1] or ''}" if found and form.fixed else form.mnemonic


def _rows() -> Iterator[str]:
    seen = set()
    for form in FORMS:
        usage = f"{_mnemonic(form)}{form.usage.removeprefix(form.mnemonic)}"
        if usage in seen:
            continue
        seen.add(usage)
        yield _row(usage, _syntax(form.row), form.row.needs, _NARROW.get(form.mnemonic, ""))
        if form.wide is not None:
            yield _row(usage, _syntax(form.wide), form.wide.needs, " of any registers")


def _row(usage: str, syntax: str, needs: Feature, more: str) -> str:
    return f"| `{usage}`{more} | {syntax} | {_WHERE[needs]} |\n"


def _syntax(row: Instruction) -> str:
    return "`it`" if row.fields and row.syntax.startswith("it") else f"`{re.sub('[{}]', '', row.syntax)}`"


def table() -> str:
    """One row for each form of each mnemonic."""
    return "| in the assembler | instruction | exists on |\n|---|---|---|\n" + "".join(_rows())


def page() -> str:
    """The page with the table as it should be."""
    before, _, rest = PAGE.read_text().partition(_START)
    _, _, after = rest.partition(_END)
    return f"{before}{_START}\n{table()}\n{_END}{after}"


if __name__ == "__main__":
    PAGE.write_text(page())
