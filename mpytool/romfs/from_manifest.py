"""What goes into an image: the files that manifests name, where they would be found as frozen modules.

module("a.py")            a.mpy, compiled
freeze_as_str("texts")    a.py, as it is
freeze_mpy(".", "a.mpy")  a.mpy, as it is
"""

from __future__ import annotations

from collections.abc import Sequence

from mpytool.files import Job
from mpytool.manifest.frozen import Named, check_names, source_job, unique
from mpytool.manifest.model import Entry, Kind
from mpytool.options import Options
from mpytool.romfs.collect import Item


def collect_entries(entries: Sequence[Entry], options: Options, *, compiling: bool = True) -> list[Item]:
    """The items of manifests' entries, in the order of their paths. The embedded name is the path.

    Raises ManifestError if two have one target.
    """
    items = []
    check_names([Named(_target(entry, compiling), entry) for entry in unique(entries)])
    for entry in unique(entries):
        target = _target(entry, compiling)
        if target != entry.target:
            job = source_job(entry, options, None)
            items.append(
                Item(target, Job(job.path, job.name, target, job.appended, job.options), compiled=True)
            )
        else:
            items.append(Item(target, Job(entry.path, target, target)))
    return sorted(items, key=lambda item: item.target.split("/"))


def _target(entry: Entry, compiling: bool) -> str:
    if entry.kind is Kind.SOURCE and compiling:
        return entry.target.removesuffix(".py") + ".mpy"
    return entry.target
