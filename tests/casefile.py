"""Data-driven tests: files of cases, each a piece of source beside the expected text.

A case file::

    === a name, then options if there are any: -O1 -msmall-int-bits=63
    the source,
    any number of lines
    ---
    the expected text

With MPYC_REGENERATE=1 in the environment ``check`` rewrites the expected halves instead of comparing; the
change is then reviewed as a diff.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

REGENERATE = os.environ.get("MPYC_REGENERATE") == "1"

_HEAD = re.compile(r"^=== (?P<name>.*?)(?:: (?P<flags>-.*))?$")


@dataclass(slots=True)
class Case:
    path: Path
    name: str
    flags: str
    source: str
    expected: str

    def __str__(self) -> str:
        return f"{self.path.stem}: {self.name}"

    def check(self, actual: str) -> None:
        """Compare, or write down, what the program under test made of the source."""
        actual = actual.rstrip("\n") + "\n"
        if REGENERATE:
            self.expected = actual
            cases = [self if case.name == self.name else case for case in read_cases(self.path)]
            self.path.write_text("".join(map(_format, cases)))
        assert actual == self.expected


def read_cases(path: Path) -> list[Case]:
    """The cases of one file; ValueError if it is malformed or a name occurs twice."""
    cases: list[Case] = []
    half: list[str] = []
    for number, line in enumerate(path.read_text().splitlines(), 1):
        head = _HEAD.match(line)
        if head is not None:
            cases.append(Case(path, head["name"], head["flags"] or "", "", ""))
            half = []
        elif not cases:
            raise ValueError(f"{path}:{number}: text before the first case")
        elif line == "---" and not cases[-1].source:
            cases[-1].source = "".join(half)
            half = []
        else:
            half.append(line + "\n")
            if cases[-1].source:
                cases[-1].expected += line + "\n"
    names = [case.name for case in cases]
    if len(names) != len(set(names)):
        raise ValueError(f"{path}: a case name occurs twice")
    return cases


def read_folder(folder: Path) -> list[Case]:
    """The cases of every ``*.test`` file in a folder."""
    return [case for path in sorted(folder.glob("*.test")) for case in read_cases(path)]


def _format(case: Case) -> str:
    flags = f": {case.flags}" if case.flags else ""
    return f"=== {case.name}{flags}\n{case.source}---\n{case.expected}"
