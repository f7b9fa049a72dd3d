"""What every command that compiles has on its command line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from mpytool.cli.argv import normalise
from mpytool.options import Goal

Function = TypeVar("Function", bound=Callable[..., Any])


class CompilerCommand(click.Command):
    """Reads mpy-cross's option syntax besides click's."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        with_value = {
            name
            for option in self.params
            if isinstance(option, click.Option) and not option.is_flag
            for name in option.opts
        }
        return super().parse_args(ctx, normalise(args, with_value))


_OPTIONS = (
    click.option(
        "-O", "--optimise", "optimise", type=click.IntRange(0, 3), default=0, metavar="[0-3]",
        help="Optimisation level; -O is -O1. From 1 asserts are dropped, at 3 line numbers too.",
    ),
    click.option(
        "-X", "extras", multiple=True, metavar="OPT",
        help="emit=bytecode|native|viper, source-lines, no-source-lines, heapsize=N (no effect).",
    ),
    click.option(
        "--arch", "--march", "arch", metavar="ARCH", help="Architecture of native code; also -march=ARCH."
    ),
    click.option(
        "--march-flags", "arch_flags", metavar="FLAGS",
        help="Its extensions: a number or zba,zcmp; also -march-flags=.",
    ),
    click.option(
        "--msmall-int-bits", "small_int_bits", metavar="N",
        help="Bits of a small int, 31 if not said; also -msmall-int-bits=N.",
    ),
    click.option(
        "--optimize", "goal", type=click.Choice([goal.value for goal in Goal]), default=Goal.BALANCED.value,
        show_default=False, help="What native code is optimised for. [default: both, speed in loops]",
    ),
    click.option("--target", metavar="NAME", help="A board or chip instead of --arch; see 'mpyc targets'."),
)  # fmt: skip

_RUN_OPTIONS = (
    click.option(
        "-j", "--jobs", type=click.IntRange(min=1), show_default=False, metavar="N",
        help="Processes. [default: one a core]",
    ),
)  # fmt: skip


def compiler_options(function: Function) -> Function:
    """The options that say how to compile, and on how many processes."""
    for option in reversed((*_OPTIONS, *_RUN_OPTIONS)):
        function = option(function)
    return function
