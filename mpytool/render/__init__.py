"""Diagnostics as text: one module for each format, each a function from values to a string. Nothing prints."""
