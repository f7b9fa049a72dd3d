"""The command line of ``mpyc freeze``; ``freezing.py`` is what it does."""

from __future__ import annotations

from typing import Any

import click

from mpytool.cli.compiling import CompilerCommand, compiler_options
from mpytool.cli.freezing import HEADER, freeze
from mpytool.cli.report import FORMATS
from mpytool.files import InputError


@click.command("freeze", cls=CompilerCommand, short_help="Make C of modules, to build a firmware with.")
@click.argument("inputs", nargs=-1, metavar="INPUT...")
@click.option("-o", "--output", metavar="FILE", help="The C file; - is standard output.")
@click.option("-m", "--manifest", "manifests", multiple=True, metavar="FILE", help="A manifest of any name.")
@click.option("-v", "--var", "variables", multiple=True, metavar="NAME=VALUE", help="$(NAME) in manifests.")
@click.option("-b", "--build-dir", metavar="DIR", help=f"The firmware's build; its names are in {HEADER}.")
@click.option("-q", "--qstr-header", metavar="FILE", help="That file, where it lies elsewhere.")
@click.option("--longint", metavar="KIND", help="The firmware's integers: mpz, longlong or none.")
@click.option("--mpz-dig-size", type=int, metavar="N", help="Bits of a digit of mpz: 8, 16 or 32.")
@click.option("-f", "--mpy-cross-flags", metavar="FLAGS", help="Options as for mpy-cross, quoted.")
@click.option("--mpy-tool-flags", default="", metavar="FLAGS", help="And as for mpy-tool.py.")
@click.option("--list-c-modules", is_flag=True, help="Print the C modules that manifests name, no more.")
@compiler_options
@click.option("-MD", "depend", is_flag=True, help="Write what the output depends on, for make and ninja.")
@click.option("-MF", "depfile", metavar="FILE", help="Where to, with -MD. [default: the output, with .d]")
@click.option("--quiet", is_flag=True, help="Nothing but errors.")
@click.option("--verbose", is_flag=True, help="Say what is done with each file.")
@click.option(
    "--format", "style", type=click.Choice(FORMATS), default="human",
    help="Of the diagnostics; json is also that of the sizes.",
)  # fmt: skip
@click.option("--no-cache", is_flag=True, help="Neither read nor fill the compile cache.")
def command(**given: Any) -> int:
    """Make one C file of modules, for MicroPython's firmware to be built with.

    INPUT is a manifest (manifest*.py, or any name with -m), a .py or .mpy file, or a folder of them. Sources
    are compiled, through the cache and on all cores. The output is written only if it changes.

    In a build of MicroPython: make MAKE_MANIFEST="mpyc freeze". It takes the arguments of makemanifest.py.

    Exit status: 0 if all is well, 1 if something could not be frozen, 2 for a wrong command line.
    """
    try:
        return freeze(given, click.get_current_context().obj)
    except InputError as error:
        raise click.UsageError(str(error)) from None
