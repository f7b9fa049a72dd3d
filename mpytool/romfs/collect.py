"""What goes into an image: the files of a folder, in the order of ``mpremote romfs build``.

    src/main.py            main.mpy, compiled
    src/lib/a.py           lib/a.py: there is a lib/a.mpy already, and both are taken as they are
    src/lib/a.mpy          lib/a.mpy
    src/data/              data/, also without anything in it

Nothing is left out that a pattern does not exclude.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from mpytool.diagnostics import Diagnostic
from mpytool.errors import READ_FAILED
from mpytool.files import Job, file_diagnostic
from mpytool.romfs import errors
from mpytool.romfs.image import MAX_DEPTH


@dataclass(frozen=True, slots=True)
class Item:
    """Something to store at ``target``, a path in the image.

    A file has a job: where it lies and, if it is to be compiled, the name to embed; ``compiled`` says
    whether. A folder has none.
    """

    target: str
    job: Job | None = None
    compiled: bool = False


def collect_folder(
    folder: str, *, compiling: bool = True, exclude: Sequence[str] = (), relative_names: bool = False
) -> list[Item]:
    """The items of a folder, each folder before what is in it. Raises RomfsError with all that is wrong.

    The name embedded in a module is ``folder`` as given with the path in it or, with ``relative_names``,
    that path alone. ``exclude`` are patterns for names or for paths in the folder.
    """
    collector = _Collector(folder, compiling, tuple(exclude), relative_names)
    collector.enter("", os.path.join(folder, ""), ())
    if collector.wrong:
        raise errors.RomfsError(collector.wrong)
    return collector.items


class _Collector:
    def __init__(self, folder: str, compiling: bool, exclude: tuple[str, ...], relative_names: bool) -> None:
        self.items: list[Item] = []
        self.wrong: list[Diagnostic] = []
        self._folder = folder
        self._compiling = compiling
        self._exclude = exclude
        self._relative_names = relative_names

    def enter(self, inside: str, folder: str, above: tuple[tuple[int, int], ...]) -> None:
        """Add what is in ``folder``, whose path in the image is ``inside``; both end in / or are empty.

        ``above`` are the device and inode numbers of the folders that it lies in.
        """
        try:
            status = os.stat(folder)
            names = sorted(os.listdir(folder))
        except OSError as error:
            self.wrong.append(file_diagnostic(READ_FAILED, folder, error))
            return
        here = (status.st_dev, status.st_ino)
        if here in above:
            self.wrong.append(errors.finding(errors.LINK_CYCLE, folder, path=folder))
            return
        if len(above) > MAX_DEPTH:
            self.wrong.append(errors.finding(errors.TOO_DEEP, folder, limit=MAX_DEPTH))
            return
        present = set(names)
        for name in names:
            if not self._is_excluded(name, inside + name):
                self._add(inside + name, folder + name, present, (*above, here))

    def _is_excluded(self, name: str, path: str) -> bool:
        return any(fnmatchcase(name, pattern) or fnmatchcase(path, pattern) for pattern in self._exclude)

    def _add(self, inside: str, path: str, present: set[str], above: tuple[tuple[int, int], ...]) -> None:
        try:
            mode = os.stat(path).st_mode
        except OSError as error:
            self.wrong.append(file_diagnostic(READ_FAILED, path, error))
            return
        if stat.S_ISDIR(mode):
            self.items.append(Item(inside))
            self.enter(f"{inside}/", f"{path}/", above)
        elif not stat.S_ISREG(mode):
            self.wrong.append(errors.finding(errors.NO_FILE, path, path=path))
        else:
            self.items.append(self._file(inside, path, present))

    def _file(self, inside: str, path: str, present: set[str]) -> Item:
        name = inside.rpartition("/")[2]
        stem = name.removesuffix(".py")
        if not self._compiling or stem == name or f"{stem}.mpy" in present:
            return Item(inside, Job(path, inside, inside))
        target = inside.removesuffix(".py") + ".mpy"
        return Item(target, Job(path, inside if self._relative_names else path, target), compiled=True)
