"""``mpyc cache``: look at the compile cache, or empty it."""

from __future__ import annotations

import click

from mpytool.cache import SIZE_LIMIT, Cache, CacheInfo, default_folder


@click.group("cache")
def command() -> None:
    """Look at the compile cache, or empty it.

    It lies in the user's cache folder; MPYC_CACHE_DIR names another.
    """


@command.command("info")
def info() -> None:
    """Where the cache lies and how much is in it."""
    cache = Cache(default_folder())
    cache.prune(SIZE_LIMIT)
    found = cache.info()
    click.echo(f"folder:  {found.folder}\nentries: {found.entries:,}\nsize:    {_size(found)}")


@command.command("clear")
def clear() -> None:
    """Remove everything in the cache."""
    removed = Cache(default_folder()).clear()
    click.echo(f"removed {removed.entries:,} entries, {_size(removed)}")


def _size(info: CacheInfo) -> str:
    return f"{info.size:,} bytes"
