"""Source → SSA text; the verifier on broken text; whatever the standard library holds builds and is sound."""

from __future__ import annotations

import sysconfig
from collections.abc import Iterator
from pathlib import Path

import pytest

from mpytool.compiler import stage_text
from mpytool.diagnostics import CompileError
from mpytool.emitters.native.build import build_function
from mpytool.emitters.native.check import check_ssa
from mpytool.emitters.native.print_ssa import format_ssa, parse_ssa
from mpytool.emitters.native.ssa import SsaFunction
from mpytool.grammar.frontend import parse
from mpytool.ir import Emitter
from mpytool.lowering import lower
from mpytool.options import Options
from mpytool.print_ir import IrTextError
from mpytool.source import Source
from tests.casefile import Case, read_cases

DATA = Path(__file__).parent / "data"
CASES = read_cases(DATA / "ssa.test")
NATIVE = Options(emit="native", arch="x64")
LIBRARY = sorted(Path(sysconfig.get_path("stdlib")).glob("*.py"))[::8]


def _functions(source: bytes) -> Iterator[SsaFunction]:
    file = Source(source, "t.py")
    for function in lower(parse(file, NATIVE), file, NATIVE).functions:
        if function.emitter in (Emitter.NATIVE, Emitter.VIPER):
            yield build_function(function)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_text(case: Case) -> None:
    text = stage_text("ssa", case.source, name="t.py", options=NATIVE)
    # The module's own function only makes the others
    case.check(text.split("\n\n", 1)[1])


@pytest.mark.parametrize("case", CASES, ids=str)
def test_case_is_sound(case: Case) -> None:
    for function in _functions(case.source.encode()):
        assert check_ssa(function) == []


def _broken() -> Iterator[tuple[str, str, list[str]]]:
    for part in (DATA / "broken.ssa").read_text().split("\n\n"):
        title, *lines = part.strip().splitlines()
        text = "\n".join(line for line in lines if not line.startswith("!"))
        yield title, text, [line[2:] for line in lines if line.startswith("!")]


@pytest.mark.parametrize(("title", "text", "messages"), list(_broken()), ids=lambda value: str(value)[:30])
def test_verifier_names_what_is_wrong(title: str, text: str, messages: list[str]) -> None:
    (function,) = parse_ssa(text)
    assert check_ssa(function) == messages, title


@pytest.mark.parametrize("line", ["b0: form b1", "  v0:obj = nothing_like_it", "  v0:what = none"])
def test_text_that_is_none(line: str) -> None:
    with pytest.raises(IrTextError, match="line 3"):
        parse_ssa(f'function "f" native\nb0:\n{line}\n')


@pytest.mark.parametrize("path", LIBRARY, ids=lambda path: path.name)
def test_library_builds_soundly(path: Path) -> None:
    try:
        functions = list(_functions(path.read_bytes()))
    except CompileError:
        return  # it is written for another Python
    for function in functions:
        assert check_ssa(function) == [], function.name
        text = format_ssa(function)
        assert format_ssa(parse_ssa(text)[0]) == text


def test_documentation_shows_what_is_printed() -> None:
    """The function that ``docs/native.md`` follows through the stages."""
    page = (Path(__file__).parents[3] / "docs/native.md").read_text()
    source = page.partition("```python\n")[2].partition("```")[0]
    shown = [part.partition("```")[0] for part in page.split("```text\n")[1:3]]
    printed = [stage_text(stage, source, name="t.py", options=NATIVE) for stage in ("ir", "ssa")]
    assert [text.split("\n\n")[-1] for text in printed] == shown
