"""What is wrong with an image: its structure, and the modules in it."""

from __future__ import annotations

from collections.abc import Iterator

from mpytool.diagnostics import Diagnostic, Location, Note, Severity
from mpytool.mpyfile.verify import verify
from mpytool.romfs.image import File, Image, walk
from mpytool.romfs.read import examine


def check_image(data: bytes | memoryview, file: str) -> list[Diagnostic]:
    """All that ``mpyc romfs verify`` has to say, warnings included; modules are named ``IMAGE:PATH``."""
    image, findings = examine(data, file)
    if image is not None:
        findings.extend(_modules(image, file))
    return findings


def _modules(image: Image, file: str) -> Iterator[Diagnostic]:
    for path, entry in walk(image.root):
        if not isinstance(entry, File) or not path.endswith(".mpy"):
            continue
        for finding in verify(entry.data):
            notes = () if finding.function is None else (Note(f"in {finding.function}"),)
            message = f"at {finding.offset:#x}: {finding.message}"
            place = Location(f"{file}:{path}", 0, 0, 0, 0)
            yield Diagnostic(Severity.ERROR, finding.code, "ValueError", message, place, notes=notes)
