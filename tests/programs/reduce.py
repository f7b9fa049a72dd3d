"""Failing programs made small: whatever can go without the failure going, goes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar

T = TypeVar("T")


def _no_variants(items: list[T]) -> Iterator[list[T]]:
    return iter(())


def smallest(
    items: list[T],
    is_bad: Callable[[list[T]], bool],
    variants: Callable[[list[T]], Iterator[list[T]]] = _no_variants,
) -> list[T]:
    """The items without those that do not matter to the failure; chunks of halving size are tried.

    ``variants`` gives other lists that are simpler than a list in a way of its own; then all starts anew.
    """
    while True:
        items = _without_chunks(items, is_bad)
        simpler = next((v for v in variants(items) if is_bad(v)), None)
        if simpler is None:
            return items
        items = simpler


def _without_chunks(items: list[T], is_bad: Callable[[list[T]], bool]) -> list[T]:
    size = max(1, len(items) // 2)
    while True:
        at = 0
        while at < len(items):
            fewer = items[:at] + items[at + size :]
            if fewer and is_bad(fewer):
                items = fewer
            else:
                at += size
        if size == 1:
            return items
        size //= 2
