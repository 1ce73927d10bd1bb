"""Invisible Collector's operations, by subject."""
