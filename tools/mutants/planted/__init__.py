"""The faults, a module for each provider and one for the shared code: `FAULTS` in each of them."""
