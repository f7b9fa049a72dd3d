"""Manifests: the Python files that say what a firmware has built in (``docs/manifest.md``)."""
