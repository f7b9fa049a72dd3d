"""A compiler of a few lines in place of the real one: these tests are about the command line."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import pytest
from click.testing import CliRunner, Result

from mpytool.diagnostics import CompileError, Diagnostic, Location, Peer, Severity
from mpytool.options import Options


def rejection(path: str) -> Diagnostic:
    """What the stand-in says of a source that contains ``bad``."""
    return Diagnostic(
        Severity.ERROR,
        "E0101",
        "SyntaxError",
        "this is bad",
        Location(path, 1, 1, 1, 4),
        "make it good",
        (),
        Peer("SyntaxError", "invalid syntax", 1, None),
        ((1, "bad"),),
    )


@dataclass
class FakeModule:
    data: bytes

    def to_bytes(self) -> bytes:
        return self.data


def _compile_source(
    source: bytes, *, name: str, options: Options, path: str | None = None, processes: int = 1
) -> FakeModule:
    if b"bad" in source:
        raise CompileError([rejection(path or name)])
    if b"crash" in source:
        raise ZeroDivisionError("oops")
    if b"interrupt" in source:
        raise KeyboardInterrupt
    return FakeModule(b"M|" + name.encode() + b"|" + repr(options).encode() + b"|" + source)


def _stage_text(stage: str, source: bytes, *, name: str, options: Options, path: str | None = None) -> str:
    if b"bad" in source:
        raise CompileError([rejection(path or name)])
    return f"{stage} of {name}: {source.decode('utf-8', 'surrogateescape')}\n"


@dataclass
class Tree:
    """A scratch folder, the current one, with the program to run in it."""

    root: Path

    def write(self, **files: str) -> None:
        """Files by path, with ``__`` for ``/`` and the suffix ``.py`` added."""
        for name, text in files.items():
            path = self.root / (name.replace("__", "/") + ".py")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    def mpyc(self, *arguments: str, stdin: bytes = b"") -> Result:
        import click

        from mpytool.cli.app import run

        # The runner calls a click command; this one hands the line on to the program's own entry.
        @click.command(add_help_option=False, context_settings={"ignore_unknown_options": True})
        @click.argument("line", nargs=-1, type=click.UNPROCESSED)
        def program(line: Sequence[str]) -> None:
            sys.exit(run(list(arguments)))

        return CliRunner().invoke(program, [], input=stdin)

    def files(self) -> list[str]:
        return sorted(
            path.relative_to(self.root).as_posix()
            for path in self.root.rglob("*")
            if path.is_file() and ".cache" not in path.parts
        )


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tree:
    module = ModuleType("mpytool.compiler")
    module.compile_source = _compile_source  # type: ignore[attr-defined]
    module.stage_text = _stage_text  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "mpytool.compiler", module)
    monkeypatch.setattr(sys.modules["mpytool"], "compiler", module, raising=False)
    monkeypatch.setenv("MPYC_CACHE_DIR", str(tmp_path / ".cache"))
    monkeypatch.chdir(tmp_path)
    return Tree(tmp_path)
