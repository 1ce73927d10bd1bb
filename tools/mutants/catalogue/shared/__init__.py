"""Mutants of the shared code."""
