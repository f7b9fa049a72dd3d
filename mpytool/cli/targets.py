"""``mpyc targets``: the boards and chips that ``--target`` knows."""

from __future__ import annotations

import click

from mpytool.targets import Target, UnknownTargetError, all_targets, find_target


@click.command("targets", short_help="List the boards and chips that --target knows.")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--format", "style", type=click.Choice(("table", "json")), default="table", help="Of the list.")
@click.option("--boards", is_flag=True, help="Also list the boards that each target stands for.")
def command(names: tuple[str, ...], style: str, boards: bool) -> None:
    """List the targets with architecture and small-int bits; with NAMEs only those.

    mpy:N is the target whose sys.implementation._mpy is N.
    """
    try:
        targets = [find_target(name) for name in names] if names else all_targets()
    except UnknownTargetError as error:
        close = f"; close to it: {', '.join(error.close)}" if error.close else ""
        raise click.UsageError(f"{error}{close}") from None
    click.echo(_json(targets) if style == "json" else _table(targets, boards), nl=False)


def _table(targets: list[Target], boards: bool) -> str:
    import textwrap

    rows = [("target", "architecture", "bits", "")]
    rows += [(target.name, target.arch, str(target.small_int_bits), target.about) for target in targets]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    lines = []
    for row, target in zip(rows, [None, *targets], strict=True):
        cells = [row[0].ljust(widths[0]), row[1].ljust(widths[1]), row[2].rjust(widths[2]), row[3]]
        lines.append("  ".join(cells).rstrip())
        if boards and target is not None and target.boards:
            indent = " " * 4
            text = ", ".join(target.boards)
            lines += textwrap.wrap(
                text, 100, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False
            )
    return "\n".join(lines) + "\n"


def _json(targets: list[Target]) -> str:
    import json

    rows = [
        {
            "name": target.name,
            "arch": target.arch,
            "arch_flags": target.arch_flags,
            "small_int_bits": target.small_int_bits,
            "about": target.about,
            "boards": list(target.boards),
        }
        for target in targets
    ]
    return json.dumps(rows, indent=2) + "\n"
