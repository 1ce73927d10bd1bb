"""Mutants of the imitated Invoiless, its contract included."""
