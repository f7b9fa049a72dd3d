"""Makes docs/errors.md from the table of errors and its cases: ``python -m tests.errors.document``."""

from __future__ import annotations

from pathlib import Path

from mpytool import CompileError, compile_source, errors
from mpytool.errors import ErrorKind
from mpytool.freezer import errors as freeze_errors
from mpytool.manifest import errors as manifest_errors
from mpytool.mpyfile import errors as format_errors
from mpytool.mpyfile.errors import FormatErrorKind
from mpytool.render.human import render
from mpytool.romfs import errors as image_errors
from tests.errors.asm_cases import ASSEMBLER
from tests.errors.cases import LOWERING, Case
from tests.errors.viper_cases import VIPER
from tests.grammar.syntax_cases import SYNTAX
from tests.peers.oracle import parse_flags

PAGE = Path(__file__).parents[2] / "docs" / "errors.md"

_HEAD = """# Errors

Every way in which a program can be rejected, by code. `python -m tests.errors.document` makes this page from
`mpytool/errors.py` and the tests' cases. Where mpy-cross rejects the same program, its words are given:
`mpyc-cross` prints these.

Codes never change their meaning. E00xx are about files, E01xx are found by the lexer and the parser, E02xx
while the program is lowered, E03xx by the bytecode emitter, E04xx by the native emitters, E06xx by the inline
assembler, E07xx by the typing of viper functions. E05xx say that a `.mpy` file is malformed, or cannot be
merged with others, E08xx are about manifests, E09xx about ROMFS images,
E10xx about freezing.
"""


def rows() -> list[ErrorKind]:
    """All rows of the table, by code."""
    found = [row for row in vars(errors).values() if isinstance(row, ErrorKind)]
    return sorted(found, key=lambda row: row.code)


def format_rows() -> list[FormatErrorKind]:
    """All rows of the tables for ``.mpy`` files, manifests, images and freezing, by code."""
    tables = (format_errors, manifest_errors, image_errors, freeze_errors)
    found = [row for table in tables for row in vars(table).values() if isinstance(row, FormatErrorKind)]
    return sorted(found, key=lambda row: row.code)


def page() -> str:
    """The text of docs/errors.md."""
    examples: dict[str, Case] = {}
    for case in (*SYNTAX, *LOWERING, *ASSEMBLER, *VIPER):
        if case.code not in examples and len(case.source) < 200:
            examples[case.code] = case
    programs = "".join(_section(row, examples.get(row.code)) for row in rows())
    return _HEAD + programs + "".join(map(_format_section, format_rows()))


def _format_section(row: FormatErrorKind) -> str:
    hint = f"\nHint: {row.hint}.\n" if row.hint is not None else ""
    return f"\n## {row.code}\n\n{row.message}\n{hint}"


def _section(row: ErrorKind, example: Case | None) -> str:
    text = f"\n## {row.code}\n\n{row.message}\n\nmpy-cross: `{row.type}: {row.peer}`\n"
    if example is None:
        return text
    try:
        compile_source(example.source, name="main.py", options=parse_flags(example.flags))
    except CompileError as error:
        return f"{text}\n```\n{render(error.diagnostics[0]).rstrip()}\n```\n"
    raise AssertionError(f"{row.code}: the example is accepted")


if __name__ == "__main__":
    PAGE.write_text(page())
