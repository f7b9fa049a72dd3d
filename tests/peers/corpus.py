"""Corpora of Python sources, and the comparison of one source: our compiler's answer beside the oracle's."""

from __future__ import annotations

import enum
import hashlib
import sysconfig
import time
import traceback
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from mpytool.diagnostics import CompileError
from mpytool.options import Options
from tests.peers.explain import explain
from tests.peers.oracle import Answer, Rejection, parse_flags

OPTION_SETS: tuple[str, ...] = ("-O0", "-O3", "-O1 -msmall-int-bits=63", "-X no-source-lines")
"""mpy-cross's flags under which the standard library is compared."""


class Verdict(enum.Enum):
    SAME = "identical"
    REJECTED = "rejected alike"
    RUN_OUT = "peer out of resources"
    DIFFERENT = "different"
    ACCEPTED = "accepted, peer rejects"
    REFUSED = "rejected, peer accepts"
    REJECTED_OTHERWISE = "rejected differently"
    CRASHED = "crashed"


GOOD = frozenset({Verdict.SAME, Verdict.REJECTED, Verdict.RUN_OUT})


@dataclass(frozen=True, slots=True)
class Comparison:
    """``detail`` says in words what differs, empty where nothing does; ``seconds`` is our compiler's time."""

    verdict: Verdict
    detail: str = ""
    seconds: float = 0.0

    @property
    def good(self) -> bool:
        return self.verdict in GOOD


Compiler = Callable[[bytes, str, Options], bytes]
"""Source, embedded name, options to the bytes of a ``.mpy`` file; raises CompileError."""


def our_compiler() -> Compiler:
    """``mpytool.compile_source``, imported as late as possible."""
    import mpytool

    def compile_to_bytes(source: bytes, name: str, options: Options) -> bytes:
        return mpytool.compile_source(source, name=name, options=options).to_bytes()

    return compile_to_bytes


def our_answer(compiler: Compiler, source: bytes, name: str, flags: str) -> Answer | str:
    """Our answer in the oracle's form; the text of a traceback if the compiler failed."""
    try:
        return compiler(source, name, parse_flags(flags))
    except CompileError as error:
        found = error.diagnostics[0]
        if found.peer is None:
            return Rejection(found.type, found.message, found.location.line, None)
        return Rejection(found.peer.type, found.peer.message, found.peer.line, found.peer.scope)
    except Exception as error:
        rows = traceback.format_exception(error, limit=-2)
        return "".join(rows)[-600:].strip()


def judge(ours: Answer | str, theirs: Answer) -> Comparison:
    """Compare two answers. A peer that ran out of resources agrees with every answer but a crash."""
    if isinstance(ours, str):
        return Comparison(Verdict.CRASHED, ours)
    if isinstance(theirs, Rejection) and theirs.is_resource:
        return Comparison(Verdict.RUN_OUT)
    if isinstance(ours, bytes):
        if isinstance(theirs, Rejection):
            return Comparison(Verdict.ACCEPTED, f"theirs: {theirs}")
        if ours == theirs:
            return Comparison(Verdict.SAME)
        return Comparison(Verdict.DIFFERENT, explain(ours, theirs))
    if isinstance(theirs, bytes):
        return Comparison(Verdict.REFUSED, f"ours: {ours}")
    if ours == theirs:
        return Comparison(Verdict.REJECTED)
    return Comparison(Verdict.REJECTED_OTHERWISE, f"ours: {ours}\n      theirs: {theirs}")


def compare_source(
    compiler: Compiler, ask: Callable[[bytes, str, str], Answer], source: bytes, name: str, flags: str
) -> Comparison:
    """Compile one source both ways and judge."""
    theirs = ask(source, name, flags)
    start = time.perf_counter()
    ours = our_answer(compiler, source, name, flags)
    spent = time.perf_counter() - start
    found = judge(ours, theirs)
    return Comparison(found.verdict, found.detail, spent)


@dataclass(frozen=True, slots=True)
class CorpusFile:
    """``name`` is the path below the corpus's root, with forward slashes: the embedded source name."""

    path: Path
    name: str


def standard_library() -> Path:
    """The folder of the running interpreter's standard library."""
    return Path(sysconfig.get_paths()["stdlib"])


_FOREIGN = frozenset({"site-packages", "dist-packages", "__pycache__", "node_modules", ".git"})


def sources(root: Path) -> Iterator[CorpusFile]:
    """Every ``.py`` file below a root, or the root itself, in sorted order; not what was installed there."""
    if root.is_file():
        yield CorpusFile(root, root.name)
        return
    for path in sorted(root.rglob("*.py")):
        below = path.relative_to(root)
        if path.is_file() and not _FOREIGN.intersection(below.parts):
            yield CorpusFile(path, below.as_posix())


def sample(files: Iterable[CorpusFile], count: int, salt: str = "") -> list[CorpusFile]:
    """The first ``count`` files in the order of a hash of their names, so that a sample never moves."""

    def order(file: CorpusFile) -> bytes:
        return hashlib.sha256((salt + file.name).encode("utf-8", "surrogateescape")).digest()

    return sorted(files, key=order)[:count]
