"""The names that a firmware has, from its build."""

from __future__ import annotations

from mpytool.diagnostics import ToolError
from mpytool.errors import READ_FAILED
from mpytool.files import file_diagnostic, read_file
from mpytool.freezer import FirmwareQstrs, QstrHeaderError, read_qstr_header
from mpytool.manifest.errors import BAD_HEADER, ManifestError, diagnostic_at
from mpytool.values import decode_text


def read_header(path: str) -> FirmwareQstrs:
    """What a ``qstrdefs.preprocessed.h`` says. Raises ToolError if it cannot be read or is none."""
    try:
        return read_qstr_header(decode_text(read_file(path)))
    except OSError as error:
        raise ToolError([file_diagnostic(READ_FAILED, path, error)]) from None
    except QstrHeaderError as error:
        raise ManifestError([diagnostic_at(None, BAD_HEADER, file=path, reason=error)]) from None
