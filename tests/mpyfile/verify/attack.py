"""The verifier against a real MicroPython: whatever it accepts is run, and nothing may crash.

``python -m tests.mpyfile.verify.attack --count 100000`` makes mutants of compiled programs, verifies each,
and has Debian's MicroPython import those that pass and call what they define, hundreds to a process. A
mutant is made from its number alone: ``--only NUMBER`` repeats one.
"""

from __future__ import annotations

import argparse
import os
import resource
import selectors
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import mpytool
from mpytool.mpyfile.verify import verify
from tests.mpyfile.verify.mutate import Mutator
from tests.mpyfile.verify.seeds import SEEDS
from tests.peers.runtimes import Runtime, debian

BATCH = 400
PATIENCE_SECONDS = 1.0
"""How long one mutant may run before it is given up: most endless loops are harmless."""

MEMORY_BYTES = 512 << 20

RUNNER = """
def main():
    # All in locals: a mutant's STORE_NAME may reach the globals of whoever imports it.
    import sys, gc
    say = sys.stderr.write
    def some_generator(): yield
    class C:
        def m(self): pass
    generator, function, closure = type(some_generator()), type(main), type((lambda x: lambda: x)(1))
    callables = (function, type(some_generator), closure, type(C().m))
    own = []
    def poke(v, depth):
        t = type(v)
        if t is generator:
            for do in (lambda: v.send(None), lambda: v.send(1), lambda: v.throw(ValueError), lambda: next(v),
                       lambda: v.throw(StopIteration), lambda: next(v), lambda: v.close()):
                try: do()
                except BaseException: pass
        elif t in (list, tuple) and depth < 2:
            for w in v[:5]: poke(w, depth + 1)
        elif t in callables and depth < 3 or t is type and v in own:
            for args in ((), (1,), ([1, 2], ), (3, 'ab'), (v, None), (1, 2, 3)):
                try: poke(v(*args), depth + 1)
                except BaseException: pass
            try: poke(v(1, b=2), depth + 1)
            except BaseException: pass
        elif t in own and depth < 3:
            for name in dir(v):
                if name[:2] != '__':
                    try: poke(getattr(v, name), depth + 1)
                    except BaseException: pass
    modules, collect, load = sys.modules, gc.collect, __import__
    ready = (int, str, bytes, list, tuple, dict, set, object, BaseException, Exception, ValueError)
    for i in range(FIRST, LAST):
        name = 'm%d' % i
        say('+%d\\n' % i)
        try:
            m = load(name)
            own = [c for c in m.__dict__.values() if type(c) is type and c not in ready]
            for k in dir(m):
                if k[:2] != '__':
                    poke(getattr(m, k), 0)
        except BaseException: pass
        m = None
        try: del modules[name]
        except BaseException: pass
        collect()
    say('done\\n')
main()
"""


@dataclass(slots=True)
class Tally:
    """What became of the mutants."""

    made: int = 0
    accepted: int = 0
    endless: int = 0
    ended: int = 0
    """Those that ended the process by asking for it, for example by closing its standard error."""
    crashed: list[int] = field(default_factory=list)
    codes: Counter[str] = field(default_factory=Counter)


def _limits() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))


def _run(runtime: Runtime, folder: Path, first: int, last: int) -> tuple[int, str]:
    """Run mutants ``first`` to ``last`` of a folder: the last one that was begun, and how it ended.

    The end is ``done``, ``endless``, ``ended`` or a crash in words.
    """
    program = RUNNER.replace("FIRST", str(first)).replace("LAST", str(last))
    process = subprocess.Popen(
        [*runtime.command, program],
        cwd=folder,
        env={**os.environ, **dict(runtime.environment), "MICROPYPATH": str(folder)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        preexec_fn=_limits,
    )
    assert process.stderr is not None
    said = b""
    current = first
    waiting = selectors.DefaultSelector()
    waiting.register(process.stderr, selectors.EVENT_READ)
    begun = time.monotonic()
    done = fatal = False
    try:
        while True:
            left = begun + PATIENCE_SECONDS - time.monotonic()
            if left <= 0 or not waiting.select(left):
                process.kill()
                return current, "endless"
            data = os.read(process.stderr.fileno(), 1 << 16)
            if not data:
                break
            said += data
            *lines, said = said.split(b"\n")
            for line in lines:
                if line[:1] == b"+" and line[1:].isdigit():
                    current = int(line[1:])
                    begun = time.monotonic()
                done = done or line == b"done"
                fatal = fatal or b"FATAL" in line
    finally:
        waiting.close()
        process.stderr.close()
        status = process.wait()
    if status < 0 and status != -signal.SIGKILL:
        return current, f"signal {signal.Signals(-status).name}"
    if not done:
        return current, f"status {status}" if fatal else "ended"
    return last - 1, "done"


def attack(
    runtime: Runtime, numbers: Iterator[int], keep: Path | None = None, *, unverified: bool = False
) -> Tally:
    """Make, verify and run mutants; with ``unverified`` also those that are not accepted."""
    mutator = Mutator([mpytool.compile_source(text, name=name + ".py") for name, text in SEEDS.items()])
    tally = Tally()
    batch: list[tuple[int, bytes]] = []
    for number in numbers:
        data = mutator.mutant(number)
        tally.made += 1
        found = verify(data)
        if found and not unverified:
            tally.codes[found[0].code] += 1
            continue
        tally.accepted += 1
        batch.append((number, data))
        if len(batch) == BATCH:
            _run_batch(runtime, batch, tally, keep)
            batch.clear()
    if batch:
        _run_batch(runtime, batch, tally, keep)
    return tally


def _run_batch(runtime: Runtime, batch: list[tuple[int, bytes]], tally: Tally, keep: Path | None) -> None:
    with tempfile.TemporaryDirectory(prefix="mpyc-attack-") as name:
        folder = Path(name)
        for i, (_, data) in enumerate(batch):
            (folder / f"m{i}.mpy").write_bytes(data)
        first = 0
        while first < len(batch):
            last, end = _run(runtime, folder, first, len(batch))
            if end == "endless":
                tally.endless += 1
            elif end == "ended":
                tally.ended += 1
            elif end != "done":
                number, data = batch[last]
                tally.crashed.append(number)
                print(f"mutant {number}: {end}", file=sys.stderr)
                if keep is not None:
                    keep.mkdir(parents=True, exist_ok=True)
                    (keep / f"{number}.mpy").write_bytes(data)
            first = last + 1


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=5000)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--only", type=int, help="one mutant")
    parser.add_argument("--keep", type=Path, help="folder for mutants that crash")
    parser.add_argument("--unverified", action="store_true", help="run all, to see what would happen")
    arguments = parser.parse_args()
    first, count = (arguments.only, 1) if arguments.only is not None else (arguments.first, arguments.count)
    begun = time.monotonic()
    tally = attack(
        debian(), iter(range(first, first + count)), arguments.keep, unverified=arguments.unverified
    )
    print(
        f"{tally.made:,} mutants, {tally.accepted:,} accepted and run, {tally.endless:,} endless,"
        f" {tally.ended:,} ended,"
        f" {len(tally.crashed)} crashed, {time.monotonic() - begun:.0f} s"
    )
    print(", ".join(f"{code} {n:,}" for code, n in sorted(tally.codes.items())))
    if tally.crashed:
        print("crashed:", *tally.crashed)
        sys.exit(1)


if __name__ == "__main__":
    main()
