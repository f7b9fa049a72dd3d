"""Hostile input: a result or a diagnostic, within bounded time and memory."""
