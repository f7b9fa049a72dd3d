"""Drivers of the weather station."""
