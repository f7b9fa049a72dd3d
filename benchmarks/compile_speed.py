"""Measure the compiler's speed and write ``docs/speed.md``: ``python benchmarks/compile_speed.py``.

One core for everything but the trees of files. The unit of the first table is a bare Lark LALR parse of the
same text with Lark's own Python grammar, made in the same run and in turns with the compilation.
"""

from __future__ import annotations

import argparse
import inspect
import os
import platform
import shutil
import statistics
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

STDLIB = Path(sysconfig.get_paths()["stdlib"])

FILES = (
    "argparse.py", "asyncio/base_events.py", "calendar.py", "cgi.py", "codecs.py", "configparser.py",
    "csv.py", "ctypes/__init__.py", "difflib.py", "email/message.py", "ftplib.py", "gettext.py",
    "heapq.py", "imaplib.py", "locale.py", "mailbox.py", "pickletools.py", "optparse.py", "platform.py",
    "subprocess.py", "tarfile.py", "textwrap.py", "turtle.py", "zipfile.py",
)  # fmt: skip
"""Modules in this order; the first twenty that are there and that both parsers accept are measured."""

COUNT = 20
ROUNDS = 5


def _best(work: Callable[[], object], rounds: int = ROUNDS) -> float:
    """The shortest of some runs, in seconds."""
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)


def _median_run(command: list[str], rounds: int = 15, environment: dict[str, str] | None = None) -> float:
    """Median wall time of a command."""
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True, env=environment)
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def _lark_parse() -> Callable[[str], object]:
    from lark import Lark
    from lark.indenter import PythonIndenter

    parser = Lark.open_from_package(
        "lark", "python.lark", ["grammars"], parser="lalr", postlex=PythonIndenter(), start="file_input"
    )
    return lambda text: parser.parse(text)


def _compile(source: bytes, name: str) -> bytes:
    import mpytool

    return mpytool.compile_source(source, name=name).to_bytes()


def ratio_rows() -> Iterator[str]:
    """The table of compile times beside parse times, over the fixed set."""
    from lark.exceptions import LarkError

    from mpytool import CompileError

    parse = _lark_parse()
    chosen: list[tuple[str, bytes, str]] = []
    for name in FILES:
        path = STDLIB / name
        if len(chosen) == COUNT or not path.exists():
            continue
        data = path.read_bytes()
        text = data.decode() + "\n"
        try:
            parse(text)
            _compile(data, name)
        except (LarkError, CompileError):  # one of the two has another Python
            continue
        chosen.append((name, data, text))
    yield "| file | kB | mpyc ms | Lark parse ms | ratio |"
    yield "|---|---:|---:|---:|---:|"
    totals = [0.0, 0.0, 0.0]
    for name, data, text in chosen:
        ours = theirs = float("inf")
        for _ in range(ROUNDS):  # in turns, so that both see the same machine
            ours = min(ours, _best(lambda data=data, name=name: _compile(data, name), 1))  # type: ignore[misc]
            theirs = min(theirs, _best(lambda text=text: parse(text), 1))  # type: ignore[misc]
        totals = [totals[0] + len(data), totals[1] + ours, totals[2] + theirs]
        times = f"{ours * 1e3:.1f} | {theirs * 1e3:.1f} | {ours / theirs:.2f}"
        yield f"| `{name}` | {len(data) / 1e3:.0f} | {times} |"
    size, ours, theirs = totals
    yield (
        f"| **{len(chosen)} files** | {size / 1e3:.0f} | {ours * 1e3:.1f} | {theirs * 1e3:.1f} |"
        f" **{ours / theirs:.2f}** |"
    )


def _mpyc() -> list[str]:
    """The installed command, or what it does where the project is not installed."""
    found = Path(sys.executable).with_name("mpyc")
    return [str(found)] if found.exists() else [sys.executable, "-c", "from mpytool.cli import main; main()"]


def _environment(folder: Path) -> dict[str, str]:
    return {**os.environ, "MPYC_CACHE_DIR": str(folder / "cache"), "PYTHONPATH": str(ROOT)}


@contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="mpyc-bench-") as name:
        yield Path(name)


def start_rows() -> Iterator[str]:
    """``mpyc compile hello.py`` beside an empty Python."""
    with _folder() as folder:
        hello = folder / "hello.py"
        hello.write_text("print('hello')\n")
        command = [*_mpyc(), "compile", str(hello)]
        environment = _environment(folder)
        subprocess.run(command, check=True, env=environment, capture_output=True)
        empty = _median_run([sys.executable, "-c", "pass"])
        yield "| command | ms | in empty Pythons |"
        yield "|---|---:|---:|"
        yield f"| `python -c pass` | {empty * 1e3:.1f} | 1.0 |"
        rows = {
            "`mpyc compile --no-cache hello.py`": [*command, "--no-cache"],
            "`mpyc compile hello.py`, cached": command,
            "`mpyc --version`": [*_mpyc(), "--version"],
        }
        for label, words in rows.items():
            spent = _median_run(words, environment=environment)
            yield f"| {label} | {spent * 1e3:.1f} | {spent / empty:.1f} |"


def linear_rows() -> Iterator[str]:
    """Time of one file 1, 4 and 16 times over."""
    data = (STDLIB / "argparse.py").read_bytes() + b"\n"
    yield "| `argparse.py` times | kB | ms | ms per kB |"
    yield "|---:|---:|---:|---:|"
    for times in (1, 4, 16):
        source = data * times
        spent = _best(lambda source=source: _compile(source, "a.py"), 3)  # type: ignore[misc]
        yield f"| {times} | {len(source) / 1e3:.0f} | {spent * 1e3:.0f} | {spent * 1e6 / len(source):.3f} |"


NATIVE_FILES = ("argparse.py", "configparser.py", "heapq.py", "shlex.py", "textwrap.py")
"""Without what native code cannot be made of, and of several sizes."""


def beside_bytecode_rows() -> Iterator[str]:
    """Native code beside bytecode of the same file: in one process, and as whole commands on all cores,
    without a cache. The goal is at most 4 times."""
    targets = ("x64", "armv7em")
    emissions = [("bytecode", "none"), *(("native", arch) for arch in targets)]
    yield "| file | kB | bytecode ms |" + "".join(f" {arch} ms | times |" for arch in targets)
    yield "|---|---:|---:|" + "---:|---:|" * len(targets)
    for name in NATIVE_FILES:
        data = (STDLIB / name).read_bytes()
        base, *native = [
            min(_native_cost(data, arch, emit)[0] for _ in range(3)) * 1e3 for emit, arch in emissions
        ]
        cells = "".join(f" {spent:.0f} | {spent / base:.1f} |" for spent in native)
        yield f"| `{name}` | {len(data) / 1e3:.0f} | {base:.0f} |{cells}"
    yield ""
    yield "| command | bytecode ms |" + "".join(f" {arch} ms | times |" for arch in targets)
    yield "|---|---:|" + "---:|---:|" * len(targets)
    with _folder() as folder:
        command = [*_mpyc(), "compile", "--no-cache", "-o", str(folder / "out.mpy")]
        for name in NATIVE_FILES:
            plain = [*command, str(STDLIB / name)]
            base = _median_run(plain, 5) * 1e3
            native = [
                _median_run([*plain, "-X", "emit=native", f"-march={arch}"], 5) * 1e3 for arch in targets
            ]
            cells = "".join(f" {spent:.0f} | {spent / base:.1f} |" for spent in native)
            yield f"| `mpyc compile {name}` | {base:.0f} |{cells}"


_NATIVE_HEAD = "@micropython.native\ndef f(a, b, o):\n    s = 0\n"


def _native_shapes(count: int) -> Iterator[tuple[str, str]]:
    """Single functions of ``count`` lines, or of that many elements."""
    numbers = range(count)
    yield "`a[0] = a[0] + b`", _NATIVE_HEAD + "    a[0] = a[0] + b\n" * count
    yield "calls", _NATIVE_HEAD + "".join(f"    g{n}(a, 'k{n}', b.x{n})\n" for n in numbers)
    yield (
        "`elif`",
        f"{_NATIVE_HEAD}    if a:\n        s = b\n"
        + "".join(f"    elif a == {n}:\n        s = b + {n}\n" for n in numbers[: count // 2]),
    )
    yield "loops", _NATIVE_HEAD + "    for i in range(b):\n        s += i\n" * (count // 2)
    yield (
        "`try`",
        _NATIVE_HEAD + "    try:\n        s = a[s]\n    except ValueError:\n        s = b\n" * (count // 4),
    )
    yield "a list", f"{_NATIVE_HEAD}    return [{', '.join(f'a + {n}' for n in numbers)}]\n"


_MEASURE = """
import resource, sys, time, mpytool
options = mpytool.Options(arch=sys.argv[1], emit=sys.argv[2])
if options.arch != "none":
    mpytool.compile_source(b"@micropython.native\\ndef f(): pass", name="a.py", options=options).to_bytes()
mpytool.compile_source(b"pass", name="a.py", options=options).to_bytes()
source = sys.stdin.buffer.read()
start = time.process_time()
mpytool.compile_source(source, name="a.py", options=options).to_bytes()
print(time.process_time() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


def _native_cost(source: bytes, arch: str, emit: str) -> tuple[float, float]:
    """(seconds of processor time, peak MB) of compiling once, in a process of its own."""
    command = [sys.executable, "-c", _MEASURE, arch, emit]
    done = subprocess.run(command, input=source, stdout=subprocess.PIPE, check=True, cwd=ROOT)
    spent, peak = done.stdout.split()
    return float(spent), float(peak)


def native_rows() -> Iterator[str]:
    """Processor time of native code, which a machine that does other work lengthens: a file of many
    functions, and single functions that grow."""
    yield "| source | x64 ms | armv6m ms | x64 ms per kB or line | x64 peak MB |"
    yield "|---|---:|---:|---:|---:|"
    data = (STDLIB / "argparse.py").read_bytes()
    x64, peak = min(_native_cost(data, "x64", "native") for _ in range(2))
    thumb, _ = min(_native_cost(data, "armv6m", "native") for _ in range(2))
    yield (
        f"| `argparse.py` | {x64 * 1e3:.0f} | {thumb * 1e3:.0f} | {x64 * 1e6 / len(data):.2f} | {peak:.0f} |"
    )
    for count in (2500, 5000, 10_000):
        for label, text in _native_shapes(count):
            x64, peak = _native_cost(text.encode(), "x64", "bytecode")
            thumb, _ = _native_cost(text.encode(), "armv6m", "bytecode")
            row = f"| {label}, {count:,} lines | {x64 * 1e3:.0f} | {thumb * 1e3:.0f} |"
            yield f"{row} {x64 * 1e3 / count:.2f} | {peak:.0f} |"


def memory_rows() -> Iterator[str]:
    """Peak memory of a process that compiles one file: the largest one, and the largest programs."""
    program = (
        "import sys, mpytool, resource; s = open(sys.argv[1], 'rb').read()\n"
        "mpytool.compile_source(b'pass', name='a.py').to_bytes()\n"
        "b = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "mpytool.compile_source(s, name='a.py').to_bytes()\n"
        "print(b, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    )
    yield "| file | kB | peak MB | of which before it was compiled |"
    yield "|---|---:|---:|---:|"
    for name in ("pydoc_data/topics.py", "test/datetimetester.py", "test/test_decimal.py", "turtle.py"):
        path = STDLIB / name
        if not path.exists():
            continue
        done = subprocess.run(
            [sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=True, cwd=ROOT
        )
        before, after = (int(word) / 1024 for word in done.stdout.split())
        yield f"| `{name}` | {path.stat().st_size / 1e3:.0f} | {after:.0f} | {before:.0f} |"


def tree_rows() -> Iterator[str]:
    """The whole standard library with an empty and with a filled cache."""
    with _folder() as folder:
        listed = folder / "list.txt"
        files = [p for p in sorted(STDLIB.rglob("*.py")) if "site-packages" not in p.parts]
        listed.write_text("\n".join(map(str, files)))
        environment = _environment(folder)
        command = [*_mpyc(), "compile", "-q", "--out-dir", str(folder / "out"), f"@{listed}"]
        yield f"| {len(files)} files, all cores | s | of cold |"
        yield "|---|---:|---:|"
        cold = 0.0
        for label in ("cold cache", "warm cache, no outputs", "warm cache, outputs there"):
            if label == "warm cache, no outputs":
                shutil.rmtree(folder / "out", ignore_errors=True)
            start = time.perf_counter()
            subprocess.run(command, env=environment, capture_output=True, check=False)
            spent = time.perf_counter() - start
            cold = cold or spent
            yield f"| {label} | {spent:.2f} | {spent / cold:.1%} |"


SECTIONS: dict[str, Callable[[], Iterator[str]]] = {
    "Compile time beside a bare parse": ratio_rows,
    "Start": start_rows,
    "Growth with size": linear_rows,
    "Native code beside bytecode": beside_bytecode_rows,
    "Native code that grows": native_rows,
    "Memory": memory_rows,
    "A tree of files": tree_rows,
}


_HEAD = "# Speed\n\nMade by `python benchmarks/compile_speed.py`; nothing here is written by hand.\n"
_PAGE = ROOT / "docs/speed.md"


def _section(title: str) -> str:
    rows = SECTIONS[title]
    return f"## {title}\n\n{inspect.cleandoc(rows.__doc__ or '')}\n\n" + "\n".join(rows()) + "\n"


def _sections_there() -> dict[str, str]:
    """The sections of the page by their titles."""
    text = _PAGE.read_text() if _PAGE.exists() else ""
    parts = text.split("\n## ")[1:]
    return {part.partition("\n")[0]: f"## {part.rstrip()}\n" for part in parts}


def main() -> None:
    """Measure, print what was measured, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", help="a word of the section to measure; others stay as they are")
    arguments = parser.parse_args()
    sections = _sections_there()
    for title in SECTIONS:
        if arguments.only is None or arguments.only in title.lower():
            sections[title] = _section(title)
            print(sections[title])
    machine = f"Python {platform.python_version()} on {platform.machine()}, {os.cpu_count()} cores.\n"
    _PAGE.write_text(
        "\n".join([_HEAD + machine, *(sections[title] for title in SECTIONS if title in sections)])
    )


if __name__ == "__main__":
    main()
