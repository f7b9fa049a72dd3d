"""Diagnostics as text, a module for each format: functions from values to strings. Nothing prints."""
