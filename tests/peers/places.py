"""Where tests find the repository and keep what they fetched."""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
"""The top folder of the repository."""


def cache_dir(*parts: str) -> Path:
    """A folder that outlives a test run, made if missing: ``$MPYC_TEST_CACHE``, else ``.cache``."""
    base = os.environ.get("MPYC_TEST_CACHE")
    folder = (Path(base) if base else ROOT / ".cache").joinpath(*parts)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def in_ci() -> bool:
    """Whether a missing peer is a failure and not a reason to skip."""
    return os.environ.get("CI", "").lower() in ("1", "true", "yes")
