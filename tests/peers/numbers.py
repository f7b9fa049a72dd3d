"""Numbers as mpy-cross computes them: the texts of the elements of a constant tuple."""

from __future__ import annotations

from collections.abc import Sequence

from tests.peers.oracle import Oracle, Rejection

_INT, _FLOAT, _COMPLEX, _TUPLE = 7, 8, 9, 10


def _read_varuint(data: bytes, at: int) -> tuple[int, int]:
    value = 0
    while True:
        byte = data[at]
        at += 1
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, at


def _first_tuple(mpy: bytes) -> list[str] | None:
    """The texts of the numbers in a module's first constant, if that is a tuple of numbers only."""
    qstrs, at = _read_varuint(mpy, 4)
    constants, at = _read_varuint(mpy, at)
    for _ in range(qstrs):
        head, at = _read_varuint(mpy, at)
        if head & 1 == 0:
            at += (head >> 1) + 1
    if constants == 0 or mpy[at] != _TUPLE:
        return None
    count, at = _read_varuint(mpy, at + 1)
    texts = []
    for _ in range(count):
        if mpy[at] not in (_INT, _FLOAT, _COMPLEX):
            return None
        length, at = _read_varuint(mpy, at + 1)
        texts.append(mpy[at : at + length].decode())
        at += length
    return texts


def peer_numbers(peer: Oracle, expressions: Sequence[str], flags: str = "") -> list[str] | None:
    """What mpy-cross makes of number expressions (at least two); None if it does not fold them all."""
    answer = peer.compile(f"t = ({', '.join(expressions)})\n".encode(), "t.py", flags)
    if isinstance(answer, Rejection):
        raise AssertionError(f"mpy-cross rejects the expressions: {answer}")
    return _first_tuple(answer)


def differences(
    peer: Oracle, cases: Sequence[tuple[str, str]], batch: int = 1000
) -> list[tuple[str, str, str]]:
    """Of cases (expression, expected text) those where mpy-cross differs, each with its text added."""
    wrong = []
    for start in range(0, len(cases), batch):
        part = cases[start : start + batch]
        texts = peer_numbers(peer, [*(expression for expression, _ in part), "1.0"])
        if texts is None:
            if len(part) == 1:
                wrong.append((*part[0], "not folded"))
            else:
                wrong += differences(peer, part, batch // 2)
            continue
        wrong += [(*case, text) for case, text in zip(part, texts, strict=False) if case[1] != text]
    return wrong
