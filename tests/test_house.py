"""The house's rules as tests: floors, linters, the README's commands, what may lie at the top."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = "mpytool"


def _floors() -> dict[str, int]:
    """The floor of each room, from the table in ``docs/architecture.md``; one that is not there is on 0."""
    text = (ROOT / "docs/architecture.md").read_text().partition("\n## Floors\n")[2].partition("\n## ")[0]
    return {
        room.removesuffix("/").removesuffix(".py"): int(floor)
        for floor, rooms in re.findall(r"^\| (\d) \| (.*) \|$", text, re.MULTILINE)
        for room in re.findall(r"`([^`]+)`", rooms)
    }


FLOORS = _floors()


@dataclass(frozen=True, slots=True)
class Upward:
    """An import from a higher floor that is wanted, and why."""

    importer: str
    imported: str
    reason: str


UPWARD: tuple[Upward, ...] = (
    Upward("mpytool.module", "mpytool.mpyfile.write", "to_bytes() is the public way to a file"),
    Upward("mpytool.module", "mpytool.dumper.ram", "footprint() is the public way to the account of RAM"),
    Upward("mpytool.module", "mpytool.dumper.ram_machine", "types of footprint(), for type checkers only"),
    Upward("mpytool", "mpytool.compiler", "the package's own names, for type checkers only"),
    Upward("mpytool", "mpytool.mpyfile.errors", "the package's own names, for type checkers only"),
    Upward("mpytool", "mpytool.mpyfile.read", "the package's own names, for type checkers only"),
    Upward("mpytool", "mpytool.mpyfile.verify", "the package's own names, for type checkers only"),
)


def _modules() -> Iterator[tuple[str, Path]]:
    for path in sorted((ROOT / PACKAGE).rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts), path


def _imports(path: Path, name: str) -> Iterator[str]:
    """The full names of the modules of this package that a file imports, anywhere in it."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = name.split(".")
            start = ".".join(base[: len(base) - node.level]) if node.level else ""
            module = ".".join(filter(None, [start, node.module or ""]))
            below = [f"{module}.{alias.name}" for alias in node.names]
            found = [b if _is_module(b) else module for b in below]
        else:
            continue
        yield from (item for item in found if item.split(".")[0] == PACKAGE)


def _is_module(name: str) -> bool:
    path = ROOT.joinpath(*name.split("."))
    return path.with_suffix(".py").exists() or (path / "__init__.py").exists()


def _room(module: str) -> str:
    return module.split(".")[1] if "." in module else ""


def _floor(module: str) -> int:
    return FLOORS.get(_room(module), 0)


def test_floors_are_known() -> None:
    """The table has every room that matters, and only rooms that exist."""
    main_rooms = ("grammar", "lowering", "emitters", "mpyfile", "compiler", "cli")
    assert [FLOORS.get(room) for room in main_rooms] == [0, 1, 2, 3, 3, 5]
    package = ROOT / PACKAGE
    assert [
        room for room in FLOORS if not (package / room).is_dir() and not (package / f"{room}.py").exists()
    ] == []


def test_floors() -> None:
    """A room imports only from its own floor or from floors below."""
    allowed = {(u.importer, u.imported) for u in UPWARD}
    used = set()
    wrong = []
    for name, path in _modules():
        for imported in _imports(path, name):
            if _floor(imported) > _floor(name):
                used.add((name, imported))
                if (name, imported) not in allowed:
                    wrong.append(
                        f"{name} (floor {_floor(name)}) imports {imported} (floor {_floor(imported)})"
                    )
    assert not wrong, "\n".join(wrong)
    assert allowed == used, f"not needed any more: {allowed - used}"


def test_emitters_do_not_see_the_tree() -> None:
    """The stack IR is the narrow waist: behind it nobody looks at syntax, before it nobody at bytecode."""
    wrong = [
        f"{name} imports {imported}"
        for name, path in _modules()
        for imported in _imports(path, name)
        if (_room(name) in ("emitters", "passes") and imported.startswith("mpytool.grammar"))
        or (_room(name) == "grammar" and imported in ("mpytool.opcodes", "mpytool.ir", "mpytool.module"))
    ]
    assert not wrong, "\n".join(wrong)


def test_library_does_not_print() -> None:
    wrong = []
    for name, path in _modules():
        if _room(name) == "cli":
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print":
                wrong.append(f"{name}:{node.lineno}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    "command",
    [
        ("ruff", "check", "."),
        ("ruff", "format", "--check", "."),
        ("mypy", "--strict"),
    ],
    ids=" ".join,
)
def test_linter(command: tuple[str, ...]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


# fmt: off
TOP_LEVEL = frozenset({
    ".ci", ".gitignore", "CHANGELOG.md", "LICENSE", "README.md", "benchmarks", "docs", "emitters", "examples",
    "grammar", "mpytool", "pyproject.toml", "tests",
})
# fmt: on


def test_top_level() -> None:
    """Nothing else lies at the top of the repository."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout")
    assert {line.split("/")[0] for line in listed.stdout.splitlines()} <= TOP_LEVEL


def test_links_at_the_top() -> None:
    for name in ("grammar", "emitters"):
        assert (ROOT / name).is_symlink()
        assert (ROOT / name).resolve() == ROOT / PACKAGE / name


def _quick_start() -> list[str]:
    text = (ROOT / "README.md").read_text()
    section = text.partition("\n## Quick start\n")[2].partition("\n## ")[0]
    return re.findall(r"^```\w*\n(.*?)^```$", section, re.DOTALL | re.MULTILINE)


def test_quick_start() -> None:
    """Two shell blocks: the first installs and compiles, the second runs these tests."""
    blocks = _quick_start()
    assert len(blocks) == 2
    assert "mpyc compile" in blocks[0]
    assert "pytest" in blocks[1]
    assert "README.md" in (ROOT / ".ci/run").read_text()


def test_docs_name_each_command() -> None:
    """Every command of ``mpyc --help`` has its page or section in the documentation."""
    shown = subprocess.run(
        [sys.executable, "-c", "from mpytool.cli import main; main()", "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    ).stdout
    commands = re.findall(r"^  ([a-z][a-z-]*)  ", shown.partition("Commands:")[2], re.MULTILINE)
    assert commands, shown
    text = "\n".join(path.read_text() for path in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
    assert [c for c in commands if f"mpyc {c}" not in text] == []


def test_docs_name_each_error() -> None:
    """The error codes are documented: each row of the table is in ``docs/errors.md``."""
    page = ROOT / "docs/errors.md"
    codes = set(re.findall(r'"(E\d{4})"', "".join(p.read_text() for _, p in _modules())))
    assert codes
    assert {c for c in codes if c not in page.read_text()} == set()


def test_loading() -> None:
    """Compiling and freezing load nothing that takes as long as the start of Python (architecture.md)."""
    code = (
        "import sys, mpytool.compiler, mpytool.freezer.kept, mpytool.cli.freezing, mpytool.cli.cross; "
        "print(*sorted({'dataclasses', 'inspect', 'typing'} & {*sys.modules}))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, check=True)
    assert done.stdout.split() == []
