"""Measure freezing and write ``docs/freeze-speed.md``: ``python benchmarks/freeze_speed.py``.

``mpyc freeze`` beside makemanifest.py, which starts mpy-cross for each module and mpy-tool.py at the end, in
turns, on the manifest of the tests' firmware, and on that with hundreds of modules more, as firmwares for
products have; medians of whole commands. Both find Python's compiled modules, as they do after installing and
after a first run, in whatever way this checkout is used.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from mpytool import CompileError, compile_source  # noqa: E402
from tests.firmware.build import CONFIGURATIONS, make_command  # noqa: E402
from tests.firmware.tree import Tree, make_tree  # noqa: E402
from tests.peers.oracle import binary  # noqa: E402
from tests.peers.runtimes import micropython_source  # noqa: E402

PAGE = ROOT / "docs/freeze-speed.md"
MORE = 410
"""Modules, so that there are about as many as in micropython-lib."""

_LAUNCHER = """\
#!{python}
import sys
from mpytool.cli import main
if __name__ == "__main__":
    sys.exit(main())
"""
"""What installers make of an entry point; old versions of pip import ``re`` in it, 6 ms."""


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds: on the wall, and of processors, which other programs disturb less."""

    wall: float
    cpu: float


def timed(command: list[str], environment: dict[str, str] | None = None) -> Times:
    """What a command and all that it starts take."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True, env=environment)
    wall = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return Times(wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def median(runs: list[Times]) -> Times:
    """The median of each of the two."""
    return Times(statistics.median(run.wall for run in runs), statistics.median(run.cpu for run in runs))


@dataclass(slots=True)
class Bench:
    """The folder in which all happens; a contender has a build folder and an output of its own."""

    folder: Path
    manifest: Path
    modules: int

    def arguments(self, who: str) -> list[str]:
        source = micropython_source()
        return [
            "-o", str(self.folder / who / "frozen_content.c"),
            "-v", f"MPY_DIR={source}", "-v", f"PORT_DIR={source / 'ports/unix'}", "-v", "BOARD_DIR=",
            "-v", f"MPY_LIB_DIR={self.folder}", "-b", str(self.folder / who), "--mpy-tool-flags=",
            str(self.manifest),
        ]  # fmt: skip

    def command(self, who: str) -> list[str]:
        if who == "mpyc":
            return [str(self.folder / "bin/mpyc"), "freeze", *self.arguments(who)]
        tool = str(micropython_source() / "tools/makemanifest.py")
        return [sys.executable, tool, *self.arguments(who)]

    def environment(self, who: str) -> dict[str, str]:
        """Of a contender, and of an empty Python."""
        environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT) if who == "mpyc" else "",
            "PYTHONPYCACHEPREFIX": str(self.folder / "compiled"),
            "MPYC_CACHE_DIR": str(self.folder / "cache"),
            "MICROPY_MPYCROSS": str(binary()),
        }
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        return environment

    def run(self, who: str) -> Times:
        """What one command takes."""
        return timed(self.command(who), self.environment(who))

    def clean(self, who: str) -> None:
        """As after ``make clean``: outputs are gone, the qstr header is there again."""
        shutil.rmtree(self.folder / who / "frozen_mpy", ignore_errors=True)
        (self.folder / who / "frozen_content.c").unlink(missing_ok=True)

    def forget(self, who: str) -> None:
        """As on a new machine."""
        self.clean(who)
        if who == "mpyc":
            shutil.rmtree(self.folder / "cache", ignore_errors=True)

    def change(self, who: str) -> None:
        """Edit one module."""
        path = self.manifest.parent / "package/core.py"
        path.write_text(f"def answer():\n    return {time.time_ns()}\n")

    def touch(self, who: str) -> None:
        """New times for everything, as after a checkout."""
        for path in self.manifest.parent.rglob("*.py"):
            os.utime(path)


CASES: tuple[tuple[str, str, Callable[[Bench, str], None]], ...] = (
    ("cold", "no cache, no output", Bench.forget),
    ("warm", "nothing has changed", lambda bench, who: None),
    ("one module changed", "one small module has other contents", Bench.change),
    ("times changed", "all files have new times and the same contents", Bench.touch),
    ("after make clean", "outputs are gone; the compile cache is not in the build folder", Bench.clean),
)
WHO = ("mpyc", "makemanifest")


_PARTS = "mpytool.cli.freezing, mpytool.manifest.frozen_c, mpytool.manifest.kept, mpytool.compiler"
_PARTS += ", mpytool.freezer.kept, mpytool.freezer"
_PYTHONS = {"empty": "pass", "loading": f"import {_PARTS}"}
"""Programs that show what of a command is the start of Python, and what the loading of its modules."""


def _python(bench: Bench, program: str) -> Times:
    return timed([sys.executable, "-c", program], bench.environment("mpyc"))


def _settled() -> None:
    """A run trusts the times of files that are two seconds old."""
    time.sleep(2.1)


def measure(bench: Bench, rounds: int) -> dict[str, dict[str, Times]]:
    """Medians by case and contender; a case more has those of ``_PYTHONS``, run in between."""
    found: dict[str, dict[str, Times]] = {}
    pythons: dict[str, list[Times]] = {name: [] for name in _PYTHONS}
    for name, _, prepare in CASES:
        times: dict[str, list[Times]] = {who: [] for who in WHO}
        for who in WHO:
            bench.run(who)
        if name == "warm":
            _settled()
            for who in WHO:
                bench.run(who)
        for _ in range(rounds):
            for who in WHO:
                prepare(bench, who)
                times[who].append(bench.run(who))
            for python, program in _PYTHONS.items():
                pythons[python].append(_python(bench, program))
        found[name] = {who: median(runs) for who, runs in times.items()}
    return {**found, "python": {name: median(runs) for name, runs in pythons.items()}}


def _add_modules(tree: Tree, count: int) -> None:
    """As many of MicroPython's own tests, as modules."""
    more = tree.folder / "more_modules"
    more.mkdir()
    for path in sorted((micropython_source() / "tests").glob("[be]*/*.py")):
        if count == 0:
            break
        source = path.read_bytes()
        try:
            compile_source(source, name=path.name)
        except CompileError:
            continue
        (more / f"{path.parent.name}_{path.name}").write_bytes(source)
        count -= 1
    tree.common.write_text(f'{tree.common.read_text()}\nfreeze("{more}")\n')


def _prepare(folder: Path, more: int) -> Bench:
    configuration = CONFIGURATIONS["x64"]
    launcher = folder / "bin/mpyc"
    launcher.parent.mkdir()
    launcher.write_text(_LAUNCHER.format(python=sys.executable))
    launcher.chmod(0o755)
    (folder / "tree").mkdir()
    tree = make_tree(folder / "tree", micropython_source(), configuration.native)
    if more:
        _add_modules(tree, more)
    header = folder / "mpyc/genhdr/qstrdefs.preprocessed.h"
    command = make_command(configuration, tree.common, folder, folder / "mpyc")
    subprocess.run([*command, str(header.with_name("qstrdefs.generated.h"))], check=True, capture_output=True)
    (folder / "makemanifest/genhdr").mkdir(parents=True)
    shutil.copy(header, folder / "makemanifest/genhdr")
    bench = Bench(folder, tree.common, 0)
    done = subprocess.run(
        [*bench.command("mpyc"), "--format", "json", "--no-cache"],
        check=True,
        capture_output=True,
        text=True,
        env=bench.environment("mpyc"),
    )
    bench.modules = len(json.loads(done.stdout)["modules"])
    return bench


def _ms(times: Times) -> str:
    return f"{times.cpu * 1e3:.0f} / {times.wall * 1e3:.0f}"


_LIMITS = """
**Warm.** {own:.0f} ms are mpyc's own, in which it looks at the times of its files and of the build's; the
rest is the start of Python. makemanifest.py takes as long as {bound:.1f} empty Pythons, so no command that
starts Python is more than {bound:.1f} times as fast. The launchers that old versions of pip write import
`re` first, which takes half an empty Python more. A shell script that compares times would take a tenth of
it, but no installer puts one in place that works everywhere: pip, pipx and uv tell a script of a wheel
where their Python is only if Python is what runs it, and on Windows only entry points become programs.

**One module changed.** {start:.0f} ms are the start of Python, {loading:.0f} ms the loading of compiler and
freezer, more than a hundred modules, from Python's own cache, and {rest:.0f} ms work: reading all sources,
taking in what the run before kept of the modules that are the same, compiling the one, laying everything out
anew, because modules share names and constants, and writing.
"""


def _limits(found: dict[str, dict[str, Times]]) -> str:
    """What the times are made of, and why they are not shorter."""
    warm, changed = found["warm"], found["one module changed"]
    empty, loading = found["python"]["empty"], found["python"]["loading"]
    return _LIMITS.format(
        own=(warm["mpyc"].cpu - empty.cpu) * 1e3,
        bound=warm["makemanifest"].cpu / empty.cpu,
        start=empty.cpu * 1e3,
        loading=(loading.cpu - empty.cpu) * 1e3,
        rest=(changed["mpyc"].cpu - loading.cpu) * 1e3,
    )


_HEAD = f"""# Speed of freezing

Made by `python benchmarks/freeze_speed.py`; no number here is written by hand.
Python {platform.python_version()} on {platform.machine()}, {os.cpu_count()} cores. Medians of whole commands,
ms, processors / wall.
"""


def _table(title: str, bench: Bench, found: dict[str, dict[str, Times]]) -> str:
    lines = [
        "",
        f"## {title}",
        "",
        f"{bench.modules} modules; an empty Python takes {_ms(found['python']['empty'])}.",
        "",
        "| case | | mpyc freeze | makemanifest.py | times as fast |",
        "|---|---|---:|---:|---:|",
    ]
    for name, about, _ in CASES:
        ours, theirs = found[name]["mpyc"], found[name]["makemanifest"]
        ratios = f"{theirs.cpu / ours.cpu:.1f} / {theirs.wall / ours.wall:.1f}"
        lines.append(f"| {name} | {about} | {_ms(ours)} | {_ms(theirs)} | {ratios} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure, print, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--print", action="store_true", help="write no page")
    given = parser.parse_args()
    page = _HEAD
    for title, more, rounds in (
        ("The manifest of the tests' firmware", 0, given.rounds),
        ("The same with hundreds of modules more", MORE, max(1, given.rounds // 3)),
    ):
        with tempfile.TemporaryDirectory() as folder:
            bench = _prepare(Path(folder), more)
            found = measure(bench, rounds)
        page += _table(title, bench, found)
        if not more:
            page += _limits(found)
    print(page)
    if not given.print:
        PAGE.write_text(page)


if __name__ == "__main__":
    main()
