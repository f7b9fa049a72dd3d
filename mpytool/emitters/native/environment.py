"""What the variables are at one point of a function, while its SSA form is built.

Each block begins with a copy of what its dominator ends with, and most assign few variables: copies share
what they do not change, pieces of ``_PIECE`` variables.
"""

from __future__ import annotations

from mpytool.emitters.native.ssa import Instr

_PIECE = 64


class Environment:
    """Values by the number of their variable. What has been copied must not change any more."""

    def __init__(self, values: list[Instr]) -> None:
        self._pieces = [values[at : at + _PIECE] for at in range(0, len(values), _PIECE)]
        #: the pieces that nobody shares
        self._own = set(range(len(self._pieces)))

    def copy(self) -> Environment:
        made = Environment([])
        made._pieces = self._pieces.copy()
        return made

    def __getitem__(self, variable: int) -> Instr:
        return self._pieces[variable // _PIECE][variable % _PIECE]

    def __setitem__(self, variable: int, value: Instr) -> None:
        number = variable // _PIECE
        if number not in self._own:
            self._own.add(number)
            self._pieces[number] = self._pieces[number].copy()
        self._pieces[number][variable % _PIECE] = value
