"""The mutants: a module for each provider and one for the shared code, with `MUTANTS` in each."""
