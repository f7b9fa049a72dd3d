"""What is known of the firmware that modules are frozen for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mpytool.diagnostics import ToolError
from mpytool.errors import READ_FAILED
from mpytool.files import file_diagnostic, read_file
from mpytool.manifest.errors import BAD_HEADER, ManifestError, diagnostic_at
from mpytool.values import decode_text

if TYPE_CHECKING:
    from mpytool.freezer import FreezeSettings


@dataclass(frozen=True, slots=True)
class Firmware:
    """``longint``, ``mpz_dig_size`` and ``arch`` as in FreezeSettings; ``allow_empty`` too.

    ``header`` is the path of the build's ``qstrdefs.preprocessed.h``, None where its names are not known.
    """

    longint: str
    mpz_dig_size: int
    arch: str | None
    allow_empty: bool
    header: str | None

    def names(self) -> bytes:
        """The contents of the header. Raises ToolError if it cannot be read."""
        if self.header is None:
            return b""
        try:
            return read_file(self.header)
        except OSError as error:
            raise ToolError([file_diagnostic(READ_FAILED, self.header, error)]) from None

    def settings(self, names: bytes) -> FreezeSettings:
        """The settings, ``names`` being what is in the header. Raises ManifestError if that is no header."""
        from typing import get_args

        from mpytool.freezer import FreezeSettings, QstrHeaderError, read_qstr_header
        from mpytool.freezer.model import LongInt

        kinds: tuple[LongInt, ...] = get_args(LongInt)
        made = FreezeSettings(
            longint=next(kind for kind in kinds if kind == self.longint),
            mpz_dig_size=self.mpz_dig_size,
            arch=self.arch,
            allow_empty=self.allow_empty,
        )
        if self.header is None:
            return made
        try:
            found = read_qstr_header(decode_text(names))
        except QstrHeaderError as error:
            raise ManifestError([diagnostic_at(None, BAD_HEADER, file=self.header, reason=error)]) from None
        return replace(
            made,
            qstr_bytes_in_len=found.bytes_in_len,
            qstr_bytes_in_hash=found.bytes_in_hash,
            known_qstrs=found.known,
        )
