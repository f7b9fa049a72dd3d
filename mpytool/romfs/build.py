"""From items to an image: modules are compiled through the cache, on several processes."""

from __future__ import annotations

from collections.abc import Generator, Sequence

from mpytool.batch import Outcome, run_jobs
from mpytool.cache import Cache
from mpytool.errors import READ_FAILED
from mpytool.files import Job, file_diagnostic, read_file
from mpytool.mpyfile.errors import MpyFormatError
from mpytool.mpyfile.read import read
from mpytool.options import Options
from mpytool.romfs import errors
from mpytool.romfs.collect import Item
from mpytool.romfs.image import File, Folder
from mpytool.romfs.write import write_image


class Build:
    """One image in the making: ``contents`` first, to its end, then ``image``."""

    def __init__(self, items: Sequence[Item]) -> None:
        self.items = items
        self._data: dict[str, bytes] = {}

    def contents(
        self, options: Options, *, cache: Cache | None, processes: int
    ) -> Generator[Outcome, None, None]:
        """Read and compile; one Outcome for each file. No image can be made if one of them failed."""

        def keep(job: Job, data: bytes) -> None:
            self._data[job.output] = data

        jobs = [item.job for item in self.items if item.compiled and item.job is not None]
        yield from run_jobs(jobs, options, keep, cache=cache, processes=processes)
        for item in self.items:
            if item.job is not None and not item.compiled:
                yield self._take(item.job)

    def _take(self, job: Job) -> Outcome:
        try:
            data = read_file(job.path) + job.appended
        except OSError as error:
            return Outcome(job, (file_diagnostic(READ_FAILED, job.path, error),))
        self._data[job.output] = data
        if job.output.endswith(".mpy"):
            try:
                read(data)
            except MpyFormatError as error:
                reason = error.diagnostics[0].message
                warning = errors.finding(errors.BAD_MODULE, job.path, reason=reason)
                return Outcome(job, (warning,), len(data), len(data))
        return Outcome(job, (), len(data), len(data))

    def image(self) -> bytes:
        """The image, folders in the order in which something in them is first named."""
        root = Folder("")
        folders = {"": root}
        for item in self.items:
            above, _, name = item.target.rpartition("/")
            parent = _folder(folders, above)
            if item.job is None:
                _folder(folders, item.target)
            else:
                parent.entries.append(File(name, self._data[item.job.output]))
        return write_image(root)


def _folder(folders: dict[str, Folder], path: str) -> Folder:
    """The folder at a path; made, with those above it, where it is not there."""
    found = folders.get(path)
    if found is None:
        above, _, name = path.rpartition("/")
        found = folders[path] = Folder(name)
        _folder(folders, above).entries.append(found)
    return found
