"""Measurements, always beside a ceiling in the same run: `make bench`. No test fails on a time."""
