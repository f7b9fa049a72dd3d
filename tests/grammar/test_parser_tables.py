"""The parse tables: where they come from, and that grammar, tokens and builder fit together."""

from __future__ import annotations

import contextlib
import re
import subprocess
import sys
from pathlib import Path

import pytest

from mpytool.diagnostics import CompileError
from mpytool.grammar import make_tables, parser, table_files, tables
from mpytool.grammar.builder import TreeBuilder
from mpytool.grammar.frontend import parse
from mpytool.grammar.tokens import KINDS, Tokens
from mpytool.options import Options
from mpytool.source import Source


def test_terminals_are_those_of_the_lexer() -> None:
    text = table_files.read_grammar().decode()
    spelled = dict(re.findall(r'^([A-Z_]+): "(.+)"$', text, re.MULTILINE))
    assert spelled == {name: spelling for name, spelling in KINDS if spelling is not None}
    declared = set(re.findall(r"^%declare (.*)$", text, re.MULTILINE)[0].split())
    unspelled = {name for name, spelling in KINDS if spelling is None}
    assert declared <= unspelled
    # The end is Lark's own, and what the lexer refuses is in no rule
    assert unspelled - declared == {
        "INVALID",
        "DEDENT_MISMATCH",
        "LONELY_STRING_OPEN",
        "MALFORMED_FSTRING",
        "UNICODE_NAME",
        "NAME_TOO_LONG",
        "END",
    }


def test_every_rule_has_its_callback() -> None:
    builder = TreeBuilder(Source(b"", "case.py"), Tokens(""), Options())
    reductions, leaves = parser.bind(table_files.load(), builder)
    assert len(reductions) == len(table_files.load().rules)
    assert {name for _, name in table_files.load().leaves.values()} == tables.LEAVES
    assert leaves


def test_the_same_tables_each_time() -> None:
    grammar = table_files.read_grammar().decode()
    script = (
        "import hashlib, sys; from mpytool.grammar import make_tables, table_files;"
        "sys.stdout.write(hashlib.sha256(make_tables.build_blob(table_files.read_grammar().decode())).hexdigest())"
    )
    found = {
        subprocess.run(
            [sys.executable, "-c", script],
            capture_output=True,
            text=True,
            check=True,
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": str(Path(__file__).parents[2])},
        ).stdout
        for seed in ("1", "2")
    }
    assert len(found) == 1
    assert make_tables.build_blob(grammar) == make_tables.build_blob(grammar)


@pytest.fixture
def no_tables(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Neither packaged tables nor a cache; the folder that the cache would be in."""
    monkeypatch.setattr(table_files, "PACKAGED_FILE", str(tmp_path / "none.bin"))
    monkeypatch.setattr("platformdirs.user_cache_dir", lambda _: str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_first_use_fills_the_cache(no_tables: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blob = table_files.load_blob()
    (file,) = no_tables.iterdir()
    monkeypatch.setattr(make_tables, "build_blob", lambda _: pytest.fail("computed again"))
    assert table_files.load_blob() == blob
    assert tables.unpack_blob(blob).rows == table_files.load().rows
    assert file.suffix == ".bin"


def test_a_damaged_cache_is_made_anew(no_tables: Path) -> None:
    blob = table_files.load_blob()
    (file,) = no_tables.iterdir()
    for damaged in (b"", b"x" * 10, b"x" * 100_000, file.read_bytes()[:-1], file.read_bytes()[:-1] + b"x"):
        file.write_bytes(damaged)
        assert table_files.load_blob() == blob


def test_an_unwritable_cache_is_no_error(no_tables: Path) -> None:
    no_tables.write_text("a file where the folder should be")
    assert table_files.load_blob()


def test_packaged_tables_come_first(no_tables: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Path(table_files.PACKAGED_FILE).write_bytes(table_files.packaged_blob())
    monkeypatch.setattr(make_tables, "build_blob", lambda _: pytest.fail("computed again"))
    assert table_files.load_blob()
    assert not no_tables.exists()


def test_lark_is_not_imported_when_tables_exist() -> None:
    table_files.load()
    script = (
        "import sys, mpytool; mpytool.compile_source('x = 1', name='x.py'); sys.exit('lark' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", script], check=True, cwd=Path(__file__).parents[2])


@pytest.mark.parametrize(
    "text",
    [
        "(" * 10_000 + ")" * 10_000,
        "[" * 10_000 + "]" * 10_000,
        "x" + "[a" * 10_000 + "]" * 10_000,
        "not " * 10_000 + "x",
        "lambda: " * 10_000 + "x",
        "x" + " if y else x" * 10_000,
        "x" + " ** y" * 10_000,
        "(" * 10_000,
        "{" * 10_000 + ")",
        "x" + ".y(z)" * 10_000,
        "x = " * 10_000 + "1",
        "[" + "1, " * 100_000 + "]",
        "(" + "1, " * 100_000 + ")",
        "\n".join(" " * i + "if x:" for i in range(500)) + " pass",
    ],
    ids=lambda text: f"{text[:12]!r}...",
)
def test_deep_and_long(text: str) -> None:
    with contextlib.suppress(CompileError):
        parse(Source(text.encode(), "case.py"), Options())
