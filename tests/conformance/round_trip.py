"""A plugin: at the end of every test the changed states are exported, started from, and imported.

pytest -p tests.conformance.round_trip tests/providers
"""
